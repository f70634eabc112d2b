//! Native code and the interpreter decide as the reference evaluator does: random packages, random sequences, seeded
//! faults, and the laws of the decision.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use zt_compiler::generate::{Target, generate};
use zt_compiler::lower::lower;
use zt_runtime::image::{self, Image, Parts};
use zt_runtime::ir::{Expr, Program};
use zt_tests::differential::campaign::{LENGTH, Plan, SPOILT, run};
use zt_tests::differential::shrink::shrink;
use zt_tests::differential::tally::Tally;
use zt_tests::differential::{Answers, Difference, Subject, check, run_case};
use zt_tests::faults::FAULTS;
use zt_tests::faults::hunt::hunt;
use zt_tests::generate as random;
use zt_tests::generate::request::Requests;
use zt_tests::generate::sequence::sequence;
use zt_tests::generate::source::Source;
use zt_tests::generate::step::{Step, What};
use zt_tests::laws::{self, Law};

/// Code without optimisation takes less of everything, and all tests together take more.
fn sized(release: u64, debug: u64, full: u64) -> u64 {
    match (cfg!(debug_assertions), zt_tests::full()) {
        (true, _) => debug,
        (false, false) => release,
        (false, true) => full,
    }
}

#[test]
fn all_three_evaluators_decide_alike() {
    let policies = sized(400, 100, 3_000);
    let totals = run(Plan { cases: policies * 50, policies, seed: 2026, jobs: 2 }, |_| {});
    if let Some((text, problem)) = totals.problems.first() {
        panic!("a package could not be asked\n\n{text}\n{problem}");
    }
    if let Some(difference) = totals.differences.first() {
        panic!("{difference}");
    }
    let decided = totals.tally.outcomes.decided();
    assert!(decided > totals.cases / 2, "most requests are well formed: {decided} of {}", totals.cases);
    for (outcome, count) in totals.tally.outcomes.named() {
        assert!(count * 100 >= decided * 5, "{outcome}: {count} of {decided}");
    }
    // In a million cases each kind of expression comes out in each possible way more than a hundred times.
    let rare = totals.tally.rare(totals.cases / 10_000);
    assert!(rare.is_empty(), "{rare:?} in {} cases", totals.cases);
    let silent: Vec<_> = totals.tally.said.iter().filter(|(_, count)| **count == 0).collect();
    assert!(silent.is_empty(), "{silent:?} in {} cases", totals.cases);
}

/// The reference is asked, which the others are compared with above.
#[test]
fn the_laws_of_the_decision_hold() {
    let judged = laws::judge(11, sized(30_000, 5_000, 400_000), |_| {}).unwrap_or_else(|problem| panic!("{problem}"));
    if let Some(broken) = judged.broken {
        panic!("{broken}");
    }
    for (law, what) in Law::ALL {
        let asked = judged.asked.get(law).copied().unwrap_or_default();
        assert!(asked > sized(500, 50, 5_000), "{what}: asked {asked} times");
    }
}

/// The judge of laws notices an evaluator that breaks them: here grants are taken for denials.
#[test]
fn a_law_that_does_not_hold_is_noticed() {
    let text = "package example\nentity Clerk\naction stamp {\n  by Clerk\n}\npolicy p for stamp {\n  allow some \
                when true\n  deny other when true\n}\n";
    let checked = check(text).unwrap_or_else(|problem| panic!("{problem}"));
    let mut wrong = checked.hir().clone();
    for policy in &mut wrong.policies {
        for rule in &mut std::sync::Arc::make_mut(policy).rules {
            rule.effect = zt_lang::hir::Effect::Allow;
        }
    }
    let request = br#"{"subject":{"type":"Clerk","id":"c"},"action":{"name":"stamp"}}"#;
    let [right, wrong] =
        [checked.hir(), &wrong].map(|package| zt_lang::eval::Evaluator::new(package).evaluate(request));
    assert!(laws::holds(checked.hir(), Law::Restriction, &right.decision, &wrong.decision));
    assert!(!laws::holds(checked.hir(), Law::Restriction, &wrong.decision, &right.decision));
    assert!(!laws::holds(checked.hir(), Law::Failure, &right.decision, &wrong.decision));
    assert!(!laws::holds(checked.hir(), Law::Grant, &right.decision, &wrong.decision));
    assert!(!laws::holds(checked.hir(), Law::Order, &right.decision, &wrong.decision));
    assert!(!laws::holds(checked.hir(), Law::Shadow, &right.decision, &wrong.decision));
}

/// And one that takes what is enforced of other packages for something else.
#[test]
fn packages_that_are_enforced_otherwise_are_noticed() {
    let noticed = |wrong: fn(Option<bool>) -> Option<bool>| {
        (0..400).any(|number| {
            let mut source = zt_tests::differential::campaign::source(3, number);
            let bundle = random::bundle(&mut source);
            let mut other = bundle.clone();
            other.policies.values_mut().for_each(|enforced| *enforced = wrong(*enforced));
            if other.policies == bundle.policies {
                return false;
            }
            let checked = check(&bundle.text).unwrap_or_else(|problem| panic!("{problem}"));
            let spread = zt_lang::eval::Evaluator::new(checked.hir());
            let [right, wrong] = [&bundle, &other].map(|bundle| {
                let whole = laws::packages::together(bundle).unwrap_or_else(|problem| panic!("{problem}"));
                zt_lang::eval::Evaluator::new(&whole)
            });
            let requests = Requests::new(checked.hir());
            let steps = sequence(checked.hir(), &requests, &mut source, 30, SPOILT);
            let differ = |whole| laws::packages::differ(&bundle, &spread, whole, &steps).unwrap().is_some();
            assert!(!differ(&right), "{}", bundle.text);
            differ(&wrong)
        })
    };
    assert!(noticed(|enforced| Some(enforced.unwrap_or(false))), "what nobody enforces is enforced");
    assert!(noticed(|enforced| enforced.map(|_| true)), "grants count that should not");
    assert!(noticed(|enforced| enforced.map(|_| false)), "grants do not count that should");
    assert!(noticed(|_| None), "what is enforced is not");
}

#[test]
fn random_choices_never_tell_them_apart() {
    let config = Config {
        cases: u32::try_from(sized(60, 30, 300)).unwrap(),
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
        let steps = sequence(checked.hir(), &requests, &mut source, LENGTH, SPOILT);
        let report = run_case(&text, &steps).map_err(|problem| TestCaseError::fail(format!("{text}\n{problem}")))?;
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
        let image = generate(program, &sound.automata, &Target::host().unwrap()).unwrap();
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
            let steps = vec![Step::call(request.as_bytes())];
            let answers = subject.walk(&steps, &mut Tally::default());
            let named = answers.as_ref().map(|(_, answers)| Answers::differing(answers)).unwrap_or_default();
            assert_eq!(named, differing);
            if let Some((_, answers)) = answers {
                assert_eq!(answers.reference["effect"], "deny");
                let difference = Difference { text: text.to_owned(), steps, answers };
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

/// What is rarely written is still written: a construct that no random package has is compared nowhere.
#[test]
fn random_packages_have_what_the_language_has() {
    let constructs = [
        r"(?m)^package house\.base$",
        r"(?m)^package house\.rules$",
        r"(?m)^use house\.base$",
        r"(?m)^use house\.(base|rules)\.\{",
        r"(?m)^use house\.(base|rules)\.\w+$",
        r"(?m)^enforce house\.(base|rules)\.\w+$",
        r"(?m)^enforce .* with allows$",
        r"(?m)^pub (enum|type|record|entity|tag|table|window|define|obligation|approvers|tiers|event|action|policy) ",
        r"(?m)^extend (base\.)?[\w.]+ \{",
        r"(?m)^extend [\w.]+ \{\n  input \{",
        r"base\.(w|d|t)\d",
        r"(?m)^tag effect required$",
        r"(?m)^tag reads in effect$",
        r"from source \w+ by \w+",
        r"matching re.* fresh",
        r" : Card or Cash",
        r" : Agent or \w+",
        r"is (Card|Cash)( as \w+)?\b",
        r"is null",
        r" or [\w<>]+( max \d+)? = ",
        r"tag \w+( in \w+)? \{.* : (List<)?(Agent|Order|User)",
        r"(?ms)^(pub )?event [^}]* : (Agent|Order|User)",
        r"(?m)^(pub )?window .*(user\.message|alarm)\.who\.[a-hj-z]\w+",
        r"input has \w+ as \w+",
        r"counting this",
        r"runs (only|any) \[",
        r"matches glob",
        r"shadow limit",
        r"principal is \w+ as",
        r"\) in t\d",
        r"(?m)^(pub )?table \w+ \(Pattern\) -> (Bool|\w+) = ",
        r"t\d+\(input\)",
        r"(?m)^action \S+ = \S+ when ",
    ];
    let constructs = constructs.map(|construct| (construct, regex::Regex::new(construct).unwrap()));
    let texts: Vec<String> = (0..1_500).map(|seed| random::package(&mut Source::seeded(seed))).collect();
    let missed: Vec<&str> = constructs
        .iter()
        .filter(|(_, found)| !texts.iter().any(|text| found.is_match(text)))
        .map(|(construct, _)| *construct)
        .collect();
    assert!(missed.is_empty(), "{missed:#?}");
}

/// Few packages find most, many nearly all: `zt-diff --faults` tells after how many cases each is found.
#[test]
fn seeded_faults_are_found() {
    let hunted = hunt(7, sized(100, 60, 1_000), 50, "").unwrap_or_else(|problem| panic!("{problem}"));
    assert_eq!(hunted.len(), FAULTS.len());
    assert!(FAULTS.len() >= 155);
    let missed: Vec<&str> = hunted.iter().filter(|h| !h.found).map(|h| h.fault.name).collect();
    let few = if zt_tests::full() { hunted.len() / 10 } else { hunted.len() * 2 / 5 };
    assert!(missed.len() <= few, "not found: {missed:?}");
    let survive = hunted.iter().filter(|h| h.survives).count();
    // What the tests of the examples find as well says little of what this finds.
    assert!(survive * 2 >= hunted.len(), "the examples' tests find all but {survive} themselves");
}

#[test]
fn what_is_shrunk_keeps_what_matters() {
    let request = br#"{"subject":{"type":"Clerk","id":"c"},"action":{"name":"stamp","properties":{"n":1,"more":2}}}"#;
    let holds = |text: &str, steps: &[Step]| {
        let allowed = || run_case(text, steps).is_ok_and(|report| report.tally.outcomes.allow == 1);
        text.contains("input.n + 1") && allowed()
    };
    // Beside a package whose own rules do not stand in the way.
    let long = |seed: u64| {
        let text = random::package(&mut Source::seeded(seed));
        format!(
            "{text}\nentity Clerk\naction stamp {{\n  by Clerk\n  input {{ n : Int, more : Int }}\n}}\n\npolicy kept for \
             stamp {{\n  allow some when (input.n > 3 or input.n + 1 > 0) and not input.n == 2\n  deny other when \
             input.n == 7\n}}\n"
        )
    };
    let long = (5..100).map(long).find(|text| holds(text, &[Step::call(request)])).expect("such a package");
    let call = Step::call(request);
    let steps = [Step { what: What::Outage(false), ..call.clone() }, call];
    let (short, steps) = shrink(&long, &steps, holds);
    let [Step { what: What::Call(call), .. }] = steps.as_slice() else { panic!("{steps:?}") };
    assert_eq!(
        String::from_utf8_lossy(&call.request),
        r#"{"action":{"name":"stamp","properties":{"n":1}},"subject":{"id":"c","type":"Clerk"}}"#
    );
    let words: Vec<&str> = short.split_whitespace().collect();
    assert_eq!(
        words.join(" "),
        "package example entity Clerk action stamp { by Clerk input { n : Int, } } policy kept for stamp { \
         allow some when (input.n + 1 > 0) }"
    );
}
