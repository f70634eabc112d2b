//! The pages about tiers and approvers, and about obligations.

use maud::html;

use super::links::{OBLIGATIONS, TIERS};
use super::markdown::markdown;
use super::rule::term;
use super::text::{heads, scrolled};
use super::{Cx, Page, shell};
use crate::doc::model::Target;
use crate::doc::names::id;

/// Tiers, lowest first, and who approves.
pub(super) fn tiers(cx: &Cx<'_>) -> Page {
    let site = cx.site;
    let mut places: Vec<(String, String)> =
        site.tiers.iter().map(|tier| (id("tier", &tier.name), tier.name.to_string())).collect();
    places.extend(site.approvers.iter().map(|g| (id("approvers", &g.item.name), g.item.name.to_string())));
    let main = html! {
        h1 { "Tiers and approvals" }
        section {
            h2 { "Tiers" }
            @if site.tiers.is_empty() { p { "The package has no tiers." } }
            @else {
                p {
                    "A tier says how much is at stake. What a tier demands, every higher one demands as well. "
                    "An action that names none has the highest; a rule can raise a call, and none can lower it."
                }
                @if let Some(ladder) = &site.ladder { (cx.origin(ladder)) (markdown(&ladder.doc)) }
            }
            @for tier in &site.tiers {
                article.rule id=(id("tier", &tier.name)) {
                    h3 { code { (tier.name) } }
                    (markdown(&tier.doc))
                    dl.facts {
                        @if let Some(warrant) = &tier.warrant { (term("An allow may be used for", &html! { (warrant) })) }
                        (term("Always asks for an approval", &html! {
                            @match &tier.ask { Some(ask) => { (cx.ask(ask)) } None => { "no" } }
                        }))
                        @if !tier.obligations.is_empty() { (term("Obliges to", &cx.phrases(&tier.obligations))) }
                        (term("Actions", &cx.list(&tier.actions, Target::Action, "none")))
                        @if !tier.raised.is_empty() { (term("Raised to it by", &cx.rules(&tier.raised, ""))) }
                    }
                }
            }
            @if let Some(ladder) = &site.ladder { (cx.as_written(&ladder.text)) }
        }
        section {
            h2 { "Approvers" }
            @if site.approvers.is_empty() { p { "No rule and no tier asks a group of approvers." } }
            @else {
                p {
                    "An approval is for one very call and used once. Nobody approves for themselves, "
                    "and no approval outweighs a denial. Where it cannot be told who belongs to a group, nobody does."
                }
            }
            @for group in &site.approvers {
                article.rule id=(id("approvers", &group.item.name)) {
                    (cx.head(3, &group.item.name, &group.item))
                    dl.facts {
                        (term("Who belongs to it", &html! {
                            @match &group.source {
                                Some((source, fresh)) => {
                                    "the source " (cx.linked(source, &Target::Source(source.clone()))) " says"
                                    @if let Some(fresh) = fresh { ", with answers at most " (fresh) " old" }
                                }
                                None => { "whoever runs the gateway says, with each approval" }
                            }
                        }))
                        (term("Asked by rules", &cx.rules(&group.rules, "none")))
                        @if !group.tiers.is_empty() { (term("Asked by tiers", &cx.list(&group.tiers, Target::Tier, ""))) }
                    }
                }
            }
        }
    };
    shell::page(cx, TIERS, "Tiers and approvals", &places, &main)
}

/// Obligations: what comes with decisions.
pub(super) fn obligations(cx: &Cx<'_>) -> Page {
    let site = cx.site;
    let places: Vec<(String, String)> =
        site.obligations.iter().map(|o| (id("obligation", &o.item.name), o.item.name.to_string())).collect();
    let main = html! {
        h1 { "Obligations" }
        p {
            "A decision says what has to be done along with it, and what the gateway must hold a call to. "
            "A call is denied whose obligations the gateway does not know."
        }
        @if site.obligations.is_empty() { p { "No rule and no tier obliges to anything." } }
        @for obligation in &site.obligations {
            article.rule id=(id("obligation", &obligation.item.name)) {
                (cx.head(2, &obligation.item.name, &obligation.item))
                @if !obligation.params.is_empty() {
                    @let caption = format!("Parameters of {}", obligation.item.name);
                    (scrolled(&caption, &html! {
                        table {
                            caption { (caption) }
                            (heads(&["Name", "Type", "Values", "If several rules say it", "About"]))
                            tbody {
                                @for (field, merge) in &obligation.params {
                                    tr {
                                        th scope="row" { code { (field.name) } }
                                        td { (cx.phrase(&field.ty)) }
                                        td { (field.limits.join(", ")) }
                                        td { (merge.unwrap_or("each is one of its own")) }
                                        td { (markdown(&field.doc)) }
                                    }
                                }
                            }
                        }
                    }))
                }
                dl.facts {
                    (term("Rules", &cx.rules(&obligation.rules, "none")))
                    @if !obligation.tiers.is_empty() { (term("Tiers", &cx.list(&obligation.tiers, Target::Tier, ""))) }
                }
            }
        }
    };
    shell::page(cx, OBLIGATIONS, "Obligations", &places, &main)
}
