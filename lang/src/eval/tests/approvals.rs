//! Asks and what meets them: tiers, groups, whom somebody acts for, and obligations.

use serde_json::json;

use super::steps::{Run, refund_by, said};
use super::*;
use crate::eval::Approval;

const MINUTE: i64 = 60_000_000;

const PACKAGE: &str = r#"
package acme.support
record Gateway { session : Ident }
entity User from source directory { region : Ident }
entity Agent from pep { role : Ident, acts_for : User? }
enum Level ordered { standard, detailed, complete }
obligation audit { level : Level merge max }
obligation tag { names : Set<Ident> merge union, only : Set<Ident> merge intersect }
obligation notify { who : Ident, urgent : Bool merge max }
approvers leads
approvers owners from source directory fresh 1min
tiers standard {
  T0 { warrant 24h approval never with audit(level: standard) }
  T1 { warrant 1h approval conditional }
  T2 { warrant 5min approval always from owners quorum 2 expires 15min with audit(level: complete) }
}
action refund { by Agent tier T1 context Gateway input { amount : Decimal places 2 in 0.00 .. 1_000.00, to : List<String>, n : Int } }
"#;

fn run(rest: &str) -> Run {
    Run::new(&format!("{PACKAGE}{rest}"))
}

fn refund(amount: &str) -> String {
    refund_by("bot", amount, "")
}

fn approval(run: &mut Run, id: &str, from: &str, by: &str, asked: &Document) {
    run.host.approvals.push(Approval {
        id: id.into(),
        by_type: Some("User".into()),
        by: by.into(),
        from: from.into(),
        at: run.host.now,
        binding: asked["binding"].as_str().unwrap().into(),
    });
}

const ASKS: &str = r#"policy m for refund {
    allow granted when true
    require approval large when input.amount > 50.00 from leads quorum 2 expires 30min because "{input.amount} is much"
      tell "{input.amount} needs two people"
}"#;

#[test]
fn an_ask_is_met_by_different_people_in_time() {
    let mut run = run(ASKS);
    assert_eq!(run.says(&refund("50.00")), "allow m.granted");
    let asked = run.decide(&refund("50.01"));
    assert_eq!(said(&asked), "require_approval m.large");
    let open = json!({"rule": "acme.support/m.large", "from": "leads", "quorum": 2, "expires_seconds": 1800});
    assert_eq!(asked["requirements"], json!([open]));
    assert_eq!(asked["messages"], json!([{"rule": "acme.support/m.large", "because": "50.01 is much"}]));
    assert_eq!(asked["tells"], json!([{"rule": "acme.support/m.large", "tell": "50.01 needs two people"}]));
    assert_eq!(asked["binding"].as_str().unwrap().len(), 64);
    assert_eq!(asked.get("warrant_seconds"), None);

    approval(&mut run, "1", "leads", "ann", &asked);
    approval(&mut run, "2", "leads", "ann", &asked);
    // These are nobody's, another group's, somebody else's call, or come under an id that is taken.
    approval(&mut run, "3", "leads", "bot", &asked);
    run.host.approvals.last_mut().unwrap().by_type = None;
    approval(&mut run, "4", "owners", "bo", &asked);
    approval(&mut run, "5", "leads", "bo", &json!({"binding": "00"}));
    approval(&mut run, "1", "leads", "bo", &asked);
    let half = run.decide(&refund("50.01"));
    assert_eq!(said(&half), "require_approval m.large");
    assert_eq!(half["requirements"][0]["approved_by"], json!(["ann"]));

    approval(&mut run, "6", "leads", "bo", &asked);
    run.host.approvals.last_mut().unwrap().at += 1;
    assert_eq!(run.says(&refund("50.01")), "require_approval m.large", "not yet");
    run.host.now += 30 * MINUTE;
    assert_eq!(run.says(&refund("50.01")), "require_approval m.large", "ann's is over");
    run.host.now -= 1;
    assert_eq!(run.says(&refund("50.02")), "require_approval m.large", "another amount");
    run.world.outage = true;
    assert_eq!(run.says(&refund("50.01")), "require_approval m.large", "they may have been used");
    run.world.outage = false;
    let allowed = run.decide(&refund("50.01"));
    assert_eq!(said(&allowed), "allow m.granted");
    assert_eq!(allowed["warrant_seconds"], 3600);
    assert_eq!(allowed.get("binding"), None);
    assert_eq!(run.says(&refund("50.01")), "require_approval m.large", "they were used");
}

#[test]
fn members_are_vouched_for_by_their_source() {
    let mut run = run(&ASKS.replace("from leads quorum 2", "from owners"));
    let asked = run.decide(&refund("51"));
    approval(&mut run, "1", "owners", "ann", &asked);
    assert_eq!(run.says(&refund("51")), "require_approval m.large");
    run.host.members.insert(("owners".into(), "ann".into()), 0);
    run.host.outages.insert("directory".into());
    assert_eq!(run.says(&refund("51")), "require_approval m.large");
    run.host.outages.clear();
    run.host.members.insert(("owners".into(), "ann".into()), 60_000_001);
    assert_eq!(run.says(&refund("51")), "require_approval m.large");
    run.host.members.insert(("owners".into(), "ann".into()), 60_000_000);
    assert_eq!(run.says(&refund("51")), "allow m.granted");
}

#[test]
fn a_raise_asks_what_the_tier_asks() {
    let mut run = run("policy m for refund { allow granted when true\n raise bulk to T2 when input.amount > 50.00\n
        require approval odd when input.n == 1 from leads }");
    let low = run.decide(&refund("1"));
    assert_eq!((&low["tier"], &low["warrant_seconds"]), (&json!("T1"), &json!(3600)));
    let audit = |level: &str| json!({"name": "audit", "args": {"level": level}});
    assert_eq!(low["obligations"], json!([audit("standard")]));
    let high = run.decide(&refund("51"));
    assert_eq!(said(&high), "require_approval tier T2");
    let open = json!({"tier": "T2", "from": "owners", "quorum": 2, "expires_seconds": 900});
    assert_eq!(high["requirements"], json!([open]));
    assert_eq!(high["obligations"], json!([audit("complete")]));
    let both = run.decide(&refund_by("bot", "51", r#", "n": 1"#));
    assert_eq!(said(&both), "require_approval m.odd tier T2");
    for (id, who) in [("1", "ann"), ("2", "bo")] {
        run.host.members.insert(("owners".into(), who.into()), 0);
        approval(&mut run, id, "owners", who, &high);
    }
    let allowed = run.decide(&refund("51"));
    assert_eq!(said(&allowed), "allow m.granted");
    assert_eq!((&allowed["tier"], &allowed["warrant_seconds"]), (&json!("T2"), &json!(300)));
}

const GRANTS: &str = r#"policy m for refund {
    allow small when input.amount <= 10.00
    allow own when principal has acts_for with approval from principal.acts_for expires 15min
    allow lead when input.amount <= 100.00 with approval from leads
}"#;

fn acting(amount: &str) -> String {
    let acts = r#"{"role": "support", "acts_for": {"type": "User", "id": "ann"}}"#;
    refund(amount).replace(r#"{"role": "support"}"#, acts)
}

#[test]
fn a_grant_that_asks_is_asked_for_only_if_nothing_else_grants() {
    let mut run = run(GRANTS);
    assert_eq!(run.says(&acting("10")), "allow m.small");
    let asked = run.decide(&acting("11"));
    assert_eq!(said(&asked), "require_approval m.own m.lead");
    assert_eq!(asked["requirements"], json!([]));
    let own = json!({"rule": "acme.support/m.own", "from": "principal.acts_for", "quorum": 1, "expires_seconds": 900});
    let lead = json!({"rule": "acme.support/m.lead", "from": "leads", "quorum": 1, "expires_seconds": 3600});
    assert_eq!(asked["alternatives"], json!([own, lead]));
    assert_eq!(run.says(&refund("101")), "deny default");

    // Whom it acts for speaks for itself, but for no group; and only who is known to be that one.
    approval(&mut run, "1", "leads", "ann", &asked);
    run.host.approvals[0].by_type = None;
    assert_eq!(run.says(&acting("11")), "require_approval m.own m.lead");
    run.host.approvals[0].by_type = Some("Agent".into());
    run.host.approvals[0].by = "bot".into();
    assert_eq!(run.says(&acting("11")), "require_approval m.own m.lead");
    run.host.approvals.clear();
    approval(&mut run, "2", "principal.acts_for", "ann", &asked);
    assert_eq!(run.says(&acting("11")), "allow m.own");
    approval(&mut run, "3", "leads", "bo", &asked);
    assert_eq!(run.says(&acting("11")), "allow m.lead");
    assert_eq!(run.says(&acting("11")), "require_approval m.own m.lead");
}

#[test]
fn obligations_are_merged() {
    let mut run = run(r#"policy m for refund {
        allow granted when true with notify(who: a, urgent: false), tag(names: ["x"], only: ["k", "l"])
        allow also when input.amount > 10.00 with notify(who: b, urgent: false), tag(names: ["w"], only: ["l", "m"])
        oblige watched when input.n == 1 with notify(who: b, urgent: true), audit(level: detailed)
        deny bad when input.n == 2 with notify(who: c, urgent: true)
        deny worse when input.n == 2 with audit(level: complete)
    }"#
    .replace("who: a", "who: \"a\"")
    .replace("who: b", "who: \"b\"")
    .replace("who: c", "who: \"c\"")
    .as_str());
    let text = |run: &mut Run, amount: &str, n: i64| {
        let decision = run.decide(&refund_by("bot", amount, &format!(r#", "n": {n}"#)));
        decision["obligations"].to_string()
    };
    let audit = |level: &str| json!({"name": "audit", "args": {"level": level}});
    let notify = |who: &str, urgent: bool| json!({"name": "notify", "args": {"who": who, "urgent": urgent}});
    let tag = |names: Document, only: Document| json!({"name": "tag", "args": {"names": names, "only": only}});
    assert_eq!(
        text(&mut run, "1", 0),
        json!([audit("standard"), notify("a", false), tag(json!(["x"]), json!(["k", "l"]))]).to_string()
    );
    assert_eq!(
        text(&mut run, "11", 1),
        json!([audit("detailed"), notify("a", false), notify("b", true), tag(json!(["w", "x"]), json!(["l"]))])
            .to_string()
    );
    assert_eq!(text(&mut run, "1", 2), json!([audit("complete"), notify("c", true)]).to_string());
}

#[test]
fn an_obligation_that_nobody_knows_denies() {
    let mut run = run(r#"policy m for refund {
        allow granted when true with notify(who: "a", urgent: false)
        allow plain when input.amount <= 10.00
        oblige watched when input.n == 1 with tag(names: ["x"], only: ["x"])
    }"#);
    run.host.supported = Some(["audit".into()].into());
    assert_eq!(run.says(&refund("1")), "allow m.plain");
    let unknown = run.decide(&refund("11"));
    assert_eq!(said(&unknown), "deny unsupported");
    assert_eq!(unknown.get("obligations"), None);
    assert_eq!(run.says(&refund_by("bot", "1", r#", "n": 1"#)), "deny unsupported");
    // Nor does a tier's.
    run.host.supported = Some(["notify".into()].into());
    assert_eq!(run.says(&refund("1")), "deny unsupported");
    run.host.supported = None;
    assert_eq!(run.says(&refund("11")), "allow m.granted");
}

#[test]
fn a_rule_whose_argument_fails_has_failed() {
    let text = r#"
package acme.support
record Gateway { session : Ident }
entity Agent from pep { role : Ident }
obligation note { n : Int }
action refund { by Agent context Gateway input { amount : Decimal places 2 in 0.00 .. 1_000.00, to : List<String>, n : Int } }
policy m for refund { allow granted when true with note(n: input.n + 1)
  allow plain when input.amount <= 10.00 }
"#;
    let mut run = Run::new(text);
    let max = format!(r#", "n": {}"#, i64::MAX);
    assert_eq!(run.says(&refund("11")), "allow m.granted");
    let failed = run.decide(&refund_by("bot", "11", &max));
    assert_eq!(said(&failed), "deny default");
    assert_eq!(failed["errors"], json!([{"rule": "acme.support/m.granted", "error": "overflow"}]));
    let mut run = Run::new(&text.replace("allow granted when true", "oblige granted when true"));
    assert_eq!(run.says(&refund("1")), "allow m.plain");
    assert_eq!(run.says(&refund_by("bot", "1", &max)), "deny m.granted");
}
