//! What is known of entities: what the request says, what sources answered, what files hold.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use zt_values::limits::{REQUEST_BYTES, REQUEST_DEPTH};
use zt_values::quantity::format_duration_quantity;

use super::host::{Answer, Host, TableAnswer};
use super::json::{self, Json};
use super::read::{Reader, members};
use super::value::{Cause, Entity, Found, Known, Reading, Said, Value};
use crate::check::types::unbounded;
use crate::data::MAX_ROWS;
use crate::hir::{self, Channel, Constant, Name, Ty};

/// What rows say by key: of one key several, if they differ. Nothing is that there is no such row.
type Rows = BTreeMap<Vec<Constant>, BTreeSet<Option<Value>>>;

/// Answers questions about entities. Each is answered once: the second time it is the same.
pub(super) struct Facts<'a> {
    reader: Reader<'a>,
    host: &'a Host,
    known: RefCell<BTreeMap<(Name, Name), Result<Known, Cause>>>,
    /// Tables that were asked for a row of which nothing is known.
    rowless: RefCell<BTreeSet<(Name, Name)>>,
}

impl<'a> Facts<'a> {
    pub(super) fn new(reader: Reader<'a>, host: &'a Host) -> Self {
        Facts { reader, host, known: RefCell::default(), rowless: RefCell::default() }
    }

    /// What is known of an entity by the channel of its type.
    pub(super) fn of(&self, entity: &Entity) -> Result<Known, Cause> {
        match &entity.said {
            Said::Sent(known) => return Ok(known.clone()),
            Said::Nothing => return Err(self.unknown(entity)),
            Said::Id => {}
        }
        let about = (entity.ty.clone(), entity.id.clone());
        let known = self.known.borrow().get(&about).cloned();
        known.unwrap_or_else(|| {
            let answer = self.ask(entity);
            self.known.borrow_mut().insert(about, answer.clone());
            answer
        })
    }

    /// Whether the type of an entity has an attribute of this name.
    fn has(&self, entity: &Entity, name: &str) -> bool {
        let declared = self.reader.package.entities.get(&entity.ty);
        declared.is_some_and(|declared| declared.fields.iter().any(|field| *field.name == *name))
    }

    /// Why nothing is known of an entity about which nobody is asked.
    fn unknown(&self, entity: &Entity) -> Cause {
        match self.reader.package.entities.get(&entity.ty).map(|declared| &declared.channel) {
            Some(Channel::Source { name, .. }) => Cause::Source(name.clone()),
            _ => Cause::File,
        }
    }

    fn ask(&self, entity: &Entity) -> Result<Known, Cause> {
        let Some(declared) = self.reader.package.entities.get(&entity.ty) else {
            return Err(Cause::File);
        };
        match &declared.channel {
            Channel::Source { name, fresh } => {
                self.answer(name, *fresh, declared, entity).ok_or_else(|| Cause::Source(name.clone()))
            }
            Channel::File(rows) => rows.get(&entity.id).and_then(|row| self.read(declared, row)).ok_or(Cause::File),
            // Whatever the enforcement point knows of an entity has been sent with it.
            Channel::Pep => Err(Cause::File),
        }
    }

    /// What a source answered, if that is an answer, young enough, and of the declared type.
    fn answer(&self, source: &str, fresh: Option<i64>, declared: &hir::Entity, entity: &Entity) -> Option<Known> {
        if self.host.outages.contains(source) {
            return None;
        }
        let about = (source, &*entity.ty, &*entity.id);
        let answer = self.host.answers.iter().find(|answer| answer.about() == about)?;
        if fresh.is_some_and(|fresh| answer.age > fresh) {
            return None;
        }
        self.read(declared, answer.properties.as_ref()?)
    }

    fn read(&self, declared: &hir::Entity, text: &str) -> Option<Known> {
        self.fit(declared, text).ok()
    }

    /// What is known of an entity, or what is wrong with that.
    fn fit(&self, declared: &hir::Entity, text: &str) -> Result<Known, String> {
        if text.len() > REQUEST_BYTES {
            return Err("it is too large".to_owned());
        }
        let json = json::read(text, REQUEST_DEPTH).map_err(|_| "it is nested too deep".to_owned())?;
        self.reader.known(declared, Some(&json), "").map_err(|refusal| match refusal.path.as_str() {
            "" => refusal.code.to_string(),
            path => format!("{} at {path}", refusal.code),
        })
    }

    /// What does not count of what was said, and what is missing, a line each.
    pub(super) fn unheeded(&self) -> Vec<String> {
        let package = self.reader.package;
        let mut lines = vec![];
        for answer in &self.host.answers {
            let declared = package.entities.get(&*answer.ty).map(|declared| &declared.channel);
            let why = match declared {
                None => format!("no entity is called `{}`", answer.ty),
                Some(Channel::Source { name, .. }) if **name == *answer.source => continue,
                Some(Channel::Source { name, .. }) => format!("`{}` is from source `{name}`", answer.ty),
                Some(Channel::Pep) => format!("`{}` is from the request alone", answer.ty),
                Some(Channel::File(_)) => format!("`{}` is from a file", answer.ty),
            };
            let Answer { source, ty, id, .. } = answer;
            lines.push(format!("the answer of `{source}` about `{ty}` `{id}` does not count: {why}"));
        }
        for answer in &self.host.tables {
            let TableAnswer { source, table, .. } = answer;
            let declared = package.tables.get(&**table);
            let why = match declared.map(|declared| (declared, &declared.source)) {
                None => format!("no table is called `{table}`"),
                Some((_, None)) => format!("the rows of `{table}` are in the package"),
                Some((_, Some(of))) if *of.name != **source => format!("`{table}` is from source `{}`", of.name),
                Some((declared, Some(of))) => match (&answer.rows, of.fresh.filter(|fresh| answer.age > *fresh)) {
                    (_, Some(fresh)) => too_old(answer.age, fresh),
                    (Some(rows), None) if self.read_rows(declared, rows).is_none() => {
                        "one of its rows does not fit the table".to_owned()
                    }
                    _ => continue,
                },
            };
            lines.push(format!("the answer of `{source}` about table `{table}` does not count: {why}"));
        }
        for (group, id) in self.host.members.keys() {
            let why = match package.approvers.get(&**group).map(|declared| &declared.channel) {
                Some(Channel::Source { .. }) => continue,
                None => "there are no approvers of this name",
                Some(_) => "no source is asked who is in it",
            };
            lines.push(format!("that `{id}` is in `{group}` does not count: {why}"));
        }
        for (source, table) in &*self.rowless.borrow() {
            lines.push(if self.host.outages.contains(&**source) {
                format!("source `{source}` does not answer")
            } else {
                format!("no answer of `{source}` counts about the row of `{table}` that is asked for")
            });
        }
        for ((ty, id), known) in &*self.known.borrow() {
            let (Err(_), Some(declared)) = (known, package.entities.get(ty)) else { continue };
            lines.extend(match &declared.channel {
                Channel::Source { name, fresh } => self.lacking(name, *fresh, declared, id),
                Channel::File(_) => Some(format!("the file has no row of `{ty}` `{id}`")),
                Channel::Pep => None,
            });
        }
        lines
    }

    /// Why a source says nothing of an entity.
    fn lacking(&self, source: &str, fresh: Option<i64>, declared: &hir::Entity, id: &str) -> Option<String> {
        let ty = &declared.name;
        if self.host.outages.contains(source) {
            return Some(format!("source `{source}` does not answer"));
        }
        let Some(answer) = self.host.answers.iter().find(|answer| answer.about() == (source, ty, id)) else {
            return Some(format!("there is no answer of `{source}` about `{ty}` `{id}`"));
        };
        let why = match (fresh.filter(|fresh| answer.age > *fresh), &answer.properties) {
            (Some(fresh), _) => too_old(answer.age, fresh),
            (None, None) => "the source failed".to_owned(),
            (None, Some(text)) => self.fit(declared, text).err()?,
        };
        Some(format!("the answer of `{source}` about `{ty}` `{id}` does not count: {why}"))
    }

    /// An element of a list by its place, `[0]`, or a member of a map by its name, `["a"]`.
    fn element(&self, elements: &[Value], step: &str, places: u8) -> Option<Reading> {
        let index = step.strip_prefix('[')?.strip_suffix(']')?;
        if let Ok(place) = index.parse::<usize>() {
            return elements.get(place).map(|value| Reading { value: value.clone(), places });
        }
        let named = |entry: &&Value| {
            let Value::Record(fields) = entry else { return false };
            let key = fields.get("key").map(|key| match &key.value {
                Value::Member(of, at) => {
                    let members = self.reader.package.enums.get(of).map_or(&[][..], |of| &of.members);
                    usize::try_from(*at).ok().and_then(|at| members.get(at)).map(|member| member.wire.clone())
                }
                Value::Text(text) | Value::Syntax(_, text) => Some(text.clone()),
                _ => None,
            });
            key.flatten()
                .is_some_and(|key| index.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) == Some(&*key))
        };
        match elements.iter().find(named)? {
            Value::Record(fields) => fields.get("value").cloned(),
            _ => None,
        }
    }

    /// What the row of a table says under a key, where a source is asked for it; nothing where there is no row.
    pub(super) fn row(
        &self,
        table: &hir::Table,
        source: &hir::Source,
        key: &[Constant],
    ) -> Result<Option<Value>, Cause> {
        let unknown = || Cause::Source(source.name.clone());
        let rows = self.rows(table, source);
        let said = rows.iter().filter_map(|(whole, rows)| match rows.get(key) {
            Some(said) => Some(said.clone()),
            None => whole.then(|| BTreeSet::from([None])),
        });
        // Of answers that differ none counts.
        match said.flatten().collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().as_slice() {
            [one] => Ok(one.clone()),
            _ => {
                self.rowless.borrow_mut().insert((source.name.clone(), table.name.clone()));
                Err(unknown())
            }
        }
    }

    /// The answers about a table that count: whether each is the whole table, and by key what its rows say.
    fn rows(&self, table: &hir::Table, source: &hir::Source) -> Vec<(bool, Rows)> {
        if self.host.outages.contains(&*source.name) {
            return vec![];
        }
        let about = |answer: &&TableAnswer| *answer.source == *source.name && *answer.table == *table.name;
        let young = |answer: &&TableAnswer| source.fresh.is_none_or(|fresh| answer.age <= fresh);
        let answers = self.host.tables.iter().filter(about).filter(young);
        answers.filter_map(|answer| Some((answer.whole, self.read_rows(table, answer.rows.as_ref()?)?))).collect()
    }

    /// The rows of an answer; nothing where one of them does not fit the table.
    fn read_rows(&self, table: &hir::Table, rows: &[(String, String)]) -> Option<Rows> {
        if rows.len() > MAX_ROWS {
            return None;
        }
        let mut read = Rows::new();
        for (key, value) in rows {
            if key.len() + value.len() > REQUEST_BYTES {
                return None;
            }
            let (Json::Array(parts), value) = (json::read(key, REQUEST_DEPTH).ok()?, json::read(value, 1).ok()?) else {
                return None;
            };
            if parts.len() != table.keys.len() {
                return None;
            }
            let parts = parts.iter().zip(&table.keys).map(|(part, column)| self.key(column, part));
            let says = match (&table.value, &value) {
                (_, Json::Null) => None,
                (None, Json::Bool(true)) => Some(Value::Bool(true)),
                (None, _) => return None,
                (Some(ty), value) => Some(self.reader.value(&ty.ty, &ty.bounds, value, "").ok()?),
            };
            read.entry(parts.collect::<Option<_>>()?).or_default().insert(says);
        }
        Some(read)
    }

    /// A value in a column of a key. What the column's type refuses beside its kind no call can ask about.
    fn key(&self, column: &hir::Key, json: &Json) -> Option<Constant> {
        let first = column.types.first()?;
        if !matches!(first.ty, Ty::Entity(_)) {
            return self.reader.value(&first.ty, &unbounded(&first.ty), json, "").ok()?.constant();
        }
        let [ty, id] = members(json, "", ["type", "id"]).ok()?;
        let (Json::String(ty), Json::String(id)) = (ty?, id?) else { return None };
        let known = column.types.iter().find_map(|t| match &t.ty {
            Ty::Entity(name) if **name == **ty => Some(name),
            _ => None,
        })?;
        Some(Constant::Entity(known.clone(), self.reader.entity_id(known, id, "").ok()?))
    }

    /// One step of a path: a field of a record, an attribute of an entity, a part of a text.
    pub(super) fn step<'v>(&self, from: Cow<'v, Reading>, name: &str) -> Found<'v> {
        match &from.value {
            Value::Entity(entity) if name == "id" => Ok(Some(Cow::Owned(Value::Text(entity.id.clone()).into()))),
            // What the type does not have is absent, whoever could be asked.
            Value::Entity(entity) if !self.has(entity, name) => Ok(None),
            Value::Entity(entity) => Ok(self.of(entity)?.fields.remove(name).map(Cow::Owned)),
            Value::Record(_) => Ok(match from {
                Cow::Borrowed(Reading { value: Value::Record(fields), .. }) => fields.get(name).map(Cow::Borrowed),
                Cow::Owned(Reading { value: Value::Record(mut fields), .. }) => fields.remove(name).map(Cow::Owned),
                _ => None,
            }),
            Value::List(elements) => Ok(self.element(elements, name, from.places).map(Cow::Owned)),
            text => Ok(text.part(name).map(|part| Cow::Owned(part.into()))),
        }
    }
}

/// How old an answer is that is older than it may be, if it says so.
fn too_old(age: i64, fresh: i64) -> String {
    let fresh = format_duration_quantity(fresh);
    match age {
        i64::MAX => format!("it does not say how old it is, and `fresh {fresh}` is asked for"),
        age => format!("it is {} old, and `fresh {fresh}` is asked for", format_duration_quantity(age)),
    }
}
