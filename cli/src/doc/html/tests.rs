//! The page about tests: what is known to be so.

use maud::html;

use super::links::TESTS;
use super::markdown::markdown;
use super::{Cx, Page, shell};
use crate::doc::model::Target;

pub(super) fn page(cx: &Cx<'_>) -> Page {
    let site = cx.site;
    let places: Vec<(String, String)> = site.suites.iter().map(|s| (s.id.clone(), s.item.name.to_string())).collect();
    let untested: Vec<_> = site.rules().filter(|(_, rule)| rule.tests.is_empty()).map(|(_, rule)| &rule.full).collect();
    let main = html! {
        h1 { "Tests" }
        p { "What " code { "zt test" } " tries on the compiled policy, with the rules that each test names." }
        section #untested {
            h2 { "Rules that no test names" }
            p { (cx.rules(untested, "There is none: every rule is named by a test.")) }
        }
        @for suite in &site.suites {
            section id=(suite.id) {
                h2 { (suite.item.name) }
                (cx.origin(&suite.item))
                (markdown(&suite.item.doc))
                ul.tests {
                    @for test in &suite.tests {
                        li id=(test.id) {
                            div.bar {
                                p { @if test.law { span.sign.trial { "law" } " " } strong { (test.name) } }
                                (cx.place(test.place))
                            }
                            (markdown(&test.doc))
                            p.quiet {
                                @if !test.actions.is_empty() { "calls " (cx.list(&test.actions, Target::Action, "")) "; " }
                                "expects " (test.effects.join(", "))
                                @if !test.rules.is_empty() { "; names " (cx.rules(&test.rules, "")) }
                            }
                        }
                    }
                }
            }
        }
        @if site.suites.is_empty() { p { "The package has no tests." } }
    };
    shell::page(cx, TESTS, "Tests", &places, &main)
}
