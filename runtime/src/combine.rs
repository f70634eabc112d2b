//! Combining: from what single rules say to the decision, 64 rules at a time.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::effect::Effect;
use crate::index::{Group, Index, Leaf};
use crate::ir::{self, Due, Entry, EntryRule, EntryWindow, Program, Rule, RuleId};
use crate::made::Made;

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
    /// Those that grant and ask for an approval themselves.
    waiting: u64,
    /// Those with obligations.
    due: u64,
}

/// What the rules of a case of a group say, one bit for each rule of the group.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Results {
    group: usize,
    held: u64,
    failed: u64,
}

/// The rules of an entry: how they are found, and what they are.
#[derive(Debug, Clone, Default)]
pub(crate) struct Groups {
    /// Tells those of this entry from all others of the process.
    pub(crate) number: u64,
    pub(crate) index: Index,
    /// The only case, if there is one alone.
    pub(crate) only: Option<Leaf>,
    masks: Vec<Masks>,
    /// For each group its rules, by their places.
    ids: Vec<Vec<RuleId>>,
    /// For each group what its rules oblige to, by their places.
    owed: Vec<Vec<Vec<Owed>>>,
    shadow: bool,
    /// For each of its windows whether it has the key of the one before it.
    pub(crate) keyed_alike: Vec<bool>,
}

/// What a rule obliges to.
#[derive(Debug, Clone)]
pub(crate) struct Owed {
    pub(crate) due: Due,
    /// What its making is known by, if it is the same each time.
    pub(crate) made: Option<Made>,
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

/// A decision that its rules alone make: no rule failed, nothing is asked for, and no rule is on trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Plain {
    pub(crate) effect: Effect,
    pub(crate) tier: Option<u32>,
    /// Whether it rests on rules.
    pub(crate) by_rules: bool,
    /// Whether rules that hold have obligations.
    is_due: bool,
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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Ground {
    /// Rules deny, or grant.
    Rules,
    /// No rule grants.
    #[default]
    Default,
    /// The enforcement point lacks an obligation.
    Unsupported,
    /// The call could not be recorded.
    Unrecorded,
    /// Approvals are missing.
    Asks,
}

/// A decision over some rules. Rules are given by their position in the entry. One serves many decisions, one after
/// another; its memory is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) effect: Effect,
    pub(crate) ground: Ground,
    pub(crate) tier: Option<u32>,
    /// The rules that deny or grant, or, where approvals are missing, any one of which suffices for a grant.
    pub(crate) rules: Vec<usize>,
    /// What asks for approvals that are missing: all of these are needed.
    pub(crate) missing: Vec<Asker>,
    /// The rules whose obligations it carries.
    pub(crate) obliging: Vec<usize>,
    /// What asked and is met, so that what it rests on is used up.
    pub(crate) met: Vec<Asker>,
}

impl Verdict {
    /// Makes it a denial that rests on no rule and carries nothing. Its tier stays.
    pub(crate) fn deny(&mut self, ground: Ground) {
        (self.effect, self.ground) = (Effect::Deny, ground);
        self.rules.clear();
        self.missing.clear();
        self.obliging.clear();
        self.met.clear();
    }
}

impl Groups {
    /// Those of an entry, the ones that can be data apart from the others or not.
    pub(crate) fn of(program: &Program, entry: &Entry, apart: bool) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);

        let index = Index::of(entry, apart);
        let masks: Vec<Masks> = index.groups().iter().map(|group| Masks::of(program, entry, group)).collect();
        let shadow = masks.iter().any(|masks| masks.shadow != 0);
        let id = |position: &u32| entry.rules.get(usize::try_from(*position).ok()?).map(|rule| rule.rule);
        let ids = index.groups().iter().map(|group| group.rules.iter().filter_map(id).collect()).collect();
        let owed = |due: &Due| Owed { due: due.clone(), made: Made::of(due) };
        let of_rule = |position: &u32| {
            let rule = entry.rules.get(usize::try_from(*position).ok()?)?;
            Some(rule.obligations.iter().map(owed).collect())
        };
        let owed = index.groups().iter().map(|group| group.rules.iter().filter_map(of_rule).collect()).collect();
        Self {
            number: NEXT.fetch_add(1, Ordering::Relaxed),
            only: index.only(),
            index,
            masks,
            ids,
            owed,
            shadow,
            keyed_alike: EntryWindow::keyed_alike(&entry.windows),
        }
    }

    /// Takes what a function answers of a case. An answer that cannot be right, or none, means that every rule of the
    /// case failed.
    #[inline]
    pub(crate) fn results(&self, leaf: Leaf, answer: Option<[u64; 2]>) -> Results {
        let group = usize::try_from(leaf.group).unwrap_or(usize::MAX);
        let case = match self.index.groups().get(group) {
            Some(Group { cases, .. }) if leaf.case == 0 && cases.len() == 1 => u64::MAX,
            Some(group) => {
                let case = group.case(leaf.case);
                below(case.end) ^ below(case.start)
            }
            None => 0,
        };
        let known = self.masks.get(group).map_or(0, |masks| masks.known) & case;
        match answer {
            Some([held, failed]) if held & failed == 0 && (held | failed) & !known == 0 => {
                Results { group, held, failed }
            }
            _ => Results { group, held: 0, failed: known },
        }
    }
}

/// The bits below one.
const fn below(bit: u32) -> u64 {
    match 1_u64.checked_shl(bit) {
        Some(bit) => bit.wrapping_sub(1),
        None => u64::MAX,
    }
}

impl Masks {
    /// Those of a group.
    fn of(program: &Program, entry: &Entry, group: &Group) -> Self {
        let mut masks = Self::default();
        for (place, position) in (0_u32..).zip(&group.rules) {
            let Some(bit) = 1_u64.checked_shl(place) else {
                break;
            };
            let of = usize::try_from(*position).ok().and_then(|position| entry.rules.get(position));
            let Some(entry_rule) = of else {
                continue;
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
            if rule.effect == ir::Effect::Allow && rule.ask.is_some() {
                masks.waiting |= bit;
            }
            if !entry_rule.obligations.is_empty() {
                masks.due |= bit;
            }
        }
        masks
    }

    /// Those that make a decision.
    const fn by(&self, effect: Effect) -> u64 {
        match effect {
            Effect::Allow => self.allow,
            Effect::RequireApproval => self.ask,
            Effect::Deny => self.deny,
        }
    }

    const fn in_scope(&self, scope: Scope) -> u64 {
        match scope {
            Scope::Enforced => self.known & !self.shadow,
            Scope::All => self.known,
        }
    }
}

/// An entry's rules with what those say that were asked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outcome<'a> {
    pub(crate) program: &'a Program,
    pub(crate) entry: &'a Entry,
    pub(crate) groups: &'a Groups,
    pub(crate) results: &'a [Results],
}

impl Outcome<'_> {
    /// The decision.
    pub(crate) fn decide(&self, scope: Scope, circumstances: &impl Circumstances, verdict: &mut Verdict) {
        verdict.deny(Ground::Default);
        verdict.tier = self.tier(scope);

        self.list(&mut verdict.rules, |m, r| (r.held & m.deny | r.failed & !m.allow) & m.in_scope(scope));
        if !verdict.rules.is_empty() {
            verdict.ground = Ground::Rules;
            return self.list(&mut verdict.obliging, |m, r| r.held & m.deny & m.in_scope(scope));
        }
        self.list(&mut verdict.rules, |m, r| r.held & m.allow & m.in_scope(scope));
        if verdict.rules.is_empty() {
            return;
        }
        let supported = |dues: &[Due]| dues.iter().all(|due| circumstances.supports(due.obligation));
        let known = |position: &usize| self.dues(*position).is_some_and(supported);
        verdict.rules.retain(known);
        self.list(&mut verdict.obliging, |m, r| r.held & (m.ask | m.oblige) & m.in_scope(scope));
        let tiers_known = tiers(self.program, verdict.tier).all(|(_, tier)| supported(&tier.obligations));
        if verdict.rules.is_empty() || !tiers_known || !verdict.obliging.iter().all(known) {
            return verdict.deny(Ground::Unsupported);
        }
        if !circumstances.recordable(scope) {
            return verdict.deny(Ground::Unrecorded);
        }

        let met = |asker: &Asker| circumstances.met(*asker);
        let asks = |position: usize| self.rule(position).is_some_and(|rule| rule.ask.is_some());
        let grants = |position: &usize| !asks(*position) || met(&Asker::Rule(*position));
        let granted = verdict.rules.iter().any(grants);
        if granted {
            verdict.rules.retain(grants);
            verdict.met.extend(verdict.rules.iter().filter(|position| asks(**position)).map(|p| Asker::Rule(*p)));
        }
        self.each(|m, r| r.held & m.ask & m.in_scope(scope), |position| verdict.missing.push(Asker::Rule(position)));
        verdict.missing.sort_unstable();
        let tiers = tiers(self.program, verdict.tier).filter(|(_, tier)| tier.ask.is_some());
        verdict.missing.extend(tiers.map(|(index, _)| Asker::Tier(index)));
        let kept = &mut verdict.met;
        verdict.missing.retain(|asker| {
            let met = met(asker);
            if met {
                kept.push(*asker);
            }
            !met
        });
        verdict.obliging.extend(&verdict.rules);
        if granted && verdict.missing.is_empty() {
            (verdict.effect, verdict.ground) = (Effect::Allow, Ground::Rules);
            return;
        }
        (verdict.effect, verdict.ground) = (Effect::RequireApproval, Ground::Asks);
        if granted {
            // What grants waits for no approval of its own.
            let own = verdict.obliging.len().saturating_sub(verdict.rules.len());
            verdict.obliging.truncate(own);
            verdict.rules.clear();
        }
        // What is met is not used up: that is done when the call is allowed.
        verdict.met.clear();
    }

    /// The decision, if rules alone make it. It is the one that [`Outcome::decide`] comes to where every obligation is
    /// supported and nothing stands in the way of a record.
    #[expect(clippy::inline_always, reason = "whoever asks knows how many results there are")]
    #[inline(always)]
    pub(crate) fn plain(&self) -> Option<Plain> {
        let mut found = Masks::default();
        let mut failed = 0;
        for results in self.results {
            let masks = self.groups.masks.get(results.group)?;
            failed |= results.failed;
            found.deny |= results.held & masks.deny;
            found.allow |= results.held & masks.allow;
            found.waiting |= results.held & (masks.waiting | masks.ask);
            found.raise |= results.held & masks.raise;
            found.due |= results.held & masks.due;
        }
        if failed != 0 || self.groups.shadow {
            return None;
        }
        let tier = if found.raise == 0 { self.entry.tier } else { self.tier(Scope::Enforced) };
        let is_due = found.due != 0;
        if found.deny != 0 || found.allow == 0 {
            return Some(Plain { effect: Effect::Deny, tier, by_rules: found.deny != 0, is_due });
        }
        let by_tiers = || tiers(self.program, tier).any(|(_, tier)| tier.ask.is_some());
        let asked = found.waiting != 0 || tier.is_some() && by_tiers();
        (!asked).then_some(Plain { effect: Effect::Allow, tier, by_rules: true, is_due })
    }

    /// Lists the rules that a plain decision rests on, in order.
    #[expect(clippy::inline_always, reason = "whoever asks knows how many results there are")]
    #[inline(always)]
    pub(crate) fn list_plain(&self, of: Plain, list: &mut Vec<RuleId>) {
        for results in self.results {
            let (masks, ids) = (self.groups.masks.get(results.group), self.groups.ids.get(results.group));
            let (Some(masks), Some(ids)) = (masks, ids) else { continue };
            let mut word = results.held & masks.by(of.effect);
            while word != 0 {
                let place = usize::try_from(word.trailing_zeros()).unwrap_or_default();
                list.extend(ids.get(place));
                // Clears the lowest bit.
                word &= word.wrapping_sub(1);
            }
        }
        // By position and by id is the same order.
        if self.results.len() > 1 && !list.is_sorted() {
            list.sort_unstable();
        }
    }

    /// Visits what the rules of a plain decision oblige to, in any order.
    #[expect(clippy::inline_always, reason = "whoever asks knows how many results there are")]
    #[inline(always)]
    pub(crate) fn each_owed<'p>(&'p self, of: Plain, mut visit: impl FnMut(&'p Owed)) {
        if !of.is_due {
            return;
        }
        for results in self.results {
            let (masks, owed) = (self.groups.masks.get(results.group), self.groups.owed.get(results.group));
            let (Some(masks), Some(owed)) = (masks, owed) else { continue };
            let oblige = if of.effect == Effect::Allow { masks.oblige } else { 0 };
            let mut word = results.held & masks.due & (masks.by(of.effect) | oblige);
            while word != 0 {
                let place = usize::try_from(word.trailing_zeros()).unwrap_or_default();
                owed.get(place).into_iter().flatten().for_each(&mut visit);
                word &= word.wrapping_sub(1);
            }
        }
    }

    /// Positions of the enforced rules that failed.
    pub(crate) fn errors(&self, list: &mut Vec<usize>) {
        self.list(list, |m, r| r.failed & m.in_scope(Scope::Enforced));
    }

    /// Positions of the shadow rules that failed.
    pub(crate) fn shadow_errors(&self, list: &mut Vec<usize>) {
        self.list(list, |m, r| r.failed & m.shadow);
    }

    /// Whether there is a shadow rule.
    pub(crate) const fn has_shadow(&self) -> bool {
        self.groups.shadow
    }

    /// The greatest of the action's tier and those that it is raised to.
    fn tier(&self, scope: Scope) -> Option<u32> {
        let mut tier = self.entry.tier;
        self.each(
            |m, r| r.held & m.raise & m.in_scope(scope),
            |position| tier = tier.max(self.rule(position).and_then(|rule| rule.raise)),
        );
        tier
    }

    fn rule(&self, position: usize) -> Option<&Rule> {
        rule(self.program, self.entry.rules.get(position)?)
    }

    fn dues(&self, position: usize) -> Option<&[Due]> {
        self.entry.rules.get(position).map(|rule| rule.obligations.as_slice())
    }

    /// Lists rules, in the order of their positions.
    fn list(&self, list: &mut Vec<usize>, select: impl Fn(Masks, Results) -> u64) {
        list.clear();
        self.each(select, |position| list.push(position));
        if !list.is_sorted() {
            list.sort_unstable();
        }
    }

    /// Visits rules, in any order.
    fn each(&self, select: impl Fn(Masks, Results) -> u64, mut visit: impl FnMut(usize)) {
        for results in self.results {
            let Some(masks) = self.groups.masks.get(results.group) else { continue };
            let mut word = select(*masks, *results);
            if word == 0 {
                continue;
            }
            let Some(group) = self.groups.index.groups().get(results.group) else { continue };
            while word != 0 {
                let place = usize::try_from(word.trailing_zeros()).unwrap_or_default();
                let position = group.rules.get(place).and_then(|position| usize::try_from(*position).ok());
                position.into_iter().for_each(&mut visit);
                // Clears the lowest bit.
                word &= word.wrapping_sub(1);
            }
        }
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
