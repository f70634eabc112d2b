//! Standard output and error: colours where people read, plain text where programs do.

use std::io::{IsTerminal, Write};

/// How to write.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// Whether to use colours.
    pub color: bool,
}

impl Style {
    /// Colours on a terminal, unless `NO_COLOR` is set; anywhere if `CLICOLOR_FORCE` is.
    #[must_use]
    pub fn detect() -> Self {
        let set = |name: &str| std::env::var_os(name).is_some_and(|v| !v.is_empty() && v != "0");
        let color = !set("NO_COLOR") && (set("CLICOLOR_FORCE") || std::io::stdout().is_terminal());
        Style { color }
    }

    fn paint(self, code: &str, text: &str) -> String {
        if self.color { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// For what is well.
    #[must_use]
    pub fn green(self, text: &str) -> String {
        self.paint("32", text)
    }

    /// For what is not.
    #[must_use]
    pub fn red(self, text: &str) -> String {
        self.paint("31", text)
    }

    /// For names.
    #[must_use]
    pub fn bold(self, text: &str) -> String {
        self.paint("1", text)
    }

    /// For what matters less.
    #[must_use]
    pub fn dim(self, text: &str) -> String {
        self.paint("2", text)
    }
}

/// Writes a result to standard output. A reader who went away has read enough.
pub fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Writes a message to standard error.
pub fn complain(text: &str) {
    let mut out = std::io::stderr().lock();
    let _ = writeln!(out, "{text}");
}

/// Text from outside as it may be shown on a terminal, on one line: hidden characters are written out.
#[must_use]
pub fn harmless(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    text.chars().for_each(|c| zt_values::push_visibly(&mut out, c));
    out
}

/// `1 file`, `2 files`.
pub(crate) fn plural(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}
