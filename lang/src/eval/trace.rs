//! Why: each rule in scope with its result, and each of its conditions with what came of it.

use std::fmt;

use crate::hir::{Effect, Name};
use crate::span::{ItemKey, Span};

/// How a decision came about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trace {
    /// The rules in scope, in the order in which decisions name them.
    pub rules: Vec<RuleTrace>,
    /// What the host says and does not count, and why, a line each: approvals, answers of sources.
    pub unheeded: Vec<String>,
}

/// How one rule came to its result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleTrace {
    /// Its full name, `package/policy.rule`.
    pub name: Name,
    /// The policy around it. The spans of its conditions are relative to it.
    pub item: ItemKey,
    /// What the rule does.
    pub effect: Effect,
    /// Whether it is only reported.
    pub shadow: bool,
    /// The whole rule.
    pub span: Span,
    /// Its name in the text.
    pub name_span: Span,
    /// What came of it: of the guard and the condition together.
    pub result: RuleResult,
    /// The policy's guard, if it has one.
    pub guard: Option<Node>,
    /// The rule's own condition.
    pub condition: Node,
}

/// The result of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RuleResult {
    /// Its condition is true.
    Held,
    /// Its condition is false.
    Not,
    /// Something in its condition or its obligations failed, and nothing else settles it.
    Failed,
}

/// An expression and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Where it stands, relative to the item that `place` says.
    pub span: Span,
    /// In what kind of text it stands.
    pub place: Place,
    /// What it is.
    pub kind: Kind,
    /// What came of it.
    pub outcome: Outcome,
    /// The values that it was applied to, in order: of a comparison, left and right; of `in`, the value
    /// and the collection or each of the list; of `matches`, the text; of a quantifier, the collection; of a
    /// definition, the arguments; of a table, the key that is looked up, and `no row` where there is none; of a window, the key that it is read at;
    /// of hours, the instant and what clock and calendar show of it there.
    pub operands: Vec<Operand>,
    /// The expressions inside it but for constants and plain reads, whose values stand in `operands`.
    /// `and`, `or` and `not` have all of theirs. Of a definition, the last is its body. Of a quantifier they are what
    /// came of some elements, those that settle it first.
    pub children: Vec<Node>,
}

/// Where an expression stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In the rule.
    Rule,
    /// In the guard of the rule's policy: the same item.
    Guard,
    /// In the definition of this name, which is another item.
    Define(Name),
}

/// Kinds of expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A constant.
    Constant,
    /// A value read from the request or a parameter.
    Path,
    /// `not`
    Not,
    /// `and`
    And,
    /// `or`
    Or,
    /// `==`, `<` and their kin.
    Comparison,
    /// `+`, `-`, `*`
    Arithmetic,
    /// `in`
    In,
    /// `has`
    Has,
    /// `is`
    Is,
    /// `??`
    Else,
    /// `matches`
    Matches,
    /// What a table of patterns finds.
    Detection,
    /// A definition applied to arguments.
    Definition,
    /// A list of values that are not all constant.
    List,
    /// `under`
    Under,
    /// `runs only`, `runs any`
    Runs,
    /// `any`, `all`, `count` over the elements of a collection.
    Quantifier,
    /// `count` of a collection.
    Count,
    /// `+`, `-`, `&` of two collections.
    Collection,
    /// A look-up in a table: its value, or whether it has the row.
    Lookup,
    /// `if`
    If,
    /// What a window says.
    Reading,
    /// An instant within times of the week.
    Hours,
    /// A part of a local time.
    Local,
}

impl Kind {
    /// Its name, a word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Constant => "constant",
            Kind::Path => "path",
            Kind::Not => "not",
            Kind::And => "and",
            Kind::Or => "or",
            Kind::Comparison => "comparison",
            Kind::Arithmetic => "arithmetic",
            Kind::In => "in",
            Kind::Has => "has",
            Kind::Is => "is",
            Kind::Else => "else",
            Kind::Matches => "matches",
            Kind::Detection => "detection",
            Kind::Definition => "definition",
            Kind::List => "list",
            Kind::Under => "under",
            Kind::Runs => "runs",
            Kind::Quantifier => "quantifier",
            Kind::Count => "count",
            Kind::Collection => "collection",
            Kind::Lookup => "lookup",
            Kind::If => "if",
            Kind::Reading => "reading",
            Kind::Hours => "hours",
            Kind::Local => "local",
        }
    }
}

/// What came of an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A condition that is true.
    True,
    /// A condition that is false.
    False,
    /// It failed: arithmetic overflowed, or something that it reads cannot be had.
    Failed,
    /// Nobody asks for it: it reads what is absent, behind a test that says so.
    NotEvaluated,
    /// A value that is no condition, as it is written in a policy; long texts and sets are cut.
    Value(String),
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Outcome::True => "true",
            Outcome::False => "false",
            Outcome::Failed => "failed",
            Outcome::NotEvaluated => "not evaluated",
            Outcome::Value(value) => value,
        })
    }
}

/// A value that an expression was applied to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operand {
    /// Where it stands, in the same place as its node; the key of a window stands elsewhere.
    pub span: Option<Span>,
    /// What it is.
    pub outcome: Outcome,
}

/// The `allow` that lacked least.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nearest<'t> {
    /// The rule.
    pub rule: &'t RuleTrace,
    /// The conditions that were false, in the order written; never empty.
    pub lacking: Vec<&'t Node>,
}

impl Trace {
    /// For a call that nothing granted: the enforced `allow` with the fewest false conditions. Of equal
    /// ones it is the first. An `allow` that failed is not among them: it has its error instead.
    #[must_use]
    pub fn nearest_allow(&self) -> Option<Nearest<'_>> {
        self.rules
            .iter()
            .filter(|rule| rule.effect == Effect::Allow && !rule.shadow && rule.result == RuleResult::Not)
            .map(|rule| Nearest { rule, lacking: rule.lacking() })
            .min_by_key(|nearest| nearest.lacking.len())
    }
}

impl RuleTrace {
    /// The conditions whose being false keeps the rule from holding, in the order written.
    #[must_use]
    pub fn lacking(&self) -> Vec<&Node> {
        let mut lacking = Vec::new();
        for condition in self.guard.iter().chain([&self.condition]) {
            condition.false_leaves(&mut lacking);
        }
        lacking
    }
}

impl Node {
    /// `and` and `or` are false because of what stands in them; everything else is false as a whole, a
    /// `not` because what stands in it is true.
    fn false_leaves<'t>(&'t self, leaves: &mut Vec<&'t Node>) {
        match self.kind {
            _ if self.outcome != Outcome::False => {}
            Kind::And | Kind::Or => self.children.iter().for_each(|child| child.false_leaves(leaves)),
            _ => leaves.push(self),
        }
    }
}
