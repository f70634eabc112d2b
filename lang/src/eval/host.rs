//! What a gateway hands to a decision beside the request: the clocks, what sources answered, approvals.

use std::collections::{BTreeMap, BTreeSet};

use zt_values::parse_int;
use zt_values::time::{SECOND, parse_instant};

use super::json::{self, Json};
use super::read::{Refusal, members, required, string};

/// How deep such a text may nest: requests may, and answers stand within two more levels.
const DEPTH: usize = zt_values::limits::REQUEST_DEPTH + 4;

/// What the host of a decision says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Host {
    /// The instant of the decision by the wall clock, in microseconds since 1970.
    pub now: i64,
    /// The same by the clock that only runs forward, in microseconds; `now` where there is none.
    pub mono: Option<i64>,
    /// The bundle's digest or name; the package's name where there is none.
    pub bundle: Option<String>,
    /// What sources answered.
    pub answers: Vec<Answer>,
    /// What sources answered about tables.
    pub tables: Vec<TableAnswer>,
    /// Groups of approvers, and the ids of who is in them: how old it is that this is known, in microseconds.
    pub members: BTreeMap<(String, String), i64>,
    /// The approvals that were given.
    pub approvals: Vec<Approval>,
    /// The obligations that the enforcement point knows; every one where it does not say.
    pub supported: Option<BTreeSet<String>>,
    /// Sources that do not answer, whatever stands in `answers`, `tables` and `members`.
    pub outages: BTreeSet<String>,
}

/// What a source answered about one entity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The source.
    pub source: String,
    /// The entity's type.
    pub ty: String,
    /// Its id.
    pub id: String,
    /// Its properties as JSON, or `None` for a failure.
    pub properties: Option<String>,
    /// How old the answer is, in microseconds.
    pub age: i64,
}

/// What a source answered about the rows of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableAnswer {
    /// The source.
    pub source: String,
    /// The table.
    pub table: String,
    /// Keys as JSON arrays, and what each row says as JSON, `null` where there is none; nothing for a failure.
    pub rows: Option<Vec<(String, String)>>,
    /// Whether there are no rows but these.
    pub whole: bool,
    /// How old the answer is, in microseconds.
    pub age: i64,
}

/// Somebody's approval of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Its own id: it counts for one call.
    pub id: String,
    /// The type of who approves, if it is known.
    pub by_type: Option<String>,
    /// The id of who approves.
    pub by: String,
    /// In whose name: a group of approvers.
    pub from: String,
    /// When, in microseconds since 1970.
    pub at: i64,
    /// What is approved, see [`zt_values::binding()`].
    pub binding: String,
}

impl Host {
    /// The host at an instant, in microseconds since 1970, of which nothing else is known.
    #[must_use]
    pub fn at(now: i64) -> Self {
        Host { now, ..Host::default() }
    }

    /// The clock that only runs forward.
    pub(super) fn mono(&self) -> i64 {
        self.mono.unwrap_or(self.now)
    }

    /// Whether the enforcement point knows an obligation.
    pub(super) fn supports(&self, obligation: &str) -> bool {
        self.supported.as_ref().is_none_or(|known| known.contains(obligation))
    }

    /// Reads the JSON form: an object with the members `now`, `bundle`, `answers`, `tables`, `members`, `approvals`
    /// and `supported`, each optional.
    ///
    /// # Errors
    ///
    /// What is wrong, and where: anything unknown, missing, twice or of another type.
    pub fn from_json(bytes: &[u8]) -> Result<Host, String> {
        let json = document(bytes)?;
        let known = ["now", "bundle", "answers", "tables", "members", "approvals", "supported"];
        let [now, bundle, answers, tables, group, approvals, supported] = members(&json, "", known).map_err(told)?;
        let mut host = Host::default();
        if let Some(now) = now {
            host.now = instant(now, "/now")?;
        }
        if let Some(bundle) = bundle {
            host.bundle = Some(string(bundle, "/bundle").map_err(told)?.to_owned());
        }
        if let Some(answers) = answers {
            host.read_answers(answers, "/answers")?;
        }
        for (json, at) in list(tables, "/tables")? {
            host.tables.push(table_answer(json, &at)?);
        }
        for (json, at) in list(group, "/members")? {
            let [group, id, age] = members(json, &at, ["approvers", "id", "age_seconds"]).map_err(told)?;
            let member = (text(group, &at, "approvers")?, text(id, &at, "id")?);
            let age = micros(age, &at)?;
            // Of several that say the same the oldest counts.
            let known = host.members.entry(member).or_insert(age);
            *known = age.max(*known);
        }
        for (json, at) in list(approvals, "/approvals")? {
            host.approvals.push(approval(json, &at)?);
        }
        if supported.is_some() {
            let each = list(supported, "/supported")?.into_iter();
            let each = each.map(|(json, at)| string(json, &at).map(str::to_owned).map_err(told));
            host.supported = Some(each.collect::<Result<_, _>>()?);
        }
        Ok(host)
    }

    /// Adds answers: a JSON array such as stands under `answers`.
    ///
    /// # Errors
    ///
    /// As [`Host::from_json`].
    pub fn add_answers(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.read_answers(&document(bytes)?, "")
    }

    fn read_answers(&mut self, json: &Json, at: &str) -> Result<(), String> {
        for (json, at) in list(Some(json), at)? {
            let answer = answer(json, &at)?;
            let other = self.answers.iter().find(|known| known.about() == answer.about());
            if other.is_some_and(|other| *other != answer) {
                return Err(format!("{at}: another answer is about the same entity"));
            }
            if other.is_none() {
                self.answers.push(answer);
            }
        }
        Ok(())
    }
}

impl Answer {
    /// What is answered: the source, the type and the id.
    pub(super) fn about(&self) -> (&str, &str, &str) {
        (&self.source, &self.ty, &self.id)
    }
}

fn answer(json: &Json, at: &str) -> Result<Answer, String> {
    let known = ["source", "type", "id", "properties", "failure", "age_seconds"];
    let [source, ty, id, properties, failure, age] = members(json, at, known).map_err(told)?;
    let properties = match (properties, failure) {
        (Some(properties @ Json::Object(_)), None) => Some(properties.text()),
        (None, Some(Json::String(_))) => None,
        (Some(_), None) | (None, Some(_)) => {
            return Err(format!("{at}: properties are an object, a failure is a text"));
        }
        _ => return Err(format!("{at}: an answer has either properties or a failure")),
    };
    let age = micros(age, at)?;
    Ok(Answer {
        source: text(source, at, "source")?,
        ty: text(ty, at, "type")?,
        id: text(id, at, "id")?,
        properties,
        age,
    })
}

fn table_answer(json: &Json, at: &str) -> Result<TableAnswer, String> {
    let known = ["source", "table", "rows", "whole", "failure", "age_seconds"];
    let [source, table, rows, all, failure, age] = members(json, at, known).map_err(told)?;
    let rows = match (rows, failure) {
        (Some(rows @ Json::Array(_)), None) => {
            let mut read = vec![];
            for (json, at) in list(Some(rows), &format!("{at}/rows"))? {
                let [key, value] = members(json, &at, ["key", "value"]).map_err(told)?;
                let Some(key @ Json::Array(_)) = key else { return Err(format!("{at}: a key is an array")) };
                let value = required(value, &at, "value").map_err(told)?;
                read.push((key.text(), value.text()));
            }
            Some(read)
        }
        (None, Some(Json::String(_))) => None,
        (Some(_), None) | (None, Some(_)) => {
            return Err(format!("{at}: rows are an array, a failure is a text"));
        }
        _ => return Err(format!("{at}: an answer has either rows or a failure")),
    };
    let whole = match all {
        None => false,
        Some(Json::Bool(whole)) => *whole,
        Some(_) => return Err(format!("{at}/whole: wrong_type")),
    };
    Ok(TableAnswer {
        source: text(source, at, "source")?,
        table: text(table, at, "table")?,
        rows,
        whole,
        age: micros(age, at)?,
    })
}

/// The age of an answer in microseconds: of one that does not say it, no age is young enough.
fn micros(age: Option<&Json>, at: &str) -> Result<i64, String> {
    let seconds = match age {
        None => i64::MAX,
        Some(Json::Number(text)) => parse_int(text).ok().filter(|age| *age >= 0).ok_or_else(|| whole(at))?,
        Some(_) => return Err(whole(at)),
    };
    Ok(seconds.saturating_mul(SECOND))
}

fn whole(at: &str) -> String {
    format!("{at}/age_seconds: not a whole number of seconds")
}

fn approval(json: &Json, at: &str) -> Result<Approval, String> {
    let [id, by, from, when, binding] = members(json, at, ["id", "by", "from", "at", "binding"]).map_err(told)?;
    let by_at = format!("{at}/by");
    let by = required(by, at, "by").map_err(told)?;
    let [by_type, by] = members(by, &by_at, ["type", "id"]).map_err(told)?;
    Ok(Approval {
        id: text(id, at, "id")?,
        by_type: by_type.map(|_| text(by_type, &by_at, "type")).transpose()?,
        by: text(by, &by_at, "id")?,
        from: text(from, at, "from")?,
        at: instant(required(when, at, "at").map_err(told)?, &format!("{at}/at"))?,
        binding: text(binding, at, "binding")?,
    })
}

fn document(bytes: &[u8]) -> Result<Json, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "not UTF-8".to_owned())?;
    json::read(text, DEPTH).map_err(|_| "not one well-formed JSON value of small depth".to_owned())
}

fn told(refusal: Refusal) -> String {
    format!("{}: {}", refusal.path, refusal.code)
}

/// The elements of an array with their places; none where there is no array.
fn list<'j>(json: Option<&'j Json>, at: &str) -> Result<Vec<(&'j Json, String)>, String> {
    match json {
        None => Ok(vec![]),
        Some(Json::Array(elements)) => {
            Ok(elements.iter().enumerate().map(|(index, json)| (json, format!("{at}/{index}"))).collect())
        }
        Some(_) => Err(format!("{at}: wrong_type")),
    }
}

/// A text that must be there.
fn text(json: Option<&Json>, at: &str, name: &str) -> Result<String, String> {
    let json = required(json, at, name).map_err(told)?;
    string(json, &format!("{at}/{name}")).map(str::to_owned).map_err(told)
}

fn instant(json: &Json, at: &str) -> Result<i64, String> {
    let text = string(json, at).map_err(told)?;
    parse_instant(text).map_err(|why| format!("{at}: {why}"))
}
