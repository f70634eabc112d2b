//! Tags: which actions carry which.

use std::collections::BTreeSet;

use super::Cx;
use crate::db::{Namespace, find, names};
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::Name;
use crate::syntax::ast::Ident;

impl Cx<'_> {
    /// The actions that carry a tag; `None` if there is no such tag, which is reported.
    pub(crate) fn tagged(&mut self, name: &Ident) -> Option<Vec<Name>> {
        if find(self.db, self.package, Namespace::Tag, &name.text).is_none() {
            if !self.excused(Namespace::Tag) {
                let known = names(self.db, self.package, Namespace::Tag);
                let d = Diagnostic::new(Code::UnknownTag, name.span, format!("no tag is called `{}`", name.text))
                    .label("not declared in this package")
                    .help(format!("declare it: `tag {}`", name.text))
                    .did_you_mean(name.span, &name.text, known.iter().map(|n| &**n));
                self.report(d);
            }
            return None;
        }
        self.not_yet(name.span, "tags");
        None
    }

    /// A tag and those that whoever carries it carries too.
    pub(crate) fn tag_and_above(&self, name: &Name) -> BTreeSet<Name> {
        BTreeSet::from([name.clone()])
    }
}
