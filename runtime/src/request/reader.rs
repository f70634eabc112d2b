//! Reading JSON in one pass: tokens are checked where they are read, and nothing is read twice.
//!
//! Whatever is not as JSON has it, and some of what JSON allows and hardly anybody writes, is nothing here: then the
//! reader that defines what a request means reads it from its beginning.

use std::marker::PhantomData;

use zt_values::limits::REQUEST_DEPTH;
use zt_values::{parse_decimal, parse_int};

use super::names::Token;
use super::scan::{BLOCK, ROW, Scan};
use crate::schema::Shape;

/// A place in a JSON text.
#[derive(Debug)]
pub(crate) struct Reader<'a, S> {
    text: &'a str,
    at: usize,
    /// How many levels of nesting may still follow.
    left: usize,
    scan: PhantomData<S>,
}

/// Where a string is, between its quotes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Quoted {
    /// From here to there, as it is.
    Plain(usize, usize),
    /// From here, with an escape there; the reader is at that.
    Escaped(usize),
}

/// A place to come back to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    at: usize,
    left: usize,
}

/// Most digits that certainly fit 64 bits, and as many before the point of a decimal.
const DIGITS: usize = 18;
const WHOLE_DIGITS: usize = 14;

impl<'a, S: Scan> Reader<'a, S> {
    /// At the start of a text.
    pub(crate) const fn new(text: &'a str) -> Self {
        Self { text, at: 0, left: REQUEST_DEPTH, scan: PhantomData }
    }

    /// Where it is.
    pub(crate) const fn place(&self) -> Place {
        Place { at: self.at, left: self.left }
    }

    /// Goes back to where it was.
    pub(crate) const fn go(&mut self, place: Place) {
        self.at = place.at;
        self.left = place.left;
    }

    /// The text between a place and where it is now.
    pub(crate) fn since(&self, place: Place) -> Option<&'a str> {
        self.text.get(place.at..self.at)
    }

    #[inline]
    fn block(&self) -> Option<&[u8; BLOCK]> {
        self.text.as_bytes().get(self.at..)?.first_chunk()
    }

    /// The next byte, if there is one.
    #[inline]
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    #[inline]
    const fn step(&mut self, bytes: usize) {
        self.at = self.at.wrapping_add(bytes);
    }

    /// Goes over blanks, and gives the byte after them.
    #[inline]
    pub(crate) fn next(&mut self) -> Option<u8> {
        loop {
            match self.peek()? {
                b' ' | b'\t' | b'\n' | b'\r' => self.step(1),
                byte => return Some(byte),
            }
        }
    }

    /// Goes over blanks and this byte.
    #[inline]
    pub(crate) fn eat(&mut self, byte: u8) -> Option<()> {
        if self.next()? != byte {
            return None;
        }
        self.step(1);
        Some(())
    }

    /// Sees that nothing follows but blanks.
    pub(crate) fn end(&mut self) -> Option<()> {
        if self.next().is_none() { Some(()) } else { None }
    }

    /// Goes over a token, if it is next.
    #[inline]
    pub(crate) fn token(&mut self, token: Token) -> bool {
        match self.block().and_then(|block| token.begins(block)) {
            Some(length) => {
                self.step(length);
                true
            }
            None => false,
        }
    }

    /// Goes over a literal of four bytes, if it is next.
    #[inline]
    fn four(&mut self, literal: [u8; 4]) -> bool {
        let next = self.text.as_bytes().get(self.at..).and_then(<[u8]>::first_chunk);
        if next != Some(&literal) {
            return false;
        }
        self.step(4);
        true
    }

    /// Goes over `null`, if it is next.
    #[inline]
    pub(crate) fn null(&mut self) -> bool {
        self.four(*b"null")
    }

    /// Reads `true` or `false`.
    #[inline]
    pub(crate) fn bool(&mut self) -> Option<bool> {
        if self.four(*b"true") {
            return Some(true);
        }
        if !self.four(*b"fals") || self.peek() != Some(b'e') {
            return None;
        }
        self.step(1);
        Some(false)
    }

    /// Enters an object or an array by its bracket.
    #[inline]
    pub(crate) fn open(&mut self, bracket: u8) -> Option<()> {
        self.eat(bracket)?;
        self.left = self.left.checked_sub(1)?;
        Some(())
    }

    /// Goes to the next member or element, or leaves an object or an array by its bracket. Tells whether there is one.
    /// After a comma there is always one: whoever reads it finds nothing where a bracket stands.
    #[inline]
    pub(crate) fn more(&mut self, first: &mut bool, bracket: u8) -> Option<bool> {
        let byte = self.next()?;
        if byte == bracket {
            self.step(1);
            self.left = self.left.wrapping_add(1);
            return Some(false);
        }
        if !std::mem::take(first) {
            if byte != b',' {
                return None;
            }
            self.step(1);
            self.next()?;
        }
        Some(true)
    }

    /// Reads the name of a member that has no escapes, and goes to its value.
    pub(crate) fn name(&mut self) -> Option<&'a str> {
        let name = self.plain()?;
        self.eat(b':')?;
        self.next()?;
        Some(name)
    }

    /// Reads a string that has no escapes.
    pub(crate) fn plain(&mut self) -> Option<&'a str> {
        let Quoted::Plain(start, end) = self.quoted()? else { return None };
        self.text.get(start..end)
    }

    /// The shape of the next value, before which no blank stands.
    pub(crate) fn shape(&self) -> Option<Shape> {
        Some(match self.peek()? {
            b'{' => Shape::Object,
            b'[' => Shape::Array,
            b'"' => Shape::String,
            b't' | b'f' => Shape::Bool,
            b'n' => Shape::Null,
            b'-' | b'0'..=b'9' => Shape::Number,
            _ => return None,
        })
    }

    /// The text of a plain string.
    #[inline]
    pub(crate) fn between(&self, start: usize, end: usize) -> Option<&'a str> {
        self.text.get(start..end)
    }

    /// A piece of the text as a word.
    pub(crate) fn word(&self, piece: &'a str) -> Option<u64> {
        let start = piece.as_ptr().addr().checked_sub(self.text.as_ptr().addr())?;
        Some(u64::try_from(start).ok()? << 32 | u64::from(u32::try_from(piece.len()).ok()?))
    }

    /// The piece of the text that a word means.
    pub(crate) fn spelled(&self, word: u64) -> Option<&'a str> {
        let (start, length) = (usize::try_from(word >> 32).ok()?, usize::try_from(word & 0xffff_ffff).ok()?);
        self.text.get(start..start.checked_add(length)?)
    }

    /// Reads a string up to its end, or to its first escape.
    #[inline]
    pub(crate) fn quoted(&mut self) -> Option<Quoted> {
        if self.peek()? != b'"' {
            return None;
        }
        self.step(1);
        let start = self.at;
        match self.special()? {
            b'"' => {
                let end = self.at;
                self.step(1);
                Some(Quoted::Plain(start, end))
            }
            b'\\' => Some(Quoted::Escaped(start)),
            _ => None,
        }
    }

    /// Goes to the next byte that no string holds as it is, and gives it.
    #[inline]
    fn special(&mut self) -> Option<u8> {
        while let Some(block) = self.block() {
            let first = S::special(block);
            self.step(first);
            if first < BLOCK {
                return self.peek();
            }
        }
        loop {
            match self.peek()? {
                byte @ (b'"' | b'\\' | ..0x20) => return Some(byte),
                _ => self.step(1),
            }
        }
    }

    /// Reads a string from its first escape on, and writes the whole.
    pub(crate) fn unescape(&mut self, start: usize, out: &mut String) -> Option<()> {
        let mut plain = start;
        loop {
            let byte = self.special()?;
            out.push_str(self.text.get(plain..self.at)?);
            self.step(1);
            if byte == b'"' {
                return Some(());
            }
            if byte != b'\\' {
                return None;
            }
            let escape = self.peek()?;
            self.step(1);
            out.push(match escape {
                b'"' | b'\\' | b'/' => char::from(escape),
                b'b' => '\u{8}',
                b'f' => '\u{c}',
                b'n' => '\n',
                b'r' => '\r',
                b't' => '\t',
                b'u' => self.unit()?,
                _ => return None,
            });
            plain = self.at;
        }
    }

    /// Reads what is behind `\u`, both halves of a pair.
    fn unit(&mut self) -> Option<char> {
        let high = self.hex()?;
        if !(0xd800..0xe000).contains(&high) {
            return char::from_u32(high);
        }
        if self.text.as_bytes().get(self.at..)?.first_chunk() != Some(b"\\u") {
            return None;
        }
        self.step(2);
        let low = self.hex()?;
        let pair = char::decode_utf16([u16::try_from(high).ok()?, u16::try_from(low).ok()?]).next();
        // A pair is one character: where the second is none of its kind, the first alone is an error.
        pair?.ok()
    }

    fn hex(&mut self) -> Option<u32> {
        let digits: &[u8; 4] = self.text.as_bytes().get(self.at..)?.first_chunk()?;
        let fold = |number: u32, digit: &u8| Some(number << 4 | char::from(*digit).to_digit(16)?);
        let number = digits.iter().try_fold(0, fold)?;
        self.step(4);
        Some(number)
    }

    /// Goes over a string.
    fn pass_string(&mut self) -> Option<()> {
        if self.peek()? != b'"' {
            return None;
        }
        self.step(1);
        loop {
            match self.special()? {
                b'"' => {
                    self.step(1);
                    return Some(());
                }
                // What is escaped is looked at by whoever reads it.
                b'\\' => self.step(2),
                _ => return None,
            }
        }
    }

    /// Goes behind a value that is read at another time: it need not be JSON. This only looks for the end.
    pub(crate) fn pass(&mut self) -> Option<()> {
        match self.next()? {
            b'"' => self.pass_string(),
            b'{' | b'[' => self.pass_nested(),
            _ => {
                while !matches!(self.peek(), None | Some(b',' | b']' | b'}' | b' ' | b'\t' | b'\n' | b'\r')) {
                    self.step(1);
                }
                Some(())
            }
        }
    }

    /// Goes behind an object or array, many bytes at a time.
    fn pass_nested(&mut self) -> Option<()> {
        let start = self.at;
        let (mut depth, mut inside) = (0_usize, 0_u64);
        loop {
            let rest = self.text.as_bytes().get(self.at..)?;
            let marks = match rest.first_chunk() {
                Some(row) => S::marks(row),
                None if rest.is_empty() => return None,
                None => {
                    let mut row = [0; ROW];
                    row.get_mut(..rest.len())?.copy_from_slice(rest);
                    S::marks(&row)
                }
            };
            if marks.backslashes != 0 {
                self.at = start;
                return self.pass_escapes();
            }
            // From each quote to the next, the bytes between are those of a string.
            let strings = [1, 2, 4, 8, 16, 32].iter().fold(marks.quotes, |bits, by| bits ^ bits << by) ^ inside;
            inside = 0_u64.wrapping_sub(strings >> 63);
            let mut brackets = (marks.open | marks.close) & !strings;
            while brackets != 0 {
                let at = brackets.trailing_zeros();
                if marks.open >> at & 1 == 1 {
                    depth = depth.wrapping_add(1);
                } else {
                    depth = depth.wrapping_sub(1);
                    if depth == 0 {
                        self.step(usize::try_from(at).ok()?.wrapping_add(1));
                        return Some(());
                    }
                }
                brackets &= brackets.wrapping_sub(1);
            }
            self.step(ROW.min(rest.len()));
        }
    }

    /// Goes behind an object or array that has strings with escapes.
    fn pass_escapes(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            match self.peek()? {
                b'"' => {
                    self.pass_string()?;
                    continue;
                }
                b'{' | b'[' => depth = depth.wrapping_add(1),
                b'}' | b']' => {
                    depth = depth.wrapping_sub(1);
                    if depth == 0 {
                        self.step(1);
                        return Some(());
                    }
                }
                _ => {
                    let step = self.block().map_or(1, S::structure);
                    self.step(step);
                    continue;
                }
            }
            self.step(1);
        }
    }

    /// Goes over digits, and gives how many they are and the number that the last of them are.
    #[inline]
    fn digits(&mut self) -> (usize, i64) {
        let (mut count, mut value) = (0_usize, 0_i64);
        while let Some(byte @ b'0'..=b'9') = self.peek() {
            value = value.wrapping_mul(10).wrapping_add(i64::from(byte & 0xf));
            count = count.wrapping_add(1);
            self.step(1);
        }
        (count, value)
    }

    /// Reads an integer. What follows its digits is for whoever goes on: neither a point nor an exponent may.
    #[inline]
    pub(crate) fn int(&mut self) -> Option<i64> {
        let start = self.at;
        let negative = self.peek()? == b'-';
        if negative {
            self.step(1);
        }
        let zero = self.peek()? == b'0';
        let (count, value) = self.digits();
        match count {
            1 if zero && negative => None,
            1..=DIGITS if zero && count > 1 => None,
            1..=DIGITS => Some(if negative { value.wrapping_neg() } else { value }),
            _ => parse_int(self.text.get(start..self.at)?).ok(),
        }
    }

    /// Reads a decimal, in ten-thousandths.
    #[inline]
    pub(crate) fn decimal(&mut self, places: u8) -> Option<i64> {
        let start = self.at;
        let negative = self.peek()? == b'-';
        if negative {
            self.step(1);
        }
        let zero = self.peek()? == b'0';
        let (count, whole) = self.digits();
        let mut units = whole.wrapping_mul(10_000);
        let mut plain = !negative && (1..=WHOLE_DIGITS).contains(&count) && (!zero || count == 1);
        if self.peek() == Some(b'.') {
            self.step(1);
            let (count, fraction) = self.digits();
            let scaled = match count {
                1 => fraction.wrapping_mul(1_000),
                2 => fraction.wrapping_mul(100),
                3 => fraction.wrapping_mul(10),
                _ => fraction,
            };
            plain &= (1..=4).contains(&count) && count <= usize::from(places);
            units = units.wrapping_add(scaled);
        }
        if plain { Some(units) } else { parse_decimal(self.text.get(start..self.at)?, places).ok() }
    }

    /// Goes over a number that every reader takes for the same: neither minus zero nor one with an exponent.
    pub(crate) fn number(&mut self) -> Option<()> {
        let negative = self.peek()? == b'-';
        if negative {
            self.step(1);
        }
        let start = self.at;
        let zero = self.peek()? == b'0';
        let (count, _) = self.digits();
        if count == 0 || (zero && count > 1) {
            return None;
        }
        if self.peek() == Some(b'.') {
            self.step(1);
            if self.digits().0 == 0 {
                return None;
            }
        }
        let digits = self.text.as_bytes().get(start..self.at)?;
        if negative && digits.iter().all(|b| matches!(b, b'0' | b'.')) { None } else { Some(()) }
    }
}
