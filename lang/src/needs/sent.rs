//! What a gateway sends: the members of a request or a report, and what is said of their values.

use std::collections::BTreeSet;

use zt_values::limits::{ID_BYTES, SET_ELEMENTS};

use super::limits::limits_of;
use super::places::{Place, below};
use super::{Member, Voucher};
use crate::check::types::show;
use crate::hir::{Action, Channel, Event, Field, Name, Package, Root, Ty};

/// The members of a request.
pub(super) fn sent(package: &Package, action: &Action, principal: &Name, reads: &BTreeSet<Place>) -> Vec<Member> {
    let mut members = Members { package, reads, described: BTreeSet::new(), out: vec![] };
    let subject = (Root::Principal, vec![]);
    members.id("subject", &subject, false, Voucher::Pep);
    members.entity(principal, "subject", &subject, Voucher::Pep);
    members.fields(&action.input, "action.properties", &(Root::Input, vec![]), Voucher::Caller);
    if let Some(resource) = &action.resource {
        let place = (Root::Resource, vec![]);
        // One that follows from the arguments may be left out.
        members.id("resource", &place, action.resource_id.is_some(), Voucher::Pep);
        members.entity(resource, "resource", &place, Voucher::Pep);
    }
    if let Some(context) = action.context.as_ref().and_then(|name| package.records.get(name)) {
        members.fields(&context.fields, "context", &(Root::Context, vec![]), Voucher::Pep);
    }
    members.out
}

/// The members of a report of an event.
pub(super) fn told(package: &Package, event: &Event, reads: &BTreeSet<Place>) -> Vec<Member> {
    let mut members = Members { package, reads, described: BTreeSet::new(), out: vec![] };
    members.fields(&event.fields, "fields", &(Root::Event, vec![]), Voucher::Pep);
    let context = event.context.as_ref().and_then(|name| package.records.get(name));
    members.fields(context.map_or(&[], |c| &c.fields), "context", &(Root::Context, vec![]), Voucher::Pep);
    members.out
}

/// The members of what is sent, while they are listed.
struct Members<'p> {
    package: &'p Package,
    reads: &'p BTreeSet<Place>,
    /// Records of which nothing is read that are described already: each is so once, or types that hold many others
    /// several times would have no end.
    described: BTreeSet<Name>,
    out: Vec<Member>,
}

impl Members<'_> {
    /// Whether something at a place is read, or below it.
    fn read(&self, place: &Place) -> bool {
        // What begins with the place comes right after it.
        let next = self.reads.range(place.clone()..).next();
        next.is_some_and(|(root, fields)| *root == place.0 && fields.starts_with(&place.1))
    }

    fn id(&mut self, path: &str, place: &Place, optional: bool, from: Voucher) {
        self.out.push(Member {
            path: format!("{path}.id"),
            ty: "String".to_owned(),
            limits: vec![("max", format!("{ID_BYTES} bytes"))],
            from,
            optional,
            read: self.reads.contains(place) || self.reads.contains(&below(place, "id")),
        });
    }

    /// What is sent of an entity beside its type and id: nothing where others vouch for it.
    fn entity(&mut self, name: &Name, path: &str, place: &Place, from: Voucher) {
        let Some(entity) = self.package.entities.get(name).filter(|e| e.channel == Channel::Pep) else { return };
        let path = format!("{path}.properties");
        if !entity.parents.is_empty() {
            self.out.push(Member {
                path: format!("{path}.in"),
                ty: format!("List<{}>", entity.parents.join(" or ")),
                limits: vec![("max", format!("{} elements", SET_ELEMENTS))],
                from,
                optional: true,
                read: self.read(&below(place, "in")),
            });
        }
        self.fields(&entity.fields, &path, place, from);
    }

    fn fields(&mut self, fields: &[Field], path: &str, place: &Place, from: Voucher) {
        for field in fields {
            let path = format!("{path}.{}", field.wire);
            let place = below(place, &field.name);
            let read = self.read(&place);
            self.out.push(Member {
                path: path.clone(),
                ty: show(&field.ty.ty),
                limits: limits_of(self.package, &field.ty.ty, &field.ty.bounds),
                from,
                optional: field.optional || field.default.is_some(),
                read,
            });
            // What may be absent and is never looked at need not be described further.
            if read || !field.optional {
                self.within(&field.ty.ty, &path, &place, from);
            }
        }
    }

    fn within(&mut self, ty: &Ty, path: &str, place: &Place, from: Voucher) {
        match ty.base() {
            Ty::Record(name) => {
                if !self.read(place) && !self.described.insert(name.clone()) {
                    return;
                }
                if let Some(record) = self.package.records.get(name) {
                    self.fields(&record.fields, path, place, from);
                }
            }
            Ty::Entity(name) => self.entity(name, path, place, from),
            Ty::Choice(variants) => {
                for variant in variants.iter() {
                    self.within(&variant.ty.ty, path, &below(place, &variant.name), from);
                }
            }
            Ty::Map(entry) => {
                let Ty::Entry(fields) = &**entry else { return };
                let Some(value) = fields.get(1) else { return };
                let place = below(&below(place, "[]"), &value.name);
                if self.read(&place) || !matches!(value.ty.ty.base(), Ty::Entity(_)) {
                    self.within(&value.ty.ty, &format!("{path}[]"), &place, from);
                }
            }
            Ty::List(element) => {
                let place = below(place, "[]");
                if self.read(&place) || !matches!(element.base(), Ty::Entity(_)) {
                    self.within(element, &format!("{path}[]"), &place, from);
                }
            }
            _ => {}
        }
    }
}
