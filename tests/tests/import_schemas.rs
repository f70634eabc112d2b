//! `zt import`: what becomes of schemas and of descriptions that are not as they should be.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use zt_cli::import::{Imported, Kind, Origin, import};
use zt_lang::diagnostic::Code;
use zt_tests::command::zt;
use zt_tests::imported::{checked, packages, run, write};

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
