//! The tokens of a file on their way into a document, each with the comments that belong to it.

use std::collections::BTreeMap;

use super::doc::{Doc, INDENT};
use crate::span::Span;
use crate::syntax::ast::Ident;
use crate::syntax::token::{Spanned, Token, Tokens};

/// Walks over the tokens as the tree says. Nothing but separators is ever made up or left out: what is printed are the
/// tokens themselves.
pub(super) struct Cursor<'a> {
    pub(super) text: &'a str,
    tokens: Vec<Spanned>,
    /// Which token comes next.
    pub(super) at: usize,
    /// Where the item starts; spans in the tree count from there.
    pub(super) base: u32,
    /// Comments on lines of their own, by the token after them.
    own: BTreeMap<usize, Vec<Span>>,
    /// Comments behind a token on its line.
    behind: BTreeMap<usize, Span>,
    /// The closing brace of each opening one.
    partner: BTreeMap<usize, usize>,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str, lexed: Tokens) -> Self {
        let Tokens { tokens, comments } = lexed;
        let mut cursor = Cursor {
            text,
            tokens,
            at: 0,
            base: 0,
            own: BTreeMap::new(),
            behind: BTreeMap::new(),
            partner: BTreeMap::new(),
        };
        for comment in comments {
            let next = cursor.tokens.partition_point(|t| t.span.start < comment.start);
            let before = next.checked_sub(1).and_then(|i| cursor.tokens.get(i).map(|t| (i, t.span.end)));
            match before {
                Some((i, end)) if !cursor.newline(end, comment.start) => {
                    cursor.behind.insert(i, comment);
                }
                _ => cursor.own.entry(next).or_default().push(comment),
            }
        }
        let mut open = vec![];
        for i in 0..cursor.tokens.len() {
            match cursor.tokens.get(i).map(|t| t.token) {
                Some(Token::Comma) => cursor.free_comma(i),
                Some(Token::LBrace) => {
                    open.push(i);
                    cursor.free_brace(i);
                }
                Some(Token::RBrace) => {
                    if let Some(start) = open.pop() {
                        cursor.partner.insert(start, i);
                    }
                }
                _ => {}
            }
        }
        cursor
    }

    /// Commas come and go: their comments belong to what is around them.
    fn free_comma(&mut self, i: usize) {
        let mut after = self.own.remove(&i).unwrap_or_default();
        if let Some(comment) = self.behind.remove(&i) {
            match i.checked_sub(1) {
                Some(before) if !self.behind.contains_key(&before) => {
                    self.behind.insert(before, comment);
                }
                _ => after.push(comment),
            }
        }
        if !after.is_empty() {
            let next = self.own.entry(i + 1).or_default();
            after.append(next);
            *next = after;
        }
    }

    /// A comment in front of an opening brace stands behind it as well.
    fn free_brace(&mut self, i: usize) {
        if let Some(before) = i.checked_sub(1)
            && !self.behind.contains_key(&i)
            && !self.own.contains_key(&i)
            && let Some(comment) = self.behind.remove(&before)
        {
            self.behind.insert(i, comment);
        }
    }

    fn source(&self, span: Span) -> &'a str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    /// Whether a line ends between two places of the file.
    pub(super) fn newline(&self, from: u32, to: u32) -> bool {
        self.text.get(from as usize..to as usize).unwrap_or_default().contains('\n')
    }

    /// Whether what a span of the tree covers was written on several lines.
    pub(super) fn spread(&self, span: Span) -> bool {
        let span = span.shifted(self.base);
        self.newline(span.start, span.end)
    }

    /// What comes next.
    pub(super) fn peek(&self) -> Option<Token> {
        self.tokens.get(self.at).map(|t| t.token)
    }

    /// Where what comes next starts in the item.
    pub(super) fn start(&self) -> u32 {
        self.tokens.get(self.at).map_or(u32::MAX, |t| t.span.start - self.base)
    }

    /// Goes to where a span of the tree starts.
    pub(super) fn seek(&mut self, span: Span) {
        let start = span.start + self.base;
        self.at = self.tokens.partition_point(|t| t.span.start < start);
    }

    /// How many columns there are between the starts of tokens `from` and `to` if nothing but they stood there.
    pub(super) fn width(&self, from: usize, to: usize) -> usize {
        self.tokens.get(from..to).unwrap_or_default().iter().map(|t| self.source(t.span).chars().count()).sum()
    }

    /// Whether an empty line stands before what comes next and its comments.
    pub(super) fn blank(&self) -> bool {
        let comment = self.own.get(&self.at).and_then(|own| own.first()).map(|c| c.start);
        let token = self.tokens.get(self.at).map_or(self.text.len(), |t| t.span.start as usize);
        self.blank_at(comment.map_or(token, |c| c as usize))
    }

    fn blank_at(&self, at: usize) -> bool {
        let before = self.text.get(..at).unwrap_or_default();
        let gap = before.get(before.trim_end().len()..).unwrap_or_default();
        gap.matches('\n').count() > 1
    }

    /// The comments on lines of their own before what comes next.
    pub(super) fn lead(&mut self) -> Doc<'a> {
        let comments = self.own.remove(&self.at).unwrap_or_default();
        let end = self.tokens.get(self.at).map_or(self.text.len(), |t| t.span.start as usize);
        let mut parts = vec![];
        for (i, comment) in comments.iter().enumerate() {
            parts.push(Doc::Own(self.source(*comment).trim_end()));
            let next = comments.get(i + 1).map_or(end, |c| c.start as usize);
            parts.push(Doc::Hard(self.blank_at(next)));
        }
        Doc::Cat(parts)
    }

    /// The comments before a closing bracket, or the end of the file: they belong to what is in it.
    pub(super) fn tail(&mut self) -> Option<Doc<'a>> {
        if !self.own.contains_key(&self.at) {
            return None;
        }
        let blank = self.blank();
        let Doc::Cat(mut parts) = self.lead() else { return None };
        parts.pop();
        parts.insert(0, Doc::Hard(blank));
        Some(Doc::Cat(parts))
    }

    /// What comes next, as it is written, with its comments.
    pub(super) fn tok(&mut self) -> Doc<'a> {
        let lead = self.lead();
        let Some(token) = self.tokens.get(self.at).copied() else { return lead };
        let mut parts = match lead {
            Doc::Cat(parts) => parts,
            other => vec![other],
        };
        parts.push(Doc::Text(self.source(token.span)));
        if let Some(comment) = self.behind.remove(&self.at) {
            parts.push(Doc::Behind(self.source(comment).trim_end()));
        }
        self.at += 1;
        if parts.len() == 1 { parts.pop().unwrap_or(Doc::Cat(vec![])) } else { Doc::Cat(parts) }
    }

    /// The next tokens with a blank between them.
    pub(super) fn words(&mut self, count: usize) -> Doc<'a> {
        let mut parts = vec![];
        for i in 0..count {
            if i > 0 {
                parts.push(Doc::Glue(" "));
            }
            parts.push(self.tok());
        }
        Doc::Cat(parts)
    }

    /// A name, its dots and all.
    pub(super) fn name(&mut self, name: &Ident) -> Doc<'a> {
        let mut parts = vec![];
        while self.start() < name.span.end {
            parts.push(self.tok());
        }
        Doc::Cat(parts)
    }

    /// Passes over a comma, if there is one.
    pub(super) fn comma(&mut self) {
        if self.peek() == Some(Token::Comma) {
            self.at += 1;
        }
    }

    /// What is put in brackets `[]` or `()`, with commas: on one line, or one a line with a comma after each.
    /// `last` is whether the last may have one.
    pub(super) fn list<T>(
        &mut self,
        items: &[T],
        last: &'static str,
        mut each: impl FnMut(&mut Self, &T) -> Doc<'a>,
    ) -> Doc<'a> {
        let open = self.tok();
        let mut inner = vec![Doc::Line("")];
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                inner.extend([Doc::Glue(","), Doc::Line(" ")]);
            }
            inner.push(self.lead());
            inner.push(each(self, item));
            self.comma();
        }
        if !items.is_empty() {
            inner.push(Doc::Either("", last.to_owned()));
        }
        inner.extend(self.tail());
        Doc::Cat(vec![open, Doc::Cat(inner).nest(INDENT), Doc::Line(""), self.tok()]).group()
    }

    /// One or more with commas between them.
    pub(super) fn commas<T>(&mut self, items: &[T], mut each: impl FnMut(&mut Self, &T) -> Doc<'a>) -> Doc<'a> {
        let mut parts = vec![];
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                self.comma();
                parts.extend([Doc::Glue(","), Doc::Line(" ")]);
            }
            parts.push(each(self, item));
        }
        // What follows the first stands further in than the first, and is told from what is in it.
        let indent = if items.len() > 1 { INDENT } else { 0 };
        Doc::Cat(parts).nest(indent).group()
    }

    /// Names with `or` between them.
    pub(super) fn either(&mut self, names: &[Ident]) -> Doc<'a> {
        let mut parts = vec![];
        for (i, name) in names.iter().enumerate() {
            if i > 0 {
                parts.extend([Doc::Glue(" "), self.tok(), Doc::Glue(" ")]);
            }
            parts.push(self.name(name));
        }
        Doc::Cat(parts)
    }

    /// What is put in braces: on one line if it was, and fits there; else one a line. Gives the opening brace and the
    /// rest. `separator` stands between two on a line.
    pub(super) fn braces<T>(
        &mut self,
        items: &[T],
        separator: &'static str,
        one_line: bool,
        mut each: impl FnMut(&mut Self, &T) -> (Doc<'a>, bool),
    ) -> (Doc<'a>, Doc<'a>) {
        let spread = self
            .partner
            .get(&self.at)
            .and_then(|end| Some(self.newline(self.tokens.get(self.at)?.span.end, self.tokens.get(*end)?.span.start)));
        let spread = spread.unwrap_or(true) || !one_line;
        let open = self.tok();
        let mut inner = vec![];
        let mut apart = false;
        for (i, item) in items.iter().enumerate() {
            let blank = i > 0 && self.blank();
            let lead = self.lead();
            let (doc, block) = each(self, item);
            self.comma();
            // Blocks keep their distance.
            let blank = blank || i > 0 && (apart || block);
            apart = block;
            if !spread {
                inner.extend((i > 0).then_some(Doc::Either(separator, String::new())));
            }
            inner.push(if spread { Doc::Hard(blank) } else { Doc::Line(" ") });
            inner.extend([lead, doc]);
        }
        inner.extend(self.tail().map(|tail| match tail {
            // There is nothing to keep a distance from.
            Doc::Cat(mut parts) if items.is_empty() => {
                parts.remove(0);
                parts.insert(0, Doc::Hard(false));
                Doc::Cat(parts)
            }
            tail => tail,
        }));
        if inner.is_empty() {
            let close = self.tok();
            return (open, close);
        }
        let end = if spread { Doc::Hard(false) } else { Doc::Line(" ") };
        let close = self.tok();
        (open, Doc::Cat(vec![Doc::Cat(inner).nest(INDENT), end, close]).group())
    }

    /// As [`Cursor::braces`], with a blank before them.
    pub(super) fn block<T>(
        &mut self,
        items: &[T],
        separator: &'static str,
        mut each: impl FnMut(&mut Self, &T) -> Doc<'a>,
    ) -> Doc<'a> {
        let (open, rest) = self.braces(items, separator, true, |c, x| (each(c, x), false));
        Doc::Cat(vec![Doc::Glue(" "), open, rest])
    }

    /// Clauses in braces, in their order: each a line, or all on one.
    pub(super) fn clauses(&mut self, clauses: impl FnOnce(&mut Self) -> Vec<Doc<'a>>) -> Doc<'a> {
        let close = self.partner.get(&self.at).copied();
        let whole =
            close.and_then(|end| Some(Span::new(self.tokens.get(self.at)?.span.end, self.tokens.get(end)?.span.start)));
        let spread = whole.is_none_or(|w| self.newline(w.start, w.end));
        let open = self.tok();
        let docs = clauses(self);
        self.at = close.unwrap_or(self.at);
        let tail = self.tail();
        if docs.is_empty() && tail.is_none() {
            return Doc::Cat(vec![Doc::Glue(" "), open, self.tok()]);
        }
        let line = if spread { Doc::Hard(false) } else { Doc::Line(" ") };
        let mut inner: Vec<Doc<'a>> = docs.into_iter().flat_map(|doc| [line.clone(), doc]).collect();
        inner.extend(tail);
        let body = Doc::Cat(vec![Doc::Cat(inner).nest(INDENT), line, self.tok()]).group();
        Doc::Cat(vec![Doc::Glue(" "), open, body])
    }
}
