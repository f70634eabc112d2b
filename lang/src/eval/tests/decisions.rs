//! Each line of the table of decisions, shadow rules, messages and the shape of the JSON.

use serde_json::json;

use super::*;
use crate::eval::RuleResult;
use Effect::{Allow, Deny, RequireApproval};

/// The effect and the short names of the rules that determine it.
fn outcome(rules: Vec<Rule>) -> (Effect, String) {
    let decision = evaluate(rules, &pay("")).decision;
    let names: Vec<&str> = decision.determined_by.iter().map(|name| name.trim_start_matches("p/m.")).collect();
    (decision.effect, names.join(" "))
}

#[test]
fn the_first_line_that_applies() {
    let result = |rules: Vec<(Effect, &str, Expr)>| {
        outcome(rules.into_iter().map(|(effect, name, condition)| rule(effect, name, condition)).collect())
    };
    assert_eq!(result(vec![]), (Deny, "default".into()));
    assert_eq!(result(vec![(Allow, "a", no())]), (Deny, "default".into()));
    assert_eq!(result(vec![(Allow, "a", fails())]), (Deny, "default".into()));
    assert_eq!(result(vec![(RequireApproval, "r", yes())]), (Deny, "default".into()));
    assert_eq!(result(vec![(Allow, "a", yes()), (Allow, "b", no()), (Allow, "c", yes())]), (Allow, "a c".into()));
    assert_eq!(result(vec![(Allow, "a", yes()), (Allow, "b", fails())]), (Allow, "a".into()));
    assert_eq!(
        result(vec![(RequireApproval, "r", yes()), (Allow, "a", yes()), (RequireApproval, "s", yes())]),
        (RequireApproval, "r s".into())
    );
    assert_eq!(result(vec![(RequireApproval, "r", no()), (Allow, "a", yes())]), (Allow, "a".into()));
    assert_eq!(
        result(vec![(RequireApproval, "r", fails()), (Allow, "a", yes()), (Deny, "d", no())]),
        (Deny, "r".into())
    );
    assert_eq!(
        result(vec![
            (Deny, "d", yes()),
            (RequireApproval, "r", fails()),
            (RequireApproval, "s", yes()),
            (Allow, "a", yes()),
            (Deny, "e", fails()),
            (Allow, "b", fails()),
        ]),
        (Deny, "d r e".into())
    );
}

#[test]
fn a_guard_is_part_of_every_rule() {
    let rules = || vec![rule(Allow, "a", yes()), rule(Deny, "d", fails())];
    let result = |guard| {
        let evaluation = Evaluator::new(&package(Some(guard), rules())).evaluate(pay("").as_bytes());
        evaluation.trace.rules.iter().map(|rule| rule.result).collect::<Vec<_>>()
    };
    assert_eq!(result(yes()), [RuleResult::Held, RuleResult::Failed]);
    assert_eq!(result(no()), [RuleResult::Not, RuleResult::Not]);
    assert_eq!(result(fails()), [RuleResult::Failed, RuleResult::Failed]);
}

#[test]
fn rules_out_of_scope_are_not_looked_at() {
    let request = pay("").replace("\"Agent\"", "\"User\"").replace(r#""role": "clerk", "may": ["refund"]"#, "");
    let evaluation = evaluate(vec![rule(Allow, "a", yes()), shadow(rule(Deny, "d", yes()))], &request);
    assert!(evaluation.trace.rules.is_empty());
    assert_eq!(evaluation.decision.determined_by, ["default"]);
    assert_eq!(evaluation.decision.shadow, None);
}

#[test]
fn shadow_rules_are_only_reported() {
    let decision = decide(
        vec![
            rule(Allow, "a", yes()),
            shadow(rule(Deny, "d", yes())),
            shadow(rule(RequireApproval, "r", fails())),
            rule(Allow, "b", fails()),
        ],
        &pay(""),
    );
    assert_eq!(decision["effect"], "allow");
    assert_eq!(decision["errors"], json!([{"rule": "p/m.b", "error": "overflow"}]));
    assert_eq!(
        decision["shadow"],
        json!({"effect": "deny", "determined_by": ["p/m.d", "p/m.r"],
               "errors": [{"rule": "p/m.r", "error": "overflow"}]})
    );
    let decision = decide(vec![shadow(rule(Allow, "a", yes()))], &pay(""));
    assert_eq!(decision["effect"], "deny");
    assert_eq!(decision["shadow"], json!({"effect": "allow", "determined_by": ["p/m.a"], "errors": []}));
    // A shadow rule that changes nothing is still reported on.
    let decision = decide(vec![shadow(rule(Deny, "d", no()))], &pay(""));
    assert_eq!(decision["shadow"], json!({"effect": "deny", "determined_by": ["default"], "errors": []}));
}

#[test]
fn members_stand_in_order() {
    let rules = vec![
        rule(Allow, "a", yes()),
        rule(RequireApproval, "r", yes()),
        Rule {
            ask: Some(Ask { from: From::Group("owners".into()), quorum: 1, expires: 3600 }),
            because: Some(vec![Piece::Text("why".into())]),
            ..rule(RequireApproval, "s", yes())
        },
        shadow(rule(Deny, "d", fails())),
    ];
    let decision = evaluate(rules, &pay("")).decision;
    let expected = concat!(
        r#"{"version":1,"effect":"require_approval","determined_by":["p/m.r","p/m.s"],"action":"wire-pay","#,
        r#""tier":"T1","requirements":[{"rule":"p/m.r","from":"leads","quorum":2,"expires_seconds":60},"#,
        r#"{"rule":"p/m.s","from":"owners","quorum":1,"expires_seconds":3600}],"messages":[{"rule":"p/m.s","because":"why"}],"#,
        r#""errors":[],"shadow":{"effect":"deny","determined_by":["p/m.d"],"#,
        r#""errors":[{"rule":"p/m.d","error":"overflow"}]}}"#
    );
    assert_eq!(serde_json::to_string(&decision).unwrap(), expected);
    assert_eq!(decision.to_json(), serde_json::from_str::<Document>(expected).unwrap());
}

#[test]
fn an_ask_that_failed_denies_and_asks_nobody() {
    let decision = decide(vec![rule(Allow, "a", yes()), rule(RequireApproval, "r", fails())], &pay(""));
    assert_eq!(decision["effect"], "deny");
    assert_eq!(decision["determined_by"], json!(["p/m.r"]));
    assert_eq!(decision["requirements"], json!([]));
    let decision = decide(vec![rule(RequireApproval, "r", yes())], &pay(""));
    assert_eq!(decision["determined_by"], json!(["default"]));
    assert_eq!(decision["requirements"], json!([]));
}

#[test]
fn tiers() {
    let count =
        r#"{"subject": {"type": "User", "id": "u"}, "action": {"name": "wire-count", "properties": {"a": 1, "b": 2}}}"#;
    // An action that names none has the highest.
    assert_eq!(decide(vec![], count)["tier"], "T2");
    let untiered = Package { tiers: vec![], ..package(None, vec![]) };
    let decision = Evaluator::new(&untiered).evaluate(count.as_bytes()).decision;
    assert_eq!(decision.tier, None);
    assert!(decision.to_json().get("tier").is_none());
}

#[test]
fn messages_of_determining_rules_that_held() {
    let piece = |path: &str, places| Piece::Path { path: steps(path), ty: Ty::Bool, places };
    let say = |rule: Rule, pieces| Rule { because: Some(pieces), ..rule };
    let everything = vec![
        piece("input.amount", 2),
        piece("resource.total", 2),
        piece("resource", 0),
        piece("principal.id", 0),
        Piece::Text(" {text} ".into()),
        piece("input.n", 0),
        piece("input.flag", 0),
        piece("input.level", 0),
        piece("input.note", 0),
        piece("input.owner.id", 0),
        piece("context.session", 0),
        piece("principal.role", 0),
    ];
    let rules = vec![
        say(rule(Deny, "d", yes()), everything),
        say(rule(Deny, "e", fails()), vec![]),
        say(rule(Allow, "a", yes()), vec![]),
    ];
    let decision = decide(rules, &pay(r#", "n": -3, "flag": true, "level": "MID", "note": "a\"\u202e""#));
    assert_eq!(
        decision["messages"],
        json!([{"rule": "p/m.d", "because": r#"60.0075.50"o-1""a-1" {text} -3trueMID"a\"\u{202e}"?"s""clerk""#}])
    );
}
