//! One package spread over several: items move into packages that the root uses, by their names or by the package's.
//!
//! Where an item stands changes nothing but its name, apart from policies: of those elsewhere only the ones that are
//! enforced count. So beside the text of all packages there is that of the one package that they mean together.

use std::collections::{BTreeMap, BTreeSet};

use super::PACKAGE;
use super::source::Source;

/// The packages that others use, the lowest first.
pub const LIBRARIES: [&str; 2] = ["house.base", "house.rules"];
/// Where the root package stands among these.
const ROOT: usize = LIBRARIES.len();

/// A package as text, with those that it uses.
#[derive(Debug, Clone)]
pub struct Bundle {
    /// All of them; the root comes first.
    pub text: String,
    /// The same in one package, policies that nobody enforces included.
    pub whole: String,
    /// For each policy of another package whether it is enforced, and if so whether its grants count.
    pub policies: BTreeMap<String, Option<bool>>,
    /// What each item of another package is called in the bundle, and what in the one package.
    pub names: BTreeMap<String, String>,
}

/// An item, where it is put, and what it names.
struct Item {
    word: String,
    name: String,
    text: String,
    home: usize,
    /// Places of the items that stand in its text.
    uses: BTreeSet<usize>,
}

/// How one package calls what it uses of another.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// `use a.b.{x, y}`
    Together,
    /// `use a.b.x`, each by itself.
    Apart,
    /// `use a.b`, and names of it where they can stand.
    ByPackage,
}

/// The text of a package of these items.
pub(super) fn written(package: &str, items: &[String], data: &[(String, String)]) -> String {
    let mut text = format!("package {package}\n");
    for (index, item) in items.iter().enumerate() {
        text.push_str(if index % 4 == 3 { "\n// and then\n" } else { "\n" });
        text.push_str(item);
        text.push('\n');
    }
    // Whoever checks the text finds its data files there.
    for (name, content) in data {
        text.push_str(&format!("\n{}{name} {}\n", crate::front::DATA, serde_json::Value::from(content.as_str())));
    }
    text
}

/// Spreads items over packages.
pub(super) fn spread(source: &mut Source, items: Vec<String>, data: &[(String, String)]) -> Bundle {
    let whole = written(PACKAGE, &items, data);
    let mut items = read(items);
    place(source, &mut items);
    let names: BTreeMap<String, String> = items
        .iter()
        .filter(|item| item.home != ROOT && !matches!(item.word.as_str(), "policy" | "tiers"))
        .map(|item| (format!("{}.{}", LIBRARIES[item.home], item.name), item.name.clone()))
        .collect();
    let mut policies = BTreeMap::new();
    for item in items.iter().filter(|item| item.home != ROOT && item.word == "policy") {
        let enforced = [Some(true), Some(false), None][source.weighted(&[50, 30, 20])];
        policies.insert(item.name.clone(), enforced);
    }
    // What somebody else needs is for others; of the rest some is.
    let needed: BTreeSet<usize> = items
        .iter()
        .flat_map(|item| item.uses.iter().copied().filter(|of| items[*of].home != item.home).collect::<Vec<_>>())
        .collect();
    let mut texts: Vec<String> = vec![];
    for home in [ROOT, 0, 1] {
        let package = LIBRARIES.get(home).copied().unwrap_or(PACKAGE);
        let mut lines = vec![];
        let ways: Vec<Way> = (0..home).map(|of| way(source, &items, home, of)).collect();
        for (of, way) in ways.iter().enumerate() {
            lines.extend(used(&items, home, of, *way));
        }
        if home == ROOT {
            for item in items.iter().filter(|item| item.home != ROOT && item.word == "policy") {
                let Some(Some(grants)) = policies.get(&item.name) else { continue };
                let grants = if *grants { " with allows" } else { "" };
                lines.push(format!("enforce {}.{}{grants}", LIBRARIES[item.home], item.name));
            }
        }
        for (at, item) in items.iter().enumerate().filter(|(_, item)| item.home == home) {
            let enforced = item.word == "policy" && policies.get(&item.name).copied().flatten().is_some();
            let ladder = item.word == "tiers";
            let public = home != ROOT && (needed.contains(&at) || enforced || ladder || source.chance(30));
            let text = by_package(&items, item, &ways);
            lines.push(if public || home == ROOT && source.chance(3) && item.word != "extend" {
                format!("pub {text}")
            } else {
                text
            });
        }
        lines.extend(decoys(source, &items, home));
        if lines.is_empty() {
            continue;
        }
        if source.chance(50) {
            source.shuffle(&mut lines);
        }
        texts.push(written(package, &lines, &held(&items, home, data, &names)));
    }
    Bundle { text: texts.join("\n"), whole, policies, names }
}

/// What items are called, and which others they name.
fn read(items: Vec<String>) -> Vec<Item> {
    let mut out: Vec<Item> = items
        .into_iter()
        .map(|text| {
            let (word, rest) = text.split_once(' ').unwrap_or((&text, ""));
            let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.')).unwrap_or(rest.len());
            let (word, name) = (word.to_owned(), rest[..end].to_owned());
            Item { word, name, text, home: ROOT, uses: BTreeSet::new() }
        })
        .collect();
    for at in 0..out.len() {
        let uses = (0..out.len()).filter(|of| *of != at && names(&out[at].text, &out[*of])).collect();
        out[at].uses = uses;
    }
    out
}

/// Whether an item stands in a text, by its name or by what that begins with.
fn names(text: &str, item: &Item) -> bool {
    // An extension has no name of its own, and what policies and ladders are called stands nowhere.
    if matches!(item.word.as_str(), "extend" | "policy" | "tiers") {
        return false;
    }
    let prefix = prefix(item).is_some_and(|prefix| text.contains(&format!("{prefix}*")));
    prefix || places(text, &item.name).next().is_some()
}

/// What the names of some actions begin with.
fn prefix(item: &Item) -> Option<&str> {
    let (before, _) = item.name.rsplit_once(['.', '_']).filter(|_| item.word == "action")?;
    Some(&item.name[..=before.len()])
}

/// Where a name stands in a text.
fn places<'t>(text: &'t str, name: &'t str) -> impl Iterator<Item = usize> + 't {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(name).map(|(at, _)| at).filter(move |at| {
        let before = text[..*at].chars().next_back().is_none_or(|c| !part(c) && c != '.');
        before && text[at + name.len()..].chars().next().is_none_or(|c| !part(c))
    })
}

/// Puts items into packages; each may use only those below its own.
fn place(source: &mut Source, items: &mut [Item]) {
    let low = *source.pick(&[85, 50, 25]);
    let rules = if source.chance(50) { 1 } else { 0 };
    for item in items.iter_mut() {
        let moves = match &*item.word {
            // Only the root extends.
            "extend" => 0,
            "action" => low / 2,
            _ => low,
        };
        if source.chance(moves) {
            item.home = if matches!(item.word.as_str(), "policy" | "window" | "define") {
                rules
            } else {
                source.below(rules + 1)
            };
        }
    }
    // What the root gives another type may be read by nobody else.
    let retyped = items.iter().filter(|item| item.word == "extend" && item.text.contains("\n  input {"));
    let retyped: BTreeSet<String> = retyped.map(|item| item.name.clone()).collect();
    for item in items.iter_mut().filter(|item| item.word == "action" && retyped.contains(&item.name)) {
        item.home = ROOT;
    }
    loop {
        let mut changed = false;
        for at in 0..items.len() {
            let least = items[at].uses.iter().map(|of| items[*of].home).max().unwrap_or(0);
            if items[at].home < least {
                items[at].home = least;
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
}

/// How one package calls what it uses of another: what has a dot in its name has only the package's.
fn way(source: &mut Source, items: &[Item], home: usize, of: usize) -> Way {
    let dotted = foreign(items, home, of).iter().any(|at| items[*at].name.contains('.'));
    if dotted { Way::ByPackage } else { *source.pick(&[Way::Together, Way::Apart, Way::ByPackage]) }
}

/// What the items of one package need of another.
fn foreign(items: &[Item], home: usize, of: usize) -> BTreeSet<usize> {
    let own = items.iter().filter(|item| item.home == home);
    let mut out: BTreeSet<usize> =
        own.flat_map(|item| item.uses.iter().copied()).filter(|at| items[*at].home == of).collect();
    if home == ROOT {
        // Whoever uses a ladder says so.
        out.extend((0..items.len()).filter(|at| items[*at].word == "tiers" && items[*at].home == of));
    }
    out
}

/// Whether an item can be called by its package.
fn callable(item: &Item) -> bool {
    !matches!(item.word.as_str(), "tiers" | "policy")
}

/// Whether a place in a text is between quotes, where a name stands only if it is shown.
fn is_quoted(text: &str, at: usize) -> bool {
    let line = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let before = &text[line..at];
    let quotes = before.match_indices('"').filter(|(at, _)| !before[..*at].ends_with('\\')).count();
    quotes % 2 == 1 && !before.ends_with('{')
}

/// The `use` items of one package for another.
fn used(items: &[Item], home: usize, of: usize, way: Way) -> Vec<String> {
    let package = LIBRARIES[of];
    let needs_name = |at: &usize| way != Way::ByPackage || !callable(&items[*at]);
    let all = foreign(items, home, of);
    let mut short: Vec<&str> = all.iter().filter(|at| needs_name(at)).map(|at| items[*at].name.as_str()).collect();
    short.sort_unstable();
    short.dedup();
    let mut out = vec![];
    if way == Way::ByPackage && !all.is_empty() {
        out.push(format!("use {package}"));
    }
    if way == Way::Together && !short.is_empty() {
        out.push(format!("use {package}.{{{}}}", short.join(", ")));
    } else {
        out.extend(short.iter().map(|name| format!("use {package}.{name}")));
    }
    out
}

/// An item with what it calls by its package called so.
fn by_package(items: &[Item], item: &Item, ways: &[Way]) -> String {
    let mut text = item.text.clone();
    for at in &item.uses {
        let of = &items[*at];
        let Some(way) = ways.get(of.home) else { continue };
        if of.home == item.home {
            continue;
        }
        let by_package = *way == Way::ByPackage && callable(of);
        let module = LIBRARIES[of.home].rsplit('.').next().unwrap_or_default();
        let called = if by_package { format!("{module}.{}", of.name) } else { of.name.clone() };
        if by_package {
            let found: Vec<usize> = places(&text, &of.name).filter(|at| !is_quoted(&text, *at)).collect();
            for at in found.into_iter().rev() {
                text.replace_range(at..at + of.name.len(), &called);
            }
        }
        // Names that begin alike are those of one package.
        if let Some(prefix) = prefix(of) {
            let short = if by_package { format!("{module}.{prefix}*") } else { called };
            text = replaced_prefix(&text, prefix, &short);
        }
    }
    text
}

fn replaced_prefix(text: &str, prefix: &str, by: &str) -> String {
    let star = format!("{prefix}*");
    let mut text = text.to_owned();
    let found: Vec<usize> = text
        .match_indices(&star)
        .map(|(at, _)| at)
        .filter(|at| text[..*at].chars().next_back().is_none_or(|c| !(c.is_alphanumeric() || c == '_' || c == '.')))
        .collect();
    for at in found.into_iter().rev() {
        text.replace_range(at..at + star.len(), by);
    }
    text
}

/// Items that nobody means: they are called like those of other packages, and stay where they are.
fn decoys(source: &mut Source, items: &[Item], home: usize) -> Vec<String> {
    let mut out = vec![];
    // What is declared or used here has its name.
    let taken: BTreeSet<&str> = items
        .iter()
        .flat_map(|item| {
            let own = (item.home == home).then_some(item.name.as_str());
            let used = item.uses.iter().filter(|_| item.home == home).map(|at| items[*at].name.as_str());
            own.into_iter().chain(used).collect::<Vec<_>>()
        })
        .collect();
    let near = items.iter().any(|item| item.home == home);
    for item in items.iter().filter(|item| item.home != home && near && !taken.contains(item.name.as_str())) {
        let name = &item.name;
        let decoy = match &*item.word {
            "enum" => format!("enum {name} ordered {{ decoy, high, low }}"),
            "define" => format!("define {name} = 99"),
            // Of an obligation there is none: what a gateway knows is said by full names, of which one package has others.
            "tag" => format!("tag {name}"),
            "table" => format!("table {name} (Int) -> Int = {{ 1 => 99 }}"),
            "policy" if home != ROOT => format!("pub policy {name} for any {{\n  deny r0\n  allow r1 when true\n}}"),
            _ => continue,
        };
        if source.chance(25) {
            out.push(decoy);
        }
    }
    out
}

/// The data files of one package. Rows name entities as the whole bundle does.
fn held(
    items: &[Item],
    home: usize,
    data: &[(String, String)],
    names: &BTreeMap<String, String>,
) -> Vec<(String, String)> {
    let here = |(name, _): &&(String, String)| {
        let from = format!("from file \"{name}\"");
        items.iter().any(|item| item.home == home && item.text.contains(&from))
    };
    let all = data.iter().filter(here).cloned();
    all.map(|(file, mut content)| {
        for (full, short) in names {
            content = content.replace(&format!("\"type\":\"{short}\""), &format!("\"type\":\"{full}\""));
            content = content
                .replace(&format!("\n{short}:"), &format!("\n{full}:"))
                .replace(&format!(",{short}:"), &format!(",{full}:"));
        }
        (file, content)
    })
    .collect()
}
