//! Patterns as their authors write them, and as engines understand them: ASCII classes, no flags, linear time.

use std::ops::Range;

use regex_syntax::ast::{self, AssertionKind, Ast, ClassPerlKind, Visitor};
use regex_syntax::hir::Hir;

/// How deep a pattern may be nested, to whatever parses it.
pub const NESTED: u32 = 64;

/// Why a pattern is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PatternError {
    /// It is not understood: where in the pattern (bytes), and why.
    Syntax(Range<usize>, String),
    /// Its automaton would be too large.
    TooLarge,
    /// It is sought, and found in every text.
    Everywhere,
}

/// A pattern that matches whole texts, as engines understand it.
///
/// # Errors
/// If it is not a regular expression or uses what zt leaves out.
pub fn anchored(source: &str) -> Result<String, PatternError> {
    let anchored = format!(r"\A(?:{})\z", translated(source)?.source);
    // The second parser resolves classes, which the first does not: `\p{…}`, empty ranges.
    resolved(&anchored, source)?;
    Ok(anchored)
}

/// A pattern that is sought anywhere in a text that was folded ([`zt_values::fold()`]), as engines understand it. One
/// without a capital letter finds any case.
///
/// # Errors
/// If it is not a regular expression, uses what zt leaves out, or finds something in every text.
pub fn sought(source: &str) -> Result<String, PatternError> {
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
    Ok(sought)
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
    edits: Vec<(Range<usize>, &'static str)>,
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
    type Output = (Vec<(Range<usize>, &'static str)>, bool);
    type Err = PatternError;

    fn finish(mut self) -> Result<Self::Output, Self::Err> {
        self.edits.sort_by_key(|(at, _)| at.start);
        Ok((self.edits, self.capital))
    }

    fn visit_pre(&mut self, ast: &Ast) -> Result<(), PatternError> {
        match ast {
            Ast::ClassPerl(class) => self.perl(class),
            Ast::Literal(literal) => self.capital |= literal.c.is_uppercase(),
            Ast::ClassUnicode(class) => self.capital |= asks_for_case(class),
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
            ast::ClassSetItem::Unicode(class) => self.capital |= asks_for_case(class),
            ast::ClassSetItem::Ascii(class) => {
                self.capital |= matches!(class.kind, ast::ClassAsciiKind::Upper | ast::ClassAsciiKind::Lower);
            }
            ast::ClassSetItem::Literal(literal) => self.capital |= literal.c.is_uppercase(),
            ast::ClassSetItem::Range(range) => {
                self.capital |= range.start.c.is_uppercase() || range.end.c.is_uppercase();
            }
            _ => {}
        }
        Ok(())
    }
}

/// Whether a class is one of letters by their case: found in any case, the letters that it leaves out would be none.
fn asks_for_case(class: &ast::ClassUnicode) -> bool {
    let name = match &class.kind {
        ast::ClassUnicodeKind::OneLetter(letter) => letter.to_string(),
        ast::ClassUnicodeKind::Named(name) => name.clone(),
        ast::ClassUnicodeKind::NamedValue { value, .. } => value.clone(),
    };
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    ["lu", "ll", "lt", "lc"].contains(&&*plain)
        || ["upper", "lower", "title", "case"].iter().any(|part| plain.contains(part))
}

fn flags_refused(span: &ast::Span) -> PatternError {
    PatternError::Syntax(range(span), "flags are left out; write both cases, as in `[Aa]`".to_owned())
}

fn range(span: &ast::Span) -> Range<usize> {
    span.start.offset..span.end.offset
}
