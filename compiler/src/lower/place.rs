//! Where paths lead within an entry.

use zt_lang::hir::{self, Bounds, Channel, Field, Name, Root, Ty};
use zt_runtime::ir::VarId;
use zt_runtime::schema::Part;

use super::interval::Interval;

/// What a frame holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) package: &'a hir::Package,
    pub(super) of: Of<'a>,
}

/// A request or an event.
#[derive(Debug, Clone, Copy)]
pub(super) enum Of<'a> {
    /// A request: one action, one type of principal.
    Call(&'a hir::Action, &'a Name),
    /// A report of an event.
    Event(&'a hir::Event),
}

/// What a place is reached from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Base {
    /// The request.
    Root(Root),
    /// The row of a list that a loop is at.
    Row(VarId),
}

/// A step on the way to a place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// A field, a variant or an element, by its index.
    Field(u32),
    /// A member of a map, by its name as it is held.
    Member(Name),
}

/// A place in the request.
#[derive(Debug, Clone)]
pub(super) struct Place<'a> {
    pub(super) base: Base,
    /// The fields on the way.
    pub(super) steps: Vec<Step>,
    /// The part that is meant, if the value is a text and a part of it is.
    pub(super) part: Option<Part>,
    /// How many of the steps lead to the last optional field; none where there is none. Where that field is
    /// there, so are those before it, and those after it are required.
    pub(super) optional: Option<usize>,
    /// The entities on the way, the place itself aside, whose attributes are looked up: the way leads through what is
    /// found there.
    pub(super) asked: Vec<Asked<'a>>,
    /// Between which values it lies, if it is a number.
    pub(super) interval: Interval,
    /// What is there.
    pub(super) at: At<'a>,
}

/// An entity on the way to a place whose attributes are looked up.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    /// How many steps lead to it.
    pub(super) steps: usize,
    /// How many steps lead to the last optional field on the way to it.
    pub(super) optional: Option<usize>,
    /// Its type.
    pub(super) entity: &'a hir::Entity,
}

/// What is at a place.
#[derive(Debug, Clone, Copy)]
pub(super) enum At<'a> {
    Entity(&'a hir::Entity),
    Record(&'a [Field]),
    /// A text that may have parts.
    Syntax,
    Scalar,
    Set,
    List(&'a Ty, &'a Bounds),
    /// A map: the fields of its entries.
    Map(&'a [Field]),
}

impl<'a> Place<'a> {
    fn new(base: Base, at: At<'a>, interval: Interval) -> Self {
        Place { base, steps: vec![], part: None, optional: None, asked: vec![], interval, at }
    }

    /// Takes note that more is to be known of the entity here than its id.
    pub(super) fn ask(&mut self, entity: &'a hir::Entity) {
        if entity.channel != Channel::Pep {
            self.asked.push(Asked { steps: self.steps.len(), optional: self.optional, entity });
        }
    }
}

impl<'a> Scope<'a> {
    /// Where paths start that start in the request; nowhere if this entry lacks it, as may happen to a rule that covers
    /// several actions.
    pub(super) fn root(&self, root: Root) -> Option<Place<'a>> {
        let entity = |name: &Name| At::Entity(&self.package.entities[name]);
        let record = |name: &Option<Name>| Some(At::Record(&self.package.records[name.as_ref()?].fields));
        let at = match (root, self.of) {
            (Root::Principal, Of::Call(_, principal)) => entity(principal),
            (Root::Resource, Of::Call(action, _)) => entity(action.resource.as_ref()?),
            (Root::Context, Of::Call(action, _)) => record(&action.context)?,
            (Root::Context, Of::Event(event)) => record(&event.context)?,
            (Root::Input, Of::Call(action, _)) => At::Record(&action.input),
            (Root::Output, Of::Call(action, _)) => At::Record(action.output.as_ref()?),
            (Root::Event, Of::Event(event)) => At::Record(&event.fields),
            (Root::Now, _) => At::Scalar,
            _ => return None,
        };
        Some(Place::new(Base::Root(root), at, Interval::ANY))
    }

    /// Whether the principal is of this type.
    pub(super) fn is_by(&self, ty: &Name) -> bool {
        matches!(self.of, Of::Call(_, principal) if principal == ty)
    }

    /// The action that is called.
    pub(super) fn action(&self) -> Option<&'a hir::Action> {
        match self.of {
            Of::Call(action, _) => Some(action),
            Of::Event(_) => None,
        }
    }

    /// An element of a list, in the row of this name.
    pub(super) fn element(&self, row: VarId, ty: &'a Ty, bounds: &'a Bounds) -> Place<'a> {
        let (at, interval) = self.at(ty, bounds);
        Place::new(Base::Row(row), at, interval)
    }

    /// An entry of a map, in the row of this name.
    pub(super) fn entry(&self, row: VarId, fields: &'a [Field]) -> Place<'a> {
        Place::new(Base::Row(row), At::Record(fields), Interval::ANY)
    }

    /// One field on; nowhere if this entry lacks it.
    pub(super) fn step(&self, mut place: Place<'a>, name: &Name) -> Option<Place<'a>> {
        if let Some(index) = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')) {
            return self.index(place, index);
        }
        let fields: &'a [Field] = match place.at {
            // An entity's value is its id.
            At::Entity(_) if &**name == "id" => {
                place.at = At::Scalar;
                return Some(place);
            }
            At::Entity(entity) => {
                place.ask(entity);
                &entity.fields
            }
            At::Record(fields) => fields,
            At::Syntax if place.part.is_none() => {
                let part = part(name)?;
                place.part = Some(part);
                (place.at, place.interval) = (At::Scalar, part_interval(part));
                return Some(place);
            }
            At::Syntax | At::Scalar | At::Set | At::List(..) | At::Map(_) => return None,
        };
        let (index, field) = (0..).zip(fields).find(|(_, field)| field.name == *name)?;
        place.steps.push(Step::Field(index));
        if field.optional {
            place.optional = Some(place.steps.len());
        }
        (place.at, place.interval) = self.at(&field.ty.ty, &field.ty.bounds);
        Some(place)
    }

    /// An element of a list by its place, or a member of a map by its name. It may not be there.
    fn index(&self, mut place: Place<'a>, index: &str) -> Option<Place<'a>> {
        let (step, ty, bounds) = match place.at {
            At::List(element, bounds) => (Step::Field(index.parse().ok()?), element, bounds),
            At::Map([_, value]) => {
                let held = index.strip_prefix('"')?.strip_suffix('"')?;
                (Step::Member(held.into()), &value.ty.ty, &value.ty.bounds)
            }
            _ => return None,
        };
        place.steps.push(step);
        place.optional = Some(place.steps.len());
        (place.at, place.interval) = self.at(ty, bounds);
        Some(place)
    }

    fn at(&self, ty: &'a Ty, bounds: &'a Bounds) -> (At<'a>, Interval) {
        match ty.base() {
            Ty::Entity(name) => (At::Entity(&self.package.entities[name]), Interval::ANY),
            Ty::Record(name) => (At::Record(&self.package.records[name].fields), Interval::ANY),
            Ty::Choice(fields) | Ty::Entry(fields) => (At::Record(fields), Interval::ANY),
            Ty::Map(entry) => match &**entry {
                Ty::Entry(fields) => (At::Map(fields), Interval::ANY),
                other => unreachable!("no entry of a map: {other:?}"),
            },
            Ty::Syntax(_) => (At::Syntax, Interval::ANY),
            Ty::Set(_) => (At::Set, Interval::ANY),
            Ty::List(element) => {
                let inner = bounds.element.as_deref().expect("the bounds of a list hold those of its elements");
                (At::List(element, inner), Interval::ANY)
            }
            Ty::Int | Ty::Decimal | Ty::Instant | Ty::Duration | Ty::Date | Ty::Time | Ty::Size => {
                (At::Scalar, Interval::slot(bounds))
            }
            // Nobody reads JSON, but a list of it has elements.
            Ty::Bool | Ty::String | Ty::Ident | Ty::Enum(_) | Ty::Json | Ty::Null => (At::Scalar, Interval::ANY),
            Ty::Named(..) => unreachable!("`base` never returns a named type"),
        }
    }
}

/// The part of a text that is read by this name. No two syntaxes have one of the same name.
pub(super) fn part(name: &str) -> Option<Part> {
    Part::ALL.iter().copied().find(|part| part.name() == name)
}

/// Between which values a part lies.
pub(super) fn part_interval(part: Part) -> Interval {
    match part {
        Part::UrlPort => Interval::between(0, u16::MAX.into()),
        _ => Interval::ANY,
    }
}
