//! Windows and one call, or one event: what they say to it, and what it brings them.

use std::collections::BTreeSet;

use zt_values::{is_ident, parts};

use super::expr::{Ground, Readings, Roots, Scope, Seen};
use super::host::Host;
use super::read::canonical;
use super::trace::Place;
use super::value::{self, Cause, Reading, Value};
use super::world::{Record, Unreadable, World, sum};
use crate::hir::{Aggregate, Effect, Expr, ExprKind, Name, Outcome, Package, Recorded, Rule, Ty, Window};

/// One window and what stands at a call's key.
pub(super) struct Touched<'p> {
    pub(super) window: &'p Window,
    /// What the call has to do with it.
    pub(super) share: Share,
    /// The key, if it has one.
    pub(super) key: Option<Vec<Value>>,
}

/// What a call or an event brings to a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Share {
    /// Nothing: it is not of those that the window is for, or its `where` is false.
    None,
    /// These items.
    Items(Vec<Value>),
    /// Nobody can tell.
    Failed,
}

/// Where the paths of a window's expressions start.
pub(super) struct Asker<'a> {
    pub(super) ground: Ground<'a>,
    pub(super) roots: Roots<'a>,
    pub(super) host: &'a Host,
}

impl Asker<'_> {
    fn value(&self, expr: &Expr) -> Option<Reading> {
        let scope = Scope { ground: self.ground, roots: self.roots.clone(), place: Place::Rule };
        match scope.value(expr) {
            value::Outcome::Is(reading) => Some(reading),
            value::Outcome::Failed(_) | value::Outcome::Skipped => None,
        }
    }

    /// What one window has to do with the call. `holds` is whether it is for such calls at all.
    pub(super) fn touch<'p>(&self, window: &'p Window, holds: bool) -> Touched<'p> {
        let key = window.key.iter().map(|part| self.value(part).map(|reading| reading.value.bare())).collect();
        let share = if holds { self.share(window, &key) } else { Share::None };
        Touched { window, share, key }
    }

    fn share(&self, window: &Window, key: &Option<Vec<Value>>) -> Share {
        match window.condition.as_ref().map(|condition| self.value(condition)) {
            None => {}
            Some(Some(Reading { value: Value::Bool(true), .. })) => {}
            Some(Some(Reading { value: Value::Bool(false), .. })) => return Share::None,
            Some(_) => return Share::Failed,
        }
        match self.items(window) {
            Some(items) if key.is_some() => Share::Items(items),
            _ => Share::Failed,
        }
    }

    /// The items of an entry.
    fn items(&self, window: &Window) -> Option<Vec<Value>> {
        let value = match &window.value {
            Some(value) => self.value(value)?.value,
            // That it happened is all there is.
            None => Value::Bool(true),
        };
        match window.aggregate {
            Aggregate::Count => Some(vec![value]),
            Aggregate::Sum => value.as_number().filter(|number| *number >= 0).map(|_| vec![value]),
            Aggregate::Distinct | Aggregate::Set => {
                let elements = match value.elements() {
                    Some(elements) => elements.into_iter().cloned().collect(),
                    None => vec![value],
                };
                Some(elements.into_iter().flat_map(|element| remembered(window, element)).collect())
            }
        }
    }

    /// What a window says.
    fn seen(&self, world: &World, touched: &Touched<'_>) -> Seen {
        let window = touched.window;
        let say = |items: Result<Vec<Value>, Unreadable>| {
            items.ok().and_then(|items| self.aggregate(window, &items)).ok_or(Cause::Window(window.name.clone()))
        };
        let live = match &touched.key {
            Some(key) => world.live(window, key, self.host),
            None => Err(Unreadable),
        };
        let past = say(live.as_ref().map(|live| live.items()).map_err(|why| *why));
        let counting = match &touched.share {
            Share::None => past.clone(),
            Share::Items(more) => say(live.and_then(|live| live.with(window, more))),
            Share::Failed => Err(Cause::Window(window.name.clone())),
        };
        Seen { past, counting, key: touched.key.clone().unwrap_or_default() }
    }

    fn aggregate(&self, window: &Window, items: &[Value]) -> Option<Reading> {
        let value = match window.aggregate {
            Aggregate::Count | Aggregate::Distinct => Value::Int(i64::try_from(items.len()).ok()?),
            Aggregate::Sum => Value::number(&window.ty, sum(items)?)?,
            Aggregate::Set => Value::Set(items.iter().cloned().collect()),
        };
        Some(value.into())
    }
}

/// Touches every window of a package for a call of this action and type of principal, and reads them all. What a limit
/// counts may ask the windows that are declared; they ask none.
pub(super) fn of_call<'p>(
    package: &'p Package,
    asker: &Asker<'_>,
    world: &World,
    pair: &(Name, Name),
) -> (Vec<Touched<'p>>, Readings) {
    let mut all = Vec::new();
    let mut readings = Readings::new();
    for limits in [false, true] {
        let known = readings.clone();
        let ground = Ground { readings: &known, ..asker.ground };
        let asker = Asker { ground, roots: asker.roots.clone(), host: asker.host };
        for window in package.windows.values().filter(|window| window.limit == limits) {
            let holds = matches!(&window.of, Recorded::Calls(_, pairs) if pairs.contains(pair));
            let touched = asker.touch(window, holds);
            readings.insert(window.name.clone(), asker.seen(world, &touched));
            all.push(touched);
        }
    }
    (all, readings)
}

impl<'p> Touched<'p> {
    /// Whether the window holds calls that ended in one of these ways.
    pub(super) fn goes_into(&self, outcomes: &[Outcome]) -> bool {
        matches!(&self.window.of, Recorded::Calls(of, _) if outcomes.contains(of))
    }

    /// What is to be appended, if it is known and not nothing.
    pub(super) fn record(&self) -> Option<Record<'p>> {
        match (&self.share, &self.key) {
            (Share::Items(items), Some(key)) => {
                Some(Record { window: self.window, key: key.clone(), items: items.clone() })
            }
            _ => None,
        }
    }
}

/// What a set remembers of a value: from a text every part that is of the set's type.
fn remembered(window: &Window, value: Value) -> Vec<Value> {
    let element = match window.ty.base() {
        Ty::Set(element) => element.base(),
        _ => return vec![value.bare()],
    };
    match (element, &value) {
        (Ty::Syntax(syntax), Value::Text(text)) => {
            parts(text).filter_map(|part| Some(Value::Syntax(*syntax, canonical(*syntax, part)?))).collect()
        }
        // Every `Ident` is an identifier already.
        (Ty::Ident, Value::Text(text)) if !is_ident(text) => {
            parts(text).filter(|part| is_ident(part)).map(|part| Value::Text(part.into())).collect()
        }
        _ => vec![value.bare()],
    }
}

/// The windows that a rule reads, its policy's guard included. What its messages show changes no result.
pub(super) fn read_by<'p>(package: &'p Package, guard: Option<&'p Expr>, rule: &'p Rule) -> BTreeSet<&'p Name> {
    let arguments = rule.obligations.iter().flat_map(|due| &due.args);
    let mut ahead: Vec<&Expr> = guard.into_iter().chain([&rule.condition]).chain(arguments).collect();
    let mut found = BTreeSet::new();
    while let Some(expr) = ahead.pop() {
        if let ExprKind::Reading { window, .. } = &expr.kind {
            found.insert(window);
        }
        ahead.extend(expr.parts());
    }
    // A limit reads its own.
    if rule.effect == Effect::Limit {
        found.extend(rule.limit.iter().map(|(window, _)| window));
    }
    found.retain(|window| package.windows.contains_key(&***window));
    found
}
