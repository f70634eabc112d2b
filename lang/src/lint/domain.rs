//! What a value may be: ranges of numbers, sets of texts, or anything. Always at least what it can be, so that what
//! is not in it is impossible.

use std::collections::BTreeSet;

use crate::hir::Name;

/// The most pieces that ranges are kept in, and the most texts that are told apart. What has more is taken for larger.
const MOST: usize = 64;

/// What a value may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Domain {
    /// Anything.
    Any,
    /// A number in these ranges, ends included, in order and apart. Of an enum the index of a member, of a `Bool` 0 or 1.
    Numbers(Vec<(i64, i64)>),
    /// One of these texts.
    Among(BTreeSet<Name>),
    /// A text that is none of these.
    NoneOf(BTreeSet<Name>),
}

impl Domain {
    /// The numbers from one to another.
    pub(super) fn range(low: i64, high: i64) -> Self {
        Domain::Numbers(if low <= high { vec![(low, high)] } else { vec![] })
    }

    /// One number.
    pub(super) fn number(n: i64) -> Self {
        Domain::range(n, n)
    }

    /// One text.
    pub(super) fn text(text: impl Into<Name>) -> Self {
        Domain::Among(BTreeSet::from([text.into()]))
    }

    /// `true` or `false`.
    pub(super) fn truth(value: bool) -> Self {
        Domain::number(i64::from(value))
    }

    /// Whether nothing is left.
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Domain::Numbers(pieces) => pieces.is_empty(),
            Domain::Among(texts) => texts.is_empty(),
            Domain::Any | Domain::NoneOf(_) => false,
        }
    }

    /// The least and the greatest number.
    pub(super) fn ends(&self) -> Option<(i64, i64)> {
        match self {
            Domain::Numbers(pieces) => Some((pieces.first()?.0, pieces.last()?.1)),
            _ => None,
        }
    }

    /// Whether it is a single value.
    pub(super) fn is_single(&self) -> bool {
        match self {
            Domain::Numbers(pieces) => matches!(pieces.as_slice(), [(a, b)] if a == b),
            Domain::Among(texts) => texts.len() == 1,
            Domain::Any | Domain::NoneOf(_) => false,
        }
    }

    /// Whether a number may be in it.
    pub(super) fn may_be(&self, n: i64) -> bool {
        match self {
            Domain::Numbers(pieces) => pieces.iter().any(|(a, b)| (*a..=*b).contains(&n)),
            _ => true,
        }
    }

    /// What is in both. Of two kinds, which are never of one type, the first.
    pub(super) fn meet(&self, other: &Domain) -> Domain {
        match (self, other) {
            (Domain::Any, x) | (x, Domain::Any) => x.clone(),
            (Domain::Numbers(a), Domain::Numbers(b)) => {
                let mut out = vec![];
                let (mut i, mut j) = (0, 0);
                while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
                    let (low, high) = (x.0.max(y.0), x.1.min(y.1));
                    if low <= high {
                        out.push((low, high));
                    }
                    if x.1 < y.1 { i += 1 } else { j += 1 }
                }
                Domain::Numbers(out).bounded()
            }
            (Domain::Among(a), Domain::Among(b)) => Domain::Among(a & b),
            (Domain::Among(a), Domain::NoneOf(b)) | (Domain::NoneOf(b), Domain::Among(a)) => Domain::Among(a - b),
            (Domain::NoneOf(a), Domain::NoneOf(b)) => Domain::NoneOf(a | b).bounded(),
            (first, _) => first.clone(),
        }
    }

    /// What is in either.
    pub(super) fn join(&self, other: &Domain) -> Domain {
        match (self, other) {
            (a, b) if a.is_empty() => b.clone(),
            (a, b) if b.is_empty() => a.clone(),
            (Domain::Numbers(a), Domain::Numbers(b)) => {
                let mut all: Vec<(i64, i64)> = a.iter().chain(b).copied().collect();
                all.sort_unstable();
                let mut out: Vec<(i64, i64)> = vec![];
                for (low, high) in all {
                    match out.last_mut() {
                        Some(last) if last.1.checked_add(1).is_none_or(|next| low <= next) => last.1 = last.1.max(high),
                        _ => out.push((low, high)),
                    }
                }
                Domain::Numbers(out).bounded()
            }
            (Domain::Among(a), Domain::Among(b)) => Domain::Among(a | b).bounded(),
            (Domain::Among(a), Domain::NoneOf(b)) | (Domain::NoneOf(b), Domain::Among(a)) => Domain::NoneOf(b - a),
            (Domain::NoneOf(a), Domain::NoneOf(b)) => Domain::NoneOf(a & b),
            _ => Domain::Any,
        }
    }

    /// What is left of it without a single value; all of it where the other may be several.
    pub(super) fn without(&self, other: &Domain) -> Domain {
        match (self, other) {
            (Domain::Numbers(pieces), one) if one.is_single() => {
                let Some((n, _)) = one.ends() else { return self.clone() };
                let mut out = vec![];
                for (low, high) in pieces {
                    if !(*low..=*high).contains(&n) {
                        out.push((*low, *high));
                        continue;
                    }
                    if *low < n {
                        out.push((*low, n.saturating_sub(1)));
                    }
                    if n < *high {
                        out.push((n.saturating_add(1), *high));
                    }
                }
                Domain::Numbers(out).bounded()
            }
            (Domain::Among(texts), Domain::Among(one)) if one.len() == 1 => Domain::Among(texts - one),
            (Domain::NoneOf(texts), Domain::Among(one)) if one.len() == 1 => Domain::NoneOf(texts | one).bounded(),
            (Domain::Any, Domain::Among(one)) if one.len() == 1 => Domain::NoneOf(one.clone()),
            _ => self.clone(),
        }
    }

    /// The same or more, in few pieces.
    fn bounded(self) -> Domain {
        match self {
            Domain::Numbers(mut pieces) if pieces.len() > MOST => {
                // The last pieces are joined to one: what lies between them is taken for possible.
                if let (Some(from), Some(to)) = (pieces.get(MOST - 1).copied(), pieces.last().copied()) {
                    pieces.truncate(MOST - 1);
                    pieces.push((from.0, to.1));
                }
                Domain::Numbers(pieces)
            }
            Domain::Among(texts) if texts.len() > MOST * MOST => Domain::Any,
            Domain::NoneOf(texts) if texts.len() > MOST * MOST => {
                Domain::NoneOf(texts.into_iter().take(MOST).collect())
            }
            other => other,
        }
    }
}

/// What a condition may come out as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Truth {
    /// Whether it may be true.
    pub(super) yes: bool,
    /// Whether it may be false.
    pub(super) no: bool,
    /// Whether it may fail.
    pub(super) fails: bool,
}

impl Truth {
    /// Nothing is known.
    pub(super) const ANY: Truth = Truth { yes: true, no: true, fails: true };
    /// True or false.
    pub(super) const TOTAL: Truth = Truth { yes: true, no: true, fails: false };
    /// Always true.
    pub(super) const TRUE: Truth = Truth { yes: true, no: false, fails: false };
    /// Always false.
    pub(super) const FALSE: Truth = Truth { yes: false, no: true, fails: false };

    /// The one value that it always is.
    pub(super) fn constant(self) -> Option<bool> {
        match self {
            Truth::TRUE => Some(true),
            Truth::FALSE => Some(false),
            _ => None,
        }
    }

    /// Whether it may come out so.
    pub(super) fn may_be(self, value: bool) -> bool {
        if value { self.yes } else { self.no }
    }

    /// Either of two.
    pub(super) fn or_else(self, other: Truth) -> Truth {
        Truth { yes: self.yes || other.yes, no: self.no || other.no, fails: self.fails || other.fails }
    }

    /// What it is the other way round.
    pub(super) fn negated(self) -> Truth {
        Truth { yes: self.no, no: self.yes, fails: self.fails }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(pieces: &[(i64, i64)]) -> Domain {
        Domain::Numbers(pieces.to_vec())
    }

    #[test]
    fn ranges_meet_and_join() {
        let a = numbers(&[(0, 4), (10, 20)]);
        let b = numbers(&[(3, 12), (20, 30)]);
        assert_eq!(a.meet(&b), numbers(&[(3, 4), (10, 12), (20, 20)]));
        assert_eq!(a.join(&b), numbers(&[(0, 30)]));
        assert_eq!(numbers(&[(0, 4)]).join(&numbers(&[(5, 6)])), numbers(&[(0, 6)]));
        assert_eq!(a.without(&Domain::number(15)), numbers(&[(0, 4), (10, 14), (16, 20)]));
        assert_eq!(
            Domain::range(i64::MIN, i64::MAX).without(&Domain::number(i64::MAX)).ends(),
            Some((i64::MIN, i64::MAX - 1))
        );
    }

    /// Against sets of small numbers, for every pair of subsets of eight.
    #[test]
    fn ranges_are_sets() {
        let of = |bits: u32| {
            (0..8).filter(|i| bits & (1 << i) != 0).fold(numbers(&[]), |all, i| all.join(&Domain::number(i)))
        };
        let bits = |d: &Domain| (0..8).filter(|i| d.may_be(*i)).fold(0, |all, i| all | 1 << i);
        for a in 0..256_u32 {
            assert_eq!(bits(&of(a)), a);
            for b in 0..256_u32 {
                assert_eq!(bits(&of(a).meet(&of(b))), a & b);
                assert_eq!(bits(&of(a).join(&of(b))), a | b);
            }
        }
    }

    #[test]
    fn many_pieces_become_fewer_and_never_less() {
        let mut all = numbers(&[]);
        for i in 0..200 {
            all = all.join(&Domain::number(i * 3));
        }
        assert!((0..200).all(|i| all.may_be(i * 3)));
        let Domain::Numbers(pieces) = all else { panic!("numbers") };
        assert!(pieces.len() <= MOST);
    }

    #[test]
    fn texts_meet_and_join() {
        let set = |texts: &[&str]| texts.iter().map(|t| Name::from(*t)).collect::<BTreeSet<Name>>();
        let (a, b) = (Domain::Among(set(&["a", "b"])), Domain::NoneOf(set(&["b", "c"])));
        assert_eq!(a.meet(&b), Domain::Among(set(&["a"])));
        assert_eq!(a.join(&b), Domain::NoneOf(set(&["c"])));
        assert_eq!(a.without(&Domain::text("a")), Domain::Among(set(&["b"])));
        assert_eq!(b.meet(&Domain::text("c")), Domain::Among(set(&[])));
        assert_eq!(Domain::Any.without(&Domain::text("c")), Domain::NoneOf(set(&["c"])));
    }
}
