//! How two values stand to each other.

use super::Reasoner;
use super::known::Known;
use super::value::is_constant;
use crate::hir::{Cmp, Expr};
use crate::lint::domain::Domain;
use crate::lint::term::key;

impl Reasoner<'_> {
    /// Takes two values to compare so.
    pub(super) fn assume_compared(&self, cmp: Cmp, a: &Expr, b: &Expr, known: &mut Known) {
        let signs = self.signs(a, b, known).meet(&signs_of(cmp));
        known.dead |= signs.is_empty();
        let (x, y) = (self.value(a, known).domain, self.value(b, known).domain);
        let (x, y) = match (cmp, x.ends(), y.ends()) {
            (Cmp::Eq, ..) => (x.meet(&y), y.meet(&x)),
            (Cmp::Ne, ..) => (x.without(&y), y.without(&x)),
            (_, Some((low_x, high_x)), Some((low_y, high_y))) => {
                let below = |n: i64| n.checked_sub(1).map_or(Domain::Numbers(vec![]), |n| Domain::range(i64::MIN, n));
                let above = |n: i64| n.checked_add(1).map_or(Domain::Numbers(vec![]), |n| Domain::range(n, i64::MAX));
                match cmp {
                    Cmp::Lt => (x.meet(&below(high_y)), y.meet(&above(low_x))),
                    Cmp::Le => (x.meet(&Domain::range(i64::MIN, high_y)), y.meet(&Domain::range(low_x, i64::MAX))),
                    Cmp::Gt => (x.meet(&above(low_y)), y.meet(&below(high_x))),
                    _ => (x.meet(&Domain::range(low_y, i64::MAX)), y.meet(&Domain::range(i64::MIN, high_x))),
                }
            }
            _ => (x, y),
        };
        if !is_constant(a) && !is_constant(b) {
            let (name, flipped) = sign_key(&key(a), &key(b));
            known.set(&name, if flipped { turned(&signs) } else { signs });
        }
        for (e, domain) in [(a, x), (b, y)] {
            if is_constant(e) {
                known.dead |= domain.is_empty();
            } else {
                known.set(&key(e), domain);
            }
        }
    }

    /// How one value may stand to another: below it (-1), equal (0), above it or just different (1; of what has no order
    /// also -1).
    pub(super) fn signs(&self, a: &Expr, b: &Expr, known: &Known) -> Domain {
        let (x, y) = (self.value(a, known).domain, self.value(b, known).domain);
        // Of two of which one is written out nothing is known but what each may be.
        let keys = if is_constant(a) || is_constant(b) { None } else { Some((key(a), key(b))) };
        if keys.as_ref().is_some_and(|(a, b)| a == b) {
            return Domain::number(0);
        }
        let mut signs = Domain::Numbers(vec![]);
        if !x.meet(&y).is_empty() {
            signs = signs.join(&Domain::number(0));
        }
        let differ = !(x.is_single() && x == y);
        match (x.ends(), y.ends()) {
            (Some((low_x, high_x)), Some((low_y, high_y))) => {
                if low_x < high_y {
                    signs = signs.join(&Domain::number(-1));
                }
                if high_x > low_y {
                    signs = signs.join(&Domain::number(1));
                }
            }
            _ if differ => signs = signs.join(&Domain::number(-1)).join(&Domain::number(1)),
            _ => {}
        }
        let Some((name, flipped)) = keys.map(|(a, b)| sign_key(&a, &b)) else { return signs };
        match known.get(|| name) {
            Some(said) => signs.meet(&if flipped { turned(said) } else { said.clone() }),
            None => signs,
        }
    }
}

/// Under which key it is known how two terms stand to each other, and whether they change places in it.
fn sign_key(a: &str, b: &str) -> (String, bool) {
    if a <= b { (format!("order of {a} and {b}"), false) } else { (format!("order of {b} and {a}"), true) }
}

/// The order of two the other way round.
fn turned(signs: &Domain) -> Domain {
    match signs {
        Domain::Numbers(pieces) => Domain::Numbers(pieces.iter().rev().map(|(a, b)| (-b, -a)).collect()),
        other => other.clone(),
    }
}

/// How values stand to each other of which a comparison is true.
pub(super) fn signs_of(cmp: Cmp) -> Domain {
    Domain::Numbers(match cmp {
        Cmp::Eq => vec![(0, 0)],
        Cmp::Ne => vec![(-1, -1), (1, 1)],
        Cmp::Lt => vec![(-1, -1)],
        Cmp::Le => vec![(-1, 0)],
        Cmp::Gt => vec![(1, 1)],
        Cmp::Ge => vec![(0, 1)],
    })
}

/// The comparison that is true where this one is false.
pub(super) fn opposite(cmp: Cmp) -> Cmp {
    match cmp {
        Cmp::Eq => Cmp::Ne,
        Cmp::Ne => Cmp::Eq,
        Cmp::Lt => Cmp::Ge,
        Cmp::Le => Cmp::Gt,
        Cmp::Gt => Cmp::Le,
        Cmp::Ge => Cmp::Lt,
    }
}
