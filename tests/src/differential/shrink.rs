//! Shrinking: what is left out of a package while something about it stays as it is.

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::Value;
use serde_json::value::RawValue;
use zt_lang::db::items;
use zt_lang::span::Span;
use zt_lang::syntax::ast::{ActionClauseKind, Expr, ExprKind, Field, ItemKind, PolicyClauseKind, RuleClauseKind};

use crate::front;
use crate::generate::step::{Call, Step, What};

/// A part of a text that may be left out.
struct Cut {
    part: Range<usize>,
    /// The member of requests that goes with it.
    member: Option<String>,
}

/// Leaves out steps, items, rules, clauses, fields and operands of a text one by one, and from requests and answers what
/// they declare, as long as `holds` says so of the rest.
pub fn shrink(text: &str, steps: &[Step], mut holds: impl FnMut(&str, &[Step]) -> bool) -> (String, Vec<Step>) {
    let (mut text, mut steps) = (text.to_owned(), steps.to_vec());
    let mut from = 0;
    fewer(&text, &mut steps, &mut holds);
    loop {
        let cuts = cuts(&text);
        let found = cuts.iter().enumerate().skip(from).find_map(|(index, cut)| {
            let mut shorter = text.clone();
            shorter.replace_range(cut.part.clone(), "");
            if holds(&shorter, &steps) {
                return Some((index, shorter, steps.clone()));
            }
            let less = all_without(&steps, cut.member.as_deref()?)?;
            holds(&shorter, &less).then_some((index, shorter, less))
        });
        match found {
            Some((index, shorter, less)) => {
                (text, steps) = (shorter, less);
                from = index;
            }
            // Something that was needed at first may not be any more.
            None if from > 0 => from = 0,
            None if fewer(&text, &mut steps, &mut holds) => {}
            None => break,
        }
    }
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let dense = lines.join("\n");
    if holds(&dense, &steps) { (dense, steps) } else { (text, steps) }
}

/// Leaves out steps, and what hosts say in those that stay. Tells whether anything went.
fn fewer(text: &str, steps: &mut Vec<Step>, holds: &mut impl FnMut(&str, &[Step]) -> bool) -> bool {
    let mut changed = false;
    let mut attempt = |steps: &mut Vec<Step>, less: Vec<Step>| {
        let sound = less != *steps && holds(text, &less);
        if sound {
            *steps = less;
        }
        sound
    };
    for at in (0..steps.len().saturating_sub(1)).rev() {
        changed |= attempt(steps, without_step(steps, at));
    }
    for at in (0..steps.len()).rev() {
        let mut plain = steps.clone();
        if let What::Call(call) | What::Observe(call) = &mut plain[at].what {
            *call = Call { request: std::mem::take(&mut call.request), ..Call::default() };
        }
        if attempt(steps, plain) {
            changed = true;
            continue;
        }
        let (What::Call(call) | What::Observe(call)) = &steps[at].what else { continue };
        for part in (0..call.answers.len().max(call.approvals.len()).max(call.members.len())).rev() {
            for list in 0..3 {
                let mut less = steps.clone();
                let (What::Call(call) | What::Observe(call)) = &mut less[at].what else { continue };
                let gone = match list {
                    0 => (part < call.answers.len()).then(|| drop(call.answers.remove(part))),
                    1 => (part < call.approvals.len()).then(|| drop(call.approvals.remove(part))),
                    _ => (part < call.members.len()).then(|| drop(call.members.remove(part))),
                };
                changed |= gone.is_some() && attempt(steps, less);
            }
        }
    }
    changed
}

/// The steps without one of them; what refers to later ones still does.
fn without_step(steps: &[Step], gone: usize) -> Vec<Step> {
    let moved = |of: usize| if of > gone { of - 1 } else { of };
    let mut out = vec![];
    for (at, step) in steps.iter().enumerate() {
        let mut step = step.clone();
        match &mut step.what {
            What::Attest { call, .. } if *call == gone => continue,
            What::Attest { call, .. } => *call = moved(*call),
            What::Call(call) => {
                for approval in &mut call.approvals {
                    approval.of = approval.of.filter(|of| *of != gone).map(moved);
                }
            }
            What::Outage(_) | What::Observe(_) => {}
        }
        if at != gone {
            out.push(step);
        }
    }
    out
}

/// The steps without the members of this name in requests and answers, if there are any.
fn all_without(steps: &[Step], name: &str) -> Option<Vec<Step>> {
    let mut steps = steps.to_vec();
    let mut changed = false;
    for step in &mut steps {
        let (What::Call(call) | What::Observe(call)) = &mut step.what else { continue };
        if let Some(less) = without(&call.request, name) {
            call.request = less;
            changed = true;
        }
        for answer in &mut call.answers {
            if let Some(less) = without(answer.as_bytes(), name).and_then(|less| String::from_utf8(less).ok()) {
                *answer = less;
                changed = true;
            }
        }
    }
    changed.then_some(steps)
}

/// A request without the members of this name, if it can be read and has any.
fn without(request: &[u8], name: &str) -> Option<Vec<u8>> {
    // Numbers stay as they are spelled.
    fn remove(raw: &RawValue, name: &str, removed: &mut bool) -> Option<String> {
        if raw.get().starts_with('[') {
            let values: Vec<&RawValue> = serde_json::from_str(raw.get()).ok()?;
            let values: Option<Vec<String>> = values.into_iter().map(|value| remove(value, name, removed)).collect();
            return Some(format!("[{}]", values?.join(",")));
        }
        if !raw.get().starts_with('{') {
            return Some(raw.get().to_owned());
        }
        let members: BTreeMap<String, &RawValue> = serde_json::from_str(raw.get()).ok()?;
        // What makes an entity one is no attribute.
        let entity = members.contains_key("type") && members.contains_key("id");
        let mut kept = vec![];
        for (key, value) in members {
            if key == name && !(entity && ["type", "id", "properties"].contains(&name)) {
                *removed = true;
            } else {
                kept.push(format!("{}:{}", Value::from(key), remove(value, name, removed)?));
            }
        }
        Some(format!("{{{}}}", kept.join(",")))
    }
    let mut removed = false;
    let less = remove(serde_json::from_slice(request).ok()?, name, &mut removed)?;
    removed.then(|| less.into_bytes())
}

/// Parts of a text that may be left out, large ones first.
fn cuts(text: &str) -> Vec<Cut> {
    let mut out: Vec<Cut> = vec![];
    let all = front::packages_in(text);
    // Whole packages, but for the root.
    out.extend(all.iter().skip(1).map(|(_, part)| Cut { part: part.clone(), member: None }));
    for (_, part) in all {
        out.extend(
            cuts_of_package(&text[part.clone()])
                .into_iter()
                .map(|cut| Cut { part: part.start + cut.part.start..part.start + cut.part.end, ..cut }),
        );
    }
    out
}

/// The same of one package, by places in its own text.
fn cuts_of_package(text: &str) -> Vec<Cut> {
    let (db, package) = front::load(&[(front::FILE, text)]);
    let all: Vec<_> =
        package.files(&db).iter().flat_map(|file| items(&db, package, None, *file).iter().copied()).collect();
    let starts: Vec<usize> = all.iter().map(|item| item.offset(&db) as usize).chain([text.len()]).collect();
    let (mut large, mut middle, mut small) = (vec![], vec![], vec![]);
    for (item, bounds) in all.iter().zip(starts.windows(2)).rev() {
        let &[start, end] = bounds else { continue };
        let at = |span: Span| start + span.start as usize..start + span.end as usize;
        let fields = |fields: &[Field], out: &mut Vec<Cut>| {
            out.extend(fields.iter().map(|f| {
                let wire = f.wire.as_ref().map_or(&f.name.text, |wire| &wire.value);
                let mut part = at(f.name.span.to(f.ty.span));
                // The comma goes with it.
                part.end += usize::from(text.get(part.end..).is_some_and(|rest| rest.starts_with(',')));
                Cut { part, member: Some(wire.to_string()) }
            }));
        };
        let mut parts: Vec<Range<usize>> = vec![];
        match &item.ast(&db).kind {
            Some(ItemKind::Package(_)) => continue,
            Some(ItemKind::Policy(policy)) => {
                for rule in policy.rules.iter().rev() {
                    middle.push(Cut { part: at(rule.span), member: None });
                    for clause in &rule.clauses {
                        parts.push(at(clause.span));
                        if let RuleClauseKind::When(e) | RuleClauseKind::Unless(e) = &clause.kind {
                            operands(e, &at, &mut parts);
                        }
                    }
                }
                for clause in &policy.clauses {
                    parts.push(at(clause.span));
                    if let PolicyClauseKind::When(e) | PolicyClauseKind::Unless(e) = &clause.kind {
                        operands(e, &at, &mut parts);
                    }
                }
            }
            Some(ItemKind::Tiers(tiers)) => {
                parts.extend(tiers.tiers.iter().flat_map(|tier| &tier.clauses).map(|clause| at(clause.span)));
            }
            Some(ItemKind::Window(window)) => parts.extend(window.clauses.iter().map(|clause| at(clause.span))),
            Some(ItemKind::Define(define)) => operands(&define.body, &at, &mut parts),
            Some(ItemKind::Record(record)) => fields(&record.fields, &mut small),
            Some(ItemKind::Entity(entity)) => fields(&entity.fields, &mut small),
            Some(ItemKind::Event(event)) => fields(&event.fields, &mut small),
            Some(ItemKind::Action(action)) => {
                for clause in &action.clauses {
                    let member = match &clause.kind {
                        ActionClauseKind::On(..) => Some("resource".to_owned()),
                        ActionClauseKind::Tags(_) => None,
                        ActionClauseKind::Context(_) => Some("context".to_owned()),
                        ActionClauseKind::Input(input) => {
                            fields(input, &mut small);
                            None
                        }
                        _ => None,
                    };
                    small.push(Cut { part: at(clause.span), member });
                }
            }
            _ => {}
        }
        small.extend(parts.into_iter().map(|part| Cut { part, member: None }));
        large.push(Cut { part: start..end, member: None });
    }
    large.extend(middle);
    large.extend(small);
    large
}

/// The operands of `and` and `or`, each with the word beside it.
fn operands(e: &Expr, at: &impl Fn(Span) -> Range<usize>, out: &mut Vec<Range<usize>>) {
    match &e.kind {
        ExprKind::Logic(_, parts) => {
            for pair in parts.windows(2) {
                if let [a, b] = pair {
                    out.push(at(Span::new(a.span.start, b.span.start)));
                    out.push(at(Span::new(a.span.end, b.span.end)));
                }
            }
            parts.iter().for_each(|part| operands(part, at, out));
        }
        ExprKind::Not(x) | ExprKind::Neg(x) | ExprKind::Paren(x) => {
            out.push(at(Span::new(e.span.start, x.span.start)));
            operands(x, at, out);
        }
        ExprKind::Binary(_, _, a, b) => {
            out.push(at(Span::new(a.span.end, b.span.end)));
            out.push(at(Span::new(a.span.start, b.span.start)));
            operands(a, at, out);
            operands(b, at, out);
        }
        ExprKind::Quantifier(_, _, over, body) => {
            operands(over, at, out);
            operands(body, at, out);
        }
        ExprKind::If(condition, then, otherwise) => {
            out.push(at(Span::new(e.span.start, otherwise.span.start)));
            for part in [condition, then, otherwise] {
                operands(part, at, out);
            }
        }
        _ => {}
    }
}
