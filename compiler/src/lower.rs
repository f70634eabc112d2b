//! Lowering: from the checked tree to the program that is compiled, interpreted and carried in an image.
//!
//! Every pair of an action and a type of principal becomes an entry of its own, with its own frame: the
//! same rule may read an attribute in one entry that the next one does not have.

mod types;
mod constants;
mod interval;
mod table;
mod place;
mod reads;
mod value;
mod collection;
mod context;
mod ask;
mod bound;
mod expr;
mod due;
mod rule;
mod window;

use std::collections::BTreeMap;

use zt_lang::hir;
use zt_runtime::image::{Automata, PatternTable};
use zt_runtime::ir;

use self::constants::Constants;
use self::context::Lowering;
use self::due::Dues;
use self::place::{Of, Scope};
use self::types::Types;
use self::window::Readers;
use crate::Bug;

/// A program and what stands beside it in an image.
#[derive(Debug)]
pub struct Lowered {
    /// The program.
    pub program: ir::Program,
    /// The automata of its patterns and of its tables of patterns, in the program's order.
    pub automata: Automata,
}

/// Lowers a package.
///
/// # Errors
/// Only by a mistake in the compiler, or in the check that keeps conditions small.
pub fn lower(package: &hir::Package) -> Result<Lowered, Bug> {
    let mut types = Types::new(package);
    let mut constants = Constants::default();
    let dues = Dues::new(package);
    let readers = Readers::new(package);
    let mut rules = Vec::new();
    let mut first_rule = Vec::new();
    let mut in_scope: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
    for (index, policy) in package.policies.iter().enumerate() {
        first_rule.push(number(rules.len()));
        rules.extend(policy.rules.iter().map(|of| rule(&dues, of)));
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
            let output = types.output(action);
            let context = action.context.as_ref().map(|name| types.record(name));
            let scope = Scope { package, of: Of::Call(action, principal) };
            let mut lowering = Lowering::new(scope, &mut types, &mut constants);
            // An action that names no tier has the highest.
            let tier = action.tier.or(package.tiers.len().checked_sub(1).map(number));
            let mut entry_rules = Vec::new();
            let mut scoped = Vec::new();
            let mut asks = package.tiers.iter().any(|tier| tier.ask.is_some());
            for &index in policies {
                let policy = &package.policies[index];
                for (rule, id) in policy.rules.iter().zip(first_rule[index]..) {
                    if !rule.scope.as_ref().is_none_or(|scope| within(scope, key)) {
                        continue;
                    }
                    asks |= rule.ask.is_some();
                    scoped.push((&**policy, rule));
                    let (condition, obligations) =
                        lowering.rule(&dues, policy.guard.as_ref(), &rule.condition, &rule.obligations);
                    entry_rules.push(ir::EntryRule {
                        rule: ir::RuleId(id),
                        condition,
                        limit: rule.limit.as_ref().map(|(window, _)| readers.index(window)),
                        party: rule.ask.as_ref().and_then(|ask| lowering.party(&ask.from)),
                        obligations,
                        because: rule.because.as_ref().map(|pieces| lowering.message(pieces)),
                        tell: rule.tell.as_ref().map(|pieces| lowering.message(pieces)),
                    });
                }
            }
            let evidence = asks.then(|| lowering.evidence());
            let notice = package.notices.get(&action.name).filter(|_| asks);
            let notice = notice.map(|notice| lowering.notice(notice)).unwrap_or_default();
            let resource_id = action.resource_id.as_ref().map(|id| lowering.resource_id(id));
            let windows = readers.of_entry(action, principal, &scoped, &mut lowering);
            let Some(layout) = lowering.finish() else {
                return Err(Bug::new(format!("a condition on `{}` is too large", action.name)));
            };
            entries.push(ir::Entry {
                action: action.wire.to_string(),
                part: action.part_of.is_some().then(|| action.name.to_string()),
                principal: principal_type,
                resource,
                input,
                context,
                tier,
                reads_principal: layout.principal,
                reads_resource: layout.resource,
                reads_input: layout.input,
                reads_context: layout.context,
                output,
                reads_output: layout.output,
                evidence,
                notice,
                now: layout.now,
                sent: layout.sent,
                resource_id,
                lookups: layout.lookups,
                tables: layout.tables,
                windows,
                slots: layout.slots,
                rules: entry_rules,
            });
        }
    }

    let events = package.events.values().map(|event| {
        let mut lowering = Lowering::new(Scope { package, of: Of::Event(event) }, &mut types, &mut constants);
        let windows = readers.of_event(event, &mut lowering);
        let layout =
            lowering.finish().ok_or_else(|| Bug::new(format!("a window over `{}` is too large", event.name)))?;
        Ok(ir::Event {
            name: event.name.to_string(),
            fields: types.event(event),
            context: event.context.as_ref().map(|name| types.record(name)),
            reads_fields: layout.event,
            reads_context: layout.context,
            now: layout.now,
            lookups: layout.lookups,
            tables: layout.tables,
            slots: layout.slots,
            windows,
        })
    });
    let events = events.collect::<Result<_, Bug>>()?;

    let splits = splits(package, &mut types, &mut constants)?;
    let tiers = dues.tiers(package, &mut constants);
    let obligations = dues.kinds(package, &mut types);
    let windows = readers.lower(&mut types);
    let types::Tables { types, patterns, detectors, sources, channels } = types.finish();
    let program = ir::Program {
        package: package.name.to_string(),
        tiers,
        obligations,
        approvers: dues.approvers(package),
        windows,
        events,
        sources,
        channels,
        types,
        patterns: patterns.iter().map(|pattern| pattern.source.to_string()).collect(),
        detectors: detectors.iter().map(|detector| self::detector(package, detector)).collect(),
        literals: constants.literals,
        zones: constants.zones,
        hours: constants.hours,
        commands: constants.commands,
        tables: constants.tables,
        rules,
        splits,
        entries,
    };
    let table = |pattern: &&hir::Pattern| PatternTable { sparse: pattern.dfa.sparse, bytes: pattern.dfa.bytes.clone() };
    // Tables of patterns that something asks have automata.
    let searches = detectors.iter().flat_map(|detector| detector.automata.iter().flat_map(|all| all.iter()));
    let automata = Automata {
        patterns: patterns.iter().map(table).collect(),
        finders: searches.map(|search| search.bytes.clone()).collect(),
    };
    Ok(Lowered { program, automata })
}

/// A table of patterns.
fn detector(package: &hir::Package, detector: &hir::Detector) -> ir::Detector {
    let members = match &detector.ty {
        hir::Ty::Enum(name) => package.enums.get(name).map_or(0, |of| number(of.members.len())),
        _ => 2,
    };
    ir::Detector {
        name: detector.name.to_string(),
        truth: detector.ty == hir::Ty::Bool,
        members,
        rows: detector.rows.iter().map(|row| (row.source.to_string(), row.says)).collect(),
        automata: detector
            .automata
            .iter()
            .flat_map(|automata| automata.iter().map(|search| search.rows.clone()))
            .collect(),
    }
}

/// What tells the parts of actions apart.
fn splits<'a>(
    package: &'a hir::Package,
    types: &mut Types<'a>,
    constants: &mut Constants,
) -> Result<Vec<ir::Split>, Bug> {
    let mut wholes: BTreeMap<&str, Vec<(&hir::Name, &hir::Part)>> = BTreeMap::new();
    for action in package.actions.values() {
        if let Some(part) = &action.part_of {
            wholes.entry(&*action.wire).or_default().push((&action.name, &**part));
        }
    }
    let mut splits = Vec::new();
    for (wire, parts) in wholes {
        let [(_, first), ..] = parts[..] else { continue };
        let Some(principal) = first.whole.principals.first() else { continue };
        let input = types.input(&first.whole);
        let mut lowering = Lowering::new(Scope { package, of: Of::Call(&first.whole, principal) }, types, constants);
        let parts = parts.iter().map(|(name, part)| (name.to_string(), lowering.condition(None, Some(&part.when))));
        let parts = parts.collect();
        let Some(layout) = lowering.finish() else {
            return Err(Bug::new(format!("what tells the parts of `{wire}` apart is too large")));
        };
        splits.push(ir::Split { action: wire.to_owned(), input, reads: layout.input, slots: layout.slots, parts });
    }
    Ok(splits)
}

/// Whether a scope covers an action and a type of principal.
fn within(scope: &[(hir::Name, hir::Name)], key: (&str, &str)) -> bool {
    scope.iter().any(|(action, principal)| (&**action, &**principal) == key)
}

/// What is known of a rule whatever the request.
fn rule(dues: &Dues<'_>, rule: &hir::Rule) -> ir::Rule {
    ir::Rule {
        name: rule.full_name.to_string(),
        effect: match rule.effect {
            hir::Effect::Allow => ir::Effect::Allow,
            hir::Effect::RequireApproval => ir::Effect::RequireApproval,
            hir::Effect::Deny => ir::Effect::Deny,
            hir::Effect::Limit => ir::Effect::Limit,
            hir::Effect::Raise => ir::Effect::Raise,
            hir::Effect::Oblige => ir::Effect::Oblige,
        },
        shadow: rule.shadow,
        ask: rule.ask.as_ref().map(|ask| dues.ask(ask)),
        raise: rule.raise,
    }
}

/// The number of a thing that comes after `count` others.
fn number(count: usize) -> u32 {
    u32::try_from(count).expect("a package holds fewer than 2^32 things of any kind")
}

#[cfg(test)]
mod tests;
