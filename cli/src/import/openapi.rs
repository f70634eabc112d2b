//! An OpenAPI description (3.0 and 3.1): an action for each operation, with its parameters and its body as arguments.

use std::collections::HashSet;

use zt_lang::diagnostic::Code;

use super::json::{Json, Object, step};
use super::model::{Action, Field, Hints, Item};
use super::name::{action, below, can_be_wire, distinct, field};
use super::schema::{Reader, World};
use super::words;

/// How many schemas are read in all, references followed each time.
const BUDGET: usize = 5_000_000;

/// The methods of operations.
const METHODS: &[&str] = &["get", "put", "post", "delete", "options", "head", "patch", "trace"];
/// Where parameters stand: of two with one name the first keeps it.
const PLACES: &[&str] = &["path", "query", "header", "cookie"];
/// Headers that are no parameters, whatever is said of them.
const NO_PARAMETERS: &[&str] = &["accept", "content-type", "authorization"];

/// An operation before it is declared.
struct Operation<'d> {
    method: &'static str,
    path: &'d str,
    item: &'d Object,
    item_at: String,
    object: &'d Object,
    at: String,
    /// What it is called in requests.
    wire: String,
}

/// Why a file is no description that can be imported.
pub(crate) fn mistake(file: &Json) -> Option<&'static str> {
    match file.get("openapi").and_then(Json::text) {
        Some(edition) if edition.starts_with("3.0") || edition.starts_with("3.1") => {}
        Some(_) => return Some("the description is of another edition of OpenAPI than 3.0 and 3.1"),
        None if file.get("swagger").is_some() => {
            return Some("the description is of Swagger 2.0: convert it to OpenAPI 3 first");
        }
        None => return Some("the file does not say `openapi`, so it is no OpenAPI description"),
    }
    file.get("paths").and_then(Json::object).is_none().then_some("the description has no `paths`")
}

/// Declares the operations of a description, and tells how many there are.
pub(crate) fn operations(world: &mut World, file: &Json, server: Option<&str>) -> usize {
    let mut reader = Reader::new(world, file, "", "", BUDGET);
    let (mut all, found) = listed(&mut reader, file);
    // Who keeps a name that two have does not depend on their order.
    let mut order: Vec<&mut Operation<'_>> = all.iter_mut().collect();
    order.sort_by_key(|operation| (operation.path, operation.method));
    let mut seen: HashSet<String> = HashSet::new();
    for operation in order {
        if !seen.insert(operation.wire.clone()) {
            let why = "two operations have the same `operationId`; the second is called by its method and path";
            reader.tell(Code::ImportRepeated, &operation.at, "operationId", why);
            operation.wire = by_path(operation.method, operation.path);
            seen.insert(operation.wire.clone());
        }
    }
    let wires: Vec<&str> = all.iter().map(|operation| &*operation.wire).collect();
    let (names, numbered) = distinct(&wires, called);
    for operation in numbered.iter().filter_map(|n| all.get(*n)) {
        reader.tell(Code::ImportRenamed, &operation.at, "", "operations would have one name; they are numbered");
    }
    if !all.is_empty() {
        reader.world.findings.limit("/paths", "what operations give back is not declared: an `output` is yours to say");
    }
    for (operation, name) in all.iter().zip(names) {
        declare(&mut reader, operation, name, server);
    }
    found
}

/// All operations that can be called by a name, and how many there are.
fn listed<'d>(reader: &mut Reader<'d, '_>, file: &'d Json) -> (Vec<Operation<'d>>, usize) {
    let mut all = vec![];
    let mut found = 0;
    for (path, item) in file.get("paths").and_then(Json::object).into_iter().flat_map(Object::iter) {
        if path.starts_with("x-") {
            continue;
        }
        let at = step("/paths", path);
        let (item, at) = match item.get("$ref").and_then(Json::text) {
            Some(reference) => match reader.target(reference, &at) {
                Some(target) => target,
                None => continue,
            },
            None => (item, at),
        };
        let Some(item) = item.object() else {
            reader.tell(Code::ImportLeftOut, &at, "", "what stands under a path is no object; it is left out");
            continue;
        };
        for method in METHODS {
            let Some(operation) = item.get(method) else { continue };
            found += 1;
            let place = step(&at, method);
            let Some(object) = operation.object() else {
                reader.tell(Code::ImportLeftOut, &place, "", "an operation is no object; it is left out");
                continue;
            };
            if !can_be_wire(path) {
                let why = "a path holds characters that nobody sees; its operations are left out";
                reader.tell(Code::ImportLeftOut, &place, "", why);
                continue;
            }
            let id = object.get("operationId").and_then(Json::text);
            if id.is_some_and(|id| !can_be_wire(id)) {
                let why = "the name of an operation cannot be read; it is called by its method and path";
                reader.tell(Code::ImportLeftOut, &place, "operationId", why);
            }
            let wire = id.filter(|id| can_be_wire(id)).map_or_else(|| by_path(method, path), str::to_owned);
            all.push(Operation { method, path, item, item_at: at.clone(), object, at: place, wire });
        }
    }
    (all, found)
}

/// What an operation is called that has no name.
fn by_path(method: &str, path: &str) -> String {
    format!("{} {path}", method.to_ascii_uppercase())
}

/// The name of an action for an operation: `GET /users/{id}` is `users.id.get`.
fn called(wire: &str) -> String {
    let method = wire.split_once(" /").filter(|(m, _)| METHODS.contains(&&*m.to_ascii_lowercase()));
    match method {
        Some((method, path)) => {
            let path: String = path.chars().filter(|c| !"{}".contains(*c)).collect();
            action(&format!("{path}/{}", method.to_ascii_lowercase()))
        }
        None => action(wire),
    }
}

fn declare(reader: &mut Reader<'_, '_>, operation: &Operation<'_>, name: String, server: Option<&str>) {
    let first = by_path(operation.method, operation.path);
    let mut doc = vec![words::visible(reader.world, &first, &operation.at, 400)];
    for keyword in ["summary", "description"] {
        if let Some(text) = operation.object.get(keyword).and_then(Json::text) {
            doc.extend(words::paragraphs(reader.world, text, &step(&operation.at, keyword)));
            break;
        }
    }
    let mut given = parameters(reader, operation);
    // In the order of places, so that of one name it is the path's.
    given.sort_by_key(|one| PLACES.iter().position(|place| *place == one.place));
    given.extend(body(reader, operation));
    let mut taken: HashSet<String> = HashSet::new();
    let mut wires: Vec<String> = vec![];
    for one in &given {
        if taken.insert(one.name.clone()) {
            wires.push(one.name.clone());
        } else {
            let why = "two parameters have one name; the second has its place before it";
            reader.tell(Code::ImportRenamed, &one.at, "", why);
            wires.push(format!("{}.{}", one.place, one.name));
        }
    }
    let (names, _) = distinct(&wires.iter().map(String::as_str).collect::<Vec<_>>(), field);
    let mut input: Vec<Field> = vec![];
    for ((one, wire), name_of) in given.iter().zip(&wires).zip(names) {
        reader.world.findings.open();
        let hint = below(&below("", &name), wire);
        let mut declared = reader.one_field(name_of, wire, &one.schema, &one.at, one.required, &hint);
        reader.world.findings.close(declared.ty.has_json());
        if let Some((text, place)) = one.said.as_ref().filter(|_| declared.doc.is_none()) {
            let text = words::visible(reader.world, text, place, 240);
            declared.doc = Some(text).filter(|text| !text.is_empty());
        }
        input.push(declared);
    }
    let about = given.iter().filter(|one| one.place == "path").map(|one| one.name.clone()).collect();
    let wire = server.map_or_else(|| operation.wire.clone(), |server| format!("{server}.{}", operation.wire));
    reader.world.model.items.push(Item::Action(reader.world.model.actions.len()));
    let hints = hints(operation.method);
    reader.world.model.actions.push(Action { name, wire, doc, input, output: None, hints, about });
}

/// What a method says of an operation (RFC 9110, section 9.2).
fn hints(method: &str) -> Hints {
    match method {
        "get" | "head" | "options" | "trace" => Hints { read_only: Some(true), ..Hints::default() },
        "delete" => Hints { read_only: Some(false), destructive: Some(true), open_world: None },
        _ => Hints { read_only: Some(false), destructive: Some(false), open_world: None },
    }
}

/// A parameter, or a body.
struct Given {
    name: String,
    place: String,
    required: bool,
    schema: Json,
    /// Where the schema stands.
    at: String,
    /// What is said of it, and where.
    said: Option<(String, String)>,
}

/// The parameters of an operation: its own, and those of its path that it does not declare itself.
fn parameters(reader: &mut Reader<'_, '_>, operation: &Operation<'_>) -> Vec<Given> {
    let mut out: Vec<Given> = vec![];
    for (object, at) in [(operation.object, &operation.at), (operation.item, &operation.item_at)] {
        let list = object.get("parameters").and_then(Json::array).unwrap_or_default();
        for (n, one) in list.iter().enumerate() {
            let place = step(&step(at, "parameters"), &n.to_string());
            let (one, place) = match one.get("$ref").and_then(Json::text) {
                Some(reference) => match reader.target(reference, &place) {
                    Some(target) => target,
                    None => continue,
                },
                None => (one, place),
            };
            let text = |name: &str| one.get(name).and_then(Json::text);
            let (Some(name), Some(stands)) = (text("name"), text("in").filter(|p| PLACES.contains(p))) else {
                let why = "a parameter has no name, or stands nowhere in a request; it is left out";
                reader.tell(Code::ImportLeftOut, &place, "", why);
                continue;
            };
            if !can_be_wire(name) {
                let why = "the name of a parameter holds what nobody sees; it is left out";
                reader.tell(Code::ImportLeftOut, &place, "name", why);
                continue;
            }
            let fixed = stands == "header" && NO_PARAMETERS.contains(&&*name.to_ascii_lowercase());
            if fixed || out.iter().any(|p| p.name == name && p.place == stands) {
                continue;
            }
            let schema = one.get("schema").map(|schema| (schema.clone(), step(&place, "schema"))).or_else(|| {
                // A parameter may be JSON that is written as a text.
                let (kind, media) = one.get("content").and_then(Json::object)?.iter().next()?;
                let at = step(&step(&step(&place, "content"), kind), "schema");
                media.get("schema").map(|schema| (schema.clone(), at))
            });
            let required = stands == "path" || one.get("required") == Some(&Json::Bool(true));
            let said = text("description").map(|text| (text.to_owned(), step(&place, "description")));
            let (schema, at) = schema.unwrap_or((Json::Bool(true), place));
            out.push(Given { name: name.to_owned(), place: stands.to_owned(), required, schema, at, said });
        }
    }
    out
}

/// The body of an operation: of several kinds the one that is JSON.
fn body(reader: &mut Reader<'_, '_>, operation: &Operation<'_>) -> Option<Given> {
    let at = step(&operation.at, "requestBody");
    let given = operation.object.get("requestBody")?;
    let (given, at) = match given.get("$ref").and_then(Json::text) {
        Some(reference) => reader.target(reference, &at)?,
        None => (given, at),
    };
    let content = given.get("content").and_then(Json::object);
    let Some(content) = content.filter(|content| content.len() > 0) else {
        reader.tell(
            Code::ImportLeftOut,
            &at,
            "",
            "the body of an operation says nothing of its content; it is left out",
        );
        return None;
    };
    let is_json = |kind: &str| {
        let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        kind == "application/json" || kind.ends_with("+json") || kind == "*/*"
    };
    let under = step(&at, "content");
    let (kind, media) = content.iter().find(|(kind, _)| is_json(kind)).or_else(|| content.iter().next())?;
    if content.len() > 1 {
        let why = "a body may be of several media types; one is declared, JSON before others";
        reader.tell(Code::ImportNarrower, &under, "", why);
    }
    let place = step(&under, kind);
    // What is no JSON is a text, unless something is said of its parts.
    let formed = ["multipart/form-data", "application/x-www-form-urlencoded"].iter().any(|f| kind.starts_with(f));
    let (schema, at) = if is_json(kind) || formed {
        let schema = media.get("schema").cloned();
        schema.map_or((Json::Bool(true), place.clone()), |schema| (schema, step(&place, "schema")))
    } else {
        let mut text = Object::standing(&place);
        text.set("type", Json::Text("string".to_owned()));
        (Json::Object(text), place.clone())
    };
    let said = given.get("description").and_then(Json::text).map(|t| (t.to_owned(), step(&place, "description")));
    let required = given.get("required") == Some(&Json::Bool(true));
    Some(Given { name: "body".to_owned(), place: "request".to_owned(), required, schema, at, said })
}
