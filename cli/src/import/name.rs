//! Names: what is called how on the wire becomes a name of the language, the same one each time.

use std::collections::{BTreeMap, BTreeSet};

use zt_lang::check::types::BUILTIN;
use zt_lang::syntax::token::{Token, lex};

/// The name of a field: any identifier stands as it is, words of the language included.
pub(crate) fn field(wire: &str) -> String {
    identifier(wire)
}

/// The name of an enum's member or of an action, which is no word that opens or continues something else.
pub(crate) fn word(wire: &str) -> String {
    let mut name = identifier(wire);
    if name == "null" || !lex(&name).tokens.first().is_some_and(|t| t.token == Token::Ident || t.token.can_be_name()) {
        name.push('_');
    }
    name
}

/// The name of an action: what stands between its dots or slashes stands between dots, so that `extend issues.*` finds
/// all that begin so.
pub(crate) fn action(wire: &str) -> String {
    let mut out = String::new();
    for part in wire.split(['.', '/']).filter(|part| !part.is_empty()) {
        if out.is_empty() {
            out = word(part);
        } else {
            out.push('.');
            out.push_str(&identifier(part));
        }
    }
    if out.is_empty() { word("") } else { out }
}

/// The name of a type that is said by several words: `list_issues`, `state` is `ListIssuesState`.
pub(crate) fn type_name(parts: &[&str]) -> String {
    let mut name = String::new();
    for part in parts {
        for piece in part.split(|c: char| !c.is_ascii_alphanumeric()).filter(|piece| !piece.is_empty()) {
            let mut letters = piece.chars();
            name.extend(letters.next().map(|c| c.to_ascii_uppercase()));
            name.push_str(letters.as_str());
        }
    }
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
        name.insert(0, 'T');
    }
    cut(&mut name);
    name
}

/// The most bytes of a name that is made up.
const MAX_NAME: usize = 120;

fn cut(name: &mut String) {
    name.truncate(MAX_NAME);
}

/// Letters, digits and `_`, not beginning with a digit.
fn identifier(wire: &str) -> String {
    let mut name = String::with_capacity(wire.len());
    for (at, c) in wire.chars().enumerate() {
        match c {
            c if c.is_ascii_alphanumeric() || c == '_' => name.push(c),
            // `+1` and `-1` are two things.
            '+' if at == 0 => name.push_str("plus_"),
            '-' if at == 0 => name.push_str("minus_"),
            _ => name.push('_'),
        }
    }
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
        name.insert(0, '_');
    }
    cut(&mut name);
    name
}

/// Whether a text can stand behind `as`: it is seen.
pub(crate) fn can_be_wire(text: &str) -> bool {
    !text.trim().is_empty() && !text.chars().any(zt_values::is_hidden)
}

/// Names for all of some wire names, in their order, each its own. Whoever is called so already keeps its name; of
/// others that would be called alike, all but the first in the order of their bytes get a number. So a name does not
/// depend on the order in which a server lists things. Tells which wire names got a number.
pub(crate) fn distinct(wires: &[&str], name: fn(&str) -> String) -> (Vec<String>, Vec<usize>) {
    let wanted: Vec<String> = wires.iter().map(|wire| name(wire)).collect();
    numbered(wanted.clone(), |at| {
        let wire = wires.get(at).copied().unwrap_or_default();
        (wanted.get(at).is_none_or(|name| name != wire), wire)
    })
}

/// Of names that are alike all but the first in some order get a number. Tells which.
fn numbered<K: Ord>(mut names: Vec<String>, order: impl Fn(usize) -> K) -> (Vec<String>, Vec<usize>) {
    let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, name) in names.iter().enumerate() {
        groups.entry(name.clone()).or_default().push(at);
    }
    let mut taken: BTreeSet<String> = groups.keys().cloned().collect();
    let mut numbered = vec![];
    for (name, mut group) in groups {
        group.sort_by_key(|at| order(*at));
        let mut number = 2_usize;
        for at in group.into_iter().skip(1) {
            let mut fresh = format!("{name}_{number}");
            while taken.contains(&fresh) {
                number += 1;
                fresh = format!("{name}_{number}");
            }
            taken.insert(fresh.clone());
            if let Some(slot) = names.get_mut(at) {
                *slot = fresh;
            }
            numbered.push(at);
        }
    }
    numbered.sort_unstable();
    (names, numbered)
}

/// The way to something within something else, from which types get their names.
pub(crate) fn below(way: &str, part: &str) -> String {
    let part = part.replace('/', " ");
    if way.is_empty() { part } else { format!("{way}/{part}") }
}

/// Names for types, given the ways to them, each its own. Of those that would be called alike, all but the first in the
/// order of their ways get a number. Tells which did.
pub(crate) fn of_types(ways: &[&str]) -> (Vec<String>, Vec<usize>) {
    let wanted = |way: &&str| {
        let mut name = type_name(&way.split('/').collect::<Vec<_>>());
        if BUILTIN.contains(&&*name) {
            name.push_str("Type");
        }
        name
    };
    // Types to which one way leads stand in the order of the schema.
    numbered(ways.iter().map(wanted).collect(), |at| (ways.get(at).copied().unwrap_or_default(), at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_identifiers_and_never_words_that_do_something_else() {
        for (wire, expected) in [
            ("list-issues", "list_issues"),
            ("sortBy", "sortBy"),
            ("deny", "deny_"),
            ("call", "call_"),
            ("true", "true_"),
            ("null", "null_"),
            ("tier", "tier"),
            ("+1", "plus_1"),
            ("-1", "minus_1"),
            ("2fa", "_2fa"),
            ("", "_"),
            ("größe", "gr__e"),
        ] {
            assert_eq!(word(wire), expected, "{wire}");
        }
        assert_eq!(field("from"), "from");
        assert_eq!(action("issues/list-for-repo"), "issues.list_for_repo");
        assert_eq!(action("call.any"), "call_.any");
        assert_eq!(action("/"), "_");
        assert_eq!(type_name(&["list_issues", "state"]), "ListIssuesState");
        assert_eq!(type_name(&["API-get-user", ""]), "APIGetUser");
        assert_eq!(type_name(&["2fa"]), "T2fa");
    }

    #[test]
    fn names_do_not_depend_on_order() {
        let one = ["a-b", "a_b", "a b", "a_b_2"];
        let (names, numbered) = distinct(&one, word);
        assert_eq!(names, ["a_b_4", "a_b", "a_b_3", "a_b_2"]);
        assert_eq!(numbered, [0, 2]);
        let two = ["a b", "a_b_2", "a-b", "a_b"];
        assert_eq!(distinct(&two, word).0, ["a_b_3", "a_b_2", "a_b_4", "a_b"]);
    }

    #[test]
    fn types_are_called_by_the_way_to_them() {
        let ways = ["path", "list/issues_state", "list_issues/state", "list_issues/state"];
        let (names, numbered) = of_types(&ways);
        assert_eq!(names, ["PathType", "ListIssuesState", "ListIssuesState_2", "ListIssuesState_3"]);
        assert_eq!(numbered, [2, 3]);
        let turned = ["list_issues/state", "list/issues_state"];
        assert_eq!(of_types(&turned).0, ["ListIssuesState_2", "ListIssuesState"]);
    }
}
