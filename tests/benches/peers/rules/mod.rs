//! W3 and W4: rules that are generated. In W3 there are many actions with a few irregular rules each; in W4 a thousand rules
//! for one action differ in what they compare with.

pub(crate) mod best;
pub(crate) mod hand;
pub(crate) mod text;
#[cfg(feature = "peers")]
pub(crate) mod peers;

use serde_json::{Value, json};

/// A text attribute of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Text {
    Role,
    Department,
    Kind,
    Region,
}

/// An attribute of an ordered enum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Rank {
    Clearance,
    Label,
}

/// A number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Number {
    Score,
    Size,
    Amount,
}

/// The members of the ordered enum, lowest first.
pub(crate) const LEVELS: [&str; 5] = ["open", "internal", "confidential", "secret", "sealed"];

/// What a rule asks.
#[derive(Debug, Clone)]
pub(crate) enum Condition {
    Is(Text, String),
    AtLeast(Rank, u8),
    Over(Number, i64),
    UpTo(Number, i64),
    /// A permission.
    Holds(String),
    Not(Box<Self>),
    All(Vec<Self>),
    Any(Vec<Self>),
}

/// A rule of an action, by that action's number.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    pub(crate) name: String,
    pub(crate) action: usize,
    pub(crate) denies: bool,
    pub(crate) when: Condition,
}

/// Rules, and requests that are asked about them.
pub(crate) struct World {
    pub(crate) actions: usize,
    pub(crate) rules: Vec<Rule>,
    pub(crate) requests: Vec<String>,
}

/// Numbers that are the same in every run: a multiplier from Knuth's MMIX, its upper half taken.
struct Dice(u64);

impl Dice {
    const fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    fn index(&mut self, bound: usize) -> usize {
        usize::try_from(self.below(bound as u64)).expect("an index is small")
    }

    fn number(&mut self, bound: u64) -> i64 {
        i64::try_from(self.below(bound)).expect("a number is small")
    }
}

const ROLES: usize = 8;
const DEPARTMENTS: usize = 40;
const KINDS: usize = 12;
const REGIONS: usize = 10;
const PERMISSIONS: usize = 30;
const SCORE: u64 = 100;
const SIZE: u64 = 1_000_000;
const AMOUNT: u64 = 10_000;

/// How many requests are asked: so many that not everything that they touch stays in the nearest cache.
const REQUESTS: usize = 128;

impl World {
    /// So many irregular rules, three to ten for an action.
    pub(crate) fn wide(rules: usize) -> Self {
        let mut dice = Dice(7);
        let mut all: Vec<Rule> = vec![];
        let mut actions = 0;
        while all.len() < rules {
            let count = (3 + dice.index(8)).min(rules - all.len());
            for at in 0..count {
                // Each action has something that allows.
                let denies = at > 0 && dice.below(3) == 0;
                let when = condition(&mut dice, denies);
                all.push(Rule { name: format!("r{}", all.len()), action: actions, denies, when });
            }
            actions += 1;
        }
        let mut asked = vec![];
        // Half of the requests are ones that their rules allow.
        let policy = hand::Policy::new(&all);
        let mut allowed = 0;
        while asked.len() < REQUESTS {
            let request = wide_request(&mut dice, actions);
            let decoded = hand::decode(request.as_bytes()).expect("the request is right");
            let allows = policy.decide(&decoded).allows;
            if allows || asked.len() - allowed < REQUESTS / 2 {
                allowed += usize::from(allows);
                asked.push(request);
            }
        }
        Self { actions, rules: all, requests: asked }
    }

    /// A thousand rules on one action, for as many departments: up to what amount they allow, beyond what they deny.
    pub(crate) fn deep() -> Self {
        let mut dice = Dice(11);
        let rules = (0..1_000).map(|at| {
            let department = format!("dep-{}", at / 2);
            let denies = at % 2 == 1;
            let amount = 1_000 + dice.number(4_000);
            let amount = if denies {
                Condition::Over(Number::Amount, amount + 4_000)
            } else {
                Condition::UpTo(Number::Amount, amount)
            };
            let when = Condition::All(vec![Condition::Is(Text::Department, department), amount]);
            Rule { name: format!("r{at}"), action: 0, denies, when }
        });
        let rules = rules.collect();
        let requests = (0..REQUESTS)
            .map(|_| {
                let department = dice.index(500);
                let amount = dice.number(AMOUNT);
                request(&mut dice, 0, department, amount)
            })
            .collect();
        Self { actions: 1, rules, requests }
    }
}

/// Two to four tests, sometimes an alternative among them.
fn condition(dice: &mut Dice, denies: bool) -> Condition {
    let count = if denies { 2 + dice.index(2) } else { 1 + dice.index(3) };
    let mut fields: Vec<usize> = (0..10).collect();
    let mut tests = vec![];
    for _ in 0..count {
        // No two tests of one rule are about the same attribute, so none contradicts another.
        let field = fields.swap_remove(dice.index(fields.len()));
        let one = test(dice, field);
        tests.push(if dice.below(4) == 0 {
            let other = fields.swap_remove(dice.index(fields.len()));
            Condition::Any(vec![one, test(dice, other)])
        } else {
            one
        });
    }
    if tests.len() == 1 { tests.remove(0) } else { Condition::All(tests) }
}

fn test(dice: &mut Dice, field: usize) -> Condition {
    let is = |dice: &mut Dice, text, word: &str, count| {
        let is = Condition::Is(text, format!("{word}-{}", dice.index(count)));
        // Few requests have one given word, many have not.
        if dice.below(2) == 0 { is } else { Condition::Not(Box::new(is)) }
    };
    let level = |dice: &mut Dice| u8::try_from(1 + dice.index(LEVELS.len() - 1)).expect("there are five levels");
    match field {
        0 => is(dice, Text::Role, "role", ROLES),
        1 => is(dice, Text::Department, "dep", DEPARTMENTS),
        2 => is(dice, Text::Kind, "kind", KINDS),
        3 => is(dice, Text::Region, "region", REGIONS),
        4 => Condition::AtLeast(Rank::Clearance, level(dice)),
        5 => Condition::Not(Box::new(Condition::AtLeast(Rank::Label, level(dice)))),
        6 => Condition::Over(Number::Score, dice.number(SCORE)),
        7 => Condition::UpTo(Number::Size, dice.number(SIZE)),
        8 => Condition::UpTo(Number::Amount, dice.number(AMOUNT)),
        _ => Condition::Holds(format!("perm-{}", dice.index(PERMISSIONS))),
    }
}

fn wide_request(dice: &mut Dice, actions: usize) -> String {
    let action = dice.index(actions);
    let department = dice.index(DEPARTMENTS);
    let amount = dice.number(AMOUNT);
    request(dice, action, department, amount)
}

/// A request of about 1 KB with 40 members, of which ten attributes are read by some rule.
fn request(dice: &mut Dice, action: usize, department: usize, amount: i64) -> String {
    let level = |dice: &mut Dice| LEVELS[dice.index(LEVELS.len())];
    let permissions: Vec<String> =
        (0..PERMISSIONS).filter(|_| dice.below(4) == 0).map(|at| format!("perm-{at}")).collect();
    let value: Value = json!({
        "subject": { "type": "Agent", "id": "agent-17", "properties": {
            "role": format!("role-{}", dice.index(ROLES)), "department": format!("dep-{department}"),
            "clearance": level(dice), "permissions": permissions, "score": dice.number(SCORE),
            "team": "orders-emea", "tenant": "shop-4", "model": "m-large", "version": "2026-02-11", "device": "managed",
            "locale": "en-GB", "shift": "day", "owner": "ann",
        } },
        "action": { "name": format!("op_{action}"), "properties": {
            "region": format!("region-{}", dice.index(REGIONS)), "amount": amount, "key": "6f1c2f60-3b7e-4a55",
        } },
        "resource": { "type": "Item", "id": "item-2026-118305", "properties": {
            "kind": format!("kind-{}", dice.index(KINDS)), "label": level(dice), "size": dice.number(SIZE),
            "owner": "ann", "country": "DE", "warehouse": "wh-2", "carrier": "parcel", "made": "2026-03-19",
            "parts": 3, "gift": false,
        } },
        "context": {
            "session": "s-71b0c9", "request": "r-0188f4", "address": "192.0.2.17", "client": "desk/4.11",
            "node": "gw-3", "zone": "eu-1b", "trace": "4bf92f3577b34da6a3ce929d0e0e4736", "retries": 0,
        },
    });
    value.to_string()
}
