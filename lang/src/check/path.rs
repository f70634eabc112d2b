//! Paths: what `principal.acts_for.region` is in every action and for every principal of a scope.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::choice::{is_index, is_variant};
use super::declare::{field, find_action, kind_of, members};
use super::types::{show, unbounded};
use super::{Cx, HirItem, check_item};
use crate::db::{Namespace, find};
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::{Bounds, Event, Field, Name, Path, Root, Syntax, Ty, Type};
use crate::span::Span;
use crate::syntax::ast::{self, Expr, ExprKind, Ident};

/// The names from which everything else is read. They mean this everywhere, so nothing else is called so.
pub(crate) const ROOTS: &[&str] = &["principal", "resource", "context", "input", "now"];

/// What can be read, and what is known of it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Env {
    /// Principal types in scope.
    pub(crate) principals: Arc<[Name]>,
    /// Actions in scope.
    pub(crate) actions: Arc<[Name]>,
    /// Parameters, inside a definition.
    pub(crate) params: Option<Arc<[(Name, Ty, Bounds)]>>,
    /// The tags whose fields can be read: those that the scope names.
    pub(crate) tags: Arc<[Name]>,
    /// The event whose fields can be read, in a window over it.
    pub(crate) event: Option<Name>,
    /// The arguments of the action that is being declared, while it is: then nothing but them is there.
    pub(crate) own: Option<Arc<[Field]>>,
    /// The name of the request that a law is about: what is read, is read of it.
    pub(crate) request: Option<Name>,
    /// Whether what a call gave back can be read: in a window of calls that succeeded.
    pub(crate) output: bool,
    /// Whether windows cannot be read: what is said holds whatever was before.
    pub(crate) timeless: bool,
    /// The variables of the quantifiers around, outermost first.
    pub(crate) vars: Vec<(Name, Ty, Bounds)>,
    /// What is known here.
    pub(crate) facts: Facts,
}

/// What a condition proves: paths that are present, and names given to them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) present: BTreeSet<Path>,
    /// A name whose test has a mistake in it stands for no path.
    pub(crate) names: BTreeMap<Name, Option<Path>>,
    /// What entities are, and what they are not.
    pub(crate) is: BTreeSet<(Path, Name)>,
    pub(crate) is_not: BTreeSet<(Path, Name)>,
    /// Whether a test has a mistake in it: nobody knows what it should have proven.
    pub(crate) vague: bool,
}

impl Facts {
    /// What both know together.
    pub(crate) fn and(mut self, other: &Facts) -> Facts {
        self.present.extend(other.present.iter().cloned());
        self.names.extend(other.names.iter().map(|(k, v)| (k.clone(), v.clone())));
        self.is.extend(other.is.iter().cloned());
        self.is_not.extend(other.is_not.iter().cloned());
        self.vague |= other.vague;
        self
    }

    /// What either knows; names are lost, for who could say which is meant.
    pub(crate) fn or(self, other: &Facts) -> Facts {
        Facts {
            present: self.present.intersection(&other.present).cloned().collect(),
            names: BTreeMap::new(),
            is: self.is.intersection(&other.is).cloned().collect(),
            is_not: self.is_not.intersection(&other.is_not).cloned().collect(),
            vague: self.vague || other.vague,
        }
    }

    /// Whether an entity can be of a type, as far as is known.
    pub(crate) fn can_be(&self, path: &Path, ty: &Name) -> bool {
        let mut known = self.is.iter().filter(|(of, _)| of == path).map(|(_, is)| is);
        known.all(|is| is == ty) && !self.is_not.contains(&(path.clone(), ty.clone()))
    }

    /// The same without names.
    pub(crate) fn unnamed(self) -> Facts {
        Facts { names: BTreeMap::new(), ..self }
    }
}

/// One of the things that a path can be, by action and principal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Alternative {
    /// A value of a type.
    Value(Ty, Bounds),
    /// The arguments of an action.
    Arguments(Name),
    /// What an action of this name gave back.
    Returned(Name),
    /// What an event of this name tells.
    Told(Name),
    /// Fields that are still being declared.
    Fields(Arc<[Field]>),
    /// Nothing: the action has no resource, the type no such attribute.
    Nothing,
}

/// A path and what it can be.
#[derive(Debug, Clone)]
pub(crate) struct View {
    pub(crate) path: Path,
    pub(crate) alternatives: Vec<Alternative>,
    /// Whether it may be absent.
    pub(crate) optional: bool,
    pub(crate) span: Span,
}

/// What an expression is when read as a path.
pub(crate) enum Seen {
    Path(View),
    NotAPath,
    /// A path with a mistake that has been reported.
    Poison,
}

impl View {
    /// As it is written.
    pub(crate) fn show(&self, env: &Env) -> String {
        show_path(&self.path, env)
    }

    /// Whether it is one of the roots and nothing more.
    pub(crate) fn bare_root(&self) -> bool {
        self.path.fields.is_empty() && !matches!(self.path.root, Root::Param(_) | Root::Var(_))
    }
}

/// As a path is written.
pub(crate) fn show_path(path: &Path, env: &Env) -> String {
    let root = match path.root {
        Root::Tag => return path.fields.join("."),
        Root::Var(i) => env.vars.get(i as usize).map_or_else(String::new, |(n, ..)| n.to_string()),
        Root::Param(i) => {
            env.params.as_ref().and_then(|p| p.get(i as usize)).map_or_else(String::new, |(n, ..)| n.to_string())
        }
        root => root.word().unwrap_or_default().to_owned(),
    };
    let whole = path.written(&root);
    match (&env.request, path.root) {
        (Some(request), Root::Principal | Root::Resource | Root::Context | Root::Input) => format!("{request}.{whole}"),
        _ => whole,
    }
}

/// A chain of names as one text.
pub(crate) fn dotted(e: &Expr) -> Option<String> {
    match &e.kind {
        ExprKind::Name(name) => Some(name.text.to_string()),
        ExprKind::Member(inner, name) => Some(format!("{}.{}", dotted(inner)?, name.text)),
        ExprKind::Paren(inner) => dotted(inner),
        _ => None,
    }
}

impl<'db> Cx<'db> {
    /// An event by name.
    pub(crate) fn find_event(&self, name: &str) -> Option<&'db Arc<Event>> {
        match &check_item(self.db, self.package, find(self.db, self.package, Namespace::Event, name)?).hir {
            Some(HirItem::Event(e)) => Some(e),
            _ => None,
        }
    }

    /// Reads an expression as a path.
    pub(crate) fn view(&mut self, env: &Env, e: &Expr) -> Seen {
        match &e.kind {
            ExprKind::Paren(inner) => self.view(env, inner),
            ExprKind::Name(_) | ExprKind::Member(..)
                if env.event.is_some() && dotted(e).as_deref() == env.event.as_deref() =>
            {
                let path = Path { root: Root::Event, fields: vec![] };
                let alternatives = env.event.iter().map(|e| Alternative::Told(e.clone())).collect();
                Seen::Path(View { path, alternatives, optional: false, span: e.span })
            }
            ExprKind::Name(name) if env.request.is_some() && ROOTS.contains(&&*name.text) && &*name.text != "now" => {
                let request = env.request.as_deref().unwrap_or_default();
                let d = Diagnostic::new(Code::NotInScope, name.span, format!("`{}` of which request?", name.text))
                    .label("a law is about the request that it names")
                    .help(format!("write `{request}.{}`", name.text))
                    .fix(format!("write `{request}.{}`", name.text), name.span, format!("{request}.{}", name.text));
                self.report(d);
                Seen::Poison
            }
            ExprKind::Member(inner, name)
                if env.request.is_some() && dotted(inner).as_deref() == env.request.as_deref() =>
            {
                if ROOTS.contains(&&*name.text) && &*name.text != "now" {
                    let root = self.root(env, name);
                    if let Seen::Path(view) = &root {
                        self.note_root(view);
                    }
                    return root;
                }
                let d = Diagnostic::new(Code::UnknownAttribute, name.span, format!("a request has no `{}`", name.text))
                    .label("not there")
                    .help("it has `principal`, `resource`, `context` and `input`")
                    .did_you_mean(name.span, &name.text, ["principal", "resource", "context", "input"]);
                self.report(d);
                Seen::Poison
            }
            ExprKind::Name(name) => match self.root(env, name) {
                Seen::Path(view) => {
                    self.note_root(&view);
                    Seen::Path(self.narrowed(env, view))
                }
                other => other,
            },
            ExprKind::Index(inner, key) => match self.view(env, inner) {
                Seen::Path(view) if view.path.root == Root::Tag && !self.tag_has_places(env, &view, inner.span) => {
                    Seen::Poison
                }
                Seen::Path(view) => match self.indexed(env, view, key, e.span) {
                    Some(view) => Seen::Path(self.narrowed(env, view)),
                    None => Seen::Poison,
                },
                Seen::Poison => Seen::Poison,
                Seen::NotAPath => {
                    let d = Diagnostic::new(Code::NotAValue, inner.span, "this has no members by name or place")
                        .label("not read from a request")
                        .help("only a `Map` is read by a name, and a `List` by a place");
                    self.report(d);
                    Seen::Poison
                }
            },
            ExprKind::Member(inner, name) => match self.view(env, inner) {
                Seen::Path(view) => match self.step(env, view, name, e.span) {
                    Some(view) => Seen::Path(self.narrowed(env, view)),
                    None => Seen::Poison,
                },
                Seen::Poison => Seen::Poison,
                Seen::NotAPath => {
                    match &inner.kind {
                        ExprKind::Name(unknown) => self.report_unknown(env, unknown),
                        _ => self.report(
                            Diagnostic::new(Code::NotAValue, inner.span, "this has no attributes")
                                .label(format!("`{}` cannot be read from it", name.text))
                                .help("attributes are read from `principal`, `resource`, `context` and `input`"),
                        ),
                    }
                    Seen::Poison
                }
            },
            _ => Seen::NotAPath,
        }
    }

    fn root(&mut self, env: &Env, name: &Ident) -> Seen {
        let root = match &*name.text {
            "principal" => Root::Principal,
            "resource" => Root::Resource,
            "context" => Root::Context,
            "input" => Root::Input,
            "now" => Root::Now,
            "output" if env.output => Root::Output,
            text => {
                if let Some(path) = env.facts.names.get(text) {
                    let Some(path) = path else { return Seen::Poison };
                    return self.walk(env, path, name.span).map_or(Seen::Poison, Seen::Path);
                }
                if env.tags.iter().any(|tag| **tag == *text) {
                    let fields = self.tag_fields(&text.into());
                    return Seen::Path(View {
                        path: Path { root: Root::Tag, fields: vec![text.into()] },
                        alternatives: vec![Alternative::Fields(fields.into())],
                        optional: false,
                        span: name.span,
                    });
                }
                let params = env.params.iter().flat_map(|p| p.iter()).zip((0..).map(Root::Param));
                let vars = env.vars.iter().zip((0..).map(Root::Var));
                let Some(((_, ty, bounds), root)) = params.chain(vars).find(|((n, ..), _)| **n == *text) else {
                    return Seen::NotAPath;
                };
                return Seen::Path(View {
                    path: Path { root, fields: vec![] },
                    alternatives: vec![Alternative::Value(ty.clone(), bounds.clone())],
                    optional: false,
                    span: name.span,
                });
            }
        };
        if env.params.is_some() {
            let d = Diagnostic::new(Code::NotInScope, name.span, format!("a definition cannot read `{}`", name.text))
                .label("a definition reads its parameters only")
                .help(format!("give it a parameter, and pass `{}` where it is used", name.text));
            self.report(d);
            return Seen::Poison;
        }
        if env.own.is_some() && !matches!(root, Root::Input | Root::Principal) {
            let d = Diagnostic::new(
                Code::NotInScope,
                name.span,
                format!("`{}` cannot be read in a declaration", name.text),
            )
            .label("not known here")
            .help("what an action declares of itself is computed from `input` and `principal`");
            self.report(d);
            return Seen::Poison;
        }
        match self.roots(env, root) {
            Some(alternatives) => {
                Seen::Path(View { path: Path { root, fields: vec![] }, alternatives, optional: false, span: name.span })
            }
            None => Seen::Poison,
        }
    }

    /// What a root can be; `None` if a mistake elsewhere hides it.
    pub(crate) fn roots(&self, env: &Env, root: Root) -> Option<Vec<Alternative>> {
        let value = |ty: Ty| Alternative::Value(ty.clone(), unbounded(&ty));
        let mut unique: Vec<Alternative> = vec![];
        match root {
            Root::Principal => {
                let path = Path { root, fields: vec![] };
                let can_be = |p: &&Name| env.facts.can_be(&path, p);
                return Some(env.principals.iter().filter(can_be).map(|p| value(Ty::Entity(p.clone()))).collect());
            }
            Root::Input if env.own.is_some() => {
                return Some(env.own.iter().map(|fields| Alternative::Fields(fields.clone())).collect());
            }
            Root::Input => return Some(env.actions.iter().map(|a| Alternative::Arguments(a.clone())).collect()),
            Root::Now => unique.push(value(Ty::Instant)),
            Root::Output => {
                return Some(env.actions.iter().map(|a| Alternative::Returned(a.clone())).collect());
            }
            Root::Param(_) | Root::Tag | Root::Event | Root::Var(_) => {}
            Root::Context if env.event.is_some() => {
                let event = self.find_event(env.event.as_ref()?)?;
                return Some(vec![event.context.clone().map_or(Alternative::Nothing, |r| value(Ty::Record(r)))]);
            }
            Root::Resource | Root::Context => {
                for name in env.actions.iter() {
                    let action = find_action(self.db, self.package, name)?;
                    let declared = match root {
                        Root::Resource => action.resource.clone().map(|r| value(Ty::Entity(r))),
                        _ => action.context.clone().map(|r| value(Ty::Record(r))),
                    };
                    // An action with a mistake in it may lack only what the mistake is in.
                    if declared.is_none() && self.broken(Namespace::Action, name) {
                        return None;
                    }
                    let declared = declared.unwrap_or(Alternative::Nothing);
                    if !unique.contains(&declared) {
                        unique.push(declared);
                    }
                }
            }
        }
        Some(unique)
    }

    /// Walks a path that has been walked before.
    pub(crate) fn walk(&mut self, env: &Env, path: &Path, span: Span) -> Option<View> {
        let mut view = match path.root {
            Root::Param(_) | Root::Var(_) => {
                let (_, ty, bounds) = match path.root {
                    Root::Param(i) => env.params.as_ref()?.get(i as usize)?,
                    Root::Var(i) => env.vars.get(i as usize)?,
                    _ => return None,
                };
                let alternatives = vec![Alternative::Value(ty.clone(), bounds.clone())];
                View { path: Path { root: path.root, fields: vec![] }, alternatives, optional: false, span }
            }
            Root::Event => {
                let alternatives = env.event.iter().map(|e| Alternative::Told(e.clone())).collect();
                View { path: Path { root: Root::Event, fields: vec![] }, alternatives, optional: false, span }
            }
            Root::Tag => {
                let tag = path.fields.first()?;
                let alternatives = vec![Alternative::Fields(self.tag_fields(tag).into())];
                let path = Path { root: Root::Tag, fields: vec![tag.clone()] };
                View { path, alternatives, optional: false, span }
            }
            root => View {
                path: Path { root, fields: vec![] },
                alternatives: self.roots(env, root)?,
                optional: false,
                span,
            },
        };
        for f in path.fields.iter().skip(view.path.fields.len()) {
            view = self.step(env, view, &Ident { text: f.clone(), span }, span)?;
        }
        Some(view)
    }

    /// The fields of an alternative; `None` if they are unknown because of a mistake elsewhere.
    pub(crate) fn fields_of<'a>(&self, a: &'a Alternative) -> Option<Cow<'a, [Field]>>
    where
        'db: 'a,
    {
        let borrowed = |fields: &'a [Field]| Some(Cow::Borrowed(fields));
        match a {
            Alternative::Arguments(action) => borrowed(&find_action(self.db, self.package, action)?.input),
            Alternative::Value(ty, _) => members(self.db, self.package, ty),
            Alternative::Returned(action) => {
                borrowed(find_action(self.db, self.package, action)?.output.as_deref().unwrap_or_default())
            }
            Alternative::Fields(fields) => borrowed(fields),
            Alternative::Told(event) => borrowed(&self.find_event(event)?.fields),
            Alternative::Nothing => borrowed(&[]),
        }
    }

    /// Whether a field is declared, if only with a mistake in it.
    fn declared(&self, a: &Alternative, name: &str) -> bool {
        let (namespace, item) = match a {
            Alternative::Arguments(action) => (Namespace::Action, action),
            Alternative::Value(Ty::Record(n) | Ty::Entity(n), _) => (Namespace::Type, n),
            _ => return false,
        };
        let Some(item) = find(self.db, self.package, namespace, item) else { return true };
        let fields = match &item.ast(self.db).kind {
            None => return true,
            Some(ast::ItemKind::Record(r)) => &r.fields,
            Some(ast::ItemKind::Entity(e)) => &e.fields,
            Some(ast::ItemKind::Action(a)) => {
                if let Some((whole, _)) = &a.part_of {
                    return whole.text != a.name.text
                        && self.declared(&Alternative::Arguments(whole.text.clone()), name);
                }
                return a.clauses.iter().any(|c| {
                    matches!(&c.kind, ast::ActionClauseKind::Input(fields) if fields.iter().any(|f| &*f.name.text == name))
                });
            }
            _ => return false,
        };
        fields.iter().any(|f| &*f.name.text == name)
    }

    /// Reads an attribute of a path. What goes before it must be known to be there.
    pub(crate) fn step(&mut self, env: &Env, view: View, name: &Ident, span: Span) -> Option<View> {
        if !self.proven(env, &view) {
            return None;
        }
        if is_index(&name.text)
            && let [Alternative::Value(ty, bounds)] = view.alternatives.as_slice()
        {
            let next = self.index_step(ty, bounds)?;
            let path = view.path.then(name.text.clone());
            return Some(View { path, alternatives: vec![next], optional: true, span });
        }
        if let [Alternative::Value(ty, _)] = view.alternatives.as_slice()
            && matches!(ty.base(), Ty::Choice(_))
            && !is_variant(&name.text)
        {
            let ty = ty.clone();
            self.which(env, &view, &ty);
            return None;
        }
        let entities =
            view.alternatives.iter().all(|a| matches!(a, Alternative::Value(Ty::Entity(_), _) | Alternative::Nothing));
        let path = view.path.then(name.text.clone());
        if &*name.text == "id" && entities && !view.alternatives.is_empty() {
            let mut bounds = unbounded(&Ty::String);
            bounds.length = u32::try_from(zt_values::limits::ID_BYTES).unwrap_or(u32::MAX);
            let optional = view.alternatives.contains(&Alternative::Nothing);
            if view.alternatives.iter().any(|a| *a != Alternative::Nothing) {
                return Some(View { path, alternatives: vec![Alternative::Value(Ty::String, bounds)], optional, span });
            }
        }
        let mut alternatives: Vec<Alternative> = vec![];
        let mut optional = false;
        let mut known: Vec<Name> = vec![];
        let mut missing = false;
        for a in &view.alternatives {
            let bare = |ty: &Ty| match ty.base() {
                Ty::Record(_) | Ty::Entity(_) | Ty::Choice(_) | Ty::Entry(_) => false,
                Ty::Syntax(_) => members(self.db, self.package, ty).is_none_or(|parts| parts.is_empty()),
                _ => true,
            };
            if let Alternative::Value(ty, _) = a
                && bare(ty)
            {
                let d = Diagnostic::new(
                    Code::UnknownAttribute,
                    name.span,
                    format!("{} has no `{}`", kind_of(ty), name.text),
                )
                .label("nothing of this name")
                .help(match (&*name.text, ty.base()) {
                    ("length" | "size" | "len" | "count", Ty::Set(_) | Ty::List(_) | Ty::Map(_)) => {
                        "write `count(…)` around it"
                    }
                    ("length" | "size" | "len" | "count", _) => {
                        "a length is bounded where the type is declared, with `max`"
                    }
                    (_, Ty::Instant) => {
                        "say where the clock hangs: `(now at \"Europe/Paris\").date`, `.time` or `.weekday`"
                    }
                    (_, Ty::Json) => "a `Json` is passed on as it is; declare a `record` for what is judged",
                    (_, Ty::Map(_)) => {
                        "read a member by its name, `…[\"name\"] ?? …`, or ask all: `any(e in …: e.key …)`"
                    }
                    (_, Ty::Set(_) | Ty::List(_)) => "ask its elements: `any(x in …: …)`",
                    (_, Ty::Syntax(Syntax::Path)) => "match it with `glob\"…\"`, or ask whether it is `under` another",
                    _ => "only records and entities have attributes",
                });
                self.report(d);
                return None;
            }
            let fields = self.fields_of(a)?;
            match field(&fields, &name.text) {
                Some(f) => {
                    self.note_step(&view, a, f, name.span);
                    optional |= f.optional;
                    let next = Alternative::Value(f.ty.ty.clone(), f.ty.bounds.clone());
                    if !alternatives.contains(&next) {
                        alternatives.push(next);
                    }
                }
                None if self.declared(a, &name.text) => return None,
                None => {
                    missing = true;
                    known.extend(fields.iter().map(|f| f.name.clone()));
                }
            }
        }
        if alternatives.is_empty() {
            let d = self.unknown_attribute(env, &view, name, &known);
            self.report(d);
            return None;
        }
        let types: Vec<&Ty> =
            alternatives.iter().filter_map(|a| if let Alternative::Value(t, _) = a { Some(t) } else { None }).collect();
        if let [first, rest @ ..] = types.as_slice()
            && let Some(other) = rest.iter().find(|t| !t.alike(first))
        {
            let d = Diagnostic::new(
                Code::TwoTypes,
                name.span,
                format!(
                    "`{}` is `{}` for one part of the scope and `{}` for another",
                    name.text,
                    show(first),
                    show(other)
                ),
            )
            .label("two types")
            .help("split the policy, so that each has one type");
            self.report(d);
            return None;
        }
        // Where the types agree and only the refinements differ, no refinement can be relied on.
        if let [Alternative::Value(ty, first), others @ ..] = alternatives.as_slice()
            && !others.is_empty()
        {
            let common = others.iter().fold(Type { ty: ty.clone(), bounds: first.clone() }, |common, a| match a {
                Alternative::Value(ty, bounds) => wider(&common, &Type { ty: ty.clone(), bounds: bounds.clone() }),
                _ => common,
            });
            alternatives = vec![Alternative::Value(common.ty, common.bounds)];
        }
        Some(View { path, alternatives, optional: optional || missing, span })
    }

    /// Whether a path that may be absent is known to be there; reports it if not.
    pub(crate) fn proven(&mut self, env: &Env, view: &View) -> bool {
        if !view.optional || env.facts.vague || env.facts.present.contains(&view.path) {
            return true;
        }
        let whole = view.show(env);
        let d = Diagnostic::new(Code::MaybeAbsent, view.span, format!("`{whole}` may be absent here"))
            .label("not known to be present");
        let index = view.path.fields.last().filter(|step| is_index(step)).map(|step| step.trim_matches(['[', ']']));
        let help = match (index, whole.rsplit_once('.').unwrap_or(("", &whole))) {
            (Some(key), _) if key.starts_with('"') => {
                let map = whole.strip_suffix(&format!("[{key}]")).unwrap_or(&whole);
                format!("test it first, `{key} in {map} and …`, or give a value for its absence, `{whole} ?? …`")
            }
            (Some(_), _) => format!("give a value for its absence, `{whole} ?? …`"),
            (None, (parent, last)) => {
                format!("test it first, `{parent} has {last} and …`, or give a value for its absence, `{whole} ?? …`")
            }
        };
        let d = d.help(help);
        self.report(d);
        false
    }

    /// The type of a path as a value; reports a path that is none.
    pub(crate) fn value_type(&mut self, env: &Env, view: &View) -> Option<(Ty, Bounds)> {
        match view.alternatives.as_slice() {
            [Alternative::Value(ty, bounds)] => {
                if matches!(ty.base(), Ty::Set(_) | Ty::List(_) | Ty::Map(_)) {
                    // Where the same words mean different attributes, the largest of them counts.
                    let size = self.sizes.entry(view.path.clone()).or_default();
                    *size = bounds.length.max(*size);
                }
                Some((ty.clone(), bounds.clone()))
            }
            _ => {
                let shown = view.show(env);
                let why = match view.path.root {
                    Root::Input => "the arguments as a whole are not a value; read one of them",
                    _ if view.alternatives.contains(&Alternative::Nothing) => "some action in scope has none",
                    _ => "it has several types in this scope",
                };
                let d = Diagnostic::new(Code::NotAValue, view.span, format!("`{shown}` is not a value here"))
                    .label(why)
                    .help("read one of its attributes, or split the policy");
                self.report(d);
                None
            }
        }
    }
}

/// The type of what may be of either of two like types: it refuses no more than both, and lengths are at most the larger.
fn wider(a: &Type, b: &Type) -> Type {
    if a == b {
        return a.clone();
    }
    let ty = wider_members(&a.ty, &b.ty);
    let mut bounds = unbounded(&ty);
    bounds.length = a.bounds.length.max(b.bounds.length);
    Type { ty, bounds }
}

/// The same of what stands within the types.
fn wider_members(a: &Ty, b: &Ty) -> Ty {
    let inside = |a: &Ty, b: &Ty| Box::new(wider_members(a, b));
    let fields = |a: &[Field], b: &[Field]| {
        a.iter().zip(b).map(|(a, b)| Field { ty: wider(&a.ty, &b.ty), ..a.clone() }).collect()
    };
    match (a, b) {
        (Ty::Choice(a), Ty::Choice(b)) => Ty::Choice(fields(a, b)),
        (Ty::Entry(a), Ty::Entry(b)) => Ty::Entry(fields(a, b)),
        (Ty::List(a), Ty::List(b)) => Ty::List(inside(a, b)),
        (Ty::Set(a), Ty::Set(b)) => Ty::Set(inside(a, b)),
        (Ty::Map(a), Ty::Map(b)) => Ty::Map(inside(a, b)),
        _ => a.clone(),
    }
}
