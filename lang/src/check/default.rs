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
}

/// Whether a stricter type still takes a default.
pub(crate) fn fits(value: &Expr, ty: &Ty, bounds: &Bounds) -> bool {
    match (&value.kind, ty.base()) {
        (ExprKind::Int(n) | ExprKind::Decimal(n), base) => impossible_counted(*n, bounds, base).is_none(),
        (ExprKind::Text(text), _) => impossible_text(text, ty, bounds).is_none(),
        (_, Ty::Choice(variants)) => {
            let same = variants.iter().find(|v| v.ty.ty == value.ty);
            same.is_some_and(|v| fits(value, &v.ty.ty, &v.ty.bounds))
        }
        (ExprKind::List(all), Ty::Set(element) | Ty::List(element)) => {
            let inner = bounds.element.as_deref().unwrap_or(bounds);
            u32::try_from(all.len()).is_ok_and(|count| count <= bounds.length)
                && all.iter().all(|one| fits(one, element, inner))
        }
        _ => true,
    }
}
