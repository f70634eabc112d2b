//! Tests, and the rules that they name.

use std::collections::BTreeMap;

use zt_lang::hir::{Effect, Expect, Name, Suite};
use zt_lang::point::written;

use super::{Build, Namespace};
use crate::doc::model::{self, Test};
use crate::doc::names::Ids;

impl Build<'_> {
    /// The suites of the package.
    pub(super) fn suites(&self) -> Vec<model::Suite> {
        let mut ids = Ids::default();
        self.hir.suites.iter().map(|suite| self.suite(suite, &mut ids)).collect()
    }

    fn suite(&self, suite: &Suite, ids: &mut Ids) -> model::Suite {
        let item = self.item(Namespace::Suite, &suite.name);
        let id = ids.id("suite", &suite.name);
        let mut part = |name: &Name, law: bool, span, actions: Vec<&Name>, expects: Vec<&Expect>| {
            let written = written::part(&self.loaded.db, self.loaded.package, Namespace::Suite, &suite.name, span);
            let item = self.as_item(name, written);
            let named = expects.iter().flat_map(|e| e.rules.iter().chain(e.shadow.iter().flat_map(|(_, r)| r)));
            Test {
                id: ids.id(if law { "law" } else { "test" }, &format!("{}-{name}", suite.name)),
                name: name.clone(),
                law,
                doc: item.doc,
                place: item.place,
                actions: once(actions.into_iter().cloned()),
                rules: once(named.filter(|name| self.windows.contains_key(name)).cloned()),
                effects: once(expects.iter().map(|e| effect(e.effect, e.not))),
            }
        };
        let mut tests = vec![];
        for test in &suite.tests {
            let calls = test.calls();
            let expects = calls.iter().flat_map(|call| &call.expects).collect();
            tests.push(part(&test.name, false, test.span, calls.iter().map(|call| &call.action).collect(), expects));
        }
        for law in &suite.laws {
            tests.push(part(&law.name, true, law.span, law.actions.iter().collect(), law.expects.iter().collect()));
        }
        model::Suite { item, id, tests }
    }
}

/// Each once, in order.
fn once<T: PartialEq>(all: impl Iterator<Item = T>) -> Vec<T> {
    let mut out: Vec<T> = vec![];
    for one in all {
        if !out.contains(&one) {
            out.push(one);
        }
    }
    out
}

fn effect(effect: Effect, not: bool) -> String {
    let word = effect.as_str().replace('_', " ");
    if not { format!("not {word}") } else { word }
}

/// The tests that name a rule, by its full name.
pub(super) fn by_rule(suites: &[model::Suite]) -> BTreeMap<Name, Vec<(usize, usize)>> {
    let mut out: BTreeMap<Name, Vec<(usize, usize)>> = BTreeMap::new();
    for (i, suite) in suites.iter().enumerate() {
        for (j, test) in suite.tests.iter().enumerate() {
            for rule in &test.rules {
                out.entry(rule.clone()).or_default().push((i, j));
            }
        }
    }
    out
}
