//! W2: an agent that makes reports, with five tools. Twelve rules, four patterns; three rules hold for every tool.

pub(crate) mod best;
pub(crate) mod hand;
#[cfg(feature = "peers")]
pub(crate) mod peers;

use serde_json::{Value, json};

pub(crate) const POLICY: &str = include_str!("reports.zt");

/// How many of the requests are timed; the others ask for approval, see W1.
pub(crate) const TIMED: usize = 10;

fn sales(days: i64, region: &str) -> (&'static str, Value) {
    (
        "fetch_sales_data",
        json!({ "period": "monthly", "days": days, "region": region, "currency": "EUR", "key": "k-81c2" }),
    )
}

fn names(part: &str, limit: i64) -> (&'static str, Value) {
    let input = json!({
        "name_part": part, "limit": limit, "sort": "name", "order": "ascending", "page": 1, "key": "k-81c3",
    });
    ("fetch_customer_names", input)
}

fn export(rows: i64, destination: &str) -> (&'static str, Value) {
    let input = json!({
        "rows": rows, "destination": destination, "format": "parquet", "compress": true, "note": "quarterly export",
        "key": "k-81c4",
    });
    ("export_customer_data", input)
}

fn save(path: &str, size: i64) -> (&'static str, Value) {
    let input =
        json!({ "path": path, "size": size, "title": "Sales", "language": "en", "draft": false, "key": "k-81c5" });
    ("save_report", input)
}

fn delete(path: &str) -> (&'static str, Value) {
    let input = json!({ "path": path, "recursive": false, "force": false, "note": "no longer used", "key": "k-81c6" });
    ("delete_file", input)
}

/// Requests as JSON, about 1 KB each, some 40 members.
pub(crate) fn requests() -> Vec<String> {
    let (managed, calm, desk) = ("managed", "low", "report-agent/2.4 (linux; x86_64)");
    let s3 = "s3://reports-emea-7/2026/q1/customers.parquet";
    let calls = [
        (sales(30, "emea"), managed, calm, desk),
        (names("smi", 1_000), managed, calm, desk),
        (export(9_999, s3), managed, "medium", desk),
        (save("/reports/q1_2026-emea.pdf", 1_048_576), managed, calm, desk),
        (delete("/reports/q1_2026-emea.pdf"), managed, calm, desk),
        (sales(90, "amer"), managed, calm, desk),
        (names("smith o", 50), managed, "none", desk),
        (export(100, "https://example.com/upload"), managed, calm, desk),
        (save("/reports/2026/q1.pdf", 1_048_576), managed, calm, desk),
        (sales(30, "emea"), "unmanaged", calm, desk),
        (export(10_000, s3), managed, calm, desk),
        (export(10_000, s3), managed, "high", desk),
        (save("/reports/q1.pdf", 10_485_760), managed, "critical", desk),
        (save("/reports/q1.pdf", 10_485_761), managed, "critical", desk),
        (sales(30, "emea"), managed, calm, "curl/8.5.0"),
        (delete("/"), "unknown", "high", "wget/1.21"),
        (names("s", 10), managed, calm, desk),
    ];
    calls.into_iter().map(|(call, device, threat, client)| request(call, device, threat, client)).collect()
}

fn request((name, input): (&str, Value), device: &str, threat: &str, client: &str) -> String {
    let mut request = json!({
        "subject": { "type": "Agent", "id": "report-generator-v1", "properties": {
            "role": "reporting", "permissions": ["sales_read", "reports_write", "data_export"], "region": "emea",
            "clearance": "internal", "team": "analytics", "tenant": "shop-4", "model": "m-large",
            "version": "2026-02-11", "owner": "ann", "purpose": "monthly reporting", "locale": "en-GB", "shift": "day",
        } },
        "action": { "name": name, "properties": input },
        "context": {
            "device": device, "threat": threat, "client": client, "session": "s-71b0c9", "request": "r-0188f4",
            "address": "192.0.2.17", "node": "gw-3", "zone": "eu-1b", "protocol": "2025-11-25",
            "trace": "4bf92f3577b34da6a3ce929d0e0e4736", "unusual": 3, "retries": 0,
        },
    });
    if name == "fetch_sales_data" {
        request["resource"] = json!({ "type": "Dataset", "id": "sales-2026", "properties": {
            "classification": "internal", "owner": "ann", "format": "parquet", "rows": 1_880_211,
            "refreshed": "2026-03-27",
        } });
    }
    request.to_string()
}
