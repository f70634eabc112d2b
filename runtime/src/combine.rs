//! Combining: from what single rules say to the decision, 64 rules at a time.

use crate::abi::GROUP_RULES;
use crate::decision::Effect;
use crate::ir::{self, Due, Entry, EntryRule, Program, Rule};

/// What a group's rules are, one bit each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Masks {
    allow: u64,
    ask: u64,
    deny: u64,
    raise: u64,
    oblige: u64,
    shadow: u64,
    known: u64,
}

/// What a group's rules say, one bit each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Results {
    held: u64,
    failed: u64,
}

/// Which rules count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Those that are enforced.
    Enforced,
    /// All, shadow rules as if they were enforced.
    All,
}

/// What asks for an approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Asker {
    /// A rule, by its position in the entry.
    Rule(usize),
    /// A tier, by its index.
    Tier(u32),
}

/// What a decision depends on beside rules.
pub(crate) trait Circumstances {
    /// Whether an approval that is asked for is there.
    fn met(&self, asker: Asker) -> bool;
    /// Whether the enforcement point knows an obligation.
    fn supports(&self, obligation: u32) -> bool;
    /// Whether the call could be recorded as far as rules of this scope rely on it.
    fn recordable(&self, scope: Scope) -> bool;
}

/// Why a decision is what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ground {
    /// These rules deny, or grant.
    Rules(Vec<usize>),
    /// No rule grants.
    Default,
    /// The enforcement point lacks an obligation.
    Unsupported,
    /// The call could not be recorded.
    Unrecorded,
    /// Approvals are missing: any one of the first suffices for a grant, and all of the others are needed.
    Asks(Vec<usize>, Vec<Asker>),
}

/// A decision over some rules. Rules are given by their position in the entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) effect: Effect,
    pub(crate) ground: Ground,
    pub(crate) tier: Option<u32>,
    /// The rules whose obligations it carries.
    pub(crate) obliging: Vec<usize>,
    /// What asked and is met, so that what it rests on is used up.
    pub(crate) met: Vec<Asker>,
}

impl Masks {
    /// The groups of an entry.
    pub(crate) fn of(program: &Program, entry: &Entry) -> Vec<Self> {
        entry.rules.chunks(GROUP_RULES).map(|group| Self::of_group(program, group)).collect()
    }

    fn of_group(program: &Program, group: &[EntryRule]) -> Self {
        let mut masks = Self::default();
        for (position, entry_rule) in (0_u32..).zip(group) {
            let Some(bit) = 1_u64.checked_shl(position) else {
                break;
            };
            let Some(rule) = rule(program, entry_rule) else {
                continue;
            };
            masks.known |= bit;
            match rule.effect {
                ir::Effect::Allow => masks.allow |= bit,
                ir::Effect::RequireApproval => masks.ask |= bit,
                ir::Effect::Deny | ir::Effect::Limit => masks.deny |= bit,
                ir::Effect::Raise => masks.raise |= bit,
                ir::Effect::Oblige => masks.oblige |= bit,
            }
            if rule.shadow {
                masks.shadow |= bit;
            }
        }
        masks
    }

    const fn in_scope(&self, scope: Scope) -> u64 {
        match scope {
            Scope::Enforced => self.known & !self.shadow,
            Scope::All => self.known,
        }
    }
}

impl Results {
    /// Takes a function's answer. One that cannot be right, or none, means that every rule failed.
    pub(crate) fn new(masks: Masks, answer: Option<[u64; 2]>) -> Self {
        match answer {
            Some([held, failed]) if held & failed == 0 && (held | failed) & !masks.known == 0 => Self { held, failed },
            _ => Self { held: 0, failed: masks.known },
        }
    }
}

/// An entry's groups with what they say.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outcome<'a> {
    pub(crate) program: &'a Program,
    pub(crate) entry: &'a Entry,
    pub(crate) masks: &'a [Masks],
    pub(crate) results: &'a [Results],
}

impl Outcome<'_> {
    /// The decision.
    pub(crate) fn decide(&self, scope: Scope, circumstances: &impl Circumstances) -> Verdict {
        let tier = self.tier(scope);
        let verdict = |effect, ground, obliging, met| Verdict { effect, ground, tier, obliging, met };
        let denied = |ground| verdict(Effect::Deny, ground, vec![], vec![]);

        let denying = self.list(|m, r| (r.held & m.deny | r.failed & !m.allow) & m.in_scope(scope));
        if !denying.is_empty() {
            let holding = self.list(|m, r| r.held & m.deny & m.in_scope(scope));
            return verdict(Effect::Deny, Ground::Rules(denying), holding, vec![]);
        }
        let mut grants = self.list(|m, r| r.held & m.allow & m.in_scope(scope));
        if grants.is_empty() {
            return denied(Ground::Default);
        }
        let supported = |dues: &[Due]| dues.iter().all(|due| circumstances.supports(due.obligation));
        let known = |position: &usize| self.dues(*position).is_some_and(supported);
        grants.retain(known);
        let mut obliging = self.list(|m, r| r.held & (m.ask | m.oblige) & m.in_scope(scope));
        let tiers_known = tiers(self.program, tier).all(|(_, tier)| supported(&tier.obligations));
        if grants.is_empty() || !tiers_known || !obliging.iter().all(known) {
            return denied(Ground::Unsupported);
        }
        if !circumstances.recordable(scope) {
            return denied(Ground::Unrecorded);
        }

        let asks = |position: &usize| self.rule(*position).is_some_and(|rule| rule.ask.is_some());
        let met = |asker: &Asker| circumstances.met(*asker);
        let (mut met_askers, mut granting) = (vec![], vec![]);
        for position in &grants {
            let asker = Asker::Rule(*position);
            if !asks(position) {
                granting.push(*position);
            } else if met(&asker) {
                granting.push(*position);
                met_askers.push(asker);
            }
        }
        let waiting = if granting.is_empty() { grants } else { vec![] };
        let rules = self.list(|m, r| r.held & m.ask & m.in_scope(scope)).into_iter().map(Asker::Rule);
        let tiers = tiers(self.program, tier).filter(|(_, tier)| tier.ask.is_some());
        let (kept, missing): (Vec<_>, Vec<_>) = rules.chain(tiers.map(|(index, _)| Asker::Tier(index))).partition(met);
        if waiting.is_empty() && missing.is_empty() {
            met_askers.extend(kept);
            obliging.extend(&granting);
            return verdict(Effect::Allow, Ground::Rules(granting), obliging, met_askers);
        }
        obliging.extend(&waiting);
        // What is met is not used up: that is done when the call is allowed.
        verdict(Effect::RequireApproval, Ground::Asks(waiting, missing), obliging, vec![])
    }

    /// Positions of the enforced rules that failed.
    pub(crate) fn errors(&self) -> Vec<usize> {
        self.list(|m, r| r.failed & m.in_scope(Scope::Enforced))
    }

    /// Positions of the shadow rules that failed.
    pub(crate) fn shadow_errors(&self) -> Vec<usize> {
        self.list(|m, r| r.failed & m.shadow)
    }

    /// Whether there is a shadow rule.
    pub(crate) fn has_shadow(&self) -> bool {
        self.masks.iter().any(|m| m.shadow != 0)
    }

    /// The greatest of the action's tier and those that it is raised to.
    fn tier(&self, scope: Scope) -> Option<u32> {
        let raised = self.list(|m, r| r.held & m.raise & m.in_scope(scope));
        let raised = raised.into_iter().filter_map(|position| self.rule(position)?.raise);
        self.entry.tier.into_iter().chain(raised).max()
    }

    fn rule(&self, position: usize) -> Option<&Rule> {
        rule(self.program, self.entry.rules.get(position)?)
    }

    fn dues(&self, position: usize) -> Option<&[Due]> {
        self.entry.rules.get(position).map(|rule| rule.obligations.as_slice())
    }

    fn list(&self, select: impl Fn(Masks, Results) -> u64) -> Vec<usize> {
        let mut list = Vec::new();
        let starts = (0_usize..).step_by(GROUP_RULES);
        for (start, (m, r)) in starts.zip(self.masks.iter().zip(self.results)) {
            let mut word = select(*m, *r);
            while word != 0 {
                let position = usize::try_from(word.trailing_zeros()).unwrap_or_default();
                list.push(start.saturating_add(position));
                // Clears the lowest bit.
                word &= word.wrapping_sub(1);
            }
        }
        list
    }
}

/// A tier and those below it, with their indices.
pub(crate) fn tiers(program: &Program, tier: Option<u32>) -> impl Iterator<Item = (u32, &ir::Tier)> {
    (0..).zip(&program.tiers).take_while(move |(index, _)| tier.is_some_and(|tier| *index <= tier))
}

fn rule<'p>(program: &'p Program, rule: &EntryRule) -> Option<&'p Rule> {
    program.rules.get(usize::try_from(rule.rule.0).ok()?)
}

#[cfg(test)]
mod tests;
