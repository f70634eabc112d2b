//! `zt bench`: what decisions cost, for one's own policies and requests.

mod cases;
mod time;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};
use zt_lang::check::package::CheckedPackage;
use zt_runtime::image::{self, Image};
use zt_runtime::ir::Entry;
use zt_runtime::schema::Type;
use zt_runtime::{Frame, Pdp};

use self::cases::{Case, of_file, of_tests};
use self::time::{Time, median, time};
use crate::args::{BenchArgs, FactsFormat};
use crate::check::refuse;
use crate::eval::{Known, nothing, read};
use crate::exit::{self, Stop};
use crate::load;
use crate::output::{Style, complain, plural, print};

pub(crate) fn run(args: &BenchArgs) -> Result<u8, Stop> {
    let packages = match &args.requests {
        Some(_) => vec![load::one(&args.path)?],
        None => load::packages(std::slice::from_ref(&args.path))?,
    };
    let mut reports = vec![];
    for package in &packages {
        let checked = package.check().map_err(|mistakes| refuse(package, &mistakes))?;
        let image = load::image(&checked)?;
        let pdp = Pdp::load(&image).map_err(Stop::bug)?;
        let cases = match &args.requests {
            Some(file) => {
                let bytes = read(file)?;
                if bytes.trim_ascii().is_empty() {
                    return Err(nothing(file));
                }
                of_file(&bytes, Known::read(args.facts.as_deref(), args.now.as_deref())?)
            }
            None => of_tests(&pdp, checked.hir()),
        };
        reports.push(Measured::new(&checked, &pdp, &image, &cases)?);
    }
    let refused = reports.iter().map(|report| report.refused).sum::<usize>();
    if refused > 0 {
        let are = if refused == 1 { "is" } else { "are" };
        complain(&format!("{} {are} refused, and not timed; `zt eval` says why", plural(refused, "request")));
    }
    if reports.iter().all(|report| report.rows.iter().all(|row| row.times.is_empty())) {
        return Err(Stop::nothing(
            "there is no request to decide\nhelp: write tests, or name a file of requests: zt bench --requests FILE",
        ));
    }
    if args.json || args.format == FactsFormat::Json {
        let rows: Vec<Value> = reports.iter().flat_map(Measured::json).collect();
        print(&format!("{}\n", json!({ "version": 1, "bench": rows })));
    } else {
        let style = Style::detect();
        let texts: Vec<String> = reports.iter().map(|report| report.human(style)).collect();
        print(&texts.join("\n"));
    }
    Ok(exit::OK)
}

/// The figures of a package.
struct Measured {
    package: String,
    rows: Vec<Row>,
    refused: usize,
}

/// Those of an action and a type of principal.
struct Row {
    action: String,
    principal: String,
    /// How many rules there are.
    rules: usize,
    /// The most of them that were asked.
    asked: usize,
    code: usize,
    times: Vec<Time>,
}

impl Measured {
    fn new(checked: &CheckedPackage, pdp: &Pdp, image: &Image, cases: &[Case]) -> Result<Self, Stop> {
        let program = pdp.program();
        let name = |entry: &Entry| {
            let ty = usize::try_from(entry.principal.0).ok().and_then(|index| program.types.get(index));
            if let Some(Type::Entity { name, .. }) = ty { name.clone() } else { String::new() }
        };
        let code = code_bytes(image)?;
        let row = |(entry, code): (&Entry, usize)| Row {
            action: entry.part.as_ref().unwrap_or(&entry.action).clone(),
            principal: name(entry),
            rules: entry.rules.len(),
            asked: 0,
            code,
            times: vec![],
        };
        let mut rows: Vec<Row> = program.entries.iter().zip(code).map(row).collect();
        let (mut frame, mut refused) = (Frame::default(), 0);
        for case in cases {
            if pdp.decode(&case.request, &mut frame).is_err() {
                refused += 1;
                continue;
            }
            let time = time(pdp, case, &mut frame);
            let asked = pdp.asked(&frame).map_err(Stop::bug)?;
            if let Some(row) = rows.get_mut(asked.entry) {
                row.asked = row.asked.max(asked.rules);
                row.times.push(time);
            }
        }
        Ok(Measured { package: checked.hir().name.to_string(), rows, refused })
    }

    fn human(&self, style: Style) -> String {
        let mut out = format!("{}: nanoseconds for one decision\n", style.bold(&self.package));
        let names: Vec<String> = self.rows.iter().map(|row| format!("{} by {}", row.action, row.principal)).collect();
        let widest = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
        let head = format!(
            "  {:widest$}  {:>9}  {:>9}  {:>15}  {:>10}  {:>8}",
            "", "prepared", "from JSON", "rules asked", "code bytes", "requests"
        );
        let _ = writeln!(out, "{}", style.dim(&head));
        for (name, row) in names.iter().zip(&self.rows) {
            let shown = |ns: Option<f64>| ns.map_or_else(|| "-".to_owned(), |ns| format!("{ns:.0}"));
            let asked = if row.times.is_empty() { "-".to_owned() } else { row.asked.to_string() };
            let _ = writeln!(
                out,
                "  {name:widest$}  {:>9}  {:>9}  {:>15}  {:>10}  {:>8}",
                shown(row.prepared()),
                shown(row.from_json()),
                format!("{asked} of {}", row.rules),
                row.code,
                row.times.len()
            );
        }
        out
    }

    fn json(&self) -> impl Iterator<Item = Value> {
        self.rows.iter().map(|row| {
            json!({
                "package": self.package,
                "action": row.action,
                "principal": row.principal,
                "requests": row.times.len(),
                "prepared_ns": row.prepared(),
                "json_ns": row.from_json(),
                "rules": row.rules,
                "rules_asked": (!row.times.is_empty()).then_some(row.asked),
                "code_bytes": row.code,
            })
        })
    }
}

impl Row {
    fn prepared(&self) -> Option<f64> {
        median(self.times.iter().map(|time| time.prepared))
    }

    fn from_json(&self) -> Option<f64> {
        median(self.times.iter().map(|time| time.from_json))
    }
}

/// How many bytes the functions of each entry have. They stand one after another; one may serve several entries.
fn code_bytes(image: &Image) -> Result<Vec<usize>, Stop> {
    let parts = image::read(image.bytes()).map_err(Stop::bug)?;
    let starts = parts.functions.iter().flatten().filter_map(|start| usize::try_from(*start).ok());
    let mut ends: BTreeMap<usize, usize> = starts.map(|start| (start, parts.code.len())).collect();
    let starts: Vec<usize> = ends.keys().copied().collect();
    for (start, next) in starts.iter().zip(starts.iter().skip(1)) {
        ends.insert(*start, *next);
    }
    let size = |start: &u32| {
        let start = usize::try_from(*start).unwrap_or_default();
        ends.get(&start).map_or(0, |end| end - start)
    };
    Ok(parts.functions.iter().map(|functions| functions.iter().map(size).sum()).collect())
}
