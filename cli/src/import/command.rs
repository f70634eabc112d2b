//! The command: where a description is read from, where declarations go, and what is printed.

use std::fmt::Write as _;
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use serde_json::json;
use zt_lang::manifest;
use zt_lang::syntax::token::{Token, lex};

use super::render::MARK;
use super::{Finding, Imported, Kind, MAX_BYTES, Origin, Proposal, import, name};
use crate::args::{ImportArgs, ImportFormat, ImportKind};
use crate::exit::{self, Stop};
use crate::fmt::replace;
use crate::output::{Style, complain, harmless, plural, print};
use zt_packages::folder::{MANIFEST, home, is_policy, shown, unreadable};

/// How many places of a finding are shown.
const SHOWN: usize = 3;

pub(crate) fn run(args: &ImportArgs) -> Result<u8, Stop> {
    let kind = match args.kind {
        ImportKind::Mcp => Kind::Mcp,
        ImportKind::Openapi => Kind::OpenApi,
    };
    let output = args.output.as_deref();
    let before = output.map(replaceable).transpose()?.flatten();
    if let Some(server) = &args.server
        && !name::can_be_wire(server)
    {
        return Err(Stop::usage("`--server` is a name that people can read"));
    }
    let package = package(args)?;
    let bytes = read(&args.file)?;
    let file = if is_stdin(&args.file) {
        "standard input".to_owned()
    } else {
        harmless(&args.file.file_name().unwrap_or_default().to_string_lossy())
    };
    let origin = Origin { file: &file, package: &package, server: args.server.as_deref() };
    let text = String::from_utf8(bytes).map_err(|e| {
        let at = e.utf8_error().valid_up_to();
        Stop { code: exit::FINDINGS, message: format!("{file} is no text: it is not UTF-8 from byte {} on", at + 1) }
    })?;
    let done = import(kind, &text, &origin).map_err(Stop::bug)?;
    let written = match (&done.text, output) {
        (Some(text), Some(path)) => Some(write(path, text, before.as_deref())?),
        _ => None,
    };
    match args.format {
        ImportFormat::Json => print(&format!("{}\n", as_json(&done, kind, &package, output.is_none()))),
        ImportFormat::Human => {
            if let (Some(text), None) = (&done.text, output) {
                print(text);
            }
            complain(human(&done, kind, output, written, Style::detect()).trim_end());
        }
    }
    Ok(if done.text.is_some() { exit::OK } else { exit::FINDINGS })
}

fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Reads the description, as far as it may go.
fn read(path: &Path) -> Result<Vec<u8>, Stop> {
    let most = MAX_BYTES as u64 + 1;
    let mut bytes = vec![];
    if is_stdin(path) {
        let read = std::io::stdin().lock().take(most).read_to_end(&mut bytes);
        read.map_err(|e| Stop::usage(format!("cannot read standard input: {e}")))?;
    } else {
        let file = std::fs::File::open(path).map_err(|e| unreadable(path, &e))?;
        file.take(most).read_to_end(&mut bytes).map_err(|e| unreadable(path, &e))?;
    }
    if bytes.len() > MAX_BYTES {
        let message = format!("{} has more than {MAX_BYTES} bytes, the most that is imported", shown(path));
        return Err(Stop { code: exit::FINDINGS, message });
    }
    Ok(bytes)
}

/// What stands where the declarations go, if they may: nothing, or what was generated before.
fn replaceable(path: &Path) -> Result<Option<String>, Stop> {
    if !is_policy(path) {
        return Err(Stop::usage(format!("{} is no .zt file\nhelp: what is generated is one", shown(path))));
    }
    match std::fs::read_to_string(path) {
        Ok(text) if text.starts_with(MARK) => Ok(Some(text)),
        Ok(_) => Err(not_ours(path)),
        Err(e) if e.kind() == ErrorKind::NotFound && !path.is_symlink() => Ok(None),
        Err(e) if e.kind() == ErrorKind::InvalidData => Err(not_ours(path)),
        Err(e) => Err(unreadable(path, &e).into()),
    }
}

fn not_ours(path: &Path) -> Stop {
    Stop::usage(format!(
        "{} was not generated, so it is not overwritten\nhelp: name another file, and keep what is yours in this one",
        shown(path)
    ))
}

/// Writes the declarations; tells whether that changed something.
fn write(path: &Path, text: &str, before: Option<&str>) -> Result<bool, Stop> {
    let cannot = |e: std::io::Error| Stop::usage(format!("cannot write {}: {e}", shown(path)));
    match before {
        Some(before) if before == text => return Ok(false),
        Some(_) => replace(path, text).map_err(cannot)?,
        None => {
            // Whoever made the file since then keeps it.
            let made = std::fs::OpenOptions::new().write(true).create_new(true).open(path);
            made.and_then(|mut file| file.write_all(text.as_bytes())).map_err(cannot)?;
        }
    }
    Ok(true)
}

/// The package that the declarations are for.
fn package(args: &ImportArgs) -> Result<String, Stop> {
    if let Some(given) = &args.package {
        let named = |part: &str| {
            let tokens = lex(part).tokens;
            let whole = tokens.len() == 1 && tokens.first().is_some_and(|t| t.span.end as usize == part.len());
            whole && tokens.first().is_some_and(|t| t.token == Token::Ident || t.token.can_be_name())
        };
        if !given.split('.').all(named) {
            let message = format!(
                "no package can be called `{}`\nhelp: names divided by dots, as in `tools.mail`",
                harmless(given)
            );
            return Err(Stop::usage(message));
        }
        return Ok(given.clone());
    }
    if let Some(path) = &args.output
        && let Some(manifest) = manifest_above(path)
        && let Ok(text) = std::fs::read_to_string(manifest)
        && let Some(name) = manifest::parse(&text).name
    {
        return Ok(name.to_string());
    }
    let named = args.output.as_deref().or(Some(&*args.file).filter(|path| !is_stdin(path)));
    let stem = named.and_then(Path::file_stem).map_or("imported".into(), |stem| stem.to_string_lossy());
    Ok(format!("tools.{}", name::field(&stem)))
}

/// The `zt.toml` of the package that a file belongs to.
fn manifest_above(path: &Path) -> Option<PathBuf> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = std::fs::canonicalize(folder).ok()?;
    home(&folder.join(path.file_name()?)).map(|folder| folder.join(MANIFEST))
}

fn as_json(done: &Imported, kind: Kind, package: &str, with_text: bool) -> serde_json::Value {
    let finding = |f: &Finding| {
        json!({
            "code": f.code.as_str(),
            "message": f.message,
            "pointers": f.pointers,
            "general": f.general,
        })
    };
    let proposal = |p: &Proposal| {
        let on = p.on.as_ref().map(|(entity, id)| json!({"entity": entity, "id": id}));
        let types: serde_json::Map<String, serde_json::Value> =
            p.types.iter().map(|(name, ty)| (name.clone(), ty.as_str().into())).collect();
        json!({"action": p.action, "on": on, "tags": p.tags, "types": types})
    };
    let mut out = json!({
        "version": 1,
        "kind": kind.as_str(),
        "package": package,
        "found": done.calls.0,
        "declared": done.calls.1,
        "fields": {
            "all": done.tally.fields,
            "precise": done.tally.precise(),
            "wider": done.tally.wider,
            "untyped": done.tally.untyped,
            "narrower": done.tally.narrower,
        },
        "proposals": done.proposals.iter().map(proposal).collect::<Vec<_>>(),
        "findings": done.findings.iter().map(finding).collect::<Vec<_>>(),
    });
    if let (Some(text), true, Some(out)) = (&done.text, with_text, out.as_object_mut()) {
        out.insert("text".to_owned(), text.as_str().into());
    }
    out
}

fn human(done: &Imported, kind: Kind, output: Option<&Path>, written: Option<bool>, style: Style) -> String {
    let mut out = String::new();
    let mut codes = vec![];
    for finding in &done.findings {
        let code = finding.code.as_str();
        codes.push(code);
        let head = if finding.general { "limit".to_owned() } else { code.to_owned() };
        let head = if done.text.is_some() { head } else { style.red(code) };
        let _ = writeln!(out, "{head}: {}", harmless(&finding.message));
        let named: Vec<&str> = finding.pointers.iter().map(String::as_str).filter(|p| !p.is_empty()).collect();
        let shown = if finding.general { 1 } else { SHOWN };
        for pointer in named.iter().take(shown) {
            let _ = writeln!(out, "{}", style.dim(&format!("  at {pointer}")));
        }
        if let Some(more) = named.len().checked_sub(shown).filter(|more| *more > 0) {
            let _ = writeln!(out, "{}", style.dim(&format!("  and at {}", plural(more, "more place"))));
        }
    }
    codes.sort_unstable();
    codes.dedup();
    if !codes.is_empty() {
        let _ = writeln!(out, "{}\n", style.dim(&format!("more: zt explain {}", codes.join(", "))));
    }
    if done.text.is_none() {
        return out;
    }
    let tally = done.tally;
    let what = kind.call();
    let (found, declared) = done.calls;
    let of = if found == declared { plural(found, what) } else { format!("{declared} of {}", plural(found, what)) };
    let share = tally.share();
    let mut parts = vec![format!("{} precise ({}.{}%)", tally.precise(), share / 10, share % 10)];
    for (n, what) in [(tally.wider, "wider than said"), (tally.untyped, "with `Json`")] {
        if n > 0 {
            parts.push(format!("{n} {what}"));
        }
    }
    let narrower = if tally.narrower > 0 { format!("; {} stricter than said", tally.narrower) } else { String::new() };
    let place = match (output, written) {
        (Some(path), Some(true)) => format!(", written to {}", shown(path)),
        (Some(path), _) => format!(", unchanged in {}", shown(path)),
        (None, _) => String::new(),
    };
    let _ = writeln!(out, "{of} with {}: {}{narrower}{place}", plural(tally.fields, "field"), parts.join(", "));
    if let Some(path) = output.filter(|path| manifest_above(path).is_none()) {
        let _ = writeln!(out, "help: {} is in no package yet: write a {MANIFEST} beside it", shown(path));
    }
    out
}
