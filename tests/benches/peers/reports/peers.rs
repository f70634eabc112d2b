//! The reporting policy as other engines take it.

use std::sync::LazyLock;

use cedar_policy::RestrictedExpression;
use regex::Regex;
use serde_json::Value;

use crate::others::Others;
use crate::others::cedar::{Cedar, Shape};
use crate::others::cel::{Cel, around};
use crate::others::rego::Rego;
use crate::outcome::Effect::{Allow, Ask, Deny};

static PATTERNS: [(&str, LazyLock<Regex>); 4] = [
    ("is_part", LazyLock::new(|| Regex::new("^[a-z]{2,20}[a-z0-9_ ]*$").expect("a pattern"))),
    ("is_ours", LazyLock::new(|| Regex::new("^(?:s3|gs)://reports-[a-z0-9-]+/.*$").expect("a pattern"))),
    ("is_report", LazyLock::new(|| Regex::new(r"^/reports/[a-z0-9_-]+\.pdf$").expect("a pattern"))),
    ("is_tool", LazyLock::new(|| Regex::new("^(?:curl|wget|python-requests)/.*$").expect("a pattern"))),
];

pub(crate) fn others() -> Others {
    Others { cedar: cedar(), rego: rego(), cel: cel(false), cel_cached: cel(true), cel_around: cel_around() }
}

fn rego() -> Rego {
    Rego::new(concat!(include_str!("reports.rego"), include_str!("../others/decision.rego")), None)
}

fn cel_around() -> cel::Context<'static, 'static> {
    let mut context = around(&PATTERNS);
    let ranks: std::collections::HashMap<String, i64> =
        LEVELS.iter().zip(0..).map(|(level, rank)| ((*level).to_owned(), rank)).collect();
    context.add_variable_from_value("rank", ranks);
    context
}

/// By its own `matches`, or by functions of the host.
fn cel(is_cached: bool) -> Cel {
    let matches = |argument: &str, name: &str, pattern: &str| {
        if is_cached { format!("{name}({argument})") } else { format!("{argument}.matches(r'{pattern}')") }
    };
    let regional = "action == 'fetch_sales_data' && args.days <= 90 && principal.role == 'reporting' \
                    && 'sales_read' in principal.permissions && principal.region == args.region \
                    && rank[resource.classification] <= rank[principal.clearance]";
    let some = format!(
        "action == 'fetch_customer_names' && subject.id == 'report-generator-v1' && args.limit <= 1000 && {}",
        matches("args.name_part", "is_part", "^[a-z]{2,20}[a-z0-9_ ]*$")
    );
    let pdf = format!(
        "action == 'save_report' && args.size <= 10485760 && {}",
        matches("args.path", "is_report", r"^/reports/[a-z0-9_-]+\.pdf$")
    );
    let elsewhere = format!(
        "action == 'export_customer_data' && !{}",
        matches("args.destination", "is_ours", "^(?:s3|gs)://reports-[a-z0-9-]+/.*$")
    );
    let tool = matches("context.client", "is_tool", "^(?:curl|wget|python-requests)/.*$");
    let may_export = "action == 'export_customer_data' && 'data_export' in principal.permissions";
    Cel::new(&[
        ("regional", Allow, regional, None),
        ("some", Allow, &some, Some("audit(level=detailed)")),
        ("for_user", Allow, may_export, Some("audit(level=complete)")),
        ("pdf", Allow, &pdf, None),
        ("bulk", Ask, "action == 'export_customer_data' && args.rows >= 10000", None),
        ("threatening", Ask, "context.threat in ['high', 'critical']", None),
        ("elsewhere", Deny, &elsewhere, None),
        ("never", Deny, "action == 'delete_file'", None),
        ("unmanaged", Deny, "context.device != 'managed'", None),
        ("tool", Deny, &tool, None),
    ])
}

const LEVELS: &[&str] = &["public", "internal", "confidential", "restricted"];

fn cedar() -> Cedar {
    let shape = Shape {
        ranks: &[
            ("classification", LEVELS),
            ("clearance", LEVELS),
            ("threat", &["none", "low", "medium", "high", "critical"]),
            ("device", &["unknown", "unmanaged", "managed"]),
        ],
        read: &[
            "days",
            "role",
            "permissions",
            "region",
            "classification",
            "clearance",
            "limit",
            "rows",
            "size",
            "device",
            "threat",
            "client",
        ],
        computed,
        types: &["Agent", "Dataset"],
        actions: ["fetch_sales_data", "fetch_customer_names", "export_customer_data", "save_report", "delete_file"]
            .map(str::to_owned)
            .to_vec(),
    };
    Cedar::new(include_str!("reports.cedar"), Some(include_str!("asks.cedar")), shape)
}

/// Whether the pattern of the action matches, where it has one.
fn computed(request: &Value) -> Vec<(&'static str, RestrictedExpression)> {
    let (pattern, name) = match request["action"]["name"].as_str() {
        Some("fetch_customer_names") => (&PATTERNS[0].1, "name_part"),
        Some("export_customer_data") => (&PATTERNS[1].1, "destination"),
        Some("save_report") => (&PATTERNS[2].1, "path"),
        _ => return vec![],
    };
    let text = request["action"]["properties"][name].as_str().unwrap_or_default();
    vec![("matches", RestrictedExpression::new_bool(pattern.is_match(text)))]
}
