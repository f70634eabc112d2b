//! Expressions: every operand is evaluated, failures stay visible, and each step leaves its node.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use zt_values::fold;
use zt_values::limits::REQUEST_DEPTH;
use zt_values::ranges::Weekdays;

use super::civil::Clock;
use super::facts::Facts;
use super::json;
use super::operators;
use super::patterns::Patterns;
use super::read::shown_places;
use super::trace::{self, Kind, Node, Operand, Place};
use super::value::{Cause, Found, Outcome, Reading, Value, strict};
use crate::hir::{
    self, Action, Constant, Expr, ExprKind, Hours, Inspected, LocalPart, Name, Package, Path, Pattern, Quantifier,
    Root, Ty, Zone,
};
use crate::span::Span;

/// What is the same for all expressions of one decision.
#[derive(Clone, Copy)]
pub(super) struct Ground<'a> {
    /// The package, for its definitions and the names of enum members.
    pub(super) package: &'a Package,
    /// Compiled patterns.
    pub(super) patterns: &'a Patterns,
    /// What is known of entities.
    pub(super) facts: &'a Facts<'a>,
    /// The instant of the decision.
    pub(super) now: i64,
    /// What windows say.
    pub(super) readings: &'a Readings,
}

/// What windows say, by name. A window that is not among them cannot be read.
pub(super) type Readings = BTreeMap<Name, Seen>;

/// What one window says.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    /// Of what was before.
    pub(super) past: Result<Reading, Cause>,
    /// The same as if this call were admitted.
    pub(super) counting: Result<Reading, Cause>,
    /// The key that it is read at, where that is known.
    pub(super) key: Vec<Value>,
}

/// Where paths start. What is not there cannot be read here.
#[derive(Clone, Default)]
pub(super) struct Roots<'a> {
    /// The action at hand, for the fields of its tags.
    pub(super) action: Option<&'a Action>,
    pub(super) principal: Option<&'a Reading>,
    pub(super) resource: Option<&'a Reading>,
    pub(super) context: Option<&'a Reading>,
    pub(super) input: Option<&'a Reading>,
    /// The arguments with every default, as JSON.
    pub(super) sent: Option<&'a str>,
    pub(super) event: Option<&'a Reading>,
    pub(super) output: Option<&'a Reading>,
    /// The parameters of the definition around it.
    pub(super) params: Vec<Reading>,
    /// The variables of the quantifiers around it, the outermost first.
    pub(super) vars: Vec<Reading>,
}

/// What an expression may read, and where it stands.
pub(super) struct Scope<'a> {
    pub(super) ground: Ground<'a>,
    pub(super) roots: Roots<'a>,
    /// Where it stands.
    pub(super) place: Place,
}

impl Scope<'_> {
    /// What stands at a path, if all of it is there.
    pub(super) fn read(&self, path: &Path) -> Found<'_> {
        let at =
            |list: &'_ [Reading], index: u32| usize::try_from(index).ok().and_then(|index| list.get(index).cloned());
        let root = match path.root {
            Root::Principal => self.roots.principal.map(Cow::Borrowed),
            Root::Resource => self.roots.resource.map(Cow::Borrowed),
            Root::Context => self.roots.context.map(Cow::Borrowed),
            Root::Input => self.roots.input.map(Cow::Borrowed),
            Root::Event => self.roots.event.map(Cow::Borrowed),
            Root::Output => self.roots.output.map(Cow::Borrowed),
            Root::Now => Some(Cow::Owned(Value::Instant(self.ground.now).into())),
            Root::Param(index) => at(&self.roots.params, index).map(Cow::Owned),
            Root::Var(index) => at(&self.roots.vars, index).map(Cow::Owned),
            Root::Tag => self.tag(path)?.map(Cow::Owned),
        };
        let skipped = if path.root == Root::Tag { 2 } else { 0 };
        path.fields.iter().skip(skipped).try_fold(root, |from, name| match from {
            Some(from) => self.ground.facts.step(from, name),
            None => Ok(None),
        })
    }

    /// What the action at hand says of a field of a tag, by that tag or one in it.
    fn tag(&self, path: &Path) -> Result<Option<Reading>, Cause> {
        let (Some(action), [tag, field, ..]) = (self.roots.action, &path.fields[..]) else { return Ok(None) };
        let mut uses = action.tags.iter().filter(|carried| self.carries(&carried.name, tag));
        let Some((_, says)) = uses.find_map(|carried| carried.fields.iter().find(|(name, _)| name == field)) else {
            return Ok(None);
        };
        let roots = Roots { principal: self.roots.principal, input: self.roots.input, ..Roots::default() };
        match (Scope { ground: self.ground, roots, place: Place::Rule }).value(says) {
            Outcome::Is(reading) => Ok(Some(reading)),
            Outcome::Skipped => Ok(None),
            Outcome::Failed(cause) => Err(cause),
        }
    }

    /// Whether whoever carries the one tag carries the other.
    fn carries(&self, tag: &Name, other: &Name) -> bool {
        let mut seen = BTreeSet::new();
        let mut ahead = vec![tag];
        while let Some(name) = ahead.pop() {
            if name == other {
                return true;
            }
            if seen.insert(name) {
                ahead.extend(self.ground.package.tags.get(name).iter().flat_map(|tag| &tag.parents));
            }
        }
        false
    }

    /// The same as an outcome: a read of something absent is skipped, as only a guarded one can be.
    fn outcome_at(&self, path: &Path) -> Outcome {
        match self.read(path) {
            Ok(Some(reading)) => Outcome::Is(reading.into_owned()),
            Ok(None) => Outcome::Skipped,
            Err(cause) => Outcome::Failed(cause),
        }
    }

    /// The value of an expression, where nobody asks why.
    pub(super) fn value(&self, expr: &Expr) -> Outcome {
        self.eval(expr).0
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
            ExprKind::Bool(_)
            | ExprKind::Int(_)
            | ExprKind::Decimal(_)
            | ExprKind::Text(_)
            | ExprKind::Entity(_)
            | ExprKind::Member(_) => constant(expr),
            ExprKind::List(elements) => self.list(&expr.ty, elements),
            ExprKind::Path(path) => Parts::leaf(Kind::Path, self.outcome_at(path)),
            ExprKind::Has(path) => self.has(path),
            ExprKind::Is(path, name) => self.is(path, name),
            ExprKind::Not(inner) => self.not(inner),
            ExprKind::And(conditions) => self.logic(Kind::And, Outcome::all, conditions),
            ExprKind::Or(conditions) => self.logic(Kind::Or, Outcome::any, conditions),
            ExprKind::Compare(cmp, left, right) => {
                self.strict(Kind::Comparison, &[left, right], |readings| operators::compare(*cmp, readings))
            }
            ExprKind::Arith(op, left, right) => {
                self.strict(Kind::Arithmetic, &[left, right], |readings| operators::arith(*op, &expr.ty, readings))
            }
            ExprKind::Neg(inner) => {
                self.strict(Kind::Arithmetic, &[inner], |readings| operators::neg(&expr.ty, readings))
            }
            ExprKind::In(element, collection) => self.strict(Kind::In, &[element, collection], operators::within),
            ExprKind::InList(element, list) => {
                let all: Vec<&Expr> = std::iter::once(&**element).chain(list).collect();
                self.strict(Kind::In, &all, operators::listed)
            }
            ExprKind::Matches(text, pattern) | ExprKind::Glob(text, pattern) => {
                self.strict(Kind::Matches, &[text], |readings| self.matches(pattern, readings))
            }
            ExprKind::Detect(name, Inspected::Text(text)) => {
                self.strict(Kind::Detection, &[text], |readings| self.detected_in(name, readings))
            }
            ExprKind::Detect(name, Inspected::Input) => {
                Parts::leaf(Kind::Detection, self.detected(name).ok_or(Cause::Overflow).into())
            }
            ExprKind::Under(left, right) => self.under(left, right),
            ExprKind::Runs(command, only, patterns) => {
                self.strict(Kind::Runs, &[command], |readings| operators::runs(*only, patterns, readings))
            }
            ExprKind::Quantifier { kind, over, var, body } => self.quantifier(*kind, over, *var, body),
            ExprKind::Count(collection) => self.strict(Kind::Count, &[collection], operators::count),
            ExprKind::Collect(how, left, right) => {
                self.strict(Kind::Collection, &[left, right], |readings| operators::collect(*how, readings))
            }
            ExprKind::If(condition, yes, no) => self.choose(condition, yes, no),
            ExprKind::Reading { window, counting } => self.reading(window, *counting),
            ExprKind::Hours(instant, hours) => self.hours(instant, hours),
            ExprKind::Local(instant, zone, part) => self.local(instant, zone, *part),
            ExprKind::Else(path, other) => self.path_or(path, other),
            ExprKind::Call(name, arguments) => self.call(name, arguments),
            ExprKind::Lookup(table, key, other) => self.lookup(table, key, other.as_deref()),
            ExprKind::InTable(table, key) => {
                let key: Vec<&Expr> = key.iter().collect();
                let asked = |readings: &[&Reading]| Ok(Value::Bool(self.row(table, readings)?.is_some()).into());
                self.fallible(Kind::Lookup, &key, asked)
            }
        }
    }

    fn list(&self, ty: &Ty, elements: &[Expr]) -> Parts {
        let elements: Vec<&Expr> = elements.iter().collect();
        let mut parts = self.strict(Kind::List, &elements, |readings| operators::collection(ty, readings));
        parts.operands.clear();
        if elements.iter().all(|element| constant(element).outcome != Outcome::Skipped) {
            parts.kind = Kind::Constant;
        }
        parts
    }

    fn has(&self, path: &Path) -> Parts {
        Parts::leaf(Kind::Has, self.read(path).map(|found| Value::Bool(found.is_some()).into()).into())
    }

    fn is(&self, path: &Path, name: &Name) -> Parts {
        let outcome = match self.read(path) {
            Ok(Some(found)) => match &found.value {
                Value::Entity(entity) => Outcome::truth(entity.ty == *name),
                _ => Outcome::Failed(Cause::Overflow),
            },
            Ok(None) => Outcome::Skipped,
            Err(cause) => Outcome::Failed(cause),
        };
        Parts::leaf(Kind::Is, outcome)
    }

    fn not(&self, inner: &Expr) -> Parts {
        let (outcome, node) = self.eval(inner);
        let outcome = match outcome {
            Outcome::Is(Reading { value: Value::Bool(value), .. }) => Outcome::truth(!value),
            Outcome::Is(_) => Outcome::Failed(Cause::Overflow),
            obstacle => obstacle,
        };
        Parts { children: vec![node], ..Parts::leaf(Kind::Not, outcome) }
    }

    /// `and`, `or`: every condition is evaluated, then they are combined.
    fn logic(&self, kind: Kind, combine: fn(&[Outcome]) -> Outcome, conditions: &[Expr]) -> Parts {
        let (outcomes, children) = self.each(conditions);
        Parts { children, ..Parts::leaf(kind, combine(&outcomes)) }
    }

    /// An operation that has a result only if its operands have; `None` from it is an overflow.
    fn strict(&self, kind: Kind, exprs: &[&Expr], operation: impl FnOnce(&[&Reading]) -> Option<Reading>) -> Parts {
        self.fallible(kind, exprs, |readings| operation(readings).ok_or(Cause::Overflow))
    }

    fn fallible(
        &self,
        kind: Kind,
        exprs: &[&Expr],
        operation: impl FnOnce(&[&Reading]) -> Result<Reading, Cause>,
    ) -> Parts {
        let (outcomes, nodes) = self.each(exprs.iter().copied());
        let outcome = match strict(&outcomes) {
            Ok(readings) => operation(&readings).into(),
            Err(obstacle) => obstacle,
        };
        Parts { kind, outcome, operands: self.operands(&outcomes, &nodes), children: composite(nodes) }
    }

    fn matches(&self, pattern: &Pattern, readings: &[&Reading]) -> Option<Reading> {
        match readings {
            [Reading { value: Value::Text(text) | Value::Syntax(_, text), .. }] => {
                Some(Value::Bool(self.ground.patterns.matches(pattern, text)?).into())
            }
            _ => None,
        }
    }

    /// What a table of patterns finds in a text.
    fn detected_in(&self, name: &Name, readings: &[&Reading]) -> Option<Reading> {
        match readings {
            [Reading { value: Value::Text(text) | Value::Syntax(_, text), .. }] => self.found(name, &[text]),
            _ => None,
        }
    }

    /// What a table of patterns finds in the arguments.
    fn detected(&self, name: &Name) -> Option<Reading> {
        let sent = json::read(self.roots.sent?, REQUEST_DEPTH).ok()?;
        let mut texts = Vec::new();
        sent.texts(&mut texts);
        self.found(name, &texts)
    }

    /// Of everything that is found in these texts, the highest.
    fn found(&self, name: &Name, texts: &[&str]) -> Option<Reading> {
        let detector = self.ground.package.detectors.get(name)?;
        let folded: Vec<_> = texts.iter().map(|text| fold(text)).collect();
        let mut says = 0;
        for row in detector.rows.iter() {
            for text in &folded {
                // A pattern that cannot be asked is a failure, and not one that finds nothing.
                if self.ground.patterns.finds(&row.pattern, text)? {
                    says = says.max(row.says);
                }
            }
        }
        let value = match &detector.ty {
            Ty::Enum(name) => Value::Member(name.clone(), says),
            _ => Value::Bool(says > 0),
        };
        Some(value.into())
    }

    /// Of entities, what is above one is asked whichever they are.
    fn under(&self, left: &Expr, right: &Expr) -> Parts {
        self.fallible(Kind::Under, &[left, right], |readings| {
            let held = match readings {
                [Reading { value: Value::Entity(below), .. }, Reading { value: Value::Entity(above), .. }] => {
                    let known = self.ground.facts.of(below)?;
                    below.is(above) || known.above.contains(&(above.ty.clone(), above.id.clone()))
                }
                [left, right] => operators::under(&left.value, &right.value).ok_or(Cause::Overflow)?,
                _ => return Err(Cause::Overflow),
            };
            Ok(Value::Bool(held).into())
        })
    }

    /// The condition is asked of every element, in the collection's order.
    fn quantifier(&self, kind: Quantifier, over: &Expr, var: u32, body: &Expr) -> Parts {
        let (outcome, node) = self.eval(over);
        let operands = self.operands(std::slice::from_ref(&outcome), std::slice::from_ref(&node));
        let mut children = composite(vec![node]);
        let (elements, places) = match &outcome {
            Outcome::Is(reading) => (reading.value.elements(), reading.places),
            _ => (None, 0),
        };
        let Some(elements) = elements else {
            let outcome = if let Outcome::Is(_) = outcome { Outcome::Failed(Cause::Overflow) } else { outcome };
            return Parts { kind: Kind::Quantifier, outcome, operands, children };
        };
        let mut outcomes = Vec::new();
        let mut bodies = Vec::new();
        for element in elements {
            let mut vars = self.roots.vars.clone();
            vars.truncate(usize::try_from(var).unwrap_or(usize::MAX));
            vars.push(Reading { value: element.clone(), places });
            let roots = Roots { vars, ..self.roots.clone() };
            let inside = Scope { ground: self.ground, roots, place: self.place.clone() };
            let (outcome, node) = inside.eval(body);
            outcomes.push(outcome);
            bodies.push(node);
        }
        let outcome = match kind {
            Quantifier::Any => Outcome::any(&outcomes),
            Quantifier::All => Outcome::all(&outcomes),
            Quantifier::Count => match strict(&outcomes) {
                Ok(_) => {
                    let held = outcomes.iter().filter(|outcome| outcome.is(true)).count();
                    Outcome::Is(Value::Int(i64::try_from(held).unwrap_or(i64::MAX)).into())
                }
                Err(obstacle) => obstacle,
            },
        };
        // Of many elements those that settle it say why.
        let neutral = if kind == Quantifier::All { trace::Outcome::True } else { trace::Outcome::False };
        let (settling, others): (Vec<Node>, Vec<Node>) = bodies.into_iter().partition(|body| body.outcome != neutral);
        children.extend(settling.into_iter().chain(others).take(SHOWN_BODIES));
        Parts { kind: Kind::Quantifier, outcome, operands, children }
    }

    /// Only the chosen branch is evaluated.
    fn choose(&self, condition: &Expr, yes: &Expr, no: &Expr) -> Parts {
        let (outcome, node) = self.eval(condition);
        let mut children = vec![node];
        let outcome = match outcome {
            Outcome::Is(Reading { value: Value::Bool(truth), .. }) => {
                let (outcome, node) = self.eval(if truth { yes } else { no });
                children.push(node);
                outcome
            }
            Outcome::Is(_) => Outcome::Failed(Cause::Overflow),
            obstacle => obstacle,
        };
        Parts { children: composite(children), ..Parts::leaf(Kind::If, outcome) }
    }

    fn reading(&self, window: &Name, counting: bool) -> Parts {
        let seen = self.ground.readings.get(window);
        let reading = seen.map(|seen| if counting { &seen.counting } else { &seen.past }).cloned();
        let outcome: Outcome = reading.unwrap_or_else(|| Err(Cause::Window(window.clone()))).into();
        let key = seen.into_iter().flat_map(|seen| &seen.key).map(|part| Outcome::Is(part.clone().into()));
        let operands = key.map(|part| Operand { span: None, outcome: self.shown(&part, 0) }).collect();
        Parts { operands, ..Parts::leaf(Kind::Reading, outcome) }
    }

    fn hours(&self, instant: &Expr, hours: &Hours) -> Parts {
        let mut local = None;
        let mut parts = self.fallible(Kind::Hours, &[instant], |readings| {
            let (clock, at) = local_clock(&hours.zone, readings)?;
            let days = Weekdays::from_bits(hours.days).ok_or(Cause::Zone)?;
            let held = clock.within(at, days, hours.start, hours.end).map_err(|_| Cause::Zone)?;
            local = clock.tell(at).ok();
            Ok(Value::Bool(held).into())
        });
        let shown = |local: String| trace::Outcome::Value(format!("{local} in {}", hours.zone.name));
        parts.operands.extend(local.map(|local| Operand { span: None, outcome: shown(local) }));
        parts
    }

    fn local(&self, instant: &Expr, zone: &Zone, part: LocalPart) -> Parts {
        self.fallible(Kind::Local, &[instant], |readings| {
            let (clock, at) = local_clock(zone, readings)?;
            let shown = clock.local(at).map_err(|_| Cause::Zone)?;
            let value = match part {
                LocalPart::Date => Value::Date(shown.days),
                LocalPart::Time => Value::Time(shown.time),
                LocalPart::Weekday => Value::Int(i64::from(shown.weekday.iso())),
            };
            Ok(value.into())
        })
    }

    /// Only the chosen branch is evaluated: a failure of the other one is none.
    fn path_or(&self, path: &Path, other: &Expr) -> Parts {
        match self.read(path) {
            Ok(Some(reading)) => Parts::leaf(Kind::Else, Outcome::Is(reading.into_owned())),
            Err(cause) => Parts::leaf(Kind::Else, Outcome::Failed(cause)),
            Ok(None) => {
                let (outcome, node) = self.eval(other);
                Parts { children: composite(vec![node]), ..Parts::leaf(Kind::Else, outcome) }
            }
        }
    }

    /// What a table says; where it has no row only then the other value is evaluated.
    fn lookup(&self, table: &Name, key: &[Expr], other: Option<&Expr>) -> Parts {
        let (outcomes, nodes) = self.each(key);
        let mut operands = self.operands(&outcomes, &nodes);
        let mut children = composite(nodes);
        let outcome = match (strict(&outcomes), other) {
            (Ok(readings), other) => match (self.row(table, &readings), other) {
                (Err(cause), _) => Outcome::Failed(cause),
                (Ok(Some(found)), _) => Outcome::Is(found),
                (Ok(None), Some(other)) => {
                    let (outcome, node) = self.eval(other);
                    children.extend(composite(vec![node]));
                    operands.push(Operand { span: None, outcome: trace::Outcome::Value("no row".to_owned()) });
                    outcome
                }
                // The check lets only tables stand so that have every row.
                (Ok(None), None) => Outcome::Failed(Cause::File),
            },
            (Err(obstacle), _) => obstacle,
        };
        Parts { kind: Kind::Lookup, outcome, operands, children }
    }

    /// The row of a table under a key.
    fn row(&self, table: &Name, key: &[&Reading]) -> Result<Option<Reading>, Cause> {
        let key: Option<Vec<Constant>> = key.iter().map(|reading| reading.value.constant()).collect();
        let (Some(table), Some(key)) = (self.ground.package.tables.get(table), key) else { return Ok(None) };
        let Some(source) = &table.source else { return Ok(kept(table, &key)) };
        let says = self.ground.facts.row(table, source, &key)?;
        let places = table.value.as_ref().map_or(0, |ty| shown_places(&ty.bounds));
        Ok(says.map(|value| Reading { value, places }))
    }
    fn call(&self, name: &Name, arguments: &[Expr]) -> Parts {
        let (outcomes, nodes) = self.each(arguments);
        let operands = self.operands(&outcomes, &nodes);
        let mut children = composite(nodes);
        // Strict: a definition is never asked about an argument that has no value.
        let outcome = match (strict(&outcomes), self.ground.package.defines.get(name)) {
            (Ok(readings), Some(define)) => {
                let params = readings.into_iter().cloned().collect();
                let inside = Scope {
                    ground: self.ground,
                    roots: Roots { params, ..Roots::default() },
                    place: Place::Define(name.clone()),
                };
                let (outcome, body) = inside.eval(&define.body);
                children.push(body);
                outcome
            }
            (Ok(_), None) => Outcome::Failed(Cause::Overflow),
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
            Outcome::Is(reading) => {
                trace::Outcome::Value(reading.value.show(self.ground.package, reading.places.max(places)))
            }
            Outcome::Failed(_) => trace::Outcome::Failed,
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

/// Of how many elements a trace says what a quantifier found.
const SHOWN_BODIES: usize = 8;

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
}

/// A constant as a value of its type; skipped if it is none.
fn constant(expr: &Expr) -> Parts {
    let value = Value::written(expr).filter(|_| !matches!(expr.kind, ExprKind::List(_)));
    Parts::leaf(Kind::Constant, value.map_or(Outcome::Skipped, |value| Outcome::Is(value.into())))
}

/// The clock of a zone, and the instant at which it is asked.
fn local_clock(zone: &Zone, readings: &[&Reading]) -> Result<(Clock, i64), Cause> {
    let [Reading { value: Value::Instant(at), .. }] = readings else { return Err(Cause::Zone) };
    Ok((Clock::new(&zone.name).map_err(|_| Cause::Zone)?, *at))
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

/// The row of a table that is in the package.
fn kept(table: &hir::Table, key: &[Constant]) -> Option<Reading> {
    let said = table.rows.get(key)?;
    let Some(ty) = &table.value else { return Some(Value::Bool(true).into()) };
    let value = match (said, ty.ty.base()) {
        (Constant::Bool(value), _) => Value::Bool(*value),
        (Constant::Number(number), base) => Value::number(base, *number)?,
        (Constant::Text(text), Ty::Syntax(syntax)) => Value::Syntax(*syntax, text.clone()),
        (Constant::Text(text), _) => Value::Text(text.clone()),
        (Constant::Member(index), Ty::Enum(name)) => Value::Member(name.clone(), *index),
        (Constant::Member(_) | Constant::Entity(..), _) => return None,
    };
    Some(Reading { value, places: shown_places(&ty.bounds) })
}
