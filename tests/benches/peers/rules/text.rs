//! Generated rules as zt.

use std::fmt::Write;

use super::{Condition, LEVELS, Number, Rank, Text, World};

const DECLARATIONS: &str = "package example

enum Level ordered { open, internal, confidential, secret, sealed }

type Word = String max 64

record Gateway {
  session : Word
  request : Word
  address : Word
  client  : Word
  node    : Word
  zone    : Word
  trace   : Word
  retries : Int
}

entity Agent from pep {
  role        : Word
  department  : Word
  clearance   : Level
  permissions : Set<Word> max 32
  score       : Int
  team        : Word
  tenant      : Word
  model       : Word
  version     : Word
  device      : Word
  locale      : Word
  shift       : Word
  owner       : Word
}

entity Item from pep {
  kind      : Word
  label     : Level
  size      : Int
  owner     : Word
  country   : Word
  warehouse : Word
  carrier   : Word
  made      : Word
  parts     : Int
  gift      : Bool
}
";

pub(crate) const fn text(field: Text) -> &'static str {
    match field {
        Text::Role => "principal.role",
        Text::Department => "principal.department",
        Text::Kind => "resource.kind",
        Text::Region => "input.region",
    }
}

pub(crate) const fn rank(field: Rank) -> &'static str {
    match field {
        Rank::Clearance => "principal.clearance",
        Rank::Label => "resource.label",
    }
}

pub(crate) const fn number(field: Number) -> &'static str {
    match field {
        Number::Score => "principal.score",
        Number::Size => "resource.size",
        Number::Amount => "input.amount",
    }
}

/// The package of a world.
pub(crate) fn zt(world: &World) -> String {
    let mut out = DECLARATIONS.to_owned();
    for action in 0..world.actions {
        let input = "{ region : Word, amount : Int, key : Word }";
        writeln!(out, "action op_{action} {{ by Agent on Item context Gateway input {input} }}")
            .expect("a text takes all");
    }
    let mut current = None;
    for rule in &world.rules {
        if current != Some(rule.action) {
            let end = if current.is_some() { "}\n" } else { "" };
            write!(out, "{end}\npolicy p_{0} for op_{0} {{\n", rule.action).expect("a text takes all");
            current = Some(rule.action);
        }
        let effect = if rule.denies { "deny" } else { "allow" };
        writeln!(out, "  {effect} {} when {}", rule.name, condition(&rule.when, true)).expect("a text takes all");
    }
    out.push_str("}\n");
    out
}

fn condition(when: &Condition, is_outer: bool) -> String {
    let join = |all: &[Condition], word: &str| {
        let joined = all.iter().map(|one| condition(one, false)).collect::<Vec<_>>().join(word);
        if is_outer { joined } else { format!("({joined})") }
    };
    match when {
        Condition::Is(field, value) => format!("{} == \"{value}\"", text(*field)),
        Condition::AtLeast(field, level) => format!("{} >= {}", rank(*field), LEVELS[usize::from(*level)]),
        Condition::Over(field, value) => format!("{} > {value}", number(*field)),
        Condition::UpTo(field, value) => format!("{} <= {value}", number(*field)),
        Condition::Holds(value) => format!("\"{value}\" in principal.permissions"),
        Condition::Not(inner) => match &**inner {
            Condition::Is(field, value) => format!("{} != \"{value}\"", text(*field)),
            Condition::AtLeast(field, level) => format!("{} < {}", rank(*field), LEVELS[usize::from(*level)]),
            other => format!("not ({})", condition(other, true)),
        },
        Condition::All(all) => join(all, " and "),
        Condition::Any(all) => join(all, " or "),
    }
}
