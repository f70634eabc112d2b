//! Look-ups in tables: what is found under a key, and whether anything is.

use std::sync::Arc;

use super::declare::kind_of;
use super::expr::{Typed, Want, strip, taken};
use super::path::{Alternative, Env, Seen};
use super::types::show;
use super::{Cx, HirItem, check_item};
use crate::db::{Namespace, find};
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::{Expr, ExprKind, Key, Table, Ty};
use crate::span::Span;
use crate::syntax::ast::{self, Ident};

impl Cx<'_> {
    /// Whether a name is a table's, of which a mistake may have left nothing.
    fn names_table(&self, env: &Env, name: &Ident) -> bool {
        !taken(env, &name.text)
            && self.find(Namespace::Define, &name.text).is_none()
            && self
                .find(Namespace::Table, &name.text)
                .is_some_and(|item| matches!(&item.ast(self.db).kind, Some(ast::ItemKind::Table(_)) | None))
    }

    /// The table that a call looks up, if it is one.
    pub(crate) fn called_table<'e>(&self, env: &Env, e: &'e ast::Expr) -> Option<(&'e Ident, &'e [ast::Expr])> {
        match &strip(e).kind {
            ast::ExprKind::Call(name, args) if self.names_table(env, name) => Some((name, args)),
            _ => None,
        }
    }

    /// The table that stands after `in`, if it is one.
    pub(crate) fn table_after_in<'e>(&self, env: &Env, e: &'e ast::Expr) -> Option<&'e Ident> {
        match &strip(e).kind {
            ast::ExprKind::Name(name) if self.names_table(env, name) => Some(name),
            _ => None,
        }
    }

    fn find_table(&self, name: &str) -> Option<Arc<Table>> {
        match &check_item(self.db, self.package, find(self.db, self.package, Namespace::Table, name)?).hir {
            Some(HirItem::Table(table)) => Some(table.clone()),
            _ => None,
        }
    }

    /// What is looked up in a table without rows: one of patterns, or one with a mistake that has been reported.
    fn no_rows(&mut self, name: &Ident, span: Span) -> Typed {
        let item = find(self.db, self.package, Namespace::Table, &name.text);
        let of_patterns = item.is_some_and(
            |item| matches!(&item.ast(self.db).kind, Some(ast::ItemKind::Table(x)) if super::detector::is_detector(x)),
        );
        if !of_patterns {
            return Typed::default();
        }
        let name = self.called(&name.text).to_owned();
        self.fail(
            Diagnostic::new(Code::BadLookup, span, format!("`{name}` has patterns, which are not looked up"))
                .label("always says something")
                .help(format!("ask what it finds: `{name}(input)`; nothing found is `false`, or the lowest member")),
        )
    }

    /// `t(a, b)`, or `t(a, b) ?? other`.
    pub(crate) fn looked_up(
        &mut self,
        env: &Env,
        name: &Ident,
        args: &[ast::Expr],
        other: Option<&ast::Expr>,
        span: Span,
    ) -> Typed {
        let Some(table) = self.find_table(&name.text) else { return self.no_rows(name, span) };
        let Some(value) = &table.value else {
            return self.fail(
                Diagnostic::new(
                    Code::BadLookup,
                    span,
                    format!("`{}` is a relation: it says nothing but whether", name.text),
                )
                .label("no value")
                .help(format!("ask whether it holds: `{} in {}`", tuple(&table.keys), name.text)),
            );
        };
        let key = self.keyed(env, &table, args, span);
        let other = match other {
            Some(e) if table.total => {
                return self.fail(
                    Diagnostic::new(Code::AlwaysPresent, e.span, format!("`{}` has a row for every key", name.text))
                        .label("`??` never takes effect")
                        .help("remove `??` and what follows it"),
                );
            }
            None if !table.total => {
                return self.fail(
                    Diagnostic::new(Code::MaybeAbsent, span, format!("`{}` may have no row for this", name.text))
                        .label("not known to be there")
                        .help(format!("say what holds without one: `{}(…) ?? …`", name.text)),
                );
            }
            None => None,
            Some(e) => {
                let want = Want { ty: value.ty.clone(), bounds: Some(value.bounds.clone()), exact: false };
                let Some(x) = self.expr(env, e, Some(&want)).expr else { return Typed::default() };
                if x.ty != value.ty {
                    let said = format!("`??` gives {} here, this is {}", kind_of(&value.ty), kind_of(&x.ty));
                    return self.mismatch(said, &value.ty, span, &x);
                }
                Some(Box::new(x))
            }
        };
        let Some(key) = key else { return Typed::default() };
        // What stands for a row that is not there may be anything.
        let bounds = other.is_none().then(|| value.bounds.clone());
        let kind = ExprKind::Lookup(table.name.clone(), key, other);
        Typed { bounds, ..Typed::of(kind, value.ty.clone(), span) }
    }

    /// `(a, b) in t`
    pub(crate) fn in_table(&mut self, env: &Env, a: &ast::Expr, name: &Ident, span: Span) -> Typed {
        let Some(table) = self.find_table(&name.text) else { return self.no_rows(name, span) };
        let one = std::slice::from_ref(a);
        let args = if let ast::ExprKind::Tuple(parts) = &strip(a).kind { parts } else { one };
        if table.total {
            return self.fail(
                Diagnostic::new(Code::AlwaysPresent, span, format!("`{}` has a row for every key", name.text))
                    .label("always true")
                    .help(format!("ask what it says: `{}(…)`", name.text)),
            );
        }
        match self.keyed(env, &table, args, span) {
            Some(key) => Typed::of(ExprKind::InTable(table.name.clone(), key), Ty::Bool, span),
            None => Typed::default(),
        }
    }

    /// What is looked up by: a path or constant for each column.
    fn keyed(&mut self, env: &Env, table: &Table, args: &[ast::Expr], span: Span) -> Option<Vec<Expr>> {
        if args.len() != table.keys.len() {
            let columns =
                if table.keys.len() == 1 { "1 column".to_owned() } else { format!("{} columns", table.keys.len()) };
            let d = Diagnostic::new(
                Code::WrongArguments,
                span,
                format!("`{}` is looked up by {columns}, not {}", table.name, args.len()),
            )
            .label("the wrong number")
            .help(match &table.value {
                Some(_) => format!("it is declared as `{}{}`", table.name, types(&table.keys)),
                None => format!("write `{} in {}`", tuple(&table.keys), table.name),
            });
            self.report(d);
            return None;
        }
        let all: Vec<Option<Expr>> =
            args.iter().zip(&table.keys).map(|(arg, key)| self.key_part(env, arg, key)).collect();
        let all: Vec<Expr> = all.into_iter().collect::<Option<_>>()?;
        let in_time = table.source.is_none() || all.iter().all(|part| self.keyed_in_time(part));
        in_time.then_some(all)
    }

    fn key_part(&mut self, env: &Env, arg: &ast::Expr, key: &Key) -> Option<Expr> {
        let x = match key.types.as_slice() {
            [ty] => {
                let want = Want { ty: ty.ty.clone(), bounds: Some(ty.bounds.clone()), exact: true };
                let x = self.expr(env, arg, Some(&want)).expr?;
                if x.ty != ty.ty {
                    let said = format!("the column holds {}, this is {}", kind_of(&ty.ty), kind_of(&x.ty));
                    self.mismatch(said, &ty.ty, arg.span, &x);
                    return None;
                }
                x
            }
            several => {
                let choice = several.iter().map(|t| format!("`{}`", show(&t.ty))).collect::<Vec<_>>().join(" or ");
                let x = match self.view(env, arg) {
                    Seen::Poison => return None,
                    Seen::Path(view) => {
                        if !self.proven(env, &view) {
                            return None;
                        }
                        let found: Option<Vec<&Ty>> = view
                            .alternatives
                            .iter()
                            .map(|a| match a {
                                Alternative::Value(ty, _) => several.iter().map(|t| &t.ty).find(|t| *t == ty),
                                _ => None,
                            })
                            .collect();
                        // Of several, which one it is shows in each request.
                        found.and_then(|f| f.first().map(|ty| (*ty).clone())).map(|ty| Expr {
                            kind: ExprKind::Path(view.path.clone()),
                            ty,
                            span: arg.span,
                        })
                    }
                    Seen::NotAPath => self.expr(env, arg, None).expr.filter(|x| several.iter().any(|t| t.ty == x.ty)),
                };
                let Some(x) = x else {
                    let d = Diagnostic::new(
                        Code::TypeMismatch,
                        arg.span,
                        format!("the column holds {choice}, this is something else"),
                    )
                    .label("not one of these entities")
                    .help("name an entity of one of these types");
                    self.report(d);
                    return None;
                };
                x
            }
        };
        if !matches!(
            x.kind,
            ExprKind::Path(_)
                | ExprKind::Entity(_)
                | ExprKind::Bool(_)
                | ExprKind::Int(_)
                | ExprKind::Decimal(_)
                | ExprKind::Text(_)
                | ExprKind::Member(_)
        ) {
            let d = Diagnostic::new(Code::BadLookup, arg.span, "a row is looked up by attributes and constants")
                .label("computed")
                .help("give it a name: `define limit(r : Region) = limits(r) ?? 0`, and pass what is computed to that");
            self.report(d);
            return None;
        }
        Some(x)
    }
}

/// The columns of a key as a tuple of names.
fn tuple(keys: &[Key]) -> String {
    let names: Vec<&str> = keys.iter().map(|k| &*k.name).collect();
    match names.as_slice() {
        [one] => (*one).to_owned(),
        all => format!("({})", all.join(", ")),
    }
}

/// The types of a key, in brackets.
fn types(keys: &[Key]) -> String {
    let one = |key: &Key| key.types.iter().map(|t| show(&t.ty)).collect::<Vec<_>>().join(" or ");
    format!("({})", keys.iter().map(one).collect::<Vec<_>>().join(", "))
}
