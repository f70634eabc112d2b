//! Rules: their effects, conditions and clauses.

use std::fmt::Write as _;

use super::super::expr::{Aim, FUEL, Maker};
use super::super::scope::Facts;
use super::super::windows::OVER;
use super::super::world::Ty;
use super::say::{message, told};
use super::{Around, Lean};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    Allow,
    Ask,
    Deny,
    Limit,
    Raise,
    Oblige,
}

const EFFECTS: [Effect; 6] = [Effect::Allow, Effect::Ask, Effect::Deny, Effect::Limit, Effect::Raise, Effect::Oblige];

impl Effect {
    fn word(self) -> &'static str {
        match self {
            Effect::Allow => "allow",
            Effect::Ask => "require approval",
            Effect::Deny => "deny",
            Effect::Limit => "limit",
            Effect::Raise => "raise",
            Effect::Oblige => "oblige",
        }
    }
}

/// Which effect a rule has: the first rule of a policy is the one that the package leans to.
fn effect(maker: &mut Maker<'_>, index: usize, lean: Lean) -> Effect {
    let weights = match (lean, index) {
        (Lean::Allow | Lean::Approval, 0) => [100, 0, 0],
        (Lean::Approval, 1) => [0, 100, 0],
        (Lean::Error, 0) => [10, 45, 45],
        (Lean::DenyByRule, 0) => [10, 0, 90],
        (Lean::Approval, _) => [35, 45, 20],
        (Lean::DenyByDefault, _) => [50, 25, 25],
        _ => [45, 25, 30],
    };
    let [allow, ask, deny] = weights;
    let (tiers, obligations) = (maker.world.tiers.len(), maker.world.obligations.len());
    let others = if index == 0 { [0, 0, 0] } else { [14, 10 * tiers.min(1), 12 * obligations.min(1)] };
    let [limit, raise, oblige] = others;
    EFFECTS[maker.source.weighted(&[allow, ask, deny, limit, raise, oblige])]
}

fn aim(effect: Effect, index: usize, lean: Lean) -> Aim {
    match (lean, effect) {
        (Lean::Anything, _) => Aim::Any,
        // They say something of calls that are allowed.
        (_, Effect::Limit | Effect::Raise | Effect::Oblige) => {
            if matches!(lean, Lean::Allow | Lean::Approval) {
                Aim::True
            } else {
                Aim::Any
            }
        }
        (Lean::Allow | Lean::Approval, Effect::Allow) | (Lean::Approval, Effect::Ask) => Aim::True,
        (Lean::Allow | Lean::DenyByDefault, _) | (Lean::Approval, Effect::Deny) => Aim::False,
        (Lean::DenyByRule, Effect::Deny) if index == 0 => Aim::True,
        (Lean::Error, Effect::Ask | Effect::Deny) if index == 0 => Aim::Failed,
        (Lean::DenyByRule | Lean::Error, _) => Aim::Any,
    }
}

pub(super) fn rule(maker: &mut Maker<'_>, facts: &Facts, index: usize, around: Around<'_>) -> String {
    let Around { actions, lean, wide, only, guarded } = around;
    maker.fuel = FUEL;
    let effect = effect(maker, index, lean);
    let noise = if wide { 2 } else { 12 };
    let aim = if maker.source.chance(noise) { Aim::Any } else { aim(effect, index, lean) };
    let shadow = index > 0 && maker.source.chance(15) || maker.source.chance(4);
    let mut head = String::new();
    if shadow {
        head.push_str("shadow ");
    }
    let _ = write!(head, "{} r{index}", effect.word());

    let mut clauses = vec![];
    clauses.extend(only.map(|only| format!("for {only}")));
    match effect {
        Effect::Limit => clauses.extend(rate(maker, facts, actions)),
        Effect::Raise => clauses.push(format!("to {}", maker.source.pick(&maker.world.tiers).name)),
        _ => {}
    }
    let mut known = facts.clone();
    let depth = if wide { maker.source.weighted(&[70, 30]) } else { maker.source.weighted(&[20, 35, 30, 15]) };
    let grant_asks = effect == Effect::Allow && maker.source.chance(if lean == Lean::Approval { 20 } else { 7 });
    let unconditional = (effect != Effect::Allow || grant_asks && guarded)
        && aim != Aim::False
        && maker.source.chance(if matches!(effect, Effect::Limit | Effect::Oblige | Effect::Allow) { 40 } else { 3 });
    if !unconditional {
        conditions(maker, &mut known, &mut clauses, depth, aim);
    }
    if effect == Effect::Ask || grant_asks {
        if grant_asks {
            clauses.push("with approval".to_owned());
        }
        let person = known.present.contains("principal.acts_for") && maker.source.chance(75);
        if person {
            clauses.push("from principal.acts_for".to_owned());
        } else {
            clauses.push(format!("from {}", maker.source.pick(&maker.world.approvers)));
            if maker.source.chance(40) {
                clauses.push(format!("quorum {}", maker.source.between(1, 4)));
            }
        }
        if maker.source.chance(50) {
            clauses.push(format!("expires {}", maker.source.pick(&["90s", "30min", "8h", "7d", "1s", "366d"])));
        }
    }
    if !maker.world.obligations.is_empty() && effect != Effect::Raise {
        let due = if effect == Effect::Oblige { Some(()) } else { maker.source.chance(25).then_some(()) };
        if due.is_some() {
            let text = obliged(maker, &known, if effect == Effect::Oblige { 8 } else { 1 });
            match text {
                Some(text) => clauses.push(format!("with {text}")),
                // An obligation without one cannot be: then it is another rule.
                None if effect == Effect::Oblige => {
                    return head.replacen("oblige", "deny", 1) + "\n    unless true";
                }
                None => {}
            }
        }
    }
    if maker.source.chance(45) {
        clauses.push(format!("because {}", message(maker, &known)));
    }
    if maker.source.chance(20) {
        clauses.push(format!("tell {}", told(maker, &known)));
    }
    if maker.source.chance(25) {
        maker.source.shuffle(&mut clauses);
    }
    for clause in clauses {
        let _ = write!(head, "\n    {clause}");
    }
    head
}

/// `when`, `unless` or both, and what they prove.
fn conditions(maker: &mut Maker<'_>, known: &mut Facts, clauses: &mut Vec<String>, depth: usize, aim: Aim) {
    // Whom the principal acts for can be asked only where it is there.
    let acts_for = maker.scope.askable(known).any(|path| path.text == "principal.acts_for");
    let mut prefix = String::new();
    if acts_for && maker.source.chance(45) {
        prefix = "principal has acts_for and ".to_owned();
        known.present.insert("principal.acts_for".to_owned());
    }
    match maker.source.below(10) {
        6 | 7 if prefix.is_empty() => {
            let opposite = match aim {
                Aim::True => Aim::False,
                Aim::False => Aim::True,
                other => other,
            };
            let made = maker.condition(known, depth, opposite);
            clauses.push(format!("unless {}", made.text()));
            *known = known.clone().and(&made.minus.clone().unnamed());
        }
        0..8 => {
            let made = maker.condition(known, depth, aim);
            // What is said twice says nothing the second time.
            if prefix.is_empty() && maker.source.chance(15) {
                let sure = maker.sure(known).operand();
                clauses.push(format!("when {sure} and {} and {sure}", made.operand()));
            } else {
                clauses.push(format!("when {}", joined(&prefix, &made)));
            }
            *known = known.clone().and(&made.plus);
        }
        _ => {
            let (first, second) = match aim {
                Aim::True => (Aim::True, Aim::False),
                Aim::False => (Aim::False, Aim::Any),
                Aim::Failed => (Aim::True, Aim::Failed),
                Aim::Any => (Aim::Any, Aim::Any),
            };
            let made = maker.condition(known, depth, first);
            clauses.push(format!("when {}", joined(&prefix, &made)));
            *known = known.clone().and(&made.plus);
            let made = maker.condition(known, depth.min(1), second);
            clauses.push(format!("unless {}", made.text()));
            *known = known.clone().and(&made.minus.clone().unnamed());
        }
    }
}

fn joined(prefix: &str, made: &super::super::expr::Condition) -> String {
    if prefix.is_empty() { made.text().to_owned() } else { format!("{prefix}{}", made.operand()) }
}

/// How many over which time, by what, of what.
fn rate(maker: &mut Maker<'_>, facts: &Facts, actions: &[usize]) -> Vec<String> {
    let over = *maker.source.pick(OVER);
    let key = maker.world.key(maker.source, maker.scope, actions);
    let mut clauses = vec![];
    let summed: Vec<(String, Ty)> = maker
        .scope
        .readable(facts)
        .filter_map(|path| {
            let (ty, bounds) = path.value.as_ref()?;
            (maker.world.is_number(ty) && bounds.min >= 0 && path.needs.is_empty())
                .then(|| (path.text.clone(), ty.clone()))
        })
        .collect();
    if !summed.is_empty() && maker.source.chance(35) {
        let (path, ty) = maker.source.pick(&summed).clone();
        let most = maker.source.below(250);
        let decimal = *maker.world.base(&ty) == Ty::Decimal;
        clauses.push(format!("{most}{} per {over}", if decimal { ".00" } else { "" }));
        clauses.push(format!("of {path}"));
    } else {
        clauses.push(format!("{} per {over}", maker.source.between(0, 4)));
    }
    match key.as_slice() {
        [] => {}
        [(one, _)] => clauses.push(format!("by {one}")),
        several => {
            let parts: Vec<&str> = several.iter().map(|(part, _)| part.as_str()).collect();
            clauses.push(format!("by ({})", parts.join(", ")));
        }
    }
    clauses
}

/// One or two obligations with arguments; nothing if some argument cannot be had.
fn obliged(maker: &mut Maker<'_>, known: &Facts, attempts: usize) -> Option<String> {
    for _ in 0..attempts {
        let count = if maker.source.chance(25) { 2 } else { 1 };
        let all: Option<Vec<String>> = (0..count)
            .map(|_| {
                let obligation = maker.source.pick(&maker.world.obligations).clone();
                let args: Option<Vec<String>> = obligation
                    .params
                    .iter()
                    .map(|param| Some(format!("{}: {}", param.name, maker.due(known, &param.used.ty)?)))
                    .collect();
                Some(format!("{}({})", obligation.name, args?.join(", ")))
            })
            .collect();
        if let Some(all) = all {
            return Some(all.join(", "));
        }
    }
    None
}
