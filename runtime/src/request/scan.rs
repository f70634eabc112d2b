//! Scanning: where the next byte is, among sixteen, that a reader of JSON has to look at.
//!
//! There is one way by plain words and one by vectors; both give the same answers.

use wide::u8x16;

/// Bytes that are looked at together.
pub(crate) const BLOCK: usize = 16;

/// A way of looking at a block.
pub(crate) trait Scan {
    /// Where the first byte is that no string holds as it is: a quote, a backslash or a control character. As many as
    /// there are bytes if there is none.
    fn special(block: &[u8; BLOCK]) -> usize;

    /// Where the first quote, brace or bracket is.
    fn structure(block: &[u8; BLOCK]) -> usize;

    /// Where this byte is among those of a block, the lowest bit for the first, after these bits were set in each.
    fn bits(block: &[u8; BLOCK], set: u8, byte: u8) -> u64;

    /// What a row of blocks is made of.
    #[inline]
    fn marks(row: &[u8; ROW]) -> Marks {
        let bits = |set, byte| {
            let (blocks, _) = row.as_chunks::<BLOCK>();
            blocks.iter().rev().fold(0, |bits, block| bits << BLOCK | Self::bits(block, set, byte))
        };
        Marks {
            quotes: bits(0, b'"'),
            backslashes: bits(0, b'\\'),
            // Brackets differ from braces in one bit.
            open: bits(0x20, b'{'),
            close: bits(0x20, b'}'),
        }
    }
}

/// Bytes that are marked together.
pub(crate) const ROW: usize = 64;

/// Where some bytes are in a row, the lowest bit for the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Marks {
    pub(crate) quotes: u64,
    pub(crate) backslashes: u64,
    /// Braces and brackets that open.
    pub(crate) open: u64,
    /// Braces and brackets that close.
    pub(crate) close: u64,
}

/// By the words of every machine.
#[derive(Debug)]
pub(crate) struct Portable;

/// Every byte is 1.
const ONES: u64 = u64::MAX / 255;

/// The highest bit of every byte.
const HIGH: u64 = ONES << 7;

/// Marks bytes of a word that are this one. The lowest mark is right; above it there may be wrong ones.
const fn same(word: u64, byte: u8) -> u64 {
    let differs = word ^ ONES.wrapping_mul(byte as u64);
    differs.wrapping_sub(ONES) & !differs & HIGH
}

/// Marks control characters, as [`same`] does.
const fn control(word: u64) -> u64 {
    word.wrapping_sub(ONES.wrapping_mul(0x20)) & !word & HIGH
}

/// The place of the lowest mark in both halves of a block.
fn lowest(block: &[u8; BLOCK], mark: impl Fn(u64) -> u64) -> usize {
    let whole = u128::from_le_bytes(*block);
    #[expect(clippy::cast_possible_truncation, reason = "each half is meant")]
    let (low, high) = (mark(whole as u64), mark((whole >> 64) as u64));
    let bits = if low == 0 { high.trailing_zeros().wrapping_add(64) } else { low.trailing_zeros() };
    usize::try_from(bits >> 3).unwrap_or(BLOCK)
}

impl Scan for Portable {
    fn special(block: &[u8; BLOCK]) -> usize {
        lowest(block, |word| same(word, b'"') | same(word, b'\\') | control(word))
    }

    fn structure(block: &[u8; BLOCK]) -> usize {
        // Brackets differ from braces in one bit.
        let folded = |word| word | ONES.wrapping_mul(0x20);
        lowest(block, |word| same(word, b'"') | same(folded(word), b'{') | same(folded(word), b'}'))
    }

    fn bits(block: &[u8; BLOCK], set: u8, byte: u8) -> u64 {
        let whole = u128::from_le_bytes(*block) | u128::from_le_bytes([set; BLOCK]);
        #[expect(clippy::cast_possible_truncation, reason = "each half is meant")]
        let (low, high) = (whole as u64, (whole >> 64) as u64);
        exactly(low, byte) | exactly(high, byte) << 8
    }
}

/// Every bit of every byte but its highest.
const LOW: u64 = !HIGH;

/// One bit for each byte of a word that is this one, and no other.
const fn exactly(word: u64, byte: u8) -> u64 {
    let differs = word ^ ONES.wrapping_mul(byte as u64);
    let marks = !((differs & LOW).wrapping_add(LOW) | differs | LOW);
    // Each factor brings the mark of one byte to its place among the highest bits.
    (marks >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

/// By the vectors that every machine of its architecture has: SSE2, NEON.
#[derive(Debug)]
pub(crate) struct Vector;

fn all(byte: u8) -> u8x16 {
    u8x16::splat(byte)
}

fn first(marks: u8x16) -> usize {
    usize::try_from((marks.to_bitmask() | 1 << BLOCK).trailing_zeros()).unwrap_or(BLOCK)
}

impl Scan for Vector {
    #[inline]
    fn special(block: &[u8; BLOCK]) -> usize {
        let bytes = u8x16::new(*block);
        let control = bytes.min(all(0x1f)).simd_eq(bytes);
        first(bytes.simd_eq(all(b'"')) | bytes.simd_eq(all(b'\\')) | control)
    }

    #[inline]
    fn structure(block: &[u8; BLOCK]) -> usize {
        let bytes = u8x16::new(*block);
        // Brackets differ from braces in one bit.
        let folded = bytes | all(0x20);
        first(bytes.simd_eq(all(b'"')) | folded.simd_eq(all(b'{')) | folded.simd_eq(all(b'}')))
    }

    #[inline]
    fn bits(block: &[u8; BLOCK], set: u8, byte: u8) -> u64 {
        let bytes = u8x16::new(*block) | all(set);
        u64::from(bytes.simd_eq(all(byte)).to_bitmask())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn plainly(block: &[u8; BLOCK], is: impl Fn(u8) -> bool) -> usize {
        block.iter().position(|&byte| is(byte)).unwrap_or(BLOCK)
    }

    fn agree(block: &[u8; BLOCK]) {
        let special = plainly(block, |b| matches!(b, b'"' | b'\\' | ..0x20));
        let structure = plainly(block, |b| matches!(b, b'"' | b'{' | b'}' | b'[' | b']'));
        assert_eq!(Portable::special(block), special, "{block:?}");
        assert_eq!(Vector::special(block), special, "{block:?}");
        assert_eq!(Portable::structure(block), structure, "{block:?}");
        assert_eq!(Vector::structure(block), structure, "{block:?}");
        for (set, byte) in [(0, b'"'), (0, b'\\'), (0x20, b'{'), (0x20, b'}')] {
            let bits = block.iter().rev().fold(0, |bits, &other| bits << 1 | u64::from(other | set == byte));
            assert_eq!(Portable::bits(block, set, byte), bits, "{block:?}");
            assert_eq!(Vector::bits(block, set, byte), bits, "{block:?}");
        }
    }

    #[test]
    fn every_byte_is_found_in_every_place_beside_any_other() {
        for byte in 0..=u8::MAX {
            for place in 0..BLOCK {
                for around in [b'a', b'!', b'#', b'|', b'~', b'Z', b'^', 0x7f, 0x80, 0xff, byte] {
                    let mut block = [around; BLOCK];
                    block[place] = byte;
                    agree(&block);
                }
            }
        }
    }

    proptest! {
        #[test]
        fn all_ways_find_the_same(block: [u8; BLOCK], few in prop::array::uniform16(prop::sample::select(
            b"\"\\{}[]a \x00\x1f\x20!#\x7f\x80\xa2\xdc\xfb\xff".to_vec(),
        ))) {
            agree(&block);
            agree(&few);
            let row: [u8; ROW] = [block, few, block, few].concat().try_into().unwrap();
            let marks = Vector::marks(&row);
            prop_assert_eq!(Portable::marks(&row), marks);
            for (at, byte) in row.iter().enumerate() {
                let is = |marks: u64| marks >> at & 1 == 1;
                let found = [marks.quotes, marks.backslashes, marks.open, marks.close].map(is);
                prop_assert_eq!(found, [*byte == b'"', *byte == b'\\', b"{[".contains(byte), b"}]".contains(byte)]);
            }
        }
    }
}
