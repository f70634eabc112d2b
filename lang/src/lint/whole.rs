//! The rules that count, each with the calls in its scope.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::check::scope::enforced;
use crate::check::{HirItem, check_item};
use crate::db::{Db, Package};
use crate::hir::{Effect, Name, Policy, Rule};
use crate::span::ItemKey;

/// An action and a type of principal.
pub(super) type Pair = (Name, Name);

/// Pairs of action and type of principal.
pub(super) type Pairs = BTreeSet<Pair>;

/// A rule that counts.
pub(super) struct Counted {
    /// Its policy.
    pub(super) policy: Arc<Policy>,
    /// Its place there.
    at: usize,
    /// Whether it is of the root package, whose author reads what lints say.
    pub(super) own: bool,
    /// The calls in its scope.
    pub(super) pairs: Arc<Pairs>,
}

impl Counted {
    /// The rule.
    pub(super) fn rule(&self) -> &Rule {
        &self.policy.rules[self.at]
    }

    /// The item that it stands in.
    pub(super) fn item(&self) -> &ItemKey {
        &self.policy.key
    }

    /// Whether one of these calls is in its scope.
    pub(super) fn covers_any(&self, pairs: &Pairs) -> bool {
        let (few, many) = if self.pairs.len() < pairs.len() { (&*self.pairs, pairs) } else { (pairs, &*self.pairs) };
        few.iter().any(|pair| many.contains(pair))
    }
}

/// The rules that count, in order.
pub(super) fn counted(db: &dyn Db, package: Package) -> Vec<Counted> {
    let mut out = vec![];
    for (item, allows) in enforced(db, package) {
        let Some(HirItem::Policy(policy)) = &check_item(db, package, *item).hir else { continue };
        let whole: Arc<Pairs> = Arc::new(policy.scope.iter().cloned().collect());
        for (at, rule) in policy.rules.iter().enumerate() {
            if rule.effect == Effect::Allow && !allows {
                continue;
            }
            let pairs = match &rule.scope {
                Some(scope) => Arc::new(scope.iter().cloned().collect()),
                None => whole.clone(),
            };
            let own = item.home(db) == package.name(db);
            out.push(Counted { policy: policy.clone(), at, own, pairs });
        }
    }
    out
}
