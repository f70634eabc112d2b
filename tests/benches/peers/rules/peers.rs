//! Generated rules as other engines take them: as text of theirs, and where a host can index by hand, so as well.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write;

use serde_json::{Value, json};

use super::{Condition, LEVELS, Number, Rank, Rule, Text, World};
use crate::measure::Contender;
use crate::others::casbin::{self, Casbin};
use crate::others::cedar::{self, Cedar, Shape};
use crate::others::cel::{self, Cel};
use crate::others::rego::Rego;
use crate::outcome::Effect;

const CEDAR: &str = "JSON read, ranks found by the host; a request and entities of all attributes";
const CEDAR_INDEXED: &str = "the same; the host chooses the action's policies out of those of all actions asked about";
const CEL: &str = "JSON read into values of a context";
const CASBIN: &str = "JSON read; department and amount alone are handed over";
const CEL_INDEXED: &str = "the same; the host chooses the action's programs out of those of all actions asked about";

/// How many rules each engine takes in a race.
pub(crate) struct Most {
    pub(crate) cedar: usize,
    pub(crate) regorus: usize,
    pub(crate) cel: usize,
}

impl Most {
    pub(crate) const fn new(is_quick: bool) -> Self {
        if is_quick {
            Self { cedar: 10_000, regorus: 1_000, cel: 1_000 }
        } else {
            Self { cedar: 100_000, regorus: 10_000, cel: 10_000 }
        }
    }
}

/// The spelling of conditions in a language.
struct Language {
    text: fn(Text) -> &'static str,
    rank: fn(Rank) -> &'static str,
    number: fn(Number) -> &'static str,
    at_least: fn(&str, u8) -> String,
    below: fn(&str, u8) -> String,
    holds: fn(&str) -> String,
    and: &'static str,
}

impl Language {
    fn condition(&self, when: &Condition) -> String {
        let join =
            |all: &[Condition], word: &str| all.iter().map(|one| self.condition(one)).collect::<Vec<_>>().join(word);
        match when {
            Condition::Is(field, value) => format!("{} == \"{value}\"", (self.text)(*field)),
            Condition::AtLeast(field, level) => (self.at_least)((self.rank)(*field), *level),
            Condition::Over(field, value) => format!("{} > {value}", (self.number)(*field)),
            Condition::UpTo(field, value) => format!("{} <= {value}", (self.number)(*field)),
            Condition::Holds(value) => (self.holds)(value),
            Condition::Not(inner) => match &**inner {
                Condition::Is(field, value) => format!("{} != \"{value}\"", (self.text)(*field)),
                Condition::AtLeast(field, level) => (self.below)((self.rank)(*field), *level),
                _ => panic!("the rule has another form"),
            },
            Condition::All(all) => join(all, self.and),
            Condition::Any(any) => format!("({})", join(any, " || ")),
        }
    }
}

const fn in_cedar(field: Text) -> &'static str {
    match field {
        Text::Role => "principal.role",
        Text::Department => "principal.department",
        Text::Kind => "resource.kind",
        Text::Region => "context.input.region",
    }
}

const IN_CEDAR: Language = Language {
    text: in_cedar,
    rank: super::text::rank,
    number: |field| match field {
        Number::Score => "principal.score",
        Number::Size => "resource.size",
        Number::Amount => "context.input.amount",
    },
    at_least: |field, level| format!("{field} >= {level}"),
    below: |field, level| format!("{field} < {level}"),
    holds: |value| format!("principal.permissions.contains(\"{value}\")"),
    and: " && ",
};

/// The members from a level on, or those below it.
fn members(levels: &[&str]) -> String {
    levels.iter().map(|level| format!("\"{level}\"")).collect::<Vec<_>>().join(", ")
}

const IN_CEL: Language = Language {
    text: |field| match field {
        Text::Role => "principal.role",
        Text::Department => "principal.department",
        Text::Kind => "resource.kind",
        Text::Region => "args.region",
    },
    rank: super::text::rank,
    number: |field| match field {
        Number::Score => "principal.score",
        Number::Size => "resource.size",
        Number::Amount => "args.amount",
    },
    at_least: |field, level| format!("{field} in [{}]", members(&LEVELS[usize::from(level)..])),
    below: |field, level| format!("{field} in [{}]", members(&LEVELS[..usize::from(level)])),
    holds: |value| format!("\"{value}\" in principal.permissions"),
    and: " && ",
};

const IN_REGO: Language = Language {
    text: |field| match field {
        Text::Role => "agent.role",
        Text::Department => "agent.department",
        Text::Kind => "item.kind",
        Text::Region => "args.region",
    },
    rank: |field| match field {
        Rank::Clearance => "agent.clearance",
        Rank::Label => "item.label",
    },
    number: |field| match field {
        Number::Score => "agent.score",
        Number::Size => "item.size",
        Number::Amount => "args.amount",
    },
    at_least: |field, level| format!("{field} in {{{}}}", members(&LEVELS[usize::from(level)..])),
    below: |field, level| format!("{field} in {{{}}}", members(&LEVELS[..usize::from(level)])),
    holds: |value| format!("\"{value}\" in agent.permissions"),
    and: "; ",
};

fn cedar_text(rules: &[&Rule]) -> String {
    let mut out = String::new();
    for rule in rules {
        let effect = if rule.denies { "forbid" } else { "permit" };
        let when = IN_CEDAR.condition(&rule.when);
        writeln!(
            out,
            "@id(\"{}\") {effect} (principal, action == Action::\"op_{}\", resource) when {{ {when} }};",
            rule.name, rule.action
        )
        .expect("a text takes all");
    }
    out
}

fn shape(world: &World) -> Shape {
    Shape {
        ranks: &[("clearance", &LEVELS), ("label", &LEVELS)],
        read: &[],
        computed: |_| vec![],
        types: &["Agent", "Item"],
        actions: (0..world.actions).map(|action| format!("op_{action}")).collect(),
    }
}

/// The rules of each action that is asked about.
fn asked(world: &World) -> HashMap<String, Vec<&Rule>> {
    let name = |request: &String| {
        let request: Value = serde_json::from_str(request).expect("the request is JSON");
        request["action"]["name"].as_str().map(str::to_owned)
    };
    let names: BTreeSet<String> = world.requests.iter().filter_map(name).collect();
    let mut all: HashMap<String, Vec<&Rule>> = HashMap::new();
    for rule in &world.rules {
        let name = format!("op_{}", rule.action);
        if names.contains(&name) {
            all.entry(name).or_default().push(rule);
        }
    }
    all
}

/// Conditions without alternatives, one of which has to hold: Rego has no `or`.
fn alternatives(when: &Condition) -> Vec<Vec<&Condition>> {
    let all = match when {
        Condition::All(all) => &all[..],
        one => std::slice::from_ref(one),
    };
    let mut found: Vec<Vec<&Condition>> = vec![vec![]];
    for one in all {
        let any = match one {
            Condition::Any(any) => &any[..],
            one => std::slice::from_ref(one),
        };
        found = found
            .iter()
            .flat_map(|before| any.iter().map(move |one| before.iter().copied().chain([one]).collect()))
            .collect();
    }
    found
}

const REGO: &str = "package example

agent := input.subject.properties
args := input.action.properties
item := input.resource.properties

asks := set()
obligations := set()

";

fn rego_text(rules: &[Rule]) -> String {
    let mut out = REGO.to_owned();
    for set in ["allows", "denies"] {
        // A set that no rule adds to is empty, not missing.
        writeln!(out, "{set} contains \"\" if false\n").expect("a text takes all");
    }
    for rule in rules {
        let set = if rule.denies { "denies" } else { "allows" };
        for all in alternatives(&rule.when) {
            let tests: Vec<String> = all.iter().map(|one| IN_REGO.condition(one)).collect();
            let tests = tests.join("; ");
            writeln!(
                out,
                "{set} contains \"{}\" if {{ input.action.name == \"op_{}\"; {tests} }}\n",
                rule.name, rule.action
            )
            .expect("a text takes all");
        }
    }
    out.push_str(include_str!("../others/decision.rego"));
    out
}

/// Rules as data, by action.
fn rego_data(world: &World) -> String {
    let mut by_action: HashMap<String, Vec<Value>> = HashMap::new();
    for rule in &world.rules {
        let all = match &rule.when {
            Condition::All(all) => &all[..],
            one => std::slice::from_ref(one),
        };
        let pairs: Vec<Value> = all
            .iter()
            .map(|one| match one {
                Condition::Any(any) => any.iter().map(test).collect(),
                one => Value::Array(vec![test(one)]),
            })
            .collect();
        let rule_json = json!({ "name": rule.name, "denies": rule.denies, "all": pairs });
        by_action.entry(format!("op_{}", rule.action)).or_default().push(rule_json);
    }
    json!({ "rules": by_action }).to_string()
}

fn test(condition: &Condition) -> Value {
    let name = |text: &'static str| text.rsplit('.').next().unwrap_or(text);
    match condition {
        Condition::Is(field, value) => json!({ "op": "is", "of": name(in_cedar(*field)), "value": value }),
        Condition::AtLeast(field, level) => {
            json!({ "op": "at_least", "of": name(super::text::rank(*field)), "value": level })
        }
        Condition::Over(field, value) => {
            json!({ "op": "over", "of": name(super::text::number(*field)), "value": value })
        }
        Condition::UpTo(field, value) => {
            json!({ "op": "up_to", "of": name(super::text::number(*field)), "value": value })
        }
        Condition::Holds(value) => json!({ "op": "holds", "of": "permissions", "value": value }),
        Condition::Not(inner) => {
            let mut test = test(inner);
            test["op"] = json!(format!("not_{}", test["op"].as_str().unwrap_or_default()));
            test
        }
        Condition::All(_) | Condition::Any(_) => panic!("the rule has another form"),
    }
}

fn cel_of<'r>(rules: impl IntoIterator<Item = &'r Rule>, with_action: bool) -> Cel {
    let rules: Vec<(String, Effect, String)> = rules
        .into_iter()
        .map(|rule| {
            let when = IN_CEL.condition(&rule.when);
            let when = if with_action { format!("action == \"op_{}\" && {when}", rule.action) } else { when };
            (rule.name.clone(), if rule.denies { Effect::Deny } else { Effect::Allow }, when)
        })
        .collect();
    let all: Vec<cel::Rule<'_>> =
        rules.iter().map(|(name, effect, when)| (&name[..], *effect, &when[..], None)).collect();
    Cel::new(&all)
}

/// Rows for Casbin, of rules of the one form of W4.
fn casbin_rows(rules: &[Rule]) -> String {
    let mut out = String::new();
    for rule in rules {
        let Condition::All(both) = &rule.when else { panic!("the rule has another form") };
        let [Condition::Is(_, department), amount] = &both[..] else { panic!("the rule has another form") };
        let (low, high) = match amount {
            Condition::Over(_, than) => (than + 1, i64::MAX),
            Condition::UpTo(_, most) => (0, *most),
            _ => panic!("the rule has another form"),
        };
        let (low, high) = (casbin::number(low), casbin::number(high));
        let effect = if rule.denies { "deny" } else { "allow" };
        writeln!(out, "p, {}, {department}, {low}, {high}, {effect}", rule.name).expect("a text takes all");
    }
    out
}

/// Engines that were loaded with the rules of a world, as far as they take so many.
pub(crate) struct Loaded {
    cedar: Option<Cedar>,
    cedar_indexed: Option<Cedar>,
    rego: Option<Rego>,
    rego_data: Option<Rego>,
    cel: Option<Cel>,
    cel_indexed: Option<HashMap<String, Cel>>,
    casbin: Option<Casbin>,
    around: ::cel::Context<'static, 'static>,
    /// How many requests are asked of engines that look through all rules.
    few: usize,
}

impl Loaded {
    /// Loads them; those that index by hand only where there are several actions.
    pub(crate) fn new(world: &World, most: &Most) -> Self {
        let count = world.rules.len();
        let all: Vec<&Rule> = world.rules.iter().collect();
        let asked = asked(world);
        let is_wide = world.actions > 1;
        let indexed = || asked.iter().map(|(name, rules)| (name.as_str(), cedar_text(rules)));
        Self {
            cedar: (count <= most.cedar).then(|| Cedar::new(&cedar_text(&all), None, shape(world))),
            cedar_indexed: is_wide.then(|| Cedar::indexed(indexed(), shape(world))),
            rego: (count <= most.regorus).then(|| Rego::new(&rego_text(&world.rules), None)),
            rego_data: is_wide.then(|| Rego::new(include_str!("data.rego"), Some(&rego_data(world)))),
            cel: (count <= most.cel).then(|| cel_of(&world.rules, true)),
            cel_indexed: is_wide.then(|| {
                asked.iter().map(|(name, rules)| (name.clone(), cel_of(rules.iter().copied(), false))).collect()
            }),
            casbin: (!is_wide).then(|| Casbin::new(&casbin_rows(&world.rules))),
            around: cel::around(&[]),
            few: (40_000 / count).clamp(4, world.requests.len()),
        }
    }

    pub(crate) fn contenders<'a>(&'a self, world: &World) -> Vec<Contender<'a>> {
        let few = &world.requests[..self.few];
        let all = &world.requests[..];
        let mut found = vec![];
        let cedars = [("cedar", &self.cedar, few, CEDAR), ("cedar-indexed", &self.cedar_indexed, all, CEDAR_INDEXED)];
        for (engine, cedar, requests, left_out) in cedars {
            let Some(cedar) = cedar else { continue };
            let asked = requests.iter().map(|r| cedar.decode(r.as_bytes(), false)).collect();
            let decide = move |asked: &mut cedar::Asked| cedar.decide(asked);
            found.push(Contender::new(engine, left_out, asked, requests.len(), decide, |_, d| cedar::outcome(&d)));
        }
        if let Some(rego) = &self.rego {
            found.extend(rego.prepared(["regorus", "regorus-vm"], few, few.len()));
        }
        if let Some(rego) = &self.rego_data {
            found.extend(rego.prepared(["regorus-data", "regorus-vm-data"], all, all.len()));
        }
        if let Some(cel) = &self.cel {
            let contexts = few.iter().map(|r| cel::decode(&self.around, r)).collect();
            found.push(Contender::new(
                "cel",
                CEL,
                contexts,
                few.len(),
                move |c| cel.decide(c),
                |_, d| cel::outcome(&d),
            ));
        }
        if let Some(cels) = &self.cel_indexed {
            let context = |request: &String| {
                let json: Value = serde_json::from_str(request).expect("the request is JSON");
                let action = json["action"]["name"].as_str().unwrap_or_default().to_owned();
                (action, cel::decode(&self.around, request))
            };
            let contexts = all.iter().map(context).collect();
            let decide =
                |(action, context): &mut (String, ::cel::Context<'_, '_>)| cels[action.as_str()].decide(context);
            found
                .push(Contender::new("cel-indexed", CEL_INDEXED, contexts, all.len(), decide, |_, d| cel::outcome(&d)));
        }
        if let Some(casbin) = &self.casbin {
            let asked = |request: &String| {
                let json: Value = serde_json::from_str(request).expect("the request is JSON");
                let department = json["subject"]["properties"]["department"].as_str().unwrap_or_default().to_owned();
                (department, casbin::number(json["action"]["properties"]["amount"].as_i64().unwrap_or(0)))
            };
            let decide = move |(department, amount): &mut (String, String)| casbin.decide(department, amount);
            let requests = few.iter().map(asked).collect();
            found.push(Contender::new("casbin", CASBIN, requests, few.len(), decide, |_, d| casbin::outcome(&d)));
        }
        found
    }

    /// Who was left out, in words.
    pub(crate) fn left_out(&self) -> Option<String> {
        let all = [
            ("cedar", self.cedar.is_none()),
            ("regorus, regorus-vm", self.rego.is_none()),
            ("cel", self.cel.is_none()),
        ];
        let names: Vec<&str> = all.iter().filter(|(_, is_out)| *is_out).map(|(name, _)| *name).collect();
        (!names.is_empty()).then(|| names.join(", "))
    }
}
