//! `zt test`: compiles packages to native code and runs the tests in them.

use std::time::Instant;

use zt_lang::eval::Evaluator;

use crate::args::{TestArgs, TestFormat};
use crate::check::refuse;
use crate::exit::{self, Stop};
use crate::load::{self, Compiled, Loaded};
use crate::output::{Style, complain, print};
use crate::testing::explain::{Explained, explain};
use crate::testing::run::{plan, run as run_tests};
use crate::testing::{PackageResult, human, json, junit, totals};

/// What decides: always native code. The report says so, so that nobody has to believe it.
const ENGINE: &str = "native";

pub(crate) fn run(args: &TestArgs) -> Result<u8, Stop> {
    let started = Instant::now();
    let style = Style::detect();
    let packages = load::packages(&args.paths)?;
    let mut compiled: Vec<(&Loaded, Compiled)> = vec![];
    for p in &packages {
        let checked = p.check().map_err(|mistakes| refuse(p, &mistakes))?;
        compiled.push((p, load::compile(checked)?));
    }
    if args.list {
        let ids: Vec<String> = compiled
            .iter()
            .flat_map(|(_, c)| plan(c.checked.hir(), &args.filter))
            .map(|p| format!("{}\n", p.id))
            .collect();
        print(&ids.concat());
        return if ids.is_empty() { Err(nothing(args)) } else { Ok(exit::OK) };
    }
    let jobs = args.jobs.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
    let results: Vec<PackageResult> = compiled
        .iter()
        .map(|(p, c)| PackageResult {
            name: p.name.clone(),
            folder: p.folder.clone(),
            tests: run_tests(&c.pdp, &plan(c.checked.hir(), &args.filter), jobs),
        })
        .collect();
    let (passed, failed) = totals(&results);
    if passed + failed == 0 {
        return Err(nothing(args));
    }
    let explained: Vec<Vec<Vec<Explained>>> = compiled
        .iter()
        .zip(&results)
        .map(|((p, c), r)| {
            let evaluator = r.tests.iter().any(|t| !t.passed()).then(|| Evaluator::new(c.checked.hir()));
            let hir = c.checked.hir();
            r.tests.iter().map(|t| evaluator.as_ref().map_or(vec![], |e| explain(e, hir, &p.sources, t))).collect()
        })
        .collect();
    let differs = explained.iter().flatten().flatten().any(|e| e.reference.is_some());
    match args.format {
        TestFormat::Human => report_human(&packages, &results, explained, started, style),
        TestFormat::Json => {
            let all: Vec<_> = packages
                .iter()
                .zip(&results)
                .zip(&explained)
                .map(|((p, r), e)| (r, r.tests.iter().zip(e).map(|(t, e)| json::test(t, &p.sources, e)).collect()))
                .collect();
            print(&format!("{}\n", json::report(all, ENGINE).map_err(Stop::bug)?));
        }
        TestFormat::Junit => {
            let all: Vec<_> =
                results.iter().zip(explained).map(|(r, e)| (r, r.tests.iter().zip(e).collect())).collect();
            print(&junit::report(&all).map_err(Stop::bug)?);
        }
    }
    if differs {
        return Err(Stop::bug("compiled code and reference evaluator decide a request differently (see above)"));
    }
    Ok(if failed == 0 { exit::OK } else { exit::FINDINGS })
}

fn report_human(
    packages: &[Loaded],
    results: &[PackageResult],
    explained: Vec<Vec<Vec<Explained>>>,
    started: Instant,
    style: Style,
) {
    let mut out: String =
        results.iter().filter(|r| !r.tests.is_empty()).map(|r| human::package(r, style) + "\n").collect();
    for ((p, r), tests) in packages.iter().zip(results).zip(explained) {
        for (t, explained) in r.tests.iter().zip(tests).filter(|(t, _)| !t.passed()) {
            let with_source: Vec<(Explained, String)> = explained
                .into_iter()
                .map(|e| {
                    let source = p.sources.human(&e.finding, style.color);
                    (e, source)
                })
                .collect();
            out.push_str(&human::failure(t, &with_source, &p.folder.display().to_string(), style));
        }
    }
    let untested: Vec<&str> = results.iter().filter(|r| r.tests.is_empty()).map(|r| &*r.name).collect();
    if !untested.is_empty() {
        complain(&format!("note: nothing ran in {}", untested.join(", ")));
    }
    let engine = format!("{ENGINE} {}", std::env::consts::ARCH);
    out.push_str(&human::summary(results, &engine, started.elapsed(), style));
    print(&out);
}

fn nothing(args: &TestArgs) -> Stop {
    Stop::nothing(if args.filter.is_empty() {
        "there are no tests: nothing ran\nhelp: write a `suite` with a `test` in it".to_owned()
    } else {
        format!(
            "no test matches {}: nothing ran\nhelp: `zt test --list` prints the names that `--filter` looks in",
            args.filter.iter().map(|f| format!("`{f}`")).collect::<Vec<_>>().join(" or ")
        )
    })
}
