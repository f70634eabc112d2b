//! What of other packages reads an argument: rules, windows, tags and parts whose meaning hangs on its type.

use std::collections::BTreeSet;

use super::Cx;
use super::declare::parts_by_whole;
use super::tag::carried;
use crate::db::{Item, Namespace, find, index, local_names};
use crate::hir::{Action, Name};
use crate::span::{ItemKey, Span};
use crate::syntax::ast::{self, ActionClauseKind, Aggregate, PolicyClauseKind, RuleClauseKind, Selector};
use crate::syntax::ast::{TierClauseKind, WindowClauseKind};

impl Cx<'_> {
    /// What of another package reads an argument, by the text alone: rather too much than too little.
    pub(crate) fn reader(&self, action: &Action, argument: &Name) -> Option<(ItemKey, Span, String)> {
        let root = self.package.name(self.db);
        let here = self.item.home(self.db);
        let whole = action.part_of.as_ref().map(|part| part.whole.name.clone());
        // Of an action of the same package nobody saw another type.
        let declared = find(self.db, self.package, Namespace::Action, whole.as_ref().unwrap_or(&action.name))?;
        if declared.home(self.db) == here {
            return None;
        }
        let mut names: BTreeSet<Name> = BTreeSet::from([action.name.clone()]);
        // What is said of the whole is said of its parts, and what these are follows from the whole's arguments.
        let parts = parts_by_whole(self.db, self.package);
        names.extend(parts.get(&action.name).into_iter().flatten().cloned());
        names.extend(whole);
        let all = index(self.db, self.package).all.iter();
        all.filter(|item| item.home(self.db) != root && item.home(self.db) != here).find_map(|item| {
            let (span, what) = self.reads(*item, &names, argument)?;
            Some((item.key(self.db).clone(), span, what))
        })
    }

    /// Where an item reads an argument of one of these actions, and what the item is.
    fn reads(&self, item: Item<'_>, actions: &BTreeSet<Name>, argument: &Name) -> Option<(Span, String)> {
        let covers = |selectors: &[Selector]| selectors.iter().any(|s| self.may_select(item, s, actions));
        let mut read: Vec<&ast::Expr> = vec![];
        let (name, word) = match item.ast(self.db).kind.as_ref()? {
            ast::ItemKind::Action(x) if actions.contains(&x.name.text) => {
                for c in &x.clauses {
                    match &c.kind {
                        ActionClauseKind::On(_, id) => read.extend(id),
                        ActionClauseKind::Tags(tags) => {
                            read.extend(tags.iter().flat_map(|t| &t.fields).map(|f| &f.value));
                        }
                        // A part has made it stricter itself.
                        ActionClauseKind::Input(fields) if x.part_of.is_some() => {
                            let own = fields.iter().find(|f| f.name.text == *argument && !says_free(f));
                            if let Some(own) = own {
                                return Some((own.ty.span, format!("action `{}`", x.name.text)));
                            }
                        }
                        _ => {}
                    }
                }
                read.extend(x.part_of.as_ref().map(|(_, when)| when));
                (&x.name, "action")
            }
            ast::ItemKind::Window(x) if covers(&x.selectors) => {
                match &x.aggregate {
                    Aggregate::Count => {}
                    Aggregate::Sum(e) | Aggregate::Distinct(e) | Aggregate::Set(_, e) => read.push(e),
                }
                for c in &x.clauses {
                    match &c.kind {
                        WindowClauseKind::By(keys) => read.extend(keys),
                        WindowClauseKind::Where(e) => read.push(e),
                        WindowClauseKind::Over(_) | WindowClauseKind::Max(_) => {}
                    }
                }
                (&x.name, "window")
            }
            ast::ItemKind::Tiers(x) => {
                for c in x.tiers.iter().flat_map(|t| &t.clauses) {
                    if let TierClauseKind::With(all) = &c.kind {
                        read.extend(all.iter().flat_map(|a| &a.args).map(|a| &a.value));
                    }
                }
                (&x.name, "ladder")
            }
            ast::ItemKind::Policy(x) => {
                for c in &x.clauses {
                    match &c.kind {
                        PolicyClauseKind::For(selectors) if !covers(selectors) => return None,
                        PolicyClauseKind::When(e) | PolicyClauseKind::Unless(e) => read.push(e),
                        PolicyClauseKind::For(_) | PolicyClauseKind::By(_) => {}
                    }
                }
                for c in x.rules.iter().flat_map(|r| &r.clauses) {
                    match &c.kind {
                        RuleClauseKind::When(e) | RuleClauseKind::Unless(e) | RuleClauseKind::Of(e) => read.push(e),
                        RuleClauseKind::With(all) => read.extend(all.iter().flat_map(|a| &a.args).map(|a| &a.value)),
                        RuleClauseKind::By(keys) => read.extend(keys),
                        RuleClauseKind::Rate(e, _) => read.push(e),
                        RuleClauseKind::For(_)
                        | RuleClauseKind::Because(_)
                        | RuleClauseKind::Tell(_)
                        | RuleClauseKind::WithApproval
                        | RuleClauseKind::From(_)
                        | RuleClauseKind::Quorum(_)
                        | RuleClauseKind::Expires(_)
                        | RuleClauseKind::To(_) => {}
                    }
                }
                (&x.name, "policy")
            }
            _ => return None,
        };
        let span = read.into_iter().find_map(|e| mention(e, argument))?;
        Some((span, format!("{word} `{}`", name.text)))
    }

    /// Whether a selector of an item may be for one of these actions.
    fn may_select(&self, item: Item<'_>, selector: &Selector, actions: &BTreeSet<Name>) -> bool {
        let home = item.home(self.db);
        let library = self.package.libraries(self.db).iter().find(|l| l.name(self.db) == home).copied();
        match selector {
            Selector::Any(_) => true,
            Selector::Action(name) => actions.contains(&name.text),
            Selector::Prefix(name) => {
                let names = local_names(self.db, self.package, library);
                actions.iter().any(|action| names.selects(&name.text, action))
            }
            Selector::Tag(name) => {
                let carried = carried(self.db, self.package);
                actions.iter().any(|action| carried.get(action).is_some_and(|tags| tags.contains(&name.text)))
            }
        }
    }
}

/// Whether of an argument only `free` is said.
pub(crate) fn says_free(f: &ast::Field) -> bool {
    &*f.ty.name.text == "free" && f.ty.argument.is_none()
}

/// Where an expression reads an argument.
fn mention(e: &ast::Expr, argument: &Name) -> Option<Span> {
    fn is_input(e: &ast::Expr) -> bool {
        match &e.kind {
            ast::ExprKind::Paren(inner) => is_input(inner),
            ast::ExprKind::Name(name) => &*name.text == "input",
            _ => false,
        }
    }
    match &e.kind {
        ast::ExprKind::Member(inner, name) | ast::ExprKind::Has(inner, name, _)
            if is_input(inner) && name.text == *argument =>
        {
            Some(e.span)
        }
        _ => e.parts().into_iter().find_map(|part| mention(part, argument)),
    }
}
