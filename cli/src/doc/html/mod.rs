//! What is known about a package, as pages that need nothing but themselves.

mod links;
mod markdown;
mod text;
mod shell;
mod rule;
mod index;
mod action;
mod policy;
mod demands;
mod memory;
mod facts;
mod vocabulary;
mod tests;
mod source;

use self::links::Links;
use super::model::Site;

pub(crate) use self::links::INDEX;

/// A page.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    /// The name of its file.
    pub(crate) name: String,
    /// Its HTML.
    pub(crate) text: String,
}

/// What all pages are made with.
struct Cx<'a> {
    site: &'a Site,
    links: Links,
    /// Whether actions write their rules out, or only name them: in a package of very many rules for very many actions
    /// the pages would be mostly repetition.
    written_out: bool,
}

/// The most rules that are written out on the pages of actions, all pages together.
const WRITTEN_OUT: usize = 20_000;

/// All pages about a package.
pub(crate) fn pages(site: &Site) -> Vec<Page> {
    let rules: usize = site.actions.iter().map(|action| action.rules.len()).sum();
    let cx = Cx { site, links: Links::of(site), written_out: rules <= WRITTEN_OUT };
    let mut out = vec![index::page(&cx)];
    out.extend(site.actions.iter().map(|action| action::page(&cx, action)));
    out.extend(site.policies.iter().map(|policy| policy::page(&cx, policy)));
    out.extend([
        demands::tiers(&cx),
        demands::obligations(&cx),
        memory::page(&cx),
        facts::page(&cx),
        vocabulary::types(&cx),
        vocabulary::tables(&cx),
        tests::page(&cx),
    ]);
    out.extend(site.shown_files().into_iter().map(|file| source::page(&cx, file)));
    out
}
