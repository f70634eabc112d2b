//! Laws in suites: what is expected of every request of an action.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Cx;
use super::call::Filled;
use super::declare::{find_action, parts_by_whole};
use super::fixtures::Fixtures;
use super::path::Env;
use crate::db::Namespace;
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::{Action, Expect, Law, Name};
use crate::syntax::ast;

impl Cx<'_> {
    /// Checks a law, the how manieth of its action in the suite, from 1.
    pub(crate) fn law(
        &mut self,
        fixtures: Fixtures<'_>,
        (at, tables): (i64, &Name),
        count: usize,
        x: &ast::Forall,
    ) -> Option<Law> {
        let before = self.diagnostics.len();
        if self.find(Namespace::Action, &x.action.text).is_none() {
            self.report_unknown_action(&x.action);
            return None;
        }
        if self.broken(Namespace::Action, &x.action.text) {
            return None;
        }
        // An action that has parts stands for them.
        let whole = [x.action.text.clone()];
        let names = parts_by_whole(self.db, self.package).get(&x.action.text).map_or(&whole[..], |parts| parts);
        if names.iter().any(|name| self.broken(Namespace::Action, name)) {
            return None;
        }
        let actions: Vec<Arc<Action>> =
            names.iter().map(|name| find_action(self.db, self.package, name).cloned()).collect::<Option<_>>()?;
        let principals: BTreeSet<Name> = actions.iter().flat_map(|action| action.principals.clone()).collect();
        let env = Env {
            principals: principals.into_iter().collect(),
            actions: names.into(),
            request: Some(x.name.text.clone()),
            timeless: true,
            ..Env::default()
        };
        let condition = x.condition.as_ref().map(|e| self.condition(&env, e).expr);
        if x.expects.is_empty() {
            let d = Diagnostic::new(Code::NoExpectation, x.span, "nothing is expected of these requests")
                .label("it always passes")
                .help("say it: `{ expect not allow }`");
            self.report(d);
        }
        let mut expects: Vec<Expect> = vec![];
        for e in &x.expects {
            // What only some principals or parts can come to is expected of those.
            let told = self.diagnostics.len();
            let mut first = None;
            let all = actions.iter().flat_map(|action| action.principals.iter().map(move |by| (action, by)));
            for (action, principal) in all {
                let of = Filled { action: action.clone(), principal: principal.clone(), request: None };
                let expect = self.expect(fixtures, &of, e);
                let said = self.diagnostics.split_off(told);
                match expect {
                    Some(expect) => {
                        expects.push(expect);
                        first = None;
                        break;
                    }
                    None => first = first.or(Some(said)),
                }
            }
            self.diagnostics.extend(first.into_iter().flatten());
        }
        if self.diagnostics.len() != before {
            return None;
        }
        let number = if count > 1 { format!(" #{count}") } else { String::new() };
        Some(Law {
            name: format!("forall {} : {}{number}", x.name.text, x.action.text).into(),
            at,
            actions: names.to_vec(),
            tables: tables.clone(),
            condition: match condition {
                Some(condition) => Some(condition?),
                None => None,
            },
            expects,
            span: x.span,
        })
    }
}
