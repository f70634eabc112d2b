//! Expressions and messages, lowered for one entry.
//!
//! Definitions are written out where they are used, paths become slots, and what this entry can never have
//! becomes a constant.

use zt_lang::hir::{self, ExprKind, Inspected, LocalPart, Path, Quantifier, Root, Syntax, Ty};
use zt_runtime::Cause;
use zt_runtime::ir::{self, Arith, Aspect, Cmp, Expr, Fold, Piece, Show, Under};
use zt_runtime::schema::{Quantity, TypeId};

use super::bound::lost;
use super::collection::{Bound, Collection, Env, Kind};
use super::context::{Lowering, bind};
use super::interval::Interval;
use super::number;
use super::place::{At, Place};
use super::reads::load;
use super::table::{type_number, value_interval};
use super::types::elements;
use super::value::{Value, all, any, choose, compare, is_collection, is_text, lower_cmp, lower_op, not};

/// What a search finds where a source said that there is no row.
const NO_ROW: Expr = Expr::Const(ir::NO_ROW.cast_signed());

impl<'a> Lowering<'a, '_> {
    /// A policy's guard and a rule's condition in one.
    pub(super) fn condition(&mut self, guard: Option<&'a hir::Expr>, condition: Option<&'a hir::Expr>) -> Expr {
        self.size = 0;
        let mut env = Env::default();
        all(guard.into_iter().chain(condition).map(|part| self.value(part, &mut env).expr))
    }

    /// A rule's message.
    pub(super) fn message(&mut self, pieces: &'a [hir::Piece]) -> Vec<Piece> {
        pieces.iter().map(|piece| self.piece(piece)).collect()
    }

    fn piece(&mut self, piece: &'a hir::Piece) -> Piece {
        match piece {
            hir::Piece::OneOf(variants) => Piece::OneOf(self.message(variants)),
            hir::Piece::Text(text) => Piece::Text(text.to_string()),
            hir::Piece::Reading { window, ty, places } if is_collection(ty) => {
                let remembered = Collection::Set(self.remembered(window, false));
                self.elements_shown(&remembered, Expr::Const(1), ty, *places)
            }
            hir::Piece::Reading { window, ty, places } => {
                Piece::Reading { reading: self.reading(window, false), show: self.show(ty, *places) }
            }
            hir::Piece::Path { path, ty, places } if is_collection(ty) => match self.path(path, &mut Env::default()) {
                Bound::Nowhere => Piece::Absent,
                bound => {
                    let there = self.is_there(&bound);
                    let collection = self.collected(bound);
                    self.elements_shown(&collection, there, ty, *places)
                }
            },
            hir::Piece::Path { path, ty, places } => match self.path(path, &mut Env::default()) {
                Bound::Place(place) => Piece::Value {
                    slot: self.frame.value(&place),
                    present: self.frame.present(&place).into_iter().collect(),
                    failed: self.failed(&place),
                    show: self.show(ty, *places),
                },
                // What the field of a tag is here.
                Bound::Value(value) => Piece::Computed { value: value.expr, show: self.show(ty, *places) },
                _ => Piece::Absent,
            },
        }
    }

    /// The elements of a list or set in a message.
    fn elements_shown(&mut self, collection: &Collection<'a>, there: Expr, ty: &Ty, places: u8) -> Piece {
        let kind = Kind::of(ty, self.scope.package);
        let of = self.gather(collection, kind);
        Piece::Elements { there, of, set: kind.set, show: self.show(elements(ty), places) }
    }

    /// What an approver is shown.
    pub(super) fn notice(&mut self, notice: &'a hir::Notice) -> Vec<(Aspect, Vec<Piece>)> {
        let aspect = |aspect| match aspect {
            hir::Aspect::Summary => Aspect::Summary,
            hir::Aspect::BlastRadius => Aspect::BlastRadius,
            hir::Aspect::Rollback => Aspect::Rollback,
            hir::Aspect::Confidence => Aspect::Confidence,
        };
        notice.parts.iter().map(|(of, pieces)| (aspect(*of), self.message(pieces))).collect()
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
            // The value of an entity is its id. Records are not shown, and of collections their elements are.
            Ty::String
            | Ty::Ident
            | Ty::Syntax(_)
            | Ty::Entity(_)
            | Ty::Json
            | Ty::Record(_)
            | Ty::Set(_)
            | Ty::List(_)
            | Ty::Map(_)
            | Ty::Entry(_)
            | Ty::Choice(_)
            | Ty::Null
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
            ExprKind::Path(path) => return self.read(path, &expr.ty, env),
            ExprKind::Not(inner) => not(self.value(inner, env).expr),
            ExprKind::And(operands) => all(operands.iter().map(|operand| self.value(operand, env).expr)),
            ExprKind::Or(operands) => any(operands.iter().map(|operand| self.value(operand, env).expr)),
            ExprKind::Compare(cmp, left, right) => self.comparison(*cmp, left, right, env),
            ExprKind::Arith(op, left, right) => return self.arithmetic(*op, left, right, env),
            ExprKind::Neg(inner) => {
                return Value::arith(Arith::Sub, Value::constant(0), self.value(inner, env));
            }
            ExprKind::In(element, collection) => self.member(element, collection, env),
            ExprKind::InList(element, list) => self.one_of(element, list, env),
            ExprKind::Has(path) => self.has(path, env),
            // An entry has one type of principal.
            ExprKind::Is(_, name) => return Value::constant(self.scope.is_by(name).into()),
            ExprKind::Else(path, other) => return self.value_or(path, other, env),
            ExprKind::Matches(text, pattern) | ExprKind::Glob(text, pattern) => {
                let text = self.boxed(text, env);
                Expr::Matches { pattern: self.types.pattern(pattern), text }
            }
            ExprKind::Detect(name, inspected) => self.detect(name, inspected, env),
            ExprKind::Under(left, right) => return Value::new(self.under(left, right, env)),
            ExprKind::Runs(command, only, patterns) => {
                let command = self.boxed(command, env);
                Expr::Runs { only: *only, patterns: self.constants.commands(patterns), command }
            }
            ExprKind::Lookup(table, key, other) => return self.lookup(table, key, other.as_deref(), env),
            ExprKind::InTable(table, key) => self.is_in_table(table, key, env),
            ExprKind::Call(name, given) => return self.call(name, given, env),
            ExprKind::If(condition, then, otherwise) => return self.choice(condition, then, otherwise, env),
            ExprKind::Count(collection) => return self.size(collection, env),
            ExprKind::Quantifier { kind: quantifier, over, var, body } => {
                return self.quantifier(*quantifier, over, *var, body, env);
            }
            ExprKind::Hours(instant, hours) => {
                let instant = self.boxed(instant, env);
                Expr::Hours { hours: self.constants.hours(hours), instant }
            }
            ExprKind::Local(instant, zone, of) => {
                let instant = self.boxed(instant, env);
                let zone = self.constants.zone(zone);
                let part = match of {
                    LocalPart::Date => ir::LocalPart::Date,
                    LocalPart::Time => ir::LocalPart::Time,
                    LocalPart::Weekday => ir::LocalPart::Weekday,
                };
                Expr::Local { part, zone, instant }
            }
            ExprKind::Reading { window, counting } => self.remembered(window, *counting),
            ExprKind::List(_) | ExprKind::Collect(..) => unreachable!("a collection is not asked for its value"),
        })
    }

    // Expressions nest deep, and what every kind of them keeps on the stack would add up: none of these is part of `lower`.

    #[inline(never)]
    fn boxed(&mut self, expr: &'a hir::Expr, env: &mut Env<'a>) -> Box<Expr> {
        Box::new(self.value(expr, env).expr)
    }

    #[inline(never)]
    fn comparison(&mut self, cmp: hir::Cmp, left: &'a hir::Expr, right: &'a hir::Expr, env: &mut Env<'a>) -> Expr {
        let text = is_text(&left.ty);
        let left = self.value(left, env);
        compare(lower_cmp(cmp), text, left, self.value(right, env))
    }

    #[inline(never)]
    fn arithmetic(&mut self, op: hir::Arith, left: &'a hir::Expr, right: &'a hir::Expr, env: &mut Env<'a>) -> Value {
        let left = self.value(left, env);
        Value::arith(lower_op(op), left, self.value(right, env))
    }

    #[inline(never)]
    fn detect(&mut self, name: &hir::Name, inspected: &'a Inspected, env: &mut Env<'a>) -> Expr {
        let detector = self.types.detector(name);
        match inspected {
            Inspected::Text(text) => Expr::Detect { detector, whole: false, text: self.boxed(text, env) },
            Inspected::Input => Expr::Detect { detector, whole: true, text: Box::new(Expr::Load(self.frame.sent())) },
        }
    }

    #[inline(never)]
    fn member(&mut self, element: &'a hir::Expr, collection: &'a hir::Expr, env: &mut Env<'a>) -> Expr {
        let element = self.value(element, env);
        let kind = Kind::of(&collection.ty, self.scope.package);
        let collection = self.collection(collection, env);
        self.named(element, |lowering, element| lowering.member_of(&collection, kind, &element))
    }

    #[inline(never)]
    fn one_of(&mut self, element: &'a hir::Expr, list: &'a [hir::Expr], env: &mut Env<'a>) -> Expr {
        let text = is_text(&element.ty);
        let element = self.value(element, env);
        self.named(element, |lowering, element| {
            any(list.iter().map(|item| compare(Cmp::Eq, text, element.clone(), lowering.value(item, env))))
        })
    }

    #[inline(never)]
    fn choice(
        &mut self,
        condition: &'a hir::Expr,
        then: &'a hir::Expr,
        otherwise: &'a hir::Expr,
        env: &mut Env<'a>,
    ) -> Value {
        let condition = self.value(condition, env).expr;
        let then = self.value(then, env);
        Value::choose(condition, then, self.value(otherwise, env))
    }

    #[inline(never)]
    fn size(&mut self, collection: &'a hir::Expr, env: &mut Env<'a>) -> Value {
        let kind = Kind::of(&collection.ty, self.scope.package);
        let collection = self.collection(collection, env);
        self.count_of(&collection, kind, &mut |_, _| Expr::Const(1))
    }

    #[inline(never)]
    fn read(&mut self, path: &Path, ty: &Ty, env: &mut Env<'a>) -> Value {
        let bound = self.path(path, env);
        self.bound(&bound, is_text(ty))
    }

    #[inline(never)]
    fn has(&mut self, path: &Path, env: &mut Env<'a>) -> Expr {
        let bound = self.path(path, env);
        self.is_there(&bound)
    }

    #[inline(never)]
    fn value_or(&mut self, path: &Path, other: &'a hir::Expr, env: &mut Env<'a>) -> Value {
        let bound = self.path_or(path, env, |lowering, env| Bound::Value(lowering.value(other, env)));
        self.bound(&bound, is_text(&other.ty))
    }

    /// A list or set.
    pub(super) fn collection(&mut self, expr: &'a hir::Expr, env: &mut Env<'a>) -> Collection<'a> {
        let nothing = Collection::Items(vec![]);
        if !self.enter() {
            return nothing;
        }
        let collection = match &expr.kind {
            ExprKind::Path(path) => self.collection_at(path, env),
            ExprKind::Else(path, other) => self.collection_or(path, other, env),
            ExprKind::List(items) => {
                let kind = Kind::of(&expr.ty, self.scope.package);
                Collection::Items(items.iter().map(|item| self.item(item, kind, env)).collect())
            }
            ExprKind::Collect(collect, left, right) => {
                let left = Box::new(self.collection(left, env));
                Collection::Both(*collect, left, Box::new(self.collection(right, env)))
            }
            ExprKind::If(condition, then, otherwise) => self.collection_if(condition, then, otherwise, env),
            ExprKind::Call(name, given) => self.collection_of_call(name, given, env),
            ExprKind::Reading { window, counting } => Collection::Set(self.remembered(window, *counting)),
            other => unreachable!("no list or set is made so: {other:?}"),
        };
        self.depth -= 1;
        collection
    }

    #[inline(never)]
    fn collection_at(&mut self, path: &Path, env: &mut Env<'a>) -> Collection<'a> {
        let bound = self.path(path, env);
        self.collected(bound)
    }

    #[inline(never)]
    fn collection_or(&mut self, path: &Path, other: &'a hir::Expr, env: &mut Env<'a>) -> Collection<'a> {
        let bound = self.path_or(path, env, |lowering, env| Bound::Collection(lowering.collection(other, env)));
        self.collected(bound)
    }

    #[inline(never)]
    fn collection_if(
        &mut self,
        condition: &'a hir::Expr,
        then: &'a hir::Expr,
        otherwise: &'a hir::Expr,
        env: &mut Env<'a>,
    ) -> Collection<'a> {
        let condition = self.value(condition, env).expr;
        let then = Box::new(self.collection(then, env));
        let otherwise = Box::new(self.collection(otherwise, env));
        match condition {
            Expr::Const(0) => *otherwise,
            Expr::Const(_) => *then,
            condition => Collection::If(condition, then, otherwise),
        }
    }

    #[inline(never)]
    fn collection_of_call(&mut self, name: &hir::Name, given: &'a [hir::Expr], env: &mut Env<'a>) -> Collection<'a> {
        let define = &*self.scope.package.defines[name];
        let arguments: Vec<Bound<'a>> = given.iter().map(|given| self.argument(given, env)).collect();
        let mut needs = Vec::new();
        arguments.iter().for_each(|argument| self.need(argument, &mut needs));
        let inner = self.collection(&define.body, &mut Env { arguments, vars: vec![] });
        Collection::Needs(needs, Box::new(inner))
    }

    /// An element of a list that is written out. Of an element of a set there is no more than its value.
    fn item(&mut self, item: &'a hir::Expr, kind: Kind<'a>, env: &mut Env<'a>) -> Bound<'a> {
        match item.ty.base() {
            Ty::Entity(_) | Ty::Record(_) if !kind.set => self.whole(item, env),
            _ => kind.element(self.value(item, env)),
        }
    }

    #[inline(never)]
    fn quantifier(
        &mut self,
        quantifier: Quantifier,
        over: &'a hir::Expr,
        var: u32,
        body: &'a hir::Expr,
        env: &mut Env<'a>,
    ) -> Value {
        let kind = Kind::of(&over.ty, self.scope.package);
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

    /// Whether a table has a row under a key.
    #[inline(never)]
    fn is_in_table(&mut self, table: &hir::Name, key: &'a [hir::Expr], env: &mut Env<'a>) -> Expr {
        let table = &*self.scope.package.tables[table];
        let row = Value::new(self.find(table, key, env));
        match &table.source {
            None => compare(Cmp::Ne, false, row.expr, Expr::Const(0)),
            Some(source) => {
                let there = |row: &Value| compare(Cmp::Gt, false, row.expr.clone(), NO_ROW);
                self.named(row, |lowering, row| lowering.answered(source, &row, there(&row)))
            }
        }
    }

    /// What a table says under a key, or what holds where it has no row.
    #[inline(never)]
    fn lookup(
        &mut self,
        table: &hir::Name,
        key: &'a [hir::Expr],
        other: Option<&'a hir::Expr>,
        env: &mut Env<'a>,
    ) -> Value {
        let table = &*self.scope.package.tables[table];
        let row = Value::new(self.find(table, key, env));
        let id = self.constants.table(table, self.types);
        let said = match (&table.source, &table.value) {
            (Some(_), Some(value)) => Interval::slot(&value.bounds),
            _ => value_interval(table),
        };
        let cell = |row: Expr| Expr::Cell { table: id, row: Box::new(row) };
        let Some(other) = other else { return Value::number(cell(row.expr), said) };
        let other = self.value(other, env);
        let interval = said.join(other.interval);
        let expr = self.named(row, |lowering, row| match &table.source {
            None => {
                let found = compare(Cmp::Ne, false, row.expr.clone(), Expr::Const(0));
                choose(found, cell(row.expr), other.expr)
            }
            Some(source) => {
                let found = compare(Cmp::Gt, false, row.expr.clone(), NO_ROW);
                lowering.answered(source, &row, choose(found, cell(row.expr.clone()), other.expr))
            }
        });
        Value::number(expr, interval)
    }

    /// An expression that fails where no source has said what is in a row, or that there is none.
    fn answered(&self, source: &hir::Source, row: &Value, expr: Expr) -> Expr {
        let cause = Cause::Source(self.types.source(&source.name)).pack();
        let unknown = compare(Cmp::Eq, false, row.expr.clone(), Expr::Const(0));
        let failed = choose(unknown, Expr::Const(cause.cast_signed()), Expr::Const(0));
        Expr::Failing { failed: Box::new(failed), value: Box::new(expr) }
    }

    /// The number of a table's row under a key.
    #[inline(never)]
    fn find(&mut self, table: &'a hir::Table, key: &'a [hir::Expr], env: &mut Env<'a>) -> Expr {
        let mut parts = Vec::new();
        for (column, part) in table.keys.iter().zip(key) {
            let value = self.value(part, env).expr;
            if column.types.len() > 1 {
                // Of which type it is, is known in each entry.
                let bound = match &part.kind {
                    ExprKind::Path(path) => self.path(path, env),
                    _ => Bound::Nowhere,
                };
                let ty = match (bound, part.ty.base()) {
                    (Bound::Place(Place { at: At::Entity(entity), .. }), _) => Some(&entity.name),
                    (_, Ty::Entity(name)) => Some(name),
                    _ => None,
                };
                parts.push(Expr::Const(ty.map_or(-1, |ty| type_number(column, ty))));
            }
            parts.push(value);
        }
        let id = self.constants.table(table, self.types);
        if table.source.is_some() {
            self.tables.insert(id);
        }
        Expr::Find { table: id, key: parts }
    }

    /// Whether something is at or below something else.
    #[inline(never)]
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
        let below_is_top = below == top;
        let top = self.types.entity(top);
        let ancestors = self.types.ancestors(below).contains(&top).then_some(top);
        let entity = self.whole(left, env);
        let value = if below_is_top {
            self.bound(&entity, true)
        } else {
            let mut needs = Vec::new();
            self.need(&entity, &mut needs);
            Value::new(self.needing(needs, Expr::Const(1)))
        };
        let right = self.value(right, env);
        // As they are written, so that of two failures the first is the cause.
        self.named(value, |lowering, id| {
            lowering.named(right, |lowering, right| {
                let same = below_is_top.then(|| compare(Cmp::Eq, true, id, right.clone()));
                lowering.at_or_below(&entity, same, ancestors, &right)
            })
        })
    }

    /// Whether an entity is the same as another one or has it, of this type, among its ancestors. Where these are not
    /// known it fails in any case.
    fn at_or_below(&mut self, entity: &Bound<'a>, same: Option<Expr>, ancestors: Option<TypeId>, top: &Value) -> Expr {
        match entity {
            Bound::Place(place) => {
                let mut place = place.clone();
                if let At::Entity(of) = place.at {
                    place.ask(of);
                }
                let above = ancestors.map(|ty| {
                    let row = self.fresh(1);
                    let list = load(place.base, self.frame.ancestors(&place));
                    let word = |word| Expr::Row { row, word };
                    let body = Expr::And(vec![
                        compare(Cmp::Eq, false, word(0), Expr::Const(ty.0.into())),
                        compare(Cmp::Eq, true, Value { interned: true, ..Value::new(word(1)) }, top.clone()),
                    ]);
                    Expr::Fold { kind: Fold::Any, row, list: Box::new(list), body: Box::new(body) }
                });
                self.known(&place, any(same.into_iter().chain(above)))
            }
            Bound::Bare(of, _) => lost(self.types.cause(of), Expr::Const(0)),
            Bound::If(condition, then, otherwise) => {
                let then = self.at_or_below(then, same.clone(), ancestors, top);
                choose(condition.clone(), then, self.at_or_below(otherwise, same, ancestors, top))
            }
            Bound::Lost(cause) => lost(*cause, Expr::Const(0)),
            Bound::Nowhere | Bound::Value(_) | Bound::Collection(_) => Expr::Const(0),
        }
    }

    /// A definition, written out. It fails where an argument does; those that are more than a word are evaluated
    /// once, before it.
    #[inline(never)]
    fn call(&mut self, name: &hir::Name, given: &'a [hir::Expr], env: &mut Env<'a>) -> Value {
        let define = &*self.scope.package.defines[name];
        let mut arguments: Vec<Bound<'a>> = given.iter().map(|given| self.argument(given, env)).collect();
        // In the order of the arguments, so that of two failures the first is the cause.
        let mut bound = Vec::new();
        let mut values = Vec::new();
        for (index, argument) in arguments.iter().enumerate() {
            match argument {
                Bound::Value(value) if !value.is_plain() => {
                    values.push((index, bound.len()));
                    bound.push(value.expr.clone());
                }
                other => {
                    let mut needs = Vec::new();
                    self.need(other, &mut needs);
                    bound.extend(needs);
                }
            }
        }
        let first = self.fresh(bound.len());
        for (index, place) in values {
            if let Bound::Value(value) = &mut arguments[index] {
                value.expr = Expr::Var(first.after(number(place)));
            }
        }
        let result = self.value(&define.body, &mut Env { arguments, vars: vec![] });
        Value { expr: bind(first, bound, result.expr), ..result }
    }

    /// A text constant. Where a value is one of several texts, its parts are looked for among the constants.
    fn text(&mut self, text: &hir::Name, ty: &Ty) -> Expr {
        Expr::Literal(self.constants.with_parts(text, ty))
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
        fields.fold(start, |bound, name| self.step(bound, name))
    }

    /// What the action says that a field of a tag is.
    fn tag_field(&mut self, tag: &hir::Name, field: &hir::Name) -> Bound<'a> {
        let Some(action) = self.scope.action() else { return Bound::Nowhere };
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
}
