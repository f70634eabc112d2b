//! `zt completions`: what a shell needs to complete commands, options and their values.

use clap::Command;
use clap_complete::generate;

use crate::args::CompletionsArgs;
use crate::exit::{self, Stop};
use crate::output::print;

pub(crate) fn run(args: &CompletionsArgs, mut command: Command) -> Result<u8, Stop> {
    let mut script = vec![];
    generate(args.shell, &mut command, "zt", &mut script);
    print(&String::from_utf8(script).map_err(Stop::bug)?);
    Ok(exit::OK)
}
