//! Decisions from end to end, by machine code written by hand.

use std::thread;

use super::*;
use crate::decision::DeterminedBy;
use crate::fixture;
use crate::helpers::Helper;
use crate::image::{Automata, PatternTable};
use crate::ir::{self, EntryRule, Expr, Rule};
use crate::pattern;
use crate::refusal::RefusalCode;
use crate::schema::{PatternId, Type, TypeId};

/// Stores slot 0 as held and slot 1 as failed:
/// `mov rax, [rsi]; mov [rdx], rax; mov rax, [rsi+8]; mov [rdx+8], rax; ret`
const COPY: [u8; 16] = [0x48, 0x8b, 0x06, 0x48, 0x89, 0x02, 0x48, 0x8b, 0x46, 8, 0x48, 0x89, 0x42, 8, 0xc3, 0xcc];

/// Stores nothing: `ret`
const NOTHING: [u8; 16] = [0xc3; 16];

/// Stores as held what a helper says of two slots.
fn calls(helper: Helper, left: u8, right: u8) -> Vec<u8> {
    let offset = |slot: u8| (u32::from(slot) * 8).to_le_bytes();
    let instructions: [&[u8]; 10] = [
        &[0x52],                               // push rdx
        &[0x48, 0x8b, 0x07],                   // mov rax, [rdi]
        &[0x48, 0x8b, 0x96],                   // mov rdx, [rsi + …]
        &offset(right),                        //
        &[0x48, 0x8b, 0xb6],                   // mov rsi, [rsi + …]
        &offset(left),                         //
        &[0xff, 0x50, helper.offset() as u8],  // call [rax + …]
        &[0x5a, 0x48, 0x89, 0x02],             // pop rdx; mov [rdx], rax
        &[0x48, 0xc7, 0x42, 0x08, 0, 0, 0, 0], // mov qword [rdx + 8], 0
        &[0xc3],                               // ret
    ];
    instructions.concat()
}

/// A package of one action `go` by `P`, whose input tells which rules hold and which fail.
fn parts(rules: &[(ir::Effect, bool)]) -> Parts {
    let entity = |name: &str| Type::Entity { id: None, name: name.into(), fields: vec![], ancestors: vec![] };
    let input = vec![fixture::field("held", 1), fixture::field("failed", 1)];
    let mut program = Program {
        package: "t".into(),
        approvers: vec![ir::Approvers { name: "leads".into(), asked: false, fresh: None }],
        types: vec![
            entity("P"),
            Type::Int { min: i64::MIN, max: i64::MAX },
            Type::Record { open: false, fields: input },
        ],
        ..Program::default()
    };
    program.rules = (0..)
        .zip(rules)
        .map(|(index, &(effect, shadow)): (usize, _)| Rule {
            name: format!("t/r{index}"),
            effect,
            shadow,
            ask: (effect == ir::Effect::RequireApproval).then_some(ir::Ask {
                from: ir::From::Group(0),
                quorum: 1,
                expires: 3600,
            }),
            raise: None,
        })
        .collect();
    program.entries = vec![Entry {
        action: "go".into(),
        principal: TypeId(0),
        input: TypeId(2),
        reads_input: fixture::inside([(0, fixture::reads(0)), (1, fixture::reads(1))]),
        reads_principal: fixture::reads(2),
        notice: vec![
            (ir::Aspect::Summary, vec![ir::Piece::Text("go".into())]),
            (ir::Aspect::Rollback, vec![ir::Piece::Text("back by ".into()), ir::Piece::Absent]),
        ],
        evidence: Some(ir::Evidence { principal: crate::schema::Slot(2), resource: None, acts_for: None }),
        sent: Some(crate::schema::Slot(3)),
        slots: 4,
        rules: (0..)
            .zip(rules)
            .map(|(id, _)| EntryRule {
                rule: RuleId(id),
                because: Some(vec![ir::Piece::Text(format!("message {id}"))]),
                ..EntryRule::default()
            })
            .collect(),
        ..Entry::default()
    }];
    Parts {
        target: "x86_64-unknown-linux-gnu".into(),
        program,
        automata: Automata::default(),
        code: COPY.into(),
        functions: vec![vec![0; rules.len().div_ceil(64)]],
    }
}

fn load(parts: &Parts) -> Result<Pdp, LoadError> {
    Pdp::load(&Image::write(parts).unwrap())
}

fn go(held: u64, failed: u64) -> String {
    format!(
        r#"{{"subject":{{"type":"P","id":"p"}},"action":{{"name":"go","properties":{{"held":{},"failed":{}}}}}}}"#,
        held.cast_signed(),
        failed.cast_signed()
    )
}

fn json(pdp: &Pdp, request: &str) -> String {
    let mut frame = Frame::default();
    let decision = pdp.evaluate(request.as_bytes(), &mut frame);
    assert_eq!(pdp.decide(&frame), decision);
    pdp.to_json(&decision, &frame)
}

const RULES: [(ir::Effect, bool); 5] = [
    (ir::Effect::Allow, false),
    (ir::Effect::RequireApproval, false),
    (ir::Effect::Deny, false),
    (ir::Effect::Allow, false),
    (ir::Effect::Deny, true),
];

#[test]
fn decisions_are_spelled_out() {
    let pdp = load(&parts(&RULES[..4])).unwrap();
    let judged = r#""action":"go","requirements":[]"#;
    for (held, failed, expected) in [
        (0, 0, format!(r#"{{"version":1,"effect":"deny","determined_by":["default"],{judged},"messages":[],"errors":[]}}"#)),
        (0b1001, 0, format!(r#"{{"version":1,"effect":"allow","determined_by":["t/r0","t/r3"],{judged},"messages":[{{"rule":"t/r0","because":"message 0"}},{{"rule":"t/r3","because":"message 3"}}],"errors":[]}}"#)),
        (0b1000, 0b0001, format!(r#"{{"version":1,"effect":"allow","determined_by":["t/r3"],{judged},"messages":[{{"rule":"t/r3","because":"message 3"}}],"errors":[{{"rule":"t/r0","error":"overflow"}}]}}"#)),
        (0b0011, 0, r#"{"version":1,"effect":"require_approval","determined_by":["t/r1"],"action":"go","requirements":[{"rule":"t/r1","from":"leads","quorum":1,"expires_seconds":3600}],"ask":{"summary":"go","rollback":"back by ?"},"messages":[{"rule":"t/r1","because":"message 1"}],"errors":[]}"#.into()),
        (0b0101, 0b0010, r#"{"version":1,"effect":"deny","determined_by":["t/r1","t/r2"],"action":"go","requirements":[],"messages":[{"rule":"t/r2","because":"message 2"}],"errors":[{"rule":"t/r1","error":"overflow"}]}"#.into()),
    ] {
        assert_eq!(json(&pdp, &go(held, failed)), expected);
    }
    assert_eq!(
        json(&pdp, r#"{"subject":0,"action":{"name":"fly"}}"#),
        r#"{"version":1,"effect":"deny","determined_by":["refused"],"refusal":{"code":"unknown_action","path":"/action/name"}}"#
    );
}

#[test]
fn shadow_rules_are_reported_and_change_nothing() {
    let pdp = load(&parts(&RULES)).unwrap();
    for (held, failed, by, expected) in [
        (0b00001, 0, "t/r0", r#"{"effect":"allow","determined_by":["t/r0"],"errors":[]}"#),
        (0b10001, 0, "t/r0", r#"{"effect":"deny","determined_by":["t/r4"],"errors":[]}"#),
        (
            0b00001,
            0b11000,
            "t/r0",
            r#"{"effect":"deny","determined_by":["t/r4"],"errors":[{"rule":"t/r4","error":"overflow"}]}"#,
        ),
    ] {
        let json = json(&pdp, &go(held, failed));
        assert!(json.starts_with(&format!(r#"{{"version":1,"effect":"allow","determined_by":["{by}"]"#)));
        assert!(json.ends_with(&format!(r#","shadow":{expected}}}"#)), "{json}");
    }
}

#[test]
fn rules_beyond_the_first_group_count() {
    let mut rules = vec![(ir::Effect::Allow, false); 700];
    rules[699].0 = ir::Effect::Deny;
    let pdp = load(&parts(&rules)).unwrap();
    let mut frame = Frame::default();
    // Each of the eleven groups has the same bit set: rule 1, 65, 129 and so on.
    let decision = pdp.evaluate(go(2, 0).as_bytes(), &mut frame);
    let expected = (0..11).map(|group| RuleId(group * 64 + 1)).collect();
    assert_eq!(*decision.determined_by(), DeterminedBy::Rules(expected));
    assert_eq!(decision.effect(), Effect::Allow);
    // Bit 59 of the last group is the deny; bit 60 is no rule at all, which fails the whole group.
    for (bit, errors) in [(59, 0), (60, 60)] {
        let decision = pdp.evaluate(go(1 << bit, 0).as_bytes(), &mut frame);
        assert_eq!(decision.effect(), Effect::Deny);
        assert_eq!(*decision.determined_by(), DeterminedBy::Rules(vec![RuleId(699)]));
        assert_eq!(decision.errors().len(), errors);
    }
}

#[test]
fn nonsense_from_native_code_denies() {
    let pdp = load(&parts(&RULES)).unwrap();
    let mut frame = Frame::default();
    for (held, failed) in [(1, 1), (u64::MAX, 0), (0, u64::MAX), (1, 1 << 5)] {
        let decision = pdp.evaluate(go(held, failed).as_bytes(), &mut frame);
        assert_eq!(decision.effect(), Effect::Deny);
        assert_eq!(decision.errors().len(), 4);
    }
    let mut silent = parts(&RULES);
    silent.code = NOTHING.into();
    let pdp = load(&silent).unwrap();
    assert_eq!(pdp.evaluate(go(1, 0).as_bytes(), &mut frame).effect(), Effect::Deny);
}

#[test]
fn native_code_reaches_its_helpers() {
    let ask = |helper, left, right, request: &str| {
        let program = fixture::program();
        let mut code = calls(helper, left, right);
        code.resize(48, 0xcc);
        let parts = Parts {
            target: "x86_64-unknown-linux-gnu".into(),
            program,
            automata: fixture::automata(),
            code,
            functions: vec![vec![0], vec![], vec![]],
        };
        let pdp = load(&parts).unwrap();
        let mut frame = Frame::default();
        let decision = pdp.evaluate(request.as_bytes(), &mut frame);
        assert_eq!(decision.refusal(), None);
        (decision.effect() == Effect::Allow, decision.errors().len())
    };
    let with = |old: &str, new: &str| fixture::accepted().replace(old, new);
    // The role and the session.
    assert_eq!(ask(Helper::TextEq, 1, 19, &with("s-1", "admin")), (true, 0));
    assert_eq!(ask(Helper::TextEq, 1, 19, &with("s-1", "Admin")), (false, 0));
    // The names and the role.
    let names = with(r#""names":[]"#, r#""names":["z","admin","b"]"#);
    assert_eq!(ask(Helper::ContainsText, 2, 1, &names), (true, 0));
    assert_eq!(ask(Helper::ContainsText, 2, 1, &with("x", "x")), (false, 0));
    // The numbers and the count, which is 3.
    let numbers = |list: &str| with(r#""count":3"#, &format!(r#""count":3,"numbers":{list}"#));
    assert_eq!(ask(Helper::ContainsInt, 16, 10, &numbers("[9,3,-1]")), (true, 0));
    assert_eq!(ask(Helper::ContainsInt, 16, 10, &numbers("[9,-3]")), (false, 0));
    // The payment, and the pattern of the index in the slot of an absent value: 0.
    assert_eq!(ask(Helper::Matches, 8, 18, &with("x", "x")), (true, 0));
    assert_eq!(ask(Helper::Matches, 1, 18, &with("x", "x")), (false, 0));
    // There is no pattern 3: every rule fails.
    assert_eq!(ask(Helper::Matches, 8, 10, &with("x", "x")), (false, 2));
}

#[test]
fn messages_show_values() {
    let mut code = COPY.to_vec();
    // Slot 9 is the amount, 12.5: mov qword [rdx], 1; mov qword [rdx+8], 0; ret
    code.splice(.., [0x48, 0xc7, 0x02, 1, 0, 0, 0, 0x48, 0xc7, 0x42, 8, 0, 0, 0, 0, 0xc3]);
    let parts = Parts {
        target: "x86_64-unknown-linux-gnu".into(),
        program: fixture::program(),
        automata: fixture::automata(),
        code,
        functions: vec![vec![0], vec![], vec![]],
    };
    let pdp = load(&parts).unwrap();
    let mut frame = Frame::default();
    let decision = pdp.evaluate(fixture::accepted().as_bytes(), &mut frame);
    let because = |decision: &Decision, frame: &Frame| pdp.messages(decision, frame)[0].because.clone();
    assert_eq!(because(&decision, &frame), r#"by "a-1" for ?: 12.50 × 3, urgent ?, ?"#);
    assert!(pdp.to_json(&decision, &frame).contains(r#""action":"refund","tier":"T1","#));
    let full = fixture::accepted()
        .replace("a-1", r#"a\"\n"#)
        .replace(r#""count":3"#, r#""count":-5,"urgent":false"#)
        .replace(r#""role""#, r#""acts_for":{"type":"User","id":"u","properties":{"size":"x-large"}},"role""#);
    let later = pdp.evaluate(full.as_bytes(), &mut frame);
    assert_eq!(because(&later, &frame), r#"by "a\"\u{a}" for x-large: 12.50 × -5, urgent false, ?"#);
    // The frame holds the later request's values: they are no part of the earlier decision.
    assert_eq!(because(&decision, &frame), "by ? for ?: ? × ?, urgent ?, ?");
    let mut other = Frame::default();
    pdp.decode(full.as_bytes(), &mut other).unwrap();
    assert_eq!(because(&later, &other), "by ? for ?: ? × ?, urgent ?, ?");
}

#[test]
fn a_frame_of_another_pdp_is_refused() {
    let (one, other) = (load(&parts(&RULES)).unwrap(), load(&parts(&RULES)).unwrap());
    let mut frame = Frame::default();
    let bad_json = Some(&Refusal::whole(RefusalCode::BadJson));
    assert_eq!(one.decide(&frame).refusal(), bad_json);
    one.decode(go(1, 0).as_bytes(), &mut frame).unwrap();
    assert_eq!(one.decide(&frame).effect(), Effect::Allow);
    assert_eq!(other.decide(&frame).refusal(), bad_json);
    // A frame whose last request was refused keeps saying so.
    let refusal = one.decode(b"{}", &mut frame).unwrap_err();
    assert_eq!(one.decide(&frame).refusal(), Some(&refusal));
}

#[test]
fn a_decision_of_another_pdp_is_a_denial_that_says_nothing() {
    let (one, other) = (load(&parts(&RULES)).unwrap(), load(&parts(&RULES)).unwrap());
    let mut frame = Frame::default();
    let allowed = one.evaluate(go(1, 0).as_bytes(), &mut frame);
    let granted = one.to_json(&allowed, &frame);
    assert!(granted.contains(r#""effect":"allow""#), "{granted}");
    assert!(one.obligations(&allowed).is_some() && other.obligations(&allowed).is_none());
    assert_eq!(other.to_json(&allowed, &frame), r#"{"version":1,"effect":"deny","determined_by":["refused"]}"#);
    // One that is refused is the same everywhere.
    let refused = one.evaluate(b"{}", &mut frame);
    assert_eq!(other.to_json(&refused, &frame), one.to_json(&refused, &frame));
    assert!(other.obligations(&refused).is_some_and(|all| all.is_empty()));
}

#[test]
fn threads_share_a_pdp() {
    const fn may_move_and_be_shared<T: Send + Sync>() {}
    const { may_move_and_be_shared::<Pdp>() };
    let pdp = load(&parts(&RULES)).unwrap();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut frame = Frame::default();
                for bits in 0..2000 {
                    let decision = pdp.evaluate(go(bits & 1, 0).as_bytes(), &mut frame);
                    assert_eq!(decision.effect() == Effect::Allow, bits & 1 == 1);
                }
            });
        }
    });
}

#[test]
fn what_does_not_fit_together_is_not_loaded() {
    let refused = |change: &dyn Fn(&mut Parts)| {
        let mut parts = parts(&RULES);
        change(&mut parts);
        load(&parts).unwrap_err().to_string()
    };
    // Two tables of patterns, of which the second says more.
    let seeking = |p: &mut Parts| {
        let tables = [1, 2].map(pattern::detector::tests::table);
        p.program.detectors = tables.iter().map(|(of, _)| of.clone()).collect();
        p.automata.finders = tables.into_iter().map(|(_, bytes)| bytes).collect();
    };
    let mut sound = parts(&RULES);
    seeking(&mut sound);
    assert!(load(&sound).is_ok());
    let detecting = |change: &dyn Fn(&mut Parts)| {
        refused(&|p| {
            seeking(p);
            change(p);
        })
    };
    let entry = |change: &dyn Fn(&mut Entry)| refused(&|p| change(&mut p.program.entries[0]));
    let condition = |expr: &Expr| entry(&|e| e.rules[0].condition = expr.clone());
    let slot = |slot| Box::new(Expr::Load(crate::schema::Slot(slot)));
    for problem in [
        refused(&|p| p.target = "riscv64-unknown-linux-gnu".into()),
        refused(&|p| p.target = "x86_64-unknown-none".into()),
        refused(&|p| p.functions.clear()),
        refused(&|p| p.functions[0].clear()),
        refused(&|p| p.functions[0][0] = 16),
        refused(&|p| p.functions[0][0] = 1),
        refused(&|p| p.code.clear()),
        refused(&|p| p.automata.patterns.push(PatternTable::default())),
        refused(&|p| {
            p.program.patterns.push("a".into());
            p.automata.patterns.push(PatternTable::default());
        }),
        refused(&|p| p.automata.finders.push(vec![])),
        detecting(&|p| p.automata.finders.clear()),
        detecting(&|p| p.automata.finders.push(p.automata.finders[0].clone())),
        detecting(&|p| p.automata.finders.swap(0, 1)),
        detecting(&|p| p.automata.finders[1].truncate(40)),
        detecting(&|p| p.program.detectors[0].members = 2),
        detecting(&|p| p.program.detectors[0].truth = true),
        detecting(&|p| p.program.detectors[0].rows[0].1 = 0),
        detecting(&|p| p.program.detectors[0].rows[0].0 = "c".into()),
        detecting(&|p| p.program.detectors[0].automata[0] = vec![0]),
        detecting(&|p| p.program.detectors[0].automata[0] = vec![0, 1, 1]),
        detecting(&|p| p.program.detectors[0].automata[0] = vec![]),
        detecting(&|p| p.program.detectors[0].automata.clear()),
        detecting(&|p| p.program.detectors.truncate(1)),
        refused(&|p| p.program.types[2] = Type::Set { element: TypeId(2), max: 1 }),
        refused(&|p| p.program.types.push(Type::Set { element: TypeId(9), max: 1 })),
        refused(&|p| p.program.types.push(Type::Decimal { places: 5, min: 0, max: 0 })),
        refused(&|p| p.program.types.push(Type::Enum { members: vec!["a".into(), "a".into()] })),
        refused(&|p| {
            p.program.types.push(Type::Text { ident: false, max: 0, patterns: vec![PatternId(0)] });
        }),
        refused(&|p| p.program.rules[1].ask = None),
        refused(&|p| p.program.entries.push(p.program.entries[0].clone())),
        entry(&|e| e.principal = TypeId(1)),
        entry(&|e| e.principal = TypeId(7)),
        entry(&|e| e.input = TypeId(0)),
        entry(&|e| e.resource = Some(TypeId(2))),
        entry(&|e| e.context = Some(TypeId(0))),
        entry(&|e| e.reads_context = fixture::reads(0)),
        entry(&|e| e.tier = Some(0)),
        entry(&|e| e.slots = 1),
        entry(&|e| e.slots = u32::MAX),
        entry(&|e| e.rules[1].rule = RuleId(0)),
        entry(&|e| e.rules[4].rule = RuleId(5)),
        entry(&|e| e.reads_input = fixture::inside([(0, fixture::reads(0)), (1, fixture::reads(0))])),
        entry(&|e| e.reads_input = fixture::inside([(0, fixture::reads(0)), (0, fixture::reads(1))])),
        entry(&|e| e.reads_input = fixture::inside([(2, fixture::reads(0))])),
        entry(&|e| e.reads_input = fixture::reads(0)),
        entry(&|e| e.reads_principal.present = Some(crate::schema::Slot(0))),
        entry(&|e| {
            e.rules[0].because = Some(vec![ir::Piece::Value {
                slot: crate::schema::Slot(0),
                present: vec![],
                failed: None,
                show: ir::Show::Text,
            }]);
        }),
        condition(&Expr::Const(2)),
        condition(&Expr::And(vec![])),
        condition(&Expr::Load(crate::schema::Slot(0))),
        condition(&Expr::Not(slot(2))),
        condition(&Expr::Present(crate::schema::Slot(0))),
        condition(&Expr::TextEq(slot(0), slot(1))),
        condition(&Expr::Compare(ir::Cmp::Eq, slot(0), Box::new(Expr::Literal(ir::LiteralId(0))))),
        condition(&Expr::Matches { pattern: PatternId(0), text: slot(0) }),
        condition(&Expr::Contains { set: Box::new(Expr::Load(crate::schema::Slot(0))), text: false, element: slot(1) }),
    ] {
        assert!(!problem.is_empty());
    }
    // And the rest of it does fit.
    load(&parts(&RULES)).unwrap();
}
