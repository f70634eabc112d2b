//! What a condition can come out as, found without a request.
//!
//! An abstract interpretation (Cousot & Cousot, 1977) over the checked tree. Each expression that is read as a whole, a
//! path, a sum, the reading of a window, is a *term*, known by its key; what is known of a term is a [`Domain`]: at first
//! what its declared type leaves, then what the conditions leave that are taken to hold beside it. A condition is asked
//! under such knowledge: may it be true, may it be false, may it fail? The answer always includes what can happen, so
//! only what it excludes is certain.
//!
//! - `and` is true if all its parts are: each is taken to hold, one after the other and twice, and if some term is left
//!   without a value they cannot hold together. `or` is the same the other way round.
//! - Of two terms that are compared the order is a term as well: `a < b` and `b < a` leave none.
//! - A failure is an outcome of its own. What has been compared in a condition that holds has not failed.
//! - Definitions are written out where they are called.
//!
//! Every step costs fuel; without fuel nothing is excluded. So the cost of asking is bounded, whatever is written.

mod known;
mod value;
mod order;
mod size;
mod truth;
mod assume;
mod alone;

use std::cell::{Cell, RefCell};

use super::ground::{Ground, Slot};

pub(super) use self::alone::Terms;
pub(super) use self::known::Known;
pub(super) use self::value::is_constant;

const FUEL: u32 = 60_000;

/// Answers questions about conditions over the same calls.
pub(super) struct Reasoner<'db> {
    ground: Ground<'db>,
    fuel: Cell<u32>,
    /// The elements of the quantifiers around.
    vars: RefCell<Vec<Vec<Slot>>>,
}

impl<'db> Reasoner<'db> {
    pub(super) fn new(ground: Ground<'db>) -> Self {
        Reasoner { ground, fuel: Cell::new(FUEL), vars: RefCell::default() }
    }

    /// Gives it all of its fuel back, for questions about another rule.
    pub(super) fn refuel(&self) {
        self.fuel.set(FUEL);
    }

    /// Whether fuel is left.
    pub(super) fn has_fuel(&self) -> bool {
        self.fuel.get() > 0
    }

    fn burn(&self, steps: usize) -> bool {
        let steps = u32::try_from(steps).unwrap_or(u32::MAX);
        let left = self.fuel.get().saturating_sub(steps);
        self.fuel.set(left);
        left > 0
    }
}
