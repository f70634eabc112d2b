//! Channels: who vouches for attributes.

use std::sync::Arc;

use super::Cx;
use super::types::show;
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::{Channel, Ty};
use crate::syntax::ast::{self, ChannelKind};

impl Cx<'_> {
    /// The channel that is meant; `None` after a mistake. `id` is the type of what is asked by, if that may be said.
    pub(crate) fn channel(&mut self, from: &ast::Channel, id: Option<&Ty>) -> Option<Channel> {
        match &from.kind {
            ChannelKind::Word(word) if &*word.text == "pep" => Some(Channel::Pep),
            ChannelKind::Word(word) => {
                let d = Diagnostic::new(
                    Code::UnknownChannel,
                    word.span,
                    format!("attributes cannot come from `{}`", word.text),
                )
                .label("not a channel")
                .help("`from pep`: the enforcement point sends them; `from source NAME`: a source is asked by id; `from file \"…\"`: it stands in a file beside the policies")
                .did_you_mean(word.span, &word.text, ["pep", "source", "file"]);
                self.report(d);
                None
            }
            ChannelKind::Source { name, by, fresh } => {
                let fresh = match fresh {
                    Some(n) => Some(self.micros(n)?),
                    None => None,
                };
                if let Some(by) = by {
                    self.not_yet(by.span, "the type of a source's ids");
                    let ty = self.resolve(by)?;
                    let text = matches!(ty.ty.base(), Ty::String | Ty::Ident | Ty::Syntax(_));
                    if id.is_none() || !text {
                        let d = Diagnostic::new(
                            Code::BadElement,
                            by.span,
                            if text { "members are asked for by their ids".to_owned() } else { format!("an id is a text, not `{}`", show(&ty.ty)) },
                        )
                        .label("not the type of an id")
                        .help("`by` gives the type of the ids by which a source is asked, such as a `String matching re\"…\"`");
                        self.report(d);
                        return None;
                    }
                }
                Some(Channel::Source { name: name.text.clone(), fresh })
            }
            ChannelKind::File(file) => {
                // Approvers cannot come from one, whichever it is.
                if id.is_some() {
                    self.data_file(file);
                }
                Some(Channel::File(Arc::default()))
            }
        }
    }
}
