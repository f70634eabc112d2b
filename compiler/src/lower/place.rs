//! Where paths lead within an entry.

use zt_lang::hir::{self, Bounds, Field, Name, Root, Ty};
use zt_runtime::ir::VarId;
use zt_runtime::schema::Part;

use super::interval::Interval;

/// Whose request it is: one action, one type of principal.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) package: &'a hir::Package,
    pub(super) action: &'a hir::Action,
    pub(super) principal: &'a Name,
}

/// What a place is reached from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Base {
    /// The request.
    Root(Root),
    /// The row of a list that a loop is at.
    Row(VarId),
}

/// A place in the request.
#[derive(Debug, Clone)]
pub(super) struct Place<'a> {
    pub(super) base: Base,
    /// Indices of the fields on the way.
    pub(super) steps: Vec<u32>,
    /// The part that is meant, if the value is a text and a part of it is.
    pub(super) part: Option<Part>,
    /// How many of the steps lead to the last optional field; none where there is none. Where that field is
    /// there, so are those before it, and those after it are required.
    pub(super) optional: Option<usize>,
    /// Between which values it lies, if it is a number.
    pub(super) interval: Interval,
    /// What is there.
    pub(super) at: At<'a>,
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
}

impl<'a> Scope<'a> {
    /// Where paths start that start in the request; nowhere if this entry lacks it, as may happen to a rule that covers
    /// several actions.
    pub(super) fn root(&self, root: Root) -> Option<Place<'a>> {
        let entity = |name: &Name| At::Entity(&self.package.entities[name]);
        let at = match root {
            Root::Principal => entity(self.principal),
            Root::Resource => entity(self.action.resource.as_ref()?),
            Root::Context => At::Record(&self.package.records[self.action.context.as_ref()?].fields),
            Root::Input => At::Record(&self.action.input),
            Root::Now => At::Scalar,
            Root::Tag | Root::Param(_) | Root::Var(_) | Root::Event | Root::Output => return None,
        };
        Some(Place { base: Base::Root(root), steps: vec![], part: None, optional: None, interval: Interval::ANY, at })
    }

    /// An element of a list, in the row of this name.
    pub(super) fn element(&self, row: VarId, ty: &'a Ty, bounds: &'a Bounds) -> Place<'a> {
        let (at, interval) = self.at(ty, bounds);
        Place { base: Base::Row(row), steps: vec![], part: None, optional: None, interval, at }
    }

    /// One field on; nowhere if this entry lacks it.
    pub(super) fn step(&self, mut place: Place<'a>, name: &Name) -> Option<Place<'a>> {
        let fields: &'a [Field] = match place.at {
            // An entity's value is its id.
            At::Entity(_) if &**name == "id" => {
                place.at = At::Scalar;
                return Some(place);
            }
            At::Entity(entity) => &entity.fields,
            At::Record(fields) => fields,
            At::Syntax if place.part.is_none() => {
                let part = part(name)?;
                place.part = Some(part);
                (place.at, place.interval) = (At::Scalar, part_interval(part));
                return Some(place);
            }
            At::Syntax | At::Scalar | At::Set | At::List(..) => return None,
        };
        let (index, field) = (0..).zip(fields).find(|(_, field)| field.name == *name)?;
        place.steps.push(index);
        if field.optional {
            place.optional = Some(place.steps.len());
        }
        (place.at, place.interval) = self.at(&field.ty.ty, &field.ty.bounds);
        Some(place)
    }

    fn at(&self, ty: &'a Ty, bounds: &'a Bounds) -> (At<'a>, Interval) {
        match ty.base() {
            Ty::Entity(name) => (At::Entity(&self.package.entities[name]), Interval::ANY),
            Ty::Record(name) => (At::Record(&self.package.records[name].fields), Interval::ANY),
            Ty::Syntax(_) => (At::Syntax, Interval::ANY),
            Ty::Set(_) => (At::Set, Interval::ANY),
            Ty::List(element) => {
                let inner = bounds.element.as_deref().expect("the bounds of a list hold those of its elements");
                (At::List(element, inner), Interval::ANY)
            }
            Ty::Int | Ty::Decimal | Ty::Instant | Ty::Duration | Ty::Date | Ty::Time | Ty::Size => {
                (At::Scalar, Interval::slot(bounds))
            }
            Ty::Bool | Ty::String | Ty::Ident | Ty::Enum(_) => (At::Scalar, Interval::ANY),
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
