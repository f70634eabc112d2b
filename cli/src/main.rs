//! The `zt` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(zt_cli::command::main())
}
