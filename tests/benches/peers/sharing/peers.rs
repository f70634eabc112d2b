//! Both policies in Cedar, as they were published.

use crate::others::cedar::{Cedar, Shape};

fn shape(types: &'static [&'static str], actions: &[&str]) -> Shape {
    let actions = actions.iter().map(|action| (*action).to_owned()).collect();
    Shape { ranks: &[], read: &[], computed: |_| vec![], types, actions }
}

pub(crate) fn github() -> Cedar {
    let actions = [
        "pull",
        "fork",
        "push",
        "add_reader",
        "add_triager",
        "add_writer",
        "add_maintainer",
        "add_admin",
        "edit_issue",
        "delete_issue",
        "assign_issue",
    ];
    Cedar::new(include_str!("github.cedar"), None, shape(&["User", "Team", "Repository", "Issue"], &actions))
}

pub(crate) fn gdrive() -> Cedar {
    let actions = ["read", "write", "share", "change_owner"];
    Cedar::new(include_str!("gdrive.cedar"), None, shape(&["User", "Folder", "Document"], &actions))
}
