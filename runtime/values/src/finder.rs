//! Finders: automata that read a text once, from its beginning to its end, and know the highest of all that is in it.
//!
//! A state is a place in one array of entries (row displacement, Tarjan and Yao 1979): what follows it on a class of bytes
//! stands that many entries after it, if the entry says this class. Else it is what would follow had the search begun one
//! byte ago, which for most states and bytes it is. No two states have the same place, so an entry that says the class
//! belongs to the state. Each byte of a text costs two look-ups, whatever the text and whatever was found before.

use sha2::{Digest, Sha256};

/// What [`Finder::read`] expects at the beginning.
const MAGIC: &[u8; 8] = b"ztfind\0\x01";
/// The class of entries that belong to no state.
const NO_CLASS: u8 = u8::MAX;
/// The bits of an entry that say which state comes next.
const PLACE: u32 = (1 << 23) - 1;
/// The bit of an entry whose state has found something.
const FOUND: u32 = 1 << 23;
/// Where an entry says its class.
const CLASS: u32 = 24;

/// An automaton, as it is built: see [`Finder`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tables {
    /// What it finds, as [`finder_digest`] tells it.
    pub digest: [u8; 32],
    /// The class of each byte. Bytes of one class are the same to every state.
    pub classes: Vec<u8>,
    /// For each class, the row of `fresh` that counts after one of its bytes.
    pub contexts: Vec<u8>,
    /// The row of `fresh` that counts at the beginning.
    pub context: u8,
    /// For each row and each class, what follows where a state has no entry. Of these entries the class is left out.
    pub fresh: Vec<u32>,
    /// What follows each state, see [`entry`].
    pub entries: Vec<u32>,
    /// Where a search begins.
    pub first: u32,
    /// The states in which something has been found, and the level of it; by place.
    pub found: Vec<(u32, u32)>,
    /// The states in which something is found if the text ends, and the level of it; by place.
    pub ends: Vec<(u32, u32)>,
}

/// An entry: the state that follows on bytes of a class. Nothing if the place is too far away.
#[must_use]
pub fn entry(class: u8, place: u32, found: bool) -> Option<u32> {
    let flag = if found { FOUND } else { 0 };
    (place <= PLACE).then(|| u32::from(class) << CLASS | flag | place)
}

/// An entry that belongs to no state.
#[must_use]
pub fn no_entry() -> u32 {
    u32::from(NO_CLASS) << CLASS
}

/// The most classes of bytes.
pub const MAX_CLASSES: usize = NO_CLASS as usize;

/// What tells the rows of a finder from any others: their patterns as written, and what finding each says.
#[must_use]
pub fn finder_digest<'a>(rows: impl IntoIterator<Item = (&'a str, u32)>) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(MAGIC);
    for (source, says) in rows {
        hash.update((source.len() as u64).to_le_bytes());
        hash.update(source);
        hash.update(says.to_le_bytes());
    }
    hash.finalize().into()
}

impl Tables {
    /// As bytes; [`Finder::read`] reads them. The same tables give the same bytes.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let mut out = [MAGIC.as_slice(), &self.digest].concat();
        let mut bytes = |all: &[u8]| {
            out.extend((all.len() as u64).to_le_bytes());
            out.extend(all);
        };
        bytes(&self.classes);
        bytes(&self.contexts);
        let words = |all: &[u32]| all.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<_>>();
        let pairs = |all: &[(u32, u32)]| words(&all.iter().flat_map(|(a, b)| [*a, *b]).collect::<Vec<_>>());
        bytes(&words(&[self.context.into(), self.first]));
        bytes(&words(&self.fresh));
        bytes(&words(&self.entries));
        bytes(&pairs(&self.found));
        bytes(&pairs(&self.ends));
        out
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (digest, mut rest) = bytes.strip_prefix(MAGIC)?.split_first_chunk::<32>()?;
        let mut part = || {
            let (length, after) = rest.split_first_chunk::<8>()?;
            let (part, after) = after.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
            rest = after;
            Some(part)
        };
        let words = |part: &[u8]| {
            let (words, odd) = part.as_chunks::<4>();
            odd.is_empty().then(|| words.iter().map(|word| u32::from_le_bytes(*word)).collect::<Vec<_>>())
        };
        let pairs = |part: &[u8]| {
            let (pairs, odd) = part.as_chunks::<8>();
            let pair = |pair: &[u8; 8]| {
                let (a, b) = pair.split_first_chunk::<4>()?;
                Some((u32::from_le_bytes(*a), u32::from_le_bytes(*b.first_chunk()?)))
            };
            if odd.is_empty() { pairs.iter().map(pair).collect::<Option<Vec<_>>>() } else { None }
        };
        let (classes, contexts) = (part()?.to_vec(), part()?.to_vec());
        let begin = words(part()?)?;
        let [context, first] = *begin.as_slice() else { return None };
        let tables = Self {
            digest: *digest,
            classes,
            contexts,
            context: u8::try_from(context).ok()?,
            fresh: words(part()?)?,
            entries: words(part()?)?,
            first,
            found: pairs(part()?)?,
            ends: pairs(part()?)?,
        };
        rest.is_empty().then_some(tables)
    }
}

/// An automaton that finds what it was built for, wherever it is in a text.
#[derive(Debug, Clone)]
pub struct Finder {
    digest: [u8; 32],
    classes: Box<[u8; 256]>,
    /// For each class, where its row of `fresh` begins.
    rows: Box<[u32; 256]>,
    /// The row before the first byte.
    row: u32,
    fresh: Vec<u32>,
    entries: Vec<u32>,
    first: u32,
    found: Vec<(u32, u32)>,
    ends: Vec<(u32, u32)>,
    most: u32,
}

impl Finder {
    /// Reads an automaton; nothing if it is none. One that is read never leaves its own tables.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        Self::of(Tables::read(bytes)?)
    }

    /// The automaton with these tables; nothing if they do not hold together.
    #[must_use]
    pub fn of(tables: Tables) -> Option<Self> {
        let Tables { digest, classes, contexts, context, fresh, entries, first, found, ends } = tables;
        let known = contexts.len();
        let rows = fresh.len().checked_div(known)?;
        let whole = known <= MAX_CLASSES && rows.checked_mul(known)? == fresh.len() && rows <= MAX_CLASSES;
        let classes: Box<[u8; 256]> = classes.into_boxed_slice().try_into().ok()?;
        let classed = classes.iter().all(|class| usize::from(*class) < known);
        let within = contexts.iter().chain([&context]).all(|context| usize::from(*context) < rows);
        // The entries of every state, of whatever class, are within the array.
        let last = entries.len().checked_sub(known)?;
        let is_place = |place: u32| usize::try_from(place).is_ok_and(|place| place <= last);
        let in_order = |states: &[(u32, u32)]| {
            states.is_sorted_by(|(a, _), (b, _)| a < b) && states.iter().all(|(at, level)| is_place(*at) && *level > 0)
        };
        let finds = |place: u32| found.binary_search_by_key(&place, |(at, _)| *at).is_ok();
        let leads = |entry: u32| is_place(entry & PLACE) && (entry & FOUND != 0) == finds(entry & PLACE);
        let owned = entries.iter().filter(|entry| **entry != no_entry());
        let sound = whole
            && classed
            && within
            && in_order(&found)
            && in_order(&ends)
            && is_place(first)
            && !finds(first)
            && fresh.iter().all(|entry| leads(*entry))
            && owned.copied().all(|entry| leads(entry) && usize::try_from(entry >> CLASS).is_ok_and(|c| c < known));
        let most = found.iter().chain(&ends).map(|(_, level)| *level).max().unwrap_or(0);
        let row = |context: u8| u32::from(context).checked_mul(u32::try_from(known).ok()?);
        let mut begins = Box::new([0; 256]);
        for (at, context) in begins.iter_mut().zip(&contexts) {
            *at = row(*context)?;
        }
        let row = row(context)?;
        sound.then_some(Self { digest, classes, rows: begins, row, fresh, entries, first, found, ends, most })
    }

    /// What it finds, as [`finder_digest`] tells it.
    #[must_use]
    pub const fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// Every level that it may find.
    pub fn levels(&self) -> impl Iterator<Item = u32> {
        self.found.iter().chain(&self.ends).map(|(_, level)| *level)
    }

    /// The highest level of what is in a text, 0 if nothing is. Nothing at all if the automaton leaves its tables, which one
    /// that was read does not.
    #[must_use]
    pub fn find(&self, text: &str) -> Option<u32> {
        let (mut at, mut row, mut highest) = (self.first, self.row, 0);
        for byte in text.bytes() {
            let class = *self.classes.get(usize::from(byte))?;
            let fresh = *self.fresh.get(usize::try_from(row.wrapping_add(class.into())).ok()?)?;
            let own = *self.entries.get(usize::try_from(at.wrapping_add(class.into())).ok()?)?;
            let next = if own >> CLASS == u32::from(class) { own } else { fresh };
            at = next & PLACE;
            row = *self.rows.get(usize::from(class))?;
            if next & FOUND != 0 {
                highest = highest.max(level(&self.found, at)?);
                if highest == self.most {
                    return Some(highest);
                }
            }
        }
        Some(level(&self.ends, at).map_or(highest, |level| highest.max(level)))
    }
}

/// The level of a state.
fn level(states: &[(u32, u32)], place: u32) -> Option<u32> {
    let index = states.binary_search_by_key(&place, |(at, _)| *at).ok()?;
    states.get(index).map(|(_, level)| *level)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Finds `ab` (1) anywhere and `b` (2) at the end. Classes: others 0, `a` 1, `b` 2.
    fn tables() -> Tables {
        let mut classes = vec![0; 256];
        classes[usize::from(b'a')] = 1;
        classes[usize::from(b'b')] = 2;
        // States: 0 nothing; 1 after `a`; 5 after `ab`; 4 after another `b`.
        let to = |place, found| entry(0, place, found).unwrap();
        let mut entries = vec![no_entry(); 8];
        entries[3] = entry(2, 5, true).unwrap();
        Tables {
            digest: finder_digest([("ab", 1), ("b$", 2)]),
            classes,
            contexts: vec![0; 3],
            context: 0,
            fresh: vec![to(0, false), to(1, false), to(4, false)],
            entries,
            first: 0,
            found: vec![(5, 1)],
            ends: vec![(4, 2), (5, 2)],
        }
    }

    #[test]
    fn what_is_found_is_the_highest() {
        let finder = Finder::read(&tables().write()).unwrap();
        for (text, level) in [("", 0), ("a", 0), ("xabx", 1), ("ab", 2), ("aab", 2), ("b", 2), ("ba", 0), ("bab é", 1)]
        {
            assert_eq!(finder.find(text), Some(level), "{text:?}");
        }
        assert_eq!(*finder.digest(), finder_digest([("ab", 1), ("b$", 2)]));
        assert_ne!(*finder.digest(), finder_digest([("ab", 2), ("b$", 2)]));
        assert_ne!(finder_digest([("ab", 1), ("c", 1)]), finder_digest([("abc", 1)]));
    }

    #[test]
    fn what_does_not_hold_together_is_refused() {
        let changes: &[fn(&mut Tables)] = &[
            |t| t.classes[0] = 3,
            |t| t.classes.truncate(255),
            |t| t.contexts[0] = 1,
            |t| t.contexts.clear(),
            |t| t.context = 1,
            |t| t.fresh.truncate(2),
            |t| t.fresh[0] = entry(0, 6, false).unwrap(),
            |t| t.fresh[0] = entry(0, 5, false).unwrap(),
            |t| t.fresh[0] = entry(0, 0, true).unwrap(),
            |t| t.entries[3] = entry(2, 0, true).unwrap(),
            |t| t.entries[3] = entry(3, 5, true).unwrap(),
            |t| t.entries[3] = entry(2, PLACE, true).unwrap(),
            |t| t.entries.truncate(2),
            |t| t.first = 6,
            |t| t.first = 5,
            |t| t.found[0].1 = 0,
            |t| t.found.clear(),
            |t| t.found[0].0 = 9,
            |t| t.ends.reverse(),
            |t| t.ends[0].1 = 0,
        ];
        assert!(Finder::of(tables()).is_some());
        for (index, change) in changes.iter().enumerate() {
            let mut tables = tables();
            change(&mut tables);
            assert!(Finder::of(tables).is_none(), "change {index}");
        }
        assert_eq!(entry(0, PLACE + 1, false), None);
        let bytes = tables().write();
        assert!(Finder::read(&[bytes.as_slice(), &[0]].concat()).is_none());
        // Cut short, and with each byte another one: refused, or an automaton that stays within its tables.
        for length in 0..bytes.len() {
            assert!(Finder::read(&bytes[..length]).is_none(), "{length}");
        }
        for at in 0..bytes.len() {
            let mut other = bytes.clone();
            other[at] ^= 1 << (at % 8);
            if let Some(finder) = Finder::read(&other) {
                assert!(finder.find("xaabb ab\u{e9}bbaab").is_some(), "{at}");
            }
        }
    }
}
