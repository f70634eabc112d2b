//! How many elements a collection has, and what its elements are.

use super::Reasoner;
use super::known::Known;
use crate::hir::{Collect, Expr, ExprKind, Root, Ty};
use crate::lint::domain::{Domain, Truth};
use crate::lint::ground::element;
use crate::lint::term::key;

impl Reasoner<'_> {
    /// The least and the greatest number of elements.
    pub(super) fn size(&self, e: &Expr, known: &Known) -> (i64, i64) {
        let sized = self.own_size(e, known);
        match known.get(|| format!("count({},)", key(e))).and_then(Domain::ends) {
            Some((least, most)) => (sized.0.max(least), sized.1.min(most)),
            None => sized,
        }
    }

    pub(super) fn own_size(&self, e: &Expr, known: &Known) -> (i64, i64) {
        if !self.burn(1) {
            return (0, i64::MAX);
        }
        match &e.kind {
            ExprKind::Path(path) if path.root == Root::Tag => {
                let says = self.ground.tagged(path).unwrap_or_default();
                let each = says.iter().map(|says| self.own_size(says, known));
                each.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))).unwrap_or((0, i64::MAX))
            }
            ExprKind::Path(path) => {
                let seen = self.ground.read(path, &self.vars.borrow());
                let most = seen.slots.iter().map(|(_, bounds)| i64::from(bounds.length)).max();
                (0, most.unwrap_or(i64::MAX))
            }
            ExprKind::Else(path, other) => {
                let seen = self.ground.read(path, &self.vars.borrow());
                let most = seen.slots.iter().map(|(_, bounds)| i64::from(bounds.length)).max();
                (0, most.unwrap_or(i64::MAX).max(self.size(other, known).1))
            }
            ExprKind::List(all) => {
                let n = i64::try_from(all.len()).unwrap_or(i64::MAX);
                (if matches!(e.ty.base(), Ty::List(_)) { n } else { n.min(1) }, n)
            }
            ExprKind::Collect(Collect::Join, a, b) => {
                let (x, y) = (self.size(a, known), self.size(b, known));
                let list = matches!(e.ty.base(), Ty::List(_));
                let least = if list { x.0.saturating_add(y.0) } else { x.0.max(y.0) };
                (least, x.1.saturating_add(y.1))
            }
            ExprKind::Collect(_, a, _) => (0, self.size(a, known).1),
            _ => (0, i64::MAX),
        }
    }

    /// Whether a collection has an element, as far as that is known.
    pub(in crate::lint) fn is_filled(&self, e: &Expr, known: &Known) -> bool {
        self.size(e, known).0 > 0
    }

    /// What is asked of an element of a collection.
    pub(super) fn of_element(&self, over: &Expr, body: &Expr, known: &Known) -> Truth {
        self.within(over, || self.truth(body, known))
    }

    /// Does something where the variable of a quantifier is an element of a collection.
    pub(in crate::lint) fn within<T>(&self, over: &Expr, ask: impl FnOnce() -> T) -> T {
        let slots = match &over.kind {
            ExprKind::Path(path) => {
                let seen = self.ground.read(path, &self.vars.borrow());
                seen.slots.iter().filter_map(|(ty, bounds)| element(ty, bounds)).collect()
            }
            _ => vec![],
        };
        self.vars.borrow_mut().push(slots);
        let out = ask();
        self.vars.borrow_mut().pop();
        out
    }
}
