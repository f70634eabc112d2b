//! What an MCP server answers to `tools/list`: an action for each tool.

use std::collections::HashMap;

use zt_lang::diagnostic::Code;

use super::json::{Json, Object, step};
use super::model::{Action, Field, Hints, Item};
use super::name::{action, below, can_be_wire, distinct};
use super::schema::{Reader, World};
use super::words;

/// How many schemas are read for one tool, references followed each time.
const BUDGET: usize = 20_000;

const INPUT_OPEN: &str = "arguments that a schema does not name are refused, though it does not forbid them: say `additionalProperties: false`";
const OUTPUT_OPEN: &str = "members of an output that a schema does not name are refused where a call is attested, though it does not forbid them";

/// Declares the tools of a list. `None` if it is none.
pub(crate) fn tools(world: &mut World, file: &Json, server: Option<&str>) -> Option<usize> {
    let (list, at) = listed(file)?;
    if file.get("nextCursor").or_else(|| file.get("result")?.get("nextCursor")).is_some_and(|c| *c != Json::Null) {
        let at = if file.get("nextCursor").is_some() { "/nextCursor" } else { "/result/nextCursor" };
        let why =
            "the server has more tools than this page of its list: ask with the cursor, and import all pages as one";
        world.findings.tell(Code::ImportLeftOut, at, why);
    }
    let mut named: Vec<(&str, &Object, String)> = vec![];
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for (n, tool) in list.iter().enumerate() {
        let place = step(&at, &n.to_string());
        let Some(object) = tool.object() else {
            world.findings.tell(Code::ImportLeftOut, &place, "a tool is no object; it is left out");
            continue;
        };
        let Some(name) = object.get("name").and_then(Json::text).filter(|name| can_be_wire(name)) else {
            let why = "a tool has no name, or one that nobody could read; it is left out";
            world.findings.tell(Code::ImportLeftOut, &place, why);
            continue;
        };
        if seen.insert(name, n).is_some() {
            let why = "two tools have the same name, and nobody could tell which of them is called; only the first is declared";
            world.findings.tell(Code::ImportRepeated, &step(&place, "name"), why);
            continue;
        }
        named.push((name, object, place));
    }
    let wires: Vec<&str> = named.iter().map(|(name, ..)| *name).collect();
    let (names, numbered) = distinct(&wires, action);
    for place in numbered.iter().filter_map(|n| named.get(*n)) {
        world.findings.tell(
            Code::ImportRenamed,
            &step(&place.2, "name"),
            "tools would have one name; they are numbered",
        );
    }
    for ((wire, tool, place), name) in named.into_iter().zip(names) {
        let wire = server.map_or_else(|| wire.to_owned(), |server| format!("{server}.{wire}"));
        declare(world, tool, &place, name, wire);
    }
    Some(list.len())
}

/// The list in a result, in the answer that holds one, or by itself.
fn listed(file: &Json) -> Option<(&[Json], String)> {
    if let Some(list) = file.get("tools").and_then(Json::array) {
        return Some((list, "/tools".to_owned()));
    }
    if let Some(list) = file.get("result").and_then(|r| r.get("tools")).and_then(Json::array) {
        return Some((list, "/result/tools".to_owned()));
    }
    let tools = |list: &&[Json]| list.iter().any(|tool| tool.get("inputSchema").is_some());
    file.array().filter(tools).map(|list| (list, String::new()))
}

fn declare(world: &mut World, tool: &Object, place: &str, name: String, wire: String) {
    let mut doc = vec![];
    for keyword in ["title", "description"] {
        match tool.get(keyword) {
            Some(Json::Text(text)) if keyword == "description" || tool.get("description").is_none() => {
                doc.extend(words::paragraphs(world, text, &step(place, keyword)));
            }
            _ => {}
        }
    }
    let scope = below("", &name);
    let at = step(place, "inputSchema");
    let Some(schema) = tool.get("inputSchema") else {
        let why = "a tool says nothing of its arguments; it is left out";
        world.findings.tell(Code::ImportLeftOut, place, why);
        return;
    };
    let Some(input) = fields(world, schema, &at, &scope, true) else {
        let why = "the arguments of a tool are described by no object; it is left out";
        world.findings.tell(Code::ImportLeftOut, &at, why);
        return;
    };
    let at = step(place, "outputSchema");
    let output = tool.get("outputSchema").and_then(|schema| {
        let fields = fields(world, schema, &at, &below(&scope, "output"), false);
        if fields.is_none() {
            let why = "an output is described by no object; it is left out";
            world.findings.tell(Code::ImportLeftOut, &at, why);
        }
        fields
    });
    let hint = |name: &str| match tool.get("annotations").and_then(|a| a.get(name)) {
        Some(Json::Bool(b)) => Some(*b),
        _ => None,
    };
    let hints = Hints {
        read_only: hint("readOnlyHint"),
        destructive: hint("destructiveHint"),
        open_world: hint("openWorldHint"),
    };
    world.model.items.push(Item::Action(world.model.actions.len()));
    world.model.actions.push(Action { name, wire, doc, input, output, hints, about: vec![] });
}

/// What an object's schema declares; `None` if it is of no object.
fn fields(world: &mut World, schema: &Json, at: &str, scope: &str, input: bool) -> Option<Vec<Field>> {
    let object = schema.object()?;
    let mut reader = Reader::new(world, schema, at, scope, BUDGET);
    let flat = reader.arguments(object, at);
    let (kinds, _) = reader.kinds(&flat, at);
    if !kinds.iter().all(|kind| *kind == super::schema::Kind::Object) {
        return None;
    }
    reader.leave_out(&flat, at);
    let open = if input { INPUT_OPEN } else { OUTPUT_OPEN };
    match flat.get("additionalProperties") {
        Some(Json::Bool(false)) => {}
        None => reader.world.findings.limit(at, open),
        Some(_) => {
            let why = if input {
                "arguments that a schema takes without naming them are refused: an action takes those that it declares"
            } else {
                "members of an output that a schema takes without naming them are refused where a call is attested"
            };
            reader.tell(Code::ImportNarrower, at, "additionalProperties", why);
        }
    }
    let mut all = reader.fields(&flat, at, scope);
    if !input {
        // Nobody would be told of a default in what was given back.
        for field in &mut all {
            field.optional |= field.default.take().is_some();
        }
    }
    Some(all)
}
