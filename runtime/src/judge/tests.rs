//! Decisions with approvals, tiers and obligations, interpreted.

use zt_values::EntityRef;
use zt_values::binding::binding;

use super::*;
use crate::host::{Approval, Approver, Clock, Member};
use crate::ir::{self, Approvers, Arg, Due, EntryRule, Expr, From, Merge, Param, Party, Rule, Tier};
use crate::report;
use crate::schema::{Slot, Type, TypeId};
use crate::store::{Memory, Outage, Store};

const MINUTE: i64 = 60_000_000;

/// Slots: 0 principal, 1 resource, 2 input, 3 and 4 whom it acts for, 5 and on: conditions.
fn program(rules: Vec<(Rule, EntryRule)>) -> Program {
    let entity = |name: &str| Type::Entity { id: None, name: name.into(), fields: vec![], ancestors: vec![] };
    let audit = |level| vec![Due { obligation: 0, args: vec![Arg::Value(Expr::Const(level))] }];
    let group = |name: &str, asked| Approvers { name: name.into(), asked, fresh: asked.then_some(61_000_000) };
    let ask = |group, quorum| Some(ir::Ask { from: From::Group(group), quorum, expires: 600 });
    let (rules, entry_rules): (Vec<_>, Vec<_>) = rules
        .into_iter()
        .enumerate()
        .map(|(index, (rule, entry_rule))| {
            let id = RuleId(index.try_into().unwrap());
            (Rule { name: format!("r{index}"), ..rule }, EntryRule { rule: id, ..entry_rule })
        })
        .unzip();
    Program {
        package: "acme".into(),
        types: vec![
            entity("Agent"),
            entity("Order"),
            Type::Record { open: false, fields: vec![] },
            Type::Enum { members: ["standard", "detailed", "complete"].map(String::from).into() },
        ],
        tiers: vec![
            Tier { name: "T0".into(), warrant: Some(60), ..Tier::default() },
            Tier { name: "T1".into(), warrant: Some(5), ask: ask(1, 2), obligations: audit(1) },
        ],
        obligations: vec![
            ir::Obligation {
                name: "audit".into(),
                params: vec![Param { name: "level".into(), ty: TypeId(3), merge: Some(Merge::Max) }],
            },
            ir::Obligation { name: "mfa".into(), params: vec![] },
        ],
        approvers: vec![group("leads", false), group("owners", true)],
        rules,
        entries: vec![Entry {
            action: "pay".into(),
            principal: TypeId(0),
            resource: Some(TypeId(1)),
            input: TypeId(2),
            tier: Some(0),
            evidence: Some(ir::Evidence {
                principal: Slot(0),
                resource: Some(Slot(1)),
                acts_for: Some(Party { kind: "User".into(), present: Some(Slot(3)), failed: None, id: Slot(4) }),
            }),
            sent: Some(Slot(2)),
            slots: 5,
            rules: entry_rules,
            ..Entry::default()
        }],
        ..Program::default()
    }
}

fn rule(effect: ir::Effect, held: bool) -> (Rule, EntryRule) {
    (Rule { effect, ..Rule::default() }, EntryRule { condition: Expr::Const(held.into()), ..EntryRule::default() })
}

fn asks(effect: ir::Effect, quorum: u32) -> (Rule, EntryRule) {
    let (mut rule, entry_rule) = rule(effect, true);
    rule.ask = Some(ir::Ask { from: From::Group(0), quorum, expires: 600 });
    (rule, entry_rule)
}

fn frame(slots: u32, input: &str) -> Frame {
    let mut frame = Frame::default();
    frame.clear(slots as usize);
    for (slot, text) in [(0, "bot"), (1, "o-1"), (2, input), (4, "boss")] {
        let text = frame.push_text(text);
        frame.store(Some(Slot(slot)), text.unwrap());
    }
    frame.store(Some(Slot(3)), 1);
    frame.finish(0, 0);
    frame
}

fn bound(input: &str) -> String {
    let entity = |ty, id| EntityRef { ty, id };
    binding("acme", "pay", entity("Agent", "bot"), Some(entity("Order", "o-1")), input).unwrap()
}

fn approval(id: &str, kind: Option<&str>, by: &str, from: &str) -> Approval {
    Approval {
        id: id.into(),
        by: Approver { kind: kind.map(String::from), id: by.into() },
        from: from.into(),
        at: 0,
        binding: bound("{}"),
    }
}

/// Decides and gives the decision's JSON.
fn decide(program: &Program, facts: &Facts, store: &dyn Store, now: i64) -> String {
    let entry = &program.entries[0];
    let groups = Groups::of(program, entry, false);
    let case = Case { program, patterns: &crate::pattern::Patterns::default(), entry, index: 0, groups: &groups };
    let mut frame = frame(entry.slots, "{}");
    let host = Host { clock: Clock { now, mono: now }, facts, store };
    let answer = |leaf: Leaf, operands: &Operands<'_>, _: &Frame| {
        Some(interpret::case(entry, &groups.index.groups()[leaf.group as usize], leaf.case, operands))
    };
    let mut decision = Decision::default();
    case.decide_with(&mut frame, &host, &answer, &mut decision);
    serde_json::to_string(&report::report(program, &crate::pattern::Patterns::default(), &decision, &frame)).unwrap()
}

fn by(json: &str) -> (String, Vec<String>) {
    let value: serde_json::Value = serde_json::from_str(json).unwrap();
    let names = value["determined_by"].as_array().unwrap().iter().map(|n| n.as_str().unwrap().to_owned());
    (value["effect"].as_str().unwrap().to_owned(), names.collect())
}

fn is(json: &str, effect: &str, names: &[&str]) {
    assert_eq!(by(json), (effect.to_owned(), names.iter().map(|n| (*n).to_owned()).collect()), "{json}");
}

#[test]
fn an_approval_is_used_once_and_only_by_the_call_that_it_is_for() {
    let program = program(vec![rule(ir::Effect::Allow, true), asks(ir::Effect::RequireApproval, 2)]);
    let store = Memory::default();
    let mut facts = Facts::default();
    let asked = decide(&program, &facts, &store, 5);
    is(&asked, "require_approval", &["r1"]);
    assert_eq!(
        asked,
        format!(
            r#"{{"version":1,"effect":"require_approval","determined_by":["r1"],"action":"pay","tier":"T0","requirements":[{{"rule":"r1","from":"leads","quorum":2,"expires_seconds":600}}],"binding":"{}","messages":[],"errors":[]}}"#,
            bound("{}")
        )
    );
    facts.approvals = vec![approval("a1", Some("User"), "ann", "leads"), approval("a2", Some("User"), "ann", "leads")];
    let half = decide(&program, &facts, &store, 5);
    assert!(half.contains(r#""approved_by":["ann"]"#), "{half}");
    is(&half, "require_approval", &["r1"]);
    facts.approvals.push(approval("a3", None, "bob", "leads"));
    // An ask uses nothing up; an allow does, all that counted.
    let allowed = decide(&program, &facts, &store, 5);
    is(&allowed, "allow", &["r0"]);
    assert!(allowed.contains(r#""tier":"T0","warrant_seconds":60,"#), "{allowed}");
    is(&decide(&program, &facts, &store, 5), "require_approval", &["r1"]);
    for approval in &mut facts.approvals {
        approval.id.push('\'');
    }
    // A store that does not say whether they were used.
    is(&decide(&program, &facts, &Outage, 5), "require_approval", &["r1"]);
    is(&decide(&program, &facts, &store, 10 * MINUTE), "require_approval", &["r1"]);
    is(&decide(&program, &facts, &store, -1), "require_approval", &["r1"]);
    is(&decide(&program, &facts, &store, 10 * MINUTE - 1), "allow", &["r0"]);
}

#[test]
fn who_may_approve() {
    let program = program(vec![rule(ir::Effect::Allow, true), asks(ir::Effect::RequireApproval, 1)]);
    let allows = |approval: Approval| {
        let facts = Facts { approvals: vec![approval], ..Facts::default() };
        by(&decide(&program, &facts, &Memory::default(), 0)).0 == "allow"
    };
    assert!(allows(approval("a", Some("User"), "ann", "leads")));
    // Never the principal, nor whom it acts for: the id is enough, whatever type is said.
    assert!(!allows(approval("a", Some("Agent"), "bot", "leads")));
    assert!(!allows(approval("a", None, "bot", "leads")));
    assert!(!allows(approval("a", Some("User"), "bot", "leads")));
    assert!(!allows(approval("a", Some("User"), "boss", "leads")));
    assert!(!allows(approval("a", None, "boss", "leads")));
    assert!(!allows(approval("a", None, "ann", "owners")));
    for input in [r#"{"x":1}"#, "[]"] {
        let binding = if input == "[]" { String::new() } else { bound(input) };
        assert!(!allows(Approval { binding, ..approval("a", None, "ann", "leads") }));
    }
}

#[test]
fn whom_the_principal_acts_for_approves_only_where_it_is_asked() {
    let (mut asking, mut entry_rule) = asks(ir::Effect::Allow, 1);
    asking.ask.as_mut().unwrap().from = From::ActsFor("principal.acts_for".into());
    entry_rule.party = Some(Party { kind: "User".into(), present: Some(Slot(3)), failed: None, id: Slot(4) });
    entry_rule.obligations = vec![Due { obligation: 1, args: vec![] }];
    let program = program(vec![(asking, entry_rule)]);
    let facts = |approvals| Facts { approvals, ..Facts::default() };
    let asked = decide(&program, &facts(vec![]), &Memory::default(), 0);
    is(&asked, "require_approval", &["r0"]);
    let alternatives = r#""requirements":[],"alternatives":[{"rule":"r0","from":"principal.acts_for","quorum":1,"expires_seconds":600}],"binding":""#;
    assert!(asked.contains(alternatives), "{asked}");
    assert!(asked.contains(r#""obligations":[{"name":"mfa","args":{}}]"#), "{asked}");
    for (kind, id, effect) in [
        (Some("User"), "boss", "allow"),
        (Some("User"), "ann", "require_approval"),
        (None, "boss", "require_approval"),
        (Some("Agent"), "boss", "require_approval"),
    ] {
        let facts = facts(vec![approval("a", kind, id, "principal.acts_for")]);
        is(&decide(&program, &facts, &Memory::default(), 0), effect, &["r0"]);
    }
}

#[test]
fn a_tier_asks_and_obliges() {
    let (mut raise, mut entry_rule) = rule(ir::Effect::Raise, true);
    raise.raise = Some(1);
    entry_rule.obligations = vec![];
    let (oblige, mut obliging) = rule(ir::Effect::Oblige, true);
    obliging.obligations = vec![Due { obligation: 0, args: vec![Arg::Value(Expr::Const(2))] }];
    let program = program(vec![rule(ir::Effect::Allow, true), (raise, entry_rule), (oblige, obliging)]);
    let mut facts = Facts::default();
    let store = Memory::default();
    let asked = decide(&program, &facts, &store, 0);
    is(&asked, "require_approval", &["tier T1"]);
    assert!(asked.contains(r#""tier":"T1","requirements":[{"tier":"T1","from":"owners","quorum":2"#), "{asked}");
    assert!(asked.contains(r#""obligations":[{"name":"audit","args":{"level":"complete"}}]"#), "{asked}");
    facts.approvals = vec![approval("a1", None, "ann", "owners"), approval("a2", None, "bob", "owners")];
    let member = |id: &str| Member { approvers: "owners".into(), id: id.into(), age_seconds: 61 };
    // A source vouches for its members, the host's word does not.
    facts.members = vec![member("ann"), Member { approvers: "leads".into(), id: "bob".into(), age_seconds: 0 }];
    assert!(decide(&program, &facts, &store, 0).contains(r#""approved_by":["ann"]"#));
    facts.members.push(Member { age_seconds: 62, ..member("bob") });
    assert!(decide(&program, &facts, &store, 0).contains(r#""approved_by":["ann"]"#));
    facts.members.push(member("bob"));
    assert!(decide(&program, &facts, &store, 0).contains(r#""approved_by":["ann"]"#));
    facts.members.retain(|member| member.age_seconds < 62);
    facts.supported = Some(vec!["mfa".into()]);
    is(&decide(&program, &facts, &store, 0), "deny", &["unsupported"]);
    facts.supported = Some(vec!["audit".into()]);
    is(&decide(&program, &facts, &store, 0), "allow", &["r0"]);
}

#[test]
fn a_failure_says_why() {
    let (deny, mut failing) = rule(ir::Effect::Deny, true);
    let sum = Expr::Arith {
        op: ir::Arith::Add,
        checked: true,
        left: Box::new(Expr::Const(i64::MAX)),
        right: Box::new(Expr::Const(1)),
    };
    failing.condition = Expr::Compare(ir::Cmp::Eq, Box::new(sum), Box::new(Expr::Const(0)));
    let program = program(vec![(deny, failing)]);
    let json = decide(&program, &Facts::default(), &Outage, 0);
    is(&json, "deny", &["r0"]);
    assert!(json.ends_with(r#""errors":[{"rule":"r0","error":"overflow"}]}"#), "{json}");
}

mod events;
mod windows;
