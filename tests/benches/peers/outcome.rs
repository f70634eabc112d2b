//! What engines must agree on before any of them is timed.

use std::collections::BTreeSet;

use serde_json::Value;

/// What is to become of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Effect {
    Allow,
    Ask,
    Deny,
}

/// A decision, spelled out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) effect: Effect,
    /// The names of the rules that determined it, without their policies; `default` where no rule did.
    pub(crate) rules: BTreeSet<String>,
    /// `audit(level=detailed)`, for each obligation.
    pub(crate) obligations: BTreeSet<String>,
}

impl Outcome {
    pub(crate) fn new(effect: Effect, rules: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { effect, rules: rules.into_iter().map(Into::into).collect(), obligations: BTreeSet::new() }
    }

    pub(crate) fn with(mut self, obligations: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.obligations = obligations.into_iter().map(Into::into).collect();
        self
    }

    /// Reads the JSON of a decision of zt. One that refused or failed is no outcome: then the bench is wrong.
    pub(crate) fn of_json(json: &str) -> Self {
        let decision: Value = serde_json::from_str(json).expect("a decision is JSON");
        let texts = |key: &str| decision[key].as_array().cloned().unwrap_or_default();
        assert!(decision["refusal"].is_null(), "refused: {json}");
        assert!(texts("errors").is_empty(), "a rule failed: {json}");
        let effect = match decision["effect"].as_str() {
            Some("allow") => Effect::Allow,
            Some("require_approval") => Effect::Ask,
            _ => Effect::Deny,
        };
        let last = |name: &str| name.rsplit('.').next().unwrap_or(name).to_owned();
        let rules = texts("determined_by");
        let rules = rules.iter().map(|name| last(name.as_str().unwrap_or_default()));
        let obligations = texts("obligations");
        let obligations = obligations.iter().map(|obligation| {
            let name = last(obligation["name"].as_str().unwrap_or_default());
            let args = obligation["args"].as_object().cloned().unwrap_or_default();
            let args: Vec<String> = args
                .iter()
                .map(|(key, value)| {
                    format!("{key}={}", value.as_str().map_or_else(|| value.to_string(), str::to_owned))
                })
                .collect();
            format!("{name}({})", args.join(","))
        });
        Self::new(effect, rules).with(obligations)
    }
}
