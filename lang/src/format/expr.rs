//! Types, expressions and selectors.

use super::cursor::Cursor;
use super::doc::{Doc, INDENT};
use crate::syntax::ast::{Apply, Argument, Expr, ExprKind, Over, Refinement, RefinementKind, Selector, TypeExpr};
use crate::syntax::token::Token;

/// A blank that is never a line end.
pub(super) const BLANK: Doc<'static> = Doc::Glue(" ");
/// A blank, or a line end.
pub(super) const LINE: Doc<'static> = Doc::Line(" ");

impl<'a> Cursor<'a> {
    pub(super) fn ty(&mut self, ty: &TypeExpr) -> Doc<'a> {
        let mut parts = vec![self.name(&ty.name)];
        if let Some(argument) = &ty.argument {
            parts.push(self.tok());
            parts.push(self.ty(argument));
            if let Some(second) = &ty.second {
                self.comma();
                parts.extend([Doc::Glue(","), BLANK, self.ty(second)]);
            }
            parts.push(self.tok());
        }
        if ty.optional.is_some() {
            parts.push(self.tok());
        }
        let mut more = vec![];
        for r in &ty.refinements {
            more.extend([LINE, self.refinement(r)]);
        }
        for other in &ty.or {
            more.extend([LINE, self.tok(), BLANK, self.ty(other)]);
        }
        parts.push(Doc::Cat(more).nest(INDENT));
        Doc::Cat(parts).group()
    }

    fn refinement(&mut self, r: &Refinement) -> Doc<'a> {
        match &r.kind {
            RefinementKind::Range(a, b) => {
                let mut parts = vec![self.tok()];
                if let Some(a) = a {
                    parts.extend([BLANK, self.expr(a)]);
                }
                parts.extend([BLANK, self.tok()]);
                if let Some(b) = b {
                    parts.extend([BLANK, self.expr(b)]);
                }
                Doc::Cat(parts)
            }
            RefinementKind::Max(_) | RefinementKind::Places(_) | RefinementKind::Matching(_) => self.words(2),
            RefinementKind::Accepts(xs) | RefinementKind::Refuses(xs) => {
                let word = self.tok();
                Doc::Cat(vec![word, BLANK, self.list(xs, ",", Self::expr)])
            }
            RefinementKind::Free => self.tok(),
        }
    }

    pub(super) fn selector(&mut self, selector: &Selector) -> Doc<'a> {
        match selector {
            Selector::Any(_) => self.tok(),
            Selector::Action(name) | Selector::Prefix(name) => self.name(name),
            Selector::Tag(name) => Doc::Cat(vec![self.tok(), self.name(name)]),
        }
    }

    pub(super) fn over(&mut self, over: &Over) -> Doc<'a> {
        match over {
            Over::Sliding(_) => self.tok(),
            Over::Calendar(..) => self.words(3),
        }
    }

    /// What a window or a limit is keyed by.
    pub(super) fn keys(&mut self, keys: &[Expr]) -> Doc<'a> {
        match keys {
            // Brackets around keys are no part of the tree.
            [first, ..] if first.span.start > self.start() => self.list(keys, ",", Self::expr),
            keys => Doc::Cat(keys.iter().map(|key| self.expr(key)).collect()),
        }
    }

    pub(super) fn argument(&mut self, argument: &Argument) -> Doc<'a> {
        Doc::Cat(vec![self.tok(), self.tok(), BLANK, self.expr(&argument.value)])
    }

    /// Obligations after `with`.
    pub(super) fn applies(&mut self, applies: &[Apply]) -> Doc<'a> {
        self.commas(applies, |c, apply| {
            let name = c.name(&apply.name);
            Doc::Cat(vec![name, c.list(&apply.args, ",", Self::argument)])
        })
    }

    /// A clause of a word and a condition. What was written on several lines stays so; the parts stand below each other:
    /// ```text
    /// when a
    ///  and b
    /// ```
    pub(super) fn condition(&mut self, e: &Expr) -> Doc<'a> {
        let width = self.width(self.at, self.at + 1);
        let word = self.tok();
        let lead = self.lead();
        let body = match &e.kind {
            ExprKind::Logic(op, parts) => {
                let inner = self.logic(op.as_str().len(), parts, true);
                inner.nest(width.saturating_sub(op.as_str().len()))
            }
            _ => self.expr(e).nest(width + 1),
        };
        Doc::Cat(vec![word, BLANK, lead, body]).group()
    }

    /// The operands of `and` or `or`, which has so many letters. The line ends are the caller's group's.
    /// `keep` keeps operands on their lines.
    fn logic(&mut self, letters: usize, parts: &[Expr], keep: bool) -> Doc<'a> {
        let apart = keep
            && parts.windows(2).any(|pair| match pair {
                [a, b] => self.newline(a.span.end + self.base, b.span.start + self.base),
                _ => false,
            });
        let mut out = vec![];
        for (i, part) in parts.iter().enumerate() {
            if i > 0 {
                out.push(if apart { Doc::Hard(false) } else { LINE });
                out.extend([self.tok(), BLANK]);
            }
            out.push(self.expr(part).nest(letters + 1));
        }
        Doc::Cat(out)
    }

    /// What stands after `=` in a definition.
    pub(super) fn body(&mut self, e: &Expr) -> Doc<'a> {
        match &e.kind {
            ExprKind::Logic(op, parts) => {
                let lead = self.lead();
                let inner = self.logic(op.as_str().len(), parts, true);
                Doc::Cat(vec![LINE, lead, inner]).nest(INDENT).group()
            }
            ExprKind::If(..) | ExprKind::Binary(..) => {
                let lead = self.lead();
                Doc::Cat(vec![LINE, lead, self.expr(e)]).nest(INDENT).group()
            }
            _ => Doc::Cat(vec![BLANK, self.expr(e)]),
        }
    }

    /// An expression inside of brackets: its lines are those of the brackets.
    fn inside(&mut self, e: &Expr) -> Doc<'a> {
        let lead = self.lead();
        let inner = match &e.kind {
            ExprKind::Logic(op, parts) => self.logic(op.as_str().len(), parts, false),
            _ => self.expr(e),
        };
        Doc::Cat(vec![lead, inner])
    }

    pub(super) fn expr(&mut self, e: &Expr) -> Doc<'a> {
        match &e.kind {
            ExprKind::Bool(_)
            | ExprKind::Int(_)
            | ExprKind::Decimal(_)
            | ExprKind::Text(_)
            | ExprKind::Quantity(_)
            | ExprKind::Instant(_)
            | ExprKind::Date(_)
            | ExprKind::Time(_)
            | ExprKind::Regex(_)
            | ExprKind::Glob(_)
            | ExprKind::Name(_) => self.tok(),
            ExprKind::Member(of, _) => Doc::Cat(vec![self.expr(of), self.tok(), self.tok()]),
            ExprKind::Index(of, key) => Doc::Cat(vec![self.expr(of), self.tok(), self.expr(key), self.tok()]),
            ExprKind::Call(name, args) => {
                let name = self.name(name);
                Doc::Cat(vec![name, self.list(args, ",", Self::expr)])
            }
            ExprKind::Quantifier(_, _, over, condition) => {
                let open = Doc::Cat(vec![self.tok(), self.tok()]);
                let lead = self.lead();
                let head = vec![Doc::Line(""), lead, self.words(2), BLANK, self.expr(over), self.tok(), LINE];
                let mut inner = head;
                inner.push(self.inside(condition));
                inner.extend(self.tail());
                Doc::Cat(vec![open, Doc::Cat(inner).nest(INDENT), Doc::Line(""), self.tok()]).group()
            }
            ExprKind::Count(of) => {
                let open = Doc::Cat(vec![self.tok(), self.tok()]);
                self.enclosed(open, of)
            }
            ExprKind::Paren(of) => {
                let open = self.tok();
                self.enclosed(open, of)
            }
            ExprKind::Counting(of) => Doc::Cat(vec![self.expr(of), BLANK, self.words(2)]),
            ExprKind::Is(of, name, bind) | ExprKind::Has(of, name, bind) => {
                let mut parts = vec![self.expr(of), BLANK, self.tok(), BLANK, self.name(name)];
                if bind.is_some() {
                    parts.extend([BLANK, self.words(2)]);
                }
                Doc::Cat(parts)
            }
            ExprKind::If(condition, then, other) => {
                let mut parts = vec![self.tok(), BLANK, self.expr(condition).nest(INDENT)];
                parts.extend([LINE, self.tok(), BLANK, self.expr(then).nest(INDENT)]);
                parts.extend([LINE, self.tok(), BLANK, self.expr(other).nest(INDENT)]);
                Doc::Cat(parts).group()
            }
            ExprKind::At(of, _) => Doc::Cat(vec![self.expr(of), BLANK, self.words(2)]),
            ExprKind::Range(from, to) => self.range(from, to),
            ExprKind::Hours(days, ..) => {
                let days = self.expr(days);
                Doc::Cat(vec![days, BLANK, self.tok(), self.tok(), self.tok()])
            }
            ExprKind::Tuple(parts) if parts.len() > 1 => self.list(parts, ",", Self::expr),
            ExprKind::Tuple(parts) => {
                // The comma is what makes one a tuple.
                let mut out = vec![self.tok()];
                out.extend(parts.iter().map(|p| self.expr(p)).collect::<Vec<_>>());
                self.comma();
                out.extend([Doc::Glue(","), self.tok()]);
                Doc::Cat(out)
            }
            ExprKind::Runs(of, _, patterns) => {
                let head = vec![self.expr(of), BLANK, self.words(2), BLANK];
                Doc::Cat(vec![Doc::Cat(head), self.list(patterns, ",", Self::expr)])
            }
            ExprKind::Not(of) => Doc::Cat(vec![self.tok(), BLANK, self.expr(of)]),
            ExprKind::Neg(of) => Doc::Cat(vec![self.tok(), self.expr(of)]),
            ExprKind::Binary(_, _, a, b) => {
                let a = self.expr(a);
                // A list breaks by itself.
                let line = if matches!(b.kind, ExprKind::List(_)) { BLANK } else { LINE };
                let b = Doc::Cat(vec![line, self.tok(), BLANK, self.expr(b)]).nest(INDENT);
                Doc::Cat(vec![a, b]).group()
            }
            ExprKind::Logic(op, parts) => self.logic(op.as_str().len(), parts, false).group(),
            ExprKind::List(xs) => self.list(xs, ",", Self::expr),
        }
    }

    fn enclosed(&mut self, open: Doc<'a>, e: &Expr) -> Doc<'a> {
        let mut inner = vec![Doc::Line(""), self.inside(e)];
        inner.extend(self.tail());
        Doc::Cat(vec![open, Doc::Cat(inner).nest(INDENT), Doc::Line(""), self.tok()]).group()
    }

    /// `mon..fri` is read as one word, `1 .. 5` as three.
    fn range(&mut self, from: &Expr, to: &Expr) -> Doc<'a> {
        let names = matches!((&from.kind, &to.kind), (ExprKind::Name(_), ExprKind::Name(_)));
        let gap = if names { Doc::Cat(vec![]) } else { BLANK };
        Doc::Cat(vec![self.expr(from), gap.clone(), self.tok(), gap, self.expr(to)])
    }

    /// Whether braces come next.
    pub(super) fn at_brace(&self) -> bool {
        self.peek() == Some(Token::LBrace)
    }
}
