//! The reporting policy as fast as a person can make it, see `refunds::best`.

use regex_automata::dfa::dense::DFA;
use serde::{Deserialize, Deserializer};

use super::hand::{Classification, Device, Period, Region, Threat};
use crate::interned::{bits, dense, is_whole};
use crate::outcome::{Effect, Outcome};

/// What is read of a request. Its texts are those of the bytes that it was read from.
pub(crate) struct Request<'a> {
    tool: Tool<'a>,
    client: &'a str,
    /// Bits, see `MAY`.
    permissions: u64,
    device: Device,
    threat: Threat,
    region: Region,
    clearance: Classification,
    is_reporting: bool,
    is_generator: bool,
}

enum Tool<'a> {
    Sales { days: i64, region: Region, classification: Classification },
    Names { part: &'a str, limit: i64 },
    Export { rows: i64, destination: &'a str },
    Save { path: &'a str, size: i64 },
    Delete,
}

const MAY: &[&str] = &["sales_read", "data_export"];
const SALES_READ: u64 = 1;
const DATA_EXPORT: u64 = 2;

fn permissions<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    bits(deserializer, MAY)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire<'a> {
    #[serde(borrow)]
    subject: Entity<'a, Agent<'a>>,
    #[serde(borrow)]
    action: Action<'a>,
    #[serde(borrow)]
    resource: Option<Entity<'a, Dataset<'a>>>,
    #[serde(borrow)]
    context: Gateway<'a>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entity<'a, P> {
    r#type: &'a str,
    id: &'a str,
    properties: P,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "most attributes are read by no rule")]
struct Agent<'a> {
    role: &'a str,
    #[serde(deserialize_with = "permissions")]
    permissions: u64,
    region: Region,
    clearance: Classification,
    team: &'a str,
    tenant: &'a str,
    model: &'a str,
    version: &'a str,
    owner: &'a str,
    purpose: &'a str,
    locale: &'a str,
    shift: &'a str,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "most attributes are read by no rule")]
struct Dataset<'a> {
    classification: Classification,
    owner: &'a str,
    format: &'a str,
    rows: i64,
    refreshed: &'a str,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "most of it is read by no rule")]
struct Gateway<'a> {
    device: Device,
    threat: Threat,
    client: &'a str,
    session: &'a str,
    request: &'a str,
    address: &'a str,
    node: &'a str,
    zone: &'a str,
    protocol: &'a str,
    trace: &'a str,
    unusual: i64,
    retries: i64,
}

#[derive(Deserialize)]
#[serde(tag = "name", content = "properties", rename_all = "snake_case", deny_unknown_fields)]
enum Action<'a> {
    #[serde(borrow)]
    FetchSalesData(Sales<'a>),
    FetchCustomerNames(Names<'a>),
    ExportCustomerData(Export<'a>),
    SaveReport(Save<'a>),
    DeleteFile(#[expect(dead_code, reason = "read by no rule")] Delete<'a>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "some arguments are read by no rule")]
struct Sales<'a> {
    period: Period,
    days: i64,
    region: Region,
    currency: &'a str,
    key: &'a str,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "some arguments are read by no rule")]
struct Names<'a> {
    name_part: &'a str,
    limit: i64,
    sort: &'a str,
    order: &'a str,
    page: i64,
    key: &'a str,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "some arguments are read by no rule")]
struct Export<'a> {
    rows: i64,
    destination: &'a str,
    format: &'a str,
    compress: bool,
    note: &'a str,
    key: &'a str,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "some arguments are read by no rule")]
struct Save<'a> {
    path: &'a str,
    size: i64,
    title: &'a str,
    language: &'a str,
    draft: bool,
    key: &'a str,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "the arguments are read by no rule")]
struct Delete<'a> {
    path: &'a str,
    recursive: bool,
    force: bool,
    note: &'a str,
    key: &'a str,
}

/// The record of a decision: bits of the rules that determined it, none for the default, and the level of the audit.
#[derive(Clone, Copy)]
pub(crate) struct Decision {
    effect: Effect,
    rules: u16,
    /// 0 is none.
    audit: u8,
}

const RULES: [&str; 10] =
    ["regional", "some", "for_user", "pdf", "bulk", "threatening", "elsewhere", "never", "unmanaged", "tool"];
const REGIONAL: u16 = 1;
const SOME: u16 = 1 << 1;
const FOR_USER: u16 = 1 << 2;
const PDF: u16 = 1 << 3;
const BULK: u16 = 1 << 4;
const THREATENING: u16 = 1 << 5;
const ELSEWHERE: u16 = 1 << 6;
const NEVER: u16 = 1 << 7;
const UNMANAGED: u16 = 1 << 8;
const TOOL: u16 = 1 << 9;
const ALLOWS: u16 = REGIONAL | SOME | FOR_USER | PDF;
const ASKS: u16 = BULK | THREATENING;
const DENIES: u16 = ELSEWHERE | NEVER | UNMANAGED | TOOL;

const fn bit(holds: bool, bit: u16) -> u16 {
    if holds { bit } else { 0 }
}

/// The policy.
pub(crate) struct Policy {
    name_part: DFA<Vec<u32>>,
    destination: DFA<Vec<u32>>,
    path: DFA<Vec<u32>>,
    client: DFA<Vec<u32>>,
}

impl Policy {
    pub(crate) fn new() -> Self {
        Self {
            name_part: dense("[a-z]{2,20}[a-z0-9_ ]*"),
            destination: dense("(s3|gs)://reports-[a-z0-9-]+/.*"),
            path: dense(r"/reports/[a-z0-9_-]+\.pdf"),
            client: dense("(curl|wget|python-requests)/.*"),
        }
    }

    /// `None` is a request that is refused.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Request<'_>> {
        let Wire { subject, action, resource, context } = serde_json::from_slice(bytes).ok()?;
        let tool = match (action, &resource) {
            (Action::FetchSalesData(input), Some(resource)) if resource.r#type == "Dataset" => {
                let classification = resource.properties.classification;
                Tool::Sales { days: input.days, region: input.region, classification }
            }
            (Action::FetchCustomerNames(input), None) => Tool::Names { part: input.name_part, limit: input.limit },
            (Action::ExportCustomerData(input), None) => {
                Tool::Export { rows: input.rows, destination: input.destination }
            }
            (Action::SaveReport(input), None) => Tool::Save { path: input.path, size: input.size },
            (Action::DeleteFile(_), None) => Tool::Delete,
            _ => return None,
        };
        let agent = subject.properties;
        (subject.r#type == "Agent").then_some(Request {
            tool,
            client: context.client,
            permissions: agent.permissions,
            device: context.device,
            threat: context.threat,
            region: agent.region,
            clearance: agent.clearance,
            is_reporting: agent.role == "reporting",
            is_generator: subject.id == "report-generator-v1",
        })
    }

    pub(crate) fn decide(&self, request: &Request<'_>) -> Decision {
        let (rules, audit) = match request.tool {
            Tool::Sales { days, region, classification } => {
                let holds = days <= 90
                    && request.is_reporting
                    && request.permissions & SALES_READ != 0
                    && request.region == region
                    && classification <= request.clearance;
                (bit(holds, REGIONAL), 0)
            }
            Tool::Names { part, limit } => {
                let holds = request.is_generator && limit <= 1_000 && is_whole(&self.name_part, part);
                (bit(holds, SOME), u8::from(holds))
            }
            Tool::Export { rows, destination } => {
                let may = request.permissions & DATA_EXPORT != 0;
                let elsewhere = !is_whole(&self.destination, destination);
                let rules = bit(may, FOR_USER) | bit(rows >= 10_000, BULK) | bit(elsewhere, ELSEWHERE);
                (rules, if may { 2 } else { 0 })
            }
            Tool::Save { path, size } => (bit(size <= 10_485_760 && is_whole(&self.path, path), PDF), 0),
            Tool::Delete => (NEVER, 0),
        };
        let rules = rules
            | bit(request.threat >= Threat::High, THREATENING)
            | bit(request.device < Device::Managed, UNMANAGED)
            | bit(is_whole(&self.client, request.client), TOOL);
        let decision = |effect, rules, audit| Decision { effect, rules, audit };
        if rules & DENIES != 0 {
            decision(Effect::Deny, rules & DENIES, 0)
        } else if rules & ALLOWS == 0 {
            decision(Effect::Deny, 0, 0)
        } else if rules & ASKS != 0 {
            decision(Effect::Ask, rules & ASKS, 0)
        } else {
            decision(Effect::Allow, rules & ALLOWS, audit)
        }
    }
}

pub(crate) fn outcome(decision: Decision) -> Outcome {
    let Decision { effect, rules, audit } = decision;
    let names: Vec<&str> = (0..RULES.len()).filter(|at| rules & (1 << at) != 0).map(|at| RULES[at]).collect();
    let names = if names.is_empty() { vec!["default"] } else { names };
    let audit = match audit {
        0 => None,
        1 => Some("audit(level=detailed)"),
        _ => Some("audit(level=complete)"),
    };
    Outcome::new(effect, names).with(audit)
}
