//! Tables: columns of equal length, sorted, no key twice.

use std::cmp::Ordering;

use super::{Problem, type_of};
use crate::ir::{Asked, Cells, Column, KeyPart, MAX_TABLE_COLUMNS, MAX_TABLE_ROWS, Program, Table};
use crate::schema::{Type, TypeId};

/// Checks a table.
pub(super) fn check(program: &Program, table: &Table) -> Result<(), Problem> {
    let rows = table.rows();
    if table.key.is_empty() || table.key.len() > MAX_TABLE_COLUMNS || rows > MAX_TABLE_ROWS {
        return Err("it has no columns, or too many columns or rows".to_owned());
    }
    let lengths = table.key.iter().map(Column::len).chain(table.says.as_ref().map(Cells::len));
    if lengths.into_iter().any(|length| length != rows) {
        return Err("its columns are of different lengths".to_owned());
    }
    if (1..rows).any(|row| order(table, row) != Some(Ordering::Less)) {
        return Err("its rows are not sorted, or a key is there twice".to_owned());
    }
    if let Some(asked) = &table.asked {
        check_asked(program, table, asked)?;
    }
    if let Some(Cells::Texts(all)) = &table.says
        && all.iter().any(|id| usize::try_from(id.0).map_or(true, |id| id >= program.literals.len()))
    {
        return Err("it says what is no literal".to_owned());
    }
    Ok(())
}

/// Checks a table of which a source is asked for rows: it has none, and columns for the parts of its key.
fn check_asked(program: &Program, table: &Table, asked: &Asked) -> Result<(), Problem> {
    if usize::try_from(asked.source).map_or(true, |source| source >= program.sources.len()) {
        return Err("there is no such source".to_owned());
    }
    let mut texts = Vec::new();
    for part in &asked.key {
        match part {
            KeyPart::Value(id) => match type_of(program, *id)? {
                ty if ty.is_scalar() => texts.push(ty.is_text()),
                _ => return Err(format!("{id} is no type of keys")),
            },
            KeyPart::Entity(types) => {
                let entity = |id: &TypeId| matches!(type_of(program, *id), Ok(Type::Entity { .. }));
                if types.is_empty() || !types.iter().all(entity) {
                    return Err("a part of its key is no entity".to_owned());
                }
                if types.len() > 1 {
                    texts.push(false);
                }
                texts.push(true);
            }
        }
    }
    let columns: Vec<bool> = table.key.iter().map(|column| matches!(column, Column::Texts(_))).collect();
    let says = match (asked.says.map(|id| type_of(program, id)).transpose()?, &table.says) {
        (None, None) => true,
        (Some(Type::Bool), Some(Cells::Truths(_))) => true,
        (Some(ty), Some(Cells::Texts(_))) => ty.is_scalar() && ty.is_text(),
        (Some(ty), Some(Cells::Numbers(_))) => ty.is_scalar() && !ty.is_text() && !matches!(ty, Type::Bool),
        _ => false,
    };
    if texts == columns && says && table.rows() == 0 {
        Ok(())
    } else {
        Err("its columns are not those that are asked for".to_owned())
    }
}

/// How the key of the row before one compares with its own.
fn order(table: &Table, row: usize) -> Option<Ordering> {
    let before = row.checked_sub(1)?;
    table.key.iter().try_fold(Ordering::Equal, |order, column| {
        let here = match column {
            Column::Numbers(all) => all.get(before)?.cmp(all.get(row)?),
            Column::Texts(all) => all.get(before)?.cmp(all.get(row)?),
        };
        Some(order.then(here))
    })
}
