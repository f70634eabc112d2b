//! YAML 1.2 as the JSON that it stands for: descriptions of APIs are written in both.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span};

use super::json::{Json, MAX_DEPTH, MAX_PLACES, Object, Read, push};

/// How many values there may be in all, those included that aliases repeat.
const MAX_VALUES: usize = 4_000_000;

/// Reads a whole text.
pub(crate) fn read(text: &str) -> Read {
    let events = Parser::new_from_str(text);
    let mut reader =
        Reader { events, at: (1, 1), anchors: HashMap::new(), values: 0, pointer: String::new(), out: Read::default() };
    let value = reader.whole();
    let mut out = reader.out;
    out.value = Some(value.map_err(|((line, column), why)| (line, column, why)));
    out
}

type Wrong = ((usize, usize), String);

struct Reader<'t, E: Iterator<Item = Result<(Event<'t>, Span), ScanError>>> {
    events: E,
    /// Line and column of what was read last, from 1.
    at: (usize, usize),
    /// What anchors stand for, and how many values that is.
    anchors: HashMap<usize, (Json, usize)>,
    values: usize,
    pointer: String,
    out: Read,
}

impl<'t, E: Iterator<Item = Result<(Event<'t>, Span), ScanError>>> Reader<'t, E> {
    fn next(&mut self) -> Result<Event<'t>, Wrong> {
        match self.events.next() {
            Some(Ok((event, span))) => {
                self.at = (span.start.line(), span.start.col() + 1);
                Ok(event)
            }
            Some(Err(error)) => {
                let mark = *error.marker();
                Err(((mark.line(), mark.col() + 1), error.info().to_owned()))
            }
            None => self.wrong("the text ends"),
        }
    }

    fn wrong<T>(&self, why: &str) -> Result<T, Wrong> {
        Err((self.at, why.to_owned()))
    }

    fn whole(&mut self) -> Result<Json, Wrong> {
        loop {
            match self.next()? {
                Event::StreamEnd => return self.wrong("there is no value"),
                Event::StreamStart | Event::DocumentStart(_) | Event::Nothing => {}
                first => {
                    let value = self.value(first, 0)?;
                    loop {
                        match self.next()? {
                            Event::DocumentEnd | Event::Nothing => {}
                            Event::StreamEnd => return Ok(value),
                            _ => return self.wrong("something follows the value"),
                        }
                    }
                }
            }
        }
    }

    /// Recursion is bounded by [`MAX_DEPTH`].
    fn value(&mut self, first: Event<'t>, depth: usize) -> Result<Json, Wrong> {
        self.values += 1;
        if self.values > MAX_VALUES {
            return self.wrong("there are too many values, those counted that aliases repeat");
        }
        let before = self.values;
        let (value, anchor) = match first {
            Event::Scalar(text, style, anchor, tag) => {
                let told = tag.as_ref().is_some_and(|tag| tag.suffix == "str");
                let plain = style == ScalarStyle::Plain && !told;
                (if plain { scalar(&text) } else { Json::Text(text.into_owned()) }, anchor)
            }
            Event::Alias(anchor) => {
                let Some((value, size)) = self.anchors.get(&anchor) else {
                    return self.wrong("an alias stands within what it names");
                };
                self.values = self.values.saturating_add(*size);
                return Ok(value.clone());
            }
            Event::SequenceStart(anchor, _) | Event::MappingStart(anchor, _) if depth >= MAX_DEPTH => {
                self.skip()?;
                (Json::Deep, anchor)
            }
            Event::SequenceStart(anchor, _) => (self.sequence(depth)?, anchor),
            Event::MappingStart(anchor, _) => (self.mapping(depth)?, anchor),
            _ => return self.wrong("a value was expected"),
        };
        if anchor > 0 {
            self.anchors.insert(anchor, (value.clone(), self.values - before + 1));
        }
        Ok(value)
    }

    fn sequence(&mut self, depth: usize) -> Result<Json, Wrong> {
        let mut all = vec![];
        loop {
            let event = self.next()?;
            if event == Event::SequenceEnd {
                return Ok(Json::Array(all));
            }
            let before = self.pointer.len();
            push(&mut self.pointer, &all.len().to_string());
            all.push(self.value(event, depth + 1)?);
            self.pointer.truncate(before);
        }
    }

    fn mapping(&mut self, depth: usize) -> Result<Json, Wrong> {
        let mut all = Object::default();
        loop {
            let name = match self.next()? {
                Event::MappingEnd => return Ok(Json::Object(all)),
                Event::Scalar(text, ..) => text.into_owned(),
                _ => return self.wrong("the name of a member is a text"),
            };
            let before = self.pointer.len();
            push(&mut self.pointer, &name);
            let event = self.next()?;
            let value = self.value(event, depth + 1)?;
            if all.set(&name, value) && self.out.repeated.len() < MAX_PLACES {
                self.out.repeated.push(self.pointer.clone());
            }
            self.pointer.truncate(before);
        }
    }

    /// Goes behind what is nested too deep, without recursion.
    fn skip(&mut self) -> Result<(), Wrong> {
        if self.out.deep.len() < MAX_PLACES {
            self.out.deep.push(self.pointer.clone());
        }
        let mut open = 1_usize;
        while open > 0 {
            match self.next()? {
                Event::SequenceStart(..) | Event::MappingStart(..) => open += 1,
                Event::SequenceEnd | Event::MappingEnd => open -= 1,
                _ => {}
            }
        }
        Ok(())
    }
}

/// What a plain text stands for, by the core schema of YAML 1.2 (section 10.3.2).
fn scalar(text: &str) -> Json {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Json::Null,
        "true" | "True" | "TRUE" => return Json::Bool(true),
        "false" | "False" | "FALSE" => return Json::Bool(false),
        _ => {}
    }
    for (mark, base) in [("0x", 16), ("0o", 8)] {
        if let Some(n) = text.strip_prefix(mark).and_then(|digits| u64::from_str_radix(digits, base).ok()) {
            return Json::Number(n.to_string());
        }
    }
    number(text).map_or_else(|| Json::Text(text.to_owned()), Json::Number)
}

/// A number as JSON spells it, if the text is one.
fn number(text: &str) -> Option<String> {
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.len() + fraction.len() == 0 || !digits(whole) || !digits(fraction) {
        return None;
    }
    let whole = whole.trim_start_matches('0');
    let mut out = format!("{sign}{}", if whole.is_empty() { "0" } else { whole });
    if !fraction.is_empty() {
        out.push('.');
        out.push_str(fraction);
    }
    if let Some(exponent) = exponent {
        let unsigned = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        if unsigned.is_empty() || !digits(unsigned) {
            return None;
        }
        out.push('e');
        out.push_str(exponent);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_json_that_it_stands_for() {
        let yaml = "a: 1\nb: [x, 'true', true, ~, 1.50, 0x1F, +3, 1e3, .5, no, \"1\"]\nc: &anchor\n  200: |\n    two\n    lines\n\
                    d: *anchor\n'e': {}\nf: 2026-01-01\n";
        let json = r#"{"a":1,"b":["x","true",true,null,1.50,31,3,1e3,0.5,"no","1"],"c":{"200":"two\nlines\n"},
                       "d":{"200":"two\nlines\n"},"e":{},"f":"2026-01-01"}"#;
        let ours = read(yaml).value.expect("it was read").expect("YAML");
        let theirs = super::super::json::read(json).value.expect("it was read").expect("JSON");
        assert_eq!(ours, theirs);
    }

    #[test]
    fn what_is_no_value_is_told() {
        for text in ["", "a: [", "a: b: c", "---\na\n---\nb\n", "? [a]\n: b", "a: *b", "\t- x: {"] {
            assert!(matches!(read(text).value, Some(Err(_))), "{text:?}");
        }
        assert_eq!(read("a: 1\nb:\n  c: 1\n  c: 2\n").repeated, ["/b/c"]);
    }

    #[test]
    fn aliases_do_not_multiply_without_end() {
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for n in 1..12 {
            let before = format!("*a{}", n - 1);
            bomb.push_str(&format!("a{n}: &a{n} [{}]\n", vec![before; 10].join(", ")));
        }
        let Some(Err((_, _, why))) = read(&bomb).value else { panic!("it is no description") };
        assert!(why.contains("too many"), "{why}");
        let deep = format!("{}{}", "[".repeat(1_000), "]".repeat(1_000));
        assert!(!read(&deep).deep.is_empty() || matches!(read(&deep).value, Some(Err(_))));
    }
}
