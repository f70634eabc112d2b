//! What an action declares of itself: computed from its own arguments.

use super::Cx;
use super::declare::{find_entity, kind_of, members};
use super::path::Env;
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::{Action, Channel, Expr, ExprKind, Field, Name, Path, Root, Ty};
use crate::span::Span;
use crate::syntax::ast;

impl Cx<'_> {
    /// What the id of an action's resource is computed from.
    pub(crate) fn resource_id(&mut self, action: &Action, id: &ast::Expr) -> Option<Expr> {
        let env = Env {
            principals: action.principals.clone().into(),
            own: Some(action.input.clone().into()),
            timeless: true,
            ..Env::default()
        };
        let x = self.expr(&env, id, None).expr?;
        if !matches!(x.ty.base(), Ty::String | Ty::Ident | Ty::Syntax(_)) {
            let d =
                Diagnostic::new(Code::TypeMismatch, id.span, format!("an id is a text, this is {}", kind_of(&x.ty)))
                    .label(kind_of(&x.ty))
                    .help("name the argument that holds the id: `on Order(input.order_id)`");
            self.report(d);
            return None;
        }
        if let Some(path) = self.beyond_arguments(action, &x) {
            let d = Diagnostic::new(
                Code::NotInScope,
                path,
                "an id is computed from the arguments alone",
            )
            .label("not an argument as it was sent")
            .help("nothing is asked of anybody before it is known which resource is meant: name an argument that holds the id");
            self.report(d);
            return None;
        }
        let wanted = action.resource.as_ref().and_then(|name| find_entity(self.db, self.package, name)?.id.clone());
        if let (Some(wanted), Ty::Named(..)) = (wanted, &x.ty)
            && wanted.ty != x.ty
        {
            let d = Diagnostic::new(
                Code::TypeMismatch,
                id.span,
                format!("ids of this entity are {}, this is {}", kind_of(&wanted.ty), kind_of(&x.ty)),
            )
            .label(kind_of(&x.ty))
            .help("named types are distinct: a value of one is never a value of another");
            self.report(d);
            return None;
        }
        Some(x)
    }

    /// Where an expression reads the principal, or what somebody else vouches for.
    fn beyond_arguments(&self, action: &Action, x: &Expr) -> Option<Span> {
        let path = match &x.kind {
            ExprKind::Path(path) | ExprKind::Has(path) | ExprKind::Else(path, _) => Some(path),
            _ => None,
        };
        let beyond = |path: &Path| match path.root {
            Root::Input => self.is_asked(&action.input, &path.fields),
            Root::Var(_) => !path.fields.is_empty(),
            _ => true,
        };
        if self.asks_for_a_row(x) {
            return Some(x.span);
        }
        let held = match x.ty.base() {
            Ty::List(element) => element.base(),
            other => other,
        };
        // Whole, it may be handed to a definition that reads more of it.
        let whole = matches!(held, Ty::Entity(name) if self.is_elsewhere(name));
        if whole || path.is_some_and(beyond) {
            return Some(x.span);
        }
        x.parts().into_iter().find_map(|part| self.beyond_arguments(action, part))
    }

    /// Whether the way along some fields leads through what is known of an entity of another channel.
    fn is_asked(&self, fields: &[Field], path: &[Name]) -> bool {
        let Some((first, rest)) = path.split_first() else { return false };
        let Some(next) = fields.iter().find(|field| field.name == *first) else { return false };
        let more = rest.first().is_some_and(|name| &**name != "id");
        if matches!(next.ty.ty.base(), Ty::Entity(name) if more && self.is_elsewhere(name)) {
            return true;
        }
        members(self.db, self.package, &next.ty.ty).is_some_and(|fields| self.is_asked(&fields, rest))
    }

    /// Whether somebody else than the enforcement point vouches for an entity.
    fn is_elsewhere(&self, entity: &str) -> bool {
        find_entity(self.db, self.package, entity).is_some_and(|entity| entity.channel != Channel::Pep)
    }
}
