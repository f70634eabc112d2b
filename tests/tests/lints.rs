//! Lints say only what is so, and say it fast.

use zt_lang::diagnostic::Code;
use zt_tests::lints::judge;

/// Code without optimisation takes less of everything.
fn packages() -> u64 {
    match (cfg!(debug_assertions), zt_tests::full()) {
        (true, _) => 150,
        (false, false) => 200,
        (false, true) => 6_000,
    }
}

#[test]
fn what_lints_say_is_so() {
    let asked = judge(5, packages()).unwrap_or_else(|problem| panic!("{problem}"));
    if let Some(wrong) = asked.wrong {
        panic!("{wrong}");
    }
    let held: u64 = [Code::CoveredRule, Code::IdleRule, Code::BypassedApproval, Code::RepeatedObligation]
        .iter()
        .filter_map(|code| asked.held.get(code))
        .sum();
    assert!(held >= packages() / 20, "what rules are to each other is tried often enough: {:?}", asked.held);
    for code in [Code::NeverHolds, Code::ConstantCondition, Code::RedundantCondition] {
        let (claims, held) = (asked.claims.get(&code), asked.held.get(&code));
        assert!(claims.is_some_and(|n| *n >= packages() / 40), "{code:?} is said often enough: {:?}", asked.claims);
        assert!(held.is_some_and(|n| *n >= packages() / 10), "{code:?} is tried often enough: {:?}", asked.held);
    }
}
