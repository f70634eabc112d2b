//! The arguments of each command.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use clap_complete::Shell;

#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// Which template: refunds
    #[arg(long, value_name = "NAME")]
    pub(crate) template: Option<String>,
    /// The folder to make; it must not exist or be empty
    pub(crate) dir: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// Packages, or folders to search for packages
    #[arg(value_name = "PATH", default_value = ".")]
    pub(crate) paths: Vec<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,
    /// Make the edits that change no decision, or that are the only way to mean what stands there, and check again
    #[arg(long)]
    pub(crate) fix: bool,
    /// Exit with 1 for warnings, too
    #[arg(long)]
    pub(crate) deny_warnings: bool,
    /// Print also the most steps that deciding each action takes, and which rules take them
    #[arg(long)]
    pub(crate) costs: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// With source lines
    Human,
    /// A line each
    Short,
    /// For programs
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct FmtArgs {
    /// Files, or folders to search for .zt files; `-` is standard input, printed on standard output
    #[arg(value_name = "PATH", default_value = ".")]
    pub(crate) paths: Vec<PathBuf>,
    /// Change nothing: list the files that would change, and exit with 1 if there are any
    #[arg(long)]
    pub(crate) check: bool,
}

#[derive(Debug, Args)]
pub(crate) struct TestArgs {
    /// Packages, or folders to search for packages
    #[arg(value_name = "PATH", default_value = ".")]
    pub(crate) paths: Vec<PathBuf>,
    /// Run tests whose `package/suite/test` holds this text; may be repeated
    #[arg(long, value_name = "TEXT")]
    pub(crate) filter: Vec<String>,
    /// Print the names of tests instead of running them
    #[arg(long)]
    pub(crate) list: bool,
    /// How many tests run at a time [default: one for each core]
    #[arg(long, value_name = "N", value_parser = jobs)]
    pub(crate) jobs: Option<usize>,
    /// How to print
    #[arg(long, value_enum, default_value_t = TestFormat::Human)]
    pub(crate) format: TestFormat,
}

fn jobs(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(n) if (1..=1024).contains(&n) => Ok(n),
        _ => Err("a number from 1 to 1024".to_owned()),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TestFormat {
    /// With reasons and source lines
    Human,
    /// For programs
    Json,
    /// For CI systems
    Junit,
}

#[derive(Debug, Args)]
pub(crate) struct EvalArgs {
    /// The package
    #[arg(value_name = "PATH")]
    pub(crate) path: PathBuf,
    /// A file with a request, or one a line; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) request: PathBuf,
    /// A file of facts that a host would answer, as JSON: sources, approvals, members, supported obligations, now
    #[arg(long, value_name = "FILE")]
    pub(crate) facts: Option<PathBuf>,
    /// The instant of the decision, as in 2026-03-27T14:00:00Z [default: that of the facts, or else now]
    #[arg(long, value_name = "INSTANT")]
    pub(crate) now: Option<String>,
    /// Decide with the reference evaluator too, and print every condition with its value
    #[arg(long)]
    pub(crate) why: bool,
    /// How to print [default: json, with --why human]
    #[arg(long, value_enum)]
    pub(crate) format: Option<EvalFormat>,
    /// Exit with 10 for a deny, 11 for a required approval; of several the strictest
    #[arg(long)]
    pub(crate) exit_status: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum EvalFormat {
    /// For people
    Human,
    /// The decision, one a line
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct BenchArgs {
    /// The package, or a folder to search for packages
    #[arg(value_name = "PATH", default_value = ".")]
    pub(crate) path: PathBuf,
    /// A file with a request, or one a line, instead of the calls of the tests; `-` is standard input
    #[arg(long, alias = "request", value_name = "FILE")]
    pub(crate) requests: Option<PathBuf>,
    /// A file of facts that a host would answer, for requests from a file
    #[arg(long, value_name = "FILE", requires = "requests")]
    pub(crate) facts: Option<PathBuf>,
    /// The instant of decisions on requests from a file, as in 2026-03-27T14:00:00Z [default: that of the facts, or else now]
    #[arg(long, value_name = "INSTANT", requires = "requests")]
    pub(crate) now: Option<String>,
    /// How to print
    #[arg(long, value_enum, default_value_t = FactsFormat::Human)]
    pub(crate) format: FactsFormat,
    /// The same as `--format json`
    #[arg(long, conflicts_with = "format")]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct FactsArgs {
    /// The package
    #[arg(value_name = "PATH")]
    pub(crate) path: PathBuf,
    /// One action, by its name in policies or in requests [default: all]
    #[arg(value_name = "ACTION")]
    pub(crate) action: Option<String>,
    /// How to print
    #[arg(long, value_enum, default_value_t = FactsFormat::Human)]
    pub(crate) format: FactsFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FactsFormat {
    /// For people
    Human,
    /// For programs
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct DocArgs {
    /// The package
    #[arg(value_name = "PATH", default_value = ".")]
    pub(crate) path: PathBuf,
    /// The folder for the pages: a new or empty one, or one that holds what `zt doc` wrote
    #[arg(short, long, value_name = "DIR", default_value = "zt-doc")]
    pub(crate) output: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// What the file is
    #[arg(value_enum, value_name = "KIND")]
    pub(crate) kind: ImportKind,
    /// The file; `-` is standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Write the declarations here; a file that was not generated is never overwritten [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// The package they are for [default: that of the nearest zt.toml, or else tools and the file's name]
    #[arg(long, value_name = "NAME")]
    pub(crate) package: Option<String>,
    /// Put this name and a dot before the names that tools have in requests, for a gateway that tells servers apart so
    #[arg(long, value_name = "NAME")]
    pub(crate) server: Option<String>,
    /// How to print what was found; as JSON everything is on standard output
    #[arg(long, value_enum, default_value_t = ImportFormat::Human)]
    pub(crate) format: ImportFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ImportKind {
    /// What an MCP server answers to `tools/list`
    Mcp,
    /// A description of an API, of OpenAPI 3.0 or 3.1, in JSON or YAML
    Openapi,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ImportFormat {
    /// For people
    Human,
    /// For programs
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// A code: ZT0203, wrong_type
    pub(crate) code: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    pub(crate) shell: Shell,
}

#[derive(Debug, Args)]
pub(crate) struct LspArgs {
    /// Standard input and output: the only way, named for editors that name it
    #[arg(long)]
    pub(crate) stdio: bool,
}
