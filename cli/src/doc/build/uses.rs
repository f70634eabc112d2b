//! Which definitions and tables a rule uses, itself or by what it calls and reads.

use std::collections::{BTreeMap, BTreeSet};

use zt_lang::hir::{Expr, ExprKind, Name, Package};

/// What a rule uses.
#[derive(Debug, Default)]
pub(crate) struct Uses {
    /// Definitions.
    pub(crate) functions: BTreeSet<Name>,
    /// Tables, those of patterns among them.
    pub(crate) tables: BTreeSet<Name>,
}

/// What every rule uses, by its full name.
pub(crate) fn by_rule(hir: &Package) -> BTreeMap<&Name, Uses> {
    let mut out = BTreeMap::new();
    for policy in &hir.policies {
        for rule in &policy.rules {
            let args = rule.obligations.iter().flat_map(|due| &due.args);
            let start: Vec<&Expr> = policy.guard.iter().chain([&rule.condition]).chain(args).collect();
            out.insert(&rule.full_name, of(hir, start));
        }
    }
    out
}

fn of<'h>(hir: &'h Package, mut ahead: Vec<&'h Expr>) -> Uses {
    let mut out = Uses::default();
    let mut windows: BTreeSet<&Name> = BTreeSet::new();
    while let Some(e) = ahead.pop() {
        match &e.kind {
            ExprKind::Call(name, _) if out.functions.insert(name.clone()) => {
                ahead.extend(hir.defines.get(name).map(|define| &define.body));
            }
            ExprKind::Lookup(name, ..) | ExprKind::InTable(name, _) | ExprKind::Detect(name, _) => {
                out.tables.insert(name.clone());
            }
            ExprKind::Reading { window, .. } => {
                if windows.insert(window)
                    && let Some(window) = hir.windows.get(window)
                {
                    ahead.extend(window.value.iter().chain(&window.condition).chain(&window.key));
                }
            }
            _ => {}
        }
        ahead.extend(e.parts());
    }
    out
}
