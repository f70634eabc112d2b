//! A package spread over several means what the one package does: where an item stands changes its name, and of policies
//! elsewhere only those count that are enforced.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;
use zt_lang::eval::{Decision, Evaluator, World};
use zt_lang::hir::{Effect, Package};

use super::sorted;
use crate::differential::{Problem, check, host};
use crate::generate::PACKAGE;
use crate::generate::spread::{Bundle, LIBRARIES};
use crate::generate::step::{Call, Step, What};

/// An evaluator with a memory of its own.
struct Side<'a> {
    evaluator: &'a Evaluator,
    world: World,
    known: BTreeMap<usize, (String, Decision)>,
}

impl<'a> Side<'a> {
    fn new(evaluator: &'a Evaluator) -> Self {
        Side { evaluator, world: World::new(), known: BTreeMap::new() }
    }

    /// What comes of a step, if anything does.
    fn take(&mut self, at: usize, steps: &[Step], named: &dyn Fn(&[u8]) -> Vec<u8>) -> Result<Option<Value>, Problem> {
        let step = &steps[at];
        let refused = |code: &str| Some(Value::from(code));
        Ok(match &step.what {
            What::Outage(on) => {
                self.world.outage = *on;
                None
            }
            What::Observe(call) => {
                let facts = String::from_utf8_lossy(&named(call.facts(step.now, |_| None).as_bytes())).into_owned();
                let done = self.evaluator.observe(&mut self.world, &host(step, &facts)?, &named(&call.request));
                done.map_or_else(|refusal| refused(refusal.code), |()| refused("observed"))
            }
            What::Attest { call, ok, output } => {
                let Some(What::Call(Call { request, .. })) = steps.get(*call).map(|step| &step.what) else {
                    return Ok(None);
                };
                let Some((facts, decision)) = self.known.get(call) else { return Ok(None) };
                let output = output.as_deref().map(|output| named(output.as_bytes()));
                let (said, request) = (host(step, facts)?, named(request));
                let world = &mut self.world;
                let done = self.evaluator.attest(world, &said, &request, decision, *ok, output.as_deref());
                done.map_or_else(|refusal| refused(refusal.code), |()| refused("attested"))
            }
            What::Call(call) => {
                let binding = |of: usize| self.known.get(&of).and_then(|(_, d)| d.binding.clone());
                let facts = String::from_utf8_lossy(&named(call.facts(step.now, binding).as_bytes())).into_owned();
                let said = host(step, &facts)?;
                let decision = self.evaluator.decide(&mut self.world, &said, &named(&call.request)).decision;
                let mut json = sorted(&decision);
                if let Some(members) = json.as_object_mut() {
                    // It is of the names that the request has.
                    members.remove("binding");
                }
                self.known.insert(at, (facts, decision));
                Some(json)
            }
        })
    }
}

/// The one package that packages mean together.
///
/// # Errors
/// If it has mistakes.
pub fn together(bundle: &Bundle) -> Result<Package, Problem> {
    let mut package = check(&bundle.whole)?.hir().clone();
    for (name, enforced) in &bundle.policies {
        match enforced {
            Some(true) => {}
            Some(false) => {
                for policy in package.policies.iter_mut().filter(|policy| *policy.name == **name) {
                    Arc::make_mut(policy).rules.retain(|rule| rule.effect != Effect::Allow);
                }
            }
            None => {
                for policy in package.policies.iter().filter(|policy| *policy.name == **name) {
                    policy.limits.iter().for_each(|limit| drop(package.windows.remove(&limit.name)));
                }
                package.policies.retain(|policy| *policy.name != **name);
            }
        }
    }
    Ok(package)
}

/// The step after which packages do not decide as the one package that they mean, and what each says.
///
/// # Errors
/// If what a host says cannot be read.
pub fn differ(
    bundle: &Bundle,
    spread: &Evaluator,
    whole: &Evaluator,
    steps: &[Step],
) -> Result<Option<(usize, [Value; 2])>, Problem> {
    let (mut spread, mut whole) = (Side::new(spread), Side::new(whole));
    for at in 0..steps.len() {
        let several = spread.take(at, steps, &<[u8]>::to_vec)?;
        let several = several.map(|value| renamed(bundle, value));
        let one = whole.take(at, steps, &|text| short(bundle, text))?;
        if several != one {
            return Ok(Some((at, [several.unwrap_or_default(), one.unwrap_or_default()])));
        }
    }
    Ok(None)
}

/// A decision in the names of the one package. Its numbers are never printed and read again, for that could change them.
fn renamed(bundle: &Bundle, mut value: Value) -> Value {
    rename(bundle, &mut value);
    super::sort(&mut value);
    value
}

fn rename(bundle: &Bundle, value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Some(short) = short_name(bundle, text) {
                *text = short;
            }
        }
        Value::Array(all) => all.iter_mut().for_each(|one| rename(bundle, one)),
        Value::Object(members) => {
            for (name, mut value) in std::mem::take(members) {
                rename(bundle, &mut value);
                members.insert(short_name(bundle, &name).unwrap_or(name), value);
            }
        }
        _ => {}
    }
}

/// A text with JSON strings in it, in the names of the one package.
fn short(bundle: &Bundle, text: &[u8]) -> Vec<u8> {
    let mut out = vec![];
    let mut rest = text;
    while let Some(start) = rest.iter().position(|b| *b == b'"') {
        let mut end = start + 1;
        while let Some(byte) = rest.get(end).filter(|b| **b != b'"') {
            end += if *byte == b'\\' { 2 } else { 1 };
        }
        let end = (end + 1).min(rest.len());
        let (before, string) = (&rest[..start], &rest[start..end]);
        out.extend_from_slice(before);
        let name = serde_json::from_slice::<String>(string).ok().and_then(|text| short_name(bundle, &text));
        match name {
            Some(name) => out.extend_from_slice(Value::from(name).to_string().as_bytes()),
            None => out.extend_from_slice(string),
        }
        rest = &rest[end..];
    }
    out.extend_from_slice(rest);
    out
}

/// What something is called in the one package, if that is another name.
fn short_name(bundle: &Bundle, name: &str) -> Option<String> {
    if let Some(window) = name.strip_prefix("window ") {
        return short_name(bundle, window).map(|short| format!("window {short}"));
    }
    let rule = LIBRARIES.iter().find_map(|package| name.strip_prefix(package)?.strip_prefix('/'));
    if let Some(rule) = rule {
        return Some(format!("{PACKAGE}/{rule}"));
    }
    // What an ask is about by default.
    let about = |(full, short): (&String, &String)| {
        let part = format!(" on {full} \"");
        name.contains(&part).then(|| name.replacen(&part, &format!(" on {short} \""), 1))
    };
    bundle.names.get(name).cloned().or_else(|| bundle.names.iter().find_map(about))
}
