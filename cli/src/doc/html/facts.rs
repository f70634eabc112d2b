//! The page about facts: what has to be sent and answered, by whom.

use maud::html;

use super::links::FACTS;
use super::text::{heads, scrolled};
use super::{Cx, Page, shell};
use crate::doc::model::Target;
use crate::doc::names::id;

pub(super) fn page(cx: &Cx<'_>) -> Page {
    let site = cx.site;
    let mut places = vec![("calls".to_owned(), "What is sent".to_owned())];
    places.extend(site.sources.iter().map(|s| (id("source", &s.name), s.name.to_string())));
    let mut obligations: Vec<_> =
        site.actions.iter().flat_map(|a| &a.calls).flat_map(|c| &c.needs.obligations).collect();
    obligations.sort();
    obligations.dedup();
    let main = html! {
        h1 { "Facts" }
        p {
            "A policy reads nothing by itself. Requests are sent by the gateway that enforces it, "
            "and sources are asked by the host before a decision is taken. What is not answered is never taken for absent: what reads it fails, and what fails denies."
        }
        section #calls {
            h2 { "What is sent with each call" }
            ul { @for action in &site.actions { @for call in &action.calls {
                li {
                    a href={ (action.page) "#needs" } { code { (action.item.name) } } " by " code { (call.principal) } ": "
                    (call.needs.send.iter().filter(|m| !m.optional).count()) " members, and "
                    (call.needs.send.iter().filter(|m| m.optional).count()) " that may be left out"
                }
            } } }
            @if site.events.iter().any(|event| event.report.is_some()) {
                h3 { "What is reported beside calls" }
                @let reported = site.events.iter().filter(|event| event.report.is_some());
                p { (cx.list(reported.map(|event| &event.item.name), Target::Event, "")) }
            }
            h3 { "What the gateway must be able to do" }
            p { (cx.list(obligations, Target::Obligation, "Nothing: no decision carries an obligation.")) }
        }
        section {
            h2 { "Who is asked" }
            @if site.sources.is_empty() { p { "Nobody: all that is read comes with the requests, or stands in the package." } }
            @for source in &site.sources {
                section id=(id("source", &source.name)) {
                    h3 { code { (source.name) } }
                    @let caption = format!("What {} is asked", source.name);
                    (scrolled(&caption, &html! {
                        table {
                            caption { (caption) }
                            (heads(&["About", "What", "Found by", "At most this old", "For"]))
                            tbody {
                                @for asked in &source.asked {
                                    tr {
                                        th scope="row" { (cx.part(&asked.about)) }
                                        td { (asked.what) }
                                        td {
                                            @for (i, by) in asked.by.iter().enumerate() {
                                                @if i > 0 { ", or " }
                                                code { (by) }
                                            }
                                        }
                                        td {
                                            @match &asked.fresh {
                                                Some(fresh) => { (fresh) }
                                                None => { span.quiet { "any age" } }
                                            }
                                        }
                                        td { (cx.list(&asked.actions, Target::Action, "no action")) }
                                    }
                                }
                            }
                        }
                    }))
                }
            }
        }
    };
    shell::page(cx, FACTS, "Facts", &places, &main)
}
