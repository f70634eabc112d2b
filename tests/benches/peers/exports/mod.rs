//! W6: five counters in one decision: two counts and a sum of what was allowed, a count of what was asked, one of what was denied.
//! Every decision is recorded, by a clock that runs: the counters are as full as they get.

pub(crate) mod best;
pub(crate) mod hand;
pub(crate) mod sharded;

use serde_json::json;

pub(crate) const POLICY: &str = include_str!("exports.zt");

/// The instant before the first decision, in microseconds since 1970.
pub(crate) const START: i64 = 1_774_620_000_000_000;
/// What passes between two decisions.
pub(crate) const STEP: i64 = 5_000_000;

pub(crate) const MINUTE: i64 = 60_000_000;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;

/// Requests as JSON, all of them timed: four agents, one call in eight is denied.
pub(crate) fn requests() -> Vec<String> {
    let call = |at: i64| {
        let rows = if at == 5 { 20_000 } else { 100 + at };
        json!({
            "subject": { "type": "Agent", "id": format!("agent-{}", at % 4), "properties": { "role": "exports" } },
            "action": { "name": "export", "properties": { "rows": rows, "destination": format!("s3://reports-{}", at % 3) } },
        })
        .to_string()
    };
    (0..8).map(call).collect()
}
