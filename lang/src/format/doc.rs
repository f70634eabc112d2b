//! Documents: text with places where it may break, and how they become lines of at most [`WIDTH`] columns.
//!
//! The combinators are those of P. Wadler, "A prettier printer" (2003), laid out greedily as Prettier does: a group is
//! put on one line if it fits there together with what must follow it on that line, and is broken at all of its own
//! lines otherwise.

use std::fmt::Write as _;

/// The most columns that a line has, comments at its end apart.
const WIDTH: usize = 100;
/// How far a block, a clause or a continued line goes in.
pub(super) const INDENT: usize = 2;
/// How far code lines may differ in length for the comments behind them to be aligned.
const SPREAD: usize = 32;

/// A document.
#[derive(Debug, Clone)]
pub(super) enum Doc<'a> {
    /// Text without a line end.
    Text(&'a str),
    /// Text that goes in front of a comment at the end of the line: separators.
    Glue(&'static str),
    /// Text that depends on whether its group is on one line or broken; goes in front of a comment too.
    Either(&'static str, String),
    /// A line end in a broken group, else this.
    Line(&'static str),
    /// A line end, and an empty line if it says so. Breaks every group around it.
    Hard(bool),
    /// A comment at the end of a line.
    Behind(&'a str),
    /// A comment on a line of its own.
    Own(&'a str),
    /// So many columns further in.
    Nest(usize, Box<Doc<'a>>),
    /// On one line, or broken; true if it must be broken.
    Group(Box<Doc<'a>>, bool),
    /// A call: who, what with the line end before it, and with which arguments.
    Call(Box<[Doc<'a>; 3]>),
    /// One after the other.
    Cat(Vec<Doc<'a>>),
}

impl<'a> Doc<'a> {
    pub(super) fn group(self) -> Doc<'a> {
        let broken = self.breaks();
        Doc::Group(Box::new(self), broken)
    }

    pub(super) fn nest(self, columns: usize) -> Doc<'a> {
        Doc::Nest(columns, Box::new(self))
    }

    /// Whether it cannot be on one line.
    pub(super) fn breaks(&self) -> bool {
        self.scan(&mut false)
    }

    /// As [`Doc::breaks`]; `commented` says whether a comment ends what comes before it, then what it ends itself.
    fn scan(&self, commented: &mut bool) -> bool {
        match self {
            Doc::Text(_) => *commented,
            Doc::Line(_) => *commented,
            Doc::Glue(_) | Doc::Either(..) => false,
            Doc::Hard(_) | Doc::Own(_) => true,
            Doc::Behind(_) => std::mem::replace(commented, true),
            Doc::Nest(_, inner) => inner.scan(commented),
            Doc::Group(inner, broken) => {
                // What is inside was looked at when the group was made; only its ends matter here.
                *broken || *commented || {
                    *commented = inner.ends_in_comment();
                    false
                }
            }
            Doc::Call(parts) => parts.iter().any(|part| part.scan(commented)),
            Doc::Cat(parts) => parts.iter().any(|part| part.scan(commented)),
        }
    }

    fn ends_in_comment(&self) -> bool {
        match self {
            Doc::Behind(_) => true,
            Doc::Nest(_, inner) | Doc::Group(inner, _) => inner.ends_in_comment(),
            Doc::Call(parts) => ends_in_comment(parts.as_slice()),
            Doc::Cat(parts) => ends_in_comment(parts),
            _ => false,
        }
    }

    fn is_empty(&self) -> bool {
        matches!(self, Doc::Cat(parts) if parts.iter().all(Doc::is_empty))
    }
}

fn ends_in_comment(parts: &[Doc<'_>]) -> bool {
    let seen = |p: &&Doc<'_>| !matches!(p, Doc::Glue(_) | Doc::Either(..)) && !p.is_empty();
    parts.iter().rev().find(seen).is_some_and(Doc::ends_in_comment)
}

/// The lines of a document.
pub(super) fn render(doc: &Doc<'_>) -> String {
    let mut out = Out::default();
    let mut stack: Vec<(usize, bool, &Doc<'_>)> = vec![(0, false, doc)];
    while let Some((indent, flat, doc)) = stack.pop() {
        match doc {
            Doc::Text(text) => out.text(text, indent),
            Doc::Glue(text) => out.glue(text, indent),
            Doc::Either(one, _) if flat => out.glue(one, indent),
            Doc::Either(_, other) => out.glue(other, indent),
            Doc::Line(text) if flat => out.glue(text, indent),
            Doc::Line(_) => out.newline(indent, false),
            Doc::Hard(blank) => out.newline(indent, *blank),
            Doc::Behind(text) => out.behind(text, indent),
            Doc::Own(text) => {
                out.newline(indent, false);
                out.text(text, indent);
                out.ended = true;
            }
            Doc::Nest(columns, inner) => stack.push((indent + columns, flat, inner)),
            Doc::Group(inner, broken) => {
                let flat = flat || !*broken && fits(vec![(true, inner)], WIDTH.saturating_sub(out.column()), &stack);
                stack.push((indent, flat, inner));
            }
            Doc::Call(parts) => {
                let [_, what, arguments] = &**parts;
                let (within, open, closed) = call(parts, doc, flat, WIDTH.saturating_sub(out.column()), indent, &stack);
                let inner = if open { indent + INDENT } else { indent };
                stack.push((inner, within, arguments));
                stack.push((inner, closed, what));
                stack.extend(parts.first().map(|who| (indent, flat, who)));
            }
            Doc::Cat(parts) => stack.extend(parts.iter().rev().map(|part| (indent, flat, part))),
        }
    }
    out.finish()
}

/// How a call is laid out: whether its arguments are on one line, whether there is a line end before what is called, and
/// whether that is on one line with who calls. Of two lines and broken arguments, two lines are easier to read.
fn call<'d, 'a>(
    parts: &'d [Doc<'a>; 3],
    whole: &'d Doc<'a>,
    flat: bool,
    room: usize,
    indent: usize,
    rest: &[(usize, bool, &'d Doc<'a>)],
) -> (bool, bool, bool) {
    let [who, what, arguments] = parts;
    if flat || !whole.breaks() && fits(vec![(true, whole)], room, rest) {
        return (true, false, true);
    }
    // The blank before what is called is then a line end.
    let second = (WIDTH + 1).saturating_sub(indent + INDENT);
    if !what.breaks() && !arguments.breaks() && fits(vec![(true, arguments), (true, what)], second, rest) {
        return (true, true, false);
    }
    let first = vec![(false, arguments), (true, what), (true, who)];
    let open = who.breaks() || what.breaks() || !fits(first, room, rest);
    (false, open, !open)
}

/// Whether documents, the first of them last, have room on the line with what follows them there.
fn fits<'d, 'a>(mut stack: Vec<(bool, &'d Doc<'a>)>, room: usize, rest: &[(usize, bool, &'d Doc<'a>)]) -> bool {
    let mut room = Some(room);
    let mut rest = rest.iter().rev();
    loop {
        let (flat, doc) = match stack.pop() {
            Some(next) => next,
            None => match rest.next() {
                Some((_, flat, doc)) => (*flat, *doc),
                None => return true,
            },
        };
        let text = match doc {
            Doc::Text(text) => text,
            Doc::Glue(text) => text,
            Doc::Either(one, _) if flat => one,
            Doc::Either(_, other) => other.as_str(),
            Doc::Line(text) if flat => text,
            Doc::Line(_) | Doc::Hard(_) | Doc::Own(_) => return true,
            Doc::Behind(_) => "",
            Doc::Nest(_, inner) => {
                stack.push((flat, inner));
                continue;
            }
            Doc::Group(inner, _) => {
                stack.push((flat, inner));
                continue;
            }
            Doc::Call(parts) => {
                stack.extend(parts.iter().rev().map(|part| (flat, part)));
                continue;
            }
            Doc::Cat(parts) => {
                stack.extend(parts.iter().rev().map(|part| (flat, part)));
                continue;
            }
        };
        room = room.and_then(|room| room.checked_sub(text.chars().count()));
        if room.is_none() {
            return false;
        }
    }
}

/// Lines under way.
#[derive(Default)]
struct Out<'a> {
    text: String,
    /// How many columns the line has; none if it was not begun.
    column: Option<usize>,
    /// How far in it begins.
    indent: usize,
    /// A comment that ends the line.
    comment: Option<&'a str>,
    /// Whether what was written ends the line.
    ended: bool,
    /// Comments at line ends: the line, where the comment goes, how wide the line is before it, the comment.
    comments: Vec<(usize, usize, usize, &'a str)>,
    lines: usize,
}

impl<'a> Out<'a> {
    fn column(&self) -> usize {
        self.column.unwrap_or(self.indent)
    }

    fn newline(&mut self, indent: usize, blank: bool) {
        self.begin(blank);
        self.indent = indent;
    }

    fn begin(&mut self, blank: bool) {
        if self.column.is_some() {
            let code = self.text.trim_end_matches(' ').len();
            let width = self.column().saturating_sub(self.text.len() - code);
            self.text.truncate(code);
            if let Some(comment) = self.comment.take() {
                self.comments.push((self.lines, code, width, comment));
            }
            self.text.push('\n');
            self.lines += 1;
            self.column = None;
        }
        self.ended = false;
        if blank && !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
            self.lines += 1;
        }
    }

    fn text(&mut self, text: &str, indent: usize) {
        // A comment goes to the end of its line, so what follows one goes on.
        if self.comment.is_some() || self.ended {
            self.newline(indent, false);
        }
        self.write(text);
    }

    fn glue(&mut self, text: &str, indent: usize) {
        // Blanks in front of a line end are nobody's.
        if text.trim().is_empty() && (self.column.is_none() || self.comment.is_some() || self.ended) {
            return;
        }
        if self.ended {
            self.newline(indent, false);
        }
        self.write(text);
    }

    fn write(&mut self, text: &str) {
        if self.column.is_none() {
            let _ = write!(self.text, "{:1$}", "", self.indent);
        }
        self.text.push_str(text);
        self.column = Some(self.column() + text.chars().count());
    }

    fn behind(&mut self, text: &'a str, indent: usize) {
        if self.comment.is_some() || self.ended {
            self.newline(indent, false);
        }
        if self.column.is_none() {
            self.write(text);
            self.ended = true;
        } else {
            self.comment = Some(text);
        }
    }

    /// Puts the comments behind their lines: those of neighbouring lines in one column, if that is not far off.
    fn finish(mut self) -> String {
        self.begin(false);
        let mut out = String::with_capacity(self.text.len() + self.comments.len() * 32);
        let mut done = 0;
        let mut rest = self.comments.as_slice();
        while let Some((first, _)) = rest.split_first() {
            let near = rest.iter().enumerate().take_while(|(i, (line, ..))| *line == first.0 + i).count();
            let (run, after) = rest.split_at(near);
            let widths = || run.iter().map(|(_, _, width, _)| *width);
            let (narrow, wide) = (widths().min().unwrap_or(0), widths().max().unwrap_or(0));
            for (_, at, width, comment) in run {
                out.push_str(self.text.get(done..*at).unwrap_or_default());
                let blank = if wide - narrow <= SPREAD { wide - width + 2 } else { 2 };
                let _ = write!(out, "{:blank$}{comment}", "");
                done = *at;
            }
            rest = after;
        }
        out.push_str(self.text.get(done..).unwrap_or_default());
        out
    }
}
