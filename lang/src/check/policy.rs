//! Policies and definitions: scopes, rules, messages.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::declare::find_action;
use super::graph::{Circle, circles};
use super::expr::Want;
use super::path::{Env, Facts, Seen};
use super::types::{show, unbounded};
use super::{Cx, HirItem, check_item};
use crate::db::{Db, Item, Namespace, Package, find, names, split};
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::{Ask, Define, Effect, Expr, ExprKind, Name, Piece, Policy, Rule, Ty};
use crate::span::Span;
use crate::syntax::ast::{self, Ident, PolicyClauseKind, RuleClauseKind, Selector};

/// The most nodes that a condition may have, with its definitions written out. It bounds what a decision
/// costs: each node is evaluated at most once.
const MAX_COST: u64 = 20_000;
/// How deep a condition may be nested, with its definitions written out.
const MAX_NESTING: u64 = 400;
/// How many definitions may build on each other.
const MAX_LEVELS: usize = 64;
/// The most steps of a path in a message.
const MAX_PATH: usize = 32;

/// What others need to know of a policy: its scope and its rules.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Signature {
    /// Its name.
    pub name: Name,
    /// Pairs of action and principal type.
    pub scope: Vec<(Name, Name)>,
    /// Its rules: name, effect, whether it is a shadow.
    pub rules: Vec<(Name, Effect, bool)>,
    /// Whether all its rules were understood, and what it is for.
    pub whole: bool,
    /// Mistakes in the scope.
    pub diagnostics: Vec<Diagnostic>,
}

/// The signature of a policy. It stays the same while its conditions are edited.
#[salsa::tracked]
pub fn signature<'db>(db: &'db dyn Db, package: Package, item: Item<'db>) -> Signature {
    let tree = item.ast(db);
    let Some(ast::ItemKind::Policy(policy)) = &tree.kind else { return Signature::default() };
    let mut cx = Cx { db, package, item, diagnostics: vec![] };
    let (scope, whole) = cx.scope(policy);
    let rules = policy.rules.iter().map(|r| (r.name.text.clone(), effect(r.effect), r.shadow)).collect();
    let whole = whole && tree.diagnostics.is_empty();
    Signature { name: policy.name.text.clone(), scope, rules, whole, diagnostics: cx.diagnostics }
}

pub(crate) fn effect(e: ast::Effect) -> Effect {
    match e {
        ast::Effect::Allow => Effect::Allow,
        ast::Effect::Deny => Effect::Deny,
        ast::Effect::RequireApproval => Effect::RequireApproval,
    }
}

impl Cx<'_> {
    /// The pairs of action and principal type that a policy covers, and whether they are all that it means;
    /// no pair at all if that cannot be said.
    fn scope(&mut self, policy: &ast::Policy) -> (Vec<(Name, Name)>, bool) {
        let (mut selectors, mut by): (Option<&Vec<Selector>>, Option<&Vec<Ident>>) = (None, None);
        for c in &policy.clauses {
            let repeated = match &c.kind {
                PolicyClauseKind::For(s) => selectors.replace(s).is_some(),
                PolicyClauseKind::By(t) => by.replace(t).is_some(),
                _ => false,
            };
            if repeated {
                let d = Diagnostic::new(Code::Clauses, c.span, "a policy has one `for` and one `by`").label("the second")
                    .help("separate actions by commas, entity types by `or`");
                self.report(d);
            }
        }
        let Some(selectors) = selectors else {
            let d = Diagnostic::new(Code::Clauses, policy.name.span, format!("policy `{}` does not say what it is for", policy.name.text))
                .label("`for` is missing")
                .help("name its actions, as in `for orders.refund`, or say `for any`");
            self.report(d);
            return (vec![], false);
        };
        // `vague`: an action has a mistake in it and may cover more than it seems; `lost`: one is unknown.
        let (mut vague, mut lost) = (false, false);
        let mut actions: Vec<Name> = vec![];
        let mut seen: BTreeSet<Name> = BTreeSet::new();
        let mut add = |actions: &mut Vec<Name>, name: &Name| {
            if seen.insert(name.clone()) {
                actions.push(name.clone());
            }
        };
        for s in selectors {
            match s {
                Selector::Any(_) => names(self.db, self.package, Namespace::Action).iter().for_each(|n| add(&mut actions, n)),
                Selector::Action(name) if find(self.db, self.package, Namespace::Action, &name.text).is_some() => {
                    add(&mut actions, &name.text);
                }
                Selector::Action(name) => {
                    lost = true;
                    self.report_unknown_action(name);
                }
            }
        }
        let by: Option<Vec<(Name, Span)>> = by.map(|by| {
            let found: Vec<_> = by.iter().filter_map(|t| self.entity(t).map(|n| (n, t.span))).collect();
            lost |= found.len() != by.len();
            found
        });
        let wanted: Option<BTreeSet<&Name>> = by.as_ref().map(|by| by.iter().map(|(n, _)| n).collect());
        let mut scope: Vec<(Name, Name)> = vec![];
        let mut covered: BTreeSet<Name> = BTreeSet::new();
        for action in actions {
            vague |= self.broken(Namespace::Action, &action);
            let Some(a) = find_action(self.db, self.package, &action) else {
                lost = true;
                continue;
            };
            for p in a.principals.iter().filter(|p| wanted.as_ref().is_none_or(|w| w.contains(p))) {
                scope.push((action.clone(), p.clone()));
                covered.insert(p.clone());
            }
        }
        if !vague && !lost {
            let mut empty = false;
            for (name, span) in by.iter().flatten().filter(|(n, _)| !covered.contains(n)) {
                empty = true;
                let d = Diagnostic::new(Code::EmptyScope, *span, format!("no action of the policy may be asked for by `{name}`"))
                    .label("covers nothing")
                    .help(format!("remove it, or add `{name}` to the `by` of an action"));
                self.report(d);
            }
            if scope.is_empty() && !empty {
                let d = Diagnostic::new(Code::EmptyScope, policy.name.span, format!("policy `{}` covers nothing", policy.name.text))
                    .label("there is no action that it could be for")
                    .help("declare an action: `action orders.refund { by … }`");
                self.report(d);
            }
        }
        (if lost { vec![] } else { scope }, !vague && !lost)
    }

    /// Reports an action that is not declared, unless it may be one that has lost its name.
    pub(crate) fn report_unknown_action(&mut self, name: &Ident) {
        if !self.excused(Namespace::Action) {
            let d = self.unknown_action(name);
            self.report(d);
        }
    }

    fn unknown_action(&self, name: &Ident) -> Diagnostic {
        let known = names(self.db, self.package, Namespace::Action);
        let d = Diagnostic::new(Code::UnknownAction, name.span, format!("no action is called `{}`", name.text))
            .label("not declared in this package")
            .help(format!("declare it: `action {} {{ by … }}`", name.text))
            .did_you_mean(name.span, &name.text, known.iter().map(|n| &**n));
        // `refund` for `orders.refund`.
        match known.iter().find(|n| n.rsplit('.').next() == Some(&*name.text)) {
            Some(full) if d.fix.is_none() => {
                d.help(format!("did you mean `{full}`?")).fix(format!("write `{full}`"), name.span, &**full)
            }
            _ => d,
        }
    }

    /// Refuses a condition that is too large with its definitions written out.
    fn affordable(&mut self, (cost, nesting): (u64, u64), span: Span) -> bool {
        if cost <= MAX_COST && nesting <= MAX_NESTING {
            return true;
        }
        let d = Diagnostic::new(Code::TooCostly, span, "this costs too much to decide in microseconds")
            .label(if nesting > MAX_NESTING {
                format!("nested {nesting} deep, with its definitions written out")
            } else {
                format!("{cost} steps, with its definitions written out")
            })
            .help(format!("at most {MAX_COST} steps and {MAX_NESTING} levels; a definition that uses another one twice costs twice as much"));
        self.report(d);
        false
    }

    fn measure(&self, e: &Expr) -> (u64, u64) {
        let mut cost = 1u64;
        let mut nesting = 0u64;
        let mut below = |(c, n): (u64, u64)| {
            cost = cost.saturating_add(c);
            nesting = nesting.max(n);
        };
        match &e.kind {
            ExprKind::Not(x) | ExprKind::Neg(x) | ExprKind::Else(_, x) | ExprKind::Matches(x, _) | ExprKind::In(x, _) => {
                below(self.measure(x));
            }
            ExprKind::Compare(_, a, b) | ExprKind::Arith(_, a, b) => {
                below(self.measure(a));
                below(self.measure(b));
            }
            ExprKind::And(xs) | ExprKind::Or(xs) => xs.iter().for_each(|x| below(self.measure(x))),
            ExprKind::InList(x, xs) => {
                // The list becomes comparisons, each with the value.
                let (c, n) = self.measure(x);
                below((c.saturating_mul(xs.len() as u64), n));
            }
            ExprKind::Call(name, args) => {
                args.iter().for_each(|x| below(self.measure(x)));
                if let Some(item) = find(self.db, self.package, Namespace::Define, name) {
                    below(define_cost(self.db, self.package, item));
                }
            }
            _ => {}
        }
        (cost, nesting.saturating_add(1))
    }

    fn message(&mut self, env: &Env, text: &ast::Text) -> Vec<Piece> {
        // Places inside the string are exact only where it has no escapes.
        let exact = text.value.len() + 2 == (text.span.end - text.span.start) as usize;
        let place = |from: usize, to: usize| {
            let at = |n: usize| text.span.start + 1 + u32::try_from(n).unwrap_or(0);
            if exact { Span::new(at(from), at(to)) } else { text.span }
        };
        let mut pieces: Vec<Piece> = vec![];
        let mut plain = String::new();
        let value = &*text.value;
        let mut at = 0;
        while let Some(c) = value.get(at..).and_then(|rest| rest.chars().next()) {
            let rest = value.get(at..).unwrap_or_default();
            if rest.starts_with("{{") || rest.starts_with("}}") {
                plain.push(c);
                at += 2;
            } else if c == '{' {
                let Some((path, _)) = rest.get(1..).and_then(|r| r.split_once('}')) else {
                    let d = Diagnostic::new(Code::BadMessage, place(at, at + 1), "a `{` in a message has no `}`")
                        .label("opened here")
                        .help("a brace that should be shown is written `{{`");
                    self.report(d);
                    return pieces;
                };
                let span = place(at + 1, at + 1 + path.len());
                at += path.len() + 2;
                if let Some(piece) = self.message_path(env, path, span, exact) {
                    if !plain.is_empty() {
                        pieces.push(Piece::Text(std::mem::take(&mut plain).into()));
                    }
                    pieces.push(piece);
                }
            } else if c == '}' {
                let d = Diagnostic::new(Code::BadMessage, place(at, at + 1), "a `}` in a message has no `{`")
                    .label("closes nothing")
                    .help("a brace that should be shown is written `}}`");
                self.report(d);
                return pieces;
            } else {
                plain.push(c);
                at += c.len_utf8();
            }
        }
        if !plain.is_empty() {
            pieces.push(Piece::Text(plain.into()));
        }
        pieces
    }

    fn message_path(&mut self, env: &Env, path: &str, span: Span, exact: bool) -> Option<Piece> {
        let word = |s: &str| {
            s.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
                && s.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        };
        if path.split('.').count() > MAX_PATH || !path.split('.').all(word) {
            let path: String = path.chars().take(40).collect();
            let d = Diagnostic::new(Code::BadMessage, span, format!("`{path}` is not an attribute"))
                .label("braces hold a path, nothing else")
                .help("write `{input.amount}`; a brace that should be shown is written `{{`");
            self.report(d);
            return None;
        }
        let mut start = span.start;
        let mut e: Option<ast::Expr> = None;
        for part in path.split('.') {
            let end = start + u32::try_from(part.len()).unwrap_or(0);
            let own = if exact { Span::new(start, end) } else { span };
            let name = Ident { text: Arc::from(part), span: own };
            e = Some(match e {
                None => ast::Expr { kind: ast::ExprKind::Name(name), span: own, depth: 1 },
                Some(inner) => {
                    let whole = inner.span.to(own);
                    ast::Expr { depth: inner.depth, kind: ast::ExprKind::Member(Box::new(inner), name), span: whole }
                }
            });
            start = end + 1;
        }
        // A message shows `?` for what is absent, so every step counts as tested.
        let e = e?;
        let mut env = env.clone();
        let view = loop {
            let before = self.diagnostics.len();
            match self.view(&env, &e) {
                Seen::Path(view) => break view,
                Seen::NotAPath => {
                    let name = Ident { text: path.into(), span };
                    if find(self.db, self.package, Namespace::Define, path).is_some() {
                        let d = Diagnostic::new(Code::BadMessage, span, format!("a message cannot show the definition `{path}`"))
                            .label("not an attribute")
                            .help("show what it is made of, as in `{input.amount}`");
                        self.report(d);
                    } else {
                        self.report_unknown(&env, &name);
                    }
                    return None;
                }
                Seen::Poison => {
                    let Some(absent) = self.absent_step(&env, &e, before) else { return None };
                    env.facts.present.insert(absent);
                }
            }
        };
        let (ty, bounds) = self.value_type(&env, &view)?;
        if matches!(ty.base(), Ty::Record(_) | Ty::Set(_)) {
            let d = Diagnostic::new(Code::BadMessage, span, format!("a message cannot show `{}`", show(&ty)))
                .label("not a single value")
                .help("show one of its parts, or leave it out");
            self.report(d);
            return None;
        }
        let mut path = view.path;
        if matches!(ty, Ty::Entity(_)) {
            path.fields.push("id".into());
            return Some(Piece::Path { path, ty: Ty::String, places: 0 });
        }
        Some(Piece::Path { path, ty, places: bounds.places })
    }

    /// If the last mistake was a path that may be absent, takes it back and tells which.
    fn absent_step(&mut self, env: &Env, e: &ast::Expr, before: usize) -> Option<crate::hir::Path> {
        if self.diagnostics.len() != before + 1 || self.diagnostics.last()?.code != Code::MaybeAbsent {
            return None;
        }
        let span = self.diagnostics.pop()?.span;
        let mut inner = e;
        while let ast::ExprKind::Member(next, _) = &inner.kind {
            if next.span == span
                && let Seen::Path(view) = self.view(env, next)
                && !env.facts.present.contains(&view.path)
            {
                return Some(view.path);
            }
            inner = next;
        }
        None
    }
}

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
            let d = Diagnostic::new(Code::DuplicateName, r.name.span, format!("rule `{}` is declared twice", r.name.text))
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
    let (guard_cost, guard_nesting) = guard.as_ref().map_or((0, 0), |g| cx.measure(g));
    for r in &rules {
        let (cost, nesting) = cx.measure(&r.condition);
        cx.affordable((cost.saturating_add(guard_cost), nesting.max(guard_nesting).saturating_add(1)), r.name_span);
    }
    if lost {
        return None;
    }
    Some(Policy { key: cx.item.key(cx.db).clone(), name: x.name.text.clone(), scope: signature.scope.clone(), guard, rules })
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
        let d = Diagnostic::new(Code::AllowWithoutCondition, r.name.span, format!("`{}` would allow everything", r.name.text))
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
                if find(cx.db, cx.package, Namespace::Approvers, &name.text).is_none() && !cx.excused(Namespace::Approvers) {
                    let known = names(cx.db, cx.package, Namespace::Approvers);
                    let d = Diagnostic::new(Code::UnknownApprovers, name.span, format!("no approvers are called `{}`", name.text))
                        .label("not declared in this package")
                        .help(format!("declare them: `approvers {}`", name.text))
                        .did_you_mean(name.span, &name.text, known.iter().map(|n| &**n));
                    cx.report(d);
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
            _ => {}
        }
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
    let condition =
        conjunction(parts).unwrap_or(Expr { kind: ExprKind::Bool(true), ty: Ty::Bool, span: r.name.span });
    Some(Rule {
        full_name: format!("{}/{}.{}", cx.package.name(cx.db), policy.name.text, r.name.text).into(),
        name: r.name.text.clone(),
        effect: effect(r.effect),
        shadow: r.shadow,
        condition,
        ask: from.map(|from| Ask { from, quorum, expires }),
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

pub(crate) fn define(cx: &mut Cx<'_>, x: &ast::Define) -> Option<Define> {
    match standing(cx.db, cx.package, cx.item) {
        Standing::Sound => {}
        Standing::Circular => {
            let d = Diagnostic::new(Code::RecursiveDefine, x.name.span, format!("`{}` needs itself", x.name.text))
                .label("directly, or through other definitions")
                .help("a decision always ends: definitions build on each other, never in a circle");
            cx.report(d);
            return None;
        }
        Standing::TooHigh => {
            let d = Diagnostic::new(Code::TooCostly, x.name.span, format!("`{}` builds on more than {MAX_LEVELS} levels of definitions", x.name.text))
                .label("too high")
                .help("write some of them out where they are used");
            cx.report(d);
            return None;
        }
        // What it builds on has the mistake, and says so.
        Standing::Lost => return None,
    }
    if ["principal", "resource", "context", "input"].contains(&&*x.name.text) {
        let d = Diagnostic::new(Code::ReservedName, x.name.span, format!("`{}` is a name of the language", x.name.text))
            .label("taken")
            .help("choose another name");
        cx.report(d);
    }
    let before = cx.diagnostics.len();
    let mut params = vec![];
    let mut seen: BTreeSet<&Name> = BTreeSet::new();
    for p in &x.params {
        if !seen.insert(&p.name.text) {
            let d = Diagnostic::new(Code::DuplicateName, p.name.span, format!("parameter `{}` is declared twice", p.name.text))
                .label("declared again")
                .help("choose another name");
            cx.report(d);
        } else if ["principal", "resource", "context", "input"].contains(&&*p.name.text) {
            let d = Diagnostic::new(Code::Shadowing, p.name.span, format!("`{}` means something already", p.name.text))
                .label("nothing shadows in zt")
                .help("choose another name");
            cx.report(d);
        } else if find(cx.db, cx.package, Namespace::Define, &p.name.text).is_some() {
            let d = Diagnostic::new(Code::Shadowing, p.name.span, format!("`{}` is a definition", p.name.text))
                .label("nothing shadows in zt")
                .help("choose another name");
            cx.report(d);
        }
        if let Some(at) = p.ty.optional {
            let d = Diagnostic::new(Code::BadElement, at, "a parameter is never absent")
                .label("says that it may be")
                .help("remove `?`; test the attribute where the definition is used")
                .fix("remove `?`", at, "");
            cx.report(d);
        }
        if let Some(r) = p.ty.refinements.first() {
            let d = Diagnostic::new(Code::BadRefinement, r.span, "a parameter takes any value of its type")
                .label("refuses some")
                .help("remove it");
            cx.report(d);
        }
        let ty = cx.resolve(&p.ty)?;
        params.push((p.name.text.clone(), ty.ty.clone(), unbounded(&ty.ty)));
    }
    if cx.diagnostics.len() != before {
        return None;
    }
    let declared = match &x.ty {
        Some(t) => Some((cx.resolve(t)?.ty, t.span)),
        None => None,
    };
    let env = Env { params: Some(params.clone().into()), ..Env::default() };
    let want = declared.as_ref().map(|(ty, _)| Want { ty: ty.clone(), bounds: None, exact: false });
    let body = cx.expr(&env, &x.body, want.as_ref()).expr;
    let body = body?;
    if let Some((ty, at)) = declared.filter(|(ty, _)| *ty != body.ty) {
        let d = Diagnostic::new(
            Code::TypeMismatch,
            body.span,
            format!("`{}` should be `{}`, this is `{}`", x.name.text, show(&ty), show(&body.ty)),
        )
        .label(format!("`{}`", show(&body.ty)))
        .related(None, at, format!("`{}`", show(&ty)))
        .help("declare the type that it has, or leave it out");
        cx.report(d);
    }
    if matches!(body.ty.base(), Ty::Record(_) | Ty::Entity(_) | Ty::Set(_)) {
        let d = Diagnostic::new(Code::NotAValue, body.span, "a definition gives a condition, a number, a text or a member")
            .label(format!("`{}`", show(&body.ty)))
            .help("read the attribute where it is used");
        cx.report(d);
    }
    if cx.diagnostics.len() != before || !{
        let cost = cx.measure(&body);
        cx.affordable(cost, x.name.span)
    } {
        return None;
    }
    Some(Define { name: x.name.text.clone(), params: params.into_iter().map(|(n, t, _)| (n, t)).collect(), body })
}

/// The cost and nesting of a definition with those it uses written out.
#[salsa::tracked(returns(copy))]
pub fn define_cost<'db>(db: &'db dyn Db, package: Package, item: Item<'db>) -> (u64, u64) {
    if standing(db, package, item) != Standing::Sound {
        return (0, 0);
    }
    match &check_item(db, package, item).hir {
        Some(HirItem::Define(d)) => Cx { db, package, item, diagnostics: vec![] }.measure(&d.body),
        _ => (0, 0),
    }
}

/// The definitions that an item's text uses.
#[salsa::tracked]
pub fn uses<'db>(db: &'db dyn Db, package: Package, item: Item<'db>) -> Vec<Item<'db>> {
    fn collect(e: &ast::Expr, out: &mut BTreeSet<Name>) {
        match &e.kind {
            ast::ExprKind::Name(n) => {
                out.insert(n.text.clone());
            }
            ast::ExprKind::Call(n, args) => {
                out.insert(n.text.clone());
                args.iter().for_each(|a| collect(a, out));
            }
            ast::ExprKind::Member(x, _)
            | ast::ExprKind::Not(x)
            | ast::ExprKind::Neg(x)
            | ast::ExprKind::Paren(x)
            | ast::ExprKind::Has(x, ..) => collect(x, out),
            ast::ExprKind::Binary(_, _, a, b) => {
                collect(a, out);
                collect(b, out);
            }
            ast::ExprKind::Logic(_, xs) | ast::ExprKind::List(xs) => xs.iter().for_each(|x| collect(x, out)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    match &item.ast(db).kind {
        Some(ast::ItemKind::Define(d)) => collect(&d.body, &mut found),
        Some(ast::ItemKind::Policy(p)) => {
            for c in &p.clauses {
                if let PolicyClauseKind::When(e) | PolicyClauseKind::Unless(e) = &c.kind {
                    collect(e, &mut found);
                }
            }
            for c in p.rules.iter().flat_map(|r| &r.clauses) {
                if let RuleClauseKind::When(e) | RuleClauseKind::Unless(e) = &c.kind {
                    collect(e, &mut found);
                }
            }
        }
        _ => {}
    }
    found.into_iter().filter_map(|n| find(db, package, Namespace::Define, &n)).collect()
}

/// Whether a definition has a meaning that can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, salsa::SalsaValue)]
pub enum Standing {
    /// It builds on a bounded number of others.
    Sound,
    /// It needs itself, and is the first of its circle.
    Circular,
    /// It is the first of a tower that builds on too many levels of others.
    TooHigh,
    /// It builds on one that is circular or too high, or is in a circle with it.
    Lost,
}

/// How a definition stands.
#[salsa::tracked(returns(copy))]
pub fn standing<'db>(db: &'db dyn Db, package: Package, item: Item<'db>) -> Standing {
    standings(db, package).get(&item).copied().unwrap_or(Standing::Sound)
}

/// How the definitions stand that do not stand well.
#[salsa::tracked]
pub fn standings<'db>(db: &'db dyn Db, package: Package) -> HashMap<Item<'db>, Standing> {
    let mut nodes: Vec<Item<'db>> = vec![];
    let mut numbers: HashMap<Item<'db>, usize> = HashMap::new();
    for name in names(db, package, Namespace::Define) {
        if let Some(item) = find(db, package, Namespace::Define, name) {
            numbers.insert(item, nodes.len());
            nodes.push(item);
        }
    }
    let edges: Vec<Vec<usize>> =
        nodes.iter().map(|item| uses(db, package, *item).iter().filter_map(|i| numbers.get(i).copied()).collect()).collect();
    let (circular, levels) = circles(&edges);
    nodes
        .into_iter()
        .zip(circular.into_iter().zip(levels))
        .filter_map(|(item, (circular, level))| {
            let standing = match (circular, level) {
                (Circle::First, _) => Standing::Circular,
                (Circle::Off, Some(level)) if level < MAX_LEVELS => return None,
                (Circle::Off, Some(MAX_LEVELS)) => Standing::TooHigh,
                _ => Standing::Lost,
            };
            Some((item, standing))
        })
        .collect()
}

/// A rule as a suite sees it.
#[derive(Debug, Clone, PartialEq, Eq, salsa::SalsaValue)]
pub struct Covering {
    /// Its policy.
    pub policy: Name,
    /// Its name.
    pub rule: Name,
    /// What it does.
    pub effect: Effect,
    /// Whether it is a shadow.
    pub shadow: bool,
}

/// The rules that cover an action asked for by a principal type, in order.
#[salsa::tracked]
pub fn covering(db: &dyn Db, package: Package, action: Name, principal: Name) -> Vec<Covering> {
    let pair = (action, principal);
    let mut out = vec![];
    for s in signatures(db, package).filter(|s| s.scope.contains(&pair)) {
        out.extend(s.rules.iter().map(|(rule, effect, shadow)| Covering {
            policy: s.name.clone(),
            rule: rule.clone(),
            effect: *effect,
            shadow: *shadow,
        }));
    }
    out
}

/// Those of them that `rule` or `policy.rule` names: who asks for one does not notice when others come and go.
#[salsa::tracked]
pub fn covering_named(db: &dyn Db, package: Package, action: Name, principal: Name, rule: Name) -> Vec<Covering> {
    let (policy, rule) = rule.split_once('.').map_or((None, &*rule), |(p, r)| (Some(p), r));
    let named = |c: &&Covering| *c.rule == *rule && policy.is_none_or(|p| *p == *c.policy);
    covering(db, package, action, principal).iter().filter(named).cloned().collect()
}

/// Whether every policy was understood, so that a rule which is not found is not there.
#[salsa::tracked(returns(copy))]
pub fn policies_whole(db: &dyn Db, package: Package) -> bool {
    names(db, package, Namespace::Unknown).is_empty() && signatures(db, package).all(|s| s.whole)
}

/// The signatures of all policies, in order.
pub(crate) fn signatures(db: &dyn Db, package: Package) -> impl Iterator<Item = &Signature> {
    crate::db::index(db, package).all.iter().filter(|i| split(i.key(db)).0 == "policy").map(move |i| signature(db, package, *i))
}
