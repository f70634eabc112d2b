//! What paths lead to and names stand for, and what is asked of it.

use zt_lang::hir::{self, ExprKind, Name, Path, Ty};
use zt_runtime::Cause;
use zt_runtime::ir::Expr;
use zt_runtime::schema::Slot;

use super::collection::{Bound, Collection, Env};
use super::context::Lowering;
use super::place::{At, Place, part, part_interval};
use super::reads::load;
use super::value::{Value, choose, is_text};
use crate::failure::can_fail;

impl<'a> Lowering<'a, '_> {
    /// The value of what a parameter, variable or path stands for. One that this entry lacks stands behind a presence
    /// that is false, so any value will do, if only it is a text where one is asked for.
    pub(super) fn bound(&mut self, bound: &Bound<'a>, text: bool) -> Value {
        match bound {
            Bound::Place(place) => self.load(place),
            Bound::Value(value) | Bound::Bare(_, value) => value.clone(),
            Bound::If(condition, then, otherwise) => {
                let then = self.bound(then, text);
                Value::choose(condition.clone(), then, self.bound(otherwise, text))
            }
            Bound::Lost(cause) => Value::new(lost(*cause, self.anything(text))),
            Bound::Nowhere | Bound::Collection(_) => Value::new(self.anything(text)),
        }
    }

    /// Some value, for where none is looked at.
    fn anything(&mut self, text: bool) -> Expr {
        if text { Expr::Literal(self.constants.add(&"".into())) } else { Expr::Const(0) }
    }

    /// One step on.
    pub(super) fn step(&mut self, bound: Bound<'a>, name: &Name) -> Bound<'a> {
        match bound {
            Bound::Place(place) => self.scope.step(place, name).map_or(Bound::Nowhere, Bound::Place),
            Bound::Value(value) => Bound::Value(match part(name) {
                Some(part) => {
                    let expr = match value.expr {
                        // What is made of constants stays one.
                        Expr::Literal(id) => self.constants.part(id, part),
                        text => Expr::Part { part, text: Box::new(text) },
                    };
                    Value::number(expr, part_interval(part))
                }
                None => value,
            }),
            Bound::Bare(_, value) if &**name == "id" => Bound::Value(value),
            Bound::Bare(entity, _) => Bound::Lost(self.types.cause(entity)),
            Bound::If(condition, then, otherwise) => {
                let then = Box::new(self.step(*then, name));
                Bound::If(condition, then, Box::new(self.step(*otherwise, name)))
            }
            // A map that was handed over: it is read where it stands.
            Bound::Collection(Collection::Place(place)) => {
                self.scope.step(place, name).map_or(Bound::Nowhere, Bound::Place)
            }
            Bound::Collection(Collection::If(condition, then, otherwise)) => {
                let then = Box::new(self.step(Bound::Collection(*then), name));
                Bound::If(condition, then, Box::new(self.step(Bound::Collection(*otherwise), name)))
            }
            // What it needs the call has needed.
            Bound::Collection(Collection::Needs(_, inner)) => self.step(Bound::Collection(*inner), name),
            Bound::Collection(Collection::Items(items)) if items.is_empty() => Bound::Nowhere,
            // Any value read of it would be made up.
            Bound::Collection(other) => unreachable!("a computed collection is not read by name or place: {other:?}"),
            other @ (Bound::Lost(_) | Bound::Nowhere) => other,
        }
    }

    /// Whether it is there.
    pub(super) fn is_there(&mut self, bound: &Bound<'a>) -> Expr {
        match bound {
            Bound::Place(place) => match self.present(place) {
                Some(present) => present,
                None => self.known(place, Expr::Const(1)),
            },
            Bound::Nowhere => Expr::Const(0),
            Bound::If(condition, then, otherwise) => {
                let then = self.is_there(then);
                choose(condition.clone(), then, self.is_there(otherwise))
            }
            other => {
                let mut needs = Vec::new();
                self.need(other, &mut needs);
                self.needing(needs, Expr::Const(1))
            }
        }
    }

    /// What must not fail for it to be handed over: the way to it, and the value itself if it is a single one.
    pub(super) fn need(&mut self, bound: &Bound<'a>, needs: &mut Vec<Expr>) {
        match bound {
            Bound::Place(place) => needs.push(self.known(place, Expr::Const(1))),
            Bound::Value(value) | Bound::Bare(_, value) => needs.push(value.expr.clone()),
            Bound::Collection(collection) => self.needs(collection, needs),
            Bound::Lost(cause) => needs.push(lost(*cause, Expr::Const(1))),
            Bound::If(condition, then, otherwise) => {
                let [mut left, mut right] = [vec![], vec![]];
                self.need(then, &mut left);
                self.need(otherwise, &mut right);
                let then = self.needing(left, Expr::Const(1));
                let otherwise = self.needing(right, Expr::Const(1));
                needs.push(choose(condition.clone(), then, otherwise));
            }
            Bound::Nowhere => {}
        }
        needs.retain(can_fail);
    }

    /// What an expression of an entity or a record stands for: more may be read of it than its value.
    pub(super) fn whole(&mut self, expr: &'a hir::Expr, env: &mut Env<'a>) -> Bound<'a> {
        match &expr.kind {
            ExprKind::Path(path) => self.path(path, env),
            _ => {
                let value = self.value(expr, env);
                self.bare(&expr.ty, value)
            }
        }
    }

    /// A value that came without a place: of an entity nothing is known but its id.
    pub(super) fn bare(&self, ty: &Ty, value: Value) -> Bound<'a> {
        match ty.base() {
            Ty::Entity(name) => Bound::Bare(&self.scope.package.entities[name], value),
            _ => Bound::Value(value),
        }
    }

    /// Where a path leads, or something else where that is absent.
    pub(super) fn path_or(
        &mut self,
        path: &Path,
        env: &mut Env<'a>,
        other: impl FnOnce(&mut Self, &mut Env<'a>) -> Bound<'a>,
    ) -> Bound<'a> {
        let bound = self.path(path, env);
        if let Bound::Place(place) = &bound
            && place.optional.is_none()
        {
            return bound;
        }
        match self.is_there(&bound) {
            Expr::Const(0) => other(self, env),
            Expr::Const(_) => bound,
            there => either(there, bound, other(self, env)),
        }
    }

    /// The slot, or word, that says why what a place is read of is not known; none if that is never looked up.
    pub(super) fn failed(&mut self, place: &Place<'a>) -> Option<Slot> {
        let types: Vec<_> = place.asked.iter().map(|asked| self.types.entity(&asked.entity.name)).collect();
        self.frame.failed(place, &types)
    }

    /// An expression that fails where what a place is read of is not known.
    pub(super) fn known(&mut self, place: &Place<'a>, expr: Expr) -> Expr {
        match self.failed(place) {
            Some(failed) => {
                let failed = Box::new(load(place.base, failed));
                Expr::Failing { failed, value: Box::new(expr) }
            }
            None => expr,
        }
    }

    /// The collection at the end of a path.
    pub(super) fn collected(&mut self, bound: Bound<'a>) -> Collection<'a> {
        match bound {
            Bound::Place(place) => Collection::Place(place),
            Bound::Collection(collection) => collection,
            Bound::If(condition, then, otherwise) => {
                let then = Box::new(self.collected(*then));
                Collection::If(condition, then, Box::new(self.collected(*otherwise)))
            }
            Bound::Lost(cause) => {
                Collection::Needs(vec![lost(cause, Expr::Const(1))], Box::new(Collection::Items(vec![])))
            }
            // One that this entry lacks, behind a presence that is false.
            Bound::Nowhere | Bound::Value(_) | Bound::Bare(..) => Collection::Items(vec![]),
        }
    }

    /// What a call hands to a parameter.
    pub(super) fn argument(&mut self, given: &'a hir::Expr, env: &mut Env<'a>) -> Bound<'a> {
        match given.ty.base() {
            Ty::Set(_) | Ty::List(_) | Ty::Map(_) => Bound::Collection(self.collection(given, env)),
            Ty::Entity(_) | Ty::Record(_) | Ty::Entry(_) | Ty::Choice(_) => self.whole(given, env),
            ty => match &given.kind {
                ExprKind::Path(path) => self.path_argument(path, is_text(ty), env),
                _ => Bound::Value(self.value(given, env)),
            },
        }
    }

    /// The same of a path to what is no collection, entity or record.
    #[inline(never)]
    fn path_argument(&mut self, path: &Path, text: bool, env: &mut Env<'a>) -> Bound<'a> {
        match self.path(path, env) {
            // Nothing follows a scalar, and its failure is the call's.
            Bound::Place(place) if matches!(place.at, At::Scalar) => Bound::Value(self.load(&place)),
            // Of a text of a syntax there are the parts.
            Bound::Place(place) => Bound::Place(place),
            bound => Bound::Value(self.bound(&bound, text)),
        }
    }
}

/// One or the other, by a condition.
fn either<'a>(condition: Expr, then: Bound<'a>, otherwise: Bound<'a>) -> Bound<'a> {
    match condition {
        Expr::Const(0) => otherwise,
        Expr::Const(_) => then,
        condition => Bound::If(condition, Box::new(then), Box::new(otherwise)),
    }
}

/// A value that cannot be had.
pub(super) fn lost(cause: Cause, value: Expr) -> Expr {
    let failed = Box::new(Expr::Const(cause.pack().cast_signed()));
    Expr::Failing { failed, value: Box::new(value) }
}
