//! W1: an agent refunds an order. Seven rules over two patterns, a set, two ordered enums and hours of work.

pub(crate) mod best;
pub(crate) mod hand;
#[cfg(feature = "peers")]
pub(crate) mod peers;

use serde_json::json;

pub(crate) const POLICY: &str = include_str!("refunds.zt");

/// Friday, 2026-03-27 14:00 UTC, in microseconds since 1970.
pub(crate) const NOW: i64 = 1_774_620_000_000_000;

/// What requests differ in.
struct Call {
    role: &'static str,
    permissions: &'static [&'static str],
    clearance: &'static str,
    amount: i64,
    reason: &'static str,
    ticket: &'static str,
    paid: i64,
    tier: &'static str,
}

const CALL: Call = Call {
    role: "support",
    permissions: &["orders_read", "customers_read", "refund", "reply"],
    clearance: "regular",
    amount: 2_000,
    reason: "damaged_in_transit",
    ticket: "SUP-20731",
    paid: 8_000,
    tier: "silver",
};

/// How many of the requests are timed. The others ask for approval: zt binds what it asks for to the call by a digest,
/// which no other engine does, so they are only compared.
pub(crate) const TIMED: usize = 8;

/// Requests as JSON, about 1 KB each, 41 members with those of names and types; eight attributes are read.
pub(crate) fn requests() -> Vec<String> {
    let calls = [
        CALL,
        Call { amount: 4_999, paid: 5_000, ticket: "BIL-7", role: "billing", ..CALL },
        Call { reason: "wrong_size", clearance: "senior", tier: "platinum", ..CALL },
        Call { permissions: &["refund"], reason: "never_arrived", amount: 700, ..CALL },
        Call { role: "supervisor", permissions: &["orders_read"], clearance: "lead", tier: "gold", ..CALL },
        Call { reason: "changed_mind", amount: 5_000, tier: "bronze", ticket: "SUP-99120", ..CALL },
        Call { permissions: &["orders_read", "reply"], ..CALL },
        Call { reason: "qa_refund_flow", amount: 9_000, tier: "gold", ..CALL },
        Call { amount: 5_001, ..CALL },
        Call { role: "supervisor", amount: 7_999, ticket: "none", ..CALL },
        Call { reason: "xxxx", ..CALL },
        Call { reason: "todo", amount: 5_001, ..CALL },
        Call { ticket: "sup-20731", ..CALL },
        Call { ticket: "SUP-2073100", amount: 6_000, ..CALL },
    ];
    calls.iter().map(request).collect()
}

fn request(call: &Call) -> String {
    json!({
        "subject": { "type": "Agent", "id": "agent-support-17", "properties": {
            "role": call.role, "permissions": call.permissions, "clearance": call.clearance,
            "team": "orders-emea", "tenant": "shop-4", "region": "emea", "locale": "en-GB", "shift": "day",
            "model": "m-large", "model_version": "2026-02-11", "device": "managed",
        } },
        "action": { "name": "orders.refund", "properties": {
            "amount": call.amount, "reason": call.reason, "ticket": call.ticket, "currency": "EUR",
            "note": "The customer sent two pictures of the parcel and wants the money back.",
            "intent": "pi_3NqX2u8a71", "channel": "chat", "notify": true, "key": "6f1c2f60-3b7e-4a55", "line_count": 1,
            "first": false,
        } },
        "resource": { "type": "Order", "id": "order-2026-118305", "properties": {
            "amount": call.paid, "refunded": 0, "tier": call.tier, "customer": "customer-88120", "country": "DE",
            "warehouse": "wh-2", "carrier": "parcel", "item_count": 3, "gift": false, "placed": "2026-03-19",
        } },
        "context": {
            "session": "s-71b0c9", "request": "r-0188f4", "address": "192.0.2.17", "client": "support-desk/4.11",
        },
    })
    .to_string()
}
