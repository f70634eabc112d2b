//! The page about a policy: its rules, each under its own address.

use maud::html;

use super::markdown::markdown;
use super::rule::{Around, term};
use super::text::code;
use super::{Cx, Page, shell};
use crate::doc::model::{Policy, Target};
use crate::doc::names::id;

/// The most actions that are listed where a policy says what it is for.
const LISTED: usize = 200;

pub(super) fn page(cx: &Cx<'_>, policy: &Policy) -> Page {
    let name = &policy.item.name;
    let places: Vec<(String, String)> =
        policy.rules.iter().map(|rule| (id("rule", &rule.item.name), rule.item.name.to_string())).collect();
    let actions = policy.scope.iter().map(|(action, _)| action);
    let main = html! {
        p.crumbs { a href=(super::INDEX) { "Overview" } " › policy" }
        h1 { code { (name) } }
        (cx.origin(&policy.item))
        (markdown(&policy.item.doc))
        @if policy.restricts_only {
            p.note {
                "This policy belongs to another package and is enforced here without its " code { "allow" } " rules: "
                "it only takes away."
            }
        }
        (code(&policy.head))
        dl.facts {
            (term("For", &cx.list(actions.take(LISTED), Target::Action, "no action of this package")))
            @if let Some(more) = policy.scope.len().checked_sub(LISTED).filter(|more| *more > 0) {
                (term("And", &html! { (more) " more actions" }))
            }
            @if let Some(guard) = &policy.guard { (term("Its rules hold only where", &cx.when(guard))) }
        }
        @for rule in &policy.rules {
            @let scope = rule.scope.as_ref().map(|scope| html! {
                "Only for " (cx.list(scope.iter().map(|(action, _)| action).take(LISTED), Target::Action, "no action")) "."
            });
            @let name = &rule.item.name;
            (cx.rule(policy, rule, &Around { id: id("rule", name), title: name, level: 2, only: scope }))
        }
        @if policy.rules.is_empty() { p { "None of its rules count here." } }
    };
    shell::page(cx, &policy.page, name, &places, &main)
}
