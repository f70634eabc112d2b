//! `zt import`: declarations of published MCP servers as they answer, and of descriptions that are not as they should be.

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use zt_cli::import::{Imported, Kind, Origin, import};
use zt_lang::diagnostic::Code;
use zt_tests::command::{Outcome, zt};
use zt_tests::servers::{Server, npm};

/// Published servers that are asked what tools they have.
fn servers() -> Vec<Server> {
    let script = |name: &str| format!("@modelcontextprotocol/server-{name}/dist/index.js");
    vec![
        Server::node("filesystem", &script("filesystem"), &["."]),
        Server::node("memory", &script("memory"), &[]),
        Server::node("everything", &script("everything"), &[]),
        Server::node("github", &script("github"), &[]),
        Server::python("git", "mcp_server_git", &[]),
        Server::python("fetch", "mcp_server_fetch", &[]),
        Server::python("time", "mcp_server_time", &["--local-timezone", "UTC"]),
    ]
}

fn run(folder: &Path, args: &[&str], stdin: &str) -> Outcome {
    zt(folder, args, stdin.as_bytes(), &[])
}

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("the folder can be made");
    std::fs::write(path, text).expect("the file can be written");
}

fn read(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).expect("readable")
}

/// A package of what is generated, and one of one's own that uses it.
fn packages(name: &str, own: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let tools = format!("[package]\nname = \"tools.{name}\"\nedition = \"2026\"\n");
    write(folder.path(), "tools/zt.toml", &tools);
    let own_manifest = format!(
        "[package]\nname = \"example.own\"\nedition = \"2026\"\n\n[dependencies]\n\"tools.{name}\" = {{ path = \"../tools\" }}\n"
    );
    write(folder.path(), "own/zt.toml", &own_manifest);
    write(folder.path(), "own/own.zt", own);
    folder
}

/// What is generated passes every check as it is, hardly any field is vague, and importing again changes nothing.
#[test]
fn tools_of_published_servers_are_typed() {
    for server in servers() {
        let name = server.name;
        let list = server.tools();
        // Whoever uses it decides who may ask; a law holds for requests of every shape that the types allow.
        let folder = packages(name, "");
        let out = run(folder.path(), &["import", "mcp", "-", "-o", "tools/tools.zt", "--format", "json"], &list);
        assert_eq!(out.code, Some(0), "{name}: {}", out.stderr);
        let report: Value = serde_json::from_str(&out.stdout).expect("JSON");
        assert_eq!(report["package"], format!("tools.{name}"));
        assert_eq!(report["found"], report["declared"], "{name}");
        let of = |what: &str| report["fields"][what].as_u64().expect("a number");
        assert!(of("all") > 0 && of("precise") * 100 >= of("all") * 95, "{name}: {}", report["fields"]);
        let text = read(folder.path(), "tools/tools.zt");
        assert!(!text.contains("Json"), "{name}: {text}");

        let mut own = format!(
            "package example.own\n\nuse tools.{name}\n\nentity Agent\n\nextend {name}.* {{ by Agent }}\n\n\
             policy every for any {{ allow anything when true }}\n\nsuite \"all of it\" at 2026-03-27T14:00:00Z {{\n"
        );
        for action in text.lines().filter_map(|l| l.strip_prefix("pub action ")) {
            let action = action.split_whitespace().next().unwrap_or_default();
            let _ = writeln!(own, "  forall r : {name}.{action} {{ expect allow }}");
        }
        own.push_str("}\n");
        write(folder.path(), "own/own.zt", &own);
        for args in [&["check", "tools", "own"][..], &["fmt", "--check", "tools"], &["test", "own"]] {
            let out = run(folder.path(), args, "");
            assert_eq!(out.code, Some(0), "{name} {args:?}: {}{}", out.stdout, out.stderr);
        }
        let again = run(folder.path(), &["import", "mcp", "-", "-o", "tools/tools.zt"], &list);
        assert!(again.stderr.contains("unchanged"), "{name}: {}", again.stderr);
    }
}

/// What calls of clients look like, and what they must not look like.
#[test]
fn calls_of_published_servers_are_decided() {
    let calls = [
        ("filesystem", "write_file", json!({"path": "/work/a.txt", "content": "text"}), "allow"),
        ("filesystem", "write_file", json!({"path": "/work/a.txt"}), "missing_field"),
        ("filesystem", "write_file", json!({"path": "/work/a.txt", "content": "x", "mode": "0777"}), "unknown_field"),
        ("filesystem", "read_text_file", json!({"path": "a", "head": 10}), "allow"),
        ("filesystem", "read_text_file", json!({"path": "a", "head": "10"}), "wrong_type"),
        (
            "filesystem",
            "edit_file",
            json!({"path": "a", "edits": [{"oldText": "a", "newText": "b"}], "dryRun": true}),
            "allow",
        ),
        ("filesystem", "list_directory_with_sizes", json!({"path": "a", "sortBy": "size"}), "allow"),
        ("filesystem", "list_directory_with_sizes", json!({"path": "a", "sortBy": "owner"}), "unknown_member"),
        (
            "memory",
            "create_entities",
            json!({"entities": [{"name": "a", "entityType": "person", "observations": ["tall"]}]}),
            "allow",
        ),
        ("memory", "create_entities", json!({"entities": [{"name": "a", "observations": []}]}), "missing_field"),
        ("git", "git_log", json!({"repo_path": "/work", "max_count": 5, "start_timestamp": null}), "allow"),
        ("git", "git_log", json!({"repo_path": "/work", "max_count": 5.5}), "not_an_integer"),
        ("fetch", "fetch", json!({"url": "https://example.com/page", "max_length": 500}), "allow"),
        ("fetch", "fetch", json!({"url": "file:///etc/passwd"}), "not_a_url"),
        ("fetch", "fetch", json!({"url": "https://example.com/", "max_length": 0}), "out_of_range"),
    ];
    for server in servers() {
        let name = server.name;
        let mut wanted = calls.iter().filter(|(of, ..)| *of == name).peekable();
        if wanted.peek().is_none() {
            continue;
        }
        let own = format!(
            "package example.own\n\nuse tools.{name}\n\nentity Agent\n\nextend {name}.* {{ by Agent }}\n\n\
             policy every for any {{ allow anything when true }}\n"
        );
        let folder = packages(name, &own);
        let out = run(folder.path(), &["import", "mcp", "-", "-o", "tools/tools.zt"], &server.tools());
        assert_eq!(out.code, Some(0), "{name}: {}", out.stderr);
        for (_, tool, arguments, expected) in wanted {
            decided(folder.path(), tool, arguments, expected);
        }
    }
}

/// Published descriptions of APIs, the first of them of thirteen megabytes, the second in YAML.
#[test]
fn operations_of_published_descriptions_are_typed() {
    let calls = [
        (
            "github",
            "issues.create",
            "issues/create",
            json!({"owner": "o", "repo": "r", "body": {"title": "t"}}),
            "allow",
        ),
        ("github", "issues.create", "issues/create", json!({"owner": "o", "repo": "r"}), "missing_field"),
        (
            "github",
            "issues.create",
            "issues/create",
            json!({"owner": "o", "repo": "r", "body": {"title": "t", "assignees": "a"}}),
            "wrong_type",
        ),
        (
            "github",
            "issues.list_for_repo",
            "issues/list-for-repo",
            json!({"owner": "o", "repo": "r", "state": "closed", "per_page": 10}),
            "allow",
        ),
        (
            "github",
            "issues.list_for_repo",
            "issues/list-for-repo",
            json!({"owner": "o", "repo": "r", "state": "gone"}),
            "unknown_member",
        ),
        ("figma", "getFile", "getFile", json!({"file_key": "k", "depth": 2}), "allow"),
        ("figma", "getFile", "getFile", json!({"depth": 2}), "missing_field"),
        (
            "figma",
            "postComment",
            "postComment",
            json!({"file_key": "k", "body": {"message": "m", "client_meta": {"x": 1.5, "y": 2}}}),
            "allow",
        ),
        ("figma", "postComment", "postComment", json!({"file_key": "k", "body": {"message": 5}}), "wrong_type"),
    ];
    for (name, file) in [
        ("github", "@octokit/openapi/generated/api.github.com.json"),
        ("figma", "@figma/rest-api-spec/openapi/openapi.yaml"),
    ] {
        let own: Vec<&str> = calls.iter().filter(|(of, ..)| *of == name).map(|(_, action, ..)| *action).collect();
        let mut named: Vec<String> = own.iter().map(|action| format!("{name}.{action}")).collect();
        named.dedup();
        let own = format!(
            "package example.own\n\nuse tools.{name}\n\nentity Agent\n\nextend {0} {{ by Agent }}\n\n\
             policy every for {0} {{ allow anything when true }}\n",
            named.join(", ")
        );
        let folder = packages(name, &own);
        let file = npm(file).display().to_string();
        let start = Instant::now();
        let out = run(folder.path(), &["import", "openapi", &file, "-o", "tools/api.zt", "--format", "json"], "");
        assert_eq!(out.code, Some(0), "{name}: {}", out.stderr);
        assert!(start.elapsed() < Duration::from_secs(60), "{name}: {:?}", start.elapsed());
        let report: Value = serde_json::from_str(&out.stdout).expect("JSON");
        assert_eq!(report["found"], report["declared"], "{name}");
        let of = |what: &str| report["fields"][what].as_u64().expect("a number");
        assert!(of("all") > 200 && of("precise") * 100 >= of("all") * 95, "{name}: {}", report["fields"]);
        // What is vague is told: each field with `Json` has a place.
        let told: usize = report["findings"]
            .as_array()
            .expect("a list")
            .iter()
            .filter(|f| f["code"] == Code::ImportUntyped.as_str())
            .map(|f| f["pointers"].as_array().map_or(0, Vec::len))
            .sum();
        assert!(told > 0 && told as u64 <= of("untyped") * 2, "{name}: {told} of {}", report["fields"]);
        for args in [&["check", "tools", "own"][..], &["fmt", "--check", "tools"]] {
            let out = run(folder.path(), args, "");
            assert_eq!(out.code, Some(0), "{name} {args:?}: {}{}", out.stdout, out.stderr);
        }
        for (_, _, wire, arguments, expected) in calls.iter().filter(|(of, ..)| *of == name) {
            decided(folder.path(), wire, arguments, expected);
        }
    }
}

/// Holds what is decided about a call against what is expected: `allow`, or the code of a refusal.
fn decided(folder: &Path, tool: &str, arguments: &Value, expected: &str) {
    let request = json!({"subject": {"type": "Agent", "id": "a"}, "action": {"name": tool, "properties": arguments}});
    let out = run(folder, &["eval", "own", "--request", "-"], &request.to_string());
    let decision: Value = serde_json::from_str(&out.stdout).unwrap_or_else(|e| panic!("{tool}: {e}: {}", out.stderr));
    let effect = if expected == "allow" { "allow" } else { "deny" };
    assert_eq!(decision["effect"], effect, "{tool} {arguments}: {decision}");
    assert!(effect == "allow" || decision.to_string().contains(expected), "{tool} {arguments}: {decision}");
}

/// What operations are called, and what stands where.
#[test]
fn operations_are_actions_of_their_own() {
    let description = json!({
        "openapi": "3.0.3",
        "paths": {
            "/users/{id}": {
                "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
                "get": {"parameters": [
                    {"name": "id", "in": "query", "schema": {"type": "integer"}},
                    {"$ref": "#/components/parameters/page"},
                    {"name": "Authorization", "in": "header", "schema": {"type": "string"}},
                ]},
                "put": {"operationId": "users/replace", "summary": "Replaces.", "requestBody": {
                    "required": true,
                    "content": {
                        "text/plain": {"schema": {"type": "string"}},
                        "application/json": {"schema": {"$ref": "#/components/schemas/User"}},
                    },
                }},
            },
            "/users": {"post": {"operationId": "users/replace", "requestBody": {"content": {"image/png": {}}}}},
            "/lost": {"get": 5},
        },
        "components": {
            "parameters": {"page": {"name": "page", "in": "query", "schema": {"type": "integer", "nullable": true, "default": 1}}},
            "schemas": {"User": {"type": "object", "required": ["id", "name"], "additionalProperties": false, "properties": {
                "id": {"type": "string", "readOnly": true},
                "name": {"type": "string", "nullable": true},
                "friend": {"$ref": "#/components/schemas/User"},
            }}},
        },
    });
    let origin = Origin { file: "api.json", package: "tools.example", server: Some("shop") };
    let done = import(Kind::OpenApi, &description.to_string(), &origin).expect("it is written");
    let text = checked(&done);
    assert_eq!(done.calls, (4, 3));
    for line in [
        "pub action users.id.get as \"shop.GET /users/{id}\" {",
        "pub action users.replace as \"shop.users/replace\" {",
        "pub action users.id.put as \"shop.PUT /users/{id}\" {",
        "/// PUT /users/{id}",
        "pub record User { friend : User?, id : String?, name : String or null }",
    ] {
        assert!(text.lines().any(|l| l == line), "{line}\n{text}");
    }
    for part in [
        "query_id as \"query.id\" : Int?",
        "page : Int or null = 1",
        "name : String or null",
        "friend : User?",
        "body : User",
        "body : String?",
    ] {
        let squeezed = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(squeezed.contains(part), "{part}\n{text}");
    }
    assert!(!text.contains("Authorization"), "{text}");
    let codes: Vec<Code> = done.findings.iter().filter(|f| !f.general).map(|f| f.code).collect();
    use Code::{ImportLeftOut, ImportNarrower, ImportRenamed, ImportRepeated};
    assert_eq!(codes, [ImportLeftOut, ImportNarrower, ImportRenamed, ImportRepeated], "{:?}", done.findings);

    for text in [
        json!({"swagger": "2.0", "paths": {}}),
        json!({"openapi": "4.0.0", "paths": {}}),
        json!({"openapi": "3.1.0"}),
        json!({"openapi": "3.1.0", "paths": {}}),
        json!({"openapi": 3, "paths": {}}),
        json!([]),
    ] {
        let done = import(Kind::OpenApi, &text.to_string(), &origin).expect("it is written");
        assert!(done.text.is_none(), "{text}");
        assert!(done.findings.iter().any(|f| f.code == Code::ImportFile), "{text}");
    }
}

/// What is proposed can be copied: all that is left to do is to judge the arguments of tools that change something.
#[test]
fn what_is_proposed_can_be_copied() {
    for server in servers() {
        let name = server.name;
        let folder = packages(name, "");
        let out = run(folder.path(), &["import", "mcp", "-", "-o", "tools/tools.zt"], &server.tools());
        assert_eq!(out.code, Some(0), "{name}: {}", out.stderr);
        let text = read(folder.path(), "tools/tools.zt");
        let (_, sketch) = text.split_once("// ---- A beginning").expect("a proposal");
        let lines = sketch.lines().skip(1).map(|l| l.trim_start_matches("//").trim_start_matches(' '));
        let copied: Vec<&str> = lines.collect();
        write(folder.path(), "own/own.zt", &format!("package example.own\n{}\n", copied.join("\n")));
        let out = run(folder.path(), &["check", "own", "--format", "json"], "");
        let found: Value = serde_json::from_str(&out.stdout).expect("JSON");
        let found = found["diagnostics"].as_array().expect("a list");
        // Before there are rules nothing is read.
        let mistakes = found.iter().filter(|d| d["severity"] == "error");
        let other: Vec<&Value> = mistakes.filter(|d| d["code"] != Code::Unjudged.as_str()).collect();
        assert!(other.is_empty(), "{name}: {other:#?}\n{}", copied.join("\n"));
        assert!(copied.iter().any(|l| l.starts_with("extend")), "{name}: {copied:?}");
        let of = match name {
            "filesystem" => "input { source : Path, destination : Path }",
            "git" => "input { repo_path : Path }",
            _ => continue,
        };
        assert!(copied.iter().any(|l| l.trim() == of), "{name}: {copied:#?}");
        let by_source = |l: &&&str| l.starts_with("entity ") && l.ends_with("from source catalog fresh 5min {");
        assert!(copied.iter().any(|l| by_source(&l)), "{name}: {copied:#?}");
    }
}

/// What people wrote stays as it is.
#[test]
fn only_what_was_generated_is_overwritten() {
    let folder = tempfile::tempdir().expect("a folder");
    let list = r#"{"tools":[{"name":"search","inputSchema":{"type":"object","properties":{}}}]}"#;
    let import = |file: &str, list: &str| run(folder.path(), &["import", "mcp", "-", "-o", file], list);
    for own in ["package example\n", "", "// mine\n// Generated by `zt import` long ago\n", "\u{feff}x"] {
        write(folder.path(), "own.zt", own);
        let out = import("own.zt", list);
        assert_eq!((out.code, &*out.stdout), (Some(2), ""), "{own:?}");
        assert!(out.stderr.contains("was not generated, so it is not overwritten"), "{}", out.stderr);
        assert_eq!(read(folder.path(), "own.zt"), own);
    }
    std::fs::write(folder.path().join("bytes.zt"), b"\xff").expect("writable");
    assert_eq!(import("bytes.zt", list).code, Some(2));
    assert_eq!(import("tools.json", list).code, Some(2));
    assert_eq!(import("no/such/folder.zt", list).code, Some(2));
    std::fs::create_dir(folder.path().join("folder.zt")).expect("a folder");
    assert_eq!(import("folder.zt", list).code, Some(2));

    assert_eq!(import("new.zt", list).code, Some(0));
    let first = read(folder.path(), "new.zt");
    let more = list.replace("search", "find");
    assert_eq!(import("new.zt", &more).code, Some(0));
    assert_eq!(read(folder.path(), "new.zt"), first.replace("search", "find"));
    // What cannot be used changes nothing.
    assert_eq!(import("new.zt", "{}").code, Some(1));
    assert_eq!(read(folder.path(), "new.zt"), first.replace("search", "find"));
}

fn of(list: &str) -> Imported {
    let origin = Origin { file: "tools.json", package: "tools.example", server: None };
    import(Kind::Mcp, list, &origin).expect("it is written")
}

/// The import of one tool, with the arguments and keywords of its schema.
fn of_schema(schema: &Value) -> Imported {
    of(&json!({"tools": [{"name": "t", "inputSchema": schema}]}).to_string())
}

/// The import of a tool with one argument, `x`.
fn of_argument(schema: &Value) -> Imported {
    of_schema(&json!({"type": "object", "properties": {"x": schema}, "required": ["x"], "additionalProperties": false}))
}

/// The type of `x`, and the codes of what was found but for limits.
fn typed(schema: &Value) -> (String, Vec<Code>) {
    let done = of_argument(schema);
    let codes = done.findings.iter().filter(|f| !f.general).map(|f| f.code).collect();
    let text = checked(&done);
    let line = text.lines().find_map(|l| l.split_once("x : ").or_else(|| l.split_once("x? : ")));
    let ty = line.map_or_else(|| panic!("{text}"), |(_, ty)| ty.trim_end_matches(['}', ' ']).to_owned());
    (ty, codes)
}

/// The text that came of an import, which has no mistakes.
fn checked(done: &Imported) -> String {
    let text = done.text.clone().unwrap_or_else(|| panic!("{:?}", done.findings));
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "p/zt.toml", "[package]\nname = \"tools.example\"\nedition = \"2026\"\n");
    write(folder.path(), "p/tools.zt", &text);
    for args in [["check", "p"].as_slice(), &["fmt", "--check", "p"]] {
        let out = run(folder.path(), args, "");
        let shown: String = text.chars().take(3_000).collect();
        assert_eq!(out.code, Some(0), "{args:?}\n{shown}\n{}{}", out.stdout, out.stderr);
    }
    text
}

/// Schemas of `x`, with its type and what is told.
fn cases() -> Vec<(Value, &'static str, Vec<Code>)> {
    use Code::{ImportNarrower, ImportReference, ImportSchema, ImportUntyped, ImportWider};
    vec![
        (json!({"type": "string"}), "String", vec![]),
        (json!({"type": "boolean"}), "Bool", vec![]),
        (json!({"type": "integer"}), "Int", vec![]),
        (json!({"type": "integer", "minimum": 1, "maximum": 100}), "Int in 1 .. 100", vec![]),
        (json!({"type": "integer", "exclusiveMinimum": 0}), "Int in 1 .. ", vec![]),
        (json!({"type": "integer", "exclusiveMinimum": true, "minimum": 0}), "Int in 1 .. ", vec![]),
        (json!({"type": "integer", "format": "int32"}), "Int in -2_147_483_648 .. 2_147_483_647", vec![]),
        (json!({"type": "integer", "multipleOf": 5}), "Int", vec![ImportWider]),
        (json!({"type": "number"}), "Decimal", vec![]),
        (json!({"type": "number", "multipleOf": 0.01, "exclusiveMinimum": 0}), "Decimal places 2 in 0.01 .. ", vec![]),
        (json!({"type": "number", "multipleOf": 1}), "Int", vec![]),
        (json!({"type": "string", "format": "email"}), "Email", vec![ImportNarrower]),
        (json!({"type": "string", "format": "uri"}), "Url", vec![ImportNarrower]),
        (json!({"type": "string", "format": "date-time"}), "Instant", vec![ImportNarrower]),
        (json!({"type": "string", "format": "date"}), "Date", vec![]),
        (json!({"type": "string", "format": "ipv4"}), "IpAddr", vec![ImportWider]),
        (json!({"type": "string", "format": "time"}), "String", vec![ImportWider]),
        (json!({"type": "string", "pattern": "^[a-z]+$"}), "String matching re\"[a-z]+\"", vec![]),
        (
            json!({"type": "string", "pattern": "^[a-z]+$", "maxLength": 8}),
            "String matching re\"[a-z]+\" max 8",
            vec![],
        ),
        (json!({"type": "string", "pattern": "\"$"}), "String matching re\"[\\s\\S]*\\\"\"", vec![]),
        (json!({"type": "string", "pattern": "^(?!x)"}), "String", vec![ImportWider]),
        (json!({"type": "string", "minLength": 1}), "String matching re\"[\\s\\S]+\"", vec![]),
        (json!({"type": "string", "maxLength": 10}), "String matching re\"[\\s\\S]{0,10}\" max 40", vec![]),
        (json!({"type": "string", "maxLength": 5000}), "String max 20_000", vec![ImportWider]),
        (json!({"type": ["string", "null"]}), "String or null", vec![]),
        (json!({"type": "string", "nullable": true}), "String or null", vec![]),
        (json!({"anyOf": [{"type": "string"}, {"type": "integer"}]}), "Int or String", vec![]),
        (
            json!({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
            "String or List<String>",
            vec![],
        ),
        (
            json!({"anyOf": [{"format": "email", "type": "string"}, {"type": "string", "format": "uri"}]}),
            "String",
            vec![ImportWider],
        ),
        (json!({"oneOf": [{"const": "a"}, {"const": "b"}]}), "TX", vec![]),
        (json!({"enum": ["a", "b", null]}), "TX or null", vec![]),
        (json!({"enum": ["asc", ""]}), "String matching re\"asc|\"", vec![]),
        (json!({"enum": [1, 2, 3]}), "Int in 1 .. 3", vec![]),
        (json!({"enum": [1, 3]}), "Int in 1 .. 3", vec![ImportWider]),
        (json!({"const": true}), "Bool", vec![ImportWider]),
        (json!({"type": "array", "items": {"type": "string"}, "maxItems": 5}), "List<String> max 5", vec![]),
        (json!({"type": "array", "items": {"type": "string"}, "uniqueItems": true}), "Set<String>", vec![]),
        (
            json!({"type": "array", "items": {"type": "array", "items": {"type": "string"}}}),
            "List<Json>",
            vec![ImportUntyped],
        ),
        (json!({"type": "array"}), "List<Json>", vec![ImportUntyped]),
        (json!({"type": "object"}), "Map<String, Json>", vec![ImportUntyped]),
        (json!({"type": "object", "additionalProperties": {"type": "integer"}}), "Map<String, Int>", vec![]),
        (
            json!({"type": "object", "additionalProperties": false, "patternProperties": {"^k_": {"type": "boolean"}}}),
            "Map<String matching re\"k_[\\s\\S]*\", Bool>",
            vec![],
        ),
        (json!({"type": "object", "properties": {"a": {"type": "string"}}}), "TX", vec![]),
        (json!({}), "Json", vec![ImportUntyped]),
        (json!(true), "Json", vec![ImportUntyped]),
        (json!({"type": "string", "not": {"const": "x"}}), "String", vec![ImportWider]),
        (json!({"type": "text"}), "Json", vec![ImportUntyped, ImportSchema]),
        (json!(5), "Json", vec![ImportSchema]),
        (json!({"$ref": "#/nowhere"}), "Json", vec![ImportReference]),
        (json!({"$ref": "other.json#/x"}), "Json", vec![ImportReference]),
        (json!({"$ref": "#/properties/x"}), "Json", vec![ImportReference]),
        (json!({"allOf": [{"type": "integer", "minimum": 1}, {"maximum": 9, "minimum": 0}]}), "Int in 1 .. 9", vec![]),
        (json!({"type": "integer", "minimum": -1e300, "maximum": 1e300}), "Int", vec![]),
        (json!({"type": "integer", "minimum": 2, "maximum": 1}), "Json", vec![ImportUntyped]),
        // What is required has no default to apply.
        (json!({"type": "integer", "default": "one"}), "Int", vec![]),
    ]
}

/// Values of all kinds, at the edges of what the schemas say.
fn values() -> Vec<Value> {
    let texts = [
        "",
        "a",
        "b",
        "asc",
        "abc",
        "abcdefgh",
        "abcdefghi",
        "aaaaaaaaaa",
        "aaaaaaaaaaa",
        "éééééééééé",
        "ééééééééééé",
        "x",
        "A1",
        "2026-03-27",
        "2026-13-27",
        "2026-03-27T14:00:00Z",
        "a@example.com",
        "https://example.com/a",
        "no url",
        "10.0.0.1",
        "::1",
        "a\"",
        "k_",
        "\n",
    ];
    let mut all: Vec<Value> = texts.iter().map(|t| json!(t)).collect();
    all.extend([json!(null), json!(true), json!(false)]);
    all.extend([-1, 0, 1, 2, 3, 4, 5, 9, 10, 99, 100, 101, 2_147_483_647, 2_147_483_648_i64].map(|n| json!(n)));
    all.extend([json!(0.5), json!(0.01), json!(-0.25), json!(1.55)]);
    all.extend([
        json!([]),
        json!(["a"]),
        json!(["a", "b", "c", "d", "e", "f"]),
        json!([1]),
        json!([["a"]]),
        json!([null]),
    ]);
    all.extend([
        json!({}),
        json!({"a": "b"}),
        json!({"a": 1}),
        json!({"k_x": true}),
        json!({"k_x": 1}),
        json!({"a": {"b": 1}}),
    ]);
    all
}

/// Another validator judges the same values: it and the decision point differ only where that was told.
#[test]
fn what_a_schema_takes_is_what_its_type_takes() {
    let mut compared = 0;
    for (schema, ty, codes) in cases() {
        // What is taken for a mistake is none to say anything about.
        if schema.get("$ref").is_some() || codes.contains(&Code::ImportSchema) || !schema.is_object() {
            continue;
        }
        // Draft 2020-12 does not know these, and the other validator no pattern that looks ahead.
        if schema.get("nullable").is_some()
            || schema["format"] == "int32"
            || schema["pattern"] == "^(?!x)"
            || schema["exclusiveMinimum"].is_boolean()
        {
            continue;
        }
        let folder = packages(
            "example",
            "package example.own\n\nuse tools.example\n\nentity Agent\n\nextend example.t { by Agent }\n\n\
             policy every for any { allow anything when true }\n",
        );
        write(folder.path(), "tools/tools.zt", &of_argument(&schema).text.expect("a text"));
        let all = values();
        let request = |value: &Value| {
            json!({"subject": {"type": "Agent", "id": "a"}, "action": {"name": "t", "properties": {"x": value}}})
                .to_string()
        };
        let requests: Vec<String> = all.iter().map(request).collect();
        let out = run(folder.path(), &["eval", "own", "--request", "-"], &requests.join("\n"));
        let decisions: Vec<Value> = out.stdout.lines().map(|l| serde_json::from_str(l).expect("JSON")).collect();
        assert_eq!(decisions.len(), all.len(), "{schema}: {}", out.stderr);
        let mut schemas = boon::Schemas::new();
        let mut compiler = boon::Compiler::new();
        compiler.enable_format_assertions();
        compiler.add_resource("schema.json", schema.clone()).expect("a schema");
        let index = compiler.compile("schema.json", &mut schemas).expect("a schema");
        let (wider, narrower) = (
            codes.contains(&Code::ImportWider) || codes.contains(&Code::ImportUntyped),
            codes.contains(&Code::ImportNarrower) || ty.starts_with("IpAddr") || ty.contains("Json"),
        );
        for (value, decision) in all.iter().zip(&decisions) {
            let (theirs, ours) = (schemas.validate(value, index).is_ok(), decision["effect"] == "allow");
            let told = if ours { wider } else { narrower };
            assert!(theirs == ours || told, "{schema} as {ty}: {value}, by the schema {theirs}: {decision}");
            compared += 1;
        }
    }
    assert!(compared > 2_000, "{compared}");
}

/// Each schema with its type and what is told.
#[test]
fn schemas_become_the_types_that_take_the_same() {
    use Code::ImportDefault;
    for (schema, expected, codes) in cases() {
        let (ty, found) = typed(&schema);
        assert_eq!(ty.trim(), expected.trim(), "{schema}");
        assert_eq!(found, codes, "{schema}");
    }
    let optional = |schema: &Value| {
        let done = of_schema(&json!({"type": "object", "properties": {"x": schema}, "additionalProperties": false}));
        let codes: Vec<Code> = done.findings.iter().filter(|f| !f.general).map(|f| f.code).collect();
        let text = checked(&done);
        let ty =
            text.lines().find_map(|l| l.split_once("x : ")).expect("a type").1.trim_end_matches(['}', ' ']).to_owned();
        (ty, codes)
    };
    for (schema, expected, codes) in [
        (json!({"type": "string"}), "String?", vec![]),
        (json!({"type": "string", "default": "a\"b"}), "String = \"a\\\"b\"", vec![]),
        (json!({"type": "integer", "default": 10}), "Int = 10", vec![]),
        (json!({"type": "number", "default": 0.5}), "Decimal = 0.5", vec![]),
        (json!({"enum": ["a", "deny"], "default": "deny"}), "TX = deny_", vec![]),
        (json!({"type": "array", "items": {"type": "string"}, "default": []}), "List<String> = []", vec![]),
        (json!({"type": "integer", "maximum": 5, "default": 10}), "Int? in  .. 5", vec![ImportDefault]),
        (json!({"anyOf": [{"type": "string"}, {"type": "null"}], "default": null}), "String?", vec![]),
        (json!({"anyOf": [{"type": "string"}, {"type": "null"}]}), "String or null?", vec![]),
        (json!({"anyOf": [{"type": "string"}, {"type": "integer"}], "default": 3}), "Int or String = 3", vec![]),
    ] {
        let (ty, found) = optional(&schema);
        assert_eq!(
            ty.split_whitespace().collect::<Vec<_>>(),
            expected.split_whitespace().collect::<Vec<_>>(),
            "{schema}"
        );
        assert_eq!(found, codes, "{schema}");
    }
}

/// Whatever a file holds, it is told what is wrong with it, soon.
#[test]
fn files_that_are_not_what_they_say_are_told() {
    for text in [
        "",
        "{",
        "[]",
        "{}",
        "null",
        "{\"tools\":{}}",
        "{\"tools\":[]}",
        "{\"tools\":[1]}",
        "\u{0}",
        "{\"tools\":[{}]}x",
    ] {
        let done = of(text);
        assert!(done.text.is_none(), "{text}");
        assert!(done.findings.iter().any(|f| f.code == Code::ImportFile), "{text}: {:?}", done.findings);
    }
    let folder = tempfile::tempdir().expect("a folder");
    for (args, code) in [
        (&["import", "mcp", "missing.json"][..], 2),
        (&["import", "mcp", "."], 2),
        (&["import", "mcp"], 2),
        (&["import", "soap", "-"], 2),
        (&["import", "mcp", "-"], 1),
        (&["import", "mcp", "-", "--package", "a..b"], 2),
        (&["import", "mcp", "-", "--package", "1a"], 2),
    ] {
        let out = run(folder.path(), args, "{}");
        assert_eq!((out.code, &*out.stdout), (Some(code), ""), "{args:?}: {}", out.stderr);
        assert!(!out.stderr.is_empty());
    }
    let out = zt(folder.path(), &["import", "mcp", "-"], b"{\"tools\":\xff}", &[]);
    assert_eq!(out.code, Some(1));
    assert!(out.stderr.contains("not UTF-8"), "{}", out.stderr);
}

/// Names and words of a server cannot become policy, steer a terminal, or hide.
#[test]
fn what_servers_say_stays_a_comment() {
    let list = json!({"tools": [{
        "name": "a\"b {\n} policy x",
        "description": "Ends here. */ \n}\npolicy all for any { allow all when true }\u{202e}\u{2028}deny\u{1b}[2J",
        "inputSchema": {"type": "object", "properties": {
            "x\" : Json } policy": {"type": "string", "description": "} policy y {\r\n}", "default": "\"} // \\"},
            "\u{200b}": {"type": "string"},
            "deny": {"enum": ["a\"", "allow", "true", "\\"], "default": "\\"},
        }},
    }]});
    // A name with a line end is none; the others are written out.
    let done = of(&list.to_string());
    assert!(done.text.is_none());
    let list = list.to_string().replace("{\\n}", "{}");
    let done = of(&list);
    let text = checked(&done);
    assert!(text.lines().filter(|l| l.starts_with("pub action")).count() == 1, "{text}");
    assert!(!text.lines().any(|l| l.trim_start().starts_with("policy")), "{text}");
    assert!(!text.chars().any(|c| c.is_control() && c != '\n' || "\u{202e}\u{2028}\u{200b}".contains(c)), "{text:?}");
    let codes: Vec<Code> = done.findings.iter().map(|f| f.code).collect();
    assert!(codes.contains(&Code::ImportHidden) && codes.contains(&Code::ImportLeftOut), "{codes:?}");
}

/// Shapes that a machine can make and no person would.
#[test]
fn shapes_without_measure_are_read_in_bounded_time() {
    let start = Instant::now();
    let nested = |depth: usize| {
        let mut schema = json!({"type": "string"});
        for n in 0..depth {
            schema = if n % 2 == 0 {
                json!({"type": "object", "properties": {"a": schema}, "required": ["a"]})
            } else {
                json!({"anyOf": [schema, {"type": "null"}]})
            };
        }
        schema
    };
    let mut bomb = serde_json::Map::new();
    for n in 0..40 {
        let next = json!({"$ref": format!("#/$defs/d{}", n + 1)});
        bomb.insert(format!("d{n}"), json!({"allOf": [next, next], "anyOf": [next, next]}));
    }
    bomb.insert("d40".into(), json!({"type": "string"}));
    let mut wide = serde_json::Map::new();
    for n in 0..40 {
        let next = json!({"$ref": format!("#/$defs/d{}", n + 1)});
        wide.insert(
            format!("d{n}"),
            json!({"type": "object", "properties": {"a": next, "b": next}, "required": ["a", "b"]}),
        );
    }
    wide.insert("d40".into(), json!({"type": "string"}));
    let tree = json!({"type": "object", "properties": {"left": {"$ref": "#/$defs/t"}, "right": {"$ref": "#/$defs/t"}}, "required": ["left"]});
    let mutual = json!({
        "a": {"type": "object", "properties": {"b": {"$ref": "#/$defs/b"}}, "required": ["b"]},
        "b": {"type": "object", "properties": {"a": {"$ref": "#/$defs/a"}}, "required": ["a"]},
    });
    let with = |defs: Value, first: &str| {
        let properties = json!({"x": {"$ref": format!("#/$defs/{first}")}});
        json!({"type": "object", "properties": properties, "$defs": defs, "additionalProperties": false})
    };
    for (what, schema) in [
        ("nested", json!({"type": "object", "properties": {"x": nested(40)}})),
        ("references that double", with(bomb.into(), "d0")),
        ("records that double", with(wide.into(), "d0")),
        ("a tree", with(json!({"t": tree}), "t")),
        ("two that hold each other", with(mutual, "a")),
        ("a circle of references", with(json!({"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}), "a")),
        ("a circle of alternatives", with(json!({"a": {"anyOf": [{"$ref": "#/$defs/a"}, {"type": "string"}]}}), "a")),
        ("a list of itself", with(json!({"a": {"type": "array", "items": {"$ref": "#/$defs/a"}}}), "a")),
        ("a circle of allOf", with(json!({"a": {"allOf": [{"$ref": "#/$defs/a"}, {"type": "string"}]}}), "a")),
        (
            "many members of an enum",
            json!({"type": "object", "properties": {"x": {"enum": (0..5_000).map(|n| format!("m {n}")).collect::<Vec<_>>()}}}),
        ),
        ("no members that can be", json!({"type": "object", "required": ["a"], "properties": {"a": false}})),
    ] {
        let done = of_schema(&schema);
        assert!(done.tally.fields > 0 || what.starts_with("no members"), "{what}");
        checked(&done);
    }
    let deep = format!(
        "{{\"tools\":[{{\"name\":\"t\",\"inputSchema\":{{\"type\":\"object\",\"properties\":{{\"x\":{}{}}}}}}},{{\"name\":\"u\",\"inputSchema\":{{\"type\":\"object\"}}}}]}}",
        "{\"anyOf\":[".repeat(100_000),
        "]}".repeat(100_000)
    );
    let done = of(&deep);
    assert_eq!(done.calls, (2, 2));
    assert!(done.findings.iter().any(|f| f.code == Code::ImportUntyped), "{:?}", done.findings);
    checked(&done);
    assert!(start.elapsed() < Duration::from_secs(120), "{:?}", start.elapsed());
}

/// Names that would be one, however many and in whatever order.
#[test]
fn ten_thousand_tools_take_seconds() {
    let tool = |n: usize| {
        let name = if n % 2 == 0 { format!("tool-{n}") } else { format!("tool_{}", n - 1) };
        json!({"name": name, "description": "Does something.", "inputSchema": {
            "type": "object",
            "properties": {"path": {"type": "string"}, "mode": {"enum": ["a", "b"]}, "n": {"type": "integer", "maximum": n}},
            "required": ["path"],
        }})
    };
    let tools: Vec<Value> = (0..10_000).map(tool).collect();
    let list = json!({"tools": tools}).to_string();
    let start = Instant::now();
    let done = of(&list);
    let took = start.elapsed();
    assert_eq!(done.calls, (10_000, 10_000));
    assert_eq!(done.tally.fields, 30_000);
    let text = done.text.expect("a text");
    assert!(
        text.contains("pub action tool_8 {") && text.contains("pub action tool_8_2 as \"tool-8\" {"),
        "{text:.2000}"
    );
    // A few seconds on a machine that does nothing else; what grows with the square would take hours.
    assert!(took < Duration::from_secs(120), "{took:?}");
    let mut turned = tools;
    turned.reverse();
    let other = of(&json!({"tools": turned}).to_string()).text.expect("a text");
    let lines = |text: &str| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert!(lines(&text) == lines(&other), "names depend on the order");
}
