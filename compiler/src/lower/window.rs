//! Windows: what they are, who reads them, and what an entry does with them.

use std::collections::{BTreeMap, BTreeSet};

use zt_lang::hir::{self, ExprKind, Name, Ty};
use zt_runtime::ir::{Brought, EntryWindow, Over, Recorded, Recording, Sought, Window};
use zt_runtime::store::Aggregate;
use zt_values::civil::Unit;

use super::context::Lowering;
use super::types::{Types, elements, kind, lower_syntax};

/// Who reads which windows.
pub(super) struct Readers<'a> {
    package: &'a hir::Package,
    /// Every window by its name; a limit's by its rule's full name.
    pub(super) windows: BTreeMap<&'a str, &'a hir::Window>,
    /// The same in order, by their numbers.
    ordered: Vec<(&'a str, &'a hir::Window)>,
    numbers: BTreeMap<&'a str, u32>,
    /// The numbers of the windows that calls of an action by a type of principal are recorded in.
    recording: BTreeMap<(&'a str, &'a str), BTreeSet<u32>>,
    enforced: BTreeSet<&'a str>,
    shadow: BTreeSet<&'a str>,
    /// Those that messages show, or what approvers are shown.
    shown: BTreeSet<&'a str>,
}

impl<'a> Readers<'a> {
    pub(super) fn new(package: &'a hir::Package) -> Self {
        let windows: BTreeMap<&str, &hir::Window> =
            package.windows.iter().map(|(name, window)| (&**name, &**window)).collect();
        let ordered: Vec<_> = windows.iter().map(|(name, window)| (*name, *window)).collect();
        let numbers: BTreeMap<&str, u32> = windows.keys().copied().zip(0..).collect();
        let mut recording: BTreeMap<_, BTreeSet<u32>> = BTreeMap::new();
        for (window, number) in windows.values().zip(0..) {
            let hir::Recorded::Calls(_, pairs) = &window.of else { continue };
            for (action, principal) in pairs {
                recording.entry((&**action, &**principal)).or_default().insert(number);
            }
        }
        let rules = package.policies.iter().flat_map(|policy| &policy.rules);
        let messages = rules.flat_map(|rule| rule.because.iter().chain(&rule.tell)).flatten();
        let notices = package.notices.values().flat_map(|notice| &notice.parts).flat_map(|(_, pieces)| pieces);
        let shown = messages.chain(notices).filter_map(|piece| match piece {
            hir::Piece::Reading { window, .. } => Some(&**window),
            _ => None,
        });
        let shown = shown.collect();
        let (enforced, shadow) = (BTreeSet::new(), BTreeSet::new());
        let mut readers = Readers { package, windows, ordered, numbers, recording, enforced, shadow, shown };
        for policy in &package.policies {
            for rule in &policy.rules {
                let read = readers.of_rule(policy, rule);
                if rule.shadow { readers.shadow.extend(read) } else { readers.enforced.extend(read) }
            }
        }
        readers
    }

    /// The index of a window.
    pub(super) fn index(&self, name: &str) -> u32 {
        *self.numbers.get(name).expect("the check knows every window")
    }

    /// The windows that a rule reads: in its condition and its policy's guard, and in what it obliges to.
    pub(super) fn of_rule(&self, policy: &'a hir::Policy, rule: &'a hir::Rule) -> BTreeSet<&'a str> {
        let (mut read, mut seen) = (BTreeSet::new(), BTreeSet::new());
        if self.windows.is_empty() {
            return read;
        }
        let args = rule.obligations.iter().flat_map(|due| &due.args);
        for expr in policy.guard.iter().chain([&rule.condition]).chain(args) {
            self.walk(expr, &mut read, &mut seen);
        }
        // What messages show changes no result.
        read
    }

    fn walk(&self, expr: &'a hir::Expr, read: &mut BTreeSet<&'a str>, seen: &mut BTreeSet<&'a str>) {
        match &expr.kind {
            ExprKind::Reading { window, .. } => {
                read.insert(window);
            }
            ExprKind::Call(name, _) if seen.insert(name) => self.walk(&self.package.defines[name].body, read, seen),
            _ => {}
        }
        for part in expr.parts() {
            self.walk(part, read, seen);
        }
    }

    /// The windows of the program.
    pub(super) fn lower(&self, types: &mut Types<'a>) -> Vec<Window> {
        let lower = |(name, window): (&&'a str, &&'a hir::Window)| Window {
            name: (*name).to_owned(),
            limit: window.limit,
            aggregate: aggregate(window.aggregate),
            of: match window.of {
                hir::Recorded::Calls(hir::Outcome::Admitted, _) => Recorded::Admitted,
                hir::Recorded::Calls(hir::Outcome::Attempted, _) => Recorded::Attempted,
                hir::Recorded::Calls(hir::Outcome::Denied, _) => Recorded::Denied,
                hir::Recorded::Calls(hir::Outcome::Failed, _) => Recorded::Failed,
                hir::Recorded::Calls(hir::Outcome::Succeeded, _) => Recorded::Succeeded,
                hir::Recorded::Events(_) => Recorded::Event,
            },
            over: match &window.over {
                hir::Over::Sliding(span) => Over::Sliding(*span),
                hir::Over::Calendar(unit, zone) => Over::Calendar(calendar_unit(*unit), (*zone.rules).clone()),
            },
            bound: window.bound,
            kind: kind(elements(&window.ty), types),
            enforced: self.enforced.contains(name),
            shadow: self.shadow.contains(name),
        };
        self.windows.iter().map(lower).collect()
    }

    /// The windows that calls of an entry are recorded in, or that rules in its scope read.
    pub(super) fn of_entry(
        &self,
        action: &'a hir::Action,
        principal: &Name,
        rules: &[(&'a hir::Policy, &'a hir::Rule)],
        lowering: &mut Lowering<'a, '_>,
    ) -> Vec<EntryWindow> {
        let read: BTreeSet<&str> = rules.iter().flat_map(|(policy, rule)| self.of_rule(policy, rule)).collect();
        let maxima: BTreeMap<&str, i64> =
            rules.iter().filter_map(|(_, rule)| rule.limit.as_ref()).map(|(name, max)| (&**name, *max)).collect();
        // Of many windows few have to do with an entry. What messages show or conditions read has a place by now.
        let none = BTreeSet::new();
        let recording = self.recording.get(&(&*action.name, &**principal)).unwrap_or(&none);
        let placed = lowering.readings.keys().map(|name| self.index(name));
        let concerned: BTreeSet<u32> =
            recording.iter().copied().chain(read.iter().map(|name| self.index(name))).chain(placed).collect();
        let mut windows = Vec::new();
        for index in concerned {
            let (name, window) = self.ordered[index as usize];
            let recorded = recording.contains(&index);
            let places = lowering.places(name);
            // What nobody in the package reads or shows need not be remembered.
            let known = [&self.enforced, &self.shadow, &self.shown].iter().any(|some| some.contains(name));
            let asked = places.past.is_some() || places.counting.is_some();
            if !(asked || read.contains(name) || recorded && known) {
                continue;
            }
            let records = recorded.then(|| self.recording(window, lowering));
            windows.push(EntryWindow {
                window: index,
                key: window.key.iter().map(|part| lowering.component(part)).collect(),
                records,
                past: places.past,
                counting: places.counting,
                max: maxima.get(name).copied(),
                shown: read.contains(name) && !window.limit,
            });
        }
        windows
    }

    /// The windows over an event that somebody reads or shows.
    pub(super) fn of_event(&self, event: &'a hir::Event, lowering: &mut Lowering<'a, '_>) -> Vec<EntryWindow> {
        let mut windows = Vec::new();
        for ((name, window), index) in self.windows.iter().zip(0..) {
            let known = [&self.enforced, &self.shadow, &self.shown].iter().any(|some| some.contains(name));
            if !known || !matches!(&window.of, hir::Recorded::Events(of) if *of == event.name) {
                continue;
            }
            windows.push(EntryWindow {
                window: index,
                key: window.key.iter().map(|part| lowering.component(part)).collect(),
                records: Some(self.recording(window, lowering)),
                past: None,
                counting: None,
                max: None,
                shown: false,
            });
        }
        windows
    }

    /// How calls or events are recorded in a window.
    pub(super) fn recording(&self, window: &'a hir::Window, lowering: &mut Lowering<'a, '_>) -> Recording {
        let condition = lowering.condition(None, window.condition.as_ref());
        let brought = match (&window.value, window.aggregate) {
            (Some(value), hir::Aggregate::Sum) => Brought::Number(lowering.component(value).expr),
            (Some(value), hir::Aggregate::Distinct | hir::Aggregate::Set) => {
                match (sought(window, value), value.ty.base()) {
                    (Some(sought), _) => lowering.texts(value, sought),
                    (None, Ty::Set(_) | Ty::List(_)) => lowering.elements(value),
                    (None, _) => Brought::Value(lowering.component(value)),
                }
            }
            _ => Brought::Once,
        };
        Recording { condition, brought }
    }
}

/// What a set takes from texts, if it does not take them whole.
fn sought(window: &hir::Window, value: &hir::Expr) -> Option<Sought> {
    let Ty::Set(element) = window.ty.base() else { return None };
    match (elements(&value.ty).base(), element.base()) {
        (Ty::String, Ty::Ident) => Some(Sought::Ident),
        (Ty::String, Ty::Syntax(syntax)) => Some(Sought::Syntax(lower_syntax(*syntax))),
        _ => None,
    }
}

fn aggregate(aggregate: hir::Aggregate) -> Aggregate {
    match aggregate {
        hir::Aggregate::Count => Aggregate::Count,
        hir::Aggregate::Sum => Aggregate::Sum,
        hir::Aggregate::Distinct => Aggregate::Distinct,
        hir::Aggregate::Set => Aggregate::Set,
    }
}

fn calendar_unit(unit: hir::CalendarUnit) -> Unit {
    match unit {
        hir::CalendarUnit::Day => Unit::Day,
        hir::CalendarUnit::Week => Unit::Week,
        hir::CalendarUnit::Month => Unit::Month,
    }
}
