//! Patterns: regular expressions with ASCII classes that match whole texts in linear time.

use std::sync::Arc;

use regex_automata::MatchKind;
use regex_automata::dfa::{StartKind, dense};
use regex_automata::nfa::thompson;
use regex_automata::util::syntax;
use regex_syntax::ast::{self, AssertionKind, Ast, ClassPerlKind, Visitor};
use regex_syntax::hir::Hir;

use crate::hir::{Dfa, Name, Pattern, Search};

/// A dense table is faster, a sparse one smaller; up to this many bytes a table stays dense.
const DENSE_BYTES: usize = 64 << 10;
/// The most memory that building one automaton may take, in bytes.
const BUILD_BYTES: usize = 8 << 20;
/// The most memory of an automaton that finds several patterns. More patterns are divided among automata, since one that
/// finds many different phrases remembers combinations of their beginnings, and grows like their product.
const JOINED_BYTES: usize = 256 << 10;
/// The most bytes that the automata of one table may have when they are stored.
const TABLE_BYTES: usize = 4 << 20;
/// The most bytes that one automaton may have when it is stored.
const STORED_BYTES: usize = 1 << 20;
/// How deep a pattern may be nested.
const NESTED: u32 = 64;

/// Why a pattern is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PatternError {
    /// It is not understood: where in the pattern (bytes), and why.
    Syntax(std::ops::Range<usize>, String),
    /// Its automaton would be too large.
    TooLarge,
    /// It is sought, and found in every text.
    Everywhere,
}

/// Compiles a pattern.
///
/// # Errors
/// If it is not a regular expression, uses what zt leaves out, or is too large.
pub fn compile(source: &str) -> Result<Pattern, PatternError> {
    let anchored = format!(r"\A(?:{})\z", translated(source)?.source);
    // The second parser resolves classes, which the first does not: `\p{…}`, empty ranges.
    resolved(&anchored, source)?;
    let config = dense::Config::new().start_kind(StartKind::Anchored);
    let dfa = automaton(config, &[&anchored], BUILD_BYTES).ok_or(PatternError::TooLarge)?;
    Ok(Pattern { source: source.into(), anchored: anchored.into(), dfa: Arc::new(dfa) })
}

/// A pattern that is sought anywhere in a text that was folded ([`zt_values::fold()`]), as the engines understand it. One
/// without a capital letter finds any case.
///
/// # Errors
/// If it is not a regular expression, uses what zt leaves out, or finds something in every text.
pub fn sought(source: &str) -> Result<Name, PatternError> {
    let folded = zt_values::fold_pattern(source);
    // Places in what was folded are none in the source.
    let whole = |why| match why {
        PatternError::Syntax(_, said) if folded != source => PatternError::Syntax(0..source.len(), said),
        why => why,
    };
    let translated = translated(&folded).map_err(whole)?;
    let flags = if translated.capital { "" } else { "i" };
    let sought = format!("(?{flags}:{})", translated.source);
    let hir = resolved(&sought, source)?;
    if hir.properties().minimum_len().is_none_or(|length| length == 0) {
        return Err(PatternError::Everywhere);
    }
    Ok(sought.into())
}

/// The automata that find all of these patterns, as [`sought`] gives them, wherever they are in a text: each finds those
/// after the ones of the automaton before.
#[must_use]
pub fn search(sought: &[&str]) -> Option<Vec<Search>> {
    let mut found = vec![];
    join(sought, &mut found)?;
    let bytes: usize = found.iter().map(|search| search.dfa.bytes.len()).sum();
    (bytes <= TABLE_BYTES).then_some(found)
}

/// Builds one automaton for all, or divides them.
fn join(sought: &[&str], found: &mut Vec<Search>) -> Option<()> {
    let config = dense::Config::new().start_kind(StartKind::Unanchored).match_kind(MatchKind::All);
    let most = if sought.len() > 1 { JOINED_BYTES } else { BUILD_BYTES };
    if let Some(dfa) = automaton(config, sought, most) {
        found.push(Search { rows: sought.len(), dfa });
        return Some(());
    }
    let (left, right) = sought.split_at(sought.len() / 2);
    if left.is_empty() {
        return None;
    }
    join(left, found)?;
    join(right, found)
}

/// An automaton within the limits.
fn automaton(config: dense::Config, patterns: &[&str], most: usize) -> Option<Dfa> {
    let config = config.minimize(false).dfa_size_limit(Some(most)).determinize_size_limit(Some(BUILD_BYTES));
    let dense = dense::Builder::new()
        .syntax(syntax::Config::new().nest_limit(NESTED))
        .thompson(thompson::Config::new().nfa_size_limit(Some(BUILD_BYTES)).shrink(false))
        .configure(config)
        .build_many(patterns)
        .ok()?;
    let dfa = if dense.memory_usage() <= DENSE_BYTES {
        let (bytes, padding) = dense.to_bytes_little_endian();
        Dfa { sparse: false, bytes: bytes.get(padding..).unwrap_or_default().to_vec() }
    } else {
        Dfa { sparse: true, bytes: dense.to_sparse().ok()?.to_bytes_little_endian() }
    };
    (dfa.bytes.len() <= STORED_BYTES).then_some(dfa)
}

/// A pattern without what zt leaves out.
struct Translated {
    source: String,
    /// Whether it asks for a capital letter somewhere.
    capital: bool,
}

fn translated(source: &str) -> Result<Translated, PatternError> {
    let parsed = ast::parse::ParserBuilder::new()
        .nest_limit(NESTED)
        .build()
        .parse(source)
        .map_err(|e| PatternError::Syntax(range(e.span()), e.kind().to_string()))?;
    let (edits, capital) = ast::visit(&parsed, Ascii::default())?;
    let mut ascii = String::with_capacity(source.len() + 16);
    let mut done = 0;
    for (at, text) in edits {
        ascii.push_str(source.get(done..at.start).unwrap_or_default());
        ascii.push_str(text);
        done = at.end;
    }
    ascii.push_str(source.get(done..).unwrap_or_default());
    Ok(Translated { source: ascii, capital })
}

/// A translated pattern with its classes resolved; `source` is as the author wrote it.
fn resolved(translated: &str, source: &str) -> Result<Hir, PatternError> {
    regex_syntax::ParserBuilder::new().nest_limit(NESTED).build().parse(translated).map_err(|e| {
        let text = e.to_string();
        let last = text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
        PatternError::Syntax(0..source.len(), last)
    })
}

/// Finds classes to be replaced by their ASCII meaning, and what zt leaves out.
#[derive(Default)]
struct Ascii {
    edits: Vec<(std::ops::Range<usize>, &'static str)>,
    /// Whether a capital letter stands somewhere.
    capital: bool,
}

impl Ascii {
    fn perl(&mut self, class: &ast::ClassPerl) {
        // With Unicode classes `\d` would match digits of forty scripts, and their tables are huge.
        self.edits.push((
            range(&class.span),
            match (&class.kind, class.negated) {
                (ClassPerlKind::Digit, false) => "[0-9]",
                (ClassPerlKind::Digit, true) => "[^0-9]",
                (ClassPerlKind::Space, false) => r"[\t\n\x0B\x0C\r ]",
                (ClassPerlKind::Space, true) => r"[^\t\n\x0B\x0C\r ]",
                (ClassPerlKind::Word, false) => "[0-9A-Za-z_]",
                (ClassPerlKind::Word, true) => "[^0-9A-Za-z_]",
            },
        ));
    }
}

impl Visitor for Ascii {
    type Output = (Vec<(std::ops::Range<usize>, &'static str)>, bool);
    type Err = PatternError;

    fn finish(mut self) -> Result<Self::Output, Self::Err> {
        self.edits.sort_by_key(|(at, _)| at.start);
        Ok((self.edits, self.capital))
    }

    fn visit_pre(&mut self, ast: &Ast) -> Result<(), PatternError> {
        match ast {
            Ast::ClassPerl(class) => self.perl(class),
            Ast::Literal(literal) => self.capital |= literal.c.is_uppercase(),
            // Case folding would make `k` match the Kelvin sign.
            Ast::Flags(flags) => return Err(flags_refused(&flags.span)),
            Ast::Group(group) => {
                if let ast::GroupKind::NonCapturing(flags) = &group.kind
                    && !flags.items.is_empty()
                {
                    return Err(flags_refused(&flags.span));
                }
            }
            Ast::Assertion(a) => match a.kind {
                AssertionKind::WordBoundary => self.edits.push((range(&a.span), r"(?-u:\b)")),
                AssertionKind::NotWordBoundary
                | AssertionKind::WordBoundaryStart
                | AssertionKind::WordBoundaryEnd
                | AssertionKind::WordBoundaryStartAngle
                | AssertionKind::WordBoundaryEndAngle
                | AssertionKind::WordBoundaryStartHalf
                | AssertionKind::WordBoundaryEndHalf => {
                    return Err(PatternError::Syntax(
                        range(&a.span),
                        "of the word boundaries, zt has `\\b` only".to_owned(),
                    ));
                }
                _ => {}
            },
            _ => {}
        }
        Ok(())
    }

    fn visit_class_set_item_pre(&mut self, item: &ast::ClassSetItem) -> Result<(), PatternError> {
        match item {
            ast::ClassSetItem::Perl(class) => self.perl(class),
            ast::ClassSetItem::Literal(literal) => self.capital |= literal.c.is_uppercase(),
            ast::ClassSetItem::Range(range) => {
                self.capital |= range.start.c.is_uppercase() || range.end.c.is_uppercase();
            }
            _ => {}
        }
        Ok(())
    }
}

fn flags_refused(span: &ast::Span) -> PatternError {
    PatternError::Syntax(range(span), "flags are left out; write both cases, as in `[Aa]`".to_owned())
}

fn range(span: &ast::Span) -> std::ops::Range<usize> {
    span.start.offset..span.end.offset
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_ascii_and_matches_are_whole() {
        for (pattern, text, expected) in [
            (r"\d+", "12", true),
            (r"\d+", "١٢", false),
            (r"[\w-]+", "a_b-c", true),
            (r"[\w-]+", "é", false),
            ("pi_[a-z0-9]+", "xpi_1", false),
            ("a|b", "b", true),
            ("a|b", "ab", false),
            (".", "é", true),
            ("", "", true),
        ] {
            let p = compile(pattern).expect(pattern);
            let regex = regex::Regex::new(&p.anchored).expect(pattern);
            assert_eq!(regex.is_match(text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn what_is_sought_is_anywhere_and_of_any_case_without_a_capital() {
        for (pattern, text, expected) in [
            ("ignore (all )?previous", "please Ignore all PREVIOUS ones", true),
            ("AKIA[0-9A-Z]{4}", "key AKIA12AB.", true),
            ("AKIA[0-9A-Z]{4}", "key akia12ab.", false),
            (r"\bsudo\b", "pseudo", false),
            (r"[^a-z]\Sudo", "x SUDO", true),
            ("^start", "a start", false),
            ("\u{456}gnore", "ignore", true),
        ] {
            let sought = sought(pattern).expect(pattern);
            let regex = regex::Regex::new(&sought).expect(pattern);
            assert_eq!(regex.is_match(text), expected, "{pattern} {text}");
            assert!(search(&[&sought]).is_some());
        }
        for pattern in ["", "a*", "a|", "(?i)a", "("] {
            assert!(sought(pattern).is_err(), "{pattern}");
        }
    }

    #[test]
    fn patterns_that_are_large_together_are_divided() {
        let many: Vec<String> = (b'a'..=b'z').map(|c| format!("{}(x|y )*[a-z]{{4}}[0-9]", char::from(c))).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let found = search(&many).expect("not too large");
        assert!(found.len() > 1);
        assert_eq!(found.iter().map(|search| search.rows).sum::<usize>(), many.len());
        assert!(found.iter().all(|search| search.rows > 0));
        assert_eq!(search(&["ab", "cd"]).map(|found| found.len()), Some(1));
        assert!(search(&["[ab]{400}[bc]{400}[a-c]{12}a[a-c]{16}"]).is_none());
    }

    #[test]
    fn what_zt_leaves_out_is_refused() {
        for pattern in ["(?i)a", "(?i:a)", "(", "a{1001}{1001}", r"\B", r"\p{Nope}"] {
            assert!(compile(pattern).is_err(), "{pattern}");
        }
    }
}
