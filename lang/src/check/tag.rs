//! Tags: what they demand, and which actions carry which.

use std::collections::{BTreeMap, BTreeSet};

use super::declare::{judged_actions, parts_by_whole};
use super::graph::{Circle, circles};
use super::types::show;
use super::{Cx, HirItem, check_item};
use crate::db::{Db, Namespace, Package, find, index, local_names, names, split};
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::{Field, Name, Tag};
use crate::syntax::ast::{self, ActionClauseKind, Ident, Selector};

pub(crate) fn tag(cx: &mut Cx<'_>, x: &ast::Tag) -> Tag {
    let fields = cx.fields(&x.fields, "field");
    for f in &fields {
        let Some(written) = x.fields.iter().find(|w| w.name.text == f.name) else { continue };
        if f.optional || f.ty.ty.is_composite() {
            let d = Diagnostic::new(
                Code::BadElement,
                written.ty.span,
                format!("a tag cannot demand `{}{}`", show(&f.ty.ty), if f.optional { "?" } else { "" }),
            )
            .label("not a value that every action can say")
            .help("a tag demands values, entities and collections, each always there");
            cx.report(d);
        }
    }
    let mut parents: Vec<Name> = vec![];
    for parent in &x.parents {
        if cx.tagged(parent).is_some() && !parents.contains(&parent.text) {
            parents.push(parent.text.clone());
        }
    }
    let all = names(cx.db, cx.package, Namespace::Tag);
    let above = above(cx.db, cx.package);
    let number = |name: &Name| all.iter().position(|n| n == name);
    let edges: Vec<Vec<usize>> =
        all.iter().map(|n| above.get(n).into_iter().flatten().filter_map(number).collect()).collect();
    let (on_circle, _) = circles(&edges);
    if number(&x.name.text).and_then(|at| on_circle.get(at)) == Some(&Circle::First) {
        let d = Diagnostic::new(Code::EndlessType, x.name.span, format!("tag `{}` is in itself", x.name.text))
            .label("each on the way is in the next")
            .help("leave out one of the `in`");
        cx.report(d);
    }
    Tag { name: x.name.text.clone(), parents, required: x.required.is_some(), fields }
}

/// The tags that each tag is directly in.
#[salsa::tracked]
pub fn above(db: &dyn Db, package: Package) -> BTreeMap<Name, Vec<Name>> {
    let mut out = BTreeMap::new();
    for name in names(db, package, Namespace::Tag) {
        if let Some(item) = find(db, package, Namespace::Tag, name)
            && let Some(ast::ItemKind::Tag(tag)) = &item.ast(db).kind
        {
            out.insert(name.clone(), tag.parents.iter().map(|p| p.text.clone()).collect());
        }
    }
    out
}

/// The tags that each action carries, those above them included.
#[salsa::tracked]
pub fn carried(db: &dyn Db, package: Package) -> BTreeMap<Name, BTreeSet<Name>> {
    let mut out: BTreeMap<Name, BTreeSet<Name>> = BTreeMap::new();
    let actions = names(db, package, Namespace::Action);
    let local_names = local_names(db, package, None);
    let mut add = |action: &Name, clauses: &[ast::ActionClause]| {
        for c in clauses {
            if let ActionClauseKind::Tags(tags) = &c.kind {
                let own = out.entry(action.clone()).or_default();
                tags.iter().for_each(|t| own.extend(tag_and_above(db, package, &t.name.text)));
            }
        }
    };
    for item in &index(db, package).all {
        match (split(item.key(db)).0, &item.ast(db).kind) {
            ("action", Some(ast::ItemKind::Action(action))) => add(&action.name.text, &action.clauses),
            ("extend", Some(ast::ItemKind::Extend(extend))) if *item.home(db) == *package.name(db) => {
                for action in actions {
                    let selected = extend.selectors.iter().any(|s| match s {
                        Selector::Action(name) => name.text == *action,
                        Selector::Prefix(name) => local_names.selects(&name.text, action),
                        Selector::Any(_) | Selector::Tag(_) => false,
                    });
                    if selected {
                        add(action, &extend.clauses);
                    }
                }
            }
            _ => {}
        }
    }
    // A part carries what the whole carries.
    for (whole, parts) in parts_by_whole(db, package) {
        let Some(tags) = out.get(whole).cloned() else { continue };
        for part in parts {
            out.entry(part.clone()).or_default().extend(tags.iter().cloned());
        }
    }
    out
}

/// A tag and those that whoever carries it carries too.
fn tag_and_above(db: &dyn Db, package: Package, name: &Name) -> BTreeSet<Name> {
    let above = above(db, package);
    let mut out = BTreeSet::new();
    let mut next = vec![name.clone()];
    while let Some(name) = next.pop() {
        if out.insert(name.clone()) {
            next.extend(above.get(&name).into_iter().flatten().cloned());
        }
    }
    out
}

impl Cx<'_> {
    /// The actions that carry a tag; `None` if there is no such tag, which is reported.
    pub(crate) fn tagged(&mut self, name: &Ident) -> Option<Vec<Name>> {
        if self.find(Namespace::Tag, &name.text).is_none() {
            if !self.excused(Namespace::Tag) {
                let d = Diagnostic::new(Code::UnknownTag, name.span, format!("no tag is called `{}`", name.text))
                    .label("not declared in this package")
                    .help(format!("declare it: `tag {}`", name.text));
                let d = self.suggest(d, name, &[Namespace::Tag], &[]);
                self.report(d);
            }
            return None;
        }
        let carried = carried(self.db, self.package);
        let known = judged_actions(self.db, self.package);
        Some(known.iter().filter(|a| carried.get(*a).is_some_and(|tags| tags.contains(&name.text))).cloned().collect())
    }

    /// A tag and those that whoever carries it carries too.
    pub(crate) fn tag_and_above(&self, name: &Name) -> BTreeSet<Name> {
        tag_and_above(self.db, self.package, name)
    }

    /// What an action that carries a tag must say: its fields and those of the tags above it.
    pub(crate) fn tag_fields(&self, name: &Name) -> Vec<Field> {
        let mut out: Vec<Field> = vec![];
        for tag in tag_and_above(self.db, self.package, name) {
            for f in self.find_tag(&tag).into_iter().flat_map(|t| t.fields.clone()) {
                if !out.iter().any(|known| known.name == f.name) {
                    out.push(f);
                }
            }
        }
        out
    }

    fn find_tag(&self, name: &str) -> Option<std::sync::Arc<Tag>> {
        match &check_item(self.db, self.package, find(self.db, self.package, Namespace::Tag, name)?).hir {
            Some(HirItem::Tag(tag)) => Some(tag.clone()),
            _ => None,
        }
    }
}
