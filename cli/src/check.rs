//! `zt check`: every mistake of some packages.

use serde_json::json;

use crate::args::{CheckArgs, Format};
use crate::exit::{self, Stop};
use crate::load::{self, Loaded};
use crate::output::{Style, complain, plural, print};
use zt_lang::check::package::{Located, diagnostics};

pub(crate) fn run(args: &CheckArgs) -> Result<u8, Stop> {
    let packages = load::packages(&args.paths)?;
    let style = Style::detect();
    let found: Vec<(&Loaded, Vec<Located>)> = packages.iter().map(|p| (p, diagnostics(&p.db, p.package))).collect();
    let count: usize = found.iter().map(|(_, d)| d.len()).sum();
    match args.format {
        Format::Json => {
            let all: Vec<_> = found.iter().flat_map(|(p, all)| all.iter().map(|d| p.sources.json(d))).collect();
            print(&format!("{}\n", json!({"version": 1, "diagnostics": all})));
        }
        Format::Short => {
            let lines: String =
                found.iter().flat_map(|(p, all)| all.iter().map(|d| format!("{}\n", p.sources.short(d)))).collect();
            print(&lines);
        }
        Format::Human => {
            let text: String = found
                .iter()
                .flat_map(|(p, all)| {
                    all.iter().map(|d| format!("{}\n", p.sources.human(&p.sources.finding(d), style.color)))
                })
                .collect();
            print(&text);
            let files: usize = packages.iter().map(|p| p.files).sum();
            let what = format!("{} in {}", plural(files, "file"), plural(packages.len(), "package"));
            complain(&if count == 0 {
                format!("{}: no mistakes in {what}", style.green("ok"))
            } else {
                format!("{}: {} in {what}", style.red("error"), plural(count, "mistake"))
            });
        }
    }
    Ok(if count == 0 { exit::OK } else { exit::FINDINGS })
}

/// Prints the mistakes of a package that a command needs without any.
pub(crate) fn refuse(package: &Loaded, mistakes: &[Located]) -> Stop {
    let style = Style::detect();
    for d in mistakes {
        complain(&package.sources.human(&package.sources.finding(d), style.color));
    }
    let message = format!("package {} does not compile: {}", package.name, plural(mistakes.len(), "mistake"));
    Stop { code: exit::DOES_NOT_COMPILE, message }
}
