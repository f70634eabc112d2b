//! Reports: a decision spelled out, for people and as JSON.

use std::borrow::Cow;

use serde::{Serialize, Serializer};
use zt_values::limits::MESSAGE_ELEMENTS;
use zt_values::quantity::{format_duration, format_duration_quantity, format_size_quantity};
use zt_values::time::{format_date, format_instant, format_time};
use zt_values::{enumerate, format_decimal, quote};

use crate::abi::Text;
use crate::decision::{Decision, DeterminedBy, RequiredBy, Requirement, RuleError};
use crate::effect::Effect;
use crate::frame::Frame;
use crate::interpret;
use crate::ir::{self, Aspect, Entry, EntryRule, From, Gather, Kind, Piece, Program, RuleId, Show, Tier};
use crate::obligations::{Obligation, trimmed};
use crate::operands::Operands;
use crate::pattern::Patterns;
use crate::refusal::Refusal;
use crate::schema::{Quantity, Type};
use crate::store::Aggregate;

/// A decision in the words of its package. It serialises to the decision's JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report<'a> {
    version: u32,
    effect: Effect,
    determined_by: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refusal: Option<&'a Refusal>,
    #[serde(flatten)]
    judged: Option<Judged<'a>>,
}

/// What a report says of a request that was judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Judged<'a> {
    action: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    input_defaults: Vec<Applied<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tier: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    warrant_seconds: Option<u64>,
    requirements: Vec<RequirementReport<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    alternatives: Vec<RequirementReport<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "as_object")]
    ask: Vec<(Aspect, String)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    binding: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    obligations: Vec<Obligation<'a>>,
    messages: Vec<Message<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tells: Vec<Tell<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<i64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    readings: Vec<ReadingReport<'a>>,
    errors: Vec<ErrorReport<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shadow: Option<ShadowReport<'a>>,
}

/// A default that was applied to the arguments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Applied<'a> {
    path: &'a str,
    value: Json<'a>,
}

/// A text that is JSON, said as that.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Json<'a>(Cow<'a, str>);

impl Serialize for Json<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw: &serde_json::value::RawValue = serde_json::from_str(&self.0).map_err(serde::ser::Error::custom)?;
        raw.serialize(serializer)
    }
}

/// An approval that is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct RequirementReport<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tier: Option<&'a str>,
    from: &'a str,
    quorum: u32,
    expires_seconds: u64,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    approved_by: &'a [String],
}

/// What a rule that determined the decision says of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Message<'a> {
    /// The rule's full name.
    pub rule: &'a str,
    /// Its message, filled in.
    pub because: String,
}

/// What a rule that determined the decision says to the agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Tell<'a> {
    rule: &'a str,
    tell: String,
}

/// What a window said, looking back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct ReadingReport<'a> {
    window: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Json<'a>>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    error: bool,
}

/// A rule that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct ErrorReport<'a> {
    rule: &'a str,
    error: String,
}

/// The decision with shadow rules enforced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct ShadowReport<'a> {
    effect: Effect,
    determined_by: Vec<String>,
    errors: Vec<ErrorReport<'a>>,
}

/// Spells a decision out. Values are left out of messages where the frame holds another request.
pub(crate) fn report<'a>(
    program: &'a Program,
    patterns: &'a Patterns,
    decision: &'a Decision,
    frame: &Frame,
) -> Report<'a> {
    let judged = entry_of(program, decision).map(|entry| {
        let tier = decision.tier.and_then(|tier| tier_of(program, tier));
        let required = |list: &'a [Requirement]| list.iter().filter_map(|r| requirement(program, r)).collect();
        let tell = |(rule, tell)| Tell { rule, tell };
        Judged {
            action: entry.part.as_ref().unwrap_or(&entry.action),
            input_defaults: decision
                .input_defaults
                .iter()
                .map(|(path, value)| Applied { path, value: Json(value.into()) })
                .collect(),
            tier: tier.map(|tier| tier.name.as_str()),
            warrant_seconds: tier.filter(|_| decision.effect == Effect::Allow).and_then(|tier| tier.warrant),
            requirements: required(&decision.requirements),
            alternatives: required(&decision.alternatives),
            ask: asked(program, patterns, entry, decision, frame),
            binding: decision.binding.as_deref(),
            obligations: obligations(program, decision),
            messages: messages(program, patterns, decision, frame),
            tells: texts(program, patterns, decision, frame, |rule| rule.tell.as_deref()).map(tell).collect(),
            retry_after_ms: decision.retry_after_ms,
            readings: decision.readings.iter().filter_map(|reading| shown(program, *reading)).collect(),
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

/// What a decision obliges to.
pub(crate) fn obligations<'a>(program: &'a Program, decision: &'a Decision) -> Vec<Obligation<'a>> {
    decision.obligations.iter().filter_map(|carried| Obligation::of(program, carried)).collect()
}

/// A decision of which nothing is known.
pub(crate) fn unknown<'a>() -> Report<'a> {
    let determined_by = names(&Program::default(), &DeterminedBy::Refused);
    Report { version: 1, effect: Effect::Deny, determined_by, refusal: None, judged: None }
}

/// The messages of the rules that determined a decision and hold.
pub(crate) fn messages<'a>(
    program: &'a Program,
    patterns: &'a Patterns,
    decision: &'a Decision,
    frame: &Frame,
) -> Vec<Message<'a>> {
    let message = |(rule, because)| Message { rule, because };
    texts(program, patterns, decision, frame, |rule| rule.because.as_deref()).map(message).collect()
}

/// What the rules that determined a decision and hold say, filled in.
fn texts<'a>(
    program: &'a Program,
    patterns: &'a Patterns,
    decision: &'a Decision,
    frame: &Frame,
    of: impl Fn(&'a EntryRule) -> Option<&'a [Piece]>,
) -> impl Iterator<Item = (&'a str, String)> {
    let frame = own(decision, frame);
    let entry = entry_of(program, decision);
    // Both lists are in the order of rules. What failed did not hold.
    let held = |id: &&RuleId| decision.errors.binary_search_by_key(*id, |error| error.rule).is_err();
    decision.determined_by.rules().iter().filter(held).filter_map(move |id| {
        let pieces = of(rule_of(entry?, *id)?)?;
        Some((name(program, *id), fill(program, patterns, pieces, frame)))
    })
}

/// What whoever is asked is shown, filled in.
fn asked(
    program: &Program,
    patterns: &Patterns,
    entry: &Entry,
    decision: &Decision,
    frame: &Frame,
) -> Vec<(Aspect, String)> {
    if decision.effect != Effect::RequireApproval {
        return Vec::new();
    }
    let frame = own(decision, frame);
    entry.notice.iter().map(|(aspect, pieces)| (*aspect, fill(program, patterns, pieces, frame))).collect()
}

/// Parts of what is shown as one object.
fn as_object<S: Serializer>(parts: &[(Aspect, String)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(parts.iter().map(|(aspect, text)| (aspect.as_str(), text)))
}

/// The frame, if it holds the request that was decided: another request's values are nobody's here.
fn own<'f>(decision: &Decision, frame: &'f Frame) -> Option<&'f Frame> {
    Some(frame).filter(|frame| frame.serial() == decision.serial)
}

/// An approval that would turn an ask into an allow, alone or with others. Where the answer is no, none would.
fn requirement<'a>(program: &'a Program, requirement: &'a Requirement) -> Option<RequirementReport<'a>> {
    let (rule, tier, ask) = match requirement.by {
        RequiredBy::Rule(id) => rule(program, id).map(|rule| (Some(rule.name.as_str()), None, rule.ask.as_ref()))?,
        RequiredBy::Tier(id) => tier_of(program, id).map(|tier| (None, Some(tier.name.as_str()), tier.ask.as_ref()))?,
    };
    let ask = ask?;
    let from = match &ask.from {
        From::ActsFor(path) => path,
        From::Group(index) => &program.approvers.get(usize::try_from(*index).ok()?)?.name,
    };
    let Requirement { approved_by, .. } = requirement;
    Some(RequirementReport { rule, tier, from, quorum: ask.quorum, expires_seconds: ask.expires, approved_by })
}

/// A window's reading. Sums are spelled as what they are sums of.
fn shown(program: &Program, (window, value): (u32, Option<i64>)) -> Option<ReadingReport<'_>> {
    let window = program.windows.get(usize::try_from(window).ok()?)?;
    let value = value.map(|value| match (window.aggregate, &window.kind) {
        (Aggregate::Sum, Kind::Decimal) => trimmed(value),
        (Aggregate::Sum, Kind::Duration) => serde_json::Value::from(format_duration(value)).to_string(),
        _ => value.to_string(),
    });
    let value = value.map(|json| Json(json.into()));
    Some(ReadingReport { window: &window.name, error: value.is_none(), value })
}

fn errors<'a>(program: &'a Program, failed: &[RuleError]) -> Vec<ErrorReport<'a>> {
    failed
        .iter()
        .map(|error| ErrorReport { rule: name(program, error.rule), error: error.cause.show(program) })
        .collect()
}

fn names(program: &Program, determined_by: &DeterminedBy) -> Vec<String> {
    let rules = determined_by.rules().iter().map(|id| name(program, *id).to_owned());
    match determined_by {
        DeterminedBy::Rules(_) => rules.collect(),
        DeterminedBy::Asks(_, tiers) => {
            let tier = |id: &u32| format!("tier {}", tier_of(program, *id).map_or("?", |tier| tier.name.as_str()));
            rules.chain(tiers.iter().map(tier)).collect()
        }
        DeterminedBy::Default => vec!["default".into()],
        DeterminedBy::Unsupported => vec!["unsupported".into()],
        DeterminedBy::Unrecorded => vec!["unrecorded".into()],
        DeterminedBy::Refused => vec!["refused".into()],
    }
}

/// Fills a message in.
fn fill(program: &Program, patterns: &Patterns, pieces: &[Piece], frame: Option<&Frame>) -> String {
    let shown = |piece: &Piece| shown_piece(program, patterns, piece, frame).unwrap_or_else(|| "?".to_owned());
    pieces.iter().map(shown).collect()
}

/// A part of a message, if what it shows is there.
fn shown_piece(program: &Program, patterns: &Patterns, piece: &Piece, frame: Option<&Frame>) -> Option<String> {
    match piece {
        Piece::Text(text) => Some(text.clone()),
        Piece::Value { slot, present, failed, show } => {
            let known = |frame: &&Frame| failed.is_none_or(|slot| frame.slot(slot) == Some(0));
            let there = |frame: &&Frame| present.iter().all(|slot| frame.slot(*slot) == Some(1));
            let frame = frame.filter(known).filter(there)?;
            print(program, frame, show, frame.slot(*slot)?)
        }
        Piece::Computed { value, show } => {
            let value = interpret::value(value, &Operands::new(program, patterns, frame?))?;
            print(program, frame?, show, value)
        }
        Piece::Reading { reading, show } => {
            let frame = frame.filter(|frame| frame.slot(reading.failed) == Some(0))?;
            print(program, frame, show, frame.slot(reading.value)?)
        }
        Piece::Elements { there, of, set, show } => {
            let operands = Operands::new(program, patterns, frame?);
            let there = interpret::condition(there, &operands)?;
            elements(program, &operands, frame?, of, *set, show).filter(|_| there)
        }
        Piece::OneOf(variants) => variants.iter().find_map(|piece| shown_piece(program, patterns, piece, frame)),
        Piece::Absent => None,
    }
}

/// A list or set as messages show it.
fn elements(
    program: &Program,
    operands: &Operands<'_>,
    frame: &Frame,
    of: &[Gather],
    set: bool,
    show: &Show,
) -> Option<String> {
    let mut words = Vec::new();
    for of in of {
        words.append(&mut interpret::gather(of, operands)?);
    }
    match (set, show) {
        (false, _) => {}
        (true, Show::Text) => {
            words.sort_by(|a, b| operands.text(*a).cmp(&operands.text(*b)));
            words.dedup_by(|a, b| operands.text(*a) == operands.text(*b));
        }
        (true, _) => {
            words.sort_unstable_by_key(|word| word.cast_signed());
            words.dedup();
        }
    }
    let shown = words.iter().take(MESSAGE_ELEMENTS).map(|word| print(program, frame, show, *word));
    Some(enumerate(&shown.collect::<Option<Vec<_>>>()?, words.len()))
}

/// A value as messages show it.
fn print(program: &Program, frame: &Frame, show: &Show, value: u64) -> Option<String> {
    let number = value.cast_signed();
    Some(match show {
        Show::Bool => if value == 0 { "false" } else { "true" }.to_owned(),
        Show::Int => number.to_string(),
        Show::Quantity(Quantity::Instant) => format_instant(number),
        Show::Quantity(Quantity::Duration) => format_duration_quantity(number),
        Show::Quantity(Quantity::Date) => format_date(number),
        Show::Quantity(Quantity::Time) => format_time(number),
        Show::Quantity(Quantity::Size) => format_size_quantity(number),
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

fn entry_of<'a>(program: &'a Program, decision: &Decision) -> Option<&'a Entry> {
    program.entries.get(decision.entry?)
}

fn rule_of(entry: &Entry, id: RuleId) -> Option<&EntryRule> {
    let found = entry.rules.binary_search_by_key(&id, |rule| rule.rule).ok()?;
    entry.rules.get(found)
}

fn tier_of(program: &Program, id: u32) -> Option<&Tier> {
    program.tiers.get(usize::try_from(id).ok()?)
}

fn rule(program: &Program, id: RuleId) -> Option<&ir::Rule> {
    program.rules.get(usize::try_from(id.0).ok()?)
}

/// A rule's full name; a decision of another PDP may name rules that are not here.
pub(crate) fn name(program: &Program, id: RuleId) -> &str {
    rule(program, id).map_or("?", |rule| &rule.name)
}
