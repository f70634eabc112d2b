//! Tables: columns of equal length, sorted, no key twice.

use std::cmp::Ordering;

use super::Problem;
use crate::ir::{Cells, Column, MAX_TABLE_COLUMNS, MAX_TABLE_ROWS, Program, Table};

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
    if let Some(Cells::Texts(all)) = &table.says
        && all.iter().any(|id| usize::try_from(id.0).map_or(true, |id| id >= program.literals.len()))
    {
        return Err("it says what is no literal".to_owned());
    }
    Ok(())
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
