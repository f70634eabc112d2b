//! `zt doc`: pages that say all there is, lead nowhere else, and cannot be made to do anything by what they show.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use zt_lang::hir::{self, Effect};
use zt_tests::command::{root, zt};
use zt_tests::html::{Html, read, words};
use zt_tests::site::{all_sound, described, doc, id, package, pages};

fn examples() -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join("examples")).expect("readable").flatten().map(|entry| entry.path());
    let mut all: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    all.sort();
    all
}

fn complete(hir: &hir::Package, pages: &BTreeMap<String, Html>) {
    let index = &pages["index.html"];
    let matrix = index.all("table").next().expect("who may do what");
    let named: BTreeSet<&str> = index.elements.iter().filter_map(|element| element.get("data-name")).collect();
    let short = |full: &str| full.strip_prefix(&format!("{}/", hir.name)).unwrap_or(full).to_owned();
    for policy in &hir.policies {
        let page = &pages[&format!("policy.{}.html", policy.name)];
        assert!(named.contains(&*policy.name), "{}", policy.name);
        for rule in &policy.rules {
            let card = page.id(&id("rule", &rule.name)).unwrap_or_else(|| panic!("{}", rule.full_name));
            assert!(card.text.contains(&*rule.name), "{}", rule.full_name);
            assert!(named.contains(&*short(&rule.full_name)), "{}", rule.full_name);
            for due in &rule.obligations {
                let name = due.obligation.rsplit('.').next().expect("a name");
                assert!(card.text.contains(name), "{} obliges to {name}", rule.full_name);
            }
            for text in rule.because.iter().chain(&rule.tell).flatten() {
                let hir::Piece::Text(text) = text else { continue };
                assert!(words(&card.text).contains(&words(text)), "{}: {text}", rule.full_name);
            }
            if let Some(hir::From::Group(group)) = rule.ask.as_ref().map(|ask| &ask.from) {
                assert!(card.text.contains(&**group), "{} asks {group}", rule.full_name);
            }
            // On the page of every action that it is for.
            for (action, _) in rule.scope.as_ref().unwrap_or(&policy.scope) {
                let page = &pages[&format!("action.{action}.html")];
                assert!(page.id(&id("rule", &short(&rule.full_name))).is_some(), "{} of {action}", rule.full_name);
            }
        }
    }
    for action in hir.actions.values() {
        let page = &pages[&format!("action.{}.html", action.name)];
        assert!(named.contains(&*action.name) && matrix.text.contains(&*action.name), "{}", action.name);
        for principal in &action.principals {
            assert!(page.id(&id("by", principal)).is_some(), "{} by {principal}", action.name);
        }
        let text = page.main();
        for field in &action.input {
            assert!(text.contains(&*field.name), "{}: {}", action.name, field.name);
        }
        let rules =
            hir.policies.iter().flat_map(|p| p.rules.iter().map(move |r| (r.scope.as_ref().unwrap_or(&p.scope), r)));
        let granting = |(scope, rule): &(&Vec<(hir::Name, hir::Name)>, &hir::Rule)| {
            rule.effect == Effect::Allow && !rule.shadow && scope.iter().any(|(a, _)| *a == action.name)
        };
        let granted = rules.into_iter().any(|rule| granting(&rule));
        assert_eq!(text.contains("No rule allows it, so every call is denied."), !granted, "{}", action.name);
    }
    for window in hir.windows.values().filter(|w| !w.limit && !w.name.starts_with("std.")) {
        assert!(pages["memory.html"].id(&id("window", &window.name)).is_some(), "{}", window.name);
    }
    for event in hir.events.keys() {
        assert!(pages["memory.html"].id(&id("event", event)).is_some(), "{event}");
    }
    for obligation in hir.obligations.keys().filter(|name| !name.starts_with("std.")) {
        assert!(pages["obligations.html"].id(&id("obligation", obligation)).is_some(), "{obligation}");
    }
    for tier in &hir.tiers {
        assert!(pages["tiers.html"].id(&id("tier", &tier.name)).is_some(), "{}", tier.name);
    }
    for table in hir.tables.keys().filter(|name| !name.starts_with("std.")) {
        assert!(pages["tables.html"].id(&id("table", table)).is_some(), "{table}");
    }
    for define in hir.defines.keys().filter(|name| !name.starts_with("std.")) {
        assert!(pages["tables.html"].id(&id("function", define)).is_some(), "{define}");
    }
    let tests = pages["tests.html"].main();
    for test in hir.suites.iter().flat_map(|suite| &suite.tests) {
        assert!(tests.contains(&words(&test.name)), "{}", test.name);
    }
}

#[test]
fn pages_of_every_example_say_all_and_lead_nowhere_else() {
    let mut seen = 0;
    for example in examples() {
        let pages = described(&example);
        let loaded = zt_cli::load::one(&example).unwrap_or_else(|stop| panic!("{}", stop.message));
        let checked = loaded.check().unwrap_or_else(|mistakes| panic!("{mistakes:?}"));
        complete(checked.hir(), &all_sound(&pages));
        seen += pages.len();
        // What is known of this machine stays on it.
        let root = root().display().to_string();
        assert!(pages.values().all(|text| !text.contains(&root)), "{}", example.display());
    }
    assert!(seen > 200, "{seen}");
}

#[test]
fn the_same_package_gives_the_same_bytes_wherever_it_stands() {
    let elsewhere = tempfile::tempdir().expect("a folder");
    zt_tests::command::copy(&root().join("examples/mcp_github"), &elsewhere.path().join("other/name"));
    let here = described(&root().join("examples/mcp_github"));
    assert_eq!(here, described(&elsewhere.path().join("other/name")));
    // By another path, from another folder, without saying either.
    let folder = elsewhere.path().join("other/name");
    let out = zt(&folder, &["doc"], b"", &[]);
    assert_eq!(out.code, Some(0), "{}", out.stderr);
    assert!(out.stdout.contains("in zt-doc\n\n  zt-doc/index.html\n"), "{}", out.stdout);
    assert_eq!(here, pages(&folder.join("zt-doc")));
    // The pages are no part of the package.
    let out = zt(&folder, &["doc"], b"", &[]);
    assert_eq!(out.code, Some(0), "{}", out.stderr);
    assert_eq!(here, pages(&folder.join("zt-doc")));
}

/// What somebody would write who wants a page to do something.
const HOSTILE: &str = r##"
/// <script>alert(1)</script> <img src=x onerror=alert(2)> </style><style>*{display:none}</style>
/// [click](javascript:alert(3)) [data](data:text/html,x) [up](../../etc/passwd) [http](http://example.com/)
/// ![picture](https://example.com/x.png) <https://example.com/fine> [fine](https://example.com/"onmouseover="alert(4)) [here](#main)
/// <javascript:alert(5)> [v](vbscript:x) [j]( JavaScript:alert(6)) &#x3C;script&#x3E; --> ]]> {{7*7}} ${8}
/// > > > > > > > > > > > > > > > > > > > > deep
///
/// # A heading
///
/// - one
///   - two
enum Kind { a as "\"><script>alert(1)</script>", b as "' onclick='alert(1)" }

entity Agent from pep { kind : Kind }
entity Place

approvers leads
pub obligation note { text : String }

action look as "</script><script>alert(1)</script>" {
  by Agent
  on Place
  input {
    query : String max 40 matching re"<.*" // <script>alert(9)</script> "quoted" 'and' &amp;
  }
}

action leave { by Agent }

table known (String) -> Bool from file "known.csv"

policy looking for look {
  /// </details><svg onload=alert(1)>
  allow some
    when input.query == "<script>alert(1)</script>" and (known(input.query) ?? false)
    with note(text: "\"><img src=x onerror=alert(1)>")
  require approval more
    when principal.kind == a
    from leads
    because "</q><script>alert(1)</script> {principal.id} <img onerror=\"alert(1)\">"
    tell "' \" < > & </main>"
}

suite "</h2><script>alert(1)</script>" {
  test "\"><script>alert(1)</script>" {
    call Agent { id: "a", kind: b } -> look(Place { id: "p" }) { query: "<b>\"'&" } expect deny by default
  }
  test "\"><script>alert(1)</script> " {
    call Agent { id: "a", kind: b } -> look(Place { id: "p" }) { query: "<b>\"'&" } expect deny by default
  }
}
"##;

fn hostile() -> tempfile::TempDir {
    let folder = package(HOSTILE);
    fs::write(
        folder.path().join("known.csv"),
        "key,value\n\"<img src=x onerror=alert(1)>\",true\n</td><script>x,false\n",
    )
    .expect("written");
    fs::write(
        folder.path().join("a\"><script>b<.zt"),
        "package example.p\n\n// <script>alert(1)</script>\n\ntag quiet\n",
    )
    .expect("written");
    folder
}

#[test]
fn nothing_that_a_package_says_does_anything() {
    let folder = hostile();
    let pages = described(folder.path());
    let all = all_sound(&pages);
    // It is all there, as text.
    let types = all["types.html"].main();
    for said in ["<script>alert(1)</script>", "<img src=x onerror=alert(2)>", "</style><style>*{display:none}</style>"]
    {
        assert!(types.contains(said), "{said} in {types}");
    }
    let policy = all["policy.looking.html"].main();
    for said in ["</q><script>alert(1)</script>", "</details><svg onload=alert(1)>", "' \" < > & </main>"] {
        assert!(policy.contains(said), "{said} in {policy}");
    }
    assert!(all["tables.html"].main().contains("<img src=x onerror=alert(1)>"));
    let outside: BTreeSet<&str> = all
        .values()
        .flat_map(|page| page.all("a"))
        .filter_map(|a| a.get("href"))
        .filter(|href| href.contains(':'))
        .collect();
    let expected = ["https://example.com/fine", "https://example.com/\"onmouseover=\"alert(4)"];
    assert_eq!(outside, expected.into_iter().collect(), "links lead to https alone");

    // In a browser, too, whatever a reader would have made of it.
    let shown = tempfile::tempdir().expect("a folder");
    assert_eq!(doc(folder.path(), shown.path()).code, Some(0));
    let mut browser = zt_tests::browser::Browser::start();
    for name in pages.keys() {
        browser.open(&shown.path().join(name), "");
        let counts = "[...document.querySelectorAll('script, style, img, svg, iframe, object, form')].map((e) => e.tagName).sort().join()";
        assert_eq!(browser.value(counts), "SCRIPT,STYLE", "{name}");
        let did = browser.did();
        assert!(did.complaints.is_empty() && did.dialogs.is_empty(), "{name}: {did:?}");
    }
}

#[test]
fn what_is_denied_by_default_is_said_plainly() {
    let folder = package(
        "entity Agent\nentity Clerk\naction go { by Agent or Clerk }\naction stay { by Agent }\naction rest { by Agent }\n\
         policy p for go by Agent { allow always when true }\n\
         policy q for stay { allow some when true\n  deny none when true }\n",
    );
    let all = all_sound(&described(folder.path()));
    let row = |action: &str| {
        let rows = all["index.html"].all("tr").map(|tr| words(&tr.text));
        rows.into_iter().find(|row| row.starts_with(action)).expect("a row")
    };
    assert_eq!(row("go"), "go always 1 allow nothing allows it");
    assert_eq!(row("rest"), "rest nothing allows it may not ask");
    assert_eq!(row("stay"), "stay always denied 1 allow, 1 deny may not ask");
    let go = all["action.go.html"].main();
    assert!(go.contains("Clerk: denied by default. Nothing here lets them do it."), "{go}");
    assert!(go.contains("Agent: always. A rule allows it without a condition"), "{go}");
    assert!(go.contains("Only for calls by Agent."), "{go}");
    let stay = all["action.stay.html"].main();
    assert!(stay.contains("Agent: denied. q.none denies every call."), "{stay}");
}

#[test]
fn rules_read_as_they_mean() {
    let folder = package(
        r#"
enum Level ordered { low, high }
entity Team
entity Agent in Team from pep { level : Level, boss : Agent?, names : Set<String> }
record Line { amount : Int, text : String }
approvers leads from source directory fresh 5min
obligation note { level : Level merge max }
tiers ladder { t0 { warrant 1h approval never } t1 { warrant 5min approval always from leads quorum 2 expires 15min } }
define small(n : Int) = n < 10
define limit : Int = 7
action go {
  by Agent
  tier t0
  input { n : Int, m : Int?, lines : List<Line> max 10, path : Path, command : Command }
}
window gone = count of go by principal over 1d
policy p for go when principal.level >= low {
  allow a
    when (principal has boss or not small(input.n)) and (input.m ?? 3) != limit
    with note(level: high)
  deny b
    unless all(line in input.lines: line.amount <= 5 and line.text != "") and "x" in principal.names
  deny c when now at "Europe/Paris" in mon..fri 09:00..17:00 and gone counting this > 3
  deny d unless input.path matches glob"/a/*" or input.command runs only ["ls *"]
  limit e 10 per 1h by principal when input.n > 1
  raise f to t1 when principal under Team("x")
  shadow deny g when input.n in 1 .. 3
}
"#,
    );
    let out = zt(folder.path(), &["check"], b"", &[]);
    assert_eq!(out.code, Some(0), "{}", out.stdout);
    let all = all_sound(&described(folder.path()));
    let rule = |name: &str| words(&all["policy.p.html"].id(&format!("rule-{name}")).expect("a rule").text);
    let says = |name: &str, said: &[&str]| {
        let text = rule(name);
        said.iter().for_each(|said| assert!(text.contains(said), "{said:?} is not in {text:?}"));
    };
    says(
        "a",
        &[
            "Allows the call when all of this is true: principal.level is at least low",
            "at least one of these: principal.boss is given",
            "small(input.n) does not hold",
            "input.m (where it is absent 3) is not limit (7)",
            "Obliges to note (level: high)",
        ],
    );
    says(
        "b",
        &[
            "Denies the call when all of this is true",
            "not for every line in input.lines:",
            "line.amount is at most 5",
            "line.text is not \"\"",
            "\"x\" is not among principal.names",
        ],
    );
    says(
        "c",
        &["now is within Monday to Friday, 09:00 to 17:00 in Europe/Paris", "gone (this call counted) is more than 3"],
    );
    says("d", &["input.path does not match glob\"/a/*\"", "input.command runs anything but ls *"]);
    says(
        "e",
        &[
            "Denies what exceeds 10 calls within the last 1h, for each principal.",
            "input.n is more than 1",
            "It holds only where:",
        ],
    );
    says("f", &["Raises the call to tier t1 when all of this is true", "principal is at or below Team(\"x\")"]);
    says(
        "g",
        &["on trial", "Would deny the call when all of this is true", "input.n is at least 1", "input.n is at most 3"],
    );
    let tiers = all["tiers.html"].main();
    assert!(tiers.contains("from leads, 2 different people, good for 15min"), "{tiers}");
    let obligations = all["obligations.html"].main();
    assert!(obligations.contains("the greatest of all counts"), "{obligations}");
    let memory = all["memory.html"].main();
    assert!(memory.contains("admitted calls of go"), "{memory}");
    let facts = all["facts.html"].main();
    assert!(facts.contains("directory") && facts.contains("leads"), "{facts}");
}

#[test]
fn pages_stay_small_where_very_many_rules_are_for_very_many_actions() {
    let mut text = "entity Agent\npolicy p for any {\n  allow everything when true\n".to_owned();
    (0..101).for_each(|i| text.push_str(&format!("  shadow deny r{i} when principal.id == \"{i}\"\n")));
    text.push_str("}\n");
    (0..200).for_each(|i| text.push_str(&format!("action a{i} {{ by Agent }}\n")));
    let folder = package(&text);
    let pages = described(folder.path());
    let page = read(&pages["action.a7.html"]);
    assert_eq!(page.elements.iter().filter(|element| element.is("rule")).count(), 0);
    let rules = page.all("a").filter_map(|a| a.get("href")).filter(|href| href.starts_with("policy.p.html#rule-"));
    assert_eq!(rules.count(), 102, "each is named, and leads to where it is written out");
    assert!(pages["policy.p.html"].contains("Would deny the call when"));
    assert!(page.main().contains("Agent: always."));
}

#[test]
fn what_others_enforce_is_shown_with_where_it_comes_from() {
    let all = all_sound(&described(&root().join("examples/email_agent")));
    let index = all["index.html"].main();
    assert!(index.contains("Enforced from other packages"), "{index}");
    let bursts = all["policy.std.rate.bursts.html"].main();
    assert!(bursts.contains("from package std.rate · std.rate.zt:"), "{bursts}");
    assert!(all.contains_key("source.std.rate.zt.html"));
}
