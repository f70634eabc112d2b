//! Entities of which nothing is known but their ids: nobody can read more of them.

use std::collections::{BTreeMap, BTreeSet};

use super::{Cx, HirItem, check_item};
use crate::db::{Namespace, find};
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::{Expr, ExprKind, Name, Path, Root, Ty};
use crate::span::Span;

/// Whether a definition reads more of a parameter than an id, by its name and which one.
type Known = BTreeMap<(Name, usize), bool>;

impl Cx<'_> {
    /// Refuses what is read of the elements of a collection that holds nothing but ids: it always fails.
    pub(crate) fn only_ids(&mut self, over: &Expr, var: u32, name: &Name, body: &Expr) -> bool {
        let Some(because) = bare(over) else { return true };
        let mut found = BTreeSet::new();
        self.lost(body, Root::Var(var), &mut Known::new(), &mut found);
        for span in &found {
            let d = Diagnostic::new(Code::NotInScope, *span, format!("of `{name}` nothing is known but its `id`"))
                .label("always fails")
                .related(None, over.span, because)
                .help(format!(
                    "compare it as a whole, `{name} == …`; the elements of a `List` come with what is known of them"
                ));
            self.report(d);
        }
        found.is_empty()
    }

    /// Where an expression reads more of what stands at a root than its id.
    fn lost(&self, e: &Expr, root: Root, known: &mut Known, found: &mut BTreeSet<Span>) {
        let more = |path: &Path| path.root == root && path.fields.first().is_some_and(|name| &**name != "id");
        let whole = |e: &Expr| matches!(&e.kind, ExprKind::Path(path) if path.root == root && path.fields.is_empty());
        match &e.kind {
            ExprKind::Path(path) | ExprKind::Has(path) | ExprKind::Else(path, _) if more(path) => {
                found.insert(e.span);
            }
            // What is above it is not known either.
            ExprKind::Under(below, _) if whole(below) => {
                found.insert(e.span);
            }
            ExprKind::Call(define, given) => {
                for (at, _) in given.iter().enumerate().filter(|(_, given)| whole(given)) {
                    if self.is_read(define, at, known) {
                        found.insert(e.span);
                    }
                }
            }
            _ => {}
        }
        e.parts().into_iter().for_each(|part| self.lost(part, root, known, found));
    }

    /// Whether a definition reads more of what it is given than its id.
    fn is_read(&self, define: &Name, at: usize, known: &mut Known) -> bool {
        let (Some(item), Ok(param)) = (find(self.db, self.package, Namespace::Define, define), u32::try_from(at))
        else {
            return false;
        };
        let Some(HirItem::Define(define)) = &check_item(self.db, self.package, item).hir else { return false };
        let about = (define.name.clone(), at);
        if let Some(read) = known.get(&about) {
            return *read;
        }
        let mut found = BTreeSet::new();
        self.lost(&define.body, Root::Param(param), known, &mut found);
        known.insert(about, !found.is_empty());
        !found.is_empty()
    }
}

/// Why the elements of a collection are ids and nothing else, if they are.
fn bare(over: &Expr) -> Option<&'static str> {
    let (Ty::Set(element) | Ty::List(element)) = over.ty.base() else { return None };
    if !matches!(element.base(), Ty::Entity(_)) {
        return None;
    }
    match (&over.kind, over.ty.base()) {
        // Only windows make such sets.
        (_, Ty::Set(_)) => Some("a window remembers ids"),
        (ExprKind::List(all), _) if all.iter().all(|e| matches!(e.kind, ExprKind::Entity(_))) => {
            Some("these are named by their ids")
        }
        _ => None,
    }
}
