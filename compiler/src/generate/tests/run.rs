//! A program of conditions, requests for it, and how each condition ends.

use zt_runtime::image::{Automata, PatternTable};
use zt_runtime::ir::{Effect, Entry, EntryRule, Expr, Hours, Program, Rule, RuleId, ZoneId};
use zt_runtime::schema::{Field, Reads, Rows, Slot, Type, TypeId};
use zt_runtime::{Decision, Frame, Pdp};
use zt_values::ranges::Weekdays;
use zt_values::zone::{Table, Zone};

use crate::generate::{Target, generate_with};

pub(super) const A: Slot = Slot(0);
pub(super) const B: Slot = Slot(1);
pub(super) const C: Slot = Slot(2);
pub(super) const P_PRESENT: Slot = Slot(3);
pub(super) const P: Slot = Slot(4);
pub(super) const T: Slot = Slot(5);
pub(super) const U: Slot = Slot(6);
pub(super) const INTS: Slot = Slot(7);
pub(super) const TEXTS: Slot = Slot(8);
pub(super) const X: Slot = Slot(9);
pub(super) const Y: Slot = Slot(10);
/// Rows of [`Row`]: their `a`, whether there is a `b`, `b`, the list `inner`.
pub(super) const ROWS: Slot = Slot(11);

pub(super) const LITERALS: [&str; 5] = ["refund", "", "naïve", "a@b.example", "b.example"];

/// Microseconds.
pub(super) const HOUR: i64 = 3_600_000_000;

/// What a request holds.
#[derive(Debug, Clone, Default)]
pub(super) struct Given {
    pub(super) a: i64,
    pub(super) b: i64,
    pub(super) c: i64,
    pub(super) p: Option<i64>,
    pub(super) t: &'static str,
    pub(super) u: &'static str,
    pub(super) ints: Vec<i64>,
    pub(super) texts: Vec<&'static str>,
    pub(super) x: bool,
    pub(super) y: bool,
    pub(super) rows: Vec<Row>,
}

/// An element of a list.
#[derive(Debug, Clone, Default)]
pub(super) struct Row {
    pub(super) a: i64,
    pub(super) b: Option<i64>,
    pub(super) inner: Vec<i64>,
}

impl Given {
    fn request(&self) -> String {
        let Given { a, b, c, p, t, u, ints, texts, x, y, rows } = self;
        let row = |Row { a, b, inner }: &Row| {
            let b = b.map_or(String::new(), |b| format!(r#","b":{b}"#));
            format!(r#"{{"a":{a},"inner":{inner:?}{b}}}"#)
        };
        let rows = rows.iter().map(row).collect::<Vec<_>>().join(",");
        let p = p.map_or(String::new(), |p| format!(r#""p":{p},"#));
        format!(
            r#"{{"subject":{{"type":"Agent","id":"bot"}},"action":{{"name":"test","properties":
            {{"a":{a},"b":{b},"c":{c},{p}"t":{t:?},"u":{u:?},"ints":{ints:?},"texts":{texts:?},"x":{x},"y":{y},"rows":[{rows}]}}}}}}"#
        )
    }
}

/// How a rule ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Held,
    Not,
    Failed,
}
pub(super) use Outcome::{Failed, Held, Not};

/// A program of one entry whose rules have these conditions. All of them deny, so that a decision names
/// every one that held or failed.
pub(super) fn program(conditions: Vec<Expr>) -> Program {
    let int = TypeId(2);
    let types = vec![
        Type::Entity { id: None, name: "Agent".into(), fields: vec![], ancestors: vec![] },
        Type::Bool,
        Type::Int { min: i64::MIN, max: i64::MAX },
        Type::Text { ident: false, max: 100, patterns: vec![] },
        Type::Set { element: int, max: 100 },
        Type::Set { element: TypeId(3), max: 100 },
        Type::Record {
            open: false,
            fields: [
                ("a", 2),
                ("b", 2),
                ("c", 2),
                ("p", 2),
                ("t", 3),
                ("u", 3),
                ("ints", 4),
                ("texts", 5),
                ("x", 1),
                ("y", 1),
                ("rows", 8),
            ]
            .map(|(name, ty)| Field { name: name.into(), ty: TypeId(ty), optional: name == "p", default: None })
            .into(),
        },
        Type::Record {
            open: false,
            fields: [("a", 2), ("b", 2), ("inner", 9)]
                .map(|(name, ty)| Field { name: name.into(), ty: TypeId(ty), optional: name == "b", default: None })
                .into(),
        },
        Type::List { element: TypeId(7), max: 100 },
        Type::List { element: int, max: 100 },
    ];
    let word = |word| Reads { value: Some(Slot(word)), ..Reads::default() };
    let inner = Reads { rows: Some(Box::new(Rows { width: 1, element: word(0) })), ..word(3) };
    let row = vec![(0, word(0)), (1, Reads { present: Some(Slot(1)), ..word(2) }), (2, inner)];
    let row = Rows { width: 4, element: Reads { fields: row, ..Reads::default() } };
    let fields = [A, B, C, P, T, U, INTS, TEXTS, X, Y, ROWS]
        .into_iter()
        .zip(0..)
        .map(|(slot, index)| {
            let present = (slot == P).then_some(P_PRESENT);
            let rows = (slot == ROWS).then(|| Box::new(row.clone()));
            (index, Reads { present, value: Some(slot), rows, ..Reads::default() })
        })
        .collect();
    let name = |index| format!("test/p.r{index}");
    let count = conditions.len();
    Program {
        package: "test".into(),
        types,
        patterns: vec!["re[a-z]+".into()],
        literals: LITERALS.map(String::from).into(),
        zones: vec![zone()],
        hours: vec![Hours { zone: ZoneId(0), days: Weekdays::from_bits(0b1_1111).unwrap(), start: 0, end: HOUR }],
        commands: vec![vec!["git status".into(), "npm *".into()]],
        rules: (0..count).map(|index| Rule { name: name(index), effect: Effect::Deny, ..Rule::default() }).collect(),
        entries: vec![Entry {
            action: "test".into(),
            principal: TypeId(0),
            input: TypeId(6),
            reads_input: Reads { fields, ..Reads::default() },
            slots: 12,
            rules: conditions
                .into_iter()
                .zip(0..)
                .map(|(condition, rule)| EntryRule { rule: RuleId(rule), condition, ..EntryRule::default() })
                .collect(),
            ..Entry::default()
        }],
        ..Program::default()
    }
}

/// An hour east of UTC, in the first days of 1970.
fn zone() -> Zone {
    let table = Table { name: "Test/Zone".into(), from: 0, until: 1_000_000, first: 3_600, transitions: vec![] };
    Zone::try_from(table).unwrap()
}

/// The automaton of `re[a-z]+`.
pub(super) fn patterns() -> Automata {
    use regex_automata::dfa::dense;
    let dfa = dense::DFA::new(r"\A(?:re[a-z]+)\z").unwrap();
    let (bytes, padding) = dfa.to_bytes_little_endian();
    let patterns = vec![PatternTable { sparse: false, bytes: bytes[padding..].to_vec() }];
    Automata { patterns, ..Automata::default() }
}

/// Compiles conditions and runs them on requests. The interpreter has to agree with native code, and with data where
/// conditions can be that.
pub(super) fn run(conditions: &[Expr], given: &[Given]) -> Vec<Vec<Outcome>> {
    let [native, data] = [usize::MAX, 0].map(|code_rules| {
        let program = program(conditions.to_vec());
        let image = generate_with(&program, &patterns(), &Target::host().unwrap(), code_rules).unwrap();
        Pdp::load(&image).unwrap()
    });
    let (mut frame, mut other) = (Frame::default(), Frame::default());
    given
        .iter()
        .map(|given| {
            let decision = native.evaluate(given.request().as_bytes(), &mut frame);
            assert_eq!(native.decide_portably(&frame), decision, "{given:?}");
            let by_data = data.evaluate(given.request().as_bytes(), &mut other);
            let outcomes = outcomes(&decision, conditions.len());
            assert_eq!(self::outcomes(&by_data, conditions.len()), outcomes, "data: {given:?}");
            assert_eq!(data.to_json(&by_data, &other), native.to_json(&decision, &frame));
            outcomes
        })
        .collect()
}

/// The outcomes of so many rules, from a decision.
fn outcomes(decision: &Decision, count: usize) -> Vec<Outcome> {
    assert_eq!(decision.refusal(), None);
    let denied = decision.determined_by().rules();
    (0..count)
        .map(|index| RuleId(index.try_into().unwrap()))
        .map(|rule| match (denied.contains(&rule), decision.errors().iter().any(|error| error.rule == rule)) {
            (true, true) => Failed,
            (true, false) => Held,
            (false, false) => Not,
            (false, true) => panic!("a deny rule that failed denies"),
        })
        .collect()
}

pub(super) fn run_one(conditions: &[Expr], given: Given) -> Vec<Outcome> {
    run(conditions, &[given]).remove(0)
}
