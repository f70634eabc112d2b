//! Names of pages and of places in them.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

/// The longest part of a file's name that a name in a policy becomes.
const LONGEST: usize = 80;

/// Names of files that were given away. No two differ by case alone: some file systems would take them for one.
#[derive(Debug, Default)]
pub(crate) struct PageNames {
    taken: BTreeSet<String>,
}

impl PageNames {
    /// The name of the page about something: `action.orders.refund.html`.
    pub(crate) fn page(&mut self, kind: &str, name: &str) -> String {
        let plain = plain(name);
        let mut out = format!("{kind}.{plain}.html");
        if plain != name || plain.len() > LONGEST || !self.taken.insert(out.to_lowercase()) {
            let digest: String = Sha256::digest(name).iter().take(6).map(|byte| format!("{byte:02x}")).collect();
            let short = plain.get(..LONGEST.min(plain.len())).unwrap_or_default();
            out = format!("{kind}.{short}-{digest}.html");
            self.taken.insert(out.to_lowercase());
        }
        out
    }
}

/// Identifiers of the elements of a page.
#[derive(Debug, Default)]
pub(crate) struct Ids {
    taken: BTreeSet<String>,
}

impl Ids {
    /// An identifier that no other element of the page has: `test-a-small-refund`.
    pub(crate) fn id(&mut self, kind: &str, name: &str) -> String {
        let first = id(kind, name);
        let mut out = first.clone();
        let mut n = 2;
        while !self.taken.insert(out.clone()) {
            out = format!("{first}-{n}");
            n += 1;
        }
        out
    }
}

/// The identifier of what has a name of its own on its page.
pub(crate) fn id(kind: &str, name: &str) -> String {
    format!("{kind}-{}", plain(name))
}

/// A name of letters, digits, `.`, `_` and `-` alone; what else there is becomes one `-`.
fn plain(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '_' => out.push(c),
            _ if out.ends_with('-') => {}
            _ => out.push('-'),
        }
    }
    out
}
