//! What the package speaks of: types, tags, tables and definitions.

use std::collections::BTreeSet;

use zt_lang::hir::{self, Channel, Constant, Name, Ty};
use zt_lang::needs::number;
use zt_lang::point::{Owner, written};

use super::{Build, Namespace, fresh};
use crate::doc::model::{Action, Function, Obligation, Part, Phrase, Table, Tag, Target, TypeDoc};
use crate::doc::words::quoted;

/// The most rows of a table that are shown.
const ROWS: usize = 200;

impl Build<'_> {
    /// The tags of the package, and those that its actions carry.
    pub(super) fn tags(&self, actions: &[Action]) -> Vec<Tag> {
        let all = self.hir.tags.values().map(|tag| {
            let carries = |action: &&Action| action.tags.iter().any(|(name, _)| self.within(name, &tag.name));
            Tag {
                item: self.item(Namespace::Tag, &tag.name),
                parents: tag.parents.clone(),
                required: tag.required,
                fields: self.fields(&Owner::Tag(tag.name.clone()), &tag.fields),
                actions: actions.iter().filter(carries).map(|action| action.item.name.clone()).collect(),
            }
        });
        all.filter(|tag| tag.item.home.is_none() || !tag.actions.is_empty()).collect()
    }

    /// Whether a tag is another one, or in it.
    fn within(&self, tag: &Name, other: &Name) -> bool {
        let mut ahead = vec![tag];
        let mut seen: BTreeSet<&Name> = BTreeSet::new();
        while let Some(tag) = ahead.pop() {
            if tag == other {
                return true;
            }
            if seen.insert(tag) {
                ahead.extend(self.hir.tags.get(tag).into_iter().flat_map(|tag| &tag.parents));
            }
        }
        false
    }

    /// The tables of the package, and those that enforced rules ask.
    pub(super) fn tables(&self) -> Vec<Table> {
        let mut out = vec![];
        for name in self.names(Namespace::Table) {
            let rules = self.uses.iter().filter(|(_, uses)| uses.tables.contains(name));
            let rules: Vec<Name> = rules.map(|(rule, _)| (*rule).clone()).collect();
            if rules.is_empty() && !self.own(Namespace::Table, name) {
                continue;
            }
            let item = self.item(Namespace::Table, name);
            if let Some(table) = self.hir.tables.get(name) {
                let shown = |(keys, value): (&Vec<Constant>, &Constant)| {
                    let types = table.keys.iter().map(|key| key.types.first().map(|ty| &ty.ty));
                    let mut cells: Vec<String> = keys.iter().zip(types).map(|(key, ty)| self.cell(key, ty)).collect();
                    cells.extend(table.value.as_ref().map(|ty| self.cell(value, Some(&ty.ty))));
                    cells
                };
                out.push(Table {
                    item,
                    keys: table.keys.iter().map(|key| self.key(key)).collect(),
                    value: table.value.as_ref().map(|value| self.ty(&value.ty)),
                    source: table.source.as_ref().map(|source| (source.name.clone(), fresh(source.fresh))),
                    rows: table.rows.iter().take(ROWS).map(shown).collect(),
                    count: table.rows.len(),
                    seeks: false,
                    rules,
                });
            } else {
                // One that nothing asks is not built; its rows stand in its text.
                let rows = self.hir.detectors.get(name).map(|detector| {
                    let said = |says: u32| self.cell(&Constant::Member(says), Some(&detector.ty));
                    let shown = |row: &hir::Sought| vec![row.source.to_string(), said(row.says)];
                    (detector.rows.iter().take(ROWS).map(shown).collect(), detector.rows.len(), self.ty(&detector.ty))
                });
                let (rows, count, value) = rows.map_or((vec![], 0, None), |(rows, count, ty)| (rows, count, Some(ty)));
                let keys = vec![(None, vec![Part::Code("Pattern".to_owned())])];
                out.push(Table { item, keys, value, source: None, rows, count, seeks: true, rules });
            }
        }
        out
    }

    fn key(&self, key: &hir::Key) -> (Option<Name>, Phrase) {
        // The columns of a function have no names.
        let named = !key.name.is_empty() && !key.name.contains(' ');
        let mut ty = vec![];
        for one in &key.types {
            if !ty.is_empty() {
                ty.push(Part::Code(" or ".to_owned()));
            }
            ty.extend(self.ty(&one.ty));
        }
        (named.then(|| key.name.clone()), ty)
    }

    /// A value of a table as policies write it.
    fn cell(&self, value: &Constant, ty: Option<&Ty>) -> String {
        match (value, ty.map(Ty::base)) {
            (Constant::Bool(value), _) => value.to_string(),
            (Constant::Number(n), Some(ty)) => number(ty, *n, 2),
            (Constant::Number(n), None) => n.to_string(),
            (Constant::Text(text), _) => text.to_string(),
            (Constant::Member(index), Some(Ty::Enum(of))) => {
                let members = self.hir.enums.get(of).map_or(&[][..], |e| &e.members);
                members.get(*index as usize).map_or_else(|| "?".to_owned(), |member| member.name.to_string())
            }
            (Constant::Member(index), _) => (*index != 0).to_string(),
            (Constant::Entity(ty, id), _) => format!("{ty}({})", quoted(id)),
        }
    }

    /// The definitions of the package, and those that enforced rules use.
    pub(super) fn functions(&self) -> Vec<Function> {
        let mut out = vec![];
        for define in self.hir.defines.values() {
            let rules = self.uses.iter().filter(|(_, uses)| uses.functions.contains(&define.name));
            let rules: Vec<Name> = rules.map(|(rule, _)| (*rule).clone()).collect();
            let written = self.written(Namespace::Define, &define.name);
            if rules.is_empty() && written.as_ref().is_none_or(|written| written.home != self.hir.name) {
                continue;
            }
            let names = define.params.iter().map(|(name, _)| name.to_string()).collect();
            let condition = *define.body.ty.base() == Ty::Bool;
            let reading =
                condition.then(|| self.read(written.as_ref(), names, |reader| reader.condition(&define.body)));
            out.push(Function {
                params: define.params.iter().map(|(name, ty)| (name.clone(), self.ty(ty))).collect(),
                item: self.as_item(&define.name, written),
                reading,
                rules,
            });
        }
        out
    }

    /// The types of the package, and those of others that something shown is of.
    pub(super) fn types(&self, tags: &[Tag], obligations: &[Obligation]) -> Vec<TypeDoc> {
        let mut wanted = Wanted { hir: self.hir, seen: BTreeSet::new() };
        for name in self.names(Namespace::Type) {
            if self.own(Namespace::Type, name) {
                wanted.name(name);
            }
        }
        for action in self.hir.actions.values() {
            let fields = action.input.iter().chain(action.output.iter().flatten());
            fields.for_each(|field| wanted.ty(&field.ty.ty));
            action.principals.iter().chain(&action.resource).chain(&action.context).for_each(|name| wanted.name(name));
        }
        for obligation in obligations.iter().filter_map(|o| self.hir.obligations.get(&o.item.name)) {
            obligation.params.iter().for_each(|param| wanted.ty(&param.ty.ty));
        }
        for tag in tags.iter().filter_map(|tag| self.hir.tags.get(&tag.item.name)) {
            tag.fields.iter().for_each(|field| wanted.ty(&field.ty.ty));
        }
        for event in self.hir.events.values() {
            event.context.iter().for_each(|name| wanted.name(name));
            event.fields.iter().for_each(|field| wanted.ty(&field.ty.ty));
        }
        wanted.seen.iter().map(|name| self.type_doc(name)).collect()
    }

    fn type_doc(&self, name: &Name) -> TypeDoc {
        let item = self.item(Namespace::Type, name);
        let owner = Owner::Type(name.clone());
        let none = TypeDoc {
            item,
            word: "type",
            channel: None,
            parents: vec![],
            fields: vec![],
            members: vec![],
            ordered: false,
        };
        if let Some(entity) = self.hir.entities.get(name) {
            let channel = match &entity.channel {
                Channel::Pep => vec![Part::Words("the gateway, with each request".to_owned())],
                Channel::Source { name, fresh: age } => {
                    let mut out = vec![
                        Part::Words("the source ".to_owned()),
                        Part::Link(name.to_string(), Target::Source(name.clone())),
                        Part::Words(", asked by id".to_owned()),
                    ];
                    out.extend(fresh(*age).map(|age| Part::Words(format!(", with answers at most {age} old"))));
                    out
                }
                Channel::File(rows) => vec![Part::Words(format!("a file of the package, with {} rows", rows.len()))],
            };
            let parents = entity.parents.clone();
            return TypeDoc {
                word: "entity",
                channel: Some(channel),
                parents,
                fields: self.fields(&owner, &entity.fields),
                ..none
            };
        }
        if let Some(record) = self.hir.records.get(name) {
            return TypeDoc { word: "record", fields: self.fields(&owner, &record.fields), ..none };
        }
        if let Some(of) = self.hir.enums.get(name) {
            let members = of.members.iter().map(|member| {
                let comment = written::member(&self.loaded.db, self.loaded.package, name, &member.name);
                let wire = (member.wire != member.name).then(|| member.wire.clone());
                (member.name.clone(), wire, comment.unwrap_or_default())
            });
            return TypeDoc { word: "enum", members: members.collect(), ordered: of.ordered, ..none };
        }
        none
    }
}

/// The types that are shown, with those that they are made of.
struct Wanted<'h> {
    hir: &'h hir::Package,
    seen: BTreeSet<Name>,
}

impl Wanted<'_> {
    fn name(&mut self, name: &Name) {
        if !self.seen.insert(name.clone()) {
            return;
        }
        let hir = self.hir;
        let record = hir.records.get(name).map(|record| &record.fields);
        let entity = hir.entities.get(name);
        record.into_iter().chain(entity.map(|e| &e.fields)).flatten().for_each(|field| self.ty(&field.ty.ty));
        entity.into_iter().flat_map(|entity| &entity.parents).for_each(|parent| self.name(parent));
    }

    fn ty(&mut self, ty: &Ty) {
        match ty {
            Ty::Enum(name) | Ty::Record(name) | Ty::Entity(name) => self.name(name),
            Ty::Named(name, base) => {
                self.name(name);
                self.ty(base);
            }
            Ty::Set(element) | Ty::List(element) | Ty::Map(element) => self.ty(element),
            Ty::Entry(fields) | Ty::Choice(fields) => fields.iter().for_each(|field| self.ty(&field.ty.ty)),
            _ => {}
        }
    }
}
