//! Intervals: between which values an expression lies, to leave out overflow checks that cannot fire.

use zt_lang::hir::Bounds;
use zt_runtime::ir::Arith;

/// Every value from `low` to `high`, both included. Kept in 128 bits: no operation on two 64-bit values
/// leaves them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Interval {
    low: i128,
    high: i128,
}

impl Interval {
    /// All that a slot can hold.
    pub(super) const ANY: Interval = Interval { low: i64::MIN as i128, high: i64::MAX as i128 };

    /// What a count can be: in a request of a megabyte, and in all windows, there are fewer elements.
    pub(super) const COUNT: Interval = Interval { low: 0, high: 1 << 40 };

    pub(super) fn between(low: i64, high: i64) -> Self {
        Interval { low: low.into(), high: high.into() }
    }

    pub(super) fn constant(value: i64) -> Self {
        Interval { low: value.into(), high: value.into() }
    }

    /// What a slot with a value of these bounds can hold. An absent value reads as 0.
    pub(super) fn slot(bounds: &Bounds) -> Self {
        Interval { low: bounds.min.into(), high: bounds.max.into() }.join(Interval::constant(0))
    }

    /// The smallest interval that holds both.
    pub(super) fn join(self, other: Interval) -> Self {
        Interval { low: self.low.min(other.low), high: self.high.max(other.high) }
    }

    /// The results of an operation, and whether one of them may lie outside of 64 bits. A result that
    /// does never becomes a value, so the interval of the results stays within.
    pub(super) fn arith(op: Arith, left: Interval, right: Interval) -> (Interval, bool) {
        let exact = match op {
            Arith::Add => Interval { low: left.low + right.low, high: left.high + right.high },
            Arith::Sub => Interval { low: left.low - right.high, high: left.high - right.low },
            Arith::Mul => {
                let corners =
                    [left.low * right.low, left.low * right.high, left.high * right.low, left.high * right.high];
                corners.into_iter().fold(Interval { low: corners[0], high: corners[0] }, |all, corner| {
                    all.join(Interval { low: corner, high: corner })
                })
            }
        };
        let any = Interval::ANY;
        let checked = exact.low < any.low || exact.high > any.high;
        // Clamping both ends keeps `low <= high` even where every result lies outside.
        let kept = Interval { low: exact.low.clamp(any.low, any.high), high: exact.high.clamp(any.low, any.high) };
        (kept, checked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interval(low: i64, high: i64) -> Interval {
        Interval { low: low.into(), high: high.into() }
    }

    #[test]
    fn sums_are_checked_from_the_first_value_that_overflows() {
        let max = interval(0, i64::MAX);
        assert_eq!(Interval::arith(Arith::Add, max, Interval::constant(0)), (max, false));
        assert_eq!(Interval::arith(Arith::Add, max, Interval::constant(1)), (interval(1, i64::MAX), true));
        assert_eq!(Interval::arith(Arith::Add, max, interval(i64::MIN, -1)), (interval(i64::MIN, i64::MAX - 1), false));
    }

    #[test]
    fn differences_swap_the_ends_of_the_right_side() {
        let zero = Interval::constant(0);
        assert_eq!(Interval::arith(Arith::Sub, zero, interval(-5, 7)), (interval(-7, 5), false));
        assert!(Interval::arith(Arith::Sub, zero, interval(i64::MIN, 0)).1);
        assert!(!Interval::arith(Arith::Sub, zero, interval(i64::MIN + 1, 0)).1);
    }

    #[test]
    fn products_look_at_all_four_corners() {
        assert_eq!(Interval::arith(Arith::Mul, interval(-3, 2), interval(-5, 4)), (interval(-12, 15), false));
        assert!(Interval::arith(Arith::Mul, Interval::ANY, Interval::constant(-1)).1);
        assert!(!Interval::arith(Arith::Mul, Interval::ANY, Interval::constant(1)).1);
        let all_outside = Interval::arith(Arith::Mul, interval(i64::MAX, i64::MAX), Interval::constant(2));
        assert_eq!(all_outside, (interval(i64::MAX, i64::MAX), true));
    }
}
