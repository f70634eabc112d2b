//! Text to tokens. Total: any bytes that are a string give tokens, the bad ones marked.

use logos::Logos;

use crate::diagnostic::nearest;
use crate::span::Span;

macro_rules! words {
    ($($variant:ident = $word:literal,)*) => {
        /// A kind of token. The text of names, numbers and strings is found by the token's span.
        #[derive(Logos, Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[logos(skip r"[ \t\r\n\f]+")]
        #[expect(missing_docs, reason = "a token's name says what it is")]
        pub enum Token {
            $(#[token($word)] $variant,)*

            #[regex("[A-Za-z_][A-Za-z0-9_]*")]
            Ident,
            #[regex("[0-9][0-9_]*")]
            Int,
            #[regex(r"[0-9][0-9_]*\.[0-9][0-9_]*")]
            Decimal,
            #[regex("[0-9][0-9_]*[A-Za-z][A-Za-z0-9_]*")]
            Quantity,
            #[regex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+([A-Za-z]|[+-][0-9:]+)?", priority = 20)]
            Instant,
            #[regex("[0-9]{4}-[0-9]{2}-[0-9]{2}", priority = 19)]
            Date,
            #[regex("[0-9]{1,2}:[0-9]{2}(:[0-9]{2})?", priority = 18)]
            Time,
            #[regex(r#""([^"\\\n]|\\[^\n])*""#)]
            Str,
            #[regex(r#"re"([^"\\\n]|\\[^\n])*""#)]
            Regex,
            #[regex(r#"glob"([^"\\\n]|\\[^\n])*""#)]
            Glob,

            #[token("{")] LBrace,
            #[token("}")] RBrace,
            #[token("(")] LParen,
            #[token(")")] RParen,
            #[token("[")] LBracket,
            #[token("]")] RBracket,
            #[token("<")] Lt,
            #[token(">")] Gt,
            #[token("<=")] Le,
            #[token(">=")] Ge,
            #[token("==")] EqEq,
            #[token("!=")] Ne,
            #[token("=")] Eq,
            #[token("->")] Arrow,
            #[token("??")] Coalesce,
            #[token("?")] Question,
            #[token("..")] DotDot,
            #[token(".")] Dot,
            #[token(",")] Comma,
            #[token(":")] Colon,
            #[token("+")] Plus,
            #[token("-")] Minus,
            #[token("*")] Star,
            #[token("|")] Pipe,
            #[token("&")] Amp,
            #[token("#")] Hash,
            #[token("=>")] FatArrow,

            // Never part of the language: lexed whole, so that the message can name them.
            #[token("&&")] AmpAmp,
            #[token("||")] PipePipe,
            #[token("!")] Bang,
            #[token(";")] Semicolon,
            #[token("/")] Slash,
            #[regex("'[^'\n]*'")] SingleQuoted,
            #[regex(r#"(re|glob)?"([^"\\\n]|\\[^\n])*\\?"#, priority = 1)] Unterminated,

            #[regex("//[^\n]*", allow_greedy = true)]
            Comment,

            Error,
            // A string with a character that no reader would see.
            Hidden,
        }

        /// Every word of the language, with its token.
        pub const WORDS: &[(&str, Token)] = &[$(($word, Token::$variant),)*];
    };
}

words! {
    Package = "package", Enum = "enum", Type = "type", Record = "record", Entity = "entity", Action = "action",
    Tiers = "tiers", Approvers = "approvers", Policy = "policy", Define = "define", Suite = "suite",
    Ordered = "ordered", From = "from", By = "by", On = "on", Tier = "tier", Context = "context", Input = "input", Output = "output",
    For = "for", Any = "any", Allow = "allow", Deny = "deny", Require = "require", Approval = "approval",
    Shadow = "shadow", When = "when", Unless = "unless", Because = "because", Quorum = "quorum",
    Expires = "expires", And = "and", Or = "or", Not = "not", In = "in", Has = "has", As = "as",
    Matches = "matches", True = "true", False = "false", Max = "max", Places = "places", Matching = "matching",
    Test = "test", Fixture = "fixture", RequestWord = "request", Call = "call", Expect = "expect", With = "with",
    Message = "message", DefaultWord = "default",
    Use = "use", Pub = "pub", Enforce = "enforce", Extend = "extend", Tag = "tag", Tags = "tags",
    Obligation = "obligation", Window = "window", Event = "event", Table = "table", Open = "open",
    Source = "source", File = "file", Fresh = "fresh", Warrant = "warrant", Never = "never",
    Conditional = "conditional", Always = "always", Merge = "merge", Min = "min", Union = "union",
    Intersect = "intersect", Count = "count", Sum = "sum", Distinct = "distinct", Set = "set", Of = "of",
    Over = "over", Where = "where", Failed = "failed", Succeeded = "succeeded", Attempted = "attempted",
    Denied = "denied", Admitted = "admitted", Counting = "counting", This = "this", Limit = "limit", Per = "per",
    Raise = "raise", To = "to", Oblige = "oblige", Tell = "tell", Free = "free", Required = "required", Is = "is",
    If = "if", Then = "then", Else = "else", Under = "under", Runs = "runs", Only = "only", All = "all", At = "at",
    Repeat = "repeat", Every = "every", Advance = "advance", Approve = "approve", Observe = "observe",
    Outage = "outage", Run = "run", Forall = "forall", Retry = "retry", After = "after", Accepts = "accepts",
    Refuses = "refuses", Allows = "allows", Ask = "ask", Showing = "showing",
}

impl Token {
    /// How the token is named in messages.
    #[must_use]
    pub fn describe(self) -> String {
        if let Some((word, _)) = WORDS.iter().find(|(_, token)| *token == self) {
            return format!("`{word}`");
        }
        match self {
            Token::Ident => "a name",
            Token::Int => "a number",
            Token::Decimal => "a decimal number",
            Token::Quantity => "a duration",
            Token::Str => "a string",
            Token::Regex => "a pattern `re\"…\"`",
            Token::Glob => "a pattern `glob\"…\"`",
            Token::Instant => "an instant",
            Token::Date => "a date",
            Token::Time => "a time of day",
            Token::Pipe => "`|`",
            Token::Amp => "`&`",
            Token::Hash => "`#`",
            Token::FatArrow => "`=>`",
            Token::LBrace => "`{`",
            Token::RBrace => "`}`",
            Token::LParen => "`(`",
            Token::RParen => "`)`",
            Token::LBracket => "`[`",
            Token::RBracket => "`]`",
            Token::Lt => "`<`",
            Token::Gt => "`>`",
            Token::Le => "`<=`",
            Token::Ge => "`>=`",
            Token::EqEq => "`==`",
            Token::Ne => "`!=`",
            Token::Eq => "`=`",
            Token::Arrow => "`->`",
            Token::Coalesce => "`??`",
            Token::Question => "`?`",
            Token::DotDot => "`..`",
            Token::Dot => "`.`",
            Token::Comma => "`,`",
            Token::Colon => "`:`",
            Token::Plus => "`+`",
            Token::Minus => "`-`",
            Token::Star => "`*`",
            Token::AmpAmp => "`&&`",
            Token::PipePipe => "`||`",
            Token::Bang => "`!`",
            Token::Semicolon => "`;`",
            Token::Slash => "`/`",
            _ => "this text",
        }
        .to_owned()
    }

    /// Whether the token is a word that opens an item.
    #[must_use]
    pub fn opens_item(self) -> bool {
        matches!(
            self,
            Token::Package
                | Token::Enum
                | Token::Type
                | Token::Record
                | Token::Entity
                | Token::Action
                | Token::Tiers
                | Token::Approvers
                | Token::Policy
                | Token::Define
                | Token::Suite
                | Token::Use
                | Token::Enforce
                | Token::Extend
                | Token::Tag
                | Token::Obligation
                | Token::Window
                | Token::Event
                | Token::Table
        )
    }

    /// Whether the token is a word that opens a clause of a rule or of what is declared.
    #[must_use]
    pub(crate) fn opens_clause(self) -> bool {
        use Token::{
            Ask, Because, By, Expires, For, From, Of, On, Over, Per, Quorum, Tags, Tell, Tier, To, Unless, When,
        };
        use Token::{Where, With};
        matches!(
            self,
            Ask | Because
                | By
                | Expires
                | For
                | From
                | Of
                | On
                | Over
                | Per
                | Quorum
                | Tags
                | Tell
                | Tier
                | To
                | Unless
                | When
        ) || matches!(self, Where | With)
    }

    /// Whether the token is one of the words.
    #[must_use]
    pub fn is_word(self) -> bool {
        // The words stand first in the list.
        (self as usize) < WORDS.len()
    }

    /// Whether the token can be a name: it is one, or a word that does not continue an expression or a rule.
    #[must_use]
    pub fn can_be_name(self) -> bool {
        self == Token::Ident || self.opens_item() || NAMES.contains(&self)
    }
}

/// Words that open no item and can be names all the same.
const NAMES: &[Token] = {
    use Token::*;
    &[
        Ordered,
        On,
        Tier,
        Context,
        Input,
        Output,
        Approval,
        Quorum,
        Expires,
        Max,
        Places,
        Matching,
        Test,
        Fixture,
        RequestWord,
        Message,
        Tags,
        Open,
        Source,
        File,
        Fresh,
        Warrant,
        Never,
        Conditional,
        Always,
        Min,
        Union,
        Intersect,
        Sum,
        Distinct,
        Set,
        Where,
        Free,
        Required,
        Only,
        Run,
        Retry,
        After,
        Accepts,
        Refuses,
        Allows,
        Tell,
        Over,
        This,
        Every,
        Advance,
        Approve,
        Observe,
        Outage,
        Repeat,
        Per,
        To,
        Of,
        Limit,
        Raise,
        Oblige,
        Ask,
        Showing,
    ]
};

/// A token and where it stands in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spanned {
    /// What it is.
    pub token: Token,
    /// Where it stands, counted from the start of the file.
    pub span: Span,
}

/// The tokens of a file, comments apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tokens {
    /// All but comments, in order.
    pub tokens: Vec<Spanned>,
    /// Comments, in order.
    pub comments: Vec<Span>,
}

/// Splits a text into tokens. Words in member position become names.
#[must_use]
pub fn lex(text: &str) -> Tokens {
    let mut out = Tokens::default();
    for (token, range) in Token::lexer(text).spanned() {
        let span = Span::new(small(range.start), small(range.end));
        match token.unwrap_or(Token::Error) {
            Token::Comment => out.comments.push(span),
            // One stretch of nonsense is one mistake.
            Token::Error => match out.tokens.last_mut() {
                Some(last) if last.token == Token::Error && last.span.end == span.start => last.span.end = span.end,
                _ => out.tokens.push(Spanned { token: Token::Error, span }),
            },
            Token::Str | Token::Regex if hidden(text, span).is_some() => {
                out.tokens.push(Spanned { token: Token::Hidden, span });
            }
            token => out.tokens.push(Spanned { token, span }),
        }
    }
    name_members(text, &mut out.tokens);
    out
}

/// The first character in a place that a reader would not see, or would see elsewhere: it makes a text say something
/// else than it shows. The replacement character stands for bytes that were not UTF-8.
#[must_use]
pub(crate) fn hidden(text: &str, span: Span) -> Option<(Span, char)> {
    let source = text.get(span.start as usize..span.end as usize)?;
    if source.bytes().all(|b| matches!(b, b' '..=b'~')) {
        return None;
    }
    let (at, c) = source.char_indices().find(|(at, c)| match c {
        '\t' | '\n' => false,
        // A line end that only some editors show: what follows it in a comment looks alive and is not.
        '\r' => !matches!(source.as_bytes().get(at + 1), None | Some(b'\n')),
        c => zt_values::is_hidden(*c),
    })?;
    let start = span.start + small(at);
    Some((Span::new(start, start + small(c.len_utf8())), c))
}

/// The word that opens an item, if the first token is that word misspelt.
#[must_use]
pub(crate) fn misspelt_item(text: &str, tokens: &[Spanned]) -> Option<Token> {
    let next = tokens.get(1)?.token;
    if next != Token::Ident && next != Token::Str && !next.can_be_name() {
        return None;
    }
    misspelt(text, tokens.first()?, Token::opens_item)
}

/// The word that opens a rule, if the first token is that word misspelt.
#[must_use]
pub(crate) fn misspelt_effect(text: &str, tokens: &[Spanned]) -> Option<Token> {
    if !tokens.get(1)?.token.can_be_name() {
        return None;
    }
    misspelt(text, tokens.first()?, |t| {
        use Token::{Allow, Deny, Limit, Oblige, Raise, Require, Shadow};
        matches!(t, Allow | Deny | Require | Shadow | Limit | Raise | Oblige)
    })
}

/// The word that opens a part of a suite, if the first token is that word misspelt.
#[must_use]
pub(crate) fn misspelt_part(text: &str, tokens: &[Spanned]) -> Option<Token> {
    let next = tokens.get(1)?.token;
    if next != Token::Str && !next.can_be_name() {
        return None;
    }
    misspelt(text, tokens.first()?, |t| matches!(t, Token::Test | Token::Fixture | Token::RequestWord | Token::Forall))
}

fn misspelt(text: &str, token: &Spanned, fits: impl Fn(Token) -> bool) -> Option<Token> {
    if token.token != Token::Ident {
        return None;
    }
    let source = text.get(token.span.start as usize..token.span.end as usize)?;
    let near = nearest(source, WORDS.iter().filter(|(_, t)| fits(*t)).map(|(w, _)| *w))?;
    WORDS.iter().find(|(w, _)| *w == near).map(|(_, t)| *t)
}

/// Files are refused long before their length passes 32 bits.
fn small(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

/// A word is a plain name on the line of a `.` or `has` before it, or before a `:` or `as "…"`.
fn name_members(text: &str, tokens: &mut [Spanned]) {
    for i in 0..tokens.len() {
        let Some(current) = tokens.get(i).copied() else { break };
        if !current.token.is_word() {
            continue;
        }
        let before = i.checked_sub(1).and_then(|j| tokens.get(j));
        let after = tokens.get(i + 1);
        let on_line = |from: u32, to: u32| !text.get(from as usize..to as usize).unwrap_or("\n").contains('\n');
        let member = before
            .is_some_and(|b| matches!(b.token, Token::Dot | Token::Has) && on_line(b.span.end, current.span.start));
        let key = after.is_some_and(|a| match a.token {
            Token::Colon => true,
            Token::As => tokens.get(i + 2).is_some_and(|s| s.token == Token::Str),
            _ => false,
        });
        if (member || key)
            && let Some(slot) = tokens.get_mut(i)
        {
            slot.token = Token::Ident;
        }
    }
}
