//! Tables of a random world: written out, all of them or some of them, and from files; relations.

use std::collections::BTreeSet;

use super::wire::IDS;
use super::{Ty, World, number};
use crate::generate::source::Source;
use crate::generate::words;

/// A table.
#[derive(Debug, Clone)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// For each column of its key the types that it can have: one, or several entities.
    pub keys: Vec<Vec<Ty>>,
    /// What a row says; nothing of a relation.
    pub value: Option<Ty>,
    /// Whether every key has a row.
    pub total: bool,
    /// Whether a source is asked for rows.
    pub asked: bool,
    /// The whole item.
    pub text: String,
}

/// A table of patterns.
#[derive(Debug, Clone)]
pub struct Detector {
    /// Its name.
    pub name: String,
    /// What it says: `Bool` or an ordered enum.
    pub ty: Ty,
    /// The whole item.
    pub text: String,
}

/// What is sought, some of it in whatever case, some of it in texts that look like it.
const SOUGHT: &[&str] = &[
    "[aeiou]",
    "a",
    "[0-9]{2}",
    r"\ba",
    r"\.(com|org)$",
    "example",
    "[A-Z]",
    "red|green",
    r"\w \w",
    "^[a-z]+_",
    "i",
    "[^ -~]",
];

impl World {
    /// Adds tables of patterns.
    fn tell_detectors(&mut self, source: &mut Source) {
        for _ in 0..source.below(3) {
            let ordered: Vec<usize> =
                (0..self.enums.len()).filter(|e| self.enums[*e].ordered && self.enums[*e].members.len() > 1).collect();
            let ty = if ordered.is_empty() || source.chance(40) { Ty::Bool } else { Ty::Enum(*source.pick(&ordered)) };
            let says: Vec<String> = match &ty {
                Ty::Enum(e) => self.enums[*e].members.iter().skip(1).map(|(name, _)| name.clone()).collect(),
                _ => vec!["true".to_owned()],
            };
            let mut sought: Vec<&str> = SOUGHT.to_vec();
            source.shuffle(&mut sought);
            let rows: Vec<String> = sought
                .iter()
                .take(source.between(1, 4))
                .map(|pattern| format!("re\"{pattern}\" => {}", source.pick(&says)))
                .collect();
            let name = format!("t{}", self.tables.len() + self.detectors.len() + 5);
            let text = format!("table {name} (Pattern) -> {} = {{\n  {}\n}}", self.show(&ty), rows.join("\n  "));
            self.detectors.push(Detector { name, ty, text });
        }
    }

    /// Adds tables.
    pub(super) fn tell_tables(&mut self, source: &mut Source) {
        if source.chance(40) {
            self.tell_detectors(source);
        }
        if !source.chance(50) {
            return;
        }
        for index in 0..source.between(1, 3) {
            let table = match source.below(4) {
                0 => self.whole_table(source, index),
                1 => self.some_rows(source, index),
                _ => self.from_file(source, index),
            };
            self.tables.extend(table);
        }
    }

    /// What a row says: a single value.
    fn said(&self, source: &mut Source) -> Ty {
        loop {
            let ty = self.scalar(source, usize::MAX).ty;
            // A named `Bool` has no literals.
            if *self.base(&ty) != Ty::Bool || ty == Ty::Bool {
                return ty;
            }
        }
    }

    /// A table with a row for every key: over enums and `Bool` alone.
    fn whole_table(&self, source: &mut Source, index: usize) -> Option<Table> {
        let mut keys = vec![];
        for _ in 0..source.between(1, 2) {
            keys.push(if source.chance(30) { Ty::Bool } else { Ty::Enum(source.below(self.enums.len())) });
        }
        let values = |ty: &Ty| match ty {
            Ty::Enum(e) => self.enums[*e].members.iter().map(|(name, _)| name.clone()).collect(),
            _ => vec!["true".to_owned(), "false".to_owned()],
        };
        let mut rows: Vec<String> = vec![String::new()];
        for key in &keys {
            let values = values(key);
            let longer = |row: &String| {
                let bar = if row.is_empty() { "" } else { " | " };
                values.iter().map(|value| format!("{row}{bar}{value}")).collect::<Vec<_>>()
            };
            rows = rows.iter().flat_map(longer).collect();
        }
        source.shuffle(&mut rows);
        let value = self.said(source);
        let keys: Vec<Vec<Ty>> = keys.into_iter().map(|ty| vec![ty]).collect();
        let bounds = self.own_bounds(&value);
        let rows: Vec<String> =
            rows.into_iter().map(|key| format!("{key} => {}", self.literal(source, &value, &bounds))).collect();
        Some(self.table(index, keys, Some(value), true, &format!(" = {{\n  {}\n}}", rows.join("\n  "))))
    }

    /// A table that is written out, with some rows.
    fn some_rows(&self, source: &mut Source, index: usize) -> Option<Table> {
        let mut keys: Vec<Ty> = (0..source.between(1, 3)).map(|_| self.said(source)).collect();
        // Over enums and `Bool` alone it would need all rows.
        if keys.iter().all(|ty| matches!(ty, Ty::Bool | Ty::Enum(_))) {
            keys.push([Ty::Int, Ty::Ident][source.below(2)].clone());
        }
        let value = self.said(source);
        let mut seen = BTreeSet::new();
        let mut rows = vec![];
        for _ in 0..source.below(7) {
            let cells: Vec<String> = keys.iter().map(|ty| self.literal(source, ty, &self.own_bounds(ty))).collect();
            let same: Vec<String> = keys.iter().zip(&cells).map(|(ty, cell)| self.one_spelling(ty, cell)).collect();
            if seen.insert(same) {
                rows.push(format!(
                    "{} => {}",
                    cells.join(" | "),
                    self.literal(source, &value, &self.own_bounds(&value))
                ));
            }
        }
        let keys = keys.into_iter().map(|ty| vec![ty]).collect();
        Some(self.table(index, keys, Some(value), false, &format!(" = {{\n  {}\n}}", rows.join("\n  "))))
    }

    /// A literal of which there is one spelling for each value.
    fn one_spelling(&self, ty: &Ty, text: &str) -> String {
        if *self.base(ty) != Ty::Decimal {
            return text.to_owned();
        }
        let units = zt_values::parse_decimal(text, 4).unwrap_or(0);
        number(units, true, 1)
    }

    /// A table or a relation in a file.
    fn from_file(&mut self, source: &mut Source, index: usize) -> Option<Table> {
        let relation = source.chance(50);
        let mut keys: Vec<Vec<Ty>> = vec![];
        for _ in 0..source.between(1, 3) {
            let all = self.entities.len();
            keys.push(match source.below(6) {
                0 | 1 => vec![Ty::Entity(source.below(all))],
                2 if all > 1 && relation => (0..all).take(2).map(Ty::Entity).collect(),
                _ => vec![self.said(source)],
            });
        }
        let value = (!relation).then(|| self.said(source));
        if source.chance(45) {
            let fresh = *source.pick(&["", " fresh 5min", " fresh 1s"]);
            let from = format!(" from source {}{fresh}", source.pick(&["directory", "orders"]));
            return Some(self.table(index, keys, value, false, &from));
        }
        let columns: Vec<String> = (0..keys.len()).map(|at| format!("k{at}")).collect();
        let mut lines = vec![columns.iter().cloned().chain(value.iter().map(|_| "v".to_owned())).collect::<Vec<_>>()];
        let mut seen = BTreeSet::new();
        for _ in 0..source.below(9) {
            let mut cells = vec![];
            let mut same = vec![];
            for types in &keys {
                let cell = match types.as_slice() {
                    [Ty::Entity(_)] => (*source.pick::<&str>(IDS)).to_owned(),
                    [ty] => self.cell(source, ty, &self.own_bounds(ty))?,
                    several => {
                        let Ty::Entity(of) = source.pick(several) else { return None };
                        format!("{}:{}", words::ENTITIES[*of], source.pick::<&str>(IDS))
                    }
                };
                same.push(if let [ty] = types.as_slice() { self.one_spelling(ty, &cell) } else { cell.clone() });
                cells.push(cell);
            }
            if let Some(ty) = &value {
                cells.push(self.cell(source, ty, &self.own_bounds(ty))?);
            }
            if seen.insert(same) {
                lines.push(cells);
            }
        }
        let text: Vec<String> = lines.into_iter().map(|cells| cells.join(",")).collect();
        let file = format!("t{index}.csv");
        self.data.push((file.clone(), text.join("\n") + "\n"));
        Some(self.table(index, keys, value, false, &format!(" from file \"{file}\"")))
    }

    fn table(&self, index: usize, keys: Vec<Vec<Ty>>, value: Option<Ty>, total: bool, rows: &str) -> Table {
        let name = format!("t{index}");
        let shown: Vec<String> =
            keys.iter().map(|types| types.iter().map(|ty| self.show(ty)).collect::<Vec<_>>().join(" or ")).collect();
        let shape = match &value {
            Some(value) => format!("({}) -> {}", shown.join(", "), self.show(value)),
            None => {
                let fields: Vec<String> = shown.iter().enumerate().map(|(at, ty)| format!("k{at} : {ty}")).collect();
                format!("{{ {} }}", fields.join(", "))
            }
        };
        let asked = rows.starts_with(" from source");
        Table { text: format!("table {name} {shape}{rows}"), name, keys, value, total, asked }
    }
}
