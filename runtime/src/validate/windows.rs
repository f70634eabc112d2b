//! Windows and events: what they refer to is there.

use super::expr::{self, Shape};
use super::slots::{Held, Slots};
use super::{Problem, distinct, lookups, type_of};
use crate::abi::MAX_SLOTS;
use crate::ir::{Brought, Component, EntryWindow, Event, Kind, Over, Program, Recorded};
use crate::schema::{Quantity, Reads, Type};
use crate::store::Aggregate;

/// Checks what does not depend on an entry.
pub(super) fn check(program: &Program) -> Result<(), Problem> {
    distinct(program.windows.iter().map(|window| window.name.as_str()))?;
    if !program.events.is_sorted_by(|a, b| a.name < b.name) {
        return Err("the events are out of order".to_owned());
    }
    for window in &program.windows {
        if window.bound == 0 || matches!(window.over, Over::Sliding(span) if span <= 0) {
            return Err(format!("window {}: it remembers nothing", window.name));
        }
        check_kind(program, &window.kind)?;
    }
    program
        .events
        .iter()
        .try_for_each(|event| check_event(program, event).map_err(|problem| format!("event {}: {problem}", event.name)))
}

fn check_event(program: &Program, event: &Event) -> Result<(), Problem> {
    if event.slots > MAX_SLOTS {
        return Err(format!("{} slots are too many", event.slots));
    }
    let mut slots = Slots::new(event.slots);
    for (id, reads) in [(Some(event.fields), &event.reads_fields), (event.context, &event.reads_context)] {
        match id {
            Some(id) if matches!(type_of(program, id)?, Type::Record { .. }) => {
                slots.read(program, id, reads, false)?;
            }
            None if *reads == Reads::default() => {}
            _ => return Err("its fields or context are no record".to_owned()),
        }
    }
    lookups::check(program, &mut slots, &event.lookups)?;
    if let Some(slot) = event.now {
        slots.add(slot, Held::Quantity(Quantity::Instant))?;
    }
    for of in &event.windows {
        if of.past.is_some() || of.counting.is_some() || of.max.is_some() || of.shown || of.records.is_none() {
            return Err("an event reads no window".to_owned());
        }
        if window(program, of)?.of != Recorded::Event {
            return Err("a window of calls holds no event".to_owned());
        }
    }
    check_all(program, &mut slots, &event.windows)
}

/// Checks the windows of an entry or event, and adds the slots of their readings.
pub(super) fn check_all(program: &Program, slots: &mut Slots, windows: &[EntryWindow]) -> Result<(), Problem> {
    if !windows.is_sorted_by(|a, b| a.window < b.window) {
        return Err("its windows are out of order".to_owned());
    }
    // What calls bring, and by which key, is known before any window is read.
    windows.iter().try_for_each(|of| check_brought(program, slots, of))?;
    // Which calls a limit counts may depend on what the windows that are declared say; these depend on none.
    for limits in [false, true] {
        let of_kind = || windows.iter().filter(|of| window(program, of).is_ok_and(|window| window.limit == limits));
        for recording in of_kind().filter_map(|of| of.records.as_ref()) {
            expr::check(program, slots, &recording.condition, Shape::Truth)?;
        }
        of_kind().try_for_each(|of| add_readings(program, slots, of))?;
    }
    Ok(())
}

/// Adds the slots of a window's readings.
fn add_readings(program: &Program, slots: &mut Slots, of: &EntryWindow) -> Result<(), Problem> {
    let window = window(program, of)?;
    let held = match (window.aggregate, &window.kind) {
        (Aggregate::Count | Aggregate::Distinct, _) => Held::Int,
        (Aggregate::Sum, Kind::Decimal) => Held::Decimal,
        (Aggregate::Sum, Kind::Duration) => Held::Quantity(Quantity::Duration),
        (Aggregate::Sum, Kind::Size) => Held::Quantity(Quantity::Size),
        (Aggregate::Sum, _) => Held::Int,
        (Aggregate::Set, Kind::Text | Kind::Entity(_)) => Held::Texts,
        (Aggregate::Set, _) => Held::Numbers,
    };
    for reading in of.past.iter().chain(&of.counting) {
        slots.add(reading.value, held.clone())?;
        slots.add(reading.failed, Held::Cause)?;
    }
    Ok(())
}

fn window<'p>(program: &'p Program, of: &EntryWindow) -> Result<&'p crate::ir::Window, Problem> {
    let window = usize::try_from(of.window).ok().and_then(|index| program.windows.get(index));
    window.ok_or_else(|| "there is no such window".to_owned())
}

fn check_brought(program: &Program, slots: &Slots, of: &EntryWindow) -> Result<(), Problem> {
    let window = window(program, of)?;
    of.key.iter().try_for_each(|part| check_component(program, slots, part))?;
    let Some(recording) = &of.records else { return Ok(()) };
    match (window.aggregate, &recording.brought) {
        (Aggregate::Count, Brought::Once) => Ok(()),
        (Aggregate::Sum, Brought::Number(number)) => expr::check(program, slots, number, Shape::Number),
        (Aggregate::Distinct | Aggregate::Set, Brought::Value(part)) => check_component(program, slots, part),
        (Aggregate::Distinct | Aggregate::Set, Brought::Elements { kind, of }) => {
            check_kind(program, kind)?;
            of.iter().try_for_each(|gather| expr::check_gather(program, slots, gather, &shape(kind)))
        }
        (Aggregate::Set, Brought::Parts { of, .. }) if window.kind == Kind::Text => {
            of.iter().try_for_each(|gather| expr::check_gather(program, slots, gather, &Shape::Text))
        }
        _ => Err(format!("window {} does not hold what is brought", window.name)),
    }
}

fn check_component(program: &Program, slots: &Slots, part: &Component) -> Result<(), Problem> {
    check_kind(program, &part.kind)?;
    expr::check(program, slots, &part.expr, shape(&part.kind))
}

fn shape(kind: &Kind) -> Shape {
    match kind {
        Kind::Bool => Shape::Truth,
        Kind::Int | Kind::Duration | Kind::Size | Kind::Decimal | Kind::Instant | Kind::Member(_) => Shape::Number,
        Kind::Text | Kind::Entity(_) => Shape::Text,
    }
}

fn check_kind(program: &Program, kind: &Kind) -> Result<(), Problem> {
    match kind {
        Kind::Member(ty) if !matches!(type_of(program, *ty)?, Type::Enum { .. }) => Err("it is no enum".to_owned()),
        _ => Ok(()),
    }
}
