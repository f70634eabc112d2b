//! The reporting policy as a person would write it in Rust: strings, `serde_json`, `regex`.

use regex::Regex;
use serde::Deserialize;

use crate::outcome::{self, Outcome};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Request {
    subject: Entity<Agent>,
    action: Action,
    resource: Option<Entity<Dataset>>,
    context: Gateway,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entity<P> {
    r#type: String,
    id: String,
    properties: P,
}

#[derive(Deserialize, PartialEq, Clone, Copy)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Period {
    Monthly,
    Quarterly,
    Annual,
}

#[derive(Deserialize, PartialEq, Clone, Copy)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Region {
    Emea,
    Amer,
    Apac,
}

#[derive(Deserialize, PartialEq, PartialOrd, Clone, Copy)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Classification {
    Public,
    Internal,
    Confidential,
    Restricted,
}

#[derive(Deserialize, PartialEq, PartialOrd, Clone, Copy)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Threat {
    None,
    Low,
    Medium,
    High,
    Critical,
}

#[derive(Deserialize, PartialEq, PartialOrd, Clone, Copy)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Device {
    Unknown,
    Unmanaged,
    Managed,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "most attributes are read by no rule")]
struct Agent {
    role: String,
    permissions: Vec<String>,
    region: Region,
    clearance: Classification,
    team: String,
    tenant: String,
    model: String,
    version: String,
    owner: String,
    purpose: String,
    locale: String,
    shift: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "most attributes are read by no rule")]
struct Dataset {
    classification: Classification,
    owner: String,
    format: String,
    rows: i64,
    refreshed: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "most of it is read by no rule")]
struct Gateway {
    device: Device,
    threat: Threat,
    client: String,
    session: String,
    request: String,
    address: String,
    node: String,
    zone: String,
    protocol: String,
    trace: String,
    unusual: i64,
    retries: i64,
}

#[derive(Deserialize)]
#[serde(tag = "name", content = "properties", rename_all = "snake_case", deny_unknown_fields)]
enum Action {
    FetchSalesData(Sales),
    FetchCustomerNames(Names),
    ExportCustomerData(Export),
    SaveReport(Save),
    DeleteFile(#[expect(dead_code, reason = "read by no rule")] Delete),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "some arguments are read by no rule")]
struct Sales {
    period: Period,
    days: i64,
    region: Region,
    currency: String,
    key: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "some arguments are read by no rule")]
struct Names {
    name_part: String,
    limit: i64,
    sort: String,
    order: String,
    page: i64,
    key: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "some arguments are read by no rule")]
struct Export {
    rows: i64,
    destination: String,
    format: String,
    compress: bool,
    note: String,
    key: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "some arguments are read by no rule")]
struct Save {
    path: String,
    size: i64,
    title: String,
    language: String,
    draft: bool,
    key: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "the arguments are read by no rule")]
struct Delete {
    path: String,
    recursive: bool,
    force: bool,
    note: String,
    key: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    Detailed,
    Complete,
}

#[derive(Debug)]
pub(crate) enum Obligation {
    Audit { level: Level },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    Allow,
    RequireApproval,
    Deny,
}

/// The record of a decision.
#[derive(Debug)]
pub(crate) struct Decision {
    effect: Effect,
    determined_by: Vec<&'static str>,
    obligations: Vec<Obligation>,
}

/// The policy: its patterns are compiled once.
pub(crate) struct Policy {
    name_part: Regex,
    destination: Regex,
    path: Regex,
    client: Regex,
}

impl Policy {
    pub(crate) fn new() -> Self {
        let regex = |text: &str| Regex::new(text).expect("the pattern is right");
        Self {
            name_part: regex("^[a-z]{2,20}[a-z0-9_ ]*$"),
            destination: regex("^(?:s3|gs)://reports-[a-z0-9-]+/.*$"),
            path: regex(r"^/reports/[a-z0-9_-]+\.pdf$"),
            client: regex("^(?:curl|wget|python-requests)/.*$"),
        }
    }

    /// `None` is a request that is refused.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Request> {
        let request: Request = serde_json::from_slice(bytes).ok()?;
        let resource = match (&request.action, &request.resource) {
            (Action::FetchSalesData(_), Some(resource)) => resource.r#type == "Dataset",
            (Action::FetchSalesData(_), None) => false,
            (_, resource) => resource.is_none(),
        };
        (request.subject.r#type == "Agent" && resource).then_some(request)
    }

    pub(crate) fn decide(&self, request: &Request) -> Decision {
        let (agent, context) = (&request.subject.properties, &request.context);
        let may = |asked: &str| agent.permissions.iter().any(|permission| permission == asked);
        let (mut allows, mut asks, mut denies, mut obligations) = (vec![], vec![], vec![], vec![]);

        match &request.action {
            Action::FetchSalesData(input) => {
                let dataset = request.resource.as_ref().map(|resource| &resource.properties);
                if input.days <= 90
                    && agent.role == "reporting"
                    && may("sales_read")
                    && agent.region == input.region
                    && dataset.is_some_and(|dataset| dataset.classification <= agent.clearance)
                {
                    allows.push("regional");
                }
            }
            Action::FetchCustomerNames(input) => {
                if request.subject.id == "report-generator-v1"
                    && input.limit <= 1_000
                    && self.name_part.is_match(&input.name_part)
                {
                    allows.push("some");
                    obligations.push(Obligation::Audit { level: Level::Detailed });
                }
            }
            Action::ExportCustomerData(input) => {
                if may("data_export") {
                    allows.push("for_user");
                    obligations.push(Obligation::Audit { level: Level::Complete });
                }
                if input.rows >= 10_000 {
                    asks.push("bulk");
                }
                if !self.destination.is_match(&input.destination) {
                    denies.push("elsewhere");
                }
            }
            Action::SaveReport(input) => {
                if input.size <= 10_485_760 && self.path.is_match(&input.path) {
                    allows.push("pdf");
                }
            }
            Action::DeleteFile(_) => denies.push("never"),
        }
        if context.threat >= Threat::High {
            asks.push("threatening");
        }
        if context.device < Device::Managed {
            denies.push("unmanaged");
        }
        if self.client.is_match(&context.client) {
            denies.push("tool");
        }

        if !denies.is_empty() {
            Decision { effect: Effect::Deny, determined_by: denies, obligations: vec![] }
        } else if allows.is_empty() {
            Decision { effect: Effect::Deny, determined_by: vec!["default"], obligations: vec![] }
        } else if !asks.is_empty() {
            Decision { effect: Effect::RequireApproval, determined_by: asks, obligations: vec![] }
        } else {
            Decision { effect: Effect::Allow, determined_by: allows, obligations }
        }
    }
}

pub(crate) fn outcome(decision: &Decision) -> Outcome {
    let effect = match decision.effect {
        Effect::Allow => outcome::Effect::Allow,
        Effect::RequireApproval => outcome::Effect::Ask,
        Effect::Deny => outcome::Effect::Deny,
    };
    let spelled = |Obligation::Audit { level }: &Obligation| match level {
        Level::Detailed => "audit(level=detailed)",
        Level::Complete => "audit(level=complete)",
    };
    Outcome::new(effect, decision.determined_by.iter().copied()).with(decision.obligations.iter().map(spelled))
}
