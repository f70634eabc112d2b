//! Combining: from what single rules say to the decision, 64 rules at a time.

use crate::abi::GROUP_RULES;
use crate::decision::{DeterminedBy, Effect};
use crate::ir::{self, Entry, EntryRule, Program, RuleId};

/// What a group's rules are, one bit each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Masks {
    allow: u64,
    ask: u64,
    deny: u64,
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
            let index = usize::try_from(entry_rule.rule.0).ok();
            let Some(rule) = index.and_then(|index| program.rules.get(index)) else {
                continue;
            };
            masks.known |= bit;
            match rule.effect {
                ir::Effect::Allow => masks.allow |= bit,
                ir::Effect::RequireApproval => masks.ask |= bit,
                ir::Effect::Deny => masks.deny |= bit,
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
    pub(crate) rules: &'a [EntryRule],
    pub(crate) masks: &'a [Masks],
    pub(crate) results: &'a [Results],
}

impl Outcome<'_> {
    /// The decision.
    pub(crate) fn decide(&self, scope: Scope) -> (Effect, DeterminedBy) {
        let denies = |m: Masks, r: Results| (r.held & m.deny | r.failed & !m.allow) & m.in_scope(scope);
        let grants = |m: Masks, r: Results| r.held & m.allow & m.in_scope(scope);
        let asks = |m: Masks, r: Results| r.held & m.ask & m.in_scope(scope);
        if self.any(denies) {
            (Effect::Deny, DeterminedBy::Rules(self.list(denies)))
        } else if !self.any(grants) {
            (Effect::Deny, DeterminedBy::Default)
        } else if self.any(asks) {
            (Effect::RequireApproval, DeterminedBy::Rules(self.list(asks)))
        } else {
            (Effect::Allow, DeterminedBy::Rules(self.list(grants)))
        }
    }

    /// The enforced rules that failed.
    pub(crate) fn errors(&self) -> Vec<RuleId> {
        self.list(|m, r| r.failed & m.in_scope(Scope::Enforced))
    }

    /// The shadow rules that failed.
    pub(crate) fn shadow_errors(&self) -> Vec<RuleId> {
        self.list(|m, r| r.failed & m.shadow)
    }

    /// Whether there is a shadow rule.
    pub(crate) fn has_shadow(&self) -> bool {
        self.masks.iter().any(|m| m.shadow != 0)
    }

    fn any(&self, select: impl Fn(Masks, Results) -> u64) -> bool {
        self.words().any(|(m, r)| select(m, r) != 0)
    }

    fn list(&self, select: impl Fn(Masks, Results) -> u64) -> Vec<RuleId> {
        let mut list = Vec::new();
        for (group, (m, r)) in self.rules.chunks(GROUP_RULES).zip(self.words()) {
            let mut word = select(m, r);
            while word != 0 {
                let position = usize::try_from(word.trailing_zeros()).ok();
                list.extend(position.and_then(|p| group.get(p)).map(|rule| rule.rule));
                // Clears the lowest bit.
                word &= word.wrapping_sub(1);
            }
        }
        list
    }

    fn words(&self) -> impl Iterator<Item = (Masks, Results)> {
        self.masks.iter().copied().zip(self.results.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::ir::{Expr, Rule};
    use crate::schema::{Reads, TypeId};

    /// What a rule says.
    #[derive(Debug, Clone, Copy, PartialEq)]
    enum Says {
        No,
        Yes,
        Failed,
    }

    fn any_rules() -> impl Strategy<Value = Vec<(ir::Effect, bool, Says)>> {
        let effect = prop_oneof![Just(ir::Effect::Allow), Just(ir::Effect::RequireApproval), Just(ir::Effect::Deny)];
        let says = prop_oneof![20 => Just(Says::No), 4 => Just(Says::Yes), 1 => Just(Says::Failed)];
        prop::collection::vec((effect, any::<bool>(), says), 0..200)
    }

    fn program(rules: &[(ir::Effect, bool, Says)]) -> Program {
        let rule = |&(effect, shadow, _): &_| Rule { name: String::new(), effect, shadow, ask: None };
        let ids = 0..u32::try_from(rules.len()).unwrap();
        Program {
            rules: rules.iter().map(rule).collect(),
            entries: vec![Entry {
                action: String::new(),
                principal: TypeId(0),
                resource: None,
                input: TypeId(0),
                context: None,
                tier: None,
                reads_principal: Reads::default(),
                reads_resource: Reads::default(),
                reads_input: Reads::default(),
                reads_context: Reads::default(),
                slots: 0,
                rules: ids.map(|id| EntryRule { rule: RuleId(id), condition: Expr::Const(0), because: None }).collect(),
            }],
            ..Program::default()
        }
    }

    /// The definition, rule by rule.
    fn defined(rules: &[(ir::Effect, bool, Says)], shadow: bool) -> (Effect, DeterminedBy) {
        let select = |which: &dyn Fn(ir::Effect, Says) -> bool| -> Vec<RuleId> {
            (0_u32..)
                .zip(rules)
                .filter(|(_, rule)| (shadow || !rule.1) && which(rule.0, rule.2))
                .map(|(id, _)| RuleId(id))
                .collect()
        };
        let d = select(&|e, s| e == ir::Effect::Deny && s == Says::Yes || e != ir::Effect::Allow && s == Says::Failed);
        let a = select(&|e, s| e == ir::Effect::Allow && s == Says::Yes);
        let u = select(&|e, s| e == ir::Effect::RequireApproval && s == Says::Yes);
        match (d.is_empty(), a.is_empty(), u.is_empty()) {
            (false, _, _) => (Effect::Deny, DeterminedBy::Rules(d)),
            (true, true, _) => (Effect::Deny, DeterminedBy::Default),
            (true, false, false) => (Effect::RequireApproval, DeterminedBy::Rules(u)),
            (true, false, true) => (Effect::Allow, DeterminedBy::Rules(a)),
        }
    }

    proptest! {
        #[test]
        fn words_say_what_the_definition_says(rules in any_rules()) {
            let program = program(&rules);
            let entry = &program.entries[0];
            let masks = Masks::of(&program, entry);
            let results: Vec<Results> = rules
                .chunks(64)
                .zip(&masks)
                .map(|(group, &masks)| {
                    let word = |says| (0..).zip(group).filter(|(_, r)| r.2 == says).map(|(i, _)| 1_u64 << i).sum();
                    Results::new(masks, Some([word(Says::Yes), word(Says::Failed)]))
                })
                .collect();
            let outcome = Outcome { rules: &entry.rules, masks: &masks, results: &results };
            prop_assert_eq!(outcome.decide(Scope::Enforced), defined(&rules, false));
            prop_assert_eq!(outcome.decide(Scope::All), defined(&rules, true));
            prop_assert_eq!(outcome.has_shadow(), rules.iter().any(|r| r.1));
            let failed: BTreeSet<_> = (0..).zip(&rules).filter(|(_, r)| r.2 == Says::Failed).map(|(i, _)| RuleId(i)).collect();
            let listed: Vec<_> = outcome.errors().into_iter().chain(outcome.shadow_errors()).collect();
            prop_assert_eq!(listed.len(), failed.len());
            prop_assert_eq!(listed.into_iter().collect::<BTreeSet<_>>(), failed);
        }
    }

    #[test]
    fn an_answer_that_cannot_be_right_fails_every_rule() {
        let rules = [(ir::Effect::Allow, false, Says::Yes), (ir::Effect::Deny, false, Says::No)];
        let program = program(&rules);
        let entry = &program.entries[0];
        let masks = Masks::of(&program, entry);
        for answer in [None, Some([u64::MAX, u64::MAX]), Some([1, 1]), Some([0b101, 0]), Some([1, 1 << 63])] {
            let results = [Results::new(masks[0], answer)];
            let outcome = Outcome { rules: &entry.rules, masks: &masks, results: &results };
            let denied = (Effect::Deny, DeterminedBy::Rules(vec![RuleId(1)]));
            assert_eq!(outcome.decide(Scope::Enforced), denied);
            assert_eq!(outcome.errors(), [RuleId(0), RuleId(1)]);
        }
    }
}
