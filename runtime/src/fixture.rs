//! A package for tests: a small world with one of everything that a request may hold.

use crate::image::Automata;
use crate::ir::{
    Approvers, Ask, Aspect, Cmp, Effect, Entry, EntryRule, Evidence, Expr, From, LiteralId, Piece, Program, Rule,
    RuleId, Show, Tier,
};
use crate::pattern;
use crate::schema::{Field, PatternId, Reads, Slot, Type, TypeId};

pub(crate) fn field(name: &str, ty: u32) -> Field {
    Field { name: name.into(), ty: TypeId(ty), optional: false, default: None }
}

fn optional(name: &str, ty: u32) -> Field {
    Field { optional: true, ..field(name, ty) }
}

fn text(ident: bool, max: u32, patterns: &[u32]) -> Type {
    Type::Text { ident, max, patterns: patterns.iter().map(|&id| PatternId(id)).collect() }
}

/// Reads a value.
pub(crate) fn reads(slot: u32) -> Reads {
    Reads { value: Some(Slot(slot)), ..Reads::default() }
}

/// Reads an optional value.
fn maybe(present: u32, slot: u32) -> Reads {
    Reads { present: Some(Slot(present)), ..reads(slot) }
}

/// Reads some fields.
pub(crate) fn inside<const N: usize>(fields: [(u32, Reads); N]) -> Reads {
    Reads { fields: fields.into(), ..Reads::default() }
}

pub(crate) const SLOTS: u32 = 21;

/// The automata of its patterns.
pub(crate) fn automata() -> Automata {
    let patterns = vec![pattern::tests::table("pi_[a-z0-9]+", true), pattern::tests::table("[^!]*", false)];
    Automata { patterns, ..Automata::default() }
}

/// `refund` by `Agent` on `Order`, and `ping` by `Agent` or `User`.
pub(crate) fn program() -> Program {
    let input = vec![
        field("payment", 3),
        field("amount", 2),
        field("count", 1),
        optional("size", 5),
        optional("nested", 8),
        optional("numbers", 6),
        optional("urgent", 0),
        optional("note", 14),
    ];
    let agent = vec![field("role", 4), field("names", 7), optional("acts_for", 10), optional("boss", 9)];
    let rule = |name: &str, effect, shadow| Rule {
        name: format!("acme/p.{name}"),
        effect,
        shadow,
        ask: (effect == Effect::RequireApproval).then_some(Ask { from: From::Group(0), quorum: 2, expires: 60 }),
        raise: None,
    };
    Program {
        package: "acme".into(),
        tiers: ["T0", "T1"].map(|name| Tier { name: name.into(), ..Tier::default() }).into(),
        approvers: vec![Approvers { name: "leads".into(), asked: false, fresh: None }],
        types: vec![
            Type::Bool,
            Type::Int { min: -5, max: 100 },
            Type::Decimal { places: 2, min: 100, max: 10_000_000 },
            text(false, 20, &[0, 1]),
            text(true, 10, &[1]),
            Type::Enum { members: vec!["small".into(), "x-large".into()] },
            Type::Set { element: TypeId(1), max: 3 },
            Type::Set { element: TypeId(4), max: 3 },
            Type::Record { open: false, fields: vec![field("flag", 0), optional("inner", 8)] },
            Type::Entity { id: None, name: "Agent".into(), fields: agent, ancestors: vec![] },
            Type::Entity { id: None, name: "User".into(), fields: vec![field("size", 5)], ancestors: vec![] },
            Type::Entity { id: None, name: "Order".into(), fields: vec![field("amount", 2)], ancestors: vec![] },
            Type::Record { open: false, fields: input },
            Type::Record { open: false, fields: vec![field("session", 4)] },
            text(false, 4096, &[]),
            Type::Record { open: false, fields: vec![] },
        ],
        patterns: vec!["pi_[a-z0-9]+".into(), "[^!]*".into()],
        literals: vec!["admin".into()],
        rules: vec![
            rule("ok", Effect::Allow, false),
            rule("ask", Effect::RequireApproval, false),
            rule("no", Effect::Deny, true),
        ],
        entries: vec![refund(), ping(9), ping(10)],
        ..Program::default()
    }
}

fn refund() -> Entry {
    let load = |slot| Box::new(Expr::Load(Slot(slot)));
    let value = |slot, present: &[u32], show| Piece::Value {
        slot: Slot(slot),
        present: present.iter().map(|&slot| Slot(slot)).collect(),
        failed: None,
        show,
    };
    Entry {
        action: "refund".into(),
        principal: TypeId(9),
        resource: Some(TypeId(11)),
        input: TypeId(12),
        context: Some(TypeId(13)),
        tier: Some(1),
        reads_principal: Reads {
            value: Some(Slot(0)),
            ..inside([(0, reads(1)), (1, reads(2)), (2, Reads { fields: vec![(0, reads(5))], ..maybe(3, 4) })])
        },
        reads_resource: Reads { value: Some(Slot(6)), ..inside([(0, reads(7))]) },
        reads_input: inside([
            (0, reads(8)),
            (1, reads(9)),
            (2, reads(10)),
            (3, maybe(11, 12)),
            (4, Reads { present: Some(Slot(13)), ..inside([(0, reads(14))]) }),
            (5, maybe(15, 16)),
            (6, maybe(17, 18)),
        ]),
        reads_context: inside([(0, reads(19))]),
        notice: vec![(Aspect::Summary, vec![Piece::Text("refund ".into()), value(6, &[], Show::Text)])],
        sent: Some(Slot(20)),
        evidence: Some(Evidence { principal: Slot(0), resource: Some(Slot(6)), acts_for: None }),
        slots: SLOTS,
        rules: vec![
            EntryRule {
                rule: RuleId(0),
                condition: Expr::And(vec![
                    Expr::TextEq(load(1), Box::new(Expr::Literal(LiteralId(0)))),
                    Expr::Compare(Cmp::Lt, load(9), load(7)),
                ]),
                because: Some(vec![
                    Piece::Text("by ".into()),
                    value(0, &[], Show::Text),
                    Piece::Text(" for ".into()),
                    value(5, &[3], Show::Enum(TypeId(5))),
                    Piece::Text(": ".into()),
                    value(9, &[], Show::Decimal(2)),
                    Piece::Text(" × ".into()),
                    value(10, &[], Show::Int),
                    Piece::Text(", urgent ".into()),
                    value(18, &[17], Show::Bool),
                    Piece::Text(", ".into()),
                    Piece::Absent,
                ]),
                ..EntryRule::default()
            },
            EntryRule { rule: RuleId(1), ..EntryRule::default() },
            EntryRule { rule: RuleId(2), ..EntryRule::default() },
        ],
        ..Entry::default()
    }
}

fn ping(principal: u32) -> Entry {
    Entry { action: "ping".into(), principal: TypeId(principal), input: TypeId(15), ..Entry::default() }
}

pub(crate) const AGENT: &str = r#"{"type":"Agent","id":"a-1","properties":{"role":"admin","names":[]}}"#;
pub(crate) const INPUT: &str = r#"{"payment":"pi_1","amount":12.5,"count":3}"#;
pub(crate) const ORDER: &str = r#"{"type":"Order","id":"o-1","properties":{"amount":20}}"#;
pub(crate) const CONTEXT: &str = r#"{"session":"s-1"}"#;

/// A request for a refund, put together from its parts.
pub(crate) fn request(subject: &str, input: &str, resource: &str, context: &str) -> String {
    format!(
        r#"{{"subject":{subject},"action":{{"name":"refund","properties":{input}}},"resource":{resource},"context":{context}}}"#
    )
}

/// A request for a refund that is accepted.
pub(crate) fn accepted() -> String {
    request(AGENT, INPUT, ORDER, CONTEXT)
}
