//! How often each outcome and each kind of expression came out how, told from the reference's trace.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

use zt_lang::eval::{Evaluation, Kind, Node, Outcome, Place};
use zt_lang::hir::{Arith, Cmp, Effect, Expr, ExprKind, Name, Package};
use zt_lang::span::{ItemKey, Span};

/// How often each decision was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Outcomes {
    pub allow: u64,
    pub approval: u64,
    /// Denied by rules, none of which failed.
    pub deny_rule: u64,
    pub deny_default: u64,
    /// Denied by rules of which some failed.
    pub error: u64,
    pub refused: u64,
}

impl Outcomes {
    /// How many requests were decided, refused ones apart.
    #[must_use]
    pub fn decided(&self) -> u64 {
        self.allow + self.approval + self.deny_rule + self.deny_default + self.error
    }

    /// Each by its name; refused ones apart.
    #[must_use]
    pub fn named(&self) -> [(&'static str, u64); 5] {
        [
            ("allow", self.allow),
            ("approval", self.approval),
            ("deny_rule", self.deny_rule),
            ("deny_default", self.deny_default),
            ("error", self.error),
        ]
    }
}

/// A kind of expression, as it is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Label {
    And,
    Or,
    Not,
    Equal,
    NotEqual,
    Less,
    AtMost,
    More,
    AtLeast,
    InSet,
    InList,
    Has,
    Else,
    Matches,
    Definition,
    Attribute,
    Constant,
    Plus,
    Minus,
    Times,
    Negative,
    List,
    Under,
    Runs,
    Quantifier,
    Count,
    Collection,
    If,
    Reading,
    Hours,
    Local,
    Is,
    Lookup,
    Detection,
}

impl Label {
    /// Every kind, its name, and whether it can be true or false, failed, and a value.
    pub const ALL: &[(Label, &str, [bool; 3])] = &[
        (Label::And, "and", [true, true, false]),
        (Label::Or, "or", [true, true, false]),
        (Label::Not, "not", [true, true, false]),
        (Label::Equal, "==", [true, true, false]),
        (Label::NotEqual, "!=", [true, true, false]),
        (Label::Less, "<", [true, true, false]),
        (Label::AtMost, "<=", [true, true, false]),
        (Label::More, ">", [true, true, false]),
        (Label::AtLeast, ">=", [true, true, false]),
        (Label::InSet, "in set", [true, true, false]),
        (Label::InList, "in list", [true, true, false]),
        (Label::Has, "has", [true, false, false]),
        (Label::Else, "??", [true, true, true]),
        (Label::Matches, "matches", [true, true, false]),
        (Label::Definition, "definition", [true, true, true]),
        (Label::Attribute, "attribute", [true, false, false]),
        (Label::Constant, "constant", [true, false, false]),
        (Label::Plus, "+", [false, true, true]),
        (Label::Minus, "-", [false, true, true]),
        (Label::Times, "*", [false, true, true]),
        (Label::Negative, "unary -", [false, true, true]),
        (Label::List, "list", [false, false, true]),
        (Label::Under, "under", [true, false, false]),
        (Label::Runs, "runs", [true, false, false]),
        (Label::Quantifier, "any, all, count", [true, true, true]),
        (Label::Count, "count of a whole", [false, false, true]),
        (Label::Collection, "+ - & of collections", [false, false, true]),
        (Label::If, "if", [true, true, true]),
        (Label::Reading, "reading", [false, true, true]),
        (Label::Hours, "hours", [true, true, false]),
        (Label::Local, "local time", [false, true, true]),
        (Label::Is, "is", [true, false, false]),
        (Label::Lookup, "look-up", [false, true, true]),
        (Label::Detection, "detection", [true, true, true]),
    ];
}

/// How often a kind of expression came out how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Counts {
    pub yes: u64,
    pub no: u64,
    pub failed: u64,
    /// It gave a value that is no truth value.
    pub value: u64,
    /// It stood behind a test for something absent.
    pub skipped: u64,
}

/// What happened, counted.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// Decisions.
    pub outcomes: Outcomes,
    /// Expressions by kind.
    pub kinds: BTreeMap<Label, Counts>,
    /// Refusals by code.
    pub refusals: BTreeMap<String, u64>,
    /// What came of attestations.
    pub attestations: BTreeMap<String, u64>,
    /// What came of events that were reported.
    pub events: BTreeMap<String, u64>,
    /// What else decisions said or were determined by.
    pub said: BTreeMap<&'static str, u64>,
}

/// Which operator stands where: the trace tells a comparison from a sum, but not one sum from another.
#[derive(Debug)]
pub struct Kinds {
    policies: HashMap<ItemKey, HashMap<(Span, Kind), Label>>,
    defines: HashMap<Name, HashMap<(Span, Kind), Label>>,
}

impl Kinds {
    /// Those of a package.
    #[must_use]
    pub fn new(package: &Package) -> Self {
        let of_policies = package.policies.iter().map(|policy| {
            let mut here = HashMap::new();
            policy.guard.iter().for_each(|guard| place(guard, &mut here));
            policy.rules.iter().for_each(|rule| place(&rule.condition, &mut here));
            (policy.key.clone(), here)
        });
        let of_defines = package.defines.values().map(|define| {
            let mut here = HashMap::new();
            place(&define.body, &mut here);
            (define.name.clone(), here)
        });
        Kinds { policies: of_policies.collect(), defines: of_defines.collect() }
    }

    fn of(&self, node: &Node, item: &ItemKey) -> Option<Label> {
        Some(match node.kind {
            Kind::And => Label::And,
            Kind::Or => Label::Or,
            Kind::Not => Label::Not,
            Kind::Has => Label::Has,
            Kind::Else => Label::Else,
            Kind::Matches => Label::Matches,
            Kind::Detection => Label::Detection,
            Kind::Definition => Label::Definition,
            Kind::Path => Label::Attribute,
            Kind::Constant => Label::Constant,
            Kind::List => Label::List,
            Kind::Under => Label::Under,
            Kind::Runs => Label::Runs,
            Kind::Quantifier => Label::Quantifier,
            Kind::Count => Label::Count,
            Kind::Collection => Label::Collection,
            Kind::If => Label::If,
            Kind::Reading => Label::Reading,
            Kind::Hours => Label::Hours,
            Kind::Local => Label::Local,
            Kind::Lookup => Label::Lookup,
            Kind::Is => Label::Is,
            Kind::Comparison | Kind::Arithmetic | Kind::In => {
                let here = match &node.place {
                    Place::Rule | Place::Guard => self.policies.get(item)?,
                    Place::Define(name) => self.defines.get(name)?,
                };
                *here.get(&(node.span, node.kind))?
            }
        })
    }
}

fn place(expr: &Expr, here: &mut HashMap<(Span, Kind), Label>) {
    let found = match &expr.kind {
        ExprKind::Compare(cmp, ..) => Some((
            Kind::Comparison,
            match cmp {
                Cmp::Eq => Label::Equal,
                Cmp::Ne => Label::NotEqual,
                Cmp::Lt => Label::Less,
                Cmp::Le => Label::AtMost,
                Cmp::Gt => Label::More,
                Cmp::Ge => Label::AtLeast,
            },
        )),
        ExprKind::Arith(op, ..) => Some((
            Kind::Arithmetic,
            match op {
                Arith::Add => Label::Plus,
                Arith::Sub => Label::Minus,
                Arith::Mul => Label::Times,
            },
        )),
        ExprKind::Neg(_) => Some((Kind::Arithmetic, Label::Negative)),
        ExprKind::In(..) => Some((Kind::In, Label::InSet)),
        ExprKind::InList(..) => Some((Kind::In, Label::InList)),
        _ => None,
    };
    if let Some((kind, label)) = found {
        here.insert((expr.span, kind), label);
    }
    expr.parts().into_iter().for_each(|inner| place(inner, here));
}

impl Tally {
    /// Counts one evaluation.
    pub fn add(&mut self, evaluation: &Evaluation, kinds: &Kinds) {
        let decision = &evaluation.decision;
        let outcomes = &mut self.outcomes;
        *match (&decision.refusal, decision.effect) {
            (Some(refusal), _) => {
                *self.refusals.entry(refusal.code.to_owned()).or_default() += 1;
                &mut outcomes.refused
            }
            (None, Effect::Allow) => &mut outcomes.allow,
            (None, Effect::RequireApproval) => &mut outcomes.approval,
            (None, Effect::Deny) if decision.determined_by == ["default"] => &mut outcomes.deny_default,
            (None, Effect::Deny | Effect::Limit | Effect::Raise | Effect::Oblige) => {
                if decision.errors.iter().any(|error| decision.determined_by.contains(&error.rule)) {
                    &mut outcomes.error
                } else {
                    &mut outcomes.deny_rule
                }
            }
        } += 1;
        for (what, seen) in [
            ("unrecorded", decision.determined_by == ["unrecorded"]),
            ("unsupported", decision.determined_by == ["unsupported"]),
            ("retry after", decision.retry_after_ms.is_some()),
            ("tier asks", decision.determined_by.iter().any(|name| name.starts_with("tier "))),
            ("alternatives", !decision.alternatives.is_empty()),
            ("some approved", decision.requirements.iter().any(|r| !r.approved_by.is_empty())),
            ("obligations", !decision.obligations.is_empty()),
            ("tells", !decision.tells.is_empty()),
            ("readings", !decision.readings.is_empty()),
            ("readings failed", decision.readings.iter().any(|r| r.value.is_none())),
            ("window errors", decision.errors.iter().any(|e| e.error.starts_with("window"))),
            ("defaults applied", !decision.input_defaults.is_empty()),
            ("asks shown", decision.ask.len() > 1),
            ("zone errors", decision.errors.iter().any(|e| e.error == "zone")),
            ("shadow differs", decision.shadow.as_ref().is_some_and(|s| s.effect != decision.effect)),
        ] {
            *self.said.entry(what).or_default() += u64::from(seen);
        }
        for rule in &evaluation.trace.rules {
            for node in rule.guard.iter().chain([&rule.condition]) {
                self.node(node, &rule.item, kinds);
            }
        }
    }

    /// Counts what came of an event that was reported.
    pub fn observed(&mut self, how: &str) {
        let code = how.split(' ').next().unwrap_or_default();
        *self.events.entry(code.to_owned()).or_default() += 1;
    }

    /// Counts what came of an attestation.
    pub fn attested(&mut self, how: &str) {
        *self.attestations.entry(how.to_owned()).or_default() += 1;
    }

    fn node(&mut self, node: &Node, item: &ItemKey, kinds: &Kinds) {
        if let Some(label) = kinds.of(node, item) {
            let counts = self.kinds.entry(label).or_default();
            *match node.outcome {
                Outcome::True => &mut counts.yes,
                Outcome::False => &mut counts.no,
                Outcome::Failed => &mut counts.failed,
                Outcome::Value(_) => &mut counts.value,
                Outcome::NotEvaluated => &mut counts.skipped,
            } += 1;
        }
        node.children.iter().for_each(|child| self.node(child, item, kinds));
    }

    /// Adds another tally.
    pub fn merge(&mut self, other: &Tally) {
        let (a, b) = (&mut self.outcomes, &other.outcomes);
        for (into, from) in [
            (&mut a.allow, b.allow),
            (&mut a.approval, b.approval),
            (&mut a.deny_rule, b.deny_rule),
            (&mut a.deny_default, b.deny_default),
            (&mut a.error, b.error),
            (&mut a.refused, b.refused),
        ] {
            *into += from;
        }
        for (label, from) in &other.kinds {
            let into = self.kinds.entry(*label).or_default();
            into.yes += from.yes;
            into.no += from.no;
            into.failed += from.failed;
            into.value += from.value;
            into.skipped += from.skipped;
        }
        for (into, from) in [
            (&mut self.refusals, &other.refusals),
            (&mut self.attestations, &other.attestations),
            (&mut self.events, &other.events),
        ] {
            for (code, count) in from {
                *into.entry(code.clone()).or_default() += count;
            }
        }
        for (what, count) in &other.said {
            *self.said.entry(what).or_default() += count;
        }
    }

    /// The kinds of expression that came out in some possible way fewer than so many times.
    #[must_use]
    pub fn rare(&self, least: u64) -> Vec<(&'static str, &'static str, u64)> {
        let mut out = vec![];
        for (label, name, [truth, fails, value]) in Label::ALL {
            let counts = self.kinds.get(label).copied().unwrap_or_default();
            for (way, possible, count) in [
                ("true", *truth, counts.yes),
                ("false", *truth, counts.no),
                ("failed", *fails, counts.failed),
                ("value", *value, counts.value),
            ] {
                if possible && count < least {
                    out.push((*name, way, count));
                }
            }
        }
        out
    }

    /// The counts as a table.
    #[must_use]
    pub fn table(&self) -> String {
        let mut out = format!(
            "{:<22} {:>12} {:>12} {:>12} {:>12} {:>12}\n",
            "expression", "true", "false", "failed", "value", "not asked"
        );
        for (label, name, [truth, fails, _]) in Label::ALL {
            let counts = self.kinds.get(label).copied().unwrap_or_default();
            let shown = |possible: bool, count: u64, otherwise: &str| {
                if possible { count.to_string() } else { otherwise.to_owned() }
            };
            let _ = writeln!(
                out,
                "{name:<22} {:>12} {:>12} {:>12} {:>12} {:>12}",
                shown(*truth, counts.yes, "-"),
                shown(*truth, counts.no, "-"),
                shown(*fails, counts.failed, "cannot fail"),
                if counts.value == 0 { "-".to_owned() } else { counts.value.to_string() },
                counts.skipped,
            );
        }
        let _ = writeln!(out, "\nsaid");
        for (what, count) in &self.said {
            let _ = writeln!(out, "{what:<22} {count:>12}");
        }
        let _ = writeln!(out, "\nattestations");
        for (what, count) in &self.attestations {
            let _ = writeln!(out, "{what:<22} {count:>12}");
        }
        let _ = writeln!(out, "\nevents");
        for (what, count) in &self.events {
            let _ = writeln!(out, "{what:<22} {count:>12}");
        }
        let _ = writeln!(out, "\nrefusals");
        for (code, count) in &self.refusals {
            let _ = writeln!(out, "{code:<18} {count:>12}");
        }
        out
    }
}
