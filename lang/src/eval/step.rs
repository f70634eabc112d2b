//! Steps: a decision with what it records, an attestation, an event. Each happens as a whole or not at all.

use super::decide::{self, Case, Decided, Rules, outcomes, relied_on};
use super::decision::Decision;
use super::expr::{Ground, Readings, Roots, Scope};
use super::facts::Facts;
use super::host::Host;
use super::patterns::Patterns;
use super::read::{Reader, Refusal, members, refuse, required, string};
use super::request::{self, Request, document};
use super::trace::{Place, Trace};
use super::value::{Reading, Value};
use super::windows::{Asker, Share, Touched, of_call};
use super::world::{Record, World};
use crate::hir::{Effect, Expr, Outcome, Package, Recorded};

/// What is the same for every step.
#[derive(Clone, Copy)]
pub(super) struct Stage<'a> {
    pub(super) package: &'a Package,
    pub(super) patterns: &'a Patterns,
    pub(super) host: &'a Host,
}

impl<'a> Stage<'a> {
    fn reader(&self) -> Reader<'a> {
        Reader { package: self.package, patterns: self.patterns }
    }

    fn ground(&self, facts: &'a Facts<'a>, readings: &'a Readings) -> Ground<'a> {
        Ground { package: self.package, patterns: self.patterns, facts, now: self.host.now, readings }
    }

    /// Decides a request and records what came of it.
    pub(super) fn decide(&self, world: &mut World, bytes: &[u8]) -> (Decision, Trace) {
        let facts = Facts::new(self.reader(), self.host);
        let none = Readings::new();
        let stage: Stage<'_> = *self;
        let ground = stage.ground(&facts, &none);
        let request = match request::read(ground, bytes) {
            Ok(request) => request,
            Err(refusal) => return (Decision::refused(refusal), Trace::default()),
        };
        let asker = Asker { ground, roots: request.roots(), host: self.host };
        let (touched, readings) = of_call(self.package, &asker, world, &request.pair());
        let ground = stage.ground(&facts, &readings);
        let case = Case { ground, host: self.host, world, request: &request, touched: &touched };
        let Decided { mut decision, mut trace, used } = decide::decide(&case);
        trace.unheeded.extend(facts.unheeded());
        decision.now = self.host.now;
        // What rules rely on fits, or this is a denial; and of that is recorded what fits.
        let records = touched.iter().filter(|touched| touched.goes_into(outcomes(decision.effect)));
        for record in records.filter_map(Touched::record) {
            self.append(world, record);
        }
        world.mark_used(used, self.host.now);
        (decision, trace)
    }

    /// Whether a condition is true of a request.
    pub(super) fn holds(&self, bytes: &[u8], condition: &Expr) -> Result<bool, Refusal> {
        let facts = Facts::new(self.reader(), self.host);
        let none = Readings::new();
        let stage: Stage<'_> = *self;
        let ground = stage.ground(&facts, &none);
        let request = request::read(ground, bytes)?;
        let (outcome, _) = Scope { ground, roots: request.roots(), place: Place::Rule }.eval(condition);
        Ok(outcome.is(true))
    }

    /// Records what became of a call that was allowed.
    pub(super) fn attest(
        &self,
        world: &mut World,
        (bytes, decided): (&[u8], i64),
        ok: bool,
        output: Option<&[u8]>,
    ) -> Result<(), Refusal> {
        let facts = Facts::new(self.reader(), self.host);
        let none = Readings::new();
        let stage: Stage<'_> = *self;
        // What is recorded now is what was read when the call was decided.
        let ground = Ground { now: decided, ..stage.ground(&facts, &none) };
        let request: Request = request::read(ground, bytes)?;
        let output = match request.action.output.as_ref().filter(|_| ok) {
            None => None,
            Some(declared) => {
                let json = output.map(document).transpose()?;
                Some(Reading::from(Value::Record(self.reader().fields(declared, json.as_ref(), "")?)))
            }
        };
        let roots = Roots { output: output.as_ref(), ..request.roots() };
        let asker = Asker { ground, roots, host: self.host };
        let (touched, _) = of_call(self.package, &asker, world, &request.pair());
        let of = if ok { Outcome::Succeeded } else { Outcome::Failed };
        self.commit(world, touched.iter().filter(|touched| touched.goes_into(&[of])).collect())
    }

    /// Records an event.
    pub(super) fn observe(&self, world: &mut World, bytes: &[u8]) -> Result<(), Refusal> {
        let json = document(bytes)?;
        let [event, fields, context] = members(&json, "", ["event", "fields", "context"])?;
        let name = string(required(event, "", "event")?, "/event")?;
        let Some(event) = self.package.events.get(name) else {
            return refuse("unknown_event", "/event");
        };
        let reader = self.reader();
        let fields = Reading::from(Value::Record(reader.fields(&event.fields, fields, "/fields")?));
        let record = event.context.as_ref().and_then(|name| self.package.records.get(name));
        let context = match (record, context) {
            (Some(record), context) => Some(Reading::from(Value::Record(reader.record(record, context, "/context")?))),
            (None, None) => None,
            (None, Some(context)) => {
                reader.fields(&[], Some(context), "/context")?;
                None
            }
        };
        let facts = Facts::new(reader, self.host);
        let none = Readings::new();
        let stage: Stage<'_> = *self;
        let ground = stage.ground(&facts, &none);
        let roots = Roots { event: Some(&fields), context: context.as_ref(), ..Roots::default() };
        let asker = Asker { ground, roots, host: self.host };
        let windows = self.package.windows.values();
        let over = windows.filter(|window| matches!(&window.of, Recorded::Events(of) if *of == event.name));
        let touched: Vec<Touched<'_>> = over.map(|window| asker.touch(window, true)).collect();
        self.commit(world, touched.iter().collect())
    }

    /// Appends to the windows that enforced rules rely on all or nothing; to any other what it can hold.
    fn commit(&self, world: &mut World, touched: Vec<&Touched<'_>>) -> Result<(), Refusal> {
        let relied = relied_on(self.package, Rules::Enforced);
        let (needed, others): (Vec<_>, Vec<_>) =
            touched.into_iter().partition(|touched| relied.contains(&touched.window.name));
        let known = needed.iter().all(|touched| touched.share != Share::Failed);
        if !known || !needed.iter().filter_map(|touched| touched.record()).all(|record| world.fits(&record, self.host))
        {
            return refuse("unrecorded", "");
        }
        for record in needed.into_iter().chain(others).filter_map(Touched::record) {
            self.append(world, record);
        }
        Ok(())
    }

    /// Appends a record if it fits.
    fn append(&self, world: &mut World, record: Record<'_>) {
        if world.fits(&record, self.host) {
            world.append(record, self.host);
        }
    }
}

/// Whether a decision lets a call be attested.
pub(super) fn attestable(decision: &Decision) -> Result<(), Refusal> {
    if decision.effect == Effect::Allow { Ok(()) } else { refuse("not_allowed", "") }
}
