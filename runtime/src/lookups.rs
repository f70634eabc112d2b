//! Looking up: the attributes of entities that others than the enforcement point vouch for, and the rows of tables that
//! sources are asked for.

use zt_values::limits::REQUEST_BYTES;

use crate::abi::Set;
use crate::cause::Cause;
use crate::frame::Frame;
use crate::host::{Answer, Facts, TableAnswer};
use crate::interpret;
use crate::ir::{
    Brought, Channel, Entry, KeyPart, Lookup, MAX_TABLE_ROWS, Piece, Program, Recorded, Search, TableId, Within,
};
use crate::obligations::{self, Shown};
use crate::operands::Operands;
use crate::pattern::Patterns;
use crate::request;
use crate::rows::{Rows, Said, Word};
use crate::schema::{Reads, Slot, Type};

/// A question for a source, which a host has to ask before the decision.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Question {
    /// The source.
    pub source: String,
    /// What is asked.
    pub about: About,
}

/// What a source is asked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum About {
    /// What it knows of an entity.
    Entity {
        /// The entity's type.
        kind: String,
        /// Its id.
        id: String,
    },
    /// What the row of a table says.
    Row {
        /// The table.
        table: String,
        /// The key: a JSON array of values as requests have them, an entity as its type and its id.
        key: String,
    },
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

/// Where the slots of a lookup are.
#[derive(Clone, Copy)]
enum Place {
    Frame,
    /// In a row of a list.
    Row(Set, u32),
}

impl Place {
    fn word(self, frame: &Frame, slot: Slot) -> Option<u64> {
        match self {
            Self::Frame => frame.slot(slot),
            Self::Row(list, row) => frame.row(list, row, slot.0),
        }
    }
}

/// The answers of sources, in the order of what they are about.
struct Answers<'a>(Vec<&'a Answer>);

impl<'a> Answers<'a> {
    fn new(facts: &'a Facts) -> Self {
        let mut answers: Vec<&Answer> = facts.answers.iter().collect();
        answers.sort_by(|a, b| about(a).cmp(&about(b)));
        Self(answers)
    }

    /// Those about one entity.
    fn of(&self, wanted: (&str, &str, &str)) -> &[&'a Answer] {
        let start = self.0.partition_point(|answer| about(answer) < wanted);
        let end = self.0.partition_point(|answer| about(answer) <= wanted);
        self.0.get(start..end).unwrap_or_default()
    }
}

fn about(answer: &Answer) -> (&str, &str, &str) {
    (&answer.source, &answer.kind, &answer.id)
}

/// Puts what sources answered about a table into the frame, if that is young enough and fits the table.
fn rows(program: &Program, patterns: &Patterns, id: TableId, frame: &mut Frame, facts: &Facts) {
    let of = |index: u32| usize::try_from(index).unwrap_or(usize::MAX);
    let Some(table) = program.tables.get(of(id.0)) else { return };
    let Some(asked) = &table.asked else { return };
    let Some(source) = program.sources.get(of(asked.source)) else { return };
    let young = |age: i64| asked.fresh.is_none_or(|fresh| age.saturating_mul(1_000_000) <= fresh);
    let answers = facts.tables.iter().filter(|a| a.source == *source && a.table == table.name && young(a.age_seconds));
    let mut read = Vec::new();
    for answer in answers {
        let Some(rows) = answer.rows.as_ref().filter(|rows| rows.len() <= MAX_TABLE_ROWS) else { continue };
        let said = rows.iter().try_fold(Said::new(), |mut said, row| {
            let (key, value) = (row.key.as_str(), row.value.as_str());
            let small = key.len().checked_add(value.len()).is_some_and(|length| length <= REQUEST_BYTES);
            let (key, value) = request::row(program, patterns, asked, small.then_some((key, value))?, frame)?;
            said.entry(key).or_default().insert(value);
            Some(said)
        });
        read.extend(said.map(|said| (answer.whole, said)));
    }
    let rows = Rows::new(&table.key, &read, |word| match word {
        Word::Number(number) => Some(number.cast_unsigned()),
        Word::Text(text) => frame.push_text(text),
    });
    if let Some(rows) = rows.filter(|rows| rows.len() <= MAX_TABLE_ROWS) {
        frame.put_rows(id, rows);
    }
}

/// The questions about rows of tables that an entry's rules, windows and messages lead to, as far as keys are known and
/// answers are not there: an answer that does not count is one all the same.
pub(crate) fn rows_asked(
    program: &Program,
    patterns: &Patterns,
    entry: &Entry,
    frame: &mut Frame,
    facts: &Facts,
) -> Vec<Question> {
    if entry.tables.is_empty() {
        return Vec::new();
    }
    // What windows say is not known yet.
    let slots = frame.slots().to_vec();
    for reading in entry.windows.iter().flat_map(|window| window.past.iter().chain(&window.counting)) {
        frame.store(Some(reading.failed), Cause::Window(0).pack());
    }
    let operands = Operands::new(program, patterns, frame);
    let mut found = Vec::new();
    for rule in &entry.rules {
        found.extend(interpret::asked(&rule.condition, &operands, true));
        let pieces = rule.because.iter().chain(&rule.tell).flatten();
        found.extend(pieces.flat_map(|piece| by_piece(piece, &operands)));
    }
    let notice = entry.notice.iter().flat_map(|(_, pieces)| pieces);
    found.extend(notice.flat_map(|piece| by_piece(piece, &operands)));
    for window in &entry.windows {
        found.extend(window.key.iter().flat_map(|part| interpret::asked(&part.expr, &operands, true)));
        let of = usize::try_from(window.window).ok().and_then(|index| program.windows.get(index)).map(|w| w.of);
        // What a call gave back is not known before it is attested. It leads to no key: the check sees to it.
        let known = of != Some(Recorded::Succeeded);
        if let Some(recording) = &window.records {
            found.extend(interpret::asked(&recording.condition, &operands, known));
            found.extend(match &recording.brought {
                Brought::Once => Vec::new(),
                Brought::Number(expr) => interpret::asked(expr, &operands, known),
                Brought::Value(of) => interpret::asked(&of.expr, &operands, known),
                Brought::Elements { of, .. } | Brought::Parts { of, .. } => {
                    of.iter().flat_map(|gather| interpret::asked_by_gather(gather, &operands, known)).collect()
                }
            });
        }
    }
    let questions = found.iter().filter_map(|(id, key)| question(program, *id, key, &operands, facts)).collect();
    frame.restore(slots);
    questions
}

/// What a part of a message asks for.
fn by_piece(piece: &Piece, operands: &Operands<'_>) -> Vec<(TableId, Vec<u64>)> {
    match piece {
        Piece::Computed { value, .. } => interpret::asked(value, operands, true),
        Piece::Elements { there, of, .. } => {
            let mut found = interpret::asked(there, operands, true);
            found.extend(of.iter().flat_map(|gather| interpret::asked_by_gather(gather, operands, true)));
            found
        }
        Piece::OneOf(variants) => variants.iter().flat_map(|piece| by_piece(piece, operands)).collect(),
        Piece::Text(_) | Piece::Value { .. } | Piece::Reading { .. } | Piece::Absent => Vec::new(),
    }
}

/// The question about a row, unless an answer about it is there.
fn question(
    program: &Program,
    id: TableId,
    key_words: &[u64],
    operands: &Operands<'_>,
    facts: &Facts,
) -> Option<Question> {
    let table = program.tables.get(usize::try_from(id.0).ok()?)?;
    let asked = table.asked.as_ref()?;
    let source = program.sources.get(usize::try_from(asked.source).ok()?)?;
    let mut words = key_words.iter();
    let mut parts = Vec::new();
    for part in &asked.key {
        parts.push(match part {
            KeyPart::Value(ty) => {
                let value = obligations::read(program, *ty, *words.next()?, operands)?;
                Shown { program, value: &value }.to_string()
            }
            KeyPart::Entity(types) => {
                let number = if types.len() > 1 { usize::try_from(*words.next()?).ok()? } else { 0 };
                // An entity of a type that the column does not have is in no row.
                let Type::Entity { name, .. } = program.types.get(usize::try_from(types.get(number)?.0).ok()?)? else {
                    return None;
                };
                let id = operands.text(*words.next()?)?;
                let [name, id] = [name.as_str(), id].map(|text| serde_json::Value::from(text).to_string());
                format!("{{\"type\":{name},\"id\":{id}}}")
            }
        });
    }
    let key = format!("[{}]", parts.join(","));
    let about = |a: &&TableAnswer| a.source == *source && a.table == table.name;
    let answered = |a: &TableAnswer| a.whole || a.rows.is_none() || a.rows.iter().flatten().any(|row| row.key == key);
    // Whoever answers may spell the key in another way.
    let start = Search::of(id).pack();
    let known = key_words.iter().fold(start, |search, word| operands.table_find(search, *word)) != 0;
    if known || facts.tables.iter().filter(about).any(answered) {
        return None;
    }
    Some(Question { source: source.clone(), about: About::Row { table: table.name.clone(), key } })
}

/// Puts everything that is looked up into the frame. Gives the questions to which no answer is there: they fail what
/// reads the answer.
pub(crate) fn look_up(
    program: &Program,
    patterns: &Patterns,
    (lookups, tables): (&[Lookup], &[TableId]),
    frame: &mut Frame,
    facts: &Facts,
) -> Vec<Question> {
    if lookups.is_empty() && tables.is_empty() {
        return Vec::new();
    }
    // What an earlier look found is gone.
    frame.rewind();
    for id in tables {
        rows(program, patterns, *id, frame, facts);
    }
    let mut desk = Desk { program, patterns, answers: Answers::new(facts), questions: Vec::new() };
    for lookup in lookups {
        let Some(Within { width, .. }) = lookup.within.last() else {
            desk.one(lookup, Place::Frame, frame);
            continue;
        };
        for list in lists(frame, &lookup.within) {
            for row in 0..list.count {
                frame.open_row(list, row, *width);
                desk.one(lookup, Place::Row(list, row), frame);
                frame.close_row(list, row, *width);
            }
        }
    }
    let mut questions = desk.questions;
    questions.sort_unstable();
    questions.dedup();
    questions
}

/// The innermost of lists within lists.
fn lists(frame: &Frame, within: &[Within]) -> Vec<Set> {
    let mut found: Option<Vec<Set>> = None;
    for Within { list: slot, .. } in within {
        found = Some(match found {
            None => frame.slot(*slot).map(Set::unpack).into_iter().collect(),
            Some(outer) => {
                let rows = outer.into_iter().flat_map(|list| (0..list.count).map(move |row| (list, row)));
                rows.filter_map(|(list, row)| frame.row(list, row, slot.0).map(Set::unpack)).collect()
            }
        });
    }
    found.unwrap_or_default()
}

/// What is asked, and what is known.
struct Desk<'a> {
    program: &'a Program,
    patterns: &'a Patterns,
    answers: Answers<'a>,
    questions: Vec<Question>,
}

impl Desk<'_> {
    /// Looks up one entity. What is stored goes to the frame, or to the row that was opened.
    fn one(&mut self, lookup: &Lookup, place: Place, frame: &mut Frame) {
        clear(&lookup.reads, frame);
        let row = frame.at_row();
        let cause = self.attributes(lookup, place, frame);
        // What does not fit may have been left in the middle of a list.
        frame.give_up(row);
        frame.store(Some(lookup.failed), cause.map_or(0, Cause::pack));
    }

    /// Puts the attributes of one entity in place, and gives why that failed if it did.
    fn attributes(&mut self, lookup: &Lookup, place: Place, frame: &mut Frame) -> Option<Cause> {
        // An entity within one that is not known is not known either; one that is not there is not asked for.
        if let Some(cause) = lookup.outer.and_then(|slot| Cause::unpack(place.word(frame, slot)?)) {
            return Some(cause);
        }
        if lookup.present.is_some_and(|slot| place.word(frame, slot) == Some(0)) {
            return None;
        }
        let channel = self.program.channels.get(&lookup.ty)?;
        let operands = Operands::new(self.program, self.patterns, frame);
        let id = place.word(frame, lookup.id).and_then(|word| operands.text(word)).map(str::to_owned);
        let known = match &id {
            Some(id) => self.known(lookup, channel, id),
            None => Known::Failed(cause(channel)),
        };
        match known {
            Known::Failed(cause) => Some(cause),
            Known::Open(question, cause) => {
                self.questions.push(question);
                Some(cause)
            }
            Known::Json(json) => {
                // What does not fit the type is no answer.
                let (program, json) = (self.program, json.as_bytes());
                let read = request::attributes(program, self.patterns, lookup.ty, json, &lookup.reads, frame);
                read.is_err().then(|| cause(channel))
            }
        }
    }

    fn known<'k>(&'k self, lookup: &Lookup, channel: &'k Channel, id: &str) -> Known<'k> {
        let failed = cause(channel);
        match channel {
            Channel::File(rows) => rows.get(id).map_or(Known::Failed(failed), |row| Known::Json(row)),
            Channel::Source { source, fresh } => {
                let at = |index: u32| usize::try_from(index).unwrap_or(usize::MAX);
                let (source, ty) = (self.program.sources.get(at(*source)), self.program.types.get(at(lookup.ty.0)));
                let (Some(source), Some(Type::Entity { name: kind, .. })) = (source, ty) else {
                    return Known::Failed(failed);
                };
                let [answer, others @ ..] = self.answers.of((source, kind, id)) else {
                    let question = Question {
                        source: source.clone(),
                        about: About::Entity { kind: kind.clone(), id: id.to_owned() },
                    };
                    return Known::Open(question, failed);
                };
                // Two answers that differ are none.
                let one = others.iter().all(|other| other == answer);
                let young = fresh.is_none_or(|fresh| answer.age_seconds.saturating_mul(1_000_000) <= fresh);
                match &answer.properties {
                    Some(json) if one && young && answer.failure.is_none() => Known::Json(json),
                    _ => Known::Failed(failed),
                }
            }
        }
    }
}

/// Forgets what an earlier look found: what is absent is not stored.
fn clear(reads: &Reads, frame: &mut Frame) {
    let parts = reads.parts.iter().map(|(_, slot)| Some(*slot));
    [reads.present, reads.value, reads.ancestors].into_iter().chain(parts).for_each(|slot| frame.store(slot, 0));
    reads.fields.iter().for_each(|(_, inner)| clear(inner, frame));
    reads.members.iter().for_each(|(_, inner)| clear(inner, frame));
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
    use crate::ir::Entry;
    use crate::schema::{Field, Rows, TypeId};

    /// Slots: 0 the user's id, 1 its level, 2 its team's id, 3 that it was not looked up; 4 the team's level, 5 that it was
    /// not looked up; 6 whether there is a user.
    fn program() -> Program {
        let entity = |name: &str, fields| Type::Entity { id: None, name: name.into(), fields, ancestors: vec![] };
        let rows = [("red", r#"{"level":9}"#), ("bad", r#"{"level":"x"}"#)];
        let lookup = |ty, id, reads, failed| Lookup {
            ty: TypeId(ty),
            within: vec![],
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
        frame.keep();
        let facts = Facts { answers, ..Facts::default() };
        let questions = look_up(&program, &Patterns::default(), (&program.entries[0].lookups, &[]), &mut frame, &facts);
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

    /// One entity has a list of tags, which is read; a list of such entities stands in the request: slot 0. Words of its rows:
    /// 0 the id, 1 why it is not known, 2 the level, 3 whether there is one, 4 the tags as rows of one word.
    fn in_rows() -> (Program, Lookup) {
        let optional = Field { optional: true, ..field("level", 0) };
        let program = Program {
            sources: vec!["directory".into()],
            types: vec![
                Type::Int { min: 0, max: 9 },
                Type::Entity {
                    id: None,
                    name: "User".into(),
                    fields: vec![optional, field("tags", 2)],
                    ancestors: vec![],
                },
                Type::List { element: TypeId(0), max: 3 },
            ],
            channels: [(TypeId(1), Channel::Source { source: 0, fresh: None })].into(),
            ..Program::default()
        };
        let level = Reads { present: Some(Slot(3)), ..reads(2) };
        let tags = Reads { rows: Some(Box::new(Rows { width: 1, element: reads(0) })), ..reads(4) };
        let lookup = Lookup {
            ty: TypeId(1),
            within: vec![Within { list: Slot(0), width: 5 }],
            id: Slot(0),
            present: None,
            outer: None,
            reads: inside([(0, level), (1, tags)]),
            failed: Slot(1),
        };
        (program, lookup)
    }

    /// Why a row is not known, or its level and its tags.
    type Row = Result<(Option<u64>, Vec<u64>), Cause>;

    fn rows_of(frame: &Frame) -> Vec<Row> {
        let list = Set::unpack(frame.slot(Slot(0)).unwrap());
        let known = |row| {
            let word = |word| frame.row(list, row, word).unwrap();
            if let Some(cause) = Cause::unpack(word(1)) {
                return Err(cause);
            }
            let tags = Set::unpack(word(4));
            let tags = (0..tags.count).map(|tag| frame.row(tags, tag, 0).unwrap());
            Ok(((word(3) == 1).then(|| word(2)), tags.collect()))
        };
        (0..list.count).map(known).collect()
    }

    #[test]
    fn each_row_is_looked_up_by_itself_and_forgets_what_was_found_before() {
        let (program, lookup) = in_rows();
        let mut frame = Frame::default();
        frame.clear(1);
        let mut list = frame.begin_list(5);
        for id in ["ann", "bob", "ann"] {
            frame.begin_row(&mut list);
            let id = frame.push_text(id);
            frame.store(Some(Slot(0)), id.unwrap());
        }
        let list = frame.finish_list(&list).unwrap();
        frame.store(Some(Slot(0)), list);
        frame.keep();
        let mut look = |answers: &[(&str, &str)]| {
            let answers = answers.iter().map(|(id, properties)| Answer {
                id: (*id).into(),
                age_seconds: 0,
                ..answer(properties)
            });
            let facts = Facts { answers: answers.collect(), ..Facts::default() };
            let questions =
                look_up(&program, &Patterns::default(), (std::slice::from_ref(&lookup), &[]), &mut frame, &facts);
            (rows_of(&frame), questions.len(), frame.all_elements().len())
        };
        let unknown = || Err(Cause::Source(0));
        let ann = r#"{"level":3,"tags":[1,2]}"#;
        let (rows, questions, _) = look(&[("ann", ann)]);
        assert_eq!(rows, [Ok((Some(3), vec![1, 2])), unknown(), Ok((Some(3), vec![1, 2]))]);
        assert_eq!(questions, 1);
        // What stops in the middle of a list leaves nothing behind, here or in the rows after it.
        let (rows, questions, _) = look(&[("ann", r#"{"tags":[4,10],"level":5}"#), ("bob", r#"{"tags":[7]}"#)]);
        assert_eq!(rows, [unknown(), Ok((None, vec![7])), unknown()]);
        assert_eq!(questions, 0);
        let (rows, _, length) = look(&[("ann", r#"{"tags":[]}"#), ("bob", ann)]);
        assert_eq!(rows, [Ok((None, vec![])), Ok((Some(3), vec![1, 2])), Ok((None, vec![]))]);
        assert_eq!(look(&[("ann", r#"{"tags":[]}"#), ("bob", ann)]).2, length, "looking again takes no more room");
    }
}
