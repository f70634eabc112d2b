//! Arguments, and which command they are for.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::exit::{self, Stop};
use crate::output::{Style, complain};

/// zt checks, tests and evaluates zero-trust policies.
#[derive(Debug, Parser)]
#[command(
    name = "zt",
    version,
    arg_required_else_help = true,
    about = "zt checks, tests and evaluates zero-trust policies",
    after_help = "Start with:\n  zt init refunds        a package with a policy and its tests\n  zt test refunds        compile it to native code and run them\n\nExit codes: 0 ok, 1 findings, 2 wrong usage, 3 does not compile, 4 nothing ran, 70 a bug of ours"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a package to start from
    #[command(after_help = "Examples:\n  zt init refunds\n  zt init --template refunds policies/refunds")]
    Init(InitArgs),
    /// Print every mistake in packages
    #[command(
        after_help = "Examples:\n  zt check\n  zt check examples --format short\n\nExits with 1 if there are mistakes."
    )]
    Check(CheckArgs),
    /// Compile packages to native code and run the tests in them
    #[command(
        after_help = "Examples:\n  zt test\n  zt test examples --filter refund\n  zt test --list\n  zt test --format junit > report.xml\n\nExits with 1 if a test failed, 3 if a package does not compile, 4 if nothing ran."
    )]
    Test(TestArgs),
    /// Decide requests from a file
    #[command(
        after_help = "Examples:\n  zt eval refunds --request request.json\n  zt eval refunds --request request.json --why\n  cat log.jsonl | zt eval refunds --request - --exit-status\n\nA request is AuthZEN JSON: {\"subject\":{\"type\",\"id\",\"properties\"},\"action\":{\"name\",\"properties\"},\n\"resource\":{\"type\",\"id\",\"properties\"},\"context\":{…}}. A refused request is decided: denied."
    )]
    Eval(EvalArgs),
    /// Explain a diagnostic or a reason to refuse a request
    #[command(
        after_help = "Examples:\n  zt explain ZT0203\n  zt explain wrong_type\n  zt explain             lists them all"
    )]
    Explain(ExplainArgs),
}

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
pub(crate) struct ExplainArgs {
    /// A code: ZT0203, wrong_type
    pub(crate) code: Option<String>,
}

/// Runs the command that the process was started with.
#[must_use]
pub fn main() -> u8 {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(e) => {
            let _ = e.print();
            return u8::try_from(e.exit_code()).unwrap_or(exit::USAGE);
        }
    };
    // A panic is a bug of ours; it must not look like findings.
    let outcome = std::panic::catch_unwind(|| match &cli.command {
        Command::Init(args) => crate::init::run(args),
        Command::Check(args) => crate::check::run(args),
        Command::Test(args) => crate::test::run(args),
        Command::Eval(args) => crate::eval::run(args),
        Command::Explain(args) => crate::explain::run(args),
    });
    match outcome.unwrap_or_else(|_| Err(Stop::bug("it panicked (see above)"))) {
        Ok(code) => code,
        Err(Stop { code, message }) => {
            complain(&format!("{}: {}", Style::detect().red("error"), message.trim_end()));
            code
        }
    }
}
