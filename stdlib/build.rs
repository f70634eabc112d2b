//! Builds the automata of the standard library's tables of patterns, so that nobody who uses them waits for it; and what
//! each of the patterns is to engines.
//!
//! Which table an automaton is for is told by a digest of its rows: whoever asks for other rows gets none.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use zt_patterns::{Row, search, sought};
use zt_values::finder::finder_digest;

fn main() {
    println!("cargo::rerun-if-changed=std");
    let out = std::env::var("OUT_DIR").expect("cargo says where");
    let out = Path::new(&out);
    let mut files: Vec<_> =
        std::fs::read_dir("std").expect("the library is here").flatten().map(|entry| entry.path()).collect();
    files.sort();
    let mut code = "&[\n".to_owned();
    let mut number = 0;
    let mut all: BTreeMap<String, String> = BTreeMap::new();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("its files can be read");
        for rows in tables(&text) {
            let patterns: Vec<String> = rows.iter().map(|(source, _)| sought(source).expect("a pattern")).collect();
            let rows: Vec<Row<'_>> = rows
                .iter()
                .zip(&patterns)
                .map(|((source, says), pattern)| Row { source, pattern, says: *says })
                .collect();
            all.extend(rows.iter().map(|row| (row.source.to_owned(), row.pattern.to_owned())));
            let digest = finder_digest(rows.iter().map(|row| (row.source, row.says)));
            let found = search(&rows).expect("the tables of the library are not too large");
            // Writing to a String cannot fail.
            let _ = writeln!(code, "({digest:?}, &[");
            for search in found {
                let name = format!("{number}.finder");
                number += 1;
                std::fs::write(out.join(&name), &search.bytes).expect("files can be written there");
                let _ =
                    writeln!(code, "(&{:?}, include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{name}\"))),", search.rows);
            }
            code.push_str("]),\n");
        }
    }
    code.push_str("]\n");
    std::fs::write(out.join("automata.rs"), code).expect("files can be written there");
    let all: Vec<_> = all.into_iter().collect();
    std::fs::write(out.join("patterns.rs"), format!("&{all:?}")).expect("files can be written there");
}

/// The rows of each table of patterns: what is sought and what that says. Each row stands on a line of its own, as the
/// formatter writes it. One that is read otherwise than by the language has another digest, so it is never mistaken.
fn tables(text: &str) -> Vec<Vec<(String, u32)>> {
    let (mut tables, mut members, mut inside) = (vec![], vec![], false);
    for line in text.lines().map(str::trim) {
        if let Some((_, list)) = line.split_once(" ordered {") {
            members = list.trim_end_matches('}').split(',').map(str::trim).collect();
        } else if line.contains("(Pattern) ->") {
            inside = true;
            tables.push(vec![]);
        } else if line == "}" {
            inside = false;
        } else if let (true, Some(table), Some(row)) = (inside, tables.last_mut(), line.strip_prefix("re\"")) {
            let (source, says) = row.rsplit_once("\" ").expect("a pattern ends where it says something");
            let says = says.trim_start().trim_start_matches("=>").trim();
            let index = members.iter().position(|member| *member == says);
            let says = if says == "true" { Some(1) } else { index };
            let says = says.and_then(|says| u32::try_from(says).ok()).expect("a member of the last ordered enum");
            table.push((source.replace("\\\"", "\""), says));
        }
    }
    tables
}
