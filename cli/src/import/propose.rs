//! What is proposed to begin with: who may ask, on what, which tags, which stricter types, and what a source may have to say of
//! the things that calls are about. Nothing of it holds before somebody copies it.

use std::collections::BTreeMap;

use super::model::{Action, Hints, Model, Ty};
use super::name::type_name;
use super::stricter::stricter;

/// A file that extends what is declared, line by line.
pub(crate) fn sketch(model: &Model, package: &str) -> Vec<String> {
    let library = package.starts_with("tools.");
    let prefix = if library {
        package.rsplit('.').next().map_or_else(String::new, |last| format!("{last}."))
    } else {
        String::new()
    };
    let mut out: Vec<String> = vec![
        "---- A beginning for a file of your own. What a server claims of its tools is a claim: judge it before you copy it."
            .to_owned(),
        String::new(),
    ];
    let proposed = proposals(model);
    if library {
        out.push(format!("use {package}"));
    }
    let mut tags: Vec<&str> = proposed.iter().flat_map(|p| p.tags.iter().copied()).collect();
    tags.sort_unstable();
    tags.dedup();
    if !tags.is_empty() {
        out.push(format!("use std.tags.{{{}}}", tags.join(", ")));
    }
    out.push(String::new());
    out.push("entity Agent from pep { role : Ident }".to_owned());
    let mut entities: BTreeMap<&str, ()> = BTreeMap::new();
    for p in &proposed {
        if let Some((entity, _)) = &p.on {
            entities.insert(entity, ());
        }
    }
    if !entities.is_empty() {
        // What rules most often ask of a thing; another source may be the one that knows.
        out.push(String::new());
        out.push("enum Classification ordered { public_data, internal_data, confidential, restricted }".to_owned());
        for name in entities.keys() {
            out.push(String::new());
            out.push(format!("entity {name} from source catalog fresh 5min {{"));
            out.push("  owner          : Ident".to_owned());
            out.push("  classification : Classification".to_owned());
            out.push("}".to_owned());
        }
    }
    let all: Vec<String> = if library {
        vec![format!("{prefix}*")]
    } else {
        model.actions.iter().map(|action| action.name.clone()).collect()
    };
    out.push(String::new());
    out.push(format!("extend {} {{ by Agent }}", all.join(", ")));
    let says = |p: &Proposal| p.on.is_some() || !p.tags.is_empty() || !p.types.is_empty();
    for (action, p) in model.actions.iter().zip(&proposed).filter(|(_, p)| says(p)) {
        out.push(String::new());
        out.push(format!("extend {prefix}{} {{", action.name));
        if let Some((entity, id)) = &p.on {
            let id = id.as_ref().map_or_else(String::new, |id| format!("(input.{id})"));
            out.push(format!("  on {entity}{id}"));
        }
        if !p.tags.is_empty() {
            out.push(format!("  tags [{}]", p.tags.join(", ")));
        }
        if !p.types.is_empty() {
            let types: Vec<String> = p.types.iter().map(|(name, ty)| format!("{name} : {ty}")).collect();
            out.push(format!("  input {{ {} }}", types.join(", ")));
        }
        out.push("}".to_owned());
    }
    out
}

/// What is proposed of one action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The action's name in policies.
    pub action: String,
    /// The type of the resource, and which argument is its id; without one the gateway says which it is.
    pub on: Option<(String, Option<String>)>,
    /// Tags that fit what a server claims.
    pub tags: Vec<&'static str>,
    /// Arguments with stricter types that their names suggest.
    pub types: Vec<(String, String)>,
}

/// What is proposed of each action, in their order.
pub(crate) fn proposals(model: &Model) -> Vec<Proposal> {
    let of = |action: &Action| Proposal {
        action: action.name.clone(),
        on: resource(action),
        tags: tags(action.hints),
        types: action.input.iter().filter_map(|f| Some((f.name.clone(), stricter(action, f)?))).collect(),
    };
    model.actions.iter().map(of).collect()
}

/// Tags that fit what a server claims. What is claimed to change nothing may still read what strangers wrote.
fn tags(hints: Hints) -> Vec<&'static str> {
    match (hints.read_only, hints.destructive, hints.open_world) {
        (None, None, None) => vec![],
        (Some(true), _, Some(true)) => vec!["reads_untrusted"],
        (Some(true), ..) => vec![],
        (_, Some(true) | None, Some(true)) => vec!["destructive", "outbound"],
        (_, Some(true) | None, _) => vec!["destructive"],
        (_, Some(false), Some(true)) => vec!["acting", "outbound"],
        (_, Some(false), _) => vec!["acting"],
    }
}

/// The thing that a call is about, by the names of its arguments.
fn resource(action: &Action) -> Option<(String, Option<String>)> {
    let always = |name: &str| action.input.iter().find(|f| f.wire == name && !f.optional && f.default.is_none());
    let is_text = |ty: &Ty| matches!(ty, Ty::Text { .. });
    if let Some(last) = action.about.last() {
        let found = always(last)?;
        let entity = entity(last)?;
        return Some((entity, is_text(&found.ty).then(|| found.name.clone())));
    }
    if always("owner").is_some() && always("repo").is_some() {
        // Two arguments together are no id: the gateway says which repository it is.
        return Some(("Repository".to_owned(), None));
    }
    for field in action.input.iter().filter(|f| !f.optional && f.default.is_none()) {
        let by_path = matches!(&*field.wire, "path" | "file_path" | "filePath" | "file" | "filename");
        if by_path && is_text(&field.ty) {
            return Some(("File".to_owned(), Some(field.name.clone())));
        }
        if let Some(of) = entity(&field.wire) {
            return Some((of, is_text(&field.ty).then(|| field.name.clone())));
        }
    }
    None
}

/// The type that an argument names: `repo_path`, `pageId`.
fn entity(name: &str) -> Option<String> {
    let stem = ["_id", "Id", "_path", "Path", "_key", "_name"].iter().find_map(|end| name.strip_suffix(end))?;
    let name = type_name(&[stem]);
    (stem.len() > 1 && name.starts_with(|c: char| c.is_ascii_alphabetic())).then_some(name)
}
