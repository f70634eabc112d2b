//! Expressions and messages, lowered for one entry.
//!
//! Definitions are written out where they are used, paths become slots, and what this entry can never have
//! becomes a constant.

use std::mem;

use zt_lang::hir::{self, ExprKind, LocalPart, Path, Quantifier, Root, Syntax, Ty};
use zt_runtime::ir::{self, Arith, Cmp, Expr, Fold, Piece, Show, Under};
use zt_runtime::schema::{Part, Quantity};

use super::collection::{Collection, Kind};
use super::context::{Bound, Env, Lowering, bind};
use super::place::{At, part, part_interval};
use super::reads::load;
use super::value::{Value, all, any, compare, is_collection, is_text, lower_cmp, lower_op, not};
use crate::failure::can_fail;

impl<'a> Lowering<'a, '_> {
    /// A policy's guard and a rule's condition in one.
    pub(super) fn condition(&mut self, guard: Option<&'a hir::Expr>, condition: Option<&'a hir::Expr>) -> Expr {
        self.size = 0;
        let mut env = Env::default();
        all(guard.into_iter().chain(condition).map(|part| self.value(part, &mut env).expr))
    }

    /// A rule's message.
    pub(super) fn message(&mut self, pieces: &'a [hir::Piece]) -> Vec<Piece> {
        pieces
            .iter()
            .map(|piece| match piece {
                hir::Piece::Text(text) => Piece::Text(text.to_string()),
                hir::Piece::Reading { window, ty, places } => {
                    let set = is_collection(ty);
                    let show = if set { Show::Int } else { self.show(ty, *places) };
                    Piece::Reading { reading: self.reading(window, false), set, show }
                }
                hir::Piece::Path { path, ty, places } => match self.path(path, &mut Env::default()) {
                    Bound::Place(place) => Piece::Value {
                        slot: self.frame.value(&place),
                        present: self.frame.present(&place).into_iter().collect(),
                        show: self.show(ty, *places),
                    },
                    _ => Piece::Absent,
                },
            })
            .collect()
    }

    fn show(&mut self, ty: &Ty, places: u8) -> Show {
        match ty.base() {
            Ty::Bool => Show::Bool,
            Ty::Int => Show::Int,
            Ty::Decimal => Show::Decimal(places),
            Ty::Instant => Show::Quantity(Quantity::Instant),
            Ty::Duration => Show::Quantity(Quantity::Duration),
            Ty::Date => Show::Quantity(Quantity::Date),
            Ty::Time => Show::Quantity(Quantity::Time),
            Ty::Size => Show::Quantity(Quantity::Size),
            Ty::Enum(name) => Show::Enum(self.types.enumeration(name)),
            // The value of an entity is its id. Collections and records are not shown.
            Ty::String
            | Ty::Ident
            | Ty::Syntax(_)
            | Ty::Entity(_)
            | Ty::Record(_)
            | Ty::Set(_)
            | Ty::List(_)
            | Ty::Named(..) => Show::Text,
        }
    }

    /// The value of a scalar or condition.
    pub(super) fn value(&mut self, expr: &'a hir::Expr, env: &mut Env<'a>) -> Value {
        if !self.enter() {
            return Value::constant(0);
        }
        let value = self.lower(expr, env);
        self.depth -= 1;
        value
    }

    fn lower(&mut self, expr: &'a hir::Expr, env: &mut Env<'a>) -> Value {
        Value::new(match &expr.kind {
            ExprKind::Bool(value) => return Value::constant((*value).into()),
            ExprKind::Int(value) | ExprKind::Decimal(value) => return Value::constant(*value),
            ExprKind::Member(index) => return Value::constant((*index).into()),
            ExprKind::Text(text) => self.text(text, &expr.ty),
            ExprKind::Entity(id) => Expr::Literal(self.constants.add(id)),
            ExprKind::Path(path) => {
                let bound = self.path(path, env);
                return self.bound(&bound, is_text(&expr.ty));
            }
            ExprKind::Not(inner) => not(self.value(inner, env).expr),
            ExprKind::And(operands) => all(operands.iter().map(|operand| self.value(operand, env).expr)),
            ExprKind::Or(operands) => any(operands.iter().map(|operand| self.value(operand, env).expr)),
            ExprKind::Compare(cmp, left, right) => {
                let text = is_text(&left.ty);
                let left = self.value(left, env).expr;
                compare(lower_cmp(*cmp), text, left, self.value(right, env).expr)
            }
            ExprKind::Arith(op, left, right) => {
                let left = self.value(left, env);
                return Value::arith(lower_op(*op), left, self.value(right, env));
            }
            ExprKind::Neg(inner) => {
                return Value::arith(Arith::Sub, Value::constant(0), self.value(inner, env));
            }
            ExprKind::In(element, collection) => {
                let element = self.value(element, env);
                let kind = Kind::of(&collection.ty);
                let collection = self.collection(collection, env);
                self.named(element, |lowering, element| lowering.member_of(&collection, kind, &element))
            }
            ExprKind::InList(element, list) => {
                let text = is_text(&element.ty);
                let element = self.value(element, env);
                self.named(element, |lowering, element| {
                    any(list
                        .iter()
                        .map(|item| compare(Cmp::Eq, text, element.expr.clone(), lowering.value(item, env).expr)))
                })
            }
            ExprKind::Has(path) => self.has(path, env),
            ExprKind::Else(path, other) => {
                let text = is_text(&expr.ty);
                return match self.path(path, env) {
                    Bound::Place(place) => match self.present(&place) {
                        Some(present) => {
                            let value = self.load(&place);
                            Value::choose(present, value, self.value(other, env))
                        }
                        None => self.load(&place),
                    },
                    Bound::Nowhere => self.value(other, env),
                    bound => self.bound(&bound, text),
                };
            }
            ExprKind::Matches(text, pattern) | ExprKind::Glob(text, pattern) => {
                let pattern = self.types.pattern(pattern);
                Expr::Matches { pattern, text: Box::new(self.value(text, env).expr) }
            }
            ExprKind::Under(left, right) => return Value::new(self.under(left, right, env)),
            ExprKind::Runs(command, only, patterns) => {
                let patterns = self.constants.commands(patterns);
                Expr::Runs { only: *only, patterns, command: Box::new(self.value(command, env).expr) }
            }
            ExprKind::Call(name, given) => return self.call(name, given, env),
            ExprKind::If(condition, then, otherwise) => {
                let condition = self.value(condition, env).expr;
                let then = self.value(then, env);
                return Value::choose(condition, then, self.value(otherwise, env));
            }
            ExprKind::Count(collection) => {
                let kind = Kind::of(&collection.ty);
                let collection = self.collection(collection, env);
                return self.count_of(&collection, kind, &mut |_, _| Expr::Const(1));
            }
            ExprKind::Quantifier { kind: quantifier, over, var, body } => {
                return self.quantifier(*quantifier, over, *var, body, env);
            }
            ExprKind::Hours(instant, hours) => {
                let hours = self.constants.hours(hours);
                Expr::Hours { hours, instant: Box::new(self.value(instant, env).expr) }
            }
            ExprKind::Local(instant, zone, of) => {
                let zone = self.constants.zone(zone);
                let part = match of {
                    LocalPart::Date => ir::LocalPart::Date,
                    LocalPart::Time => ir::LocalPart::Time,
                    LocalPart::Weekday => ir::LocalPart::Weekday,
                };
                Expr::Local { part, zone, instant: Box::new(self.value(instant, env).expr) }
            }
            ExprKind::Reading { window, counting } => self.remembered(window, *counting),
            ExprKind::List(_) | ExprKind::Collect(..) => unreachable!("a collection is not asked for its value"),
        })
    }

    /// A list or set.
    pub(super) fn collection(&mut self, expr: &'a hir::Expr, env: &mut Env<'a>) -> Collection<'a> {
        let nothing = Collection::Items(vec![]);
        if !self.enter() {
            return nothing;
        }
        let collection = match &expr.kind {
            ExprKind::Path(path) => self.path_collection(path, env),
            ExprKind::Else(path, other) => match self.path(path, env) {
                Bound::Place(place) => match self.present(&place) {
                    Some(present) => {
                        let other = self.collection(other, env);
                        Collection::If(present, Box::new(Collection::Place(place)), Box::new(other))
                    }
                    None => Collection::Place(place),
                },
                Bound::Collection(collection) => collection,
                _ => self.collection(other, env),
            },
            ExprKind::List(items) => Collection::Items(items.iter().map(|item| self.value(item, env)).collect()),
            ExprKind::Collect(collect, left, right) => {
                let left = self.collection(left, env);
                Collection::Both(*collect, Box::new(left), Box::new(self.collection(right, env)))
            }
            ExprKind::If(condition, then, otherwise) => {
                let condition = self.value(condition, env).expr;
                let then = self.collection(then, env);
                let otherwise = self.collection(otherwise, env);
                match condition {
                    Expr::Const(0) => otherwise,
                    Expr::Const(_) => then,
                    condition => Collection::If(condition, Box::new(then), Box::new(otherwise)),
                }
            }
            ExprKind::Call(name, given) => {
                let define = &*self.scope.package.defines[name];
                let arguments: Vec<Bound<'a>> = given.iter().map(|given| self.argument(given, env)).collect();
                let mut needs = Vec::new();
                for argument in &arguments {
                    match argument {
                        Bound::Value(value) => needs.push(value.expr.clone()),
                        Bound::Collection(collection) => self.needs(collection, &mut needs),
                        Bound::Place(_) | Bound::Nowhere => {}
                    }
                }
                needs.retain(can_fail);
                let inner = self.collection(&define.body, &mut Env { arguments, vars: vec![] });
                Collection::Needs(needs, Box::new(inner))
            }
            ExprKind::Reading { window, counting } => Collection::Set(self.remembered(window, *counting)),
            other => unreachable!("no list or set is made so: {other:?}"),
        };
        self.depth -= 1;
        collection
    }

    fn path_collection(&mut self, path: &Path, env: &mut Env<'a>) -> Collection<'a> {
        match self.path(path, env) {
            Bound::Place(place) => Collection::Place(place),
            Bound::Collection(collection) => collection,
            // One that this entry lacks, behind a presence that is false.
            Bound::Nowhere | Bound::Value(_) => Collection::Items(vec![]),
        }
    }

    fn quantifier(
        &mut self,
        quantifier: Quantifier,
        over: &'a hir::Expr,
        var: u32,
        body: &'a hir::Expr,
        env: &mut Env<'a>,
    ) -> Value {
        let kind = Kind::of(&over.ty);
        let collection = self.collection(over, env);
        let mut ask = |lowering: &mut Self, element: Bound<'a>| {
            env.vars.truncate(var as usize);
            env.vars.push(element);
            let answer = lowering.value(body, env).expr;
            env.vars.truncate(var as usize);
            answer
        };
        match quantifier {
            Quantifier::Any => Value::new(self.any_of(&collection, kind, &mut ask)),
            Quantifier::All => Value::new(self.all_of(&collection, kind, &mut ask)),
            Quantifier::Count => self.count_of(&collection, kind, &mut ask),
        }
    }

    /// Whether something is at or below something else.
    fn under(&mut self, left: &'a hir::Expr, right: &'a hir::Expr, env: &mut Env<'a>) -> Expr {
        let kind = match left.ty.base() {
            Ty::Syntax(Syntax::Path) => Under::Path,
            Ty::Syntax(Syntax::Host) => Under::Host,
            Ty::Syntax(_) => Under::Net,
            _ => return self.above(left, right, env),
        };
        let left = Box::new(self.value(left, env).expr);
        Expr::Under { kind, left, right: Box::new(self.value(right, env).expr) }
    }

    /// Whether an entity is another one or has it among its ancestors.
    fn above(&mut self, left: &'a hir::Expr, right: &'a hir::Expr, env: &mut Env<'a>) -> Expr {
        let (Ty::Entity(below), Ty::Entity(top)) = (left.ty.base(), right.ty.base()) else {
            unreachable!("`under` is of texts or entities");
        };
        let entity = match &left.kind {
            ExprKind::Path(path) => self.path(path, env),
            _ => Bound::Value(self.value(left, env)),
        };
        let top_type = self.types.entity(top);
        let can_be_above = self.types.ancestors(below).contains(&top_type);
        let right = self.value(right, env);
        self.named(right, |lowering, right| {
            let mut ways = Vec::new();
            if below == top {
                let id = lowering.bound(&entity, true).expr;
                ways.push(compare(Cmp::Eq, true, id, right.expr.clone()));
            }
            if let Bound::Place(place) = &entity
                && can_be_above
            {
                let row = lowering.fresh(1);
                let list = load(place.base, lowering.frame.ancestors(place));
                let word = |word| Expr::Row { row, word };
                let body = Expr::And(vec![
                    compare(Cmp::Eq, false, word(0), Expr::Const(top_type.0.into())),
                    compare(Cmp::Eq, true, word(1), right.expr),
                ]);
                ways.push(Expr::Fold { kind: Fold::Any, row, list: Box::new(list), body: Box::new(body) });
            }
            any(ways)
        })
    }

    /// A definition, written out. It fails where an argument does; those that are more than a word are evaluated
    /// once, before it.
    fn call(&mut self, name: &hir::Name, given: &'a [hir::Expr], env: &mut Env<'a>) -> Value {
        let define = &*self.scope.package.defines[name];
        let mut arguments: Vec<Bound<'a>> = given.iter().map(|given| self.argument(given, env)).collect();
        let mut needs = Vec::new();
        let mut values: Vec<&mut Value> = Vec::new();
        for argument in &mut arguments {
            match argument {
                Bound::Value(value) if !value.is_plain() => values.push(value),
                Bound::Collection(collection) => self.needs(collection, &mut needs),
                Bound::Place(_) | Bound::Nowhere | Bound::Value(_) => {}
            }
        }
        needs.retain(can_fail);
        let first = self.fresh(values.len() + needs.len());
        let named = values
            .into_iter()
            .zip(0..)
            .map(|(value, index)| mem::replace(&mut value.expr, Expr::Var(first.after(index))));
        let bound: Vec<Expr> = named.chain(needs).collect();
        let result = self.value(&define.body, &mut Env { arguments, vars: vec![] });
        Value { expr: bind(first, bound, result.expr), ..result }
    }

    /// What a call hands to a parameter.
    fn argument(&mut self, given: &'a hir::Expr, env: &mut Env<'a>) -> Bound<'a> {
        if is_collection(&given.ty) {
            return Bound::Collection(self.collection(given, env));
        }
        match &given.kind {
            ExprKind::Path(path) => match self.path(path, env) {
                // Nothing follows a scalar, and its failure is the call's.
                Bound::Place(place) if matches!(place.at, At::Scalar) => Bound::Value(self.load(&place)),
                bound => bound,
            },
            _ => Bound::Value(self.value(given, env)),
        }
    }

    /// A text constant. Where a value is one of several texts, its parts are looked for among the constants.
    fn text(&mut self, text: &hir::Name, ty: &Ty) -> Expr {
        let id = self.constants.add(text);
        let parts: &[Part] = match ty.base() {
            Ty::Syntax(Syntax::Email) => &[Part::EmailLocal, Part::EmailDomain],
            Ty::Syntax(Syntax::Url) => &[Part::UrlScheme, Part::UrlHost, Part::UrlPath],
            _ => &[],
        };
        for part in parts {
            self.constants.part(id, *part);
        }
        Expr::Literal(id)
    }
}

/// Paths with parameters, variables and tags in them.
impl<'a> Lowering<'a, '_> {
    /// Where a path leads.
    pub(super) fn path(&mut self, path: &Path, env: &mut Env<'a>) -> Bound<'a> {
        let mut fields = path.fields.iter();
        let start = match path.root {
            Root::Param(index) => env.arguments[index as usize].clone(),
            Root::Var(index) => env.vars[index as usize].clone(),
            Root::Tag => {
                let (Some(tag), Some(field)) = (fields.next(), fields.next()) else { return Bound::Nowhere };
                self.tag_field(tag, field)
            }
            root => self.scope.root(root).map_or(Bound::Nowhere, Bound::Place),
        };
        fields.fold(start, |bound, name| match bound {
            Bound::Place(place) => self.scope.step(place, name).map_or(Bound::Nowhere, Bound::Place),
            // Of an entity its id, which its value is; of a text a part.
            Bound::Value(value) => Bound::Value(match part(name) {
                Some(part) => self.part(part, value),
                None => value,
            }),
            other => other,
        })
    }

    /// What the action says that a field of a tag is.
    fn tag_field(&mut self, tag: &hir::Name, field: &hir::Name) -> Bound<'a> {
        let action = self.scope.action;
        let says = |of: &'a hir::TagUse| of.fields.iter().find(|(name, _)| name == field).map(|(_, expr)| expr);
        let carried = action.tags.iter().filter(|of| of.name == *tag || self.is_within(&of.name, tag));
        match carried.into_iter().find_map(says) {
            Some(expr) => self.argument(expr, &mut Env::default()),
            None => Bound::Nowhere,
        }
    }

    /// Whether who carries a tag carries another one with it.
    fn is_within(&self, tag: &hir::Name, outer: &hir::Name) -> bool {
        let Some(tag) = self.scope.package.tags.get(tag) else { return false };
        tag.parents.iter().any(|parent| parent == outer || self.is_within(parent, outer))
    }

    /// Whether a path is there.
    fn has(&mut self, path: &Path, env: &mut Env<'a>) -> Expr {
        match self.path(path, env) {
            Bound::Place(place) => self.present(&place).unwrap_or(Expr::Const(1)),
            Bound::Nowhere => Expr::Const(0),
            Bound::Value(_) | Bound::Collection(_) => Expr::Const(1),
        }
    }

    /// A part of a text.
    fn part(&mut self, part: Part, text: Value) -> Value {
        let expr = match text.expr {
            // What is made of constants stays one.
            Expr::Literal(id) => self.constants.part(id, part),
            text => Expr::Part { part, text: Box::new(text) },
        };
        Value { expr, interval: part_interval(part) }
    }
}
