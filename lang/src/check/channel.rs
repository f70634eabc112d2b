//! Channels: who vouches for attributes.

use std::sync::Arc;

use super::Cx;
use super::types::show;
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::{Channel, Source, Ty, Type};
use crate::syntax::ast::{self, ChannelKind};

impl Cx<'_> {
    /// The channel that is meant, of an entity's attributes or of something else; `None` after a mistake.
    pub(crate) fn channel(&mut self, from: &ast::Channel, of_entity: bool) -> Option<Channel> {
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
            ChannelKind::Source { name, by: _, fresh } => {
                let fresh = match fresh {
                    Some(n) => Some(self.micros(n)?),
                    None => None,
                };
                Some(Channel::Source { name: name.text.clone(), fresh })
            }
            ChannelKind::File(file) => {
                // Approvers cannot come from one, whichever it is.
                if of_entity {
                    self.data_file(file);
                }
                Some(Channel::File(Arc::default()))
            }
        }
    }

    /// The type of the ids by which a source is asked, where it is said.
    pub(crate) fn id_type(&mut self, from: &ast::Channel) -> Option<Type> {
        let ChannelKind::Source { by: Some(by), .. } = &from.kind else { return None };
        let ty = self.resolve(by)?;
        if !matches!(ty.ty.base(), Ty::String | Ty::Ident) || by.absent().is_some() {
            let d = Diagnostic::new(Code::BadElement, by.span, format!("an id is a text, not `{}`", show(&ty.ty)))
                .label("not the type of an id")
                .help("`by` gives the type of the ids by which a source is asked, such as a `String matching re\"…\"`");
            self.report(d);
            return None;
        }
        Some(ty)
    }

    /// Who vouches for membership of a group: of people, who have no ids of a type.
    pub(crate) fn membership(&mut self, from: &ast::Channel) -> Option<Channel> {
        self.no_id_type(from);
        self.channel(from, false)
    }

    /// Who is asked for the rows of a table. They have no ids, but keys.
    pub(crate) fn asked_for_rows(&mut self, from: &ast::Channel) -> Option<Source> {
        if let ChannelKind::Source { by: Some(by), .. } = &from.kind {
            let d = Diagnostic::new(Code::BadElement, by.span, "rows are asked for by their keys")
                .label("not the type of an id")
                .help("remove it; the table says of which types its keys are");
            self.report(d);
        }
        match self.channel(from, false)? {
            Channel::Source { name, fresh } => Some(Source { name, fresh }),
            Channel::Pep | Channel::File(_) => None,
        }
    }

    /// Refuses the type of ids where none are told apart by it.
    fn no_id_type(&mut self, from: &ast::Channel) {
        if let ChannelKind::Source { by: Some(by), .. } = &from.kind {
            let d = Diagnostic::new(Code::BadElement, by.span, "members are asked for by their ids")
                .label("not the type of an id")
                .help("remove it; an entity says of which type its ids are");
            self.report(d);
        }
    }
}
