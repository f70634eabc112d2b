//! Approvals: which of those that the host hands over count for what is asked.

use std::collections::{BTreeMap, BTreeSet};

use zt_values::quantity::format_duration_quantity;
use zt_values::time::{SECOND, format_instant};

use super::expr::{Ground, Scope};
use super::host::{Approval, Host};
use super::request::Request;
use super::trace::Place;
use super::value::{Entity, Value};
use super::world::World;
use crate::hir::{Ask, Channel, From, Path, Root};

/// What approvals of one call are judged by.
pub(super) struct Approvals<'a> {
    pub(super) ground: Ground<'a>,
    pub(super) host: &'a Host,
    pub(super) world: &'a World,
    pub(super) request: &'a Request,
    /// What an approval of this call is bound to.
    pub(super) binding: Option<String>,
}

/// The approvals that count for one ask.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Counted {
    /// Who approved, by id.
    pub(super) people: BTreeSet<String>,
    /// The approvals' own ids.
    pub(super) ids: BTreeSet<String>,
}

impl Counted {
    /// Whether these are enough different people.
    pub(super) fn meet(&self, ask: &Ask) -> bool {
        u32::try_from(self.people.len()).is_ok_and(|people| people >= ask.quorum)
    }
}

/// An entity at a path: nobody may be there, and nobody may be able to tell.
enum Party {
    Nobody,
    Somebody(Entity),
    Unknown,
}

impl Approvals<'_> {
    /// The approvals that count for an ask.
    pub(super) fn counted(&self, ask: &Ask) -> Counted {
        // An id stands for one approval: what comes under it again is none.
        let mut first = BTreeMap::new();
        for approval in &self.host.approvals {
            first.entry(&approval.id).or_insert(approval);
        }
        let mut counted = Counted::default();
        for approval in first.into_values().filter(|approval| self.counts(approval, ask)) {
            counted.people.insert(approval.by.clone());
            counted.ids.insert(approval.id.clone());
        }
        counted
    }

    fn counts(&self, approval: &Approval, ask: &Ask) -> bool {
        self.obstacle(approval, ask).is_none()
    }

    /// Which approvals count for none of these asks, and why, a line each.
    pub(super) fn unheeded(&self, asks: &[&Ask]) -> Vec<String> {
        let mut lines = vec![];
        let mut seen = BTreeSet::new();
        for approval in &self.host.approvals {
            let whose = format!("approval `{}` of `{}` does not count", approval.id, approval.by);
            if !seen.insert(&approval.id) {
                lines.push(format!("{whose}: another one has the same id"));
                continue;
            }
            let why: Option<BTreeSet<String>> = asks.iter().map(|ask| self.obstacle(approval, ask)).collect();
            lines.extend(why.into_iter().flatten().map(|why| format!("{whose}: {why}")));
        }
        lines
    }

    /// Why an approval does not count for an ask, if it does not.
    fn obstacle(&self, approval: &Approval, ask: &Ask) -> Option<String> {
        if self.binding.as_ref() != Some(&approval.binding) {
            return Some("it is bound to another call".to_owned());
        }
        if approval.at > self.host.now {
            return Some(format!("it is given at {}, which is to come", format_instant(approval.at)));
        }
        if is_over(approval, ask, self.host.now) {
            let lasts = format_duration_quantity(micros(ask));
            return Some(format!("it was given at {} and is over after {lasts}", format_instant(approval.at)));
        }
        if self.world.is_used(&approval.id, self.ground.package, self.host.now) {
            return Some("it was used already".to_owned());
        }
        match self.request.principal() {
            Some(principal) if !may_be(approval, principal) => {}
            _ => return Some("it is the principal's own".to_owned()),
        }
        self.stranger(approval, &ask.from)
    }

    /// Why an approval is not from one of those who are asked, if it is not.
    fn stranger(&self, approval: &Approval, from: &From) -> Option<String> {
        let group = match from {
            From::ActsFor(path) => {
                // Exactly that entity: who has no type is nobody in particular.
                let Party::Somebody(entity) = self.party(path) else {
                    return Some("it is not known whom the principal acts for".to_owned());
                };
                let asked = from.show().to_string();
                return if *approval.from != *asked {
                    Some(format!("it is from `{}`, and `{asked}` is asked", approval.from))
                } else if approval.by_type.as_deref() != Some(&entity.ty) {
                    Some(format!("it does not say that it is by a `{}`", entity.ty))
                } else if *approval.by != *entity.id {
                    Some(format!("the principal acts for `{}`", entity.id))
                } else {
                    None
                };
            }
            From::Group(group) => group,
        };
        if *approval.from != **group {
            return Some(format!("it is from `{}`, and `{group}` is asked", approval.from));
        }
        let acts_for = Path { root: Root::Principal, fields: vec!["acts_for".into()] };
        match self.party(&acts_for) {
            Party::Nobody => {}
            Party::Somebody(entity) if !may_be(approval, &entity) => {}
            Party::Somebody(_) => return Some("it is by whom the principal acts for".to_owned()),
            // It could be anybody.
            Party::Unknown => return Some("it is not known whom the principal acts for".to_owned()),
        }
        match self.ground.package.approvers.get(group).map(|declared| &declared.channel) {
            Some(Channel::Pep) => None,
            Some(Channel::Source { name, fresh }) => {
                if self.host.outages.contains(&**name) {
                    return Some(format!("source `{name}`, which says who is in `{group}`, does not answer"));
                }
                match self.host.members.get(&(group.to_string(), approval.by.clone())) {
                    None => Some(format!("nothing says that `{}` is in `{group}`", approval.by)),
                    Some(age) if fresh.is_some_and(|fresh| *age > fresh) => {
                        Some(format!("that `{}` is in `{group}` is known for too long", approval.by))
                    }
                    Some(_) => None,
                }
            }
            Some(Channel::File(_)) | None => Some(format!("nobody says who is in `{group}`")),
        }
    }

    fn party(&self, path: &Path) -> Party {
        let scope = Scope { ground: self.ground, roots: self.request.roots(), place: Place::Rule };
        match scope.read(path) {
            Ok(None) => Party::Nobody,
            Ok(Some(reading)) => match &reading.value {
                Value::Entity(entity) => Party::Somebody(entity.clone()),
                // An attribute of that name which is no entity says nothing of whom somebody acts for.
                _ => Party::Nobody,
            },
            Err(_) => Party::Unknown,
        }
    }
}

fn is_over(approval: &Approval, ask: &Ask, now: i64) -> bool {
    now >= approval.at.saturating_add(micros(ask))
}

/// How long an approval lasts, in microseconds.
fn micros(ask: &Ask) -> i64 {
    i64::try_from(ask.expires).unwrap_or(i64::MAX).saturating_mul(SECOND)
}

/// Whether who approves may be this entity: an id is one person, whatever type a gateway gives them.
fn may_be(approval: &Approval, entity: &Entity) -> bool {
    *approval.by == *entity.id
}
