//! Why a decision is not as expected: the rule that fired, or the nearest rule with what was false in it.

use std::sync::Arc;

use serde_json::Value;
use zt_lang::eval::{Evaluation, Evaluator, Kind, Node, Outcome, Place, RuleResult, RuleTrace};
use zt_lang::hir::Effect;
use zt_lang::render::{Finding, PlaceNote, Sources};

use super::run::strings;
use super::{Failure, TestResult};

/// A failure, explained.
pub struct Explained {
    /// It, with its lines of text.
    pub finding: Finding,
    /// The reason in words, a line each: for reports without source.
    pub why: Vec<String>,
    /// If the reference evaluator decides otherwise: its decision. That is a bug of ours.
    pub reference: Option<Value>,
}

/// Explains a failure by evaluating its request step by step.
#[must_use]
pub fn explain(evaluator: &Evaluator, sources: &Sources, test: &TestResult, failure: &Failure) -> Explained {
    let Evaluation { decision, trace } = evaluator.evaluate(failure.request.as_bytes());
    let reference = Some(decision.to_json()).filter(|d| *d != failure.decision);
    let expected: Vec<String> = failure.differences.iter().map(|d| format!("{} {}", d.what, d.expected)).collect();
    let actual: Vec<String> = failure.differences.iter().map(|d| d.actual.clone()).collect();
    let mut places = vec![];
    if let Some(span) = sources.absolute(&test.item, failure.expect.span) {
        places.push(PlaceNote {
            file: test.item.file.clone(),
            span,
            text: Some(format!("expected {}, decided {}", expected.join(", "), actual.join(", "))),
        });
    }
    let mut why = vec![];
    if let Some(refusal) = failure.decision.get("refusal") {
        why.push(format!(
            "the request was refused: {} at {}",
            refusal.get("code").and_then(Value::as_str).unwrap_or_default(),
            refusal.get("path").and_then(Value::as_str).unwrap_or_default()
        ));
    }
    let fired = strings(failure.decision.get("determined_by").unwrap_or(&Value::Null));
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
        .filter(|r| failure.expect.rules.contains(&r.name))
        .collect();
    if wanted.is_empty() && failure.expect.rules.is_empty() && fired != ["default"] {
        let effect = failure.expect.effect;
        wanted.extend(
            trace
                .rules
                .iter()
                .filter(|r| r.effect == effect && effect != Effect::Allow && !r.shadow && r.result == RuleResult::Not)
                .min_by_key(|r| r.lacking().len()),
        );
    }
    if wanted.is_empty() && fired == ["default"] {
        wanted.extend(trace.nearest_allow().map(|n| n.rule));
        if trace.rules.iter().all(|r| r.effect != Effect::Allow || r.shadow) {
            why.push("no `allow` rule covers this call".to_owned());
        }
    }
    for rule in wanted {
        why.push(format!("`{}` did not hold", rule.name));
        note(sources, &rule.item, rule.name_span, "did not hold".to_owned(), &mut places);
        for node in rule.lacking() {
            condition(sources, rule, node, &mut places, &mut why);
        }
    }
    let mut notes = vec![];
    if let Some(reference) = &reference {
        notes.push(format!("the reference evaluator decides otherwise, which is a bug in zt: {reference}"));
    }
    let finding = Finding {
        code: None,
        message: format!("test \"{}\" failed", test.name),
        places,
        help: None,
        notes,
    };
    Explained { finding, why, reference }
}

fn fired_rule(sources: &Sources, rule: &RuleTrace, places: &mut Vec<PlaceNote>, why: &mut Vec<String>) {
    let what = match rule.result {
        RuleResult::Held => "held",
        RuleResult::Failed => "failed, and what fails denies",
        RuleResult::Not => "did not hold",
    };
    why.push(format!("`{}` {what}", rule.name));
    note(sources, &rule.item, rule.name_span, what.to_owned(), places);
    let mut nodes = vec![];
    for root in rule.guard.iter().chain([&rule.condition]) {
        reasons(root, rule.result, &mut nodes);
    }
    for node in nodes {
        condition(sources, rule, node, places, why);
    }
}

/// The conditions that made a rule hold or fail.
fn reasons<'t>(node: &'t Node, result: RuleResult, out: &mut Vec<&'t Node>) {
    let wanted = if result == RuleResult::Failed { Outcome::Failed } else { Outcome::True };
    match node.kind {
        _ if node.outcome != wanted => {}
        Kind::And | Kind::Or => node.children.iter().for_each(|c| reasons(c, result, out)),
        // `when true` explains nothing.
        Kind::Constant => {}
        _ => out.push(node),
    }
}

fn condition(sources: &Sources, rule: &RuleTrace, node: &Node, places: &mut Vec<PlaceNote>, why: &mut Vec<String>) {
    let values = operands(node);
    let text = match values.as_str() {
        "" => node.outcome.to_string(),
        values => format!("{}: {values}", node.outcome),
    };
    let item = match &node.place {
        Place::Rule | Place::Guard => Some(&rule.item),
        Place::Define(name) => sources.item("define", name),
    };
    if let Some(item) = item
        && let Some(span) = sources.absolute(item, node.span)
    {
        why.push(format!("  {}  is {text}", one_line(sources.text(&item.file, span))));
        places.push(PlaceNote { file: item.file.clone(), span, text: Some(text) });
    }
}

/// The values that a condition was applied to.
#[must_use]
pub fn operands(node: &Node) -> String {
    let values: Vec<String> = node.operands.iter().map(|o| o.outcome.to_string()).collect();
    match (node.kind, values.as_slice()) {
        (Kind::Comparison, [a, b]) => format!("{a} against {b}"),
        (Kind::In, [a, rest @ ..]) => format!("{a} in {}", rest.join(", ")),
        (_, values) => values.join(", "),
    }
}

fn note(sources: &Sources, item: &zt_lang::span::ItemKey, span: zt_lang::span::Span, text: String, places: &mut Vec<PlaceNote>) {
    if let Some(span) = sources.absolute(item, span) {
        places.push(PlaceNote { file: Arc::clone(&item.file), span, text: Some(text) });
    }
}

/// Text on one line, however it is written.
#[must_use]
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
