//! How long it takes from the text of many rules to what decides, and how much memory: each in a process of its own, so that
//! nothing else counts.

use std::process::Command;

use crate::goals::Load;
use crate::{rules, zt};

/// The option by which the bench calls itself.
pub(crate) const OPTION: &str = "--load=";

/// Loads so many rules and prints milliseconds and the peak of this process in KiB.
#[expect(clippy::print_stdout, reason = "it is read by whoever called")]
pub(crate) fn child(rules: &str) {
    let count = rules.parse().expect("a number of rules");
    let text = rules::text::zt(&rules::World::wide(count));
    // What it took to make the text does not count.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    let (pdp, took) = zt::load_timed(&text);
    println!("{} {}", took.as_secs_f64() * 1e3, peak().unwrap_or(0));
    drop(pdp);
}

/// The peak of this process, in KiB.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse().ok())
}

/// The median of three loads, or one where it takes long.
#[expect(clippy::print_stdout, reason = "a bench prints its figures")]
pub(crate) fn measure(rules: usize) -> Load {
    let once = || {
        let own = std::env::current_exe().expect("a program has a path");
        let out = Command::new(own).arg(format!("{OPTION}{rules}")).output().expect("the bench runs again");
        let text = String::from_utf8_lossy(&out.stdout).into_owned();
        let mut words = text.split_whitespace().filter_map(|word| word.parse::<f64>().ok());
        let (Some(milliseconds), Some(kibibytes)) = (words.next(), words.next()) else {
            panic!("loading {rules} rules failed: {}", String::from_utf8_lossy(&out.stderr));
        };
        Load { rules, milliseconds, mebibytes: kibibytes / 1024.0 }
    };
    let mut all = vec![once()];
    if all[0].milliseconds < 1_000.0 {
        all.extend([once(), once()]);
        all.sort_by(|a, b| a.milliseconds.total_cmp(&b.milliseconds));
    }
    let load = all.swap_remove(all.len() / 2);
    let Load { milliseconds, mebibytes, .. } = load;
    println!("\nzt, {rules} rules from text to loaded: {milliseconds:.1} ms, peak {mebibytes:.0} MiB");
    load
}
