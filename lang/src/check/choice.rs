//! Values of one of several types, and members of maps and lists that are read by name or place.
//!
//! What a value turned out to be is a step of its path, as an optional field is: `input.to is Email` asks whether
//! `input.to` has a field called `is Email`, and where that is known `input.to` reads it.

use std::sync::Arc;

use super::Cx;
use super::declare::kind_of;
use super::expr::{Typed, Want, strip};
use super::path::{Alternative, Env, Facts, View};
use super::types::{show, unbounded};
use crate::db::{Namespace, find};
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::choice::distinction;
use crate::hir::{Cmp, Distinction, Expr, ExprKind, Field, Name, Path, Quantifier, Root, Shape, Ty, Type};
use crate::span::Span;
use crate::syntax::ast::{self, Ident};

/// What stands before the name of a variant.
const IS: &str = "is ";

/// A field that is not declared.
fn field(name: impl Into<Name>, ty: Type, optional: bool) -> Field {
    let name = name.into();
    Field { wire: name.clone(), name, ty, optional, free: false, default: None }
}

/// Whether a step of a path says what the value before it is.
pub(crate) fn is_variant(step: &str) -> bool {
    step.starts_with(IS)
}

/// Whether a step of a path reads a member of a map or an element of a list.
pub(crate) fn is_index(step: &str) -> bool {
    step.starts_with('[')
}

/// The variant that a literal is of, by its looks.
pub(crate) fn written_variant<'v>(variants: &'v [Field], e: &ast::Expr) -> Option<&'v Field> {
    use ast::ExprKind as E;
    let shape = match &e.kind {
        E::Bool(_) => Shape::Bool,
        E::Int(_) | E::Decimal(_) => Shape::Number,
        E::Neg(inner) => return written_variant(variants, inner),
        E::Name(name) if &*name.text == "null" => Shape::Null,
        E::Text(_) | E::Instant(_) | E::Date(_) | E::Time(_) | E::Name(_) => Shape::String,
        // A size is a number, a duration is a text.
        E::Quantity(_) => {
            let counted = |v: &&Field| matches!(v.ty.ty.base(), Ty::Size | Ty::Duration);
            return variants.iter().find(counted);
        }
        E::List(_) => Shape::Array,
        _ => return None,
    };
    variants.iter().find(|v| v.ty.ty.shape() == Some(shape))
}

impl Cx<'_> {
    /// `A or B`
    pub(crate) fn choice_type(&mut self, t: &ast::TypeExpr) -> Option<Type> {
        let first = ast::TypeExpr { or: vec![], ..t.clone() };
        let mut variants: Vec<Field> = vec![];
        let mut whole = true;
        let last = t.or.len();
        for (at, one) in std::iter::once(&first).chain(&t.or).enumerate() {
            if let Some(mark) = one.optional.filter(|_| at < last) {
                let d = Diagnostic::new(Code::BadElement, mark, "a choice is optional as a whole")
                    .label("belongs to the end")
                    .help("put the `?` behind the last type: `A or B?`");
                self.report(d);
            }
            match self.variant(one) {
                Some(ty) => variants.push(field(format!("{IS}{}", one.name.text), ty, true)),
                None => whole = false,
            }
        }
        if !whole || !self.told_apart(t, &variants) {
            return None;
        }
        let ty = Ty::Choice(variants.into());
        Some(Type { bounds: unbounded(&ty), ty })
    }

    /// One of the types of a choice.
    fn variant(&mut self, t: &ast::TypeExpr) -> Option<Type> {
        if &*t.name.text == "null" {
            return Some(Type { bounds: unbounded(&Ty::Null), ty: Ty::Null });
        }
        let plain = ast::TypeExpr { optional: None, ..t.clone() };
        let ty = self.resolve(&plain)?;
        if ty.ty.base() == &Ty::Json {
            let d = Diagnostic::new(Code::BadElement, t.span, "a `Json` may look like anything")
                .label("nothing tells it from the others")
                .help("leave out the others, or declare what it is");
            self.report(d);
            return None;
        }
        Some(ty)
    }

    /// Whether JSON tells the types of a choice apart; reports it if not.
    fn told_apart(&mut self, t: &ast::TypeExpr, variants: &[Field]) -> bool {
        let spans: Vec<Span> = std::iter::once(t.name.span).chain(t.or.iter().map(|o| o.span)).collect();
        let of = |v: &Field| v.ty.ty.shape();
        for (at, variant) in variants.iter().enumerate() {
            let same = variants.iter().take(at).find(|before| of(before) == of(variant));
            let Some(before) = same.filter(|_| of(variant) != Some(Shape::Object)) else { continue };
            let d = Diagnostic::new(
                Code::Indistinct,
                spans.get(at).copied().unwrap_or(t.span),
                format!("`{}` and `{}` look alike in JSON", show(&before.ty.ty), show(&variant.ty.ty)),
            )
            .label("which of them a value is could not be told")
            .help(match of(variant) {
                Some(Shape::String) => "declare the text that takes both, or two fields",
                Some(Shape::Array) => "declare one list of what both hold",
                _ => "declare one type that takes both",
            });
            self.report(d);
            return false;
        }
        let objects: Vec<&Field> = variants.iter().filter(|v| of(v) == Some(Shape::Object)).collect();
        if objects.len() < 2 {
            return true;
        }
        let all_told = objects.iter().all(|v| !self.told_by(&v.ty.ty).is_empty());
        if all_told && self.distinction(variants).is_some() {
            return true;
        }
        let names: Vec<String> = objects.iter().map(|v| format!("`{}`", show(&v.ty.ty))).collect();
        let d = Diagnostic::new(Code::Indistinct, t.span, format!("nothing tells {} apart", names.join(" and ")))
            .label("which of them an object is could not be told")
            .help(
                "give each a required field of the same name, whose type is an enum of its own: `kind : CardKind`; \
                 entities say their type by themselves",
            );
        self.report(d);
        false
    }

    /// How the objects among the variants of a choice are told apart.
    pub(crate) fn distinction(&self, variants: &[Field]) -> Option<Distinction> {
        distinction(&variants.iter().map(|variant| self.told_by(&variant.ty.ty)).collect::<Vec<_>>())
    }

    /// The members that can tell values of a type from others, with what they say. It asks for what is written alone: a
    /// record may lead back to the choice.
    fn told_by(&self, ty: &Ty) -> Vec<(Name, Vec<Name>)> {
        let item = |name: &Name| find(self.db, self.package, Namespace::Type, name);
        match ty.base() {
            Ty::Entity(name) => vec![("type".into(), vec![name.clone()])],
            Ty::Record(name) => {
                let Some(item) = item(name) else { return vec![] };
                let Some(ast::ItemKind::Record(record)) = &item.ast(self.db).kind else { return vec![] };
                let told = |f: &ast::Field| {
                    if f.ty.absent().is_some() || f.default.is_some() || !f.ty.or.is_empty() {
                        return None;
                    }
                    let of = find(self.db, self.package, Namespace::Type, &f.ty.name.text)?;
                    let Some(ast::ItemKind::Enum(of)) = &of.ast(self.db).kind else { return None };
                    let spelled = |wire: &Option<ast::Text>, name: &Ident| {
                        wire.as_ref().map_or_else(|| name.text.clone(), |wire| wire.value.clone())
                    };
                    let says = of.members.iter().map(|m| spelled(&m.wire, &m.name)).collect();
                    Some((spelled(&f.wire, &f.name), says))
                };
                record.fields.iter().filter_map(told).collect()
            }
            _ => vec![],
        }
    }

    /// `Map<K, V>`
    pub(crate) fn map_type(&mut self, t: &ast::TypeExpr) -> Option<Type> {
        let (Some(key), Some(value)) = (&t.argument, &t.second) else {
            self.report(
                Diagnostic::new(Code::BadElement, t.name.span, "`Map` needs the types of its names and its members")
                    .label("a map of what, by what?")
                    .help("write them in angle brackets, as in `Map<Ident, String>`"),
            );
            return None;
        };
        for one in [key, value] {
            if let Some(at) = one.absent() {
                self.report(
                    Diagnostic::new(Code::BadElement, at, "nothing in a map is ever absent")
                        .label("a map without it simply lacks it")
                        .help("remove `?`")
                        .fix("remove `?`", at, ""),
                );
            }
        }
        let name = self.resolve(key)?;
        if !matches!(name.ty.base(), Ty::String | Ty::Ident | Ty::Syntax(_) | Ty::Enum(_)) {
            self.report(
                Diagnostic::new(Code::BadElement, key.span, format!("{} cannot be a name in a map", kind_of(&name.ty)))
                    .label("names in JSON are texts")
                    .help("use a text type or an enum"),
            );
            return None;
        }
        let nested = self.names_collection(value);
        let plain = ast::TypeExpr { optional: None, ..(**value).clone() };
        let member = if nested { None } else { Some(self.resolve(&plain)?) };
        let holds = |m: &Type| !matches!(m.ty.base(), Ty::Set(_) | Ty::List(_) | Ty::Map(_) | Ty::Null);
        let Some(member) = member.filter(holds) else {
            self.report(
                Diagnostic::new(Code::BadElement, value.span, "a map does not hold collections")
                    .label("collections do not hold collections")
                    .help("put it into a `record`, and map names to those"),
            );
            return None;
        };
        let entry = Ty::Entry([field("key", name, false), field("value", member, false)].into());
        let ty = Ty::Map(Box::new(entry));
        Some(Type { bounds: self.unrefined(&ty), ty })
    }

    /// What a view is, where it is known to be of one of its types.
    pub(crate) fn narrowed(&self, env: &Env, view: View) -> View {
        let [Alternative::Value(ty, _)] = view.alternatives.as_slice() else { return view };
        let Ty::Choice(variants) = ty.base() else { return view };
        let variant = |v: &&Field| env.facts.present.contains(&stepped(&view.path, &v.name));
        match variants.iter().find(variant) {
            Some(v) => View {
                path: stepped(&view.path, &v.name),
                alternatives: vec![Alternative::Value(v.ty.ty.clone(), v.ty.bounds.clone())],
                optional: false,
                span: view.span,
            },
            None => view,
        }
    }

    /// What it is that has the variant at hand.
    fn widened(&mut self, env: &Env, view: View) -> Option<View> {
        match view.path.fields.last() {
            Some(last) if is_variant(last) => {
                let mut path = view.path.clone();
                path.fields.pop();
                self.walk(env, &path, view.span)
            }
            _ => Some(view),
        }
    }

    /// `input.to is Email as one`; `None` if what is asked is not of one of several types.
    pub(crate) fn is_of_choice(
        &mut self,
        env: &Env,
        view: &View,
        name: &Ident,
        bind: Option<&Ident>,
        span: Span,
    ) -> Option<Typed> {
        let view = self.widened(env, view.clone())?;
        let [Alternative::Value(ty, _)] = view.alternatives.as_slice() else { return None };
        let Ty::Choice(variants) = ty.base() else { return None };
        let vague = || Facts { vague: true, ..Facts::default() };
        let mut lost = Typed { plus: vague(), minus: vague(), ..Typed::default() };
        lost.plus.names.extend(bind.map(|b| (b.text.clone(), None)));
        if !self.proven(env, &view) {
            return Some(lost);
        }
        let wanted = format!("{IS}{}", name.text);
        let Some(variant) = variants.iter().find(|v| *v.name == *wanted) else {
            let known: Vec<&str> = variants.iter().filter_map(|v| v.name.strip_prefix(IS)).collect();
            let listed: Vec<String> = known.iter().map(|n| format!("`{n}`")).collect();
            self.report(
                Diagnostic::new(
                    Code::TypeMismatch,
                    name.span,
                    format!("`{}` is never of type `{}`", view.show(env), name.text),
                )
                .label("always false")
                .help(format!("it is {}", listed.join(" or ")))
                .did_you_mean(name.span, &name.text, known),
            );
            return Some(lost);
        };
        let path = stepped(&view.path, &variant.name);
        let mut plus = Facts { present: [path.clone()].into(), ..Facts::default() };
        let mut minus = Facts { is_not: [(view.path.clone(), variant.name.clone())].into(), ..Facts::default() };
        // Where all others are excluded, it is the last one.
        let excluded =
            |v: &&Field| v.name == variant.name || env.facts.is_not.contains(&(view.path.clone(), v.name.clone()));
        let mut left = variants.iter().filter(|v| !excluded(v));
        if let (Some(last), None) = (left.next(), left.next()) {
            minus.present.insert(stepped(&view.path, &last.name));
        }
        self.bind(env, bind, &path, &mut plus);
        Some(Typed { plus, minus, ..Typed::of(ExprKind::Has(path), Ty::Bool, span) })
    }

    /// `input.labels["team"]`, `input.args[0]`: a member of a map by its name, an element of a list by its place.
    pub(crate) fn indexed(&mut self, env: &Env, view: View, key: &ast::Expr, span: Span) -> Option<View> {
        if !self.proven(env, &view) {
            return None;
        }
        let (ty, _) = self.value_type(env, &view)?;
        if matches!(ty.base(), Ty::Choice(_)) {
            self.which(env, &view, &ty);
            return None;
        }
        let step = match (ty.base(), &strip(key).kind) {
            (Ty::List(_), ast::ExprKind::Int(n)) => match n.text.parse::<u32>() {
                Ok(place) if place < super::types::MAX_ELEMENTS => Some(format!("[{place}]")),
                _ => None,
            },
            (Ty::Map(entry), _) => {
                let Ty::Entry(fields) = &**entry else { return None };
                Some(self.index_key(env, fields.first()?, key)?)
            }
            (Ty::List(_), _) => None,
            _ => {
                self.report(
                    Diagnostic::new(Code::NotAValue, span, format!("{} has no members by name or place", kind_of(&ty)))
                        .label(kind_of(&ty))
                        .help("only a `Map` is read by a name, and a `List` by a place"),
                );
                return None;
            }
        };
        let Some(step) = step else {
            self.report(
                Diagnostic::new(Code::NotAValue, key.span, "an element of a list is read by its place, written out")
                    .label("no such place")
                    .help("places count from 0: `input.args[0]`; all elements are asked by `any(x in …: …)`"),
            );
            return None;
        };
        self.step(env, view, &Ident { text: step.into(), span: key.span }, span)
    }

    /// The step that a name in a map is.
    fn index_key(&mut self, env: &Env, key: &Field, written: &ast::Expr) -> Option<String> {
        let want = Want { ty: key.ty.ty.clone(), bounds: Some(key.ty.bounds.clone()), exact: true };
        let literal = matches!(strip(written).kind, ast::ExprKind::Text(_) | ast::ExprKind::Name(_));
        let held = match literal.then(|| self.expr(env, written, Some(&want)).expr) {
            Some(None) => return None,
            Some(Some(x)) if x.ty == key.ty.ty => self.held(&x),
            _ => None,
        };
        if held.is_none() {
            self.report(
                Diagnostic::new(Code::NotAValue, written.span, "a member of a map is read by its name, written out")
                    .label(format!("no {} that is written out", kind_of(&key.ty.ty)))
                    .help("a name that is read is looked for: `any(e in …: e.key == … and …)`"),
            );
        }
        held.map(|held| format!("[\"{held}\"]"))
    }

    /// A name in a map as it is held: of an enum as it is spelled in requests.
    fn held(&self, x: &Expr) -> Option<Name> {
        match (&x.kind, x.ty.base()) {
            (ExprKind::Text(text), _) => Some(text.clone()),
            (ExprKind::Member(index), Ty::Enum(name)) => {
                Some(self.enumeration(name)?.members.get(*index as usize)?.wire.clone())
            }
            _ => None,
        }
    }

    /// One step into a map or a list, by name or place; `None` if the type has none.
    pub(crate) fn index_step(&self, ty: &Ty, bounds: &crate::hir::Bounds) -> Option<Alternative> {
        match ty.base() {
            Ty::List(element) => {
                let inner = bounds.element.as_deref().cloned().unwrap_or_else(|| unbounded(element));
                Some(Alternative::Value((**element).clone(), inner))
            }
            Ty::Map(entry) => match &**entry {
                Ty::Entry(fields) => {
                    fields.get(1).map(|value| Alternative::Value(value.ty.ty.clone(), value.ty.bounds.clone()))
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// `"team" in input.labels`: whether a map has a member of a name.
    pub(crate) fn in_map(&mut self, env: &Env, a: &ast::Expr, map: Expr, entry: &Arc<[Field]>, span: Span) -> Typed {
        let Some(key) = entry.first() else { return Typed::default() };
        // The variable of what it comes to stands around what is asked.
        let mut inner = env.clone();
        let var = u32::try_from(inner.vars.len()).unwrap_or(u32::MAX);
        inner.vars.push(("".into(), Ty::Entry(entry.clone()), unbounded(&Ty::Null)));
        let want = Want { ty: key.ty.ty.clone(), bounds: Some(key.ty.bounds.clone()), exact: true };
        let Some(x) = self.expr(&inner, a, Some(&want)).expr else { return Typed::default() };
        if x.ty != key.ty.ty {
            let said = format!("the map has names of {}, this is {}", kind_of(&key.ty.ty), kind_of(&x.ty));
            return self.mismatch(said, &key.ty.ty, map.span, &x);
        }
        if let (ExprKind::Path(path), Some(held)) = (&map.kind, self.held(&x)) {
            let path = stepped(path, &format!("[\"{held}\"]").into());
            let plus = Facts { present: [path.clone()].into(), ..Facts::default() };
            return Typed { plus, ..Typed::of(ExprKind::Has(path), Ty::Bool, span) };
        }
        let read = Path { root: Root::Var(var), fields: vec!["key".into()] };
        let own = Expr { kind: ExprKind::Path(read), ty: key.ty.ty.clone(), span };
        let body = Expr { kind: ExprKind::Compare(Cmp::Eq, Box::new(own), Box::new(x)), ty: Ty::Bool, span };
        let kind = ExprKind::Quantifier { kind: Quantifier::Any, over: Box::new(map), var, body: Box::new(body) };
        Typed::of(kind, Ty::Bool, span)
    }

    /// Whether the lists and maps that an argument may be are no longer than a definition counts with.
    pub(crate) fn variants_fit(&mut self, param: &Name, x: &Expr, taken: &Ty) -> bool {
        let (Ty::Choice(given), Ty::Choice(taken)) = (x.ty.base(), taken.base()) else { return true };
        let collection = |v: &Field| matches!(v.ty.ty.base(), Ty::Set(_) | Ty::List(_) | Ty::Map(_));
        let mut pairs = given.iter().zip(taken.iter());
        let Some((given, taken)) = pairs.find(|(g, t)| collection(g) && g.ty.bounds.length > t.ty.bounds.length) else {
            return true;
        };
        let d = Diagnostic::new(
            Code::TooCostly,
            x.span,
            format!(
                "parameter `{param}` takes up to {} elements, this may have {}",
                taken.ty.bounds.length, given.ty.bounds.length
            ),
        )
        .label("too many")
        .help(format!(
            "say so where it is declared: `{param} : … or {} max {}`",
            show(&taken.ty.ty),
            given.ty.bounds.length
        ));
        self.report(d);
        false
    }

    /// Reports that a value of several types is used as one.
    pub(crate) fn which(&mut self, env: &Env, view: &View, ty: &Ty) {
        let Ty::Choice(variants) = ty.base() else { return };
        let first = variants.first().and_then(|v| v.name.strip_prefix(IS)).unwrap_or_default();
        let shown = view.show(env);
        let d = Diagnostic::new(Code::WhichType, view.span, format!("`{shown}` may be {}", kind_of(ty)))
            .label("which of them is not known here")
            .help(format!("test it first: `{shown} is {first} and …`"));
        self.report(d);
    }
}

/// The path with one step more.
fn stepped(path: &Path, step: &Name) -> Path {
    let path = path.then(step.clone());
    path
}
