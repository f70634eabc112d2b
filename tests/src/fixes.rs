//! Safe edits of random packages, held against what the reference evaluator decides before and after.

use std::collections::BTreeMap;

use zt_lang::diagnostic::Code;
use zt_lang::eval::{Evaluator, World};
use zt_lang::hir::Package;
use zt_lang::lint::lints;

use crate::differential::campaign::{self, LENGTH};
use crate::differential::{Problem, check, drawn, host};
use crate::front;
use crate::generate::request::Requests;
use crate::generate::sequence::sequence;
use crate::generate::source::Source;
use crate::generate::step::{Call, What};

/// What was tried.
#[derive(Debug, Default)]
pub struct Tried {
    /// How many edits were made, by what they mend.
    pub edits: BTreeMap<Code, u64>,
    /// How many decisions were compared.
    pub decisions: u64,
    /// A package before and after with a request that is decided otherwise.
    pub wrong: Option<String>,
}

/// Makes the safe edits of random packages, each by itself, and compares decisions.
///
/// # Errors
/// If a package has mistakes, before or after.
pub fn judge(seed: u64, packages: u64) -> Result<Tried, Problem> {
    let mut tried = Tried::default();
    for number in 0..packages {
        let mut source = campaign::source(seed, number);
        let (bundle, checked) = drawn(&mut source).map_err(|(_, problem)| problem)?;
        let text = bundle.text;
        for (code, after) in edited(&text) {
            let edited = check(&after)?;
            *tried.edits.entry(code).or_default() += 1;
            let (compared, wrong) = compare(checked.hir(), edited.hir(), &mut source, 2)?;
            tried.decisions += compared;
            if let Some(wrong) = wrong {
                tried.wrong = Some(format!("{text}\n==== after the edit for {}\n{after}\n{wrong}", code.as_str()));
                return Ok(tried);
            }
        }
    }
    Ok(tried)
}

/// A text with one safe edit of what a lint says, for each of them. Of what stands in other packages nothing is said.
#[must_use]
pub fn edited(text: &str) -> Vec<(Code, String)> {
    let (db, package) = front::load_bundle(text);
    let fixes = lints(&db, package).into_iter().filter_map(|l| {
        let fix = l.diagnostic.fix.filter(|fix| fix.safe)?;
        let span = fix.span.shifted(l.offset);
        let (from, to) = (span.start as usize, span.end as usize);
        Some((l.diagnostic.code, format!("{}{}{}", &text[..from], fix.text, &text[to..])))
    });
    fixes.collect()
}

/// Compares what two packages decide on the same random sequences: how many decisions, and the first that differs.
///
/// # Errors
/// If facts are not understood.
pub fn compare(
    before: &Package,
    after: &Package,
    source: &mut Source,
    sequences: usize,
) -> Result<(u64, Option<String>), Problem> {
    let (first, second) = (Evaluator::new(before), Evaluator::new(after));
    let requests = Requests::new(before);
    let mut compared = 0;
    for _ in 0..sequences {
        let steps = sequence(before, &requests, source, LENGTH, 0);
        let (mut one, mut other) = (World::new(), World::new());
        let mut bindings = BTreeMap::new();
        for (at, step) in steps.iter().enumerate() {
            match &step.what {
                What::Outage(on) => {
                    one.outage = *on;
                    other.outage = *on;
                }
                What::Observe(call) => {
                    let said = host(step, &call.facts(step.now, |_| None))?;
                    let taken = first.observe(&mut one, &said, &call.request).is_ok();
                    if second.observe(&mut other, &said, &call.request).is_ok() != taken {
                        return Ok((compared, Some(String::from_utf8_lossy(&call.request).into_owned())));
                    }
                }
                What::Attest { .. } => {}
                What::Call(call) => {
                    let Call { request, .. } = call;
                    let facts = call.facts(step.now, |of| bindings.get(&of).cloned().flatten());
                    let said = host(step, &facts)?;
                    let a = first.decide(&mut one, &said, request).decision;
                    let b = second.decide(&mut other, &said, request).decision;
                    compared += 1;
                    let (x, y) = (a.to_json(), b.to_json());
                    if x != y {
                        let request = String::from_utf8_lossy(request);
                        return Ok((compared, Some(format!("{request}\n{facts}\nbefore: {x}\nafter: {y}"))));
                    }
                    bindings.insert(at, a.binding);
                }
            }
        }
    }
    Ok((compared, None))
}
