//! JSON: an array of objects, nested no deeper than a request.

use serde_json::value::RawValue;
use zt_values::limits::REQUEST_DEPTH;

use super::{Datum, MAX_MISTAKES, MAX_ROWS, Member, Row, Sheet, Spot, hidden, span, too_many_rows, unprintable};
use crate::diagnostic::{Code, Diagnostic};
use crate::members::Members;
use crate::span::Span;

/// Reads the whole text.
pub(super) fn read(text: &str) -> Sheet {
    let mut sheet = Sheet::default();
    match rows(text, &mut sheet) {
        Ok(()) => {}
        Err(mistake) => sheet.mistakes.push(*mistake),
    }
    sheet
}

fn rows(text: &str, sheet: &mut Sheet) -> Result<(), Box<Diagnostic>> {
    if let Some((at, c)) = text.char_indices().find(|(_, c)| zt_values::is_hidden(*c) && !"\n\r\t".contains(*c)) {
        return Err(Box::new(unprintable(at, c)));
    }
    // Checks everything but the escapes in strings, without recursion.
    let raw: &RawValue = serde_json::from_str(text).map_err(|error| Box::new(misspelt(text, &error)))?;
    let reader = Reader { text };
    reader.shallow(raw)?;
    if !raw.get().starts_with('[') {
        return Err(Box::new(
            Diagnostic::new(Code::DataSyntax, reader.place(raw.get()), "the data file is no array of objects")
                .label("not an array")
                .help("write `[{ … }, { … }]`, an object for each row"),
        ));
    }
    let elements: Vec<&RawValue> = serde_json::from_str(raw.get()).map_err(|e| Box::new(misspelt(text, &e)))?;
    for element in elements {
        let place = reader.place(element.get());
        if sheet.rows.len() == MAX_ROWS {
            return Err(Box::new(too_many_rows(place)));
        }
        match reader.spot(element)? {
            Spot { span, datum: Datum::Object(members) } => sheet.rows.push(Row { span, members }),
            other => sheet.mistakes.push(
                Diagnostic::new(Code::DataSyntax, other.span, "a row is an object")
                    .label("not an object")
                    .help("write `{ \"column\": value, … }`"),
            ),
        }
        if sheet.mistakes.len() >= MAX_MISTAKES {
            break;
        }
    }
    Ok(())
}

/// What serde_json says is wrong, where it stopped.
fn misspelt(text: &str, error: &serde_json::Error) -> Diagnostic {
    let line: usize = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    // Its columns count bytes, from 1; 0 is the end of the line before.
    let mut at = (line + error.column().saturating_sub(1)).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let said = error.to_string();
    let said = said.split(" at line ").next().unwrap_or_default();
    Diagnostic::new(Code::DataSyntax, span(at, at), format!("the data file is not JSON: {said}"))
        .label("here")
        .help("it is an array of objects: `[{ \"id\": \"a\", … }]`")
}

struct Reader<'t> {
    text: &'t str,
}

impl<'t> Reader<'t> {
    /// Where a part of the text stands in it.
    fn place(&self, part: &str) -> Span {
        let start = (part.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        span(start, start + part.len())
    }

    /// Refuses a text that nests too deep, so that the rest may recurse.
    fn shallow(&self, raw: &RawValue) -> Result<(), Box<Diagnostic>> {
        let text = raw.get();
        let start = self.place(text).start as usize;
        let (mut open, mut bytes) = (0_usize, text.bytes().enumerate());
        while let Some((at, byte)) = bytes.next() {
            match byte {
                b'{' | b'[' => {
                    open += 1;
                    // The array around all rows is not theirs.
                    if open > REQUEST_DEPTH + 1 {
                        return Err(Box::new(
                            Diagnostic::new(
                                Code::DataSyntax,
                                span(start + at, start + at + 1),
                                format!("a row is nested more than {REQUEST_DEPTH} deep"),
                            )
                            .label("too deep")
                            .help("no type is that deep"),
                        ));
                    }
                }
                b'}' | b']' => open = open.saturating_sub(1),
                b'"' => {
                    while let Some((_, byte)) = bytes.next() {
                        match byte {
                            // Whatever is escaped does not end the string.
                            b'\\' => drop(bytes.next()),
                            b'"' => break,
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The value of a text that is known to be shallow.
    fn spot(&self, raw: &'t RawValue) -> Result<Spot, Box<Diagnostic>> {
        let text = raw.get();
        let place = self.place(text);
        let lost = |_| Box::new(unreadable(place));
        let datum = match text.bytes().next() {
            Some(b'n') => Datum::Nothing,
            Some(b't' | b'f') => Datum::Bool(text.starts_with('t')),
            Some(b'"') => Datum::Text(self.string(text)?),
            Some(b'[') => {
                let elements: Vec<&RawValue> = serde_json::from_str(text).map_err(lost)?;
                Datum::List(elements.into_iter().map(|e| self.spot(e)).collect::<Result<_, _>>()?)
            }
            Some(b'{') => {
                let Members(members): Members<&RawValue, &RawValue> = serde_json::from_str(text).map_err(lost)?;
                let members = members.into_iter().map(|(name, value)| {
                    let at = self.place(name.get());
                    Ok(Member { name: self.string(name.get())?.into(), at, value: self.spot(value)? })
                });
                Datum::Object(members.collect::<Result<_, Box<Diagnostic>>>()?)
            }
            _ => Datum::Number(text.to_owned()),
        };
        Ok(Spot { span: place, datum })
    }

    /// A string, its escapes resolved: they may not bring in what cannot be seen.
    fn string(&self, literal: &str) -> Result<String, Box<Diagnostic>> {
        let place = self.place(literal);
        let text: String = serde_json::from_str(literal).map_err(|_| Box::new(unreadable(place)))?;
        match hidden(&text) {
            Some((_, c)) => {
                let d = unprintable(place.start as usize, c);
                Err(Box::new(Diagnostic { span: place, ..d }))
            }
            None => Ok(text),
        }
    }
}

fn unreadable(place: Span) -> Diagnostic {
    Diagnostic::new(Code::DataSyntax, place, "the data file is not JSON: an escape is not understood")
        .label("in here")
        .help("characters need no escapes but `\\\"` and `\\\\`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_those_of_the_values() {
        let text = " [ {\"id\": \"a\", \"n\":1.50 , \"t\":[true,null], \"\\u0069d\": {\"x\":-0}} ] ";
        let sheet = read(text);
        assert_eq!(sheet.mistakes, []);
        let at = |span: Span| text.get(span.start as usize..span.end as usize).expect("a place");
        let row = sheet.rows.first().expect("a row");
        let shown: Vec<(&str, &str, &str)> =
            row.members.iter().map(|m| (&*m.name, at(m.at), at(m.value.span))).collect();
        assert_eq!(
            shown,
            [
                ("id", "\"id\"", "\"a\""),
                ("n", "\"n\"", "1.50"),
                ("t", "\"t\"", "[true,null]"),
                ("id", "\"\\u0069d\"", "{\"x\":-0}"),
            ]
        );
        assert_eq!(at(row.span), text.trim().trim_matches(['[', ']']).trim());
    }

    #[test]
    fn what_is_no_array_of_objects_is_refused() {
        let nested = |n: usize| format!("[{}{}]", "[".repeat(n), "]".repeat(n));
        for text in [
            "",
            "{}",
            "[1]",
            "[{}",
            "[{}]x",
            "[{\"a\":1,}]",
            "[{\"a\":\"\\ud800\"}]",
            "[{\"a\":\"\\u200b\"}]",
            "[{\"a\u{200b}\":1}]",
            "[{\"a\\u0000\":1}]",
            "nul",
            "[{'a':1}]",
            "// x\n[]",
            &nested(33),
            &nested(400_000),
        ] {
            assert!(!read(text).mistakes.is_empty(), "{}", text.chars().take(30).collect::<String>());
        }
        assert_eq!(read("[]").mistakes, []);
        assert_eq!(read("\n[\t{}\r\n]").mistakes, []);
    }

    #[test]
    fn a_mistake_is_shown_where_reading_stopped() {
        let text = "[{\"a\": 1},\n {\"é\": x}]";
        let sheet = read(text);
        let mistake = sheet.mistakes.first().expect("a mistake");
        assert_eq!(mistake.span.start as usize, text.find('x').expect("it is there"), "{mistake:?}");
    }
}
