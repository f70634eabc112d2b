//! Shrinking: what is left out of a package while something about it stays as it is.

use std::ops::Range;

use zt_lang::db::items;
use zt_lang::span::Span;
use zt_lang::syntax::ast::{Expr, ExprKind, ItemKind, PolicyClauseKind, RuleClauseKind};

use crate::front;

/// Leaves out items, rules, clauses and operands of a text one by one as long as `holds` says so of the rest.
pub fn shrink(text: &str, mut holds: impl FnMut(&str) -> bool) -> String {
    let mut text = text.to_owned();
    let mut from = 0;
    loop {
        let cuts = cuts(&text);
        let found = cuts.iter().enumerate().skip(from).find_map(|(index, cut)| {
            let mut shorter = text.clone();
            shorter.replace_range(cut.clone(), "");
            holds(&shorter).then_some((index, shorter))
        });
        match found {
            Some((index, shorter)) => {
                text = shorter;
                from = index;
            }
            // Something that was needed at first may not be any more.
            None if from > 0 => from = 0,
            None => return text,
        }
    }
}

/// Parts of a text that may be left out, large ones first.
fn cuts(text: &str) -> Vec<Range<usize>> {
    let (db, package) = front::load(&[(front::FILE, text)]);
    let all: Vec<_> = package.files(&db).iter().flat_map(|file| items(&db, *file).iter().copied()).collect();
    let starts: Vec<usize> = all.iter().map(|item| item.offset(&db) as usize).chain([text.len()]).collect();
    let (mut large, mut middle, mut small) = (vec![], vec![], vec![]);
    for (item, bounds) in all.iter().zip(starts.windows(2)).rev() {
        let &[start, end] = bounds else { continue };
        let at = |span: Span| start + span.start as usize..start + span.end as usize;
        match &item.ast(&db).kind {
            Some(ItemKind::Package(_)) => continue,
            Some(ItemKind::Policy(policy)) => {
                for rule in policy.rules.iter().rev() {
                    middle.push(at(rule.span));
                    for clause in &rule.clauses {
                        small.push(at(clause.span));
                        if let RuleClauseKind::When(e) | RuleClauseKind::Unless(e) = &clause.kind {
                            operands(e, &at, &mut small);
                        }
                    }
                }
                for clause in &policy.clauses {
                    small.push(at(clause.span));
                    if let PolicyClauseKind::When(e) | PolicyClauseKind::Unless(e) = &clause.kind {
                        operands(e, &at, &mut small);
                    }
                }
            }
            Some(ItemKind::Define(define)) => operands(&define.body, &at, &mut small),
            Some(ItemKind::Record(record)) => {
                small.extend(record.fields.iter().map(|f| at(f.name.span.to(f.ty.span))));
            }
            Some(ItemKind::Entity(entity)) => {
                small.extend(entity.fields.iter().map(|f| at(f.name.span.to(f.ty.span))));
            }
            _ => {}
        }
        large.push(start..end);
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
