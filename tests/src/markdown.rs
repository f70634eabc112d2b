//! Pages in Markdown: the blocks in them, what stands before a block, and where their links lead.

/// A fenced block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block<'t> {
    /// The line of its fence, from 1.
    pub line: usize,
    /// The word behind the fence.
    pub language: &'t str,
    /// The HTML comment on the line before the fence: what is done with the block.
    pub mark: Option<&'t str>,
    /// What stands in it.
    pub text: &'t str,
}

/// The blocks of a page, in order. One that does not end is left out.
#[must_use]
pub fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut out = vec![];
    let mut mark = None;
    let mut open: Option<(usize, &str, usize)> = None;
    let mut at = 0;
    for (i, line) in page.split_inclusive('\n').enumerate() {
        let start = at;
        at += line.len();
        let line = line.trim_end();
        match (open, line.strip_prefix("```")) {
            (None, Some(language)) => open = Some((i + 1, language, at)),
            (None, None) => mark = line.strip_prefix("<!-- ").and_then(|l| l.strip_suffix(" -->")),
            (Some((line, language, from)), Some("")) => {
                out.push(Block { line, language, mark: mark.take(), text: page.get(from..start).unwrap_or_default() });
                open = None;
            }
            (Some(_), _) => {}
        }
    }
    out
}

/// Where the links of a page lead, blocks and code left out.
#[must_use]
pub fn links(page: &str) -> Vec<&str> {
    let mut out = vec![];
    for line in outside(page) {
        for (i, part) in line.split("](").enumerate() {
            if let Some((target, _)) = part.split_once(')').filter(|_| i > 0) {
                out.push(target);
            }
        }
    }
    out
}

/// The anchors of a page's headings, as they are made of their words on code hosts.
#[must_use]
pub fn anchors(page: &str) -> Vec<String> {
    let headings = outside(page).into_iter().filter(|l| l.starts_with('#'));
    let anchor = |line: &str| {
        let words = line.trim_start_matches('#').trim().to_lowercase();
        let kept = words.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    headings.map(anchor).collect()
}

/// The lines of a page that stand in no block.
fn outside(page: &str) -> Vec<&str> {
    let mut within = false;
    let mut out = vec![];
    for line in page.lines() {
        if line.starts_with("```") {
            within = !within;
        } else if !within {
            out.push(line);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_have_their_lines_and_marks() {
        let page =
            "# A\n\n<!-- file: a.zt -->\n```zt\npackage a\n```\n\ntext\n\n```console\n$ zt check\nok\n```\n```json\n";
        let found = blocks(page);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0], Block { line: 4, language: "zt", mark: Some("file: a.zt"), text: "package a\n" });
        assert_eq!(found[1], Block { line: 10, language: "console", mark: None, text: "$ zt check\nok\n" });
    }

    #[test]
    fn links_and_anchors_are_those_of_the_text() {
        let page = "# A page: `x`\n[one](a.md) and [two](b.md#c-d)\n```text\n[not](this)\n# nor this\n```\n## C d\n";
        assert_eq!(links(page), ["a.md", "b.md#c-d"]);
        assert_eq!(anchors(page), ["a-page-x", "c-d"]);
    }
}
