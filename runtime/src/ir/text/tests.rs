//! The text form of a small program.

use super::*;
use crate::ir::{Ask, EntryRule, Rule};

#[test]
fn a_program_reads_well() {
    let load = |slot| Box::new(Expr::Load(Slot(slot)));
    let program = Program {
        package: "acme".into(),
        tiers: vec!["T0".into(), "T1".into()],
        types: vec![
            Type::Entity {
                name: "Agent".into(),
                fields: vec![Field { name: "of".into(), ty: TypeId(0), optional: true }],
                ancestors: vec![],
            },
            Type::Record { fields: vec![Field { name: "amount".into(), ty: TypeId(2), optional: false }] },
            Type::Decimal { places: 2, min: 0, max: 10_000 },
        ],
        patterns: vec!["a\"b".into()],
        literals: vec!["root".into()],
        zones: vec![],
        hours: vec![],
        rules: vec![Rule {
            name: "acme/p.big".into(),
            effect: Effect::RequireApproval,
            shadow: true,
            ask: Some(Ask { from: "leads".into(), quorum: 2, expires: Some(60) }),
        }],
        entries: vec![Entry {
            action: "pay".into(),
            principal: TypeId(0),
            resource: None,
            input: TypeId(1),
            context: None,
            tier: Some(1),
            reads_principal: Reads {
                fields: vec![(0, Reads { present: Some(Slot(0)), value: Some(Slot(1)), ..Reads::default() })],
                ..Reads::default()
            },
            reads_resource: Reads::default(),
            reads_input: Reads {
                fields: vec![(0, Reads { value: Some(Slot(2)), ..Reads::default() })],
                ..Reads::default()
            },
            reads_context: Reads::default(),
            slots: 3,
            rules: vec![EntryRule {
                rule: RuleId(0),
                condition: Expr::And(vec![
                    Expr::Present(Slot(0)),
                    Expr::Not(Box::new(Expr::Or(vec![
                        Expr::TextEq(load(1), Box::new(Expr::Literal(LiteralId(0)))),
                        Expr::Compare(Cmp::Lt, load(2), Box::new(Expr::Const(5))),
                    ]))),
                ]),
                because: Some(vec![
                    Piece::Text("by ".into()),
                    Piece::Value { slot: Slot(1), present: vec![Slot(0)], show: Show::Text },
                    Piece::Absent,
                ]),
            }],
        }],
    };
    assert_eq!(
        program.to_string(),
        r#"package acme
tiers T0 T1
t0 = entity Agent { "of": t0? }
t1 = record { "amount": t2 }
t2 = decimal places 2 0 .. 10000
p0 = re"a\"b"
l0 = "root"
r0 = shadow require approval acme/p.big from leads quorum 2 expires 60s

entry pay by Agent t0 input t1 tier T1 slots 3
  s0 = has principal.of
  s1 = principal.of.id
  s2 = input.amount
  r0 acme/p.big
    and
      has s0
      not
        or
          text_eq(s1, l0)
          (s2 < 5)
    because "by " {s1 text if has s0} {?}
"#
    );
}
