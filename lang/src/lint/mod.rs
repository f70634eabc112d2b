//! What compiles and is hardly what was meant.
//!
//! A lint says only what is certain: it has proven that a rule cannot hold, not that it looks strange. What cannot be
//! proven is not said. Lints are asked of packages without a mistake, of the items of the root package; each policy is a
//! query of its own, which reads of other items what they declare.

mod domain;
mod term;
mod ground;
mod inline;
mod reason;
mod whole;
mod removal;
mod conditions;
mod nights;
mod dues;
mod rules;
mod idle;
mod wider;
mod keys;
mod limits;
mod uses;
mod tiers;
mod tested;

use std::collections::BTreeMap;
use std::sync::Arc;

use self::ground::{Calls, Ground};
use self::reason::Reasoner;
use crate::check::ahead::each_item;
use crate::check::package::{Located, diagnostics};
use crate::check::{HirItem, check_item};
use crate::db::{Database, Db, Item, Package, index};
use crate::diagnostic::{Diagnostic, Level, Severity};
use crate::span::ItemKey;
use crate::syntax::ast::ItemKind;

/// Every mistake of a package; if there is none, what its lints say.
#[must_use]
pub fn findings(db: &Database, package: Package) -> Vec<Located> {
    let mistakes = diagnostics(db, package);
    if mistakes.is_empty() { lints(db, package) } else { mistakes }
}

/// What lints say of a package without a mistake, in the order of files and places, at the levels that its `zt.toml`
/// gives them. Of a package with mistakes it is of no use: see [`findings`].
#[must_use]
pub fn lints(db: &dyn Db, package: Package) -> Vec<Located> {
    let levels = &package.settings(db).lints;
    let mut out: Vec<(usize, Located)> = vec![];
    let mut across: BTreeMap<&ItemKey, Vec<&Diagnostic>> = BTreeMap::new();
    for (key, d) in lint_across(db, package) {
        across.entry(key).or_default().push(d);
    }
    for (at, item) in index(db, package).all.iter().enumerate() {
        if item.home(db) != package.name(db) {
            continue;
        }
        let key: &ItemKey = item.key(db);
        let across = across.get(key).into_iter().flatten().copied();
        let own = lint_item(db, package, *item).iter().chain(across);
        for d in own {
            let mut d = d.clone();
            d.severity = match levels.get(&d.code).copied().or(d.code.lint().map(|(_, level)| level)) {
                Some(Level::Allow) => continue,
                Some(Level::Warn) => Severity::Warning,
                Some(Level::Deny) | None => Severity::Error,
            };
            out.push((at, Located { file: key.file.clone(), offset: item.offset(db), diagnostic: d }));
        }
    }
    // Items stand in the order of files.
    out.sort_by_key(|(at, l)| (*at, l.diagnostic.span.start, l.diagnostic.span.end));
    out.dedup();
    out.into_iter().map(|(_, located)| located).collect()
}

/// Asks what lints say of a package without a mistake on all cores, so that [`lints`] finds it.
pub fn ahead(db: &Database, package: Package) {
    each_item(db, package, |db, item| {
        // What is said of items beside each other is as much as what is said of many of them.
        if index(db, package).all.first() == Some(&item) {
            lint_across(db, package);
        }
        if item.home(db) == package.name(db) {
            lint_item(db, package, item);
        }
    });
}

/// What lints say of items beside each other, by item, whatever level they have.
#[salsa::tracked]
pub fn lint_across(db: &dyn Db, package: Package) -> Vec<(ItemKey, Diagnostic)> {
    let counted = whole::counted(db, package);
    let mut out = vec![];
    rules::beside(db, package, &counted, &mut out);
    dues::obligations(db, package, &counted, &mut out);
    wider::wider(db, package, &counted, &mut out);
    idle::idle(db, package, &counted, &mut out);
    keys::evadable(db, package, &counted, &mut out);
    limits::limits(db, package, &counted, &mut out);
    uses::unused(db, package, &mut out);
    tiers::disagree(db, package, &counted, &mut out);
    tested::untested(db, package, &counted, &mut out);
    out
}

/// What lints say of one item by itself, whatever level they have.
#[salsa::tracked]
pub fn lint_item<'db>(db: &'db dyn Db, package: Package, item: Item<'db>) -> Vec<Diagnostic> {
    let checked = check_item(db, package, item);
    let mut out = vec![];
    match &checked.hir {
        Some(HirItem::Policy(policy)) if checked.diagnostics.is_empty() => {
            let policy: &Arc<crate::hir::Policy> = policy;
            let whole = Reasoner::new(Ground::new(db, package, Calls::of(&policy.scope)));
            conditions::guard(&whole, policy, &mut out);
            let tree = match &item.ast(db).kind {
                Some(ItemKind::Policy(tree)) => &tree.rules[..],
                _ => &[],
            };
            for rule in &policy.rules {
                let narrow = rule.scope.as_ref().map(|scope| Reasoner::new(Ground::new(db, package, Calls::of(scope))));
                let reasoner = narrow.as_ref().unwrap_or(&whole);
                reasoner.refuel();
                let tree = tree.iter().find(|tree| tree.name.span == rule.name_span);
                conditions::rule(reasoner, policy, rule, tree, &mut out);
            }
        }
        _ => {}
    }
    if checked.hir.is_some()
        && checked.diagnostics.is_empty()
        && let Some(kind) = &item.ast(db).kind
    {
        nights::separate(kind, &mut out);
    }
    out
}
