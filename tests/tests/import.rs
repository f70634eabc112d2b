//! `zt import`: declarations of published MCP servers as they answer and of published descriptions, and the files they are written to.

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use zt_cli::import::{Kind, Origin, import};
use zt_lang::diagnostic::Code;
use zt_tests::imported::{checked, packages, run, write};
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

fn read(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).expect("readable")
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
