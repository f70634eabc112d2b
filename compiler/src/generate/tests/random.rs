//! Random conditions against their meaning, written plainly.

use proptest::prelude::*;
use zt_runtime::ir::Expr;

use super::build::{CMPS, EDGES, OPS, arith, calculated, choose, compare, compared, holds, not};
use super::run::{A, B, C, Failed, Given, INTS, P, P_PRESENT, X, Y, run};

/// A condition or number by the plain meaning; none if it failed.
fn meaning(expr: &Expr, given: &Given) -> Option<i64> {
    Some(match expr {
        Expr::Const(value) => *value,
        Expr::Load(A) => given.a,
        Expr::Load(B) => given.b,
        Expr::Load(C) => given.c,
        Expr::Load(P) => given.p.unwrap_or(0),
        Expr::Load(X) => given.x.into(),
        Expr::Load(Y) => given.y.into(),
        Expr::Present(_) => given.p.is_some().into(),
        Expr::Not(inner) => 1 - meaning(inner, given)?,
        Expr::And(operands) => {
            let results: Vec<_> = operands.iter().map(|operand| meaning(operand, given)).collect();
            if results.contains(&Some(0)) { 0 } else { results.into_iter().min()?? }
        }
        Expr::Or(operands) => {
            let results: Vec<_> = operands.iter().map(|operand| meaning(operand, given)).collect();
            if results.contains(&Some(1)) { 1 } else { results.into_iter().min()?? }
        }
        Expr::Compare(cmp, left, right) => compared(*cmp, meaning(left, given)?, meaning(right, given)?).into(),
        Expr::Arith { op, left, right, .. } => calculated(*op, meaning(left, given)?, meaning(right, given)?)?,
        Expr::Contains { element, .. } => given.ints.contains(&meaning(element, given)?).into(),
        Expr::If(condition, then, otherwise) => {
            let chosen = if meaning(condition, given)? == 0 { otherwise } else { then };
            meaning(chosen, given)?
        }
        other => unreachable!("no such expression here: {other}"),
    })
}

fn numbers() -> impl Strategy<Value = Expr> {
    let leaf = prop_oneof![
        prop::sample::select(vec![A, B, C, P]).prop_map(Expr::Load),
        prop::sample::select(EDGES.to_vec()).prop_map(Expr::Const),
    ];
    leaf.prop_recursive(3, 8, 2, |inner| {
        prop_oneof![
            3 => (prop::sample::select(OPS.to_vec()), inner.clone(), inner.clone())
                .prop_map(|(op, left, right)| arith(op, left, right)),
            1 => (inner.clone(), inner)
                .prop_map(|(then, otherwise)| choose(Expr::Present(P_PRESENT), then, otherwise)),
        ]
    })
}

fn conditions() -> impl Strategy<Value = Expr> {
    let leaf = prop_oneof![
        prop::sample::select(vec![
            Expr::Load(X),
            Expr::Load(Y),
            Expr::Present(P_PRESENT),
            Expr::Const(0),
            Expr::Const(1)
        ]),
        (prop::sample::select(CMPS.to_vec()), numbers(), numbers())
            .prop_map(|(cmp, left, right)| compare(cmp, left, right)),
        numbers().prop_map(|element| Expr::Contains {
            set: Box::new(Expr::Load(INTS)),
            text: false,
            element: Box::new(element)
        }),
    ];
    leaf.prop_recursive(5, 40, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(not),
            prop::collection::vec(inner.clone(), 1..5).prop_map(Expr::And),
            prop::collection::vec(inner.clone(), 1..5).prop_map(Expr::Or),
            (prop::sample::select(CMPS.to_vec()), inner.clone(), inner.clone())
                .prop_map(|(cmp, left, right)| compare(cmp, left, right)),
            (inner.clone(), inner.clone(), inner)
                .prop_map(|(condition, then, otherwise)| choose(condition, then, otherwise)),
        ]
    })
}

fn requests() -> impl Strategy<Value = Given> {
    let edge = || prop::sample::select(EDGES.to_vec());
    let ints = prop::collection::vec(edge(), 0..4);
    (edge(), edge(), edge(), prop::option::of(edge()), ints, any::<bool>(), any::<bool>())
        .prop_map(|(a, b, c, p, ints, x, y)| Given { a, b, c, p, ints, x, y, ..Given::default() })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn machine_code_means_what_the_conditions_say(
        conditions in prop::collection::vec(conditions(), 1..80),
        requests in prop::collection::vec(requests(), 32),
    ) {
        for (given, outcomes) in requests.iter().zip(run(&conditions, &requests)) {
            for (condition, outcome) in conditions.iter().zip(outcomes) {
                let expected = meaning(condition, given).map_or(Failed, |value| holds(value != 0));
                prop_assert_eq!(outcome, expected, "{:?} on {:?}", condition, given);
            }
        }
    }
}
