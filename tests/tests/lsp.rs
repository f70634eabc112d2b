//! The language server, as an editor meets it: over standard input and output of the real binary.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;
use zt_tests::command::{copy, root};
use zt_tests::editor::{Editor, address, place};

const MANIFEST: &str = "[package]\nname = \"example.pay\"\nedition = \"2026\"\n";

const WORLD: &str = "package example.pay

use std.audit.{audit}

/// Who may ask.
entity Agent from pep { role : Role, boss : Agent? }

/// What they are.
enum Role { clerk, lead }

record Gateway { session : Ident }

/// Moves money.
action pay {
  by Agent
  context Gateway
  input { amount : Int  // in cents
  }
}
";

const POLICY: &str = "package example.pay

define large(sum : Int) = sum > 100

// Small payments alone.
policy payments for pay {
  // Only clerks.
  allow small
    when principal.role == clerk and not large(input.amount)
    with audit(level: standard)
}
";

/// A package of two files on the disk, and an editor.
struct Bench {
    folder: TempDir,
    editor: Editor,
}

impl Bench {
    fn new() -> Self {
        Bench::with(&json!({}))
    }

    fn with(capabilities: &Value) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let package = folder.path().join("pay");
        fs::create_dir_all(&package).expect("a folder");
        for (name, text) in [("zt.toml", MANIFEST), ("world.zt", WORLD), ("pay.zt", POLICY)] {
            fs::write(package.join(name), text).expect("writable");
        }
        let editor = Editor::start(capabilities, &folder.path().join("cache"));
        Bench { folder, editor }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("pay").join(name)
    }

    fn uri(&self, name: &str) -> String {
        address(&self.path(name))
    }

    fn open(&mut self, name: &str, text: &str) -> String {
        let uri = self.uri(name);
        self.editor.open(&uri, text);
        uri
    }
}

fn codes(told: &[Value]) -> Vec<&str> {
    told.iter().filter_map(|d| d["code"].as_str()).collect()
}

#[test]
fn only_what_works_is_offered() {
    let bench = Bench::new();
    let offered = &bench.editor.offered["capabilities"];
    let names: Vec<&String> = offered.as_object().expect("an object").keys().collect();
    assert_eq!(names, ["definitionProvider", "hoverProvider", "positionEncoding", "textDocumentSync"]);
    assert_eq!(offered["positionEncoding"], "utf-16");
    assert_eq!(offered["textDocumentSync"]["change"], 2);
    assert_eq!(bench.editor.goodbye(), Some(0));
}

#[test]
fn mistakes_are_told_with_all_that_is_known_of_them() {
    let mut bench = Bench::new();
    let text = POLICY.replace("input.amount)", "input.amuont)");
    let uri = bench.open("pay.zt", &text);
    let told = bench.editor.told(&uri, 1);
    let [d] = told.as_slice() else { panic!("{told:#?}") };
    assert_eq!(d["code"], "ZT0203");
    assert_eq!(d["severity"], 1);
    assert_eq!(d["source"], "zt");
    assert_eq!(d["range"]["start"], place(&text, "amuont", 0, 0));
    assert_eq!(d["range"]["end"], place(&text, "amuont", 0, 6));
    let message = d["message"].as_str().expect("a text");
    assert!(message.contains("did you mean `amount`?") && message.ends_with("more: zt explain ZT0203"), "{message}");
    assert_eq!(d["data"]["explain"], "zt explain ZT0203");
    assert_eq!(d["data"]["fix"]["newText"], "amount");
    // The second place of a mistake, in another file: files are read in the order of their names.
    let text = format!("{WORLD}\ndefine large(sum : Int) = sum > 1\n");
    let world = bench.open("world.zt", &text);
    let told = bench.editor.told(&world, 1);
    let [d] = told.as_slice() else { panic!("{told:#?}") };
    assert_eq!(d["code"], "ZT0208");
    let other = &d["relatedInformation"][0];
    assert_eq!(other["location"]["uri"], uri);
    assert_eq!(other["location"]["range"]["start"], place(POLICY, "large(sum", 0, 0));
    assert_eq!(other["message"], "first declared here");
}

#[test]
fn edits_are_made_where_they_are_said_to_be() {
    for encoding in ["utf-16", "utf-8"] {
        let mut bench = Bench::with(&json!({"general": {"positionEncodings": [encoding]}}));
        assert_eq!(bench.editor.offered["capabilities"]["positionEncoding"], encoding);
        let text = POLICY.replace("// Only clerks.", "// \u{1F512}\u{e9} Only clerks.");
        let uri = bench.open("pay.zt", &text);
        assert_eq!(bench.editor.told(&uri, 1), Vec::<Value>::new());
        // Behind a lock, which is two units of one encoding and four of the other: the comment ends there.
        let unit = if encoding == "utf-16" { 8 } else { 11 };
        let at = json!({"line": 6, "character": unit});
        bench.editor.change(&uri, 2, json!([{"range": {"start": at, "end": at}, "text": "\n  bad \u{1F512}"}]));
        let told = bench.editor.told(&uri, 2);
        assert!(!told.is_empty());
        assert!(told.iter().any(|d| d["range"]["start"]["line"] == 7), "{told:#?}");
        // Taken back in two steps of one message, the second counted in what the first left.
        let lock = if encoding == "utf-16" { 8 } else { 10 };
        let changes = json!([
            {"range": {"start": {"line": 7, "character": 6}, "end": {"line": 7, "character": lock}}, "text": ""},
            {"range": {"start": at, "end": {"line": 7, "character": 6}}, "text": ""},
        ]);
        bench.editor.change(&uri, 3, changes);
        assert_eq!(bench.editor.told(&uri, 3), Vec::<Value>::new());
        // Beyond every end, and the wrong way round.
        let far = json!({"line": 99_999, "character": 99_999});
        bench.editor.change(&uri, 4, json!([{"range": {"start": far, "end": at}, "text": "}"}]));
        assert_eq!(codes(&bench.editor.told(&uri, 4)), ["ZT0103"]);
        assert_eq!(bench.editor.goodbye(), Some(0));
    }
}

#[test]
fn a_name_tells_what_it_means() {
    let mut bench = Bench::new();
    let uri = bench.open("pay.zt", POLICY);
    let world = bench.open("world.zt", WORLD);
    for (words, into, says) in [
        ("for pay", 4, vec!["action pay {", "Moves money."]),
        ("principal.role", 0, vec!["entity Agent", "Who may ask."]),
        ("principal.role", 10, vec!["role : Role", "an attribute of entity `Agent`"]),
        ("== clerk", 4, vec!["clerk", "a member of enum `Role`", "`lead`"]),
        ("not large", 4, vec!["define large(sum : Int) = sum > 100"]),
        ("sum > 100", 0, vec!["sum : Int"]),
        ("input.amount", 6, vec!["amount : Int", "an argument of action `pay`", "in cents"]),
        (
            "allow small",
            6,
            vec!["allow small", "Only clerks.", "Only an `allow` grants", "a rule of policy `payments`"],
        ),
        ("allow small", 1, vec!["Grants the call"]),
        ("audit(", 1, vec!["obligation audit", "of package `std.audit`"]),
        ("level:", 1, vec!["level : Level", "a parameter of obligation"]),
        ("policy payments", 8, vec!["policy payments for pay", "allow `small`", "Small payments alone."]),
        ("100", 1, vec!["Int"]),
    ] {
        let said = bench.editor.hover(&uri, place(POLICY, words, 0, into));
        for part in says {
            assert!(said.contains(part), "{words}: {said} lacks {part}");
        }
    }
    assert_eq!(bench.editor.hover(&uri, place(POLICY, "\n\ndefine", 0, 1)), "");
    assert!(bench.editor.hover(&world, place(WORLD, "Agent?", 0, 1)).contains("entity Agent"));
    // A mistake elsewhere in the policy hides nothing of the rest.
    bench.editor.change(&uri, 2, json!([{"text": POLICY.replace("standard)", "nonsense)")}]));
    let said = bench.editor.hover(&uri, place(POLICY, "input.amount", 0, 6));
    assert!(said.contains("an argument of action `pay`"), "{said}");
    assert!(bench.editor.log.is_empty(), "{:?}", bench.editor.log);
}

#[test]
fn what_an_editor_cannot_show_is_not_sent() {
    let mut bench = Bench::with(&json!({"textDocument": {"hover": {"contentFormat": ["plaintext"]}}}));
    let uri = bench.open("pay.zt", POLICY);
    let said = bench.editor.hover(&uri, place(POLICY, "not large", 0, 4));
    assert_eq!(said, "define large(sum : Int) = sum > 100");
}

#[test]
fn a_name_leads_to_its_declaration() {
    let mut bench = Bench::new();
    let uri = bench.open("pay.zt", POLICY);
    let world = bench.uri("world.zt");
    for (words, into, file, declared, at) in [
        ("for pay", 4, &world, WORLD, place(WORLD, "action pay", 0, 7)),
        ("principal.role", 0, &world, WORLD, place(WORLD, "entity Agent", 0, 7)),
        ("principal.role", 10, &world, WORLD, place(WORLD, "role : Role", 0, 0)),
        ("== clerk", 4, &world, WORLD, place(WORLD, "clerk, lead", 0, 0)),
        ("not large", 4, &uri, POLICY, place(POLICY, "large(sum", 0, 0)),
        ("sum > 100", 0, &uri, POLICY, place(POLICY, "sum : Int", 0, 0)),
        ("input.amount", 6, &world, WORLD, place(WORLD, "amount : Int", 0, 0)),
    ] {
        let found = bench.editor.definition(&uri, place(POLICY, words, 0, into));
        assert_eq!(found, [(file.clone(), at)], "{words} in {declared}");
    }
    assert_eq!(bench.editor.definition(&uri, place(POLICY, "100", 0, 1)), []);
    // What ships with zt has files in the cache, which are its text.
    let found = bench.editor.definition(&uri, place(POLICY, "audit(", 0, 1));
    let [(file, at)] = found.as_slice() else { panic!("{found:?}") };
    let path = PathBuf::from(file.strip_prefix("file://").expect("a file"));
    assert!(path.starts_with(bench.folder.path().join("cache")), "{file}");
    let text = fs::read_to_string(&path).expect("the file is there");
    assert_eq!(*at, place(&text, "obligation audit", 0, 11));
    assert!(fs::metadata(&path).expect("the file is there").permissions().readonly());
    // Opened, it tells what it is, leads on, and has no mistakes.
    let file = file.clone();
    bench.editor.open(&file, &text);
    assert!(bench.editor.hover(&file, place(&text, "level : Level", 0, 9)).contains("enum Level"));
    assert_eq!(bench.editor.told(&file, 1), Vec::<Value>::new());
}

#[test]
fn links_say_from_where_they_lead() {
    let mut bench = Bench::with(&json!({"textDocument": {"definition": {"linkSupport": true}}}));
    let uri = bench.open("pay.zt", POLICY);
    let at = place(POLICY, "not large", 0, 6);
    let answer = bench.editor.ask("textDocument/definition", json!({"textDocument": {"uri": uri}, "position": at}));
    let link = &answer["result"][0];
    assert_eq!(link["originSelectionRange"]["start"], place(POLICY, "not large", 0, 4));
    assert_eq!(link["targetSelectionRange"]["start"], place(POLICY, "large(sum", 0, 0));
    assert_eq!(link["targetRange"]["start"], place(POLICY, "define large", 0, 0));
}

#[test]
fn names_in_suites_lead_to_fixtures_and_rules() {
    let mut bench = Bench::new();
    let suite = "package example.pay

suite \"payments\" {
  fixture ann = Agent { id: \"ann\", role: clerk }
  fixture here = { session: \"s\" }
  request little = ann -> pay { amount: 3 } context here

  test \"little\" {
    call little
    expect allow by small
  }
}
";
    let uri = bench.open("tests.zt", suite);
    assert_eq!(bench.editor.told(&uri, 1), Vec::<Value>::new());
    let (own, policy, world) = (uri.clone(), bench.uri("pay.zt"), bench.uri("world.zt"));
    for (words, into, file, at) in [
        ("ann ->", 1, &own, place(suite, "fixture ann", 0, 8)),
        ("call little", 6, &own, place(suite, "request little", 0, 8)),
        ("context here", 9, &own, place(suite, "fixture here", 0, 8)),
        ("-> pay", 4, &world, place(WORLD, "action pay", 0, 7)),
        ("amount: 3", 1, &world, place(WORLD, "amount : Int", 0, 0)),
        ("role: clerk", 1, &world, place(WORLD, "role : Role", 0, 0)),
        ("role: clerk", 7, &world, place(WORLD, "clerk, lead", 0, 0)),
        ("by small", 4, &policy, place(POLICY, "allow small", 0, 6)),
    ] {
        let found = bench.editor.definition(&uri, place(suite, words, 0, into));
        assert_eq!(found, [(file.clone(), at)], "{words}");
    }
}

#[test]
fn a_file_that_is_closed_is_what_the_disk_says() {
    let mut bench = Bench::new();
    let policy = bench.open("pay.zt", POLICY);
    let world = bench.open("world.zt", &WORLD.replace("amount : Int", "sum : Int"));
    // Each of two files knows what stands in the other before it is saved.
    assert!(bench.editor.until(|e| e.told.get(&policy).is_some_and(|(_, told)| codes(told) == ["ZT0203"])));
    bench.editor.close(&world);
    assert!(bench.editor.until(|e| e.told.get(&policy).is_some_and(|(_, told)| told.is_empty())));
    // With the last file of a package all that was told of it is taken back.
    bench.editor.change(&policy, 2, json!([{"text": "package example.pay\npolicy"}]));
    assert!(!bench.editor.told(&policy, 2).is_empty());
    bench.editor.close(&policy);
    assert!(bench.editor.until(|e| e.told.values().all(|(_, told)| told.is_empty())));
    assert_eq!(bench.editor.goodbye(), Some(0));
}

#[test]
fn mistakes_in_other_files_of_the_package_are_told() {
    let mut bench = Bench::new();
    fs::write(bench.path("more.zt"), "package example.pay\n\npolicy more for pay { deny x when no }\n")
        .expect("writable");
    let uri = bench.open("pay.zt", POLICY);
    let more = bench.uri("more.zt");
    assert!(bench.editor.until(|e| e.told.get(&more).is_some_and(|(_, told)| codes(told) == ["ZT0204"])));
    assert_eq!(bench.editor.told(&uri, 1), Vec::<Value>::new());
    // The file is mended by another program, and the editor says so.
    fs::write(bench.path("more.zt"), "package example.pay\n\npolicy more for pay { deny x when input.amount > 9 }\n")
        .expect("writable");
    let changed = json!({"changes": [{"uri": more, "type": 2}]});
    bench.editor.say("workspace/didChangeWatchedFiles", changed);
    assert!(bench.editor.until(|e| e.told.get(&more).is_some_and(|(_, told)| told.is_empty())));
    // It goes, and the world with it.
    fs::remove_file(bench.path("world.zt")).expect("removable");
    bench.editor.say("workspace/didChangeWatchedFiles", json!({"changes": []}));
    assert!(bench.editor.until(|e| e.told.get(&uri).is_some_and(|(_, told)| !told.is_empty())));
}

#[test]
fn what_compiles_and_is_hardly_meant_is_a_warning() {
    let mut bench = Bench::new();
    let text = POLICY.replace("not large(input.amount)", "input.amount > 9 and input.amount > 3");
    let uri = bench.open("pay.zt", &text);
    let told = bench.editor.told(&uri, 1);
    // Beside the definition that nothing asks any more.
    let Some(d) = told.iter().find(|d| d["code"] == "ZT0906") else { panic!("{told:#?}") };
    assert_eq!((&d["severity"], &d["tags"]), (&json!(2), &json!([1])));
    assert_eq!(d["range"]["start"], place(&text, "input.amount > 3", 0, 0));
}

#[test]
fn an_editor_that_can_watch_files_is_asked_to() {
    let mut bench = Bench::with(&json!({"workspace": {"didChangeWatchedFiles": {"dynamicRegistration": true}}}));
    assert!(bench.editor.until(|e| !e.requests.is_empty()));
    let asked = &bench.editor.requests[0];
    assert_eq!(asked["method"], "client/registerCapability");
    assert_eq!(asked["params"]["registrations"][0]["method"], "workspace/didChangeWatchedFiles");
}

#[test]
fn a_manifest_has_mistakes_too() {
    let mut bench = Bench::new();
    let policy = bench.open("pay.zt", POLICY);
    assert_eq!(bench.editor.told(&policy, 1), Vec::<Value>::new());
    let uri = bench.open("zt.toml", &MANIFEST.replace("edition", "editoin"));
    let told = bench.editor.told(&uri, 1);
    assert!(!told.is_empty(), "{told:#?}");
    // What is written there holds before it is saved: a dependency is looked for.
    let text = format!("{MANIFEST}\n[dependencies]\n\"example.none\" = {{ path = \"../none\" }}\n");
    bench.editor.change(&uri, 2, json!([{"text": text}]));
    let told = bench.editor.told(&uri, 2);
    assert!(told.iter().any(|d| d["message"].as_str().is_some_and(|m| m.contains("../none"))), "{told:#?}");
    bench.editor.close(&uri);
    assert!(bench.editor.until(|e| e.told.get(&uri).is_some_and(|(_, told)| told.is_empty())));
}

#[test]
fn packages_that_are_used_are_looked_at_as_they_are_open() {
    let mut bench = Bench::new();
    let tools = bench.folder.path().join("tools");
    fs::create_dir_all(&tools).expect("a folder");
    fs::write(tools.join("zt.toml"), MANIFEST.replace("example.pay", "example.tools")).expect("writable");
    let text = "package example.tools\n\n/// What is much.\npub define much : Int = 7\n";
    fs::write(tools.join("tools.zt"), text).expect("writable");
    let manifest = format!("{MANIFEST}\n[dependencies]\n\"example.tools\" = {{ path = \"../tools\" }}\n");
    fs::write(bench.path("zt.toml"), manifest).expect("writable");
    let policy = POLICY.replace("define", "use example.tools.{much}\n\ndefine").replace("sum > 100", "sum > much");
    let uri = bench.open("pay.zt", &policy);
    assert_eq!(bench.editor.told(&uri, 1), Vec::<Value>::new());
    assert!(bench.editor.hover(&uri, place(&policy, "much", 1, 1)).contains("What is much."));
    let other = address(&tools.join("tools.zt"));
    let found = bench.editor.definition(&uri, place(&policy, "much", 1, 1));
    assert_eq!(found, [(other.clone(), place(text, "much :", 0, 0))]);
    // An edit there is a mistake here.
    bench.editor.open(&other, &text.replace("much :", "some :"));
    assert!(bench.editor.until(|e| e.told.get(&uri).is_some_and(|(_, told)| !told.is_empty())));
    bench.editor.change(&other, 2, json!([{"text": text}]));
    assert!(bench.editor.until(|e| e.told.get(&uri).is_some_and(|(_, told)| told.is_empty())));
}

#[test]
fn data_files_are_looked_at_as_they_are_open() {
    let mut bench = Bench::new();
    let text = "package example.pay\n\ntable most (Role) -> Int from file \"most.csv\"\n";
    fs::write(bench.path("most.csv"), "role,value\nclerk,3\nlead,nine\n").expect("writable");
    let uri = bench.open("most.zt", text);
    let csv = bench.uri("most.csv");
    let broken = |e: &Editor| e.told.get(&csv).is_some_and(|(_, told)| !told.is_empty());
    assert!(bench.editor.until(broken), "{:?}", bench.editor.told);
    let found = bench.editor.definition(&uri, place(text, "most.csv", 0, 1));
    assert_eq!(found, [(csv.clone(), json!({"line": 0, "character": 0}))]);
    bench.editor.open(&csv, "role,value\nclerk,3\nlead,9\n");
    assert!(
        bench.editor.until(|e| e.told.get(&csv).is_some_and(|(_, told)| told.is_empty())),
        "{:?}",
        bench.editor.told
    );
}

#[test]
fn a_file_without_a_package_is_checked_by_itself() {
    let mut bench = Bench::new();
    let alone = bench.folder.path().join("alone.zt");
    let text =
        "package example.alone\n\nentity Agent from pep\naction a { by Agent }\npolicy p for a { allow x when no }\n";
    let uri = address(&alone);
    bench.editor.open(&uri, text);
    let told = bench.editor.told(&uri, 1);
    assert_eq!(codes(&told), ["ZT0204"], "{told:#?}");
    assert!(told.iter().any(|d| d["severity"] == 3 && d["range"]["start"]["line"] == 0), "{told:#?}");
    // What was never saved has no folder.
    let untitled = "untitled:Untitled-1";
    bench.editor.open(untitled, text);
    assert_eq!(codes(&bench.editor.told(untitled, 1)), ["ZT0204"]);
    assert!(bench.editor.hover(untitled, place(text, "for a", 0, 4)).contains("action a"));
    bench.editor.close(untitled);
    assert!(bench.editor.until(|e| e.told.get(untitled).is_some_and(|(_, told)| told.is_empty())));
    // A manifest makes a package of it.
    fs::write(bench.folder.path().join("zt.toml"), MANIFEST.replace("pay", "alone")).expect("writable");
    fs::write(&alone, text).expect("writable");
    bench.editor.say("textDocument/didSave", json!({"textDocument": {"uri": uri}}));
    assert!(bench.editor.until(|e| e.told.get(&uri).is_some_and(|(_, told)| told.len() == 1)));
}

#[test]
fn nothing_that_is_sent_ends_the_server() {
    let mut bench = Bench::new();
    let uri = bench.open("pay.zt", POLICY);
    // No JSON, no request that there is, no file that is open, no place that is there.
    for nonsense in ["{nope", "[]", "7", "{\"jsonrpc\":\"1.0\",\"id\":1}"] {
        bench.editor.raw(format!("Content-Length: {}\r\n\r\n{nonsense}", nonsense.len()).as_bytes());
    }
    bench.editor.raw(b"Content-Length: 2\r\nContent-Type: x\r\n\r\n\xff\xff");
    let answer = bench.editor.ask("zt/nothing", json!({}));
    assert_eq!(answer["error"]["code"], -32601);
    let answer = bench.editor.ask("textDocument/hover", json!({"position": 7}));
    assert_eq!(answer["error"]["code"], -32602);
    bench.editor.change(&bench.folder.path().display().to_string(), 9, json!([{"text": "x"}]));
    bench.editor.change("file:///never/opened.zt", 9, json!([{"text": "x"}]));
    bench.editor.close("file:///never/opened.zt");
    let far = json!({"line": u32::MAX, "character": u32::MAX});
    for uri in [uri.as_str(), "file:///never/opened.zt", "untitled:1", "file:///", "zt:"] {
        assert_eq!(bench.editor.hover(uri, far.clone()), "", "{uri}");
        assert_eq!(bench.editor.definition(uri, far.clone()), [], "{uri}");
    }
    // Large, and of one line.
    let large = format!("package example.pay\n// {}\n", "\u{1F512}".repeat(5 << 20));
    bench.editor.change(&uri, 2, json!([{"text": large}]));
    assert_eq!(codes(&bench.editor.told(&uri, 2)), ["ZT0112"]);
    // No UTF-8, on the disk.
    fs::write(bench.path("bytes.zt"), b"package example.pay\n\xff\xfe\n").expect("writable");
    bench.editor.say("textDocument/didSave", json!({"textDocument": {"uri": uri}}));
    let bytes = bench.uri("bytes.zt");
    assert!(bench.editor.until(|e| e.told.get(&bytes).is_some_and(|(_, told)| !told.is_empty())));
    fs::remove_file(bench.path("bytes.zt")).expect("removable");
    // A folder that cannot be read as a package says why.
    fs::remove_file(bench.path("zt.toml")).expect("removable");
    std::os::unix::fs::symlink("nowhere", bench.path("zt.toml")).expect("a link");
    bench.editor.change(&uri, 3, json!([{"text": POLICY}]));
    bench.editor.say("textDocument/didSave", json!({"textDocument": {"uri": uri}}));
    let manifest = bench.uri("zt.toml");
    assert!(bench.editor.until(|e| e.told.get(&manifest).is_some_and(|(_, told)| !told.is_empty())));
    assert!(bench.editor.log.is_empty(), "{:?}", bench.editor.log);
    assert_eq!(bench.editor.goodbye(), Some(0));
}

#[test]
fn who_goes_without_goodbye_is_told_by_the_exit_code() {
    assert_eq!(Bench::new().editor.hang_up(), Some(1));
    let mut bench = Bench::new();
    bench.editor.say("exit", Value::Null);
    assert_eq!(bench.editor.ended(), Some(1));
    // Before it is introduced, an editor gets nothing but an error.
    let folder = tempfile::tempdir().expect("a folder");
    let mut early = Editor::launch(folder.path());
    let answer = early
        .ask("textDocument/hover", json!({"textDocument": {"uri": "file:///x"}, "position": place("a", "a", 0, 0)}));
    assert_eq!(answer["error"]["code"], -32002);
    // After `shutdown` too.
    let mut bench = Bench::new();
    assert!(bench.editor.ask("shutdown", Value::Null).get("error").is_none());
    let answer = bench.editor.ask("shutdown", Value::Null);
    assert_eq!(answer["error"]["code"], -32600);
}

#[test]
fn many_edits_at_once_are_made_in_order() {
    let mut bench = Bench::new();
    let uri = bench.open("pay.zt", "");
    // A letter at a time at the end, as fast as it goes, with questions in between.
    let mut written = String::new();
    for (i, c) in POLICY.chars().enumerate() {
        let before = written.rfind('\n').map_or(0, |n| n + 1);
        let units = written[before..].encode_utf16().count();
        let at = json!({"line": written.matches('\n').count(), "character": units});
        let version = i64::try_from(i).expect("few") + 2;
        bench.editor.change(&uri, version, json!([{"range": {"start": at, "end": at}, "text": c.to_string()}]));
        if i % 50 == 0 {
            bench.editor.request("textDocument/hover", json!({"textDocument": {"uri": uri}, "position": at}));
        }
        written.push(c);
    }
    let last = i64::try_from(POLICY.chars().count()).expect("few") + 1;
    assert_eq!(bench.editor.told(&uri, last), Vec::<Value>::new());
    assert!(bench.editor.hover(&uri, place(POLICY, "not large", 0, 4)).contains("sum > 100"));
}

/// What a fresh check says of a package on the disk: file, code, first place, first line of the message.
fn fresh(folder: &Path) -> Vec<(String, String, Value, String)> {
    let mut out = vec![];
    let loaded = zt_packages::load::load(folder).expect("a package");
    for located in loaded.findings() {
        let d = &located.diagnostic;
        let text = fs::read_to_string(&*located.file).expect("a file of the package");
        let offset = d.span.shifted(located.offset).start as usize;
        out.push((located.file.to_string(), d.code.as_str().to_owned(), unit(&text, offset), d.message.clone()));
    }
    out.sort_by_key(|(file, code, at, message)| (file.clone(), code.clone(), at.to_string(), message.clone()));
    out.dedup();
    out
}

fn unit(text: &str, offset: usize) -> Value {
    let mut line = 0;
    let mut start = 0;
    let bytes = text.as_bytes();
    for i in 0..offset.min(text.len()) {
        if bytes[i] == b'\n' || bytes[i] == b'\r' && bytes.get(i + 1) != Some(&b'\n') {
            line += 1;
            start = i + 1;
        }
    }
    let within = text[start..offset.min(text.len())].trim_end_matches(['\r', '\n']);
    json!({"line": line, "character": within.encode_utf16().count()})
}

fn told(editor: &Editor) -> Vec<(String, String, Value, String)> {
    let mut out = vec![];
    for (uri, (_, all)) in &editor.told {
        for d in all {
            let message = d["message"].as_str().unwrap_or_default().lines().next().unwrap_or_default().to_owned();
            let file = uri.strip_prefix("file://").unwrap_or(uri).to_owned();
            out.push((file, d["code"].as_str().unwrap_or_default().to_owned(), d["range"]["start"].clone(), message));
        }
    }
    out.sort_by_key(|(file, code, at, message)| (file.clone(), code.clone(), at.to_string(), message.clone()));
    out
}

/// Numbers that are the same in every run.
struct Chance(u64);

impl Chance {
    /// A number below another (Marsaglia, Xorshift RNGs, 2003).
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(n.max(1)).expect("small")).expect("small")
    }
}

const SNIPPETS: &[&str] = &[
    "",
    "}",
    "{",
    "\n",
    "\r\n",
    "\r",
    "\"",
    "// \u{1F512} note\n",
    "\u{1F512}",
    "policy more for any { deny y when input.amount > 3 }\n",
    "and",
    "principal.role",
    "define f(x : Int) = x > 1\n",
    "use std.time.{weekdays}\n",
    "action look { by Agent context Gateway }\n",
    "suite \"s\" { }\n",
    "entity Agent from source people\n",
    " == lead",
    "(",
    "table t (Role) -> Int from file \"t.csv\"\n",
    "\u{e9}",
    "/",
];

/// The byte of a place, by the rules of the protocol.
fn byte(text: &str, line: usize, character: usize) -> usize {
    let mut start = 0;
    for _ in 0..line {
        let Some(end) = text[start..].find(['\n', '\r']).map(|at| start + at) else { return text.len() };
        start = if text[end..].starts_with("\r\n") { end + 2 } else { end + 1 };
    }
    let end = text[start..].find(['\n', '\r']).map_or(text.len(), |at| start + at);
    let mut units = 0;
    for (at, c) in text[start..end].char_indices() {
        if units + c.len_utf16() > character {
            return start + at;
        }
        units += c.len_utf16();
    }
    end
}

#[test]
fn whatever_is_edited_the_server_says_what_a_fresh_check_says() {
    let rounds = if zt_tests::full() { 40 } else { 6 };
    for seed in 1..=rounds {
        let mut chance = Chance(seed * 0x9E37_79B9);
        let mut bench = Bench::new();
        let mut texts: BTreeMap<&str, String> =
            BTreeMap::from([("pay.zt", POLICY.to_owned()), ("world.zt", WORLD.to_owned())]);
        let mut versions: BTreeMap<&str, i64> = BTreeMap::new();
        for (name, text) in &texts {
            let uri = bench.uri(name);
            bench.editor.open(&uri, text);
            versions.insert(name, 1);
        }
        for _ in 0..60 {
            let name = ["pay.zt", "world.zt"][chance.below(2)];
            let uri = bench.uri(name);
            let version = versions.get_mut(name).expect("open");
            *version += 1;
            let text = texts.get_mut(name).expect("open");
            let mut changes = vec![];
            for _ in 0..=chance.below(3) {
                let lines = text.matches('\n').count() + 2;
                let (line, character) = (chance.below(lines), chance.below(50));
                let (to_line, to_character) = match chance.below(4) {
                    0 => (line + chance.below(2), chance.below(50)),
                    1 => (line, character + chance.below(12)),
                    _ => (line, character),
                };
                // Now and then it is as it was, so that not all is broken all the time.
                if chance.below(12) == 0 {
                    *text = if name == "pay.zt" { POLICY.to_owned() } else { WORLD.to_owned() };
                    changes.push(json!({"text": text}));
                    continue;
                }
                let snippet = SNIPPETS[chance.below(SNIPPETS.len())];
                let start = byte(text, line, character);
                let end = byte(text, to_line, to_character).max(start);
                text.replace_range(start..end, snippet);
                changes.push(json!({
                    "range": {"start": {"line": line, "character": character}, "end": {"line": to_line, "character": to_character}},
                    "text": snippet,
                }));
            }
            bench.editor.change(&uri, *version, Value::Array(changes));
            // Questions in between change nothing.
            if chance.below(5) == 0 {
                let at = json!({"line": chance.below(20), "character": chance.below(40)});
                let answer =
                    bench.editor.ask("textDocument/hover", json!({"textDocument": {"uri": uri}, "position": at}));
                assert!(answer.get("error").is_none(), "{answer}");
                let answer =
                    bench.editor.ask("textDocument/definition", json!({"textDocument": {"uri": uri}, "position": at}));
                assert!(answer.get("error").is_none(), "{answer}");
            }
        }
        for (name, text) in &texts {
            fs::write(bench.path(name), text).expect("writable");
        }
        let expected = fresh(&bench.folder.path().join("pay"));
        assert!(
            bench.editor.until(|e| told(e) == expected),
            "seed {seed}: {:#?} is not {expected:#?}",
            told(&bench.editor)
        );
        assert!(bench.editor.log.is_empty(), "{:?}", bench.editor.log);
    }
}

#[test]
fn the_examples_have_no_mistakes_and_every_name_in_them_leads_somewhere() {
    let folder = tempfile::tempdir().expect("a folder");
    copy(&root().join("examples"), folder.path());
    let mut editor = Editor::start(&json!({}), &folder.path().join("cache"));
    let file = folder.path().join("risk_tier_gate/risk_tier_gate.zt");
    let text = fs::read_to_string(&file).expect("readable");
    let uri = address(&file);
    editor.open(&uri, &text);
    assert_eq!(editor.told(&uri, 1), Vec::<Value>::new());
    // At every word of the file something is said or nothing, and never an error.
    let (mut said, mut asked) = (0, 0);
    for (line, words) in text.lines().enumerate().filter(|(_, l)| !l.trim_start().starts_with("//")) {
        let starts = words.char_indices().filter(|(at, c)| {
            c.is_ascii_alphabetic() && !words[..*at].ends_with(|b: char| b.is_ascii_alphanumeric() || b == '_')
        });
        for (at, _) in starts {
            let character = words[..at].encode_utf16().count();
            let place = json!({"line": line, "character": character});
            let params = json!({"textDocument": {"uri": uri}, "position": place});
            let answer = editor.ask("textDocument/hover", params.clone());
            assert!(answer.get("error").is_none(), "{answer}");
            asked += 1;
            said += usize::from(!answer["result"].is_null());
            let answer = editor.ask("textDocument/definition", params);
            assert!(answer.get("error").is_none(), "{answer}");
        }
    }
    assert!(said * 2 > asked, "something is said of {said} words of {asked}");
    assert!(editor.log.is_empty(), "{:?}", editor.log);
}
