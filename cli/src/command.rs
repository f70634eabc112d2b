//! The commands, and which of them the process was started with.

use clap::{CommandFactory, Parser, Subcommand};

use crate::args::{
    BenchArgs, CheckArgs, CompletionsArgs, DocArgs, EvalArgs, ExplainArgs, FactsArgs, FmtArgs, ImportArgs, InitArgs,
    LspArgs, TestArgs,
};
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
        after_help = "Examples:\n  zt check\n  zt check examples --format short\n  zt check --costs       the most steps of each decision\n\nExits with 1 if there are mistakes."
    )]
    Check(CheckArgs),
    /// Put policies into the one layout
    #[command(
        after_help = "Examples:\n  zt fmt\n  zt fmt --check examples\n  zt fmt refunds/refunds.zt\n  zt fmt - < refunds.zt\n\nComments are kept, and what a policy says does not change. A file with mistakes in its syntax stays as it is.\nExits with 1 if there are such files, or with --check files that would change; 4 if there are no .zt files."
    )]
    Fmt(FmtArgs),
    /// Compile packages to native code and run the tests in them
    #[command(
        after_help = "Examples:\n  zt test\n  zt test examples --filter refund\n  zt test --list\n  zt test --format junit > report.xml\n\nExits with 1 if a test failed, 3 if a package does not compile, 4 if nothing ran."
    )]
    Test(TestArgs),
    /// Decide requests from a file
    #[command(
        after_help = "Examples:\n  zt eval refunds --request request.json\n  zt eval refunds --request request.json --why\n  zt eval refunds --request request.json --facts facts.json --now 2026-03-27T14:00:00Z\n  cat log.jsonl | zt eval refunds --request - --exit-status\n\nA request is AuthZEN JSON: {\"subject\":{\"type\",\"id\",\"properties\"},\"action\":{\"name\",\"properties\"},\n\"resource\":{\"type\",\"id\",\"properties\"},\"context\":{…}}. A refused request is decided: denied.\nEach request is decided by itself, with nothing before it: windows are empty, and nothing is remembered of it."
    )]
    Eval(EvalArgs),
    /// Measure decisions of each action: time, rules asked, machine code
    #[command(
        after_help = "Examples:\n  zt bench refunds\n  zt bench refunds --requests log.jsonl --now 2026-03-27T14:00:00Z\n  zt bench refunds --json\n\nWithout requests from a file, the calls of the package's tests are decided: at their clocks, with their facts,\nafter what came before them in their tests. What is printed for an action is the median of its requests.\nFigures are those of this machine, and of what else it does meanwhile.\nExits with 3 if a package does not compile, 4 if there is no request."
    )]
    Bench(BenchArgs),
    /// Print what a gateway sends and a host answers, for each action
    #[command(
        after_help = "Examples:\n  zt facts refunds\n  zt facts refunds orders.refund\n  zt facts refunds --format json\n\nWhat a policy reads decides what is asked: sources only for what some rule reads. What is required in a request\nis sent whether it is read or not."
    )]
    Facts(FactsArgs),
    /// Describe a package on pages for a browser: who may do what, under which conditions
    #[command(
        after_help = "Examples:\n  zt doc refunds\n  zt doc refunds -o site/refunds\n\nOpen index.html in the folder; no server is needed, and the pages load nothing. Whoever reads them need not know zt:\nthey say for each action who may do it, which rules allow it and take away from it, what is remembered, who is\nasked, and which tests name a rule. The same package gives the same bytes.\nA folder that holds anything else is left as it is: exits with 2. Exits with 3 if the package does not compile."
    )]
    Doc(DocArgs),
    /// Declare the tools of an MCP server or the operations of an API, typed
    #[command(
        after_help = "Examples:\n  zt import mcp tools.json -o tools/mail.zt\n  zt import mcp tools.json --server mail --package tools.mail -o tools/mail.zt\n  zt import openapi api.json -o tools/shop.zt\n  zt import mcp - --format json < tools.json\n\nThe file is what an MCP server answers to `tools/list`, or an OpenAPI description. What is\ngenerated is never edited: `extend` its actions in a file of your own. Whatever a schema says that no type\nsays is told, with its place in the file.\nExits with 0 even then, and with 1 if nothing of the file can be used."
    )]
    Import(ImportArgs),
    /// Explain a diagnostic or a reason to refuse a request
    #[command(
        after_help = "Examples:\n  zt explain ZT0203\n  zt explain wrong_type\n  zt explain             lists them all"
    )]
    Explain(ExplainArgs),
    /// Serve an editor on standard input and output, by the Language Server Protocol
    #[command(
        after_help = "Examples:\n  zt lsp                 what an editor starts; it is not for typing\n  nvim -u editors/neovim/zt.lua refunds/refunds.zt\n\nMistakes are shown while one writes, with what a name means and where it is declared.\nExits with 0 after the editor said goodbye, with 1 if it went away without."
    )]
    Lsp(LspArgs),
    /// Print what a shell needs to complete commands and options
    #[command(
        after_help = "Examples:\n  zt completions bash > ~/.local/share/bash-completion/completions/zt\n  zt completions zsh > ~/.zfunc/_zt          with ~/.zfunc in fpath before compinit\n  zt completions fish > ~/.config/fish/completions/zt.fish"
    )]
    Completions(CompletionsArgs),
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
        Command::Fmt(args) => crate::fmt::run(args),
        Command::Test(args) => crate::test::run(args),
        Command::Eval(args) => crate::eval::run(args),
        Command::Bench(args) => crate::bench::run(args),
        Command::Facts(args) => crate::facts::run(args),
        Command::Doc(args) => crate::doc::run(args),
        Command::Import(args) => crate::import::run(args),
        Command::Explain(args) => crate::explain::run(args),
        Command::Lsp(args) => crate::lsp::run(args),
        Command::Completions(args) => crate::completions::run(args, Cli::command()),
    });
    match outcome.unwrap_or_else(|_| Err(Stop::bug("it panicked (see above)"))) {
        Ok(code) => code,
        Err(Stop { code, message }) => {
            complain(&format!("{}: {}", Style::detect().red("error"), message.trim_end()));
            code
        }
    }
}
