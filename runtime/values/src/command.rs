//! Commands: shell command lines, split as a POSIX shell splits them, and patterns of what they may run.
//!
//! A text is split with certainty or refused. Its meaning is the set of simple commands that it runs, wherever they
//! stand: in lists and pipelines, groups and subshells, substitutions, behind wrappers such as `sudo`, and in scripts
//! given to `sh -c` or `eval`. The canonical text of a command is the text itself.
//!
//! [`runs_only`] is for rules that allow: whatever is in doubt does not match. [`runs_any`] is for rules that deny:
//! whatever is in doubt matches. A word with an expansion or an unquoted pattern has unknown content: for the first
//! it is no word of any pattern, for the second it may be any.

mod shell;
mod wrap;
mod pattern;
#[cfg(test)]
mod tests;

use std::ops::Range;

pub use self::pattern::Pattern;
pub use self::shell::{Content, Word};

use self::pattern::Form;
use self::shell::Tree;
use crate::reason::Reason;

/// A shell command line, split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    tree: Tree,
}

impl Command {
    /// Splits a text. Time and memory grow with its length.
    ///
    /// # Errors
    /// If it cannot be split with certainty: the quotes do not close, it has constructs that shells read differently,
    /// or ones whose commands are not in the text.
    pub fn parse(text: &str) -> Result<Self, Reason> {
        shell::split(text).map(|tree| Self { tree })
    }

    /// The words of each simple command, the program first. What is within another one stands before it.
    pub fn commands(&self) -> impl Iterator<Item = &[Word]> {
        self.tree.simples.iter().map(|simple| simple.words.as_slice())
    }

    /// Whether there is nothing but simple commands joined by `|`, `;`, `&&`, `||` and line ends: no redirection,
    /// substitution, assignment, group, subshell, negation, and nothing in the background.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.tree.plain
    }
}

/// Whether a command is plain and each of its simple commands matches a pattern word by word.
///
/// `*` is any number of words, none of which is an option (begins with `-`), `[--x]` one word that may be there. A
/// pattern `a | b` matches two commands that are next to each other in a pipeline. Words are compared byte by byte:
/// `/bin/git` is not `git`. Where a program runs the command that its arguments are, `*` matches nothing.
#[must_use]
pub fn runs_only(command: &Command, patterns: &[Pattern]) -> bool {
    let patterns: Vec<&[Form]> = patterns.iter().filter(|p| p.check_only().is_ok()).map(Pattern::forms).collect();
    command.tree.plain && command.tree.pipelines.iter().all(|stages| is_covered(&command.tree, stages, &patterns))
}

/// Whether patterns, one after the other, make up a pipeline.
fn is_covered(tree: &Tree, stages: &[Range<usize>], patterns: &[&[Form]]) -> bool {
    let matches = |stage: &Range<usize>, form: &Form| {
        let simples = tree.simples.get(stage.clone()).unwrap_or_default();
        matches!(simples, [simple] if form.matches_exactly(simple))
    };
    // The ends of what patterns have covered so far.
    let mut covered = vec![false; stages.len().saturating_add(1)];
    if let Some(start) = covered.first_mut() {
        *start = true;
    }
    for at in 0..stages.len() {
        if !covered.get(at).is_some_and(|covered| *covered) {
            continue;
        }
        let rest = stages.get(at..).unwrap_or_default();
        for forms in patterns {
            let fits = rest.len() >= forms.len() && rest.iter().zip(*forms).all(|(stage, form)| matches(stage, form));
            if let Some(end) = covered.get_mut(at.saturating_add(forms.len())).filter(|_| fits) {
                *end = true;
            }
        }
    }
    covered.last().is_some_and(|covered| *covered)
}

/// Whether some command, or some commands of one pipeline, may be what some pattern says.
///
/// A program matches by its last segment, whatever its case. Options may stand anywhere, be combined, abbreviated or
/// long, and the word after one may be its value; options that the pattern does not name do not matter. Other words
/// are compared one by one. Between the commands of a pattern `a | b` there may be others.
#[must_use]
pub fn runs_any(command: &Command, patterns: &[Pattern]) -> bool {
    let tree = &command.tree;
    patterns.iter().any(|pattern| match pattern.forms() {
        [form] => tree.simples.iter().any(|simple| form.may_match(simple)),
        forms => tree.pipelines.iter().any(|stages| {
            let mut stages = stages.iter();
            forms.iter().all(|form| {
                stages
                    .any(|stage| tree.simples.get(stage.clone()).unwrap_or_default().iter().any(|s| form.may_match(s)))
            })
        }),
    })
}
