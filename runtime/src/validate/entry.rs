//! Entries: their types, their rules and messages.

use super::expr::{self, Shape};
use super::slots::{Held, Slots};
use super::{Problem, distinct, dues, lookups, type_of, windows};
use crate::abi::MAX_SLOTS;
use crate::ir::{Ask, Entry, EntryRule, From, Party, Piece, Program, Show, Split};
use crate::schema::{Quantity, Reads, Type};

/// Checks an entry, and gives the name of its principal's type.
pub(super) fn check<'a>(program: &'a Program, entry: &Entry) -> Result<&'a str, Problem> {
    let Type::Entity { name: principal, .. } = type_of(program, entry.principal)? else {
        return Err("its principal is no entity".to_owned());
    };
    if entry.tier.is_some_and(|tier| usize::try_from(tier).is_ok_and(|t| t >= program.tiers.len())) {
        return Err("there is no such tier".to_owned());
    }
    if entry.slots > MAX_SLOTS {
        return Err(format!("{} slots are too many", entry.slots));
    }
    let mut slots = Slots::new(entry.slots);
    slots.read(program, entry.principal, &entry.reads_principal, false)?;
    match entry.resource {
        Some(id) if matches!(type_of(program, id)?, Type::Entity { .. }) => {
            slots.read(program, id, &entry.reads_resource, false)?;
        }
        None if entry.reads_resource == Reads::default() => {}
        _ => return Err("its resource is no entity".to_owned()),
    }
    let records = [
        (Some(entry.input), &entry.reads_input),
        (entry.context, &entry.reads_context),
        (entry.output, &entry.reads_output),
    ];
    for (id, reads) in records {
        match id {
            Some(id) if matches!(type_of(program, id)?, Type::Record { .. }) => {
                slots.read(program, id, reads, false)?;
            }
            None if *reads == Reads::default() => {}
            _ => return Err("its input, context or output is no record".to_owned()),
        }
    }
    if let Some(slot) = entry.sent {
        slots.add(slot, Held::Text)?;
    }
    if let Some(id) = &entry.resource_id {
        if entry.resource.is_none() || entry.reads_resource.value.is_none() {
            return Err("its resource is computed and has no place".to_owned());
        }
        // Only what was decoded by then: what is looked up or remembered is added below.
        expr::check(program, &slots, id, Shape::Text)?;
    }
    lookups::check(program, &mut slots, &entry.lookups)?;
    if let Some(slot) = entry.now {
        slots.add(slot, Held::Quantity(Quantity::Instant))?;
    }
    windows::check_all(program, &mut slots, &entry.windows)?;
    if let Some(evidence) = &entry.evidence {
        if entry.sent.is_none() {
            return Err("approvals are not bound to its arguments".to_owned());
        }
        for slot in evidence.resource.iter().chain([&evidence.principal]) {
            slots.text(*slot)?;
        }
        if evidence.resource.is_some() != entry.resource.is_some() {
            return Err("approvals are not bound to its resource".to_owned());
        }
        evidence.acts_for.iter().try_for_each(|party| check_party(&slots, party))?;
    }
    let ids = entry.rules.iter().map(|rule| rule.rule);
    if !ids.is_sorted_by(|a, b| a < b) {
        return Err("its rules are out of order".to_owned());
    }
    if !entry.notice.is_sorted_by(|(a, _), (b, _)| a < b) || entry.notice.is_empty() != entry.evidence.is_none() {
        return Err("what approvers are shown is not said once for each part".to_owned());
    }
    let shown = entry.notice.iter().flat_map(|(_, pieces)| pieces);
    shown.into_iter().try_for_each(|piece| check_piece(program, &slots, piece))?;
    for rule in &entry.rules {
        check_rule(program, entry, &slots, rule).map_err(|problem| format!("rule {}: {problem}", rule.rule))?;
    }
    Ok(principal)
}

/// Checks what tells the parts of an action apart.
pub(super) fn check_split(program: &Program, split: &Split) -> Result<(), Problem> {
    if split.slots > MAX_SLOTS || !matches!(type_of(program, split.input)?, Type::Record { .. }) {
        return Err("its input cannot be read".to_owned());
    }
    let mut slots = Slots::new(split.slots);
    slots.read(program, split.input, &split.reads, false)?;
    distinct(split.parts.iter().map(|(name, _)| name.as_str()))?;
    split.parts.iter().try_for_each(|(_, when)| expr::check(program, &slots, when, Shape::Truth))
}

fn check_rule(program: &Program, entry: &Entry, slots: &Slots, rule: &EntryRule) -> Result<(), Problem> {
    let known = usize::try_from(rule.rule.0).ok().and_then(|index| program.rules.get(index));
    let known = known.ok_or("there is no such rule")?;
    let asks_party = matches!(&known.ask, Some(Ask { from: From::ActsFor(_), .. }));
    if known.ask.is_some() && entry.evidence.is_none() || asks_party != rule.party.is_some() {
        return Err("nothing says whom it asks".to_owned());
    }
    expr::check(program, slots, &rule.condition, Shape::Truth)?;
    rule.party.iter().try_for_each(|party| check_party(slots, party))?;
    rule.obligations.iter().try_for_each(|due| dues::check_due(program, slots, due))?;
    rule.because.iter().chain(&rule.tell).flatten().try_for_each(|piece| check_piece(program, slots, piece))
}

fn check_party(slots: &Slots, party: &Party) -> Result<(), Problem> {
    party.present.iter().try_for_each(|slot| slots.presence(*slot))?;
    party.failed.iter().try_for_each(|slot| slots.cause(*slot))?;
    slots.text(party.id)
}

/// What is shown like this.
const fn shown(show: &Show) -> Shape {
    match show {
        Show::Bool => Shape::Truth,
        Show::Text => Shape::Text,
        Show::Int | Show::Decimal(_) | Show::Quantity(_) | Show::Enum(_) => Shape::Number,
    }
}

/// Checks a part of a message that stands for one of several types: it holds no more of such.
fn check_variant(program: &Program, slots: &Slots, piece: &Piece) -> Result<(), Problem> {
    match piece {
        Piece::OneOf(_) => Err("a type of a choice is no choice".to_owned()),
        piece => check_piece(program, slots, piece),
    }
}

fn check_piece(program: &Program, slots: &Slots, piece: &Piece) -> Result<(), Problem> {
    let (slot, present, show) = match piece {
        Piece::Value { slot, present, failed, show } => {
            failed.iter().try_for_each(|slot| slots.cause(*slot))?;
            (slot, present.as_slice(), show)
        }
        Piece::Computed { value, show } => {
            return expr::check(program, slots, value, shown(show));
        }
        Piece::Elements { there, of, show, .. } => {
            expr::check(program, slots, there, Shape::Truth)?;
            return of.iter().try_for_each(|of| expr::check_gather(program, slots, of, &shown(show)));
        }
        Piece::Reading { reading, show } => {
            slots.cause(reading.failed)?;
            return match (slots.get(reading.value)?, show) {
                (Held::Int, Show::Int) | (Held::Decimal, Show::Decimal(_)) => Ok(()),
                (Held::Quantity(held), Show::Quantity(kind)) if held == *kind => Ok(()),
                _ => Err(format!("slot {} does not show like that", reading.value)),
            };
        }
        Piece::OneOf(variants) => {
            return variants.iter().try_for_each(|piece| check_variant(program, slots, piece));
        }
        Piece::Text(_) | Piece::Absent => return Ok(()),
    };
    present.iter().try_for_each(|slot| slots.presence(*slot))?;
    let fits = match (show, slots.get(*slot)?) {
        (Show::Enum(ty), Held::Enum) => matches!(type_of(program, *ty)?, Type::Enum { .. }),
        (Show::Bool, Held::Bool | Held::Presence)
        | (Show::Int, Held::Int)
        | (Show::Decimal(_), Held::Decimal)
        | (Show::Text, Held::Text) => true,
        (Show::Quantity(kind), Held::Quantity(held)) => *kind == held,
        _ => false,
    };
    if fits { Ok(()) } else { Err(format!("slot {slot} does not show like that")) }
}
