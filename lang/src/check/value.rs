//! Values in suites: checked against the type that they should have, and written as JSON.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::Cx;
use super::declare::{field, kind_of, members};
use super::expr::{member_list, shown_number};
use super::fixtures::{Fixtures, Known, merged, unknown_fixture};
use super::literal::{impossible, impossible_number, impossible_text, number};
use super::types::show;
use crate::db::Namespace;
use crate::diagnostic::{Code, Diagnostic, article, nearest};
use crate::hir::{Bounds, Field, Name, Ty};
use crate::span::Span;
use crate::syntax::ast::{self, ExprKind, Value, ValueKind};

/// A type that a value should have.
pub(crate) struct Wanted<'a> {
    pub(crate) ty: &'a Ty,
    pub(crate) bounds: &'a Bounds,
}

impl Cx<'_> {
    /// The JSON of a value; `None` after a mistake.
    pub(crate) fn value(&mut self, fixtures: Fixtures<'_>, v: &Value, want: &Wanted<'_>) -> Option<String> {
        let units = match &v.kind {
            ValueKind::Literal(ast::Expr { kind: ExprKind::Text(t), .. }) => 1 + t.value.len() / 64,
            _ => 1,
        };
        if !fixtures.spend(units) {
            return None;
        }
        match &v.kind {
            ValueKind::Reference(..) => {
                self.not_yet(v.span, "an entity by its id");
                None
            }
            ValueKind::Literal(ast::Expr { kind: ExprKind::Name(n), .. }) => {
                if let Ty::Enum(e) = want.ty {
                    let e = self.enumeration(e)?;
                    if let Some(m) = e.members.iter().find(|m| m.name == n.text) {
                        return Some(quoted(&m.wire));
                    }
                    if matches!(fixtures.find(&n.text), Known::Nothing) {
                        let d = Diagnostic::new(
                            Code::UnknownMember,
                            n.span,
                            format!("`{}` has no member `{}`", e.name, n.text),
                        )
                        .label("not a member")
                        .help(format!(
                            "its members are {}",
                            e.members.iter().map(|m| format!("`{}`", m.name)).collect::<Vec<_>>().join(", ")
                        ))
                        .did_you_mean(n.span, &n.text, e.members.iter().map(|m| &*m.name));
                        self.report(d);
                        return None;
                    }
                }
                match fixtures.find(&n.text) {
                    Known::Value(v, before) => self.value(before, v, want),
                    Known::Request(..) => {
                        self.report(not_a_value(n));
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
                    let d = Diagnostic::new(
                        Code::ImpossibleLiteral,
                        v.span,
                        format!("`{}` holds at most {} elements", show(want.ty), want.bounds.length),
                    )
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
                    let what = name
                        .as_ref()
                        .map_or_else(|| "a record".to_owned(), |n| format!("{} `{}`", article(&n.text), n.text));
                    self.misfit(v, want, &what)
                }
            },
            ValueKind::With(name, changes) => match fixtures.find(&name.text) {
                Known::Value(base, before) => {
                    let Some((ty, entries)) = self.written_out(before, base) else {
                        if fixtures.table.broken {
                            return None;
                        }
                        let d = Diagnostic::new(
                            Code::BadCall,
                            name.span,
                            format!("`{}` has no members to change", name.text),
                        )
                        .label("not a record or an entity")
                        .help("use it as it is, without `with`");
                        self.report(d);
                        return None;
                    };
                    let kind = ValueKind::Record(ty, merged(&entries, changes));
                    self.value(fixtures, &Value { kind, span: v.span, depth: 1 }, want)
                }
                Known::Request(..) => {
                    self.report(not_a_value(name));
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

    fn misfit(&mut self, v: &Value, want: &Wanted<'_>, what: &str) -> Option<String> {
        let d = Diagnostic::new(
            Code::TypeMismatch,
            v.span,
            format!("{} should stand here, this is {what}", kind_of(want.ty)),
        )
        .label(what.to_owned())
        .help(match want.ty.base() {
            Ty::Bool => "write `true` or `false`",
            Ty::Int | Ty::Decimal => "write a number",
            Ty::String | Ty::Ident => "write a string in double quotes",
            Ty::Enum(_) => "write one of its members, without quotes",
            Ty::Set(_) => "write its elements in brackets: `[…]`",
            Ty::Record(_) => "write its fields in braces: `{ name: value, … }`",
            Ty::Entity(_) => "write it out, with its `id`, or use a fixture",
            Ty::List(_) => "write its elements in brackets: `[…]`",
            Ty::Instant => "write an instant: `2026-03-27T14:00:00Z`",
            Ty::Duration => "write a duration: `30min`",
            Ty::Date => "write a date: `2026-03-27`",
            Ty::Time => "write a time of day: `09:00`",
            Ty::Size => "write a size: `10MiB`",
            Ty::Syntax(_) => "write a string in double quotes",
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
                let d = Diagnostic::new(
                    Code::TypeMismatch,
                    e.span,
                    format!("a member of `{name}` is written without quotes"),
                )
                .label("a text");
                let d = match known.members.iter().find(|m| *m.name == *t.value || *m.wire == *t.value) {
                    Some(m) => {
                        d.help(format!("write `{}`", m.name)).fix(format!("write `{}`", m.name), e.span, &*m.name)
                    }
                    None => d.help(format!("its members are {}", member_list(&known))),
                };
                self.report(d);
                None
            }
            (ExprKind::Text(_), _) => self.misfit(&value, want, "a text"),
            (_, Ty::Int | Ty::Decimal) => match number(e, base) {
                Err(d) => {
                    self.report(*d);
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
    pub(crate) fn record(
        &mut self,
        fixtures: Fixtures<'_>,
        v: Option<&Value>,
        fields: &[Field],
        at: Span,
        what: &str,
    ) -> Option<String> {
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

    fn entries(
        &mut self,
        fixtures: Fixtures<'_>,
        entries: &[ast::Entry],
        fields: &[Field],
        at: Span,
        what: &str,
    ) -> Option<String> {
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
            let Some(f) = field(fields, &e.name.text) else {
                unknown.push(&e.name.text);
                let d =
                    Diagnostic::new(Code::UnknownAttribute, e.name.span, format!("{what} has no `{}`", e.name.text))
                        .label("nothing of this name")
                        .help(if fields.is_empty() {
                            "it has none at all; remove this".to_owned()
                        } else {
                            format!(
                                "it has {}",
                                fields.iter().map(|f| format!("`{}`", f.name)).collect::<Vec<_>>().join(", ")
                            )
                        })
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

    fn entity_json(
        &mut self,
        fixtures: Fixtures<'_>,
        entity: &Name,
        entries: &[ast::Entry],
        fields: &[Field],
        at: Span,
    ) -> Option<String> {
        let mut ids = entries.iter().filter(|e| &*e.name.text == "id");
        let id = ids.next();
        if let Some(again) = ids.next() {
            let d = Diagnostic::new(Code::DuplicateName, again.name.span, "`id` is given twice")
                .label("the second")
                .help("keep one of them");
            self.report(d);
        }
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
}

pub(crate) fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

/// The name of a request where a value should stand.
fn not_a_value(name: &ast::Ident) -> Diagnostic {
    Diagnostic::new(Code::BadCall, name.span, format!("`{}` is a request, not a value", name.text))
        .label("a value should stand here")
        .help("declare the value with `fixture`")
}
