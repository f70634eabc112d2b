//! Pages of `zt doc` in a real browser: they load nothing, complain of nothing, can be searched and read by everybody.

use std::path::{Path, PathBuf};

use serde_json::Value;
use zt_tests::browser::{Browser, Did};
use zt_tests::command::{root, zt};

/// The pages about an example.
fn described(example: &str, folder: &Path) -> Vec<PathBuf> {
    let out = zt(&root(), &["doc", &format!("examples/{example}"), "-o", &folder.display().to_string()], b"", &[]);
    assert_eq!(out.code, Some(0), "{}{}", out.stdout, out.stderr);
    let entries = std::fs::read_dir(folder).expect("readable").flatten().map(|entry| entry.path());
    let mut pages: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|e| e == "html")).collect();
    pages.sort();
    pages
}

/// Nothing but the page itself was asked for, and nobody complained.
fn quiet(did: &Did, page: &Path) {
    assert!(did.complaints.is_empty(), "{}: {:?}", page.display(), did.complaints);
    assert!(did.dialogs.is_empty(), "{}: {:?}", page.display(), did.dialogs);
    let others: Vec<&String> = did.requests.iter().filter(|url| !url.starts_with("data:image/svg+xml,")).collect();
    let [one] = others.as_slice() else { panic!("{} asked for {others:?}", page.display()) };
    assert!(one.starts_with("file://") && one.contains(&*page.file_name().expect("a name").to_string_lossy()), "{one}");
}

/// Texts that stand out too little from what is behind them, as WCAG 2.2 AA has it: 4.5 to 1, large ones 3 to 1.
const FAINT: &str = r#"(() => {
  const parse = (color) => (color.match(/[\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => {
    const f = (c) => ((c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * f(r) + 0.7152 * f(g) + 0.0722 * f(b);
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = parse(getComputedStyle(at).backgroundColor);
      if (color.length === 3 || color[3] === 1) return color;
      if (color[3] !== 0) return null;
    }
    return [255, 255, 255];
  };
  const found = [];
  let looked = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility()) continue;
    const style = getComputedStyle(element);
    const [front, back] = [light(parse(style.color)), light(behind(element))];
    const ratio = (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    looked += 1;
    if (ratio < (large ? 3 : 4.5)) found.push(`${walker.currentNode.data.trim().slice(0, 40)}: ${ratio.toFixed(2)}`);
  }
  return { looked, found: [...new Set(found)].slice(0, 20) };
})()"#;

/// What is wider than the window, unless it can be moved by itself.
const WIDE: &str = r#"(() => {
  const width = document.documentElement.clientWidth;
  const out = [];
  if (document.documentElement.scrollWidth > width) out.push(`the page: ${document.documentElement.scrollWidth} of ${width}`);
  for (const element of document.querySelectorAll("main *, header *, nav *")) {
    if (element.closest("pre, .scroll") || !element.checkVisibility()) continue;
    if (element.getBoundingClientRect().right > width + 1) out.push(`${element.tagName} ${element.className}: ${element.textContent.slice(0, 40)}`);
  }
  return out.slice(0, 10);
})()"#;

#[test]
fn every_page_is_quiet_readable_and_fits_on_a_phone() {
    let mut browser = Browser::start();
    for example in ["customer_support", "production_changes", "mcp_github", "email_agent"] {
        let folder = tempfile::tempdir().expect("a folder");
        let pages = described(example, folder.path());
        assert!(pages.len() > 10);
        // Pages of files differ in nothing but how long they are.
        let of_a_file = |page: &&PathBuf| page.to_string_lossy().contains("/source.");
        let (files, others): (Vec<&PathBuf>, Vec<&PathBuf>) = pages.iter().partition(of_a_file);
        for page in others.into_iter().chain(files.into_iter().take(1)) {
            browser.resize(1280, 900);
            browser.open(page, "");
            browser.value("document.querySelectorAll('details').forEach((one) => (one.open = true))");
            for scheme in ["light", "dark"] {
                browser.prefer(scheme, "screen");
                let shown = browser.value("getComputedStyle(document.body).backgroundColor");
                assert_eq!(shown == "rgb(255, 255, 255)", scheme == "light", "{shown}");
                let faint = browser.value(FAINT);
                assert!(faint["looked"].as_u64().is_some_and(|n| n > 20), "{faint}");
                assert_eq!(faint["found"].as_array().map(Vec::len), Some(0), "{} {scheme}: {faint}", page.display());
            }
            quiet(&browser.did(), page);
            for width in [360, 768] {
                browser.resize(width, 740);
                let wide = browser.value(WIDE);
                assert_eq!(wide.as_array().map(Vec::len), Some(0), "{} at {width}: {wide}", page.display());
            }
        }
    }
}

#[test]
fn names_are_found_and_led_to() {
    let folder = tempfile::tempdir().expect("a folder");
    let pages = described("customer_support", folder.path());
    let index = folder.path().join("index.html");
    let mut browser = Browser::start();
    browser.resize(1280, 900);
    browser.open(&index, "");
    let shown = "[...document.querySelectorAll('#names-list > li')].filter((x) => x.checkVisibility()).map((x) => x.dataset.name)";
    let all = browser.value(shown);
    let all = all.as_array().expect("names").len();
    assert!(all > 60, "{all}");

    // `/` leads to the search, and what is typed leaves only what has all of it; names come before mentions.
    browser.press("/", "/");
    assert_eq!(browser.value("document.activeElement.id"), "search");
    browser.type_in("refunds large");
    assert_eq!(browser.value(shown), serde_json::json!(["refunds.large", "refunds.many"]));
    assert_eq!(browser.value("document.getElementById('actions').checkVisibility()"), false);
    let status = browser.value("document.getElementById('names-status').textContent");
    assert_eq!(status, format!("2 of {all} names"));
    assert!(browser.value("location.href").as_str().is_some_and(|url| url.ends_with("#q=refunds%20large")));
    browser.press("Enter", "\r");
    let at = browser.value("document.activeElement.getAttribute('href')");
    assert_eq!(at, "policy.refunds.html#rule-large");
    browser.value("document.getElementById('search').focus()");
    browser.press("Escape", "");
    assert_eq!(browser.value(shown).as_array().map(Vec::len), Some(all));
    assert_eq!(browser.value("document.getElementById('actions').checkVisibility()"), true);
    browser.type_in("no such thing");
    assert_eq!(browser.value("document.getElementById('names-status').textContent"), "Nothing is found.");
    quiet(&browser.did(), &index);

    // From another page one gets there as well.
    browser.open(&folder.path().join("tests.html"), "");
    browser.press("/", "/");
    browser.type_in("ticket");
    browser.press("Enter", "\r");
    browser.loaded();
    let found = browser.value(shown);
    let found: Vec<&str> = found.as_array().expect("names").iter().filter_map(Value::as_str).collect();
    assert!(found.contains(&"customer_data.no_ticket") && found.contains(&"customer_data.ticketless"), "{found:?}");
    assert!(!found.contains(&"refunds.large"), "{found:?}");

    // An anchor brings its rule into view, and marks it.
    browser.open(&folder.path().join("policy.refunds.html"), "#rule-excessive");
    let rule = "document.querySelector('#rule-excessive')";
    assert_eq!(browser.value(&format!("{rule} === document.querySelector(':target')")), true);
    let seen = browser.value(&format!(
        "new Promise((done) => setTimeout(() => {{ const r = {rule}.getBoundingClientRect(); done(r.top >= 0 && r.top < innerHeight); }}, 800))"
    ));
    assert_eq!(seen, true);
    assert!(pages.len() > 20);
}

#[test]
fn the_theme_is_chosen_and_kept_and_paper_is_white() {
    let folder = tempfile::tempdir().expect("a folder");
    described("risk_tier_gate", folder.path());
    let index = folder.path().join("index.html");
    let mut browser = Browser::start();
    browser.prefer("light", "screen");
    browser.open(&index, "");
    let color = "getComputedStyle(document.body).backgroundColor";
    assert_eq!(browser.value(color), "rgb(255, 255, 255)");
    let click = "document.getElementById('theme').click(), document.getElementById('theme').textContent";
    assert_eq!(browser.value(click), "Theme: light");
    assert_eq!(browser.value(click), "Theme: dark");
    assert_eq!(browser.value(color), "rgb(15, 20, 25)");
    browser.open(&folder.path().join("tiers.html"), "");
    assert_eq!(browser.value(color), "rgb(15, 20, 25)");
    browser.prefer("dark", "print");
    assert_eq!(browser.value(color), "rgb(255, 255, 255)");
    assert_eq!(browser.value("document.querySelector('.side').checkVisibility()"), false);
    browser.prefer("dark", "screen");

    // By keyboard: the first stop leads past what stands on every page.
    browser.open(&index, "");
    browser.press("Tab", "");
    assert_eq!(browser.value("document.activeElement.getAttribute('href')"), "#main");
    let seen = browser.value("document.activeElement.getBoundingClientRect().left >= 0");
    assert_eq!(seen, true, "where one is can be seen");
    browser.press("Enter", "\r");
    assert_eq!(browser.value("document.activeElement.id"), "main");
}
