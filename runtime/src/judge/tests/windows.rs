//! Decisions that remember.

use zt_values::civil::Unit;
use zt_values::zone::{Table, Zone};

use super::*;
use crate::ir::{Brought, Cmp, Component, EntryWindow, Kind, Over, Reading, Recording, Window};
use crate::store::Aggregate;

fn load(slot: u32) -> Box<Expr> {
    Box::new(Expr::Load(Slot(slot)))
}

/// A reading compared with a number; it fails where there is none.
fn more_than(slot: u32, number: i64) -> Expr {
    let value = Expr::Failing { failed: load(slot + 1), value: load(slot) };
    Expr::Compare(Cmp::Gt, Box::new(value), Box::new(Expr::Const(number)))
}

pub(super) fn window(name: &str, aggregate: Aggregate, of: Recorded, bound: u32) -> Window {
    Window {
        name: name.into(),
        limit: false,
        aggregate,
        of,
        over: Over::Sliding(MINUTE),
        bound,
        kind: Kind::Decimal,
        enforced: true,
        shadow: false,
    }
}

fn touched(index: u32, slot: u32, brought: Brought, condition: Expr) -> EntryWindow {
    let reading = |slot| Some(Reading { value: Slot(slot), failed: Slot(slot + 1) });
    EntryWindow {
        window: index,
        key: vec![Component { kind: Kind::Entity("Agent".into()), expr: Expr::Load(Slot(0)) }],
        records: Some(Recording { condition, brought }),
        past: reading(slot),
        counting: reading(slot + 2),
        max: None,
        shown: true,
    }
}

/// A package with one window at slots 5 to 8, and these rules beside an allow.
fn remembering(window: Window, touched: EntryWindow, rules: Vec<(Rule, EntryRule)>) -> Program {
    let mut all = vec![rule(ir::Effect::Allow, true)];
    all.extend(rules);
    let mut program = program(all);
    program.windows = vec![window];
    program.entries[0].windows = vec![touched];
    program.entries[0].slots = 9;
    program
}

fn deny(condition: Expr) -> (Rule, EntryRule) {
    let (rule, entry_rule) = rule(ir::Effect::Deny, false);
    (rule, EntryRule { condition, ..entry_rule })
}

fn failing() -> Expr {
    let sum = Expr::Arith {
        op: ir::Arith::Add,
        checked: true,
        left: Box::new(Expr::Const(i64::MAX)),
        right: Box::new(Expr::Const(1)),
    };
    Expr::Compare(Cmp::Eq, Box::new(sum), Box::new(Expr::Const(0)))
}

fn at(program: &Program, store: &dyn Store, now: i64) -> String {
    decide(program, &Facts::default(), store, now)
}

#[test]
fn a_reading_looks_back_and_counts_this_call_on_demand() {
    let of = touched(0, 5, Brought::Once, Expr::Const(1));
    let window = window("calls", Aggregate::Count, Recorded::Admitted, 100);
    let program = remembering(window, of, vec![deny(more_than(7, 2))]);
    let store = Memory::default();
    for (now, effect, value) in [(0, "allow", 0), (1, "allow", 1), (2, "deny", 2), (3, "deny", 2), (MINUTE, "allow", 1)]
    {
        let json = at(&program, &store, now);
        assert_eq!(by(&json).0, effect, "{json}");
        assert!(json.contains(&format!(r#""readings":[{{"window":"calls","value":{value}}}]"#)), "{json}");
    }
}

#[test]
fn a_limit_says_when_there_is_room() {
    let mut of = touched(0, 5, Brought::Number(Expr::Const(20_000)), Expr::Const(1));
    of.max = Some(50_000);
    of.shown = false;
    let mut window = window("acme/p.rate", Aggregate::Sum, Recorded::Admitted, 100);
    window.limit = true;
    let (mut rule, mut entry_rule) = deny(more_than(7, 50_000));
    rule.effect = ir::Effect::Limit;
    entry_rule.limit = Some(0);
    let program = remembering(window, of, vec![(rule, entry_rule), deny(Expr::Const(0))]);
    let store = Memory::default();
    is(&at(&program, &store, 0), "allow", &["r0"]);
    is(&at(&program, &store, 1_000_001), "allow", &["r0"]);
    let denied = at(&program, &store, 2_000_000);
    is(&denied, "deny", &["r1"]);
    assert!(denied.contains(r#","retry_after_ms":58000,"errors":[]"#), "{denied}");
    assert!(at(&program, &store, 2_000_001).contains(r#""retry_after_ms":58000,"#));
    assert!(at(&program, &store, 1_999_999).contains(r#""retry_after_ms":58001,"#));
    is(&at(&program, &store, MINUTE), "allow", &["r0"]);
    // More than it has room for by itself: waiting does not help. Nor does it where something else denies, too.
    let mut never = program.clone();
    never.entries[0].windows[0].records.as_mut().unwrap().brought = Brought::Number(Expr::Const(50_001));
    assert!(!at(&never, &store, 0).contains("retry"));
    let mut both = program.clone();
    both.entries[0].rules[2].condition = Expr::Const(1);
    let json = at(&both, &store, MINUTE + 1);
    is(&json, "deny", &["r1", "r2"]);
    assert!(!json.contains("retry"), "{json}");
}

#[test]
fn each_outcome_has_its_windows() {
    // What denies alternates: the second call is denied, the third asks.
    for (of, expected) in [(Recorded::Admitted, 1), (Recorded::Attempted, 3), (Recorded::Denied, 1)] {
        let store = Memory::default();
        let touch = touched(0, 5, Brought::Once, Expr::Const(1));
        let with = |rules| remembering(window("w", Aggregate::Count, of, 100), touch.clone(), rules);
        is(&at(&with(vec![]), &store, 0), "allow", &["r0"]);
        is(&at(&with(vec![deny(Expr::Const(1))]), &store, 1), "deny", &["r1"]);
        is(&at(&with(vec![asks(ir::Effect::RequireApproval, 1)]), &store, 2), "require_approval", &["r1"]);
        let json = at(&with(vec![deny(Expr::Const(1))]), &store, 3);
        assert!(json.contains(&format!(r#""value":{expected}"#)), "{of:?} {json}");
    }
}

#[test]
fn what_cannot_be_recorded_is_denied_unless_only_shadow_rules_read_it() {
    let plain = || window("w", Aggregate::Count, Recorded::Admitted, 2);
    let bad_where = touched(0, 5, Brought::Once, failing());
    let good = touched(0, 5, Brought::Once, Expr::Const(1));
    let mut bad_key = good.clone();
    bad_key.key[0] = Component { kind: Kind::Bool, expr: failing() };
    let uncounted = touched(0, 5, Brought::Once, Expr::Const(0));
    let negative = touched(0, 5, Brought::Number(Expr::Const(-1)), Expr::Const(1));
    let sum = window("w", Aggregate::Sum, Recorded::Admitted, 2);
    let store = Memory::default();
    for (window, of, store) in [
        (plain(), bad_where, &store as &dyn Store),
        (plain(), bad_key, &store),
        (plain(), good.clone(), &Outage),
        (sum, negative, &store),
    ] {
        let enforced = remembering(window.clone(), of.clone(), vec![]);
        is(&at(&enforced, store, 0), "deny", &["unrecorded"]);
        let (mut shadow, entry_rule) = deny(more_than(7, 100));
        shadow.shadow = true;
        let unread = Window { enforced: false, shadow: true, ..window };
        let json = at(&remembering(unread, of, vec![(shadow, entry_rule)]), store, 0);
        is(&json, "allow", &["r0"]);
        // With the shadow rule the reading would have failed, which denies.
        assert!(
            json.contains(
                r#""shadow":{"effect":"deny","determined_by":["r1"],"errors":[{"rule":"r1","error":"window w"}]}"#
            ),
            "{json}"
        );
    }
    is(&at(&remembering(plain(), uncounted, vec![]), &store, 0), "allow", &["r0"]);
    // At the bound a window is neither read nor written.
    let full = remembering(plain(), good, vec![]);
    is(&at(&full, &store, 0), "allow", &["r0"]);
    is(&at(&full, &store, 0), "allow", &["r0"]);
    let json = at(&full, &store, 0);
    is(&json, "deny", &["unrecorded"]);
    assert!(json.contains(r#""readings":[{"window":"w","error":true}]"#), "{json}");
}

#[test]
fn a_failing_store_fails_what_reads_it_and_denies() {
    let of = touched(0, 5, Brought::Once, Expr::Const(1));
    let program = remembering(window("w", Aggregate::Count, Recorded::Admitted, 9), of, vec![deny(more_than(5, 1))]);
    let json = at(&program, &Outage, 0);
    is(&json, "deny", &["r1"]);
    assert!(json.ends_with(r#""errors":[{"rule":"r1","error":"window w"}]}"#), "{json}");
}

#[test]
fn a_set_holds_what_was_brought() {
    let text = |slot| Component { kind: Kind::Text, expr: Expr::Load(Slot(slot)) };
    let mut window = window("names", Aggregate::Set, Recorded::Attempted, 9);
    window.kind = Kind::Text;
    let of = touched(0, 5, Brought::Value(text(1)), Expr::Const(1));
    let set = |slot| Box::new(Expr::Failing { failed: load(slot + 1), value: load(slot) });
    let within = |slot| Expr::Contains { set: set(slot), text: true, element: load(1) };
    // It knows the resource only if it was brought before.
    let before = remembering(window.clone(), of.clone(), vec![deny(within(5))]);
    let store = Memory::default();
    is(&at(&before, &store, 0), "allow", &["r0"]);
    let json = at(&before, &store, 1);
    is(&json, "deny", &["r1"]);
    assert!(json.contains(r#""readings":[{"window":"names","value":1}]"#), "{json}");
    let counting = remembering(window, of, vec![deny(within(7))]);
    is(&at(&counting, &Memory::default(), 0), "deny", &["r1"]);
}

#[test]
fn a_calendar_day_begins_at_midnight_by_the_wall_clock() {
    let table = Table { name: "UTC".into(), from: 0, until: 4_000_000, first: 0, transitions: vec![] };
    let mut window = window("day", Aggregate::Count, Recorded::Admitted, 9);
    window.over = Over::Calendar(Unit::Day, Zone::try_from(table).unwrap());
    let of = touched(0, 5, Brought::Once, Expr::Const(1));
    let program = remembering(window, of, vec![deny(more_than(5, 0))]);
    let day = 86_400_000_000;
    let store = Memory::default();
    is(&at(&program, &store, day - 2), "allow", &["r0"]);
    is(&at(&program, &store, day - 1), "deny", &["r1"]);
    is(&at(&program, &store, day), "allow", &["r0"]);
    // A clock that jumps back finds the day that was reached.
    is(&at(&program, &store, day - 1), "deny", &["r1"]);
    // Outside of the table nothing is known.
    let outside = at(&program, &store, 4_000_000_000_000);
    assert!(outside.contains(r#""error":"window day""#), "{outside}");
}

#[test]
fn an_attestation_tells_how_a_call_ended() {
    let of = touched(0, 5, Brought::Once, Expr::Const(1));
    let program =
        remembering(window("failures", Aggregate::Count, Recorded::Failed, 3), of, vec![deny(more_than(5, 0))]);
    let entry = &program.entries[0];
    let groups = Groups::of(&program, entry, false);
    let case =
        Case { program: &program, patterns: &crate::pattern::Patterns::default(), entry, index: 0, groups: &groups };
    let (store, facts) = (Memory::default(), Facts::default());
    let host = Host { clock: Clock { now: 0, mono: 0 }, facts: &facts, store: &store };
    is(&at(&program, &store, 0), "allow", &["r0"]);
    let mut frame = frame(entry.slots, "{}");
    let before = frame.slots().to_vec();
    assert!(case.attest(&mut frame, &host, true, None).unwrap());
    is(&at(&program, &store, 0), "allow", &["r0"]);
    assert!(case.attest(&mut frame, &host, false, None).unwrap());
    assert_eq!(frame.slots(), before);
    is(&at(&program, &store, 0), "deny", &["r1"]);
    assert!(
        case.attest(&mut frame, &host, false, None).unwrap() && case.attest(&mut frame, &host, false, None).unwrap()
    );
    // The window is full, and a store may not answer.
    assert!(!case.attest(&mut frame, &host, false, None).unwrap());
    assert!(!case.attest(&mut frame, &Host { store: &Outage, ..host }, false, None).unwrap());
}
