//! Policies and their rules.

use super::cursor::Cursor;
use super::doc::{Doc, INDENT};
use super::expr::{BLANK, LINE};
use super::item::{join, on_a_line, sorted};
use crate::span::Span;
use crate::syntax::ast::{Effect, Policy, PolicyClauseKind, Rule, RuleClauseKind};

impl<'a> Cursor<'a> {
    pub(super) fn policy(&mut self, x: &Policy) -> Doc<'a> {
        let mut head = vec![self.words(2)];
        let end = x.clauses.iter().map(|c| c.span.end).max();
        // A head that was written on several lines stays so.
        let spread = end.is_some_and(|end| self.spread(Span::new(x.name.span.end, end)));
        let line = if spread { Doc::Hard(false) } else { LINE };
        let clauses = sorted(&x.clauses, |c| match c.kind {
            PolicyClauseKind::For(_) => 0,
            PolicyClauseKind::By(_) => 1,
            PolicyClauseKind::When(_) => 2,
            PolicyClauseKind::Unless(_) => 3,
        });
        let brace = self.at.max(self.after(end));
        for (i, clause) in clauses.into_iter().enumerate() {
            self.seek(clause.span);
            // What it is for belongs to the name.
            let line = if i == 0 && !matches!(clause.kind, PolicyClauseKind::When(_) | PolicyClauseKind::Unless(_)) {
                BLANK
            } else {
                line.clone()
            };
            let lead = self.lead();
            let doc = match &clause.kind {
                PolicyClauseKind::For(selectors) => {
                    Doc::Cat(vec![self.tok(), BLANK, self.commas(selectors, Self::selector)])
                }
                PolicyClauseKind::By(types) => Doc::Cat(vec![self.tok(), BLANK, self.either(types)]),
                PolicyClauseKind::When(e) | PolicyClauseKind::Unless(e) => self.condition(e),
            };
            head.push(Doc::Cat(vec![line, lead, doc]).nest(INDENT));
        }
        self.at = brace;
        let (open, rest) = self.braces(&x.rules, "", x.rules.len() < 2, |c, rule| (c.rule(rule), false));
        let several = x.clauses.len() > 1 || head.iter().any(Doc::breaks);
        head.push(if several && spread { Doc::Hard(false) } else { LINE });
        head.push(open);
        Doc::Cat(vec![Doc::Cat(head).group(), rest])
    }

    fn rule(&mut self, rule: &Rule) -> Doc<'a> {
        let words = 2 + usize::from(rule.shadow) + usize::from(rule.effect == Effect::RequireApproval);
        let head = self.words(words);
        let spread = self.spread(rule.span);
        let clauses = sorted(&rule.clauses, |c| match c.kind {
            RuleClauseKind::Rate(..) => 0,
            RuleClauseKind::Of(_) => 1,
            RuleClauseKind::By(_) => 2,
            RuleClauseKind::To(_) => 3,
            RuleClauseKind::For(_) => 4,
            RuleClauseKind::When(_) => 5,
            RuleClauseKind::Unless(_) => 6,
            RuleClauseKind::With(_) => 7,
            RuleClauseKind::WithApproval => 8,
            RuleClauseKind::From(_) => 9,
            RuleClauseKind::Quorum(_) => 10,
            RuleClauseKind::Expires(_) => 11,
            RuleClauseKind::Because(_) => 12,
            RuleClauseKind::Tell(_) => 13,
        });
        let end = self.at.max(self.after(rule.clauses.iter().map(|c| c.span.end).max()));
        let mut lines = vec![vec![head]];
        let mut asks = false;
        for clause in clauses {
            self.seek(clause.span);
            let lead = self.lead();
            let doc = self.rule_clause(&clause.kind);
            // What a limit or a raise is stands behind its name; who is asked, how many and how long stand together.
            let asked = matches!(
                clause.kind,
                RuleClauseKind::WithApproval
                    | RuleClauseKind::From(_)
                    | RuleClauseKind::Quorum(_)
                    | RuleClauseKind::Expires(_)
            );
            let heads = matches!(
                clause.kind,
                RuleClauseKind::Rate(..) | RuleClauseKind::Of(_) | RuleClauseKind::By(_) | RuleClauseKind::To(_)
            );
            join(&mut lines, heads || asked && asks, Doc::Cat(vec![lead, doc]));
            asks = asked;
        }
        self.at = end;
        let mut lines = lines.into_iter().map(on_a_line);
        let head = lines.next().unwrap_or(Doc::Cat(vec![]));
        let line = if spread { Doc::Hard(false) } else { LINE };
        let clauses = lines.flat_map(|clause| [line.clone(), clause]).collect();
        Doc::Cat(vec![head, Doc::Cat(clauses).nest(INDENT)]).group()
    }

    fn rule_clause(&mut self, kind: &RuleClauseKind) -> Doc<'a> {
        match kind {
            RuleClauseKind::When(e) | RuleClauseKind::Unless(e) => self.condition(e),
            RuleClauseKind::For(selectors) => Doc::Cat(vec![self.tok(), BLANK, self.commas(selectors, Self::selector)]),
            RuleClauseKind::With(applies) => Doc::Cat(vec![self.tok(), BLANK, self.applies(applies)]),
            RuleClauseKind::Because(_)
            | RuleClauseKind::Tell(_)
            | RuleClauseKind::WithApproval
            | RuleClauseKind::Quorum(_)
            | RuleClauseKind::Expires(_)
            | RuleClauseKind::To(_) => self.words(2),
            RuleClauseKind::From(name) => Doc::Cat(vec![self.tok(), BLANK, self.name(name)]),
            RuleClauseKind::Rate(_, over) => Doc::Cat(vec![self.words(2), BLANK, self.over(over)]),
            RuleClauseKind::Of(e) => Doc::Cat(vec![self.tok(), BLANK, self.expr(e)]),
            RuleClauseKind::By(keys) => Doc::Cat(vec![self.tok(), BLANK, self.keys(keys)]),
        }
    }
}
