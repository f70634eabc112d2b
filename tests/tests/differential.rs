//! Native code decides as the reference evaluator does: random packages, random requests, seeded faults.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use zt_tests::differential::campaign::{Plan, run};
use zt_tests::differential::shrink::shrink;
use zt_tests::differential::{check, run_case};
use zt_tests::faults::FAULTS;
use zt_tests::faults::hunt::hunt;
use zt_tests::generate;
use zt_tests::generate::request::Requests;
use zt_tests::generate::source::Source;

/// Code without optimisation takes less of everything.
fn sized(release: u64, debug: u64) -> u64 {
    if cfg!(debug_assertions) { debug } else { release }
}

#[test]
fn native_code_decides_as_the_reference_does() {
    let policies = sized(400, 150);
    let totals = run(Plan { cases: policies * 40, policies, seed: 2026, jobs: 2 }, |_| {});
    if let Some((text, problem)) = totals.problems.first() {
        panic!("a package could not be asked\n\n{text}\n{problem}");
    }
    if let Some(difference) = totals.differences.first() {
        panic!("{difference}");
    }
    let decided = totals.tally.outcomes.decided();
    assert!(decided > totals.cases / 2, "most requests are well formed: {decided} of {}", totals.cases);
    for (outcome, count) in totals.tally.outcomes.named() {
        assert!(count * 100 >= decided * 15, "{outcome}: {count} of {decided}");
    }
    // In a million cases each kind of expression comes out in each possible way a thousand times.
    let rare = totals.tally.rare(totals.cases / 3000);
    assert!(rare.is_empty(), "{rare:?} in {} cases", totals.cases);
}

#[test]
fn random_choices_never_tell_them_apart() {
    let config = Config {
        cases: u32::try_from(sized(100, 30)).unwrap(),
        failure_persistence: None,
        max_shrink_iters: 3000,
        ..Config::default()
    };
    // The same cases every time: what fails here fails for everyone.
    let mut runner =
        TestRunner::new_with_rng(config, proptest::test_runner::TestRng::deterministic_rng(Default::default()));
    let result = runner.run(&generate::choices(), |choices| {
        let mut source = Source::given(choices);
        let text = generate::package(&mut source);
        let checked = check(&text).map_err(|problem| TestCaseError::fail(format!("{text}\n{problem}")))?;
        let requests = Requests::new(checked.hir());
        let requests: Vec<Vec<u8>> = (0..8)
            .map(|n| if n < 6 { requests.well_formed(&mut source) } else { requests.spoilt(&mut source) })
            .collect();
        let report = run_case(&text, &requests).map_err(|problem| TestCaseError::fail(format!("{text}\n{problem}")))?;
        match report.differences.first() {
            Some(difference) => Err(TestCaseError::fail(difference.to_string())),
            None => Ok(()),
        }
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

#[test]
fn the_simplest_choices_make_a_package() {
    let mut source = Source::given(vec![]);
    let text = generate::package(&mut source);
    let checked = check(&text).unwrap_or_else(|problem| panic!("{text}\n{problem}"));
    assert!(!checked.hir().policies.is_empty());
}

#[test]
fn every_seeded_fault_is_found() {
    let hunted = hunt(7, sized(600, 400), 50).unwrap_or_else(|problem| panic!("{problem}"));
    assert_eq!(hunted.len(), FAULTS.len());
    assert!(FAULTS.len() >= 24);
    let missed: Vec<&str> = hunted.iter().filter(|h| !h.found).map(|h| h.fault.name).collect();
    assert!(missed.is_empty(), "not found: {missed:?}");
    let survive = hunted.iter().filter(|h| h.survives).count();
    assert!(survive * 2 >= hunted.len(), "the examples' tests find all but {survive} themselves");
}

#[test]
fn what_is_shrunk_keeps_what_matters() {
    let text = generate::package(&mut Source::seeded(5));
    let long = format!(
        "{text}\nentity Clerk\naction stamp {{\n  by Clerk\n  input {{ n : Int }}\n}}\n\npolicy kept for stamp {{\n  \
         allow some when (input.n > 3 or input.n + 1 > 0) and not input.n == 2\n  deny other when input.n == 7\n}}\n"
    );
    let request = br#"{"subject":{"type":"Clerk","id":"c"},"action":{"name":"stamp","properties":{"n":1,"more":2}}}"#;
    let long = long.replace("n : Int }", "n : Int, more : Int }");
    let (short, request) = shrink(&long, request, |text, request| {
        let allowed = || run_case(text, &[request.to_vec()]).is_ok_and(|report| report.tally.outcomes.allow == 1);
        text.contains("input.n + 1") && allowed()
    });
    assert_eq!(
        String::from_utf8_lossy(&request),
        r#"{"action":{"name":"stamp","properties":{"n":1}},"subject":{"id":"c","type":"Clerk"}}"#
    );
    let words: Vec<&str> = short.split_whitespace().collect();
    assert_eq!(
        words.join(" "),
        "package example entity Clerk action stamp { by Clerk input { n : Int, } } policy kept for stamp { \
         allow some when (input.n + 1 > 0) }"
    );
}
