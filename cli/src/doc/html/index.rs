//! The page to begin with: who may do what, all policies, and every name.

use maud::{Markup, html};
use zt_lang::hir::{Effect, Name};
use zt_lang::point::meaning;

use super::action::tone;
use super::links::INDEX;
use super::markdown::markdown;
use super::rule::sign;
use super::text::scrolled;
use super::{Cx, Page, shell};
use crate::doc::model::{Action, Call, Item, Policy, Target, Verdict};
use crate::doc::names::id;
use crate::output::plural;

pub(super) fn page(cx: &Cx<'_>) -> Page {
    let site = cx.site;
    let places = [
        ("actions", "Who may do what"),
        ("policies", "Policies"),
        ("files", "Files"),
        ("reading", "How to read this"),
        ("names", "All names"),
    ];
    let places: Vec<(String, String)> = places.map(|(id, what)| (id.to_owned(), what.to_owned())).to_vec();
    let rules = site.rules().count();
    let tests: usize = site.suites.iter().map(|suite| suite.tests.len()).sum();
    let counts = [
        (site.actions.len(), "action"),
        (site.principals.len(), "kind of principal"),
        (rules, "rule"),
        (site.windows.len(), "window"),
        (tests, "test"),
    ];
    let main = html! {
        section {
            p.crumbs { "Policy package" }
            h1 { code { (site.name) } }
            p.counts { @for (n, what) in counts { span { (counted(n, what)) } " " } }
        }
        section #actions { h2 { "Who may do what" } (matrix(cx)) }
        section #policies { h2 { "Policies" } (policies(cx)) }
        section #files { h2 { "Files" } (files(cx)) }
        section #reading { h2 { "How to read this" } (legend()) }
        section #names {
            h2 { "All names" }
            p #names-status role="status" aria-live="polite" {}
            ul.names #names-list { (names(cx)) }
        }
    };
    shell::page(cx, INDEX, &site.name, &places, &main)
}

fn counted(n: usize, what: &str) -> String {
    match what.strip_suffix(" of principal") {
        Some(kind) => format!("{} of principal", plural(n, kind)),
        None => plural(n, what),
    }
}

/// Actions by types of principals.
fn matrix(cx: &Cx<'_>) -> Markup {
    let site = cx.site;
    html! {
        p {
            "Only what a rule allows is allowed; everything else is denied. What a cell says holds as far as rules tell it "
            "before a request is there: conditions, limits and approvals stand on the page of the action."
        }
        @if site.actions.is_empty() { p { "The package declares no action: there is nothing to ask for." } }
        @else {
            (scrolled("Who may do what", &html! {
                table.matrix {
                    caption { "Actions, and what comes of them for each kind of principal" }
                    thead { tr {
                        th scope="col" { "Action" }
                        @for principal in &site.principals {
                            th scope="col" { (cx.linked(principal, &Target::Type(principal.clone()))) }
                        }
                        @if !site.tiers.is_empty() { th scope="col" { "Tier" } }
                    } }
                    tbody { @for action in &site.actions { (row(cx, action)) } }
                }
            }))
        }
    }
}

fn row(cx: &Cx<'_>, action: &Action) -> Markup {
    html! {
        tr {
            th scope="row" {
                (cx.linked(&action.item.name, &Target::Action(action.item.name.clone())))
                @if let Some(first) = first_line(&action.item.doc) { " " span.about { (first) } }
            }
            @for principal in &cx.site.principals {
                td { (cell(cx, action, action.calls.iter().find(|call| call.principal == *principal))) }
            }
            @if !cx.site.tiers.is_empty() {
                td { @if let Some((tier, _)) = &action.tier { (cx.linked(tier, &Target::Tier(tier.clone()))) } }
            }
        }
    }
}

fn cell(cx: &Cx<'_>, action: &Action, call: Option<&Call>) -> Markup {
    let Some(call) = call else { return html! { span.quiet { "may not ask" } } };
    let href = format!("{}#{}", action.page, id("by", &call.principal));
    let word = match &call.verdict {
        Verdict::Ungranted => "nothing allows it",
        Verdict::Denied(_) => "always denied",
        Verdict::Approved(_) => "with an approval",
        Verdict::Conditional => "under conditions",
        Verdict::Granted => "always",
    };
    let rules = call.rules.iter().filter_map(|at| cx.site.rule(*at)).filter(|(_, rule)| !rule.shadow);
    let mut counts: Vec<(Effect, usize)> = vec![];
    for (_, rule) in rules {
        match counts.iter_mut().find(|(effect, _)| *effect == rule.effect) {
            Some((_, n)) => *n += 1,
            None => counts.push((rule.effect, 1)),
        }
    }
    let order = |effect: Effect| super::rule::EFFECTS.iter().position(|(e, _)| *e == effect);
    counts.sort_by_key(|(effect, _)| order(*effect));
    html! {
        a.cell.(tone(&call.verdict)) href=(href) { (word) } " "
        @if !counts.is_empty() {
            span.about {
                @for (i, (effect, n)) in counts.iter().enumerate() {
                    @if i > 0 { ", " }
                    (n) " " (if *effect == Effect::RequireApproval { "approval" } else { effect.as_str() })
                }
            }
        }
    }
}

/// The first sentence of a comment, as plain text.
fn first_line(doc: &str) -> Option<&str> {
    let line = doc.lines().next()?;
    let end = line.find(". ").map_or(line.len(), |at| at + 1);
    line.get(..end).filter(|line| !line.is_empty())
}

fn policies(cx: &Cx<'_>) -> Markup {
    let site = cx.site;
    let (own, foreign): (Vec<&Policy>, Vec<&Policy>) = site.policies.iter().partition(|p| p.item.home.is_none());
    let list = |policies: &[&Policy]| {
        html! {
            ul.cards {
                @for policy in policies {
                    li {
                        h3.small { (cx.linked(&policy.item.name, &Target::Policy(policy.item.name.clone()))) }
                        (markdown(&policy.item.doc))
                        ul.chips {
                            @for rule in &policy.rules {
                                li {
                                    (sign(rule.effect)) " "
                                    @if rule.shadow { span.sign.trial { "on trial" } " " }
                                    (cx.linked(&rule.item.name, &Target::Rule(rule.full.clone())))
                                }
                            }
                        }
                    }
                }
            }
        }
    };
    html! {
        @if own.is_empty() { p { "The package has no policies of its own: whatever nothing else allows is denied." } }
        (list(&own))
        @if !foreign.is_empty() {
            h3 { "Enforced from other packages" }
            (list(&foreign))
        }
    }
}

/// The package's files, with what they say of themselves.
fn files(cx: &Cx<'_>) -> Markup {
    html! {
        ul.cards {
            @for file in cx.site.shown_files().into_iter().filter(|file| file.own) {
                li { h3.small { a.code href=(file.page) { code { (file.name) } } } (markdown(&file.about)) }
            }
        }
    }
}

fn legend() -> Markup {
    let words = [
        (Effect::Allow, "allow"),
        (Effect::Deny, "deny"),
        (Effect::Limit, "limit"),
        (Effect::RequireApproval, "require"),
        (Effect::Raise, "raise"),
        (Effect::Oblige, "oblige"),
    ];
    html! {
        p {
            "Every rule that is for a call counts, in no order; no rule sees what another came to. "
            "A rule that cannot be judged, say because a source does not answer, denies the call, and an " code { "allow" } " that cannot be judged allows nothing."
        }
        dl.facts {
            @for (effect, word) in words {
                div { dt { (sign(effect)) } dd { (markdown(meaning(word).unwrap_or_default())) } }
            }
            div { dt { span.sign.trial { "on trial" } } dd { (markdown(meaning("shadow").unwrap_or_default())) } }
        }
    }
}

/// Every name, with what it is and what is said of it. It is what is searched.
fn names(cx: &Cx<'_>) -> Markup {
    let site = cx.site;
    let entry = |kind: &str, name: &str, target: &Target, item: Option<&Item>, more: &str| {
        let doc = item.map_or("", |item| &item.doc);
        html! {
            @if let Some(href) = cx.links.href(target) {
                li data-name=(name) {
                    a.code href=(href) { code { (name) } } " " span.kind { (kind) }
                    @if !doc.is_empty() || !more.is_empty() {
                        " " span.about { (doc) @if !doc.is_empty() && !more.is_empty() { " " } (more) }
                    }
                }
            }
        }
    };
    let of = |kind: &str, item: &Item, target: fn(Name) -> Target| {
        entry(kind, &item.name, &target(item.name.clone()), Some(item), "")
    };
    html! {
        @for x in &site.actions {
            @let more = x.wire.as_ref().map_or_else(String::new, |wire| format!("“{wire}” in requests"));
            (entry("action", &x.item.name, &Target::Action(x.item.name.clone()), Some(&x.item), &more))
        }
        @for policy in &site.policies {
            (of("policy", &policy.item, Target::Policy))
            @for rule in &policy.rules {
                @let more = rule.because.iter().chain(&rule.tell).map(said).collect::<Vec<_>>().join(" · ");
                @let kind = format!("rule: {}", rule.effect.as_str().replace('_', " "));
                (entry(&kind, cx.short(&rule.full), &Target::Rule(rule.full.clone()), Some(&rule.item), &more))
            }
        }
        @for x in &site.tiers { (entry("tier", &x.name, &Target::Tier(x.name.clone()), None, &x.doc)) }
        @for x in &site.approvers { (of("approvers", &x.item, Target::Approvers)) }
        @for x in &site.obligations { (of("obligation", &x.item, Target::Obligation)) }
        @for x in &site.windows { (of("window", &x.item, Target::Window)) }
        @for x in &site.events { (of("event", &x.item, Target::Event)) }
        @for x in &site.sources { (entry("source", &x.name, &Target::Source(x.name.clone()), None, "")) }
        @for x in &site.types { (of(x.word, &x.item, Target::Type)) }
        @for x in &site.tags { (of("tag", &x.item, Target::Tag)) }
        @for x in &site.tables { (of("table", &x.item, Target::Table)) }
        @for x in &site.functions { (of("function", &x.item, Target::Function)) }
        @for suite in &site.suites { (of("suite", &suite.item, Target::Suite)) }
    }
}

/// A message as plain text.
fn said(message: &crate::doc::model::Phrase) -> String {
    use crate::doc::model::Part;
    let text = |part: &Part| match part {
        Part::Words(words) => words.clone(),
        Part::Code(code) | Part::Link(code, _) => format!("{{{code}}}"),
    };
    message.iter().map(text).collect()
}
