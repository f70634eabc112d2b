//! What is said about text that does not parse.

use lalrpop_util::ParseError;

use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::span::Span;
use crate::syntax::recover::Failure;
use crate::syntax::token::{Spanned, Token, WORDS, hidden};

/// Text outside of every item; places are counted from `base`.
pub(crate) fn outside(text: &str, stray: &[Spanned], base: u32) -> Diagnostic {
    let (Some(first), Some(last)) = (stray.first(), stray.last()) else {
        return Diagnostic::new(Code::OutsideItem, Span::default(), "text stands outside of every item");
    };
    let word = text.get(first.span.start as usize..first.span.end as usize).unwrap_or_default();
    let words = WORDS.iter().filter(|(_, t)| t.opens_item()).map(|(w, _)| *w);
    let mut d = Diagnostic::new(Code::OutsideItem, first.span, "no item starts like this")
        .did_you_mean(first.span, word, words);
    if d.help.is_none() {
        // Without a suggestion the whole line is as good a place as its first word.
        let line = text.get(first.span.start as usize..last.span.end as usize).unwrap_or_default();
        let line = line.find('\n').map_or(line, |n| line.get(..n).unwrap_or(line));
        let line = line.find("//").map_or(line, |n| line.get(..n).unwrap_or(line)).trim_end();
        let length = u32::try_from(line.len()).unwrap_or(0).max(first.span.end - first.span.start);
        d.span = Span::new(first.span.start, first.span.start + length);
        let usual = match word {
            "import" | "include" => "zt writes `use`, and the name that is used: `use std.audit.audit`",
            "rule" | "allow" | "deny" | "require" | "permit" | "forbid" | "shadow" | "limit" | "raise" | "oblige" => {
                "a rule stands between the braces of a policy: `policy refunds for orders.refund { … }`"
            }
            "test" | "fixture" | "request" => "tests stand between the braces of a suite: `suite \"refunds\" { … }`",
            "const" | "let" | "def" | "fn" | "function" | "var" => "a value or a condition gets a name with `define`",
            "struct" | "interface" | "class" => {
                "use `record` for a group of values, `entity` for who acts or is acted on"
            }
            _ => {
                "an item starts with a word such as `type`, `entity`, `action`, `define`, `window`, `policy` or `suite`, and its name"
            }
        };
        d = d.help(usual);
    }
    d.move_back(base);
    d.label("outside of every item")
}

/// A character in a string or a comment that a reader would not see.
pub(crate) fn hidden_character(text: &str, span: Span, place: &str) -> Option<Diagnostic> {
    let (at, c) = hidden(text, span)?;
    let d = if c == '\u{fffd}' {
        Diagnostic::new(Code::UnknownCharacter, at, format!("{place} has bytes that are not UTF-8"))
            .label("not a character")
            .help("save the file as UTF-8")
    } else {
        Diagnostic::new(
            Code::UnknownCharacter,
            at,
            format!("{place} has a character that cannot be seen, U+{:04X}", u32::from(c)),
        )
        .label("invisible, or moves what stands around it")
        .help(if place == "a string" {
            format!("where it is meant, write `\\u{{{:x}}}`", u32::from(c))
        } else {
            "remove it".to_owned()
        })
    };
    Some(d)
}

/// A mistake of spelling: the first.
pub(crate) fn lexical(text: &str, tokens: &[Spanned]) -> Option<Diagnostic> {
    let bad = tokens
        .iter()
        .find(|t| matches!(t.token, Token::Error | Token::Unterminated | Token::SingleQuoted | Token::Hidden))?;
    let source = text.get(bad.span.start as usize..bad.span.end as usize).unwrap_or_default();
    Some(match bad.token {
        Token::Hidden => return hidden_character(text, bad.span, "a string"),
        Token::Unterminated => {
            // The end of the line belongs to the string as far as anyone knows; its blanks do not.
            let end = bad.span.start + u32::try_from(source.trim_end().len()).unwrap_or(0);
            Diagnostic::new(Code::UnterminatedString, Span::new(bad.span.start, end), "a string has no end")
                .label("opened here, and not closed on this line")
                .help("close it with `\"`; a line break inside a string is written `\\n`")
        }
        Token::SingleQuoted => {
            let inner = source.trim_matches('\'');
            Diagnostic::new(Code::UnknownCharacter, bad.span, "strings stand in double quotes")
                .label("single quotes")
                .help("write it in double quotes")
                .fix("use double quotes", bad.span, format!("\"{}\"", inner.replace('\\', "\\\\").replace('"', "\\\"")))
        }
        _ => {
            let shown: String = source.chars().take(8).flat_map(char::escape_debug).collect();
            let help = match source.chars().next() {
                Some('#') => "a comment starts with `//`",
                Some('%') => "zt does not divide; write the limit itself",
                Some('&') => "zt writes `and`",
                Some('|') => "zt writes `or`",
                Some('\'' | '`' | '“' | '”' | '‘' | '’' | '„' | '«') => {
                    "strings stand in straight double quotes: `\"…\"`"
                }
                Some('\u{feff}') => "save the file as UTF-8 without a byte order mark",
                Some('\u{a0}' | '\u{200b}' | '\u{3000}') => {
                    "an invisible character came with a copy; write a plain blank"
                }
                Some(c) if c.is_ascii() => "remove it",
                _ => "names are made of ASCII letters, digits and `_`; other text stands in strings",
            };
            Diagnostic::new(Code::UnknownCharacter, bad.span, format!("zt does not use `{shown}`"))
                .label("not part of the language")
                .help(help)
        }
    })
}

/// A part of a file that is parsed by itself.
#[derive(Clone, Copy)]
pub(crate) struct Part {
    /// What it is called.
    pub(crate) name: &'static str,
    /// What can stand after it.
    pub(crate) more: &'static [&'static str],
}

/// A token that cannot stand where it stands. `whole` says whether the part could end before it.
pub(crate) fn unexpected(text: &str, tokens: &[Spanned], error: &Failure, part: Part, whole: bool) -> Diagnostic {
    let end = tokens.last().map_or(0, |t| t.span.end);
    let (span, token, expected) = match error {
        ParseError::UnrecognizedToken { token: (l, t, r), expected } => {
            (Span::new(*l, *r), Some(*t), expected.as_slice())
        }
        ParseError::ExtraToken { token: (l, t, r) } => (Span::new(*l, *r), Some(*t), &[][..]),
        ParseError::UnrecognizedEof { expected, .. } => (
            tokens.last().map_or(Span::default(), |t| Span::new(t.span.end.saturating_sub(1).max(t.span.start), end)),
            None,
            expected.as_slice(),
        ),
        ParseError::InvalidToken { location } => (Span::new(*location, *location), None, &[][..]),
        ParseError::User { error: () } => (Span::default(), None, &[][..]),
    };
    let mut expected: Vec<&str> = expected.iter().map(|e| e.trim_matches('"')).collect();
    if whole || expected.is_empty() {
        expected.extend(part.more);
    }
    let mut span = span;
    let mut token = token;
    let at = tokens.partition_point(|t| t.span.end <= span.start);
    let mut at = if token.is_none() { tokens.len() } else { at };
    let limit = tokens.iter().take(2).any(|t| t.token == Token::Limit);
    if expected == ["per"]
        && !limit
        && let Some(number) = at.checked_sub(1).and_then(|b| tokens.get(b))
    {
        // A number could open the rate of a limit; in any other rule it has lost its operator.
        (span, token, at) = (number.span, Some(number.token), at.saturating_sub(1));
        expected = vec!["==", "and"];
    }
    let seen = Seen {
        text,
        span,
        token,
        source: text.get(span.start as usize..span.end as usize).unwrap_or_default(),
        before: at.checked_sub(1).and_then(|b| tokens.get(b)).copied(),
        after: tokens.get(at + 1).copied(),
        clause: tokens.get(..at).unwrap_or_default().iter().rev().map(|t| t.token).find(|t| t.opens_clause()),
        expected: &expected,
    };
    let wanted = seen.wanted();
    let message = match token {
        Some(Token::Str) => "unexpected string".to_owned(),
        Some(_) => format!("unexpected `{}`", seen.source.chars().take(40).collect::<String>()),
        None if wanted.is_empty() => format!("the {} ends too early", part.name),
        None => format!("the {} ends where {wanted} should follow", part.name),
    };
    let d = Diagnostic::new(Code::UnexpectedToken, span, message).label(if wanted.is_empty() {
        "not expected here".to_owned()
    } else {
        format!("expected {wanted}")
    });
    let d = seen.hint(d);
    if d.help.is_some() { d } else { d.help(seen.plain_help(&wanted)) }
}

/// A surprise and what is around it.
struct Seen<'a> {
    text: &'a str,
    span: Span,
    token: Option<Token>,
    source: &'a str,
    before: Option<Spanned>,
    after: Option<Spanned>,
    /// The word that opens the clause around it.
    clause: Option<Token>,
    expected: &'a [&'a str],
}

/// Words of other languages where an operator is expected, and what zt writes.
const OPERATORS: &[(&str, &str)] = &[
    ("is", "=="),
    ("equals", "=="),
    ("eq", "=="),
    ("ne", "!="),
    ("gt", ">"),
    ("lt", "<"),
    ("mod", "%"),
    ("xor", "!="),
];
/// Words of other languages where a clause or a rule is expected, and what zt writes.
const CLAUSES: &[(&str, &str)] = &[
    ("if", "when"),
    ("where", "when"),
    ("except", "unless"),
    ("permit", "allow"),
    ("grant", "allow"),
    ("forbid", "deny"),
    ("block", "deny"),
    ("ask", "require approval"),
    ("require_approval", "require approval"),
    ("reason", "because"),
    ("approvers", "from"),
    ("ttl", "expires"),
    ("resource", "on"),
    ("principal", "by"),
    ("args", "input"),
    ("arguments", "input"),
    ("params", "input"),
    ("should", "expect"),
    ("assert", "expect"),
];

/// Whether an operand can end with a token.
fn ends_operand(t: Spanned) -> bool {
    use Token::{Date, Decimal, False, Glob, Ident, Instant, Int, Quantity, RBracket, RParen, Regex, Str, Time, True};
    matches!(
        t.token,
        Ident
            | Int
            | Decimal
            | Quantity
            | Instant
            | Date
            | Time
            | Str
            | Regex
            | Glob
            | True
            | False
            | RParen
            | RBracket
    ) || t.token.can_be_name()
}

impl Seen<'_> {
    fn has(&self, token: &str) -> bool {
        self.expected.contains(&token)
    }

    fn text_of(&self, t: Spanned) -> &str {
        self.text.get(t.span.start as usize..t.span.end as usize).unwrap_or_default()
    }

    fn after_operand(&self) -> bool {
        if self.after_type() {
            return false;
        }
        // A token that can follow an operand elsewhere is noticed only after the operand is put away, when
        // fewer operators are left, or none: then what stands before it tells.
        let condition = matches!(self.clause, Some(Token::When | Token::Unless | Token::Where));
        self.has("==") || self.has("and") || self.has("or") || (condition && self.before.is_some_and(ends_operand))
    }

    /// Whether it is after one of the types in `by Agent or User`.
    fn after_type(&self) -> bool {
        self.has("or") && !self.has("because") && (self.has("for") || self.has("on") || self.has("context"))
    }

    /// Whether it is after the name of an action, or the bracket behind it, where a call says who calls.
    fn calls_action(&self) -> bool {
        let before = self.text.get(..self.span.start as usize).unwrap_or_default();
        let before = before.trim_end().trim_end_matches('(').trim_end();
        let dotted = before.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'));
        let name = before.strip_prefix(dotted).unwrap_or_default();
        name.contains('.') && dotted.trim_end().ends_with("call") && (self.has("string") || self.has("("))
    }

    /// What people mean when they write what zt does not have.
    fn hint(&self, d: Diagnostic) -> Diagnostic {
        let span = self.span;
        let replace = |d: Diagnostic, word: &str| {
            d.help(format!("zt writes `{word}`")).fix(format!("write `{word}`"), span, word)
        };
        let touches = self.before.is_some_and(|b| b.span.end == span.start);
        let before = self.before.map(|b| b.token);
        match self.token {
            Some(Token::Eq) if self.after.is_some_and(|a| a.token == Token::Gt && a.span.start == span.end) => {
                d.help("zt writes `>=`")
            }
            Some(Token::Eq) if touches && matches!(before, Some(Token::EqEq | Token::Ne)) => {
                d.help("zt writes `==` and `!=`, without a third sign").fix("remove it", span, "")
            }
            Some(Token::Eq) if self.has("==") => d.help("a comparison is written `==`").safe_fix("write `==`", span, "=="),
            Some(Token::EqEq) if self.has("=") => replace(d, "="),
            Some(Token::FatArrow) if self.after_operand() => replace(d, ">="),
            Some(Token::Hash) => d.help("a comment starts with `//`"),
            Some(Token::Amp) if self.after_operand() => replace(d, "and"),
            Some(Token::Pipe) if self.after_operand() => replace(d, "or"),
            Some(Token::Gt) if touches && before == Some(Token::Lt) => d.help("zt writes `!=`"),
            Some(Token::AmpAmp) => replace(d, "and"),
            Some(Token::PipePipe) => replace(d, "or"),
            Some(Token::Bang) => d.help("zt writes `not`").fix("write `not`", span, "not "),
            Some(Token::Semicolon) => d.help("lines end by themselves, without `;`").safe_fix("remove it", span, ""),
            Some(Token::Slash) if self.after.is_some_and(|a| a.token == Token::Star) => d.help("a comment starts with `//`"),
            Some(Token::Slash) => d.help("zt does not divide: results would not be exact; multiply the other side"),
            Some(Token::Not) if self.has("in") => d.help("write `not` first: `not x in [a, b]`"),
            Some(Token::Comma) if before == Some(Token::Int) && self.after.is_some_and(|a| a.token == Token::Int) => {
                d.help("digits are grouped with `_`: `10_000`")
            }
            Some(Token::Comma | Token::And) if self.after_type() => replace(d, "or"),
            Some(Token::Comma) if self.after_operand() && !self.has(",") => d.help("conditions are joined with `and` or `or`"),
            Some(Token::Has) if self.has("not") => d.help("write what has it first, as in `input has note`"),
            Some(Token::Shadow) if self.has("name") => d.help("`shadow` stands first, as in `shadow deny`"),
            Some(Token::LBracket | Token::LParen) if self.has("..") && !self.has("==") => d.help("a range is written `in 1 .. 10`"),
            Some(Token::Dot) if touches && before == Some(Token::DotDot) => d.help("a range has two dots").fix("remove it", span, ""),
            Some(_) if self.calls_action() => d.help("a call says first who calls: `call agent -> orders.refund(…)`"),
            Some(Token::LBrace) if self.has("not") => d.help("conditions are grouped with `(` and `)`"),
            Some(Token::Minus) if touches && before.is_some_and(Token::can_be_name) && !self.after_operand() => {
                d.help("names are made of letters, digits and `_`")
            }
            Some(Token::Dot) if self.after.is_some_and(|a| a.token == Token::Int) => d.help("a number starts with a digit: `0.5`"),
            Some(Token::LParen) if before == Some(Token::Ident) && self.after_operand() => {
                d.help("values have no functions of their own; `x in set` asks for an element, `text matches re\"…\"` for a pattern")
            }
            Some(Token::Question) if self.after_operand() => d.help("where an attribute may be absent, write `has` or `??`"),
            Some(Token::Colon) if self.has("==") => d.help("a comparison is written `==`"),
            Some(Token::Quantity) if self.has("int") && !self.has("quantity") => d.help("a number without a unit stands here"),
            Some(Token::Int) if self.has("quantity") => d.help("say of what: `90s`, `30min`, `8h` or `7d`"),
            Some(Token::Int | Token::Decimal) if self.has("string") && before == Some(Token::Because) => d.help("a message is a string"),
            Some(Token::Str) if self.has("regex") && !self.has("string") => {
                d.help("a pattern is written `re\"…\"`").fix("make it a pattern", Span::new(span.start, span.start), "re")
            }
            Some(Token::Str) if self.has("name") && !self.has("string") => d.help("a name stands without quotes"),
            Some(Token::Regex) if self.has("string") && !self.has("regex") => d.help("a plain string has no `re` before its quotes"),
            Some(_) if before == Some(Token::Is) => {
                let d = d.help("`is` asks for the type of an entity; values are compared with `==`");
                match self.before {
                    Some(b) => d.fix("write `==`", b.span, "=="),
                    None => d,
                }
            }
            Some(word) if word.is_word() && self.usual().is_some() => self.word(d),
            Some(word) if word.is_word() && self.has("name") && !self.wants_effect() => {
                d.help(format!("write a name first; `{}` is a word of the language and cannot be one here", self.source))
            }
            Some(word) if word.opens_item() && !self.has("name") => {
                d.help("items do not stand inside of each other; is a `}` missing before it?")
            }
            Some(Token::Ident) => self.word(d),
            _ => d,
        }
    }

    /// Whether an effect should stand here.
    fn wants_effect(&self) -> bool {
        self.has("allow") && self.has("deny") && !self.has("when") && !self.has("}")
    }

    /// What zt writes for a word of another language, if that can stand here.
    fn usual(&self) -> Option<&'static str> {
        let lower = self.source.to_lowercase();
        let first = |ours: &str| ours.split(' ').next().unwrap_or_default().to_owned();
        let clause = CLAUSES.iter().find(|(theirs, ours)| *theirs == lower && self.has(&first(ours)));
        let operator = OPERATORS.iter().filter(|_| self.after_operand());
        let operator = operator.into_iter().find(|(theirs, ours)| *theirs == lower && *ours != "%");
        operator.or(clause).map(|(_, ours)| *ours)
    }

    /// A name where none can be: a word misspelt, or one of another language.
    fn word(&self, d: Diagnostic) -> Diagnostic {
        let span = self.span;
        let lower = self.source.to_lowercase();
        let mut words: Vec<&str> =
            self.expected.iter().copied().filter(|e| WORDS.iter().any(|(w, _)| w == e)).collect();
        if self.after_operand() {
            words.extend(["and", "or", "in", "has", "matches", "under", "runs"]);
        }
        if let Some(ours) = self.usual() {
            return d.help(format!("zt writes `{ours}`")).fix(format!("write `{ours}`"), span, ours);
        }
        if nearest(self.source, words.iter().copied()).is_some() {
            return d.did_you_mean(span, self.source, words);
        }
        if self.after_operand()
            && ["contains", "includes", "startswith", "starts_with", "endswith", "ends_with", "like"].contains(&&*lower)
        {
            return d.help("`x in set` asks for an element, `text matches re\"…\"` for a pattern");
        }
        // A misspelt word parses as a name, and only the next token is a surprise.
        if let Some(b) = self.before.filter(|b| b.token == Token::Ident) {
            let word = self.text_of(b);
            let all =
                WORDS.iter().map(|(w, _)| *w).filter(|w| ["not", "shadow", "require", "allow", "deny"].contains(w));
            if nearest(word, all.clone()).is_some() {
                return d.did_you_mean(b.span, word, all);
            }
        }
        d
    }

    /// What can be said of any surprise.
    fn plain_help(&self, wanted: &str) -> String {
        let Some(token) = self.token else { return "finish it, or remove it".to_owned() };
        let value = matches!(
            token,
            Token::Ident
                | Token::Int
                | Token::Decimal
                | Token::Quantity
                | Token::Str
                | Token::Regex
                | Token::True
                | Token::False
                | Token::LBracket
                | Token::LBrace
                | Token::LParen
        );
        let only = |token: &str| self.expected == [token];
        if value && self.has(",") && (self.has("]") || self.has(")")) {
            "separate them with a comma".to_owned()
        } else if value && self.after_operand() {
            "is an operator missing before it, such as `==` or `and`?".to_owned()
        } else if only("int") {
            "write a number".to_owned()
        } else if only("approval") {
            "write `require approval`".to_owned()
        } else if self.before.is_some_and(|b| b.token == Token::Test) {
            "a test has a name in double quotes: `test \"…\" { … }`".to_owned()
        } else if self.before.is_some_and(|b| b.token == Token::Suite) {
            "a suite has a name in double quotes: `suite \"…\" { … }`".to_owned()
        } else if only("string") {
            "write it in double quotes".to_owned()
        } else if self.wants_effect() {
            "say which: `allow`, `deny` or `require approval`".to_owned()
        } else if token == Token::Colon && !self.has("name") {
            "a field is written `name : Type`; is a type missing before this one?".to_owned()
        } else if self.has(":") && self.has("as") {
            "a field is written `name : Type`".to_owned()
        } else if self.has(":") {
            "a value is given as `name: value`".to_owned()
        } else if self.has("{") && !self.has("int") {
            "is a `{` missing before it?".to_owned()
        } else if wanted == "a type" {
            "the types are `Bool`, `Int`, `Decimal`, `String`, `Instant`, `Path` and their kin, `Set<…>`, `List<…>` and those that are declared".to_owned()
        } else if wanted.is_empty() || wanted.ends_with('…') {
            "remove it".to_owned()
        } else {
            format!("write {wanted} before it, or remove it")
        }
    }

    /// Names a few of the tokens that could stand here.
    fn wanted(&self) -> String {
        let mut parts: Vec<String> = vec![];
        let value = self.has("string") && self.has("int");
        if self.wants_effect() {
            return "an effect such as `allow`".to_owned();
        }
        if value && self.has("not") {
            parts.push("a condition".to_owned());
        } else if value && (self.has("(") || self.has("{")) {
            parts.push("a value".to_owned());
        } else if self.before.is_some_and(|b| matches!(b.token, Token::Colon | Token::Lt)) && self.has("name") {
            parts.push("a type".to_owned());
        } else {
            if self.has("name") {
                parts.push("a name".to_owned());
            }
            for (token, text) in [
                ("string", "a string"),
                ("int", "a number"),
                ("quantity", "a duration like `30min`"),
                ("regex", "a pattern `re\"…\"`"),
            ] {
                if self.has(token) {
                    parts.push(text.to_owned());
                }
            }
        }
        if value {
            return parts.join(" or ");
        }
        let mut left: Vec<&str> = self.expected.to_vec();
        if self.has("name") {
            // Where any name can stand, words of the language are no news.
            left.retain(|e| !WORDS.iter().any(|(w, t)| w == e && t.can_be_name()));
        }
        let mut take = |group: &[&str], least: usize| {
            let some = group.iter().filter(|g| left.contains(g)).count() >= least;
            if some {
                left.retain(|e| !group.contains(e));
            }
            some
        };
        let mut grouped: Vec<&str> = vec![];
        let operators = [
            "==", "!=", "<", "<=", ">", ">=", "in", "matches", "has", "is", "under", "runs", "at", "counting", "??",
            "+", "-", "*", "&", "and", "or", ".", "[", "(",
        ];
        if take(&operators, 4) || (self.after_operand() && !self.has("and")) {
            take(&operators, 1);
            grouped.push("an operator");
        }
        if take(&["by", "tier", "from", "with", "message", "tell", "showing", "retry", "shadow"], 6) {
            grouped.push("a clause such as `by`");
        }
        let clauses =
            ["when", "unless", "because", "tell", "from", "quorum", "expires", "for", "by", "with", "of", "to", "int"];
        if take(&clauses, 6) {
            parts.retain(|p| p != "a number");
            take(&["decimal"], 1);
            grouped.push("a clause such as `when`");
        }
        if take(&["allow", "deny", "require", "shadow", "limit", "raise", "oblige"], 3) {
            grouped.push("a rule");
        }
        if take(&["call", "expect", "repeat", "advance", "approve", "observe", "outage"], 4) {
            grouped.push("a step such as `call`");
        }
        if take(&["by", "on", "tier", "tags", "context", "input", "output", "ask"], 4) {
            grouped.push("a clause such as `by` or `input`");
        }
        if take(&["matching", "max", "places"], 3) {
            // A refinement could always follow; it is hardly ever what was forgotten.
            left.retain(|e| !["in", "?", "<", "or", "accepts", "refuses", "free", "=", "merge"].contains(e));
        }
        for e in &left {
            if !["name", "string", "int", "decimal", "quantity", "regex"].contains(e) {
                parts.push(format!("`{e}`"));
            }
        }
        parts.extend(grouped.into_iter().map(str::to_owned));
        match parts.len() {
            0 => String::new(),
            1 => parts.remove(0),
            n if n <= 5 => {
                let last = parts.pop().unwrap_or_default();
                format!("{} or {last}", parts.join(", "))
            }
            _ => {
                parts.truncate(5);
                format!("{}, …", parts.join(", "))
            }
        }
    }
}
