//! Whose approval counts, for how long, and how old what sources say may be: on every evaluator.

use serde_json::{Value, json};
use zt_tests::three::Three;

const TEXT: &str = r#"
package example

entity Employee from pep
entity Agent from pep { acts_for : Employee? }
entity Order from source orders fresh 1min { open : Bool }
approvers finance
approvers leads from source directory fresh 5min

action pay  { by Agent }
action sign { by Agent }
action send { by Agent }
action ship { by Agent  on Order }
action move { by Agent }

policy p for any {
  allow every
    for pay, send, ship, move
    when true
  allow own
    for sign
    when principal has acts_for
    with approval from principal.acts_for
  require approval two
    for pay
    from finance quorum 2
  require approval soon
    for send
    from finance
  require approval known
    for move
    from leads
  deny closed
    for ship
    unless resource.open
}
"#;

const ASKED: &str = "2026-03-27T14:00:00Z";

struct Desk {
    three: Three,
    request: Value,
    binding: String,
}

impl Desk {
    /// A call that asks.
    fn new(action: &str) -> Desk {
        let mut three = Three::of(TEXT);
        let subject = json!({
            "type": "Agent", "id": "bot", "properties": { "acts_for": { "type": "Employee", "id": "ann" } }
        });
        let request = json!({ "subject": subject, "action": { "name": action, "properties": {} } });
        let decision = three.decide(request.to_string().as_bytes(), &json!({ "now": ASKED }).to_string());
        assert_eq!(decision["effect"], "require_approval", "{decision}");
        let binding = decision["binding"].as_str().expect("what it is bound to").to_owned();
        Desk { three, request, binding }
    }

    /// What comes of it with approvals, each of a type, an id and as whom, given when it asked.
    fn with(&mut self, now: &str, approvals: &[(Option<&str>, &str, &str)], members: &Value) -> String {
        let approval = |(at, (ty, id, from)): (usize, &(Option<&str>, &str, &str))| {
            let mut by = json!({ "id": id });
            if let Some(ty) = ty {
                by["type"] = json!(ty);
            }
            json!({ "id": format!("approval-{at}"), "by": by, "from": from, "at": ASKED, "binding": self.binding })
        };
        let approvals: Vec<Value> = approvals.iter().enumerate().map(approval).collect();
        let facts = json!({ "now": now, "approvals": approvals, "members": members }).to_string();
        let decision = self.three.decide(self.request.to_string().as_bytes(), &facts);
        decision["effect"].as_str().expect("an effect").to_owned()
    }
}

#[test]
fn an_id_is_one_person_whatever_type_stands_beside_it() {
    let none = json!([]);
    for (ty, id, expected) in [
        (Some("Employee"), "ann", "require_approval"),
        (Some("User"), "ann", "require_approval"),
        (None, "ann", "require_approval"),
        (Some("User"), "bot", "require_approval"),
        (Some("Employee"), "bot", "require_approval"),
        (Some("Employee"), "eve", "require_approval"),
        (Some("User"), "eve", "require_approval"),
        (Some("User"), "bob", "allow"),
    ] {
        let mut desk = Desk::new("pay");
        let all = [(Some("Employee"), "eve", "finance"), (ty, id, "finance")];
        assert_eq!(desk.with("2026-03-27T14:01:00Z", &all, &none), expected, "{ty:?} {id}");
    }
}

#[test]
fn who_confirms_for_themselves_does_not_do_so_as_a_group() {
    let none = json!([]);
    for (ty, id, from, expected) in [
        (Some("Employee"), "ann", "principal.acts_for", "allow"),
        (Some("Employee"), "ann", "finance", "require_approval"),
        (Some("Employee"), "ann", "financ", "require_approval"),
        (Some("Employee"), "ann", "", "require_approval"),
        (Some("User"), "ann", "principal.acts_for", "require_approval"),
        (None, "ann", "principal.acts_for", "require_approval"),
        (Some("Employee"), "eve", "principal.acts_for", "require_approval"),
    ] {
        let mut desk = Desk::new("sign");
        assert_eq!(desk.with("2026-03-27T14:01:00Z", &[(ty, id, from)], &none), expected, "{ty:?} {id} {from}");
    }
}

#[test]
fn an_approval_lasts_an_hour_unless_said() {
    let none = json!([]);
    for (now, expected) in [
        ("2026-03-27T13:59:59.999999Z", "require_approval"),
        ("2026-03-27T14:00:00Z", "allow"),
        ("2026-03-27T14:59:59.999999Z", "allow"),
        ("2026-03-27T15:00:00Z", "require_approval"),
        ("2036-03-27T14:00:00Z", "require_approval"),
    ] {
        let mut desk = Desk::new("send");
        assert_eq!(desk.with(now, &[(None, "eve", "finance")], &none), expected, "{now}");
    }
}

#[test]
fn what_does_not_say_how_old_it_is_is_too_old_where_that_is_asked() {
    for (age, expected) in [
        (json!({ "age_seconds": 0 }), "allow"),
        (json!({ "age_seconds": 300 }), "allow"),
        (json!({ "age_seconds": 301 }), "require_approval"),
        (json!({}), "require_approval"),
    ] {
        let mut member = json!({ "approvers": "leads", "id": "eve" });
        member.as_object_mut().expect("a member").extend(age.as_object().expect("an age").clone());
        let mut desk = Desk::new("move");
        let effect = desk.with("2026-03-27T14:01:00Z", &[(None, "eve", "leads")], &json!([member]));
        assert_eq!(effect, expected, "{age}");
    }
    let mut three = Three::of(TEXT);
    let request = json!({
        "subject": { "type": "Agent", "id": "bot" }, "action": { "name": "ship", "properties": {} },
        "resource": { "type": "Order", "id": "o" }
    });
    for (age, expected) in [(Some(0), "allow"), (Some(60), "allow"), (Some(61), "deny"), (None, "deny")] {
        let mut answer = json!({ "source": "orders", "type": "Order", "id": "o", "properties": { "open": true } });
        if let Some(age) = age {
            answer["age_seconds"] = json!(age);
        }
        let facts = json!({ "now": ASKED, "answers": [answer] }).to_string();
        let decision = three.decide(request.to_string().as_bytes(), &facts);
        assert_eq!(decision["effect"], expected, "{age:?}: {decision}");
    }
}
