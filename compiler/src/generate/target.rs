//! The machine that code is made for.

use std::str::FromStr;
use std::sync::Arc;

use cranelift_codegen::isa::{self, TargetIsa};
use cranelift_codegen::settings::{self, Configurable};
use target_lexicon::{Architecture, Triple};

use crate::Bug;

/// A machine that code is made for: an architecture at its baseline, whatever the machine at hand can do
/// beyond it.
#[derive(Clone)]
pub struct Target {
    isa: Arc<dyn TargetIsa>,
    /// The same for code that is made sooner and runs a little slower.
    hasty: Arc<dyn TargetIsa>,
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Target").field(&self.name()).finish()
    }
}

impl Target {
    /// The machine that this program was built for.
    ///
    /// # Errors
    /// If there is no code generator for it.
    pub fn host() -> Result<Target, Bug> {
        Target::new(Triple::host())
    }

    /// The machine of this target triple, such as `aarch64-unknown-linux-gnu`.
    ///
    /// # Errors
    /// If it is no target triple, or there is no code generator for it.
    pub fn named(triple: &str) -> Result<Target, Bug> {
        let triple =
            Triple::from_str(triple).map_err(|error| Bug::new(format!("`{triple}` is no target triple: {error}")))?;
        Target::new(triple)
    }

    /// Its target triple.
    #[must_use]
    pub fn name(&self) -> String {
        self.isa.triple().to_string()
    }

    /// What makes code for it, hastily where there is much to make.
    pub(super) fn isa(&self, is_hasty: bool) -> &dyn TargetIsa {
        if is_hasty { &*self.hasty } else { &*self.isa }
    }

    /// What stands between two functions; it stops whoever runs into it.
    pub(super) fn padding(&self) -> u8 {
        match self.isa.triple().architecture {
            // int3
            Architecture::X86_64 => 0xcc,
            // udf #0
            _ => 0,
        }
    }

    fn new(triple: Triple) -> Result<Target, Bug> {
        Ok(Target { isa: isa(&triple, "speed")?, hasty: isa(&triple, "none")? })
    }
}

fn isa(triple: &Triple, opt_level: &str) -> Result<Arc<dyn TargetIsa>, Bug> {
    let mut flags = settings::builder();
    let verify = if cfg!(debug_assertions) { "true" } else { "false" };
    for (name, value) in [
        ("opt_level", opt_level),
        ("is_pic", "true"),
        ("unwind_info", "false"),
        ("enable_probestack", "false"),
        ("enable_verifier", verify),
    ] {
        flags.set(name, value).map_err(|error| Bug::new(format!("setting `{name}`: {error}")))?;
    }
    isa::lookup(triple.clone())
        .map_err(|error| Bug::new(format!("no code generator for `{triple}`: {error}")))?
        .finish(settings::Flags::new(flags))
        .map_err(|error| Bug::new(format!("no code generator for `{triple}`: {error}")))
}
