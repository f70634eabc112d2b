//! What a gateway hands to a decision beside the request: clocks, evidence, and what it can do.

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use zt_values::time::parse_instant;

use crate::store::{Outage, Store};

/// The instant of a decision, by two clocks, in microseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Clock {
    /// The wall clock's, since 1970.
    pub now: i64,
    /// That of a clock that neither jumps nor runs back, since any instant that stays the same for a store.
    pub mono: i64,
}

/// What a gateway hands to a decision beside the request.
#[derive(Clone, Copy)]
pub struct Host<'a> {
    /// When it is taken.
    pub clock: Clock,
    /// What is known beside the request.
    pub facts: &'a Facts,
    /// Where windows are kept, and which approvals were used.
    pub store: &'a dyn Store,
}

impl<'a> Host<'a> {
    /// A host without a store: windows do not answer, and no approval counts.
    #[must_use]
    pub fn without_store(clock: Clock, facts: &'a Facts) -> Self {
        Self { clock, facts, store: &Outage }
    }
}

/// What is known beside a request. None of it comes from whoever asks.
///
/// It reads from JSON, all members optional, unknown ones refused.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Facts {
    /// When the decision is taken, for hosts that say it here: microseconds since 1970.
    #[serde(deserialize_with = "maybe_instant")]
    pub now: Option<i64>,
    /// What approvals name as the bundle that they were given for; the package's name where it is not said.
    pub bundle: Option<String>,
    /// What sources answered.
    pub answers: Vec<Answer>,
    /// What sources answered about tables.
    pub tables: Vec<TableAnswer>,
    /// Who belongs to which group, where a source says so.
    pub members: Vec<Member>,
    /// Approvals that were given.
    pub approvals: Vec<Approval>,
    /// The obligations that the enforcement point knows; every one where it is not said.
    pub supported: Option<Vec<String>>,
}

/// Nothing beside the request.
pub(crate) static NO_FACTS: Facts = Facts {
    now: None,
    bundle: None,
    answers: Vec::new(),
    tables: Vec::new(),
    members: Vec::new(),
    approvals: Vec::new(),
    supported: None,
};

impl Facts {
    /// Reads them from JSON.
    ///
    /// # Errors
    /// What is wrong, for people: it is a mistake of the gateway.
    pub fn from_json(json: &[u8]) -> Result<Self, String> {
        let facts: Self = serde_json::from_slice(json).map_err(|error| error.to_string())?;
        for answer in &facts.answers {
            let object = answer.properties.as_ref().is_none_or(|json| json.starts_with('{'));
            if !object || answer.properties.is_some() == answer.failure.is_some() {
                return Err(format!("the answer about `{}` has not either properties or a failure", answer.id));
            }
        }
        for answer in &facts.tables {
            if answer.rows.is_some() == answer.failure.is_some() {
                return Err(format!("the answer about the table `{}` has not either rows or a failure", answer.table));
            }
            if answer.rows.iter().flatten().any(|row| !row.key.starts_with('[')) {
                return Err(format!("a key of the table `{}` is no array", answer.table));
            }
        }
        Ok(facts)
    }
}

/// What a source answered about an entity.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The source.
    pub source: String,
    /// The entity's type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its id.
    pub id: String,
    /// Its attributes, as the JSON that stands under `properties` in a request.
    #[serde(default, deserialize_with = "raw")]
    pub properties: Option<String>,
    /// Why there are none.
    #[serde(default)]
    pub failure: Option<String>,
    /// How old the answer is, not negative; as JSON, where it is not said, too old for whatever asks for an age.
    #[serde(default = "unsaid", deserialize_with = "age")]
    pub age_seconds: i64,
}

/// What a source answered about the rows of a table. One of which a row does not fit the table is none.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableAnswer {
    /// The source.
    pub source: String,
    /// The table.
    pub table: String,
    /// The rows that are known.
    #[serde(default, deserialize_with = "there")]
    pub rows: Option<Vec<AnsweredRow>>,
    /// Whether there are no others.
    #[serde(default)]
    pub whole: bool,
    /// Why there are none.
    #[serde(default, deserialize_with = "there")]
    pub failure: Option<String>,
    /// How old the answer is, not negative; as JSON, where it is not said, too old for whatever asks for an age.
    #[serde(default = "unsaid", deserialize_with = "age")]
    pub age_seconds: i64,
}

/// What a source answered about one row of a table.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnsweredRow {
    /// Its key: a JSON array of values as requests have them, an entity as its type and its id.
    #[serde(deserialize_with = "raw_there")]
    pub key: String,
    /// What it says as JSON, of a relation `true`; `null` where there is no such row.
    #[serde(deserialize_with = "raw_there")]
    pub value: String,
}

/// That somebody belongs to a group of approvers.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// The group.
    pub approvers: String,
    /// The person's id.
    pub id: String,
    /// How old it is that this is known, not negative; as JSON, where it is not said, too old for whatever asks for an age.
    #[serde(default = "unsaid", deserialize_with = "age")]
    pub age_seconds: i64,
}

/// An approval that somebody gave.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// Its own id: it can be used once.
    pub id: String,
    /// Who gave it.
    pub by: Approver,
    /// As whom: a group's name, or `principal.acts_for`.
    pub from: String,
    /// When it was given: microseconds since 1970.
    #[serde(deserialize_with = "instant")]
    pub at: i64,
    /// What it was given for, as the decision that asked says it.
    pub binding: String,
}

/// Who gave an approval.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approver {
    /// The type of the entity; where it is not said, it may be any.
    #[serde(rename = "type", default)]
    pub kind: Option<String>,
    /// Its id.
    pub id: String,
}

fn instant<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse_instant(&text).map_err(|_| serde::de::Error::custom("an instant is written as 2026-03-27T14:00:00Z"))
}

fn maybe_instant<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    instant(deserializer).map(Some)
}

fn raw<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(|raw| Some(raw.get().to_owned()))
}

fn raw_there<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    <&RawValue>::deserialize(deserializer).map(|raw| raw.get().to_owned())
}

/// A member that is never `null`.
fn there<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// The age of what does not say how old it is: too old wherever an age is asked for.
fn unsaid() -> i64 {
    i64::MAX
}

fn age<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let age = i64::deserialize(deserializer)?;
    if age < 0 { Err(serde::de::Error::custom("an age is not negative")) } else { Ok(age) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_read_strictly() {
        let facts = Facts::from_json(
            br#"{"now":"1970-01-01T00:00:01Z","bundle":"b","members":[{"approvers":"g","id":"ann"}],"supported":[],
                "approvals":[{"id":"a1","by":{"type":"User","id":"ann"},"from":"g","at":"1970-01-01T00:00:00.000002Z","binding":"00"}]}"#,
        )
        .unwrap();
        assert_eq!((facts.now, facts.supported), (Some(1_000_000), Some(vec![])));
        assert_eq!((facts.approvals[0].at, facts.members[0].id.as_str()), (2, "ann"));
        let answers = br#"{"answers":[{"source":"s","type":"T","id":"i","properties":{"a": 1},"age_seconds":3},
            {"source":"s","type":"T","id":"j","failure":"timeout"}]}"#;
        let answers = Facts::from_json(answers).unwrap().answers;
        assert_eq!((answers[0].properties.as_deref(), answers[0].age_seconds), (Some(r#"{"a": 1}"#), 3));
        assert_eq!((answers[1].properties.as_deref(), answers[1].failure.as_deref()), (None, Some("timeout")));
        let tables = br#"{"tables":[{"source":"s","table":"t","rows":[{"key": ["a"],"value":null}],"whole":true},
            {"source":"s","table":"t","failure":"timeout","age_seconds":3}]}"#;
        let tables = Facts::from_json(tables).unwrap().tables;
        let row = AnsweredRow { key: r#"["a"]"#.into(), value: "null".into() };
        assert_eq!((tables[0].rows.as_deref(), tables[0].whole), (Some(&[row][..]), true));
        assert_eq!((&tables[1].rows, tables[1].failure.as_deref(), tables[1].age_seconds), (&None, Some("timeout"), 3));
        assert_eq!(Facts::from_json(b"{}").unwrap(), Facts::default());
        for wrong in [
            r#"{"clock":1}"#,
            r#"{"now":5}"#,
            r#"{"now":null}"#,
            r#"{"answers":[{"source":"s","type":"T","id":"i","properties":{},"age_seconds":-1}]}"#,
            r#"{"answers":[{"source":"s","type":"T","properties":{}}]}"#,
            r#"{"answers":[{"source":"s","type":"T","id":"i"}]}"#,
            r#"{"answers":[{"source":"s","type":"T","id":"i","properties":[]}]}"#,
            r#"{"answers":[{"source":"s","type":"T","id":"i","properties":{},"failure":"timeout"}]}"#,
            r#"{"tables":[{"source":"s","table":"t"}]}"#,
            r#"{"tables":[{"source":"s","table":"t","rows":[],"failure":"timeout"}]}"#,
            r#"{"tables":[{"source":"s","table":"t","rows":null,"failure":"timeout"}]}"#,
            r#"{"tables":[{"source":"s","table":"t","rows":[],"failure":null}]}"#,
            r#"{"tables":[{"source":"s","table":"t","rows":[{"key":"a","value":1}]}]}"#,
            r#"{"tables":[{"source":"s","table":"t","rows":[{"key":["a"]}]}]}"#,
            r#"{"tables":[{"source":"s","table":"t","rows":[],"whole":1}]}"#,
            r#"{"tables":[{"source":"s","rows":[]}]}"#,
            r#"{"members":[{"approvers":"g","id":"ann","x":1}]}"#,
            r#"{"members":[{"approvers":"g","id":"ann","age_seconds":-1}]}"#,
            r#"{"approvals":[{"id":"a1","by":{"id":"ann"},"from":"g","at":"yesterday","binding":"00"}]}"#,
            r#"{"approvals":[{"id":"a1","from":"g","at":"1970-01-01T00:00:00Z","binding":"00"}]}"#,
            "{",
        ] {
            assert!(Facts::from_json(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}
