//! The ratios that are wanted, in one table, and whether a run reached them.

use crate::measure::{Figure, Mode, Mode::Json, Mode::Prepared};

/// A figure: the time of an engine in a workload.
type Of = (&'static str, Mode, &'static str);

enum Wanted {
    /// The first figure over the second, at most.
    AtMost(f64),
    /// The first figure over the second, at least.
    AtLeast(f64),
}
use Wanted::{AtLeast, AtMost};

const fn of(workload: &'static str, mode: Mode, engine: &'static str) -> Of {
    (workload, mode, engine)
}

/// The first over the second. Where the first names several engines, the fastest counts.
const GOALS: &[(Of, Of, Wanted)] = &[
    (of("W1", Prepared, "zt"), of("W1", Prepared, "hand"), AtMost(1.0)),
    (of("W2", Prepared, "zt"), of("W2", Prepared, "hand"), AtMost(1.0)),
    (of("W1", Prepared, "zt"), of("W1", Prepared, "best"), AtMost(2.5)),
    (of("W2", Prepared, "zt"), of("W2", Prepared, "best"), AtMost(2.5)),
    (of("W1", Json, "zt"), of("W1", Json, "hand"), AtMost(0.6)),
    (of("W2", Json, "zt"), of("W2", Json, "hand"), AtMost(0.6)),
    (of("W1", Prepared, "cedar"), of("W1", Prepared, "zt"), AtLeast(200.0)),
    (of("W2", Prepared, "cedar"), of("W2", Prepared, "zt"), AtLeast(60.0)),
    (of("W1", Json, "cedar"), of("W1", Json, "zt"), AtLeast(100.0)),
    (of("W1", Json, "cedar-lean"), of("W1", Json, "zt"), AtLeast(12.0)),
    (of("W2", Json, "cedar"), of("W2", Json, "zt"), AtLeast(100.0)),
    (of("W2", Json, "cedar-lean"), of("W2", Json, "zt"), AtLeast(12.0)),
    (of("W1", Prepared, "regorus-vm"), of("W1", Prepared, "zt"), AtLeast(100.0)),
    (of("W2", Prepared, "regorus-vm"), of("W2", Prepared, "zt"), AtLeast(100.0)),
    (of("W1", Prepared, "cel-cached"), of("W1", Prepared, "zt"), AtLeast(100.0)),
    (of("W3-10000", Prepared, "zt"), of("W3-100", Prepared, "zt"), AtMost(2.0)),
    (of("W3-100000", Prepared, "zt"), of("W3-100", Prepared, "zt"), AtMost(4.0)),
    (of("W3-1000", Prepared, "cedar"), of("W3-1000", Prepared, "zt"), AtLeast(10_000.0)),
    (of("W3-10000", Prepared, "cedar"), of("W3-10000", Prepared, "zt"), AtLeast(100_000.0)),
    (
        of("W3-100000", Prepared, "cedar-indexed|regorus-data|cel-indexed"),
        of("W3-100000", Prepared, "zt"),
        AtLeast(80.0),
    ),
    (of("W4", Prepared, "zt"), of("W4", Prepared, "hand"), AtMost(0.1)),
    (of("W6", Prepared, "zt"), of("W6", Prepared, "sharded"), AtMost(2.0)),
    (of("W7", Prepared, "zt"), of("W7", Prepared, "hand"), AtMost(1.0)),
    (of("W7", Json, "zt"), of("W7", Json, "hand"), AtMost(0.6)),
    (of("W7", Prepared, "cedar"), of("W7", Prepared, "zt"), AtLeast(200.0)),
    (of("W6", Prepared, "zt"), of("W6-increments", Prepared, "increments"), AtMost(2.0)),
];

/// What loading may take: rules, milliseconds, mebibytes.
const LOADS: &[(usize, f64, Option<f64>)] = &[(1_000, 30.0, None), (100_000, 3_000.0, Some(512.0))];

/// What it takes to come from the text of so many rules to what decides.
#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct Load {
    pub(crate) rules: usize,
    pub(crate) milliseconds: f64,
    /// Peak of the process.
    pub(crate) mebibytes: f64,
}

/// The fastest of the engines that were measured.
fn find(figures: &[Figure], (workload, mode, engines): Of) -> Option<&Figure> {
    let named = |figure: &&Figure| {
        figure.workload == workload && figure.mode == mode && engines.split('|').any(|engine| figure.engine == engine)
    };
    figures.iter().filter(named).min_by(|a, b| a.ns.total_cmp(&b.ns))
}

/// Prints what was reached.
#[expect(clippy::print_stdout, reason = "a bench prints its figures")]
pub(crate) fn print(figures: &[Figure], loads: &[Load]) {
    let say = |what: &str, is: f64, wanted: String, reached: bool| {
        println!("  {:<58} {is:>12.2}  {wanted:<12} {}", what, if reached { "reached" } else { "MISSED" });
    };
    println!("\nWhat is wanted");
    let mut missing = vec![];
    for (over, under, wanted) in GOALS {
        let mode = if over.1 == Prepared { "prepared" } else { "JSON" };
        let place = |of: &Of| format!("{} {}", of.0, of.2);
        let what = if over.0 == under.0 {
            format!("{} {mode}: {} / {}", over.0, over.2, under.2)
        } else {
            format!("{mode}: {} / {}", place(over), place(under))
        };
        let (Some(above), Some(below)) = (find(figures, *over), find(figures, *under)) else {
            missing.push(what);
            continue;
        };
        // Within one race the ratio of ratios stands for runs side by side.
        let is = if over.0 == under.0 { above.ratio / below.ratio } else { above.ns / below.ns };
        match wanted {
            AtMost(most) => say(&what, is, format!("≤ {most}"), is <= *most),
            AtLeast(least) => say(&what, is, format!("≥ {least}"), is >= *least),
        }
    }
    for mode in [Prepared, Json] {
        let own = figures.iter().filter(|figure| figure.engine == "zt" && figure.mode == mode);
        if let Some(most) = own.max_by(|a, b| a.allocs.total_cmp(&b.allocs)) {
            let mode = if mode == Prepared { "prepared" } else { "JSON" };
            say(
                &format!("{} {mode}: allocations of zt, the most", most.workload),
                most.allocs,
                "≤ 0".into(),
                most.allocs <= 0.0,
            );
        }
    }
    for (rules, milliseconds, mebibytes) in LOADS {
        let Some(load) = loads.iter().find(|load| load.rules == *rules) else { continue };
        let what = format!("zt, {rules} rules from text to loaded, ms");
        say(&what, load.milliseconds, format!("≤ {milliseconds}"), load.milliseconds <= *milliseconds);
        if let Some(most) = mebibytes {
            say(&format!("zt, {rules} rules, peak MiB"), load.mebibytes, format!("≤ {most}"), load.mebibytes <= *most);
        }
    }
    if !missing.is_empty() {
        println!("  not measured in this run: {}", missing.join("; "));
    }
}
