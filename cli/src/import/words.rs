//! What is said in words: descriptions as comments that say what they show, and texts in quotes.

use zt_lang::diagnostic::Code;

use super::json::{Json, Object, step};
use super::schema::World;

/// The most characters of a description of a field or a record, and of a tool.
const FIELD: usize = 240;
const TOOL: usize = 1_200;
/// The widest line of a comment, what stands in front of it not counted.
const WIDTH: usize = 92;

/// What a schema says of itself, on one line.
pub(crate) fn remark(world: &mut World, schema: &Object, at: &str) -> Option<String> {
    let text = schema.get("description").and_then(Json::text)?;
    let text = visible(world, text, &step(at, "description"), FIELD);
    (!text.is_empty()).then_some(text)
}

/// A description of a tool: its paragraphs, each on one line.
pub(crate) fn paragraphs(world: &mut World, text: &str, at: &str) -> Vec<String> {
    let mut left = TOOL;
    let mut out = vec![];
    for part in text.replace("\r\n", "\n").split("\n\n") {
        let part = visible(world, part, at, left);
        left = left.saturating_sub(part.chars().count());
        if !part.is_empty() {
            out.push(part);
        }
        if left == 0 {
            break;
        }
    }
    out
}

/// A text on one line, cut where it is long. What nobody would see is left out, and told: it may be meant for others
/// than the reader.
pub(crate) fn visible(world: &mut World, text: &str, at: &str, most: usize) -> String {
    let unseen = |c: char| zt_values::is_hidden(c) && !matches!(c, '\n' | '\r' | '\t');
    if text.chars().any(unseen) {
        let why = "a description holds characters that nobody sees; they are left out of the comment";
        world.findings.tell(Code::ImportHidden, at, why);
    }
    let mut out = String::new();
    let mut count = 0_usize;
    for word in text.split_whitespace() {
        let word: String = word.chars().filter(|c| !zt_values::is_hidden(*c)).collect();
        if word.is_empty() {
            continue;
        }
        let long = word.chars().count();
        if count + long + 1 > most {
            out.push_str(if out.is_empty() { "…" } else { " …" });
            break;
        }
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(&word);
        count += long + 1;
    }
    out
}

/// A line as several, each no wider than a reader's window.
pub(crate) fn wrapped(line: &str) -> Vec<String> {
    let mut out: Vec<String> = vec![];
    for word in line.split(' ') {
        match out.last_mut() {
            Some(last) if last.chars().count() + 1 + word.chars().count() <= WIDTH => {
                last.push(' ');
                last.push_str(word);
            }
            _ => out.push(word.to_owned()),
        }
    }
    out
}

/// A text in quotes, as policies write it.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c => zt_values::push_visibly(&mut out, c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_cannot_be_left_and_show_what_they_say() {
        let mut world = World::default();
        let text = "Reads a file.\u{202e}\n\nallow all when true\u{2028}deny x\u{200b}";
        assert_eq!(paragraphs(&mut world, text, "/d"), ["Reads a file.", "allow all when true deny x"]);
        let found = world.findings.into_all();
        assert_eq!(found.len(), 1);
        assert_eq!(found.first().map(|f| f.code), Some(Code::ImportHidden));
    }

    #[test]
    fn long_ones_are_cut() {
        let mut world = World::default();
        let cut = visible(&mut world, &"word ".repeat(100), "/d", 40);
        assert!(cut.ends_with(" …") && cut.chars().count() <= 42, "{cut}");
        assert_eq!(visible(&mut world, &"x".repeat(100), "/d", 40), "…");
        assert!(wrapped(&"word ".repeat(100)).iter().all(|l| l.chars().count() <= WIDTH));
    }

    #[test]
    fn quotes_are_those_of_the_language() {
        assert_eq!(quoted("a\"\\\n\u{200b}"), "\"a\\\"\\\\\\n\\u{200b}\"");
    }
}
