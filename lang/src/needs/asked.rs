//! What sources are asked, where what they say is read.

use std::collections::{BTreeMap, BTreeSet};

use super::Question;
use super::places::{Place, keyed_by};
use crate::hir::{Action, Channel, Field, Name, Package, Root, Ty};

/// The questions for sources that what is read leads to.
pub(super) fn questions(
    package: &Package,
    action: &Action,
    principal: &Name,
    reads: &BTreeSet<Place>,
) -> Vec<Question> {
    let mut out: BTreeMap<Place, Question> = BTreeMap::new();
    for (root, fields) in reads {
        let mut ty = match root {
            Root::Principal => Ty::Entity(principal.clone()),
            Root::Resource => match &action.resource {
                Some(name) => Ty::Entity(name.clone()),
                None => continue,
            },
            Root::Context => match &action.context {
                Some(name) => Ty::Record(name.clone()),
                None => continue,
            },
            Root::Input => Ty::Bool,
            _ => continue,
        };
        for (at, name) in fields.iter().enumerate() {
            let before = fields.get(..at).unwrap_or_default();
            let known: &[Field] = match ty.base() {
                Ty::Entity(entity) => match package.entities.get(entity) {
                    Some(entity) => {
                        if let (Channel::Source { name: source, fresh }, true) = (&entity.channel, &**name != "id") {
                            let place = (*root, before.to_vec());
                            let question = out.entry(place).or_insert_with(|| Question {
                                source: source.clone(),
                                ty: entity.name.clone(),
                                by: keyed_by(action, *root, before),
                                fresh: *fresh,
                                attributes: BTreeSet::new(),
                            });
                            let wire = entity.fields.iter().find(|f| f.name == *name).map_or(name, |f| &f.wire);
                            question.attributes.insert(wire.clone());
                        }
                        &entity.fields
                    }
                    None => break,
                },
                Ty::Record(record) => package.records.get(record).map_or(&[], |record| &record.fields),
                Ty::Choice(fields) | Ty::Entry(fields) => fields,
                Ty::List(element) | Ty::Map(element) if &**name == "[]" => {
                    ty = (**element).clone();
                    continue;
                }
                _ if at == 0 && *root == Root::Input => &action.input,
                _ => break,
            };
            match known.iter().find(|f| f.name == *name) {
                Some(field) => ty = field.ty.ty.clone(),
                None => break,
            }
        }
    }
    let mut all: Vec<Question> = out.into_values().collect();
    all.sort();
    all
}
