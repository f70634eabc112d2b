//! Native code and the interpreter decide as the reference evaluator does: random packages, random requests, seeded
//! faults.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use zt_compiler::generate::{Target, generate};
use zt_compiler::lower::lower;
use zt_runtime::Frame;
use zt_runtime::image::{self, Image, Parts};
use zt_runtime::ir::{Expr, Program};
use zt_tests::differential::campaign::{Plan, run};
use zt_tests::differential::shrink::shrink;
use zt_tests::differential::tally::Tally;
use zt_tests::differential::{Answers, Difference, Subject, check, run_case};
use zt_tests::faults::FAULTS;
use zt_tests::faults::hunt::hunt;
use zt_tests::generate as random;
use zt_tests::generate::request::Requests;
use zt_tests::generate::source::Source;

/// Code without optimisation takes less of everything.
fn sized(release: u64, debug: u64) -> u64 {
    if cfg!(debug_assertions) { debug } else { release }
}

#[test]
fn all_three_evaluators_decide_alike() {
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
    let result = runner.run(&random::choices(), |choices| {
        let mut source = Source::given(choices);
        let text = random::package(&mut source);
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

/// One evaluator with a mistake of its own, as if only it had a bug.
#[test]
fn the_evaluator_that_differs_is_named() {
    let text = "package example\nentity Clerk\naction stamp {\n  by Clerk\n  input { n : Int }\n}\npolicy p for stamp {\n  \
                allow some when input.n < 7\n}\n";
    let checked = || check(text).unwrap_or_else(|problem| panic!("{problem}"));
    let sound = lower(checked().hir()).unwrap();
    let mut wrong = sound.program.clone();
    wrong.entries[0].rules[0].condition = Expr::Const(1);
    let parts = |program: &Program| {
        let image = generate(program, &sound.patterns, &Target::host().unwrap()).unwrap();
        image::read(image.bytes()).unwrap()
    };
    let (right, wrong) = (parts(&sound.program), parts(&wrong));
    let native = Parts { code: wrong.code.clone(), functions: wrong.functions.clone(), ..parts(&sound.program) };
    let portable = Parts { code: right.code.clone(), functions: right.functions.clone(), ..parts(&wrong.program) };
    for (parts, expected) in
        [(&right, &[][..]), (&native, &["native"]), (&portable, &["portable"]), (&wrong, &["native", "portable"])]
    {
        let subject = Subject::with_image(checked(), &Image::write(parts).unwrap()).unwrap();
        for (n, differing) in [(6, &[][..]), (7, expected)] {
            let request = format!(
                r#"{{"subject":{{"type":"Clerk","id":"c"}},"action":{{"name":"stamp","properties":{{"n":{n}}}}}}}"#
            );
            let answers = subject.ask(request.as_bytes(), &mut Frame::default(), &mut Tally::default());
            let named = answers.as_ref().map(Answers::differing).unwrap_or_default();
            assert_eq!(named, differing);
            if let Some(answers) = answers {
                assert_eq!(answers.reference["effect"], "deny");
                let difference = Difference { text: text.to_owned(), request: request.into(), answers };
                let first = format!("not as the reference: {}\n", expected.join(" and "));
                assert!(difference.to_string().starts_with(&first), "{difference}");
            }
        }
    }
}

#[test]
fn the_simplest_choices_make_a_package() {
    let mut source = Source::given(vec![]);
    let text = random::package(&mut source);
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
    let text = random::package(&mut Source::seeded(5));
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
