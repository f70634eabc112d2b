//! Brackets without a partner, and which one is likelier to be the slip.

use crate::diagnostic::{Code, Diagnostic};
use crate::syntax::token::{Spanned, Token};

/// A bracket without its partner.
pub(crate) struct Broken {
    pub(crate) mistake: Diagnostic,
    /// Whether it is a closing one, with nothing open.
    pub(crate) extra: bool,
}

/// Closing brackets that stand alone.
pub(crate) fn stray_bracket(tokens: &[Spanned]) -> Option<Diagnostic> {
    let first = tokens.first().filter(|t| is_closing(t.token))?;
    tokens.iter().all(|t| is_closing(t.token)).then(|| closes_nothing(first))
}

fn is_closing(token: Token) -> bool {
    matches!(token, Token::RBrace | Token::RParen | Token::RBracket)
}

/// A bracket without its partner: the first.
pub(crate) fn unbalanced(text: &str, tokens: &[Spanned]) -> Option<Broken> {
    let mut open: Vec<Spanned> = vec![];
    let indents = Indents::of(text);
    // The first bracket whose partner stands further left or right than the line that opens it.
    let mut suspect: Option<Spanned> = None;
    for t in tokens {
        let partner = match t.token {
            Token::LBrace | Token::LParen | Token::LBracket => {
                open.push(*t);
                continue;
            }
            Token::RBrace => Token::LBrace,
            Token::RParen => Token::LParen,
            Token::RBracket => Token::LBracket,
            _ => continue,
        };
        match open.pop() {
            // Nothing of its kind is open: the closing bracket is the one too many.
            Some(o) if o.token != partner && !open.iter().any(|o| o.token == partner) => {
                return Some(Broken { mistake: closes_nothing(t), extra: true });
            }
            Some(o) if o.token == partner => {
                let (from, to) = (indents.line(o.span.start), indents.line(t.span.start));
                if suspect.is_none() && from.0 != to.0 && to.0 + to.1 == t.span.start && from.1 > to.1 {
                    suspect = Some(o);
                }
            }
            Some(o) => {
                let mistake =
                    Diagnostic::new(Code::Unclosed, o.span, format!("{} is never closed", o.token.describe()))
                        .label("opened here")
                        .related(None, t.span, format!("{} closes something else", t.token.describe()))
                        .help(format!("put {} before this {}", closing(o.token), t.token.describe()));
                return Some(Broken { mistake, extra: false });
            }
            None => return Some(Broken { mistake: closes_nothing(t), extra: true }),
        }
    }
    let o = suspect.filter(|_| !open.is_empty()).or_else(|| open.last().copied())?;
    let mistake = Diagnostic::new(Code::Unclosed, o.span, format!("{} is never closed", o.token.describe()))
        .label("opened here")
        .help(format!("add {} where it should end", closing(o.token)));
    Some(Broken { mistake, extra: false })
}

/// Where lines start, and how far they are indented.
struct Indents(Vec<(u32, u32)>);

impl Indents {
    fn of(text: &str) -> Indents {
        let small = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let mut lines = vec![];
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let indent = line.len() - line.trim_start_matches([' ', '\t']).len();
            lines.push((small(start), small(indent)));
            start += line.len();
        }
        // An item starts in the middle of its first line as far as its text shows: count it as the margin.
        Indents(lines)
    }

    fn line(&self, at: u32) -> (u32, u32) {
        let i = self.0.partition_point(|(start, _)| *start <= at);
        i.checked_sub(1).and_then(|i| self.0.get(i)).copied().unwrap_or_default()
    }
}

fn closing(open: Token) -> &'static str {
    match open {
        Token::LParen => "`)`",
        Token::LBracket => "`]`",
        _ => "`}`",
    }
}

fn closes_nothing(t: &Spanned) -> Diagnostic {
    Diagnostic::new(Code::Unclosed, t.span, format!("{} closes nothing", t.token.describe()))
        .label("no bracket is open here")
        .help("remove it, or add the bracket that it should close")
        .fix("remove it", t.span, "")
}
