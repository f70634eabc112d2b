//! Windows and events: what is remembered.

use std::collections::BTreeSet;

use zt_lang::hir::{self, Aggregate, Name, Outcome, Recorded};
use zt_lang::needs::reports;
use zt_lang::point::Owner;

use super::rules::over;
use super::{Build, Namespace, listed};
use crate::doc::model::{Event, Part, Phrase, Target, Window};

/// The most actions that are listed where a window says what it remembers.
const LISTED: usize = 8;

impl Build<'_> {
    /// The windows of the package, and those of others that enforced rules read. Those of limits are the rules'.
    pub(super) fn windows(&self) -> Vec<Window> {
        let all = self.hir.windows.values().filter(|window| !window.limit).map(|window| self.window(window));
        all.filter(|window| window.item.home.is_none() || !window.rules.is_empty()).collect()
    }

    fn window(&self, window: &hir::Window) -> Window {
        let written = self.written(Namespace::Window, &window.name);
        let value = window.value.as_ref().map(|e| self.read(written.as_ref(), vec![], |r| r.value(e)));
        let head = match window.aggregate {
            Aggregate::Count => "how many",
            Aggregate::Sum => "the sum of ",
            Aggregate::Distinct => "how many different ",
            Aggregate::Set => "the set of ",
        };
        let mut kind = vec![Part::Words(head.to_owned())];
        if let (Aggregate::Set, hir::Ty::Set(element)) = (window.aggregate, &window.ty) {
            kind.extend(self.ty(element));
            kind.push(Part::Words(" in ".to_owned()));
        }
        kind.extend(value.into_iter().flatten());
        let reads =
            |(rule, windows): (&&Name, &BTreeSet<&Name>)| windows.contains(&window.name).then(|| (*rule).clone());
        Window {
            kind,
            of: recorded(&window.of),
            condition: window.condition.as_ref().map(|e| self.read(written.as_ref(), vec![], |r| r.condition(e))),
            keys: window.key.iter().map(|e| self.read(written.as_ref(), vec![], |r| r.value(e))).collect(),
            over: over(&window.over),
            bound: window.bound,
            rules: self.windows.iter().filter_map(reads).collect(),
            item: self.as_item(&window.name, written),
        }
    }

    /// The events that gateways may report.
    pub(super) fn events(&self) -> Vec<Event> {
        let reports = reports(self.hir);
        let all = self.hir.events.values().map(|event| Event {
            item: self.item(Namespace::Event, &event.name),
            fields: self.fields(&Owner::Event(event.name.clone()), &event.fields),
            context: event.context.clone(),
            report: reports.iter().find(|report| report.event == event.name).cloned(),
        });
        all.filter(|event| event.item.home.is_none() || event.report.is_some()).collect()
    }
}

/// What a window holds, in words.
fn recorded(of: &Recorded) -> Phrase {
    match of {
        Recorded::Events(event) => {
            vec![Part::Words("reports of ".to_owned()), Part::Link(event.to_string(), Target::Event(event.clone()))]
        }
        Recorded::Calls(outcome, pairs) => {
            let outcome = match outcome {
                Outcome::Admitted => "admitted calls of ",
                Outcome::Attempted => "calls, whatever came of them, of ",
                Outcome::Denied => "denied calls of ",
                Outcome::Failed => "calls attested to have failed of ",
                Outcome::Succeeded => "calls attested to have succeeded of ",
            };
            let actions: BTreeSet<&Name> = pairs.iter().map(|(action, _)| action).collect();
            let more = actions.len().saturating_sub(LISTED);
            let mut out = vec![Part::Words(outcome.to_owned())];
            out.extend(listed(actions.into_iter().take(LISTED), Target::Action));
            if more > 0 {
                out.push(Part::Words(format!(" and {more} more actions")));
            }
            out
        }
    }
}
