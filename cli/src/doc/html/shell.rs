//! What every page has: its head, the way to the others, and the promise that nothing is loaded.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use super::links::{FACTS, INDEX, MEMORY, OBLIGATIONS, TABLES, TESTS, TIERS, TYPES};
use super::{Cx, Page};

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// A shield, as the pages' sign.
const ICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath fill='%233b6fd4' d='M8 1 2 3v5c0 4 3 6 6 7 3-1 6-3 6-7V3z'/%3E%3C/svg%3E";

/// What browsers are told that a page may do: use its own style and script, known by what they are, and its sign.
/// Nothing that a policy says can be among these.
static ALLOWED: LazyLock<String> = LazyLock::new(|| {
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; img-src data:; base-uri 'none'; \
         form-action 'none'; require-trusted-types-for 'script'",
        hash(STYLE),
        hash(SCRIPT)
    )
});

/// The sections, in order.
const SECTIONS: &[(&str, &str)] = &[
    (INDEX, "Overview"),
    (TIERS, "Tiers and approvals"),
    (OBLIGATIONS, "Obligations"),
    (MEMORY, "Memory"),
    (FACTS, "Facts"),
    (TYPES, "Vocabulary"),
    (TABLES, "Tables and functions"),
    (TESTS, "Tests"),
];

/// A page: its file, its title, the places on it that the side names, and what it says.
pub(super) fn page(cx: &Cx<'_>, name: &str, title: &str, places: &[(String, String)], main: &Markup) -> Page {
    let package = &*cx.site.name;
    let title = if title == package { package.to_owned() } else { format!("{title} · {package}") };
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(*ALLOWED);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                meta name="color-scheme" content="light dark";
                title { (title) }
                link rel="icon" href=(ICON);
                style { (PreEscaped(STYLE)) }
                script { (PreEscaped(SCRIPT)) }
            }
            body {
                a.skip href="#main" { "Skip to the content" }
                header.top {
                    a.brand href=(INDEX) { span.kind { "policy" } " " strong { (package) } }
                    search {
                        label.quiet for="search" { "Search" }
                        input #search type="search" autocomplete="off" spellcheck="false"
                            placeholder="actions, rules, words…  ( / )" data-index=(INDEX);
                    }
                    button #theme type="button" hidden { "Theme" }
                }
                div.columns {
                    nav.side aria-label="Pages" {
                        ul {
                            @for (page, what) in SECTIONS {
                                @let current = (*page == name).then_some("page");
                                li { a href=(page) aria-current=[current] { (what) } }
                            }
                        }
                        @if !places.is_empty() {
                            h2 { "On this page" }
                            ul.places {
                                @for (id, what) in places { li { a href={ "#" (id) } { (what) } } }
                            }
                        }
                    }
                    main #main tabindex="-1" { (main) }
                }
                footer {
                    p { "Made by " code { "zt doc" } " from package " code { (package) } ". What is not allowed here is denied." }
                }
            }
        }
    };
    Page { name: name.to_owned(), text: visible(&markup.into_string()) }
}

/// A page without characters that are not seen, or that move what stands around them: they are written out. Names, data and
/// comments are checked before, but nothing on a page depends on that.
fn visible(page: &str) -> String {
    let mut out = String::with_capacity(page.len());
    for c in page.chars() {
        if c == '\n' { out.push(c) } else { zt_values::push_visibly(&mut out, c) }
    }
    out
}
