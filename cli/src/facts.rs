//! `zt facts`: what a gateway sends and a host answers, for each action and type of principal.

use std::fmt::Write as _;

use serde_json::{Value, json};
use zt_lang::hir;
use zt_lang::needs::{Group, Kept, Member, Needs, Question, Report, Row, needs, reports};
use zt_values::quantity::format_duration_quantity;

use crate::args::{FactsArgs, FactsFormat};
use crate::check::refuse;
use crate::exit::{self, Stop};
use crate::load;
use crate::output::{Style, plural, print};

pub(crate) fn run(args: &FactsArgs) -> Result<u8, Stop> {
    let package = load::one(&args.path)?;
    let checked = package.check().map_err(|mistakes| refuse(&package, &mistakes))?;
    let hir = checked.hir();
    let known = hir.actions.values().find(|a| args.action.as_ref().is_none_or(|name| names(a, name)));
    if let (Some(name), None) = (&args.action, known) {
        return Err(Stop::nothing(format!(
            "package {} has no action `{}`\nhelp: without a name, `zt facts` lists them all",
            package.name,
            crate::output::harmless(name)
        )));
    }
    // A part by its own name, and all parts by that of the whole.
    let part = known.filter(|action| action.part_of.is_some() && args.action.as_deref() == Some(&*action.name));
    let wanted = |of: &Needs| match (&args.action, part) {
        (None, _) => true,
        (Some(_), Some(part)) => of.shown == *part.shown(),
        (Some(_), None) => known.is_some_and(|action| action.wire == of.action),
    };
    let calls: Vec<Needs> = needs(hir).into_iter().filter(wanted).collect();
    let of_windows = |report: &Report| {
        let read = calls.iter().flat_map(|call| &call.windows).any(|kept| report.windows.contains(&kept.name));
        args.action.is_none() || read
    };
    let events: Vec<Report> = reports(hir).into_iter().filter(of_windows).collect();
    match args.format {
        FactsFormat::Json => {
            let calls: Vec<Value> = calls.iter().map(call_json).collect();
            let events: Vec<Value> = events.iter().map(event_json).collect();
            let report = json!({"version": 1, "package": &*package.name, "calls": calls, "events": events});
            print(&format!("{report}\n"));
        }
        FactsFormat::Human => {
            let style = Style::detect();
            let mut out = String::new();
            for call in &calls {
                if !out.is_empty() {
                    out.push('\n');
                }
                human(&mut out, call, style);
            }
            for event in &events {
                let _ = writeln!(out, "\n{}", style.bold(&format!("event {}", event.event)));
                members(&mut out, "send", &event.send, style);
                lines(&mut out, "ask", event.rows.iter().map(asked_row));
                line(&mut out, "windows", &event.windows.iter().map(|name| name.to_string()).collect::<Vec<_>>());
            }
            print(&out);
        }
    }
    Ok(exit::OK)
}

/// Whether an action is called so, in policies or in requests.
fn names(action: &hir::Action, name: &str) -> bool {
    *action.name == *name || *action.wire == *name
}

fn human(out: &mut String, call: &Needs, style: Style) {
    let tier = call.tier.as_ref().map_or_else(String::new, |tier| format!(", tier {tier}"));
    let part = if call.shown == call.action { String::new() } else { format!(", as {}", call.shown) };
    let _ = writeln!(out, "{}{part} by {}{tier}", style.bold(&call.action), call.principal);
    members(out, "send", &call.send, style);
    let ask = |q: &Question| {
        let fresh = old(q.fresh);
        let attributes: Vec<&str> = q.attributes.iter().map(|a| &**a).collect();
        format!("{} for the {} of {}{fresh}: {}", q.source, q.ty, q.by, attributes.join(", "))
    };
    lines(out, "ask", call.ask.iter().map(ask).chain(call.rows.iter().map(asked_row)));
    let group = |g: &Group| match &g.source {
        Some(source) => format!("{} (members from {source}{})", g.name, old(g.fresh)),
        None => g.name.to_string(),
    };
    line(out, "approvers", &call.approvers.iter().map(group).collect::<Vec<_>>());
    line(out, "support", &call.obligations.iter().map(|o| o.to_string()).collect::<Vec<_>>());
    let window = |w: &Kept| {
        let does = match (w.read, w.records) {
            (true, Some(of)) => format!("read, records {of} calls"),
            (true, None) => "read".to_owned(),
            (false, of) => format!("records {} calls", of.unwrap_or("no")),
        };
        let keys = if w.keys.is_empty() { String::new() } else { format!(" by {}", w.keys.join(", ")) };
        format!("{}{keys}: {does}", w.name)
    };
    lines(out, "windows", call.windows.iter().map(window));
}

/// What a source is asked for of a table.
fn asked_row(row: &Row) -> String {
    let fresh = row.fresh.map_or_else(String::new, |f| format!(", at most {} old", format_duration_quantity(f)));
    format!("{} for the row of {} under {}{fresh}", row.source, row.table, row.by.join(", "))
}

/// The width of what stands in front of lines.
const HEAD: usize = 9;

/// Members below each other, what nothing reads and may be left out at the end, in one line.
fn members(out: &mut String, head: &str, all: &[Member], style: Style) {
    let (idle, needed): (Vec<&Member>, Vec<&Member>) = all.iter().partition(|m| m.optional && !m.read);
    let widest = needed.iter().map(|m| m.path.chars().count()).max().unwrap_or(0);
    let of_type = needed.iter().map(|m| m.ty.chars().count()).max().unwrap_or(0);
    let row = |m: &&Member| {
        let mut notes: Vec<String> = vec![];
        if m.optional {
            notes.push("optional".to_owned());
        }
        if !m.read {
            notes.push("not read".to_owned());
        }
        notes.extend(said(&m.limits));
        let notes = if notes.is_empty() { String::new() } else { style.dim(&notes.join(", ")) };
        format!("{:widest$}  {:of_type$}  {notes}", m.path, m.ty)
    };
    lines(out, head, needed.iter().map(row));
    if !idle.is_empty() {
        let names: Vec<&str> = idle.iter().map(|m| m.path.as_str()).collect();
        let what = plural(names.len(), "optional member");
        lines(out, "", [style.dim(&format!("{what} that nothing reads: {}", names.join(", ")))].into_iter());
    }
}

/// The limits of a member in words.
pub(crate) fn said(limits: &[(&'static str, String)]) -> Vec<String> {
    let mut out: Vec<String> = vec![];
    let (mut from, mut to) = ("", "");
    for (what, of) in limits {
        match *what {
            "from" => from = of,
            "to" => to = of,
            "places" => out.push(format!("{of} places")),
            "max" => out.push(format!("at most {of}")),
            what => out.push(format!("{what} {of}")),
        }
    }
    if !(from.is_empty() && to.is_empty()) {
        out.insert(0, format!("{from} .. {to}").trim().to_owned());
    }
    out
}

fn lines(out: &mut String, head: &str, all: impl Iterator<Item = String>) {
    for (i, text) in all.enumerate() {
        let head = if i == 0 { head } else { "" };
        out.push_str(format!("  {head:HEAD$}  {text}").trim_end());
        out.push('\n');
    }
}

fn line(out: &mut String, head: &str, all: &[String]) {
    if !all.is_empty() {
        lines(out, head, [all.join(", ")].into_iter());
    }
}

fn member_json(m: &Member) -> Value {
    let limits: serde_json::Map<String, Value> =
        m.limits.iter().map(|(what, of)| (what.replace(' ', "_"), Value::from(of.as_str()))).collect();
    json!({
        "path": m.path,
        "type": m.ty,
        "limits": limits,
        "from": m.from.as_str(),
        "optional": m.optional,
        "read": m.read,
    })
}

fn row_json(row: &Row) -> Value {
    json!({
        "source": &*row.source,
        "table": &*row.table,
        "by": row.by,
        "fresh_seconds": row.fresh.map(|micros| micros.div_euclid(1_000_000)),
    })
}

/// How old an answer may be.
pub(crate) fn old(fresh: Option<i64>) -> String {
    fresh.map_or_else(String::new, |f| format!(", at most {} old", format_duration_quantity(f)))
}

fn call_json(call: &Needs) -> Value {
    let ask = |q: &Question| {
        json!({
            "source": &*q.source,
            "type": &*q.ty,
            "by": q.by,
            "fresh_seconds": q.fresh.map(|micros| micros.div_euclid(1_000_000)),
            "attributes": q.attributes.iter().map(|a| &**a).collect::<Vec<_>>(),
        })
    };
    let group = |g: &Group| json!({"name": &*g.name, "source": g.source.as_deref(), "fresh_seconds": g.fresh.map(|f| f.div_euclid(1_000_000))});
    let window = |w: &Kept| json!({"window": &*w.name, "keys": w.keys, "read": w.read, "records": w.records});
    json!({
        "action": &*call.action,
        "name": &*call.shown,
        "principal": &*call.principal,
        "tier": call.tier.as_deref(),
        "send": call.send.iter().map(member_json).collect::<Vec<_>>(),
        "ask": call.ask.iter().map(ask).collect::<Vec<_>>(),
        "rows": call.rows.iter().map(row_json).collect::<Vec<_>>(),
        "approvers": call.approvers.iter().map(group).collect::<Vec<_>>(),
        "obligations": call.obligations.iter().map(|o| &**o).collect::<Vec<_>>(),
        "windows": call.windows.iter().map(window).collect::<Vec<_>>(),
    })
}

fn event_json(event: &Report) -> Value {
    json!({
        "event": &*event.event,
        "send": event.send.iter().map(member_json).collect::<Vec<_>>(),
        "rows": event.rows.iter().map(row_json).collect::<Vec<_>>(),
        "windows": event.windows.iter().map(|w| &**w).collect::<Vec<_>>(),
    })
}
