//! Between declarations a line end separates as well as a comma; nothing at all does not.

use crate::diagnostic::{Code, Diagnostic};
use crate::span::Span;
use crate::syntax::ast::{ActionClauseKind, Call, Entry, Field, FixtureKind, ItemKind, Member, Step, Value, ValueKind};

/// Reports neighbours with neither a comma nor a line end between them.
pub(crate) fn separators(text: &str, kind: &ItemKind, out: &mut Vec<Diagnostic>) {
    let mut check = Check { text, out };
    match kind {
        ItemKind::Record(record) => check.fields(&record.fields),
        ItemKind::Entity(entity) => check.fields(&entity.fields),
        ItemKind::Action(action) => {
            for clause in &action.clauses {
                if let ActionClauseKind::Input(input) | ActionClauseKind::Output(input) = &clause.kind {
                    check.fields(input);
                }
            }
        }
        ItemKind::Enum(e) => check.members(&e.members),
        ItemKind::Suite(suite) => {
            for fixture in &suite.fixtures {
                match &fixture.kind {
                    FixtureKind::Value(v) => check.value(v),
                    FixtureKind::Request(call) => check.call(call),
                    FixtureKind::Row(key, says) => key.iter().chain(says).for_each(|v| check.value(v)),
                }
            }
            for step in suite.tests.iter().flat_map(|t| &t.steps) {
                if let Step::Call(call) = step {
                    check.call(call);
                }
            }
        }
        _ => {}
    }
}

struct Check<'a> {
    text: &'a str,
    out: &'a mut Vec<Diagnostic>,
}

impl Check<'_> {
    fn pair(&mut self, before_end: u32, comma: bool, next: Span) {
        let between = self.text.get(before_end as usize..next.start as usize).unwrap_or("\n");
        if !comma && !between.contains('\n') {
            self.out.push(
                Diagnostic::new(Code::NoSeparator, next, "two declarations share a line without a comma")
                    .label("this starts another one")
                    .help("put a comma or a line break before it")
                    .safe_fix("add a comma", Span::new(before_end, before_end), ","),
            );
        }
    }

    fn fields(&mut self, fields: &[Field]) {
        for pair in fields.windows(2) {
            if let [a, b] = pair {
                self.pair(a.ty.span.end, a.comma, b.name.span);
            }
        }
    }

    fn members(&mut self, members: &[Member]) {
        for pair in members.windows(2) {
            if let [a, b] = pair {
                self.pair(a.wire.as_ref().map_or(a.name.span.end, |w| w.span.end), a.comma, b.name.span);
            }
        }
    }

    fn entries(&mut self, entries: &[Entry]) {
        for pair in entries.windows(2) {
            if let [a, b] = pair {
                self.pair(a.value.span.end, a.comma, b.name.span);
            }
        }
        for e in entries {
            self.value(&e.value);
        }
    }

    fn value(&mut self, v: &Value) {
        match &v.kind {
            ValueKind::Literal(_) | ValueKind::Reference(..) => {}
            ValueKind::List(values) => values.iter().for_each(|v| self.value(v)),
            ValueKind::Record(_, entries) | ValueKind::With(_, entries) => self.entries(entries),
        }
    }

    fn call(&mut self, call: &Call) {
        self.value(&call.principal);
        for v in [&call.resource, &call.input, &call.context].into_iter().flatten() {
            self.value(v);
        }
    }
}
