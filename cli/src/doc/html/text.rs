//! Sentences, conditions, code and places.

use maud::{Markup, html};
use zt_lang::span::Span;
use zt_lang::syntax::token::{Token, lex};

use super::Cx;
use super::links::Links;
use super::markdown::markdown;
use crate::doc::model::{Field, Item, Part, Phrase, Reading, Target};
use crate::doc::places::Place;

impl Cx<'_> {
    /// A sentence, or a part of one.
    pub(super) fn phrase(&self, phrase: &Phrase) -> Markup {
        html! { @for part in phrase { (self.part(part)) } }
    }

    pub(super) fn part(&self, part: &Part) -> Markup {
        match part {
            Part::Words(words) => html! { (words) },
            Part::Code(code) => html! { code { (code) } },
            Part::Link(text, target) => self.linked(text, target),
        }
    }

    /// A name with a link to what it names, if there is a page about it.
    pub(super) fn linked(&self, text: &str, target: &Target) -> Markup {
        match self.links.href(target) {
            Some(href) => html! { a.code href=(href) { code { (self.links.short(text, target)) } } },
            None => html! { code { (text) } },
        }
    }

    /// Names with links, divided by commas; `none` where there are none.
    pub(super) fn list<'n>(
        &self,
        names: impl IntoIterator<Item = &'n zt_lang::hir::Name>,
        target: fn(zt_lang::hir::Name) -> Target,
        none: &str,
    ) -> Markup {
        let all: Vec<_> = names.into_iter().collect();
        html! {
            @if all.is_empty() { span.quiet { (none) } }
            @for (i, name) in all.into_iter().enumerate() {
                @if i > 0 { ", " }
                (self.linked(name, &target(name.clone())))
            }
        }
    }

    /// Rules, by the part of their names that says enough.
    pub(super) fn rules<'n>(&self, names: impl IntoIterator<Item = &'n zt_lang::hir::Name>, none: &str) -> Markup {
        let all: Vec<_> = names.into_iter().collect();
        html! {
            @if all.is_empty() { span.quiet { (none) } }
            @for (i, name) in all.into_iter().enumerate() {
                @if i > 0 { ", " }
                (self.linked(self.short(name), &Target::Rule(name.clone())))
            }
        }
    }

    /// A rule's name without that of the package.
    pub(super) fn short<'n>(&self, full: &'n str) -> &'n str {
        full.strip_prefix(&*self.site.name).and_then(|rest| rest.strip_prefix('/')).unwrap_or(full)
    }

    /// What follows `when`: a condition on one line, or a list of conditions.
    pub(super) fn when(&self, reading: &Reading) -> Markup {
        match reading {
            Reading::Always => html! { p { "in every case" } },
            _ => html! { ul.reading { (self.item_of(reading)) } },
        }
    }

    fn item_of(&self, reading: &Reading) -> Markup {
        match reading {
            Reading::Always => html! { li { "always" } },
            Reading::Never => html! { li { "never" } },
            Reading::Line(phrase) => html! { li { (self.phrase(phrase)) } },
            Reading::All(all) => html! {
                li { span.glue { "all of these:" } ul { @for one in all { (self.item_of(one)) } } }
            },
            Reading::Any(all) => html! {
                li { span.glue { "at least one of these:" } ul { @for one in all { (self.item_of(one)) } } }
            },
            Reading::Each(intro, body) => html! {
                li { span.glue { (self.phrase(intro)) ":" } ul { (self.item_of(body)) } }
            },
        }
    }

    /// Where something stands.
    pub(super) fn place(&self, place: Option<Place>) -> Markup {
        let line = place.and_then(|place| Links::line(self.site, place));
        html! { @if let Some((href, what)) = line { a.place href=(href) { (what) } } }
    }

    /// What stands above a declaration: its package, if that is another, and its place.
    pub(super) fn origin(&self, item: &Item) -> Markup {
        html! {
            p.origin {
                @if let Some(home) = &item.home { "from package " code { (home) } " · " }
                (self.place(item.place))
            }
        }
    }

    /// The head of what is said about a declaration: its name, on this level, its place, its package if that is another, and
    /// its comment.
    pub(super) fn head(&self, level: u8, name: &str, item: &Item) -> Markup {
        let title = html! { code { (name) } };
        html! {
            div.bar { @if level == 2 { h2 { (title) } } @else { h3 { (title) } } (self.place(item.place)) }
            @if let Some(home) = &item.home { p.origin { "from package " code { (home) } } }
            (markdown(&item.doc))
        }
    }

    /// A declaration as it is written, folded away.
    pub(super) fn as_written(&self, text: &str) -> Markup {
        html! {
            @if !text.is_empty() {
                details.written { summary { "As written" } (code(text)) }
            }
        }
    }

    /// Fields below each other.
    pub(super) fn fields(&self, caption: &str, fields: &[Field]) -> Markup {
        if fields.is_empty() {
            return html! {};
        }
        let judged = fields.iter().any(|field| field.read.is_some());
        html! {
            (scrolled(caption, &html! {
                table {
                    caption { (caption) }
                    @if judged { (heads(&["Name", "Type", "Values", "Judged", "About"])) }
                    @else { (heads(&["Name", "Type", "Values", "About"])) }
                    tbody {
                        @for field in fields {
                            tr {
                                th scope="row" {
                                    code { (field.name) }
                                    @if let Some(wire) = &field.wire { br; span.quiet { "sent as " code { (wire) } } }
                                }
                                td { (self.phrase(&field.ty)) }
                                td { (limits(field)) }
                                @if judged {
                                    td {
                                        @if field.free { "nobody judges it, on purpose" }
                                        @else if field.read == Some(true) { "yes" }
                                        @else { "no rule reads it" }
                                    }
                                }
                                td { (markdown(&field.doc)) }
                            }
                        }
                    }
                }
            }))
        }
    }
}

fn limits(field: &Field) -> Markup {
    let mut notes: Vec<String> = vec![];
    if field.optional {
        notes.push("may be absent".to_owned());
    }
    notes.extend(field.limits.iter().cloned());
    html! {
        (notes.join(", "))
        @if let Some(default) = &field.default {
            @if !notes.is_empty() { ", " }
            code { (default) } " where it is absent"
        }
    }
}

/// The heads of a table's columns.
pub(super) fn heads(all: &[&str]) -> Markup {
    html! { thead { tr { @for head in all { th scope="col" { (head) } } } } }
}

/// A table that may be wider than the page; whoever has no mouse moves it by arrow keys.
pub(super) fn scrolled(label: &str, table: &Markup) -> Markup {
    html! { div.scroll role="region" tabindex="0" aria-label=(label) { (table) } }
}

/// A text in the language, with its words, strings and comments told apart.
pub(super) fn code(text: &str) -> Markup {
    html! {
        pre.zt tabindex="0" { code {
            @for (class, piece) in pieces(text.trim_end()) {
                @if class.is_empty() { (piece) } @else { span class=(class) { (piece) } }
            }
        } }
    }
}

/// A text in pieces: `k` for words of the language, `s` strings, `n` numbers, `c` comments, nothing for the rest.
pub(super) fn pieces(text: &str) -> Vec<(&'static str, &str)> {
    let lexed = lex(text);
    let class = |token: Token, source: &str| match token {
        Token::Str | Token::Regex | Token::Glob => "s",
        Token::Int | Token::Decimal | Token::Quantity | Token::Instant | Token::Date | Token::Time => "n",
        Token::Ident => "",
        _ if source.starts_with(|c: char| c.is_ascii_alphabetic()) => "k",
        _ => "",
    };
    let source = |span: Span| text.get(span.start as usize..span.end as usize).unwrap_or_default();
    let mut marked: Vec<(Span, &'static str)> =
        lexed.tokens.iter().map(|t| (t.span, class(t.token, source(t.span)))).collect();
    marked.extend(lexed.comments.iter().map(|span| (*span, "c")));
    marked.retain(|(_, class)| !class.is_empty());
    marked.sort_by_key(|(span, _)| span.start);
    let mut out = vec![];
    let mut at = 0_usize;
    for (span, class) in marked {
        let (start, end) = (span.start as usize, span.end as usize);
        if start < at {
            continue;
        }
        out.extend(text.get(at..start).filter(|piece| !piece.is_empty()).map(|piece| ("", piece)));
        out.push((class, source(span)));
        at = end;
    }
    out.extend(text.get(at..).filter(|piece| !piece.is_empty()).map(|piece| ("", piece)));
    out
}
