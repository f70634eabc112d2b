//! Actions: their clauses, and those that `extend` adds to them.

use std::collections::BTreeSet;

use super::Cx;
use super::declare::{field, find_action, part_of};
use super::path::Env;
use super::readers::says_free;
use crate::db::{Db, Item, Namespace, Package, find, index, local_names, split};
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::{Action, Expr, Extend, Name, TagUse};
use crate::span::{ItemKey, Span};
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
        } else if out.tags.iter().any(|known| known.name == tag.name.text) {
            // The extension says so.
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
        // To the arguments extensions add `free` and stricter types, and tags to tags; all else stands once.
        let adds = added && matches!(word, "input" | "tags");
        let added = added || self.whole.is_some();
        let out = &mut self.out;
        let again = self.seen.iter().find(|(w, _)| *w == word && !(added && word == "input" || adds));
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
        let mut said = Said::default();
        said.declared(item.key(cx.db), &own.clauses);
        for other in extensions(cx.db, cx.package, name.clone()).iter().take_while(|other| **other != cx.item) {
            if let Some(ast::ItemKind::Extend(before)) = &other.ast(cx.db).kind {
                before.clauses.iter().for_each(|c| drop(said.add(name, other.key(cx.db), c)));
            }
        }
        for c in &x.clauses {
            let twice = said.add(name, cx.item.key(cx.db), c);
            cx.diagnostics.extend(twice);
        }
        if cx.diagnostics.len() != before {
            return None;
        }
        // Once more, so that its mistakes have a place; one action is enough.
        let declared = find_action(cx.db, cx.package, name)?;
        let out = Action { principals: vec![], ..(**declared).clone() };
        let out = declared_input(cx, item, own, out);
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

/// An action with the arguments that it itself declares.
fn declared_input<'db>(cx: &mut Cx<'db>, item: Item<'db>, own: &ast::Action, mut out: Action) -> Action {
    let here = std::mem::replace(&mut cx.item, item);
    let kept = cx.diagnostics.len();
    let whole = out.part_of.as_ref().map(|part| part.whole.input.clone());
    let is_part = whole.is_some();
    out.input = whole.unwrap_or_default();
    for c in &own.clauses {
        match &c.kind {
            ActionClauseKind::Input(fields) if is_part => cx.stricter(&mut out, fields),
            ActionClauseKind::Input(fields) => out.input = cx.fields(fields, "argument"),
            _ => {}
        }
    }
    cx.diagnostics.truncate(kept);
    cx.item = here;
    out
}

/// What has been said of an action, by itself and by extensions, and where.
#[derive(Default)]
struct Said {
    words: Vec<(&'static str, ItemKey, Span)>,
    tags: Vec<(Name, ItemKey, Span)>,
    /// Arguments with a type, and those that are `free`.
    fields: Vec<(Name, bool, ItemKey, Span)>,
}

impl Said {
    /// What the action says of itself. Its arguments may be made stricter.
    fn declared(&mut self, key: &ItemKey, clauses: &[ActionClause]) {
        for c in clauses {
            match &c.kind {
                ActionClauseKind::Input(_) => {}
                ActionClauseKind::Tags(tags) => {
                    self.tags.extend(tags.iter().map(|t| (t.name.text.clone(), key.clone(), t.name.span)));
                }
                kind => self.words.push((clause_word(kind), key.clone(), c.span)),
            }
        }
    }

    /// What an extension says; the mistakes are what was said before.
    fn add(&mut self, action: &Name, key: &ItemKey, c: &ActionClause) -> Vec<Diagnostic> {
        let twice = |span: Span, message: String, first: &ItemKey, at: Span, help: &str| {
            Diagnostic::new(Code::Clauses, span, message)
                .label("the second")
                .related(Some(first.clone()), at, "the first")
                .help(help)
        };
        let mut out = vec![];
        match &c.kind {
            ActionClauseKind::Input(fields) => {
                for f in fields {
                    let free = says_free(f);
                    let before = self.fields.iter().find(|(name, other, ..)| *name == f.name.text && *other == free);
                    if let Some((name, _, first, at)) = before {
                        let message = format!("`{name}` of `{action}` is made stricter already");
                        out.push(twice(f.name.span, message, first, *at, "say all of an argument in one place"));
                    }
                    self.fields.push((f.name.text.clone(), free, key.clone(), f.name.span));
                }
            }
            ActionClauseKind::Tags(tags) => {
                for tag in tags {
                    if let Some((name, first, at)) = self.tags.iter().find(|(name, ..)| *name == tag.name.text) {
                        let message = format!("`{action}` carries tag `{name}` already");
                        out.push(twice(tag.name.span, message, first, *at, "remove one of them"));
                    }
                    self.tags.push((tag.name.text.clone(), key.clone(), tag.name.span));
                }
            }
            kind => {
                let word = clause_word(kind);
                if let Some((_, first, at)) = self.words.iter().find(|(known, ..)| *known == word) {
                    let message = format!("`{word}` of `{action}` is said already");
                    let help = "each clause stands once for an action, wherever; remove one of them";
                    out.push(twice(c.span, message, first, *at, help));
                }
                self.words.push((word, key.clone(), c.span));
            }
        }
        out
    }
}

impl Cx<'_> {
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
