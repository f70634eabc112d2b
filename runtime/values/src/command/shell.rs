//! Splitting: the text of a shell command into simple commands, as every POSIX shell splits it.
//!
//! After the Shell Command Language of POSIX.1-2024, section 2. Where shells differ, or the meaning hangs on
//! what ran before, the text is refused: a command that is split wrongly is judged wrongly.

use std::ops::Range;
use std::str::Chars;

use super::wrap::{self, Simple};
use crate::reason::{EMPTY, Reason};
use crate::unicode;

/// Deepest nesting of subshells, groups, substitutions and scripts within words.
const DEPTH: usize = 12;
/// Most simple commands.
const COMMANDS: usize = 1024;
/// Most words of one of them.
const WORDS: usize = 4096;

const CONTROL: Reason = Reason::new("has a control character");
const QUOTE: Reason = Reason::new("has a quote that is not closed");
const ESCAPE: Reason = Reason::new("ends with a backslash");
const DOLLAR_QUOTE: Reason = Reason::new("has `$'…'` or `$\"…\"`, which shells read differently");
const ARITHMETIC: Reason = Reason::new("has an arithmetic expansion");
const EXPANSION: Reason = Reason::new("has a `${…}` that is more than a name and a plain default");
const BACKTICK: Reason = Reason::new("has backticks with quotes or backslashes inside; write `$(…)`");
const COMMENT: Reason = Reason::new("has a comment");
const FUNCTION: Reason = Reason::new("has a `(` after a word: a function, an array or a pattern");
const HEREDOC: Reason = Reason::new("has a here-document or here-string");
const PROCESS: Reason = Reason::new("has a process substitution");
const BOTH: Reason = Reason::new("has `&>`, which shells read differently");
const TARGET: Reason = Reason::new("has a redirection without a target");
const COMPOUND: Reason = Reason::new("has a word of the shell's own, such as `if`, `for` or `case`");
const SUBSCRIPT: Reason = Reason::new("has a `[` after a name where it may be the element of an array");
const MISSING: Reason = Reason::new("has an operator without a command");
const STRAY: Reason = Reason::new("has an operator, bracket or brace where none can stand");
const OPEN: Reason = Reason::new("has a bracket or brace that is not closed");
const DEEP: Reason = Reason::new("is nested too deeply");
const MANY: Reason = Reason::new("has too many commands, or too many words in one");
const NAMES: Reason = Reason::new("changes what the names of commands mean");

/// What is known about a word beside its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// It is one word, its text.
    Known,
    /// It is one word, its text, but for a `~` that a home directory replaces.
    Home,
    /// It is one word or several or none, each of which begins with its text: a pattern of files, braces, or an
    /// expansion in double quotes.
    Prefix,
    /// It begins with its text; what follows, and how many words that is, is unknown: an expansion without quotes.
    Split,
}

/// A word of a command, its quotes resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    pub(super) text: String,
    pub(super) content: Content,
}

impl Word {
    /// The word, or what it begins with.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What is known about it.
    #[must_use]
    pub fn content(&self) -> Content {
        self.content
    }

    /// A word of which nothing is known.
    pub(super) fn unknown() -> Self {
        Self { text: String::new(), content: Content::Split }
    }

    /// The text, if the word is that text, or that text in a home directory.
    pub(super) fn known(&self) -> Option<&str> {
        matches!(self.content, Content::Known | Content::Home).then_some(&self.text)
    }
}

/// What a text runs: all its simple commands, wherever they stand, and how they are piped.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Tree {
    pub(super) simples: Vec<Simple>,
    /// For each pipeline the commands of its stages. A stage has several if it is a group, or has substitutions.
    pub(super) pipelines: Vec<Vec<Range<usize>>>,
    /// Whether there is nothing but simple commands, joined by `|`, `;`, `&&`, `||` and line ends.
    pub(super) plain: bool,
}

/// Splits a text.
pub(super) fn split(text: &str) -> Result<Tree, Reason> {
    for c in text.chars() {
        match c {
            '\n' | '\t' => {}
            _ if c.is_ascii_control() => return Err(CONTROL),
            _ => unicode::check_seen(c)?,
        }
    }
    let mut tree = Tree { plain: true, ..Tree::default() };
    script(text, &mut tree, 0)?;
    Ok(tree)
}

fn script(text: &str, tree: &mut Tree, depth: usize) -> Result<(), Reason> {
    if depth > DEPTH {
        return Err(DEEP);
    }
    let mut shell = Shell { rest: text.chars(), tree, depth };
    shell.list(End::Text)
}

/// What ends a list of commands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Text,
    Bracket,
    Brace,
}

struct Shell<'t, 'o> {
    rest: Chars<'t>,
    tree: &'o mut Tree,
    depth: usize,
}

/// A word while it is read.
struct Raw {
    text: String,
    content: Content,
    /// Whether nothing of it was quoted or expanded.
    bare: bool,
    /// Whether it assigns to a variable, if it stands before the program.
    assigns: bool,
}

impl Raw {
    fn push(&mut self, c: char) {
        // After something unknown only what it begins with counts.
        if matches!(self.content, Content::Known | Content::Home) {
            self.text.push(c);
        }
    }

    fn unknown(&mut self, content: Content) {
        self.bare = false;
        if self.content != Content::Split {
            self.content = content;
        }
    }

    /// Several words may come of it, alike up to `at`.
    fn many(&mut self, at: usize) {
        self.unknown(Content::Prefix);
        self.text.truncate(at);
    }
}

impl Shell<'_, '_> {
    fn peek(&self) -> Option<char> {
        self.rest.clone().next()
    }

    fn peek_second(&self) -> Option<char> {
        self.rest.clone().nth(1)
    }

    fn take(&mut self, text: &str) -> bool {
        match self.rest.as_str().strip_prefix(text) {
            Some(rest) => {
                self.rest = rest.chars();
                true
            }
            None => false,
        }
    }

    fn blanks(&mut self) {
        while self.take(" ") || self.take("\t") || self.take("\\\n") {}
    }

    fn lines(&mut self) {
        self.blanks();
        while self.take("\n") {
            self.blanks();
        }
    }

    fn list(&mut self, end: End) -> Result<(), Reason> {
        let mut found = false;
        loop {
            self.lines();
            let ended = match (self.peek(), end) {
                (None, End::Text) => true,
                (None, _) => return Err(OPEN),
                (Some(')'), End::Bracket) => self.take(")"),
                (Some('}'), End::Brace) if self.peek_second().is_none_or(ends_word) => self.take("}"),
                _ => false,
            };
            if ended {
                return if found { Ok(()) } else { Err(EMPTY) };
            }
            self.pipeline()?;
            while self.take("&&") || self.take("||") {
                self.lines();
                self.pipeline()?;
            }
            found = true;
            match self.peek() {
                None | Some('\n' | ')') => {}
                Some(';') => {
                    self.take(";");
                }
                Some('&') => {
                    self.take("&");
                    self.tree.plain = false;
                }
                Some(_) => return Err(STRAY),
            }
        }
    }

    /// Reads a pipeline and the blanks after it.
    fn pipeline(&mut self) -> Result<(), Reason> {
        if self.peek() == Some('!') && self.peek_second().is_some_and(|c| c == ' ' || c == '\t') {
            self.take("!");
            self.tree.plain = false;
            self.blanks();
        }
        let mut stages = vec![];
        loop {
            let start = self.tree.simples.len();
            self.stage()?;
            stages.push(start..self.tree.simples.len());
            self.blanks();
            if self.rest.as_str().starts_with("||") || !self.take("|") {
                break;
            }
            if self.take("&") {
                // It sends errors down the pipe too.
                self.tree.plain = false;
            }
            self.lines();
        }
        self.tree.pipelines.push(stages);
        Ok(())
    }

    fn stage(&mut self) -> Result<(), Reason> {
        let end = match self.peek() {
            Some('(') if self.peek_second() == Some('(') => return Err(ARITHMETIC),
            Some('(') => End::Bracket,
            Some('{') if self.peek_second().is_some_and(|c| matches!(c, ' ' | '\t' | '\n')) => End::Brace,
            _ => return self.simple(),
        };
        self.rest.next();
        self.nested(end)?;
        loop {
            self.blanks();
            let after_digits = self.rest.as_str().trim_start_matches(|c: char| c.is_ascii_digit());
            if !after_digits.starts_with(['<', '>']) {
                return Ok(());
            }
            self.rest = after_digits.chars();
            self.redirection()?;
        }
    }

    fn nested(&mut self, end: End) -> Result<(), Reason> {
        self.tree.plain = false;
        self.depth = self.depth.saturating_add(1);
        if self.depth > DEPTH {
            return Err(DEEP);
        }
        self.list(end)?;
        self.depth = self.depth.saturating_sub(1);
        Ok(())
    }

    fn simple(&mut self) -> Result<(), Reason> {
        let mut words: Vec<Word> = vec![];
        let mut prefixed = false;
        let mut declares = false;
        loop {
            self.blanks();
            match self.peek() {
                Some('&') if self.peek_second() == Some('>') => return Err(BOTH),
                None | Some('\n' | ';' | '&' | '|' | ')') => break,
                Some('(') => return Err(FUNCTION),
                Some('#') => return Err(COMMENT),
                Some('<' | '>') => {
                    prefixed = true;
                    self.redirection()?;
                }
                Some(_) => {
                    let raw = self.word(words.is_empty() || declares)?;
                    let digits = raw.bare && raw.text.bytes().all(|b| b.is_ascii_digit());
                    if digits && matches!(self.peek(), Some('<' | '>')) {
                        prefixed = true;
                        self.redirection()?;
                        continue;
                    }
                    if words.is_empty() {
                        if raw.bare && RESERVED.contains(&raw.text.as_str()) {
                            return Err(COMPOUND);
                        }
                        if raw.assigns {
                            prefixed = true;
                            continue;
                        }
                    }
                    if words.len() >= WORDS {
                        return Err(MANY);
                    }
                    declares |= DECLARES.contains(&raw.text.as_str());
                    words.push(Word { text: raw.text, content: raw.content });
                }
            }
        }
        if prefixed {
            self.tree.plain = false;
        }
        if words.is_empty() {
            return if prefixed { Ok(()) } else { Err(MISSING) };
        }
        if wrap::changes_names(&words) {
            return Err(NAMES);
        }
        let simple = Simple::new(words);
        let scripts = wrap::scripts(&simple)?;
        for text in scripts.texts {
            script(&text, self.tree, self.depth.saturating_add(1))?;
        }
        if scripts.unknown {
            self.add(Simple::unknown())?;
        }
        self.add(simple)
    }

    fn add(&mut self, simple: Simple) -> Result<(), Reason> {
        if self.tree.simples.len() >= COMMANDS {
            return Err(MANY);
        }
        self.tree.simples.push(simple);
        Ok(())
    }

    fn redirection(&mut self) -> Result<(), Reason> {
        self.tree.plain = false;
        if self.take("<<") {
            return Err(HEREDOC);
        }
        if self.take("<(") || self.take(">(") {
            return Err(PROCESS);
        }
        // The longer operators first.
        let _ = [">>", ">&", ">|", "<>", "<&", ">", "<"].iter().any(|operator| self.take(operator));
        self.blanks();
        if self.peek().is_none_or(|c| ends_word(c) || c == '#') {
            return Err(if self.peek() == Some('(') { PROCESS } else { TARGET });
        }
        self.word(false).map(|_| ())
    }

    /// Reads a word; `assigns` where it may be an assignment.
    fn word(&mut self, assigns: bool) -> Result<Raw, Reason> {
        let mut raw = Raw { text: String::new(), content: Content::Known, bare: true, assigns: false };
        // Where a bracket or brace opened that may make a pattern of the word.
        let (mut bracket, mut brace) = (None, None);
        // Whether a `~` here would be replaced.
        let mut home = true;
        while let Some(c) = self.peek().filter(|c| !ends_word(*c)) {
            let at_home = std::mem::replace(&mut home, matches!(c, '=' | ':'));
            match c {
                '\'' => {
                    self.rest.next();
                    raw.bare = false;
                    let (inside, rest) = self.rest.as_str().split_once('\'').ok_or(QUOTE)?;
                    inside.chars().for_each(|c| raw.push(c));
                    self.rest = rest.chars();
                }
                '"' => self.double(&mut raw)?,
                '$' => self.dollar(&mut raw, false)?,
                '`' => self.backtick(&mut raw, false)?,
                '\\' => {
                    self.rest.next();
                    match self.rest.next().ok_or(ESCAPE)? {
                        // The line goes on.
                        '\n' => home = at_home,
                        c => {
                            raw.bare = false;
                            raw.push(c);
                        }
                    }
                }
                _ => {
                    self.rest.next();
                    self.plain_char(c, &mut raw, (&mut bracket, &mut brace), at_home, assigns)?;
                }
            }
        }
        Ok(raw)
    }

    /// A character without quotes that ends no word.
    fn plain_char(
        &self,
        c: char,
        raw: &mut Raw,
        (bracket, brace): (&mut Option<usize>, &mut Option<usize>),
        at_home: bool,
        assigns: bool,
    ) -> Result<(), Reason> {
        let length = raw.text.len();
        match c {
            '~' if at_home && raw.content == Content::Known => raw.content = Content::Home,
            '*' | '?' => raw.unknown(Content::Prefix),
            // To some shells this opens a subscript, in which blanks and operators are none.
            '[' if assigns && raw.bare && is_name(&raw.text) => return Err(SUBSCRIPT),
            '[' => *bracket = bracket.or(Some(length)),
            ']' => {
                if let Some(at) = bracket {
                    raw.many(*at);
                }
            }
            '{' => *brace = brace.or(Some(length)),
            '}' => {
                // `{}` is itself, and for `find` and `xargs` to replace.
                let empty = brace.is_some_and(|at| at.saturating_add(1) == length) && self.peek().is_none_or(ends_word);
                if let Some(at) = brace.filter(|_| !empty) {
                    raw.many(at);
                }
            }
            '=' if assigns && !raw.assigns && raw.bare => {
                raw.assigns = is_name(raw.text.strip_suffix('+').unwrap_or(&raw.text));
            }
            _ => {}
        }
        raw.push(c);
        Ok(())
    }

    fn double(&mut self, raw: &mut Raw) -> Result<(), Reason> {
        self.rest.next();
        raw.bare = false;
        loop {
            match self.peek().ok_or(QUOTE)? {
                '$' => self.dollar(raw, true)?,
                '`' => self.backtick(raw, true)?,
                c => {
                    self.rest.next();
                    match c {
                        '"' => return Ok(()),
                        '\\' => match self.rest.next().ok_or(QUOTE)? {
                            '\n' => {}
                            c => {
                                if !matches!(c, '$' | '`' | '"' | '\\') {
                                    raw.push('\\');
                                }
                                raw.push(c);
                            }
                        },
                        c => raw.push(c),
                    }
                }
            }
        }
    }

    fn dollar(&mut self, raw: &mut Raw, quoted: bool) -> Result<(), Reason> {
        self.rest.next();
        let content = if quoted { Content::Prefix } else { Content::Split };
        match self.peek() {
            Some('(') => {
                self.rest.next();
                if self.peek() == Some('(') {
                    return Err(ARITHMETIC);
                }
                raw.unknown(content);
                self.nested(End::Bracket)?;
            }
            Some('[') => return Err(ARITHMETIC),
            Some('\'' | '"') if !quoted => return Err(DOLLAR_QUOTE),
            Some('{') => {
                self.rest.next();
                let (inside, rest) = self.rest.as_str().split_once('}').ok_or(OPEN)?;
                if !is_plain_expansion(inside) {
                    return Err(EXPANSION);
                }
                raw.unknown(if inside.starts_with(['@', '*']) { Content::Split } else { content });
                self.rest = rest.chars();
            }
            Some(c) if c.is_ascii_alphabetic() || c == '_' => {
                raw.unknown(content);
                let rest = self.rest.as_str().trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
                self.rest = rest.chars();
            }
            Some('@' | '*') => {
                self.rest.next();
                raw.unknown(Content::Split);
            }
            Some('0'..='9' | '#' | '?' | '-' | '$' | '!') => {
                self.rest.next();
                raw.unknown(content);
            }
            // Some shells take letters outside of ASCII for a name; a line may go on inside of a name.
            Some(c) if !c.is_ascii() => return Err(EXPANSION),
            Some('\\') if self.peek_second() == Some('\n') => return Err(EXPANSION),
            _ => raw.push('$'),
        }
        Ok(())
    }

    fn backtick(&mut self, raw: &mut Raw, quoted: bool) -> Result<(), Reason> {
        self.rest.next();
        let (inside, rest) = self.rest.as_str().split_once('`').ok_or(QUOTE)?;
        if inside.contains(['\\', '"', '\'']) {
            return Err(BACKTICK);
        }
        self.rest = rest.chars();
        self.tree.plain = false;
        raw.unknown(if quoted { Content::Prefix } else { Content::Split });
        script(inside, self.tree, self.depth.saturating_add(1))
    }
}

/// Words that open, close or join compound commands in some shell, where a command may begin.
const RESERVED: &[&str] = &[
    "!", "{", "}", "[[", "]]", "case", "coproc", "do", "done", "elif", "else", "end", "esac", "fi", "for", "foreach",
    "function", "if", "in", "repeat", "select", "then", "until", "while",
];

/// Programs of shells whose arguments are assignments.
const DECLARES: &[&str] = &["declare", "eval", "export", "let", "local", "readonly", "typeset"];

fn ends_word(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | ';' | '&' | '|' | '<' | '>' | '(' | ')')
}

fn is_name(text: &str) -> bool {
    !text.starts_with(|c: char| c.is_ascii_digit())
        && !text.is_empty()
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Whether the inside of `${…}` can run nothing: a name, perhaps its length, or a name with a plain default or a
/// plain pattern to take off. All else (indirection, substrings, `@P`) can evaluate what the variable holds.
fn is_plain_expansion(inside: &str) -> bool {
    if let Some(name) = inside.strip_prefix('#') {
        return is_name(name);
    }
    let rest = inside.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
    let name = inside.strip_suffix(rest).unwrap_or_default();
    let number = !name.is_empty() && name.bytes().all(|b| b.is_ascii_digit());
    let Some(rest) = (if is_name(name) || number { Some(rest) } else { inside.strip_prefix(['@', '*']) }) else {
        return false;
    };
    let Some(operator) = rest.strip_prefix(':').unwrap_or(rest).chars().next() else { return rest.is_empty() };
    let known = if rest.starts_with(':') { "-=+?" } else { "-=+?#%" };
    known.contains(operator) && rest.chars().all(|c| c.is_ascii_alphanumeric() || "_./,:-=+?#%*".contains(c))
}
