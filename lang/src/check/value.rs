//! Values in suites: checked against the type that they should have, and written as JSON.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::Cx;
use super::choice::written_variant;
use super::declare::{field, find_entity, kind_of, members};
use super::expr::{member_list, shown_number};
use super::facts::entity_rows;
use super::fixtures::{Fixtures, Known, merged, unknown_fixture};
use super::given::source;
use super::literal::{
    counted, help_to_write, impossible, impossible_counted, impossible_text, measured, quoted, show_counted, wire,
};
use super::note::{Meaning, Owner};
use super::types::{show, unbounded};
use crate::db::{Namespace, find};
use crate::diagnostic::{Code, Diagnostic, article, nearest};
use crate::hir::{Bounds, Channel, Entity, Enum, Field, Name, Shape, Ty};
use crate::span::Span;
use crate::syntax::ast::{self, ExprKind, Value, ValueKind};

/// A type that a value should have.
pub(crate) struct Wanted<'a> {
    pub(crate) ty: &'a Ty,
    pub(crate) bounds: &'a Bounds,
}

/// Whose fields are written out.
pub(crate) struct Whose<'a> {
    pub(crate) owner: Owner,
    /// What that is called in messages.
    pub(crate) what: &'a str,
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
        match want.ty.base() {
            Ty::Json => return self.opaque(fixtures, v),
            Ty::Choice(variants) => {
                return match self.variant_of(fixtures, v, variants) {
                    Some(variant) => {
                        self.value(fixtures, v, &Wanted { ty: &variant.ty.ty, bounds: &variant.ty.bounds })
                    }
                    None => self.misfit(v, want, "a value of none of them"),
                };
            }
            Ty::Null if is_null(self.followed(fixtures, v).0) => return Some("null".to_owned()),
            Ty::Map(entry) => {
                let (v, fixtures) = self.followed(fixtures, v);
                if let (ValueKind::Record(None, entries), Ty::Entry(fields)) = (&v.kind, &**entry) {
                    return self.map(fixtures, entries, fields, v.span, want);
                }
                return self.misfit(v, want, "none");
            }
            _ => {}
        }
        match &v.kind {
            ValueKind::Reference(name, id) => match want.ty {
                Ty::Entity(entity) if name.text == *entity => self.reference(fixtures, entity, id, v.span),
                _ => self.misfit(v, want, &format!("{} `{}`", article(&name.text), name.text)),
            },
            ValueKind::Literal(ast::Expr { kind: ExprKind::Name(n), .. }) => {
                if let Ty::Enum(e) = want.ty {
                    let e = self.enumeration(e)?;
                    if let Some(m) = e.index_of(&n.text).and_then(|i| e.members.get(i as usize)) {
                        self.note(n.span, || Meaning::Member(e.name.clone(), n.text.clone()));
                        return Some(quoted(&m.wire));
                    }
                    if matches!(fixtures.find(&n.text), Known::Nothing) {
                        let d = self.no_member(&e, n);
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
                let (Ty::Set(element) | Ty::List(element), Some(bounds)) = (want.ty.base(), &want.bounds.element)
                else {
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
                    let of = &Whose { owner: Owner::Type(record.clone()), what: &format!("record `{record}`") };
                    if !self.is_open(record) {
                        return self.entries(fixtures, entries, &fields, v.span, of);
                    }
                    let more = |e: &&ast::Entry| field(&fields, &e.name.text).is_none();
                    let declared: Vec<ast::Entry> = entries.iter().filter(|e| !more(e)).cloned().collect();
                    let json = self.entries(fixtures, &declared, &fields, v.span, of);
                    let more: Vec<ast::Entry> = entries.iter().filter(more).cloned().collect();
                    if let Some(e) = more.iter().find(|e| fields.iter().any(|f| f.wire == e.name.text)) {
                        let d = Diagnostic::new(
                            Code::DuplicateWireName,
                            e.name.span,
                            format!("`{}` is the name of a field in requests", e.name.text),
                        )
                        .label("it would stand there twice")
                        .help("call the field by the name that it has in the policy");
                        self.report(d);
                        return None;
                    }
                    let more = self.opaque(fixtures, &Value { kind: ValueKind::Record(None, more), ..v.clone() });
                    joined(&json?, &more?)
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

    /// The type of a choice that a value is of, by its looks.
    fn variant_of<'t>(&mut self, fixtures: Fixtures<'_>, v: &Value, variants: &'t [Field]) -> Option<&'t Field> {
        let (found, before) = self.followed(fixtures, v);
        let of_shape = |shape| variants.iter().find(|variant| variant.ty.ty.shape() == Some(shape));
        let (name, entries) = match &found.kind {
            ValueKind::Literal(_) if is_null(found) => return of_shape(Shape::Null),
            ValueKind::Literal(e) => return written_variant(variants, e),
            ValueKind::List(_) => return of_shape(Shape::Array),
            ValueKind::Reference(name, _) => (Some(name.clone()), vec![]),
            ValueKind::Record(..) | ValueKind::With(..) => self.written_out(before, found)?,
        };
        if let Some(name) = name {
            let named = |ty: &Ty| matches!(ty, Ty::Record(n) | Ty::Entity(n) if *n == name.text);
            return variants.iter().find(|variant| named(&variant.ty.ty));
        }
        let objects: Vec<&Field> = variants.iter().filter(|v| v.ty.ty.shape() == Some(Shape::Object)).collect();
        if let [one] = objects.as_slice() {
            return Some(one);
        }
        // The member that tells them apart is one of an enum that no other has.
        let says = |variant: &&&Field| {
            let fields = members(self.db, self.package, &variant.ty.ty).unwrap_or_default();
            entries.iter().any(|e| match (field(&fields, &e.name.text), &e.value.kind) {
                (Some(f), ValueKind::Literal(ast::Expr { kind: ExprKind::Name(member), .. })) => match &f.ty.ty {
                    Ty::Enum(of) => self.enumeration(of).is_some_and(|of| of.index_of(&member.text).is_some()),
                    _ => false,
                },
                _ => false,
            })
        };
        objects.iter().find(says).copied()
    }

    /// The JSON of a map.
    fn map(
        &mut self,
        fixtures: Fixtures<'_>,
        entries: &[ast::Entry],
        fields: &[Field],
        at: Span,
        want: &Wanted<'_>,
    ) -> Option<String> {
        let [key, value] = fields else { return None };
        if entries.len() > want.bounds.length as usize {
            let most = want.bounds.length;
            let d = Diagnostic::new(
                Code::ImpossibleLiteral,
                at,
                format!("`{}` holds at most {most} members", show(want.ty)),
            )
            .label(format!("{} members", entries.len()))
            .help("leave some out, or raise its `max`");
            self.report(d);
            return None;
        }
        let wanted = Wanted { ty: &value.ty.ty, bounds: &value.ty.bounds };
        let mut names: BTreeSet<String> = BTreeSet::new();
        let mut all: Vec<Option<String>> = vec![];
        for e in entries {
            let name = match key.ty.ty.base() {
                Ty::Enum(of) => self.member_name(of, &e.name),
                _ => {
                    let text = ast::Text { value: e.name.text.clone(), span: e.name.span };
                    let text = ast::Expr { kind: ExprKind::Text(text), span: e.name.span, depth: 1 };
                    self.literal(&text, &Wanted { ty: &key.ty.ty, bounds: &key.ty.bounds })
                }
            };
            if name.as_ref().is_some_and(|name| !names.insert(name.clone())) {
                let d = Diagnostic::new(Code::DuplicateName, e.name.span, format!("`{}` is given twice", e.name.text))
                    .label("the second")
                    .help("remove one of them");
                self.report(d);
                return None;
            }
            let value = self.value(fixtures, &e.value, &wanted);
            all.push(name.zip(value).map(|(name, value)| format!("{name}:{value}")));
        }
        Some(format!("{{{}}}", all.into_iter().collect::<Option<Vec<_>>>()?.join(",")))
    }

    /// The JSON of a member of an enum, by its name.
    fn member_name(&mut self, of: &str, name: &ast::Ident) -> Option<String> {
        let e = self.enumeration(of)?;
        let known = e.index_of(&name.text).and_then(|i| e.members.get(i as usize));
        if known.is_none() {
            let d = self.no_member(&e, name);
            self.report(d);
        }
        known.map(|member| quoted(&member.wire))
    }

    fn no_member(&self, e: &Enum, name: &ast::Ident) -> Diagnostic {
        Diagnostic::new(
            Code::UnknownMember,
            name.span,
            format!("`{}` has no member `{}`", self.called(&e.name), name.text),
        )
        .label("not a member")
        .help(format!("its members are {}", member_list(e)))
        .did_you_mean(name.span, &name.text, e.members.iter().map(|m| &*m.name))
    }

    /// Whether a record may hold more than it declares.
    fn is_open(&self, record: &Name) -> bool {
        let item = find(self.db, self.package, Namespace::Type, record);
        item.is_some_and(|item| matches!(&item.ast(self.db).kind, Some(ast::ItemKind::Record(record)) if record.open))
    }

    /// The JSON of a value of which nothing is declared.
    fn opaque(&mut self, fixtures: Fixtures<'_>, v: &Value) -> Option<String> {
        let (v, fixtures) = self.followed(fixtures, v);
        if !fixtures.spend(1) {
            return None;
        }
        match &v.kind {
            ValueKind::Literal(ast::Expr { kind: ExprKind::Text(t), .. }) => Some(quoted(&t.value)),
            ValueKind::Literal(ast::Expr { kind: ExprKind::Bool(b), .. }) => Some(b.to_string()),
            ValueKind::Literal(_) if is_null(v) => Some("null".to_owned()),
            ValueKind::Literal(e) if counted(e, &Ty::Int).is_ok() => counted(e, &Ty::Int).ok().map(|n| n.to_string()),
            ValueKind::Literal(e) if counted(e, &Ty::Decimal).is_ok() => {
                counted(e, &Ty::Decimal).ok().map(|n| wire(n, &Ty::Decimal, 4))
            }
            ValueKind::List(elements) => {
                let all: Vec<Option<String>> = elements.iter().map(|e| self.opaque(fixtures, e)).collect();
                Some(format!("[{}]", all.into_iter().collect::<Option<Vec<_>>>()?.join(",")))
            }
            ValueKind::Record(None, entries) => {
                let mut names: BTreeSet<&Name> = BTreeSet::new();
                let mut all: Vec<Option<String>> = vec![];
                for e in entries {
                    if !names.insert(&e.name.text) {
                        let d = Diagnostic::new(
                            Code::DuplicateName,
                            e.name.span,
                            format!("`{}` is given twice", e.name.text),
                        )
                        .label("the second")
                        .help("remove one of them");
                        self.report(d);
                        return None;
                    }
                    let value = self.opaque(fixtures, &e.value);
                    all.push(value.map(|value| format!("{}:{value}", quoted(&e.name.text))));
                }
                Some(format!("{{{}}}", all.into_iter().collect::<Option<Vec<_>>>()?.join(",")))
            }
            _ => self.misfit(v, &Wanted { ty: &Ty::Json, bounds: &unbounded(&Ty::Json) }, "none that JSON has"),
        }
    }

    fn misfit(&mut self, v: &Value, want: &Wanted<'_>, what: &str) -> Option<String> {
        let d = Diagnostic::new(
            Code::TypeMismatch,
            v.span,
            format!("{} should stand here, this is {what}", kind_of(want.ty)),
        )
        .label(what.to_owned())
        .help(help_to_write(want.ty));
        self.report(d);
        None
    }

    fn literal(&mut self, e: &ast::Expr, want: &Wanted<'_>) -> Option<String> {
        let base = want.ty.base();
        let value = Value { kind: ValueKind::Literal(e.clone()), span: e.span, depth: 1 };
        match (&e.kind, base) {
            (ExprKind::Bool(b), Ty::Bool) => Some(b.to_string()),
            (ExprKind::Bool(_), _) => self.misfit(&value, want, "a Bool"),
            (ExprKind::Text(t), Ty::String | Ty::Ident | Ty::Syntax(_)) => {
                match impossible_text(&t.value, want.ty, want.bounds) {
                    None => Some(quoted(&t.value)),
                    Some(why) => {
                        self.report(impossible(e.span, &format!("`\"{}\"`", t.value.escape_debug()), want.ty, why));
                        None
                    }
                }
            }
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
            _ => {
                // One of another kind is told as what it is; one that cannot be understood, as that.
                match (measured(e), base) {
                    (Some(Err(d)), _) => {
                        self.report(*d);
                        return None;
                    }
                    (Some(Ok((ty, _))), base) if ty == *base => {}
                    (None, Ty::Int | Ty::Decimal) => {}
                    (found, _) => return self.misfit(&value, want, found.map_or("a number", written)),
                }
                match counted(e, base) {
                    Err(d) => {
                        self.report(*d);
                        None
                    }
                    Ok(n) => {
                        if let Some(why) = impossible_counted(n, want.bounds, base) {
                            let shown = format!("`{}`", show_counted(n, base, 4));
                            let shown = if measured(e).is_some() { shown } else { shown_number(e) };
                            self.report(impossible(e.span, &shown, want.ty, why));
                            return None;
                        }
                        Some(wire(n, base, want.bounds.places))
                    }
                }
            }
        }
    }

    /// The JSON of a record that may be missing altogether, or be a fixture.
    pub(crate) fn record(
        &mut self,
        fixtures: Fixtures<'_>,
        v: Option<&Value>,
        fields: &[Field],
        at: Span,
        of: &Whose<'_>,
    ) -> Option<String> {
        match v {
            None => self.entries(fixtures, &[], fields, at, of),
            Some(v) => match (self.written_out(fixtures, v), &v.kind) {
                (Some((_, entries)), _) => self.entries(fixtures, &entries, fields, v.span, of),
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
                    let d = Diagnostic::new(Code::BadCall, v.span, format!("{} should be a record", of.what))
                        .label("not a record")
                        .help("write it `{ name: value, … }`");
                    self.report(d);
                    None
                }
            },
        }
    }

    pub(crate) fn entries(
        &mut self,
        fixtures: Fixtures<'_>,
        entries: &[ast::Entry],
        fields: &[Field],
        at: Span,
        of: &Whose<'_>,
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
                let d = Diagnostic::new(
                    Code::UnknownAttribute,
                    e.name.span,
                    format!("{} has no `{}`", of.what, e.name.text),
                )
                .label("nothing of this name")
                .help(if fields.is_empty() {
                    "it has none at all; remove this".to_owned()
                } else {
                    format!("it has {}", fields.iter().map(|f| format!("`{}`", f.name)).collect::<Vec<_>>().join(", "))
                })
                .did_you_mean(e.name.span, &e.name.text, fields.iter().map(|f| &*f.name));
                self.report(d);
                whole = false;
                continue;
            };
            self.note(e.name.span, || Meaning::Field(of.owner.clone(), f.clone()));
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
            .filter(|f| !f.optional && f.default.is_none() && !given.contains(&f.name))
            // One that was misspelt has been told of.
            .filter(|f| !unknown.iter().any(|wrong| nearest(wrong, [&*f.name]).is_some()))
            .map(|f| format!("`{}`", f.name))
            .collect();
        if !missing.is_empty() {
            let d = Diagnostic::new(Code::MissingField, at, format!("{} lacks {}", of.what, missing.join(", ")))
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
        name: &Name,
        entries: &[ast::Entry],
        fields: &[Field],
        at: Span,
    ) -> Option<String> {
        let entity = find_entity(self.db, self.package, name)?;
        let one = |cx: &mut Self, name: &str| {
            let mut all = entries.iter().filter(|e| &*e.name.text == name);
            let first = all.next();
            if let Some(again) = all.next() {
                let d = Diagnostic::new(Code::DuplicateName, again.name.span, format!("`{name}` is given twice"))
                    .label("the second")
                    .help("keep one of them");
                cx.report(d);
            }
            first
        };
        let id = one(self, "id");
        let id_text = match id.map(|e| (&e.value.kind, e.value.span)) {
            Some((ValueKind::Literal(ast::Expr { kind: ExprKind::Text(t), .. }), span)) => self.id(t, &entity, span),
            Some((_, span)) => {
                self.report(no_id(span));
                None
            }
            None => {
                let d = Diagnostic::new(Code::MissingField, at, format!("the `{name}` lacks its `id`"))
                    .label("incomplete")
                    .help(format!("give it one: `{name} {{ id: \"…\", … }}`"));
                self.report(d);
                None
            }
        };
        // An attribute may be called `in`; then nothing is above the entity in a test.
        let above = if field(fields, "in").is_some() { None } else { one(self, "in") };
        let attributes: Vec<ast::Entry> = entries
            .iter()
            .filter(|e| &*e.name.text != "id" && (&*e.name.text != "in" || above.is_none()))
            .cloned()
            .collect();
        if let Channel::File(_) = entity.channel {
            if !attributes.is_empty() || above.is_some() {
                self.not_from_a_test(&entity, id_text.as_deref(), at);
                return None;
            }
            let id_text = id_text?;
            let at = id.map_or(at, |e| e.value.span);
            return self.in_the_file(name, &id_text, at).then(|| identity(name, &id_text));
        }
        let ancestors = match above {
            Some(above) => self.ancestors(fixtures, &entity, above).map(|a| format!("\"in\":[{}]", a.join(","))),
            None => Some(String::new()),
        };
        let of = Whose { owner: Owner::Type(name.clone()), what: &format!("entity `{name}`") };
        let mut properties = self.entries(fixtures, &attributes, fields, at, &of)?;
        let (ancestors, id) = (ancestors?, id_text?);
        if !ancestors.is_empty() {
            properties.pop();
            let comma = if properties.len() > 1 { "," } else { "" };
            let _ = write!(properties, "{comma}{ancestors}}}");
        }
        match source(&entity) {
            Some(source) => {
                let json = identity(name, &id);
                fixtures.table.given.borrow_mut().answer((name.clone(), id), source.clone(), properties);
                Some(json)
            }
            None => Some(format!("{{\"type\":{},\"id\":{},\"properties\":{properties}}}", quoted(name), quoted(&id))),
        }
    }

    /// `Team("support")`: an entity without its attributes.
    fn reference(&mut self, fixtures: Fixtures<'_>, name: &Name, id: &ast::Text, at: Span) -> Option<String> {
        if self.broken(Namespace::Type, name) {
            return None;
        }
        let entity = find_entity(self.db, self.package, name)?;
        let id = self.id(id, &entity, id.span)?;
        let lacking: Vec<String> =
            entity.fields.iter().filter(|f| !f.optional).map(|f| format!("`{}`", f.name)).collect();
        match entity.channel {
            Channel::Pep if !lacking.is_empty() => {
                let d =
                    Diagnostic::new(Code::MissingField, at, format!("entity `{name}` lacks {}", lacking.join(", ")))
                        .label("only its id")
                        .help(format!(
                            "its attributes come with the request: write it out, `{name} {{ id: \"…\", … }}`"
                        ));
                self.report(d);
                None
            }
            Channel::Pep => Some(format!("{{\"type\":{},\"id\":{},\"properties\":{{}}}}", quoted(name), quoted(&id))),
            Channel::Source { .. } | Channel::File(_) => {
                if matches!(entity.channel, Channel::File(_)) && !self.in_the_file(name, &id, at) {
                    return None;
                }
                let json = identity(name, &id);
                fixtures.table.given.borrow_mut().named.insert((name.clone(), id));
                Some(json)
            }
        }
    }

    /// Whether an entity's file has a row for an id; reports it if not.
    fn in_the_file(&mut self, name: &Name, id: &str, at: Span) -> bool {
        let Some(item) = find(self.db, self.package, Namespace::Type, name) else { return false };
        let facts = entity_rows(self.db, self.package, item);
        if !facts.whole || facts.rows.contains_key(id) {
            return true;
        }
        let d = Diagnostic::new(
            Code::UnknownRow,
            at,
            format!("the data file has no row for the `{name}` {}", zt_values::quote(id)),
        )
        .label("not in the file")
        .help("name one that is there: what is in no file every rule fails on that reads it");
        let d = match nearest(id, facts.rows.keys().map(|k| &**k)) {
            Some(near) => d.help(format!("did you mean {}?", zt_values::quote(near))),
            None => d,
        };
        self.report(d);
        false
    }

    /// The text of an id.
    pub(crate) fn id(&mut self, t: &ast::Text, entity: &Entity, at: Span) -> Option<String> {
        let good = !t.value.is_empty() && t.value.len() <= zt_values::limits::ID_BYTES && !t.value.contains('\0');
        if !good {
            self.report(no_id(at));
        }
        if let Some(ty) = entity.id.as_ref().filter(|_| good)
            && let Some(why) = impossible_text(&t.value, &ty.ty, &ty.bounds)
        {
            self.report(impossible(at, &format!("`\"{}\"`", t.value.escape_debug()), &ty.ty, why));
            return None;
        }
        good.then(|| t.value.to_string())
    }

    /// What is above an entity, as it stands in a request: each once, and with each what is above it.
    fn ancestors(&mut self, fixtures: Fixtures<'_>, entity: &Entity, above: &ast::Entry) -> Option<Vec<String>> {
        let possible = self.ancestor_types(entity);
        if possible.is_empty() {
            let d = Diagnostic::new(
                Code::UnknownAttribute,
                above.name.span,
                format!("nothing can be above {} `{}`", article(&entity.name), entity.name),
            )
            .label("it is in nothing")
            .help(format!("say in what it can be: `entity {} in …`", entity.name));
            self.report(d);
            return None;
        }
        let (list, fixtures) = self.followed(fixtures, &above.value);
        let ValueKind::List(elements) = &list.kind else {
            let d = Diagnostic::new(Code::TypeMismatch, above.value.span, "what an entity is in is a list")
                .label("no list")
                .help("write `in: [Team(\"…\")]`");
            self.report(d);
            return None;
        };
        let mut out: Vec<String> = vec![];
        let mut whole = true;
        for element in elements {
            let told = self.diagnostics.len();
            // Of what is above only types and ids are sent, so no attributes are missed.
            if let (Value { kind: ValueKind::Reference(ty, id), .. }, _) = self.followed(fixtures, element)
                && possible.contains(&ty.text)
                && find_entity(self.db, self.package, &ty.text).is_some_and(|e| e.channel == Channel::Pep)
            {
                let of = find_entity(self.db, self.package, &ty.text)?;
                match self.id(id, &of, id.span).map(|id| identity(&ty.text, &id)) {
                    Some(one) if out.contains(&one) => {}
                    Some(one) => out.push(one),
                    None => whole = false,
                }
                continue;
            }
            match self.entity_of(fixtures, element) {
                Some(ty) if possible.contains(&ty) => {
                    let want = Ty::Entity(ty.clone());
                    match self.value(fixtures, element, &Wanted { ty: &want, bounds: &unbounded(&want) }) {
                        Some(json) => {
                            for one in with_its_own(fixtures, &json) {
                                if !out.contains(&one) {
                                    out.push(one);
                                }
                            }
                        }
                        None => whole = false,
                    }
                }
                found => {
                    whole = false;
                    if self.diagnostics.len() == told && !fixtures.table.broken {
                        let what = found.map_or("this".to_owned(), |ty| format!("{} `{ty}`", article(&ty)));
                        let d = Diagnostic::new(
                            Code::TypeMismatch,
                            element.span,
                            format!("{what} cannot be above {} `{}`", article(&entity.name), entity.name),
                        )
                        .label("not one of these entities")
                        .help(format!(
                            "above it can be {}",
                            possible.iter().map(|p| format!("`{p}`")).collect::<Vec<_>>().join(", ")
                        ));
                        self.report(d);
                    }
                }
            }
        }
        whole.then_some(out)
    }

    /// A value, where it is a fixture's name the fixture's.
    fn followed<'a>(&self, fixtures: Fixtures<'a>, v: &'a Value) -> (&'a Value, Fixtures<'a>) {
        let (mut v, mut fixtures) = (v, fixtures);
        while let ValueKind::Literal(ast::Expr { kind: ExprKind::Name(n), .. }) = &v.kind
            && let Known::Value(next, before) = fixtures.find(&n.text)
        {
            (v, fixtures) = (next, before);
        }
        (v, fixtures)
    }
}

/// An entity and what is above it, as ancestors stand in a request.
fn with_its_own(fixtures: Fixtures<'_>, json: &str) -> Vec<String> {
    let entity: serde_json::Value = serde_json::from_str(json).unwrap_or_default();
    let text = |v: &serde_json::Value, name: &str| v.get(name).and_then(|t| t.as_str()).unwrap_or_default().to_owned();
    let (ty, id) = (text(&entity, "type"), text(&entity, "id"));
    let given = fixtures.table.given.borrow();
    let answered = given.answers.get(&(ty.as_str().into(), id.clone()));
    let answered: Option<serde_json::Value> =
        answered.and_then(|(_, properties)| serde_json::from_str(properties).ok());
    let properties = answered.as_ref().or_else(|| entity.get("properties"));
    let above = properties.and_then(|p| p.get("in")).and_then(|list| list.as_array());
    let above = above.into_iter().flatten().map(|v| identity(&text(v, "type"), &text(v, "id")));
    std::iter::once(identity(&ty, &id)).chain(above).collect()
}

/// Whether `null` is written.
fn is_null(v: &Value) -> bool {
    matches!(&v.kind, ValueKind::Literal(ast::Expr { kind: ExprKind::Name(n), .. }) if &*n.text == "null")
}

/// The members of two objects as one.
fn joined(first: &str, second: &str) -> Option<String> {
    let (first, second) = (first.strip_suffix('}')?, second.strip_prefix('{')?);
    let comma = if first.len() > 1 && second.len() > 1 { "," } else { "" };
    Some(format!("{first}{comma}{second}"))
}

/// An entity without its attributes.
fn identity(ty: &str, id: &str) -> String {
    format!("{{\"type\":{},\"id\":{}}}", quoted(ty), quoted(id))
}

fn no_id(at: Span) -> Diagnostic {
    Diagnostic::new(Code::TypeMismatch, at, "an `id` is a text of 1 to 256 bytes")
        .label("not an id")
        .help("write it in double quotes: `id: \"a-1\"`")
}

/// What a literal is called that measures something.
fn written(measured: Result<(Ty, i64), Box<Diagnostic>>) -> &'static str {
    match measured.map(|(ty, _)| ty) {
        Ok(Ty::Size) => "a size",
        Ok(Ty::Instant) => "an instant",
        Ok(Ty::Date) => "a date",
        Ok(Ty::Time) => "a time of day",
        _ => "a duration",
    }
}

/// The name of a request where a value should stand.
fn not_a_value(name: &ast::Ident) -> Diagnostic {
    Diagnostic::new(Code::BadCall, name.span, format!("`{}` is a request, not a value", name.text))
        .label("a value should stand here")
        .help("declare the value with `fixture`")
}
