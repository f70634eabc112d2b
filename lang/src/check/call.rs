//! Calls in suites: turned into the requests that a gateway would send, and the answers that it would get.

use std::fmt::Write as _;
use std::sync::Arc;

use super::Cx;
use super::declare::{find_action, find_entity, members};
use super::fixtures::{Fixtures, Known, merged, unknown_fixture};
use super::literal::quoted;
use super::note::Owner;
use super::types::unbounded;
use super::value::{Wanted, Whose};
use crate::db::Namespace;
use crate::diagnostic::{Code, Diagnostic, article};
use crate::hir::{Action, Channel, Name, Ty};
use crate::span::Span;
use crate::syntax::ast::{self, ExprKind, Value, ValueKind};

/// A call, filled in.
pub(crate) struct Filled {
    pub(crate) action: Arc<Action>,
    pub(crate) principal: Name,
    /// The request, and what sources answer.
    pub(crate) request: Option<(String, String)>,
}

impl Cx<'_> {
    /// Fills in a call; `None` if the action is unknown.
    pub(crate) fn call(&mut self, fixtures: Fixtures<'_>, call: &ast::Call) -> Option<Filled> {
        let Some(action) = &call.action else { return self.prepared_call(fixtures, call) };
        if self.find(Namespace::Action, &action.text).is_none() {
            self.report_unknown_action(action);
            return None;
        }
        if self.broken(Namespace::Action, &action.text) {
            return None;
        }
        let action = find_action(self.db, self.package, &action.text)?;
        fixtures.table.given.take();
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
            &Whose { owner: Owner::Input(action.name.clone()), what: &format!("the input of `{}`", action.name) },
        );
        part("action", input.map(|input| format!("{{\"name\":{},\"properties\":{input}}}", quoted(&action.wire))));
        let mut computed = None;
        match (&action.resource, &call.resource) {
            (Some(resource), Some(value)) => {
                let ty = Ty::Entity(resource.clone());
                part("resource", self.value(fixtures, value, &Wanted { ty: &ty, bounds: &unbounded(&ty) }));
            }
            (Some(resource), None) if action.resource_id.is_some() && self.needs_no_attributes(resource) => {
                computed = Some(resource);
            }
            (Some(resource), None) => {
                let d = Diagnostic::new(
                    Code::BadCall,
                    call.span,
                    format!("`{}` acts on {} `{resource}`, and none is given", action.name, article(resource)),
                )
                .label("on which one?")
                .help(if action.resource_id.is_some() {
                    "its id follows from the arguments, but its attributes come with the request".to_owned()
                } else {
                    format!("put it in brackets: `{}(…)`", action.name)
                });
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
                part("context", self.context(fixtures, record, value.as_ref(), call.span));
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
        let given = fixtures.table.given.take();
        let answers = if whole { self.answers(fixtures, given, computed, call.span) } else { None };
        Some(Filled { principal: name, request: answers.map(|answers| (json, answers)), action: action.clone() })
    }

    /// The JSON of a context; where none is given it is the fixture `context`.
    pub(crate) fn context(
        &mut self,
        fixtures: Fixtures<'_>,
        record: &Name,
        value: Option<&Value>,
        at: Span,
    ) -> Option<String> {
        let (value, fixtures) = match (value, fixtures.find("context")) {
            (Some(v), _) => (Some(v), fixtures),
            (None, Known::Value(v, before)) => (Some(v), before),
            (None, Known::Poison) => return None,
            (None, _) => (None, fixtures),
        };
        if self.broken(Namespace::Type, record) {
            return None;
        }
        let declared = Ty::Record(record.clone());
        let fields = members(self.db, self.package, &declared)?;
        let what = format!("the context, {} `{record}`,", article(record));
        self.record(fixtures, value, &fields, at, &Whose { owner: Owner::Type(record.clone()), what: &what })
    }

    /// Whether a request is whole that says nothing of an entity of this type but its id.
    fn needs_no_attributes(&self, entity: &Name) -> bool {
        find_entity(self.db, self.package, entity).is_some_and(|e| match e.channel {
            Channel::Pep => e.fields.iter().all(|f| f.optional),
            Channel::Source { .. } | Channel::File(_) => true,
        })
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
                if let Some(context) = &call.context {
                    request.context = Some(context.clone());
                }
                // What a `with` or a context brings may use fixtures declared after the request.
                let own = changes.is_none() && call.context.is_none();
                self.call(if own { before } else { fixtures }, &request)
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
                (ValueKind::Record(Some(_), _) | ValueKind::Reference(..), _) => return None,
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
