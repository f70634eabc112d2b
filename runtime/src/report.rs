//! Reports: a decision spelled out, for people and as JSON.

use serde::Serialize;
use zt_values::{format_decimal, quote};

use crate::abi::Text;
use crate::decision::{Decision, DeterminedBy, Effect};
use crate::frame::Frame;
use crate::ir::{self, Entry, EntryRule, Piece, Program, RuleId, Show};
use crate::refusal::Refusal;
use crate::schema::Type;

/// A decision in the words of its package. It serialises to the decision's JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report<'a> {
    version: u32,
    effect: Effect,
    determined_by: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refusal: Option<&'a Refusal>,
    #[serde(flatten)]
    judged: Option<Judged<'a>>,
}

/// What a report says of a request that was judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Judged<'a> {
    action: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tier: Option<&'a str>,
    requirements: Vec<Requirement<'a>>,
    messages: Vec<Message<'a>>,
    errors: Vec<RuleError<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shadow: Option<ShadowReport<'a>>,
}

/// An approval that is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Requirement<'a> {
    rule: &'a str,
    from: &'a str,
    quorum: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_seconds: Option<u64>,
}

/// What a rule that determined the decision says of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Message<'a> {
    /// The rule's full name.
    pub rule: &'a str,
    /// Its message, filled in.
    pub because: String,
}

/// A rule that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct RuleError<'a> {
    rule: &'a str,
    error: &'static str,
}

/// The decision with shadow rules enforced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct ShadowReport<'a> {
    effect: Effect,
    determined_by: Vec<&'a str>,
    errors: Vec<RuleError<'a>>,
}

/// Spells a decision out.
pub(crate) fn report<'a>(program: &'a Program, decision: &'a Decision, frame: &Frame) -> Report<'a> {
    let judged = entry_of(program, decision).map(|entry| {
        let tier = entry.tier.and_then(|tier| program.tiers.get(usize::try_from(tier).ok()?));
        Judged {
            action: &entry.action,
            tier: tier.map(String::as_str),
            requirements: requirements(program, decision),
            messages: messages(program, decision, frame),
            errors: errors(program, &decision.errors),
            shadow: decision.shadow.as_ref().map(|shadow| ShadowReport {
                effect: shadow.effect,
                determined_by: names(program, &shadow.determined_by),
                errors: errors(program, &shadow.errors),
            }),
        }
    });
    Report {
        version: 1,
        effect: decision.effect,
        determined_by: names(program, &decision.determined_by),
        refusal: decision.refusal.as_ref(),
        judged,
    }
}

/// The messages of the rules that determined a decision and hold.
pub(crate) fn messages<'a>(program: &'a Program, decision: &Decision, frame: &Frame) -> Vec<Message<'a>> {
    let Some(entry) = entry_of(program, decision) else {
        return Vec::new();
    };
    determining(decision)
        .iter()
        // Both lists are in the order of rules. What failed did not hold.
        .filter(|id| decision.errors.binary_search(id).is_err())
        .filter_map(|id| {
            let because = rule_of(entry, *id)?.because.as_ref()?;
            Some(Message { rule: name(program, *id), because: fill(program, because, frame) })
        })
        .collect()
}

/// The approvals that would turn an ask into an allow. Where the answer is no, none would.
fn requirements<'a>(program: &'a Program, decision: &Decision) -> Vec<Requirement<'a>> {
    if decision.effect != Effect::RequireApproval {
        return Vec::new();
    }
    let asking = determining(decision).iter().filter_map(|id| {
        let rule = rule(program, *id).filter(|rule| rule.effect == ir::Effect::RequireApproval)?;
        let ask = rule.ask.as_ref()?;
        Some(Requirement { rule: &rule.name, from: &ask.from, quorum: ask.quorum, expires_seconds: ask.expires })
    });
    asking.collect()
}

fn errors<'a>(program: &'a Program, failed: &[RuleId]) -> Vec<RuleError<'a>> {
    // Overflow is the only way to fail.
    failed.iter().map(|id| RuleError { rule: name(program, *id), error: "overflow" }).collect()
}

fn names<'a>(program: &'a Program, determined_by: &DeterminedBy) -> Vec<&'a str> {
    match determined_by {
        DeterminedBy::Rules(rules) => rules.iter().map(|id| name(program, *id)).collect(),
        DeterminedBy::Default => vec!["default"],
        DeterminedBy::Refused => vec!["refused"],
    }
}

/// Fills a message in.
fn fill(program: &Program, pieces: &[Piece], frame: &Frame) -> String {
    let mut message = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(text) => message.push_str(text),
            Piece::Value { slot, present, show } => {
                let there = present.iter().all(|slot| frame.slot(*slot) == Some(1));
                let value = frame.slot(*slot).filter(|_| there);
                let shown = value.and_then(|value| print(program, frame, show, value));
                message.push_str(shown.as_deref().unwrap_or("?"));
            }
            Piece::Absent => message.push('?'),
        }
    }
    message
}

/// A value as messages show it.
fn print(program: &Program, frame: &Frame, show: &Show, value: u64) -> Option<String> {
    let number = value.cast_signed();
    Some(match show {
        Show::Bool => if value == 0 { "false" } else { "true" }.to_owned(),
        Show::Int => number.to_string(),
        Show::Decimal(places) => format_decimal(number, *places),
        Show::Text => quote(match Text::unpack(value) {
            Text::Literal(id) => program.literals.get(usize::try_from(id.0).ok()?)?,
            Text::Arena { start, length } => frame.text(start, length)?,
        }),
        Show::Enum(ty) => match program.types.get(usize::try_from(ty.0).ok()?)? {
            Type::Enum { members } => members.get(usize::try_from(value).ok()?)?.clone(),
            _ => return None,
        },
    })
}

fn determining(decision: &Decision) -> &[RuleId] {
    match &decision.determined_by {
        DeterminedBy::Rules(rules) => rules,
        DeterminedBy::Default | DeterminedBy::Refused => &[],
    }
}

fn entry_of<'a>(program: &'a Program, decision: &Decision) -> Option<&'a Entry> {
    program.entries.get(decision.entry?)
}

fn rule_of(entry: &Entry, id: RuleId) -> Option<&EntryRule> {
    let found = entry.rules.binary_search_by_key(&id, |rule| rule.rule).ok()?;
    entry.rules.get(found)
}

fn rule(program: &Program, id: RuleId) -> Option<&ir::Rule> {
    program.rules.get(usize::try_from(id.0).ok()?)
}

/// A rule's full name; a decision of another PDP may name rules that are not here.
pub(crate) fn name(program: &Program, id: RuleId) -> &str {
    rule(program, id).map_or("?", |rule| &rule.name)
}
