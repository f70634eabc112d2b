//! `zt fmt`: policies in the one layout.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use walkdir::WalkDir;
use zt_lang::check::package::Located;
use zt_lang::db::{Database, Package, SourceFile};
use zt_lang::format::{Unformatted, format};
use zt_lang::render::Sources;

use crate::args::FmtArgs;
use crate::exit::{self, Stop};
use crate::output::{Style, complain, harmless, plural, print};
use zt_packages::folder::{is_policy, read, shown, skipped, unreadable};

/// What standard input is called in messages.
const STDIN: &str = "<stdin>";
/// How many lines of a difference are shown on each side.
const SHOWN: usize = 6;

pub(crate) fn run(args: &FmtArgs) -> Result<u8, Stop> {
    let style = Style::detect();
    if args.paths.iter().any(|p| p.as_os_str() == "-") {
        if args.paths.len() > 1 {
            return Err(Stop::usage("`-` is standard input; it stands alone"));
        }
        return stdin(args.check, style);
    }
    let files = files(&args.paths)?;
    let (mut changed, mut broken) = (0, 0);
    for path in &files {
        let name = shown(path);
        // What is not UTF-8 gets a character that no policy may hold, so that such a file is never written.
        let text = String::from_utf8_lossy(&read(path)?).into_owned();
        let Some(after) = formatted(&name, &text, style)? else {
            broken += 1;
            continue;
        };
        if after == text {
            continue;
        }
        changed += 1;
        if args.check {
            print(&format!("{}\n{}", harmless(&name), difference(&text, &after, style)));
        } else {
            replace(path, &after).map_err(|e| Stop::usage(format!("cannot write {name}: {e}")))?;
            print(&format!("{}\n", harmless(&name)));
        }
    }
    let all = plural(files.len(), "file");
    let left = if broken == 0 {
        String::new()
    } else {
        format!("; {} with mistakes left as {}", plural(broken, "file"), if broken == 1 { "it is" } else { "they are" })
    };
    let good = broken == 0 && !(args.check && changed > 0);
    let head = if good { style.green("ok") } else { style.red("error") };
    let would = if args.check { "would change" } else { "changed" };
    complain(&format!("{head}: {changed} of {all} {would}{left}"));
    Ok(if good { exit::OK } else { exit::FINDINGS })
}

fn stdin(check: bool, style: Style) -> Result<u8, Stop> {
    let mut bytes = vec![];
    io::stdin().lock().read_to_end(&mut bytes).map_err(|e| Stop::usage(format!("cannot read standard input: {e}")))?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let Some(after) = formatted(STDIN, &text, style)? else { return Ok(exit::FINDINGS) };
    if !check {
        print(&after);
        return Ok(exit::OK);
    }
    if after == text {
        return Ok(exit::OK);
    }
    print(&format!("{STDIN}\n{}", difference(&text, &after, style)));
    Ok(exit::FINDINGS)
}

/// A text in its layout; nothing if it has mistakes, which are printed.
fn formatted(name: &str, text: &str, style: Style) -> Result<Option<String>, Stop> {
    let file: Arc<str> = Arc::from(name);
    match format(&file, text) {
        Ok(after) => Ok(Some(after)),
        Err(Unformatted::Bug(message)) => Err(Stop::bug(format!("{name}: {message}"))),
        Err(Unformatted::Mistakes(mistakes)) => {
            complain(report(&file, text, &mistakes, style).trim_end());
            Ok(None)
        }
    }
}

fn report(file: &Arc<str>, text: &str, mistakes: &[Located], style: Style) -> String {
    let db = Database::default();
    let source = SourceFile::new(&db, file.clone(), text.to_owned());
    let sources = Sources::of(&db, Package::new(&db, Arc::from(""), vec![source], vec![]));
    mistakes.iter().map(|m| format!("{}\n", sources.human(&sources.finding(m), style.color))).collect()
}

/// The policies at some paths, each once.
fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Stop> {
    let mut out = vec![];
    for path in paths {
        let meta = fs::metadata(path).map_err(|e| Stop::from(unreadable(path, &e)))?;
        if !meta.is_dir() {
            if !is_policy(path) {
                return Err(Stop::usage(format!("{} is no .zt file", shown(path))));
            }
            out.push(path.clone());
            continue;
        }
        let before = out.len();
        let walk = WalkDir::new(path).sort_by_file_name().into_iter();
        for entry in walk.filter_entry(|e| e.depth() == 0 || !(e.file_type().is_dir() && skipped(e.path()))) {
            let entry = entry.map_err(|e| Stop::usage(format!("cannot read: {e}")))?;
            // A link to a folder is passed over: its files have their place elsewhere.
            if is_policy(entry.path()) && !entry.path().is_dir() {
                out.push(entry.into_path());
            }
        }
        if out.len() == before {
            return Err(Stop::nothing(format!("there are no .zt files in {}", path.display())));
        }
    }
    let mut seen = BTreeSet::new();
    out.retain(|path| seen.insert(fs::canonicalize(path).unwrap_or_else(|_| path.clone())));
    Ok(out)
}

/// Puts a text in the place of a file: the old one is there until the new one is whole. A link stays one, and so do
/// permissions.
pub(crate) fn replace(path: &Path, text: &str) -> io::Result<()> {
    let target = fs::canonicalize(path)?;
    let permissions = fs::metadata(&target)?.permissions();
    if permissions.readonly() {
        return Err(io::Error::from(io::ErrorKind::PermissionDenied));
    }
    let name = target.file_name().unwrap_or_default().to_string_lossy().into_owned();
    // Names with a dot in front are never read as policies.
    let (temporary, mut file) = create(&target, &name)?;
    let written = file
        .write_all(text.as_bytes())
        .and_then(|()| file.set_permissions(permissions))
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&temporary, &target));
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// A new file beside another one.
fn create(target: &Path, name: &str) -> io::Result<(PathBuf, File)> {
    let mut n = 0_u32;
    loop {
        let path = target.with_file_name(format!(".{name}.{}.{n}", std::process::id()));
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(file) => return Ok((path, file)),
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists && n < 100 => n += 1,
            Err(e) => return Err(e),
        }
    }
}

/// The lines that differ, from the first to the last of them, cut where there are many.
fn difference(before: &str, after: &str, style: Style) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let same = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let (old, new) = (old.get(same..).unwrap_or_default(), new.get(same..).unwrap_or_default());
    let tail = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count();
    let mut out = format!("  from line {}:\n", same + 1);
    for (sign, lines) in [('-', old), ('+', new)] {
        let lines = lines.get(..lines.len() - tail).unwrap_or_default();
        for line in lines.iter().take(SHOWN) {
            let line = format!("  {sign} {}", harmless(line));
            let line = line.trim_end();
            out.push_str(&if sign == '-' { style.red(line) } else { style.green(line) });
            out.push('\n');
        }
        if let Some(more) = lines.len().checked_sub(SHOWN).filter(|more| *more > 0) {
            out.push_str(&style.dim(&format!("  {sign} and {} more", plural(more, "line"))));
            out.push('\n');
        }
    }
    if old.len() == tail && new.len() == tail {
        // Only line ends differ.
        out.push_str("  line ends\n");
    }
    out
}
