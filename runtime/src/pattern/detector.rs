//! Detectors: what the automata of tables of patterns find in texts.

use std::borrow::Cow;
use std::ops::Range;

use zt_values::finder::{Finder, finder_digest};
use zt_values::fold;

use crate::ir;

/// Texts as detectors read them: one, or every string and name of a text of JSON.
#[derive(Debug)]
pub(crate) struct Folded(Vec<Piece>);

/// A text as detectors read it.
#[derive(Debug)]
enum Piece {
    /// As it stands there.
    Plain(Range<usize>),
    /// Folded.
    Owned(String),
}

impl Folded {
    /// A text.
    pub(crate) fn text(text: &str) -> Self {
        Self(vec![Piece::of(text, 0..text.len())])
    }

    /// The strings and names of a text of JSON; nothing if it is none.
    pub(crate) fn json(json: &str) -> Option<Self> {
        let mut pieces = vec![];
        let mut at = 0;
        // What is outside of strings has no quotes.
        while let Some(opening) = json.get(at..)?.find('"') {
            let start = at.checked_add(opening)?.checked_add(1)?;
            let end = start.checked_add(closing_quote(json.get(start..)?)?)?;
            let raw = json.get(start..end)?;
            pieces.push(if raw.contains('\\') {
                let text: String = serde_json::from_str(&format!("\"{raw}\"")).ok()?;
                Piece::Owned(fold(&text).into_owned())
            } else {
                Piece::of(raw, start..end)
            });
            at = end.checked_add(1)?;
        }
        Some(Self(pieces))
    }
}

impl Piece {
    /// The text that stands there.
    fn of(text: &str, at: Range<usize>) -> Self {
        match fold(text) {
            Cow::Borrowed(_) => Self::Plain(at),
            Cow::Owned(folded) => Self::Owned(folded),
        }
    }
}

/// Where the string ends whose opening quote is before this text.
fn closing_quote(string: &str) -> Option<usize> {
    let mut escaped = false;
    string.bytes().position(|b| {
        let closes = b == b'"' && !escaped;
        escaped = b == b'\\' && !escaped;
        closes
    })
}

/// A table of patterns, ready to search.
#[derive(Debug)]
pub(crate) struct Detector {
    finders: Vec<Finder>,
    /// The greatest that finding a pattern says: who has found it need not go on.
    most: u32,
}

impl Detector {
    /// Reads and checks automata; nothing if one is none, or if they are not those of these patterns.
    pub(crate) fn read(detector: &ir::Detector, automata: &[Vec<u8>]) -> Option<Self> {
        let read = |(rows, bytes): (&Vec<u32>, &Vec<u8>)| {
            let row = |row: &u32| detector.rows.get(usize::try_from(*row).ok()?);
            let rows: Vec<&(String, u32)> = rows.iter().map(row).collect::<Option<_>>()?;
            let finder = Finder::read(bytes)?;
            let digest = finder_digest(rows.iter().map(|(source, says)| (source.as_str(), *says)));
            let known = |level: u32| rows.iter().any(|(_, says)| *says == level);
            (*finder.digest() == digest && finder.levels().all(known)).then_some(finder)
        };
        (detector.automata.len() == automata.len()).then_some(())?;
        let finders = detector.automata.iter().zip(automata).map(read).collect::<Option<Vec<_>>>()?;
        let most = detector.rows.iter().map(|(_, says)| *says).max()?;
        (!finders.is_empty()).then_some(Self { finders, most })
    }

    /// What is found in the pieces of a text: the greatest of what its patterns say, or 0. Nothing if an automaton gives up.
    pub(crate) fn find(&self, text: &str, folded: &Folded) -> Option<u64> {
        let mut found = 0;
        for piece in &folded.0 {
            let text = match piece {
                Piece::Plain(at) => text.get(at.clone())?,
                Piece::Owned(folded) => folded,
            };
            for finder in &self.finders {
                found = found.max(finder.find(text)?);
                if found == self.most {
                    return Some(found.into());
                }
            }
        }
        Some(found.into())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use zt_values::finder::{Tables, entry, no_entry};

    use super::*;

    /// A table that says something of `b`, and one more of `ab`, and its automaton.
    pub(crate) fn table(low: u32) -> (ir::Detector, Vec<u8>) {
        let rows = vec![("b".to_owned(), low), ("ab".to_owned(), low + 1)];
        let to = |class, place, found| entry(class, place, found).unwrap();
        let mut classes = vec![0; 256];
        classes[usize::from(b'a')] = 1;
        classes[usize::from(b'b')] = 2;
        // States: 0 nothing; 1 after `a`; 2 after `b`; 4 after `ab`.
        let mut entries = vec![no_entry(); 8];
        entries[3] = to(2, 4, true);
        let tables = Tables {
            digest: finder_digest(rows.iter().map(|(source, says)| (source.as_str(), *says))),
            classes,
            contexts: vec![0; 3],
            context: 0,
            fresh: vec![to(0, 0, false), to(0, 1, false), to(0, 2, true)],
            entries,
            first: 0,
            found: vec![(2, low), (4, low + 1)],
            ends: vec![],
        };
        let detector = ir::Detector { name: "t".into(), truth: false, members: 4, rows, automata: vec![vec![0, 1]] };
        (detector, tables.write())
    }

    #[test]
    fn all_that_is_in_json_is_searched() {
        let (detector, bytes) = table(1);
        let detector = Detector::read(&detector, &[bytes]).unwrap();
        for (json, found) in [
            (r#"{}"#, 0),
            (r#"["x", 7, null, true]"#, 0),
            (r#"{"b": 1}"#, 1),
            (r#"{"x": ["y", {"z": "\u0061\u0062"}]}"#, 2),
            (r#"["\"", "ab"]"#, 2),
            (r#"["\\", "b"]"#, 1),
            (r#"["a", "b"]"#, 1),
            (r#"["a\u200bb"]"#, 2),
        ] {
            assert_eq!(detector.find(json, &Folded::json(json).unwrap()), Some(found), "{json}");
        }
        // What is no JSON is not taken for a text in which nothing is found.
        for json in [r#"["ab]"#, r#"["\ud800"]"#, r#"["\x"]"#, r#"["a\"]"#] {
            assert!(Folded::json(json).is_none(), "{json}");
        }
        assert_eq!(detector.find("ａ b ａb", &Folded::text("ａ b ａb")), Some(2));
    }

    #[test]
    fn automata_of_other_patterns_are_refused() {
        let (detector, bytes) = table(1);
        let changes: &[fn(&mut ir::Detector, &mut Vec<Vec<u8>>)] = &[
            |_, automata| automata.clear(),
            |_, automata| automata.push(automata[0].clone()),
            |_, automata| automata[0].clear(),
            |_, automata| automata[0].truncate(60),
            |d, _| d.rows.swap(0, 1),
            |d, _| d.rows[0].0.push('x'),
            |d, _| d.rows[0].1 = 3,
            |d, _| d.automata[0].reverse(),
            |d, _| d.automata[0].truncate(1),
            |d, _| d.automata[0][0] = 7,
            |d, automata| {
                d.automata.clear();
                automata.clear();
            },
        ];
        assert!(Detector::read(&detector, std::slice::from_ref(&bytes)).is_some());
        for (index, change) in changes.iter().enumerate() {
            let (mut detector, mut automata) = (detector.clone(), vec![bytes.clone()]);
            change(&mut detector, &mut automata);
            assert!(Detector::read(&detector, &automata).is_none(), "change {index}");
        }
    }
}
