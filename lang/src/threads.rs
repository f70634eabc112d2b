//! Work that is spread over all cores: what comes of it is what one core would make of it, in the same order.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::{panic, thread};

/// Bytes of a thread's stack: what is nested as deep as may be is looked at by recursion.
const STACK: usize = 64 << 20;

/// How many threads are worth while for so much work, if this is enough for one.
#[must_use]
pub(crate) fn worth(work: usize, enough: usize) -> usize {
    let most = work / enough.max(1);
    // Who has little to do does not even ask for the number of cores.
    if most < 2 { 1 } else { thread::available_parallelism().map_or(1, usize::from).min(most) }
}

/// Does `work` for each of some numbers, in groups of `share`, on so many threads, of which each is given something of its
/// own to do it with. A panic is passed on, whatever it carries.
pub(crate) fn each<T: Send>(own: Vec<T>, count: usize, share: usize, work: impl Fn(&mut T, usize) + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let run = |mut own: T| {
        loop {
            let from = next.fetch_add(share, Ordering::Relaxed);
            if from >= count {
                return own;
            }
            (from..from.saturating_add(share).min(count)).for_each(|at| work(&mut own, at));
        }
    };
    let run = &run;
    let mut own = own.into_iter();
    let Some(first) = own.next() else { return vec![] };
    thread::scope(|scope| {
        // Where no thread can be had, the others do its work.
        let spawn = |own| thread::Builder::new().stack_size(STACK).spawn_scoped(scope, move || run(own)).ok();
        let others: Vec<_> = own.filter_map(spawn).collect();
        let mut out = vec![run(first)];
        for other in others {
            out.push(other.join().unwrap_or_else(|panic| panic::resume_unwind(panic)));
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_comes_once() {
        for threads in 1..5 {
            let own = vec![vec![]; threads];
            let mut all: Vec<usize> = each(own, 1_000, 7, |own, at| own.push(at)).concat();
            all.sort_unstable();
            assert_eq!(all, (0..1_000).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_panic_keeps_what_it_carries() {
        let caught = panic::catch_unwind(|| {
            each(vec![(), ()], 100, 1, |(), at| {
                if at == 57 {
                    panic::resume_unwind(Box::new("what it carries"));
                }
            })
        });
        assert_eq!(caught.expect_err("it panicked").downcast_ref::<&str>(), Some(&"what it carries"));
    }

    #[test]
    fn little_work_has_one_thread() {
        assert_eq!(worth(999, 1_000), 1);
        assert_eq!(worth(1_999, 1_000), 1);
        assert!(worth(1_000_000, 1_000) >= 1);
    }
}
