//! `zt eval`: decides requests from a file.

use std::fmt::Write as _;
use std::io::Read;
use std::path::Path;

use serde_json::Value;
use serde_json::value::RawValue;
use zt_lang::eval::Evaluator;
use zt_runtime::store::Memory;
use zt_runtime::{Clock, Effect, Facts, Frame, Host, RefusalCode};

use zt_values::quantity::format_duration_quantity;

use crate::args::{EvalArgs, EvalFormat};
use crate::check::refuse;
use crate::exit::{self, Stop};
use crate::load;
use crate::output::{Style, harmless, print};
use crate::testing::run::{effect_words, strings};
use crate::why;
use zt_packages::folder;

pub(crate) fn run(args: &EvalArgs) -> Result<u8, Stop> {
    let package = load::one(&args.path)?;
    let bytes = read(&args.request)?;
    let checked = package.check().map_err(|mistakes| refuse(&package, &mistakes))?;
    if bytes.trim_ascii().is_empty() {
        return Err(nothing(&args.request));
    }
    let compiled = load::compile(checked)?;
    let evaluator = args.why.then(|| Evaluator::new(compiled.checked.hir()));
    let facts = Known::read(args.facts.as_deref(), args.now.as_deref())?;
    let format = args.format.unwrap_or(if args.why { EvalFormat::Human } else { EvalFormat::Json });
    let style = Style::detect();
    let mut frame = Frame::default();
    let mut strictest = Effect::Allow;
    let mut out = String::new();
    let mut difference = None;
    for request in split(&bytes) {
        // Each request by itself: nothing was before it, and nothing is remembered of it.
        let store = Memory::default();
        let clock = Clock { now: facts.now, mono: facts.now };
        let host = Host { clock, facts: &facts.native, store: &store };
        let decision = compiled.pdp.evaluate_with(request, &mut frame, &host);
        strictest = match (strictest, decision.effect()) {
            (Effect::Deny, _) | (_, Effect::Deny) => Effect::Deny,
            (Effect::RequireApproval, _) | (_, Effect::RequireApproval) => Effect::RequireApproval,
            _ => Effect::Allow,
        };
        let text = compiled.pdp.to_json(&decision, &frame);
        let reference = evaluator.as_ref().map(|e| e.evaluate_with(&facts.reference, request));
        let value: Value = serde_json::from_str(&text).map_err(Stop::bug)?;
        if let Some(r) = reference.as_ref().filter(|r| r.decision.to_json() != value) {
            difference = Some(format!("native code decides {value}, the reference evaluator {}", r.decision.to_json()));
        }
        match format {
            EvalFormat::Json => {
                // The decision's own members come first and as they are written.
                out.push_str(text.strip_suffix('}').unwrap_or(&text));
                if let Some(r) = &reference {
                    let _ = write!(out, ",\"why\":{}", why::json(&r.trace, &package.sources));
                    if !r.trace.unheeded.is_empty() {
                        let _ = write!(out, ",\"unheeded\":{}", Value::from(r.trace.unheeded.clone()));
                    }
                }
                out.push_str("}\n");
            }
            EvalFormat::Human => {
                if !out.is_empty() {
                    out.push('\n');
                }
                human(&mut out, &value, style);
                if let Some(r) = reference.as_ref().filter(|r| !r.trace.rules.is_empty()) {
                    out.push('\n');
                    out.push_str(&why::human(&r.trace, &package.sources, style));
                }
            }
        }
    }
    print(&out);
    if let Some(difference) = difference {
        return Err(Stop::bug(difference));
    }
    Ok(match strictest {
        Effect::Deny if args.exit_status => exit::DENY,
        Effect::RequireApproval if args.exit_status => exit::APPROVAL,
        _ => exit::OK,
    })
}

/// The bytes of a file; `-` is standard input.
pub(crate) fn read(file: &Path) -> Result<Vec<u8>, Stop> {
    if file.as_os_str() != "-" {
        return Ok(folder::read(file)?);
    }
    let mut bytes = vec![];
    std::io::stdin().read_to_end(&mut bytes).map_err(|e| Stop::usage(format!("cannot read standard input: {e}")))?;
    Ok(bytes)
}

/// A file in which there is no request.
pub(crate) fn nothing(file: &Path) -> Stop {
    let from = if file.as_os_str() == "-" { "standard input".to_owned() } else { file.display().to_string() };
    Stop::nothing(format!("there is no request in {from}"))
}

/// What a host would know, for both evaluators.
pub(crate) struct Known {
    pub(crate) native: Facts,
    reference: zt_lang::eval::Host,
    pub(crate) now: i64,
}

impl Known {
    pub(crate) fn read(facts: Option<&Path>, now: Option<&str>) -> Result<Self, Stop> {
        let text = match facts {
            Some(path) => folder::read(path)?,
            None => b"{}".to_vec(),
        };
        let place = || facts.map_or_else(String::new, |p| p.display().to_string());
        let wrong = |why: String| Stop::usage(format!("{}: {why}", place()));
        let native = Facts::from_json(&text).map_err(wrong)?;
        let mut reference = zt_lang::eval::Host::from_json(&text).map_err(wrong)?;
        let now = match (now, native.now) {
            (Some(now), _) => zt_values::time::parse_instant(now)
                .map_err(|why| Stop::usage(format!("--now {now}: {why}; write it as 2026-03-27T14:00:00Z")))?,
            (None, Some(now)) => now,
            (None, None) => load::now(),
        };
        reference.now = now;
        Ok(Known { native, reference, now })
    }
}

/// One request, or one a line: lines if any of several is a whole JSON object.
pub(crate) fn split(bytes: &[u8]) -> Vec<&[u8]> {
    if serde_json::from_slice::<&RawValue>(bytes).is_ok() {
        return vec![bytes];
    }
    let lines: Vec<&[u8]> = bytes.split(|b| *b == b'\n').filter(|l| !l.trim_ascii().is_empty()).collect();
    // One broken line among others is refused by itself; one broken request over many lines is one refusal.
    let whole = |line: &&[u8]| line.trim_ascii().starts_with(b"{") && serde_json::from_slice::<&RawValue>(line).is_ok();
    if lines.len() > 1 && lines.iter().any(whole) { lines } else { vec![bytes] }
}

fn human(out: &mut String, decision: &Value, style: Style) {
    let text = |v: &Value, key: &str| harmless(v.get(key).and_then(Value::as_str).unwrap_or_default());
    let effect = text(decision, "effect");
    let shown = effect_words(&effect);
    let shown = if effect == "allow" { style.green(shown) } else { style.red(shown) };
    let by = strings(decision.get("determined_by").unwrap_or(&Value::Null)).join(", ");
    let _ = writeln!(out, "{shown} by {}", style.bold(&by));
    if let Some(refusal) = decision.get("refusal") {
        let code = text(refusal, "code");
        let sentence = RefusalCode::ALL.iter().find(|c| c.as_str() == code).map_or("", |c| c.sentence());
        let path = text(refusal, "path");
        let at = if path.is_empty() { String::new() } else { format!(" at {path}") };
        let _ = writeln!(out, "  {code}{at}: {sentence}");
    }
    for key in ["action", "tier"] {
        if decision.get(key).is_some() {
            let _ = writeln!(out, "  {key}: {}", text(decision, key));
        }
    }
    let all = |key: &str| decision.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    for r in all("requirements") {
        let expires = r.get("expires_seconds").and_then(Value::as_u64);
        let expires = expires.map_or_else(String::new, |s| format!(", valid for {}", duration(s)));
        let quorum = r.get("quorum").and_then(Value::as_u64).unwrap_or(1);
        let _ = writeln!(out, "  asks {quorum} of {}{expires} ({})", text(&r, "from"), text(&r, "rule"));
    }
    for r in all("alternatives") {
        let _ = writeln!(out, "  or asks {} ({})", text(&r, "from"), text(&r, "rule"));
    }
    for (part, said) in decision.get("ask").and_then(Value::as_object).into_iter().flatten() {
        let _ = writeln!(out, "  {}: {}", part.replace('_', " "), harmless(said.as_str().unwrap_or_default()));
    }
    for o in all("obligations") {
        let args = o.get("args").map_or_else(String::new, |args| harmless(&args.to_string()));
        let _ = writeln!(out, "  with {} {args}", text(&o, "name"));
    }
    if let Some(wait) = decision.get("retry_after_ms").and_then(Value::as_i64) {
        let _ = writeln!(out, "  room after {}", format_duration_quantity(wait.saturating_mul(1_000)));
    }
    for m in all("messages") {
        let _ = writeln!(out, "  because {} ({})", text(&m, "because"), text(&m, "rule"));
    }
    for e in all("errors") {
        let _ = writeln!(out, "  failed: {} ({})", text(&e, "error"), text(&e, "rule"));
    }
    if let Some(shadow) = decision.get("shadow") {
        let by = strings(shadow.get("determined_by").unwrap_or(&Value::Null)).join(", ");
        let _ = writeln!(out, "  with shadow rules: {} by {by}", effect_words(&text(shadow, "effect")));
    }
}

/// Seconds as policies write them.
fn duration(seconds: u64) -> String {
    let units = [(86_400, "d"), (3_600, "h"), (60, "min")];
    let whole = units.into_iter().find(|(n, _)| seconds > 0 && seconds.is_multiple_of(*n));
    whole.map_or_else(|| format!("{seconds}s"), |(n, unit)| format!("{}{unit}", seconds / n))
}
