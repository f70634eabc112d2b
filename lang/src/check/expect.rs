//! Expectations: what a test may expect of a decision, and what could never come true.

use std::collections::BTreeSet;

use super::Cx;
use super::call::Filled;
use super::declare::{ladder, parts_by_whole, tiers_declared};
use super::fixtures::Fixtures;
use super::note::Owner;
use super::scope::signatures;
use super::scope::{Covering, covering, covering_named, ends_with, full_rule_name, policies_whole, policy_and_rule};
use super::value::Whose;
use crate::db::Namespace;
use crate::diagnostic::{Code, Diagnostic, article};
use crate::hir::{Effect, Expect, Field, Name, ObligationParam};
use crate::span::Span;
use crate::syntax::ast::{self, ExpectClauseKind, RuleName, Value, ValueKind};

impl Cx<'_> {
    pub(crate) fn expect(&mut self, fixtures: Fixtures<'_>, call: &Filled, e: &ast::Expect) -> Option<Expect> {
        let before = self.diagnostics.len();
        let (effect_of, not) = match &e.effect {
            ast::ExpectEffect::Is(e) => (*e, false),
            ast::ExpectEffect::Not(e) => (*e, true),
            ast::ExpectEffect::Column(name) => {
                let d = Diagnostic::new(Code::BadTable, name.span, format!("`{}` is no effect", name.text))
                    .label("nor a column of the test's table")
                    .help("write `allow`, `deny` or `require approval`")
                    .did_you_mean(name.span, &name.text, ["allow", "deny"]);
                self.report(d);
                return None;
            }
        };
        let mut out = Expect {
            effect: effect_of,
            rules: vec![],
            tier: None,
            from: None,
            message: None,
            not,
            obligations: vec![],
            tell: None,
            showing: None,
            retry: None,
            shadow: None,
            span: e.span,
        };
        // What a rule can do is told of the rule, where one is named.
        if !not && !e.clauses.iter().any(|c| matches!(c.kind, ExpectClauseKind::By(_))) {
            self.reachable(call, effect_of, e.span);
        }
        let mut seen: Vec<&str> = vec![];
        for c in &e.clauses {
            let word = clause_word(&c.kind);
            if seen.contains(&word) {
                let d = Diagnostic::new(Code::Clauses, c.span, format!("`{word}` stands twice in the expectation"))
                    .label("the second")
                    .help("keep one of them");
                self.report(d);
                continue;
            }
            seen.push(word);
            if not && !matches!(c.kind, ExpectClauseKind::Tier(_) | ExpectClauseKind::Shadow(..)) {
                let d = Diagnostic::new(Code::Clauses, c.span, format!("`not` leaves open what `{word}` is about"))
                    .label("of which decision?")
                    .help("say which effect is expected, or remove this");
                self.report(d);
                continue;
            }
            self.clause(fixtures, call, c, &mut out);
        }
        (self.diagnostics.len() == before).then_some(out)
    }

    fn clause(&mut self, fixtures: Fixtures<'_>, call: &Filled, c: &ast::ExpectClause, out: &mut Expect) {
        match &c.kind {
            ExpectClauseKind::By(rules) => out.rules = self.rules(call, out.effect, rules, false),
            ExpectClauseKind::Shadow(effect_then, rules) => {
                let effect_then = *effect_then;
                out.shadow = Some((effect_then, self.rules(call, effect_then, rules, true)));
                if !self.covering(call).iter().any(|r| r.shadow) && policies_whole(self.db, self.package) {
                    let d = Diagnostic::new(
                        Code::ImpossibleExpectation,
                        c.span,
                        format!("no shadow rule covers `{}`", call.action.name),
                    )
                    .label("there is no shadow decision")
                    .help("remove this, or put `shadow` before a rule");
                    self.report(d);
                }
            }
            ExpectClauseKind::Tier(t) => {
                self.tier_expected(call, t);
                out.tier = Some(t.text.clone());
            }
            ExpectClauseKind::From(name) => {
                if self.asked(call, name, "never asked") && out.effect != Effect::RequireApproval {
                    let d = Diagnostic::new(
                        Code::ImpossibleExpectation,
                        c.span,
                        "only a decision that asks names approvers",
                    )
                    .label("never there")
                    .help("expect `require approval`, or remove this");
                    self.report(d);
                }
                out.from = Some(name.text.clone());
            }
            ExpectClauseKind::Message(text) => out.message = Some(text.value.clone()),
            ExpectClauseKind::Tell(text) => {
                let tells = self.covering(call).iter().any(|r| r.tells && !r.shadow && can_determine(r, out.effect));
                if !tells && policies_whole(self.db, self.package) {
                    let d = Diagnostic::new(
                        Code::ImpossibleExpectation,
                        c.span,
                        "no rule that could decide this tells the agent anything",
                    )
                    .label("never told")
                    .help("give the rule a `tell`, or remove this");
                    self.report(d);
                }
                out.tell = Some(text.value.clone());
            }
            ExpectClauseKind::Showing(text) => {
                if out.effect != Effect::RequireApproval {
                    let d = Diagnostic::new(
                        Code::ImpossibleExpectation,
                        c.span,
                        "only a decision that asks shows anything",
                    )
                    .label("never there")
                    .help("expect `require approval`, or remove this");
                    self.report(d);
                }
                out.showing = Some(text.value.clone());
            }
            ExpectClauseKind::Retry(after) => {
                out.retry = self.duration(after);
                let limits = self.covering(call).iter().any(|r| r.effect == Effect::Limit && !r.shadow);
                if out.effect != Effect::Deny || !limits && policies_whole(self.db, self.package) {
                    let d = Diagnostic::new(
                        Code::ImpossibleExpectation,
                        c.span,
                        "only a denial by limits says when to try again",
                    )
                    .label("never there")
                    .help(if limits {
                        "expect `deny`, or remove this"
                    } else {
                        "no limit covers this call; remove this"
                    });
                    self.report(d);
                }
            }
            ExpectClauseKind::With(all) => {
                for apply in all {
                    out.obligations.extend(self.obligation_expected(fixtures, call, apply));
                }
            }
        }
    }

    /// An obligation of a decision; parameters that are not named may have any value.
    fn obligation_expected(&mut self, fixtures: Fixtures<'_>, call: &Filled, x: &ast::Apply) -> Option<(Name, Name)> {
        if self.find(Namespace::Obligation, &x.name.text).is_none() {
            if !self.excused(Namespace::Obligation) {
                let d = Diagnostic::new(
                    Code::UnknownObligation,
                    x.name.span,
                    format!("no obligation is called `{}`", x.name.text),
                )
                .label("not declared in this package")
                .help(format!("declare it: `obligation {} {{ … }}`", x.name.text));
                let d = self.suggest(d, &x.name, &[Namespace::Obligation], &[]);
                self.report(d);
            }
            return None;
        }
        let obligation = self.find_obligation(&x.name.text)?;
        if let Some(known) = self.obligations(call)
            && !known.contains(&x.name.text)
        {
            let d = Diagnostic::new(
                Code::ImpossibleExpectation,
                x.name.span,
                format!("nothing obliges `{}` to `{}`", call.action.name, x.name.text),
            )
            .label("never there")
            .help(if known.is_empty() {
                "no rule and no tier of this call has an obligation".to_owned()
            } else {
                format!("it can have {}", known.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", "))
            });
            self.report(d);
            return None;
        }
        let param = |p: &ObligationParam| Field {
            name: p.name.clone(),
            wire: p.name.clone(),
            ty: p.ty.clone(),
            optional: true,
            free: false,
            default: None,
        };
        let params: Vec<Field> = obligation.params.iter().map(param).collect();
        let args: Vec<ast::Entry> = x
            .args
            .iter()
            .map(|a| ast::Entry { name: a.name.clone(), value: value_of(&a.value), comma: a.comma })
            .collect();
        let what = format!("obligation `{}`", x.name.text);
        let of = Whose { owner: Owner::Obligation(x.name.text.clone()), what: &what };
        let json = self.entries(fixtures, &args, &params, x.span, &of)?;
        Some((x.name.text.clone(), json.into()))
    }

    /// The obligations that a decision on a call can have; `None` if not all rules were understood.
    fn obligations(&mut self, call: &Filled) -> Option<BTreeSet<Name>> {
        if !policies_whole(self.db, self.package) {
            return None;
        }
        let rules = self.covering(call).iter().filter(|r| !r.shadow);
        let mut out: BTreeSet<Name> = rules.flat_map(|r| r.obligations.iter().cloned()).collect();
        if call.action.tier.is_some() {
            let highest = self.possible_tiers(call)?.last().copied()?;
            let tiers = tiers_declared(self.db, self.package).iter().take(highest + 1);
            out.extend(tiers.flat_map(|t| &t.obligations).map(|due| due.obligation.clone()));
        }
        Some(out)
    }

    /// The rules that cover a call.
    fn covering(&self, call: &Filled) -> &[Covering] {
        covering(self.db, self.package, call.action.name.clone(), call.principal.clone())
    }

    /// Reports an effect that no rule can have.
    fn reachable(&mut self, call: &Filled, effect: Effect, at: Span) {
        let missing = match effect {
            Effect::Allow if !self.covering(call).iter().any(|r| r.effect == Effect::Allow && !r.shadow) => "allows",
            Effect::RequireApproval if self.asks(call).is_some_and(|asks| asks.is_empty()) => "asks anybody about",
            _ => return,
        };
        if !policies_whole(self.db, self.package) {
            return;
        }
        let d = Diagnostic::new(
            Code::ImpossibleExpectation,
            at,
            format!("no rule {missing} `{}` by {} `{}`", call.action.name, article(&call.principal), call.principal),
        )
        .label("never decided")
        .help(if effect == Effect::Allow {
            "expect `deny by default`, or add a rule"
        } else {
            "add a rule that asks"
        });
        self.report(d);
    }

    /// The tiers that a call can be of, by their places on the ladder; `None` if not all rules were understood.
    fn possible_tiers(&mut self, call: &Filled) -> Option<BTreeSet<usize>> {
        let ladder = ladder(self.db, self.package).as_deref()?;
        // Which part a call is, shows in its arguments.
        if parts_by_whole(self.db, self.package).contains_key(&call.action.name) {
            return None;
        }
        let own = call.action.tier? as usize;
        if !policies_whole(self.db, self.package) {
            return None;
        }
        let raised = self.covering(call).iter().filter(|r| r.effect == Effect::Raise && !r.shadow);
        let raised = raised.filter_map(|r| ladder.iter().position(|t| r.to.as_ref() == Some(t)));
        Some(raised.filter(|t| *t > own).chain([own]).collect())
    }

    fn tier_expected(&mut self, call: &Filled, t: &ast::Ident) {
        let Some(index) = self.tier(Some(t)) else { return };
        let Some(possible) = self.possible_tiers(call) else { return };
        if possible.contains(&(index as usize)) {
            return;
        }
        let ladder = ladder(self.db, self.package).as_deref().unwrap_or_default();
        let names: Vec<&str> = possible.iter().filter_map(|i| ladder.get(*i)).map(|t| &**t).collect();
        let d = match names.as_slice() {
            [own] => Diagnostic::new(
                Code::ImpossibleExpectation,
                t.span,
                format!("`{}` is always of tier `{own}`", call.action.name),
            )
            .label("never this tier")
            .help(format!("write `{own}`"))
            .fix(format!("write `{own}`"), t.span, *own),
            names => Diagnostic::new(
                Code::ImpossibleExpectation,
                t.span,
                format!("`{}` is never of tier `{}`", call.action.name, t.text),
            )
            .label("never this tier")
            .help(format!("it can be {}", names.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", "))),
        };
        self.report(d);
    }

    /// Whom the rules and tiers of a call can ask; `None` if not all of them were understood.
    pub(crate) fn asks(&mut self, call: &Filled) -> Option<BTreeSet<Name>> {
        if !policies_whole(self.db, self.package) {
            return None;
        }
        let mut out: BTreeSet<Name> =
            self.covering(call).iter().filter(|r| !r.shadow).filter_map(|r| r.from.clone()).collect();
        if call.action.tier.is_some() {
            let highest = self.possible_tiers(call)?.last().copied()?;
            let tiers = tiers_declared(self.db, self.package);
            out.extend(tiers.iter().take(highest + 1).filter_map(|t| t.ask.as_ref()).map(|ask| ask.from.show()));
        }
        Some(out)
    }

    /// A tier as the reason of a decision: only one that asks can be.
    fn tier_that_asks(&mut self, call: &Filled, expected: Effect, t: &ast::Ident) -> Option<Name> {
        let index = self.tier(Some(t))? as usize;
        let asks = tiers_declared(self.db, self.package).get(index).is_some_and(|t| t.ask.is_some());
        let highest = self.possible_tiers(call).and_then(|all| all.last().copied());
        let (message, help) = if !asks {
            (format!("tier `{}` asks nobody", t.text), "name a rule, or a tier with `approval always`")
        } else if expected != Effect::RequireApproval {
            (format!("tier `{}` can only ask for an approval", t.text), "expect `require approval`")
        } else if highest.is_some_and(|highest| index > highest) {
            (format!("`{}` never reaches tier `{}`", call.action.name, t.text), "name a tier that it reaches")
        } else {
            return Some(format!("tier {}", t.text).into());
        };
        let d =
            Diagnostic::new(Code::ImpossibleExpectation, t.span, message).label("never the reason for this").help(help);
        self.report(d);
        None
    }

    /// Whether an action is judged as its parts.
    fn has_parts(&self, action: &Name) -> bool {
        parts_by_whole(self.db, self.package).contains_key(action)
    }

    /// What is no rule and yet a reason for a denial: that nothing could be recorded, that the request was refused.
    fn reason(&mut self, call: &Filled, expected: Effect, name: &ast::Ident) -> Option<Name> {
        let (possible, help) = match &*name.text {
            "unrecorded" => (true, ""),
            "refused" => (
                call.action.resource_id.is_some() || call.action.part_of.is_some() || self.has_parts(&call.action.name),
                "a call in a test fits its action; only one on another resource than the arguments say is refused, or one that is no part of it",
            ),
            _ => (false, "in a test the enforcement point knows every obligation"),
        };
        if possible && expected == Effect::Deny {
            return Some(name.text.clone());
        }
        let d = if possible {
            Diagnostic::new(Code::ImpossibleExpectation, name.span, format!("`{}` only ever denies", name.text))
                .help("expect `deny`")
        } else {
            Diagnostic::new(Code::ImpossibleExpectation, name.span, format!("`{}` is never the reason here", name.text))
                .help(help)
        };
        self.report(d.label("never"));
        None
    }

    /// The full names of rules that a decision could name; what it never could is a mistake.
    fn rules(&mut self, call: &Filled, expected: Effect, rules: &[RuleName], shadow: bool) -> Vec<Name> {
        let mut out: Vec<Name> = vec![];
        for rule in rules {
            let name = match rule {
                RuleName::Default(span) => {
                    if expected == Effect::Deny {
                        out.push("default".into());
                    } else {
                        let d = Diagnostic::new(Code::ImpossibleExpectation, *span, "`default` only ever denies")
                            .label("never")
                            .help("`default` is the denial where no rule allows");
                        self.report(d);
                    }
                    continue;
                }
                RuleName::Tier(t) => {
                    out.extend(self.tier_that_asks(call, expected, t));
                    continue;
                }
                RuleName::Rule(name) => name,
            };
            let (policy, short) = policy_and_rule(&name.text);
            let named = |p: &Name| policy.is_none_or(|wanted| ends_with(p, wanted));
            let (action, principal) = (call.action.name.clone(), call.principal.clone());
            let found = covering_named(self.db, self.package, action.clone(), principal.clone(), name.text.clone());
            match found.as_slice() {
                [found] => {
                    let Covering { policy, rule: r, effect: e, shadow: is_shadow, .. } = found;
                    if !can_determine(found, expected) || (*is_shadow && !shadow) {
                        let what = if *is_shadow {
                            "is a shadow: it is reported, and decides nothing".to_owned()
                        } else {
                            format!(
                                "can only {}",
                                match e {
                                    Effect::Allow => "allow",
                                    Effect::Deny | Effect::Limit => "deny",
                                    Effect::Raise => "raise the tier",
                                    Effect::Oblige => "oblige",
                                    Effect::RequireApproval => "ask for an approval",
                                }
                            )
                        };
                        let d = Diagnostic::new(Code::ImpossibleExpectation, name.span, format!("rule `{r}` {what}"))
                            .label("never the reason for this")
                            .help(if *is_shadow {
                                "expect it of the shadow decision: `expect … shadow deny by …`"
                            } else {
                                "expect its effect, or name another rule"
                            });
                        self.report(d);
                    } else {
                        out.push(full_rule_name(self.db, self.package, policy, r));
                    }
                }
                [] if REASONS.contains(&&*name.text) => out.extend(self.reason(call, expected, name)),
                [] if !policies_whole(self.db, self.package) => {}
                [] => {
                    let elsewhere = signatures(self.db, self.package)
                        .any(|s| named(&s.name) && s.rules.iter().any(|r| *r.name == *short));
                    let all = covering(self.db, self.package, action, principal);
                    let known: Vec<&str> = all.iter().map(|c| &*c.rule).collect();
                    let d = Diagnostic::new(
                        Code::UnknownRule,
                        name.span,
                        if elsewhere {
                            format!(
                                "rule `{}` does not cover `{}` by {} `{}`",
                                name.text,
                                call.action.name,
                                article(&call.principal),
                                call.principal
                            )
                        } else {
                            format!("no rule is called `{}`", name.text)
                        },
                    )
                    .label("not a rule that could decide this call")
                    .did_you_mean(name.span, short, known.iter().copied());
                    let d = match (&d.help, known.len()) {
                        (Some(_), _) => d,
                        (None, 0) => d.help("no policy covers this call; it is denied by `default`"),
                        (None, n) => {
                            let mut list: Vec<String> = known.iter().take(8).map(|n| format!("`{n}`")).collect();
                            if n > 8 {
                                list.push("…".to_owned());
                            }
                            d.help(format!("the rules for this call are {}", list.join(", ")))
                        }
                    };
                    self.report(d);
                }
                several => {
                    let list: Vec<String> = several.iter().map(|c| format!("`{}.{}`", c.policy, c.rule)).collect();
                    let d = Diagnostic::new(
                        Code::UnknownRule,
                        name.span,
                        format!("`{}` is the name of several rules", name.text),
                    )
                    .label("which one?")
                    .help(format!("write {}", list.join(" or ")));
                    self.report(d);
                }
            }
        }
        out
    }
}

/// Reasons for a denial that are no rules.
const REASONS: &[&str] = &["refused", "unrecorded", "unsupported"];

/// Whether a rule can be the reason of a decision: whatever is no `allow` denies when it fails.
fn can_determine(rule: &Covering, expected: Effect) -> bool {
    match expected {
        Effect::Allow => rule.effect == Effect::Allow,
        Effect::RequireApproval => {
            rule.effect == Effect::RequireApproval || rule.effect == Effect::Allow && rule.from.is_some()
        }
        _ => rule.effect != Effect::Allow,
    }
}

/// A literal of an expression, as a value of a test.
fn value_of(e: &ast::Expr) -> Value {
    let kind = match &e.kind {
        ast::ExprKind::List(all) => ValueKind::List(all.iter().map(value_of).collect()),
        _ => ValueKind::Literal(e.clone()),
    };
    Value { kind, span: e.span, depth: e.depth }
}

fn clause_word(kind: &ExpectClauseKind) -> &'static str {
    match kind {
        ExpectClauseKind::By(_) => "by",
        ExpectClauseKind::Tier(_) => "tier",
        ExpectClauseKind::From(_) => "from",
        ExpectClauseKind::Message(_) => "message",
        ExpectClauseKind::Shadow(..) => "shadow",
        ExpectClauseKind::With(_) => "with",
        ExpectClauseKind::Tell(_) => "tell",
        ExpectClauseKind::Showing(_) => "showing",
        ExpectClauseKind::Retry(_) => "retry after",
    }
}
