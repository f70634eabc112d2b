//! Approvals: which of those that a host hands over count, and for what.

use std::collections::BTreeSet;

use zt_values::EntityRef;
use zt_values::binding::binding;

use crate::host::{Approval, Facts, Host, Member};
use crate::ir::{Approvers, Ask, Entry, From, Party, Program};
use crate::operands::Operands;
use crate::schema::Type;
use crate::store::{Access, Aggregate, Horizon, Item, Reading, Record};

/// Marks of used approvals are kept like a window of this number.
const WINDOW: u32 = u32::MAX;

/// One mark may stand, and one be appended; a key with more is nothing that was ever written.
const MARKS: u32 = 2;

/// An entity that is not there, is there, or could not be read.
enum Other<'a> {
    Nobody,
    Somebody(EntityRef<'a>),
    Unknown,
}

/// What approvals of one call are judged by.
pub(crate) struct Approvals<'a> {
    program: &'a Program,
    facts: &'a Facts,
    now: i64,
    binding: Option<String>,
    principal: EntityRef<'a>,
    acts_for: Other<'a>,
    parties: Vec<Other<'a>>,
}

/// What approvals of a call have to be bound to; nothing if nothing asks there.
pub(crate) fn bound(program: &Program, entry: &Entry, facts: &Facts, operands: &Operands<'_>) -> Option<String> {
    Call::new(program, entry, facts, operands)?.binding
}

/// A call that may be approved: by whom it is, and what approvals of it have to be bound to.
struct Call<'a> {
    principal: EntityRef<'a>,
    binding: Option<String>,
}

impl<'a> Call<'a> {
    fn new(program: &'a Program, entry: &'a Entry, facts: &Facts, operands: &Operands<'a>) -> Option<Self> {
        let evidence = entry.evidence.as_ref()?;
        let text = |slot| operands.slot(slot).and_then(|word| operands.text(word));
        let entity = |ty: crate::schema::TypeId, slot| {
            let ty = match program.types.get(usize::try_from(ty.0).ok()?)? {
                Type::Entity { name, .. } => name,
                _ => return None,
            };
            Some(EntityRef { ty, id: text(slot)? })
        };
        let principal = entity(entry.principal, evidence.principal)?;
        let resource = match (entry.resource, evidence.resource) {
            (Some(ty), Some(slot)) => Some(entity(ty, slot)?),
            _ => None,
        };
        let bundle = facts.bundle.as_deref().unwrap_or(&program.package);
        let input = text(entry.sent?)?;
        Some(Self { principal, binding: binding(bundle, &entry.action, principal, resource, input) })
    }
}

/// Which approvals fit one ask, apart from whether they were used: indices into [`Facts::approvals`].
pub(crate) type Fitting = Vec<usize>;

impl<'a> Approvals<'a> {
    /// Those of a call to an entry; nothing if nothing asks there.
    pub(crate) fn new(
        program: &'a Program,
        entry: &'a Entry,
        host: &Host<'a>,
        operands: &Operands<'a>,
    ) -> Option<Self> {
        let evidence = entry.evidence.as_ref()?;
        let Call { principal, binding } = Call::new(program, entry, host.facts, operands)?;
        Some(Self {
            program,
            facts: host.facts,
            now: host.clock.now,
            binding,
            principal,
            acts_for: evidence.acts_for.as_ref().map_or(Other::Nobody, |party| other(party, operands)),
            parties: entry
                .rules
                .iter()
                .map(|rule| rule.party.as_ref().map_or(Other::Nobody, |party| other(party, operands)))
                .collect(),
        })
    }

    /// The approvals that fit what a rule asks for, by its position in the entry, or a tier.
    pub(crate) fn fitting(&self, ask: &Ask, rule: Option<usize>) -> Fitting {
        let mut ids = BTreeSet::new();
        let approvals = self.facts.approvals.iter().enumerate();
        // An id stands for one approval: what comes under it again is none.
        let first = approvals.filter(|(_, approval)| ids.insert(approval.id.as_str()));
        first.filter(|(_, approval)| self.fits(approval, ask, rule)).map(|(index, _)| index).collect()
    }

    fn fits(&self, approval: &Approval, ask: &Ask, rule: Option<usize>) -> bool {
        let in_time = approval.at <= self.now && self.now < approval.at.saturating_add(micros(ask));
        let bound = self.binding.as_ref().is_some_and(|binding| *binding == approval.binding);
        in_time && bound && !may_be(approval, self.principal) && self.belongs(approval, ask, rule)
    }

    /// Whether it comes from somebody who is asked.
    fn belongs(&self, approval: &Approval, ask: &Ask, rule: Option<usize>) -> bool {
        match &ask.from {
            From::ActsFor(path) => {
                let party = rule.and_then(|rule| self.parties.get(rule)).unwrap_or(&self.acts_for);
                approval.from == *path && matches!(party, Other::Somebody(entity) if is(approval, *entity))
            }
            From::Group(group) => {
                let group = usize::try_from(*group).ok().and_then(|index| self.program.approvers.get(index));
                let own = match self.acts_for {
                    Other::Nobody => false,
                    Other::Somebody(entity) => may_be(approval, entity),
                    // It could be anybody.
                    Other::Unknown => true,
                };
                group.is_some_and(|group| {
                    !own && approval.from == group.name && (!group.asked || self.is_member(group, &approval.by.id))
                })
            }
        }
    }
}

impl Approvals<'_> {
    /// Whether the source of a group says that somebody is in it, and what it says is young enough, each time.
    fn is_member(&self, group: &Approvers, id: &str) -> bool {
        let mut said = self.facts.members.iter().filter(|m| m.approvers == group.name && m.id == id).peekable();
        let young = |m: &Member| group.fresh.is_none_or(|fresh| m.age_seconds.saturating_mul(1_000_000) <= fresh);
        said.peek().is_some() && said.all(young)
    }
}

/// The marks of approvals in a transaction.
pub(crate) struct Marks<'a> {
    facts: &'a Facts,
    /// Indices into [`Facts::approvals`], in ascending order.
    candidates: Vec<usize>,
    horizon: Horizon<'static>,
    now: i64,
}

impl<'a> Marks<'a> {
    /// The marks of all approvals that fit something.
    pub(crate) fn new<'f>(program: &Program, host: &Host<'a>, fitting: impl Iterator<Item = &'f Fitting>) -> Self {
        let candidates: BTreeSet<usize> = fitting.flatten().copied().collect();
        Self {
            facts: host.facts,
            candidates: candidates.into_iter().collect(),
            horizon: Horizon::Sliding { span: span(program) },
            now: host.clock.now,
        }
    }

    /// What they read.
    pub(crate) fn accesses(&self) -> Vec<Access<'a>> {
        let access = |index: &usize| {
            Some(Access {
                window: WINDOW,
                key: self.facts.approvals.get(*index)?.id.as_bytes(),
                horizon: self.horizon,
                aggregate: Aggregate::Count,
                bound: MARKS,
                clock: self.now,
            })
        };
        self.candidates.iter().filter_map(access).collect()
    }

    /// Those that were not used yet, by the readings of the accesses. One that cannot be told was.
    pub(crate) fn unused(&self, readings: &[Reading<'_>]) -> BTreeSet<usize> {
        let fresh = |reading: &Reading<'_>| reading.is_ok_and(|entries| entries.count() == 0);
        self.candidates.iter().zip(readings).filter(|(_, reading)| fresh(reading)).map(|(index, _)| *index).collect()
    }

    /// Records that approvals were used. `first` is the index of the first of the accesses.
    pub(crate) fn records(&self, used: &BTreeSet<usize>, first: usize) -> Vec<Record<'static>> {
        let of = |(position, index): (usize, &usize)| {
            used.contains(index).then(|| Record { access: first.saturating_add(position), items: &[Item::Unit] })
        };
        self.candidates.iter().enumerate().filter_map(of).collect()
    }
}

/// For how long a mark has to be kept: an approval has expired by then for everything that could ask for it.
fn span(program: &Program) -> i64 {
    let rules = program.rules.iter().filter_map(|rule| rule.ask.as_ref());
    let asks = rules.chain(program.tiers.iter().filter_map(|tier| tier.ask.as_ref()));
    asks.map(micros).max().unwrap_or(i64::MAX).max(1)
}

/// How long an approval lasts, in microseconds.
fn micros(ask: &Ask) -> i64 {
    i64::try_from(ask.expires).unwrap_or(i64::MAX).saturating_mul(1_000_000)
}

/// Who of those that gave some approvals, each once, sorted.
pub(crate) fn people(facts: &Facts, approvals: impl Iterator<Item = usize>) -> BTreeSet<&str> {
    approvals.filter_map(|index| facts.approvals.get(index)).map(|approval| approval.by.id.as_str()).collect()
}

/// Whether an approval may have been given by an entity: an id is one person, whatever type a gateway gives them.
fn may_be(approval: &Approval, entity: EntityRef<'_>) -> bool {
    approval.by.id == entity.id
}

/// Whether an approval was given by an entity for sure.
fn is(approval: &Approval, entity: EntityRef<'_>) -> bool {
    approval.by.id == entity.id && approval.by.kind.as_ref().is_some_and(|kind| kind == entity.ty)
}

fn other<'a>(party: &'a Party, operands: &Operands<'a>) -> Other<'a> {
    let set = |slot: Option<_>| slot.map(|slot| operands.slot(slot) != Some(0));
    if set(party.failed) == Some(true) {
        return Other::Unknown;
    }
    if set(party.present) == Some(false) {
        return Other::Nobody;
    }
    match operands.slot(party.id).and_then(|word| operands.text(word)) {
        Some(id) => Other::Somebody(EntityRef { ty: &party.kind, id }),
        None => Other::Unknown,
    }
}
