//! Judging: one decision, from a frame that holds a request to what is answered and recorded.

use std::collections::BTreeSet;
use std::mem::take;

use crate::approvals::{self, Approvals, Fitting, Marks, people};
use crate::cause::Cause;
use crate::combine::{Asker, Circumstances, Ground, Groups, Outcome, Results, Scope, Verdict, tiers};
use crate::decision::{Decision, DeterminedBy, RequiredBy, Requirement, RuleError, Scratch, Shadow};
use crate::effect::Effect;
use crate::frame::Frame;
use crate::host::{Facts, Host, NO_FACTS};
use crate::index::Leaf;
use crate::interpret;
use crate::ir::{Ask, Due, Entry, Program, Recorded, RuleId};
use crate::lookups::look_up;
use crate::made::Made;
use crate::obligations::{self, Carried, kind};
use crate::operands::Operands;
use crate::pattern::Patterns;
use crate::recording::record;
use crate::refusal::Refusal;
use crate::request;
use crate::windows::{Few, Read, Windows};

/// Gives what the rules of a case of a group say: the bits of those that hold and of those that failed.
pub(crate) trait Answer: Fn(Leaf, &Operands<'_>, &Frame) -> Option<[u64; 2]> {}

impl<F: Fn(Leaf, &Operands<'_>, &Frame) -> Option<[u64; 2]>> Answer for F {}

/// What is known of a call before it is decided.
#[derive(Clone, Copy)]
pub(crate) struct Case<'a> {
    pub(crate) program: &'a Program,
    pub(crate) patterns: &'a Patterns,
    /// The entry, also by its index.
    pub(crate) entry: &'a Entry,
    pub(crate) index: usize,
    /// Its rules.
    pub(crate) groups: &'a Groups,
}

/// Approvals that fit, and those among them that were not used.
struct Evidence {
    /// Whether what asks for approvals says what they have to be bound to.
    binds: bool,
    fitting: Vec<(Asker, Fitting)>,
    unused: BTreeSet<usize>,
}

/// Where no approval is there.
static NO_EVIDENCE: Evidence = Evidence { binds: true, fitting: Vec::new(), unused: BTreeSet::new() };

/// Where nobody may hand over an approval.
static UNBOUND: Evidence = Evidence { binds: false, fitting: Vec::new(), unused: BTreeSet::new() };

/// What a decision depends on beside rules.
struct Situation<'a> {
    case: Case<'a>,
    facts: &'a Facts,
    evidence: &'a Evidence,
    history: Option<&'a History<'a>>,
}

/// What was read of windows.
struct History<'a> {
    windows: &'a Windows<'a>,
    read: &'a Read,
}

/// Which windows hold a call that ended so.
const fn recorded_by(effect: Effect) -> &'static [Recorded] {
    match effect {
        Effect::Allow => &[Recorded::Admitted, Recorded::Attempted],
        Effect::RequireApproval => &[Recorded::Attempted],
        Effect::Deny => &[Recorded::Denied, Recorded::Attempted],
    }
}

impl Case<'_> {
    /// Decides with what a host hands over, and records.
    pub(crate) fn decide_with(
        &self,
        frame: &mut Frame,
        host: &Host<'_>,
        answer: &impl Answer,
        decision: &mut Decision,
    ) {
        frame.store(self.entry.now, host.clock.now.cast_unsigned());
        let Entry { lookups, tables, windows, .. } = self.entry;
        if lookups.is_empty() && tables.is_empty() {
            // What windows said of an earlier decision on this frame is gone.
            if !windows.is_empty() {
                frame.rewind();
            }
        } else {
            look_up(self.program, self.patterns, (lookups, tables), frame, host.facts);
        }
        if self.entry.windows.is_empty() && host.facts.approvals.is_empty() {
            return self.judge(frame, host.facts, &NO_EVIDENCE, None, answer, decision);
        }
        let mut evidence = self.evidence(frame, host);
        if self.entry.windows.is_empty() && evidence.fitting.is_empty() {
            return self.judge(frame, host.facts, &NO_EVIDENCE, None, answer, decision);
        }
        // Most calls come without approvals.
        let fitting = || evidence.fitting.iter().map(|(_, fitting)| fitting);
        let marks = (!evidence.fitting.is_empty()).then(|| Marks::new(self.program, host, fitting()));
        // The memory of the decision is lent, as the decision is written meanwhile.
        let (mut kept, mut read) = (take(&mut decision.scratch.windows), take(&mut decision.scratch.read));
        kept.fill(self.program, &self.entry.windows, &self.groups.keyed_alike, &self.operands(frame));
        let (mut items, mut all) = (Few::new(), Few::new());
        kept.items(&mut items);
        kept.all(self.program, &self.entry.windows, &items, &mut all);
        let windows = Windows::new(self.program, &all, host.clock);
        self.transact(frame, host, answer, decision, (&mut evidence, marks.as_ref()), (&windows, &mut read));
        drop(all);
        drop(items);
        (decision.scratch.windows, decision.scratch.read) = (kept, read);
    }

    /// Reads, decides and records, all at once.
    fn transact(
        &self,
        frame: &mut Frame,
        host: &Host<'_>,
        answer: &impl Answer,
        decision: &mut Decision,
        (evidence, marks): (&mut Evidence, Option<&Marks<'_>>),
        (windows, read): (&Windows<'_>, &mut Read),
    ) {
        let mut accesses = Few::new();
        windows.accesses(&mut accesses);
        let first_mark = accesses.len();
        if let Some(marks) = marks {
            accesses.extend(marks.accesses());
        }

        // What only shadow rules read must not stand in the way: without it, a second attempt may succeed.
        for shadow in [true, false] {
            let mut decided = false;
            let recorded = host.store.transact(&accesses, &mut |readings| {
                let (of_windows, of_marks) = readings.split_at_checked(first_mark).unwrap_or_default();
                if let Some(marks) = marks {
                    evidence.unused = marks.unused(of_marks);
                }
                windows.read(of_windows, self.patterns, frame, read);
                let history = History { windows, read: &*read };
                self.judge(frame, host.facts, evidence, Some(&history), answer, decision);
                let of = recorded_by(decision.effect);
                let mut records = windows.records(&*read, of, shadow);
                if let Some(marks) = marks {
                    records.extend(marks.records(&evidence.used_by(&decision.scratch.verdict.met), first_mark));
                }
                decided = true;
                records
            });
            match recorded {
                Ok(()) if decided => return,
                Err(_) if decided => {
                    let count = |all| windows.records(&*read, recorded_by(decision.effect), all).len();
                    if !shadow || count(true) == count(false) {
                        return decision.unrecorded();
                    }
                }
                // A store that decides nothing is none.
                _ => break,
            }
        }
        self.judge(frame, host.facts, &UNBOUND, None, &|_: Leaf, _: &Operands<'_>, _: &Frame| None, decision);
    }

    /// Records how an allowed call ended and what it gave back, or tells that it could not be recorded. The frame stays
    /// as it was decided.
    pub(crate) fn attest(
        &self,
        frame: &mut Frame,
        host: &Host<'_>,
        ok: bool,
        output: Option<&[u8]>,
    ) -> Result<bool, Refusal> {
        let of = if ok { Recorded::Succeeded } else { Recorded::Failed };
        let slots = frame.slots().to_vec();
        let read = if ok { request::output(self.program, self.patterns, self.entry, output, frame) } else { Ok(()) };
        let recorded = read.map(|()| record(self.program, self.patterns, &self.entry.windows, frame, host, of));
        frame.restore(slots);
        recorded
    }

    /// Decides what needs nothing but the request. Where something else is read, every rule fails.
    pub(crate) fn decide(&self, frame: &Frame, answer: &impl Answer, decision: &mut Decision) {
        let Entry { now, windows, lookups, tables, .. } = self.entry;
        let alone = now.is_none() && windows.is_empty() && lookups.is_empty() && tables.is_empty();
        let answer =
            |leaf: Leaf, operands: &Operands<'_>, frame: &Frame| answer(leaf, operands, frame).filter(|_| alone);
        self.judge(frame, &NO_FACTS, &UNBOUND, None, &answer, decision);
    }

    /// Finds the approvals that fit, whether or not they were used.
    fn evidence(&self, frame: &Frame, host: &Host<'_>) -> Evidence {
        let mut evidence = Evidence { binds: true, fitting: Vec::new(), unused: BTreeSet::new() };
        if host.facts.approvals.is_empty() {
            return evidence;
        }
        let operands = self.operands(frame);
        if let Some(approvals) = Approvals::new(self.program, self.entry, host, &operands) {
            let fitting = self.asks().map(|(asker, ask)| {
                let rule = match asker {
                    Asker::Rule(position) => Some(position),
                    Asker::Tier(_) => None,
                };
                (asker, approvals.fitting(ask, rule))
            });
            evidence.fitting = fitting.collect();
        }
        evidence
    }

    /// Everything that may ask here.
    fn asks(&self) -> impl Iterator<Item = (Asker, &Ask)> {
        let rules = self.entry.rules.iter().enumerate();
        let rules = rules.filter_map(|(position, _)| Some((Asker::Rule(position), self.ask(Asker::Rule(position))?)));
        let tiers = (0..).zip(&self.program.tiers);
        rules.chain(tiers.filter_map(|(index, tier)| Some((Asker::Tier(index), tier.ask.as_ref()?))))
    }

    fn ask(&self, asker: Asker) -> Option<&Ask> {
        match asker {
            Asker::Rule(position) => {
                let id = self.entry.rules.get(position)?.rule;
                self.program.rules.get(usize::try_from(id.0).ok()?)?.ask.as_ref()
            }
            Asker::Tier(index) => self.program.tiers.get(usize::try_from(index).ok()?)?.ask.as_ref(),
        }
    }

    /// The decision. Its verdict says whose approvals an allow uses up.
    fn judge(
        &self,
        frame: &Frame,
        facts: &Facts,
        evidence: &Evidence,
        history: Option<&History<'_>>,
        answer: &impl Answer,
        decision: &mut Decision,
    ) {
        let operands = self.operands(frame);
        let ask = |leaf| {
            let answer = answer(leaf, &operands, frame);
            let sound = !operands.take_fault();
            self.groups.results(leaf, answer.filter(|_| sound))
        };
        let alone = history.is_none() && evidence.fitting.is_empty() && facts.supported.is_none();
        // As it is where there are few rules: what follows needs no loops then.
        if let Some(leaf) = self.groups.only {
            let results = [ask(leaf)];
            let from = results.first().map(|one| (self.groups.number, *one));
            if alone && decision.scratch.from == from && !frame.has_defaults() {
                // The decision that was written down last says all of this one.
                decision.serial = frame.serial();
                return;
            }
            let outcome = self.outcome(&results);
            if !alone || self.write_plain(&outcome, frame, &operands, decision).is_none() {
                self.decide_wholly(outcome, frame, (facts, evidence, history), &operands, decision);
            } else if decision.scratch.is_plain && decision.obligations.iter().all(Carried::is_constant) {
                decision.scratch.from = from;
            }
        } else {
            let mut results = std::mem::take(&mut decision.scratch.results);
            results.clear();
            self.groups.index.visit(frame.slots(), &mut |leaf| results.push(ask(leaf)));
            let outcome = self.outcome(&results);
            if !alone || self.write_plain(&outcome, frame, &operands, decision).is_none() {
                self.decide_wholly(outcome, frame, (facts, evidence, history), &operands, decision);
            }
            decision.scratch.results = results;
        }
        decision.entry = Some(self.index);
        decision.maker = self.groups.number;
        decision.serial = frame.serial();
    }

    const fn outcome<'r>(&'r self, results: &'r [Results]) -> Outcome<'r> {
        Outcome { program: self.program, entry: self.entry, groups: self.groups, results }
    }

    /// Writes a decision down that rules alone make; nothing if they do not, or if an argument of an obligation fails.
    #[expect(clippy::inline_always, reason = "this is written for one result, and for any number of them")]
    #[inline(always)]
    fn write_plain(
        &self,
        outcome: &Outcome<'_>,
        frame: &Frame,
        operands: &Operands<'_>,
        decision: &mut Decision,
    ) -> Option<()> {
        let plain = outcome.plain()?;
        decision.clear_but_rules();
        if plain.by_rules {
            outcome.list_plain(plain, decision.rules());
        } else {
            decision.determine(DeterminedBy::Default);
        }
        let Decision { obligations, scratch, .. } = decision;
        let mut added = Some(());
        let mut add = |due: &Due, made: Option<Made>| {
            let spare = &mut scratch.obligations;
            added = added.and_then(|()| obligations::add(self.program, (due, made), operands, obligations, spare));
        };
        outcome.each_owed(plain, |owed| add(&owed.due, owed.made));
        if plain.effect == Effect::Allow && plain.tier.is_some() {
            for (index, tier) in tiers(self.program, plain.tier) {
                tier.obligations.iter().enumerate().for_each(|(at, due)| add(due, self.patterns.made(index, at)));
            }
        }
        added?;
        if obligations.len() > 1 {
            obligations::sort(self.program, obligations);
        }
        decision.effect = plain.effect;
        decision.tier = plain.tier;
        decision.scratch.is_plain = !frame.has_defaults();
        if frame.has_defaults() {
            decision.input_defaults.extend_from_slice(frame.defaults());
            decision.input_defaults.sort();
        }
        Some(())
    }

    /// Writes any decision down.
    #[cold]
    fn decide_wholly(
        &self,
        outcome: Outcome<'_>,
        frame: &Frame,
        (facts, evidence, history): (&Facts, &Evidence, Option<&History<'_>>),
        operands: &Operands<'_>,
        decision: &mut Decision,
    ) {
        decision.clear();
        let Scratch { verdict, failed, obligations: spare, rules, .. } = &mut decision.scratch;
        let situation = Situation { case: *self, facts, evidence, history };
        outcome.decide(Scope::Enforced, &situation, verdict);
        situation.settle(verdict, Scope::Enforced);
        if self.obligations(verdict, operands, &mut decision.obligations, spare).is_none() {
            // It does not happen: no argument fails where its rule holds.
            verdict.deny(Ground::Unsupported);
            spare.append(&mut decision.obligations);
        }
        if verdict.ground == Ground::Asks {
            decision.alternatives = situation.requirements(verdict.rules.iter().copied().map(Asker::Rule));
            decision.requirements = situation.requirements(verdict.missing.iter().copied());
        }
        if verdict.effect == Effect::RequireApproval && evidence.binds {
            decision.binding = approvals::bound(self.program, self.entry, facts, operands);
        }
        outcome.errors(failed);
        decision.effect = verdict.effect;
        decision.input_defaults.extend_from_slice(frame.defaults());
        decision.input_defaults.sort();
        decision.tier = verdict.tier;
        if let Some(history) = history {
            decision.retry_after_ms = self.retry(verdict, failed, history);
            decision.readings.extend(self.readings(history));
        }
        self.errors(failed, operands, &mut decision.errors);
        decision.determined_by = self.determined_by(verdict, rules);
        if outcome.has_shadow() {
            let mut verdict = Verdict::default();
            outcome.decide(Scope::All, &situation, &mut verdict);
            situation.settle(&mut verdict, Scope::All);
            outcome.shadow_errors(failed);
            let mut errors = Vec::new();
            self.errors(failed, operands, &mut errors);
            let determined_by = self.determined_by(&verdict, &mut Vec::new());
            decision.shadow = Some(Shadow { effect: verdict.effect, determined_by, errors });
        }
    }

    /// After how many milliseconds there is room: nothing unless limits alone deny and waiting helps.
    fn retry(&self, verdict: &Verdict, failed: &[usize], history: &History<'_>) -> Option<i64> {
        if verdict.effect != Effect::Deny || verdict.ground != Ground::Rules {
            return None;
        }
        let mut longest = None;
        for position in &verdict.rules {
            let limit = self.entry.rules.get(*position)?.limit.filter(|_| !failed.contains(position))?;
            let place = self.entry.windows.binary_search_by_key(&limit, |of| of.window).ok()?;
            longest = longest.max(Some(history.read.windows.get(place)?.wait?));
        }
        let millisecond = 1000_i64;
        longest.map(|micros: i64| micros.saturating_add(millisecond.saturating_sub(1)).div_euclid(millisecond))
    }

    /// What windows say, looking back.
    fn readings(&self, history: &History<'_>) -> impl Iterator<Item = (u32, Option<i64>)> {
        let both = self.entry.windows.iter().zip(&history.read.windows);
        both.filter(|(of, _)| of.shown).map(|(of, read)| (of.window, read.past))
    }

    /// The obligations that a decision carries; nothing if an argument fails.
    fn obligations(
        &self,
        verdict: &Verdict,
        operands: &Operands<'_>,
        obligations: &mut Vec<Carried>,
        spare: &mut Vec<Carried>,
    ) -> Option<()> {
        let rules = verdict.obliging.iter().filter_map(|position| self.entry.rules.get(*position));
        let tier = verdict.tier.filter(|_| verdict.effect != Effect::Deny);
        let tiers = tiers(self.program, tier).flat_map(|(_, tier)| &tier.obligations);
        let dues = rules.flat_map(|rule| &rule.obligations).chain(tiers);
        obligations::due(self.program, dues, operands, obligations, spare)
    }

    /// What a verdict rests on. Its rules go into a list that is spare.
    fn determined_by(&self, verdict: &Verdict, spare: &mut Vec<RuleId>) -> DeterminedBy {
        let id = |position: &usize| self.entry.rules.get(*position).map(|rule| rule.rule);
        let mut rules = |positions: &mut dyn Iterator<Item = &usize>| {
            let mut rules = std::mem::take(spare);
            rules.clear();
            rules.extend(positions.filter_map(id));
            rules
        };
        match verdict.ground {
            Ground::Rules => DeterminedBy::Rules(rules(&mut verdict.rules.iter())),
            Ground::Default => DeterminedBy::Default,
            Ground::Unsupported => DeterminedBy::Unsupported,
            Ground::Unrecorded => DeterminedBy::Unrecorded,
            Ground::Asks => {
                let asking = |asker: &'_ Asker| match asker {
                    Asker::Rule(position) => Some(*position),
                    Asker::Tier(_) => None,
                };
                let asking: Vec<usize> = verdict.missing.iter().filter_map(asking).collect();
                let mut rules = rules(&mut verdict.rules.iter().chain(&asking));
                // By position and by id is the same order.
                rules.sort_unstable();
                let tier = |asker: &Asker| match asker {
                    Asker::Tier(tier) => Some(*tier),
                    Asker::Rule(_) => None,
                };
                DeterminedBy::Asks(rules, verdict.missing.iter().filter_map(tier).collect())
            }
        }
    }

    fn errors(&self, positions: &[usize], operands: &Operands<'_>, errors: &mut Vec<RuleError>) {
        let error = |position: &usize| {
            let rule = self.entry.rules.get(*position)?;
            // Native code says that it failed, the interpreter why.
            let cause = interpret::cause(&rule.condition, operands);
            operands.take_fault();
            Some(RuleError { rule: rule.rule, cause: cause.unwrap_or(Cause::Overflow) })
        };
        errors.extend(positions.iter().filter_map(error));
    }

    fn operands<'f>(&'f self, frame: &'f Frame) -> Operands<'f> {
        Operands::new(self.program, self.patterns, frame)
    }
}

impl Evidence {
    /// The approvals that count for an asker.
    fn counting(&self, asker: Asker) -> impl Iterator<Item = usize> {
        let fitting = self.fitting.iter().filter(move |(of, _)| *of == asker).flat_map(|(_, fitting)| fitting);
        fitting.copied().filter(|index| self.unused.contains(index))
    }

    /// The approvals that count for some askers.
    fn used_by(&self, askers: &[Asker]) -> BTreeSet<usize> {
        askers.iter().flat_map(|asker| self.counting(*asker)).collect()
    }
}

impl Situation<'_> {
    /// Denies what windows do not take, once it is known what is recorded.
    fn settle(&self, verdict: &mut Verdict, scope: Scope) {
        let fits = |history: &History<'_>| history.windows.fits(history.read, recorded_by(verdict.effect), scope);
        if verdict.effect != Effect::Deny && !self.history.is_none_or(fits) {
            verdict.deny(Ground::Unrecorded);
        }
    }

    fn requirements(&self, askers: impl Iterator<Item = Asker>) -> Vec<Requirement> {
        let requirement = |asker: Asker| {
            let by = match asker {
                Asker::Rule(position) => RequiredBy::Rule(self.case.entry.rules.get(position)?.rule),
                Asker::Tier(tier) => RequiredBy::Tier(tier),
            };
            let people = people(self.facts, self.evidence.counting(asker));
            Some(Requirement { by, approved_by: people.into_iter().map(str::to_owned).collect() })
        };
        askers.filter_map(requirement).collect()
    }
}

impl Circumstances for Situation<'_> {
    fn met(&self, asker: Asker) -> bool {
        let people = people(self.facts, self.evidence.counting(asker)).len();
        self.case.ask(asker).is_some_and(|ask| usize::try_from(ask.quorum).is_ok_and(|quorum| people >= quorum))
    }

    fn supports(&self, obligation: u32) -> bool {
        let known = |supported: &Vec<String>| {
            kind(self.case.program, obligation).is_some_and(|kind| supported.contains(&kind.name))
        };
        self.facts.supported.as_ref().is_none_or(known)
    }

    fn recordable(&self, scope: Scope) -> bool {
        self.history.is_none_or(|history| history.windows.recordable(history.read, scope))
    }
}

#[cfg(test)]
mod tests;
