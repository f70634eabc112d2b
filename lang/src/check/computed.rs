//! What an action declares of itself: computed from its own arguments.

use super::Cx;
use super::declare::kind_of;
use super::path::Env;
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::{Action, Expr, Ty};
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
        Some(x)
    }
}
