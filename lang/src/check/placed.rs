//! Collections that are read by name or place where somebody else says what they are: an action of the field of a tag,
//! a call of a parameter. They are read where they stand in the request, so they must not be computed.

use std::collections::BTreeMap;

use super::choice::is_index;
use super::declare::find_action;
use super::path::{Env, View};
use super::{Cx, HirItem, check_item};
use crate::db::{Namespace, find};
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::{Expr, ExprKind, Name, Path, Root, Ty};
use crate::span::Span;

/// Whether a definition reads a parameter by name or place, by its name and which one.
type Known = BTreeMap<(Name, usize), bool>;

impl Cx<'_> {
    /// Whether what every action in scope says of a tag stands in its request; reports it if not.
    pub(crate) fn tag_has_places(&mut self, env: &Env, view: &View, span: Span) -> bool {
        let Some(action) = self.computed_for(env, &view.path) else { return true };
        let shown = view.show(env);
        let d = Diagnostic::new(Code::NotAValue, span, format!("`{shown}` has no members by name or place"))
            .label(format!("`{action}` computes it"))
            .help(format!(
                "ask it of all of them, `any(x in {shown}: …)`, or let `{action}` say an argument as it is: `input.…`"
            ));
        self.report(d);
        false
    }

    /// The first action in scope that computes what it says of the field of a tag.
    fn computed_for(&self, env: &Env, path: &Path) -> Option<Name> {
        let [tag, field, ..] = path.fields.as_slice() else { return None };
        let computes = |action: &&Name| {
            let Some(action) = find_action(self.db, self.package, action) else { return false };
            let carried = action.tags.iter().filter(|used| self.tag_and_above(&used.name).contains(tag));
            let mut says = carried.flat_map(|used| &used.fields).filter(|(name, _)| name == field);
            says.any(|(_, says)| !stands(says))
        };
        env.actions.iter().find(computes).cloned()
    }

    /// Whether an argument stands in the request if the definition reads it by name or place; reports it if not.
    pub(crate) fn is_placed(&mut self, env: &Env, define: &Name, at: usize, param: &Name, x: &Expr) -> bool {
        let placed = !matches!(x.ty.base(), Ty::List(_) | Ty::Map(_))
            || stands(x) && all_paths(x).iter().all(|p| p.root != Root::Tag || self.computed_for(env, p).is_none())
            || !self.reads_places(define, at, &mut Known::new());
        if !placed {
            let d = Diagnostic::new(Code::NotAValue, x.span, format!("`{define}` reads `{param}` by name or place"))
                .label("this is computed, and has neither")
                .help("hand over an argument or attribute as it is, `input.args`, or with `?? []` behind it");
            self.report(d);
        }
        placed
    }

    /// Whether a definition reads what it is given by name or place.
    fn reads_places(&self, define: &Name, at: usize, known: &mut Known) -> bool {
        let (Some(item), Ok(param)) = (find(self.db, self.package, Namespace::Define, define), u32::try_from(at))
        else {
            return false;
        };
        let Some(HirItem::Define(define)) = &check_item(self.db, self.package, item).hir else { return false };
        let about = (define.name.clone(), at);
        if let Some(reads) = known.get(&about) {
            return *reads;
        }
        let reads = self.reads_at(&define.body, Root::Param(param), known);
        known.insert(about, reads);
        reads
    }

    fn reads_at(&self, e: &Expr, root: Root, known: &mut Known) -> bool {
        let here = match &e.kind {
            ExprKind::Path(path) | ExprKind::Has(path) | ExprKind::Else(path, _) => {
                path.root == root && path.fields.first().is_some_and(|step| is_index(step))
            }
            ExprKind::Call(define, given) => given.iter().enumerate().any(|(at, given)| {
                let whole = |path: &&Path| path.root == root && path.fields.is_empty();
                all_paths(given).iter().any(whole) && self.reads_places(define, at, known)
            }),
            _ => false,
        };
        here || e.parts().into_iter().any(|part| self.reads_at(part, root, known))
    }
}

/// Whether a collection stands in the request, or is one of several that do, or has no elements.
fn stands(e: &Expr) -> bool {
    match &e.kind {
        ExprKind::Path(_) => true,
        ExprKind::List(elements) => elements.is_empty(),
        ExprKind::Else(_, other) => stands(other),
        ExprKind::If(_, then, otherwise) => stands(then) && stands(otherwise),
        _ => false,
    }
}

/// The paths that a collection may stand at.
fn all_paths(e: &Expr) -> Vec<&Path> {
    match &e.kind {
        ExprKind::Path(path) => vec![path],
        ExprKind::Else(path, other) => [vec![path], all_paths(other)].concat(),
        ExprKind::If(_, then, otherwise) => [all_paths(then), all_paths(otherwise)].concat(),
        _ => vec![],
    }
}
