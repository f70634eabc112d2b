//! Comments as Markdown: paragraphs, lists, emphasis, code and links, and nothing that could do anything.
//!
//! Comments are written by whoever wrote the policy, or by whoever described a tool that was imported. HTML in them is
//! text, pictures are their descriptions, and links lead to `https:` or to places of the same page.

use maud::{Markup, html};
use pulldown_cmark::{Event, Options, Parser, Tag};

/// How deep lists and quotes are nested; what is deeper stands in the last of them.
const DEEPEST: usize = 12;

/// A comment.
pub(super) fn markdown(text: &str) -> Markup {
    if text.is_empty() {
        return html! {};
    }
    let mut open: Vec<(Option<Tag<'_>>, Vec<Markup>)> = vec![(None, vec![])];
    let mut skipped = 0_usize;
    for event in Parser::new_ext(text, Options::empty()) {
        let piece = match event {
            Event::Start(_) if open.len() > DEEPEST => {
                skipped += 1;
                continue;
            }
            Event::Start(tag) => {
                open.push((Some(tag), vec![]));
                continue;
            }
            Event::End(_) if skipped > 0 => {
                skipped -= 1;
                continue;
            }
            Event::End(_) => match open.pop() {
                Some((Some(tag), within)) => element(&tag, &html! { @for piece in &within { (piece) } }),
                _ => continue,
            },
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => html! { (*text) },
            Event::Code(text) => html! { code { (*text) } },
            Event::SoftBreak => html! { "\n" },
            Event::HardBreak => html! { br; },
            Event::Rule => html! { hr; },
            // No extension is on, so there is nothing else.
            _ => continue,
        };
        if let Some((_, within)) = open.last_mut() {
            within.push(piece);
        }
    }
    let all = open.into_iter().flat_map(|(_, within)| within);
    html! { div.doc { @for piece in all { (piece) } } }
}

fn element(tag: &Tag<'_>, within: &Markup) -> Markup {
    match tag {
        Tag::Paragraph | Tag::HtmlBlock => html! { p { (within) } },
        // A comment opens no section of the page.
        Tag::Heading { .. } => html! { p { strong { (within) } } },
        Tag::BlockQuote(_) => html! { blockquote { (within) } },
        Tag::CodeBlock(_) => html! { pre tabindex="0" { code { (within) } } },
        Tag::List(None) => html! { ul { (within) } },
        Tag::List(Some(first)) => html! { ol start=(first) { (within) } },
        Tag::Item => html! { li { (within) } },
        Tag::Emphasis => html! { em { (within) } },
        Tag::Strong => html! { strong { (within) } },
        Tag::Link { dest_url, .. } if leads_nowhere_bad(dest_url) => {
            html! { a href=(&**dest_url) rel="noopener noreferrer" { (within) } }
        }
        _ => within.clone(),
    }
}

fn leads_nowhere_bad(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with('#')
}
