//! What is asked of collections. What is asked of a compound one is asked of its parts.

use zt_lang::hir::Collect;
use zt_runtime::ir::{Arith, Cmp, Expr, Fold, Gather, VarId};

use super::collection::{Bound, Collection, Kind};
use super::context::Lowering;
use super::interval::Interval;
use super::place::{At, Place};
use super::value::{Value, all, any, choose, compare, not};
use crate::failure::can_fail;

/// What is asked of an element.
type Ask<'f, 'a, 't> = &'f mut dyn FnMut(&mut Lowering<'a, 't>, Bound<'a>) -> Expr;

impl<'a, 't> Lowering<'a, 't> {
    /// Whether something is true of any element.
    pub(super) fn any_of(&mut self, collection: &Collection<'a>, kind: Kind<'a>, ask: Ask<'_, 'a, 't>) -> Expr {
        let answer = self.any_within(collection, kind, ask);
        self.strictly(collection, answer)
    }

    /// Whether something is true of all elements.
    pub(super) fn all_of(&mut self, collection: &Collection<'a>, kind: Kind<'a>, ask: Ask<'_, 'a, 't>) -> Expr {
        let answer = match collection {
            Collection::Place(_) | Collection::Set(_) => {
                let (list, row, element) = self.rows(collection, kind);
                let body = ask(self, element);
                self.fold(Fold::All, row, list, body)
            }
            // It is not true of all where the opposite is true of any, and fails where that does.
            _ => not(self.any_within(collection, kind, &mut |lowering, element| not(ask(lowering, element)))),
        };
        self.strictly(collection, answer)
    }

    /// Of how many elements something is true.
    pub(super) fn count_of(&mut self, collection: &Collection<'a>, kind: Kind<'a>, ask: Ask<'_, 'a, 't>) -> Value {
        let counted = self.count_within(collection, kind, ask);
        Value { expr: self.strictly(collection, counted.expr), ..counted }
    }

    /// Whether a value is an element.
    pub(super) fn member_of(&mut self, collection: &Collection<'a>, kind: Kind<'a>, element: &Value) -> Expr {
        let answer = self.member_within(collection, kind, element);
        self.strictly(collection, answer)
    }

    fn any_within(&mut self, collection: &Collection<'a>, kind: Kind<'a>, ask: Ask<'_, 'a, 't>) -> Expr {
        match collection {
            Collection::Place(_) | Collection::Set(_) => {
                let (list, row, element) = self.rows(collection, kind);
                let body = ask(self, element);
                self.fold(Fold::Any, row, list, body)
            }
            Collection::Items(items) => any(items.iter().map(|item| self.asked(item, kind, ask))),
            Collection::Both(Collect::Join, left, right) => {
                let left = self.any_within(left, kind, ask);
                any([left, self.any_within(right, kind, ask)])
            }
            Collection::Both(collect, left, right) => self.any_within(left, kind, &mut |lowering, element| {
                let inside = lowering.also(*collect, right, kind, &element);
                all([ask(lowering, element), inside])
            }),
            Collection::If(condition, then, otherwise) => {
                let then = self.any_within(then, kind, ask);
                choose(condition.clone(), then, self.any_within(otherwise, kind, ask))
            }
            Collection::Needs(_, inner) => self.any_within(inner, kind, ask),
        }
    }

    fn count_within(&mut self, collection: &Collection<'a>, kind: Kind<'a>, ask: Ask<'_, 'a, 't>) -> Value {
        let number = |expr| Value::number(expr, Interval::COUNT);
        match collection {
            Collection::Place(_) | Collection::Set(_) => {
                let (list, row, element) = self.rows(collection, kind);
                number(match ask(self, element) {
                    Expr::Const(1) => Expr::Length(Box::new(list)),
                    body => self.fold(Fold::Count, row, list, body),
                })
            }
            Collection::Items(items) => {
                let mut before: Vec<Value> = Vec::new();
                let mut sum = Value::constant(0);
                for item in items {
                    let counts = self.asked(item, kind, &mut |lowering, item| {
                        let counts = ask(lowering, item.clone());
                        if !kind.set {
                            return counts;
                        }
                        // What is in a set twice counts once.
                        let value = lowering.bound(&item, kind.text);
                        let again = any(before
                            .iter()
                            .map(|earlier| compare(Cmp::Eq, kind.text, earlier.clone(), value.clone())));
                        all([counts, not(again)])
                    });
                    if kind.set {
                        before.push(self.bound(item, kind.text));
                    }
                    sum = add(sum, Value::choose(counts, Value::constant(1), Value::constant(0)));
                }
                sum
            }
            Collection::Both(Collect::Join, left, right) => {
                let first = self.count_within(left, kind, ask);
                let second = if kind.set {
                    self.count_within(right, kind, &mut |lowering, element| {
                        let new = lowering.also(Collect::Without, left, kind, &element);
                        all([ask(lowering, element), new])
                    })
                } else {
                    self.count_within(right, kind, ask)
                };
                add(first, second)
            }
            Collection::Both(collect, left, right) => self.count_within(left, kind, &mut |lowering, element| {
                let inside = lowering.also(*collect, right, kind, &element);
                all([ask(lowering, element), inside])
            }),
            Collection::If(condition, then, otherwise) => {
                let then = self.count_within(then, kind, ask);
                Value::choose(condition.clone(), then, self.count_within(otherwise, kind, ask))
            }
            Collection::Needs(_, inner) => self.count_within(inner, kind, ask),
        }
    }

    fn member_within(&mut self, collection: &Collection<'a>, kind: Kind<'a>, element: &Value) -> Expr {
        match collection {
            Collection::Set(_) | Collection::Place(Place { at: At::Set, .. }) => {
                let set = self.list(collection);
                Expr::Contains { set: Box::new(set), text: kind.text, element: Box::new(element.expr.clone()) }
            }
            Collection::Place(_) | Collection::Items(_) => self.any_within(collection, kind, &mut |lowering, other| {
                let other = lowering.bound(&other, kind.text);
                compare(Cmp::Eq, kind.text, other, element.clone())
            }),
            Collection::Both(collect, left, right) => {
                let left = self.member_within(left, kind, element);
                let right = self.member_within(right, kind, element);
                match collect {
                    Collect::Join => any([left, right]),
                    Collect::Without => all([left, not(right)]),
                    Collect::Common => all([left, right]),
                }
            }
            Collection::If(condition, then, otherwise) => {
                let then = self.member_within(then, kind, element);
                choose(condition.clone(), then, self.member_within(otherwise, kind, element))
            }
            Collection::Needs(_, inner) => self.member_within(inner, kind, element),
        }
    }

    /// What is asked of an element that is written out. A value that may stand in it several times is evaluated once.
    fn asked(&mut self, item: &Bound<'a>, kind: Kind<'a>, ask: Ask<'_, 'a, 't>) -> Expr {
        match item {
            Bound::Value(value) | Bound::Bare(_, value) => {
                self.named(value.clone(), |lowering, value| ask(lowering, kind.element(value)))
            }
            Bound::If(condition, then, otherwise) => {
                let then = self.asked(then, kind, ask);
                choose(condition.clone(), then, self.asked(otherwise, kind, ask))
            }
            other => ask(self, other.clone()),
        }
    }

    /// Whether an element of the first collection is in what is made of it and a second one.
    fn also(&mut self, collect: Collect, second: &Collection<'a>, kind: Kind<'a>, element: &Bound<'a>) -> Expr {
        let element = self.bound(element, kind.text);
        let inside = self.member_within(second, kind, &element);
        if collect == Collect::Without { not(inside) } else { inside }
    }

    /// The rows of a list or set that is not compound: what they are of, their name, and the element at hand.
    fn rows(&mut self, collection: &Collection<'a>, kind: Kind<'a>) -> (Expr, VarId, Bound<'a>) {
        let row = self.fresh(1);
        let list = self.list(collection);
        let element = match collection {
            Collection::Place(place @ Place { at: At::List(ty, bounds), .. }) => {
                self.frame.name(row, place);
                Bound::Place(self.scope.element(row, ty, bounds))
            }
            Collection::Place(place @ Place { at: At::Map(fields), .. }) => {
                self.frame.name(row, place);
                Bound::Place(self.scope.entry(row, fields))
            }
            _ => kind.element(Value::new(Expr::Row { row, word: 0 })),
        };
        (list, row, element)
    }

    /// A list or set that is not compound.
    fn list(&mut self, collection: &Collection<'a>) -> Expr {
        match collection {
            Collection::Place(place) => self.load(place).expr,
            Collection::Set(set) => set.clone(),
            other => unreachable!("a compound collection has no rows of its own: {other:?}"),
        }
    }

    fn fold(&mut self, kind: Fold, row: VarId, list: Expr, body: Expr) -> Expr {
        let answer = match (kind, &body) {
            (Fold::Any, Expr::Const(0)) | (Fold::Count, Expr::Const(0)) => Some(0),
            (Fold::All, Expr::Const(1)) => Some(1),
            _ => None,
        };
        match answer {
            Some(answer) if !can_fail(&list) => Expr::Const(answer),
            _ => Expr::Fold { kind, row, list: Box::new(list), body: Box::new(body) },
        }
    }

    /// An answer that fails where the collection does, whatever is made of its parts.
    fn strictly(&mut self, collection: &Collection<'a>, answer: Expr) -> Expr {
        // A list alone fails what is asked of it by itself.
        if matches!(collection, Collection::Place(_) | Collection::Set(_)) {
            return answer;
        }
        let mut needs = Vec::new();
        self.needs(collection, &mut needs);
        self.needing(needs, answer)
    }

    /// What the elements are: for each part of the collection those of them that it has.
    pub(super) fn gather(&mut self, collection: &Collection<'a>, kind: Kind<'a>) -> Vec<Gather> {
        let mut needs = Vec::new();
        self.needs(collection, &mut needs);
        let mut gathers = Vec::new();
        self.gather_within(collection, kind, &mut |_, _| Expr::Const(1), &mut gathers);
        if let Some(first) = gathers.first_mut() {
            needs.retain(can_fail);
            first.needs = needs;
        }
        gathers
    }

    fn gather_within(
        &mut self,
        collection: &Collection<'a>,
        kind: Kind<'a>,
        when: Ask<'_, 'a, 't>,
        out: &mut Vec<Gather>,
    ) {
        match collection {
            Collection::Place(_) | Collection::Set(_) => {
                let (list, row, element) = self.rows(collection, kind);
                let value = self.bound(&element, kind.text).expr;
                let when = when(self, element);
                out.push(Gather { needs: vec![], rows: Some((row, list)), when, value });
            }
            Collection::Items(items) => {
                for item in items {
                    let when = when(self, item.clone());
                    let value = self.bound(item, kind.text).expr;
                    out.push(Gather { needs: vec![], rows: None, when, value });
                }
            }
            Collection::Both(Collect::Join, left, right) => {
                self.gather_within(left, kind, when, out);
                self.gather_within(right, kind, when, out);
            }
            Collection::Both(collect, left, right) => {
                let mut when = |lowering: &mut Self, element: Bound<'a>| {
                    let inside = lowering.also(*collect, right, kind, &element);
                    all([when(lowering, element), inside])
                };
                self.gather_within(left, kind, &mut when, out);
            }
            Collection::If(condition, then, otherwise) => {
                for (condition, part) in [(condition.clone(), then), (not(condition.clone()), otherwise)] {
                    let mut when =
                        |lowering: &mut Self, element: Bound<'a>| all([condition.clone(), when(lowering, element)]);
                    self.gather_within(part, kind, &mut when, out);
                }
            }
            Collection::Needs(_, inner) => self.gather_within(inner, kind, when, out),
        }
    }

    /// What must not fail for a collection to be there.
    pub(super) fn needs(&mut self, collection: &Collection<'a>, needs: &mut Vec<Expr>) {
        match collection {
            Collection::Place(_) | Collection::Set(_) => {
                let list = self.list(collection);
                needs.push(list);
            }
            Collection::Items(items) => items.iter().for_each(|item| self.need(item, needs)),
            Collection::Both(_, left, right) => {
                self.needs(left, needs);
                self.needs(right, needs);
            }
            Collection::If(condition, then, otherwise) => {
                let [mut left, mut right] = [vec![], vec![]];
                self.needs(then, &mut left);
                self.needs(otherwise, &mut right);
                let then = self.needing(left, Expr::Const(1));
                let otherwise = self.needing(right, Expr::Const(1));
                needs.push(choose(condition.clone(), then, otherwise));
            }
            Collection::Needs(more, inner) => {
                needs.extend(more.iter().cloned());
                self.needs(inner, needs);
            }
        }
    }

    /// An expression that fails where others do, whatever it says itself.
    pub(super) fn needing(&mut self, mut needs: Vec<Expr>, body: Expr) -> Expr {
        needs.retain(can_fail);
        if needs.is_empty() {
            return body;
        }
        Expr::Let { first: self.fresh(needs.len()), values: needs, body: Box::new(body) }
    }
}

/// Adds two counts. All elements of all collections are far fewer than 2^63.
fn add(left: Value, right: Value) -> Value {
    match (&left.expr, &right.expr) {
        (Expr::Const(0), _) => right,
        (_, Expr::Const(0)) => left,
        _ => Value { interval: Interval::COUNT, ..Value::arith(Arith::Add, left, right) },
    }
}
