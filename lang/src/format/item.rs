//! Declarations.

use super::cursor::Cursor;
use super::doc::{Doc, INDENT};
use super::expr::{BLANK, LINE};
use crate::hir::Aspect;
use crate::syntax::ast::{Action, Entity, Ident, Tag};
use crate::syntax::ast::{
    ActionClause, ActionClauseKind, Aggregate, AskPart, CellKind, Channel, ChannelKind, Define, Effect, Enum, Extend,
    Field, ItemKind, Member, Rows, Table, TableShape, Tier, TierClauseKind, Use, Window, WindowClauseKind,
};
use crate::syntax::token::Token;

impl<'a> Cursor<'a> {
    /// An item. `pad` is how many columns go behind its name.
    pub(super) fn item(&mut self, kind: &ItemKind, pad: usize) -> Doc<'a> {
        match kind {
            ItemKind::Package(name) => Doc::Cat(vec![self.tok(), BLANK, self.name(name)]),
            ItemKind::Use(x) => self.use_(x),
            ItemKind::Enforce(x) => {
                let head = Doc::Cat(vec![self.tok(), BLANK, self.name(&x.policy)]);
                if x.allows { Doc::Cat(vec![head, BLANK, self.words(2)]) } else { head }
            }
            ItemKind::Enum(x) => self.enum_(x),
            ItemKind::Type(x) => {
                let head = vec![self.words(2), padding(pad), BLANK, self.tok(), BLANK];
                Doc::Cat(vec![Doc::Cat(head), self.ty(&x.ty)])
            }
            ItemKind::Record(x) => {
                let head = self.words(if x.open { 3 } else { 2 });
                Doc::Cat(vec![head, self.fields(&x.fields)])
            }
            ItemKind::Entity(x) => self.entity(x),
            ItemKind::Action(x) => self.action(x),
            ItemKind::Extend(x) => self.extend(x),
            ItemKind::Tag(x) => self.tag(x),
            ItemKind::Tiers(x) => {
                let head = self.words(2);
                Doc::Cat(vec![head, self.block(&x.tiers, "", Self::tier)])
            }
            ItemKind::Approvers(x) => {
                let head = self.words(2);
                Doc::Cat(vec![head, self.from(x.from.as_ref())])
            }
            ItemKind::Obligation(x) => {
                let head = self.words(2);
                Doc::Cat(vec![head, self.fields(&x.fields)])
            }
            ItemKind::Window(x) => self.window(x, pad),
            ItemKind::Event(x) => {
                let mut head = vec![self.tok(), BLANK, self.name(&x.name)];
                if let Some(context) = &x.context {
                    head.extend([BLANK, self.tok(), BLANK, self.name(context)]);
                }
                Doc::Cat(vec![Doc::Cat(head), self.fields(&x.fields)])
            }
            ItemKind::Table(x) => self.table(x),
            ItemKind::Policy(x) => self.policy(x),
            ItemKind::Define(x) => self.define(x),
            ItemKind::Suite(x) => self.suite(x),
        }
    }

    fn use_(&mut self, x: &Use) -> Doc<'a> {
        let mut parts = vec![self.tok(), BLANK, self.name(&x.path)];
        if let Some(names) = &x.names {
            parts.push(self.tok());
            parts.push(self.list(names, ",", |c, _| c.tok()));
        }
        Doc::Cat(parts)
    }

    fn enum_(&mut self, x: &Enum) -> Doc<'a> {
        let head = self.words(if x.ordered { 3 } else { 2 });
        let members = self.block(&x.members, ",", |c, m: &Member| c.words(if m.wire.is_some() { 3 } else { 1 }));
        Doc::Cat(vec![head, members])
    }

    /// Fields in braces, their colons below each other where they stand on neighbouring lines.
    fn fields(&mut self, fields: &[Field]) -> Doc<'a> {
        let before = self.at;
        let width = |f: &Field| {
            f.name.text.chars().count() + f.wire.as_ref().map_or(0, |w| (w.span.end - w.span.start) as usize + 4)
        };
        // Where runs of neighbours end is known only from the text.
        let mut pads = vec![];
        let mut run: Vec<usize> = vec![];
        for (i, f) in fields.iter().enumerate() {
            self.seek(f.name.span);
            if i > 0 && self.blank() {
                pad(&mut run, &mut pads);
            }
            run.push(width(f));
        }
        pad(&mut run, &mut pads);
        self.at = before;
        let mut pads = pads.into_iter();
        self.block(fields, ",", |c, f| c.field(f, pads.next().unwrap_or(0)))
    }

    fn field(&mut self, f: &Field, pad: usize) -> Doc<'a> {
        let mut parts = vec![self.words(if f.wire.is_some() { 3 } else { 1 })];
        parts.push(Doc::Either("", " ".repeat(pad)));
        parts.extend([BLANK, self.tok(), BLANK, self.ty(&f.ty)]);
        if let Some(value) = &f.default {
            parts.extend([BLANK, self.tok(), BLANK, self.expr(value)]);
        }
        if f.merge.is_some() {
            parts.extend([BLANK, self.words(2)]);
        }
        Doc::Cat(parts)
    }

    /// A channel with a blank before it, if there is one.
    fn from(&mut self, channel: Option<&Channel>) -> Doc<'a> {
        let Some(channel) = channel else { return Doc::Cat(vec![]) };
        let mut parts = vec![BLANK, self.tok(), BLANK];
        match &channel.kind {
            ChannelKind::Word(_) => parts.push(self.tok()),
            ChannelKind::File(_) => parts.push(self.words(2)),
            ChannelKind::Source { by, fresh, .. } => {
                parts.push(self.words(2));
                if let Some(by) = by {
                    parts.extend([BLANK, self.tok(), BLANK, self.ty(by)]);
                }
                if fresh.is_some() {
                    parts.extend([BLANK, self.words(2)]);
                }
            }
        }
        Doc::Cat(parts)
    }

    /// `in A or B` with a blank before it, if there is any.
    fn parents(&mut self, parents: &[Ident]) -> Doc<'a> {
        if parents.is_empty() {
            return Doc::Cat(vec![]);
        }
        Doc::Cat(vec![BLANK, self.tok(), BLANK, self.either(parents)])
    }

    /// Fields in braces, where they may be left out.
    fn any_fields(&mut self, fields: &[Field]) -> Doc<'a> {
        if self.at_brace() { self.fields(fields) } else { Doc::Cat(vec![]) }
    }

    fn entity(&mut self, x: &Entity) -> Doc<'a> {
        let head = vec![self.words(2), self.parents(&x.parents), self.from(x.from.as_ref())];
        Doc::Cat(vec![Doc::Cat(head), self.any_fields(&x.fields)])
    }

    fn tag(&mut self, x: &Tag) -> Doc<'a> {
        let mut head = vec![self.words(2)];
        if !x.parents.is_empty() {
            head.extend([BLANK, self.tok(), BLANK]);
            head.push(self.commas(&x.parents, Self::name));
        }
        if x.required.is_some() {
            head.extend([BLANK, self.tok()]);
        }
        Doc::Cat(vec![Doc::Cat(head), self.any_fields(&x.fields)])
    }

    fn action(&mut self, x: &Action) -> Doc<'a> {
        let mut head = vec![self.tok(), BLANK, self.name(&x.name)];
        if x.wire.is_some() {
            head.extend([BLANK, self.words(2)]);
        }
        if let Some((parent, condition)) = &x.part_of {
            head.extend([BLANK, self.tok(), BLANK, self.name(parent), BLANK]);
            head.push(self.condition(condition).nest(INDENT));
        }
        Doc::Cat(vec![Doc::Cat(head), self.action_clauses(&x.clauses)])
    }

    fn extend(&mut self, x: &Extend) -> Doc<'a> {
        let head = vec![self.tok(), BLANK, self.commas(&x.selectors, Self::selector)];
        Doc::Cat(vec![Doc::Cat(head), self.action_clauses(&x.clauses)])
    }

    fn action_clauses(&mut self, clauses: &[ActionClause]) -> Doc<'a> {
        let sorted = sorted(clauses, |c| match c.kind {
            ActionClauseKind::By(_) => 0,
            ActionClauseKind::On(..) => 1,
            ActionClauseKind::Tier(_) => 2,
            ActionClauseKind::Tags(_) => 3,
            ActionClauseKind::Context(_) => 4,
            ActionClauseKind::Ask { .. } => 5,
            ActionClauseKind::Input(_) => 6,
            ActionClauseKind::Output(_) => 7,
        });
        self.clauses(|c| {
            let each = |clause: &&ActionClause| {
                c.seek(clause.span);
                let lead = c.lead();
                Doc::Cat(vec![lead, c.action_clause(&clause.kind)])
            };
            sorted.iter().map(each).collect()
        })
    }

    fn action_clause(&mut self, kind: &ActionClauseKind) -> Doc<'a> {
        match kind {
            ActionClauseKind::By(types) => Doc::Cat(vec![self.tok(), BLANK, self.either(types)]),
            ActionClauseKind::On(name, None) | ActionClauseKind::Tier(name) | ActionClauseKind::Context(name) => {
                Doc::Cat(vec![self.tok(), BLANK, self.name(name)])
            }
            ActionClauseKind::On(name, Some(id)) => {
                Doc::Cat(vec![self.tok(), BLANK, self.name(name), self.tok(), self.expr(id), self.tok()])
            }
            ActionClauseKind::Tags(tags) => {
                let word = self.tok();
                let list = self.list(tags, ",", |c, tag| {
                    let name = c.name(&tag.name);
                    if c.at_brace() { Doc::Cat(vec![name, c.block(&tag.fields, ",", Self::argument)]) } else { name }
                });
                Doc::Cat(vec![word, BLANK, list])
            }
            ActionClauseKind::Ask { clauses: parts } => {
                let word = self.tok();
                let widest = parts.iter().map(|p| p.name.text.len()).max().unwrap_or(0);
                let rank = |part: &AskPart| Aspect::ALL.iter().position(|(name, _)| *name == &*part.name.text);
                let sorted =
                    sorted(parts, |part| u8::try_from(rank(part).unwrap_or(Aspect::ALL.len())).unwrap_or(u8::MAX));
                let body = self.clauses(|c| {
                    let each = |part: &&AskPart| {
                        c.seek(part.name.span);
                        let pad = Doc::Either("", " ".repeat(widest - part.name.text.len()));
                        Doc::Cat(vec![c.lead(), c.tok(), pad, BLANK, c.tok()])
                    };
                    sorted.iter().map(each).collect()
                });
                Doc::Cat(vec![word, body])
            }
            ActionClauseKind::Input(fields) | ActionClauseKind::Output(fields) => {
                Doc::Cat(vec![self.tok(), self.fields(fields)])
            }
        }
    }

    fn tier(&mut self, x: &Tier) -> Doc<'a> {
        let name = self.tok();
        let sorted = sorted(&x.clauses, |c| match c.kind {
            TierClauseKind::Warrant(_) => 0,
            TierClauseKind::Approval(_) => 1,
            TierClauseKind::From(_) => 2,
            TierClauseKind::Quorum(_) => 3,
            TierClauseKind::Expires(_) => 4,
            TierClauseKind::With(_) => 5,
        });
        let body = self.clauses(|c| {
            let mut lines: Vec<Vec<Doc<'a>>> = vec![];
            for clause in sorted {
                c.seek(clause.span);
                let lead = c.lead();
                let doc = match &clause.kind {
                    TierClauseKind::With(applies) => Doc::Cat(vec![c.tok(), BLANK, c.applies(applies)]),
                    TierClauseKind::From(name) => Doc::Cat(vec![c.tok(), BLANK, c.name(name)]),
                    _ => c.words(2),
                };
                let goes_on = matches!(
                    clause.kind,
                    TierClauseKind::From(_) | TierClauseKind::Quorum(_) | TierClauseKind::Expires(_)
                );
                join(&mut lines, goes_on, Doc::Cat(vec![lead, doc]));
            }
            lines.into_iter().map(on_a_line).collect()
        });
        Doc::Cat(vec![name, body])
    }

    fn window(&mut self, x: &Window, pad: usize) -> Doc<'a> {
        let mut parts = vec![self.words(2), padding(pad), BLANK, self.tok(), BLANK, self.tok()];
        match &x.aggregate {
            Aggregate::Count => {}
            Aggregate::Sum(e) | Aggregate::Distinct(e) => parts.extend([BLANK, self.expr(e)]),
            Aggregate::Set(of, e) => {
                parts.extend([BLANK, self.tok(), BLANK, self.name(of), BLANK, self.tok(), BLANK, self.expr(e)]);
            }
        }
        if !x.selectors.is_empty() {
            parts.extend([BLANK, self.words(if x.outcome.is_some() { 2 } else { 1 }), BLANK]);
            parts.push(self.commas(&x.selectors, Self::selector));
        }
        let end = self.at.max(self.after(x.clauses.iter().map(|c| c.span.end).max()));
        let mut clauses = vec![];
        for clause in sorted(&x.clauses, |c| match c.kind {
            WindowClauseKind::By(_) => 0,
            WindowClauseKind::Over(_) => 1,
            WindowClauseKind::Where(_) => 2,
            WindowClauseKind::Max(_) => 3,
        }) {
            self.seek(clause.span);
            clauses.extend([LINE, self.lead()]);
            clauses.push(match &clause.kind {
                WindowClauseKind::By(keys) => Doc::Cat(vec![self.tok(), BLANK, self.keys(keys)]),
                WindowClauseKind::Over(over) => Doc::Cat(vec![self.tok(), BLANK, self.over(over)]),
                WindowClauseKind::Where(e) => self.condition(e),
                WindowClauseKind::Max(_) => self.words(2),
            });
        }
        self.at = end;
        parts.push(Doc::Cat(clauses).nest(INDENT));
        Doc::Cat(parts).group()
    }

    fn table(&mut self, x: &Table) -> Doc<'a> {
        let mut parts = vec![self.words(2)];
        match &x.shape {
            TableShape::Function(keys, value) => {
                parts.extend([BLANK, self.list(keys, "", Self::ty), BLANK, self.tok(), BLANK, self.ty(value)]);
            }
            TableShape::Relation(fields) => parts.push(self.fields(fields)),
        }
        parts.push(self.from(x.from.as_ref()));
        if let Some(rows) = &x.rows {
            parts.extend([BLANK, self.tok(), self.rows(rows)]);
        }
        Doc::Cat(parts)
    }

    /// Rows in braces, with a blank before them; their cells stand below each other.
    pub(super) fn rows(&mut self, rows: &Rows) -> Doc<'a> {
        let mut widths: Vec<usize> = vec![];
        let mut cells: Vec<Vec<usize>> = vec![];
        for (left, right) in &rows.rows {
            let mut row = vec![];
            for cell in left.iter().chain(right) {
                self.seek(cell.span);
                let from = self.at;
                let to = self.after(Some(cell.span.end));
                let between = usize::from(matches!(cell.kind, CellKind::Effect(Effect::RequireApproval)));
                row.push(self.width(from, to) + between);
            }
            for (i, width) in row.iter().enumerate() {
                match widths.get_mut(i) {
                    Some(most) => *most = (*most).max(*width),
                    None => widths.push(*width),
                }
            }
            cells.push(row);
        }
        self.seek(rows.span);
        let mut cells = cells.into_iter();
        let (open, rest) = self.braces(&rows.rows, "", rows.rows.len() < 2, |c, (left, right)| {
            let row = cells.next().unwrap_or_default();
            let count = left.len() + right.len();
            let mut parts = vec![];
            for (i, cell) in left.iter().chain(right).enumerate() {
                if i > 0 {
                    parts.extend([BLANK, c.tok(), BLANK]);
                }
                let end = c.after(Some(cell.span.end));
                let words = matches!(cell.kind, CellKind::Effect(_));
                while c.at < end {
                    parts.push(c.tok());
                    if words && c.at < end {
                        parts.push(BLANK);
                    }
                }
                if i + 1 < count {
                    let wide = widths.get(i).copied().unwrap_or(0);
                    parts.push(Doc::Either("", " ".repeat(wide - row.get(i).copied().unwrap_or(0).min(wide))));
                }
            }
            (Doc::Cat(parts), false)
        });
        Doc::Cat(vec![BLANK, open, rest])
    }

    fn define(&mut self, x: &Define) -> Doc<'a> {
        let mut parts = vec![self.words(2)];
        if self.peek() == Some(Token::LParen) {
            parts.push(self.list(&x.params, ",", |c, p| c.field(p, 0)));
        }
        if let Some(ty) = &x.ty {
            parts.extend([BLANK, self.tok(), BLANK, self.ty(ty)]);
        }
        parts.extend([BLANK, self.tok(), self.body(&x.body)]);
        Doc::Cat(parts)
    }

    /// The first token after a place in the item.
    pub(super) fn after(&mut self, end: Option<u32>) -> usize {
        let Some(end) = end else { return 0 };
        let before = self.at;
        self.seek(crate::span::Span::new(end, end));
        std::mem::replace(&mut self.at, before)
    }
}

/// Clauses in the order that the language gives them; those of one kind as they are.
pub(super) fn sorted<T>(clauses: &[T], rank: impl Fn(&T) -> u8) -> Vec<&T> {
    let mut all: Vec<&T> = clauses.iter().collect();
    all.sort_by_key(|c| rank(c));
    all
}

/// Adds a clause to the lines: one of its own, or the one under way.
pub(super) fn join<'a>(lines: &mut Vec<Vec<Doc<'a>>>, goes_on: bool, doc: Doc<'a>) {
    match lines.last_mut() {
        Some(last) if goes_on => last.push(doc),
        _ => lines.push(vec![doc]),
    }
}

/// Clauses that share a line.
pub(super) fn on_a_line(clauses: Vec<Doc<'_>>) -> Doc<'_> {
    let mut clauses = clauses.into_iter();
    let first = clauses.next().unwrap_or(Doc::Cat(vec![]));
    let rest = clauses.flat_map(|clause| [LINE, clause]).collect();
    Doc::Cat(vec![first, Doc::Cat(rest).nest(INDENT)]).group()
}

fn padding(columns: usize) -> Doc<'static> {
    const BLANKS: &str = "                                                                ";
    Doc::Glue(BLANKS.get(..columns).unwrap_or_default())
}

/// What every width of a run lacks to the widest.
fn pad(run: &mut Vec<usize>, pads: &mut Vec<usize>) {
    let widest = run.iter().max().copied().unwrap_or(0);
    pads.extend(run.drain(..).map(|width| widest - width));
}
