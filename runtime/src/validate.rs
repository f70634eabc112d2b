//! Validation: whether a program holds together, before anything relies on it.
//!
//! The compiler makes no program that fails here. What the decoder and native code take for granted is
//! checked once, at load.

mod slots;
mod expr;
mod dues;
mod lookups;
mod windows;
mod tables;
mod entry;

use std::collections::BTreeSet;

use zt_values::limits::DECIMAL_PLACES;
use zt_values::ranges::is_range;

use crate::ir::{Channel, Hours, MAX_TABLES, Program};
use crate::schema::{Field, Shape, Tag, Type, TypeId};

/// What is wrong with a program, for the compiler's authors.
pub(crate) type Problem = String;

/// Checks a program.
pub(crate) fn validate(program: &Program) -> Result<(), Problem> {
    for (index, ty) in program.types.iter().enumerate() {
        check_type(program, ty).map_err(|problem| format!("type t{index}: {problem}"))?;
    }
    for hours in &program.hours {
        check_hours(program, hours).map_err(|problem| format!("times {hours}: {problem}"))?;
    }
    for detector in &program.detectors {
        let odd = |(_, says): &(String, u32)| *says == 0 || *says >= detector.members;
        if detector.rows.is_empty() || detector.rows.iter().any(odd) || detector.truth && detector.members != 2 {
            return Err(format!("detector {}: it does not say what is found", detector.name));
        }
        let mut rows: Vec<u32> = detector.automata.concat();
        rows.sort_unstable();
        if !rows.into_iter().eq((0..).take(detector.rows.len())) || detector.automata.iter().any(Vec::is_empty) {
            return Err(format!("detector {}: its automata do not find each of its rows once", detector.name));
        }
    }
    if program.tables.len() > MAX_TABLES {
        return Err("there are too many tables".to_owned());
    }
    for (index, table) in program.tables.iter().enumerate() {
        tables::check(program, table).map_err(|problem| format!("table d{index}: {problem}"))?;
    }
    dues::check(program)?;
    windows::check(program)?;
    for (ty, channel) in &program.channels {
        let source = match channel {
            Channel::Source { source, .. } => usize::try_from(*source).is_ok_and(|s| s < program.sources.len()),
            Channel::File(_) => true,
        };
        if !source || !matches!(type_of(program, *ty)?, Type::Entity { .. }) {
            return Err(format!("channel of {ty}: it is not one of an entity"));
        }
    }
    for split in &program.splits {
        entry::check_split(program, split).map_err(|problem| format!("split {}: {problem}", split.action))?;
    }
    distinct(program.splits.iter().map(|split| split.action.as_str()))?;
    let mut seen = BTreeSet::new();
    for entry in &program.entries {
        let principal = entry::check(program, entry).map_err(|problem| format!("entry {}: {problem}", entry.action))?;
        let split = program.splits.iter().find(|split| split.action == entry.action);
        let known =
            split.map(|split| entry.part.as_ref().is_some_and(|part| split.parts.iter().any(|(p, _)| p == part)));
        if !known.unwrap_or(entry.part.is_none()) {
            return Err(format!("entry {}: it is no part of its action", entry.action));
        }
        if !seen.insert((entry.action.as_str(), entry.part.as_ref(), principal)) {
            return Err(format!("entry {}: it is there twice for {principal}", entry.action));
        }
    }
    Ok(())
}

fn check_type(program: &Program, ty: &Type) -> Result<(), Problem> {
    match ty {
        Type::Bool | Type::Int { .. } | Type::Quantity { .. } | Type::Json | Type::Null => Ok(()),
        Type::Decimal { places, .. } if *places > DECIMAL_PLACES => Err(format!("{places} places are too many")),
        Type::Decimal { .. } => Ok(()),
        Type::Text { patterns, .. } | Type::Syntax { patterns, .. } => {
            let known = |id: u32| usize::try_from(id).is_ok_and(|id| id < program.patterns.len());
            match patterns.iter().find(|pattern| !known(pattern.0)) {
                Some(pattern) => Err(format!("there is no pattern {pattern}")),
                None => Ok(()),
            }
        }
        Type::Enum { members } => distinct(members.iter().map(String::as_str)),
        Type::Set { element, .. } => match type_of(program, *element)? {
            element if element.is_scalar() => Ok(()),
            _ => Err("a set of such elements has no place in a frame".to_owned()),
        },
        Type::List { element, .. } => match type_of(program, *element)? {
            Type::Set { .. } | Type::List { .. } | Type::Map { .. } | Type::Null => {
                Err("a list of such elements has no place in a frame".to_owned())
            }
            _ => Ok(()),
        },
        Type::Map { key, value, .. } => {
            let key = type_of(program, *key)?;
            if !matches!(key, Type::Text { .. } | Type::Syntax { .. } | Type::Enum { .. }) {
                return Err("its names are no texts".to_owned());
            }
            match type_of(program, *value)? {
                Type::Set { .. } | Type::List { .. } | Type::Map { .. } | Type::Null => {
                    Err("a map of such members has no place in a frame".to_owned())
                }
                _ => Ok(()),
            }
        }
        Type::Choice { variants, tag } => check_choice(program, variants, tag.as_ref()),
        Type::Record { fields, .. } => check_fields(program, fields),
        Type::Entity { fields, ancestors, id, .. } => {
            if let Some(id) = id
                && !matches!(type_of(program, *id)?, Type::Text { .. })
            {
                return Err("its ids are no texts".to_owned());
            }
            for id in ancestors {
                let Type::Entity { .. } = type_of(program, *id)? else {
                    return Err(format!("type {id} is above it and no entity"));
                };
            }
            check_fields(program, fields)
        }
    }
}

/// Checks that JSON tells the types of a choice apart.
fn check_choice(program: &Program, variants: &[TypeId], tag: Option<&Tag>) -> Result<(), Problem> {
    let mut seen = BTreeSet::new();
    for (index, id) in variants.iter().enumerate() {
        let Some(shape) = type_of(program, *id)?.shape() else {
            return Err(format!("type {id} is any of several itself"));
        };
        let says = tag.and_then(|tag| tag.says.get(index));
        if says.is_some_and(|says| says.is_empty() == (shape == Shape::Object)) {
            return Err(format!("type {id} is not told apart by the member that says it"));
        }
        if !seen.insert(shape) && (shape != Shape::Object || tag.is_none()) {
            return Err(format!("type {id} looks like another of the same choice"));
        }
    }
    let Some(tag) = tag else { return Ok(()) };
    if tag.says.len() != variants.len() {
        return Err("a choice has as many types as are told apart".to_owned());
    }
    distinct(tag.says.iter().flatten().map(String::as_str))
}

fn check_fields(program: &Program, fields: &[Field]) -> Result<(), Problem> {
    fields.iter().try_for_each(|field| type_of(program, field.ty).map(|_| ()))?;
    if let Some(field) = fields.iter().find(|field| field.optional && field.default.is_some()) {
        return Err(format!("{:?} has a default and may be absent", field.name));
    }
    distinct(fields.iter().map(|field| field.name.as_str()))
}

/// Checks that times of the week are some, of a zone that is there.
fn check_hours(program: &Program, hours: &Hours) -> Result<(), Problem> {
    if usize::try_from(hours.zone.0).map_or(true, |zone| zone >= program.zones.len()) {
        return Err(format!("there is no zone {}", hours.zone));
    }
    if is_range(hours.start, hours.end) { Ok(()) } else { Err("it is no range of times".to_owned()) }
}

fn distinct<'a>(names: impl Iterator<Item = &'a str>) -> Result<(), Problem> {
    let mut seen = BTreeSet::new();
    for name in names {
        if !seen.insert(name) {
            return Err(format!("{name:?} is there twice"));
        }
    }
    Ok(())
}

/// A type by its id.
fn type_of(program: &Program, id: TypeId) -> Result<&Type, Problem> {
    let index = usize::try_from(id.0).ok();
    let ty = index.and_then(|index| program.types.get(index));
    ty.ok_or_else(|| format!("there is no type {id}"))
}
