//! Expressions: every operand is evaluated, failures stay visible, and each step leaves its node.

use super::patterns::Patterns;
use super::request::Request;
use super::trace::{self, Kind, Node, Operand, Place};
use super::value::{Outcome, Reading, Value, strict};
use crate::hir::{Arith, Cmp, Expr, ExprKind, Name, Package, Path, Pattern, Root, Ty};
use crate::span::Span;

/// What an expression may read, and where it stands.
pub(super) struct Scope<'a> {
    /// The package, for its definitions and the names of enum members.
    pub(super) package: &'a Package,
    /// Compiled patterns.
    pub(super) patterns: &'a Patterns,
    /// What is read.
    pub(super) roots: Roots<'a>,
    /// Where it stands.
    pub(super) place: Place,
}

/// Where paths start.
pub(super) enum Roots<'a> {
    /// In a policy: the request.
    Request(&'a Request),
    /// In a definition: its parameters.
    Params(Vec<Reading>),
}

impl Scope<'_> {
    /// What stands at a path, if all of it is there.
    pub(super) fn read(&self, path: &Path) -> Option<&Reading> {
        let root = match (&self.roots, path.root) {
            (Roots::Request(request), Root::Principal) => &request.principal,
            (Roots::Request(request), Root::Resource) => request.resource.as_ref()?,
            (Roots::Request(request), Root::Context) => request.context.as_ref()?,
            (Roots::Request(request), Root::Input) => &request.input,
            (Roots::Params(params), Root::Param(index)) => params.get(usize::try_from(index).ok()?)?,
            (Roots::Request(_), _) | (Roots::Params(_), _) => return None,
        };
        path.fields.iter().try_fold(root, |reading, name| reading.value.field(name))
    }

    /// The same as an outcome: a read of something absent is skipped, as only a guarded one can be.
    fn outcome_at(&self, path: &Path) -> Outcome {
        self.read(path).map_or(Outcome::Skipped, |reading| Outcome::Is(reading.clone()))
    }

    /// Evaluates an expression.
    pub(super) fn eval(&self, expr: &Expr) -> (Outcome, Node) {
        let Parts { kind, outcome, operands, children } = self.parts(expr);
        let shown = self.shown(&outcome, 0);
        let place = self.place.clone();
        (outcome, Node { span: expr.span, place, kind, outcome: shown, operands, children })
    }

    /// One arm, one call: expressions nest deep, and what every arm keeps on the stack adds up.
    fn parts(&self, expr: &Expr) -> Parts {
        match &expr.kind {
            ExprKind::Bool(value) => Parts::constant(Value::Bool(*value)),
            ExprKind::Int(value) => Parts::constant(Value::Int(*value)),
            ExprKind::Decimal(value) => Parts::constant(Value::Decimal(*value)),
            ExprKind::Text(text) => Parts::constant(Value::Text(text.clone())),
            ExprKind::Member(index) => match expr.ty.base() {
                Ty::Enum(name) => Parts::constant(Value::Member(name.clone(), *index)),
                _ => Parts::leaf(Kind::Constant, Outcome::Failed),
            },
            ExprKind::Path(path) => Parts::leaf(Kind::Path, self.outcome_at(path)),
            ExprKind::Has(path) => Parts::leaf(Kind::Has, Outcome::truth(self.read(path).is_some())),
            ExprKind::Not(inner) => self.not(inner),
            ExprKind::And(conditions) => self.logic(Kind::And, Outcome::all, conditions),
            ExprKind::Or(conditions) => self.logic(Kind::Or, Outcome::any, conditions),
            ExprKind::Compare(cmp, left, right) => {
                self.strict(Kind::Comparison, &[left, right], |readings| compare(*cmp, readings))
            }
            ExprKind::Arith(op, left, right) => {
                self.strict(Kind::Arithmetic, &[left, right], |readings| arith(*op, readings))
            }
            ExprKind::Neg(inner) => self.strict(Kind::Arithmetic, &[inner], neg),
            ExprKind::In(element, set) => self.within(element, set),
            ExprKind::InList(element, list) => {
                let all: Vec<&Expr> = std::iter::once(&**element).chain(list).collect();
                self.strict(Kind::In, &all, listed)
            }
            ExprKind::Matches(text, pattern) => {
                self.strict(Kind::Matches, &[text], |readings| self.matches(pattern, readings))
            }
            ExprKind::Else(path, other) => self.path_or(path, other),
            ExprKind::Call(name, arguments) => self.call(name, arguments),
            _ => Parts::leaf(Kind::Constant, Outcome::Failed),
        }
    }

    fn not(&self, inner: &Expr) -> Parts {
        let (outcome, node) = self.eval(inner);
        let outcome = match outcome {
            Outcome::Is(Reading { value: Value::Bool(value), .. }) => Outcome::truth(!value),
            Outcome::Skipped => Outcome::Skipped,
            _ => Outcome::Failed,
        };
        Parts { children: vec![node], ..Parts::leaf(Kind::Not, outcome) }
    }

    /// `and`, `or`: every condition is evaluated, then they are combined.
    fn logic(&self, kind: Kind, combine: fn(&[Outcome]) -> Outcome, conditions: &[Expr]) -> Parts {
        let (outcomes, children) = self.each(conditions);
        Parts { children, ..Parts::leaf(kind, combine(&outcomes)) }
    }

    /// An operation that has a result only if its operands have; `None` from it is a failure.
    fn strict(&self, kind: Kind, exprs: &[&Expr], operation: impl FnOnce(&[&Reading]) -> Option<Reading>) -> Parts {
        let (outcomes, nodes) = self.each(exprs.iter().copied());
        self.applied(kind, &outcomes, nodes, operation)
    }

    fn applied(
        &self,
        kind: Kind,
        outcomes: &[Outcome],
        nodes: Vec<Node>,
        operation: impl FnOnce(&[&Reading]) -> Option<Reading>,
    ) -> Parts {
        let outcome = match strict(outcomes) {
            Ok(readings) => operation(&readings).map_or(Outcome::Failed, Outcome::Is),
            Err(obstacle) => obstacle,
        };
        Parts { kind, outcome, operands: self.operands(outcomes, &nodes), children: composite(nodes) }
    }

    fn within(&self, element: &Expr, set: &Expr) -> Parts {
        let (outcomes, nodes) = self.each([element, set]);
        self.applied(Kind::In, &outcomes, nodes, |readings| match readings {
            [element, Reading { value: Value::Set(set), .. }] => Some(Value::Bool(set.contains(&element.value)).into()),
            _ => None,
        })
    }

    fn matches(&self, pattern: &Pattern, readings: &[&Reading]) -> Option<Reading> {
        match readings {
            [Reading { value: Value::Text(text), .. }] => {
                Some(Value::Bool(self.patterns.matches(pattern, text)).into())
            }
            _ => None,
        }
    }

    /// Only the chosen branch is evaluated: a failure of the other one is none.
    fn path_or(&self, path: &Path, other: &Expr) -> Parts {
        if let Some(reading) = self.read(path) {
            return Parts::leaf(Kind::Else, Outcome::Is(reading.clone()));
        }
        let (outcome, node) = self.eval(other);
        Parts { children: composite(vec![node]), ..Parts::leaf(Kind::Else, outcome) }
    }

    fn call(&self, name: &Name, arguments: &[Expr]) -> Parts {
        let (outcomes, nodes) = self.each(arguments);
        let operands = self.operands(&outcomes, &nodes);
        let mut children = composite(nodes);
        // Strict: a definition is never asked about an argument that has no value.
        let outcome = match (strict(&outcomes), self.package.defines.get(name)) {
            (Ok(readings), Some(define)) => {
                let inside = Scope {
                    package: self.package,
                    patterns: self.patterns,
                    roots: Roots::Params(readings.into_iter().cloned().collect()),
                    place: Place::Define(name.clone()),
                };
                let (outcome, body) = inside.eval(&define.body);
                children.push(body);
                outcome
            }
            (Ok(_), None) => Outcome::Failed,
            (Err(obstacle), _) => obstacle,
        };
        Parts { kind: Kind::Definition, outcome, operands, children }
    }

    /// Evaluates several.
    fn each<'e>(&self, exprs: impl IntoIterator<Item = &'e Expr>) -> (Vec<Outcome>, Vec<Node>) {
        let mut outcomes = Vec::new();
        let mut nodes = Vec::new();
        for expr in exprs {
            let (outcome, node) = self.eval(expr);
            outcomes.push(outcome);
            nodes.push(node);
        }
        (outcomes, nodes)
    }

    /// An outcome for the trace. A `Decimal` is shown with at least this many digits after the point.
    fn shown(&self, outcome: &Outcome, places: u8) -> trace::Outcome {
        match outcome {
            Outcome::Is(Reading { value: Value::Bool(true), .. }) => trace::Outcome::True,
            Outcome::Is(Reading { value: Value::Bool(false), .. }) => trace::Outcome::False,
            Outcome::Is(reading) => trace::Outcome::Value(reading.value.show(self.package, reading.places.max(places))),
            Outcome::Failed => trace::Outcome::Failed,
            Outcome::Skipped => trace::Outcome::NotEvaluated,
        }
    }

    /// Operands side by side, with equally many digits: `60.00` and `50.00`, not `60.00` and `50`.
    fn operands(&self, outcomes: &[Outcome], nodes: &[Node]) -> Vec<Operand> {
        let places = outcomes.iter().map(places_of).max().unwrap_or(0);
        let spans = nodes.iter().map(|node| Some(node.span)).chain(std::iter::repeat(None::<Span>));
        let shown = outcomes.iter().map(|outcome| self.shown(outcome, places));
        spans.zip(shown).map(|(span, outcome)| Operand { span, outcome }).collect()
    }
}

/// What came of an expression, but for its place.
struct Parts {
    kind: Kind,
    outcome: Outcome,
    operands: Vec<Operand>,
    children: Vec<Node>,
}

impl Parts {
    fn leaf(kind: Kind, outcome: Outcome) -> Self {
        Parts { kind, outcome, operands: vec![], children: vec![] }
    }

    fn constant(value: Value) -> Self {
        Parts::leaf(Kind::Constant, Outcome::Is(value.into()))
    }
}

/// The nodes that say more than their values do.
fn composite(nodes: Vec<Node>) -> Vec<Node> {
    nodes.into_iter().filter(|node| !matches!(node.kind, Kind::Constant | Kind::Path)).collect()
}

fn places_of(outcome: &Outcome) -> u8 {
    match outcome {
        Outcome::Is(reading) => reading.places,
        _ => 0,
    }
}

/// Compares two values of one type.
fn compare(cmp: Cmp, readings: &[&Reading]) -> Option<Reading> {
    let [left, right] = readings else { return None };
    let order = match (&left.value, &right.value) {
        (Value::Int(left), Value::Int(right)) | (Value::Decimal(left), Value::Decimal(right)) => Some(left.cmp(right)),
        (Value::Member(_, left), Value::Member(_, right)) => Some(left.cmp(right)),
        // Everything else is equal or different, nothing more.
        _ => None,
    };
    let truth = match cmp {
        Cmp::Eq => left.value.same(&right.value),
        Cmp::Ne => !left.value.same(&right.value),
        Cmp::Lt => order?.is_lt(),
        Cmp::Le => order?.is_le(),
        Cmp::Gt => order?.is_gt(),
        Cmp::Ge => order?.is_ge(),
    };
    Some(Value::Bool(truth).into())
}

/// Whether the first is among the others.
fn listed(readings: &[&Reading]) -> Option<Reading> {
    let (element, list) = readings.split_first()?;
    Some(Value::Bool(list.iter().any(|other| element.value.same(&other.value))).into())
}

/// Exact arithmetic; `None` where the result has no place in 64 bits.
fn arith(op: Arith, readings: &[&Reading]) -> Option<Reading> {
    let [left, right] = readings else { return None };
    let apply = |left: i64, right: i64| match op {
        Arith::Add => left.checked_add(right),
        Arith::Sub => left.checked_sub(right),
        Arith::Mul => left.checked_mul(right),
    };
    let value = match (&left.value, &right.value) {
        (Value::Int(left), Value::Int(right)) => Value::Int(apply(*left, *right)?),
        (Value::Decimal(left), Value::Decimal(right)) if op != Arith::Mul => Value::Decimal(apply(*left, *right)?),
        // Of a product one side is a whole number and not in ten-thousandths.
        (Value::Decimal(left), Value::Int(right)) | (Value::Int(left), Value::Decimal(right)) if op == Arith::Mul => {
            Value::Decimal(apply(*left, *right)?)
        }
        _ => return None,
    };
    Some(Reading { value, places: left.places.max(right.places) })
}

fn neg(readings: &[&Reading]) -> Option<Reading> {
    let [inner] = readings else { return None };
    let value = match &inner.value {
        Value::Int(value) => Value::Int(value.checked_neg()?),
        Value::Decimal(value) => Value::Decimal(value.checked_neg()?),
        _ => return None,
    };
    Some(Reading { value, places: inner.places })
}
