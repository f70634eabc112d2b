//! What is said about text that does not parse.

use lalrpop_util::ParseError;

use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::span::Span;
use crate::syntax::recover::Failure;
use crate::syntax::token::{Spanned, Token, WORDS};

/// What other languages call a value that may be absent.
pub(crate) const OPTIONAL: &[&str] = &["Optional", "Option", "Maybe", "Nullable"];

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
        opens: tokens.iter().map(|t| t.token).find(|t| *t != Token::Pub),
        rows: tokens.get(..at).unwrap_or_default().iter().any(|t| t.token == Token::Eq),
        named: at == 2,
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
    /// The word that opens the part: of an item, a rule, a test.
    opens: Option<Token>,
    /// Whether a `=` stands before it: within a table, that it is among the rows.
    rows: bool,
    /// Whether only the word that opens the part and a name stand before it.
    named: bool,
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
        if let Some(said) = self.in_limit().or_else(|| self.in_table()) {
            return d.help(said);
        }
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
            Some(Token::Comma) if self.opens == Some(Token::Entity) && self.has("from") => {
                d.help("zt writes `or`").fix("write `or`", span, " or")
            }
            Some(Token::Int | Token::Quantity) if self.after_dotted_clause() => {
                d.help("a clause of its own: `from leads quorum 2 expires 1h`, without a dot")
            }
            Some(Token::Comma | Token::And) if self.after_type() => replace(d, "or"),
            Some(Token::Str) if before == Some(Token::Has) => {
                d.help(format!("`has` asks for an attribute by its name; whether a set holds something is asked with `{} in …`", self.source))
            }
            Some(Token::LBracket) if self.after_name_of_type(OPTIONAL) => {
                d.help("where a value may be absent, a `?` follows its type, as in `note : String?`")
            }
            Some(Token::LBracket) if self.after_name_of_type(&["List", "Set", "Map"]) => {
                d.help("what a collection holds stands between `<` and `>`, as in `List<Int>`")
            }
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

    /// What is wrong with the rate of a limit.
    fn in_limit(&self) -> Option<&'static str> {
        if self.opens != Some(Token::Limit) {
            return None;
        }
        let before = self.before.map(|b| self.text_of(b));
        let unit = |t: Option<Spanned>| t.map(|t| self.text_of(t)).unwrap_or_default();
        Some(match self.token? {
            Token::Per if self.named => "say how many first, as in `10 per 1h`",
            _ if self.expected == ["per"] => "say over which time: `10 per 1h`, or `10 per day at \"UTC\"`",
            _ if self.expected == ["at"] => match before? {
                "second" | "minute" | "hour" => "a span of time is written `1s`, `1min` or `1h`",
                "day" | "week" | "month" => {
                    "a day, week or month is somebody's calendar's: `per month at \"UTC\"`; the last thirty days are `30d`"
                }
                _ => "a span of time is written `1h`, a unit of the calendar `day at \"UTC\"`",
            },
            Token::Int if self.has("quantity") && unit(self.after).starts_with(['s', 'm', 'h']) => {
                "number and unit are one word: `1s`, `1min`, `1h`"
            }
            Token::Int if self.has("quantity") && unit(self.after).starts_with(['d', 'w']) => {
                "number and unit are one word, as in `1d`; a unit of the calendar is `day at \"UTC\"`, `week` or `month`"
            }
            token
                if self.named
                    && (token == Token::LParen || token == Token::Minus || token.can_be_name() || token.is_word())
                    && !token.opens_clause() =>
            {
                "a limit is a number that is written out; where it depends on something, declare a window and write `deny NAME when w counting this > …`"
            }
            _ => return None,
        })
    }

    /// What is wrong with a row of a table.
    fn in_table(&self) -> Option<&'static str> {
        if self.opens != Some(Token::Table) {
            return None;
        }
        if self.expected == ["->"] {
            return Some("say what a row says: `table limits (Region) -> Int`, or `-> Bool`");
        }
        if !self.rows {
            return None;
        }
        Some(match self.token? {
            Token::Comma if self.has("=>") => "the parts of a key are separated by `|`, as in `{ a | b => 1 }`",
            Token::Comma => "rows are not separated by commas: a blank or a new line is enough",
            Token::LParen => "a row has no brackets: `{ a | b => 1 }`",
            Token::LBrace | Token::LBracket => {
                "rows stand between two braces, and have none of their own: `{ a | b => 1 }`"
            }
            _ if self.has("=>") => "what a row says stands after `=>`; the rows of a relation are in a file",
            _ => return None,
        })
    }

    /// Whether a clause stands before it that is written like an attribute: `leads.quorum 2`.
    fn after_dotted_clause(&self) -> bool {
        let before = self.text.get(..self.span.start as usize).unwrap_or_default().trim_end();
        before.ends_with(".quorum") || before.ends_with(".expires")
    }

    /// Whether the name of one of these types stands before it.
    fn after_name_of_type(&self, names: &[&str]) -> bool {
        self.before.is_some_and(|b| b.token == Token::Ident && names.contains(&self.text_of(b)))
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
