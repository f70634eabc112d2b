//! Suites: fixtures filled in, calls turned into the requests that a gateway would send.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::declare::{find_action, kind_of, ladder, members};
use super::expr::{member_list, shown_number};
use super::literal::{impossible, impossible_number, impossible_text, number};
use super::policy::{Covering, covering, covering_named, effect, policies_whole, signatures};
use super::types::show;
use super::{Cx, declare};
use crate::db::{Namespace, find, names};
use crate::diagnostic::{Code, Diagnostic, article, nearest};
use crate::hir::{Action, Bounds, Call, Effect, Expect, Field, Name, Suite, Test, Ty};
use crate::span::Span;
use crate::syntax::ast::{self, ExpectClauseKind, ExprKind, FixtureKind, Ident, RuleName, Step, Value, ValueKind};

/// How many fixtures may build on each other.
const MAX_LEVELS: usize = 32;
/// How many values and bytes, in units of 64, the requests of a suite may have when written out.
const MAX_VALUES: usize = 1_000_000;

/// The fixtures of a suite.
struct Table<'a> {
    fixtures: &'a [ast::Fixture],
    /// By name, the latest last.
    names: BTreeMap<&'a str, Vec<usize>>,
    /// For each, whether it builds on too many others.
    tall: Vec<bool>,
    /// For each, whether it has a mistake, which has been reported.
    bad: Vec<Cell<bool>>,
    /// Whether some of the suite was not understood: what is not found may be there.
    broken: bool,
    /// What is left of [`MAX_VALUES`].
    left: Cell<usize>,
}

/// What fixtures a value may use: those declared before it.
#[derive(Clone, Copy)]
struct Fixtures<'a> {
    table: &'a Table<'a>,
    before: usize,
}

/// What a name stands for in a suite.
enum Known<'a> {
    Value(&'a Value, Fixtures<'a>),
    Request(&'a ast::Call, Fixtures<'a>),
    /// A mistake that has been reported.
    Poison,
    Nothing,
}

impl<'a> Table<'a> {
    fn new(fixtures: &'a [ast::Fixture], broken: bool) -> Self {
        let mut names: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        let mut levels: Vec<usize> = vec![];
        for (i, f) in fixtures.iter().enumerate() {
            let mut level = 0;
            let mut visit = |name: &str| {
                if let Some(used) = names.get(name).and_then(|at| at.last()).and_then(|at| levels.get(*at)) {
                    level = level.max(used + 1);
                }
            };
            match &f.kind {
                FixtureKind::Value(v) => uses(v, &mut visit),
                FixtureKind::Request(call) => {
                    uses(&call.principal, &mut visit);
                    [&call.resource, &call.input, &call.context].into_iter().flatten().for_each(|v| uses(v, &mut visit));
                }
            }
            levels.push(level);
            names.entry(&f.name.text).or_default().push(i);
        }
        let tall = levels.into_iter().map(|level| level >= MAX_LEVELS).collect();
        let bad = fixtures.iter().map(|_| Cell::new(false)).collect();
        Table { fixtures, names, tall, bad, broken, left: Cell::new(MAX_VALUES) }
    }

    fn before(&'a self, before: usize) -> Fixtures<'a> {
        Fixtures { table: self, before }
    }
}

/// The names that a value uses.
fn uses(v: &Value, visit: &mut impl FnMut(&str)) {
    match &v.kind {
        ValueKind::Literal(ast::Expr { kind: ExprKind::Name(n), .. }) => visit(&n.text),
        ValueKind::Literal(_) => {}
        ValueKind::List(values) => values.iter().for_each(|v| uses(v, visit)),
        ValueKind::Record(_, entries) => entries.iter().for_each(|e| uses(&e.value, visit)),
        ValueKind::With(n, entries) => {
            visit(&n.text);
            entries.iter().for_each(|e| uses(&e.value, visit));
        }
    }
}

impl<'a> Fixtures<'a> {
    fn find(self, name: &str) -> Known<'a> {
        let at = self.table.names.get(name).and_then(|all| {
            let later = all.partition_point(|at| *at < self.before);
            all.get(later.checked_sub(1)?).copied()
        });
        let Some(at) = at else { return if self.table.broken { Known::Poison } else { Known::Nothing } };
        let bad = self.table.bad.get(at).is_some_and(Cell::get);
        if bad || self.table.tall.get(at) == Some(&true) || self.table.left.get() == 0 {
            return Known::Poison;
        }
        let before = Fixtures { before: at, ..self };
        match self.table.fixtures.get(at).map(|f| &f.kind) {
            Some(FixtureKind::Value(v)) => Known::Value(v, before),
            Some(FixtureKind::Request(call)) => Known::Request(call, before),
            None => Known::Nothing,
        }
    }

    fn names(self) -> impl Iterator<Item = &'a str> {
        self.table.fixtures.iter().take(self.before).map(|f| &*f.name.text)
    }

    /// Counts what is written out; `false` when it is too much.
    fn spend(self, units: usize) -> bool {
        let left = self.table.left.get().saturating_sub(units);
        self.table.left.set(left);
        left > 0
    }
}

/// A type that a value should have.
struct Wanted<'a> {
    ty: &'a Ty,
    bounds: &'a Bounds,
}

/// Checks a suite; it has no meaning if anything in it has a mistake, for then a test would show nothing.
pub(crate) fn suite(cx: &mut Cx<'_>, x: &ast::Suite) -> Option<Suite> {
    let broken = !cx.item.ast(cx.db).diagnostics.is_empty();
    let table = Table::new(&x.fixtures, broken);
    let mut first: BTreeMap<&str, Span> = BTreeMap::new();
    for (i, f) in x.fixtures.iter().enumerate() {
        if let Some(first) = first.get(&*f.name.text) {
            let d = Diagnostic::new(Code::DuplicateName, f.name.span, format!("fixture `{}` is declared twice", f.name.text))
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
                let d = Diagnostic::new(Code::BadCall, f.name.span, format!("`{}` builds on {MAX_LEVELS} levels of fixtures", f.name.text))
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
                    cx.value(before, v, &Wanted { ty: &ty, bounds: &super::types::unbounded(&ty) });
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
            let d = Diagnostic::new(Code::DuplicateName, t.name.span, format!("two tests are called \"{}\"", t.name.value.escape_debug()))
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
        let d = Diagnostic::new(Code::BadCall, x.name.span, "the requests of this suite are too large to be written out")
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

fn builds_on_tall(table: &Table<'_>, before: usize, v: &Value) -> bool {
    let mut tall = false;
    uses(v, &mut |name| {
        let at = table.names.get(name).and_then(|all| all.iter().rev().find(|at| **at < before));
        tall |= at.is_some_and(|at| table.tall.get(*at) == Some(&true));
    });
    tall
}

/// A call, filled in.
struct Filled {
    action: std::sync::Arc<Action>,
    principal: Name,
    request: Option<String>,
}

impl Cx<'_> {
    fn test(&mut self, fixtures: Fixtures<'_>, t: &ast::Test) -> Option<Test> {
        let mut calls: Vec<Call> = vec![];
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
                    calls.push(Call { action: action.name.clone(), request: request.into(), span, expects });
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
        (!lost && !lost_expect).then(|| Test { name: t.name.value.clone(), calls, span: t.span })
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
        let input = self.record(fixtures, call.input.as_ref(), &action.input, call.span, &format!("the input of `{}`", action.name));
        part("action", input.map(|input| format!("{{\"name\":{},\"properties\":{input}}}", quoted(&action.wire))));
        match (&action.resource, &call.resource) {
            (Some(resource), Some(value)) => {
                let ty = Ty::Entity(resource.clone());
                part("resource", self.value(fixtures, value, &Wanted { ty: &ty, bounds: &super::types::unbounded(&ty) }));
            }
            (Some(resource), None) => {
                let d = Diagnostic::new(Code::BadCall, call.span, format!("`{}` acts on {} `{resource}`, and none is given", action.name, article(resource)))
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
                part("context", self.record(fixtures, value, &fields, call.span, &format!("the context, {} `{record}`,", article(record))));
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
                let mut request = request.clone();
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
                        .help(format!("write one out, `{} {{ id: \"…\" }}`, or use a fixture", action.principals.first().map_or("Agent", |p| &**p)));
                    self.report(d);
                    return None;
                }
            },
        };
        if !action.principals.contains(&name) {
            let d = Diagnostic::new(Code::BadCall, v.span, format!("`{}` may not be asked for by {} `{name}`", action.name, article(&name)))
                .label(format!("{} `{name}`", article(&name)))
                .help(format!("its principals are {}", action.principals.iter().map(|p| format!("`{p}`")).collect::<Vec<_>>().join(", ")));
            self.report(d);
            return None;
        }
        let ty = Ty::Entity(name.clone());
        let json = self.value(fixtures, v, &Wanted { ty: &ty, bounds: &super::types::unbounded(&ty) });
        Some((name, json))
    }

    /// The entity type that a value says it has.
    fn entity_of(&mut self, fixtures: Fixtures<'_>, v: &Value) -> Option<Name> {
        let name = match &v.kind {
            ValueKind::Record(Some(name), _) => return self.entity(name),
            ValueKind::With(name, _) | ValueKind::Literal(ast::Expr { kind: ExprKind::Name(name), .. }) => name,
            _ => return None,
        };
        match fixtures.find(&name.text) {
            Known::Value(v, before) => self.entity_of(before, v),
            _ => None,
        }
    }

    /// The JSON of a value; `None` after a mistake.
    fn value(&mut self, fixtures: Fixtures<'_>, v: &Value, want: &Wanted<'_>) -> Option<String> {
        let units = match &v.kind {
            ValueKind::Literal(ast::Expr { kind: ExprKind::Text(t), .. }) => 1 + t.value.len() / 64,
            _ => 1,
        };
        if !fixtures.spend(units) {
            return None;
        }
        match &v.kind {
            ValueKind::Literal(ast::Expr { kind: ExprKind::Name(n), .. }) => {
                if let Ty::Enum(e) = want.ty {
                    let e = self.enumeration(e)?;
                    if let Some(m) = e.members.iter().find(|m| m.name == n.text) {
                        return Some(quoted(&m.wire));
                    }
                    if matches!(fixtures.find(&n.text), Known::Nothing) {
                        let d = Diagnostic::new(Code::UnknownMember, n.span, format!("`{}` has no member `{}`", e.name, n.text))
                            .label("not a member")
                            .help(format!("its members are {}", e.members.iter().map(|m| format!("`{}`", m.name)).collect::<Vec<_>>().join(", ")))
                            .did_you_mean(n.span, &n.text, e.members.iter().map(|m| &*m.name));
                        self.report(d);
                        return None;
                    }
                }
                match fixtures.find(&n.text) {
                    Known::Value(v, before) => self.value(before, v, want),
                    Known::Request(..) => {
                        let d = Diagnostic::new(Code::BadCall, n.span, format!("`{}` is a request, not a value", n.text))
                            .label("a value should stand here")
                            .help("declare the value with `fixture`");
                        self.report(d);
                        None
                    }
                    Known::Poison => None,
                    Known::Nothing => {
                        let d = unknown_fixture(n, fixtures);
                        self.report(d);
                        None
                    }
                }
            }
            ValueKind::Literal(e) => self.literal(e, want),
            ValueKind::List(elements) => {
                let (Ty::Set(element), Some(bounds)) = (want.ty.base(), &want.bounds.element) else {
                    return self.misfit(v, want, "a list");
                };
                if elements.len() > want.bounds.length as usize {
                    let d = Diagnostic::new(Code::ImpossibleLiteral, v.span, format!("`{}` holds at most {} elements", show(want.ty), want.bounds.length))
                        .label(format!("{} elements", elements.len()))
                        .help("leave some out, or raise its `max`");
                    self.report(d);
                    return None;
                }
                let inner = Wanted { ty: element, bounds };
                let all: Vec<Option<String>> = elements.iter().map(|e| self.value(fixtures, e, &inner)).collect();
                Some(format!("[{}]", all.into_iter().collect::<Option<Vec<_>>>()?.join(",")))
            }
            ValueKind::Record(name, entries) => match want.ty {
                Ty::Record(n) | Ty::Entity(n) if self.broken(Namespace::Type, n) => None,
                Ty::Record(record) if name.as_ref().is_none_or(|n| n.text == *record) => {
                    let fields = members(self.db, self.package, want.ty)?;
                    self.entries(fixtures, entries, &fields, v.span, &format!("record `{record}`"))
                }
                Ty::Entity(entity) if name.as_ref().is_none_or(|n| n.text == *entity) => {
                    let fields = members(self.db, self.package, want.ty)?;
                    self.entity_json(fixtures, entity, entries, &fields, v.span)
                }
                _ => {
                    let what = name.as_ref().map_or_else(|| "a record".to_owned(), |n| format!("{} `{}`", article(&n.text), n.text));
                    self.misfit(v, want, &what)
                }
            },
            ValueKind::With(name, changes) => match fixtures.find(&name.text) {
                Known::Value(base, before) => {
                    let Some((ty, entries)) = self.written_out(before, base) else {
                        if fixtures.table.broken {
                            return None;
                        }
                        let d = Diagnostic::new(Code::BadCall, name.span, format!("`{}` has no members to change", name.text))
                            .label("not a record or an entity")
                            .help("use it as it is, without `with`");
                        self.report(d);
                        return None;
                    };
                    let kind = ValueKind::Record(ty, merged(&entries, changes));
                    self.value(fixtures, &Value { kind, span: v.span, depth: 1 }, want)
                }
                Known::Request(..) => {
                    let d = Diagnostic::new(Code::BadCall, name.span, format!("`{}` is a request, not a value", name.text))
                        .label("a value should stand here")
                        .help("declare the value with `fixture`");
                    self.report(d);
                    None
                }
                Known::Poison => None,
                Known::Nothing => {
                    let d = unknown_fixture(name, fixtures);
                    self.report(d);
                    None
                }
            },
        }
    }

    /// The members of a record, its fixtures followed.
    fn written_out(&mut self, fixtures: Fixtures<'_>, v: &Value) -> Option<(Option<Ident>, Vec<ast::Entry>)> {
        let (name, changes) = match &v.kind {
            ValueKind::Record(ty, entries) => return Some((ty.clone(), entries.clone())),
            ValueKind::With(name, changes) => (name, changes.as_slice()),
            ValueKind::Literal(ast::Expr { kind: ExprKind::Name(name), .. }) => (name, &[][..]),
            _ => return None,
        };
        match fixtures.find(&name.text) {
            Known::Value(base, before) => {
                let (ty, entries) = self.written_out(before, base)?;
                Some((ty, merged(&entries, changes)))
            }
            _ => None,
        }
    }

    fn misfit(&mut self, v: &Value, want: &Wanted<'_>, what: &str) -> Option<String> {
        let d = Diagnostic::new(Code::TypeMismatch, v.span, format!("{} should stand here, this is {what}", kind_of(want.ty)))
            .label(what.to_owned())
            .help(match want.ty.base() {
                Ty::Bool => "write `true` or `false`",
                Ty::Int | Ty::Decimal => "write a number",
                Ty::String | Ty::Ident => "write a string in double quotes",
                Ty::Enum(_) => "write one of its members, without quotes",
                Ty::Set(_) => "write its elements in brackets: `[…]`",
                Ty::Record(_) => "write its fields in braces: `{ name: value, … }`",
                Ty::Entity(_) => "write it out, with its `id`, or use a fixture",
                Ty::Named(..) => "write a value of its type",
            });
        self.report(d);
        None
    }

    fn literal(&mut self, e: &ast::Expr, want: &Wanted<'_>) -> Option<String> {
        let base = want.ty.base();
        let value = Value { kind: ValueKind::Literal(e.clone()), span: e.span, depth: 1 };
        match (&e.kind, base) {
            (ExprKind::Bool(b), Ty::Bool) => Some(b.to_string()),
            (ExprKind::Bool(_), _) => self.misfit(&value, want, "a Bool"),
            (ExprKind::Text(t), Ty::String | Ty::Ident) => match impossible_text(&t.value, want.ty, want.bounds) {
                None => Some(quoted(&t.value)),
                Some(why) => {
                    self.report(impossible(e.span, &format!("`\"{}\"`", t.value.escape_debug()), want.ty, why));
                    None
                }
            },
            (ExprKind::Text(t), Ty::Enum(name)) => {
                let known = self.enumeration(name)?;
                let d = Diagnostic::new(Code::TypeMismatch, e.span, format!("a member of `{name}` is written without quotes")).label("a text");
                let d = match known.members.iter().find(|m| *m.name == *t.value || *m.wire == *t.value) {
                    Some(m) => d.help(format!("write `{}`", m.name)).fix(format!("write `{}`", m.name), e.span, &*m.name),
                    None => d.help(format!("its members are {}", member_list(&known))),
                };
                self.report(d);
                None
            }
            (ExprKind::Text(_), _) => self.misfit(&value, want, "a text"),
            (_, Ty::Int | Ty::Decimal) => match number(e, base) {
                Err(d) => {
                    self.report(d);
                    None
                }
                Ok(n) => {
                    let decimal = *base == Ty::Decimal;
                    if let Some(why) = impossible_number(n, want.bounds, decimal) {
                        self.report(impossible(e.span, &shown_number(e), want.ty, why));
                        return None;
                    }
                    Some(if decimal { zt_values::format_decimal(n, want.bounds.places) } else { n.to_string() })
                }
            },
            _ => self.misfit(&value, want, "a number"),
        }
    }

    /// The JSON of a record that may be missing altogether, or be a fixture.
    fn record(&mut self, fixtures: Fixtures<'_>, v: Option<&Value>, fields: &[Field], at: Span, what: &str) -> Option<String> {
        match v {
            None => self.entries(fixtures, &[], fields, at, what),
            Some(v) => match (self.written_out(fixtures, v), &v.kind) {
                (Some((_, entries)), _) => self.entries(fixtures, &entries, fields, v.span, what),
                (None, ValueKind::With(n, _) | ValueKind::Literal(ast::Expr { kind: ExprKind::Name(n), .. }))
                    if matches!(fixtures.find(&n.text), Known::Poison | Known::Nothing) =>
                {
                    if matches!(fixtures.find(&n.text), Known::Nothing) {
                        let d = unknown_fixture(n, fixtures);
                        self.report(d);
                    }
                    None
                }
                _ if fixtures.table.broken => None,
                _ => {
                    let d = Diagnostic::new(Code::BadCall, v.span, format!("{what} should be a record"))
                        .label("not a record")
                        .help("write it `{ name: value, … }`");
                    self.report(d);
                    None
                }
            },
        }
    }

    fn entries(&mut self, fixtures: Fixtures<'_>, entries: &[ast::Entry], fields: &[Field], at: Span, what: &str) -> Option<String> {
        let mut whole = true;
        let mut json = String::from("{");
        let mut given: BTreeSet<&Name> = BTreeSet::new();
        let mut unknown: Vec<&Name> = vec![];
        for e in entries {
            if !given.insert(&e.name.text) {
                let d = Diagnostic::new(Code::DuplicateName, e.name.span, format!("`{}` is given twice", e.name.text))
                    .label("the second")
                    .help("remove one of them");
                self.report(d);
                whole = false;
                continue;
            }
            let Some(f) = declare::field(fields, &e.name.text) else {
                unknown.push(&e.name.text);
                let d = Diagnostic::new(Code::UnknownAttribute, e.name.span, format!("{what} has no `{}`", e.name.text))
                    .label("nothing of this name")
                    .help(if fields.is_empty() { "it has none at all; remove this".to_owned() } else { format!("it has {}", fields.iter().map(|f| format!("`{}`", f.name)).collect::<Vec<_>>().join(", ")) })
                    .did_you_mean(e.name.span, &e.name.text, fields.iter().map(|f| &*f.name));
                self.report(d);
                whole = false;
                continue;
            };
            match self.value(fixtures, &e.value, &Wanted { ty: &f.ty.ty, bounds: &f.ty.bounds }) {
                Some(value) => {
                    let comma = if json.len() > 1 { "," } else { "" };
                    let _ = write!(json, "{comma}{}:{value}", quoted(&f.wire));
                }
                None => whole = false,
            }
        }
        let missing: Vec<String> = fields
            .iter()
            .filter(|f| !f.optional && !given.contains(&f.name))
            // One that was misspelt has been told of.
            .filter(|f| !unknown.iter().any(|wrong| nearest(wrong, [&*f.name]).is_some()))
            .map(|f| format!("`{}`", f.name))
            .collect();
        if !missing.is_empty() {
            let d = Diagnostic::new(Code::MissingField, at, format!("{what} lacks {}", missing.join(", ")))
                .label("incomplete")
                .help("add it; a request without it would be refused, so the test would show nothing");
            self.report(d);
            return None;
        }
        json.push('}');
        whole.then_some(json)
    }

    fn entity_json(&mut self, fixtures: Fixtures<'_>, entity: &Name, entries: &[ast::Entry], fields: &[Field], at: Span) -> Option<String> {
        let id = entries.iter().find(|e| &*e.name.text == "id");
        let id_json = match id.map(|e| &e.value.kind) {
            Some(ValueKind::Literal(ast::Expr { kind: ExprKind::Text(t), .. }))
                if !t.value.is_empty() && t.value.len() <= zt_values::limits::ID_BYTES && !t.value.contains('\0') =>
            {
                Some(quoted(&t.value))
            }
            Some(_) => {
                let span = id.map_or(at, |e| e.value.span);
                let d = Diagnostic::new(Code::TypeMismatch, span, "an `id` is a text of 1 to 256 bytes")
                    .label("not an id")
                    .help("write it in double quotes: `id: \"a-1\"`");
                self.report(d);
                None
            }
            None => {
                let d = Diagnostic::new(Code::MissingField, at, format!("the `{entity}` lacks its `id`"))
                    .label("incomplete")
                    .help(format!("give it one: `{entity} {{ id: \"…\", … }}`"));
                self.report(d);
                None
            }
        };
        let rest: Vec<ast::Entry> = entries.iter().filter(|e| &*e.name.text != "id").cloned().collect();
        let properties = self.entries(fixtures, &rest, fields, at, &format!("entity `{entity}`"));
        Some(format!("{{\"type\":{},\"id\":{},\"properties\":{}}}", quoted(entity), id_json?, properties?))
    }

    fn expect(&mut self, call: &Filled, e: &ast::Expect) -> Option<Expect> {
        let before = self.diagnostics.len();
        let effect_of = effect(e.effect);
        let mut out = Expect { effect: effect_of, rules: vec![], tier: None, from: None, message: None, shadow: None, span: e.span };
        let mut seen: Vec<&str> = vec![];
        for c in &e.clauses {
            let word = match &c.kind {
                ExpectClauseKind::By(_) => "by",
                ExpectClauseKind::Tier(_) => "tier",
                ExpectClauseKind::From(_) => "from",
                ExpectClauseKind::Message(_) => "message",
                ExpectClauseKind::Shadow(..) => "shadow",
            };
            if seen.contains(&word) {
                let d = Diagnostic::new(Code::Clauses, c.span, format!("`{word}` stands twice in the expectation")).label("the second")
                    .help("keep one of them");
                self.report(d);
                continue;
            }
            seen.push(word);
            match &c.kind {
                ExpectClauseKind::By(rules) => out.rules = self.rules(call, effect_of, rules, false),
                ExpectClauseKind::Shadow(effect_then, rules) => {
                    let effect_then = effect(*effect_then);
                    out.shadow = Some((effect_then, self.rules(call, effect_then, rules, true)));
                    let rules = covering(self.db, self.package, call.action.name.clone(), call.principal.clone());
                    if !rules.iter().any(|r| r.shadow) && policies_whole(self.db, self.package) {
                        let d = Diagnostic::new(Code::ImpossibleExpectation, c.span, format!("no shadow rule covers `{}`", call.action.name))
                            .label("there is no shadow decision")
                            .help("remove this, or put `shadow` before a rule");
                        self.report(d);
                    }
                }
                ExpectClauseKind::Tier(t) => {
                    let ladder = ladder(self.db, self.package).as_deref().unwrap_or_default();
                    let index = self.tier(Some(t));
                    if let (Some(i), Some(own)) = (index, call.action.tier)
                        && i != own
                    {
                        let own = ladder.get(own as usize).map_or("", |t| &**t);
                        let d = Diagnostic::new(Code::ImpossibleExpectation, t.span, format!("`{}` is always of tier `{own}`", call.action.name))
                            .label("never this tier")
                            .help(format!("write `{own}`"))
                            .fix(format!("write `{own}`"), t.span, own);
                        self.report(d);
                    }
                    out.tier = Some(t.text.clone());
                }
                ExpectClauseKind::From(name) => {
                    if find(self.db, self.package, Namespace::Approvers, &name.text).is_none() && self.excused(Namespace::Approvers) {
                        out.from = Some(name.text.clone());
                        continue;
                    }
                    if find(self.db, self.package, Namespace::Approvers, &name.text).is_none() {
                        let known = names(self.db, self.package, Namespace::Approvers);
                        let d = Diagnostic::new(Code::UnknownApprovers, name.span, format!("no approvers are called `{}`", name.text))
                            .label("not declared in this package")
                            .help(format!("declare them: `approvers {}`", name.text))
                            .did_you_mean(name.span, &name.text, known.iter().map(|n| &**n));
                        self.report(d);
                    } else if effect_of != Effect::RequireApproval {
                        let d = Diagnostic::new(Code::ImpossibleExpectation, c.span, "only a decision that asks names approvers")
                            .label("never there")
                            .help("expect `require approval`, or remove this");
                        self.report(d);
                    }
                    out.from = Some(name.text.clone());
                }
                ExpectClauseKind::Message(text) => out.message = Some(text.value.clone()),
            }
        }
        (self.diagnostics.len() == before).then_some(out)
    }

    /// The full names of rules that a decision could name; what it never could is a mistake.
    fn rules(&mut self, call: &Filled, expected: Effect, rules: &[RuleName], shadow: bool) -> Vec<Name> {
        let mut out: Vec<Name> = vec![];
        for rule in rules {
            let name = match rule {
                RuleName::Default(span) => {
                    if expected == Effect::Deny {
                        out.push("default".into());
                    } else {
                        let d = Diagnostic::new(Code::ImpossibleExpectation, *span, "`default` only ever denies").label("never")
                            .help("`default` is the denial where no rule allows");
                        self.report(d);
                    }
                    continue;
                }
                RuleName::Rule(name) => name,
            };
            let (policy, short) = name.text.split_once('.').map_or((None, &*name.text), |(p, r)| (Some(p), r));
            let named = |p: &Name| policy.is_none_or(|wanted| *wanted == **p);
            let (action, principal) = (call.action.name.clone(), call.principal.clone());
            let found = covering_named(self.db, self.package, action.clone(), principal.clone(), name.text.clone());
            match found.as_slice() {
                [Covering { policy, rule: r, effect: e, shadow: is_shadow }] => {
                    // A rule that is no `allow` denies when it fails, whatever it is there for.
                    let fits = *e == expected || expected == Effect::Deny && *e == Effect::RequireApproval;
                    if !fits || (*is_shadow && !shadow) {
                        let what = if *is_shadow { "is a shadow: it is reported, and decides nothing".to_owned() } else {
                            format!("can only {}", match e { Effect::Allow => "allow", Effect::Deny => "deny", Effect::RequireApproval => "ask for an approval" })
                        };
                        let d = Diagnostic::new(Code::ImpossibleExpectation, name.span, format!("rule `{r}` {what}"))
                            .label("never the reason for this")
                            .help(if *is_shadow { "expect it of the shadow decision: `expect … shadow deny by …`" } else { "expect its effect, or name another rule" });
                        self.report(d);
                    } else {
                        out.push(format!("{}/{policy}.{r}", self.package.name(self.db)).into());
                    }
                }
                [] if !policies_whole(self.db, self.package) => {}
                [] => {
                    let elsewhere = signatures(self.db, self.package)
                        .any(|s| named(&s.name) && s.rules.iter().any(|(r, ..)| **r == *short));
                    let all = covering(self.db, self.package, action, principal);
                    let known: Vec<&str> = all.iter().map(|c| &*c.rule).collect();
                    let d = Diagnostic::new(
                        Code::UnknownRule,
                        name.span,
                        if elsewhere {
                            format!("rule `{}` does not cover `{}` by {} `{}`", name.text, call.action.name, article(&call.principal), call.principal)
                        } else {
                            format!("no rule is called `{}`", name.text)
                        },
                    )
                    .label("not a rule that could decide this call")
                    .did_you_mean(name.span, short, known.iter().copied());
                    let d = match (&d.help, known.len()) {
                        (Some(_), _) => d,
                        (None, 0) => d.help("no policy covers this call; it is denied by `default`"),
                        (None, n) => {
                            let mut list: Vec<String> = known.iter().take(8).map(|n| format!("`{n}`")).collect();
                            if n > 8 {
                                list.push("…".to_owned());
                            }
                            d.help(format!("the rules for this call are {}", list.join(", ")))
                        }
                    };
                    self.report(d);
                }
                several => {
                    let list: Vec<String> = several.iter().map(|c| format!("`{}.{}`", c.policy, c.rule)).collect();
                    let d = Diagnostic::new(Code::UnknownRule, name.span, format!("`{}` is the name of several rules", name.text))
                        .label("which one?")
                        .help(format!("write {}", list.join(" or ")));
                    self.report(d);
                }
            }
        }
        out
    }
}

fn merged(base: &[ast::Entry], changes: &[ast::Entry]) -> Vec<ast::Entry> {
    let changed: BTreeSet<&Name> = changes.iter().map(|c| &c.name.text).collect();
    base.iter().filter(|e| !changed.contains(&e.name.text)).chain(changes).cloned().collect()
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

fn unknown_fixture(name: &Ident, fixtures: Fixtures<'_>) -> Diagnostic {
    Diagnostic::new(Code::UnknownFixture, name.span, format!("no fixture is called `{}`", name.text))
        .label("not declared before this")
        .help(format!("declare it in the suite, before it is used: `fixture {} = …`", name.text))
        .did_you_mean(name.span, &name.text, fixtures.names())
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}
