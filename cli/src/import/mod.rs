//! `zt import`: typed declarations from what others say of their tools: the list of an MCP server, the description of an
//! API. Whatever has no type is told; nothing is dropped silently.

mod json;
mod yaml;
mod number;
mod name;
mod pattern;
mod report;
mod model;
mod schema;
mod words;
mod types;
mod object;
mod choice;
mod mcp;
mod openapi;
mod render;
mod stricter;
mod propose;
mod command;

use zt_lang::diagnostic::Code;

pub(crate) use self::command::run;
pub use self::propose::Proposal;
pub use self::report::{Finding, Tally};

use self::schema::World;

/// What is imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// What an MCP server answers to `tools/list`.
    Mcp,
    /// An OpenAPI description, of edition 3.0 or 3.1.
    OpenApi,
}

impl Kind {
    /// Its name on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Mcp => "mcp",
            Kind::OpenApi => "openapi",
        }
    }

    /// What it calls the things that become actions.
    pub(crate) fn call(self) -> &'static str {
        match self {
            Kind::Mcp => "tool",
            Kind::OpenApi => "operation",
        }
    }
}

/// The most bytes of a file.
pub const MAX_BYTES: usize = 64 << 20;

/// What came of an import.
#[derive(Debug)]
pub struct Imported {
    /// The declarations, in the one layout; nothing where the file is not what it is imported as.
    pub text: Option<String>,
    /// How many tools or operations there are, and how many of them are declared.
    pub calls: (usize, usize),
    /// How precise their fields are.
    pub tally: Tally,
    /// What is proposed of each action: a comment at the end of the text.
    pub proposals: Vec<Proposal>,
    /// Everything that was found.
    pub findings: Vec<Finding>,
}

/// Where declarations come from and go to.
#[derive(Debug, Clone)]
pub struct Origin<'a> {
    /// What the file is called, for the head of what is generated.
    pub file: &'a str,
    /// The package that the declarations are for.
    pub package: &'a str,
    /// What stands before the names of tools on the wire, if the gateway tells servers apart so.
    pub server: Option<&'a str>,
}

/// Declarations from a description. The same description always gives the same text.
///
/// # Errors
/// A bug of ours: what was made up is not what the formatter takes.
pub fn import(kind: Kind, text: &str, origin: &Origin<'_>) -> Result<Imported, String> {
    let mut world = World::default();
    let is_json = kind == Kind::Mcp || text.trim_start_matches('\u{feff}').trim_start().starts_with(['{', '[']);
    let read = if is_json { json::read(text) } else { yaml::read(text) };
    let syntax = if is_json { "JSON" } else { "YAML" };
    for at in &read.repeated {
        let why = "a name stands twice in an object; the last one counts, as with most readers";
        world.findings.tell(Code::ImportRepeated, at, why);
    }
    for at in &read.deep {
        world.findings.tell(Code::ImportUntyped, at, "this is nested too deep to be read");
    }
    let unusable = |mut world: World, why: &str| {
        world.findings.tell(Code::ImportFile, "", why);
        let findings = world.findings.into_all();
        Ok(Imported { text: None, calls: (0, 0), tally: Tally::default(), proposals: vec![], findings })
    };
    let file = match read.value {
        Some(Ok(value)) => value,
        Some(Err((line, column, why))) => {
            return unusable(world, &format!("the file is not {syntax}: {why}, in line {line}, column {column}"));
        }
        None => return unusable(world, "the file is empty"),
    };
    let found = match kind {
        Kind::Mcp => mcp::tools(&mut world, &file, origin.server)
            .ok_or("the file holds no `tools`: it is the result of `tools/list`, or the answer with that result"),
        Kind::OpenApi => match openapi::mistake(&file) {
            Some(why) => Err(why),
            None => Ok(openapi::operations(&mut world, &file, origin.server)),
        },
    };
    let found = match found {
        Ok(found) => found,
        Err(why) => return unusable(world, why),
    };
    let declared = world.model.actions.len();
    if declared == 0 {
        return unusable(world, &format!("there is no {} that could be declared", kind.call()));
    }
    name_types(&mut world);
    let tally = world.findings.tally;
    let head = [
        format!(
            "{} {}` from {}. Do not edit: the next import writes it anew.",
            render::MARK,
            kind.as_str(),
            origin.file
        )
        .trim_start_matches("// ")
        .to_owned(),
        "What is yours goes into a file of your own, as `extend`: who may ask, on what, tags, tiers, stricter types."
            .to_owned(),
    ];
    let proposal = propose::sketch(&world.model, origin.package);
    let proposals = propose::proposals(&world.model);
    let text = render::text(&world.model, &head, origin.package, &proposal)?;
    Ok(Imported { text: Some(text), calls: (found, declared), tally, proposals, findings: world.findings.into_all() })
}

/// Types are known by the ways to them until all are there.
fn name_types(world: &mut World) {
    let ways: Vec<&str> = world.model.types.iter().map(model::Decl::name).collect();
    let (names, numbered) = name::of_types(&ways);
    for at in numbered {
        let place = world.places.get(at).cloned().unwrap_or_default();
        world.findings.tell(Code::ImportRenamed, &place, "types would have one name; they are numbered");
    }
    for (decl, name) in world.model.types.iter_mut().zip(names) {
        decl.rename(name);
    }
}
