//! Places in a text as editors count them: lines, and units within a line.

/// In which units an editor counts within a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// Bytes.
    Utf8,
    /// 16-bit units: what is understood where nothing is agreed on.
    Utf16,
}

/// A place: a line and units within it, both from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Position {
    pub(crate) line: u32,
    pub(crate) unit: u32,
}

/// From a place to another, that one excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Range {
    pub(crate) start: Position,
    pub(crate) end: Position,
}

/// Where the lines of a text start. A line ends at `\n`, `\r\n` or `\r`, as the protocol has it.
#[derive(Debug, Clone)]
pub(crate) struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
    encoding: Encoding,
}

impl<'t> Lines<'t> {
    pub(crate) fn new(text: &'t str, encoding: Encoding) -> Self {
        let mut starts = vec![0];
        let bytes = text.as_bytes();
        for (i, byte) in bytes.iter().enumerate() {
            let ends = match byte {
                b'\n' => true,
                b'\r' => bytes.get(i + 1) != Some(&b'\n'),
                _ => false,
            };
            if ends {
                starts.push(i + 1);
            }
        }
        Lines { text, starts, encoding }
    }

    /// The byte at a place. What lies beyond the end of a line is its end, what lies beyond the last line is the end of
    /// the text, and what lies within a character is its start.
    pub(crate) fn offset(&self, at: Position) -> usize {
        let Some(start) = self.starts.get(at.line as usize).copied() else { return self.text.len() };
        let line = self.line(at.line as usize);
        let mut units: u32 = 0;
        for (i, c) in line.char_indices() {
            let next = units.saturating_add(self.units(c));
            if next > at.unit {
                return start + i;
            }
            units = next;
        }
        start + line.len()
    }

    /// The place of a byte; of one within a character, that of the character.
    pub(crate) fn position(&self, offset: usize) -> Position {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.starts.partition_point(|start| *start <= offset).saturating_sub(1);
        let start = self.starts.get(line).copied().unwrap_or_default();
        // The end of a line may stand between the two characters that end it.
        let within = self.line(line);
        let before = within.get(..(offset - start).min(within.len())).unwrap_or(within);
        let unit = before.chars().map(|c| self.units(c)).fold(0, u32::saturating_add);
        Position { line: u32::try_from(line).unwrap_or(u32::MAX), unit }
    }

    pub(crate) fn range(&self, start: usize, end: usize) -> Range {
        Range { start: self.position(start), end: self.position(end) }
    }

    /// A line without what ends it.
    fn line(&self, line: usize) -> &'t str {
        let start = self.starts.get(line).copied().unwrap_or(self.text.len());
        let end = self.starts.get(line + 1).copied().unwrap_or(self.text.len());
        self.text.get(start..end).unwrap_or_default().trim_end_matches(['\r', '\n'])
    }

    fn units(&self, c: char) -> u32 {
        let units = match self.encoding {
            Encoding::Utf8 => c.len_utf8(),
            Encoding::Utf16 => c.len_utf16(),
        };
        u32::try_from(units).unwrap_or(4)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_beyond_the_first_plane_are_two_units() {
        let text = "a\u{1F512}b\r\nc\rd\n";
        let lines = Lines::new(text, Encoding::Utf16);
        assert_eq!(lines.offset(Position { line: 0, unit: 3 }), 5);
        assert_eq!(lines.position(5), Position { line: 0, unit: 3 });
        // Within the character: its start.
        assert_eq!(lines.offset(Position { line: 0, unit: 2 }), 1);
        assert_eq!(lines.position(8), Position { line: 1, unit: 0 });
        assert_eq!(lines.position(10), Position { line: 2, unit: 0 });
        assert_eq!(lines.position(12), Position { line: 3, unit: 0 });
        let bytes = Lines::new(text, Encoding::Utf8);
        assert_eq!(bytes.offset(Position { line: 0, unit: 5 }), 5);
        assert_eq!(bytes.offset(Position { line: 0, unit: 3 }), 1);
    }

    #[test]
    fn what_lies_beyond_is_the_end() {
        let text = "ab\r\nc";
        let lines = Lines::new(text, Encoding::Utf16);
        assert_eq!(lines.offset(Position { line: 0, unit: u32::MAX }), 2);
        assert_eq!(lines.offset(Position { line: 9, unit: 0 }), 5);
        assert_eq!(lines.position(99), Position { line: 1, unit: 1 });
        assert_eq!(Lines::new("", Encoding::Utf8).offset(Position { line: 0, unit: 7 }), 0);
    }

    #[test]
    fn every_byte_goes_to_a_place_and_back() {
        let text = "x\u{e9}\u{1F512}\n\r\n\u{4e2d}\r\rend";
        for encoding in [Encoding::Utf8, Encoding::Utf16] {
            let lines = Lines::new(text, encoding);
            for (i, c) in text.char_indices().filter(|(_, c)| !matches!(c, '\r' | '\n')) {
                assert_eq!(lines.offset(lines.position(i)), i, "{c:?} at {i} in {encoding:?}");
            }
        }
    }
}
