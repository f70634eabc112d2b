//! Shrinking: what is left out of a package while something about it stays as it is.

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::Value;
use serde_json::value::RawValue;
use zt_lang::db::items;
use zt_lang::span::Span;
use zt_lang::syntax::ast::{ActionClauseKind, Expr, ExprKind, Field, ItemKind, PolicyClauseKind, RuleClauseKind};

use crate::front;

/// A part of a text that may be left out.
struct Cut {
    part: Range<usize>,
    /// The member of requests that goes with it.
    member: Option<String>,
}

/// Leaves out items, rules, clauses, fields and operands of a text one by one, and from the request what they
/// declare, as long as `holds` says so of the rest.
pub fn shrink(text: &str, request: &[u8], mut holds: impl FnMut(&str, &[u8]) -> bool) -> (String, Vec<u8>) {
    let (mut text, mut request) = (text.to_owned(), request.to_vec());
    let mut from = 0;
    loop {
        let cuts = cuts(&text);
        let found = cuts.iter().enumerate().skip(from).find_map(|(index, cut)| {
            let mut shorter = text.clone();
            shorter.replace_range(cut.part.clone(), "");
            if holds(&shorter, &request) {
                return Some((index, shorter, request.clone()));
            }
            let less = without(&request, cut.member.as_deref()?)?;
            holds(&shorter, &less).then_some((index, shorter, less))
        });
        match found {
            Some((index, shorter, less)) => {
                (text, request) = (shorter, less);
                from = index;
            }
            // Something that was needed at first may not be any more.
            None if from > 0 => from = 0,
            None => break,
        }
    }
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let dense = lines.join("\n");
    if holds(&dense, &request) { (dense, request) } else { (text, request) }
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
            Some(ItemKind::Define(define)) => operands(&define.body, &at, &mut parts),
            Some(ItemKind::Record(record)) => fields(&record.fields, &mut small),
            Some(ItemKind::Entity(entity)) => fields(&entity.fields, &mut small),
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
        _ => {}
    }
}
