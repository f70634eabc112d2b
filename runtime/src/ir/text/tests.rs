//! The text form of a small program.

use super::*;
use crate::ir::Gather;
use crate::ir::{Approvers, EntryRule, Evidence, Obligation, Rule, Tier};

#[test]
fn a_program_reads_well() {
    let load = |slot| Box::new(Expr::Load(Slot(slot)));
    let program = Program {
        package: "acme".into(),
        tiers: vec![
            Tier { name: "T0".into(), ..Tier::default() },
            Tier {
                name: "T1".into(),
                warrant: Some(300),
                ask: Some(Ask { from: From::Group(0), quorum: 1, expires: 60 }),
                obligations: vec![Due { obligation: 0, args: vec![Arg::Value(Expr::Const(3)), Arg::Elements(vec![])] }],
            },
        ],
        obligations: vec![Obligation {
            name: "audit".into(),
            params: vec![
                Param { name: "level".into(), ty: TypeId(2), merge: Some(Merge::Max) },
                Param { name: "tags".into(), ty: TypeId(3), merge: None },
            ],
        }],
        approvers: vec![
            Approvers { name: "leads".into(), asked: true, fresh: Some(60_000_000) },
            Approvers { name: "others".into(), asked: false, fresh: None },
        ],
        types: vec![
            Type::Entity {
                id: None,
                name: "Agent".into(),
                fields: vec![Field { name: "of".into(), ty: TypeId(0), optional: true, default: None }],
                ancestors: vec![],
            },
            Type::Record {
                open: false,
                fields: vec![Field { name: "amount".into(), ty: TypeId(2), optional: false, default: None }],
            },
            Type::Decimal { places: 2, min: 0, max: 10_000 },
            Type::Set { element: TypeId(2), max: 3 },
        ],
        patterns: vec!["a\"b".into()],
        literals: vec!["root".into()],
        zones: vec![],
        hours: vec![],
        commands: vec![],
        rules: vec![Rule {
            name: "acme/p.big".into(),
            effect: Effect::RequireApproval,
            shadow: true,
            ask: Some(Ask { from: From::ActsFor("principal.of".into()), quorum: 2, expires: 60 }),
            raise: None,
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
            sent: Some(Slot(3)),
            evidence: Some(Evidence { principal: Slot(1), resource: None, acts_for: None }),
            slots: 4,
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
                    Piece::Value { slot: Slot(1), present: vec![Slot(0)], failed: None, show: Show::Text },
                    Piece::Absent,
                ]),
                obligations: vec![Due {
                    obligation: 0,
                    args: vec![Arg::Value(*load(2)), Arg::Elements([1, 2].map(|n| Gather::one(Expr::Const(n))).into())],
                }],
                tell: Some(vec![Piece::Text("no".into())]),
                ..EntryRule::default()
            }],
            ..Entry::default()
        }],
        ..Program::default()
    };
    assert_eq!(
        program.to_string(),
        r#"package acme
tier T0
tier T1 warrant 300s from leads quorum 1 expires 60s with audit(3, [])
obligation audit { "level": t2 merge max, "tags": t3 }
approvers leads asked fresh 1min
approvers others
t0 = entity Agent { "of": t0? }
t1 = record { "amount": t2 }
t2 = decimal places 2 0 .. 10000
t3 = set of t2 max 3
p0 = re"a\"b"
l0 = "root"
r0 = shadow require approval acme/p.big from principal.of quorum 2 expires 60s

entry pay by Agent t0 input t1 tier T1 slots 4
  s0 = has principal.of
  s1 = principal.of.id
  s2 = input.amount
  s3 = input as sent
  r0 acme/p.big
    and
      has s0
      not
        or
          text_eq(s1, l0)
          (s2 < 5)
    with audit(s2, [1, 2])
    because "by " {s1 text if has s0} {?}
    tell "no"
"#
    );
}
