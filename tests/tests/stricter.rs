//! Stricter types for what another package declares: what every evaluator decides then, and where they are refused.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use zt_lang::check::package::{self, Located};
use zt_lang::db::{Database, Library, Package, SourceFile};
use zt_tests::three::Three;

/// Tools as an import describes them.
const TOOLS: &str = r#"package house.tools

pub record Edit open { old : String, at : Decimal? }

pub action files.edit {
  input {
    path  : String
    paths : List<String> max 4
    lines : Decimal in 0.5 .. 9.5
    mode  : String = "fast"
    edits : List<Edit>
    when  : String?
    to    : String or List<String>
    extra : Json?
    copy  : String? matching re"[\s\S]{0,12}" max 48
  }
}

pub action run { input { verb : String, path : String } }
"#;

const HEAD: &str = r#"package example

use house.tools
use house.tools.Edit

enum Mode { fast, slow as "SLOW" }
record Change { old : String max 5, at : Int in 0 .. 10 }
entity Agent from pep
"#;

fn bundle(rest: &str, libraries: &[(&str, &str)]) -> (Database, Package) {
    let db = Database::default();
    let library = |(name, text): &(&str, &str)| {
        let file = SourceFile::new(&db, format!("{name}.zt").into(), (*text).to_owned());
        Library::new(&db, (*name).into(), vec![file])
    };
    let libraries = libraries.iter().map(library).collect();
    let file = SourceFile::new(&db, "root.zt".into(), format!("{HEAD}{rest}"));
    let package = Package::new(&db, "example".into(), vec![file], libraries);
    (db, package)
}

/// The mistakes of a bundle, each with its file.
fn mistakes(rest: &str, libraries: &[(&str, &str)]) -> Vec<String> {
    let (db, package) = bundle(rest, libraries);
    let said = |l: Located| format!("{} {} {}", l.file, l.diagnostic.code.as_str(), l.diagnostic.message);
    package::diagnostics(&db, package).into_iter().map(said).collect()
}

fn three(rest: &str) -> Three {
    let (db, package) = bundle(rest, &[("house.tools", TOOLS)]);
    Three::new(&package::package(&db, package).unwrap_or_else(|m| panic!("{m:#?}")))
}

fn request(action: &str, input: &Value) -> String {
    json!({"subject": {"type": "Agent", "id": "a"}, "action": {"name": action, "properties": input}}).to_string()
}

const NOW: &str = r#"{"now":"2026-03-27T14:00:00Z"}"#;

#[test]
fn every_evaluator_reads_the_stricter_type() {
    let mut all = three(
        r#"
extend tools.* { by Agent }
extend tools.files.edit {
  input {
    path  : Path max 20
    paths : List<Path>
    lines : Int
    mode  : Mode
    edits : List<Change> max 2
    when  : Instant?
    to    : Email
    extra : List<Ident>?
    copy  : Email? max 12
  }
}
policy p for tools.files.edit {
  allow inside
    when input.path under "/work"
     and all(p in input.paths: p under "/work")
     and input.lines < 5 and input.mode == fast
     and all(e in input.edits: e.at < 3)
     and input.to.domain under "example.com"
  deny late when input has when as moment and moment > now
  deny odd when input has extra and count(input.extra) > 1
}
"#,
    );
    let usual = json!({
        "path": "/work/a", "paths": ["/work/b"], "lines": 4, "edits": [{"old": "a", "at": 1}], "to": "a@Example.com"
    });
    let cases: Vec<(Value, &str)> = vec![
        (json!({}), "allow"),
        (json!({"path": "/wrk/a"}), "deny default"),
        (json!({"copy": "a@b.example"}), "allow"),
        (json!({"copy": "ab@B.example"}), "allow"),
        (json!({"copy": "abc@b.example"}), "deny refused /action/properties/copy"),
        (json!({"copy": "a.b.example"}), "deny refused /action/properties/copy"),
        (json!({"path": "/work/../etc"}), "deny refused /action/properties/path"),
        (json!({"path": "/work/aaaaaaaaaaaaaaaaaaaaaa"}), "deny refused /action/properties/path"),
        (json!({"paths": ["/work/a", "b"]}), "deny refused /action/properties/paths/1"),
        (json!({"paths": ["/w", "/w", "/w", "/w", "/w"]}), "deny refused /action/properties/paths"),
        (json!({"lines": 0}), "deny refused /action/properties/lines"),
        (json!({"lines": 9}), "deny default"),
        (json!({"lines": 10}), "deny refused /action/properties/lines"),
        (json!({"lines": 2.5}), "deny refused /action/properties/lines"),
        (json!({"mode": "SLOW"}), "deny default"),
        (json!({"mode": "slow"}), "deny refused /action/properties/mode"),
        (json!({"edits": [{"old": "a", "at": 4}]}), "deny default"),
        (json!({"edits": [{"old": "a"}]}), "deny refused /action/properties/edits/0/at"),
        (json!({"edits": [{"old": "a", "at": 1, "more": 1}]}), "deny refused /action/properties/edits/0/more"),
        (json!({"edits": [{"old": "abcdef", "at": 1}]}), "deny refused /action/properties/edits/0/old"),
        (json!({"when": "2026-03-28T00:00:00Z"}), "deny p.late"),
        (json!({"when": "yesterday"}), "deny refused /action/properties/when"),
        (json!({"to": "a@other.example.org"}), "deny default"),
        (json!({"to": ["a@example.com"]}), "deny refused /action/properties/to"),
        (json!({"extra": ["a", "b"]}), "deny p.odd"),
        (json!({"extra": {"a": 1}}), "deny refused /action/properties/extra"),
    ];
    for (change, expected) in cases {
        let mut input: BTreeMap<String, Value> = serde_json::from_value(usual.clone()).unwrap();
        input.extend(serde_json::from_value::<BTreeMap<String, Value>>(change.clone()).unwrap());
        let decision = all.decide(request("files.edit", &json!(input)).as_bytes(), NOW);
        let why = decision["determined_by"][0].as_str().unwrap_or_default().replace("example/", "");
        let mut found = decision["effect"].as_str().unwrap_or_default().to_owned();
        if found == "deny" {
            found = format!("deny {why}");
        }
        if let Some(path) = decision["refusal"]["path"].as_str() {
            found = format!("{found} {path}");
        }
        assert_eq!(found, expected, "{change}: {decision}");
        // A default is told as the tool knows it.
        if change.get("mode").is_none() && decision["refusal"].is_null() {
            assert_eq!(decision["input_defaults"], json!([{"path": "/action/properties/mode", "value": "fast"}]));
        }
    }
}

#[test]
fn a_part_has_what_its_whole_got_and_may_be_stricter_still() {
    let mut all = three(
        r#"
extend tools.run { by Agent input { path : Path } }
action run.read = tools.run when input.verb == "read" {}
action run.open = tools.run when input.verb == "open" { input { path : Path max 4 } }
extend run.read { input { verb : Ident } }
policy p for run.read, run.open { allow a when input.path under "/a" }
"#,
    );
    for (verb, path, expected) in [
        ("read", "/a/bcdef", "allow run.read"),
        ("read", "/b", "deny run.read"),
        ("read", "a", "deny null"),
        ("open", "/a/b", "allow run.open"),
        ("open", "/a/bc", "deny null"),
        ("close", "/a", "deny null"),
    ] {
        let decision = all.decide(request("run", &json!({"verb": verb, "path": path})).as_bytes(), NOW);
        let action = decision["action"].as_str().unwrap_or("null").to_owned();
        assert_eq!(
            format!("{} {action}", decision["effect"].as_str().unwrap_or_default()),
            expected,
            "{verb} {path}: {decision}"
        );
    }
}

#[test]
fn what_another_package_reads_stays_of_the_type_that_it_saw() {
    let rest = "extend tools.run { by Agent input { path : Path } }\npolicy p for tools.run { allow a when true }\n";
    assert_eq!(mistakes(rest, &[("house.tools", TOOLS)]), Vec::<String>::new());
    let refused = |what: &str| vec![format!("root.zt ZT0301 {what} takes `path` of `tools.run` for `String`")];
    for (item, what) in [
        ("policy guard for any { deny d when input.path == \"a\" }", "policy `tools.guard`"),
        ("pub policy guard for run { deny d when (input).path == \"a\" }", "policy `tools.guard`"),
        ("pub policy guard for ru* { limit l 3 per 1h by (principal, input.path) }", "policy `tools.guard`"),
        ("window paths = distinct input.path of run by principal over 1h", "window `tools.paths`"),
        ("pub action part = run when input.path == \"a\" {}", "action `tools.part`"),
        ("pub action part = run when input.verb == \"a\" { input { path : String max 3 } }", "action `tools.part`"),
    ] {
        let found = mistakes(rest, &[("house.tools", &format!("{TOOLS}{item}\n"))]);
        assert_eq!(found, refused(what), "{item}");
    }
    for tag in ["tag touches { path : String }", "tag some { path : String }\npub tag touches in some"] {
        let tagged = TOOLS.replace("action run {", "action run { tags [touches { path: input.path }]");
        let found = mistakes(rest, &[("house.tools", &format!("{tagged}{tag}\n"))]);
        assert_eq!(found, refused("action `tools.run`"), "{tag}");
    }
    // What is about other actions or arguments, or is said by the package itself, is in nobody's way.
    for item in [
        "pub policy guard for files.* { deny d when input.path == \"a\" }",
        "pub policy guard for run { deny d when input.verb == \"a\" }",
        "pub tag quiet\npub policy guard for #quiet { deny d when input.path == \"a\" }",
    ] {
        let tools = format!("{TOOLS}{item}\n");
        let found = mistakes(rest, &[("house.tools", &tools)]);
        assert_eq!(found, Vec::<String>::new(), "{item}");
    }
    // A package of its own that guards the tools of others.
    let guards = "package house.guards\n\npub policy guard for any { deny d when input.path == \"a\" }\n";
    let found = mistakes(rest, &[("house.guards", guards), ("house.tools", &TOOLS.replace("path  :", "paht  :"))]);
    assert!(
        found.contains(&"root.zt ZT0301 policy `house.guards.guard` takes `path` of `tools.run` for `String`".into())
    );
}

/// Who gets the request gets each text as it was sent, so a tool that takes so many bytes is not given more.
#[test]
fn a_length_bounds_a_text_as_it_was_sent() {
    let tools = format!(
        "{TOOLS}pub action fetch {{\n  input {{\n    url : String max 24\n    from : String max 10\n    to : \
         List<String max 13>\n  }}\n}}\n"
    );
    let rest = r#"
extend tools.* { by Agent }
extend tools.fetch { input { url : Url, from : IpAddr, to : List<Host> } }
policy p for tools.fetch {
  allow a
    when input.url.host == "example.com" and input.from under "10.0.0.0/8"
     and all(h in input.to: h under "example.com")
}
"#;
    let (db, package) = bundle(rest, &[("house.tools", &tools)]);
    let mut all = Three::new(&package::package(&db, package).unwrap_or_else(|m| panic!("{m:#?}")));
    let (url, from, to) = ("https://example.com/aaaa", "10.0.0.100", json!(["a.example.com", "EXAMPLE.com"]));
    for (change, expected) in [
        (json!({}), "allow"),
        (json!({"url": "https://EXAMPLE.com:443/"}), "allow"),
        // One byte more as it was sent, four less as it is judged.
        (json!({"url": "https://EXAMPLE.com:443/a"}), "too_long /action/properties/url"),
        (json!({"url": "https://example.com/aaaaa"}), "too_long /action/properties/url"),
        (json!({"from": "::ffff:10.0.0.1"}), "too_long /action/properties/from"),
        (json!({"from": "10.0.0.1"}), "allow"),
        (json!({"to": ["a.example.com", "ab.example.com"]}), "too_long /action/properties/to/1"),
    ] {
        let mut input = json!({"url": url, "from": from, "to": to});
        let fields = change.as_object().expect("an object").clone();
        input.as_object_mut().expect("an object").extend(fields);
        let decision = all.decide(request("fetch", &input).as_bytes(), NOW);
        let refused = |refusal: &Value| {
            let part = |name: &str| refusal[name].as_str().unwrap_or_default().to_owned();
            format!("{} {}", part("code"), part("path"))
        };
        let found = match &decision["refusal"] {
            Value::Null => decision["effect"].as_str().unwrap_or_default().to_owned(),
            refusal => refused(refusal),
        };
        assert_eq!(found, expected, "{change}: {decision}");
    }
}

#[test]
fn extensions_of_one_action_stand_beside_each_other() {
    let mut all = three(
        r#"
tag quiet
tag loud
extend tools.run, tools.files.edit { by Agent }
extend tools.run { tags [loud] }
extend tools.run, tools.files.edit { tags [quiet] }
extend tools.run { input { path : Path } }
extend tools.run { input { verb : Ident, path : free } }
policy p for #quiet { allow a for #loud when input.path under "/a" }
"#,
    );
    for (path, expected) in [("/a/b", "allow"), ("/b", "deny")] {
        let decision = all.decide(request("run", &json!({"verb": "x", "path": path})).as_bytes(), NOW);
        assert_eq!(decision["effect"], expected, "{path}");
    }
    let twice = "extend tools.* { by Agent input { path : Path } }\nextend tools.run { input { path : Url } }
policy p for tools.run { allow a when true }\n";
    assert_eq!(
        mistakes(twice, &[("house.tools", TOOLS)]),
        ["root.zt ZT0407 `path` of `tools.run` is made stricter already"]
    );
}
