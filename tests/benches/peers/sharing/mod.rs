//! W5: the two policies of Cedar's published benchmark, rebuilt from their description: repositories whose teams may read, write
//! and administer them, and documents in folders that people are given to see. Who belongs to what comes with the request.

pub(crate) mod hand;
#[cfg(feature = "peers")]
pub(crate) mod peers;

use serde_json::{Value, json};

pub(crate) const GITHUB: &str = include_str!("github.zt");
pub(crate) const GDRIVE: &str = include_str!("gdrive.zt");

const ROLES: [&str; 5] = ["readers", "triagers", "writers", "maintainers", "admins"];

/// A user who is in so many of a repository's teams, from the readers on, and in teams of other repositories.
fn user(id: &str, teams: usize) -> Value {
    let own = ROLES.iter().take(teams).map(|role| json!({ "type": "Team", "id": format!("engine-{role}") }));
    let others = (0..8).map(|at| json!({ "type": "Team", "id": format!("repository-{at}-readers") }));
    json!({ "type": "User", "id": id, "properties": { "login": id, "in": others.chain(own).collect::<Vec<_>>() } })
}

fn repository() -> Value {
    let team = |role: &str| json!({ "type": "Team", "id": format!("engine-{role}") });
    let teams: serde_json::Map<String, Value> = ROLES.iter().map(|role| ((*role).to_owned(), team(role))).collect();
    json!({ "type": "Repository", "id": "engine", "properties": teams })
}

fn issue(reporter: &Value) -> Value {
    json!({ "type": "Issue", "id": "issue-17", "properties": { "repo": repository(), "reporter": reporter } })
}

fn request(subject: &Value, action: &str, resource: &Value) -> String {
    let action = json!({ "name": action, "properties": {} });
    json!({ "subject": subject, "action": action, "resource": resource }).to_string()
}

pub(crate) fn github() -> Vec<String> {
    let (reader, writer, admin, nobody) = (user("ann", 1), user("bob", 3), user("cid", 5), user("eve", 0));
    let (repository, issue) = (repository(), issue(&reader));
    vec![
        request(&reader, "pull", &repository),
        request(&writer, "push", &repository),
        request(&admin, "add_reader", &repository),
        request(&reader, "edit_issue", &issue),
        request(&writer, "edit_issue", &issue),
        request(&writer, "assign_issue", &issue),
        request(&admin, "delete_issue", &issue),
        request(&reader, "fork", &repository),
        request(&nobody, "pull", &repository),
        request(&reader, "push", &repository),
        request(&writer, "add_admin", &repository),
        request(&nobody, "delete_issue", &issue),
    ]
}

pub(crate) fn gdrive() -> Vec<String> {
    let user = |id: &str, folders: &[&str]| {
        let folders: Vec<Value> = folders.iter().map(|id| json!({ "type": "Folder", "id": id })).collect();
        json!({ "type": "User", "id": id, "properties": { "login": id, "viewable": folders } })
    };
    let (ann, bob, eve) =
        (user("ann", &["own", "plans"]), user("bob", &["a", "b", "c", "d", "e", "plans"]), user("eve", &["a", "b"]));
    let document = |owner: &Value, is_public: bool| {
        let folders: Vec<Value> =
            ["plans", "2026", "root"].iter().map(|id| json!({ "type": "Folder", "id": id })).collect();
        json!({ "type": "Document", "id": "doc-1", "properties": {
            "owner": owner, "is_public": is_public, "title": "Plans for the year", "in": folders,
        } })
    };
    let (private, public) = (document(&ann, false), document(&ann, true));
    vec![
        request(&ann, "read", &private),
        request(&ann, "write", &private),
        request(&ann, "change_owner", &public),
        request(&bob, "read", &private),
        request(&bob, "read", &public),
        request(&bob, "write", &public),
        request(&eve, "read", &public),
        request(&eve, "read", &private),
        request(&eve, "share", &public),
    ]
}
