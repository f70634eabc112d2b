//! What an approver is shown: the `ask` clause of actions and of what extends them.
//!
//! It is checked apart from its action. What it shows may be the reading of a window, windows ask what the actions are
//! that they remember, and no action may need itself.

use std::sync::Arc;

use super::Cx;
use super::action::extensions;
use super::declare::{find_action, part_of};
use super::path::Env;
use crate::db::{Db, Item, Namespace, Package, find};
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::{Action, Aspect, Name, Notice, Path, Piece, Root, Ty};
use crate::syntax::ast::{ActionClauseKind, AskPart, ItemKind};

/// What an item says that approvers are shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Said {
    /// What it says; nothing where it has no `ask`.
    pub notice: Option<Notice>,
    /// Its mistakes.
    pub diagnostics: Vec<Diagnostic>,
}

/// What an action, or what extends some, says that approvers are shown.
#[salsa::tracked]
pub fn said<'db>(db: &'db dyn Db, package: Package, item: Item<'db>) -> Said {
    let tree = item.ast(db);
    let (clauses, actions) = match &tree.kind {
        Some(ItemKind::Action(x)) => (&x.clauses, vec![x.name.text.clone()]),
        Some(ItemKind::Extend(x)) => (&x.clauses, Cx::new(db, package, item).select(&x.selectors).actions),
        _ => return Said::default(),
    };
    let ask = clauses.iter().find_map(|c| match &c.kind {
        ActionClauseKind::Ask { clauses } => Some(clauses),
        _ => None,
    });
    let Some(parts) = ask else { return Said::default() };
    let mut principals: Vec<Name> = vec![];
    for action in actions.iter().filter_map(|name| find_action(db, package, name)) {
        principals.extend(action.principals.iter().filter(|p| !principals.contains(p)).cloned().collect::<Vec<_>>());
    }
    if principals.is_empty() {
        // Who may call it is a mistake that has been told, or nobody does.
        return Said::default();
    }
    let mut cx = Cx::new(db, package, item);
    let env = Env { actions: actions.into(), principals: principals.into(), ..Env::default() };
    let notice = cx.notice(&env, parts);
    Said { notice: Some(notice), diagnostics: cx.diagnostics }
}

/// What approvers of calls of an action are shown: what it says itself, what extends it, or what it is a part of says.
pub(crate) fn of_action(db: &dyn Db, package: Package, action: &Action) -> Arc<Notice> {
    let own = find(db, package, Namespace::Action, &action.name);
    let added = extensions(db, package, action.name.clone());
    let of_whole: Vec<Item<'_>> = part_of(db, package, &action.name)
        .map(|(whole, _)| {
            let own = find(db, package, Namespace::Action, &whole);
            own.into_iter().chain(extensions(db, package, whole).iter().copied()).collect()
        })
        .unwrap_or_default();
    let all = own.iter().chain(added).chain(&of_whole);
    let mut notice = all.map(|item| said(db, package, *item).notice.clone()).find_map(|said| said).unwrap_or_default();
    if notice.parts.first().is_none_or(|(aspect, _)| *aspect != Aspect::Summary) {
        notice.parts.insert(0, (Aspect::Summary, default_summary(action)));
    }
    Arc::new(notice)
}

/// The action and, where it has one, the resource.
fn default_summary(action: &Action) -> Vec<Piece> {
    let Some(resource) = &action.resource else { return vec![Piece::Text(action.wire.clone())] };
    let path = Path { root: Root::Resource, fields: vec![Name::from("id")] };
    vec![Piece::Text(format!("{} on {resource} ", action.wire).into()), Piece::Path { path, ty: Ty::String, places: 0 }]
}

impl Cx<'_> {
    fn notice(&mut self, env: &Env, parts: &[AskPart]) -> Notice {
        let mut out = Notice::default();
        for part in parts {
            let name = &part.name;
            let Some((_, aspect)) = Aspect::ALL.iter().find(|(known, _)| **known == *name.text) else {
                let d = Diagnostic::new(
                    Code::UnknownAttribute,
                    name.span,
                    format!("an approver is shown no `{}`", name.text),
                )
                .label("no part of an `ask`")
                .help("the parts are `summary`, `blast_radius`, `rollback` and `confidence`")
                .did_you_mean(name.span, &name.text, Aspect::ALL.iter().map(|(known, _)| *known));
                self.report(d);
                continue;
            };
            if out.parts.iter().any(|(known, _)| known == aspect) {
                let d = Diagnostic::new(Code::DuplicateName, name.span, format!("`{}` is said twice", name.text))
                    .label("the second")
                    .help("keep one of them");
                self.report(d);
                continue;
            }
            let pieces = self.message(env, &part.text);
            out.parts.push((*aspect, pieces));
        }
        out.parts.sort_by_key(|(aspect, _)| *aspect);
        out
    }
}
