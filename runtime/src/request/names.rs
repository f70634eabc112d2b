//! Names that are declared: found by their text, without allocating.

use super::scan::BLOCK;

/// Up to so many names are compared one by one.
const FEW: usize = 4;

/// Finds the place of a name in a list that stands elsewhere.
///
/// A table of twice as many places as there are names, probed one after another. What requests say is only looked up, so
/// that no request can make it slow.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// A name's place in the list and one more, or 0. Their number is a power of two; none for a few names.
    table: Box<[u32]>,
}

impl Names {
    /// Of a list.
    pub(crate) fn new<'n>(names: impl ExactSizeIterator<Item = &'n str>) -> Self {
        if names.len() <= FEW {
            return Self::default();
        }
        let room = names.len().saturating_mul(2).next_power_of_two();
        let mut table = vec![0_u32; room].into_boxed_slice();
        for (index, name) in names.enumerate() {
            let Ok(entry) = u32::try_from(index.saturating_add(1)) else { continue };
            let free = probes(name, room).find(|&place| table.get(place) == Some(&0));
            if let Some(place) = free.and_then(|place| table.get_mut(place)) {
                *place = entry;
            }
        }
        Self { table }
    }

    /// The place of a name, given the list.
    pub(crate) fn find<'n>(&self, name: &str, list: impl Fn(usize) -> Option<&'n str>) -> Option<usize> {
        if self.table.is_empty() {
            return (0..FEW).find(|&index| list(index) == Some(name));
        }
        for place in probes(name, self.table.len()) {
            let index = usize::try_from(*self.table.get(place)?).ok()?.checked_sub(1)?;
            if list(index) == Some(name) {
                return Some(index);
            }
        }
        None
    }
}

/// Where a name may be in a table, the likeliest place first.
fn probes(name: &str, room: usize) -> impl Iterator<Item = usize> {
    let mask = room.saturating_sub(1);
    let first = usize::try_from(hash(name.as_bytes()) >> 32).unwrap_or_default();
    (0..room).map(move |step| first.wrapping_add(step) & mask)
}

/// Folds the words of a name by multiplication, as FxHash does, and mixes the result.
fn hash(name: &[u8]) -> u64 {
    const FACTOR: u64 = 0x517c_c1b7_2722_0a95;
    let fold = |hash: u64, word: u64| (hash.rotate_left(5) ^ word).wrapping_mul(FACTOR);
    let (words, rest) = name.as_chunks::<8>();
    let hash = words.iter().fold(0, |hash, word| fold(hash, u64::from_le_bytes(*word)));
    let rest = rest.iter().fold(1, |rest: u64, &byte| rest << 8 | u64::from(byte));
    let hash = fold(hash, rest);
    (hash ^ hash >> 32).wrapping_mul(FACTOR)
}

/// A token by which something is recognised at a glance, such as `"name":`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Token {
    /// Its bytes in both halves of a block; those that are none of it are 0.
    halves: [u64; 2],
    /// How many they are: from 1 to [`BLOCK`], or 0 for a longer one, which is never recognised.
    length: u8,
}

impl Token {
    /// What is never recognised.
    pub(crate) const NONE: Self = Self { halves: [0; 2], length: 0 };

    /// Of a text between quotes, with what follows it.
    pub(crate) const fn new(text: &str, after: &str) -> Self {
        let (text, after) = (text.as_bytes(), after.as_bytes());
        let length = text.len().saturating_add(after.len()).saturating_add(2);
        if length > BLOCK {
            return Self::NONE;
        }
        let mut whole = 0;
        let mut at = 0_u32;
        whole = place(whole, &mut at, b"\"");
        whole = place(whole, &mut at, text);
        whole = place(whole, &mut at, b"\"");
        whole = place(whole, &mut at, after);
        #[expect(
            clippy::cast_possible_truncation,
            reason = "each half is meant, and the length is at most that of a block"
        )]
        let (halves, length) = ([whole as u64, (whole >> 64) as u64], length as u8);
        Self { halves, length }
    }

    /// How many bytes of a block it is, if the block begins with it.
    #[inline]
    pub(crate) fn begins(self, block: &[u8; BLOCK]) -> Option<usize> {
        let [low, high] = self.halves;
        let token = u128::from(high) << 64 | u128::from(low);
        // What is behind it is shifted out.
        let behind = 128_u32.wrapping_sub(u32::from(self.length) << 3);
        let differs = (u128::from_le_bytes(*block) ^ token).wrapping_shl(behind);
        (self.length != 0 && differs == 0).then_some(usize::from(self.length))
    }
}

/// Puts bytes into a block, from a place on.
const fn place(block: u128, at: &mut u32, bytes: &[u8]) -> u128 {
    let Some((&first, rest)) = bytes.split_first() else { return block };
    let placed = block | (first as u128).wrapping_shl(*at);
    *at = at.saturating_add(8);
    place(placed, at, rest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn names_are_found_and_nothing_else_is(
            names in prop::collection::btree_set("[a-c_]{0,3}|[a-z]{4,20}|\\PC{0,12}", 0..200),
            others in prop::collection::vec("[a-c_]{0,3}|[a-z]{4,20}|\\PC{0,12}", 0..20),
        ) {
            let list: Vec<&str> = names.iter().map(String::as_str).collect();
            let table = Names::new(list.iter().copied());
            for name in list.iter().copied().chain(others.iter().map(String::as_str)) {
                let found = table.find(name, |index| list.get(index).copied());
                prop_assert_eq!(found, list.iter().position(|known| *known == name));
            }
        }

        #[test]
        fn a_token_is_recognised_where_a_block_begins_with_it(
            text in "[ab]{0,13}", other in "[ab\":]{0,16}", colon: bool,
        ) {
            let after = if colon { ":" } else { "" };
            let spelled = format!("\"{text}\"{after}");
            for sent in [format!("{spelled}{other}"), format!("\"{other}")] {
                let bytes: Vec<u8> = sent.bytes().chain([b'x'; BLOCK]).take(BLOCK).collect();
                let block = bytes.first_chunk().unwrap();
                let expected = (spelled.len() <= BLOCK && bytes.starts_with(spelled.as_bytes())).then_some(spelled.len());
                prop_assert_eq!(Token::new(&text, after).begins(block), expected);
            }
        }
    }

    #[test]
    fn names_that_begin_and_end_alike_are_spread() {
        let names: Vec<String> = (0..50_000).map(|n| format!("service.example.action_{n}.read_everything")).collect();
        let table = Names::new(names.iter().map(String::as_str));
        let room = table.table.len();
        let steps = |name: &String| {
            probes(name, room).take_while(|&p| names[usize::try_from(table.table[p]).unwrap() - 1] != *name).count()
        };
        let steps: usize = names.iter().map(steps).sum();
        assert!(steps < names.len(), "{steps} steps beyond the first");
    }
}
