//! The page about what is remembered: windows, and events that a gateway reports.

use maud::html;

use super::links::MEMORY;
use super::rule::term;
use super::{Cx, Page, shell};
use crate::doc::model::Target;
use crate::doc::names::id;

pub(super) fn page(cx: &Cx<'_>) -> Page {
    let site = cx.site;
    let mut places: Vec<(String, String)> =
        site.windows.iter().map(|w| (id("window", &w.item.name), w.item.name.to_string())).collect();
    let limits: Vec<_> = site.rules().filter(|(_, rule)| rule.limit.is_some()).collect();
    if !limits.is_empty() {
        places.push(("limits".to_owned(), "Limits".to_owned()));
    }
    places.extend(site.events.iter().map(|e| (id("event", &e.item.name), e.item.name.to_string())));
    let main = html! {
        h1 { "Memory" }
        section {
            h2 { "Windows" }
            p {
                "A window remembers calls or events for a time, apart for each of its keys. "
                "What a policy has no window for, it does not remember. Where the memory does not answer, rules that read it fail, and what fails denies."
            }
            @if site.windows.is_empty() { p { "The package has no windows of its own." } }
            @for window in &site.windows {
                article.rule id=(id("window", &window.item.name)) {
                    (cx.head(3, &window.item.name, &window.item))
                    dl.facts {
                        (term("Says", &cx.phrase(&window.kind)))
                        (term("Of", &cx.phrase(&window.of)))
                        @if let Some(condition) = &window.condition { (term("Only those where", &cx.when(condition))) }
                        (term("Within", &cx.phrase(&window.over)))
                        (term("For each", &html! {
                            @if window.keys.is_empty() { "all together" } @else { (cx.joined(&window.keys, " and ")) }
                        }))
                        (term("At most", &html! { (window.bound) " entries for each; what does not fit is denied" }))
                        (term("Read by", &cx.rules(&window.rules, "no rule")))
                    }
                    (cx.as_written(&window.item.text))
                }
            }
        }
        @if !limits.is_empty() {
            section #limits {
                h2 { "Limits" }
                p { "Each limit has a memory of its own." }
                ul { @for (_, rule) in &limits { (cx.rule_in_a_line(rule)) } }
            }
        }
        section {
            h2 { "Events" }
            @if site.events.is_empty() { p { "The gateway reports nothing but calls." } }
            @else { p { "What the gateway observed and reports: nobody whose calls are judged can make these up." } }
            @for event in &site.events {
                article.rule id=(id("event", &event.item.name)) {
                    (cx.head(3, &event.item.name, &event.item))
                    dl.facts {
                        @if let Some(context) = &event.context {
                            (term("Comes with", &cx.linked(context, &Target::Type(context.clone()))))
                        }
                        (term("Remembered by", &match &event.report {
                            Some(report) => cx.list(&report.windows, Target::Window, "no window that a rule reads"),
                            None => html! { span.quiet { "no window that a rule reads" } },
                        }))
                    }
                    (cx.fields(&format!("What {} tells", event.item.name), &event.fields))
                }
            }
        }
    };
    shell::page(cx, MEMORY, "Memory", &places, &main)
}
