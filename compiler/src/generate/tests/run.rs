//! A program of conditions, requests for it, and how each condition ends.

use zt_runtime::image::PatternTable;
use zt_runtime::ir::{Effect, Entry, EntryRule, Expr, Program, Rule, RuleId};
use zt_runtime::schema::{Field, Reads, Slot, Type, TypeId};
use zt_runtime::{Decision, Frame, Pdp};

use crate::generate::{Target, generate};

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

pub(super) const LITERALS: [&str; 3] = ["refund", "", "naïve"];

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
}

impl Given {
    fn request(&self) -> String {
        let Given { a, b, c, p, t, u, ints, texts, x, y } = self;
        let p = p.map_or(String::new(), |p| format!(r#""p":{p},"#));
        format!(
            r#"{{"subject":{{"type":"Agent","id":"bot"}},"action":{{"name":"test","properties":
            {{"a":{a},"b":{b},"c":{c},{p}"t":{t:?},"u":{u:?},"ints":{ints:?},"texts":{texts:?},"x":{x},"y":{y}}}}}}}"#
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
        Type::Entity { name: "Agent".into(), fields: vec![], ancestors: vec![] },
        Type::Bool,
        Type::Int { min: i64::MIN, max: i64::MAX },
        Type::Text { ident: false, max: 100, patterns: vec![] },
        Type::Set { element: int, max: 100 },
        Type::Set { element: TypeId(3), max: 100 },
        Type::Record {
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
            ]
            .map(|(name, ty)| Field { name: name.into(), ty: TypeId(ty), optional: name == "p" })
            .into(),
        },
    ];
    let fields = [A, B, C, P, T, U, INTS, TEXTS, X, Y]
        .into_iter()
        .zip(0..)
        .map(|(slot, index)| {
            let present = (slot == P).then_some(P_PRESENT);
            (index, Reads { present, value: Some(slot), ..Reads::default() })
        })
        .collect();
    let name = |index| format!("test/p.r{index}");
    let count = conditions.len();
    Program {
        package: "test".into(),
        types,
        patterns: vec!["re[a-z]+".into()],
        literals: LITERALS.map(String::from).into(),
        rules: (0..count).map(|index| Rule { name: name(index), effect: Effect::Deny, ..Rule::default() }).collect(),
        entries: vec![Entry {
            action: "test".into(),
            principal: TypeId(0),
            input: TypeId(6),
            reads_input: Reads { fields, ..Reads::default() },
            slots: 11,
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

/// The automaton of `re[a-z]+`.
pub(super) fn patterns() -> Vec<PatternTable> {
    use regex_automata::dfa::dense;
    let dfa = dense::DFA::new(r"\A(?:re[a-z]+)\z").unwrap();
    let (bytes, padding) = dfa.to_bytes_little_endian();
    vec![PatternTable { sparse: false, bytes: bytes[padding..].to_vec() }]
}

/// Compiles conditions and runs them on requests. The interpreter has to agree with native code.
pub(super) fn run(conditions: &[Expr], given: &[Given]) -> Vec<Vec<Outcome>> {
    let image = generate(&program(conditions.to_vec()), &patterns(), &Target::host().unwrap()).unwrap();
    let pdp = Pdp::load(&image).unwrap();
    let mut frame = Frame::default();
    given
        .iter()
        .map(|given| {
            let decision = pdp.evaluate(given.request().as_bytes(), &mut frame);
            assert_eq!(pdp.decide_portably(&frame), decision, "{given:?}");
            outcomes(&decision, conditions.len())
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
