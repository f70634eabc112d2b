//! Definitions and policies over a world.
//!
//! Left to chance nearly every decision would be a deny. Each package therefore leans towards one outcome,
//! by the effects of its rules and by what their conditions mostly are.

mod say;
mod rule;
mod probe;

use std::fmt::Write as _;

use self::rule::rule;
use super::expr::{Aim, FUEL, Maker};
use super::scope::{Facts, Scope};
use super::source::Source;
use super::words;
use super::world::{Define, Ty, Window, World};

/// What the decisions of a package mostly are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lean {
    Anything,
    Allow,
    Approval,
    DenyByRule,
    DenyByDefault,
    Error,
}

/// Around what a rule stands.
#[derive(Debug, Clone, Copy)]
struct Around<'a> {
    /// The actions of its policy.
    actions: &'a [usize],
    lean: Lean,
    /// Whether the policy has very many rules.
    wide: bool,
    /// For which of the actions the rule is, as it is written; for all if nothing is said.
    only: Option<&'a str>,
    /// Whether the policy says `when` or `unless`.
    guarded: bool,
}

/// Definitions, then policies, each an item of text. The definitions are added to the world.
pub fn policies(source: &mut Source, world: &mut World) -> Vec<String> {
    let mut items = vec![];
    for index in 0..source.below(6) {
        let define = define(source, world, index);
        items.push(define.text.clone());
        world.defines.push(define);
    }
    // Only calls that were allowed are attested.
    let attested = |window: &Window| [" succeeded ", " failed "].iter().any(|of| window.text.contains(of));
    let attested = world.windows.iter().any(attested);
    let lean = [Lean::Allow, Lean::Approval, Lean::DenyByRule, Lean::DenyByDefault, Lean::Error, Lean::Anything]
        [source.weighted(if attested { &[60, 15, 5, 5, 10, 5] } else { &[25, 31, 11, 8, 17, 8] })];
    let mut names = vec!["refunds", "reading", "spending", "hygiene", "limits"];
    source.shuffle(&mut names);
    for name in names.into_iter().take(source.between(1, 3)) {
        items.push(policy(source, world, name, lean, false));
    }
    if source.chance(50) {
        items.extend(probe::probes(source, world));
    }
    // More rules than are asked one after the other, or than fit one native function.
    if source.chance(5) {
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
    more.retain(|ty| !matches!(ty, Ty::Json | Ty::Choice(_) | Ty::Map(_)));
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
    let tag = (!world.tags.is_empty() && source.chance(45)).then(|| source.below(world.tags.len()));
    let tag = tag.filter(|tag| !world.tagged(*tag).is_empty());
    if let Some(tag) = tag {
        actions = world.tagged(tag);
        let _ = write!(head, "#{}", world.tags[tag].name);
    } else if any {
        head.push_str("any");
    } else {
        source.shuffle(&mut actions);
        actions.truncate(source.between(1, world.actions.len()));
        head.push_str(&world.selected(source, &actions));
    }
    let mut pairs = world.pairs(&actions);
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
    let scope = Scope::of_policy(world, &pairs, tag.as_slice());
    let mut facts = Facts::default();
    let mut maker = Maker::new(source, world, &scope);
    // What `when` proves `unless` may read, in whichever order they stand.
    let mut clauses = [vec![], vec![]];
    for _ in 0..maker.source.weighted(&[65, 25, 10]) {
        let aim = match lean {
            Lean::Anything => Aim::Any,
            Lean::Error if maker.source.chance(10) => Aim::Failed,
            _ if maker.source.chance(12) => Aim::Any,
            _ => Aim::True,
        };
        let depth = maker.source.below(3);
        let [_, unless] = &clauses;
        let (text, learnt) = clause(&mut maker, &facts, depth, aim, !unless.is_empty());
        clauses[usize::from(text.starts_with("unless"))].push(text);
        facts = facts.and(&learnt);
    }
    if maker.source.chance(25) {
        clauses.reverse();
    }
    for text in clauses.iter().flatten() {
        let _ = write!(head, "\n  {text}");
    }
    let count = match (wide, maker.source.chance(15)) {
        (true, _) => maker.source.between(17, 130),
        (false, true) => maker.source.between(4, 8),
        (false, false) => maker.source.between(1, 4),
    };
    let guarded = clauses.iter().any(|clauses| !clauses.is_empty());
    let mut text = format!("{head}\n{{");
    for index in 0..count {
        let narrow = if maker.source.chance(15) { narrower(maker.source, world, &actions) } else { None };
        // Of some of them nobody may be left by whom the policy is.
        let narrow = narrow.filter(|(_, some, _)| pairs.iter().any(|(a, _)| some.contains(a)));
        let rule = match narrow {
            Some((only, some, carried)) => {
                let pairs: Vec<(usize, usize)> = pairs.iter().filter(|(a, _)| some.contains(a)).copied().collect();
                let tags: Vec<usize> = tag.into_iter().chain(carried).collect();
                let scope = Scope::of_policy(world, &pairs, &tags);
                let mut narrowed = Maker::new(&mut *maker.source, world, &scope);
                let around = Around { actions: &some, lean, wide, only: Some(&only), guarded };
                rule(&mut narrowed, &facts, index, around)
            }
            None => rule(&mut maker, &facts, index, Around { actions: &actions, lean, wide, only: None, guarded }),
        };
        let _ = write!(text, "\n  {rule}\n");
    }
    text.push('}');
    text
}

/// Some of the actions of a policy, as a rule names them, and the tag by which it does.
fn narrower(source: &mut Source, world: &World, actions: &[usize]) -> Option<(String, Vec<usize>, Option<usize>)> {
    if !world.tags.is_empty() && source.chance(50) {
        let tag = source.below(world.tags.len());
        let mut some = world.tagged(tag);
        some.retain(|action| actions.contains(action));
        return (!some.is_empty()).then(|| (format!("#{}", world.tags[tag].name), some, Some(tag)));
    }
    let mut some = actions.to_vec();
    source.shuffle(&mut some);
    some.truncate(source.between(1, actions.len()));
    let named = world.selected(source, &some);
    Some((named, some, None))
}

/// `when` or `unless` with a condition of such an aim, and what it proves.
fn clause(maker: &mut Maker<'_>, facts: &Facts, depth: usize, aim: Aim, negative: bool) -> (String, Facts) {
    maker.fuel = FUEL;
    if negative || maker.source.chance(30) {
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
