//! The text form of a program: for people, reference tests and bug reports. Nothing reads it back.
//!
//! Types print as `t0`, patterns `p0`, tables of patterns `f0`, literals `l0`, zones `z0`, times of the week `h0`,
//! patterns of commands `c0`, tables `d0`, rules `r0`, slots `s0`:
//! the indices that the program itself uses, each list once with its names. Names within an expression are `v0`,
//! and `v0[1]` is a word of a row.

use std::fmt::{self, Display, Formatter};

use zt_values::quantity::format_duration_quantity;
use zt_values::time::format_time;

use crate::ir::{
    Arg, Arith, Ask, Channel, Cmp, CommandsId, DetectorId, Due, Effect, Entry, Expr, Fold, From, Gather, Hours,
    HoursId, LiteralId, LocalPart, Lookup, Merge, Param, Piece, Program, RuleId, Show, TableId, Under, VarId, ZoneId,
};
use crate::schema::{Field, PatternId, Quantity, Reads, Slot, Syntax, Type, TypeId};

impl Display for Program {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "package {}", self.package)?;
        for tier in &self.tiers {
            write!(f, "tier {}", tier.name)?;
            if let Some(seconds) = tier.warrant {
                write!(f, " warrant {seconds}s")?;
            }
            tier.ask.iter().try_for_each(|ask| self.ask(ask, f))?;
            tier.obligations.iter().try_for_each(|due| self.due(due, f))?;
            writeln!(f)?;
        }
        for kind in &self.obligations {
            write!(f, "obligation {} {{ ", kind.name)?;
            list(f, &kind.params, |param, f| write!(f, "{param}"))?;
            writeln!(f, " }}")?;
        }
        for group in &self.approvers {
            write!(f, "approvers {}{}", group.name, if group.asked { " asked" } else { "" })?;
            group.fresh.iter().try_for_each(|micros| write!(f, " fresh {}", format_duration_quantity(*micros)))?;
            writeln!(f)?;
        }
        for (index, ty) in self.types.iter().enumerate() {
            writeln!(f, "t{index} = {ty}")?;
        }
        for (ty, channel) in &self.channels {
            match channel {
                Channel::Source { source, fresh } => {
                    let name = usize::try_from(*source).ok().and_then(|index| self.sources.get(index));
                    write!(f, "{ty} from source {}", name.map_or("?", |name| name))?;
                    fresh.iter().try_for_each(|micros| write!(f, " fresh {}", format_duration_quantity(*micros)))?;
                    writeln!(f)?;
                }
                Channel::File(rows) => writeln!(f, "{ty} from file of {} rows", rows.len())?,
            }
        }
        for (index, source) in self.patterns.iter().enumerate() {
            writeln!(f, "p{index} = re{source:?}")?;
        }
        for (index, detector) in self.detectors.iter().enumerate() {
            write!(f, "f{index} = {}", detector.name)?;
            detector.rows.iter().try_for_each(|(source, says)| write!(f, " re{source:?} => {says}"))?;
            writeln!(f)?;
        }
        for (index, literal) in self.literals.iter().enumerate() {
            writeln!(f, "l{index} = {literal:?}")?;
        }
        for (index, zone) in self.zones.iter().enumerate() {
            writeln!(f, "z{index} = {:?}", zone.name())?;
        }
        for (index, hours) in self.hours.iter().enumerate() {
            writeln!(f, "h{index} = {hours}")?;
        }
        for (index, patterns) in self.commands.iter().enumerate() {
            writeln!(f, "c{index} = {patterns:?}")?;
        }
        for (index, table) in self.tables.iter().enumerate() {
            write!(f, "d{index} = {} with {} columns and ", table.name, table.key.len())?;
            match table.asked.as_ref().map(|asked| (usize::try_from(asked.source), asked.fresh)) {
                None => writeln!(f, "{} rows", table.rows())?,
                Some((source, fresh)) => {
                    let source = source.ok().and_then(|source| self.sources.get(source));
                    write!(f, "rows from {}", source.map_or("?", String::as_str))?;
                    fresh.iter().try_for_each(|fresh| write!(f, " fresh {fresh}"))?;
                    writeln!(f)?;
                }
            }
        }
        for (index, rule) in self.rules.iter().enumerate() {
            let shadow = if rule.shadow { "shadow " } else { "" };
            write!(f, "r{index} = {shadow}{} {}", rule.effect, rule.name)?;
            if let Some(tier) = rule.raise.and_then(|tier| self.tiers.get(usize::try_from(tier).ok()?)) {
                write!(f, " to {}", tier.name)?;
            }
            rule.ask.iter().try_for_each(|ask| self.ask(ask, f))?;
            writeln!(f)?;
        }
        for split in &self.splits {
            writeln!(f, "\nsplit {} input {} slots {}", split.action, split.input, split.slots)?;
            self.reads("input", Some(split.input), &split.reads, f)?;
            for (name, when) in &split.parts {
                writeln!(f, "  {name}")?;
                block(when, 4, f)?;
            }
        }
        self.entries.iter().try_for_each(|entry| self.entry(entry, f))
    }
}

impl Program {
    fn entry(&self, entry: &Entry, f: &mut Formatter<'_>) -> fmt::Result {
        let action = entry.part.as_ref().unwrap_or(&entry.action);
        write!(f, "\nentry {action} by {}", self.named(entry.principal))?;
        if let Some(resource) = entry.resource {
            write!(f, " on {}", self.named(resource))?;
        }
        write!(f, " input {}", entry.input)?;
        if let Some(context) = entry.context {
            write!(f, " context {context}")?;
        }
        if let Some(tier) = entry.tier {
            let name = usize::try_from(tier).ok().and_then(|t| self.tiers.get(t));
            write!(f, " tier {}", name.map_or("?", |tier| &tier.name))?;
        }
        writeln!(f, " slots {}", entry.slots)?;

        self.reads("principal", Some(entry.principal), &entry.reads_principal, f)?;
        self.reads("resource", entry.resource, &entry.reads_resource, f)?;
        self.reads("input", Some(entry.input), &entry.reads_input, f)?;
        self.reads("context", entry.context, &entry.reads_context, f)?;
        self.reads("output", entry.output, &entry.reads_output, f)?;

        entry.lookups.iter().try_for_each(|lookup| self.lookup(lookup, f))?;
        if let Some(slot) = entry.now {
            writeln!(f, "  {slot} = now")?;
        }
        if let Some(slot) = entry.sent {
            writeln!(f, "  {slot} = input as sent")?;
        }

        for (aspect, pieces) in &entry.notice {
            write!(f, "  shows {}", aspect.as_str())?;
            pieces.iter().try_for_each(|piece| write!(f, " {piece}"))?;
            writeln!(f)?;
        }

        for rule in &entry.rules {
            let header = usize::try_from(rule.rule.0).ok().and_then(|r| self.rules.get(r));
            let name = header.map_or("?", |r| &r.name);
            writeln!(f, "  {} {name}", rule.rule)?;
            block(&rule.condition, 4, f)?;
            for due in &rule.obligations {
                write!(f, "   ")?;
                self.due(due, f)?;
                writeln!(f)?;
            }
            for (word, pieces) in [("because", &rule.because), ("tell", &rule.tell)] {
                let Some(pieces) = pieces else { continue };
                write!(f, "    {word}")?;
                pieces.iter().try_for_each(|piece| write!(f, " {piece}"))?;
                writeln!(f)?;
            }
        }
        Ok(())
    }

    fn ask(&self, ask: &Ask, f: &mut Formatter<'_>) -> fmt::Result {
        let from = match &ask.from {
            From::ActsFor(path) => path,
            From::Group(index) => {
                let group = usize::try_from(*index).ok().and_then(|g| self.approvers.get(g));
                group.map_or("?", |group| &group.name)
            }
        };
        write!(f, " from {from} quorum {} expires {}s", ask.quorum, ask.expires)
    }

    fn due(&self, due: &Due, f: &mut Formatter<'_>) -> fmt::Result {
        let kind = usize::try_from(due.obligation).ok().and_then(|kind| self.obligations.get(kind));
        write!(f, " with {}(", kind.map_or("?", |kind| &kind.name))?;
        list(f, &due.args, |arg, f| write!(f, "{arg}"))?;
        write!(f, ")")
    }

    /// What is asked for, then one line for each slot: `s3 = why User t1 of s0 is unknown`.
    fn lookup(&self, lookup: &Lookup, f: &mut Formatter<'_>) -> fmt::Result {
        let Lookup { ty, within, id, present, outer, reads, failed } = lookup;
        let entity = self.named(*ty);
        write!(f, "  {failed} = why {entity} of {id} is unknown")?;
        present.iter().try_for_each(|slot| write!(f, " if has {slot}"))?;
        outer.iter().try_for_each(|slot| write!(f, " or {slot}"))?;
        within.iter().rev().try_for_each(|list| write!(f, " in each row of {}", list.list))?;
        writeln!(f)?;
        self.reads(&format!("{entity}({id})"), Some(*ty), reads, f)
    }

    /// One line for each slot: `s0 = principal.role`, `s1 = has principal.manager`.
    fn reads(&self, path: &str, ty: Option<TypeId>, reads: &Reads, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(slot) = reads.present {
            writeln!(f, "  {slot} = has {path}")?;
        }
        let ty = ty.and_then(|id| self.types.get(usize::try_from(id.0).ok()?));
        if let Some(slot) = reads.value {
            let id = if matches!(ty, Some(Type::Entity { .. })) { ".id" } else { "" };
            writeln!(f, "  {slot} = {path}{id}")?;
        }
        for (part, slot) in &reads.parts {
            writeln!(f, "  {slot} = {path}.{}", part.name())?;
        }
        if let Some(slot) = reads.ancestors {
            writeln!(f, "  {slot} = {path}.in")?;
        }
        if let Some(rows) = &reads.rows {
            let element = match ty {
                Some(Type::List { element, .. }) => Some(*element),
                _ => None,
            };
            writeln!(f, "  {path}[] has {} words", rows.width)?;
            if let Some(Type::Map { key, value, .. }) = ty {
                for (index, inner) in &rows.element.fields {
                    let (name, ty) = if *index == 0 { ("key", key) } else { ("value", value) };
                    self.reads(&format!("{path}[].{name}"), Some(*ty), inner, f)?;
                }
            } else {
                self.reads(&format!("{path}[]"), element, &rows.element, f)?;
            }
        }
        for (name, inner) in &reads.members {
            let value = match ty {
                Some(Type::Map { value, .. }) => Some(*value),
                _ => None,
            };
            self.reads(&format!("{path}[{name:?}]"), value, inner, f)?;
        }
        for (index, inner) in &reads.fields {
            let at = usize::try_from(*index).ok();
            match ty {
                Some(Type::List { element, .. }) => {
                    self.reads(&format!("{path}[{index}]"), Some(*element), inner, f)?;
                    continue;
                }
                Some(Type::Choice { variants, .. }) => {
                    let variant = at.and_then(|at| variants.get(at)).copied();
                    let shown = variant.map_or_else(|| "?".to_owned(), |variant| variant.to_string());
                    self.reads(&format!("{path}.({shown})"), variant, inner, f)?;
                    continue;
                }
                _ => {}
            }
            let field = match ty {
                Some(Type::Record { fields, .. } | Type::Entity { fields, .. }) => {
                    usize::try_from(*index).ok().and_then(|i| fields.get(i))
                }
                _ => None,
            };
            let name = field.map_or("?", |field| &field.name);
            self.reads(&format!("{path}.{name}"), field.map(|field| field.ty), inner, f)?;
        }
        Ok(())
    }

    fn named(&self, id: TypeId) -> String {
        match usize::try_from(id.0).ok().and_then(|index| self.types.get(index)) {
            Some(Type::Entity { name, .. }) => format!("{name} {id}"),
            _ => id.to_string(),
        }
    }
}

/// An expression over as many lines as it has branches, indented.
fn block(expr: &Expr, indent: usize, f: &mut Formatter<'_>) -> fmt::Result {
    let inside = indent.saturating_add(2);
    write!(f, "{:indent$}", "")?;
    match expr {
        Expr::And(operands) => {
            writeln!(f, "and")?;
            operands.iter().try_for_each(|operand| block(operand, inside, f))
        }
        Expr::Or(operands) => {
            writeln!(f, "or")?;
            operands.iter().try_for_each(|operand| block(operand, inside, f))
        }
        Expr::Not(operand) if branches(operand) => {
            writeln!(f, "not")?;
            block(operand, inside, f)
        }
        Expr::If(condition, then, otherwise) if branches(condition) || branches(then) || branches(otherwise) => {
            if branches(condition) {
                writeln!(f, "if then else")?;
                block(condition, inside, f)?;
            } else {
                writeln!(f, "if {condition} then else")?;
            }
            block(then, inside, f)?;
            block(otherwise, inside, f)
        }
        Expr::Let { first, values, body } if values.iter().any(branches) || branches(body) => {
            writeln!(f, "let")?;
            for (value, index) in values.iter().zip(0..) {
                write!(f, "{:inside$}{} =", "", first.after(index))?;
                if branches(value) {
                    writeln!(f)?;
                    block(value, inside.saturating_add(2), f)?;
                } else {
                    writeln!(f, " {value}")?;
                }
            }
            block(body, inside, f)
        }
        Expr::Fold { kind, row, list, body } if branches(body) => {
            writeln!(f, "{kind} {row} in {list}")?;
            block(body, inside, f)
        }
        _ => writeln!(f, "{expr}"),
    }
}

/// Whether it is worth lines of its own.
fn branches(expr: &Expr) -> bool {
    match expr {
        Expr::And(_) | Expr::Or(_) => true,
        Expr::Not(operand) => branches(operand),
        Expr::If(condition, then, otherwise) => branches(condition) || branches(then) || branches(otherwise),
        Expr::Let { values, body, .. } => values.iter().any(branches) || branches(body),
        Expr::Fold { body, .. } => branches(body),
        _ => false,
    }
}

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Const(value) => write!(f, "{value}"),
            Self::Literal(literal) => write!(f, "{literal}"),
            Self::Load(slot) => write!(f, "{slot}"),
            Self::Present(slot) => write!(f, "has {slot}"),
            Self::Not(operand) => write!(f, "not ({operand})"),
            Self::And(operands) => joined(f, "and", operands),
            Self::Or(operands) => joined(f, "or", operands),
            Self::Compare(cmp, left, right) => write!(f, "({left} {cmp} {right})"),
            Self::TextEq(left, right) => write!(f, "text_eq({left}, {right})"),
            Self::Arith { op, checked, left, right } => {
                let unchecked = if *checked { "" } else { "!" };
                write!(f, "({left} {op}{unchecked} {right})")
            }
            Self::Contains { set, text, element } => {
                let helper = if *text { "contains_text" } else { "contains_int" };
                write!(f, "{helper}({set}, {element})")
            }
            Self::Matches { pattern, text } => write!(f, "matches({text}, {pattern})"),
            Self::Detect { detector, whole, text } => {
                write!(f, "{}({text}, {detector})", if *whole { "detect_all" } else { "detect" })
            }
            Self::Row { row, word } => write!(f, "{row}[{word}]"),
            Self::Var(name) => write!(f, "{name}"),
            Self::Let { first, values, body } => {
                write!(f, "(let ")?;
                for (value, index) in values.iter().zip(0..) {
                    write!(f, "{} = {value}; ", first.after(index))?;
                }
                write!(f, "{body})")
            }
            Self::If(condition, then, otherwise) => write!(f, "(if {condition} then {then} else {otherwise})"),
            Self::Fold { kind, row, list, body } => write!(f, "{kind}({row} in {list}: {body})"),
            Self::Length(list) => write!(f, "length({list})"),
            Self::Under { kind, left, right } => {
                let helper = match kind {
                    Under::Path => "under_path",
                    Under::Host => "under_host",
                    Under::Net => "under_net",
                };
                write!(f, "{helper}({left}, {right})")
            }
            Self::Part { part, text } => write!(f, "{}({text})", part.name()),
            Self::Runs { only, patterns, command } => {
                write!(f, "runs_{}({command}, {patterns})", if *only { "only" } else { "any" })
            }
            Self::Hours { hours, instant } => write!(f, "within({instant}, {hours})"),
            Self::Local { part, zone, instant } => {
                let helper = match part {
                    LocalPart::Date => "date",
                    LocalPart::Time => "time",
                    LocalPart::Weekday => "weekday",
                };
                write!(f, "{helper}({instant}, {zone})")
            }
            Self::Find { table, key } => {
                write!(f, "find({table}")?;
                key.iter().try_for_each(|part| write!(f, ", {part}"))?;
                write!(f, ")")
            }
            Self::Cell { table, row } => write!(f, "{table}[{row}]"),
            Self::Failing { failed, value } => write!(f, "(unless {failed}: {value})"),
        }
    }
}

fn joined(f: &mut Formatter<'_>, operator: &str, operands: &[Expr]) -> fmt::Result {
    write!(f, "{operator}(")?;
    list(f, operands, |operand, f| write!(f, "{operand}"))?;
    write!(f, ")")
}

fn list<T>(
    f: &mut Formatter<'_>,
    items: &[T],
    mut item: impl FnMut(&T, &mut Formatter<'_>) -> fmt::Result,
) -> fmt::Result {
    for (index, each) in items.iter().enumerate() {
        if index > 0 {
            write!(f, ", ")?;
        }
        item(each, f)?;
    }
    Ok(())
}

impl Display for Type {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => write!(f, "bool"),
            Self::Int { min, max } => write!(f, "int {min} .. {max}"),
            Self::Decimal { places, min, max } => {
                write!(f, "decimal places {places} {min} .. {max}")
            }
            Self::Text { ident, max, patterns } => {
                write!(f, "{} max {max}", if *ident { "ident" } else { "text" })?;
                patterns.iter().try_for_each(|pattern| write!(f, " matching {pattern}"))
            }
            Self::Enum { members } => {
                write!(f, "enum {{ ")?;
                list(f, members, |member, f| write!(f, "{member:?}"))?;
                write!(f, " }}")
            }
            Self::Set { element, max } => write!(f, "set of {element} max {max}"),
            Self::Quantity { kind, min, max } => write!(f, "{kind} {min} .. {max}"),
            Self::Syntax { syntax, max, patterns } => {
                write!(f, "{syntax} max {max}")?;
                patterns.iter().try_for_each(|pattern| write!(f, " matching {pattern}"))
            }
            Self::List { element, max } => write!(f, "list of {element} max {max}"),
            Self::Json => write!(f, "json"),
            Self::Null => write!(f, "null"),
            Self::Map { key, value, max } => write!(f, "map of {key} to {value} max {max}"),
            Self::Choice { variants, tag } => {
                write!(f, "choice {{ ")?;
                list(f, variants, |variant, f| write!(f, "{variant}"))?;
                write!(f, " }}")?;
                let Some(tag) = tag else { return Ok(()) };
                write!(f, " by {:?} {{ ", tag.member)?;
                list(f, &tag.says, |says, f| {
                    write!(f, "(")?;
                    list(f, says, |one, f| write!(f, "{one:?}"))?;
                    write!(f, ")")
                })?;
                write!(f, " }}")
            }
            Self::Record { fields, open } => {
                write!(f, "record{} {{ ", if *open { " open" } else { "" })?;
                list(f, fields, |field, f| write!(f, "{field}"))?;
                write!(f, " }}")
            }
            Self::Entity { name, id, fields, ancestors } => {
                write!(f, "entity {name}")?;
                id.iter().try_for_each(|id| write!(f, " by {id}"))?;
                if !ancestors.is_empty() {
                    write!(f, " in ")?;
                    list(f, ancestors, |ancestor, f| write!(f, "{ancestor}"))?;
                }
                write!(f, " {{ ")?;
                list(f, fields, |field, f| write!(f, "{field}"))?;
                write!(f, " }}")
            }
        }
    }
}

impl Display for Quantity {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Instant => "instant",
            Self::Duration => "duration",
            Self::Date => "date",
            Self::Time => "time",
            Self::Size => "size",
        })
    }
}

impl Display for Syntax {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Path => "path",
            Self::Url => "url",
            Self::Host => "host",
            Self::Email => "email",
            Self::IpAddr => "address",
            Self::IpNet => "net",
            Self::Command => "command",
        })
    }
}

/// `z0 mon..fri 09:00..17:00`
impl Display for Hours {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}..{}", self.zone, self.days, format_time(self.start), format_time(self.end))
    }
}

impl Display for Fold {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Any => "any",
            Self::All => "all",
            Self::Count => "count",
        })
    }
}

impl Display for Field {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}{}", self.name, self.ty, if self.optional { "?" } else { "" })?;
        self.default.iter().try_for_each(|value| write!(f, " = {value}"))
    }
}

impl Display for Piece {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Value { slot, present, failed, show } => {
                write!(f, "{{{slot} {show}")?;
                present.iter().try_for_each(|slot| write!(f, " if has {slot}"))?;
                failed.iter().try_for_each(|slot| write!(f, " unless {slot}"))?;
                write!(f, "}}")
            }
            Self::Computed { value, show } => write!(f, "{{{value} {show}}}"),
            Self::Reading { reading, show, .. } => {
                write!(f, "{{{} {show} unless {}}}", reading.value, reading.failed)
            }
            Self::Elements { there, of, set, show } => {
                write!(f, "{{{} of ", if *set { "set" } else { "list" })?;
                list(f, of, |of, f| write!(f, "{of}"))?;
                write!(f, " {show}")?;
                if *there != Expr::Const(1) {
                    write!(f, " if {there}")?;
                }
                write!(f, "}}")
            }
            Self::OneOf(variants) => {
                write!(f, "{{one of ")?;
                list(f, variants, |variant, f| write!(f, "{variant}"))?;
                write!(f, "}}")
            }
            Self::Absent => write!(f, "{{?}}"),
        }
    }
}

impl Display for Param {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.name, self.ty)?;
        match self.merge {
            None => Ok(()),
            Some(Merge::Min) => write!(f, " merge min"),
            Some(Merge::Max) => write!(f, " merge max"),
            Some(Merge::Union) => write!(f, " merge union"),
            Some(Merge::Intersect) => write!(f, " merge intersect"),
        }
    }
}

impl Display for Arg {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(expr) => write!(f, "{expr}"),
            Self::Elements(elements) => {
                write!(f, "[")?;
                list(f, elements, |element, f| write!(f, "{element}"))?;
                write!(f, "]")
            }
        }
    }
}

/// `v0[0] for v0 in s3 if (v0[1] > 2)`
impl Display for Gather {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.value)?;
        if let Some((row, list)) = &self.rows {
            write!(f, " for {row} in {list}")?;
        }
        if self.when != Expr::Const(1) {
            write!(f, " if {}", self.when)?;
        }
        self.needs.iter().try_for_each(|need| write!(f, " needing {need}"))
    }
}

impl Display for Show {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => write!(f, "bool"),
            Self::Int => write!(f, "int"),
            Self::Quantity(kind) => write!(f, "{kind}"),
            Self::Decimal(places) => write!(f, "decimal {places}"),
            Self::Text => write!(f, "text"),
            Self::Enum(ty) => write!(f, "enum {ty}"),
        }
    }
}

impl Display for Effect {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Allow => "allow",
            Self::RequireApproval => "require approval",
            Self::Deny => "deny",
            Self::Limit => "limit",
            Self::Raise => "raise",
            Self::Oblige => "oblige",
        })
    }
}

impl Display for Cmp {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Eq => "==",
            Self::Ne => "!=",
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
        })
    }
}

impl Display for Arith {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Add => "+",
            Self::Sub => "-",
            Self::Mul => "*",
        })
    }
}

macro_rules! index {
    ($($id:ident $letter:literal,)*) => {
        $(impl Display for $id {
            fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
                write!(f, concat!($letter, "{}"), self.0)
            }
        })*
    };
}

index! {
    TypeId "t", PatternId "p", LiteralId "l", ZoneId "z", HoursId "h", CommandsId "c", DetectorId "f", TableId "d", RuleId "r", Slot "s", VarId "v",
}

#[cfg(test)]
mod tests;
