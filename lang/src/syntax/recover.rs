//! One item from its tokens, and what can be kept of it if it is broken.

use lalrpop_util::ParseError;

use crate::diagnostic::{Code, Diagnostic};
use crate::span::Span;
use crate::syntax::ast::{Item, ItemKind};
use crate::syntax::brackets::{Broken, stray_bracket, unbalanced};
use crate::syntax::build::{Cx, SuiteHead};
use crate::syntax::grammar;
use crate::syntax::message::{Part, unexpected};
use crate::syntax::separate::separators;
use crate::syntax::stray::lexical;
use crate::syntax::token::{Spanned, Token, misspelt_effect, misspelt_part};

/// How far the text after an item is looked at.
const SCANNED: usize = 1_000;
const ITEM: Part = Part { name: "item", more: &[] };
const RULE: Part =
    Part { name: "rule", more: &["allow", "deny", "require", "limit", "raise", "oblige", "shadow", "}"] };
const SUITE_PART: Part = Part { name: "test", more: &["test", "fixture", "request", "forall", "}"] };
const SUITE_HEAD: Part = Part { name: "suite", more: &["{"] };
const HEAD: Part = Part { name: "policy", more: &["{"] };

pub(crate) type Failure = ParseError<u32, Token, ()>;

/// Parses an item off the front of some tokens. The first is taken for `word`, whatever is written there.
/// Gives the item, its spans counted from its start, and how many tokens it has.
pub(crate) fn take_item(text: &str, tokens: &[Spanned], word: Token) -> (Item, usize) {
    let base = tokens.first().map_or(0, |t| t.span.start);
    let end = tokens.last().map_or(base, |t| t.span.end);
    let cx = Cx::new(text.get(base as usize..end as usize).unwrap_or_default());
    let parse = |tokens: &[Spanned]| {
        cx.diagnostics.borrow_mut().clear();
        cx.take_deep();
        grammar::ItemParser::new().parse(&cx, feed(tokens, base, Some(word)))
    };
    let finish = |kind, tokens: &[Spanned], named: bool| {
        let len = tokens.last().map_or(0, |t| t.span.end - base);
        (Item { kind, len, diagnostics: cx.diagnostics.take(), named, public: false }, tokens.len())
    };
    let error = match parse(tokens) {
        Ok(kind) if !cx.take_deep() => {
            separators(cx.text, &kind, &mut cx.diagnostics.borrow_mut());
            return finish(Some(kind), tokens, true);
        }
        Ok(_) => None,
        Err(error) => Some(error),
    };
    // More is closed after the item than is open: it seems to end only because a bracket is too many.
    let overclosed = error
        .as_ref()
        .and_then(|e| place(e, tokens, base))
        .and_then(|at| tokens.get(at..))
        .is_some_and(|rest| stray_bracket(rest).is_none() && depth(rest.get(..SCANNED).unwrap_or(rest)) < 0);
    // Text after a whole item is no part of it.
    if let Some(error) = &error
        && !overclosed
        && let Some(at) = place(error, tokens, base)
        && ends_before(text, tokens, at, error)
        && let Some(prefix) = tokens.get(..at)
        && let Ok(kind) = parse(prefix)
        && !cx.take_deep()
    {
        separators(cx.text, &kind, &mut cx.diagnostics.borrow_mut());
        return finish(Some(kind), prefix, true);
    }
    let at = error.as_ref().and_then(|e| place(e, tokens, base));
    let own = if overclosed { None } else { block_end(tokens) }.and_then(|n| tokens.get(..n));
    let own = own.unwrap_or(tokens);
    let relative: Vec<Spanned> = own
        .iter()
        .enumerate()
        .map(|(i, t)| Spanned {
            token: if i == 0 { word } else { t.token },
            span: Span::new(t.span.start - base, t.span.end - base),
        })
        .collect();
    let deep = cx.diagnostics.take().into_iter().find(|d| d.code == Code::NestedTooDeep);
    let said = lexical(cx.text, &relative).or_else(|| match unbalanced(cx.text, &relative) {
        // An opening bracket that is missing is noticed only at its partner; the parser knows where it should be.
        Some(Broken { mistake, extra: true }) => Some(match &error {
            Some(e) if wants_opening(e) && place(e, tokens, base).is_some_and(|at| at < relative.len()) => {
                unexpected(cx.text, &relative, e, ITEM, false)
            }
            _ => mistake,
        }),
        Some(broken) => Some(broken.mistake),
        None => None,
    });
    let mut found = vec![];
    cx.take_deep();
    let kind = salvage(&cx, &relative, &mut found);
    // What else was found in what was salvaged would only repeat a mistake of the whole.
    let salvaged = cx.diagnostics.take();
    let diagnostics = match (said, deep, error) {
        (Some(said), ..) => vec![said],
        (None, Some(deep), None) if salvaged.is_empty() => vec![deep],
        (None, _, Some(error)) if found.is_empty() => vec![unexpected(cx.text, &relative, &error, ITEM, false)],
        (None, ..) => found.into_iter().chain(salvaged).collect(),
    };
    cx.diagnostics.replace(diagnostics);
    // A name that the next token does not fit is hardly the name.
    let name = tokens.iter().skip(1).take_while(|t| t.token == Token::Dot || t.token.can_be_name()).count();
    let named = kind.is_some() || at.is_some_and(|at| at > name + 1);
    finish(kind, own, named)
}

/// Tokens as the parser wants them, counted from `base`.
fn feed(
    tokens: &[Spanned],
    base: u32,
    first: Option<Token>,
) -> impl Iterator<Item = Result<(u32, Token, u32), ()>> + '_ {
    tokens.iter().enumerate().map(move |(i, t)| {
        let token = first.filter(|_| i == 0).unwrap_or(t.token);
        Ok((t.span.start - base, token, t.span.end - base))
    })
}

/// Which token the parser could not use; `None` if it wanted more.
fn place(error: &Failure, tokens: &[Spanned], base: u32) -> Option<usize> {
    match error {
        ParseError::UnrecognizedToken { token: (start, ..), .. } | ParseError::ExtraToken { token: (start, ..) } => {
            tokens.binary_search_by_key(&(start + base), |t| t.span.start).ok()
        }
        _ => None,
    }
}

fn expected(error: &Failure) -> &[String] {
    match error {
        ParseError::UnrecognizedToken { expected, .. } | ParseError::UnrecognizedEof { expected, .. } => expected,
        _ => &[],
    }
}

fn wants_opening(error: &Failure) -> bool {
    expected(error).iter().any(|e| matches!(e.as_str(), "\"{\"" | "\"(\"" | "\"[\""))
}

/// Whether an item might end before a token: outside of braces, at the start of a line or after a `}`.
fn ends_before(text: &str, tokens: &[Spanned], at: usize, error: &Failure) -> bool {
    let (Some(before), Some(rest)) = (tokens.get(..at), tokens.get(at..)) else { return false };
    let after_brace = before.last().is_some_and(|t| t.token == Token::RBrace);
    if depth(before) != 0 || !(after_brace || first_on_line(text, tokens, at)) {
        return false;
    }
    // `entity User from pep` is whole, but not if its brace is only forgotten.
    let brace = rest.iter().take(SCANNED).find(|t| matches!(t.token, Token::LBrace | Token::RBrace));
    !(expected(error).iter().any(|e| e == "\"{\"") && brace.is_some_and(|t| t.token == Token::RBrace))
}

fn depth(tokens: &[Spanned]) -> i64 {
    tokens.iter().fold(0, |depth, t| match t.token {
        Token::LBrace => depth + 1,
        Token::RBrace => depth - 1,
        _ => depth,
    })
}

/// How many tokens there are up to the end of the first braces, if they end.
pub(crate) fn block_end(tokens: &[Spanned]) -> Option<usize> {
    let mut depth = 0_u32;
    for (i, t) in tokens.iter().enumerate() {
        match t.token {
            Token::LBrace => depth += 1,
            Token::RBrace => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(i + 1);
                }
            }
            _ => {}
        }
    }
    None
}

/// Whether a token is the first on its line.
pub(crate) fn first_on_line(text: &str, tokens: &[Spanned], at: usize) -> bool {
    let Some(t) = tokens.get(at) else { return false };
    let before = at.checked_sub(1).and_then(|b| tokens.get(b)).map_or(0, |b| b.span.end);
    at == 0 || text.get(before as usize..t.span.start as usize).is_some_and(|gap| gap.contains('\n'))
}

/// Cuts a policy at its rules, a suite at its parts, and keeps those that parse. Reports one mistake for
/// each part that does not.
fn salvage(cx: &Cx<'_>, tokens: &[Spanned], found: &mut Vec<Diagnostic>) -> Option<ItemKind> {
    let brace = tokens.iter().position(|t| t.token == Token::LBrace)?;
    let head = tokens.get(..brace)?;
    let body_end = match tokens.last() {
        Some(last) if last.token == Token::RBrace && depth(tokens) == 0 => tokens.len() - 1,
        _ => tokens.len(),
    };
    let body = tokens.get(brace + 1..body_end).unwrap_or_default();
    match tokens.first()?.token {
        Token::Policy => {
            let mut policy = match grammar::PolicyHeadParser::new().parse(cx, feed(head, 0, None)) {
                Ok(_) if cx.take_deep() => return None,
                Ok(policy) => policy,
                Err(error) => {
                    found.push(unexpected(
                        cx.text,
                        head,
                        &error,
                        HEAD,
                        place(&error, head, 0).is_some_and(|at| at > 2),
                    ));
                    return None;
                }
            };
            let parse = |tokens: &[Spanned], first| grammar::RuleParser::new().parse(cx, feed(tokens, 0, first));
            for part in cut(body, &rule_starts(cx.text, body)) {
                keep(cx, part, RULE, parse, misspelt_effect, found, |rule| policy.rules.push(rule));
            }
            Some(ItemKind::Policy(policy))
        }
        Token::Suite => {
            let name = tokens.get(1).filter(|t| t.token == Token::Str)?;
            let name = cx.text(name.span);
            // A mistake between name and brace is reported, and what stands in the braces kept.
            let at = match grammar::SuiteHeadParser::new().parse(cx, feed(head, 0, None)) {
                Ok(head) => head.at,
                Err(error) => {
                    found.push(unexpected(cx.text, head, &error, SUITE_HEAD, true));
                    None
                }
            };
            let mut suite = SuiteHead { name, at }.with(vec![]);
            let parse = |tokens: &[Spanned], first| grammar::SuitePartParser::new().parse(cx, feed(tokens, 0, first));
            for part in cut(body, &suite_starts(body)) {
                keep(cx, part, SUITE_PART, parse, misspelt_part, found, |part| suite.push(part));
            }
            // Who gives a fixture a name that is none uses it as well: that is one mistake.
            let said = misnamed(body);
            let words: Vec<Token> = said.iter().map(|t| t.token).collect();
            let used = |d: &Diagnostic| {
                d.code == Code::UnexpectedToken
                    && body.iter().any(|t| t.span == d.span && words.contains(&t.token))
                    && said.iter().all(|t| t.span != d.span)
            };
            found.retain(|d| !used(d));
            Some(ItemKind::Suite(suite))
        }
        _ => None,
    }
}

/// Keeps of a part what parses. It ends where the next one has its first word misspelt.
fn keep<T>(
    cx: &Cx<'_>,
    part: &[Spanned],
    what: Part,
    parse: impl Fn(&[Spanned], Option<Token>) -> Result<T, Failure>,
    misspelt: impl Fn(&str, &[Spanned]) -> Option<Token>,
    found: &mut Vec<Diagnostic>,
    mut push: impl FnMut(T),
) {
    let (mut rest, mut first) = (part, None);
    while !rest.is_empty() {
        let before = cx.diagnostics.borrow().len();
        cx.take_deep();
        let error = match parse(rest, first) {
            Ok(whole) => {
                if !cx.take_deep() {
                    push(whole);
                }
                return;
            }
            Err(error) => error,
        };
        cx.diagnostics.borrow_mut().truncate(before);
        let at = place(&error, rest, 0);
        let done = at.and_then(|at| rest.get(..at)).filter(|done| !done.is_empty());
        let done = done.and_then(|done| parse(done, first).ok());
        found.push(unexpected(cx.text, rest, &error, what, done.is_some()));
        let Some(more) = at.and_then(|at| rest.get(at..)) else { return };
        let Some(word) = misspelt(cx.text, more) else { return };
        // What goes before the misspelt word is as whole as if the word were right.
        if let Some(done) = done.filter(|_| !cx.take_deep()) {
            push(done);
        }
        (rest, first) = (more, Some(word));
    }
}

fn cut<'a>(body: &'a [Spanned], starts: &[usize]) -> Vec<&'a [Spanned]> {
    let mut parts = vec![];
    if starts.first().is_none_or(|first| *first > 0) {
        parts.extend(body.get(..starts.first().copied().unwrap_or(body.len())).filter(|p| !p.is_empty()));
    }
    for (i, &start) in starts.iter().enumerate() {
        parts.extend(body.get(start..starts.get(i + 1).copied().unwrap_or(body.len())));
    }
    parts
}

/// Rules start at their effects. In a body whose braces have partners, nothing inside of them is a rule.
fn rule_starts(text: &str, body: &[Spanned]) -> Vec<usize> {
    let whole = depth(body) == 0;
    let mut inside = 0_i64;
    let mut starts: Vec<usize> = vec![];
    for (i, t) in body.iter().enumerate() {
        match t.token {
            Token::LBrace => inside += 1,
            Token::RBrace => inside -= 1,
            Token::Shadow
            | Token::Allow
            | Token::Deny
            | Token::Require
            | Token::Limit
            | Token::Raise
            | Token::Oblige
                if !whole || inside == 0 =>
            {
                // `shadow deny` is one start, and so is `deny deny` on a line, whatever it means.
                let again = i > 0 && starts.last() == Some(&(i - 1));
                let after_shadow = again && body.get(i - 1).is_some_and(|b| b.token == Token::Shadow);
                if !after_shadow && (!again || first_on_line(text, body, i)) {
                    starts.push(i);
                }
            }
            _ => {}
        }
    }
    starts
}

/// The words of the language that fixtures and requests are called by, and cannot be.
fn misnamed(body: &[Spanned]) -> Vec<Spanned> {
    let called = body.windows(3).filter_map(|three| match three {
        [fixture, name, eq]
            if matches!(fixture.token, Token::Fixture | Token::RequestWord)
                && eq.token == Token::Eq
                && name.token.is_word()
                && !name.token.can_be_name() =>
        {
            Some(*name)
        }
        _ => None,
    });
    called.collect()
}

fn suite_starts(body: &[Spanned]) -> Vec<usize> {
    let token = |i: usize| body.get(i).map(|t| t.token);
    let name = |i: usize| token(i).is_some_and(Token::can_be_name);
    (0..body.len())
        .filter(|&i| match token(i) {
            Some(Token::Test) => {
                matches!(token(i + 1), Some(Token::Str | Token::LBrace | Token::Table))
                    || name(i + 1) && token(i + 2) == Some(Token::LBrace)
            }
            Some(Token::Fixture | Token::RequestWord) => {
                let named = name(i + 1) || token(i + 1).is_some_and(Token::is_word);
                token(i + 1) == Some(Token::Eq) || named && token(i + 2) == Some(Token::Eq)
            }
            Some(Token::Forall) => true,
            _ => false,
        })
        .collect()
}
