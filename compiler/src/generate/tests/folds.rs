//! Names, loops over rows, and what calls helpers that can fail.

use zt_runtime::ir::{CommandsId, Fold, HoursId, LocalPart, Under, VarId, ZoneId};
use zt_runtime::schema::Part;

use super::run::{HOUR, Outcome, ROWS, Row};
use super::*;

const ROW: VarId = VarId(0);
const INNER: VarId = VarId(1);

fn word(row: VarId, word: u32) -> Expr {
    Expr::Row { row, word }
}

fn fold(kind: Fold, row: VarId, list: Expr, body: Expr) -> Expr {
    Expr::Fold { kind, row, list: Box::new(list), body: Box::new(body) }
}

fn text_of(part: Part, text: Expr) -> Expr {
    Expr::Part { part, text: Box::new(text) }
}

fn equal(left: Expr, right: Expr) -> Expr {
    Expr::TextEq(Box::new(left), Box::new(right))
}

fn rows(rows: &[(i64, Option<i64>, &[i64])]) -> Given {
    let rows = rows.iter().map(|&(a, b, inner)| Row { a, b, inner: inner.to_vec() }).collect();
    Given { rows, ..Given::default() }
}

#[test]
fn a_deciding_row_wins_over_a_failed_one_before_and_after_it() {
    // A row with 7 fails, one with 1 is true, any other false.
    let body = || {
        let fails = compare(Cmp::Eq, word(ROW, 0), Expr::Const(7));
        choose(fails, with(Failed), compare(Cmp::Eq, word(ROW, 0), Expr::Const(1)))
    };
    let asked = |kind| fold(kind, ROW, load(ROWS), body());
    let count = |n| compare(Cmp::Eq, asked(Fold::Count), Expr::Const(n));
    let conditions = [
        asked(Fold::Any),
        asked(Fold::All),
        count(2),
        not(asked(Fold::Any)),
        Expr::Or(vec![asked(Fold::All), Expr::Const(0)]),
        // Where a value is asked for, and where a failure is passed over.
        compare(Cmp::Eq, asked(Fold::Any), Expr::Const(1)),
        Expr::And(vec![asked(Fold::Any), load(X)]),
        Expr::Or(vec![asked(Fold::All), not(load(X))]),
    ];
    let given = |values: &[i64]| rows(&values.iter().map(|&a| (a, None, &[][..])).collect::<Vec<_>>());
    let cases: [(&[i64], [Outcome; 8]); 9] = [
        (&[], [Not, Held, Not, Held, Held, Not, Not, Held]),
        (&[1], [Held, Held, Not, Not, Held, Held, Not, Held]),
        (&[0], [Not, Not, Not, Held, Not, Not, Not, Held]),
        (&[7], [Failed, Failed, Failed, Failed, Failed, Failed, Not, Held]),
        (&[7, 1], [Held, Failed, Failed, Not, Failed, Held, Not, Held]),
        (&[1, 7], [Held, Failed, Failed, Not, Failed, Held, Not, Held]),
        (&[7, 0, 7], [Failed, Not, Failed, Failed, Not, Failed, Not, Held]),
        (&[0, 7], [Failed, Not, Failed, Failed, Not, Failed, Not, Held]),
        (&[1, 0, 1], [Held, Not, Held, Not, Not, Held, Not, Held]),
    ];
    let results = run(&conditions, &cases.map(|(values, _)| given(values)));
    for ((values, expected), outcomes) in cases.into_iter().zip(results) {
        assert_eq!(outcomes, expected, "{values:?}");
    }
}

#[test]
fn rows_within_rows() {
    let inner = |kind, body| fold(kind, INNER, word(ROW, 3), body);
    let more = || compare(Cmp::Gt, word(INNER, 0), word(ROW, 0));
    let present = || compare(Cmp::Eq, word(ROW, 2), load(A));
    let conditions = [
        fold(Fold::Any, ROW, load(ROWS), inner(Fold::All, more())),
        fold(Fold::All, ROW, load(ROWS), inner(Fold::Any, more())),
        compare(
            Cmp::Eq,
            fold(Fold::Count, ROW, load(ROWS), compare(Cmp::Eq, inner(Fold::Count, more()), Expr::Const(2))),
            Expr::Const(1),
        ),
        fold(Fold::Any, ROW, load(ROWS), Expr::And(vec![word(ROW, 1), present()])),
        compare(Cmp::Eq, Expr::Length(Box::new(load(ROWS))), Expr::Const(2)),
        fold(Fold::Any, ROW, load(INTS), compare(Cmp::Eq, word(ROW, 0), load(A))),
        fold(Fold::Any, ROW, load(TEXTS), equal(word(ROW, 0), load(T))),
    ];
    let given = [
        Given { a: 0, ..rows(&[(1, Some(0), &[0, 2, 3]), (5, None, &[9])]) },
        Given { a: 4, ints: vec![9, 4], texts: vec!["b", "a"], t: "a", ..rows(&[(5, None, &[1])]) },
        Given { a: 4, ints: vec![5], texts: vec!["b"], t: "a", ..Given::default() },
    ];
    let results = run(&conditions, &given);
    assert_eq!(results[0], [Held, Held, Held, Held, Held, Not, Not]);
    assert_eq!(results[1], [Not, Not, Not, Not, Not, Held, Held]);
    assert_eq!(results[2], [Not, Held, Not, Not, Not, Not, Not]);
}

#[test]
fn values_with_names_are_evaluated_whether_they_are_used_or_not() {
    let sum = || arith(Arith::Add, load(A), Expr::Const(1));
    let bound = |values, body| Expr::Let { first: VarId(5), values, body: Box::new(body) };
    let conditions = [
        bound(vec![sum(), load(B)], compare(Cmp::Gt, Expr::Var(VarId(5)), Expr::Var(VarId(6)))),
        bound(vec![sum()], Expr::Const(1)),
        bound(vec![with(Failed)], load(X)),
        compare(Cmp::Eq, bound(vec![load(B)], arith(Arith::Add, Expr::Var(VarId(5)), Expr::Var(VarId(5)))), sum()),
        Expr::Or(vec![bound(vec![sum()], Expr::Const(0)), load(X)]),
    ];
    let results = run(
        &conditions,
        &[Given { a: 3, b: 2, x: true, ..Given::default() }, Given { a: i64::MAX, x: true, ..Given::default() }],
    );
    assert_eq!(results[0], [Held, Held, Failed, Held, Held]);
    assert_eq!(results[1], [Failed, Failed, Failed, Failed, Held]);
}

#[test]
fn a_value_may_be_somebody_elses_failure() {
    let failing = |failed, value| Expr::Failing { failed: Box::new(load(failed)), value: Box::new(value) };
    let conditions = [
        failing(A, load(X)),
        compare(Cmp::Eq, failing(A, load(B)), load(C)),
        Expr::And(vec![failing(A, load(X)), load(Y)]),
        fold(Fold::Any, ROW, failing(A, load(ROWS)), Expr::Const(1)),
        choose(failing(A, load(X)), Expr::Const(1), Expr::Const(1)),
    ];
    let given = |a| Given { a, x: true, ..Given::default() };
    let results = run(&conditions, &[given(0), given(1), given(-1)]);
    assert_eq!(results[0], [Held, Held, Not, Not, Held]);
    assert_eq!(results[1], [Failed, Failed, Not, Failed, Failed]);
    assert_eq!(results[2], results[1]);
}

#[test]
fn an_instant_outside_of_the_zone_fails() {
    let local = |part| Expr::Local { part, zone: ZoneId(0), instant: Box::new(load(A)) };
    let conditions = [
        Expr::Hours { hours: HoursId(0), instant: Box::new(load(A)) },
        compare(Cmp::Eq, local(LocalPart::Date), load(B)),
        compare(Cmp::Eq, local(LocalPart::Time), load(C)),
        compare(Cmp::Eq, local(LocalPart::Weekday), Expr::Const(4)),
        Expr::Or(vec![compare(Cmp::Eq, local(LocalPart::Weekday), Expr::Const(9)), load(X)]),
    ];
    let given = |a, b, c| Given { a, b, c, x: true, ..Given::default() };
    let results = run(
        &conditions,
        &[
            // Thursday, one o'clock by the zone's clocks, and a minute before the next day.
            given(0, 0, HOUR),
            given(23 * HOUR - 60_000_000, 0, 24 * HOUR - 60_000_000),
            given(23 * HOUR, 1, 0),
            given(-1, 0, 0),
            given(i64::MAX, 0, 0),
        ],
    );
    assert_eq!(results[0], [Not, Held, Held, Held, Held]);
    assert_eq!(results[1], [Not, Held, Held, Held, Held]);
    assert_eq!(results[2], [Held, Held, Held, Not, Held]);
    assert_eq!(results[3], [Failed, Failed, Failed, Failed, Held]);
    assert_eq!(results[4], results[3]);
}

#[test]
fn texts_that_mean_something() {
    let under = |kind| Expr::Under { kind, left: Box::new(load(T)), right: Box::new(load(U)) };
    let runs = |only| Expr::Runs { only, patterns: CommandsId(0), command: Box::new(load(T)) };
    let literal = |index| Expr::Literal(LiteralId(index));
    let conditions = [under(Under::Path), under(Under::Host), under(Under::Net)];
    let given = |t, u| Given { t, u, ..Given::default() };
    let results = run(
        &conditions,
        &[given("/a/b", "/a"), given("/ab", "/a"), given("x.b.example", "b.example"), given("10.1.2.3", "10.0.0.0/8")],
    );
    assert_eq!(results, [[Held, Not, Not], [Not, Not, Not], [Not, Held, Not], [Not, Not, Held]]);
    let results =
        run(&[runs(true), runs(false)], &[given("git status", ""), given("git status; ls", ""), given("ls", "")]);
    assert_eq!(results, [[Held, Held], [Not, Held], [Not, Not]]);

    let email = [
        equal(text_of(Part::EmailDomain, load(T)), load(U)),
        equal(text_of(Part::EmailLocal, load(T)), load(U)),
        // Of a text that is a constant only when it is chosen.
        equal(text_of(Part::EmailDomain, choose(load(X), literal(3), load(T))), literal(4)),
    ];
    let results = run(
        &email,
        &[
            given("a.b@c.example", "c.example"),
            given("a.b@c.example", "a.b"),
            Given { x: true, ..given("a@d.example", "") },
        ],
    );
    assert_eq!(results, [[Held, Not, Not], [Not, Held, Not], [Not, Not, Held]]);
    let url = [
        equal(text_of(Part::UrlHost, load(T)), load(U)),
        equal(text_of(Part::UrlPath, load(T)), load(U)),
        equal(text_of(Part::UrlScheme, load(T)), load(U)),
        compare(Cmp::Eq, text_of(Part::UrlPort, load(T)), load(A)),
    ];
    let address = "https://a.example:8443/x/?q";
    let results = run(
        &url,
        &[
            Given { a: 8443, ..given(address, "a.example") },
            Given { a: 443, ..given(address, "/x") },
            given(address, "https"),
        ],
    );
    assert_eq!(results[0], [Held, Not, Not, Held]);
    assert_eq!(results[1], [Not, Held, Not, Not]);
    assert_eq!(results[2], [Not, Not, Held, Not]);
}

#[test]
fn loops_are_the_same_twice_on_every_target() {
    let body = || compare(Cmp::Lt, arith(Arith::Mul, word(ROW, 0), word(ROW, 2)), load(A));
    let conditions: Vec<Expr> = [Fold::Any, Fold::All].map(|kind| fold(kind, ROW, load(ROWS), body())).into();
    for triple in ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"] {
        let image = || generate(&program(conditions.clone()), &patterns(), &Target::named(triple).unwrap()).unwrap();
        assert_eq!(image(), image());
    }
    let wide = fold(Fold::Any, ROW, load(ROWS), compare(Cmp::Eq, word(ROW, abi::MAX_WIDTH), Expr::Const(0)));
    assert!(generate(&program(vec![wide]), &patterns(), &Target::host().unwrap()).is_err());
}
