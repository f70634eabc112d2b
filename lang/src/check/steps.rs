//! Tests: steps in order, on a clock, each of which changes something.

use std::collections::BTreeSet;

use zt_values::quantity::parse_duration_quantity;
use zt_values::time::{INSTANTS, format_instant, parse_instant};

use super::call::Filled;
use super::fixtures::Fixtures;
use super::literal::quoted;
use super::note::Owner;
use super::value::Whose;
use super::{Cx, HirItem, check_item};
use crate::db::{Db, Namespace, Package, index};
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::{self, Call, Effect, Expect, Name, Test};
use crate::span::Span;
use crate::syntax::ast::{self, Number, Step};

/// When a test begins whose suite does not say so: 2026-01-01T00:00:00Z.
const START: i64 = 1_767_225_600_000_000;

/// The most calls of one test.
const MAX_CALLS: u64 = 100_000;

/// What a test has done so far.
struct Walk {
    /// The call before, if it was understood.
    last: Option<Filled>,
    /// Whether it is expected not to be allowed.
    stopped: bool,
    /// Whether it is expected not to ask anybody.
    unasked: bool,
    /// How many calls there were.
    calls: u64,
    /// How many microseconds have passed.
    passed: i64,
    /// Whether a step has a mistake.
    lost: bool,
    /// Whether it has been said that there are too many calls, or too long a time.
    told: bool,
}

/// A call whose expectations are being read.
struct Open {
    span: Span,
    filled: Option<Filled>,
    expects: Vec<Expect>,
    any: bool,
}

impl Cx<'_> {
    /// When the tests of a suite begin.
    pub(crate) fn start(&mut self, at: Option<&Number>) -> i64 {
        let Some(at) = at else { return START };
        match parse_instant(&at.text) {
            Ok(instant) => instant,
            Err(why) => {
                let d = Diagnostic::new(Code::BadNumber, at.span, format!("`{}` is no instant", at.text))
                    .label(why.to_string())
                    .help("write one as in `2026-03-27T14:00:00Z`");
                self.report(d);
                START
            }
        }
    }

    /// The tests that a test stands for: one, or one for each row of its table. `None` where there is a mistake. They
    /// begin at an instant, and with what sources answer about tables.
    pub(crate) fn tests(&mut self, fixtures: Fixtures<'_>, began: (i64, &Name), t: &ast::Test) -> Vec<Option<Test>> {
        if t.steps.is_empty() {
            let d = Diagnostic::new(Code::Empty, t.name.span, "the test does nothing")
                .label("it always passes")
                .help("add a `call` and an `expect`");
            self.report(d);
            return vec![None];
        }
        match &t.table {
            None => vec![self.test(fixtures, began, &t.name.value, &t.steps, t.span)],
            Some(table) => {
                let columns = self.columns(fixtures, table);
                let rows = match columns {
                    Some(columns) => self.rows(fixtures, t, table, &columns),
                    None => vec![None],
                };
                let test = |row: Option<(Name, Vec<Step>)>| {
                    row.and_then(|(name, steps)| self.test(fixtures, began, &name, &steps, t.span))
                };
                let tests = rows.into_iter().map(test).collect();
                fixtures.table.columns.borrow_mut().clear();
                tests
            }
        }
    }

    fn test(
        &mut self,
        fixtures: Fixtures<'_>,
        (at, tables): (i64, &Name),
        name: &Name,
        steps: &[Step],
        span: Span,
    ) -> Option<Test> {
        let mut walk =
            Walk { last: None, stopped: false, unasked: false, calls: 0, passed: 0, lost: false, told: false };
        let steps = self.steps(fixtures, at, steps, &mut walk);
        (!walk.lost).then(|| Test { name: name.clone(), at, tables: tables.clone(), steps, span })
    }

    fn steps(&mut self, fixtures: Fixtures<'_>, at: i64, steps: &[Step], walk: &mut Walk) -> Vec<hir::Step> {
        let mut out: Vec<hir::Step> = vec![];
        let mut open: Option<Open> = None;
        for step in steps {
            if let Step::Expect(e) = step {
                self.expectation(fixtures, e, open.as_mut(), walk);
                continue;
            }
            self.close(open.take(), walk, &mut out);
            match step {
                Step::Call(call) => {
                    walk.calls = walk.calls.saturating_add(1);
                    let filled = self.call(fixtures, call);
                    open = Some(Open { span: call.span, filled, expects: vec![], any: false });
                }
                Step::Expect(_) => {}
                Step::Repeat(n, every, steps, span) => {
                    let every = every.as_ref().map_or(Some(0), |every| self.duration(every));
                    match (self.how_often(n), every) {
                        (Some(times), Some(every)) => {
                            out.extend(self.repeat(fixtures, at, (times, every, n.span), steps, *span, walk));
                        }
                        _ => walk.lost = true,
                    }
                }
                Step::Advance(n) => match self.duration(n) {
                    Some(micros) => {
                        walk.passed = walk.passed.saturating_add(micros);
                        self.in_time(at, n.span, walk);
                        out.push(hir::Step::Advance(micros));
                    }
                    None => walk.lost = true,
                },
                Step::Approve(from, who, span) => match self.approve(from, who, *span, walk) {
                    Some(step) => out.push(step),
                    None => walk.lost = true,
                },
                Step::Observe(event, fields, context, span) => {
                    match self.observe(fixtures, event, fields.as_ref(), context.as_ref(), *span) {
                        Some(step) => out.push(step),
                        None => walk.lost = true,
                    }
                }
                Step::Attest(ok, output, span) => match self.attest(fixtures, *ok, output.as_ref(), *span, walk) {
                    Some(step) => out.push(step),
                    None => walk.lost = true,
                },
                Step::Outage(name) => match self.outage(name) {
                    Some(step) => out.push(step),
                    None => walk.lost = true,
                },
            }
        }
        self.close(open, walk, &mut out);
        out
    }

    fn expectation(&mut self, fixtures: Fixtures<'_>, e: &ast::Expect, open: Option<&mut Open>, walk: &mut Walk) {
        let Some(open) = open else {
            let d = Diagnostic::new(Code::StrayExpectation, e.span, "there is no call before this")
                .label("expected of what?")
                .help("put a `call` before it");
            self.report(d);
            walk.lost = true;
            return;
        };
        open.any = true;
        if let Some(filled) = &open.filled {
            match self.expect(fixtures, filled, e) {
                Some(expect) => open.expects.push(expect),
                None => walk.lost = true,
            }
        }
    }

    /// Ends a call: what is expected of it stands behind it.
    fn close(&mut self, open: Option<Open>, walk: &mut Walk, out: &mut Vec<hir::Step>) {
        let Some(Open { span, mut filled, expects, any }) = open else { return };
        if !any {
            let d = Diagnostic::new(Code::NoExpectation, span, "nothing is expected of this call")
                .label("it passes whatever is decided")
                .help("say what should be decided: `expect allow` or `expect deny by default`");
            self.report(d);
            walk.lost = true;
        }
        walk.stopped = expects.iter().any(|e| (e.effect == Effect::Allow) == e.not);
        walk.unasked = expects.iter().any(|e| (e.effect == Effect::RequireApproval) == e.not);
        match filled.as_mut().and_then(|f| Some((f.action.name.clone(), f.request.take()?))) {
            Some((action, (request, answers))) => {
                let call = Call { action, request: request.into(), answers: answers.into(), span, expects };
                out.push(hir::Step::Call(call));
            }
            None => walk.lost = true,
        }
        walk.last = filled;
    }

    /// A repeated part: as if it were written out.
    fn repeat(
        &mut self,
        fixtures: Fixtures<'_>,
        at: i64,
        (times, every, count): (u32, i64, Span),
        steps: &[Step],
        span: Span,
        walk: &mut Walk,
    ) -> Option<hir::Step> {
        let (calls, passed) = (walk.calls, walk.passed);
        let inner = self.steps(fixtures, at, steps, walk);
        let once = walk.calls.saturating_sub(calls);
        if once == 0 {
            let d = Diagnostic::new(Code::Empty, span, "nothing is called in the `repeat`")
                .label("it repeats nothing that is decided")
                .help("put a `call` and an `expect` into it");
            self.report(d);
            walk.lost = true;
            return None;
        }
        walk.calls = calls.saturating_add(once.saturating_mul(u64::from(times)));
        let within = walk.passed.saturating_sub(passed).saturating_mul(i64::from(times));
        let between = every.saturating_mul(i64::from(times.saturating_sub(1)));
        walk.passed = passed.saturating_add(within).saturating_add(between);
        if walk.calls > MAX_CALLS && !std::mem::replace(&mut walk.told, true) {
            let d = Diagnostic::new(Code::BadCall, count, format!("the test makes {} calls", walk.calls))
                .label("too many")
                .help(format!("a test makes at most {MAX_CALLS}"));
            self.report(d);
            walk.lost = true;
        }
        self.in_time(at, count, walk);
        Some(hir::Step::Repeat(times, every, inner))
    }

    /// How often something is repeated.
    fn how_often(&mut self, n: &Number) -> Option<u32> {
        let times = n.text.parse::<u32>().ok().filter(|times| *times > 1);
        if times.is_none() {
            let d = Diagnostic::new(Code::BadStep, n.span, format!("`repeat {}` repeats nothing", n.text))
                .label("not a number of times")
                .help(format!("from 2 to {MAX_CALLS} times; for once, leave the `repeat` out"));
            self.report(d);
        }
        times
    }

    /// A time that passes.
    pub(crate) fn duration(&mut self, n: &Number) -> Option<i64> {
        match parse_duration_quantity(&n.text) {
            Ok(micros) if micros > 0 => Some(micros),
            Ok(_) => {
                let d = Diagnostic::new(Code::BadStep, n.span, "no time passes")
                    .label("nothing changes")
                    .help("write how much, as in `30min`, or leave it out");
                self.report(d);
                None
            }
            Err(why) => {
                let d = Diagnostic::new(Code::BadNumber, n.span, format!("`{}` is not a duration", n.text))
                    .label(why.to_string())
                    .help("durations are written `500ms`, `90s`, `30min`, `8h`, `7d`, `2w`");
                self.report(d);
                None
            }
        }
    }

    /// Refuses a test that runs out of time.
    fn in_time(&mut self, at: i64, span: Span, walk: &mut Walk) {
        if INSTANTS.contains(&at.saturating_add(walk.passed)) || std::mem::replace(&mut walk.told, true) {
            return;
        }
        let d = Diagnostic::new(Code::BadNumber, span, "the test runs for too long")
            .label(format!("instants end at {}", format_instant(*INSTANTS.end())))
            .help("let less time pass");
        self.report(d);
        walk.lost = true;
    }

    fn approve(&mut self, from: &ast::Ident, who: &ast::Text, span: Span, walk: &Walk) -> Option<hir::Step> {
        let good = !who.value.is_empty() && who.value.len() <= zt_values::limits::ID_BYTES && !who.value.contains('\0');
        if !good {
            let d = Diagnostic::new(Code::TypeMismatch, who.span, "whoever approves has an id of 1 to 256 bytes")
                .label("not an id")
                .help("write who it is: `as \"ann\"`");
            self.report(d);
        }
        if walk.calls == 0 {
            let d = Diagnostic::new(Code::BadStep, span, "there is no call before this")
                .label("what is approved?")
                .help("put a `call` before it: whoever approves has seen what was asked");
            self.report(d);
            return None;
        }
        if walk.unasked {
            let d = Diagnostic::new(Code::BadStep, span, "the call before this asks nobody")
                .label("what is approved?")
                .help(
                    "what is approved are calls of which `expect require approval` is said, right before the `approve`",
                );
            self.report(d);
            return None;
        }
        let call = walk.last.as_ref()?;
        self.asked(call, from, "approves nothing")
            .then(|| hir::Step::Approve(from.text.clone(), who.value.clone(), span))
    }

    /// Whether somebody is asked by what a call meets; if not, that is reported.
    pub(crate) fn asked(&mut self, call: &Filled, from: &ast::Ident, label: &str) -> bool {
        let group = !from.text.contains('.');
        if group && self.find(Namespace::Approvers, &from.text).is_none() {
            if !self.excused(Namespace::Approvers) {
                self.report(self.unknown_approvers(from));
            }
            return false;
        }
        let Some(asked) = self.asks(call) else { return true };
        if asked.contains(&from.text) {
            return true;
        }
        let d = Diagnostic::new(
            Code::ImpossibleExpectation,
            from.span,
            format!("nothing asks `{}` about `{}`", from.text, call.action.name),
        )
        .label(label.to_owned())
        .help(if asked.is_empty() {
            "no rule and no tier of this call asks anybody".to_owned()
        } else {
            format!("it is for {}", asked.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", "))
        })
        .did_you_mean(from.span, &from.text, asked.iter().map(|n| &**n));
        self.report(d);
        false
    }

    fn observe(
        &mut self,
        fixtures: Fixtures<'_>,
        name: &ast::Ident,
        fields: Option<&ast::Value>,
        context: Option<&ast::Value>,
        at: Span,
    ) -> Option<hir::Step> {
        let Some(item) = self.find(Namespace::Event, &name.text) else {
            if !self.excused(Namespace::Event) {
                let d = Diagnostic::new(Code::BadStep, name.span, format!("no event is called `{}`", name.text))
                    .label("not declared in this package")
                    .help(format!("declare it: `event {} {{ … }}`", name.text));
                let d = self.suggest(d, name, &[Namespace::Event], &[]);
                self.report(d);
            }
            return None;
        };
        let checked = check_item(self.db, self.package, item);
        // What an event with a mistake takes is not known.
        let Some(HirItem::Event(event)) = checked.hir.as_ref().filter(|_| checked.diagnostics.is_empty()) else {
            return None;
        };
        let of = Whose { owner: Owner::Event(event.name.clone()), what: &format!("event `{}`", event.name) };
        let fields = self.record(fixtures, fields, &event.fields, at, &of);
        let context = match (&event.context, context) {
            (Some(record), value) => Some(self.context(fixtures, record, value, at)?),
            (None, Some(value)) => {
                let d = Diagnostic::new(Code::BadCall, value.span, format!("event `{}` has no context", event.name))
                    .label("remove this")
                    .help("an event has a context if it is declared with `context`");
                self.report(d);
                return None;
            }
            (None, None) => None,
        };
        let context = context.map_or_else(String::new, |json| format!(",\"context\":{json}"));
        let report = format!("{{\"event\":{},\"fields\":{}{context}}}", quoted(&event.name), fields?);
        Some(hir::Step::Observe(hir::Observe { event: event.name.clone(), report: report.into(), span: at }))
    }

    /// How the call before ended: only what is allowed runs.
    fn attest(
        &mut self,
        fixtures: Fixtures<'_>,
        ok: bool,
        output: Option<&ast::Value>,
        span: Span,
        walk: &Walk,
    ) -> Option<hir::Step> {
        let d = if walk.calls == 0 {
            Diagnostic::new(Code::BadStep, span, "there is no call before this")
                .label("what ended?")
                .help("put a `call` before it that is allowed")
        } else if walk.stopped {
            Diagnostic::new(Code::BadStep, span, "the call before this does not run")
                .label("it is not allowed")
                .help("what ends are calls of which `expect allow` is said")
        } else {
            let action = &walk.last.as_ref()?.action;
            return match (&action.output, output) {
                (Some(fields), output) if ok => {
                    fixtures.table.given.take();
                    let what = format!("the output of `{}`", action.name);
                    let of = Whose { owner: Owner::Output(action.name.clone()), what: &what };
                    let json = self.record(fixtures, output, fields, span, &of)?;
                    let given = fixtures.table.given.take();
                    let answers = self.answers(fixtures, given, None, span)?.into();
                    Some(hir::Step::Attest(hir::Attest { ok, output: Some(json.into()), answers, span }))
                }
                (_, Some(output)) if !ok => {
                    let d = Diagnostic::new(Code::BadStep, output.span, "a call that failed gives nothing back")
                        .label("remove this")
                        .help("only of a call that succeeded is the output read: `then succeeded { … }`");
                    self.report(d);
                    None
                }
                (None, Some(output)) => {
                    let d =
                        Diagnostic::new(Code::BadCall, output.span, format!("`{}` declares no output", action.name))
                            .label("remove this")
                            .help("a call gives back what its action declares: `output { … }`");
                    self.report(d);
                    None
                }
                _ => Some(hir::Step::Attest(hir::Attest { ok, output: None, answers: "[]".into(), span })),
            };
        };
        self.report(d);
        None
    }

    fn outage(&mut self, name: &ast::Ident) -> Option<hir::Step> {
        let known = sources(self.db, self.package);
        let windows = &*name.text == "windows";
        if windows || known.contains(&name.text) {
            return Some(hir::Step::Outage(name.text.clone()));
        }
        let mut all: Vec<&str> = known.iter().map(|n| &**n).collect();
        all.push("windows");
        let d = Diagnostic::new(Code::BadStep, name.span, format!("no source is called `{}`", name.text))
            .label("nothing of this name can fail")
            .help(format!("the sources are {}", all.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ")))
            .did_you_mean(name.span, &name.text, all);
        self.report(d);
        None
    }
}

/// The sources that a package names.
#[salsa::tracked]
pub fn sources(db: &dyn Db, package: Package) -> BTreeSet<Name> {
    let channels = index(db, package).all.iter().filter_map(|item| match &item.ast(db).kind {
        Some(ast::ItemKind::Entity(x)) => x.from.as_ref(),
        Some(ast::ItemKind::Approvers(x)) => x.from.as_ref(),
        Some(ast::ItemKind::Table(x)) => x.from.as_ref(),
        _ => None,
    });
    channels
        .filter_map(|c| match &c.kind {
            ast::ChannelKind::Source { name, .. } => Some(name.text.clone()),
            _ => None,
        })
        .collect()
}
