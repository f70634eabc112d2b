//! Expectations: what a test may expect of a decision, and what could never come true.

use super::Cx;
use super::declare::ladder;
use super::scope::{Covering, covering, covering_named, effect, policies_whole, signatures};
use super::suite::Filled;
use crate::db::{Namespace, find};
use crate::diagnostic::{Code, Diagnostic, article};
use crate::hir::{Effect, Expect, Name};
use crate::syntax::ast::{self, ExpectClauseKind, RuleName};

impl Cx<'_> {
    pub(crate) fn expect(&mut self, call: &Filled, e: &ast::Expect) -> Option<Expect> {
        let before = self.diagnostics.len();
        let effect_of = match &e.effect {
            ast::ExpectEffect::Is(e) => effect(*e),
            ast::ExpectEffect::Not(_) => {
                self.not_yet(e.span, "`expect not`");
                return None;
            }
            ast::ExpectEffect::Column(name) => {
                self.not_yet(name.span, "tables of tests");
                return None;
            }
        };
        let mut out = Expect {
            effect: effect_of,
            rules: vec![],
            tier: None,
            from: None,
            message: None,
            not: false,
            obligations: vec![],
            tell: None,
            retry: None,
            shadow: None,
            span: e.span,
        };
        let mut seen: Vec<&str> = vec![];
        for c in &e.clauses {
            let word = match &c.kind {
                ExpectClauseKind::By(_) => "by",
                ExpectClauseKind::Tier(_) => "tier",
                ExpectClauseKind::From(_) => "from",
                ExpectClauseKind::Message(_) => "message",
                ExpectClauseKind::Shadow(..) => "shadow",
                ExpectClauseKind::With(_) => "with",
                ExpectClauseKind::Tell(_) => "tell",
                ExpectClauseKind::Retry(_) => "retry after",
            };
            if seen.contains(&word) {
                let d = Diagnostic::new(Code::Clauses, c.span, format!("`{word}` stands twice in the expectation"))
                    .label("the second")
                    .help("keep one of them");
                self.report(d);
                continue;
            }
            seen.push(word);
            match &c.kind {
                ExpectClauseKind::By(rules) => out.rules = self.rules(call, effect_of, rules, false),
                ExpectClauseKind::Shadow(effect_then, rules) => {
                    let effect_then = effect(*effect_then);
                    out.shadow = Some((effect_then, self.rules(call, effect_then, rules, true)));
                    let rules = covering(self.db, self.package, call.action.name.clone(), call.principal.clone());
                    if !rules.iter().any(|r| r.shadow) && policies_whole(self.db, self.package) {
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
                    let ladder = ladder(self.db, self.package).as_deref().unwrap_or_default();
                    let index = self.tier(Some(t));
                    if let (Some(i), Some(own)) = (index, call.action.tier)
                        && i != own
                    {
                        let own = ladder.get(own as usize).map_or("", |t| &**t);
                        let d = Diagnostic::new(
                            Code::ImpossibleExpectation,
                            t.span,
                            format!("`{}` is always of tier `{own}`", call.action.name),
                        )
                        .label("never this tier")
                        .help(format!("write `{own}`"))
                        .fix(format!("write `{own}`"), t.span, own);
                        self.report(d);
                    }
                    out.tier = Some(t.text.clone());
                }
                ExpectClauseKind::From(name) => {
                    if find(self.db, self.package, Namespace::Approvers, &name.text).is_none()
                        && self.excused(Namespace::Approvers)
                    {
                        out.from = Some(name.text.clone());
                        continue;
                    }
                    if find(self.db, self.package, Namespace::Approvers, &name.text).is_none() {
                        self.report(self.unknown_approvers(name));
                    } else if effect_of != Effect::RequireApproval {
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
                ExpectClauseKind::With(_) | ExpectClauseKind::Tell(_) | ExpectClauseKind::Retry(_) => {
                    self.not_yet(c.span, word);
                }
                ExpectClauseKind::Message(text) => out.message = Some(text.value.clone()),
            }
        }
        (self.diagnostics.len() == before).then_some(out)
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
                RuleName::Rule(name) => name,
            };
            let (policy, short) = name.text.split_once('.').map_or((None, &*name.text), |(p, r)| (Some(p), r));
            let named = |p: &Name| policy.is_none_or(|wanted| *wanted == **p);
            let (action, principal) = (call.action.name.clone(), call.principal.clone());
            let found = covering_named(self.db, self.package, action.clone(), principal.clone(), name.text.clone());
            match found.as_slice() {
                [Covering { policy, rule: r, effect: e, shadow: is_shadow, .. }] => {
                    // A rule that is no `allow` denies when it fails, whatever it is there for.
                    let fits = *e == expected || expected == Effect::Deny && *e == Effect::RequireApproval;
                    if !fits || (*is_shadow && !shadow) {
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
                        out.push(format!("{}/{policy}.{r}", self.package.name(self.db)).into());
                    }
                }
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
