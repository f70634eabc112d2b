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

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;

use super::domain::{Domain, Truth};
use super::ground::{Ground, Slot, element};
use super::inline::inlined;
use super::term::{key, path_key};
use crate::check::types::unbounded;
use crate::hir::{Arith, Bounds, Cmp, Collect, Expr, ExprKind, LocalPart, Path, Quantifier, Ty};

/// The most steps that questions about one rule take.
const FUEL: u32 = 60_000;

/// What is known of terms.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    terms: BTreeMap<Arc<str>, Domain>,
    /// Whether no request is left.
    dead: bool,
}

impl Known {
    /// Whether no request is left of which this is known.
    pub(super) fn is_dead(&self) -> bool {
        self.dead
    }

    fn set(&mut self, key: &str, domain: Domain) {
        let next = match self.terms.get(key) {
            Some(old) => old.meet(&domain),
            None => domain,
        };
        self.dead |= next.is_empty();
        self.terms.insert(key.into(), next);
    }

    /// What both know.
    fn join(self, other: Known) -> Known {
        match (self.dead, other.dead) {
            (true, _) => other,
            (_, true) => self,
            _ => {
                let both = self.terms.into_iter().filter_map(|(key, a)| {
                    let joined = a.join(other.terms.get(&key)?);
                    Some((key, joined))
                });
                Known { terms: both.collect(), dead: false }
            }
        }
    }
}

/// Answers questions about conditions over the same calls.
pub(super) struct Reasoner<'db> {
    ground: Ground<'db>,
    fuel: Cell<u32>,
    /// The elements of the quantifiers around.
    vars: RefCell<Vec<Vec<Slot>>>,
}

/// What an expression may be, and whether it can fail.
struct Value {
    domain: Domain,
    fails: bool,
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

    /// What a condition may come out as.
    pub(super) fn truth(&self, e: &Expr, known: &Known) -> Truth {
        if !self.burn(1) {
            return Truth::ANY;
        }
        match &e.kind {
            ExprKind::Bool(true) => Truth::TRUE,
            ExprKind::Bool(false) => Truth::FALSE,
            ExprKind::Not(x) => self.truth(x, known).negated(),
            ExprKind::And(xs) => self.all(xs, known, true),
            ExprKind::Or(xs) => self.all(xs, known, false).negated(),
            ExprKind::If(c, a, b) => {
                let condition = self.truth(c, known);
                let mut out = Truth { yes: false, no: false, fails: condition.fails };
                for (value, branch) in [(true, a), (false, b)] {
                    if condition.may_be(value) {
                        let mut inside = known.clone();
                        self.assume(c, value, &mut inside);
                        if !inside.dead {
                            out = out.or_else(self.truth(branch, &inside));
                        }
                    }
                }
                out
            }
            ExprKind::Compare(cmp, a, b) => {
                let signs = self.signs(a, b, known);
                let (x, y) = (self.value(a, known), self.value(b, known));
                let wanted = signs_of(*cmp);
                let other = signs_of(opposite(*cmp));
                Truth {
                    yes: !signs.meet(&wanted).is_empty(),
                    no: !signs.meet(&other).is_empty(),
                    fails: x.fails || y.fails,
                }
            }
            ExprKind::InList(x, all) => {
                let value = self.value(x, known);
                let parts: Vec<Value> = all.iter().map(|one| self.value(one, known)).collect();
                let yes = parts.iter().any(|one| !value.domain.meet(&one.domain).is_empty());
                let left = parts.iter().fold(value.domain.clone(), |left, one| left.without(&one.domain));
                let fails = value.fails || parts.iter().any(|one| one.fails);
                self.atom(e, known, Truth { yes, no: !left.is_empty(), fails })
            }
            ExprKind::Has(path) => {
                let mut above = path.clone();
                above.fields.pop();
                let seen = self.ground.read(path, &self.vars.borrow());
                let fails = seen.fails || self.ground.read(&above, &self.vars.borrow()).fails;
                self.atom(e, known, Truth { fails, ..Truth::TOTAL })
            }
            ExprKind::Is(path, name) => {
                let types = self.types(path, known);
                let one = Domain::text(name.clone());
                let fails = self.ground.read(path, &self.vars.borrow()).fails;
                let yes = !types.meet(&one).is_empty();
                self.atom(e, known, Truth { yes, no: !types.without(&one).is_empty(), fails })
            }
            ExprKind::Quantifier { kind: kind @ (Quantifier::Any | Quantifier::All), over, body, .. } => {
                let all = *kind == Quantifier::All;
                let (least, most) = self.size(over, known);
                let fails = self.value(over, known).fails;
                let body = self.of_element(over, body, known);
                // What is asked of each element, or of none.
                let (mut yes, mut no) = (body.yes, body.no);
                if least == 0 {
                    yes |= all;
                    no |= !all;
                }
                if most == 0 {
                    (yes, no) = (all, !all);
                }
                self.atom(e, known, Truth { yes, no, fails: fails || body.fails && most > 0 })
            }
            ExprKind::Call(_, args) => {
                let fails = args.iter().any(|arg| self.value(arg, known).fails);
                let body = self.written_out(e).map_or(Truth::ANY, |body| self.truth(&body, known));
                // A definition that asks nothing is a switch, and whoever reads it means it.
                let body = if is_switch(e) { Truth { fails: body.fails, ..Truth::TOTAL } } else { body };
                self.atom(e, known, Truth { fails: fails || body.fails, ..body })
            }
            ExprKind::In(a, b) => {
                let fails = self.value(a, known).fails || self.value(b, known).fails;
                let (_, most) = self.size(b, known);
                self.atom(e, known, Truth { yes: most > 0, no: true, fails })
            }
            ExprKind::Matches(x, _) | ExprKind::Glob(x, _) | ExprKind::Runs(x, ..) => {
                let fails = self.value(x, known).fails;
                self.atom(e, known, Truth { fails, ..Truth::TOTAL })
            }
            ExprKind::Under(a, b) => {
                let entities = matches!(a.ty.base(), Ty::Entity(_)) || matches!(b.ty.base(), Ty::Entity(_));
                let fails = entities || self.value(a, known).fails || self.value(b, known).fails;
                self.atom(e, known, Truth { fails, ..Truth::TOTAL })
            }
            // A clock has no answer for some years, a source may have none.
            ExprKind::Hours(..) | ExprKind::InTable(..) => self.atom(e, known, Truth::ANY),
            _ => {
                let value = self.value(e, known);
                Truth { yes: value.domain.may_be(1), no: value.domain.may_be(0), fails: value.fails }
            }
        }
    }

    /// What `and` of some conditions may come out as; with `want` false, `and` of their opposites.
    fn all(&self, xs: &[Expr], known: &Known, want: bool) -> Truth {
        let of = |x: &Expr, known: &Known| {
            let truth = self.truth(x, known);
            if want { truth } else { truth.negated() }
        };
        let each: Vec<Truth> = xs.iter().map(|x| of(x, known)).collect();
        if each.contains(&Truth::FALSE) {
            return Truth::FALSE;
        }
        let fails = each.iter().any(|t| t.fails);
        let no = each.iter().any(|t| t.no);
        let mut yes = each.iter().all(|t| t.yes);
        if yes && no {
            let together = self.assuming(xs.iter().map(|x| (x, want)), known);
            yes = !together.dead && xs.iter().all(|x| of(x, &together).yes);
        }
        Truth { yes, no, fails }
    }

    /// What is known where these conditions come out so.
    pub(super) fn assuming<'e>(
        &self,
        conditions: impl Iterator<Item = (&'e Expr, bool)> + Clone,
        known: &Known,
    ) -> Known {
        let mut out = known.clone();
        // What a later one says may matter to an earlier one.
        for _ in 0..2 {
            for (x, value) in conditions.clone() {
                if out.dead {
                    return out;
                }
                self.assume(x, value, &mut out);
            }
        }
        out
    }

    /// Takes a condition to come out so.
    pub(super) fn assume(&self, e: &Expr, value: bool, known: &mut Known) {
        if known.dead || !self.burn(1) {
            return;
        }
        match &e.kind {
            ExprKind::Bool(is) => known.dead |= *is != value,
            ExprKind::Not(x) => self.assume(x, !value, known),
            ExprKind::And(xs) | ExprKind::Or(xs) => {
                let all = matches!(e.kind, ExprKind::And(_)) == value;
                if all {
                    xs.iter().for_each(|x| self.assume(x, value, known));
                } else {
                    // One of them does, nobody says which.
                    let mut joined: Option<Known> = None;
                    for x in xs {
                        let mut one = known.clone();
                        self.assume(x, value, &mut one);
                        joined = Some(match joined {
                            None => one,
                            Some(others) => others.join(one),
                        });
                    }
                    if let Some(joined) = joined {
                        *known = joined;
                    }
                }
            }
            ExprKind::Compare(cmp, a, b) => {
                self.assume_compared(if value { *cmp } else { opposite(*cmp) }, a, b, known)
            }
            ExprKind::InList(x, all) => {
                let domain = self.value(x, known).domain;
                let parts = all.iter().map(|one| self.value(one, known).domain);
                let left = if value {
                    parts.map(|one| domain.meet(&one)).reduce(|a, b| a.join(&b)).unwrap_or(Domain::Any)
                } else {
                    parts.fold(domain, |left, one| left.without(&one))
                };
                known.set(&key(x), left);
                known.set(&key(e), Domain::truth(value));
            }
            ExprKind::Is(path, name) => {
                let types = self.types(path, known);
                let one = Domain::text(name.clone());
                let left = if value { types.meet(&one) } else { types.without(&one) };
                known.set(&type_key(path), left);
                known.set(&key(e), Domain::truth(value));
            }
            ExprKind::Call(..) => {
                known.set(&key(e), Domain::truth(value));
                if let Some(body) = self.written_out(e).filter(|_| !is_switch(e)) {
                    self.assume(&body, value, known);
                }
            }
            ExprKind::If(c, a, b) => {
                let condition = self.truth(c, known).constant();
                known.set(&key(e), Domain::truth(value));
                match condition {
                    Some(true) => self.assume(a, value, known),
                    Some(false) => self.assume(b, value, known),
                    None => {}
                }
            }
            _ => known.set(&key(e), Domain::truth(value)),
        }
    }

    /// Takes two values to compare so.
    fn assume_compared(&self, cmp: Cmp, a: &Expr, b: &Expr, known: &mut Known) {
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
        let (a_key, b_key) = (key(a), key(b));
        if !is_constant(a) && !is_constant(b) {
            let (name, flipped) = sign_key(&a_key, &b_key);
            known.set(&name, if flipped { turned(&signs) } else { signs });
        }
        for (e, key, domain) in [(a, a_key, x), (b, b_key, y)] {
            if is_constant(e) {
                known.dead |= domain.is_empty();
            } else {
                known.set(&key, domain);
            }
        }
    }

    /// How one value may stand to another: below it (-1), equal (0), above it or just different (1; of what has no order
    /// also -1).
    fn signs(&self, a: &Expr, b: &Expr, known: &Known) -> Domain {
        let (x, y) = (self.value(a, known).domain, self.value(b, known).domain);
        let (a_key, b_key) = (key(a), key(b));
        if a_key == b_key && !is_constant(a) {
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
        let (name, flipped) = sign_key(&a_key, &b_key);
        match known.terms.get(&*name) {
            Some(said) => signs.meet(&if flipped { turned(said) } else { said.clone() }),
            None => signs,
        }
    }

    /// A condition as a term: what is known of it, or what it may be by itself.
    fn atom(&self, e: &Expr, known: &Known, by_itself: Truth) -> Truth {
        match known.terms.get(&*key(e)) {
            Some(domain) => {
                Truth { yes: by_itself.yes && domain.may_be(1), no: by_itself.no && domain.may_be(0), fails: false }
            }
            None => by_itself,
        }
    }

    /// What a value may be. What is known of it has not failed.
    fn value(&self, e: &Expr, known: &Known) -> Value {
        if !self.burn(1) {
            return Value { domain: Domain::Any, fails: true };
        }
        let value = self.by_itself(e, known);
        if is_constant(e) {
            return value;
        }
        match known.terms.get(&*key(e)) {
            Some(said) => Value { domain: value.domain.meet(said), fails: false },
            None => value,
        }
    }

    fn by_itself(&self, e: &Expr, known: &Known) -> Value {
        let sure = |domain: Domain| Value { domain, fails: false };
        let strict = |domain: Domain| Value { domain, fails: e.parts().iter().any(|x| self.value(x, known).fails) };
        match &e.kind {
            ExprKind::Bool(value) => sure(Domain::truth(*value)),
            ExprKind::Int(n) | ExprKind::Decimal(n) => sure(Domain::number(*n)),
            ExprKind::Member(at) => sure(Domain::number(i64::from(*at))),
            ExprKind::Text(text) => sure(Domain::text(text.clone())),
            ExprKind::Entity(id) => sure(Domain::text(format!("{:?} {id}", e.ty.base()))),
            ExprKind::Path(path) => {
                let seen = self.ground.read(path, &self.vars.borrow());
                // Under one name there may be another type elsewhere: only what is of this one is read.
                let same = seen.slots.iter().all(|(ty, _)| ty.base().alike(e.ty.base()));
                let domain = if same && !seen.slots.is_empty() {
                    self.ground.domain(&seen.slots)
                } else {
                    self.of_computed(&e.ty)
                };
                Value { domain, fails: seen.fails }
            }
            ExprKind::Else(path, other) => {
                let seen = self.ground.read(path, &self.vars.borrow());
                let same = seen.slots.iter().all(|(ty, _)| ty.base().alike(e.ty.base()));
                let there = if same && !seen.slots.is_empty() {
                    self.ground.domain(&seen.slots)
                } else {
                    self.of_computed(&e.ty)
                };
                let other = self.value(other, known);
                Value { domain: there.join(&other.domain), fails: seen.fails || other.fails }
            }
            ExprKind::Neg(x) => {
                let x = self.value(x, known);
                self.computed(e, x.fails, x.domain.ends().map(|(a, b)| (-i128::from(b), -i128::from(a))))
            }
            ExprKind::Arith(op, a, b) => {
                let (x, y) = (self.value(a, known), self.value(b, known));
                let ends = x.domain.ends().zip(y.domain.ends()).map(|((a, b), (c, d))| {
                    let (a, b, c, d) = (i128::from(a), i128::from(b), i128::from(c), i128::from(d));
                    match op {
                        Arith::Add => (a + c, b + d),
                        Arith::Sub => (a - d, b - c),
                        Arith::Mul => {
                            let all = [a * c, a * d, b * c, b * d];
                            (all.into_iter().fold(i128::MAX, i128::min), all.into_iter().fold(i128::MIN, i128::max))
                        }
                    }
                });
                self.computed(e, x.fails || y.fails, ends)
            }
            ExprKind::If(c, a, b) => {
                let (condition, x, y) = (self.truth(c, known), self.value(a, known), self.value(b, known));
                let domain = match condition.constant() {
                    Some(true) => x.domain,
                    Some(false) => y.domain,
                    None => x.domain.join(&y.domain),
                };
                Value { domain, fails: condition.fails || x.fails || y.fails }
            }
            ExprKind::Call(_, args) => {
                let fails = args.iter().any(|arg| self.value(arg, known).fails);
                match self.written_out(e) {
                    Some(body) if !is_switch(e) => {
                        let body = self.value(&body, known);
                        Value { domain: body.domain, fails: fails || body.fails }
                    }
                    _ => Value { domain: self.of_computed(&e.ty), fails: true },
                }
            }
            ExprKind::Count(over) => {
                let (least, most) = self.size(over, known);
                strict(Domain::range(least, most))
            }
            ExprKind::Quantifier { kind: Quantifier::Count, over, body, .. } => {
                let (_, most) = self.size(over, known);
                let fails = self.value(over, known).fails || self.of_element(over, body, known).fails;
                Value { domain: Domain::range(0, most), fails }
            }
            ExprKind::List(_) | ExprKind::Collect(..) => strict(Domain::Any),
            ExprKind::Lookup(name, _, other) => {
                let table = self.ground.table(name);
                let said = table.as_ref().and_then(|t| t.value.as_ref()).map(|t| self.ground.of_type(&t.ty, &t.bounds));
                let mut domain = said.unwrap_or(Domain::Any);
                if let Some(other) = other {
                    domain = domain.join(&self.value(other, known).domain);
                }
                Value { domain, fails: true }
            }
            ExprKind::Reading { .. } => match e.ty.base() {
                // Counts and sums are of what is not negative.
                Ty::Set(_) => Value { domain: Domain::Any, fails: true },
                _ => Value { domain: Domain::range(0, i64::MAX), fails: true },
            },
            ExprKind::Local(_, _, LocalPart::Weekday) => Value { domain: Domain::range(1, 7), fails: true },
            ExprKind::Local(..) => Value { domain: self.of_computed(&e.ty), fails: true },
            // A condition as a value: as an argument, or compared with another.
            ExprKind::Not(_)
            | ExprKind::And(_)
            | ExprKind::Or(_)
            | ExprKind::Compare(..)
            | ExprKind::In(..)
            | ExprKind::InList(..)
            | ExprKind::Has(_)
            | ExprKind::Is(..)
            | ExprKind::Matches(..)
            | ExprKind::Glob(..)
            | ExprKind::Under(..)
            | ExprKind::Runs(..)
            | ExprKind::Quantifier { .. }
            | ExprKind::Hours(..)
            | ExprKind::InTable(..) => {
                let truth = self.truth(e, known);
                let yes = if truth.yes { Domain::truth(true) } else { Domain::Numbers(vec![]) };
                let no = if truth.no { Domain::truth(false) } else { Domain::Numbers(vec![]) };
                let domain = yes.join(&no);
                let domain = if domain.is_empty() { Domain::range(0, 1) } else { domain };
                Value { domain, fails: truth.fails }
            }
            ExprKind::Detect(..) => Value { domain: self.of_computed(&e.ty), fails: true },
        }
    }

    /// A number that was computed: what has no place in 64 bits fails.
    fn computed(&self, e: &Expr, fails: bool, ends: Option<(i128, i128)>) -> Value {
        let Some((low, high)) = ends else { return Value { domain: self.of_computed(&e.ty), fails: true } };
        let least = i64::try_from(low.max(i128::from(i64::MIN)));
        let most = i64::try_from(high.min(i128::from(i64::MAX)));
        let fits = low >= i128::from(i64::MIN) && high <= i128::from(i64::MAX);
        match (least, most) {
            (Ok(least), Ok(most)) if least <= most => {
                Value { domain: Domain::range(least, most), fails: fails || !fits }
            }
            // It always fails.
            _ => Value { domain: Domain::range(i64::MIN, i64::MAX), fails: true },
        }
    }

    /// What any value of a type may be: what is computed is not held against the bounds of its type.
    fn of_computed(&self, ty: &Ty) -> Domain {
        self.ground.of_type(ty, &Bounds { min: i64::MIN, max: i64::MAX, ..unbounded(ty) })
    }

    /// What the entity at a path may be.
    fn types(&self, path: &Path, known: &Known) -> Domain {
        let declared = if path.root == crate::hir::Root::Principal && path.fields.is_empty() {
            Domain::Among(self.ground.principals().iter().cloned().collect())
        } else {
            Domain::Any
        };
        known.terms.get(&*type_key(path)).map_or(declared.clone(), |said| declared.meet(said))
    }

    /// The least and the greatest number of elements.
    fn size(&self, e: &Expr, known: &Known) -> (i64, i64) {
        let sized = self.own_size(e, known);
        let count = format!("count({},)", key(e));
        match known.terms.get(&*count).and_then(Domain::ends) {
            Some((least, most)) => (sized.0.max(least), sized.1.min(most)),
            None => sized,
        }
    }

    fn own_size(&self, e: &Expr, known: &Known) -> (i64, i64) {
        if !self.burn(1) {
            return (0, i64::MAX);
        }
        match &e.kind {
            ExprKind::Path(path) => {
                let seen = self.ground.read(path, &self.vars.borrow());
                let most = seen.slots.iter().map(|(_, bounds)| i64::from(bounds.length)).max();
                (0, most.unwrap_or(i64::MAX))
            }
            ExprKind::Else(path, other) => {
                let seen = self.ground.read(path, &self.vars.borrow());
                let most = seen.slots.iter().map(|(_, bounds)| i64::from(bounds.length)).max();
                (0, most.unwrap_or(i64::MAX).max(self.size(other, known).1))
            }
            ExprKind::List(all) => {
                let n = i64::try_from(all.len()).unwrap_or(i64::MAX);
                (if matches!(e.ty.base(), Ty::List(_)) { n } else { n.min(1) }, n)
            }
            ExprKind::Collect(Collect::Join, a, b) => {
                let (x, y) = (self.size(a, known), self.size(b, known));
                let list = matches!(e.ty.base(), Ty::List(_));
                let least = if list { x.0.saturating_add(y.0) } else { x.0.max(y.0) };
                (least, x.1.saturating_add(y.1))
            }
            ExprKind::Collect(_, a, _) => (0, self.size(a, known).1),
            _ => (0, i64::MAX),
        }
    }

    /// Whether a collection has an element, as far as that is known.
    pub(super) fn is_filled(&self, e: &Expr, known: &Known) -> bool {
        self.size(e, known).0 > 0
    }

    /// What is asked of an element of a collection.
    fn of_element(&self, over: &Expr, body: &Expr, known: &Known) -> Truth {
        self.within(over, || self.truth(body, known))
    }

    /// Does something where the variable of a quantifier is an element of a collection.
    pub(super) fn within<T>(&self, over: &Expr, ask: impl FnOnce() -> T) -> T {
        let slots = match &over.kind {
            ExprKind::Path(path) => {
                let seen = self.ground.read(path, &self.vars.borrow());
                seen.slots.iter().filter_map(|(ty, bounds)| element(ty, bounds)).collect()
            }
            _ => vec![],
        };
        self.vars.borrow_mut().push(slots);
        let out = ask();
        self.vars.borrow_mut().pop();
        out
    }

    /// What a call says, written out.
    fn written_out(&self, e: &Expr) -> Option<Expr> {
        let ExprKind::Call(name, args) = &e.kind else { return None };
        let define = self.ground.define(name)?;
        let (body, size) = inlined(&define.body, args, self.vars.borrow().is_empty())?;
        self.burn(size).then_some(body)
    }
}

/// Whether a condition is a definition of which nothing is asked: with constants for arguments, or none.
fn is_switch(e: &Expr) -> bool {
    matches!(&e.kind, ExprKind::Call(_, args) if *e.ty.base() == Ty::Bool && args.iter().all(is_constant))
}

/// Whether an expression is a single value written out.
pub(super) fn is_constant(e: &Expr) -> bool {
    matches!(
        e.kind,
        ExprKind::Bool(_)
            | ExprKind::Int(_)
            | ExprKind::Decimal(_)
            | ExprKind::Text(_)
            | ExprKind::Member(_)
            | ExprKind::Entity(_)
    )
}

/// Under which key the type of the entity at a path is known.
fn type_key(path: &Path) -> String {
    format!("type of {}", path_key(path))
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
fn signs_of(cmp: Cmp) -> Domain {
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
fn opposite(cmp: Cmp) -> Cmp {
    match cmp {
        Cmp::Eq => Cmp::Ne,
        Cmp::Ne => Cmp::Eq,
        Cmp::Lt => Cmp::Ge,
        Cmp::Le => Cmp::Gt,
        Cmp::Gt => Cmp::Le,
        Cmp::Ge => Cmp::Lt,
    }
}
