//! Suites: fixtures, tests, steps and the values in them.

use super::cursor::Cursor;
use super::doc::{Doc, INDENT};
use super::expr::{BLANK, LINE};
use super::item::sorted;
use crate::span::Span;
use crate::syntax::ast::{
    Call, Effect, Entry, Expect, ExpectClauseKind, ExpectEffect, Fixture, FixtureKind, Forall, RuleName, Step, Suite,
    Test, Value, ValueKind,
};

/// A part of a suite.
enum Part<'t> {
    Fixture(&'t Fixture),
    Test(&'t Test),
    Law(&'t Forall),
}

impl Part<'_> {
    fn start(&self) -> u32 {
        match self {
            Part::Fixture(x) => x.name.span.start,
            Part::Test(x) => x.span.start,
            Part::Law(x) => x.span.start,
        }
    }
}

impl<'a> Cursor<'a> {
    pub(super) fn suite(&mut self, x: &Suite) -> Doc<'a> {
        let head = self.words(if x.at.is_some() { 4 } else { 2 });
        let mut parts: Vec<Part<'_>> = x.fixtures.iter().map(Part::Fixture).collect();
        parts.extend(x.tests.iter().map(Part::Test));
        parts.extend(x.laws.iter().map(Part::Law));
        parts.sort_by_key(Part::start);
        let (open, rest) = self.braces(&parts, "", false, |c, part| match part {
            Part::Fixture(x) => (c.fixture(x), false),
            Part::Test(x) => {
                let doc = c.test(x);
                let block = doc.breaks();
                (doc, block)
            }
            Part::Law(x) => {
                let doc = c.law(x);
                let block = doc.breaks();
                (doc, block)
            }
        });
        Doc::Cat(vec![head, BLANK, open, rest])
    }

    fn fixture(&mut self, x: &Fixture) -> Doc<'a> {
        let what = match &x.kind {
            FixtureKind::Value(value) => vec![self.words(3), BLANK, self.value(value)],
            FixtureKind::Request(call) => vec![self.words(3), BLANK, self.call(call)],
            FixtureKind::Row(key, says) => {
                let mut parts = vec![self.tok(), BLANK, self.name(&x.name), self.list(key, ",", Self::value)];
                if let Some(says) = says {
                    parts.extend([BLANK, self.tok(), BLANK, self.value(says)]);
                }
                parts
            }
        };
        Doc::Cat(what)
    }

    fn test(&mut self, x: &Test) -> Doc<'a> {
        let mut parts = vec![self.words(2)];
        if let Some(rows) = &x.table {
            parts.extend([BLANK, self.tok(), self.rows(rows), BLANK, self.tok()]);
        }
        parts.push(self.steps(&x.steps));
        Doc::Cat(parts)
    }

    fn law(&mut self, x: &Forall) -> Doc<'a> {
        let mut parts = vec![self.words(3), BLANK, self.name(&x.action)];
        if let Some(e) = &x.condition {
            parts.extend([BLANK, self.condition(e).nest(INDENT)]);
        }
        let (open, rest) = self.braces(&x.expects, "", x.expects.len() < 2, |c, e| (c.expect(e), false));
        parts.extend([BLANK, open, rest]);
        Doc::Cat(parts)
    }

    /// Steps in braces, with a blank before them. What is expected of a call belongs to it.
    fn steps(&mut self, steps: &[Step]) -> Doc<'a> {
        let mut units: Vec<&[Step]> = vec![];
        let mut rest = steps;
        while let Some((first, more)) = rest.split_first() {
            let expects = more.iter().take_while(|s| matches!((first, s), (Step::Call(_), Step::Expect(_)))).count();
            let (unit, after) = rest.split_at(1 + expects);
            units.push(unit);
            rest = after;
        }
        let (open, rest) = self.braces(&units, "", units.len() < 2, |c, unit| {
            let spread = match (unit.first(), unit.last()) {
                (Some(Step::Call(call)), Some(Step::Expect(last))) => {
                    c.spread(Span::new(call.span.start, last.span.end))
                }
                _ => false,
            };
            let line = if spread { Doc::Hard(false) } else { LINE };
            let mut parts = vec![];
            for (i, step) in unit.iter().enumerate() {
                if i == 0 {
                    parts.push(c.step(step));
                } else {
                    parts.push(Doc::Cat(vec![line.clone(), c.lead(), c.step(step)]).nest(INDENT));
                }
            }
            (Doc::Cat(parts).group(), false)
        });
        Doc::Cat(vec![BLANK, open, rest])
    }

    fn step(&mut self, step: &Step) -> Doc<'a> {
        match step {
            Step::Call(call) => Doc::Cat(vec![self.tok(), BLANK, self.call(call)]),
            Step::Expect(expect) => self.expect(expect),
            Step::Repeat(_, every, steps, _) => {
                let head = self.words(if every.is_some() { 4 } else { 2 });
                Doc::Cat(vec![head, self.steps(steps)])
            }
            Step::Advance(_) => self.words(2),
            Step::Attest(_, output, _) => {
                let head = self.words(2);
                Doc::Cat(vec![head, self.rest_of_call(output.as_ref(), None)])
            }
            Step::Approve(from, ..) => {
                let head = vec![self.words(2), BLANK, self.name(from), BLANK];
                Doc::Cat(vec![Doc::Cat(head), self.words(2)])
            }
            Step::Observe(event, fields, context, _) => {
                let head = vec![self.tok(), BLANK, self.name(event)];
                Doc::Cat(vec![Doc::Cat(head), self.rest_of_call(fields.as_ref(), context.as_ref())])
            }
            Step::Outage(source) => Doc::Cat(vec![self.tok(), BLANK, self.name(source)]),
        }
    }

    fn call(&mut self, call: &Call) -> Doc<'a> {
        let principal = self.value(&call.principal);
        let Some(action) = &call.action else {
            let context = self.rest_of_call(None, call.context.as_ref());
            return Doc::Cat(vec![principal, context]);
        };
        let mut parts = vec![LINE, self.tok(), BLANK, self.name(action)];
        if let Some(resource) = &call.resource {
            parts.extend([self.tok(), self.value(resource), self.tok()]);
        }
        let arguments = self.rest_of_call(call.input.as_ref(), call.context.as_ref());
        Doc::Call(Box::new([principal, Doc::Cat(parts), arguments]))
    }

    fn rest_of_call(&mut self, fields: Option<&Value>, context: Option<&Value>) -> Doc<'a> {
        let mut parts = vec![];
        if let Some(fields) = fields {
            parts.extend([BLANK, self.value(fields)]);
        }
        if let Some(context) = context {
            parts.extend([BLANK, self.tok(), BLANK, self.value(context)]);
        }
        Doc::Cat(parts)
    }

    fn value(&mut self, value: &Value) -> Doc<'a> {
        match &value.kind {
            ValueKind::Literal(e) => self.expr(e),
            ValueKind::List(values) => self.list(values, ",", Self::value),
            ValueKind::Record(None, entries) => self.entries(entries),
            ValueKind::Record(Some(name), entries) => Doc::Cat(vec![self.name(name), BLANK, self.entries(entries)]),
            ValueKind::With(_, entries) => Doc::Cat(vec![self.words(2), BLANK, self.entries(entries)]),
            ValueKind::Reference(name, _) => Doc::Cat(vec![self.name(name), self.tok(), self.tok(), self.tok()]),
        }
    }

    fn entries(&mut self, entries: &[Entry]) -> Doc<'a> {
        let (open, rest) = self.braces(entries, ",", true, |c, entry| {
            (Doc::Cat(vec![c.tok(), c.tok(), BLANK, c.value(&entry.value)]), false)
        });
        Doc::Cat(vec![open, rest])
    }

    fn effect(&mut self, effect: Effect) -> Doc<'a> {
        self.words(if effect == Effect::RequireApproval { 2 } else { 1 })
    }

    fn rules(&mut self, rules: &[RuleName]) -> Doc<'a> {
        self.commas(rules, |c, rule| match rule {
            RuleName::Default(_) => c.tok(),
            RuleName::Tier(_) => c.words(2),
            RuleName::Rule(name) => c.name(name),
        })
    }

    /// What is expected, on a line; messages, and what follows them, on lines of their own unless all fits on one.
    fn expect(&mut self, x: &Expect) -> Doc<'a> {
        let spread = self.spread(x.span);
        let mut parts = vec![self.tok(), BLANK];
        parts.push(match &x.effect {
            ExpectEffect::Is(effect) => self.effect(*effect),
            ExpectEffect::Not(effect) => Doc::Cat(vec![self.tok(), BLANK, self.effect(*effect)]),
            ExpectEffect::Column(_) => self.tok(),
        });
        let end = self.at.max(self.after(x.clauses.iter().map(|c| c.span.end).max()));
        for clause in sorted(&x.clauses, |c| match c.kind {
            ExpectClauseKind::By(_) => 0,
            ExpectClauseKind::Tier(_) => 1,
            ExpectClauseKind::From(_) => 2,
            ExpectClauseKind::With(_) => 3,
            ExpectClauseKind::Retry(_) => 4,
            ExpectClauseKind::Message(_) => 5,
            ExpectClauseKind::Tell(_) => 6,
            ExpectClauseKind::Showing(_) => 7,
            ExpectClauseKind::Shadow(..) => 8,
        }) {
            self.seek(clause.span);
            let line =
                match clause.kind {
                    ExpectClauseKind::Message(_) | ExpectClauseKind::Tell(_) | ExpectClauseKind::Showing(_) => {
                        if spread { Doc::Hard(false) } else { LINE }
                    }
                    ExpectClauseKind::Shadow(..) => LINE,
                    _ => BLANK,
                };
            parts.extend([line, self.lead()]);
            parts.push(match &clause.kind {
                ExpectClauseKind::By(rules) => Doc::Cat(vec![self.tok(), BLANK, self.rules(rules)]),
                ExpectClauseKind::From(name) => Doc::Cat(vec![self.tok(), BLANK, self.name(name)]),
                ExpectClauseKind::With(applies) => Doc::Cat(vec![self.tok(), BLANK, self.applies(applies)]),
                ExpectClauseKind::Tier(_)
                | ExpectClauseKind::Message(_)
                | ExpectClauseKind::Tell(_)
                | ExpectClauseKind::Showing(_) => self.words(2),
                ExpectClauseKind::Retry(_) => self.words(3),
                ExpectClauseKind::Shadow(effect, rules) => {
                    let mut parts = vec![self.tok(), BLANK, self.effect(*effect)];
                    if !rules.is_empty() {
                        parts.extend([BLANK, self.tok(), BLANK, self.rules(rules)]);
                    }
                    Doc::Cat(parts)
                }
            });
        }
        self.at = end;
        Doc::Cat(parts).group()
    }
}
