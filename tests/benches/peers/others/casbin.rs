//! Casbin, where it can express the work: rules that are rows of one form, with one matcher over them. Its `enforce_ex` names
//! the rows that determined a decision; it stops at the first that denies, so only policies of which one denies agree.

use casbin::{CoreApi, DefaultModel, Enforcer, StringAdapter};

use crate::outcome::{Effect, Outcome};

const MODEL: &str = "
[request_definition]
r = department, amount

[policy_definition]
p = name, department, low, high, eft

[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))

[matchers]
m = r.department == p.department && r.amount >= p.low && r.amount <= p.high
";

/// Rows hold texts, so numbers are texts of one length that compare as they do.
pub(crate) fn number(amount: i64) -> String {
    format!("{amount:020}")
}

/// Rows, loaded.
pub(crate) struct Casbin(Enforcer);

/// The record of a decision: whether it allows, and the rows.
pub(crate) type Decided = (bool, Vec<Vec<String>>);

impl Casbin {
    /// Rows `p, name, department, low, high, allow` or `… deny`.
    pub(crate) fn new(rows: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime of one thread");
        let enforcer = runtime
            .block_on(async { Enforcer::new(DefaultModel::from_str(MODEL).await?, StringAdapter::new(rows)).await })
            .expect("the model is right");
        Self(enforcer)
    }

    /// Decides, to the record.
    pub(crate) fn decide(&self, department: &str, amount: &str) -> Decided {
        self.0.enforce_ex((department, amount)).expect("the matcher runs")
    }
}

pub(crate) fn outcome((allows, rows): &Decided) -> Outcome {
    let name = |row: &Vec<String>| row.first().cloned().unwrap_or_default();
    let denies = |row: &&Vec<String>| row.last().is_some_and(|effect| effect == "deny");
    match (allows, rows.iter().find(denies)) {
        (true, _) => Outcome::new(Effect::Allow, rows.iter().map(name)),
        (false, Some(row)) => Outcome::new(Effect::Deny, [name(row)]),
        (false, None) => Outcome::new(Effect::Deny, ["default"]),
    }
}
