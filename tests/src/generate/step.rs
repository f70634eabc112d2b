//! Steps of a sequence: a call with what its host says, an attestation, a store that is lost.

use serde_json::{Value, json};
use zt_values::time::format_instant;

/// One thing that happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// When, by the wall clock, in microseconds since 1970.
    pub now: i64,
    /// When, by the clock that only runs forward, in microseconds.
    pub mono: i64,
    /// What.
    pub what: What,
}

/// What happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A request is decided.
    Call(Call),
    /// The call of this step is attested.
    Attest {
        /// Which step.
        call: usize,
        /// Whether the call succeeded.
        ok: bool,
        /// What it gave back, if that is said.
        output: Option<String>,
    },
    /// An event is reported: the report stands where a request would, with what sources answer about it.
    Observe(Call),
    /// The store stops answering, or answers again.
    Outage(bool),
}

/// A request, and what its host says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Call {
    /// The request.
    pub request: Vec<u8>,
    /// What sources answer, each as JSON.
    pub answers: Vec<String>,
    /// What they answer about tables, each as JSON.
    pub tables: Vec<String>,
    /// Groups of approvers and who is in them, and how many seconds ago that was said.
    pub members: Vec<(String, String, u32)>,
    /// Approvals.
    pub approvals: Vec<Approval>,
    /// The obligations that the enforcement point knows, if it says so.
    pub supported: Option<Vec<String>>,
}

/// An approval, before it is known what it is bound to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Its own id.
    pub id: String,
    /// Who gave it: type, if it is said, and id.
    pub by: (Option<String>, String),
    /// In whose name.
    pub from: String,
    /// When.
    pub at: i64,
    /// What it is bound to: what the decision of this step asks for, or nothing.
    pub of: Option<usize>,
}

impl Call {
    /// The JSON of what the host says. `binding` tells what the decision of a step asks for.
    pub fn facts(&self, now: i64, binding: impl Fn(usize) -> Option<String>) -> String {
        let approvals: Vec<Value> = self
            .approvals
            .iter()
            .map(|a| {
                let mut by = json!({ "id": a.by.1 });
                if let Some(ty) = &a.by.0 {
                    by["type"] = ty.as_str().into();
                }
                let binding = a.of.and_then(&binding).unwrap_or_else(|| "00".to_owned());
                json!({ "id": a.id, "by": by, "from": a.from, "at": format_instant(a.at), "binding": binding })
            })
            .collect();
        let members: Vec<Value> = self
            .members
            .iter()
            .map(|(group, id, age)| json!({ "approvers": group, "id": id, "age_seconds": age }))
            .collect();
        let mut rest = json!({ "now": format_instant(now), "members": members, "approvals": approvals });
        if let Some(supported) = &self.supported {
            rest["supported"] = json!(supported);
        }
        let rest = rest.to_string();
        // Numbers in answers stay as they are spelled.
        format!("{{\"answers\":[{}],\"tables\":[{}],{}", self.answers.join(","), self.tables.join(","), &rest[1..])
    }
}

impl Step {
    /// A call at a fixed time of which the host says nothing.
    #[must_use]
    pub fn call(request: &[u8]) -> Step {
        let now = 1_774_620_000_000_000;
        Step { now, mono: now, what: What::Call(Call { request: request.to_vec(), ..Call::default() }) }
    }
}

fn write_answers(f: &mut std::fmt::Formatter<'_>, answers: &[String], tables: &[String]) -> std::fmt::Result {
    if !answers.is_empty() {
        write!(f, "\n      answers [{}]", answers.join(","))?;
    }
    if !tables.is_empty() {
        write!(f, "\n      tables [{}]", tables.join(","))?;
    }
    Ok(())
}

/// How steps are told to people: without what is as always.
impl std::fmt::Display for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", format_instant(self.now))?;
        if self.mono != self.now {
            write!(f, " ({} behind)", self.now.wrapping_sub(self.mono))?;
        }
        match &self.what {
            What::Attest { call, ok, output } => {
                write!(f, " attest {call} {}", if *ok { "succeeded" } else { "failed" })?;
                output.as_ref().map_or(Ok(()), |output| write!(f, " {output}"))
            }
            What::Observe(Call { request, answers, tables, .. }) => {
                write!(f, " observe {}", String::from_utf8_lossy(request))?;
                write_answers(f, answers, tables)
            }
            What::Outage(on) => write!(f, " the store {}", if *on { "is lost" } else { "answers again" }),
            What::Call(call) => {
                write!(f, " {}", String::from_utf8_lossy(&call.request))?;
                write_answers(f, &call.answers, &call.tables)?;
                if !call.members.is_empty() {
                    write!(f, "\n      members {:?}", call.members)?;
                }
                for a in &call.approvals {
                    let Approval { id, by: (ty, by), from, at, of } = a;
                    write!(
                        f,
                        "\n      approval {id} by {ty:?} {by:?} from {from} at {} of {of:?}",
                        format_instant(*at)
                    )?;
                }
                if let Some(supported) = &call.supported {
                    write!(f, "\n      supported {supported:?}")?;
                }
                Ok(())
            }
        }
    }
}
