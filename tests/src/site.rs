//! What `zt doc` writes: the pages in a folder, and what holds of every page, whatever it shows.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use sha2::{Digest, Sha256};

use crate::command::{Outcome, root, zt};
use crate::html::{Html, read};

/// Runs `zt doc`.
///
/// # Panics
/// If the binary cannot be run.
#[must_use]
pub fn doc(package: &Path, folder: &Path) -> Outcome {
    zt(&root(), &["doc", &package.display().to_string(), "-o", &folder.display().to_string()], b"", &[])
}

/// The pages in a folder, by name.
///
/// # Panics
/// If they cannot be read.
#[must_use]
pub fn pages(folder: &Path) -> BTreeMap<String, String> {
    let entries = fs::read_dir(folder).expect("readable").flatten().map(|entry| entry.path());
    let pages = entries.filter(|path| path.extension().is_some_and(|e| e == "html"));
    let name = |path: &PathBuf| path.file_name().expect("a name").to_string_lossy().into_owned();
    pages.map(|path| (name(&path), fs::read_to_string(&path).expect("UTF-8"))).collect()
}

/// What `zt doc` makes of a package.
///
/// # Panics
/// If it makes none.
#[must_use]
pub fn described(package: &Path) -> BTreeMap<String, String> {
    let folder = tempfile::tempdir().expect("a folder");
    let out = doc(package, folder.path());
    assert_eq!((out.code, &*out.stderr), (Some(0), ""), "{}", out.stdout);
    pages(folder.path())
}

/// A package of a text.
///
/// # Panics
/// If it cannot be written.
#[must_use]
pub fn package(text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("zt.toml"), "[package]\nname = \"example.p\"\nedition = \"2026\"\n").expect("written");
    fs::write(folder.path().join("p.zt"), format!("package example.p\n\n{text}")).expect("written");
    folder
}

/// What holds of every page, whatever it shows.
fn sound(name: &str, text: &str, all: &BTreeMap<String, Html>) {
    let page = &all[name];
    assert!(page.wrong.is_empty(), "{name}: {:?}", page.wrong);
    assert!(text.starts_with("<!DOCTYPE html>"), "{name}");
    assert_eq!(page.all("html").next().and_then(|html| html.get("lang")), Some("en"), "{name}");
    for once in ["title", "main", "header", "footer", "h1", "style", "script"] {
        assert_eq!(page.all(once).count(), 1, "{name}: {once}");
    }
    assert!(!page.main().is_empty(), "{name}");

    // It does nothing but what its own style and script say, and these are known by what they are.
    let policy: Vec<&str> = page
        .all("meta")
        .filter(|meta| meta.get("http-equiv") == Some("Content-Security-Policy"))
        .filter_map(|meta| meta.get("content"))
        .collect();
    let hash = |element: &str| {
        let text: String = page.all(element).map(|e| e.text.clone()).collect();
        assert!(text.len() > 1000, "{name}: {element}");
        format!("'sha256-{}'", base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text)))
    };
    let allowed = format!(
        "default-src 'none'; style-src {}; script-src {}; img-src data:; base-uri 'none'; form-action 'none'; \
         require-trusted-types-for 'script'",
        hash("style"),
        hash("script")
    );
    assert_eq!(policy, [allowed], "{name}");
    let known = [
        "html",
        "head",
        "meta",
        "title",
        "link",
        "style",
        "script",
        "body",
        "a",
        "header",
        "span",
        "strong",
        "search",
        "label",
        "input",
        "button",
        "div",
        "nav",
        "ul",
        "ol",
        "li",
        "h1",
        "h2",
        "h3",
        "main",
        "p",
        "code",
        "pre",
        "section",
        "article",
        "dl",
        "dt",
        "dd",
        "table",
        "caption",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "details",
        "summary",
        "q",
        "em",
        "br",
        "hr",
        "blockquote",
        "footer",
    ];
    let attributes = [
        "lang",
        "charset",
        "http-equiv",
        "content",
        "name",
        "rel",
        "href",
        "class",
        "id",
        "type",
        "autocomplete",
        "spellcheck",
        "placeholder",
        "data-index",
        "data-name",
        "hidden",
        "aria-label",
        "aria-current",
        "aria-live",
        "role",
        "tabindex",
        "for",
        "scope",
        "start",
        "open",
    ];
    for element in &page.elements {
        assert!(known.contains(&&*element.name), "{name}: <{}>", element.name);
        for (attribute, value) in &element.attributes {
            assert!(attributes.contains(&&**attribute), "{name}: <{} {attribute}={value:?}>", element.name);
        }
    }
    let icons: Vec<&str> = page.all("link").filter_map(|link| link.get("href")).collect();
    assert!(icons.len() == 1 && icons[0].starts_with("data:image/svg+xml,"), "{name}: {icons:?}");

    // What it names is there, once.
    let mut ids = BTreeSet::new();
    for id in page.elements.iter().filter_map(|element| element.get("id")) {
        assert!(ids.insert(id), "{name}: {id} twice");
        assert!(!id.is_empty() && !id.contains(char::is_whitespace), "{name}: {id:?}");
    }
    for link in page.all("a") {
        let href = link.get("href").expect("a link leads somewhere");
        if href.starts_with("https://") {
            assert_eq!(link.get("rel"), Some("noopener noreferrer"), "{name}: {href}");
            continue;
        }
        let (to, place) = href.split_once('#').map_or((href, None), |(to, place)| (to, Some(place)));
        let other = if to.is_empty() { Some(page) } else { all.get(to) };
        let other = other.unwrap_or_else(|| panic!("{name}: {href} leads nowhere"));
        assert!(place.is_none_or(|id| other.id(id).is_some()), "{name}: {href} leads to nothing on the page");
        let said = link.get("aria-label").unwrap_or(&link.text);
        assert!(!said.trim().is_empty(), "{name}: a link to {href} says nothing");
    }

    // Who cannot see it gets along: levels of headings, heads of tables, names of what can be used.
    let mut level = 0;
    for heading in page.elements.iter().filter(|e| e.name.len() == 2 && e.name.starts_with('h') && e.name != "hr") {
        let depth = heading.name[1..].parse::<u32>().expect("a level");
        // Those at the side stand before the page's own.
        let side = heading.text == "On this page";
        assert!(side || depth <= level + 1, "{name}: h{depth} after h{level}: {}", heading.text);
        level = if side { level } else { depth };
        assert!(!heading.text.trim().is_empty(), "{name}: an empty heading");
    }
    assert_eq!(page.all("caption").count(), page.all("table").count(), "{name}: every table says what it is");
    assert!(page.all("th").all(|th| th.get("scope").is_some()), "{name}");
    let labels: Vec<&str> = page.all("label").filter_map(|label| label.get("for")).collect();
    assert!(page.all("input").all(|input| input.get("id").is_some_and(|id| labels.contains(&id))), "{name}");
    assert!(page.all("nav").all(|nav| nav.get("aria-label").is_some()), "{name}");
    assert!(!text.chars().any(|c| c != '\n' && zt_values::is_hidden(c)), "{name} holds what is not seen");
}

/// The pages as browsers split them, after a look at each.
///
/// # Panics
/// If one is not as every page has to be.
#[must_use]
pub fn all_sound(pages: &BTreeMap<String, String>) -> BTreeMap<String, Html> {
    let all: BTreeMap<String, Html> = pages.iter().map(|(name, text)| (name.clone(), read(text))).collect();
    pages.iter().for_each(|(name, text)| sound(name, text, &all));
    all
}

/// The identifier of something on a page: what no identifier may hold becomes `-`.
#[must_use]
pub fn id(kind: &str, name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '_') { c } else { '-' };
    format!("{kind}-{}", name.chars().map(plain).collect::<String>())
}
