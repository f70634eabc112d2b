//! Expressions by what they say, wherever they stand: two of one key have one value in any decision.

use std::fmt::Write as _;

use crate::hir::{Expr, ExprKind, Inspected, Path, Root};

/// What an expression says, without its places. Expressions that differ have different keys.
pub(super) fn key(e: &Expr) -> String {
    let mut out = String::new();
    write(e, &mut out);
    out
}

/// A path as a key.
pub(super) fn path_key(path: &Path) -> String {
    let mut out = String::new();
    write_path(path, &mut out);
    out
}

fn write_path(path: &Path, out: &mut String) {
    match path.root {
        Root::Principal => out.push_str("Principal"),
        Root::Resource => out.push_str("Resource"),
        Root::Context => out.push_str("Context"),
        Root::Input => out.push_str("Input"),
        root => drop(write!(out, "{root:?}")),
    }
    for field in &path.fields {
        out.push('.');
        quote(field, out);
    }
}

/// A text in quotes, with what ends it written out. Most are names, for which nothing has to be.
fn quote(text: &str, out: &mut String) {
    if text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b' ')) {
        out.push('"');
        out.push_str(text);
        out.push('"');
    } else {
        let _ = write!(out, "{text:?}");
    }
}

fn write(e: &Expr, out: &mut String) {
    // What a literal is depends on its type.
    let ty = &e.ty;
    let _ = match &e.kind {
        ExprKind::Bool(value) => write!(out, "{value}"),
        ExprKind::Int(n) | ExprKind::Decimal(n) => write!(out, "{n}"),
        ExprKind::Text(text) => {
            quote(text, out);
            Ok(())
        }
        ExprKind::Entity(id) => write!(out, "entity {ty:?} {id:?}"),
        ExprKind::Member(at) => write!(out, "member {at}"),
        ExprKind::List(_) => write!(out, "list {ty:?}"),
        ExprKind::Path(path) => {
            write_path(path, out);
            Ok(())
        }
        ExprKind::Not(_) => write!(out, "not"),
        ExprKind::And(_) => write!(out, "and"),
        ExprKind::Or(_) => write!(out, "or"),
        ExprKind::Compare(cmp, ..) => write!(out, "{cmp:?}"),
        ExprKind::Arith(op, ..) => write!(out, "{op:?} {ty:?}"),
        ExprKind::Neg(_) => write!(out, "neg"),
        ExprKind::In(..) => write!(out, "in"),
        ExprKind::InList(..) => write!(out, "in list"),
        ExprKind::Has(path) => {
            out.push_str("has ");
            write_path(path, out);
            Ok(())
        }
        ExprKind::Is(path, name) => {
            let _ = write!(out, "is {name:?} ");
            write_path(path, out);
            Ok(())
        }
        ExprKind::Else(path, _) => {
            out.push_str("else ");
            write_path(path, out);
            Ok(())
        }
        ExprKind::Matches(_, pattern) => write!(out, "matches {:?}", pattern.source),
        ExprKind::Glob(_, pattern) => write!(out, "glob {:?}", pattern.source),
        ExprKind::Under(..) => write!(out, "under"),
        ExprKind::Runs(_, only, patterns) => write!(out, "runs {only} {patterns:?}"),
        ExprKind::Call(name, _) => write!(out, "call {name:?}"),
        ExprKind::Quantifier { kind, var, .. } => write!(out, "{kind:?} {var}"),
        ExprKind::Count(_) => write!(out, "count"),
        ExprKind::Collect(how, ..) => write!(out, "{how:?}"),
        ExprKind::If(..) => write!(out, "if"),
        ExprKind::Lookup(name, key, _) => write!(out, "lookup {name:?} {}", key.len()),
        ExprKind::InTable(name, _) => write!(out, "in table {name:?}"),
        ExprKind::Detect(name, inspected) => {
            let what = if matches!(inspected, Inspected::Input) { "input" } else { "text" };
            write!(out, "detect {name:?} {what}")
        }
        ExprKind::Reading { window, counting } => write!(out, "reading {window:?} {counting}"),
        ExprKind::Hours(_, hours) => {
            write!(out, "hours {:?} {} {} {}", hours.zone.name, hours.days, hours.start, hours.end)
        }
        ExprKind::Local(_, zone, part) => write!(out, "local {:?} {part:?}", zone.name),
    };
    let parts = e.parts();
    if !parts.is_empty() {
        out.push('(');
        for part in parts {
            write(part, out);
            out.push(',');
        }
        out.push(')');
    }
}
