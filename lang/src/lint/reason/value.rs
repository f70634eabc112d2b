//! What an expression may be, and whether it can fail.

use super::Reasoner;
use super::known::Known;
use crate::check::types::unbounded;
use crate::hir::{Arith, Bounds, Expr, ExprKind, LocalPart, Path, Quantifier, Ty};
use crate::lint::domain::Domain;
use crate::lint::inline::inlined;
use crate::lint::term::{key, path_key};

/// What an expression may be, and whether it can fail.
pub(super) struct Value {
    pub(super) domain: Domain,
    pub(super) fails: bool,
}

impl Reasoner<'_> {
    /// What a value may be. What is known of it has not failed.
    pub(super) fn value(&self, e: &Expr, known: &Known) -> Value {
        if !self.burn(1) {
            return Value { domain: Domain::Any, fails: true };
        }
        let value = self.by_itself(e, known);
        if is_constant(e) {
            return value;
        }
        match known.get(|| key(e)) {
            Some(said) => Value { domain: value.domain.meet(said), fails: false },
            None => value,
        }
    }

    pub(super) fn by_itself(&self, e: &Expr, known: &Known) -> Value {
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
    pub(super) fn computed(&self, e: &Expr, fails: bool, ends: Option<(i128, i128)>) -> Value {
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
    pub(super) fn of_computed(&self, ty: &Ty) -> Domain {
        self.ground.of_type(ty, &Bounds { min: i64::MIN, max: i64::MAX, ..unbounded(ty) })
    }

    /// What the entity at a path may be.
    pub(super) fn types(&self, path: &Path, known: &Known) -> Domain {
        let declared = if path.root == crate::hir::Root::Principal && path.fields.is_empty() {
            Domain::Among(self.ground.principals().iter().cloned().collect())
        } else {
            Domain::Any
        };
        known.get(|| type_key(path)).map_or(declared.clone(), |said| declared.meet(said))
    }

    /// What a call says, written out.
    pub(in crate::lint) fn written_out(&self, e: &Expr) -> Option<Expr> {
        let ExprKind::Call(name, args) = &e.kind else { return None };
        let define = self.ground.define(name)?;
        let (body, size) = inlined(&define.body, args, self.vars.borrow().is_empty())?;
        self.burn(size).then_some(body)
    }
}

/// Whether a condition is a definition of which nothing is asked: with constants for arguments, or none.
pub(super) fn is_switch(e: &Expr) -> bool {
    matches!(&e.kind, ExprKind::Call(_, args) if *e.ty.base() == Ty::Bool && args.iter().all(is_constant))
}

/// Whether an expression is a single value written out.
pub(in crate::lint) fn is_constant(e: &Expr) -> bool {
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
pub(super) fn type_key(path: &Path) -> String {
    format!("type of {}", path_key(path))
}
