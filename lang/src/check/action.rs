//! Actions: their clauses, and those that `extend` adds to them.

use std::collections::BTreeSet;

use super::Cx;
use super::declare::{field, find_action, part_of};
use super::default::fits;
use super::path::Env;
use super::types::show;
use crate::db::{Db, Item, Namespace, Package, find, index, local_names, split};
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::{Action, Bounds, Expr, Extend, Name, TagUse, Ty, Type};
use crate::span::Span;
use crate::syntax::ast::{self, ActionClause, ActionClauseKind, Ident, Selector};

/// An action while its clauses are read.
struct Making<'a> {
    out: Action,
    seen: Vec<(&'static str, Span)>,
    tier: Option<&'a Ident>,
    computed: Option<&'a ast::Expr>,
    tags: Vec<&'a ast::TagUse>,
    /// Of a part, what the whole is called, and whether that says a tier.
    whole: Option<(Name, bool)>,
}

fn clause_word(kind: &ActionClauseKind) -> &'static str {
    match kind {
        ActionClauseKind::By(_) => "by",
        ActionClauseKind::On(..) => "on",
        ActionClauseKind::Tags(_) => "tags",
        ActionClauseKind::Tier(_) => "tier",
        ActionClauseKind::Context(_) => "context",
        ActionClauseKind::Input(_) => "input",
        ActionClauseKind::Ask { .. } => "ask",
        ActionClauseKind::Output(_) => "output",
    }
}

pub(crate) fn action(cx: &mut Cx<'_>, x: &ast::Action) -> Action {
    let whole = x.part_of.as_ref().and_then(|(whole, when)| cx.part_of(x, whole, when));
    let blank = || Action {
        name: x.name.text.clone(),
        wire: x.wire.as_ref().map_or_else(|| x.name.text.clone(), |w| w.value.clone()),
        principals: vec![],
        resource: None,
        resource_id: None,
        tier: None,
        tags: vec![],
        context: None,
        input: vec![],
        output: None,
        part_of: None,
    };
    let is_part = x.part_of.is_some();
    let out = match whole {
        Some(part) => Action { name: x.name.text.clone(), part_of: Some(part.clone()), ..(*part.whole).clone() },
        None => blank(),
    };
    let (inherited_tier, inherited_tags) = (out.tier, out.tags.clone());
    let mut making = Making {
        out,
        seen: vec![],
        tier: None,
        computed: None,
        tags: vec![],
        whole: x.part_of.as_ref().map(|(whole, _)| (whole.text.clone(), says_tier(cx.db, cx.package, &whole.text))),
    };
    for c in &x.clauses {
        making.clause(cx, c, false);
    }
    let own_tier = making.tier.is_some();
    let own_computed = making.computed.is_some();
    let own_tags = making.tags.len();
    // What is added elsewhere has its mistakes reported there.
    let kept = cx.diagnostics.len();
    let added = extensions(cx.db, cx.package, x.name.text.clone());
    let trees: Vec<_> = added.iter().map(|item| item.ast(cx.db).clone()).collect();
    let own = cx.item;
    // An extension has the names of the root package, whosever the action is.
    let extending = added.first().copied().unwrap_or(own);
    for (tree, item) in trees.iter().zip(added) {
        if let Some(ast::ItemKind::Extend(extend)) = &tree.kind {
            cx.item = *item;
            extend.clauses.iter().for_each(|c| making.clause(cx, c, true));
        }
    }
    cx.item = own;
    cx.diagnostics.truncate(kept);
    // What is offered to others may leave it to them: until somebody says it, nobody may ask for the action.
    let offered = cx.item.ast(cx.db).public;
    if !is_part && !offered && !making.seen.iter().any(|(w, _)| *w == "by") {
        let d = Diagnostic::new(
            Code::Clauses,
            x.name.span,
            format!("action `{}` does not say who may ask for it", x.name.text),
        )
        .label("`by` is missing")
        .help("name the entity types of its principals, as in `by Agent or User`");
        cx.report(d);
    }
    let Making { mut out, tier, computed, tags, .. } = making;
    let kept = cx.diagnostics.len();
    out.tier = if is_part && tier.is_none() { inherited_tier } else { cx.tier(tier) };
    cx.item = if own_computed { own } else { extending };
    if !own_tier && tier.is_some() {
        cx.diagnostics.truncate(kept);
    }
    let kept = cx.diagnostics.len();
    if !is_part {
        out.resource_id = computed.and_then(|id| cx.resource_id(&out, id));
    }
    if !own_computed {
        cx.diagnostics.truncate(kept);
    }
    for (at, tag) in tags.into_iter().enumerate() {
        cx.item = if at < own_tags { own } else { extending };
        let kept = cx.diagnostics.len();
        if let Some(first) = inherited_tags.iter().find(|known| known.name == tag.name.text) {
            let d = Diagnostic::new(Code::DuplicateName, tag.name.span, format!("tag `{}` stands twice", first.name))
                .label("the whole carries it")
                .help("remove it: a part has what the whole declares");
            cx.report(d);
        } else if let Some(tag) = cx.tag_use(&out, tag) {
            out.tags.push(tag);
        }
        if at >= own_tags {
            cx.diagnostics.truncate(kept);
        }
    }
    cx.item = own;
    out
}

impl<'a> Making<'a> {
    fn clause(&mut self, cx: &mut Cx<'_>, c: &'a ActionClause, added: bool) {
        let word = clause_word(&c.kind);
        if let Some((whole, tiered)) = &self.whole
            && (matches!(word, "by" | "on" | "context" | "output") || word == "tier" && *tiered)
        {
            let d = Diagnostic::new(Code::BadPart, c.span, format!("`{word}` is said where `{whole}` is declared"))
                .label("not of a part")
                .help("a part has what the whole declares; it may add tags, stricter types, and a tier if the whole says none");
            cx.report(d);
            return;
        }
        let added = added || self.whole.is_some();
        let out = &mut self.out;
        // To the arguments an extension adds `free` and stricter types; tags and all else stand once.
        let again = self.seen.iter().find(|(w, _)| *w == word && !(added && word == "input"));
        if let Some((_, first)) = again {
            let d = Diagnostic::new(Code::Clauses, c.span, format!("`{word}` stands twice in action `{}`", out.name))
                .label("the second")
                .related(None, *first, "the first")
                .help("keep one of them");
            cx.report(d);
            return;
        }
        self.seen.push((word, c.span));
        match &c.kind {
            ActionClauseKind::By(types) => {
                for t in types {
                    let Some(name) = cx.entity(t) else { continue };
                    if out.principals.contains(&name) {
                        let d = Diagnostic::new(Code::DuplicateName, t.span, format!("`{name}` stands twice"))
                            .label("the second")
                            .help("remove it");
                        cx.report(d);
                    } else {
                        out.principals.push(name);
                    }
                }
            }
            ActionClauseKind::On(t, id) => {
                out.resource = cx.entity(t);
                self.computed = id.as_ref();
            }
            ActionClauseKind::Tags(tags) => {
                let mut known: BTreeSet<&Name> = BTreeSet::new();
                for tag in tags {
                    if known.insert(&tag.name.text) {
                        self.tags.push(tag);
                    } else {
                        let d = Diagnostic::new(
                            Code::DuplicateName,
                            tag.name.span,
                            format!("tag `{}` stands twice", tag.name.text),
                        )
                        .label("the second")
                        .help("remove it");
                        cx.report(d);
                    }
                }
            }
            ActionClauseKind::Tier(t) => self.tier = Some(t),
            ActionClauseKind::Context(t) => out.context = cx.context_record(t),
            // What it shows may read windows, and they ask what actions are: it has a query of its own.
            ActionClauseKind::Ask { .. } => {}
            ActionClauseKind::Input(fields) if added => cx.stricter(out, fields),
            ActionClauseKind::Input(fields) => out.input = cx.fields(fields, "argument"),
            ActionClauseKind::Output(fields) => {
                if let Some(value) = fields.iter().find_map(|f| f.default.as_ref()) {
                    let d = Diagnostic::new(Code::BadElement, value.span, "what a call gave back has no default")
                        .label("it is attested, or it is not there")
                        .help("declare it `name : T?`");
                    cx.report(d);
                }
                out.output = Some(cx.fields(fields, "field"));
            }
        }
    }
}

/// The items that add to actions, in order.
#[salsa::tracked]
pub fn extends<'db>(db: &'db dyn Db, package: Package) -> Vec<Item<'db>> {
    // Only the root package extends, so that using a package never widens a selection.
    let own = |item: &&Item<'db>| *item.home(db) == *package.name(db);
    index(db, package).all.iter().filter(|item| split(item.key(db)).0 == "extend").filter(own).copied().collect()
}

/// The items that add to an action, in order.
#[salsa::tracked]
pub fn extensions<'db>(db: &'db dyn Db, package: Package, action: Name) -> Vec<Item<'db>> {
    let whole = part_of(db, package, &action);
    extends(db, package)
        .iter()
        .filter(|item| match &item.ast(db).kind {
            // What the whole takes up its parts have from it.
            Some(ast::ItemKind::Extend(extend)) => {
                names_action(db, package, extend, &action)
                    && !whole.as_ref().is_some_and(|(whole, _)| names_action(db, package, extend, whole))
            }
            _ => false,
        })
        .copied()
        .collect()
}

/// Whether an extension names an action.
fn names_action(db: &dyn Db, package: Package, extend: &ast::Extend, action: &Name) -> bool {
    extend.selectors.iter().any(|s| match s {
        Selector::Action(name) => name.text == *action,
        Selector::Prefix(name) => local_names(db, package, None).selects(&name.text, action),
        Selector::Any(_) | Selector::Tag(_) => false,
    })
}

/// Whether an action says a tier, or an extension of it does.
fn says_tier(db: &dyn Db, package: Package, action: &str) -> bool {
    let tiered = |clauses: &[ActionClause]| clauses.iter().any(|c| matches!(c.kind, ActionClauseKind::Tier(_)));
    let own = find(db, package, Namespace::Action, action).is_some_and(
        |item| matches!(&item.ast(db).kind, Some(ast::ItemKind::Action(action)) if tiered(&action.clauses)),
    );
    own || extensions(db, package, action.into())
        .iter()
        .any(|item| matches!(&item.ast(db).kind, Some(ast::ItemKind::Extend(extend)) if tiered(&extend.clauses)))
}

/// Checks what is added to actions; each of them takes it up itself.
pub(crate) fn extend(cx: &mut Cx<'_>, x: &ast::Extend) -> Option<Extend> {
    if !cx.of_root() {
        return Some(Extend { actions: vec![] });
    }
    for s in &x.selectors {
        if let Selector::Any(_) | Selector::Tag(_) = s {
            let d = Diagnostic::new(Code::BadElement, s.span(), "actions are extended by their names")
                .label("not a name")
                .help("name them, as in `extend mail.send`, or by how their names start: `extend mail.*`");
            cx.report(d);
            return None;
        }
    }
    let selected = cx.select_declared(&x.selectors);
    if selected.lost {
        return None;
    }
    let before = cx.diagnostics.len();
    for name in &selected.actions {
        let Some(item) = find(cx.db, cx.package, Namespace::Action, name) else { continue };
        let tree = item.ast(cx.db).clone();
        let Some(ast::ItemKind::Action(own)) = &tree.kind else { continue };
        let whole = own.part_of.as_ref().map(|(whole, _)| whole.text.clone());
        if whole.as_ref().is_some_and(|whole| names_action(cx.db, cx.package, x, whole)) {
            continue;
        }
        // Said already by the action itself, or by an extension before this one.
        let mut said: Vec<&'static str> =
            own.clauses.iter().map(|c| clause_word(&c.kind)).filter(|w| *w != "input").collect();
        for other in extensions(cx.db, cx.package, name.clone()).iter().take_while(|other| **other != cx.item) {
            if let Some(ast::ItemKind::Extend(other)) = &other.ast(cx.db).kind {
                said.extend(other.clauses.iter().map(|c| clause_word(&c.kind)).filter(|w| *w != "input"));
            }
        }
        for c in &x.clauses {
            let word = clause_word(&c.kind);
            if word != "input" && said.contains(&word) {
                let d = Diagnostic::new(Code::Clauses, c.span, format!("`{word}` of `{name}` is said already"))
                    .label("the second")
                    .help("each clause stands once for an action, wherever; remove one of them");
                cx.report(d);
            }
            said.push(word);
        }
        if cx.diagnostics.len() != before {
            return None;
        }
        // Once more, so that its mistakes have a place; one action is enough.
        let declared = find_action(cx.db, cx.package, name)?;
        let before_this =
            declared.part_of.as_ref().map_or_else(|| declared_input(cx, own), |part| part.whole.input.clone());
        let out = Action { principals: vec![], input: before_this, ..(*declared).clone() };
        let whole = whole.map(|whole| (whole.clone(), says_tier(cx.db, cx.package, &whole)));
        let mut making = Making { out, seen: vec![], tier: None, computed: None, tags: vec![], whole };
        for c in &x.clauses {
            making.clause(cx, c, true);
        }
        let Making { tier, computed, tags, .. } = making;
        if tier.is_some() {
            cx.tier(tier);
        }
        if let Some(id) = computed {
            cx.resource_id(&declared, id);
        }
        for tag in tags {
            cx.tag_use(&declared, tag);
        }
        if cx.diagnostics.len() != before {
            return None;
        }
    }
    Some(Extend { actions: selected.actions })
}

/// The arguments that an action itself declares.
fn declared_input(cx: &mut Cx<'_>, own: &ast::Action) -> Vec<crate::hir::Field> {
    let kept = cx.diagnostics.len();
    let fields = own.clauses.iter().find_map(|c| match &c.kind {
        ActionClauseKind::Input(fields) => Some(cx.fields(fields, "argument")),
        _ => None,
    });
    cx.diagnostics.truncate(kept);
    fields.unwrap_or_default()
}

/// Makes a type refuse what one like it refuses as well; `false` if no value is left, or none of one of several types.
fn tighten_type(ty: &mut Type, other: &Type) -> bool {
    tighten(&mut ty.bounds, &other.bounds) && tighten_members(&mut ty.ty, &other.ty)
}

/// The same of what stands within a type: the types of which a value has one, keys and values, in a collection or not.
fn tighten_members(ty: &mut Ty, other: &Ty) -> bool {
    match (ty, other.base()) {
        (Ty::Named(_, base), other) => tighten_members(base, other),
        (Ty::Choice(variants), Ty::Choice(others)) | (Ty::Entry(variants), Ty::Entry(others)) => {
            let mut tightened = variants.to_vec();
            let all = tightened.iter_mut().zip(others.iter()).all(|(own, other)| tighten_type(&mut own.ty, &other.ty));
            *variants = tightened.into();
            all
        }
        (Ty::List(own) | Ty::Set(own) | Ty::Map(own), Ty::List(other) | Ty::Set(other) | Ty::Map(other)) => {
            tighten_members(own, other)
        }
        _ => true,
    }
}

/// Makes bounds refuse what others refuse as well, those of elements included; `false` if no value is left.
fn tighten(bounds: &mut Bounds, others: &Bounds) -> bool {
    bounds.min = bounds.min.max(others.min);
    bounds.max = bounds.max.min(others.max);
    bounds.places = bounds.places.min(others.places);
    bounds.length = bounds.length.min(others.length);
    for p in &others.patterns {
        if !bounds.patterns.contains(p) {
            bounds.patterns.push(p.clone());
        }
    }
    let elements = match (&mut bounds.element, &others.element) {
        (Some(own), Some(others)) => tighten(own, others),
        (own, others) => {
            if own.is_none() {
                own.clone_from(others);
            }
            true
        }
    };
    bounds.min <= bounds.max && elements
}

impl Cx<'_> {
    /// Stricter types for arguments that are declared, and `free` for those that nobody judges.
    fn stricter(&mut self, out: &mut Action, fields: &[ast::Field]) {
        for f in fields {
            let Some(known) = field(&out.input, &f.name.text).cloned() else {
                let known: Vec<&str> = out.input.iter().map(|f| &*f.name).collect();
                let d = Diagnostic::new(
                    Code::UnknownAttribute,
                    f.name.span,
                    format!("the input of `{}` has no `{}`", out.name, f.name.text),
                )
                .label("nothing of this name")
                .help("an extension adds no arguments: the tool would not take them")
                .did_you_mean(f.name.span, &f.name.text, known);
                self.report(d);
                continue;
            };
            let mut changed = known.clone();
            if &*f.ty.name.text == "free" && f.ty.argument.is_none() {
                changed.free = true;
            } else {
                let Some(ty) = self.resolve(&f.ty) else { continue };
                // Values of a named type stay what they are named; others may be given a name.
                let renamed = matches!(known.ty.ty, Ty::Named(..)) && ty.ty != known.ty.ty;
                if !ty.ty.base().alike(known.ty.ty.base()) || renamed {
                    let d = Diagnostic::new(
                        Code::TypeMismatch,
                        f.ty.span,
                        format!("`{}` is declared as `{}`", f.name.text, show(&known.ty.ty)),
                    )
                    .label(format!("this is `{}`", show(&ty.ty)))
                    .help("an extension makes a type stricter, never another");
                    self.report(d);
                    continue;
                }
                if f.ty.absent().is_some() && !known.optional {
                    let d = Diagnostic::new(Code::BadRefinement, f.ty.span, format!("`{}` is required", f.name.text))
                        .label("looser than it is declared")
                        .help("remove `?`");
                    self.report(d);
                    continue;
                }
                let mut stricter = ty;
                if let Some(value) = &f.default {
                    let d = Diagnostic::new(
                        Code::BadRefinement,
                        value.span,
                        "a default stands where the argument is declared",
                    )
                    .label("not in what is added")
                    .help("remove it; the tool, not the policy, knows what it does with a call that leaves it out");
                    self.report(d);
                    continue;
                }
                if !tighten_type(&mut stricter, &known.ty) {
                    let d = Diagnostic::new(Code::EmptyRange, f.ty.span, "no value is left")
                        .label("the declared type and this one have nothing in common")
                        .help("choose a range within the declared one");
                    self.report(d);
                    continue;
                }
                if known.default.as_ref().is_some_and(|value| !fits(value, &stricter.ty, &stricter.bounds)) {
                    let d = Diagnostic::new(
                        Code::BadRefinement,
                        f.ty.span,
                        format!("`{}` has a default that this refuses", f.name.text),
                    )
                    .label("a call that leaves it out would always be refused")
                    .help("choose a type that takes the default");
                    self.report(d);
                    continue;
                }
                changed.ty = stricter;
                changed.optional = known.optional && f.ty.absent().is_some();
                changed.free |= f.ty.refinements.iter().any(|r| matches!(r.kind, ast::RefinementKind::Free));
            }
            if let Some(slot) = out.input.iter_mut().find(|x| x.name == changed.name) {
                *slot = changed;
            }
        }
    }

    /// A tag on an action, with what its fields are here.
    fn tag_use(&mut self, action: &Action, x: &ast::TagUse) -> Option<TagUse> {
        self.tagged(&x.name)?;
        let before = self.diagnostics.len();
        let demanded = self.tag_fields(&x.name.text);
        let env = Env {
            principals: action.principals.clone().into(),
            own: Some(action.input.clone().into()),
            timeless: true,
            ..Env::default()
        };
        let mut fields: Vec<(Name, Expr)> = vec![];
        for given in &x.fields {
            let Some(wanted) = field(&demanded, &given.name.text) else {
                let known: Vec<&str> = demanded.iter().map(|f| &*f.name).collect();
                let d = Diagnostic::new(
                    Code::UnknownAttribute,
                    given.name.span,
                    format!("tag `{}` has no `{}`", x.name.text, given.name.text),
                )
                .label("nothing of this name")
                .help("a tag's fields stand where it is declared")
                .did_you_mean(given.name.span, &given.name.text, known);
                self.report(d);
                continue;
            };
            if fields.iter().any(|(name, _)| *name == given.name.text) {
                let d = Diagnostic::new(
                    Code::DuplicateName,
                    given.name.span,
                    format!("`{}` is given twice", given.name.text),
                )
                .label("the second")
                .help("keep one of them");
                self.report(d);
                continue;
            }
            if let Some(e) = self.wanted(&env, &given.value, &wanted.ty.ty, &wanted.ty.bounds) {
                fields.push((given.name.text.clone(), e));
            }
        }
        for f in &demanded {
            if !x.fields.iter().any(|given| given.name.text == f.name) {
                let d =
                    Diagnostic::new(Code::MissingField, x.span, format!("tag `{}` demands `{}`", x.name.text, f.name))
                        .label("not said here")
                        .help(format!("say what it is: `{} {{ {}: input.… }}`", x.name.text, f.name));
                self.report(d);
            }
        }
        (self.diagnostics.len() == before).then(|| TagUse { name: x.name.text.clone(), fields })
    }
}
