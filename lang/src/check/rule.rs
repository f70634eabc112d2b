//! Rules: what each clause means for each effect.

use std::sync::Arc;

use super::Cx;
use super::path::{Env, Facts};
use super::scope::Selected;
use super::tier::AskParts;
use super::window::{BOUND, MAX_BOUND};
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::{Aggregate, Cmp, Expr, ExprKind, Name, Outcome, Over, Recorded, Rule, Ty, Window};
use crate::span::Span;
use crate::syntax::ast::{self, Effect, PolicyClauseKind, RuleClauseKind};

/// The clauses that stand in rules of some effects only, and those effects.
fn belongs(kind: &RuleClauseKind) -> &'static [Effect] {
    match kind {
        RuleClauseKind::WithApproval => &[Effect::Allow],
        RuleClauseKind::From(_) | RuleClauseKind::Quorum(_) | RuleClauseKind::Expires(_) => {
            &[Effect::RequireApproval, Effect::Allow]
        }
        RuleClauseKind::Rate(..) | RuleClauseKind::Of(_) | RuleClauseKind::By(_) => &[Effect::Limit],
        RuleClauseKind::To(_) => &[Effect::Raise],
        RuleClauseKind::With(_) => {
            &[Effect::Allow, Effect::Deny, Effect::RequireApproval, Effect::Limit, Effect::Oblige]
        }
        RuleClauseKind::Because(_)
        | RuleClauseKind::Tell(_)
        | RuleClauseKind::When(_)
        | RuleClauseKind::Unless(_)
        | RuleClauseKind::For(_) => {
            &[Effect::Allow, Effect::Deny, Effect::RequireApproval, Effect::Limit, Effect::Raise, Effect::Oblige]
        }
    }
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

/// An effect as rules write it.
fn effect_words(e: Effect) -> &'static str {
    match e {
        Effect::Allow => "allow",
        Effect::Deny => "deny",
        Effect::RequireApproval => "require approval",
        Effect::Limit => "limit",
        Effect::Raise => "raise",
        Effect::Oblige => "oblige",
    }
}

/// What a rule's clauses say, as far as they were sound.
#[derive(Default)]
struct Said<'a> {
    seen: Vec<&'static str>,
    ask: AskParts<'a>,
    rate: Option<(&'a ast::Expr, &'a ast::Over)>,
    /// What is counted, how many of it and by whom, as far as that stands together.
    counted: Option<Span>,
    of: Option<&'a ast::Expr>,
    by: Option<&'a [ast::Expr]>,
    to: Option<&'a ast::Ident>,
}

/// Checks a `when` or an `unless`; what follows knows what it proves. `false` if it has a mistake.
pub(crate) fn guard(cx: &mut Cx<'_>, env: &mut Env, e: &ast::Expr, negative: bool, parts: &mut Vec<Expr>) -> bool {
    let typed = cx.condition(env, e);
    let learnt: Facts = if negative { typed.minus.unnamed() } else { typed.plus };
    env.facts = std::mem::take(&mut env.facts).and(&learnt);
    let Some(x) = typed.expr else { return false };
    let span = x.span;
    parts.push(if negative { Expr { kind: ExprKind::Not(Box::new(x)), ty: Ty::Bool, span } } else { x });
    true
}

pub(crate) fn conjunction(mut parts: Vec<Expr>) -> Option<Expr> {
    match parts.len() {
        0 | 1 => parts.pop(),
        _ => {
            let span = parts.iter().map(|p| p.span).reduce(Span::to)?;
            Some(Expr { kind: ExprKind::And(parts), ty: Ty::Bool, span })
        }
    }
}

/// What becomes of a rule: with it comes the window that a limit brings.
pub(crate) enum Made {
    /// A rule.
    Rule(Box<Rule>, Option<Arc<Window>>),
    /// None: a rule of a package that is used, and no action here is what it is for.
    Idle,
    /// None: it has a mistake.
    Lost,
}

/// Checks a rule.
pub(crate) fn rule(
    cx: &mut Cx<'_>,
    policy_env: &Env,
    policy_scope: &[(Name, Name)],
    policy_guard: Option<&Expr>,
    (policy, before_name): (&ast::Policy, &str),
    r: &ast::Rule,
) -> Made {
    let before = cx.diagnostics.len();
    let said = clauses(cx, r);
    let (mut env, scope) = match narrowed(cx, policy_env, policy_scope, r) {
        Some((env, scope)) => (env, scope),
        None if cx.diagnostics.len() == before && !cx.of_root() => return Made::Idle,
        None => return Made::Lost,
    };
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
    complete(cx, policy, r, &said);
    let (mut because, mut tell, mut obligations) = (None, None, vec![]);
    for c in &r.clauses {
        match &c.kind {
            RuleClauseKind::Because(text) => because = Some(cx.message(&env, text)),
            RuleClauseKind::Tell(text) => tell = Some(cx.told(&env, text)),
            RuleClauseKind::With(list) => match cx.dues(&env, list) {
                Some(dues) => obligations = dues,
                None => lost = true,
            },
            _ => {}
        }
    }
    let asks = r.effect == Effect::RequireApproval || said.seen.contains(&"with approval");
    let ask = if asks && said.ask.from.is_some() { cx.ask(&env, &said.ask, r.name.span) } else { None };
    let full_name: Name = format!("{before_name}{}", r.name.text).into();
    let mut condition = conjunction(parts);
    let mut limit = None;
    let mut window = None;
    if r.effect == Effect::Limit
        && let Some(made) = limited(cx, &env, &said, &full_name)
    {
        let (mut made, most, room) = made;
        let pairs = scope.as_deref().unwrap_or(policy_scope).to_vec();
        made.of = Recorded::Calls(Outcome::Admitted, pairs);
        made.condition = conjunction(policy_guard.cloned().into_iter().chain(condition.clone()).collect());
        made.cost = cx.window_cost(made.value.iter().chain(&made.condition).chain(&made.key));
        limit = Some((full_name.clone(), most));
        window = Some(Arc::new(made));
        condition = conjunction(condition.into_iter().chain([room]).collect());
    }
    let raise = said.to.and_then(|to| cx.tier(Some(to)));
    if lost || cx.diagnostics.len() != before {
        return Made::Lost;
    }
    let always = Expr { kind: ExprKind::Bool(true), ty: Ty::Bool, span: r.name.span };
    let rule = Rule {
        full_name,
        name: r.name.text.clone(),
        scope,
        effect: r.effect,
        shadow: r.shadow,
        condition: condition.unwrap_or(always),
        ask,
        limit,
        raise: raise.filter(|_| r.effect == Effect::Raise),
        obligations,
        cost: 0,
        because,
        tell,
        span: r.span,
        name_span: r.name.span,
    };
    Made::Rule(Box::new(rule), window)
}

/// Reads the clauses; those that are repeated or do not belong to the effect are reported.
fn clauses<'a>(cx: &mut Cx<'_>, r: &'a ast::Rule) -> Said<'a> {
    let mut said = Said::default();
    let counts = |c: &&ast::RuleClause| belongs(&c.kind) == [Effect::Limit];
    said.counted = r.clauses.iter().skip_while(|c| !counts(c)).take_while(counts).map(|c| c.span).reduce(Span::to);
    for c in &r.clauses {
        let word = clause_word(&c.kind);
        if said.seen.contains(&word) {
            let d = Diagnostic::new(Code::Clauses, c.span, format!("`{word}` stands twice in rule `{}`", r.name.text))
                .label("the second")
                .help(match word {
                    "when" => "join the conditions with `and`",
                    "with" => "separate obligations by commas",
                    _ => "keep one",
                });
            cx.report(d);
            continue;
        }
        said.seen.push(word);
        let fits = belongs(&c.kind);
        if !fits.contains(&r.effect) {
            let own = effect_words(r.effect);
            let (said, help) = match fits {
                [Effect::Limit] => {
                    (format!("`{word}` belongs to `limit`"), "a limit is written `limit NAME 10 per 1h by principal`")
                }
                [Effect::Raise] => {
                    (format!("`{word}` belongs to `raise`"), "a raise is written `raise NAME to TIER when …`")
                }
                [Effect::Allow] => (format!("`{word}` belongs to `allow`"), "`require approval` asks by itself"),
                [Effect::RequireApproval, _] => (
                    format!("`{word}` belongs to `require approval`"),
                    "make the rule a `require approval`, or remove this",
                ),
                _ => (format!("`{own}` obliges to nothing"), "say it in an `oblige`, or remove this"),
            };
            let d = Diagnostic::new(Code::Clauses, c.span, said)
                .label(if word == "with" {
                    "not here".to_owned()
                } else if fits.contains(&Effect::RequireApproval) {
                    format!("`{own}` asks nobody")
                } else {
                    format!("not in a rule of `{own}`")
                })
                .help(help);
            cx.report(d);
            continue;
        }
        match &c.kind {
            RuleClauseKind::From(name) => said.ask.from = Some(name),
            RuleClauseKind::Quorum(n) => said.ask.quorum = Some(n),
            RuleClauseKind::Expires(n) => said.ask.expires = Some(n),
            RuleClauseKind::Rate(n, over) => said.rate = Some((n, over)),
            RuleClauseKind::Of(e) => said.of = Some(e),
            RuleClauseKind::By(keys) => said.by = Some(keys),
            RuleClauseKind::To(tier) => said.to = Some(tier),
            _ => {}
        }
    }
    if r.effect == Effect::Allow && !said.seen.contains(&"with approval") {
        for c in &r.clauses {
            if matches!(c.kind, RuleClauseKind::From(_) | RuleClauseKind::Quorum(_) | RuleClauseKind::Expires(_)) {
                let word = clause_word(&c.kind);
                let d = Diagnostic::new(Code::Clauses, c.span, format!("`{word}` belongs to `require approval`"))
                    .label("`allow` asks nobody")
                    .help("write `with approval` before it for a grant that asks first, or make the rule a `require approval`");
                cx.report(d);
            }
        }
    }
    said
}

/// Reports what a rule of its effect lacks.
fn complete(cx: &mut Cx<'_>, policy: &ast::Policy, r: &ast::Rule, said: &Said<'_>) {
    let lacks = |cx: &mut Cx<'_>, message: String, label: &str, help: &str| {
        cx.report(Diagnostic::new(Code::Clauses, r.name.span, message).label(label).help(help));
    };
    let name = &r.name.text;
    match r.effect {
        Effect::Allow => {
            let guarded = policy
                .clauses
                .iter()
                .any(|c| matches!(c.kind, PolicyClauseKind::When(_) | PolicyClauseKind::Unless(_)));
            // What somebody approves, of what the whole policy is for, is not everything.
            let approved = guarded && said.seen.contains(&"with approval");
            if !approved && !said.seen.contains(&"when") && !said.seen.contains(&"unless") {
                let d = Diagnostic::new(
                    Code::AllowWithoutCondition,
                    r.name.span,
                    format!("`{name}` would allow everything"),
                )
                .label("an `allow` says when")
                .help("to allow every call, say so: `when true`")
                .fix("add `when true`", Span::new(r.name.span.end, r.name.span.end), " when true");
                cx.report(d);
            }
            if said.seen.contains(&"with approval") && said.ask.from.is_none() {
                lacks(
                    cx,
                    format!("`{name}` does not say whom to ask"),
                    "`from` is missing",
                    "declare a group, `approvers support_leads`, and add `from support_leads`",
                );
            }
        }
        Effect::RequireApproval if !said.seen.contains(&"from") => {
            lacks(
                cx,
                format!("`{name}` does not say whom to ask"),
                "`from` is missing",
                "declare a group, `approvers support_leads`, and add `from support_leads`",
            );
        }
        Effect::Limit if said.rate.is_none() => {
            lacks(
                cx,
                format!("limit `{name}` does not say how many"),
                "the rate is missing",
                "write how many over which time: `10 per 1h by principal`",
            );
        }
        Effect::Raise if said.to.is_none() => {
            lacks(
                cx,
                format!("`{name}` does not say to which tier"),
                "`to` is missing",
                "name the tier: `raise bulk to T3 when …`",
            );
        }
        Effect::Oblige if !said.seen.contains(&"with") => {
            lacks(
                cx,
                format!("`{name}` obliges to nothing"),
                "`with` is missing",
                "name the obligation: `with audit(level: detailed)`",
            );
        }
        Effect::RequireApproval | Effect::Limit | Effect::Raise | Effect::Oblige | Effect::Deny => {}
    }
}

/// Actions with types of principal.
type Pairs = Vec<(Name, Name)>;

/// What is left of the policy's scope after a rule's `for`.
fn narrowed(cx: &mut Cx<'_>, env: &Env, scope: &[(Name, Name)], r: &ast::Rule) -> Option<(Env, Option<Pairs>)> {
    let selectors = r.clauses.iter().find_map(|c| match &c.kind {
        RuleClauseKind::For(selectors) => Some((selectors, c.span)),
        _ => None,
    });
    let Some((selectors, span)) = selectors else { return Some((env.clone(), None)) };
    let Selected { actions, tags, lost, vague } = cx.select(selectors);
    let pairs: Vec<(Name, Name)> = scope.iter().filter(|(a, _)| actions.contains(a)).cloned().collect();
    if pairs.is_empty() {
        if !lost && !vague && cx.of_root() {
            let d = Diagnostic::new(Code::EmptyScope, span, format!("rule `{}` covers nothing", r.name.text))
                .label("its policy is not for any of these")
                .help("name actions that the policy is for, or move the rule");
            cx.report(d);
        }
        return None;
    }
    if lost {
        return None;
    }
    let mut narrow = env.clone();
    let mut kept: Vec<Name> = vec![];
    let mut principals: Vec<Name> = vec![];
    for (action, principal) in &pairs {
        if kept.last() != Some(action) {
            kept.push(action.clone());
        }
        if !principals.contains(principal) {
            principals.push(principal.clone());
        }
    }
    narrow.actions = kept.into();
    narrow.principals = principals.into();
    narrow.tags = env.tags.iter().cloned().chain(tags).collect();
    Some((narrow, Some(pairs)))
}

/// The window of a limit, the greatest reading that leaves room, and the condition that there is none.
fn limited(cx: &mut Cx<'_>, env: &Env, said: &Said<'_>, name: &Name) -> Option<(Window, i64, Expr)> {
    let (number, over) = said.rate?;
    let over: Over = cx.over(over)?;
    // Which calls count may depend on what was before; what they bring, and by which key, does not.
    let env = &Env { timeless: true, ..env.clone() };
    let (value, aggregate, ty) = match said.of {
        None => (None, Aggregate::Count, Ty::Int),
        Some(e) => {
            let (x, ty) = cx.summed(env, e)?;
            (Some(x), Aggregate::Sum, ty)
        }
    };
    let key = cx.keys(env, said.by.unwrap_or_default());
    let most = cx.wanted(env, number, &ty, &super::types::unbounded(&ty))?;
    let (ExprKind::Int(n) | ExprKind::Decimal(n)) = most.kind else { return None };
    if n < 0 || aggregate == Aggregate::Count && n > i64::from(MAX_BOUND) {
        let d = Diagnostic::new(Code::BadNumber, number.span, "a limit of this many makes no sense")
            .label(if n < 0 { "less than none".to_owned() } else { format!("at most {MAX_BOUND}") })
            .help("to deny every call, write a `deny`");
        cx.report(d);
        return None;
    }
    let bound = if aggregate == Aggregate::Count { BOUND.max(u32::try_from(n).unwrap_or(BOUND)) } else { BOUND };
    // Whoever asks why is shown the whole of it: neither the comparison nor the reading has a text of its own.
    let span = said.counted.unwrap_or(number.span);
    let reading = Expr { kind: ExprKind::Reading { window: name.clone(), counting: true }, ty: ty.clone(), span };
    let room = Expr { kind: ExprKind::Compare(Cmp::Gt, Box::new(reading), Box::new(most)), ty: Ty::Bool, span };
    let window = Window {
        name: name.clone(),
        aggregate,
        of: Recorded::Calls(Outcome::Admitted, vec![]),
        value,
        ty,
        places: 4,
        condition: None,
        key,
        over,
        bound,
        cost: 0,
        limit: true,
    };
    Some((window, n, room))
}
