//! Both policies as a person would write them in Rust.

use serde::Deserialize;

use crate::outcome::{Effect, Outcome};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Request<S, R> {
    subject: Entity<S>,
    action: Action,
    resource: Entity<R>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Action {
    name: String,
    #[expect(dead_code, reason = "there are none")]
    properties: Nothing,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entity<P> {
    r#type: String,
    id: String,
    properties: P,
}

/// An entity that is only named.
#[derive(Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Named {
    r#type: String,
    id: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Member {
    #[expect(dead_code, reason = "read by no rule")]
    login: String,
    r#in: Vec<Named>,
}

/// A repository or an issue.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Target {
    Repository(Repository),
    Issue(Issue),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Repository {
    readers: Named,
    triagers: Named,
    writers: Named,
    maintainers: Named,
    admins: Named,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Issue {
    repo: Entity<Repository>,
    reporter: Entity<Member>,
}

/// The record of a decision.
pub(crate) struct Decision {
    allows: bool,
    determined_by: Vec<&'static str>,
}

fn decision(determined_by: Vec<&'static str>) -> Decision {
    if determined_by.is_empty() {
        Decision { allows: false, determined_by: vec!["default"] }
    } else {
        Decision { allows: true, determined_by }
    }
}

pub(crate) type OfGithub = Request<Member, Target>;

pub(crate) fn github(request: &OfGithub) -> Decision {
    let is_in = |team: &Named| request.subject.properties.r#in.contains(team);
    let mut allows = vec![];
    match (request.action.name.as_str(), &request.resource.properties) {
        ("pull" | "fork", Target::Repository(repository)) if is_in(&repository.readers) => allows.push("reads"),
        ("push", Target::Repository(repository)) if is_in(&repository.writers) => allows.push("writes"),
        (
            "add_reader" | "add_triager" | "add_writer" | "add_maintainer" | "add_admin",
            Target::Repository(repository),
        ) if is_in(&repository.admins) => allows.push("administers"),
        (action @ ("edit_issue" | "delete_issue"), Target::Issue(issue)) => {
            let repository = &issue.repo.properties;
            let (subject, reporter) = (&request.subject, &issue.reporter);
            if is_in(&repository.readers) && subject.id == reporter.id && subject.r#type == reporter.r#type {
                allows.push("own");
            }
            if action == "edit_issue" && is_in(&repository.writers) {
                allows.push("edits");
            }
            if action == "delete_issue" && is_in(&repository.maintainers) {
                allows.push("deletes");
            }
        }
        ("assign_issue", Target::Issue(issue)) if is_in(&issue.repo.properties.triagers) => allows.push("triages"),
        _ => {}
    }
    decision(allows)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Viewer {
    #[expect(dead_code, reason = "read by no rule")]
    login: String,
    viewable: Vec<Named>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Document {
    owner: Entity<Viewer>,
    is_public: bool,
    #[expect(dead_code, reason = "read by no rule")]
    title: String,
    r#in: Vec<Named>,
}

pub(crate) type OfGdrive = Request<Viewer, Document>;

pub(crate) fn gdrive(request: &OfGdrive) -> Decision {
    let (subject, document) = (&request.subject, &request.resource.properties);
    let mut allows = vec![];
    if subject.id == document.owner.id && subject.r#type == document.owner.r#type {
        allows.push("owner");
    }
    if request.action.name == "read" {
        if subject.properties.viewable.iter().any(|folder| document.r#in.contains(folder)) {
            allows.push("viewer");
        }
        if document.is_public {
            allows.push("everybody");
        }
    }
    decision(allows)
}

pub(crate) fn outcome(decision: &Decision) -> Outcome {
    let effect = if decision.allows { Effect::Allow } else { Effect::Deny };
    Outcome::new(effect, decision.determined_by.iter().copied())
}
