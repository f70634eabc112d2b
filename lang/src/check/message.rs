//! Messages: the text after `because`, and the values that it shows.

use std::sync::Arc;

use super::path::{Env, Seen};
use super::types::show;
use super::{Cx, HirItem, check_item};
use crate::db::Namespace;
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::{Bounds, Field, Path, Piece, Ty};
use crate::resolve::VALUES;
use crate::span::Span;
use crate::syntax::ast::{self, Ident};

/// Whether a message for the agent may show a value of a type: it holds no text.
fn tellable(ty: &Ty) -> bool {
    use Ty::{Entity, Ident, Json, List, Record, Set, String, Syntax};
    !matches!(element(ty).base(), String | Ident | Syntax(_) | Entity(_) | Record(_) | Set(_) | List(_) | Json)
}

/// Whether a message may show a value of a type: a single value, or a list or set of such.
fn showable(ty: &Ty) -> bool {
    let element = element(ty);
    !element.is_composite() && !matches!(element.base(), Ty::Set(_) | Ty::List(_))
}

/// Whether a part of a message may hold what somebody wrote.
fn untellable(piece: &Piece) -> bool {
    match piece {
        Piece::Path { ty, .. } | Piece::Reading { ty, .. } => !tellable(ty),
        Piece::OneOf(variants) => variants.iter().any(untellable),
        Piece::Text(_) => false,
    }
}

/// The type of the elements, or the type itself.
fn element(ty: &Ty) -> &Ty {
    match ty.base() {
        Ty::Set(element) | Ty::List(element) => element,
        _ => ty,
    }
}

/// The types of a choice that a message shows, if it shows all that say anything.
fn shown_variants(ty: &Ty) -> Option<impl Iterator<Item = &Field>> {
    let Ty::Choice(variants) = ty.base() else { return None };
    let said = |v: &&Field| v.ty.ty != Ty::Null;
    variants.iter().filter(said).all(|v| showable(&v.ty.ty)).then(|| variants.iter().filter(said))
}

/// A value in a message: of an entity its id.
fn shown(mut path: Path, ty: &Ty, bounds: &Bounds) -> Piece {
    if matches!(ty, Ty::Entity(_)) {
        path.fields.push("id".into());
        return Piece::Path { path, ty: Ty::String, places: 0 };
    }
    let places = bounds.element.as_ref().map_or(bounds.places, |element| element.places);
    Piece::Path { path, ty: ty.clone(), places }
}

/// The most steps of a path in a message.
const MAX_PATH: usize = 32;

impl Cx<'_> {
    pub(crate) fn message(&mut self, env: &Env, text: &ast::Text) -> Vec<Piece> {
        // Places inside the string are exact only where it has no escapes.
        let exact = text.value.len() + 2 == (text.span.end - text.span.start) as usize;
        let place = |from: usize, to: usize| {
            let at = |n: usize| text.span.start + 1 + u32::try_from(n).unwrap_or(0);
            if exact { Span::new(at(from), at(to)) } else { text.span }
        };
        let mut pieces: Vec<Piece> = vec![];
        let mut plain = String::new();
        let value = &*text.value;
        let mut at = 0;
        while let Some(c) = value.get(at..).and_then(|rest| rest.chars().next()) {
            let rest = value.get(at..).unwrap_or_default();
            if rest.starts_with("{{") || rest.starts_with("}}") {
                plain.push(c);
                at += 2;
            } else if c == '{' {
                let Some((path, _)) = rest.get(1..).and_then(|r| r.split_once('}')) else {
                    let d = Diagnostic::new(Code::BadMessage, place(at, at + 1), "a `{` in a message has no `}`")
                        .label("opened here")
                        .help("a brace that should be shown is written `{{`");
                    self.report(d);
                    return pieces;
                };
                let span = place(at + 1, at + 1 + path.len());
                at += path.len() + 2;
                if let Some(piece) = self.message_path(env, path, span, exact) {
                    if !plain.is_empty() {
                        pieces.push(Piece::Text(std::mem::take(&mut plain).into()));
                    }
                    pieces.push(piece);
                }
            } else if c == '}' {
                let d = Diagnostic::new(Code::BadMessage, place(at, at + 1), "a `}` in a message has no `{`")
                    .label("closes nothing")
                    .help("a brace that should be shown is written `}}`");
                self.report(d);
                return pieces;
            } else {
                plain.push(c);
                at += c.len_utf8();
            }
        }
        if !plain.is_empty() {
            pieces.push(Piece::Text(plain.into()));
        }
        pieces
    }

    /// A message for the agent: nothing that somebody wrote stands in it.
    pub(crate) fn told(&mut self, env: &Env, text: &ast::Text) -> Vec<Piece> {
        let pieces = self.message(env, text);
        if pieces.iter().any(untellable) {
            let d =
                Diagnostic::new(Code::BadMessage, text.span, "what is told to the agent holds no text from a request")
                    .label("a text in it could be an instruction")
                    .help("`tell` shows numbers, times and enum members; say the rest in `because`");
            self.report(d);
        }
        pieces
    }

    /// The reading of a window, in a message.
    fn shown_reading(&mut self, env: &Env, name: &Ident) -> Option<Piece> {
        let read = self.reading(env, name, false, name.span).expr?;
        let item = self.find(Namespace::Window, &name.text)?;
        let places = match &check_item(self.db, self.package, item).hir {
            Some(HirItem::Window(window)) => window.places,
            _ => return None,
        };
        Some(Piece::Reading { window: name.text.clone(), ty: read.ty, places })
    }

    fn message_path(&mut self, env: &Env, path: &str, span: Span, exact: bool) -> Option<Piece> {
        let word = |s: &str| {
            s.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
                && s.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        };
        if path.split('.').count() > MAX_PATH || !path.split('.').all(word) {
            let path: String = path.chars().take(40).collect();
            let d = Diagnostic::new(Code::BadMessage, span, format!("`{path}` is not an attribute"))
                .label("braces hold a path, nothing else")
                .help("write `{input.amount}`; a brace that should be shown is written `{{`");
            self.report(d);
            return None;
        }
        let mut start = span.start;
        let mut e: Option<ast::Expr> = None;
        // What the file calls by a short name is looked up by the name that the bundle knows.
        let local = self.local_names();
        let mut parts = path.split('.').peekable();
        while let Some(part) = parts.next() {
            let mut end = start + u32::try_from(part.len()).unwrap_or(0);
            let mut text: Arc<str> = Arc::from(part);
            if e.is_none() {
                let member = parts.peek().filter(|_| local.modules.contains_key(part)).copied();
                if let Some(member) = member {
                    text = format!("{part}.{member}").into();
                    end += u32::try_from(member.len()).unwrap_or(0) + 1;
                    parts.next();
                }
                if let Some(meaning) = local.meaning(VALUES, &text) {
                    let at = if exact { Span::new(start, end) } else { span };
                    if let Some(d) = local.refused(at, &text, &meaning) {
                        self.report(d);
                        return None;
                    }
                    text = meaning.full;
                }
            }
            let own = if exact { Span::new(start, end) } else { span };
            let name = Ident { text, span: own };
            e = Some(match e {
                None => ast::Expr { kind: ast::ExprKind::Name(name), span: own, depth: 1 },
                Some(inner) => {
                    let whole = inner.span.to(own);
                    ast::Expr { depth: inner.depth, kind: ast::ExprKind::Member(Box::new(inner), name), span: whole }
                }
            });
            start = end + 1;
        }
        // A message shows `?` for what is absent, so every step counts as tested.
        let e = e?;
        let mut env = env.clone();
        let view = loop {
            let before = self.diagnostics.len();
            match self.view(&env, &e) {
                Seen::Path(view) => break view,
                Seen::NotAPath => {
                    let text = match &e.kind {
                        ast::ExprKind::Name(name) => name.text.clone(),
                        _ => path.into(),
                    };
                    let name = Ident { text, span };
                    if self.find(Namespace::Window, &name.text).is_some() {
                        return self.shown_reading(&env, &name);
                    }
                    if self.find(Namespace::Define, &name.text).is_some() {
                        let d = Diagnostic::new(
                            Code::BadMessage,
                            span,
                            format!("a message cannot show the definition `{path}`"),
                        )
                        .label("not an attribute")
                        .help("show what it is made of, as in `{input.amount}`");
                        self.report(d);
                    } else {
                        self.report_unknown(&env, &name);
                    }
                    return None;
                }
                Seen::Poison => {
                    let absent = self.absent_step(&env, &e, before)?;
                    env.facts.present.insert(absent);
                }
            }
        };
        let (ty, bounds) = self.value_type(&env, &view)?;
        if let Some(variants) = shown_variants(&ty) {
            let of = |v: &Field| {
                let mut path = view.path.clone();
                path.fields.push(v.name.clone());
                shown(path, &v.ty.ty, &v.ty.bounds)
            };
            return Some(Piece::OneOf(variants.map(of).collect()));
        }
        if !showable(&ty) {
            let d = Diagnostic::new(Code::BadMessage, span, format!("a message cannot show `{}`", show(&ty)))
                .label("neither a single value nor a list or set of such")
                .help("show one of its parts, or leave it out");
            self.report(d);
            return None;
        }
        Some(shown(view.path, &ty, &bounds))
    }

    /// If the last mistake was a path that may be absent, takes it back and tells which.
    fn absent_step(&mut self, env: &Env, e: &ast::Expr, before: usize) -> Option<Path> {
        if self.diagnostics.len() != before + 1 || self.diagnostics.last()?.code != Code::MaybeAbsent {
            return None;
        }
        let span = self.diagnostics.pop()?.span;
        let mut inner = e;
        while let ast::ExprKind::Member(next, _) = &inner.kind {
            if next.span == span {
                // In a string with escapes every part has the span of the whole: what is looked at first may be
                // a longer path that breaks off at the same place.
                let known = self.diagnostics.len();
                match self.view(env, next) {
                    Seen::Path(view) if !env.facts.present.contains(&view.path) => return Some(view.path),
                    _ => self.diagnostics.truncate(known),
                }
            }
            inner = next;
        }
        None
    }
}
