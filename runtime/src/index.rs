//! The index: which rules of an entry can say anything about a request.
//!
//! A condition is mostly an `and`, and an `and` is false as soon as one operand is, whether or not another one fails. So a
//! rule whose operand `slot == constant` is false has nothing to say, and need not be looked at. The index finds the
//! rules whose operands of this kind are not all false by looking the slot's word up, instead of asking each rule. It
//! skips no rule that holds or fails; one that it does not skip is evaluated whole.
//!
//! The index follows from the conditions alone. The compiler and the runtime each derive it: the former to lay out the
//! code, the latter to find its way in it.

use std::collections::{BTreeMap, BTreeSet};

use foldhash::fast::RandomState;
use hashbrown::HashMap;

use crate::abi::{GROUP_RULES, literal};
use crate::ir::{Cmp, Entry, EntryRule, Expr};
use crate::schema::Slot;
use crate::steps::is_data;

/// So few rules are evaluated one after the other: looking anything up costs as much.
const FEW: usize = 16;

/// So many rules have to have an operand on the same slot for it to be looked up.
const MANY: usize = 8;

/// Which rules a request can touch.
#[derive(Debug, Clone, Default)]
pub struct Index {
    groups: Vec<Group>,
    nodes: Vec<Node>,
    root: Vec<u32>,
}

/// Rules that one native function evaluates: at most [`GROUP_RULES`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Group {
    /// The rules, by their positions in the entry.
    pub rules: Vec<u32>,
    /// Where each of its cases ends among the rules. The first begins with the first rule, the others where the one before
    /// ends. One call evaluates one case.
    pub cases: Vec<u32>,
}

impl Group {
    /// The rules of a case, by their places in the group.
    #[must_use]
    pub fn case(&self, case: u32) -> std::ops::Range<u32> {
        let case = usize::try_from(case).unwrap_or(usize::MAX);
        let start = case.checked_sub(1).and_then(|before| self.cases.get(before)).copied().unwrap_or_default();
        start..self.cases.get(case).copied().unwrap_or(start)
    }
}

/// A case of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Leaf {
    pub(crate) group: u32,
    pub(crate) case: u32,
}

/// Where a search goes on.
#[derive(Debug, Clone)]
enum Node {
    /// These rules are evaluated.
    Leaf(Leaf),
    /// All of these.
    All(Box<[u32]>),
    /// Where the word of a slot leads; nowhere if it is none of these.
    Word(Slot, Box<HashMap<u64, u32, RandomState>>),
    /// Those whose bound the number in a slot reaches: in ascending order of the bound.
    From(Slot, Box<[(i64, u32)]>),
    /// Those whose bound the number in a slot does not exceed: in descending order of the bound.
    UpTo(Slot, Box<[(i64, u32)]>),
}

/// What has to be so for a rule to hold or fail, as far as words of slots tell.
#[derive(Debug, Default)]
struct Demands {
    /// The slot holds one of these words.
    words: BTreeMap<Slot, BTreeSet<u64>>,
    /// The number in the slot is at least this.
    least: BTreeMap<Slot, i64>,
    /// The number in the slot is at most this.
    most: BTreeMap<Slot, i64>,
}

impl Index {
    /// The index of an entry. It is the same each time. Rules that can be data are in groups of their own if they are to be
    /// apart.
    #[must_use]
    pub fn of(entry: &Entry, apart: bool) -> Self {
        let mut builder = Builder { index: Self::default(), demands: Vec::new(), data: Vec::new(), last: [None; 2] };
        if apart {
            builder.data = entry.rules.iter().map(|rule| is_data(&rule.condition)).collect();
        }
        let all = (0..).zip(&entry.rules).map(|(position, _)| position).collect::<Vec<u32>>();
        if all.len() > FEW {
            builder.demands = entry.rules.iter().map(Demands::of).collect();
        }
        let root = builder.build(all, &BTreeSet::new());
        Self { root, ..builder.index }
    }

    /// The groups.
    #[must_use]
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// The groups alone.
    #[must_use]
    pub fn into_groups(self) -> Vec<Group> {
        self.groups
    }

    /// How many bytes it takes, more or less.
    pub(crate) fn bytes(&self) -> usize {
        let group = |group: &Group| {
            let lists = size_of_val(group.rules.as_slice()).saturating_add(size_of_val(group.cases.as_slice()));
            lists.saturating_add(size_of::<Group>())
        };
        let node = |node: &Node| {
            let below = match node {
                Node::Leaf(_) => 0,
                Node::All(nodes) => size_of_val(&**nodes),
                Node::Word(_, table) => table.allocation_size(),
                Node::From(_, bounds) | Node::UpTo(_, bounds) => size_of_val(&**bounds),
            };
            below.saturating_add(size_of::<Node>())
        };
        let groups = self.groups.iter().map(group).fold(size_of::<Self>(), usize::saturating_add);
        let nodes = self.nodes.iter().map(node).fold(size_of_val(self.root.as_slice()), usize::saturating_add);
        groups.saturating_add(nodes)
    }

    /// The only case, if there is one alone.
    pub(crate) fn only(&self) -> Option<Leaf> {
        let [root] = self.root[..] else { return None };
        match usize::try_from(root).ok().and_then(|root| self.nodes.get(root)) {
            Some(Node::Leaf(leaf)) => Some(*leaf),
            _ => None,
        }
    }

    /// Visits each case that has a rule which may hold or fail, given the words of the slots. A slot that is not there
    /// excludes nothing.
    pub(crate) fn visit(&self, slots: &[u64], visit: &mut impl FnMut(Leaf)) {
        for node in &self.root {
            self.visit_node(*node, slots, visit);
        }
    }

    // Recursion is as deep as there are operands in a condition on slots of their own.
    fn visit_node(&self, node: u32, slots: &[u64], visit: &mut impl FnMut(Leaf)) {
        let Some(node) = usize::try_from(node).ok().and_then(|node| self.nodes.get(node)) else { return };
        let word = |slot: &Slot| usize::try_from(slot.0).ok().and_then(|slot| slots.get(slot)).copied();
        match node {
            Node::Leaf(leaf) => visit(*leaf),
            Node::All(nodes) => nodes.iter().for_each(|node| self.visit_node(*node, slots, visit)),
            Node::Word(slot, table) => match word(slot) {
                Some(word) => table.get(&word).into_iter().for_each(|node| self.visit_node(*node, slots, visit)),
                None => table.values().for_each(|node| self.visit_node(*node, slots, visit)),
            },
            Node::From(slot, bounds) => {
                let number = word(slot).map_or(i64::MAX, u64::cast_signed);
                let reached = bounds.iter().take_while(|(bound, _)| *bound <= number);
                reached.for_each(|(_, node)| self.visit_node(*node, slots, visit));
            }
            Node::UpTo(slot, bounds) => {
                let number = word(slot).map_or(i64::MIN, u64::cast_signed);
                let reached = bounds.iter().take_while(|(bound, _)| *bound >= number);
                reached.for_each(|(_, node)| self.visit_node(*node, slots, visit));
            }
        }
    }
}

/// Builds an index.
struct Builder {
    index: Index,
    /// Of each rule; empty where nobody asks.
    demands: Vec<Demands>,
    /// Which rules can be data; empty where nobody asks.
    data: Vec<bool>,
    /// The last group of rules that are code, and the last of those that can be data.
    last: [Option<usize>; 2],
}

/// What rules are told apart by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Test {
    Word(Slot),
    From(Slot),
    UpTo(Slot),
}

impl Builder {
    /// Nodes that lead to some rules. Those slots have been looked at.
    fn build(&mut self, mut rules: Vec<u32>, seen: &BTreeSet<Test>) -> Vec<u32> {
        let mut nodes = Vec::new();
        while rules.len() > FEW {
            let Some(test) = self.best(&rules, seen) else { break };
            let mut seen = seen.clone();
            seen.insert(test);
            let (told, others): (Vec<u32>, Vec<u32>) = rules.iter().partition(|rule| self.is_told(**rule, test));
            rules = others;
            let node = match test {
                Test::Word(slot) => self.by_word(slot, told, &seen),
                Test::From(slot) => Node::From(slot, self.by_bound(told, |of| of.least.get(&slot).copied(), &seen)),
                Test::UpTo(slot) => {
                    let descending = |of: &Demands| of.most.get(&slot).map(|most| !most);
                    let bounds = self.by_bound(told, descending, &seen);
                    Node::UpTo(slot, bounds.iter().map(|(bound, node)| (!bound, *node)).collect())
                }
            };
            nodes.push(self.add(node));
        }
        nodes.extend(self.leaves(&rules));
        nodes
    }

    /// By what most of some rules are told apart.
    fn best(&self, rules: &[u32], seen: &BTreeSet<Test>) -> Option<Test> {
        let mut tests: BTreeMap<Test, (usize, BTreeSet<u64>)> = BTreeMap::new();
        for demands in rules.iter().filter_map(|rule| self.demands(*rule)) {
            for (slot, words) in &demands.words {
                let (count, different) = tests.entry(Test::Word(*slot)).or_default();
                *count = count.saturating_add(1);
                // The first is enough to tell how many there are, more or less.
                different.extend(words.first());
            }
            for (test, bounds) in [(Test::From as fn(Slot) -> Test, &demands.least), (Test::UpTo, &demands.most)] {
                for (slot, bound) in bounds {
                    let (count, different) = tests.entry(test(*slot)).or_default();
                    *count = count.saturating_add(1);
                    different.insert(bound.cast_unsigned());
                }
            }
        }
        let useful = tests
            .into_iter()
            .filter(|(test, (count, different))| *count >= MANY && different.len() > 1 && !seen.contains(test));
        // How many of them a word excludes; of bounds about half.
        let worth = |(test, (count, different)): &(Test, (usize, BTreeSet<u64>))| match test {
            Test::Word(_) => count.saturating_sub(count.checked_div(different.len()).unwrap_or_default()),
            Test::From(_) | Test::UpTo(_) => count.checked_div(2).unwrap_or_default(),
        };
        // Of equal ones the first.
        useful.max_by_key(|of| (worth(of), std::cmp::Reverse(of.0))).map(|(test, _)| test)
    }

    fn is_told(&self, rule: u32, test: Test) -> bool {
        self.demands(rule).is_some_and(|of| match test {
            Test::Word(slot) => of.words.contains_key(&slot),
            Test::From(slot) => of.least.contains_key(&slot),
            Test::UpTo(slot) => of.most.contains_key(&slot),
        })
    }

    fn by_word(&mut self, slot: Slot, rules: Vec<u32>, seen: &BTreeSet<Test>) -> Node {
        let mut sets: BTreeMap<BTreeSet<u64>, Vec<u32>> = BTreeMap::new();
        for rule in rules {
            let words = self.demands(rule).and_then(|of| of.words.get(&slot)).cloned().unwrap_or_default();
            sets.entry(words).or_default().push(rule);
        }
        let mut targets: BTreeMap<u64, Vec<u32>> = BTreeMap::new();
        for (words, rules) in sets {
            let nodes = self.build(rules, seen);
            for word in words {
                targets.entry(word).or_default().extend(&nodes);
            }
        }
        let mut table = HashMap::with_capacity_and_hasher(targets.len(), RandomState::default());
        for (word, nodes) in targets {
            let node = match nodes[..] {
                [only] => only,
                _ => self.add(Node::All(nodes.into())),
            };
            table.insert(word, node);
        }
        Node::Word(slot, Box::new(table))
    }

    /// Parts of some rules in ascending order of a bound, each with the least bound in it.
    fn by_bound(
        &mut self,
        mut rules: Vec<u32>,
        bound: impl Fn(&Demands) -> Option<i64>,
        seen: &BTreeSet<Test>,
    ) -> Box<[(i64, u32)]> {
        let of = |builder: &Self, rule: u32| builder.demands(rule).and_then(&bound).unwrap_or(i64::MIN);
        rules.sort_by_key(|rule| (of(self, *rule), *rule));
        let mut parts = Vec::new();
        for part in rules.chunks(FEW) {
            let least = part.first().map_or(i64::MIN, |rule| of(self, *rule));
            let nodes = self.build(part.to_vec(), seen);
            parts.extend(nodes.into_iter().map(|node| (least, node)));
        }
        parts.into()
    }

    /// Leaves for some rules.
    fn leaves(&mut self, rules: &[u32]) -> Vec<u32> {
        let can_be_data = |rule: &u32| usize::try_from(*rule).ok().and_then(|rule| self.data.get(rule)).copied();
        let (data, code): (Vec<u32>, Vec<u32>) = rules.iter().partition(|rule| can_be_data(rule).unwrap_or(false));
        let mut nodes = self.leaves_of(false, &code);
        nodes.extend(self.leaves_of(true, &data));
        nodes
    }

    /// Leaves for some rules that are code, or can be data.
    fn leaves_of(&mut self, is_data: bool, rules: &[u32]) -> Vec<u32> {
        let mut nodes = Vec::new();
        let [code, data] = self.last;
        let mut last = if is_data { data } else { code };
        for rules in rules.chunks(GROUP_RULES) {
            let room = |group: &Group| group.rules.len().saturating_add(rules.len()) <= GROUP_RULES;
            let number = last.filter(|last| self.index.groups.get(*last).is_some_and(room)).unwrap_or_else(|| {
                self.index.groups.push(Group::default());
                self.index.groups.len().saturating_sub(1)
            });
            last = Some(number);
            let Some(group) = self.index.groups.get_mut(number) else { continue };
            group.rules.extend(rules);
            let case = u32::try_from(group.cases.len()).unwrap_or(u32::MAX);
            group.cases.push(u32::try_from(group.rules.len()).unwrap_or(u32::MAX));
            let group = u32::try_from(number).unwrap_or(u32::MAX);
            nodes.push(self.add(Node::Leaf(Leaf { group, case })));
        }
        self.last = if is_data { [code, last] } else { [last, data] };
        nodes
    }

    fn add(&mut self, node: Node) -> u32 {
        let number = u32::try_from(self.index.nodes.len()).unwrap_or(u32::MAX);
        self.index.nodes.push(node);
        number
    }

    fn demands(&self, rule: u32) -> Option<&Demands> {
        self.demands.get(usize::try_from(rule).ok()?)
    }
}

impl Demands {
    fn of(rule: &EntryRule) -> Self {
        let mut demands = Self::default();
        demands.take(&rule.condition);
        demands
    }

    /// Takes note of what an operand of an `and` demands, if it never fails.
    fn take(&mut self, expr: &Expr) {
        match expr {
            Expr::And(operands) => operands.iter().for_each(|operand| self.take(operand)),
            Expr::Or(operands) => {
                let mut all: Option<(Slot, BTreeSet<u64>)> = None;
                for operand in operands {
                    let Some((slot, word)) = equality(operand) else { return };
                    let (known, words) = all.get_or_insert((slot, BTreeSet::new()));
                    if *known != slot {
                        return;
                    }
                    words.insert(word);
                }
                if let Some((slot, words)) = all {
                    self.one_of(slot, words);
                }
            }
            Expr::Compare(cmp, left, right) => match (&**left, &**right) {
                (Expr::Load(slot), Expr::Const(number)) => self.compared(*slot, *cmp, *number),
                (Expr::Const(number), Expr::Load(slot)) => self.compared(*slot, cmp.mirrored(), *number),
                _ => {
                    if let Some((slot, word)) = equality(expr) {
                        self.one_of(slot, BTreeSet::from([word]));
                    }
                }
            },
            _ => {}
        }
    }

    fn compared(&mut self, slot: Slot, cmp: Cmp, number: i64) {
        let (least, most) = match cmp {
            Cmp::Eq => return self.one_of(slot, BTreeSet::from([number.cast_unsigned()])),
            Cmp::Ne => return,
            // Where nothing is greater or less, the bound excludes less than it could.
            Cmp::Gt => (Some(number.saturating_add(1)), None),
            Cmp::Ge => (Some(number), None),
            Cmp::Lt => (None, Some(number.saturating_sub(1))),
            Cmp::Le => (None, Some(number)),
        };
        if let Some(least) = least {
            let known = self.least.entry(slot).or_insert(least);
            *known = least.max(*known);
        }
        if let Some(most) = most {
            let known = self.most.entry(slot).or_insert(most);
            *known = most.min(*known);
        }
    }

    fn one_of(&mut self, slot: Slot, words: BTreeSet<u64>) {
        let known = self.words.entry(slot).or_insert_with(|| words.clone());
        *known = known.intersection(&words).copied().collect();
    }
}

/// The slot and the word of `slot == word`.
fn equality(expr: &Expr) -> Option<(Slot, u64)> {
    let Expr::Compare(Cmp::Eq, left, right) = expr else { return None };
    match (&**left, &**right) {
        (Expr::Load(slot), Expr::Const(number)) | (Expr::Const(number), Expr::Load(slot)) => {
            Some((*slot, number.cast_unsigned()))
        }
        (Expr::Load(slot), Expr::Literal(id)) | (Expr::Literal(id), Expr::Load(slot)) => Some((*slot, literal(*id))),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
