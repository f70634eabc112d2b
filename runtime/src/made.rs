//! By what an obligation is known once it is made: one with constant arguments is the same each time.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::ir::{Arg, Due, Expr};

/// What is always made into the same obligation: no two of one process are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Made(u64);

impl Made {
    /// That of what is due; nothing if its arguments are no constants.
    pub(crate) fn of(due: &Due) -> Option<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);

        let constant = |arg: &Arg| matches!(arg, Arg::Value(Expr::Const(_) | Expr::Literal(_)));
        due.args.iter().all(constant).then(|| Self(NEXT.fetch_add(1, Ordering::Relaxed)))
    }
}
