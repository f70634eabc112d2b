//! Conditions: three truth values, every operator, definitions, and what the trace says of them.

use super::*;
use crate::eval::{Kind, Node, Outcome, Place, RuleResult};

#[track_caller]
fn gives(condition: Expr, result: RuleResult) {
    assert_eq!(why(condition, &pay(ARGUMENTS)).result, result);
}

const ARGUMENTS: &str = r#", "n": 7, "flag": true, "note": "x", "level": "MID", "ids": [3, 1, 3],
    "owner": {"type": "Agent", "id": "a-1"}"#;

#[track_caller]
fn is(condition: Expr, expected: bool) {
    gives(condition, if expected { RuleResult::Held } else { RuleResult::Not });
}

#[test]
fn and_or_and_not_over_three_truths() {
    use RuleResult::{Failed, Held, Not};
    // Rows: no, failed, yes. Columns: the same.
    let all = [[Not, Not, Not], [Not, Failed, Failed], [Not, Failed, Held]];
    let any = [[Not, Failed, Held], [Failed, Failed, Held], [Held, Held, Held]];
    let values = || [no(), fails(), yes()];
    for (left, (all, any)) in values().into_iter().zip(all.into_iter().zip(any)) {
        for (right, (all, any)) in values().into_iter().zip(all.into_iter().zip(any)) {
            gives(and([left.clone(), right.clone()]), all);
            gives(or([left.clone(), right]), any);
        }
    }
    gives(not(no()), Held);
    gives(not(fails()), Failed);
    gives(not(yes()), Not);
    gives(and([yes(), yes(), no(), fails()]), Not);
    gives(or([no(), fails(), no(), yes()]), Held);
}

#[test]
fn comparisons() {
    let n = || path("input.n", Ty::Int);
    for (cmp, results) in [
        (Cmp::Eq, [false, true, false]),
        (Cmp::Ne, [true, false, true]),
        (Cmp::Lt, [false, false, true]),
        (Cmp::Le, [false, true, true]),
        (Cmp::Gt, [true, false, false]),
        (Cmp::Ge, [true, true, false]),
    ] {
        for (other, expected) in [6, 7, 8].into_iter().zip(results) {
            is(compare(cmp, n(), int(other)), expected);
        }
        for (other, expected) in [599_999, 600_000, 600_001].into_iter().zip(results) {
            is(compare(cmp, path("input.amount", Ty::Decimal), decimal(other)), expected);
        }
        let level = Ty::Enum("Level".into());
        for (other, expected) in [0, 1, 2].into_iter().zip(results) {
            let other = at(0, level.clone(), ExprKind::Member(other));
            is(compare(cmp, path("input.level", level.clone()), other), expected);
        }
    }
    is(compare(Cmp::Eq, path("principal.role", Ty::Ident), text("clerk")), true);
    is(compare(Cmp::Ne, path("principal.role", Ty::Ident), text("Clerk")), true);
    is(compare(Cmp::Eq, path("input.flag", Ty::Bool), not(no())), true);
    // Entities are the same if they are called the same; their attributes differ here.
    let agent = Ty::Entity("Agent".into());
    is(compare(Cmp::Eq, path("principal", agent.clone()), path("input.owner", agent.clone())), true);
    is(compare(Cmp::Ne, path("principal", agent.clone()), path("input.owner", agent)), false);
    is(compare(Cmp::Eq, path("principal.id", Ty::String), text("a-1")), true);
}

#[test]
fn arithmetic_is_exact_or_fails() {
    let n = || path("input.n", Ty::Int);
    is(compare(Cmp::Eq, arith(Arith::Add, n(), int(i64::MAX - 7)), int(i64::MAX)), true);
    is(compare(Cmp::Eq, arith(Arith::Sub, int(i64::MIN + 7), n()), int(i64::MIN)), true);
    is(compare(Cmp::Eq, arith(Arith::Mul, n(), int(-3)), int(-21)), true);
    is(compare(Cmp::Eq, arith(Arith::Mul, int(3), path("input.amount", Ty::Decimal)), decimal(1_800_000)), true);
    is(compare(Cmp::Eq, arith(Arith::Add, decimal(1), path("input.amount", Ty::Decimal)), decimal(600_001)), true);
    let neg = |inner: Expr| at(0, inner.ty.clone(), ExprKind::Neg(Box::new(inner)));
    is(compare(Cmp::Eq, neg(n()), int(-7)), true);
    for failing in [
        arith(Arith::Add, n(), int(i64::MAX - 6)),
        arith(Arith::Sub, int(i64::MIN + 6), n()),
        arith(Arith::Mul, n(), int(i64::MAX / 6)),
        neg(int(i64::MIN)),
        // No step may leave the range, even if the next one would bring it back.
        arith(Arith::Sub, arith(Arith::Add, int(i64::MAX), n()), n()),
    ] {
        gives(compare(Cmp::Ne, failing.clone(), int(0)), RuleResult::Failed);
        gives(truth(ExprKind::InList(Box::new(failing.clone()), vec![int(0)])), RuleResult::Failed);
        gives(
            truth(ExprKind::In(Box::new(failing), Box::new(path("input.ids", Ty::Set(Box::new(Ty::Int)))))),
            RuleResult::Failed,
        );
    }
}

#[test]
fn membership_and_patterns() {
    let within = |element: Expr, set: &str| {
        truth(ExprKind::In(Box::new(element), Box::new(path(set, Ty::Set(Box::new(Ty::Int))))))
    };
    is(within(int(3), "input.ids"), true);
    is(within(int(2), "input.ids"), false);
    is(within(text("refund"), "principal.may"), true);
    is(within(text("refun"), "principal.may"), false);
    let listed = |list: Vec<Expr>| truth(ExprKind::InList(Box::new(path("input.n", Ty::Int)), list));
    is(listed(vec![int(1), int(7)]), true);
    is(listed(vec![int(1)]), false);
    let matches = |source| truth(ExprKind::Matches(Box::new(path("principal.id", Ty::String)), pattern(source)));
    is(matches("a-[0-9]"), true);
    is(matches("a|a-1x"), false);
    is(matches("-"), false);
}

#[test]
fn presence() {
    is(has("input.note"), true);
    is(has("input.big"), false);
    is(has("principal.boss.role"), false);
    let otherwise = |path: &str, other: Expr| at(0, Ty::Int, ExprKind::Else(steps(path), Box::new(other)));
    let overflow = || arith(Arith::Add, int(i64::MAX), int(1));
    // Only the chosen branch is evaluated.
    is(compare(Cmp::Eq, otherwise("input.n", overflow()), int(7)), true);
    is(compare(Cmp::Eq, otherwise("input.spot.x", int(1)), int(1)), true);
    gives(compare(Cmp::Eq, otherwise("input.spot.x", overflow()), int(1)), RuleResult::Failed);
}

#[test]
fn what_is_absent_behind_its_test_is_not_evaluated() {
    let read = || compare(Cmp::Gt, path("input.big", Ty::Decimal), decimal(0));
    let trace = why(and([has("input.big"), read()]), &pay(""));
    assert_eq!(trace.result, RuleResult::Not);
    let outcomes: Vec<Outcome> = trace.condition.children.iter().map(|child| child.outcome.clone()).collect();
    assert_eq!(outcomes, [Outcome::False, Outcome::NotEvaluated]);
    assert_eq!(trace.condition.children[1].operands[0].outcome, Outcome::NotEvaluated);

    is(or([not(has("input.big")), read()]), true);
    is(not(and([has("input.big"), not(read())])), true);
    is(and([has("input.big"), or([fails(), read()])]), false);
    is(and([has("input.big"), truth(ExprKind::InList(Box::new(path("input.big", Ty::Decimal)), vec![]))]), false);
    is(
        and([
            has("principal.boss"),
            truth(ExprKind::In(Box::new(text("x")), Box::new(path("principal.boss.may", Ty::Set(Box::new(Ty::Int)))))),
        ]),
        false,
    );

    let guarded = package(Some(has("input.big")), vec![rule(Effect::Deny, "d", read())]);
    let evaluation = Evaluator::new(&guarded).evaluate(pay("").as_bytes());
    assert_eq!(evaluation.trace.rules[0].result, RuleResult::Not);
    assert!(evaluation.decision.errors.is_empty());
    assert_eq!(evaluation.trace.rules[0].guard.as_ref().unwrap().place, Place::Guard);
}

fn with_define(body: Expr, params: Vec<(Name, Ty)>, condition: Expr) -> RuleTrace {
    let mut package = package(None, vec![rule(Effect::Allow, "a", condition)]);
    package.defines.insert("f".into(), Arc::new(Define { name: "f".into(), params, body }));
    let evaluation = Evaluator::new(&package).evaluate(pay(ARGUMENTS).as_bytes());
    evaluation.trace.rules.into_iter().next().unwrap()
}

#[test]
fn definitions_are_functions_of_their_arguments() {
    let agent = Ty::Entity("Agent".into());
    let params = vec![("who".into(), agent.clone()), ("limit".into(), Ty::Decimal)];
    let call =
        |limit: Expr| at(40, Ty::Bool, ExprKind::Call("f".into(), vec![path("principal", agent.clone()), limit]));
    let body = and([
        compare(Cmp::Eq, path("0.role", Ty::Ident), text("clerk")),
        not(has("0.boss")),
        compare(Cmp::Le, path("1", Ty::Decimal), decimal(600_000)),
    ]);
    let trace = with_define(body.clone(), params.clone(), call(path("input.amount", Ty::Decimal)));
    assert_eq!(trace.result, RuleResult::Held);
    let node = &trace.condition;
    assert_eq!((node.kind, node.span.start, &node.place), (Kind::Definition, 40, &Place::Rule));
    let shown: Vec<String> = node.operands.iter().map(|operand| operand.outcome.to_string()).collect();
    assert_eq!(shown, ["\"a-1\"", "60.00"]);
    let [inside] = node.children.as_slice() else { panic!("{node:?}") };
    assert_eq!((inside.kind, &inside.place), (Kind::And, &Place::Define("f".into())));

    // Strict: an argument that fails makes the call fail, whatever the body would say.
    let failing = arith(Arith::Mul, path("input.amount", Ty::Decimal), int(i64::MAX));
    let trace = with_define(or([yes(), body]), params, call(failing));
    assert_eq!(trace.result, RuleResult::Failed);
}

#[test]
fn the_trace_shows_operands_as_one_writes_them() {
    let shown = |condition: Expr| {
        let node = why(condition, &pay(ARGUMENTS)).condition;
        let operands: Vec<String> = node.operands.iter().map(|operand| operand.outcome.to_string()).collect();
        format!("{} {}", node.outcome, operands.join(", "))
    };
    let amount = || path("input.amount", Ty::Decimal);
    assert_eq!(shown(compare(Cmp::Gt, amount(), decimal(500_000))), "true 60.00, 50.00");
    assert_eq!(shown(compare(Cmp::Lt, arith(Arith::Mul, amount(), int(2)), decimal(1))), "false 120.00, 0.0001");
    let level = Ty::Enum("Level".into());
    let member = at(0, level.clone(), ExprKind::Member(2));
    assert_eq!(shown(compare(Cmp::Lt, path("input.level", level), member)), "true mid, high");
    assert_eq!(
        shown(truth(ExprKind::In(Box::new(int(2)), Box::new(path("input.ids", Ty::Set(Box::new(Ty::Int))))))),
        "false 2, [1, 3]"
    );
    assert_eq!(
        shown(truth(ExprKind::In(Box::new(text("x")), Box::new(path("principal.may", Ty::Set(Box::new(Ty::Int))))))),
        "false \"x\", [\"refund\"]"
    );
    assert_eq!(shown(fails()), "failed failed, 0");
}

#[test]
fn the_nearest_allow_lacks_least() {
    let is_true = |start| at(start, Ty::Bool, ExprKind::Bool(true));
    let is_false = |start| at(start, Ty::Bool, ExprKind::Bool(false));
    let rules = vec![
        rule(Effect::Allow, "two", and([is_false(1), is_true(2), is_false(3)])),
        rule(Effect::Allow, "failed", fails()),
        rule(Effect::Deny, "other", is_false(4)),
        shadow(rule(Effect::Allow, "shadow", is_false(5))),
        rule(Effect::Allow, "one", and([is_true(6), Expr { span: Span::new(7, 8), ..not(is_true(8)) }])),
        rule(Effect::Allow, "also", or([is_false(9)])),
    ];
    let evaluation = evaluate(rules, &pay(""));
    let nearest = evaluation.trace.nearest_allow().unwrap();
    assert_eq!(&*nearest.rule.name, "p/m.one");
    let places: Vec<u32> = nearest.lacking.iter().map(|node: &&Node| node.span.start).collect();
    assert_eq!(places, [7]);

    let none = evaluate(vec![rule(Effect::Deny, "d", no())], &pay(""));
    assert_eq!(none.trace.nearest_allow(), None);
}

#[test]
fn deep_conditions_fit_the_stack() {
    // Deeper than any that a check lets pass, on the small stack of a test's thread.
    let nested = |wrap: fn(Expr) -> Expr| (0..512).fold(yes(), |inner, _| wrap(inner));
    is(nested(not), true);
    is(nested(|inner| and([yes(), inner])), true);
    is(nested(|inner| compare(Cmp::Eq, inner, yes())), true);
    is(nested(|inner| truth(ExprKind::Else(steps("input.spot.x"), Box::new(inner)))), true);
    let mut package = package(None, vec![]);
    package.policies = package
        .policies
        .iter()
        .map(|policy| {
            let calls = truth(ExprKind::Call("f0".into(), vec![]));
            Arc::new(Policy { rules: vec![rule(Effect::Allow, "a", calls)], ..(**policy).clone() })
        })
        .collect();
    for level in 0..512 {
        let next = truth(ExprKind::Call(format!("f{}", level + 1).into(), vec![]));
        let body = if level == 511 { yes() } else { next };
        let name: Name = format!("f{level}").into();
        package.defines.insert(name.clone(), Arc::new(Define { name, params: vec![], body }));
    }
    let evaluation = Evaluator::new(&package).evaluate(pay(ARGUMENTS).as_bytes());
    assert_eq!(evaluation.trace.rules[0].result, RuleResult::Held);
}
