//! What sources answer: about entities of the request at hand, and about tables.

use zt_lang::hir::{Name, Table, Ty};

use super::super::json::Json;
use super::super::source::Source;
use super::spoil::Spoil;
use super::{DEPTH, Requests};

impl Requests<'_> {
    /// What sources answer about tables.
    pub(super) fn tables(&self, source: &mut Source) -> Vec<String> {
        let mut out = vec![];
        for table in self.package.tables.values() {
            let Some(asked) = table.source.as_ref().map(|source| &source.name) else { continue };
            if source.chance(8) {
                continue;
            }
            let text = |text: &str| Json::text(text);
            let mut members = vec![("source".to_owned(), text(asked)), ("table".to_owned(), text(&table.name))];
            if source.chance(6) {
                members.push(("failure".to_owned(), text("timeout")));
            } else {
                let mut spoil = Spoil(source.chance(6).then(|| source.below(6)));
                let rows = (0..source.below(6)).map(|_| self.row(source, table, &mut spoil)).collect();
                members.push(("rows".to_owned(), Json::Array(rows)));
                if source.chance(75) {
                    members.push(("whole".to_owned(), Json::Bool(true)));
                }
            }
            if source.chance(30) {
                let age = *source.pick(&["0", "1", "2", "300", "301"]);
                members.push(("age_seconds".to_owned(), Json::Number(age.to_owned())));
            }
            let mut json = String::new();
            Json::Object(members).write(source, false, &mut json);
            out.push(json);
        }
        out
    }

    /// A row of a table.
    fn row(&self, source: &mut Source, table: &Table, spoil: &mut Spoil) -> Json {
        let key = table.keys.iter().map(|key| {
            let ty = source.pick(&key.types);
            match &ty.ty {
                Ty::Entity(name) => {
                    let id = Json::String(self.id(source));
                    Json::Object(vec![("type".to_owned(), Json::text(name)), ("id".to_owned(), id)])
                }
                _ => self.value(source, &ty.ty, &ty.bounds, &key.name, 0, spoil),
            }
        });
        let key = key.collect();
        let value = match &table.value {
            _ if source.chance(15) => Json::Null,
            Some(ty) => self.value(source, &ty.ty, &ty.bounds, "value", 0, spoil),
            None => Json::Bool(true),
        };
        Json::Object(vec![("key".to_owned(), Json::Array(key)), ("value".to_owned(), value)])
    }

    /// What a source answers about an entity, if nothing was answered yet.
    pub(super) fn answer(&self, source: &mut Source, asked: &Name, name: &str, id: &str, depth: usize) {
        let about = (asked.clone(), Name::from(name), id.to_owned());
        if depth > DEPTH || self.answers.borrow().contains_key(&about) {
            return;
        }
        self.answers.borrow_mut().insert(about.clone(), None);
        let text = |text: &str| Json::text(text);
        let mut members = vec![("source", text(asked)), ("type", text(name)), ("id", text(id))];
        match source.below(100) {
            0..5 => return,
            5..12 => members.push(("failure", text("timeout"))),
            way => {
                let spoilt = (12..17).contains(&way).then(|| source.below(6));
                let properties = self.properties(source, name, depth + 1, &mut Spoil(spoilt));
                let mut properties = Json::Object(properties);
                if way == 17 {
                    self.restructure(source, &mut properties);
                }
                if !matches!(properties, Json::Object(_)) {
                    properties = Json::Object(vec![]);
                }
                members.push(("properties", properties));
            }
        }
        if source.chance(90) {
            let age = *source.pick(&["0", "1", "2", "299", "300", "301", "3600", "3601"]);
            members.push(("age_seconds", Json::Number(age.to_owned())));
        }
        let members = members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let mut out = String::new();
        Json::Object(members).write(source, false, &mut out);
        self.answers.borrow_mut().insert(about, Some(out));
    }
}
