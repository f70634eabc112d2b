//! Suites: calls turned into the requests that a gateway would send.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::Cx;
use super::declare::{find_action, members};
use super::fixtures::{Fixtures, Known, MAX_LEVELS, Table, builds_on_tall, merged, unknown_fixture};
use super::types::unbounded;
use super::value::{Wanted, quoted};
use crate::db::{Namespace, find};
use crate::diagnostic::{Code, Diagnostic, article};
use crate::hir::{self, Action, Call, Expect, Name, Suite, Test, Ty};
use crate::span::Span;
use crate::syntax::ast::{self, ExprKind, FixtureKind, Step, Value, ValueKind};

/// Checks a suite; it has no meaning if anything in it has a mistake, for then a test would show nothing.
pub(crate) fn suite(cx: &mut Cx<'_>, x: &ast::Suite) -> Option<Suite> {
    let broken = !cx.item.ast(cx.db).diagnostics.is_empty();
    let table = Table::new(&x.fixtures, broken);
    let mut first: BTreeMap<&str, Span> = BTreeMap::new();
    for (i, f) in x.fixtures.iter().enumerate() {
        if let Some(first) = first.get(&*f.name.text) {
            let d = Diagnostic::new(
                Code::DuplicateName,
                f.name.span,
                format!("fixture `{}` is declared twice", f.name.text),
            )
            .label("declared again")
            .related(None, *first, "first declared here")
            .help("give it another name");
            cx.report(d);
        }
        first.entry(&f.name.text).or_insert(f.name.span);
        if table.tall.get(i) == Some(&true) {
            let on_tall = match &f.kind {
                FixtureKind::Value(v) => builds_on_tall(&table, i, v),
                FixtureKind::Request(call) => builds_on_tall(&table, i, &call.principal),
            };
            if !on_tall {
                let d = Diagnostic::new(
                    Code::BadCall,
                    f.name.span,
                    format!("`{}` builds on {MAX_LEVELS} levels of fixtures", f.name.text),
                )
                .label("too high")
                .help("write some of them out");
                cx.report(d);
            }
            continue;
        }
        let before = table.before(i);
        let told = cx.diagnostics.len();
        match &f.kind {
            // A fixture of a named type is checked even if nothing uses it.
            FixtureKind::Value(v) => {
                if let Some(name) = cx.entity_of(before, v) {
                    let ty = Ty::Entity(name);
                    cx.value(before, v, &Wanted { ty: &ty, bounds: &unbounded(&ty) });
                }
            }
            FixtureKind::Request(call) => drop(cx.call(before, call)),
        }
        if cx.diagnostics.len() != told
            && let Some(bad) = table.bad.get(i)
        {
            bad.set(true);
        }
    }
    let all = table.before(x.fixtures.len());
    let mut tests: Vec<Option<Test>> = vec![];
    let mut first: BTreeMap<&str, Span> = BTreeMap::new();
    for t in &x.tests {
        if let Some(first) = first.get(&*t.name.value) {
            let d = Diagnostic::new(
                Code::DuplicateName,
                t.name.span,
                format!("two tests are called \"{}\"", t.name.value.escape_debug()),
            )
            .label("the second")
            .related(None, *first, "the first")
            .help("reports and `--filter` name tests; give each its own name");
            cx.report(d);
        }
        first.entry(&t.name.value).or_insert(t.name.span);
        tests.push(cx.test(all, t));
    }
    if x.tests.is_empty() && !broken {
        let d = Diagnostic::new(Code::Empty, x.name.span, "the suite has no tests")
            .label("nothing would run")
            .help("add one: `test \"…\" { call … expect allow }`");
        cx.report(d);
    }
    if table.left.get() == 0 {
        let d =
            Diagnostic::new(Code::BadCall, x.name.span, "the requests of this suite are too large to be written out")
                .label("too large")
                .help("use smaller fixtures, or fewer of them in each other");
        cx.report(d);
    }
    // A fixture used in ten tests has its mistake once.
    let mut seen: BTreeSet<(Span, Code, String)> = BTreeSet::new();
    cx.diagnostics.retain(|d| seen.insert((d.span, d.code, d.message.clone())));
    let tests: Option<Vec<Test>> = tests.into_iter().collect();
    Some(Suite { key: cx.item.key(cx.db).clone(), name: x.name.text.clone(), tests: tests? })
}

/// A call, filled in.
pub(crate) struct Filled {
    pub(crate) action: std::sync::Arc<Action>,
    pub(crate) principal: Name,
    pub(crate) request: Option<String>,
}

impl Cx<'_> {
    fn test(&mut self, fixtures: Fixtures<'_>, t: &ast::Test) -> Option<Test> {
        let mut steps: Vec<hir::Step> = vec![];
        let mut lost = false;
        let mut current: Option<(Option<Filled>, Span, Vec<Expect>, bool)> = None;
        let mut finish = |cx: &mut Self, current: Option<(Option<Filled>, Span, Vec<Expect>, bool)>| {
            let Some((filled, span, expects, any)) = current else { return };
            if !any {
                let d = Diagnostic::new(Code::NoExpectation, span, "nothing is expected of this call")
                    .label("it passes whatever is decided")
                    .help("say what should be decided: `expect allow` or `expect deny by default`");
                cx.report(d);
            }
            match filled {
                Some(Filled { action, request: Some(request), .. }) => {
                    let call = Call {
                        action: action.name.clone(),
                        request: request.into(),
                        answers: "[]".into(),
                        span,
                        expects,
                    };
                    steps.push(hir::Step::Call(call));
                }
                _ => lost = true,
            }
        };
        let mut lost_expect = false;
        for step in &t.steps {
            match step {
                Step::Call(call) => {
                    finish(self, current.take());
                    current = Some((self.call(fixtures, call), call.span, vec![], false));
                }
                Step::Repeat(.., span) | Step::Approve(.., span) | Step::Observe(.., span) => {
                    self.not_yet(*span, "such a step");
                }
                Step::Advance(n) => self.not_yet(n.span, "such a step"),
                Step::Outage(n) => self.not_yet(n.span, "such a step"),
                Step::Expect(e) => match &mut current {
                    None => {
                        let d = Diagnostic::new(Code::StrayExpectation, e.span, "there is no call before this")
                            .label("expected of what?")
                            .help("put a `call` before it");
                        self.report(d);
                    }
                    Some((filled, _, expects, any)) => {
                        *any = true;
                        if let Some(filled) = filled {
                            match self.expect(filled, e) {
                                Some(expect) => expects.push(expect),
                                None => lost_expect = true,
                            }
                        }
                    }
                },
            }
        }
        finish(self, current.take());
        if t.steps.is_empty() {
            let d = Diagnostic::new(Code::Empty, t.name.span, "the test does nothing")
                .label("it always passes")
                .help("add a `call` and an `expect`");
            self.report(d);
        }
        (!lost && !lost_expect).then(|| Test { name: t.name.value.clone(), at: 0, steps, span: t.span })
    }

    /// Fills in a call; `None` if the action is unknown.
    fn call(&mut self, fixtures: Fixtures<'_>, call: &ast::Call) -> Option<Filled> {
        let Some(action) = &call.action else { return self.prepared_call(fixtures, call) };
        if find(self.db, self.package, Namespace::Action, &action.text).is_none() {
            self.report_unknown_action(action);
            return None;
        }
        if self.broken(Namespace::Action, &action.text) {
            return None;
        }
        let action = find_action(self.db, self.package, &action.text)?;
        let principal = self.principal(fixtures, &action, &call.principal);
        let mut whole = true;
        let mut json = String::from("{");
        let mut part = |name: &str, value: Option<String>| match value {
            Some(value) => {
                let comma = if json.len() > 1 { "," } else { "" };
                let _ = write!(json, "{comma}{}:{value}", quoted(name));
            }
            None => whole = false,
        };
        part("subject", principal.as_ref().and_then(|(_, json)| json.clone()));
        let input = self.record(
            fixtures,
            call.input.as_ref(),
            &action.input,
            call.span,
            &format!("the input of `{}`", action.name),
        );
        part("action", input.map(|input| format!("{{\"name\":{},\"properties\":{input}}}", quoted(&action.wire))));
        match (&action.resource, &call.resource) {
            (Some(resource), Some(value)) => {
                let ty = Ty::Entity(resource.clone());
                part("resource", self.value(fixtures, value, &Wanted { ty: &ty, bounds: &unbounded(&ty) }));
            }
            (Some(resource), None) => {
                let d = Diagnostic::new(
                    Code::BadCall,
                    call.span,
                    format!("`{}` acts on {} `{resource}`, and none is given", action.name, article(resource)),
                )
                .label("on which one?")
                .help(format!("put it in brackets: `{}(…)`", action.name));
                self.report(d);
                part("resource", None);
            }
            (None, Some(value)) => {
                let d = Diagnostic::new(Code::BadCall, value.span, format!("`{}` acts on nothing", action.name))
                    .label("remove this")
                    .help("an action has a resource if it is declared with `on`");
                self.report(d);
                part("resource", None);
            }
            (None, None) => {}
        }
        match (&action.context, &call.context) {
            (Some(record), value) => {
                let (value, fixtures) = match (value, fixtures.find("context")) {
                    (Some(v), _) => (Some(v), fixtures),
                    (None, Known::Value(v, before)) => (Some(v), before),
                    (None, Known::Poison) => return None,
                    (None, _) => (None, fixtures),
                };
                if self.broken(Namespace::Type, record) {
                    return None;
                }
                let fields = members(self.db, self.package, &Ty::Record(record.clone()))?;
                part(
                    "context",
                    self.record(
                        fixtures,
                        value,
                        &fields,
                        call.span,
                        &format!("the context, {} `{record}`,", article(record)),
                    ),
                );
            }
            (None, Some(value)) => {
                let d = Diagnostic::new(Code::BadCall, value.span, format!("`{}` has no context", action.name))
                    .label("remove this")
                    .help("an action has a context if it is declared with `context`");
                self.report(d);
                part("context", None);
            }
            (None, None) => {}
        }
        json.push('}');
        let (name, _) = principal?;
        if whole && let Some(why) = refused(&json) {
            let d = Diagnostic::new(Code::BadCall, call.span, format!("the request {why}"))
                .label("would be refused")
                .help("a request has at most 1 MiB and 32 levels of brackets");
            self.report(d);
            whole = false;
        }
        Some(Filled { action, principal: name, request: whole.then_some(json) })
    }

    /// `call small` or `call small with { … }`, where `small` is a request.
    fn prepared_call(&mut self, fixtures: Fixtures<'_>, call: &ast::Call) -> Option<Filled> {
        let (name, changes) = match &call.principal.kind {
            ValueKind::Literal(ast::Expr { kind: ExprKind::Name(n), .. }) => (n, None),
            ValueKind::With(n, changes) => (n, Some(changes)),
            _ => {
                let d = Diagnostic::new(Code::BadCall, call.span, "the call names no action")
                    .label("what is called?")
                    .help("write who calls what: `call agent -> orders.refund(order) { amount: 20.00 }`");
                self.report(d);
                return None;
            }
        };
        match fixtures.find(&name.text) {
            Known::Request(request, before) => {
                let mut request = ast::Call::clone(request);
                if let Some(changes) = changes {
                    let base = request.input.take();
                    let entries = match &base {
                        None => vec![],
                        Some(v) => match self.written_out(before, v) {
                            Some((_, entries)) => entries,
                            // Said of the request itself.
                            None => return None,
                        },
                    };
                    let kind = ValueKind::Record(None, merged(&entries, changes));
                    request.input = Some(Value { kind, span: call.principal.span, depth: 1 });
                }
                // What a `with` brings may use fixtures declared after the request.
                self.call(if changes.is_some() { fixtures } else { before }, &request)
            }
            Known::Value(..) => {
                let d = Diagnostic::new(Code::BadCall, call.span, format!("`{}` is not a request", name.text))
                    .label("what does it call?")
                    .help(format!("name an action: `call {} -> …`", name.text));
                self.report(d);
                None
            }
            Known::Poison => None,
            Known::Nothing => {
                let d = unknown_fixture(name, fixtures);
                self.report(d);
                None
            }
        }
    }

    /// The principal's type and JSON.
    fn principal(&mut self, fixtures: Fixtures<'_>, action: &Action, v: &Value) -> Option<(Name, Option<String>)> {
        let name = match self.entity_of(fixtures, v) {
            Some(name) => name,
            None => match (&v.kind, action.principals.as_slice()) {
                // A record without a type can only be the one that the action takes.
                (ValueKind::Record(None, _), [only]) => only.clone(),
                (ValueKind::Literal(ast::Expr { kind: ExprKind::Name(n), .. }) | ValueKind::With(n, _), _)
                    if !matches!(fixtures.find(&n.text), Known::Value(..) | Known::Request(..)) =>
                {
                    if matches!(fixtures.find(&n.text), Known::Nothing) {
                        let d = unknown_fixture(n, fixtures);
                        self.report(d);
                    }
                    return None;
                }
                // A record's unknown type has been reported.
                (ValueKind::Record(Some(_), _), _) => return None,
                _ => {
                    let d = Diagnostic::new(Code::BadCall, v.span, "a call starts with its principal")
                        .label("this is no entity")
                        .help(format!(
                            "write one out, `{} {{ id: \"…\" }}`, or use a fixture",
                            action.principals.first().map_or("Agent", |p| &**p)
                        ));
                    self.report(d);
                    return None;
                }
            },
        };
        if !action.principals.contains(&name) {
            let d = Diagnostic::new(
                Code::BadCall,
                v.span,
                format!("`{}` may not be asked for by {} `{name}`", action.name, article(&name)),
            )
            .label(format!("{} `{name}`", article(&name)))
            .help(format!(
                "its principals are {}",
                action.principals.iter().map(|p| format!("`{p}`")).collect::<Vec<_>>().join(", ")
            ));
            self.report(d);
            return None;
        }
        let ty = Ty::Entity(name.clone());
        let json = self.value(fixtures, v, &Wanted { ty: &ty, bounds: &unbounded(&ty) });
        Some((name, json))
    }
}

/// Why a request would be refused whatever it says.
fn refused(json: &str) -> Option<String> {
    if json.len() > zt_values::limits::REQUEST_BYTES {
        return Some(format!("has {} bytes", json.len()));
    }
    let (mut depth, mut deepest, mut quoted, mut escaped) = (0_usize, 0, false, false);
    for b in json.bytes() {
        match b {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    (deepest > zt_values::limits::REQUEST_DEPTH).then(|| format!("is nested {deepest} deep"))
}
