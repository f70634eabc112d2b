//! The table of effects, against its definition rule by rule.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::ir::{Ask, Due, From, Obligation, RuleId, Tier};

/// What a rule says.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Says {
    No,
    Yes,
    Failed,
}

#[derive(Debug, Clone)]
struct Sample {
    effect: ir::Effect,
    shadow: bool,
    says: Says,
    asks: bool,
    to: u32,
    obligation: Option<u32>,
}

/// A world to decide in.
#[derive(Debug, Clone)]
struct World {
    rules: Vec<Sample>,
    /// The action's tier, and which tiers ask.
    tier: u32,
    asking: [bool; 3],
    obliging: [Option<u32>; 3],
    /// What is met of rules (by position modulo 8) and tiers.
    met: u8,
    met_tiers: u8,
    supported: u8,
    recordable: [bool; 2],
}

impl Circumstances for World {
    fn met(&self, asker: Asker) -> bool {
        match asker {
            Asker::Rule(position) => self.met >> (position % 8) & 1 == 1,
            Asker::Tier(tier) => self.met_tiers >> tier & 1 == 1,
        }
    }

    fn supports(&self, obligation: u32) -> bool {
        self.supported >> obligation & 1 == 1
    }

    fn recordable(&self, scope: Scope) -> bool {
        self.recordable[usize::from(scope == Scope::All)]
    }
}

fn any_rule() -> impl Strategy<Value = Sample> {
    use ir::Effect::{Allow, Deny, Limit, Oblige, Raise, RequireApproval};
    let effect = prop::sample::select(vec![Allow, Allow, Allow, RequireApproval, Deny, Limit, Raise, Oblige]);
    let says = prop_oneof![20 => Just(Says::No), 6 => Just(Says::Yes), 1 => Just(Says::Failed)];
    let obligation = prop_oneof![3 => Just(None), 1 => (0..4_u32).prop_map(Some)];
    (effect, any::<bool>(), says, any::<bool>(), 0..3_u32, obligation)
        .prop_map(|(effect, shadow, says, asks, to, obligation)| Sample { effect, shadow, says, asks, to, obligation })
}

fn any_world() -> impl Strategy<Value = World> {
    let rules = prop_oneof![prop::collection::vec(any_rule(), 0..12), prop::collection::vec(any_rule(), 60..200),];
    let often = || prop_oneof![1 => Just(false), 5 => Just(true)];
    let obliging = || prop_oneof![3 => Just(None), 1 => (0..4_u32).prop_map(Some)];
    (
        rules,
        0..3_u32,
        any::<[bool; 3]>(),
        [obliging(), obliging(), obliging()],
        any::<u8>(),
        any::<u8>(),
        prop_oneof![Just(0xf_u8), any::<u8>()],
        [often(), often()],
    )
        .prop_map(|(rules, tier, asking, obliging, met, met_tiers, supported, recordable)| World {
            rules,
            tier,
            asking,
            obliging,
            met,
            met_tiers,
            supported,
            recordable,
        })
}

fn dues(obligation: Option<u32>) -> Vec<Due> {
    obligation.into_iter().map(|obligation| Due { obligation, args: vec![] }).collect()
}

fn program(world: &World) -> Program {
    let ask = || Ask { from: From::Group(0), quorum: 1, expires: 60 };
    let rule = |sample: &Sample| Rule {
        effect: sample.effect,
        shadow: sample.shadow,
        ask: asks(sample).then(ask),
        raise: (sample.effect == ir::Effect::Raise).then_some(sample.to),
        ..Rule::default()
    };
    let tier = |(asks, obligation): (&bool, &Option<u32>)| Tier {
        ask: asks.then(ask),
        obligations: dues(*obligation),
        ..Tier::default()
    };
    let entry_rule = |(id, sample): (u32, &Sample)| EntryRule {
        rule: RuleId(id),
        obligations: dues(sample.obligation),
        ..EntryRule::default()
    };
    Program {
        tiers: world.asking.iter().zip(&world.obliging).map(tier).collect(),
        obligations: vec![Obligation { name: String::new(), params: vec![] }; 4],
        rules: world.rules.iter().map(rule).collect(),
        entries: vec![Entry {
            tier: Some(world.tier),
            rules: (0..).zip(&world.rules).map(entry_rule).collect(),
            ..Entry::default()
        }],
        ..Program::default()
    }
}

fn asks(sample: &Sample) -> bool {
    sample.effect == ir::Effect::RequireApproval || sample.effect == ir::Effect::Allow && sample.asks
}

/// The definition, rule by rule.
fn defined(world: &World, scope: Scope) -> Verdict {
    use ir::Effect::{Allow, Deny, Limit, Oblige, Raise, RequireApproval};
    let select = |which: &dyn Fn(&Sample) -> bool| -> Vec<usize> {
        let counts = |rule: &Sample| (scope == Scope::All || !rule.shadow) && which(rule);
        world.rules.iter().enumerate().filter(|(_, rule)| counts(rule)).map(|(position, _)| position).collect()
    };
    let held = |effects: &[ir::Effect]| select(&|r| effects.contains(&r.effect) && r.says == Says::Yes);
    let tier = held(&[Raise]).iter().map(|p| world.rules[*p].to).chain([world.tier]).max();
    let verdict = |effect, ground, rules, obliging| Verdict {
        effect,
        ground,
        tier,
        rules,
        missing: vec![],
        obliging,
        met: vec![],
    };
    let d = select(&|r| {
        matches!(r.effect, Deny | Limit) && r.says == Says::Yes || r.effect != Allow && r.says == Says::Failed
    });
    let a = held(&[Allow]);
    let knows = |o: &Option<u32>| o.is_none_or(|o| world.supports(o));
    let s: Vec<usize> = a.iter().copied().filter(|p| knows(&world.rules[*p].obligation)).collect();
    let m = held(&[RequireApproval, Oblige]);
    let tiers = 0..=tier.unwrap();
    let m_known = m.iter().all(|p| knows(&world.rules[*p].obligation))
        && tiers.clone().all(|t| knows(&world.obliging[t as usize]));
    let g: Vec<usize> = s.iter().copied().filter(|p| !asks(&world.rules[*p]) || world.met(Asker::Rule(*p))).collect();
    let q: Vec<Asker> = held(&[RequireApproval])
        .into_iter()
        .map(Asker::Rule)
        .chain(tiers.filter(|t| world.asking[*t as usize]).map(Asker::Tier))
        .collect();
    let u: Vec<Asker> = q.iter().copied().filter(|x| !world.met(*x)).collect();
    let w = if g.is_empty() { s.clone() } else { vec![] };
    if !d.is_empty() {
        verdict(Effect::Deny, Ground::Rules, d, held(&[Deny, Limit]))
    } else if a.is_empty() {
        verdict(Effect::Deny, Ground::Default, vec![], vec![])
    } else if s.is_empty() || !m_known {
        verdict(Effect::Deny, Ground::Unsupported, vec![], vec![])
    } else if !world.recordable(scope) {
        verdict(Effect::Deny, Ground::Unrecorded, vec![], vec![])
    } else if !w.is_empty() || !u.is_empty() {
        let obliging = m.into_iter().chain(w.clone()).collect();
        Verdict { missing: u, ..verdict(Effect::RequireApproval, Ground::Asks, w, obliging) }
    } else {
        let own = g.iter().filter(|p| asks(&world.rules[**p])).map(|p| Asker::Rule(*p));
        let met = own.chain(q).collect();
        let obliging = m.into_iter().chain(g.clone()).collect();
        Verdict { met, ..verdict(Effect::Allow, Ground::Rules, g, obliging) }
    }
}

fn results(world: &World, groups: &Groups) -> Vec<Results> {
    let mut results = Vec::new();
    groups.index.visit(&[], &mut |leaf| {
        let group = &groups.index.groups()[leaf.group as usize];
        let word = |says| {
            let says = |place: &u32| world.rules[group.rules[*place as usize] as usize].says == says;
            group.case(leaf.case).filter(says).map(|place| 1_u64 << place).sum()
        };
        results.push(groups.results(leaf, Some([word(Says::Yes), word(Says::Failed)])));
    });
    results
}

fn decide(world: &World, scope: Scope) -> Verdict {
    let program = program(world);
    let entry = &program.entries[0];
    let groups = Groups::of(&program, entry, false);
    let results = results(world, &groups);
    // What is left over of another decision does not matter.
    let mut verdict = Verdict {
        effect: Effect::Allow,
        ground: Ground::Asks,
        tier: Some(7),
        rules: vec![9],
        missing: vec![Asker::Tier(7)],
        obliging: vec![8],
        met: vec![Asker::Rule(9)],
    };
    Outcome { program: &program, entry, groups: &groups, results: &results }.decide(scope, world, &mut verdict);
    verdict
}

fn rank(verdict: &Verdict) -> u8 {
    match verdict.effect {
        Effect::Allow => 0,
        Effect::RequireApproval => 1,
        Effect::Deny => 2,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    #[test]
    fn words_say_what_the_definition_says(world in any_world()) {
        prop_assert_eq!(decide(&world, Scope::Enforced), defined(&world, Scope::Enforced));
        prop_assert_eq!(decide(&world, Scope::All), defined(&world, Scope::All));
    }

    #[test]
    fn failures_are_listed_and_shadow_ones_apart(world in any_world()) {
        let program = program(&world);
        let entry = &program.entries[0];
        let groups = Groups::of(&program, entry, false);
        let results = results(&world, &groups);
        let outcome = Outcome { program: &program, entry, groups: &groups, results: &results };
        prop_assert_eq!(outcome.has_shadow(), world.rules.iter().any(|r| r.shadow));
        let failed = |shadow| -> BTreeSet<usize> {
            let which = |(_, r): &(usize, &Sample)| r.says == Says::Failed && r.shadow == shadow;
            world.rules.iter().enumerate().filter(which).map(|(position, _)| position).collect()
        };
        let mut listed = vec![99];
        outcome.errors(&mut listed);
        prop_assert_eq!(listed.iter().copied().collect::<BTreeSet<_>>(), failed(false));
        outcome.shadow_errors(&mut listed);
        prop_assert_eq!(listed.into_iter().collect::<BTreeSet<_>>(), failed(true));
    }

    #[test]
    fn only_an_allow_lowers_and_only_what_is_no_allow_raises(world in any_world(), more in any_rule()) {
        let before = decide(&world, Scope::All);
        let mut with = world.clone();
        let allows = more.effect == ir::Effect::Allow;
        with.rules.push(more);
        let after = decide(&with, Scope::All);
        prop_assert!(after.tier >= before.tier);
        if allows {
            prop_assert!(rank(&after) <= rank(&before));
        } else {
            prop_assert!(rank(&after) >= rank(&before));
        }
    }

    #[test]
    fn a_failure_never_weakens(world in any_world(), which: prop::sample::Index) {
        prop_assume!(!world.rules.is_empty());
        let mut failed = world.clone();
        let rules = failed.rules.len();
        failed.rules[which.index(rules)].says = Says::Failed;
        prop_assert!(rank(&decide(&failed, Scope::All)) >= rank(&decide(&world, Scope::All)));
    }

    #[test]
    fn approvals_only_help(world in any_world(), more: u8, tiers: u8) {
        let mut with = world.clone();
        with.met |= more;
        with.met_tiers |= tiers;
        prop_assert!(rank(&decide(&with, Scope::All)) <= rank(&decide(&world, Scope::All)));
    }
}

#[test]
fn an_answer_that_cannot_be_right_fails_every_rule() {
    let sample = |effect, says| Sample { effect, shadow: false, says, asks: false, to: 0, obligation: None };
    let world = World {
        rules: vec![sample(ir::Effect::Allow, Says::Yes), sample(ir::Effect::Deny, Says::No)],
        tier: 0,
        asking: [false; 3],
        obliging: [None; 3],
        met: 0,
        met_tiers: 0,
        supported: 0,
        recordable: [true; 2],
    };
    let program = program(&world);
    let entry = &program.entries[0];
    let groups = Groups::of(&program, entry, false);
    for answer in [None, Some([u64::MAX, u64::MAX]), Some([1, 1]), Some([0b101, 0]), Some([1, 1 << 63])] {
        let results = [groups.results(Leaf { group: 0, case: 0 }, answer)];
        let outcome = Outcome { program: &program, entry, groups: &groups, results: &results };
        let mut verdict = Verdict::default();
        outcome.decide(Scope::Enforced, &world, &mut verdict);
        assert_eq!((verdict.ground, verdict.rules), (Ground::Rules, vec![1]));
        let mut failed = vec![];
        outcome.errors(&mut failed);
        assert_eq!(failed, [0, 1]);
    }
}
