//! One layout for every policy: what `zt fmt` prints.
//!
//! The tree says where lines may break and in which order clauses stand; what is printed are the tokens and comments of
//! the text, each once. Only commas are made up or left out.

mod doc;
mod cursor;
mod expr;
mod item;
mod policy;
mod suite;

use std::sync::Arc;

use self::cursor::Cursor;
use self::doc::{Doc, render};
use crate::check::package::Located;
use crate::diagnostic::{Code, Diagnostic};
use crate::span::Span;
use crate::syntax::ast::ItemKind;
use crate::syntax::parse::{Parse, ParsedItem, parse};
use crate::syntax::token::{Spanned, Token, Tokens, lex};

/// A layout may bring about another one: what does not fit on a line counts from then on as written on several. It
/// settles after two or three.
const ROUNDS: usize = 8;
/// How deep brackets may be nested; more is no policy that anybody reads.
const MAX_NESTING: usize = 400;

/// Why a text keeps its layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unformatted {
    /// It has mistakes in its syntax.
    Mistakes(Vec<Located>),
    /// What came out would not say the same: a bug of ours.
    Bug(String),
}

/// A file's text in the one layout: lines of at most 100 columns where that can be, two columns for each depth, clauses
/// in the order of the language, comments where they were. Its tokens are the same but for commas, and its comments
/// are the same; formatting it again changes nothing.
///
/// # Errors
/// Mistakes in the syntax: nothing is guessed, so the text stays as it is.
pub fn format(file: &Arc<str>, text: &str) -> Result<String, Unformatted> {
    let mistakes = mistakes(file, text);
    if !mistakes.is_empty() {
        return Err(Unformatted::Mistakes(mistakes));
    }
    let before = Parts::of(text);
    let mut current = text.to_owned();
    for _ in 0..ROUNDS {
        let next = once(file, &current);
        if next == current {
            break;
        }
        current = next;
    }
    let after = Parts::of(&current);
    if before.tokens != after.tokens {
        return Err(Unformatted::Bug("the formatter would change what the file says".to_owned()));
    }
    if before.comments != after.comments {
        return Err(Unformatted::Bug("the formatter would change a comment".to_owned()));
    }
    if !self::mistakes(file, &current).is_empty() {
        return Err(Unformatted::Bug("what the formatter made does not parse".to_owned()));
    }
    Ok(current)
}

/// What a layout must not change: tokens and comments in any order, for clauses move.
struct Parts<'a> {
    tokens: Vec<&'a str>,
    comments: Vec<&'a str>,
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Self {
        let source = |span: Span| text.get(span.start as usize..span.end as usize).unwrap_or_default().trim_end();
        let Tokens { tokens, comments } = lex(text);
        let mut tokens: Vec<&str> = tokens.iter().filter(|t| t.token != Token::Comma).map(|t| source(t.span)).collect();
        let mut comments: Vec<&str> = comments.iter().map(|c| source(*c)).collect();
        tokens.sort_unstable();
        comments.sort_unstable();
        Parts { tokens, comments }
    }
}

fn mistakes(file: &Arc<str>, text: &str) -> Vec<Located> {
    let located = |offset: u32| {
        let file = file.clone();
        move |diagnostic: &Diagnostic| Located { file: file.clone(), offset, diagnostic: diagnostic.clone() }
    };
    let Parse { items, diagnostics, .. } = parse(file, text);
    let mut out: Vec<Located> = diagnostics.iter().map(located(0)).collect();
    for ParsedItem { offset, item, .. } in &items {
        out.extend(item.diagnostics.iter().map(located(*offset)));
    }
    if out.is_empty()
        && let Some(deep) = nested_too_deep(&lex(text).tokens)
    {
        out.push(located(0)(&deep));
    }
    out.sort_by_key(|l| l.offset + l.diagnostic.span.start);
    out
}

fn nested_too_deep(tokens: &[Spanned]) -> Option<Diagnostic> {
    let mut depth = 0_usize;
    for t in tokens {
        match t.token {
            Token::LBrace | Token::LParen | Token::LBracket => depth += 1,
            Token::RBrace | Token::RParen | Token::RBracket => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_NESTING {
            let message = format!("this is nested more than {MAX_NESTING} deep");
            return Some(Diagnostic::new(Code::NestedTooDeep, t.span, message).label("too deep"));
        }
    }
    None
}

fn once(file: &Arc<str>, text: &str) -> String {
    let items = parse(file, text).items;
    let mut cursor = Cursor::new(text, lex(text));
    let pads = pads(&mut cursor, &items);
    let mut parts = vec![];
    let mut apart = false;
    for (i, (ParsedItem { offset, item, .. }, pad)) in items.iter().zip(pads).enumerate() {
        let Some(kind) = &item.kind else { continue };
        cursor.base = 0;
        let blank = cursor.blank();
        let lead = cursor.lead();
        let public = if item.public { Doc::Cat(vec![cursor.tok(), Doc::Glue(" ")]) } else { Doc::Cat(vec![]) };
        let public = Doc::Cat(vec![public, cursor.lead()]);
        cursor.base = *offset;
        let doc = cursor.item(kind, pad);
        // Blocks keep their distance.
        let block = doc.breaks() || public.breaks();
        parts.push(Doc::Hard(blank || i > 0 && (apart || block)));
        parts.extend([lead, public, doc]);
        apart = block;
    }
    cursor.base = 0;
    parts.extend(cursor.tail());
    render(&Doc::Cat(parts))
}

/// How many columns go behind the name of each item: the `=` of neighbouring types stand below each other, and those of
/// windows.
fn pads(cursor: &mut Cursor<'_>, items: &[ParsedItem]) -> Vec<usize> {
    let width = |item: &ParsedItem| {
        let name = match &item.item.kind {
            Some(ItemKind::Type(x)) => &x.name,
            Some(ItemKind::Window(x)) => &x.name,
            _ => return None,
        };
        Some(name.text.chars().count() + if item.item.public { "pub ".len() } else { 0 })
    };
    let kind = |item: &ParsedItem| item.item.kind.as_ref().map(std::mem::discriminant);
    let mut out: Vec<usize> = vec![];
    let mut run: Vec<usize> = vec![];
    let mut last = None;
    for item in items {
        cursor.seek(Span::new(item.offset, item.offset));
        if item.item.public {
            cursor.at = cursor.at.saturating_sub(1);
        }
        if last != kind(item) || cursor.blank() {
            let widest = run.iter().max().copied().unwrap_or(0);
            out.extend(run.drain(..).map(|w| widest - w));
        }
        last = kind(item);
        run.push(width(item).unwrap_or(0));
    }
    let widest = run.iter().max().copied().unwrap_or(0);
    out.extend(run.drain(..).map(|w| widest - w));
    cursor.at = 0;
    out
}
