//! How long it takes from the text of many rules to what decides, and how much memory: each in a process of its own, so that
//! nothing else counts.

use std::process::Command;
use std::time::Instant;

use cpu_time::ProcessTime;

use crate::goals::Load;
use crate::{rules, zt};

/// The option by which the bench calls itself.
pub(crate) const OPTION: &str = "--load=";

/// Loads so many rules and prints a line for each phase: its name, milliseconds, those that the process had a core, its peak in
/// KiB, and what it holds at the end. Then in how many bytes the rules are held.
#[expect(clippy::print_stdout, reason = "it is read by whoever called")]
pub(crate) fn child(rules: &str) {
    let count = rules.parse().expect("a number of rules");
    let text = rules::text::zt(&rules::World::wide(count));
    let forget = || drop(std::fs::write("/proc/self/clear_refs", "5"));
    // What it took to make the text does not count.
    forget();
    let (mut start, mut busy) = (Instant::now(), ProcessTime::now());
    let pdp = zt::load_by_phases(&text, |phase| {
        let [whole, busy_for] = [start.elapsed(), busy.elapsed()].map(|time| time.as_secs_f64() * 1e3);
        println!("{phase} {whole} {busy_for} {} {}", status("VmHWM:"), status("VmRSS:"));
        forget();
        (start, busy) = (Instant::now(), ProcessTime::now());
    });
    let [code, data, index] = pdp.bytes();
    println!("held {code} {data} {index}");
}

/// A number of this process, in KiB.
fn status(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let found = status.lines().find_map(|line| line.strip_prefix(name)?.split_whitespace().next()?.parse().ok());
    found.unwrap_or(0)
}

/// The median of three loads, or one where it takes long.
#[expect(clippy::print_stdout, reason = "a bench prints its figures")]
pub(crate) fn measure(rules: usize) -> Load {
    let once = || {
        let own = std::env::current_exe().expect("a program has a path");
        let out = Command::new(own).arg(format!("{OPTION}{rules}")).output().expect("the bench runs again");
        let text = String::from_utf8_lossy(&out.stdout).into_owned();
        let phase = |line: &str| {
            let mut words = line.split_whitespace();
            let name = words.next()?.to_owned();
            let mut number = || words.next().and_then(|word| word.parse::<f64>().ok());
            Some((name, number()?, number()?, number()? / 1024.0, number()? / 1024.0))
        };
        let (held, phases): (Vec<&str>, Vec<&str>) = text.lines().partition(|line| line.starts_with("held "));
        let held: Vec<f64> =
            held.iter().flat_map(|line| line.split(' ')).filter_map(|word| word.parse().ok()).collect();
        let phases: Vec<_> = phases.into_iter().map_while(phase).collect();
        if phases.is_empty() || held.len() != 3 || !out.status.success() {
            panic!("loading {rules} rules failed: {}", String::from_utf8_lossy(&out.stderr));
        }
        let milliseconds = phases.iter().map(|phase| phase.1).sum();
        let mebibytes = phases.iter().map(|phase| phase.3).fold(0.0, f64::max);
        (Load { rules, milliseconds, mebibytes }, phases, held)
    };
    let mut all = vec![once()];
    if all[0].0.milliseconds < 1_000.0 {
        all.extend([once(), once()]);
        all.sort_by(|(a, ..), (b, ..)| a.milliseconds.total_cmp(&b.milliseconds));
    }
    let (load, phases, held) = all.swap_remove(all.len() / 2);
    let Load { milliseconds, mebibytes, .. } = load;
    println!("\nzt, {rules} rules from text to loaded: {milliseconds:.1} ms, peak {mebibytes:.0} MiB");
    for (name, milliseconds, busy, peak, held) in phases {
        println!(
            "  {name:<10} {milliseconds:>8.1} ms, {busy:.1} ms on a core, peak {peak:.0} MiB, {held:.0} MiB at its end"
        );
    }
    let [code, data, index] = [0, 1, 2].map(|at| held[at] / rules as f64);
    println!("  held for each rule: {code:.0} bytes of machine code, {data:.0} of rows, {index:.0} of the index");
    load
}
