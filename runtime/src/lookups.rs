//! Looking up: the attributes of entities that others than the enforcement point vouch for.

use crate::cause::Cause;
use crate::frame::Frame;
use crate::host::{Answer, Facts};
use crate::ir::{Channel, Entry, Lookup, Program};
use crate::operands::Operands;
use crate::pattern::Patterns;
use crate::request;
use crate::schema::Type;

/// A question for a source, which a host has to ask before the decision.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Question {
    /// The source.
    pub source: String,
    /// The entity's type.
    pub kind: String,
    /// Its id.
    pub id: String,
}

/// What there is to know of an entity.
enum Known<'a> {
    /// Its attributes as JSON.
    Json(&'a str),
    /// That it is not known, and why.
    Failed(Cause),
    /// That its source was not asked yet.
    Open(Question, Cause),
}

/// Puts everything that is looked up into the frame. Gives the questions to which no answer is there: they fail what
/// reads the answer.
pub(crate) fn look_up(
    program: &Program,
    patterns: &Patterns,
    entry: &Entry,
    frame: &mut Frame,
    facts: &Facts,
) -> Vec<Question> {
    let mut questions = Vec::new();
    for lookup in &entry.lookups {
        let cause = one(program, patterns, lookup, frame, facts, &mut questions);
        frame.store(Some(lookup.failed), cause.map_or(0, Cause::pack));
    }
    questions.sort_unstable();
    questions.dedup();
    questions
}

/// Looks up one entity, and gives why that failed if it did.
fn one(
    program: &Program,
    patterns: &Patterns,
    lookup: &Lookup,
    frame: &mut Frame,
    facts: &Facts,
    questions: &mut Vec<Question>,
) -> Option<Cause> {
    // An entity within one that is not known is not known either; one that is not there is not asked for.
    if let Some(cause) = lookup.outer.and_then(|slot| Cause::unpack(frame.slot(slot)?)) {
        return Some(cause);
    }
    if lookup.present.is_some_and(|slot| frame.slot(slot) == Some(0)) {
        return None;
    }
    let channel = program.channels.get(&lookup.ty)?;
    let operands = Operands::new(program, patterns, frame);
    let id = operands.slot(lookup.id).and_then(|word| operands.text(word)).map(str::to_owned);
    let known = match id {
        Some(id) => known(program, lookup, channel, &id, facts),
        None => Known::Failed(cause(channel)),
    };
    match known {
        Known::Failed(cause) => Some(cause),
        Known::Open(question, cause) => {
            questions.push(question);
            Some(cause)
        }
        Known::Json(json) => {
            // What does not fit the type is no answer.
            let read = request::attributes(program, patterns, lookup.ty, json.as_bytes(), &lookup.reads, frame);
            read.is_err().then(|| cause(channel))
        }
    }
}

fn known<'a>(program: &'a Program, lookup: &Lookup, channel: &'a Channel, id: &str, facts: &'a Facts) -> Known<'a> {
    let failed = cause(channel);
    match channel {
        Channel::File(rows) => rows.get(id).map_or(Known::Failed(failed), |row| Known::Json(row)),
        Channel::Source { source, fresh } => {
            let at = |index: u32| usize::try_from(index).unwrap_or(usize::MAX);
            let (source, ty) = (program.sources.get(at(*source)), program.types.get(at(lookup.ty.0)));
            let (Some(source), Some(Type::Entity { name: kind, .. })) = (source, ty) else {
                return Known::Failed(failed);
            };
            let about = |answer: &&Answer| answer.source == *source && answer.kind == *kind && answer.id == id;
            let mut answers = facts.answers.iter().filter(about);
            let Some(answer) = answers.next() else {
                let question = Question { source: source.clone(), kind: kind.clone(), id: id.to_owned() };
                return Known::Open(question, failed);
            };
            // Two answers that differ are none.
            let one = answers.all(|other| other == answer);
            let young = fresh.is_none_or(|fresh| answer.age_seconds.saturating_mul(1_000_000) <= fresh);
            match &answer.properties {
                Some(json) if one && young && answer.failure.is_none() => Known::Json(json),
                _ => Known::Failed(failed),
            }
        }
    }
}

/// Why what a channel says is not there.
fn cause(channel: &Channel) -> Cause {
    match channel {
        Channel::Source { source, .. } => Cause::Source(*source),
        Channel::File(_) => Cause::File,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{field, inside, reads};
    use crate::schema::{Slot, TypeId};

    /// Slots: 0 the user's id, 1 its level, 2 its team's id, 3 that it was not looked up; 4 the team's level, 5 that it was
    /// not looked up; 6 whether there is a user.
    fn program() -> Program {
        let entity = |name: &str, fields| Type::Entity { name: name.into(), fields, ancestors: vec![] };
        let rows = [("red", r#"{"level":9}"#), ("bad", r#"{"level":"x"}"#)];
        let lookup = |ty, id, reads, failed| Lookup {
            ty: TypeId(ty),
            id: Slot(id),
            present: None,
            outer: None,
            reads,
            failed: Slot(failed),
        };
        Program {
            sources: vec!["directory".into()],
            types: vec![
                Type::Int { min: 0, max: 9 },
                entity("User", vec![field("level", 0), field("team", 2)]),
                entity("Team", vec![field("level", 0)]),
            ],
            channels: [
                (TypeId(1), Channel::Source { source: 0, fresh: Some(60_000_000) }),
                (TypeId(2), Channel::File(rows.map(|(id, row)| (id.to_owned(), row.to_owned())).into())),
            ]
            .into(),
            entries: vec![Entry {
                slots: 7,
                lookups: vec![
                    Lookup { present: Some(Slot(6)), ..lookup(1, 0, inside([(0, reads(1)), (1, reads(2))]), 3) },
                    Lookup { present: Some(Slot(6)), outer: Some(Slot(3)), ..lookup(2, 2, inside([(0, reads(4))]), 5) },
                ],
                ..Entry::default()
            }],
            ..Program::default()
        }
    }

    fn answer(properties: &str) -> Answer {
        Answer {
            source: "directory".into(),
            kind: "User".into(),
            id: "ann".into(),
            properties: Some(properties.into()),
            failure: None,
            age_seconds: 60,
        }
    }

    /// The levels of the user and its team, or why they are not known, and the questions.
    fn levels(answers: Vec<Answer>, present: u64) -> ([Result<u64, Cause>; 2], usize) {
        let program = program();
        let mut frame = Frame::default();
        frame.clear(7);
        let id = frame.push_text("ann");
        frame.store(Some(Slot(0)), id.unwrap());
        frame.store(Some(Slot(6)), present);
        let facts = Facts { answers, ..Facts::default() };
        let questions = look_up(&program, &Patterns::default(), &program.entries[0], &mut frame, &facts);
        let known = |failed, value| match Cause::unpack(frame.slot(Slot(failed)).unwrap()) {
            Some(cause) => Err(cause),
            None => Ok(frame.slot(Slot(value)).unwrap()),
        };
        ([known(3, 1), known(5, 4)], questions.len())
    }

    const TEAM: &str = r#"{"level":3,"team":{"type":"Team","id":"red"}}"#;

    #[test]
    fn an_answer_leads_to_a_row() {
        assert_eq!(levels(vec![answer(TEAM)], 1), ([Ok(3), Ok(9)], 0));
        assert_eq!(levels(vec![answer(TEAM), answer(TEAM)], 1).0, [Ok(3), Ok(9)]);
        for team in ["blue", "bad"] {
            assert_eq!(levels(vec![answer(&TEAM.replace("red", team))], 1).0, [Ok(3), Err(Cause::File)], "{team}");
        }
        // Nobody asks about who is not there.
        assert_eq!(levels(vec![], 0), ([Ok(0), Ok(0)], 0));
    }

    #[test]
    fn whatever_is_no_answer_fails_and_so_does_what_it_would_lead_to() {
        let failed = [Err(Cause::Source(0)), Err(Cause::Source(0))];
        assert_eq!(levels(vec![], 1), (failed, 1));
        let with = |change: &dyn Fn(&mut Answer)| {
            let mut answer = answer(TEAM);
            change(&mut answer);
            answer
        };
        for answers in [
            vec![with(&|a| a.age_seconds = 61)],
            vec![with(&|a| a.failure = Some("timeout".into()))],
            vec![with(&|a| a.properties = None)],
            vec![answer(TEAM), answer(&TEAM.replace('3', "4"))],
            vec![answer(&TEAM.replace('3', "10"))],
            vec![answer(r#"{"level":3}"#)],
            vec![answer("{")],
            // What the file says nobody else may say.
            vec![answer(r#"{"level":3,"team":{"type":"Team","id":"red","properties":{"level":1}}}"#)],
        ] {
            assert_eq!(levels(answers.clone(), 1), (failed, 0), "{answers:?}");
        }
        for other in
            [with(&|a| a.id = "bob".into()), with(&|a| a.kind = "Team".into()), with(&|a| a.source = "x".into())]
        {
            assert_eq!(levels(vec![other], 1), (failed, 1));
        }
    }
}
