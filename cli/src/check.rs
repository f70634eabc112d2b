//! `zt check`: every mistake of some packages.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::json;
use zt_lang::check::package::Located;
use zt_lang::db::index;
use zt_lang::diagnostic::{Code, Level, Severity};
use zt_lang::span::Span;
use zt_lang::syntax::ast::{ItemKind, Suite};

use crate::args::{CheckArgs, Format};
use crate::costs::Costs;
use crate::exit::{self, Stop};
use crate::fix;
use crate::load::{self, Loaded};
use crate::output::{Style, complain, plural, print};

pub(crate) fn run(args: &CheckArgs) -> Result<u8, Stop> {
    let mut packages = load::packages(&args.paths)?;
    let style = Style::detect();
    if args.fix {
        let done = fix::apply(&packages, &args.paths)?;
        done.iter().for_each(|line| complain(&format!("{}: {line}", style.green("fixed"))));
        if !done.is_empty() {
            packages = load::packages(&args.paths)?;
        }
    }
    let found = all(&packages);
    let misconfigured = packages.iter().any(|p| !p.misconfigured.is_empty());
    let of = |severity: Severity| {
        found.iter().flat_map(|(_, all)| all).filter(|l| l.diagnostic.severity == severity).count()
    };
    let (count, warnings) = (of(Severity::Error), of(Severity::Warning));
    // Who has mistakes has no costs yet.
    let costs: Vec<Costs<'_>> = if args.costs {
        let sound = |p: &&Loaded| p.misconfigured.is_empty();
        packages.iter().filter(sound).filter_map(Costs::of).collect()
    } else {
        vec![]
    };
    match args.format {
        Format::Json => {
            let all: Vec<_> = found.iter().flat_map(|(p, all)| all.iter().map(|d| p.sources.json(d))).collect();
            let mut report = json!({"version": 1, "diagnostics": all});
            if args.costs {
                report["costs"] = costs.iter().flat_map(Costs::json).collect();
            }
            print(&format!("{report}\n"));
        }
        Format::Short => {
            let lines: String =
                found.iter().flat_map(|(p, all)| all.iter().map(|d| format!("{}\n", p.sources.short(d)))).collect();
            print(&lines);
            costs.iter().for_each(|costs| print(&costs.human(style)));
        }
        Format::Human => {
            let text: String = found
                .iter()
                .flat_map(|(p, all)| {
                    all.iter().map(|d| format!("{}\n", p.sources.human(&p.sources.finding(d), style.color)))
                })
                .collect();
            print(&text);
            costs.iter().for_each(|costs| print(&costs.human(style)));
            let files: usize = packages.iter().map(|p| p.files).sum();
            let what = format!("{} in {}", plural(files, "file"), plural(packages.len(), "package"));
            complain(&match (count, warnings) {
                (0, 0) => format!("{}: no mistakes in {what}", style.green("ok")),
                (0, _) if args.deny_warnings => {
                    format!("{}: {} in {what}", style.red("error"), plural(warnings, "warning"))
                }
                (0, _) => format!("{}: no mistakes, {} in {what}", style.green("ok"), plural(warnings, "warning")),
                (_, 0) => format!("{}: {} in {what}", style.red("error"), plural(count, "mistake")),
                _ => format!(
                    "{}: {}, {} in {what}",
                    style.red("error"),
                    plural(count, "mistake"),
                    plural(warnings, "warning")
                ),
            });
            if count == 0 {
                packages.iter().filter(|p| untested(p)).for_each(|p| {
                    complain(&format!(
                        "{}: `{}` has rules and no tests: nothing says that they do what they are for",
                        style.bold("note"),
                        p.name
                    ));
                });
            }
        }
    }
    drop(costs);
    drop(found);
    // The process ends here; taking a large package apart first would only take time.
    std::mem::forget(packages);
    Ok(match count {
        0 if warnings == 0 || !args.deny_warnings => exit::OK,
        _ if misconfigured => exit::USAGE,
        _ => exit::FINDINGS,
    })
}

/// Whether a package has rules and no tests at all: of those the lint that finds a rule without a test says nothing.
fn untested(p: &Loaded) -> bool {
    if p.package.settings(&p.db).lints.get(&Code::UntestedRule) == Some(&Level::Allow) {
        return false;
    }
    let own = index(&p.db, p.package).all.iter().filter(|item| item.home(&p.db) == p.package.name(&p.db));
    let kinds: Vec<_> = own.filter_map(|item| item.ast(&p.db).kind.as_ref()).collect();
    let ruled = kinds.iter().any(|kind| matches!(kind, ItemKind::Policy(policy) if !policy.rules.is_empty()));
    let tested = |suite: &Suite| !suite.tests.is_empty() || !suite.laws.is_empty();
    ruled && !kinds.iter().any(|kind| matches!(kind, ItemKind::Suite(suite) if tested(suite)))
}

/// The mistakes of some packages; those of one that others use as well are told once.
fn all(packages: &[Loaded]) -> Vec<(&Loaded, Vec<Located>)> {
    let mut told: BTreeSet<(Arc<str>, Span, Code, String)> = BTreeSet::new();
    let own = |p: &Loaded| {
        let mut mistakes = p.findings();
        mistakes.retain(|l| {
            let d = &l.diagnostic;
            told.insert((l.file.clone(), d.span.shifted(l.offset), d.code, d.message.clone()))
        });
        mistakes
    };
    let mistakes: Vec<Vec<Located>> = packages.iter().map(own).collect();
    packages.iter().zip(mistakes).collect()
}

/// Prints the mistakes of a package that a command needs without any.
pub(crate) fn refuse(package: &Loaded, mistakes: &[Located]) -> Stop {
    let style = Style::detect();
    for d in mistakes {
        complain(&package.sources.human(&package.sources.finding(d), style.color));
    }
    let message = format!("package {} does not compile: {}", package.name, plural(mistakes.len(), "mistake"));
    if !package.misconfigured.is_empty() {
        return Stop::usage(message);
    }
    Stop { code: exit::DOES_NOT_COMPILE, message }
}
