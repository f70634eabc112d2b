//! Wrappers: programs that run another command, which is one of the commands that a text runs.

use std::collections::BTreeSet;

use super::shell::{Content, Word};
use crate::reason::Reason;

const SPLITS: Reason = Reason::new("has `env -S`, which splits words anew");

/// Programs whose later arguments are a command.
const WRAPPERS: &[&str] = &[
    "builtin",
    "bwrap",
    "entr",
    "firejail",
    "nocorrect",
    "noglob",
    "run0",
    "sshpass",
    "busybox",
    "caffeinate",
    "chpst",
    "chroot",
    "chrt",
    "command",
    "doas",
    "env",
    "exec",
    "faketime",
    "fd",
    "find",
    "flock",
    "gosu",
    "ionice",
    "ltrace",
    "nice",
    "nohup",
    "nsenter",
    "numactl",
    "parallel",
    "pkexec",
    "prlimit",
    "proxychains",
    "rlwrap",
    "runuser",
    "script",
    "setarch",
    "setpriv",
    "setsid",
    "ssh",
    "stdbuf",
    "strace",
    "su",
    "sudo",
    "systemd-run",
    "taskset",
    "time",
    "timeout",
    "toybox",
    "unbuffer",
    "unshare",
    "watch",
    "xargs",
];

/// Wrappers that run a command only after an option that says so.
const FINDERS: &[&str] = &["fd", "find"];

/// Wrappers that take an operand of their own before the command: a time, a root, a lock, a host.
const TAKES_OPERAND: &[&str] =
    &["chroot", "chrt", "faketime", "flock", "gosu", "runuser", "script", "setarch", "ssh", "su", "taskset", "timeout"];

/// Wrappers of which an argument may be a whole script.
const READS_SCRIPTS: &[&str] = &["flock", "parallel", "runuser", "script", "ssh", "su", "watch"];

/// Wrappers that append words which are not in the text.
const APPENDS: &[&str] = &["parallel", "xargs"];

/// Shells, which run a script after `-c`.
const SHELLS: &[&str] = &["ash", "bash", "dash", "fish", "ksh", "mksh", "rbash", "sh", "yash", "zsh"];

/// The program that a word names: its last segment in lower case, since some file systems fold case.
pub(super) fn program(word: &Word) -> Option<String> {
    word.known().map(last_segment)
}

/// The last segment of a program's name, in lower case.
pub(super) fn last_segment(name: &str) -> String {
    name.rsplit('/').next().unwrap_or_default().to_ascii_lowercase()
}

/// Whether a program by this name runs a command that its arguments make up, without an option saying so.
pub(super) fn runs_arguments(name: &str) -> bool {
    let is = |list: &[&str]| list.contains(&name);
    (is(WRAPPERS) && !is(FINDERS)) || is(SHELLS) || is(&["eval", "trap"])
}

/// Whether a program by this name runs words that are not in the text.
pub(super) fn appends(name: &str) -> bool {
    APPENDS.contains(&name)
}

/// Whether a word is an option of a finder after which a command begins.
pub(super) fn is_exec(text: &str) -> bool {
    ["-exec", "-ok", "-x", "-X", "--exec"].iter().any(|option| text.starts_with(option))
}

/// Whether a command gives names of commands another meaning, so that what follows says something else.
pub(super) fn changes_names(words: &[Word]) -> bool {
    let mut names = words.iter().map(program);
    let first = names.by_ref().find(|name| !matches!(name.as_deref(), Some("command" | "builtin"))).flatten();
    matches!(first.as_deref(), Some("alias" | "unalias" | "hash" | "enable"))
}

/// A program and its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Simple {
    /// The program first.
    pub(super) words: Vec<Word>,
    /// Where in the words a command may begin.
    starts: BTreeSet<usize>,
}

impl Simple {
    /// A command of which nothing is known.
    pub(super) fn unknown() -> Self {
        Self { words: vec![Word::unknown()], starts: BTreeSet::from([0]) }
    }

    pub(super) fn new(mut words: Vec<Word>) -> Self {
        let starts = starts(&words, false);
        let reads = |at: &&usize| words.get(**at).and_then(program).is_some_and(|name| appends(&name));
        let Some(at) = starts.iter().find(reads).copied() else { return Self { words, starts } };
        forget_replaced(words.get_mut(at..).unwrap_or_default());
        words.push(Word::unknown());
        let starts = self::starts(&words, true);
        Self { words, starts }
    }

    /// Whether a command may begin with a word.
    pub(super) fn may_begin(&self, at: usize) -> bool {
        self.starts.contains(&at)
    }
}

/// Where commands may begin: at the program, and behind each wrapper at each word that may be the program it runs.
///
/// Which options of a wrapper take a value is not known here, so a word after an option may be its value or the
/// program; the first word that can only be the program is the last one looked at.
fn starts(words: &[Word], appended: bool) -> BTreeSet<usize> {
    let last = words.len().saturating_sub(1);
    let mut starts = BTreeSet::from([0]);
    let mut work = vec![0];
    while let Some(wrapper) = work.pop() {
        let Some(name) = words.get(wrapper).and_then(program).filter(|name| WRAPPERS.contains(&name.as_str())) else {
            continue;
        };
        let finds = FINDERS.contains(&name.as_str());
        let mut operands = if TAKES_OPERAND.contains(&name.as_str()) { 1_usize } else { 0 };
        let mut after_option = false;
        for (at, word) in words.iter().enumerate().skip(wrapper).skip(1) {
            let before = std::mem::replace(&mut after_option, false);
            let (start, done) = match word.known() {
                // Where xargs runs no program, what it reads is printed.
                None if appended && at == last && name == "xargs" => (false, false),
                None => {
                    after_option = true;
                    (true, false)
                }
                Some(_) if finds => (before, false),
                Some(text) if text.starts_with('-') => {
                    after_option = text.ends_with(|c: char| c.is_ascii_alphabetic()) && !text.contains('=');
                    (false, false)
                }
                Some(text) if text.contains('=') => (false, false),
                Some(_) if before => (true, false),
                Some(_) => {
                    let program = operands == 0;
                    operands = operands.saturating_sub(1);
                    (true, program)
                }
            };
            if finds && let Some(text) = word.known() {
                after_option = is_exec(text);
            }
            if start && starts.insert(at) {
                work.push(at);
            }
            if done {
                break;
            }
        }
    }
    starts
}

/// Takes back what was known of words into which xargs or parallel put what they read.
fn forget_replaced(words: &mut [Word]) {
    let mut mark = match words.first().and_then(program).as_deref() {
        Some("parallel") => Some("{".to_owned()),
        _ => None,
    };
    let mut names_mark = false;
    for word in words.iter_mut().skip(1) {
        if std::mem::take(&mut names_mark) {
            mark = word.known().map(str::to_owned).or(mark);
            continue;
        }
        if let Some(at) = mark.as_ref().and_then(|mark| word.text.find(mark.as_str())) {
            word.text.truncate(at);
            if word.content != Content::Split {
                word.content = Content::Prefix;
            }
            continue;
        }
        let Some(text) = word.known() else { continue };
        match text {
            "-I" | "-J" => names_mark = true,
            "-i" | "--replace" => mark = Some("{}".to_owned()),
            _ => {
                let named = ["-I", "-J", "-i", "--replace="].iter().find_map(|option| text.strip_prefix(option));
                mark = named.filter(|name| !name.is_empty()).map(str::to_owned).or(mark);
            }
        }
    }
}

/// What a simple command gives to shells.
pub(super) struct Scripts {
    /// Texts of scripts.
    pub(super) texts: Vec<String>,
    /// Whether there is one that is not known.
    pub(super) unknown: bool,
}

/// Looks through a simple command for scripts.
///
/// # Errors
/// If it splits its words in a way of its own.
pub(super) fn scripts(simple: &Simple) -> Result<Scripts, Reason> {
    let words = &simple.words;
    let mut scripts = Scripts { texts: vec![], unknown: false };
    let mut found = BTreeSet::new();
    // From here on, arguments of a wrapper that reads scripts.
    let mut reads_scripts = false;
    let mut in_env = false;
    for (at, word) in words.iter().enumerate() {
        if reads_scripts && word.known().is_some_and(is_script) {
            found.insert(at);
        }
        let Some(name) = program(word).filter(|_| simple.may_begin(at)) else { continue };
        let name = name.as_str();
        let arguments = || words.iter().enumerate().skip(at).skip(1);
        reads_scripts |= READS_SCRIPTS.contains(&name);
        // The first `env` is asked about all that follows.
        let first_env = name == "env" && !in_env;
        in_env |= first_env;
        if first_env && arguments().any(|(_, w)| w.known().is_some_and(is_split_string)) {
            return Err(SPLITS);
        }
        if SHELLS.contains(&name) {
            match script_of_shell(arguments()) {
                Script::None => {}
                Script::At(at) => {
                    found.insert(at);
                }
                Script::Unknown => scripts.unknown = true,
            }
        }
        if name == "trap"
            && let Some((at, _)) = arguments().find(|(_, w)| w.known().is_none_or(|t| !t.starts_with('-')))
        {
            found.insert(at);
        }
        if name == "eval" {
            // It joins its arguments; what they hold is found when the result is split.
            let texts: Option<Vec<&str>> = arguments().map(|(_, w)| w.known()).collect();
            match texts.map(|texts| texts.join(" ")) {
                Some(text) => scripts.texts.push(text),
                None => scripts.unknown = true,
            }
            found.retain(|script| *script < at);
            break;
        }
    }
    for word in found.iter().filter_map(|at| words.get(*at)) {
        match word.content {
            // A finder puts names of files for `{}`.
            Content::Known if !(word.text.contains("{}") && simple.starts.len() > 1) => {
                scripts.texts.push(word.text.clone());
            }
            _ => scripts.unknown = true,
        }
    }
    scripts.texts.retain(|text| !text.trim().is_empty());
    Ok(scripts)
}

enum Script {
    None,
    At(usize),
    Unknown,
}

/// Which of a shell's arguments is its script: the first operand, if there is a `-c`.
fn script_of_shell<'w>(mut arguments: impl Iterator<Item = (usize, &'w Word)>) -> Script {
    let mut runs = false;
    let mut options = true;
    while let Some((at, word)) = arguments.next() {
        let Some(text) = word.known() else {
            // It may be `-c`, or the script.
            return Script::Unknown;
        };
        if !options || !text.starts_with(['-', '+']) {
            return if runs { Script::At(at) } else { Script::None };
        }
        if text == "-" || text == "--" {
            options = false;
        } else if let Some(long) = text.strip_prefix("--") {
            runs |= long == "command";
            if matches!(long, "rcfile" | "init-file") {
                arguments.next();
            }
        } else {
            runs |= text.contains('c');
            // Each `o` takes the name of a setting.
            for _ in text.matches(['o', 'O']) {
                arguments.next();
            }
        }
    }
    Script::None
}

/// Whether a text is more than a plain word to a shell.
fn is_script(text: &str) -> bool {
    !text.chars().all(|c| c.is_alphanumeric() || "_./:=@%+,-".contains(c))
}

/// Whether a text is env's `-S` or `--split-string`, alone, among other options, or abbreviated.
fn is_split_string(text: &str) -> bool {
    let name = text.split('=').next().unwrap_or_default();
    let long = name.len() > 2 && "--split-string".starts_with(name);
    long || text.strip_prefix('-').is_some_and(|t| t.trim_start_matches(['i', 'v', '0']).starts_with('S'))
}
