//! Places in a request: where they start, the fields on the way, and how policies write them.

use crate::check::choice::is_variant;
use crate::hir::{Action, Expr, ExprKind, Name, Root};

/// A place in the request: where it starts, and the fields on the way; `[]` is an element.
pub(super) type Place = (Root, Vec<Name>);

/// After a place: the list that is written out with it as an element.
pub(super) const LISTED: &str = "[=]";

/// The place a step further. An element of a list that is written out is what stands there.
pub(super) fn further((root, mut fields): Place, step: Name) -> Place {
    if &*step == "[]" && fields.last().is_some_and(|last| **last == *LISTED) {
        fields.pop();
    } else {
        fields.push(step);
    }
    (root, fields)
}

/// One field on.
pub(super) fn below((root, fields): &Place, name: &str) -> Place {
    (*root, fields.iter().cloned().chain([Name::from(name)]).collect())
}

/// A place as policies write it.
pub(super) fn joined(root: Root, fields: &[Name]) -> String {
    let root = root.word().unwrap_or("input");
    fields.iter().fold(root.to_owned(), |text, f| match &**f {
        "[]" => text + "[]",
        variant if is_variant(variant) => text,
        field => format!("{text}.{field}"),
    })
}

/// A path as policies write it; `…` for what is computed.
pub(super) fn written(e: &Expr) -> String {
    match &e.kind {
        ExprKind::Path(path) => {
            let root = match path.root {
                Root::Tag => "",
                root => root.word().unwrap_or("…"),
            };
            let all: Vec<&str> =
                [root].into_iter().chain(path.fields.iter().map(|f| &**f)).filter(|s| !s.is_empty()).collect();
            all.join(".")
        }
        _ => "…".to_owned(),
    }
}

/// Where the id is by which a source is asked.
pub(super) fn keyed_by(action: &Action, root: Root, fields: &[Name]) -> String {
    match &action.resource_id {
        Some(id) if root == Root::Resource && fields.is_empty() => written(id),
        _ => joined(root, fields),
    }
}
