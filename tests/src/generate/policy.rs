//! Definitions and policies over a world.
//!
//! Left to chance nearly every decision would be a deny. Each package therefore leans towards one outcome,
//! by the effects of its rules and by what their conditions mostly are.

use std::fmt::Write as _;

use super::expr::{Aim, FUEL, Maker};
use super::scope::{Facts, Scope};
use super::source::Source;
use super::words;
use super::world::{Define, Ty, World};

/// What the decisions of a package mostly are.
#[derive(Debug, Clone, Copy)]
enum Lean {
    Anything,
    Allow,
    Approval,
    DenyByRule,
    DenyByDefault,
    Error,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    Allow,
    Ask,
    Deny,
}

/// Definitions, then policies, each an item of text. The definitions are added to the world.
pub fn policies(source: &mut Source, world: &mut World) -> Vec<String> {
    let mut items = vec![];
    for index in 0..source.below(6) {
        let define = define(source, world, index);
        items.push(define.text.clone());
        world.defines.push(define);
    }
    let lean = [Lean::Allow, Lean::Approval, Lean::DenyByRule, Lean::DenyByDefault, Lean::Error, Lean::Anything]
        [source.weighted(&[25, 31, 11, 8, 17, 8])];
    let mut names = vec!["refunds", "reading", "spending", "hygiene", "limits"];
    source.shuffle(&mut names);
    for name in names.into_iter().take(source.between(1, 3)) {
        items.push(policy(source, world, name, lean, false));
    }
    // More rules than fit one native function.
    if source.chance(2) {
        items.push(policy(source, world, "wide", lean, true));
    }
    items
}

fn define(source: &mut Source, world: &World, index: usize) -> Define {
    let mut known: Vec<Ty> = vec![Ty::Int, Ty::Int, Ty::String, Ty::Bool, Ty::Ident, Ty::Decimal];
    known.extend((0..world.enums.len()).map(Ty::Enum));
    known.extend((0..world.types.len()).map(Ty::Named));
    let fields = world.entities.iter().chain(world.actions.iter().map(|a| &a.input)).flatten();
    let mut more: Vec<Ty> = fields.map(|field| field.used.ty.clone()).collect();
    more.extend((0..world.entities.len()).map(Ty::Entity));
    more.extend((0..world.records.len()).map(Ty::Record));
    let params: Vec<Ty> = (0..source.below(4))
        .map(|_| if source.chance(50) { source.pick(&known).clone() } else { source.pick(&more).clone() })
        .collect();
    // A text or a member fails only where an argument does, so there are definitions that only hand on.
    if source.chance(15) {
        let given = [Ty::String, Ty::Ident].into_iter().chain((0..world.enums.len()).map(Ty::Enum)).collect::<Vec<_>>();
        let ty = source.pick(&given).clone();
        let params = vec![Ty::Int, ty.clone()];
        return Define {
            text: define_text(index, &params, None, "p1", world),
            name: name(index),
            params,
            ty,
            weight: 2,
        };
    }
    let given: Vec<Ty> = known.into_iter().filter(|ty| world.is_scalar(ty)).collect();
    let ty = if source.chance(50) { Ty::Bool } else { source.pick(&given).clone() };

    let scope = Scope::of_define(world, &params);
    let facts = Facts::default();
    // Small, for each is written out wherever it is used.
    let mut maker = Maker::new(source, world, &scope);
    maker.fuel = FUEL / 6;
    let mut declared = false;
    let body = if ty == Ty::Bool {
        maker.condition(&facts, 2, Aim::Any).text().to_owned()
    } else {
        let computed = if maker.source.chance(70) { maker.value(&facts, &ty, 2) } else { None };
        match computed {
            Some(value) => value.text().to_owned(),
            None if *world.base(&ty) == Ty::Bool => {
                // There is no literal of such a type.
                return literal_define(index, params, world);
            }
            None => {
                // A literal takes its type from what is declared.
                declared = true;
                let bounds = world.own_bounds(&ty);
                maker.literal(&ty, &bounds)
            }
        }
    };
    let weight = body.len() + maker.weight;
    declared |= source.chance(20);
    let text = define_text(index, &params, declared.then(|| world.show(&ty)), &body, world);
    Define { text, name: name(index), params, ty, weight }
}

fn literal_define(index: usize, params: Vec<Ty>, world: &World) -> Define {
    Define { text: define_text(index, &params, None, "7", world), name: name(index), params, ty: Ty::Int, weight: 1 }
}

fn name(index: usize) -> String {
    format!("d{index}")
}

fn define_text(index: usize, params: &[Ty], declared: Option<String>, body: &str, world: &World) -> String {
    let listed: Vec<String> = params.iter().enumerate().map(|(i, ty)| format!("p{i} : {}", world.show(ty))).collect();
    let params = if listed.is_empty() { String::new() } else { format!("({})", listed.join(", ")) };
    let declared = declared.map_or_else(String::new, |ty| format!(" : {ty}"));
    format!("define {}{params}{declared} = {body}", name(index))
}

fn policy(source: &mut Source, world: &World, name: &str, lean: Lean, wide: bool) -> String {
    let mut actions: Vec<usize> = (0..world.actions.len()).collect();
    let any = source.chance(45);
    let mut head = format!("policy {name} for ");
    if any {
        head.push_str("any");
    } else {
        source.shuffle(&mut actions);
        actions.truncate(source.between(1, world.actions.len()));
        let names: Vec<&str> = actions.iter().map(|a| world.actions[*a].name.as_str()).collect();
        head.push_str(&names.join(", "));
    }
    let mut pairs: Vec<(usize, usize)> =
        actions.iter().flat_map(|a| world.actions[*a].principals.iter().map(|p| (*a, *p))).collect();
    if source.chance(20) {
        let mut by: Vec<usize> = pairs.iter().map(|(_, p)| *p).collect();
        by.sort_unstable();
        by.dedup();
        source.shuffle(&mut by);
        by.truncate(source.between(1, 2));
        pairs.retain(|(_, p)| by.contains(p));
        let names: Vec<&str> = by.iter().map(|p| words::ENTITIES[*p]).collect();
        let _ = write!(head, " by {}", names.join(" or "));
    }
    let scope = Scope::of_policy(world, &pairs);
    let mut facts = Facts::default();
    let mut maker = Maker::new(source, world, &scope);
    for _ in 0..maker.source.weighted(&[65, 27, 8]) {
        let aim = match lean {
            Lean::Anything => Aim::Any,
            Lean::Error if maker.source.chance(10) => Aim::Failed,
            _ if maker.source.chance(12) => Aim::Any,
            _ => Aim::True,
        };
        let depth = maker.source.below(3);
        let (text, learnt) = clause(&mut maker, &facts, depth, aim);
        let _ = write!(head, "\n  {text}");
        facts = facts.and(&learnt);
    }
    let count = match (wide, maker.source.chance(15)) {
        (true, _) => maker.source.between(60, 130),
        (false, true) => maker.source.between(4, 8),
        (false, false) => maker.source.between(1, 4),
    };
    let mut text = format!("{head}\n{{");
    for index in 0..count {
        let rule = rule(&mut maker, &facts, index, lean, wide);
        let _ = write!(text, "\n  {rule}\n");
    }
    text.push('}');
    text
}

/// `when` or `unless` with a condition of such an aim, and what it proves.
fn clause(maker: &mut Maker<'_>, facts: &Facts, depth: usize, aim: Aim) -> (String, Facts) {
    maker.fuel = FUEL;
    if maker.source.chance(30) {
        let aim = match aim {
            Aim::True => Aim::False,
            Aim::False => Aim::True,
            other => other,
        };
        let made = maker.condition(facts, depth, aim);
        (format!("unless {}", made.text()), made.minus.clone().unnamed())
    } else {
        let made = maker.condition(facts, depth, aim);
        (format!("when {}", made.text()), made.plus.clone())
    }
}

fn rule(maker: &mut Maker<'_>, facts: &Facts, index: usize, lean: Lean, wide: bool) -> String {
    maker.fuel = FUEL;
    let source = &mut *maker.source;
    // The first rule of a policy is the one that the package leans to.
    let weights = match (lean, index) {
        (Lean::Allow | Lean::Approval, 0) => [100, 0, 0],
        (Lean::Approval, 1) => [0, 100, 0],
        (Lean::Error, 0) => [10, 45, 45],
        (Lean::DenyByRule, 0) => [10, 0, 90],
        (Lean::Approval, _) => [35, 45, 20],
        (Lean::DenyByDefault, _) => [50, 25, 25],
        _ => [45, 25, 30],
    };
    let effect = [Effect::Allow, Effect::Ask, Effect::Deny][source.weighted(&weights)];
    let aim = match (lean, effect) {
        (Lean::Anything, _) => Aim::Any,
        (Lean::Allow | Lean::Approval, Effect::Allow) | (Lean::Approval, Effect::Ask) => Aim::True,
        (Lean::Allow | Lean::DenyByDefault, _) | (Lean::Approval, Effect::Deny) => Aim::False,
        (Lean::DenyByRule, Effect::Deny) if index == 0 => Aim::True,
        (Lean::Error, Effect::Ask | Effect::Deny) if index == 0 => Aim::Failed,
        (Lean::DenyByRule | Lean::Error, _) => Aim::Any,
    };
    let noise = if wide { 2 } else { 12 };
    let aim = if source.chance(noise) { Aim::Any } else { aim };
    let shadow = index > 0 && source.chance(15) || source.chance(4);
    let word = match effect {
        Effect::Allow => "allow",
        Effect::Ask => "require approval",
        Effect::Deny => "deny",
    };
    let mut head = String::new();
    if shadow {
        head.push_str("shadow ");
    }
    let _ = write!(head, "{word} r{index}");

    let depth = if wide { 0 } else { source.weighted(&[20, 35, 30, 15]) };
    let mut clauses = vec![];
    let mut known = facts.clone();
    let unconditional = effect != Effect::Allow && aim != Aim::False && maker.source.chance(3);
    if !unconditional {
        match maker.source.below(10) {
            0..6 => {
                let made = maker.condition(&known, depth, aim);
                clauses.push(format!("when {}", made.text()));
                known = known.and(&made.plus);
            }
            6 | 7 => {
                let opposite = match aim {
                    Aim::True => Aim::False,
                    Aim::False => Aim::True,
                    other => other,
                };
                let made = maker.condition(&known, depth, opposite);
                clauses.push(format!("unless {}", made.text()));
                known = known.and(&made.minus.clone().unnamed());
            }
            _ => {
                let (first, second) = match aim {
                    Aim::True => (Aim::True, Aim::False),
                    Aim::False => (Aim::False, Aim::Any),
                    Aim::Failed => (Aim::True, Aim::Failed),
                    Aim::Any => (Aim::Any, Aim::Any),
                };
                let made = maker.condition(&known, depth, first);
                clauses.push(format!("when {}", made.text()));
                known = known.and(&made.plus);
                let made = maker.condition(&known, depth.min(1), second);
                clauses.push(format!("unless {}", made.text()));
                known = known.and(&made.minus.clone().unnamed());
            }
        }
    }
    if effect == Effect::Ask {
        clauses.push(format!("from {}", maker.source.pick(&maker.world.approvers)));
        if maker.source.chance(50) {
            clauses.push(format!("quorum {}", maker.source.between(1, 5)));
        }
        if maker.source.chance(50) {
            clauses.push(format!("expires {}", maker.source.pick(&["90s", "30min", "8h", "7d", "1s", "366d"])));
        }
    }
    if maker.source.chance(45) {
        clauses.push(format!("because {}", message(maker, &known)));
    }
    if maker.source.chance(25) {
        maker.source.shuffle(&mut clauses);
    }
    for clause in clauses {
        let _ = write!(head, "\n    {clause}");
    }
    head
}

/// A message with paths in it.
fn message(maker: &mut Maker<'_>, known: &Facts) -> String {
    let shown: Vec<String> = maker
        .scope
        .paths
        .iter()
        .filter(|path| match &path.value {
            Some((ty, _)) => maker.world.is_scalar(ty) || matches!(ty, Ty::Entity(_)),
            None => false,
        })
        .map(|path| path.text.clone())
        .chain(known.names.iter().filter_map(|(name, whole)| {
            let path = maker.scope.paths.iter().find(|path| path.text == *whole)?;
            let (ty, _) = path.value.as_ref()?;
            maker.world.is_scalar(ty).then(|| name.clone())
        }))
        .collect();
    let mut text = String::new();
    for _ in 0..maker.source.between(1, 4) {
        if shown.is_empty() || maker.source.chance(30) {
            let fixed = *maker.source.pick(&["of", "amount {braces}", "caf\u{e9} \"quoted\" \\", ":", "line\nbreak"]);
            text.push_str(&fixed.replace('{', "{{").replace('}', "}}"));
        } else {
            let _ = write!(text, "{{{}}}", maker.source.pick(&shown));
        }
        text.push(' ');
    }
    words::literal(&text)
}
