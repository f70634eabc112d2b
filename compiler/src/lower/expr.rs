//! Expressions and messages, lowered for one entry.
//!
//! Definitions are written out where they are used, paths become slots, and what this entry can never have
//! becomes a constant.

use std::collections::BTreeMap;

use zt_lang::hir::{self, ExprKind, Name, Path, Root, Ty};
use zt_runtime::ir::{Arg, Arith, Cmp, Component, Due, Evidence, Expr, Kind, Party, Piece, Reading, Show};
use zt_runtime::schema::Slot;

use super::due::Dues;
use super::reads::{Frame, Layout, Place, Scope};
use super::types::{Literals, Types};
use super::value::{Value, compare, contains, is_text, lower_cmp, lower_op, matches, one_or};
use super::window::{Places, kind};

/// How many expressions a condition may take over from arguments. The check keeps conditions far smaller.
const MAX_SIZE: usize = 1 << 18;

/// Deepest argument that is written out.
const MAX_DEPTH: usize = 512;

/// The lowering of one entry's rules.
pub(super) struct Lowering<'a, 't> {
    scope: Scope<'a>,
    types: &'t mut Types<'a>,
    literals: &'t mut Literals,
    frame: Frame,
    /// Where the readings of windows go.
    readings: BTreeMap<Name, Places>,
    /// How many expressions of the current condition come from arguments.
    size: usize,
    /// Whether some condition became too large, and is not what it should be.
    overgrown: bool,
}

/// What a parameter stands for. A path stays one: more fields may follow it.
enum Argument<'a> {
    Path(Path),
    Value(Value, &'a Ty),
}

/// What a path stands for here.
enum Target {
    /// A place in the request.
    Place(Place),
    /// Something that this entry can never have.
    Nowhere,
    /// A parameter's value, which is always there.
    Value(Value),
}

impl<'a, 't> Lowering<'a, 't> {
    pub(super) fn new(scope: Scope<'a>, types: &'t mut Types<'a>, literals: &'t mut Literals) -> Self {
        Lowering {
            scope,
            types,
            literals,
            frame: Frame::default(),
            readings: BTreeMap::new(),
            size: 0,
            overgrown: false,
        }
    }

    /// The frame, unless a condition became too large.
    pub(super) fn finish(self) -> Option<Layout> {
        (!self.overgrown).then(|| self.frame.finish())
    }

    /// A policy's guard and a rule's condition in one.
    pub(super) fn condition(&mut self, guard: Option<&'a hir::Expr>, condition: Option<&'a hir::Expr>) -> Expr {
        self.size = 0;
        self.all(guard.into_iter().chain(condition), &[])
    }

    /// A value with what it stands for: a part of a window's key, or what it remembers.
    pub(super) fn component(&mut self, expr: &'a hir::Expr) -> Component {
        self.size = 0;
        // A path to an entity leads to one of the type that this entry has there.
        let entity = match &expr.kind {
            ExprKind::Path(path) => self.scope.place(path).and_then(|place| place.entity),
            _ => None,
        };
        let kind = entity.map_or_else(|| kind(&expr.ty, self.types), |name| Kind::Entity(name.to_string()));
        Component { kind, expr: self.value(expr, &[]).expr }
    }

    /// Where the readings of a window go that were asked for.
    pub(super) fn places(&self, window: &str) -> Places {
        self.readings.get(window).copied().unwrap_or_default()
    }

    /// Where a reading of a window goes.
    fn reading(&mut self, window: &Name, counting: bool) -> Reading {
        let places = self.readings.entry(window.clone()).or_default();
        let place = if counting { &mut places.counting } else { &mut places.past };
        let frame = &mut self.frame;
        *place.get_or_insert_with(|| Reading { value: frame.fresh(), failed: frame.fresh() })
    }

    /// A rule's condition with its policy's guard, and what it obliges to. Where an argument of an obligation fails,
    /// so does the rule.
    pub(super) fn rule(
        &mut self,
        dues: &Dues<'_>,
        guard: Option<&'a hir::Expr>,
        condition: &'a hir::Expr,
        obligations: &'a [hir::Due],
    ) -> (Expr, Vec<Due>) {
        let condition = self.condition(guard, Some(condition));
        let (mut parts, mut lowered) = (vec![condition], vec![]);
        for due in obligations {
            let args = due.args.iter().map(|arg| {
                let mut value = |arg: &'a hir::Expr| {
                    let value = self.value(arg, &[]);
                    parts.extend(value.defined(is_text(&arg.ty)));
                    value.expr
                };
                match &arg.kind {
                    ExprKind::List(elements) => Arg::Elements(elements.iter().map(value).collect()),
                    _ => Arg::Value(value(arg)),
                }
            });
            let args = args.collect();
            lowered.push(Due { obligation: dues.kind(&due.obligation), args });
        }
        (one_or(Expr::And, parts), lowered)
    }

    /// Whom a rule asks, if that is an entity. One that this entry lacks stands behind a condition that is false.
    pub(super) fn party(&mut self, from: &hir::From) -> Option<Party> {
        let hir::From::ActsFor(path) = from else { return None };
        Some(self.entity(path).unwrap_or_else(|| Party {
            kind: String::new(),
            present: None,
            failed: None,
            id: self.id(Root::Principal),
        }))
    }

    /// What the resource's id is computed from.
    pub(super) fn resource_id(&mut self, id: &'a hir::Expr) -> Expr {
        // Its place is there even if nothing reads it: a request is compared with it.
        self.id(Root::Resource);
        self.component(id).expr
    }

    /// What approvals of a call are compared with.
    pub(super) fn evidence(&mut self) -> Evidence {
        let acts_for = Path { root: Root::Principal, fields: vec!["acts_for".into()] };
        Evidence {
            principal: self.id(Root::Principal),
            resource: self.scope.action.resource.is_some().then(|| self.id(Root::Resource)),
            input: self.frame.fresh(),
            acts_for: self.entity(&acts_for),
        }
    }

    /// An entity that a path leads to.
    fn entity(&mut self, path: &Path) -> Option<Party> {
        let place = self.scope.place(path)?;
        let kind = place.entity.clone()?.to_string();
        Some(Party { kind, present: self.frame.present(&place), failed: None, id: self.frame.value(&place) })
    }

    /// The slot of an entity's id.
    fn id(&mut self, root: Root) -> Slot {
        let place = self.scope.place(&Path { root, fields: vec![] });
        self.frame.value(&place.expect("an action has its principal, and its resource where it is asked for"))
    }

    /// A rule's message.
    pub(super) fn message(&mut self, pieces: &'a [hir::Piece]) -> Vec<Piece> {
        pieces
            .iter()
            .map(|piece| match piece {
                hir::Piece::Text(text) => Piece::Text(text.to_string()),
                hir::Piece::Reading { window, ty, places } => {
                    let set = matches!(ty.base(), Ty::Set(_));
                    let show = if set { Show::Int } else { self.show(ty, *places) };
                    Piece::Reading { reading: self.reading(window, false), set, show }
                }
                hir::Piece::Path { path, ty, places } => match self.scope.place(path) {
                    None => Piece::Absent,
                    Some(place) => Piece::Value {
                        slot: self.frame.value(&place),
                        present: self.frame.present(&place).into_iter().collect(),
                        show: self.show(ty, *places),
                    },
                },
            })
            .collect()
    }

    fn show(&mut self, ty: &Ty, places: u8) -> Show {
        match ty.base() {
            Ty::Bool => Show::Bool,
            Ty::Int => Show::Int,
            Ty::Decimal => Show::Decimal(places),
            Ty::Enum(name) => Show::Enum(self.types.enumeration(name)),
            // The value of an entity is its id. Sets and records are not shown.
            Ty::List(_) | Ty::Instant | Ty::Duration | Ty::Date | Ty::Time | Ty::Size | Ty::Syntax(_) => todo!(),
            Ty::String | Ty::Ident | Ty::Entity(_) | Ty::Record(_) | Ty::Set(_) | Ty::Named(..) => Show::Text,
        }
    }

    fn value(&mut self, expr: &'a hir::Expr, arguments: &[Argument<'_>]) -> Value {
        Value::new(match &expr.kind {
            ExprKind::Bool(value) => return Value::constant((*value).into()),
            ExprKind::Int(value) | ExprKind::Decimal(value) => return Value::constant(*value),
            ExprKind::Member(index) => return Value::constant((*index).into()),
            ExprKind::Text(text) => Expr::Literal(self.literals.add(text)),
            ExprKind::Path(path) => return self.path(path, is_text(&expr.ty), arguments),
            ExprKind::Not(inner) => match self.value(inner, arguments).expr {
                Expr::Const(value) => return Value::constant((value == 0).into()),
                inner => Expr::Not(Box::new(inner)),
            },
            ExprKind::And(operands) => self.all(operands, arguments),
            ExprKind::Or(operands) => self.any(operands, arguments),
            ExprKind::Compare(cmp, left, right) => {
                let text = is_text(&left.ty);
                let left = self.value(left, arguments);
                compare(lower_cmp(*cmp), text, left, self.value(right, arguments))
            }
            ExprKind::Arith(op, left, right) => {
                let left = self.value(left, arguments);
                return Value::arith(lower_op(*op), left, self.value(right, arguments));
            }
            ExprKind::Neg(inner) => {
                return Value::arith(Arith::Sub, Value::constant(0), self.value(inner, arguments));
            }
            ExprKind::In(element, set) => {
                let text = is_text(&element.ty);
                let element = self.value(element, arguments);
                let set = self.value(set, arguments);
                contains(text, element, set)
            }
            ExprKind::InList(element, list) => {
                let text = is_text(&element.ty);
                let element = self.value(element, arguments);
                if list.is_empty() {
                    // False, yet failed where the element is.
                    compare(Cmp::Ne, text, element.clone(), element)
                } else {
                    let mut equal = |item| compare(Cmp::Eq, text, element.clone(), self.value(item, arguments));
                    one_or(Expr::Or, list.iter().map(&mut equal).collect())
                }
            }
            ExprKind::Has(path) => match substitute(path, arguments).map(|path| self.scope.place(&path)) {
                Ok(None) => return Value::constant(0),
                Err(_) => return Value::constant(1),
                Ok(Some(place)) => match self.frame.present(&place) {
                    Some(slot) => Expr::Present(slot),
                    None => return Value::constant(1),
                },
            },
            ExprKind::Else(path, other) => return self.path_or(path, other, arguments),
            ExprKind::Matches(text, pattern) => {
                let pattern = self.types.pattern(pattern);
                matches(self.value(text, arguments), pattern)
            }
            ExprKind::Reading { window, counting } => {
                let Reading { value, failed } = self.reading(window, *counting);
                let [failed, value] = [failed, value].map(|slot| Box::new(Expr::Load(slot)));
                Expr::Failing { failed, value }
            }
            ExprKind::Call(name, given) => return self.call(name, given, arguments),
            _ => todo!(),
        })
    }

    /// A definition, written out. A call fails where an argument does; but in the place of its parameter an
    /// argument may stand behind an `and` or a branch that passes over its failure. Then it is asked for
    /// once more.
    fn call(&mut self, name: &hir::Name, given: &'a [hir::Expr], arguments: &[Argument<'_>]) -> Value {
        let define = &*self.scope.package.defines[name];
        let inner: Vec<Argument<'_>> = given.iter().map(|argument| self.argument(argument, arguments)).collect();
        let mut result = self.value(&define.body, &inner);
        for (argument, index) in inner.iter().zip(0..) {
            if let Argument::Value(value, ty) = argument
                && !surely_reads(&define.body, index)
            {
                let value = self.copy(value);
                result = result.strict(&define.body.ty, &value, ty);
            }
        }
        result
    }

    /// What a call hands to a parameter.
    fn argument(&mut self, given: &'a hir::Expr, arguments: &[Argument<'_>]) -> Argument<'a> {
        let value = match &given.kind {
            ExprKind::Path(path) => match substitute(path, arguments) {
                Ok(path) => return Argument::Path(path),
                Err(value) => self.copy(value),
            },
            _ => self.value(given, arguments),
        };
        // Stopped here, no later step has to walk a deeper one.
        self.overgrown |= value.depth_exceeds(MAX_DEPTH);
        Argument::Value(if self.overgrown { Value::constant(0) } else { value }, &given.ty)
    }

    fn target(&mut self, path: &Path, arguments: &[Argument<'_>]) -> Target {
        match substitute(path, arguments) {
            Err(value) => Target::Value(self.copy(value)),
            Ok(path) => self.scope.place(&path).map_or(Target::Nowhere, Target::Place),
        }
    }

    /// A parameter's value once more. Definitions that use a parameter twice, applied to each other, double
    /// with every level.
    fn copy(&mut self, value: &Value) -> Value {
        self.size += value.size();
        self.overgrown |= self.size > MAX_SIZE;
        if self.overgrown { Value::constant(0) } else { value.clone() }
    }

    fn load(&mut self, place: &Place) -> Value {
        Value::slot(self.frame.value(place), place.interval)
    }

    /// A path that is known to be there. One that this entry lacks stands behind a presence that is false,
    /// so any value will do, if only it is a text where one is asked for.
    fn path(&mut self, path: &Path, text: bool, arguments: &[Argument<'_>]) -> Value {
        match self.target(path, arguments) {
            Target::Place(place) => self.load(&place),
            Target::Nowhere if text => Value::new(Expr::Literal(self.literals.add(&"".into()))),
            Target::Nowhere => Value::constant(0),
            Target::Value(value) => value,
        }
    }

    fn path_or(&mut self, path: &Path, other: &'a hir::Expr, arguments: &[Argument<'_>]) -> Value {
        match self.target(path, arguments) {
            Target::Nowhere => self.value(other, arguments),
            Target::Value(value) => value,
            Target::Place(place) => match self.frame.present(&place) {
                None => self.load(&place),
                Some(slot) => self.load(&place).or(slot, self.value(other, arguments)),
            },
        }
    }

    /// `and`. Nested ones become one; a false constant decides at once, failures or not.
    fn all(&mut self, operands: impl IntoIterator<Item = &'a hir::Expr>, arguments: &[Argument<'_>]) -> Expr {
        let mut parts = Vec::new();
        for operand in operands {
            match self.value(operand, arguments).expr {
                Expr::Const(0) => return Expr::Const(0),
                Expr::Const(_) => {}
                Expr::And(inner) => parts.extend(inner),
                part => parts.push(part),
            }
        }
        if parts.is_empty() { Expr::Const(1) } else { one_or(Expr::And, parts) }
    }

    /// `or`. Nested ones become one; a true constant decides at once, failures or not.
    fn any(&mut self, operands: &'a [hir::Expr], arguments: &[Argument<'_>]) -> Expr {
        let mut parts = Vec::new();
        for operand in operands {
            match self.value(operand, arguments).expr {
                Expr::Const(0) => {}
                Expr::Const(_) => return Expr::Const(1),
                Expr::Or(inner) => parts.extend(inner),
                part => parts.push(part),
            }
        }
        if parts.is_empty() { Expr::Const(0) } else { one_or(Expr::Or, parts) }
    }
}

/// A path in terms of the entry, or the value of the parameter that it is.
fn substitute<'v>(path: &Path, arguments: &'v [Argument<'_>]) -> Result<Path, &'v Value> {
    let Root::Param(index) = path.root else {
        return Ok(path.clone());
    };
    match &arguments[index as usize] {
        Argument::Value(value, _) => Err(value),
        Argument::Path(start) => {
            let fields = start.fields.iter().chain(&path.fields).cloned().collect();
            Ok(Path { root: start.root, fields })
        }
    }
}

/// Whether an expression fails wherever this parameter does.
fn surely_reads(expr: &hir::Expr, parameter: u32) -> bool {
    let reads = |expr: &hir::Expr| surely_reads(expr, parameter);
    match &expr.kind {
        ExprKind::Path(path) => path.root == Root::Param(parameter),
        ExprKind::Not(inner) | ExprKind::Neg(inner) | ExprKind::Matches(inner, _) => reads(inner),
        ExprKind::Compare(_, left, right) | ExprKind::Arith(_, left, right) => reads(left) || reads(right),
        ExprKind::In(inner, set) => reads(inner) || reads(set),
        ExprKind::InList(inner, _) => reads(inner),
        ExprKind::And(operands) | ExprKind::Or(operands) => operands.iter().all(reads),
        ExprKind::Call(_, arguments) => arguments.iter().any(reads),
        ExprKind::Bool(_)
        | ExprKind::Int(_)
        | ExprKind::Decimal(_)
        | ExprKind::Text(_)
        | ExprKind::Member(_)
        | ExprKind::Has(_)
        | ExprKind::Else(..) => false,
        _ => false,
    }
}
