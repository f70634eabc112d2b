//! `zt lsp`: the language server on standard input and output.

use crate::args::LspArgs;
use crate::exit::{self, Stop};

pub(crate) fn run(_: &LspArgs) -> Result<u8, Stop> {
    match zt_lsp::server::serve() {
        Ok(true) => Ok(exit::OK),
        Ok(false) => Ok(exit::FINDINGS),
        Err(e) => Err(Stop::usage(format!("cannot serve an editor: {e}"))),
    }
}
