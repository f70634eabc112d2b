//! Suites: fixtures, tests, and that each is of use.

use std::collections::{BTreeMap, BTreeSet};

use super::Cx;
use super::answered::Answered;
use super::fixtures::{MAX_LEVELS, Table, builds_on_tall};
use super::types::unbounded;
use super::value::Wanted;
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::{Law, Name, Suite, Test, Ty};
use crate::span::Span;
use crate::syntax::ast::{self, FixtureKind};

/// Checks a suite; it has no meaning if anything in it has a mistake, for then a test would show nothing.
pub(crate) fn suite(cx: &mut Cx<'_>, x: &ast::Suite) -> Option<Suite> {
    let broken = !cx.item.ast(cx.db).diagnostics.is_empty();
    let table = Table::new(&x.fixtures, broken);
    let mut answered = Answered::default();
    let mut first: BTreeMap<&str, Span> = BTreeMap::new();
    for (i, f) in x.fixtures.iter().enumerate() {
        if let FixtureKind::Row(key, says) = &f.kind {
            cx.row_fixture(table.before(i), (&f.name, key, says.as_ref()), &mut answered);
            continue;
        }
        if let Some(first) = first.get(&*f.name.text) {
            let d = Diagnostic::new(
                Code::DuplicateName,
                f.name.span,
                format!("fixture `{}` is declared twice", f.name.text),
            )
            .label("declared again")
            .related(None, *first, "first declared here")
            .help("give it another name");
            cx.report(d);
        }
        first.entry(&f.name.text).or_insert(f.name.span);
        if table.tall.get(i) == Some(&true) {
            let on_tall = match &f.kind {
                FixtureKind::Value(v) => builds_on_tall(&table, i, v),
                FixtureKind::Request(call) => builds_on_tall(&table, i, &call.principal),
                FixtureKind::Row(..) => false,
            };
            if !on_tall {
                let d = Diagnostic::new(
                    Code::BadCall,
                    f.name.span,
                    format!("`{}` builds on {MAX_LEVELS} levels of fixtures", f.name.text),
                )
                .label("too high")
                .help("write some of them out");
                cx.report(d);
            }
            continue;
        }
        let before = table.before(i);
        let told = cx.diagnostics.len();
        match &f.kind {
            // A fixture of a named type is checked even if nothing uses it.
            FixtureKind::Value(v) => {
                if let Some(name) = cx.entity_of(before, v) {
                    let ty = Ty::Entity(name);
                    table.given.take();
                    cx.value(before, v, &Wanted { ty: &ty, bounds: &unbounded(&ty) });
                    if cx.diagnostics.len() == told {
                        table.world.borrow_mut().add(&table.given.take());
                    }
                }
            }
            FixtureKind::Request(call) => drop(cx.call(before, call)),
            FixtureKind::Row(..) => {}
        }
        if cx.diagnostics.len() != told
            && let Some(bad) = table.bad.get(i)
        {
            bad.set(true);
        }
    }
    let all = table.before(x.fixtures.len());
    let at = cx.start(x.at.as_ref());
    let tables: Name = cx.answers_about_tables(&answered).into();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let laws = x.laws.iter().map(|law| {
        let count = counts.entry(&law.action.text).or_default();
        *count += 1;
        cx.law(all, (at, &tables), *count, law)
    });
    let laws: Vec<Option<Law>> = laws.collect();
    let mut tests: Vec<Option<Test>> = vec![];
    let mut first: BTreeMap<&str, Span> = BTreeMap::new();
    for t in &x.tests {
        if let Some(first) = first.get(&*t.name.value) {
            let d = Diagnostic::new(
                Code::DuplicateName,
                t.name.span,
                format!("two tests are called \"{}\"", t.name.value.escape_debug()),
            )
            .label("the second")
            .related(None, *first, "the first")
            .help("reports and `--filter` name tests; give each its own name");
            cx.report(d);
        }
        first.entry(&t.name.value).or_insert(t.name.span);
        tests.extend(cx.tests(all, (at, &tables), t));
    }
    if x.tests.is_empty() && x.laws.is_empty() && !broken {
        let d = Diagnostic::new(Code::Empty, x.name.span, "the suite has no tests")
            .label("nothing would run")
            .help("add one: `test \"…\" { call … expect allow }`");
        cx.report(d);
    }
    if table.left.get() == 0 {
        let d =
            Diagnostic::new(Code::BadCall, x.name.span, "the requests of this suite are too large to be written out")
                .label("too large")
                .help("use smaller fixtures, or fewer of them in each other");
        cx.report(d);
    }
    // A fixture used in ten tests has its mistake once.
    let mut seen: BTreeSet<(Span, Code, String)> = BTreeSet::new();
    cx.diagnostics.retain(|d| seen.insert((d.span, d.code, d.message.clone())));
    let tests: Option<Vec<Test>> = tests.into_iter().collect();
    let laws: Option<Vec<Law>> = laws.into_iter().collect();
    Some(Suite { key: cx.item.key(cx.db).clone(), name: x.name.text.clone(), tests: tests?, laws: laws? })
}
