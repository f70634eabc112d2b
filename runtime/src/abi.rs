//! What native code and the runtime agree on: offsets, and how values pack into 64 bits.
//!
//! A native function decides up to [`GROUP_RULES`] rules of an entry, a [`crate::index::Group`], case by case:
//!
//! ```text
//! extern "C" fn(context: *const NativeContext, frame: *const u64, out: *mut u64, case: u64)
//! ```
//!
//! It stores which rules of the case hold to `out[0]` and which failed to `out[1]`, one bit for each rule of the group.
//! For a case that there is not it stores bits that are both. The context
//! begins with a pointer to the table of [`crate::helpers::Helper`]s, a pointer to the frame's elements, and their
//! number.

use std::ops::Range;

use crate::ir::{DetectorId, LiteralId};
use crate::schema::Slot;

/// How many rules of an entry one native function decides.
pub const GROUP_RULES: usize = 64;

/// Alignment of a native function in the code, in bytes.
pub const FUNCTION_ALIGN: usize = 16;

/// Most slots of a frame.
pub const MAX_SLOTS: u32 = 65_536;

/// Offset in the context of the pointer to the helper table.
pub const HELPER_TABLE: i32 = 0;

/// Offset in the context of the pointer to the frame's elements.
pub const ELEMENTS: i32 = 8;

/// Offset in the context of the number of the frame's elements.
pub const ELEMENT_COUNT: i32 = 16;

/// What a helper answers that failed. Those that can fail never have this for an answer.
pub const FAILED: u64 = 1 << 63;

/// Most words of a row.
pub const MAX_WIDTH: u32 = 65_536;

/// Offset in the result of the bits of rules that hold.
pub const OUT_HELD: i32 = 0;

/// Offset in the result of the bits of rules that failed.
pub const OUT_FAILED: i32 = 8;

/// Marks a text as a literal.
const LITERAL: u64 = 1 << 63;

/// What [`crate::helpers::Helper::Detect`] is told: which table of patterns, and whether it searches JSON.
#[must_use]
pub const fn detection(detector: DetectorId, whole: bool) -> u64 {
    ((detector.0 as u64) << 1) | whole as u64
}

/// The same, unpacked; nothing if it is none.
pub(crate) fn detector(detection: u64) -> Option<(DetectorId, bool)> {
    Some((DetectorId(u32::try_from(detection >> 1).ok()?), detection & 1 == 1))
}

/// Offset of a slot from the frame's start, in bytes.
///
/// A valid program has at most [`MAX_SLOTS`] slots; beyond what an offset can say, this is the last one.
#[must_use]
pub const fn slot_offset(slot: Slot) -> i32 {
    if slot.0 < MAX_SLOTS { slot.0.cast_signed().saturating_mul(8) } else { i32::MAX }
}

/// A literal as a text value.
#[must_use]
pub const fn literal(id: LiteralId) -> u64 {
    LITERAL | id.0 as u64
}

/// Where a text value's bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Text {
    /// In the program.
    Literal(LiteralId),
    /// In the frame's text arena.
    Arena {
        /// Offset of the first byte; less than 2³¹.
        start: u32,
        /// Number of bytes.
        length: u32,
    },
}

impl Text {
    /// Packs it: bit 63 tells a literal; else bits 32 to 62 are the start and the rest is the length.
    #[must_use]
    pub const fn pack(self) -> u64 {
        match self {
            Self::Literal(id) => literal(id),
            Self::Arena { start, length } => ((start as u64) << 32) & !LITERAL | length as u64,
        }
    }

    /// Some of its bytes, if it is in the arena.
    pub(crate) fn within(self, range: &Range<usize>) -> Option<Self> {
        let Self::Arena { start, length } = self else { return None };
        let (first, count) = (u32::try_from(range.start).ok()?, u32::try_from(range.len()).ok()?);
        let inside = first.checked_add(count)? <= length;
        Some(Self::Arena { start: start.checked_add(first)?, length: count }).filter(|_| inside)
    }

    /// The reverse of [`Text::pack`]; every value is some text.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "the low half is what is meant")]
    pub const fn unpack(value: u64) -> Self {
        if value & LITERAL != 0 {
            Self::Literal(LiteralId(value as u32))
        } else {
            Self::Arena { start: (value >> 32) as u32, length: value as u32 }
        }
    }
}

/// The bit behind a set that says that the set has a literal; the first 64 literals have one.
#[must_use]
pub const fn mark(id: LiteralId) -> Option<u64> {
    1_u64.checked_shl(id.0)
}

/// Where the rows of a set or list are among the frame's elements, column by column: word `w` of row `i` is element
/// `start + w * count + i`. The rows of a set have one word each, are sorted, and each is there once.
/// Behind them stands one more word: which literals a set of texts has, as [`mark`]s. Behind the set that is 0 stands 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Set {
    /// Index of the first word of the first row.
    pub start: u32,
    /// How many rows.
    pub count: u32,
}

impl Set {
    /// Packs it: the start in the high half, the count in the low half.
    #[must_use]
    pub const fn pack(self) -> u64 {
        (self.start as u64) << 32 | self.count as u64
    }

    /// The reverse of [`Set::pack`].
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "the low half is what is meant")]
    pub const fn unpack(value: u64) -> Self {
        Self { start: (value >> 32) as u32, count: value as u32 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_pack_as_documented() {
        assert_eq!(literal(LiteralId(7)), 0x8000_0000_0000_0007);
        assert_eq!(Text::Arena { start: 3, length: 5 }.pack(), 0x3_0000_0005);
        assert_eq!(Set { start: 3, count: 5 }.pack(), 0x3_0000_0005);
        for value in [0, 5, 0x3_0000_0005, 0x7fff_ffff_ffff_ffff, 0x8000_0000_ffff_ffff] {
            assert_eq!(Text::unpack(value).pack(), value);
            assert_eq!(Set::unpack(value).pack(), value);
        }
        assert_eq!(slot_offset(Slot(3)), 24);
    }
}
