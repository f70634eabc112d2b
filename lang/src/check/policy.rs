//! Policies: rules, what each means and what it needs.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Cx;
use super::path::Env;
use super::rule::{Made, conjunction, guard, rule};
use super::scope::{before_rule, signature};
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::{Expr, Name, Policy, Rule, Window};
use crate::span::Span;
use crate::syntax::ast::{self, PolicyClauseKind};

pub(crate) fn policy(cx: &mut Cx<'_>, x: &ast::Policy) -> Option<Policy> {
    let signature = signature(cx.db, cx.package, cx.item);
    cx.diagnostics.extend(signature.diagnostics.iter().cloned());
    if signature.scope.is_empty() {
        if signature.whole && cx.is_for_others() {
            // A package that is used is for actions that may not be there: nothing to do here.
            return Some(Policy {
                key: cx.item.key(cx.db).clone(),
                name: x.name.text.clone(),
                scope: vec![],
                guard: None,
                rules: vec![],
                limits: vec![],
            });
        }
        // Without a scope no attribute has a type; what is wrong has been said.
        return None;
    }
    let (mut actions, mut principals): (Vec<Name>, Vec<Name>) = (vec![], vec![]);
    for (action, principal) in &signature.scope {
        // The pairs of an action stand together.
        if actions.last() != Some(action) {
            actions.push(action.clone());
        }
        if !principals.contains(principal) {
            principals.push(principal.clone());
        }
    }
    let mut env = Env {
        actions: actions.into(),
        principals: principals.into(),
        tags: signature.tags.clone().into(),
        ..Env::default()
    };
    let mut parts: Vec<Expr> = vec![];
    // What has a mistake in it has no meaning: a condition that is lost must never count as met.
    let mut lost = false;
    // As in rules, `when` proves what `unless` may read, in whichever order they stand.
    for wanted in [false, true] {
        for c in &x.clauses {
            let (e, negative) = match &c.kind {
                PolicyClauseKind::When(e) => (e, false),
                PolicyClauseKind::Unless(e) => (e, true),
                _ => continue,
            };
            if negative == wanted {
                lost |= !guard(cx, &mut env, e, negative, &mut parts);
            }
        }
    }
    let guard = conjunction(parts);
    if x.rules.is_empty() && cx.item.ast(cx.db).diagnostics.is_empty() {
        let d = Diagnostic::new(Code::Empty, x.name.span, format!("policy `{}` has no rules", x.name.text))
            .label("it decides nothing")
            .help("add a rule, as in `allow small when input.amount <= 50`");
        cx.report(d);
    }
    let mut rules: Vec<Rule> = Vec::with_capacity(x.rules.len());
    let before_name = before_rule(cx.db, cx.package, &x.name.text);
    let mut limits: Vec<Arc<Window>> = vec![];
    let mut seen: BTreeMap<&Name, Span> = BTreeMap::new();
    for r in &x.rules {
        if let Some(first) = seen.get(&r.name.text) {
            let d =
                Diagnostic::new(Code::DuplicateName, r.name.span, format!("rule `{}` is declared twice", r.name.text))
                    .label("declared again")
                    .related(None, *first, "first declared here")
                    .help("decisions and tests name rules; give each its own name");
            cx.report(d);
            continue;
        }
        seen.insert(&r.name.text, r.name.span);
        if &*r.name.text == "default" {
            let d = Diagnostic::new(Code::ReservedName, r.name.span, "`default` names the denial where no rule allows")
                .label("taken")
                .help("choose another name");
            cx.report(d);
        }
        match rule(cx, &env, &signature.scope, guard.as_ref(), (x, &before_name), r) {
            Made::Rule(rule, window) => {
                rules.push(*rule);
                limits.extend(window);
            }
            Made::Idle => {}
            Made::Lost => lost = true,
        }
    }
    let guard_cost = guard.as_ref().map(|g| cx.measure(g)).unwrap_or_default();
    for r in &mut rules {
        let mut cost = cx.measure(&r.condition);
        cost.add(&guard_cost, 1, 1);
        cx.affordable(&cost, r.name_span);
        for arg in r.obligations.iter().flat_map(|due| &due.args) {
            cost.add(&cx.measure(arg), 1, 1);
        }
        r.cost = cost.work;
    }
    if lost {
        return None;
    }
    Some(Policy {
        key: cx.item.key(cx.db).clone(),
        name: x.name.text.clone(),
        scope: signature.scope.clone(),
        guard,
        rules,
        limits,
    })
}
