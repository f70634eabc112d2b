//! Many rules as fast as a person can make them: words become numbers while they are read, the rules of an action lie side by
//! side as flat tests of ranges, and the record of a decision is an array.

use std::collections::HashMap;

use rustc_hash::FxBuildHasher;
use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::hand::Level;
use super::{Condition, Number, Rank, Rule, Text};
use crate::outcome::{Effect, Outcome};

/// What is read of a request, all as numbers.
pub(crate) struct Request {
    action: usize,
    values: [i64; VALUES],
    permissions: u64,
}

const VALUES: usize = 9;
const ROLE: usize = 0;
const DEPARTMENT: usize = 1;
const KIND: usize = 2;
const REGION: usize = 3;
const CLEARANCE: usize = 4;
const LABEL: usize = 5;
const SCORE: usize = 6;
const SIZE: usize = 7;
const AMOUNT: usize = 8;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire<'a> {
    #[serde(borrow)]
    subject: Entity<'a, Agent<'a>>,
    #[serde(borrow)]
    action: Action<'a>,
    #[serde(borrow)]
    resource: Entity<'a, Item<'a>>,
    #[serde(borrow, rename = "context")]
    _context: Gateway<'a>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entity<'a, P> {
    r#type: &'a str,
    #[serde(rename = "id")]
    _id: &'a str,
    properties: P,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "some attributes are read by no rule")]
struct Agent<'a> {
    role: &'a str,
    department: &'a str,
    clearance: Level,
    #[serde(borrow)]
    permissions: Few<'a>,
    score: i64,
    team: &'a str,
    tenant: &'a str,
    model: &'a str,
    version: &'a str,
    device: &'a str,
    locale: &'a str,
    shift: &'a str,
    owner: &'a str,
}

/// A list of texts in place.
struct Few<'a> {
    texts: [&'a str; 32],
    count: usize,
}

impl<'de: 'a, 'a> Deserialize<'de> for Few<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Texts;

        impl<'de> Visitor<'de> for Texts {
            type Value = Few<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a list of at most 32 texts")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Few<'de>, A::Error> {
                let mut few = Few { texts: [""; 32], count: 0 };
                while let Some(text) = seq.next_element()? {
                    let place = few.texts.get_mut(few.count);
                    *place.ok_or_else(|| serde::de::Error::custom("too many texts"))? = text;
                    few.count += 1;
                }
                Ok(few)
            }
        }

        deserializer.deserialize_seq(Texts)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Action<'a> {
    name: &'a str,
    #[serde(borrow)]
    properties: Input<'a>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Input<'a> {
    region: &'a str,
    amount: i64,
    #[serde(rename = "key")]
    _key: &'a str,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "some attributes are read by no rule")]
struct Item<'a> {
    kind: &'a str,
    label: Level,
    size: i64,
    owner: &'a str,
    country: &'a str,
    warehouse: &'a str,
    carrier: &'a str,
    made: &'a str,
    parts: i64,
    gift: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "read by no rule")]
struct Gateway<'a> {
    session: &'a str,
    request: &'a str,
    address: &'a str,
    client: &'a str,
    node: &'a str,
    zone: &'a str,
    trace: &'a str,
    retries: i64,
}

/// Most rules that a decision rests on.
const RULES: usize = 10;

/// The record of a decision.
#[derive(Clone, Copy)]
pub(crate) struct Decision {
    allows: bool,
    count: u8,
    rules: [u32; RULES],
}

impl Decision {
    const DEFAULT: Self = Self { allows: false, count: 0, rules: [0; RULES] };

    fn push(&mut self, rule: u32) {
        self.rules[usize::from(self.count)] = rule;
        self.count += 1;
    }
}

#[derive(Clone, Copy)]
enum Test {
    In { value: usize, low: i64, high: i64 },
    NotIn { value: usize, low: i64, high: i64 },
    Holds(u64),
}

struct Flat {
    rule: u32,
    denies: bool,
    /// The end of its alternatives; they begin where the rule's before it end.
    end: u32,
}

/// Rules of all actions, side by side.
pub(crate) struct Policy {
    words: Words,
    /// Where each action's rules begin, and where their alternatives do; one more at the end.
    actions: Vec<(u32, u32)>,
    rules: Vec<Flat>,
    /// Of each pair one test has to hold.
    pairs: Vec<[Test; 2]>,
}

/// The words that rules compare with, as numbers from 1; 0 is any other.
#[derive(Default)]
struct Words {
    texts: HashMap<String, i64, FxBuildHasher>,
    permissions: HashMap<String, u64, FxBuildHasher>,
    actions: HashMap<String, usize, FxBuildHasher>,
}

impl Words {
    fn text(&mut self, word: &str) -> i64 {
        let next = i64::try_from(self.texts.len() + 1).expect("there are few words");
        *self.texts.entry(word.to_owned()).or_insert(next)
    }

    fn permission(&mut self, word: &str) -> u64 {
        let next = 1 << self.permissions.len();
        *self.permissions.entry(word.to_owned()).or_insert(next)
    }

    /// `None` is a request that is refused.
    fn decode(&self, bytes: &[u8]) -> Option<Request> {
        let Wire { subject, action, resource, .. } = serde_json::from_slice(bytes).ok()?;
        if subject.r#type != "Agent" || resource.r#type != "Item" {
            return None;
        }
        let word = |text: &str| self.texts.get(text).copied().unwrap_or(0);
        let (agent, item) = (subject.properties, resource.properties);
        let held = agent.permissions.texts.iter().take(agent.permissions.count);
        let permissions = held.filter_map(|text| self.permissions.get(*text)).fold(0, |all, bit| all | bit);
        let mut values = [0; VALUES];
        values[ROLE] = word(agent.role);
        values[DEPARTMENT] = word(agent.department);
        values[KIND] = word(item.kind);
        values[REGION] = word(action.properties.region);
        values[CLEARANCE] = agent.clearance as i64;
        values[LABEL] = item.label as i64;
        values[SCORE] = agent.score;
        values[SIZE] = item.size;
        values[AMOUNT] = action.properties.amount;
        Some(Request { action: *self.actions.get(action.name)?, values, permissions })
    }
}

fn small(number: usize) -> u32 {
    u32::try_from(number).expect("there are not so many")
}

impl Policy {
    /// Rules in the order of their actions.
    pub(crate) fn new(rules: &[Rule]) -> Self {
        let mut policy = Self { words: Words::default(), actions: vec![], rules: vec![], pairs: vec![] };
        for (at, rule) in rules.iter().enumerate() {
            if rule.action == policy.actions.len() {
                policy.words.actions.insert(format!("op_{}", rule.action), rule.action);
                policy.actions.push((small(at), small(policy.pairs.len())));
            }
            let all = match &rule.when {
                Condition::All(all) => &all[..],
                one => std::slice::from_ref(one),
            };
            for one in all {
                let pair = match one {
                    Condition::Any(any) => [policy.words.test(&any[0]), policy.words.test(&any[1])],
                    one => [policy.words.test(one); 2],
                };
                policy.pairs.push(pair);
            }
            policy.rules.push(Flat { rule: small(at), denies: rule.denies, end: small(policy.pairs.len()) });
        }
        policy.actions.push((small(rules.len()), small(policy.pairs.len())));
        policy
    }

    pub(crate) fn decode(&self, bytes: &[u8]) -> Option<Request> {
        self.words.decode(bytes)
    }

    pub(crate) fn decide(&self, request: &Request) -> Decision {
        let (mut allows, mut denies) = (Decision { allows: true, ..Decision::DEFAULT }, Decision::DEFAULT);
        let (first, mut pair) = self.actions[request.action];
        let (end, _) = self.actions[request.action + 1];
        for rule in &self.rules[first as usize..end as usize] {
            let pairs = &self.pairs[pair as usize..rule.end as usize];
            pair = rule.end;
            if pairs.iter().all(|[one, other]| one.holds(request) || other.holds(request)) {
                if rule.denies { denies.push(rule.rule) } else { allows.push(rule.rule) }
            }
        }
        if denies.count == 0 && allows.count > 0 { allows } else { denies }
    }
}

impl Test {
    #[inline]
    const fn holds(self, request: &Request) -> bool {
        match self {
            Self::In { value, low, high } => request.values[value] >= low && request.values[value] <= high,
            Self::NotIn { value, low, high } => request.values[value] < low || request.values[value] > high,
            Self::Holds(bit) => request.permissions & bit != 0,
        }
    }
}

impl Words {
    fn test(&mut self, condition: &Condition) -> Test {
        match condition {
            Condition::Is(field, word) => {
                let word = self.text(word);
                let value = match field {
                    Text::Role => ROLE,
                    Text::Department => DEPARTMENT,
                    Text::Kind => KIND,
                    Text::Region => REGION,
                };
                Test::In { value, low: word, high: word }
            }
            Condition::AtLeast(field, level) => {
                let value = match field {
                    Rank::Clearance => CLEARANCE,
                    Rank::Label => LABEL,
                };
                Test::In { value, low: i64::from(*level), high: i64::MAX }
            }
            Condition::Over(field, than) => Test::In { value: number(*field), low: than + 1, high: i64::MAX },
            Condition::UpTo(field, most) => Test::In { value: number(*field), low: i64::MIN, high: *most },
            Condition::Holds(word) => Test::Holds(self.permission(word)),
            Condition::Not(inner) => match self.test(inner) {
                Test::In { value, low, high } => Test::NotIn { value, low, high },
                Test::NotIn { .. } | Test::Holds(_) => panic!("the rule has another form"),
            },
            Condition::All(_) | Condition::Any(_) => panic!("the rule has another form"),
        }
    }
}

const fn number(field: Number) -> usize {
    match field {
        Number::Score => SCORE,
        Number::Size => SIZE,
        Number::Amount => AMOUNT,
    }
}

/// A thousand rules of one form, by department.
pub(crate) struct Index {
    words: Words,
    /// By the department's word.
    lines: Vec<Vec<Line>>,
}

struct Line {
    rule: u32,
    denies: bool,
    low: i64,
    high: i64,
}

impl Index {
    pub(crate) fn new(rules: &[Rule]) -> Self {
        let mut index = Self { words: Words::default(), lines: vec![vec![]] };
        index.words.actions.insert("op_0".to_owned(), 0);
        for (at, rule) in rules.iter().enumerate() {
            let Condition::All(both) = &rule.when else { panic!("the rule has another form") };
            let (Condition::Is(_, department), Test::In { low, high, .. }) = (&both[0], index.words.test(&both[1]))
            else {
                panic!("the rule has another form")
            };
            let word = usize::try_from(index.words.text(department)).expect("words are numbered from 1");
            if word == index.lines.len() {
                index.lines.push(vec![]);
            }
            index.lines[word].push(Line { rule: small(at), denies: rule.denies, low, high });
        }
        index
    }

    pub(crate) fn decode(&self, bytes: &[u8]) -> Option<Request> {
        self.words.decode(bytes)
    }

    pub(crate) fn decide(&self, request: &Request) -> Decision {
        let (mut allows, mut denies) = (Decision { allows: true, ..Decision::DEFAULT }, Decision::DEFAULT);
        let lines = usize::try_from(request.values[DEPARTMENT]).ok().and_then(|word| self.lines.get(word));
        for line in lines.into_iter().flatten() {
            if (line.low..=line.high).contains(&request.values[AMOUNT]) {
                if line.denies { denies.push(line.rule) } else { allows.push(line.rule) }
            }
        }
        if denies.count == 0 && allows.count > 0 { allows } else { denies }
    }
}

pub(crate) fn outcome(decision: Decision) -> Outcome {
    let effect = if decision.allows { Effect::Allow } else { Effect::Deny };
    let names = decision.rules.iter().take(usize::from(decision.count)).map(|rule| format!("r{rule}"));
    if decision.count == 0 { Outcome::new(effect, ["default"]) } else { Outcome::new(effect, names) }
}
