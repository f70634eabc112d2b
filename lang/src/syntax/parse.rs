//! Tokens to items. Total: any text gives a [`Parse`], and a broken item breaks only itself.

use std::collections::HashMap;
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic};
use crate::span::{ItemKey, Span};
use crate::syntax::ast::Item;
use crate::syntax::brackets::stray_bracket;
use crate::syntax::recover::{block_end, first_on_line, take_item};
use crate::syntax::stray::{hidden_character, lexical, outside};
use crate::syntax::token::{Spanned, Token, Tokens, WORDS, lex, misspelt_item};
use crate::threads;

/// The most bytes a policy file may have. Spans are 32 bits wide, and nobody reads a longer one.
pub const MAX_FILE: usize = 16 << 20;
/// After so many stretches of text that belong to no item, the rest of a chunk is one stretch.
const MAX_STRAYS: usize = 100;
/// So many tokens are worth a thread.
const ENOUGH: usize = 8 << 10;
/// How many chunks a thread takes at once.
const SHARE: usize = 8;

/// A file, taken apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parse {
    /// Its items in order.
    pub items: Vec<ParsedItem>,
    /// Its comments, for the formatter.
    pub comments: Vec<Span>,
    /// Mistakes outside of every item, counted from the start of the file.
    pub diagnostics: Vec<Diagnostic>,
}

/// An item and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParsedItem {
    /// Which item it is. Text that could be an item but has no word of the language in front is called
    /// `? name`: whoever uses the name is not told that it is unknown.
    pub key: ItemKey,
    /// Where it starts in the file.
    pub offset: u32,
    /// What it says.
    pub item: Arc<Item>,
}

/// Takes a file apart.
#[must_use]
pub fn parse(file: &Arc<str>, text: &str) -> Parse {
    if text.len() > MAX_FILE {
        return Parse {
            diagnostics: vec![
                Diagnostic::new(Code::TooLarge, Span::new(0, 0), format!("the file has {} bytes", text.len()))
                    .label("too large")
                    .help(format!("a file may have {MAX_FILE}; spread its items over several files")),
            ],
            ..Parse::default()
        };
    }
    let Tokens { tokens, comments } = lex(text);
    let unseen = comments.iter().filter_map(|c| hidden_character(text, *c, "a comment")).collect();
    let mut out = Parse { comments, diagnostics: unseen, ..Parse::default() };
    let mut starts = item_starts(text, &tokens);
    if starts.first() != Some(&0) {
        starts.insert(0, 0);
    }
    let mut seen: HashMap<String, u32> = HashMap::new();
    for chunk in chunks(text, &tokens, &starts) {
        out.diagnostics.extend(chunk.diagnostics);
        for (label, offset, item) in chunk.items {
            let name = label.as_str().into();
            let nth = seen.entry(label).or_default();
            let key = ItemKey { file: file.clone(), name, nth: *nth };
            *nth += 1;
            out.items.push(ParsedItem { key, offset, item: Arc::new(item) });
        }
    }
    out
}

/// What stands in each chunk of the tokens, in order. Chunks have nothing to do with each other, so that those of a long
/// file are taken apart on all cores.
fn chunks(text: &str, tokens: &[Spanned], starts: &[usize]) -> Vec<Chunk> {
    let chunk = |at: usize| -> Option<Chunk> {
        let end = starts.get(at + 1).copied().unwrap_or(tokens.len());
        let mut out = Chunk::default();
        out.take(text, tokens.get(*starts.get(at)?..end)?);
        Some(out)
    };
    let threads = threads::worth(tokens.len(), ENOUGH);
    if threads == 1 {
        return (0..starts.len()).filter_map(chunk).collect();
    }
    let own = vec![vec![]; threads];
    let taken = threads::each(own, starts.len(), SHARE, |own: &mut Vec<(usize, Chunk)>, at| {
        own.extend(chunk(at).map(|chunk| (at, chunk)));
    });
    let mut all: Vec<(usize, Chunk)> = taken.into_iter().flatten().collect();
    all.sort_unstable_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, chunk)| chunk).collect()
}

/// What stands in a chunk: an item, or several, or text that belongs to none.
#[derive(Debug, Clone, Default)]
struct Chunk {
    /// The items, each with its word and name, and with where it starts in the file.
    items: Vec<(String, u32, Item)>,
    /// Mistakes outside of every item.
    diagnostics: Vec<Diagnostic>,
    /// Whether `pub` stands in front of the next item.
    public: bool,
}

impl Chunk {
    /// Takes items off a chunk until nothing is left: one, unless text follows that belongs to none.
    fn take(&mut self, text: &str, tokens: &[Spanned]) {
        let mut rest = tokens;
        let mut strays = 0;
        while let Some(first) = rest.first().copied() {
            if first.token == Token::Pub
                && let Some((_, more)) = rest.split_first()
                && more.first().is_some_and(|next| next.token.opens_item())
            {
                // `pub` belongs to what follows.
                self.public = true;
                rest = more;
                continue;
            }
            let offset = first.span.start;
            // Before `as` a word is a name; outside of every item it can only be what it says.
            let source = text.get(offset as usize..first.span.end as usize).unwrap_or_default();
            let exact = WORDS.iter().find(|(word, t)| t.opens_item() && *word == source).map(|(_, t)| *t);
            let used = if let Some(word) = exact {
                let (item, used) = take_item(text, rest, word);
                self.push(text, rest.get(..used).unwrap_or(rest), word, offset, item);
                used
            } else if let Some(word) = misspelt_item(text, rest) {
                let (mut item, used) = take_item(text, rest, word);
                // Whatever else is wrong can wait until the word is right.
                item.diagnostics = vec![outside(text, rest.get(..used).unwrap_or(rest), offset)];
                self.push(text, rest.get(..used).unwrap_or(rest), word, offset, item);
                used
            } else {
                strays += 1;
                let used = if strays > MAX_STRAYS { rest.len() } else { block_end(rest).unwrap_or(rest.len()) };
                self.stray(text, rest.get(..used).unwrap_or(rest), offset);
                used
            };
            rest = rest.get(used.max(1)..).unwrap_or_default();
        }
    }

    /// Text that no word of the language opens.
    fn stray(&mut self, text: &str, tokens: &[Spanned], offset: u32) {
        if let Some(d) = stray_bracket(tokens) {
            return self.diagnostics.push(d);
        }
        let mistake = lexical(text, tokens).unwrap_or_else(|| outside(text, tokens, 0));
        let name = written_name(text, tokens);
        if name.is_empty() {
            return self.diagnostics.push(mistake);
        }
        let stop = tokens.last().map_or(offset, |t| t.span.end);
        let mut mistake = mistake;
        mistake.move_back(offset);
        let item = Item { kind: None, len: stop - offset, diagnostics: vec![mistake], named: true, public: false };
        self.add("?", &name, offset, item);
    }

    fn push(&mut self, text: &str, tokens: &[Spanned], word: Token, offset: u32, item: Item) {
        let name = item.kind.as_ref().map_or_else(
            || written_name(text, tokens.get(1..).unwrap_or_default()),
            |kind| kind.name().text.to_string(),
        );
        let word = word.describe();
        self.add(word.trim_matches('`'), &name, offset, item);
    }

    fn add(&mut self, word: &str, name: &str, offset: u32, mut item: Item) {
        item.public = std::mem::take(&mut self.public);
        self.items.push((format!("{word} {name}"), offset, item));
    }
}

/// The name of an item that was not understood: those who use it must still find it.
pub(crate) fn written_name(text: &str, tokens: &[Spanned]) -> String {
    let source = |t: &Spanned| text.get(t.span.start as usize..t.span.end as usize).unwrap_or_default();
    let mut name = String::new();
    for (i, t) in tokens.iter().enumerate() {
        let part = match t.token {
            Token::Str if i == 0 => return source(t).trim_matches('"').to_owned(),
            Token::Dot => i % 2 == 1,
            Token::Ident => i % 2 == 0,
            word => i == 0 && word.can_be_name(),
        };
        if !part {
            break;
        }
        name.push_str(source(t));
    }
    if name.ends_with('.') {
        name.pop();
    }
    name
}

/// Where items start: a word that opens one, followed by what can name it; or, at the start of a line and
/// outside of all braces, by what would follow its name.
fn item_starts(text: &str, tokens: &[Spanned]) -> Vec<usize> {
    // In a file whose brackets all have partners nothing inside of them starts an item.
    let whole = balanced(tokens);
    let mut starts = vec![];
    let mut depth = 0_u32;
    for (i, t) in tokens.iter().enumerate() {
        match t.token {
            Token::LBrace => depth += 1,
            Token::RBrace => depth = depth.saturating_sub(1),
            word if word.opens_item() && (depth == 0 || !whole) => {
                // `pub` opens what it stands before.
                let public = i > 0 && tokens.get(i - 1).is_some_and(|before| before.token == Token::Pub);
                let next = tokens.get(i + 1);
                let named = next.is_some_and(|next| match next.token {
                    Token::Str => word == Token::Suite,
                    Token::Ident => word != Token::Suite,
                    next => {
                        next.is_word() && word != Token::Suite && tokens.get(i + 2).is_some_and(|x| opens_body(x.token))
                    }
                });
                let nameless = depth == 0
                    && first_on_line(text, tokens, i)
                    && next.is_none_or(|next| match next.token {
                        Token::LBrace
                        | Token::Eq
                        | Token::For
                        | Token::From
                        | Token::Ordered
                        | Token::When
                        | Token::Unless
                        | Token::By => true,
                        Token::LParen => word == Token::Define,
                        Token::Ident | Token::Int | Token::Str => word == Token::Suite || next.token != Token::Ident,
                        next => next.opens_item() && first_on_line(text, tokens, i + 1),
                    });
                if named || nameless {
                    starts.push(if public { i - 1 } else { i });
                    depth = 0;
                }
            }
            _ => {}
        }
    }
    starts
}

/// Whether every bracket has its partner.
fn balanced(tokens: &[Spanned]) -> bool {
    let mut open: Vec<Token> = vec![];
    for t in tokens {
        match t.token {
            Token::LBrace | Token::LParen | Token::LBracket => open.push(t.token),
            Token::RBrace if open.pop() != Some(Token::LBrace) => return false,
            Token::RParen if open.pop() != Some(Token::LParen) => return false,
            Token::RBracket if open.pop() != Some(Token::LBracket) => return false,
            _ => {}
        }
    }
    open.is_empty()
}

/// What can follow the name of an item, where that name is a word of the language.
fn opens_body(token: Token) -> bool {
    use Token::{Context, Dot, Eq, For, From, In, LBrace, LParen, Open, Ordered, Required};
    matches!(token, LBrace | Eq | Dot | LParen | From | For | Ordered | In | Open | Required | Context)
}
