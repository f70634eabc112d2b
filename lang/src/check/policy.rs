//! Policies: rules, what each means and what it needs.

use std::collections::BTreeMap;

use super::Cx;
use super::path::{Env, Facts};
use super::scope::{effect, signature};
use crate::db::{Namespace, find};
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::{Ask, Expr, ExprKind, From, Name, Policy, Rule, Ty};
use crate::span::Span;
use crate::syntax::ast::{self, PolicyClauseKind, RuleClauseKind};

pub(crate) fn policy(cx: &mut Cx<'_>, x: &ast::Policy) -> Option<Policy> {
    let signature = signature(cx.db, cx.package, cx.item);
    cx.diagnostics.extend(signature.diagnostics.iter().cloned());
    if signature.scope.is_empty() {
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
    let mut env = Env { actions: actions.into(), principals: principals.into(), ..Env::default() };
    let mut parts: Vec<Expr> = vec![];
    // What has a mistake in it has no meaning: a condition that is lost must never count as met.
    let mut lost = false;
    for c in &x.clauses {
        let (e, negative) = match &c.kind {
            PolicyClauseKind::When(e) => (e, false),
            PolicyClauseKind::Unless(e) => (e, true),
            _ => continue,
        };
        lost |= !guard(cx, &mut env, e, negative, &mut parts);
    }
    let guard = conjunction(parts);
    if x.rules.is_empty() && cx.item.ast(cx.db).diagnostics.is_empty() {
        let d = Diagnostic::new(Code::Empty, x.name.span, format!("policy `{}` has no rules", x.name.text))
            .label("it decides nothing")
            .help("add a rule, as in `allow small when input.amount <= 50`");
        cx.report(d);
    }
    let mut rules: Vec<Rule> = vec![];
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
        match rule(cx, &env, x, r) {
            Some(rule) => rules.push(rule),
            None => lost = true,
        }
    }
    let guard_cost = guard.as_ref().map(|g| cx.measure(g)).unwrap_or_default();
    for r in &rules {
        let mut cost = cx.measure(&r.condition);
        cost.add(&guard_cost, 1, 1);
        cx.affordable(&cost, r.name_span);
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
    })
}

/// Checks a `when` or an `unless`; what follows knows what it proves. `false` if it has a mistake.
fn guard(cx: &mut Cx<'_>, env: &mut Env, e: &ast::Expr, negative: bool, parts: &mut Vec<Expr>) -> bool {
    let typed = cx.condition(env, e);
    let learnt: Facts = if negative { typed.minus.unnamed() } else { typed.plus };
    env.facts = std::mem::take(&mut env.facts).and(&learnt);
    let Some(x) = typed.expr else { return false };
    let span = x.span;
    parts.push(if negative { Expr { kind: ExprKind::Not(Box::new(x)), ty: Ty::Bool, span } } else { x });
    true
}

fn conjunction(mut parts: Vec<Expr>) -> Option<Expr> {
    match parts.len() {
        0 | 1 => parts.pop(),
        _ => {
            let span = parts.iter().map(|p| p.span).reduce(Span::to)?;
            Some(Expr { kind: ExprKind::And(parts), ty: Ty::Bool, span })
        }
    }
}

fn rule(cx: &mut Cx<'_>, env: &Env, policy: &ast::Policy, r: &ast::Rule) -> Option<Rule> {
    let mut env = env.clone();
    let before = cx.diagnostics.len();
    let mut seen: Vec<&str> = vec![];
    for c in &r.clauses {
        let word = clause_word(&c.kind);
        if seen.contains(&word) {
            let d = Diagnostic::new(Code::Clauses, c.span, format!("`{word}` stands twice in rule `{}`", r.name.text))
                .label("the second")
                .help(if word == "when" { "join the conditions with `and`" } else { "keep one" });
            cx.report(d);
        }
        seen.push(word);
    }
    let mut parts = vec![];
    let mut lost = false;
    // `when` proves what `unless` may read, in whichever order they stand.
    for negative in [false, true] {
        for c in &r.clauses {
            match &c.kind {
                RuleClauseKind::When(e) if !negative => lost |= !guard(cx, &mut env, e, false, &mut parts),
                RuleClauseKind::Unless(e) if negative => lost |= !guard(cx, &mut env, e, true, &mut parts),
                _ => {}
            }
        }
    }
    if r.effect == ast::Effect::Allow && !seen.contains(&"when") && !seen.contains(&"unless") {
        let d = Diagnostic::new(
            Code::AllowWithoutCondition,
            r.name.span,
            format!("`{}` would allow everything", r.name.text),
        )
        .label("an `allow` says when")
        .help("to allow every call, say so: `when true`")
        .fix("add `when true`", Span::new(r.name.span.end, r.name.span.end), " when true");
        cx.report(d);
    }
    let mut because = None;
    let (mut from, mut quorum, mut expires) = (None, 1u32, None);
    for c in &r.clauses {
        match &c.kind {
            RuleClauseKind::Because(text) => because = Some(cx.message(&env, text)),
            RuleClauseKind::From(_) | RuleClauseKind::Quorum(_) | RuleClauseKind::Expires(_)
                if r.effect != ast::Effect::RequireApproval =>
            {
                let word = clause_word(&c.kind);
                let d = Diagnostic::new(Code::Clauses, c.span, format!("`{word}` belongs to `require approval`"))
                    .label(format!("`{}` asks nobody", if r.effect == ast::Effect::Allow { "allow" } else { "deny" }))
                    .help("make the rule a `require approval`, or remove this");
                cx.report(d);
            }
            RuleClauseKind::From(name) => {
                from = Some(name.text.clone());
                if find(cx.db, cx.package, Namespace::Approvers, &name.text).is_none()
                    && !cx.excused(Namespace::Approvers)
                {
                    cx.report(cx.unknown_approvers(name));
                }
            }
            RuleClauseKind::Quorum(n) => match n.text.parse::<u32>() {
                Ok(q) if (1..=100).contains(&q) => quorum = q,
                _ => {
                    let d = Diagnostic::new(Code::BadNumber, n.span, format!("a quorum of {} makes no sense", n.text))
                        .label("not a number of people")
                        .help("from 1 to 100 different people can be asked");
                    cx.report(d);
                }
            },
            RuleClauseKind::Expires(n) => match seconds(&n.text) {
                Ok(s) => expires = Some(s),
                Err(why) => {
                    let d = Diagnostic::new(Code::BadNumber, n.span, format!("`{}` is not a duration", n.text))
                        .label(why)
                        .help("durations are written `90s`, `30min`, `8h`, `7d`");
                    cx.report(d);
                }
            },
            RuleClauseKind::When(_) | RuleClauseKind::Unless(_) => {}
            _ => cx.not_yet(c.span, clause_word(&c.kind)),
        }
    }
    if matches!(r.effect, ast::Effect::Limit | ast::Effect::Raise | ast::Effect::Oblige) {
        cx.not_yet(r.span, effect(r.effect).as_str());
    }
    if r.effect == ast::Effect::RequireApproval && !seen.contains(&"from") {
        let d = Diagnostic::new(Code::Clauses, r.name.span, format!("`{}` does not say whom to ask", r.name.text))
            .label("`from` is missing")
            .help("declare a group, `approvers support_leads`, and add `from support_leads`");
        cx.report(d);
    }
    if lost || cx.diagnostics.len() != before {
        return None;
    }
    let condition = conjunction(parts).unwrap_or(Expr { kind: ExprKind::Bool(true), ty: Ty::Bool, span: r.name.span });
    Some(Rule {
        full_name: format!("{}/{}.{}", cx.package.name(cx.db), policy.name.text, r.name.text).into(),
        name: r.name.text.clone(),
        effect: effect(r.effect),
        shadow: r.shadow,
        condition,
        scope: None,
        limit: None,
        raise: None,
        obligations: vec![],
        tell: None,
        ask: from.map(|from| Ask { from: From::Group(from), quorum, expires }),
        because,
        span: r.span,
        name_span: r.name.span,
    })
}

fn clause_word(kind: &RuleClauseKind) -> &'static str {
    match kind {
        RuleClauseKind::When(_) => "when",
        RuleClauseKind::Unless(_) => "unless",
        RuleClauseKind::Because(_) => "because",
        RuleClauseKind::From(_) => "from",
        RuleClauseKind::Quorum(_) => "quorum",
        RuleClauseKind::Expires(_) => "expires",
        RuleClauseKind::For(_) => "for",
        RuleClauseKind::Tell(_) => "tell",
        RuleClauseKind::With(_) => "with",
        RuleClauseKind::WithApproval => "with approval",
        RuleClauseKind::Rate(..) => "per",
        RuleClauseKind::Of(_) => "of",
        RuleClauseKind::By(_) => "by",
        RuleClauseKind::To(_) => "to",
    }
}

/// A duration in seconds.
fn seconds(text: &str) -> Result<u64, &'static str> {
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let factor = match text.get(digits.len()..) {
        Some("s") => 1,
        Some("min") => 60,
        Some("h") => 3_600,
        Some("d") => 86_400,
        _ => return Err("the units are `s`, `min`, `h` and `d`"),
    };
    let total = digits.parse::<u64>().ok().and_then(|n| n.checked_mul(factor)).ok_or("too long")?;
    if total == 0 {
        return Err("it would be over at once");
    }
    if total > 366 * 86_400 { Err("at most 366 days") } else { Ok(total) }
}
