//! Conditions compiled and run: each kind by hand, then random ones.

mod build;
mod folds;
mod random;
mod run;

use zt_runtime::image;
use zt_runtime::ir::{Arith, Cmp, Expr, LiteralId};
use zt_runtime::schema::PatternId;

use self::build::{ALL, CMPS, EDGES, OPS, arith, calculated, choose, compare, compared, holds, load, not, pairs, with};
use self::run::{
    A, B, C, Failed, Given, Held, INTS, Not, P, P_PRESENT, T, TEXTS, U, X, Y, patterns, program, run, run_one,
};
use super::*;

#[test]
fn operators_over_every_combination_of_outcomes() {
    let rank = |outcome| ALL.iter().position(|&other| other == outcome).unwrap();
    let mut conditions = Vec::new();
    let mut expected = Vec::new();
    for a in ALL {
        conditions.push(not(with(a)));
        expected.push(ALL[2 - rank(a)]);
        for b in ALL {
            for c in ALL {
                let operands = || vec![with(a), with(b), with(c)];
                let (least, greatest) = ([a, b, c].map(rank).into_iter().min(), [a, b, c].map(rank).into_iter().max());
                conditions.push(Expr::And(operands()));
                expected.push(ALL[least.unwrap()]);
                conditions.push(Expr::Or(operands()));
                expected.push(ALL[greatest.unwrap()]);
                // One inside the other, and where a value is asked for.
                let both = Expr::And(vec![with(a), Expr::Or(vec![with(b), with(c)])]);
                let outcome = ALL[rank(a).min(rank(b).max(rank(c)))];
                conditions.push(both.clone());
                expected.push(outcome);
                conditions.push(compare(Cmp::Eq, both.clone(), Expr::Const(1)));
                expected.push(outcome);
                conditions.push(not(compare(Cmp::Ne, not(both), Expr::Const(0))));
                expected.push(outcome);
            }
        }
    }
    assert_eq!(run_one(&conditions, Given::default()), expected);
}

#[test]
fn comparisons_at_the_edges() {
    let conditions = CMPS.map(|cmp| compare(cmp, load(A), load(B)));
    for (given, outcomes) in pairs().iter().zip(run(&conditions, &pairs())) {
        assert_eq!(outcomes, CMPS.map(|cmp| holds(compared(cmp, given.a, given.b))), "{given:?}");
    }
}

#[test]
fn arithmetic_at_the_edges() {
    let conditions: Vec<Expr> = OPS
        .iter()
        .flat_map(|&op| EDGES.map(|edge| compare(Cmp::Eq, arith(op, load(A), load(B)), Expr::Const(edge))))
        .collect();
    for (given, outcomes) in pairs().iter().zip(run(&conditions, &pairs())) {
        let expected = OPS.iter().flat_map(|&op| {
            EDGES.map(|edge| calculated(op, given.a, given.b).map_or(Failed, |result| holds(result == edge)))
        });
        assert_eq!(outcomes, expected.collect::<Vec<_>>(), "{given:?}");
    }
}

#[test]
fn unchecked_arithmetic_wraps_and_never_fails() {
    let conditions = OPS.map(|op| {
        let (left, right) = (Box::new(load(A)), Box::new(load(B)));
        compare(Cmp::Eq, Expr::Arith { op, checked: false, left, right }, load(C))
    });
    for Given { a, b, .. } in pairs() {
        for (index, c) in [a.wrapping_add(b), a.wrapping_sub(b), a.wrapping_mul(b)].into_iter().enumerate() {
            // A compilation each would be slow: the edges' wrapped results are few.
            if [i64::MIN, i64::MAX, 0].contains(&c) {
                assert_eq!(run_one(&conditions, Given { a, b, c, ..Given::default() })[index], Held, "{a} {b} {c}");
            }
        }
    }
}

#[test]
fn texts_compare_by_bytes() {
    let equal = |a, b| Expr::TextEq(Box::new(a), Box::new(b));
    let literal = |index| Expr::Literal(LiteralId(index));
    let conditions = [
        equal(load(T), load(U)),
        equal(load(T), literal(0)),
        equal(literal(1), load(T)),
        not(equal(literal(2), load(U))),
        equal(literal(0), literal(0)),
        equal(literal(0), literal(2)),
    ];
    let given = |t, u| Given { t, u, ..Given::default() };
    let results = run(&conditions, &[given("refund", "refund"), given("", "naïve"), given("refunds", "refund")]);
    assert_eq!(results[0], [Held, Held, Not, Held, Held, Not]);
    assert_eq!(results[1], [Not, Not, Held, Not, Held, Not]);
    assert_eq!(results[2], [Not, Not, Not, Held, Held, Not]);
}

#[test]
fn membership_and_patterns() {
    let contains = |set, text, element| Expr::Contains { set: Box::new(load(set)), text, element: Box::new(element) };
    let conditions = [
        contains(INTS, false, load(A)),
        contains(INTS, false, Expr::Const(-1)),
        contains(TEXTS, true, load(T)),
        contains(TEXTS, true, Expr::Literal(LiteralId(0))),
        Expr::Matches { pattern: PatternId(0), text: Box::new(load(T)) },
        Expr::Matches { pattern: PatternId(0), text: Box::new(Expr::Literal(LiteralId(0))) },
        contains(INTS, false, arith(Arith::Add, load(A), Expr::Const(1))),
    ];
    let given = [
        Given { a: 5, t: "read", ints: vec![7, 5, -1], texts: vec!["write", "read"], ..Given::default() },
        Given { a: i64::MAX, t: "re", ints: vec![i64::MIN], texts: vec!["refund"], ..Given::default() },
    ];
    let results = run(&conditions, &given);
    assert_eq!(results[0], [Held, Held, Held, Not, Held, Held, Not]);
    assert_eq!(results[1], [Not, Not, Not, Held, Not, Held, Failed]);
}

#[test]
fn only_the_chosen_branch_is_evaluated() {
    let choice = |then, otherwise| choose(Expr::Present(P_PRESENT), then, otherwise);
    let overflow = || arith(Arith::Add, load(A), Expr::Const(1));
    let conditions = [
        Expr::Present(P_PRESENT),
        compare(Cmp::Eq, choice(load(P), overflow()), Expr::Const(9)),
        compare(Cmp::Eq, choice(overflow(), Expr::Const(9)), Expr::Const(9)),
        choice(with(Failed), Expr::Present(P_PRESENT)),
        choice(load(X), with(Failed)),
    ];
    let given = |p| Given { a: i64::MAX, p, x: true, ..Given::default() };
    let results = run(&conditions, &[given(Some(9)), given(None)]);
    assert_eq!(results[0], [Held, Held, Failed, Failed, Held]);
    assert_eq!(results[1], [Not, Failed, Held, Not, Failed]);
}

#[test]
fn rules_beyond_one_function() {
    for count in [63, 64, 65, 128, 200] {
        let conditions: Vec<Expr> = (0..count)
            .map(|index| match index % 3 {
                0 => compare(Cmp::Eq, load(A), Expr::Const(index)),
                1 => with(Failed),
                _ => load(X),
            })
            .collect();
        let outcomes = run_one(&conditions, Given { a: 63, x: true, ..Given::default() });
        for (index, outcome) in outcomes.into_iter().enumerate() {
            let expected = match index % 3 {
                0 => holds(index == 63),
                1 => Failed,
                _ => Held,
            };
            assert_eq!(outcome, expected, "rule {index} of {count}");
        }
    }
}

#[test]
fn an_entry_without_rules_has_no_function() {
    let image = generate(&program(vec![]), &patterns(), &Target::host().unwrap()).unwrap();
    let parts = image::read(image.bytes()).unwrap();
    assert_eq!(parts.functions, [Vec::<u32>::new()]);
    assert!(parts.code.is_empty());
}

#[test]
fn nesting_is_bounded_by_what_the_runtime_accepts() {
    let nested = |levels| (1..levels).fold(load(X), |inner, _| compare(Cmp::Eq, inner, with(Held)));
    assert_eq!(run_one(&[nested(DEPTH)], Given { x: true, ..Given::default() }), [Held]);
    assert!(generate(&program(vec![nested(DEPTH + 1)]), &patterns(), &Target::host().unwrap()).is_err());
    // Alternating operators, each of which may fail, do not multiply the code.
    let alternating = (1..200).fold(with(Failed), |inner, level| {
        let operands = vec![inner, compare(Cmp::Lt, arith(Arith::Add, load(A), load(B)), Expr::Const(level))];
        if level % 2 == 0 { Expr::And(operands) } else { Expr::Or(operands) }
    });
    let image = generate(&program(vec![alternating]), &patterns(), &Target::host().unwrap()).unwrap();
    assert!(image::read(image.bytes()).unwrap().code.len() < 20_000);
}

#[test]
fn every_target_gets_the_same_bytes_twice() {
    let conditions: Vec<Expr> = OPS
        .iter()
        .flat_map(|&op| {
            CMPS.map(|cmp| Expr::And(vec![load(X), compare(cmp, arith(op, load(A), load(B)), load(P)), load(Y)]))
        })
        .collect();
    for triple in ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"] {
        let image = || generate(&program(conditions.clone()), &patterns(), &Target::named(triple).unwrap()).unwrap();
        assert_eq!(image(), image());
        assert_eq!(image::read(image().bytes()).unwrap().target, triple);
    }
    assert!(Target::named("sparc-unknown-linux-gnu").is_err());
}

#[test]
fn rules_that_are_data_have_groups_apart() {
    let rule = |n: i64| match n % 3 {
        // What is computed is code.
        0 => compare(Cmp::Eq, arith(Arith::Add, load(A), Expr::Const(1)), Expr::Const(n)),
        _ => compare(Cmp::Eq, load(A), Expr::Const(n)),
    };
    for count in [9, 300] {
        let conditions: Vec<Expr> = (0..count).map(rule).collect();
        let image = generate_with(&program(conditions.clone()), &patterns(), &Target::host().unwrap(), 8).unwrap();
        let functions = image::read(image.bytes()).unwrap().functions.concat();
        assert!(functions.contains(&DATA) && functions.iter().any(|offset| *offset != DATA));
        for a in [-1, 0, 1, 5, 7, 200, 298] {
            let outcomes = run_one(&conditions, Given { a, ..Given::default() });
            let expected: Vec<_> = (0..count).map(|n| holds(if n % 3 == 0 { a + 1 == n } else { a == n })).collect();
            assert_eq!(outcomes, expected, "{a}");
        }
    }
}

#[test]
fn many_rules_are_found_by_their_cases() {
    let rule = |n: i64| {
        Expr::And(vec![compare(Cmp::Eq, load(A), Expr::Const(n / 3)), compare(Cmp::Gt, load(B), Expr::Const(n % 3))])
    };
    let conditions: Vec<Expr> = (0..300).map(rule).collect();
    for triple in ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"] {
        let target = Target::named(triple).unwrap();
        let functions = |code_rules| {
            let image = generate_with(&program(conditions.clone()), &patterns(), &target, code_rules).unwrap();
            image::read(image.bytes()).unwrap().functions.concat()
        };
        let code = functions(300);
        assert!(code.len() == 5 && !code.contains(&DATA));
        assert_eq!(functions(299), [DATA; 5]);
    }
    for (a, b) in [(17, 1), (99, 5), (100, 5), (-1, 0), (0, 2)] {
        let outcomes = run_one(&conditions, Given { a, b, ..Given::default() });
        let expected: Vec<_> = (0..300_i64).map(|n| holds(a == n / 3 && b > n % 3)).collect();
        assert_eq!(outcomes, expected, "{a} {b}");
    }
}
