//! Why: each condition of each rule, with what came of it, for people and for programs.

use std::fmt::Write as _;

use serde_json::{Value, json};
use zt_lang::eval::{Kind, Node, RuleResult, RuleTrace, Trace};
use zt_lang::render::Sources;

use crate::output::{Style, harmless};
use crate::testing::explain::{located, one_line, operands};
use crate::testing::run::effect_words;

fn word(result: RuleResult) -> &'static str {
    match result {
        RuleResult::Held => "held",
        RuleResult::Not => "did not hold",
        RuleResult::Failed => "failed",
    }
}

/// An expression as it would be written. The `not` of an `unless` has no word of its own in the text.
fn written(node: &Node, text: &str) -> String {
    let text = one_line(text);
    let unless = node.kind == Kind::Not && node.children.iter().any(|c| c.span == node.span);
    if unless { format!("not ({text})") } else { text }
}

/// For people.
pub(crate) fn human(trace: &Trace, sources: &Sources, style: Style) -> String {
    let mut out = String::new();
    for rule in &trace.rules {
        let mark = match rule.result {
            RuleResult::Held => style.green("✓"),
            RuleResult::Not => style.dim("·"),
            RuleResult::Failed => style.red("!"),
        };
        let at = sources.absolute(&rule.item, rule.name_span).map(|s| sources.position(&rule.item.file, s.start));
        let at = at.map_or_else(String::new, |p| format!("{}:{}:{}", rule.item.file, p.line, p.column));
        let shadow = if rule.shadow { "shadow " } else { "" };
        let _ = writeln!(
            out,
            "{mark} {shadow}{} {} {}  {}",
            effect_words(rule.effect.as_str()),
            style.bold(&rule.name),
            word(rule.result),
            style.dim(&at)
        );
        for root in rule.guard.iter().chain([&rule.condition]) {
            node_human(&mut out, root, rule, sources, style, 2);
        }
    }
    for line in &trace.unheeded {
        let _ = writeln!(out, "{} {}", style.red("!"), harmless(line));
    }
    out
}

fn node_human(out: &mut String, node: &Node, rule: &RuleTrace, sources: &Sources, style: Style, indent: usize) {
    let Some((file, span)) = located(rule, node, sources) else { return };
    let text = written(node, sources.text(file, span));
    let outcome = match node.outcome.to_string() {
        o if o == "true" => style.green(&o),
        o if o == "false" || o == "failed" => style.red(&o),
        o => style.dim(&harmless(&o)),
    };
    let values = operands(rule, node, sources);
    let values = if values.is_empty() { String::new() } else { format!("   {}", style.dim(&values)) };
    let position = sources.position(file, span.start);
    let _ = writeln!(
        out,
        "{:indent$}{outcome}  {text}{values}  {}",
        "",
        style.dim(&format!("{}:{}", position.line, position.column))
    );
    // A constant in the text says what it is, and what a comparison says of a window says it all.
    let told =
        |child: &Node| child.kind == Kind::Constant || node.kind == Kind::Comparison && child.kind == Kind::Reading;
    for child in node.children.iter().filter(|c| !told(c)) {
        node_human(out, child, rule, sources, style, indent + 2);
    }
}

/// For programs.
pub(crate) fn json(trace: &Trace, sources: &Sources) -> Value {
    let rules: Vec<Value> = trace
        .rules
        .iter()
        .map(|rule| {
            let conditions: Vec<Value> =
                rule.guard.iter().chain([&rule.condition]).map(|n| node_json(n, rule, sources)).collect();
            json!({
                "rule": &*rule.name,
                "effect": rule.effect.as_str(),
                "shadow": rule.shadow,
                "result": match rule.result { RuleResult::Held => "held", RuleResult::Not => "not", RuleResult::Failed => "failed" },
                "conditions": conditions,
            })
        })
        .collect();
    Value::Array(rules)
}

fn node_json(node: &Node, rule: &RuleTrace, sources: &Sources) -> Value {
    let at = located(rule, node, sources);
    let (file, line, column, text) = match at {
        Some((file, span)) => {
            let p = sources.position(file, span.start);
            (&**file, p.line, p.column, written(node, sources.text(file, span)))
        }
        None => ("", 0, 0, String::new()),
    };
    let values: Vec<String> = node.operands.iter().map(|o| o.outcome.to_string()).collect();
    let children: Vec<Value> = node.children.iter().map(|c| node_json(c, rule, sources)).collect();
    json!({
        "kind": node.kind.as_str(), "text": text, "file": file, "line": line, "column": column,
        "outcome": node.outcome.to_string(), "values": values, "children": children,
    })
}
