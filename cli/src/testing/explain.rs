//! Why a decision is not as expected: the rule that fired, or the nearest rule with what was false in it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;
use zt_lang::diagnostic::Severity;
use zt_lang::eval::{
    Decision, Evaluation, Evaluator, Host, Kind, Node, Outcome, Place, RuleResult, RuleTrace, Trace, World,
};
use zt_lang::hir::{Effect, Package, Step};
use zt_lang::render::{Finding, PlaceNote, Sources};
use zt_lang::span::Span;
use zt_values::quantity::format_duration_quantity;
use zt_values::time::format_instant;

use super::run::strings;
use super::walk::{Judge, Moment, walk};
use super::{
    APPROVERS, Difference, EFFECT, ENDED, EVENT, Failure, MESSAGE, NOTHING, REFUSED, SHOWN, TELL, TestResult, UNASKED,
};
use crate::output::harmless;

/// A failure, explained.
pub struct Explained {
    /// It, with its lines of text.
    pub finding: Finding,
    /// The reason in words, a line each: for reports without source.
    pub why: Vec<String>,
    /// What of it no line of source shows.
    pub unplaced: Vec<String>,
    /// If the reference evaluator decides otherwise: its decision. That is a bug of ours.
    pub reference: Option<Value>,
}

/// The reference evaluator as judge; of some calls it keeps how they were decided.
struct Reference<'a> {
    evaluator: &'a Evaluator,
    /// What was before each call of the test.
    world: World,
    wanted: BTreeSet<usize>,
    calls: usize,
    kept: BTreeMap<usize, Evaluation>,
    /// The decision before.
    last: Option<Decision>,
}

impl Judge for Reference<'_> {
    fn decide(&mut self, request: &str, facts: &str) -> Value {
        self.calls += 1;
        let host = Host::from_json(facts.as_bytes()).unwrap_or_default();
        let evaluation = self.evaluator.decide(&mut self.world, &host, request.as_bytes());
        let decision = evaluation.decision.to_json();
        self.last = Some(evaluation.decision.clone());
        if self.wanted.contains(&self.calls) {
            self.kept.insert(self.calls, evaluation);
        }
        decision
    }

    fn observe(&mut self, report: &str, facts: &str) -> Result<(), String> {
        let host = Host::from_json(facts.as_bytes()).unwrap_or_default();
        self.evaluator
            .observe(&mut self.world, &host, report.as_bytes())
            .map_err(|refusal| format!("{} at {}", refusal.code, refusal.path))
    }

    fn attest(&mut self, request: &str, facts: &str, ok: bool, output: Option<&str>) -> Result<(), String> {
        let Some(decision) = &self.last else { return Err("nothing was decided".to_owned()) };
        let host = Host::from_json(facts.as_bytes()).unwrap_or_default();
        self.evaluator
            .attest(&mut self.world, &host, request.as_bytes(), decision, ok, output.map(str::as_bytes))
            .map_err(|refusal| format!("{} at {}", refusal.code, refusal.path))
    }

    fn lose_windows(&mut self) {
        self.world.outage = true;
    }
}

/// Explains the failures of a test by evaluating all of it again, step by step.
#[must_use]
pub fn explain(evaluator: &Evaluator, package: &Package, sources: &Sources, result: &TestResult) -> Vec<Explained> {
    let wanted = result.failures.iter().map(|f| f.moment.call).collect();
    let mut judge = Reference { evaluator, world: World::new(), wanted, calls: 0, kept: BTreeMap::new(), last: None };
    let suites = package.suites.iter().filter(|s| s.key == result.item);
    let written = suites.flat_map(|s| &s.tests).find(|t| t.name == result.name);
    if let Some(test) = result.found.as_ref().or(written) {
        walk(package, test, &mut judge, &mut |_, _| {});
    }
    result.failures.iter().map(|f| one(judge.kept.get(&f.moment.call), sources, result, f)).collect()
}

/// Explains a failure.
fn one(evaluation: Option<&Evaluation>, sources: &Sources, test: &TestResult, failure: &Failure) -> Explained {
    let decided = evaluation.filter(|_| failure.expect.is_some());
    let reference = decided.map(|e| e.decision.to_json()).filter(|d| *d != failure.decision);
    let nothing = Trace::default();
    let trace = decided.map_or(&nothing, |e| &e.trace);
    let mut places = vec![];
    if let Some(span) = sources.absolute(&test.item, failure.span) {
        // The first line says enough; brackets around several would only push the text away.
        let text = sources.text(&test.item.file, span);
        let first = text.lines().next().unwrap_or_default().trim_end().len();
        let end = u32::try_from(first).map_or(span.end, |n| span.start.saturating_add(n));
        let other = |d: &Difference| match d.what {
            APPROVERS => "other approvers".to_owned(),
            EVENT | ENDED => "refused".to_owned(),
            NOTHING => "shows nothing".to_owned(),
            REFUSED => "no rule is asked, so this shows nothing".to_owned(),
            UNASKED => "approves nothing".to_owned(),
            what => format!("another {what}"),
        };
        let different: Vec<String> = failure.differences.iter().map(other).collect();
        places.push(PlaceNote {
            file: test.item.file.clone(),
            span: Span::new(span.start, end),
            text: Some(different.join(", ")),
        });
    }
    let mut unplaced = vec![];
    let local = clocks(trace, failure.moment.at);
    if test.steps {
        unplaced.push(when(failure.moment, &local));
    }
    if let Some(found) = &test.found {
        unplaced.push(format!("for this request: {}", harmless(&failure.request)));
        // Nothing else was made up of what a host says.
        let answers = found.steps.iter().find_map(|step| match step {
            Step::Call(call) if &*call.answers != "[]" => Some(&call.answers),
            _ => None,
        });
        unplaced.extend(answers.map(|answers| format!("with these answers of sources: {}", harmless(answers))));
        unplaced.push(format!("at {}{local}", format_instant(failure.moment.at)));
    } else if !test.steps && !local.is_empty() {
        unplaced.push(format!("at {}{local}", format_instant(failure.moment.at)));
    }
    // Messages are long: expected above decided shows where they part.
    for d in failure.differences.iter().filter(|d| [MESSAGE, TELL, SHOWN].contains(&d.what)) {
        unplaced.push(format!("expected {}  {}", d.what, harmless(&d.expected)));
        unplaced.push(format!("decided {}   {}", d.what, harmless(&d.actual)));
    }
    unplaced.extend(trace.unheeded.iter().map(|line| harmless(line)));
    let mut why = unplaced.clone();
    // Where only the shadow decision differs, it is what needs explaining.
    let expect = failure.expect.as_ref();
    let shadow = expect
        .and_then(|e| e.shadow.as_ref())
        .filter(|_| failure.differences.iter().all(|d| d.what.starts_with("shadow")));
    let (effect, rules) = match (shadow, expect) {
        (Some((effect, rules)), _) => (Some(*effect), rules.as_slice()),
        (None, Some(e)) => (Some(e.effect).filter(|_| !e.not), e.rules.as_slice()),
        (None, None) => (None, &[][..]),
    };
    let decided = if shadow.is_some() { failure.decision.get("shadow") } else { Some(&failure.decision) };
    let fired = strings(decided.and_then(|d| d.get("determined_by")).unwrap_or(&Value::Null));
    let mut shown: Vec<&str> = vec![];
    // What did happen: the rules that decided.
    for rule in trace.rules.iter().filter(|r| fired.contains(&&*r.name)) {
        fired_rule(sources, rule, &mut places, &mut why);
        shown.push(&rule.name);
    }
    // What should have happened: the rules that were expected to, with what kept them from it.
    let mut wanted: Vec<&RuleTrace> = trace
        .rules
        .iter()
        .filter(|r| r.result == RuleResult::Not && !shown.contains(&&*r.name))
        .filter(|r| rules.contains(&r.name))
        .collect();
    if wanted.is_empty() && rules.is_empty() && fired != ["default"] {
        wanted.extend(
            trace
                .rules
                .iter()
                .filter(|r| Some(r.effect) == effect && r.effect != Effect::Allow && r.result == RuleResult::Not)
                .filter(|r| !r.shadow || shadow.is_some())
                .min_by_key(|r| r.lacking().len()),
        );
    }
    if wanted.is_empty() && fired == ["default"] {
        wanted.extend(trace.nearest_allow().map(|n| n.rule));
        if trace.rules.iter().all(|r| r.effect != Effect::Allow || r.shadow) {
            why.push("no `allow` rule covers this call".to_owned());
            unplaced.extend(why.last().cloned());
        }
    }
    for rule in wanted {
        why.push(format!("`{}` did not hold", rule.name));
        note(sources, &rule.item, rule.name_span, "did not hold".to_owned(), &mut places);
        let mut nodes = vec![];
        rule.lacking().into_iter().for_each(|node| causes(node, &mut nodes));
        for node in nodes {
            condition(sources, rule, node, &mut places, &mut why);
        }
    }
    let mut notes = vec![];
    if let Some(reference) = &reference {
        notes.push(format!("the reference evaluator decides otherwise, which is a bug in zt: {reference}"));
    }
    let finding = Finding {
        code: None,
        severity: Severity::Error,
        message: harmless(&headline(failure)),
        places,
        help: None,
        notes,
    };
    Explained { finding, why, unplaced, reference }
}

/// What the clocks that rules ask show at an instant: `, which is fri 2026-03-27 10:00 in America/New_York`.
fn clocks(trace: &Trace, at: i64) -> String {
    let (now, mut shown) = (format_instant(at), BTreeSet::new());
    let mut ahead: Vec<&Node> =
        trace.rules.iter().flat_map(|rule| rule.guard.iter().chain([&rule.condition])).collect();
    while let Some(node) = ahead.pop() {
        if let (Kind::Hours, [instant, local]) = (node.kind, node.operands.as_slice())
            && instant.outcome.to_string() == now
        {
            shown.insert(local.outcome.to_string());
        }
        ahead.extend(&node.children);
    }
    let shown: Vec<String> = shown.into_iter().collect();
    if shown.is_empty() { String::new() } else { format!(", which is {}", shown.join(" and ")) }
}

/// Which call of a test it is, and when.
fn when(moment: Moment, local: &str) -> String {
    let place = match moment.call {
        0 => "before the first call".to_owned(),
        n => format!("at call {n} of the test"),
    };
    let passed = match moment.passed {
        0 => String::new(),
        micros => format!(", after {}", format_duration_quantity(micros)),
    };
    format!("{place}{passed}: {}{local}", format_instant(moment.at))
}

/// What was expected, and what is, on a line.
fn headline(failure: &Failure) -> String {
    let all: Vec<String> = failure
        .differences
        .iter()
        .map(|d| match d.what {
            MESSAGE => "expected another message".to_owned(),
            TELL => "expected something else to be told".to_owned(),
            SHOWN => "expected something else to be shown".to_owned(),
            EVENT => format!("the event was refused: {}", d.actual),
            NOTHING => format!("nothing was shown: {}", d.actual),
            REFUSED => format!("the request was {}", d.actual),
            UNASKED => format!("nobody was asked to approve: the call before was decided {}", d.actual),
            ENDED => format!("how the call ended was refused: {}", d.actual),
            EFFECT => {
                let rules = failure.expect.iter().flat_map(|e| &e.rules).map(|r| &**r).collect::<Vec<_>>().join(", ");
                let by = if rules.is_empty() { rules } else { format!(" by {rules}") };
                format!("expected {}{by}, decided {}", d.expected, d.actual)
            }
            what => format!("expected {what} {}, decided {}", d.expected, d.actual),
        })
        .collect();
    all.join("; ")
}

fn fired_rule(sources: &Sources, rule: &RuleTrace, places: &mut Vec<PlaceNote>, why: &mut Vec<String>) {
    let what = match rule.result {
        RuleResult::Held => "held",
        RuleResult::Failed => "failed, and what fails denies",
        RuleResult::Not => "did not hold",
    };
    why.push(format!("`{}` {what}", rule.name));
    note(sources, &rule.item, rule.name_span, what.to_owned(), places);
    let wanted = if rule.result == RuleResult::Failed { Outcome::Failed } else { Outcome::True };
    let mut nodes = vec![];
    for root in rule.guard.iter().chain([&rule.condition]).filter(|root| root.outcome == wanted) {
        causes(root, &mut nodes);
    }
    for node in nodes {
        condition(sources, rule, node, places, why);
    }
}

/// The conditions that made an expression what it is. A `not` is what it is by what stands in it, and that is what
/// the text at its place says, for `unless` has no word of its own there.
fn causes<'t>(node: &'t Node, out: &mut Vec<&'t Node>) {
    match node.kind {
        Kind::And | Kind::Or => {
            node.children.iter().filter(|c| c.outcome == node.outcome).for_each(|c| causes(c, out));
        }
        // What failed did so where the arithmetic is.
        _ if node.outcome == Outcome::Failed && node.children.iter().any(|c| c.outcome == Outcome::Failed) => {
            node.children.iter().filter(|c| c.outcome == Outcome::Failed).for_each(|c| causes(c, out));
        }
        Kind::Not => node.children.iter().for_each(|c| causes(c, out)),
        // `when true` explains nothing.
        Kind::Constant => {}
        _ => out.push(node),
    }
}

fn condition(sources: &Sources, rule: &RuleTrace, node: &Node, places: &mut Vec<PlaceNote>, why: &mut Vec<String>) {
    let values = operands(rule, node, sources);
    let text = match values.as_str() {
        "" => node.outcome.to_string(),
        values => format!("{}: {values}", node.outcome),
    };
    if let Some((file, span)) = located(rule, node, sources) {
        why.push(format!("  {}  is {text}", one_line(sources.text(file, span))));
        places.push(PlaceNote { file: file.clone(), span, text: Some(text) });
    }
}

/// The values that a condition was applied to; of the windows that it compares also by which key they were read.
#[must_use]
pub fn operands(rule: &RuleTrace, node: &Node, sources: &Sources) -> String {
    let values: Vec<String> = node.operands.iter().map(|o| harmless(&o.outcome.to_string())).collect();
    match (node.kind, values.as_slice()) {
        (Kind::Comparison, [a, b]) => {
            let readings = node.children.iter().filter(|child| child.kind == Kind::Reading);
            let windows: Vec<String> = readings.map(|reading| window(rule, node, reading, sources)).collect();
            let windows = if windows.is_empty() { String::new() } else { format!("{}: ", windows.join(" and ")) };
            format!("{windows}{a} against {b}")
        }
        (Kind::In, [a, rest @ ..]) => format!("{a} in {}", rest.join(", ")),
        (Kind::Reading, _) => by(node),
        (Kind::Hours, [instant, local]) => format!("{instant}, which is {local}"),
        (_, values) => values.join(", "),
    }
}

/// A window by its name and the key that it was read at. That of a limit has the limit's name.
fn window(rule: &RuleTrace, around: &Node, reading: &Node, sources: &Sources) -> String {
    let name = if is_limit(around) {
        rule.name.rsplit('.').next().unwrap_or_default().to_owned()
    } else {
        let text = located(rule, reading, sources).map(|(file, span)| one_line(sources.text(file, span)));
        text.unwrap_or_default()
    };
    format!("{name} {}", by(reading)).trim_end().to_owned()
}

/// The key that a window was read at.
fn by(reading: &Node) -> String {
    let key: Vec<String> = reading.operands.iter().map(|o| harmless(&o.outcome.to_string())).collect();
    match key.as_slice() {
        [] => String::new(),
        [key] => format!("by {key}"),
        key => format!("by ({})", key.join(", ")),
    }
}

/// Whether a comparison is what a `limit` asks: the window that it reads has no text of its own.
fn is_limit(node: &Node) -> bool {
    let own = |child: &Node| child.kind == Kind::Reading && child.span == node.span;
    node.kind == Kind::Comparison && node.children.iter().any(own)
}

/// Where a node stands: its file, and the span in it.
pub fn located<'a>(rule: &'a RuleTrace, node: &Node, sources: &'a Sources) -> Option<(&'a Arc<str>, Span)> {
    let item = match &node.place {
        Place::Rule | Place::Guard => &rule.item,
        Place::Define(name) => sources.item("define", name)?,
    };
    Some((&item.file, sources.absolute(item, node.span)?))
}

fn note(sources: &Sources, item: &zt_lang::span::ItemKey, span: Span, text: String, places: &mut Vec<PlaceNote>) {
    if let Some(span) = sources.absolute(item, span) {
        places.push(PlaceNote { file: Arc::clone(&item.file), span, text: Some(text) });
    }
}

/// Text on one line, however it is written.
#[must_use]
pub fn one_line(text: &str) -> String {
    harmless(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}
