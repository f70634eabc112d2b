//! Tables, lowered: columns of words, the rows sorted by them.

use zt_lang::hir::{self, Constant, Key, Name, Ty};
use zt_runtime::ir::{Asked, Cells, Column, KeyPart, Table};

use super::constants::Constants;
use super::interval::Interval;
use super::types::Types;

/// A value in a column.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Word {
    Number(i64),
    Text(String),
}

/// A table as it is searched. An entity of several types is two columns: the number of its type, and its id.
pub(super) fn lower<'a>(table: &'a hir::Table, constants: &mut Constants, types: &mut Types<'a>) -> Table {
    let mut rows: Vec<(Vec<Word>, &Constant)> =
        table.rows.iter().map(|(key, said)| (words(table, key), said)).collect();
    rows.sort_by(|(a, _), (b, _)| a.cmp(b));
    let mut key: Vec<Column> = Vec::new();
    for column in &table.keys {
        let text = matches!(column.types.first().map(|t| t.ty.base()), Some(ty) if super::value::is_text(ty));
        if column.types.len() > 1 {
            key.push(Column::Numbers(vec![]));
        }
        key.push(if text { Column::Texts(vec![]) } else { Column::Numbers(vec![]) });
    }
    for (words, _) in &mut rows {
        for (column, word) in key.iter_mut().zip(words.drain(..)) {
            match (column, word) {
                (Column::Numbers(all), Word::Number(number)) => all.push(number),
                (Column::Texts(all), Word::Text(text)) => all.push(text),
                (column, word) => unreachable!("a column of {column:?} holds no {word:?}"),
            }
        }
    }
    let says = table.value.as_ref().map(|value| {
        let said = rows.iter().map(|(_, said)| *said);
        match value.ty.base() {
            Ty::Bool => Cells::Truths(said.map(|said| *said == Constant::Bool(true)).collect()),
            ty if super::value::is_text(ty) => Cells::Texts(
                said.map(|said| match said {
                    Constant::Text(text) => constants.with_parts(text, ty),
                    other => unreachable!("a text is no {other:?}"),
                })
                .collect(),
            ),
            _ => Cells::Numbers(said.map(number).collect()),
        }
    });
    let asked = table.source.as_ref().map(|source| Asked {
        source: types.source(&source.name),
        fresh: source.fresh,
        key: table.keys.iter().map(|column| part(column, types)).collect(),
        says: table.value.as_ref().map(|value| types.declared(&value.ty, &value.bounds)),
    });
    Table { name: table.name.to_string(), key, says, asked }
}

/// How a part of a key is read from an answer.
fn part<'a>(column: &'a Key, types: &mut Types<'a>) -> KeyPart {
    let entity = |ty: &'a hir::Type| match ty.ty.base() {
        Ty::Entity(name) => Some(name),
        _ => None,
    };
    match column.types.as_slice() {
        [one] if entity(one).is_none() => KeyPart::Value(types.unbounded(&one.ty)),
        several => KeyPart::Entity(several.iter().filter_map(entity).map(|name| types.entity(name)).collect()),
    }
}

fn words(table: &hir::Table, key: &[Constant]) -> Vec<Word> {
    let mut out = Vec::new();
    for (column, part) in table.keys.iter().zip(key) {
        match part {
            Constant::Entity(ty, id) => {
                if column.types.len() > 1 {
                    out.push(Word::Number(type_number(column, ty)));
                }
                out.push(Word::Text(id.to_string()));
            }
            Constant::Text(text) => out.push(Word::Text(text.to_string())),
            other => out.push(Word::Number(number(other))),
        }
    }
    out
}

fn number(constant: &Constant) -> i64 {
    match constant {
        Constant::Bool(value) => (*value).into(),
        Constant::Number(value) => *value,
        Constant::Member(index) => (*index).into(),
        Constant::Text(_) | Constant::Entity(..) => unreachable!("a text is no number"),
    }
}

/// The number of an entity type among those of a column; -1 if it is none of them.
pub(super) fn type_number(column: &Key, ty: &Name) -> i64 {
    let found = column.types.iter().zip(0..).find(|(known, _)| matches!(&known.ty, Ty::Entity(name) if name == ty));
    found.map_or(-1, |(_, number)| number)
}

/// Between which values everything lies that a table says, if that is numbers.
pub(super) fn value_interval(table: &hir::Table) -> Interval {
    let numbers = table.rows.values().filter_map(|said| match said {
        Constant::Number(number) => Some(*number),
        _ => None,
    });
    let range =
        numbers.fold(None, |range: Option<(i64, i64)>, n| Some(range.map_or((n, n), |(a, b)| (a.min(n), b.max(n)))));
    range.map_or(Interval::ANY, |(least, greatest)| Interval::between(least, greatest))
}
