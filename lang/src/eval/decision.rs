//! Decisions, and their JSON.

use serde::ser::{Error, Serialize, SerializeMap, Serializer};
use serde_json::value::RawValue;

use super::read::Refusal;
use crate::hir::{Aspect, Effect};

/// The answer to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What is decided.
    pub effect: Effect,
    /// Full names of the rules that determined it, in rule order, then tiers that ask; or `default`, `refused`,
    /// `unsupported` or `unrecorded`, alone.
    pub determined_by: Vec<String>,
    /// Why the request was refused, if it was. Then all that follows is empty.
    pub refusal: Option<Refusal>,
    /// The action's name in requests.
    pub action: Option<String>,
    /// What the arguments leave out and is applied: where in the request, and the value as JSON, by place. Who forwards
    /// the call forwards it with these.
    pub input_defaults: Vec<(String, Exact)>,
    /// The tier, if the package has tiers.
    pub tier: Option<String>,
    /// The longest time that an allow may be used, in seconds.
    pub warrant: Option<u64>,
    /// The approvals that are missing, all of them.
    pub requirements: Vec<Requirement>,
    /// The approvals of which any one makes a grant, where nothing else grants.
    pub alternatives: Vec<Requirement>,
    /// Of an ask, what an approver is shown, its values filled in.
    pub ask: Vec<(Aspect, String)>,
    /// Of an ask, what an approval of this call must be bound to.
    pub binding: Option<String>,
    /// What the decision obliges to.
    pub obligations: Vec<Obligation>,
    /// Messages of the determining rules that held, for those who approve and audit.
    pub messages: Vec<Message>,
    /// The same for the agent.
    pub tells: Vec<Tell>,
    /// After how many milliseconds there is room, where limits alone deny.
    pub retry_after_ms: Option<i64>,
    /// What the windows say that rules in scope read.
    pub readings: Vec<WindowReading>,
    /// Enforced rules in scope that failed, even where that changed nothing.
    pub errors: Vec<RuleError>,
    /// What the decision would have been with the shadow rules, if one is in scope.
    pub shadow: Option<ShadowDecision>,
    /// When it was decided, in microseconds since 1970: what windows read as `now` of a call whose end is attested
    /// later. It is not part of what is sent.
    pub now: i64,
}

/// An approval that is asked for.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Requirement {
    /// Who asks.
    #[serde(flatten)]
    pub by: RequiredBy,
    /// The group of approvers, or `principal.acts_for`.
    pub from: String,
    /// How many different people of it.
    pub quorum: u32,
    /// How long an approval lasts, in seconds.
    #[serde(rename = "expires_seconds")]
    pub expires: u64,
    /// Whose approvals count so far, sorted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub approved_by: Vec<String>,
}

/// Who asks for an approval.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RequiredBy {
    /// The rule of this full name.
    Rule(String),
    /// The tier of this name.
    Tier(String),
}

/// An obligation of a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obligation {
    /// Its name.
    pub name: String,
    /// Its arguments by the names of its parameters, in their order.
    pub args: Vec<(String, Exact)>,
}

/// A value as JSON, to the last digit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exact(pub(super) String);

impl Exact {
    /// The JSON text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The message of a rule.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Message {
    /// Full name of the rule.
    pub rule: String,
    /// The message, its values filled in.
    pub because: String,
}

/// The message of a rule for the agent.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Tell {
    /// Full name of the rule.
    pub rule: String,
    /// The message, its values filled in.
    pub tell: String,
}

/// What a window says, looking back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WindowReading {
    /// The window.
    pub window: String,
    /// Its reading, of a set how many elements it has; `None` where it cannot be had.
    pub value: Option<Exact>,
}

/// The failure of a rule.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct RuleError {
    /// Full name of the rule.
    pub rule: String,
    /// What went wrong: `overflow`, `source NAME`, `file`, `window NAME` or `zone`.
    pub error: String,
}

/// A decision as it would have been.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShadowDecision {
    /// What would have been decided.
    pub effect: Effect,
    /// What would have determined it.
    pub determined_by: Vec<String>,
    /// Shadow rules in scope that failed.
    pub errors: Vec<RuleError>,
}

impl Decision {
    /// The decision on a request that was refused.
    pub(super) fn refused(refusal: Refusal) -> Self {
        Decision { refusal: Some(refusal), determined_by: vec!["refused".into()], ..Decision::of(Effect::Deny) }
    }

    /// A decision of which nothing more is said yet.
    pub(super) fn of(effect: Effect) -> Self {
        Decision {
            effect,
            determined_by: Vec::new(),
            refusal: None,
            action: None,
            input_defaults: Vec::new(),
            tier: None,
            warrant: None,
            requirements: Vec::new(),
            alternatives: Vec::new(),
            ask: Vec::new(),
            binding: None,
            obligations: Vec::new(),
            messages: Vec::new(),
            tells: Vec::new(),
            retry_after_ms: None,
            readings: Vec::new(),
            errors: Vec::new(),
            shadow: None,
            now: 0,
        }
    }

    /// The decision as JSON.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        // Strings, numbers and lists of them under fixed names: nothing that JSON could not hold.
        serde_json::to_value(self).unwrap_or_default()
    }
}

impl Serialize for Decision {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("version", &1)?;
        map.serialize_entry("effect", self.effect.as_str())?;
        map.serialize_entry("determined_by", &self.determined_by)?;
        if let Some(refusal) = &self.refusal {
            map.serialize_entry("refusal", refusal)?;
            return map.end();
        }
        present(&mut map, "action", self.action.as_ref())?;
        let applied = self.input_defaults.iter().map(|(path, value)| Applied { path, value });
        present(&mut map, "input_defaults", some(&applied.collect()))?;
        present(&mut map, "tier", self.tier.as_ref())?;
        present(&mut map, "warrant_seconds", self.warrant.as_ref())?;
        map.serialize_entry("requirements", &self.requirements)?;
        present(&mut map, "alternatives", some(&self.alternatives))?;
        present(&mut map, "ask", some(&self.ask).map(|parts| Shown(parts)).as_ref())?;
        present(&mut map, "binding", self.binding.as_ref())?;
        present(&mut map, "obligations", some(&self.obligations))?;
        map.serialize_entry("messages", &self.messages)?;
        present(&mut map, "tells", some(&self.tells))?;
        present(&mut map, "retry_after_ms", self.retry_after_ms.as_ref())?;
        present(&mut map, "readings", some(&self.readings))?;
        map.serialize_entry("errors", &self.errors)?;
        present(&mut map, "shadow", self.shadow.as_ref())?;
        map.end()
    }
}

/// A default that was applied.
#[derive(serde::Serialize)]
struct Applied<'a> {
    path: &'a str,
    value: &'a Exact,
}

/// A member that is only there if there is something to say.
fn present<M: SerializeMap, T: Serialize>(map: &mut M, name: &str, value: Option<&T>) -> Result<(), M::Error> {
    value.map_or(Ok(()), |value| map.serialize_entry(name, value))
}

fn some<T>(list: &Vec<T>) -> Option<&Vec<T>> {
    (!list.is_empty()).then_some(list)
}

/// What an approver is shown, as an object.
struct Shown<'a>(&'a [(Aspect, String)]);

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(aspect, text)| (aspect.as_str(), text)))
    }
}

impl Serialize for Exact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        RawValue::from_string(self.0.clone()).map_err(S::Error::custom)?.serialize(serializer)
    }
}

impl Serialize for Obligation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct Args<'a>(&'a [(String, Exact)]);
        impl Serialize for Args<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
            }
        }
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("name", &self.name)?;
        map.serialize_entry("args", &Args(&self.args))?;
        map.end()
    }
}

impl Serialize for WindowReading {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("window", &self.window)?;
        match &self.value {
            Some(value) => map.serialize_entry("value", value)?,
            None => map.serialize_entry("error", &true)?,
        }
        map.end()
    }
}

impl Serialize for ShadowDecision {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("effect", self.effect.as_str())?;
        map.serialize_entry("determined_by", &self.determined_by)?;
        map.serialize_entry("errors", &self.errors)?;
        map.end()
    }
}
