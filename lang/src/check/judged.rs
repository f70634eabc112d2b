//! Arguments that nobody judges, and tags that every action must carry.

use std::collections::{BTreeMap, BTreeSet};

use super::declare::judged_actions;
use super::scope::enforced;
use super::tag::carried;
use super::{HirItem, check_item};
use crate::db::{Db, Namespace, Package, find, names};
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::{Action, Effect, Expr, ExprKind, Name, Path, Root, Window};
use crate::span::ItemKey;
use crate::syntax::ast;

/// The tag whose actions change the world: each of their arguments is judged. Others may be called so too, and mean
/// something else.
const ACTING: &str = "std.tags.acting";

/// Every path that an expression reads.
fn reads(e: &Expr, visit: &mut impl FnMut(&Path)) {
    if let ExprKind::Path(path) | ExprKind::Has(path) | ExprKind::Else(path, _) = &e.kind {
        visit(path);
    }
    e.parts().into_iter().for_each(|part| reads(part, visit));
}

/// The windows that an expression reads.
fn windows(e: &Expr, out: &mut BTreeSet<Name>) {
    if let ExprKind::Reading { window, .. } = &e.kind {
        out.insert(window.clone());
    }
    e.parts().into_iter().for_each(|part| windows(part, out));
}

/// The mistakes that only all policies together show, by item.
#[salsa::tracked]
pub fn unjudged(db: &dyn Db, package: Package) -> Vec<(ItemKey, Diagnostic)> {
    let mut out = required(db, package);
    let carried = carried(db, package);
    let acting = |action: &Name| carried.get(action).is_some_and(|tags| tags.contains(ACTING));
    let actions: Vec<&Name> = judged_actions(db, package).iter().collect();
    if !actions.iter().any(|a| acting(a)) {
        return out;
    }
    let mut judged: BTreeMap<Name, BTreeSet<Name>> = BTreeMap::new();
    let mut free: Vec<(ItemKey, Diagnostic)> = vec![];
    for (item, allows) in enforced(db, package) {
        // A policy with a mistake in it may read anything.
        let Some(HirItem::Policy(policy)) = &check_item(db, package, *item).hir else { return out };
        for rule in policy.rules.iter().filter(|r| !r.shadow && (*allows || r.effect != Effect::Allow)) {
            let mut fields: BTreeSet<Name> = BTreeSet::new();
            // What a tag's field reads is judged by being said at all.
            let mut visit = |path: &Path| {
                if let (Root::Input, [first, ..]) = (path.root, path.fields.as_slice()) {
                    fields.insert(first.clone());
                }
            };
            let mut remembered = BTreeSet::new();
            let args = rule.obligations.iter().flat_map(|due| &due.args);
            for e in policy.guard.iter().chain([&rule.condition]).chain(args) {
                reads(e, &mut visit);
                windows(e, &mut remembered);
            }
            for name in &remembered {
                if let Some(window) = window(db, package, policy, name) {
                    for e in window.value.iter().chain(&window.condition).chain(&window.key) {
                        reads(e, &mut visit);
                    }
                }
            }
            for (action, _) in rule.scope.as_ref().unwrap_or(&policy.scope) {
                judged.entry(action.clone()).or_default().extend(fields.iter().cloned());
            }
            if rule.effect == Effect::Allow {
                free.extend(reads_free(db, package, item.key(db), policy, rule, &fields));
            }
        }
    }
    out.extend(free);
    for name in actions.into_iter().filter(|a| acting(a)) {
        let Some(item) = find(db, package, Namespace::Action, name) else { continue };
        let Some(HirItem::Action(action)) = &check_item(db, package, item).hir else { continue };
        let mut read = judged.remove(name).unwrap_or_default();
        let mut visit = |path: &Path| {
            if let (Root::Input, [first, ..]) = (path.root, path.fields.as_slice()) {
                read.insert(first.clone());
            }
        };
        let said = action.tags.iter().flat_map(|tag| tag.fields.iter().map(|(_, e)| e));
        // What tells the parts of an action apart is judged by that.
        let split = action.part_of.iter().map(|part| &part.when);
        action.resource_id.iter().chain(said).chain(split).for_each(|e| reads(e, &mut visit));
        let Some(ast::ItemKind::Action(tree)) = &item.ast(db).kind else { continue };
        for field in action.input.iter().filter(|f| !f.free && !read.contains(&f.name)) {
            let written = tree.clauses.iter().find_map(|c| match &c.kind {
                ast::ActionClauseKind::Input(fields) => fields.iter().find(|f| f.name.text == field.name),
                _ => None,
            });
            let span = written.map_or(tree.name.span, |f| f.name.span);
            let d = Diagnostic::new(Code::Unjudged, span, format!("nobody judges `{}` of `{name}`", field.name))
                .label("read by no rule")
                .help("an argument of a tool that acts is read by an enforced rule, or declared `free`: deliberately not judged");
            out.push((item.key(db).clone(), d));
        }
    }
    out
}

/// A window by name, or that of a limit of the policy.
fn window(db: &dyn Db, package: Package, policy: &crate::hir::Policy, name: &Name) -> Option<std::sync::Arc<Window>> {
    if let Some(limit) = policy.limits.iter().find(|w| w.name == *name) {
        return Some(limit.clone());
    }
    match &check_item(db, package, find(db, package, Namespace::Window, name)?).hir {
        Some(HirItem::Window(window)) => Some(window.clone()),
        _ => None,
    }
}

/// An `allow` that reads what is declared not to be judged.
fn reads_free(
    db: &dyn Db,
    package: Package,
    key: &ItemKey,
    policy: &crate::hir::Policy,
    rule: &crate::hir::Rule,
    fields: &BTreeSet<Name>,
) -> Vec<(ItemKey, Diagnostic)> {
    let mut out = vec![];
    for (action, _) in rule.scope.as_ref().unwrap_or(&policy.scope) {
        let Some(item) = find(db, package, Namespace::Action, action) else { continue };
        let Some(HirItem::Action(action)) = &check_item(db, package, item).hir else { continue };
        if let Some(field) = first_free(action, fields) {
            let d = Diagnostic::new(
                Code::Unjudged,
                rule.name_span,
                format!("`{}` reads `{field}`, which is declared `free`", rule.name),
            )
            .label("free means that nobody judges it")
            .related(
                Some(item.key(db).clone()),
                crate::span::Span::default(),
                format!("an argument of `{}`", action.name),
            )
            .help("remove `free` where the argument is declared");
            out.push((key.clone(), d));
            break;
        }
    }
    out
}

fn first_free(action: &Action, fields: &BTreeSet<Name>) -> Option<Name> {
    action.input.iter().find(|f| f.free && fields.contains(&f.name)).map(|f| f.name.clone())
}

/// Actions that lack a tag that every action carries.
fn required(db: &dyn Db, package: Package) -> Vec<(ItemKey, Diagnostic)> {
    let mut out = vec![];
    let carried = carried(db, package);
    for tag in names(db, package, Namespace::Tag) {
        let Some(item) = find(db, package, Namespace::Tag, tag) else { continue };
        let Some(ast::ItemKind::Tag(tree)) = &item.ast(db).kind else { continue };
        if tree.required.is_none() {
            continue;
        }
        for action in judged_actions(db, package) {
            if carried.get(action).is_some_and(|tags| tags.contains(tag)) {
                continue;
            }
            let Some(at) = find(db, package, Namespace::Action, action) else { continue };
            let Some(ast::ItemKind::Action(tree)) = &at.ast(db).kind else { continue };
            let d =
                Diagnostic::new(Code::Unjudged, tree.name.span, format!("`{action}` does not carry the tag `{tag}`"))
                    .label("every action carries it, or one in it")
                    .related(Some(item.key(db).clone()), item_name(&item.ast(db).kind), "declared `required`")
                    .help(format!("add `tags [{tag}]`, or a tag in it"));
            out.push((at.key(db).clone(), d));
        }
    }
    out
}

fn item_name(kind: &Option<ast::ItemKind>) -> crate::span::Span {
    kind.as_ref().map(|k| k.name().span).unwrap_or_default()
}
