//! Approvals: which of those that the host hands over count for what is asked.

use std::collections::{BTreeMap, BTreeSet};

use zt_values::time::SECOND;

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
        self.binding.as_ref() == Some(&approval.binding)
            && approval.at <= self.host.now
            && !is_over(approval, ask, self.host.now)
            && !self.world.is_used(&approval.id, self.ground.package, self.host.now)
            && self.request.principal().is_some_and(|principal| !may_be(approval, principal))
            && self.is_asked(approval, &ask.from)
    }

    /// Whether the approval is from one of those who are asked.
    fn is_asked(&self, approval: &Approval, from: &From) -> bool {
        let group = match from {
            From::ActsFor(path) => {
                // Exactly that entity: who has no type is nobody in particular.
                let somebody = if let Party::Somebody(entity) = self.party(path) { Some(entity) } else { None };
                return somebody.is_some_and(|entity| {
                    approval.by_type.as_deref() == Some(&entity.ty)
                        && *approval.by == *entity.id
                        && *approval.from == *from.show().to_string()
                });
            }
            From::Group(group) => group,
        };
        let acts_for = Path { root: Root::Principal, fields: vec!["acts_for".into()] };
        let own = match self.party(&acts_for) {
            Party::Nobody => false,
            Party::Somebody(entity) => may_be(approval, &entity),
            // It could be anybody.
            Party::Unknown => true,
        };
        let vouched = match self.ground.package.approvers.get(group).map(|declared| &declared.channel) {
            Some(Channel::Pep) => true,
            Some(Channel::Source { name, fresh }) => {
                let member = (group.to_string(), approval.by.clone());
                let young = |age: &i64| fresh.is_none_or(|fresh| *age <= fresh);
                !self.host.outages.contains(&**name) && self.host.members.get(&member).is_some_and(young)
            }
            Some(Channel::File(_)) | None => false,
        };
        !own && vouched && *approval.from == **group
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
    let lasts = i64::try_from(ask.expires).unwrap_or(i64::MAX).saturating_mul(SECOND);
    now >= approval.at.saturating_add(lasts)
}

/// Whether who approves may be this entity: an id is one person, whatever type a gateway gives them.
fn may_be(approval: &Approval, entity: &Entity) -> bool {
    *approval.by == *entity.id
}
