//! Random conditions against their meaning, written plainly.

use proptest::prelude::*;
use proptest::strategy::Union;
use zt_runtime::ir::{Expr, Fold, VarId};

use super::build::{CMPS, EDGES, OPS, arith, calculated, choose, compare, compared, holds, not};
use super::run::{A, B, C, Failed, Given, INTS, P, P_PRESENT, ROWS, Row, X, Y, run};

/// What a name stands for.
#[derive(Debug, Clone, Copy)]
enum Named<'g> {
    Value(i64),
    Row(&'g Row),
    Number(i64),
}

type Names<'g> = Vec<(VarId, Named<'g>)>;

/// A condition or number by the plain meaning; none if it failed.
fn meaning<'g>(expr: &Expr, given: &'g Given, names: &Names<'g>) -> Option<i64> {
    let mean = |expr: &Expr| meaning(expr, given, names);
    let named = |name: &VarId| names.iter().rev().find(|(known, _)| known == name).map(|(_, named)| *named).unwrap();
    Some(match expr {
        Expr::Const(value) => *value,
        Expr::Load(A) => given.a,
        Expr::Load(B) => given.b,
        Expr::Load(C) => given.c,
        Expr::Load(P) => given.p.unwrap_or(0),
        Expr::Load(X) => given.x.into(),
        Expr::Load(Y) => given.y.into(),
        Expr::Present(_) => given.p.is_some().into(),
        Expr::Row { row, word } => match (named(row), word) {
            (Named::Row(row), 0) => row.a,
            (Named::Row(row), 1) => row.b.is_some().into(),
            (Named::Row(row), 2) => row.b.unwrap_or(0),
            (Named::Number(number), 0) => number,
            other => unreachable!("no such word here: {other:?}"),
        },
        Expr::Var(name) => match named(name) {
            Named::Value(value) => value,
            other => unreachable!("no value: {other:?}"),
        },
        Expr::Let { first, values, body } => {
            let mut inner = names.clone();
            for (value, index) in values.iter().zip(0..) {
                inner.push((first.after(index), Named::Value(mean(value)?)));
            }
            meaning(body, given, &inner)?
        }
        Expr::Not(inner) => 1 - mean(inner)?,
        Expr::And(operands) => all(operands.iter().map(mean).collect())?,
        Expr::Or(operands) => 1 - all(operands.iter().map(|operand| Some(1 - mean(operand)?)).collect())?,
        Expr::Compare(cmp, left, right) => compared(*cmp, mean(left)?, mean(right)?).into(),
        Expr::Arith { op, left, right, .. } => calculated(*op, mean(left)?, mean(right)?)?,
        Expr::Contains { element, .. } => given.ints.contains(&mean(element)?).into(),
        Expr::If(condition, then, otherwise) => mean(if mean(condition)? == 0 { otherwise } else { then })?,
        Expr::Failing { failed, value } => match mean(failed)? {
            0 => mean(value)?,
            _ => return None,
        },
        Expr::Length(list) => elements(list, given, names).len().try_into().unwrap(),
        Expr::Fold { kind, row, list, body } => {
            let each = |element: &Named<'g>| {
                let mut inner = names.clone();
                inner.push((*row, *element));
                meaning(body, given, &inner)
            };
            let results: Vec<Option<i64>> = elements(list, given, names).iter().map(each).collect();
            match kind {
                Fold::All => all(results)?,
                Fold::Any => 1 - all(results.into_iter().map(|result| Some(1 - result?)).collect())?,
                Fold::Count => results.into_iter().sum::<Option<i64>>()?,
            }
        }
        other => unreachable!("no such expression here: {other}"),
    })
}

/// False if one is false, else failed if one failed.
fn all(results: Vec<Option<i64>>) -> Option<i64> {
    if results.contains(&Some(0)) { Some(0) } else { results.into_iter().collect::<Option<Vec<_>>>().map(|_| 1) }
}

fn elements<'g>(list: &Expr, given: &'g Given, names: &Names<'g>) -> Vec<Named<'g>> {
    match list {
        Expr::Load(ROWS) => given.rows.iter().map(Named::Row).collect(),
        Expr::Load(INTS) => {
            let mut ints = given.ints.clone();
            ints.sort_unstable();
            ints.dedup();
            ints.into_iter().map(Named::Number).collect()
        }
        Expr::Row { row, word: 3 } => match names.iter().rev().find(|(known, _)| known == row) {
            Some((_, Named::Row(row))) => row.inner.iter().copied().map(Named::Number).collect(),
            other => unreachable!("no row: {other:?}"),
        },
        other => unreachable!("no such list here: {other}"),
    }
}

/// What may be read around: nothing, a row, a row and an element of its list, an element of the set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Around {
    Nothing,
    Row,
    Inner,
    Element,
}

const ROW: VarId = VarId(0);
const INNER: VarId = VarId(1);
const ELEMENT: VarId = VarId(2);
const NAMED: VarId = VarId(3);

fn word(row: VarId, word: u32) -> Expr {
    Expr::Row { row, word }
}

fn number_leaves(around: Around) -> Vec<Expr> {
    let mut leaves: Vec<Expr> = [A, B, C, P].map(Expr::Load).into();
    leaves.push(Expr::Length(Box::new(Expr::Load(ROWS))));
    match around {
        Around::Nothing => {}
        Around::Row => leaves.extend([word(ROW, 0), word(ROW, 2), Expr::Length(Box::new(word(ROW, 3)))]),
        Around::Inner => leaves.extend([word(ROW, 0), word(INNER, 0), word(INNER, 0)]),
        Around::Element => leaves.extend([word(ELEMENT, 0), word(ELEMENT, 0)]),
    }
    leaves
}

fn numbers(around: Around) -> BoxedStrategy<Expr> {
    let leaf = prop_oneof![
        2 => prop::sample::select(number_leaves(around)),
        1 => prop::sample::select(EDGES.to_vec()).prop_map(Expr::Const),
    ];
    let recursive = leaf.prop_recursive(3, 8, 2, |inner| {
        prop_oneof![
            3 => (prop::sample::select(OPS.to_vec()), inner.clone(), inner.clone())
                .prop_map(|(op, left, right)| arith(op, left, right)),
            1 => (inner.clone(), inner.clone())
                .prop_map(|(then, otherwise)| choose(Expr::Present(P_PRESENT), then, otherwise)),
            1 => (inner.clone(), inner).prop_map(|(failed, value)| Expr::Failing {
                failed: Box::new(failed),
                value: Box::new(value),
            }),
        ]
    });
    recursive.boxed()
}

/// Loops that may stand here, and what may be read within them.
fn loops(around: Around) -> Vec<(VarId, Expr, Around)> {
    match around {
        Around::Nothing => {
            vec![(ROW, Expr::Load(ROWS), Around::Row), (ELEMENT, Expr::Load(INTS), Around::Element)]
        }
        Around::Row => vec![(INNER, word(ROW, 3), Around::Inner)],
        Around::Inner | Around::Element => vec![],
    }
}

fn conditions(around: Around) -> BoxedStrategy<Expr> {
    let mut truths = vec![Expr::Load(X), Expr::Load(Y), Expr::Present(P_PRESENT), Expr::Const(0), Expr::Const(1)];
    if around == Around::Row {
        truths.push(word(ROW, 1));
    }
    let cmp = || prop::sample::select(CMPS.to_vec());
    let named = (cmp(), numbers(around), numbers(around)).prop_map(|(cmp, value, other)| {
        let twice = arith(OPS[0], Expr::Var(NAMED), Expr::Var(NAMED));
        Expr::Let { first: NAMED, values: vec![value], body: Box::new(compare(cmp, twice, other)) }
    });
    let mut leaves: Vec<BoxedStrategy<Expr>> = vec![
        prop::sample::select(truths).boxed(),
        (cmp(), numbers(around), numbers(around)).prop_map(|(cmp, left, right)| compare(cmp, left, right)).boxed(),
        numbers(around)
            .prop_map(|element| Expr::Contains {
                set: Box::new(Expr::Load(INTS)),
                text: false,
                element: Box::new(element),
            })
            .boxed(),
        named.boxed(),
    ];
    for (row, list, within) in loops(around) {
        let fold = move |kind, body| Expr::Fold { kind, row, list: Box::new(list.clone()), body: Box::new(body) };
        let asked = fold.clone();
        let kinds = prop::sample::select(vec![Fold::Any, Fold::All]);
        leaves.push((kinds, conditions(within)).prop_map(move |(kind, body)| asked(kind, body)).boxed());
        let counted = (cmp(), conditions(within), numbers(around));
        leaves.push(counted.prop_map(move |(cmp, body, other)| compare(cmp, fold(Fold::Count, body), other)).boxed());
    }
    let (depth, size) = if around == Around::Nothing { (5, 40) } else { (2, 6) };
    let recursive = Union::new(leaves).prop_recursive(depth, size, 4, move |inner| {
        prop_oneof![
            inner.clone().prop_map(not),
            prop::collection::vec(inner.clone(), 1..5).prop_map(Expr::And),
            prop::collection::vec(inner.clone(), 1..5).prop_map(Expr::Or),
            (prop::sample::select(CMPS.to_vec()), inner.clone(), inner.clone())
                .prop_map(|(cmp, left, right)| compare(cmp, left, right)),
            (inner.clone(), inner.clone(), inner)
                .prop_map(|(condition, then, otherwise)| choose(condition, then, otherwise)),
        ]
    });
    recursive.boxed()
}

fn requests() -> impl Strategy<Value = Given> {
    let edge = || prop::sample::select(EDGES.to_vec());
    let ints = prop::collection::vec(edge(), 0..4);
    let row = (edge(), prop::option::of(edge()), prop::collection::vec(edge(), 0..3));
    let rows = prop::collection::vec(row.prop_map(|(a, b, inner)| Row { a, b, inner }), 0..4);
    (edge(), edge(), edge(), prop::option::of(edge()), ints, any::<bool>(), any::<bool>(), rows)
        .prop_map(|(a, b, c, p, ints, x, y, rows)| Given { a, b, c, p, ints, x, y, rows, ..Given::default() })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn machine_code_means_what_the_conditions_say(
        conditions in prop::collection::vec(conditions(Around::Nothing), 1..80),
        requests in prop::collection::vec(requests(), 32),
    ) {
        for (given, outcomes) in requests.iter().zip(run(&conditions, &requests)) {
            for (condition, outcome) in conditions.iter().zip(outcomes) {
                let expected = meaning(condition, given, &vec![]).map_or(Failed, |value| holds(value != 0));
                prop_assert_eq!(outcome, expected, "{:?} on {:?}", condition, given);
            }
        }
    }
}
