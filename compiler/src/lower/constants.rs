//! Constants that conditions refer to by index, each once and in the order of their first use.

use std::collections::BTreeMap;

use zt_lang::hir::{self, Name};
use zt_runtime::ir::{CommandsId, Expr, Hours, HoursId, LiteralId, Table, TableId, ZoneId};
use zt_runtime::schema::Part;
use zt_values::email;
use zt_values::ranges::Weekdays;
use zt_values::url::Url;
use zt_values::zone::Zone;

use super::number;
use super::table;
use super::types::Types;

/// Text constants, zones, times of the week and patterns of commands.
#[derive(Debug, Default)]
pub(super) struct Constants {
    pub(super) literals: Vec<String>,
    pub(super) zones: Vec<Zone>,
    pub(super) hours: Vec<Hours>,
    pub(super) commands: Vec<Vec<String>>,
    pub(super) tables: Vec<Table>,
    table_ids: BTreeMap<Name, TableId>,
    literal_ids: BTreeMap<Name, LiteralId>,
}

impl Constants {
    /// A text.
    pub(super) fn add(&mut self, text: &Name) -> LiteralId {
        let next = LiteralId(number(self.literals.len()));
        let id = *self.literal_ids.entry(text.clone()).or_insert(next);
        if id == next {
            self.literals.push(text.to_string());
        }
        id
    }

    /// A zone.
    pub(super) fn zone(&mut self, zone: &hir::Zone) -> ZoneId {
        ZoneId(position(&mut self.zones, zone.rules.as_ref()))
    }

    /// Times of the week.
    pub(super) fn hours(&mut self, hours: &hir::Hours) -> HoursId {
        let zone = self.zone(&hours.zone);
        let days = Weekdays::from_bits(hours.days).expect("seven days have seven bits");
        HoursId(position(&mut self.hours, &Hours { zone, days, start: hours.start, end: hours.end }))
    }

    /// Patterns of commands.
    pub(super) fn commands(&mut self, patterns: &[Name]) -> CommandsId {
        let patterns: Vec<String> = patterns.iter().map(ToString::to_string).collect();
        CommandsId(position(&mut self.commands, &patterns))
    }

    /// A table.
    pub(super) fn table<'a>(&mut self, table: &'a hir::Table, types: &mut Types<'a>) -> TableId {
        if let Some(id) = self.table_ids.get(&table.name) {
            return *id;
        }
        let lowered = table::lower(table, self, types);
        let id = TableId(number(self.tables.len()));
        self.tables.push(lowered);
        self.table_ids.insert(table.name.clone(), id);
        id
    }

    /// A text that may be asked for its parts, which are constants as well.
    pub(super) fn with_parts(&mut self, text: &Name, ty: &hir::Ty) -> LiteralId {
        let id = self.add(text);
        let parts: &[Part] = match ty.base() {
            hir::Ty::Syntax(hir::Syntax::Email) => &[Part::EmailLocal, Part::EmailDomain],
            hir::Ty::Syntax(hir::Syntax::Url) => &[Part::UrlScheme, Part::UrlHost, Part::UrlPath],
            _ => &[],
        };
        for part in parts {
            self.part(id, *part);
        }
        id
    }

    /// A part of a text constant, whose parts are constants as well.
    pub(super) fn part(&mut self, id: LiteralId, part: Part) -> Expr {
        let text = self.literals[id.0 as usize].clone();
        let url = || Url::parse(&text).expect("the check has read it");
        let part = match part {
            Part::EmailLocal => email::local(&text).to_owned(),
            Part::EmailDomain => email::domain(&text).to_owned(),
            Part::UrlScheme => url().scheme().to_owned(),
            Part::UrlHost => url().host().to_owned(),
            Part::UrlPath => url().path().to_owned(),
            Part::UrlPort => return Expr::Const(url().port().into()),
        };
        Expr::Literal(self.add(&part.into()))
    }
}

/// Where something stands in a list; at its end, if it is new.
fn position<T: Clone + PartialEq>(list: &mut Vec<T>, thing: &T) -> u32 {
    let found = list.iter().position(|known| known == thing);
    number(found.unwrap_or_else(|| {
        list.push(thing.clone());
        list.len() - 1
    }))
}
