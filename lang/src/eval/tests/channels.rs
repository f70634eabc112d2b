//! Entities whose attributes come from sources and files, what is above them, and resources that are computed.

use serde_json::json;

use super::*;
use crate::eval::Host;

/// An `Order` of this channel, below a `Team`, which is below a `User`.
fn with(channel: Channel, rules: Vec<Rule>) -> Package {
    let mut package = package(None, rules);
    let order = Entity {
        id: None,
        name: "Order".into(),
        parents: vec!["Team".into()],
        channel,
        fields: vec![optional("total", Ty::Decimal), field("level", Ty::Enum("Level".into()), bounds(), false)],
    };
    package.entities.insert("Order".into(), Arc::new(order));
    let team = Entity { parents: vec!["User".into()], ..(**package.entities.get("Team").unwrap()).clone() };
    package.entities.insert("Team".into(), Arc::new(team));
    package
}

fn source() -> Channel {
    Channel::Source { name: "orders".into(), fresh: Some(5_000_000) }
}

fn bare() -> String {
    pay("").replace(r#", "properties": {"total": 75.5}"#, "")
}

fn judge(channel: Channel, condition: Expr, request: &str, answers: &str) -> Document {
    let package = with(channel, vec![rule(Effect::Deny, "d", condition)]);
    let host = Host::from_json(format!(r#"{{"answers": [{answers}]}}"#).as_bytes()).unwrap();
    Evaluator::new(&package).evaluate_with(&host, request.as_bytes()).decision.to_json()
}

fn answer(rest: &str) -> String {
    let age = if rest.contains("age_seconds") { "" } else { r#", "age_seconds": 0"# };
    format!(r#"{{"source": "orders", "type": "Order", "id": "o-1", {rest}{age}}}"#)
}

/// Whether the condition held, or why it failed.
fn result(decision: &Document) -> String {
    match (&decision["errors"][0]["error"], &decision["determined_by"][0]) {
        (Document::String(error), _) => error.clone(),
        (_, by) => (by == "p/m.d").to_string(),
    }
}

fn total() -> Expr {
    compare(Cmp::Eq, path("resource.total", Ty::Decimal), decimal(100_000))
}

fn under(name: &str, id: &str) -> Expr {
    let above = at(0, Ty::Entity(name.into()), ExprKind::Entity(id.into()));
    truth(ExprKind::Under(Box::new(path("resource", Ty::Entity("Order".into()))), Box::new(above)))
}

#[test]
fn attributes_come_from_the_answer() {
    let asked = |condition, rest: &str| result(&judge(source(), condition, &bare(), &answer(rest)));
    let good = r#""properties": {"total": 10.0, "level": "LOW"}, "age_seconds": 5"#;
    assert_eq!(asked(total(), good), "true");
    assert_eq!(asked(has("resource.total"), good), "true");
    assert_eq!(asked(has("resource.total"), r#""properties": {"level": "LOW"}"#), "false");
    assert_eq!(asked(total(), r#""properties": {"total": 11, "level": "LOW"}"#), "false");
    for bad in [
        r#""properties": {"total": 10, "level": "LOW"}, "age_seconds": 6"#,
        r#""properties": {"total": 10}"#,
        r#""properties": {"total": 10, "level": "LOW", "more": 1}"#,
        r#""properties": {"total": 1e2, "level": "LOW"}"#,
        r#""properties": {"total": 10, "level": "LOW", "in": [{"type": "Order", "id": "x"}]}"#,
        r#""failure": "timeout""#,
    ] {
        let other = truth(ExprKind::Else(steps("resource.total"), Box::new(decimal(0))));
        let other = compare(Cmp::Eq, at(0, Ty::Decimal, other.kind), decimal(0));
        for condition in [total(), has("resource.total"), other, under("Team", "t"), under("Order", "o-1")] {
            assert_eq!(asked(condition, bad), "source orders", "{bad}");
        }
        // The id is the request's own.
        let id = compare(Cmp::Eq, path("resource.id", Ty::String), text("o-1"));
        assert_eq!(asked(id, bad), "true");
    }
    assert_eq!(result(&judge(source(), total(), &bare(), "")), "source orders");
    let other = answer(good).replace("o-1", "o-2");
    assert_eq!(result(&judge(source(), total(), &bare(), &other)), "source orders");
}

#[test]
fn a_source_that_is_out_answers_nothing() {
    let package = with(source(), vec![rule(Effect::Deny, "d", total())]);
    let good = answer(r#""properties": {"total": 10, "level": "LOW"}"#);
    let mut host = Host::from_json(format!(r#"{{"answers": [{good}]}}"#).as_bytes()).unwrap();
    let evaluator = Evaluator::new(&package);
    assert_eq!(result(&evaluator.evaluate_with(&host, bare().as_bytes()).decision.to_json()), "true");
    host.outages.insert("orders".into());
    assert_eq!(result(&evaluator.evaluate_with(&host, bare().as_bytes()).decision.to_json()), "source orders");
}

#[test]
fn attributes_come_from_the_file() {
    let rows = [("o-1", r#"{"total": 10, "level": "HIGH"}"#), ("o-2", r#"{"level": "none"}"#)];
    let file = || Channel::File(Arc::new(rows.map(|(id, row)| (id.into(), row.into())).into()));
    assert_eq!(result(&judge(file(), total(), &bare(), "")), "true");
    for id in ["o-2", "o-3"] {
        assert_eq!(result(&judge(file(), total(), &bare().replace("o-1", id), "")), "file");
    }
}

#[test]
fn what_another_channel_vouches_for_is_refused() {
    let refused = |properties: &str| {
        let request = pay("").replace(r#"{"total": 75.5}"#, properties);
        let decision = judge(source(), no(), &request, "");
        [decision["refusal"]["code"].clone(), decision["refusal"]["path"].clone()]
    };
    assert_eq!(refused(r#"{"total": 75.5}"#), ["wrong_channel", "/resource/properties"]);
    assert_eq!(refused(r#"{"nothing": 1}"#), ["wrong_channel", "/resource/properties"]);
    assert_eq!(refused("[]"), ["wrong_type", "/resource/properties"]);
    assert_eq!(refused("null"), ["null_value", "/resource/properties"]);
    assert_eq!(refused("{}"), [Document::Null, Document::Null]);
}

#[test]
fn at_or_below() {
    let above = r#"{"level": "LOW", "in": [{"type": "Team", "id": "t"}, {"type": "User", "id": "u"}]}"#;
    let request = pay("").replace(r#"{"total": 75.5}"#, above);
    let judged = |condition| result(&judge(Channel::Pep, condition, &request, ""));
    assert_eq!(judged(under("Team", "t")), "true");
    assert_eq!(judged(under("User", "u")), "true");
    assert_eq!(judged(under("Order", "o-1")), "true");
    assert_eq!(judged(under("Team", "u")), "false");
    assert_eq!(judged(under("Order", "o-2")), "false");
    assert_eq!(
        result(&judge(source(), under("Team", "t"), &bare(), &answer(&format!(r#""properties": {above}"#)))),
        "true"
    );
}

#[test]
fn what_is_above_is_checked() {
    let refused = |above: &str| {
        let properties = format!(r#"{{"level": "LOW", "in": {above}}}"#);
        let decision = judge(Channel::Pep, no(), &pay("").replace(r#"{"total": 75.5}"#, &properties), "");
        [decision["refusal"]["code"].clone(), decision["refusal"]["path"].clone()]
    };
    let at = |rest: &str| format!("/resource/properties/in{rest}");
    assert_eq!(refused("null"), [Document::Null, Document::Null]);
    assert_eq!(refused("[]"), [Document::Null, Document::Null]);
    assert_eq!(refused("{}"), ["wrong_type".to_owned(), at("")]);
    assert_eq!(refused(r#"[{"type": "Order", "id": "x"}]"#), ["wrong_type".to_owned(), at("/0/type")]);
    assert_eq!(refused(r#"[{"type": "Team", "id": ""}]"#), ["empty".to_owned(), at("/0/id")]);
    assert_eq!(refused(r#"[{"type": "Team", "id": "t", "in": []}]"#), ["unknown_field".to_owned(), at("/0/in")]);
    assert_eq!(refused(r#"[], "in": []"#), ["duplicate_field".to_owned(), at("")]);
    let many = vec![r#"{"type": "Team", "id": "t"}"#; 1025].join(",");
    assert_eq!(refused(&format!("[{many}]")), ["too_many".to_owned(), at("")]);
    // Nothing can be above an agent.
    let request = pay("").replace(r#""role": "clerk""#, r#""in": []"#);
    let decision = judge(source(), no(), &request, "");
    assert_eq!(decision["refusal"], json!({"code": "unknown_field", "path": "/subject/properties/in"}));
}

#[test]
fn a_computed_resource_is_the_only_one() {
    let mut package =
        package(None, vec![rule(Effect::Allow, "a", compare(Cmp::Eq, path("resource.id", Ty::String), text("n-1")))]);
    let mut pay_action = (**package.actions.get("pay").unwrap()).clone();
    pay_action.resource_id = Some(path("input.note", Ty::String));
    package.actions.insert("pay".into(), Arc::new(pay_action));
    let evaluator = Evaluator::new(&package);
    let decide = |request: &str| evaluator.evaluate(request.as_bytes()).decision.to_json();
    let other = json!({"code": "other_resource", "path": "/resource/id"});

    assert_eq!(decide(&pay(r#", "note": "n-1""#))["refusal"], other);
    assert_eq!(decide(&pay(""))["refusal"], other);
    let named = pay(r#", "note": "n-1""#).replace("o-1", "n-1");
    assert_eq!(decide(&named)["effect"], "allow");
    let left_out = named.replace(r#""resource": {"type": "Order", "id": "n-1", "properties": {"total": 75.5}},"#, "");
    assert!(!left_out.contains("Order"));
    assert_eq!(decide(&left_out)["effect"], "allow");
    let empty = json!({"code": "empty", "path": "/resource/id"});
    assert_eq!(decide(&left_out.replace(r#""note": "n-1""#, r#""note": """#))["refusal"], empty);
}
