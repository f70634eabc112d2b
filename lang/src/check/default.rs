//! Defaults: what an argument is that a call leaves out.

use super::Cx;
use super::choice::written_variant;
use super::declare::kind_of;
use super::expr::{member_list, strip};
use super::literal::{canonical, counted, impossible, impossible_counted, impossible_text, is_counted, show_counted};
use super::note::Meaning;
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::{Bounds, Expr, ExprKind, Ty, Type};
use crate::syntax::ast;

/// Ten-thousandths in one.
const ONE: i64 = 10_000;

impl Cx<'_> {
    /// What a field is where it is absent.
    pub(crate) fn default(&mut self, f: &ast::Field, value: &ast::Expr, ty: &Type) -> Option<Expr> {
        let tree = self.item.ast(self.db).clone();
        let says = matches!(
            tree.kind,
            // An extension reads what the action that it extends declares.
            Some(
                ast::ItemKind::Action(ast::Action { part_of: None, .. })
                    | ast::ItemKind::Extend(_)
                    | ast::ItemKind::Record(_)
            )
        );
        if !says {
            let d =
                Diagnostic::new(Code::BadElement, value.span, "only arguments and fields of records have a default")
                    .label("nobody would be told of it")
                    .help(format!(
                        "declare `{0} : …?`, and read it with a value for its absence: `{0} ?? …`",
                        f.name.text
                    ));
            self.report(d);
            return None;
        }
        if let Some(at) = f.ty.absent() {
            let d = Diagnostic::new(
                Code::BadElement,
                at,
                format!("`{}` has a default, so it is never absent", f.name.text),
            )
            .label("it may be left out already")
            .help("remove `?`")
            .fix("remove `?`", at, "");
            self.report(d);
        }
        self.constant(value, &ty.ty, &ty.bounds)
    }

    /// A value of a type, written out. That of a choice has the type of the variant that it is.
    fn constant(&mut self, value: &ast::Expr, ty: &Ty, bounds: &Bounds) -> Option<Expr> {
        let span = value.span;
        if let Ty::Choice(variants) = ty.base()
            && let Some(one) = written_variant(variants, strip(value))
        {
            return self.constant(value, &one.ty.ty, &one.ty.bounds);
        }
        let of = |kind| Some(Expr { kind, ty: ty.clone(), span });
        let d = match (&strip(value).kind, ty.base()) {
            (ast::ExprKind::Bool(b), Ty::Bool) => return of(ExprKind::Bool(*b)),
            (ast::ExprKind::Text(t), base @ (Ty::String | Ty::Ident | Ty::Syntax(_))) => {
                let shown = format!("`\"{}\"`", t.value.escape_debug());
                match impossible_text(&t.value, ty, bounds) {
                    Some(why) => impossible(span, &shown, ty, why),
                    None => {
                        let text = match base {
                            Ty::Syntax(syntax) => {
                                canonical(*syntax, &t.value).map_or_else(|_| t.value.clone(), Into::into)
                            }
                            _ => t.value.clone(),
                        };
                        return of(ExprKind::Text(text));
                    }
                }
            }
            (ast::ExprKind::Name(name), Ty::Enum(of_enum)) => {
                let e = self.enumeration(of_enum)?;
                let index = e.index_of(&name.text);
                match index {
                    Some(index) => {
                        self.note(name.span, || Meaning::Member(of_enum.clone(), name.text.clone()));
                        return of(ExprKind::Member(index));
                    }
                    None => Diagnostic::new(
                        Code::UnknownMember,
                        name.span,
                        format!("`{of_enum}` has no member `{}`", name.text),
                    )
                    .label("not a member")
                    .help(format!("its members are {}", member_list(&e)))
                    .did_you_mean(name.span, &name.text, e.members.iter().map(|m| &*m.name)),
                }
            }
            (ast::ExprKind::List(elements), Ty::Set(element) | Ty::List(element)) => {
                let inner = bounds.element.as_deref()?;
                let all: Vec<Option<Expr>> = elements.iter().map(|e| self.constant(e, element, inner)).collect();
                let all = all.into_iter().collect::<Option<Vec<_>>>()?;
                if u32::try_from(all.len()).is_ok_and(|count| count <= bounds.length) {
                    return of(ExprKind::List(all));
                }
                impossible(span, "the list", ty, format!("it holds at most {} elements", bounds.length))
            }
            (_, base) if is_counted(base) && !matches!(base, Ty::Enum(_)) => match counted(strip(value), base) {
                Err(d) => *d,
                Ok(n) => match impossible_counted(n, bounds, base) {
                    Some(why) => impossible(span, &format!("`{}`", show_counted(n, base, bounds.places)), ty, why),
                    None if *base == Ty::Decimal => return of(ExprKind::Decimal(n)),
                    None => return of(ExprKind::Int(n)),
                },
            },
            (_, Ty::Null) => Diagnostic::new(Code::TypeMismatch, span, "`null` is no default")
                .label("nothing is left out then")
                .help("declare it with `?`: what is left out is absent, and `null` is said"),
            _ => Diagnostic::new(Code::TypeMismatch, span, format!("a default of {} is written out", kind_of(ty)))
                .label("not a value of the type")
                .help(
                    "write a literal, a member of the enum, or a list of these; records and entities have no default",
                ),
        };
        self.report(d);
        None
    }

    /// A default as a value of a stricter type, if that takes it.
    pub(crate) fn refit(&self, value: &Expr, ty: &Ty, bounds: &Bounds) -> Option<Expr> {
        if let Ty::Choice(variants) = ty.base() {
            return variants.iter().find_map(|v| self.refit(value, &v.ty.ty, &v.ty.bounds));
        }
        let counted = |n: i64| impossible_counted(n, bounds, ty.base()).is_none().then_some(n);
        let kind = match (&value.kind, ty.base()) {
            (ExprKind::Bool(b), Ty::Bool) => ExprKind::Bool(*b),
            (ExprKind::Decimal(n), Ty::Decimal) => ExprKind::Decimal(counted(*n)?),
            (ExprKind::Decimal(n), Ty::Int | Ty::Size) if n % ONE == 0 => ExprKind::Int(counted(n / ONE)?),
            (ExprKind::Int(n), base) if value.ty.base() == base => ExprKind::Int(counted(*n)?),
            (ExprKind::Int(n), Ty::Size) if *value.ty.base() == Ty::Int => ExprKind::Int(counted(*n)?),
            (ExprKind::Text(text), base @ (Ty::String | Ty::Ident | Ty::Syntax(_))) => {
                if impossible_text(text, ty, bounds).is_some() {
                    return None;
                }
                ExprKind::Text(match base {
                    Ty::Syntax(syntax) => canonical(*syntax, text).ok()?.into(),
                    _ => text.clone(),
                })
            }
            (ExprKind::Text(text), Ty::Enum(of)) => self.member(of, text)?,
            (ExprKind::Member(index), Ty::Enum(of)) => {
                let Ty::Enum(from) = value.ty.base() else { return None };
                let index = usize::try_from(*index).ok()?;
                self.member(of, &self.enumeration(from)?.members.get(index)?.wire.clone())?
            }
            (ExprKind::List(all), Ty::Set(element) | Ty::List(element)) => {
                let inner = bounds.element.as_deref()?;
                if u32::try_from(all.len()).ok()? > bounds.length {
                    return None;
                }
                ExprKind::List(all.iter().map(|one| self.refit(one, element, inner)).collect::<Option<_>>()?)
            }
            _ => return None,
        };
        Some(Expr { kind, ty: ty.clone(), span: value.span })
    }

    /// The member of an enum that requests call so.
    fn member(&self, of: &str, wire: &str) -> Option<ExprKind> {
        let index = self.enumeration(of)?.members.iter().position(|m| *m.wire == *wire)?;
        Some(ExprKind::Member(u32::try_from(index).ok()?))
    }
}
