//! Lowering: from the checked tree to the program that is compiled, interpreted and carried in an image.
//!
//! Every pair of an action and a type of principal becomes an entry of its own, with its own frame: the
//! same rule may read an attribute in one entry that the next one does not have.

mod types;
mod interval;
mod reads;
mod value;
mod expr;

use std::collections::BTreeMap;

use zt_lang::hir;
use zt_runtime::image::PatternTable;
use zt_runtime::ir;

use self::expr::Lowering;
use self::reads::Scope;
use self::types::{Literals, Types};
use crate::Bug;

/// A program and what stands beside it in an image.
#[derive(Debug)]
pub struct Lowered {
    /// The program.
    pub program: ir::Program,
    /// The automata of its patterns, in the order of [`ir::Program::patterns`].
    pub patterns: Vec<PatternTable>,
}

/// Lowers a package.
///
/// # Errors
/// Only by a mistake in the compiler, or in the check that keeps conditions small.
pub fn lower(package: &hir::Package) -> Result<Lowered, Bug> {
    let mut types = Types::new(package);
    let mut literals = Literals::default();
    let mut rules = Vec::new();
    let mut first_rule = Vec::new();
    let mut in_scope: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
    for (index, policy) in package.policies.iter().enumerate() {
        first_rule.push(number(rules.len()));
        rules.extend(policy.rules.iter().map(rule));
        for (action, principal) in &policy.scope {
            let policies = in_scope.entry((action, principal)).or_default();
            // A scope may name a pair twice; its rules still count once.
            if policies.last() != Some(&index) {
                policies.push(index);
            }
        }
    }

    let mut entries = Vec::new();
    for action in package.actions.values() {
        for principal in &action.principals {
            let key = (&*action.name, &**principal);
            let policies = in_scope.get(&key).map_or(&[][..], Vec::as_slice);
            let principal_type = types.entity(principal);
            let resource = action.resource.as_ref().map(|name| types.entity(name));
            let input = types.input(action);
            let context = action.context.as_ref().map(|name| types.record(name));
            let scope = Scope { package, action, principal };
            let mut lowering = Lowering::new(scope, &mut types, &mut literals);
            let mut entry_rules = Vec::new();
            for &index in policies {
                let policy = &package.policies[index];
                for (rule, id) in policy.rules.iter().zip(first_rule[index]..) {
                    entry_rules.push(ir::EntryRule {
                        rule: ir::RuleId(id),
                        condition: lowering.condition(policy.guard.as_ref(), &rule.condition),
                        because: rule.because.as_ref().map(|pieces| lowering.message(pieces)),
                    });
                }
            }
            let Some(layout) = lowering.finish() else {
                return Err(Bug::new(format!("a condition on `{}` is too large", action.name)));
            };
            entries.push(ir::Entry {
                action: action.wire.to_string(),
                principal: principal_type,
                resource,
                input,
                context,
                tier: action.tier,
                reads_principal: layout.principal,
                reads_resource: layout.resource,
                reads_input: layout.input,
                reads_context: layout.context,
                slots: layout.slots,
                rules: entry_rules,
            });
        }
    }

    let types::Tables { types, patterns } = types.finish();
    let program = ir::Program {
        package: package.name.to_string(),
        tiers: package.tiers.iter().map(|tier| tier.name.to_string()).collect(),
        types,
        patterns: patterns.iter().map(|pattern| pattern.source.to_string()).collect(),
        literals: literals.finish(),
        rules,
        entries,
        ..ir::Program::default()
    };
    let patterns = patterns
        .into_iter()
        .map(|pattern| PatternTable { sparse: pattern.dfa.sparse, bytes: pattern.dfa.bytes.clone() })
        .collect();
    Ok(Lowered { program, patterns })
}

/// What is known of a rule whatever the request.
fn rule(rule: &hir::Rule) -> ir::Rule {
    ir::Rule {
        name: rule.full_name.to_string(),
        effect: match rule.effect {
            hir::Effect::Allow => ir::Effect::Allow,
            hir::Effect::RequireApproval => ir::Effect::RequireApproval,
            hir::Effect::Deny => ir::Effect::Deny,
            hir::Effect::Limit | hir::Effect::Raise | hir::Effect::Oblige => todo!(),
        },
        shadow: rule.shadow,
        ask: rule.ask.as_ref().map(|ask| ir::Ask {
            from: ask.from.show().to_string(),
            quorum: ask.quorum,
            expires: ask.expires,
        }),
    }
}

/// The number of a thing that comes after `count` others.
fn number(count: usize) -> u32 {
    u32::try_from(count).expect("a package holds fewer than 2^32 things of any kind")
}

#[cfg(test)]
mod tests;
