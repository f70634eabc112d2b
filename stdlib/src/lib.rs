//! The zt text that ships with zt: the standard library, and the templates of `zt init`; and the automata of its patterns.

#![forbid(unsafe_code)]

/// A package of the standard library.
#[derive(Debug, Clone, Copy)]
pub struct StandardPackage {
    /// Its name, `std.audit`.
    pub name: &'static str,
    /// Its text.
    pub text: &'static str,
}

/// Every package of the standard library.
pub const PACKAGES: &[StandardPackage] = &[
    StandardPackage { name: "std.audit", text: include_str!("../std/audit.zt") },
    StandardPackage { name: "std.baseline", text: include_str!("../std/baseline.zt") },
    StandardPackage { name: "std.duty", text: include_str!("../std/duty.zt") },
    StandardPackage { name: "std.inspect", text: include_str!("../std/inspect.zt") },
    StandardPackage { name: "std.net", text: include_str!("../std/net.zt") },
    StandardPackage { name: "std.rate", text: include_str!("../std/rate.zt") },
    StandardPackage { name: "std.sensitivity", text: include_str!("../std/sensitivity.zt") },
    StandardPackage { name: "std.tags", text: include_str!("../std/tags.zt") },
    StandardPackage { name: "std.tier", text: include_str!("../std/tier.zt") },
    StandardPackage { name: "std.time", text: include_str!("../std/time.zt") },
];

/// The automata of tables of patterns, by the digest of their rows: for each, the rows that it finds, and its bytes.
type Automata = &'static [([u8; 32], &'static [(&'static [u32], &'static [u8])])];

/// Those of the tables above, built with zt.
const AUTOMATA: Automata = include!(concat!(env!("OUT_DIR"), "/automata.rs"));

/// The patterns of the tables above as they are written, in order, each with what it is to engines (`zt_patterns::sought`):
/// whoever uses the library need not have them understood once more.
pub const PATTERNS: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/patterns.rs"));

/// What a pattern that is sought is to engines, if it is one of the library's.
#[must_use]
pub fn sought(source: &str) -> Option<&'static str> {
    let at = PATTERNS.binary_search_by(|(known, _)| (*known).cmp(source)).ok()?;
    PATTERNS.get(at).map(|(_, pattern)| *pattern)
}

/// The automata that were built for exactly these rows, told by their digest (`zt_values::finder::finder_digest`): the rows
/// that each finds, and its bytes.
#[must_use]
pub fn automata(digest: &[u8; 32]) -> Option<impl Iterator<Item = (Vec<u32>, &'static [u8])> + use<>> {
    let (_, built) = AUTOMATA.iter().find(|(of, _)| of == digest)?;
    Some(built.iter().map(|(rows, bytes)| (rows.to_vec(), *bytes)))
}

/// A template of a new package.
#[derive(Debug, Clone, Copy)]
pub struct Template {
    /// Its name, for `zt init --template`.
    pub name: &'static str,
    /// What it shows, in a line.
    pub summary: &'static str,
    /// Its policy. `PACKAGE` stands for the package's name.
    pub policy: &'static str,
    /// A request that it decides.
    pub request: &'static str,
}

/// Every template; the first is the default.
pub const TEMPLATES: &[Template] = &[Template {
    name: "refunds",
    summary: "an agent refunds orders: small ones alone, large ones with an approval",
    policy: include_str!("../templates/refunds.zt"),
    request: include_str!("../templates/refunds.json"),
}];
