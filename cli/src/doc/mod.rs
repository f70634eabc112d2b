//! `zt doc`: pages about a package, for those who have to judge it.
//!
//! What is said ([`model`], made by [`build`]) is apart from how it is said ([`html`]) and from where it is put ([`folder`]).

mod names;
mod places;
mod model;
mod words;
mod reading;
mod build;
mod html;
mod folder;

use crate::args::DocArgs;
use crate::check::refuse;
use crate::exit::{self, Stop};
use crate::load;
use crate::output::{harmless, plural, print};

pub(crate) fn run(args: &DocArgs) -> Result<u8, Stop> {
    let package = load::one(&args.path)?;
    let checked = package.check().map_err(|mistakes| refuse(&package, &mistakes))?;
    let site = build::site(&package, checked.hir());
    let pages = html::pages(&site);
    let folder = &args.output;
    let gone = folder::write(folder, &pages)?;
    let shown = harmless(&folder.display().to_string());
    let gone =
        if gone == 0 { String::new() } else { format!(", {} removed that it no longer has", plural(gone, "page")) };
    print(&format!(
        "described package {} on {} in {shown}{gone}\n\n  {shown}/{}\n",
        package.name,
        plural(pages.len(), "page"),
        html::INDEX
    ));
    Ok(exit::OK)
}
