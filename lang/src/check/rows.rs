//! Tables of tests: a test for each row, with the cells where the columns' names stand.

use super::Cx;
use super::expr::shown_number;
use super::fixtures::{Fixtures, Known};
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::Name;
use crate::syntax::ast::{
    self, Cell, CellKind, Expect, ExpectClauseKind, ExpectEffect, Expr, ExprKind, Ident, RuleName, Step, Value,
    ValueKind,
};

/// How many characters of a row its name shows.
const SHOWN: usize = 120;

/// The columns of a table and, while a row is filled in, its cells.
struct Row<'a> {
    columns: &'a [&'a Ident],
    cells: Vec<&'a Cell>,
    used: &'a mut Vec<bool>,
}

impl Cx<'_> {
    /// The columns of a table; `None` where it has a mistake before any row is read.
    pub(crate) fn columns<'a>(&mut self, fixtures: Fixtures<'_>, table: &'a ast::Rows) -> Option<Vec<&'a Ident>> {
        let Some((before, after)) = table.rows.first() else {
            let d = Diagnostic::new(Code::Empty, table.span, "the table has no columns")
                .label("nothing would run")
                .help("its first row names them: `amount => effect`");
            self.report(d);
            return None;
        };
        let mut columns: Vec<&Ident> = vec![];
        let mut whole = true;
        for cell in before.iter().chain(after) {
            let CellKind::Value(Expr { kind: ExprKind::Name(name), .. }) = &cell.kind else {
                let d = Diagnostic::new(Code::BadTable, cell.span, "the first row names the columns")
                    .label("not a name")
                    .help("write a name here, and the values below it");
                self.report(d);
                whole = false;
                continue;
            };
            if columns.iter().any(|known| known.text == name.text) {
                let d =
                    Diagnostic::new(Code::DuplicateName, name.span, format!("two columns are called `{}`", name.text))
                        .label("the second")
                        .help("give it another name");
                self.report(d);
                whole = false;
            } else if !matches!(fixtures.find(&name.text), Known::Nothing | Known::Poison) {
                let d =
                    Diagnostic::new(Code::Shadowing, name.span, format!("`{}` is the name of a fixture", name.text))
                        .label("which one would be meant?")
                        .help("give the column another name");
                self.report(d);
                whole = false;
            }
            columns.push(name);
        }
        if table.rows.len() == 1 {
            let d = Diagnostic::new(Code::Empty, table.span, "the table has no rows")
                .label("nothing would run")
                .help("put a row below the names of the columns");
            self.report(d);
            whole = false;
        }
        *fixtures.table.columns.borrow_mut() = columns.iter().map(|c| c.text.clone()).collect();
        whole.then_some(columns)
    }

    /// The tests that a table stands for, each with its name; `None` for a row with a mistake.
    pub(crate) fn rows(
        &mut self,
        fixtures: Fixtures<'_>,
        t: &ast::Test,
        table: &ast::Rows,
        columns: &[&Ident],
    ) -> Vec<Option<(Name, Vec<Step>)>> {
        let Some((before, after)) = table.rows.first() else { return vec![None] };
        let mut used = vec![false; columns.len()];
        let mut out = vec![];
        for (number, (left, right)) in table.rows.iter().enumerate().skip(1) {
            if left.len() != before.len() || right.len() != after.len() {
                let at = left.iter().chain(right).map(|c| c.span).reduce(|a, b| a.to(b)).unwrap_or(table.span);
                let d = Diagnostic::new(
                    Code::BadTable,
                    at,
                    format!(
                        "the row has {} and {} cells, the columns are {} and {}",
                        left.len(),
                        right.len(),
                        before.len(),
                        after.len()
                    ),
                )
                .label("another number of cells")
                .help("give each column one, before and after the `=>`");
                self.report(d);
                out.push(None);
                continue;
            }
            // Rows by steps are written out, so they are counted like values.
            if !fixtures.spend(1 + t.steps.len()) {
                return vec![None];
            }
            let cells: Vec<&Cell> = left.iter().chain(right).collect();
            let told = self.diagnostics.len();
            let mut row = Row { columns, cells, used: &mut used };
            let steps: Vec<Step> = t.steps.iter().map(|s| self.step_of(&mut row, s)).collect();
            out.push((self.diagnostics.len() == told).then(|| (name(&t.name.value, number, left), steps)));
        }
        let complete = !fixtures.table.broken && out.iter().any(Option::is_some);
        for (column, _) in columns.iter().zip(&used).filter(|(_, used)| complete && !**used) {
            let d = Diagnostic::new(Code::BadTable, column.span, format!("no step uses the column `{}`", column.text))
                .label("it changes nothing")
                .help("use it in a call or an expectation, or remove it");
            self.report(d);
        }
        out
    }

    fn step_of(&mut self, row: &mut Row<'_>, step: &Step) -> Step {
        match step {
            Step::Call(call) => {
                let value = |cx: &mut Self, row: &mut Row<'_>, v: &Option<Value>| v.as_ref().map(|v| cx.cell(row, v));
                Step::Call(Box::new(ast::Call {
                    principal: self.cell(row, &call.principal),
                    action: call.action.clone(),
                    resource: value(self, row, &call.resource),
                    input: value(self, row, &call.input),
                    context: value(self, row, &call.context),
                    span: call.span,
                }))
            }
            Step::Expect(e) => Step::Expect(self.expect_of(row, e)),
            Step::Repeat(n, every, steps, span) => {
                let steps = steps.iter().map(|s| self.step_of(row, s)).collect();
                Step::Repeat(n.clone(), every.clone(), steps, *span)
            }
            Step::Observe(event, fields, context, span) => {
                let fields = fields.as_ref().map(|v| self.cell(row, v));
                let context = context.as_ref().map(|v| self.cell(row, v));
                Step::Observe(event.clone(), fields, context, *span)
            }
            Step::Attest(ok, output, span) => {
                Step::Attest(*ok, output.as_ref().map(|output| self.cell(row, output)), *span)
            }
            Step::Advance(_) | Step::Approve(..) | Step::Outage(_) => step.clone(),
        }
    }

    /// A value with the cells in it.
    fn cell(&mut self, row: &mut Row<'_>, v: &Value) -> Value {
        let entries = |cx: &mut Self, row: &mut Row<'_>, entries: &[ast::Entry]| -> Vec<ast::Entry> {
            entries.iter().map(|e| ast::Entry { value: cx.cell(row, &e.value), ..e.clone() }).collect()
        };
        let kind = match &v.kind {
            ValueKind::Literal(Expr { kind: ExprKind::Name(name), .. }) => match row.find(name) {
                None => return v.clone(),
                Some(Cell { kind: CellKind::Value(e), span }) => {
                    return Value { kind: ValueKind::Literal(e.clone()), span: *span, depth: v.depth };
                }
                Some(cell) => {
                    self.report(unfit(cell, "a value", &name.text));
                    return v.clone();
                }
            },
            ValueKind::Literal(_) | ValueKind::Reference(..) => return v.clone(),
            ValueKind::List(values) => ValueKind::List(values.iter().map(|v| self.cell(row, v)).collect()),
            ValueKind::Record(name, all) => ValueKind::Record(name.clone(), entries(self, row, all)),
            ValueKind::With(name, all) => {
                let base = match row.find(name) {
                    Some(Cell { kind: CellKind::Value(Expr { kind: ExprKind::Name(fixture), .. }), .. }) => {
                        fixture.clone()
                    }
                    Some(cell) => {
                        self.report(unfit(cell, "a fixture", &name.text));
                        name.clone()
                    }
                    None => name.clone(),
                };
                ValueKind::With(base, entries(self, row, all))
            }
        };
        Value { kind, span: v.span, depth: v.depth }
    }

    fn expect_of(&mut self, row: &mut Row<'_>, e: &Expect) -> Expect {
        let mut out = e.clone();
        if let ExpectEffect::Column(name) = &e.effect {
            match row.find(name) {
                Some(Cell { kind: CellKind::Effect(effect), .. }) => out.effect = ExpectEffect::Is(*effect),
                Some(cell) => self.report(unfit(cell, "an effect", &name.text)),
                None => {}
            }
        }
        for clause in &mut out.clauses {
            match &mut clause.kind {
                ExpectClauseKind::By(rules) | ExpectClauseKind::Shadow(_, rules) => {
                    for rule in rules {
                        self.rule_of(row, rule);
                    }
                }
                ExpectClauseKind::Tier(name) | ExpectClauseKind::From(name) => match row.find(name) {
                    Some(Cell { kind: CellKind::Value(Expr { kind: ExprKind::Name(n), .. }), .. }) => *name = n.clone(),
                    Some(cell) => self.report(unfit(cell, "a name", &name.text)),
                    None => {}
                },
                ExpectClauseKind::With(all) => {
                    for arg in all.iter_mut().flat_map(|apply| &mut apply.args) {
                        let ExprKind::Name(name) = &arg.value.kind else { continue };
                        match row.find(name) {
                            Some(Cell { kind: CellKind::Value(e), .. }) => arg.value = e.clone(),
                            Some(cell) => self.report(unfit(cell, "a value", &name.text)),
                            None => {}
                        }
                    }
                }
                ExpectClauseKind::Message(_)
                | ExpectClauseKind::Tell(_)
                | ExpectClauseKind::Showing(_)
                | ExpectClauseKind::Retry(_) => {}
            }
        }
        out
    }

    fn rule_of(&mut self, row: &mut Row<'_>, rule: &mut RuleName) {
        let RuleName::Rule(name) = &*rule else { return };
        match row.find(name) {
            Some(Cell { kind: CellKind::Default, span }) => *rule = RuleName::Default(*span),
            Some(Cell { kind: CellKind::Value(Expr { kind: ExprKind::Name(n), .. }), .. }) => {
                *rule = RuleName::Rule(n.clone());
            }
            Some(Cell { kind: CellKind::Rule(n), .. }) => *rule = RuleName::Rule(n.clone()),
            Some(cell) => self.report(unfit(cell, "the name of a rule", &name.text)),
            None => {}
        }
    }
}

impl<'a> Row<'a> {
    /// The cell of a column.
    fn find(&mut self, name: &Ident) -> Option<&'a Cell> {
        let at = self.columns.iter().position(|column| column.text == name.text)?;
        if let Some(used) = self.used.get_mut(at) {
            *used = true;
        }
        self.cells.get(at).copied()
    }
}

fn unfit(cell: &Cell, what: &str, column: &str) -> Diagnostic {
    let is = match &cell.kind {
        CellKind::Effect(_) => "an effect",
        CellKind::Default => "`default`",
        CellKind::Rule(_) => "the name of a rule",
        CellKind::Value(Expr { kind: ExprKind::Name(_), .. }) => "a name",
        CellKind::Value(_) => "a value",
    };
    Diagnostic::new(Code::BadTable, cell.span, format!("{what} should stand in the column `{column}`, this is {is}"))
        .label(format!("not {what}"))
        .help(match what {
            "an effect" => "write `allow`, `deny` or `require approval`",
            "the name of a rule" => "write the name without quotes, or `default`",
            "a value" => "write a literal, a member of an enum or the name of a fixture",
            _ => "write the name without quotes",
        })
}

/// The name of a row's test: the test's, the row's number, and what stands before the arrow.
fn name(test: &str, number: usize, cells: &[Cell]) -> Name {
    let shown: Vec<String> = cells.iter().map(shown).collect();
    let text = shown.join(" | ");
    let cut: String = text.chars().take(SHOWN).collect();
    let more = if cut.len() < text.len() { "…" } else { "" };
    format!("{test} [{number}: {cut}{more}]").into()
}

fn shown(cell: &Cell) -> String {
    match &cell.kind {
        CellKind::Default => "default".to_owned(),
        CellKind::Rule(name) => name.text.to_string(),
        CellKind::Effect(e) => e.as_str().to_owned(),
        CellKind::Value(e) => match &e.kind {
            ExprKind::Bool(b) => b.to_string(),
            ExprKind::Text(t) => format!("\"{}\"", t.value.escape_debug()),
            ExprKind::Name(n) => n.text.to_string(),
            ExprKind::Quantity(n) | ExprKind::Instant(n) | ExprKind::Date(n) | ExprKind::Time(n) => n.text.to_string(),
            _ => shown_number(e).trim_matches('`').to_owned(),
        },
    }
}
