//! What sources answer in a suite: the attributes that tests write out, by the entity whose they are.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::Cx;
use super::declare::find_entity;
use super::fixtures::Fixtures;
use super::literal::quoted;
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::{Channel, Entity, Name};
use crate::span::Span;

/// An entity: its type and its id.
pub(crate) type Id = (Name, String);

/// What is known of the entities that a value names.
#[derive(Debug, Clone, Default)]
pub(crate) struct Given {
    /// What a source answers for them: its name and the properties.
    pub(crate) answers: BTreeMap<Id, (Name, String)>,
    /// Those that are only named by their ids.
    pub(crate) named: BTreeSet<Id>,
    /// Those that are written out twice, in two ways.
    pub(crate) twice: BTreeSet<Id>,
}

impl Given {
    pub(crate) fn answer(&mut self, id: Id, source: Name, properties: String) {
        let answer = (source, properties);
        match self.answers.get(&id) {
            Some(known) if *known != answer => drop(self.twice.insert(id)),
            _ => drop(self.answers.insert(id, answer)),
        }
    }

    /// Takes over what is said elsewhere, unless it is said here.
    fn under(&mut self, other: &Given) {
        for (id, answer) in &other.answers {
            self.answers.entry(id.clone()).or_insert_with(|| answer.clone());
        }
        self.named.extend(other.named.iter().cloned());
    }
}

/// The answers that follow from the fixtures of a suite, fixture by fixture, by the entity that each is.
#[derive(Debug, Default)]
pub(crate) struct World {
    by: BTreeMap<Id, (Given, bool)>,
}

impl World {
    /// Adds what a fixture says; one that says something else of the same entity makes it doubtful.
    pub(crate) fn add(&mut self, given: &Given) {
        for (id, answer) in &given.answers {
            match self.by.get_mut(id) {
                Some((known, doubtful)) => *doubtful |= known.answers.get(id) != Some(answer),
                None => drop(self.by.insert(id.clone(), (given.clone(), given.twice.contains(id)))),
            }
        }
    }

    /// The entities of a type, and whether each is doubtful.
    fn of(&self, ty: &Name) -> impl Iterator<Item = (&Id, bool)> {
        self.by.range((ty.clone(), String::new())..).take_while(move |(id, _)| id.0 == *ty).map(|(id, (_, d))| (id, *d))
    }
}

impl Cx<'_> {
    /// The types of entities that can be above one, directly or not.
    pub(crate) fn ancestor_types(&self, entity: &Entity) -> BTreeSet<Name> {
        let mut all: BTreeSet<Name> = BTreeSet::new();
        let mut left: Vec<Name> = entity.parents.clone();
        while let Some(name) = left.pop() {
            if all.insert(name.clone())
                && let Some(parent) = find_entity(self.db, self.package, &name)
            {
                left.extend(parent.parents.iter().cloned());
            }
        }
        all
    }

    /// What sources answer for a call: what it writes out, and what fixtures say of the rest. `computed` is the type
    /// of a resource that follows from the arguments.
    pub(crate) fn answers(
        &mut self,
        fixtures: Fixtures<'_>,
        mut given: Given,
        computed: Option<&Name>,
        at: Span,
    ) -> Option<String> {
        let world = fixtures.table.world.borrow();
        for id in &given.twice {
            self.report(twice(id, at));
        }
        let mut wanted: Vec<Id> = given.named.iter().cloned().collect();
        if let Some(ty) = computed {
            wanted.extend(world.of(ty).map(|(id, _)| id.clone()));
        }
        let mut seen: BTreeSet<Id> = BTreeSet::new();
        let mut whole = given.twice.is_empty();
        while let Some(id) = wanted.pop() {
            if given.answers.contains_key(&id) || !seen.insert(id.clone()) {
                continue;
            }
            let Some((known, doubtful)) = world.by.get(&id) else { continue };
            if *doubtful {
                self.report(twice(&id, at));
                whole = false;
                continue;
            }
            wanted.extend(known.named.iter().cloned());
            given.under(known);
        }
        let mut json = String::from("[");
        for ((ty, id), (source, properties)) in &given.answers {
            let comma = if json.len() > 1 { "," } else { "" };
            let _ = write!(
                json,
                "{comma}{{\"source\":{},\"type\":{},\"id\":{},\"properties\":{properties}}}",
                quoted(source),
                quoted(ty),
                quoted(id)
            );
        }
        json.push(']');
        (fixtures.spend(1 + json.len() / 64) && whole).then_some(json)
    }

    /// Refuses attributes that stand in a file.
    pub(crate) fn not_from_a_test(&mut self, entity: &Entity, id: Option<&str>, at: Span) {
        let shown = id.unwrap_or("…").escape_debug().to_string();
        let d = Diagnostic::new(Code::BadCall, at, format!("the attributes of `{}` stand in its file", entity.name))
            .label("a test cannot say otherwise")
            .help(format!("name one that the file has: `{}(\"{shown}\")`", entity.name));
        self.report(d);
    }
}

/// The source that answers for the attributes of an entity.
pub(crate) fn source(entity: &Entity) -> Option<&Name> {
    match &entity.channel {
        Channel::Source { name, .. } => Some(name),
        Channel::Pep | Channel::File(_) => None,
    }
}

fn twice((ty, id): &Id, at: Span) -> Diagnostic {
    let id = id.escape_debug();
    Diagnostic::new(Code::BadCall, at, format!("`{ty}` \"{id}\" is written out in two ways"))
        .label("a source gives one answer")
        .help("give one of them another `id`, or put the one that is meant into the call")
}
