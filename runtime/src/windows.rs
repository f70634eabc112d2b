//! Windows of a decision: what it reads of them, and what it records.

use std::borrow::Cow;
use std::ops::Range;

use smallvec::SmallVec;
use zt_values::{is_ident, parts};

use crate::cause::Cause;
use crate::combine::Scope;
use crate::frame::Frame;
use crate::host::Clock;
use crate::interpret;
use crate::ir::{self, Brought, Component, EntryWindow, Expr, Kind, Over, Program, Recorded, Sought};
use crate::key::{self, Decoded};
use crate::operands::Operands;
use crate::pattern::Patterns;
use crate::request::canonical;
use crate::schema::Type;
use crate::store::{Access, Aggregate, Calendar, Entries, FEW, Horizon, Item, Reading, Record, Records, Room};

/// What a call or an event brings to a window; values as where they stand among the bytes of [`Kept`].
#[derive(Debug, Clone, PartialEq, Eq)]
enum Portion {
    Unit,
    Number(i64),
    Bytes(Range<usize>),
}

/// A window as one decision touches it.
#[derive(Debug)]
struct Touched {
    /// Where the canonical key stands among the bytes; nothing if a part of it failed.
    key: Option<Range<usize>>,
    /// Which portions a call brings that counts; nothing if that failed.
    brought: Option<Range<usize>>,
}

/// Memory for the windows of a decision, used again.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    touched: Vec<Touched>,
    portions: Vec<Portion>,
    bytes: Vec<u8>,
}

/// Whether a call counts for a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Share {
    /// It is not of those that the window holds, or its `where` is false.
    None,
    /// It does, and what it brings is known.
    Items,
    /// Nobody can tell.
    Failed,
}

/// The windows of one decision, before it is taken.
pub(crate) struct Windows<'a> {
    program: &'a Program,
    all: &'a [One<'a>],
    clock: Clock,
}

/// One of them.
#[derive(Clone, Copy)]
pub(crate) struct One<'a> {
    of: &'a EntryWindow,
    window: &'a ir::Window,
    key: Option<&'a [u8]>,
    items: Option<&'a [Item<'a>]>,
}

/// A list of what there is one of for each window.
pub(crate) type Few<T> = SmallVec<[T; FEW]>;

/// What was read of the windows: for each, what is there or why it is not.
#[derive(Debug, Default)]
pub(crate) struct Read {
    pub(crate) windows: Vec<ReadOne>,
}

/// What was read of a window.
#[derive(Debug)]
pub(crate) struct ReadOne {
    /// Looking back.
    pub(crate) past: Option<i64>,
    share: Share,
    /// Whether what this call brings fits.
    fits: bool,
    /// How long a limit would have to wait, in microseconds.
    pub(crate) wait: Option<i64>,
}

impl ReadOne {
    /// Nothing was read.
    const UNREAD: Self = Self { past: None, share: Share::Failed, fits: false, wait: None };
}

impl Kept {
    /// Takes note of what some windows need to know of a call. `alike` says of each whether it has the key of the one
    /// before.
    pub(crate) fn fill(&mut self, program: &Program, windows: &[EntryWindow], alike: &[bool], operands: &Operands<'_>) {
        self.touched.clear();
        self.portions.clear();
        self.bytes.clear();
        for (window, alike) in windows.iter().zip(alike) {
            let key = match self.touched.last() {
                Some(before) if *alike => before.key.clone(),
                _ => self.key(program, &window.key, operands),
            };
            let first = self.portions.len();
            let brought = match &window.records {
                Some(recording) => self.bring(program, &recording.brought, operands),
                None => Some(()),
            };
            let brought = brought.map(|()| first..self.portions.len());
            self.touched.push(Touched { key, brought });
        }
        // What referred to nothing failed, and decides nothing else.
        operands.take_fault();
    }

    /// The canonical key; nothing if a part of it fails.
    fn key(&mut self, program: &Program, parts: &[Component], operands: &Operands<'_>) -> Option<Range<usize>> {
        let start = self.bytes.len();
        for part in parts {
            let word = interpret::value(&part.expr, operands)?;
            encode(program, &part.kind, word, operands, &mut self.bytes)?;
        }
        Some(start..self.bytes.len())
    }

    /// What a call brings; nothing if that cannot be told.
    fn bring(&mut self, program: &Program, brought: &Brought, operands: &Operands<'_>) -> Option<()> {
        match brought {
            Brought::Once => self.portions.push(Portion::Unit),
            Brought::Number(expr) => {
                let number = interpret::value(expr, operands)?.cast_signed();
                // Sums never make room again.
                self.portions.push((number >= 0).then_some(Portion::Number(number))?);
            }
            Brought::Value(part) => {
                let word = interpret::value(&part.expr, operands)?;
                self.put(|bytes| encode(program, &part.kind, word, operands, bytes))?;
            }
            Brought::Elements { kind, of } => {
                for gather in of {
                    for word in interpret::gather(gather, operands)? {
                        self.put(|bytes| encode(program, kind, word, operands, bytes))?;
                    }
                }
            }
            Brought::Parts { sought, of } => {
                for gather in of {
                    for word in interpret::gather(gather, operands)? {
                        for part in parts_of(operands.text(word)?, *sought) {
                            self.put(|bytes| {
                                key::encode_into(&[key::Component::Text(&part)], bytes);
                                Some(())
                            })?;
                        }
                    }
                }
            }
        }
        Some(())
    }

    /// Takes note of a value that is appended to the bytes.
    fn put(&mut self, append: impl FnOnce(&mut Vec<u8>) -> Option<()>) -> Option<()> {
        let start = self.bytes.len();
        append(&mut self.bytes)?;
        self.portions.push(Portion::Bytes(start..self.bytes.len()));
        Some(())
    }

    /// Everything that a call brings, as a store takes it.
    pub(crate) fn items<'a>(&'a self, into: &mut Few<Item<'a>>) {
        let item = |portion: &Portion| match portion {
            Portion::Unit => Item::Unit,
            Portion::Number(number) => Item::Number(*number),
            Portion::Bytes(range) => Item::Bytes(self.bytes.get(range.clone()).unwrap_or_default()),
        };
        into.extend(self.portions.iter().map(item));
    }

    /// The windows of which this was noted, with these items.
    pub(crate) fn all<'a>(
        &'a self,
        program: &'a Program,
        windows: &'a [EntryWindow],
        items: &'a [Item<'a>],
        into: &mut Few<One<'a>>,
    ) {
        let one = |(of, touched): (&'a EntryWindow, &'a Touched)| {
            let window = program.windows.get(usize::try_from(of.window).ok()?)?;
            let key = touched.key.as_ref().and_then(|key| self.bytes.get(key.clone()));
            let items = touched.brought.as_ref().and_then(|brought| items.get(brought.clone()));
            Some(One { of, window, key, items })
        };
        into.extend(windows.iter().zip(&self.touched).filter_map(one));
    }
}

impl Calendar for Over {
    fn unit(&self, at: i64) -> Option<(i64, i64)> {
        match self {
            Self::Sliding(_) => None,
            Self::Calendar(unit, zone) => Some((zone.start_of(*unit, at).ok()?, zone.start_of_next(*unit, at).ok()?)),
        }
    }
}

impl One<'_> {
    /// Whether the call counts.
    fn share<'o>(&self, operands: impl FnOnce() -> Operands<'o>) -> Share {
        let Some(recording) = &self.of.records else { return Share::None };
        let counts = match &recording.condition {
            // Most windows have no condition.
            Expr::Const(value) => Some(*value != 0),
            condition => interpret::condition(condition, &operands()),
        };
        match counts {
            Some(false) => Share::None,
            Some(true) if self.key.is_some() && self.items.is_some() => Share::Items,
            Some(true) | None => Share::Failed,
        }
    }

    fn relied_on(&self, scope: Scope) -> bool {
        self.window.enforced || scope == Scope::All && self.window.shadow
    }

    fn takes(&self, of: &[Recorded]) -> bool {
        self.of.records.is_some() && of.contains(&self.window.of)
    }
}

impl<'a> Windows<'a> {
    pub(crate) const fn new(program: &'a Program, all: &'a [One<'a>], clock: Clock) -> Self {
        Self { program, all, clock }
    }

    /// What is read: one access for each window that has a key.
    pub(crate) fn accesses(&self, accesses: &mut Few<Access<'a>>) {
        for one in self.all {
            let Some(key) = one.key else { continue };
            let (horizon, clock) = match &one.window.over {
                Over::Sliding(span) => (Horizon::Sliding { span: *span }, self.clock.mono),
                calendar @ Over::Calendar(..) => (Horizon::Calendar { unit: calendar }, self.clock.now),
            };
            let (aggregate, bound) = (one.window.aggregate, one.window.bound);
            accesses.push(Access { window: one.of.window, key, horizon, aggregate, bound, clock });
        }
    }

    /// Puts readings into the frame, and keeps what else is asked of them. Which calls a limit counts may depend on
    /// what the windows that are declared say; these depend on none.
    pub(crate) fn read(&self, readings: &[Reading<'_>], patterns: &Patterns, frame: &mut Frame, read: &mut Read) {
        read.windows.clear();
        let mut late = false;
        let mut of = readings.iter();
        for one in self.all {
            let entries = one.key.and_then(|_| of.next()).and_then(|reading| reading.as_ref().ok());
            late |= one.window.limit;
            read.windows.push(if one.window.limit {
                ReadOne::UNREAD
            } else {
                self.one(one, entries, (patterns, frame))
            });
        }
        if !late {
            return;
        }
        let mut of = readings.iter();
        for (one, into) in self.all.iter().zip(&mut read.windows) {
            let entries = one.key.and_then(|_| of.next()).and_then(|reading| reading.as_ref().ok());
            if one.window.limit {
                *into = self.one(one, entries, (patterns, frame));
            }
        }
    }

    fn one(&self, one: &One<'_>, entries: Option<&Entries<'_>>, (patterns, frame): (&Patterns, &mut Frame)) -> ReadOne {
        let share = one.share(|| Operands::new(self.program, patterns, frame));
        let counting = entries.filter(|_| share != Share::Failed);
        let items = one.items.filter(|_| share == Share::Items).unwrap_or_default();
        let past = entries.and_then(|entries| entries.reading().ok());
        let with = if items.is_empty() { past } else { counting.and_then(|of| of.with(items).ok()) };
        let with = with.filter(|_| counting.is_some());
        if let Some(place) = one.of.past {
            self.put(one, place, entries.zip(past), &[], (patterns, frame));
        }
        if let Some(place) = one.of.counting {
            self.put(one, place, counting.zip(with), items, (patterns, frame));
        }
        let room = one.of.max.and_then(|max| counting?.room(max, items).ok());
        ReadOne {
            past,
            share,
            // Nothing always fits, even where there is no room.
            fits: share == Share::Items && items.is_empty() || with.is_some(),
            wait: match room {
                Some(Room::After(wait)) => Some(wait),
                Some(Room::Now | Room::Never) | None => None,
            },
        }
    }

    /// Puts one reading into the frame.
    fn put(
        &self,
        one: &One<'_>,
        place: ir::Reading,
        reading: Option<(&Entries<'_>, i64)>,
        items: &[Item<'_>],
        (patterns, frame): (&Patterns, &mut Frame),
    ) {
        let value = reading.and_then(|(entries, number)| match one.window.aggregate {
            Aggregate::Set => self.set(one, entries, items, (patterns, frame)),
            Aggregate::Count | Aggregate::Sum | Aggregate::Distinct => Some(number.cast_unsigned()),
        });
        frame.put(place.value, value.unwrap_or_default());
        let failed = if value.is_some() { 0 } else { Cause::Window(one.of.window).pack() };
        frame.put(place.failed, failed);
    }

    /// The values of a set window and some more, as a set of the frame.
    fn set(
        &self,
        one: &One<'_>,
        entries: &Entries<'_>,
        items: &[Item<'_>],
        (patterns, frame): (&Patterns, &mut Frame),
    ) -> Option<u64> {
        let more = items.iter().filter_map(|item| match item {
            Item::Bytes(bytes) => Some(*bytes),
            Item::Unit | Item::Number(_) => None,
        });
        let mut words: SmallVec<[u64; 32]> = SmallVec::new();
        let mut texts = false;
        for value in entries.values().chain(more) {
            let word = match key::decode(value)? {
                Decoded::Bool(value) => value.into(),
                Decoded::Int(value) | Decoded::Decimal(value) | Decoded::Instant(value) => value.cast_unsigned(),
                Decoded::Member(name) => self.member(&one.window.kind, name)?,
                Decoded::Text(text) | Decoded::Entity(text) => {
                    texts = true;
                    frame.push_text(text)?
                }
            };
            words.push(word);
        }
        words.into_iter().for_each(|word| frame.push_element(word));
        let literal = |text: &str| patterns.literal(self.program, text);
        frame.finish_set(if texts { Some(&literal) } else { None })
    }

    fn member(&self, kind: &Kind, name: &str) -> Option<u64> {
        let Kind::Member(ty) = kind else { return None };
        let Type::Enum { members } = self.program.types.get(usize::try_from(ty.0).ok()?)? else {
            return None;
        };
        members.iter().position(|member| member == name).and_then(|index| u64::try_from(index).ok())
    }

    /// Whether it is known what the call brings to every window that some rules rely on. What an attestation brings is
    /// asked when it comes.
    pub(crate) fn recordable(&self, read: &Read, scope: Scope) -> bool {
        self.all.iter().zip(&read.windows).all(|(one, read)| {
            let later = matches!(one.window.of, Recorded::Failed | Recorded::Succeeded);
            later || read.share != Share::Failed || !one.relied_on(scope)
        })
    }

    /// Whether every window that enforced rules rely on takes what it should hold of an attestation.
    pub(crate) fn attestable(&self, read: &Read, of: &[Recorded]) -> bool {
        let known = self
            .all
            .iter()
            .zip(&read.windows)
            .all(|(one, read)| read.share != Share::Failed || !one.takes(of) || !one.relied_on(Scope::Enforced));
        known && self.fits(read, of, Scope::Enforced)
    }

    /// Whether every window that some rules rely on takes what it should hold of such calls.
    pub(crate) fn fits(&self, read: &Read, of: &[Recorded], scope: Scope) -> bool {
        self.all
            .iter()
            .zip(&read.windows)
            .all(|(one, read)| read.fits || read.share == Share::None || !one.relied_on(scope) || !one.takes(of))
    }

    /// What is recorded of such calls. What does not fit is left out, as is on demand what no enforced rule reads.
    pub(crate) fn records(&self, read: &Read, of: &[Recorded], all: bool) -> Records<'a> {
        let mut access = 0_usize;
        let mut records = Records::new();
        for (one, read) in self.all.iter().zip(&read.windows).filter(|(one, _)| one.key.is_some()) {
            let wanted = one.window.enforced || all;
            let items = one.items.filter(|items| read.fits && read.share == Share::Items && !items.is_empty());
            if wanted
                && one.takes(of)
                && let Some(items) = items
            {
                records.push(Record { access, items });
            }
            access = access.saturating_add(1);
        }
        records
    }
}

/// The parts of a text that are meant, as they are compared.
fn parts_of(text: &str, sought: Sought) -> Vec<Cow<'_, str>> {
    match sought {
        Sought::Ident if is_ident(text) => vec![Cow::Borrowed(text)],
        Sought::Ident => parts(text).filter(|part| is_ident(part)).map(Cow::Borrowed).collect(),
        Sought::Syntax(syntax) => parts(text).filter_map(|part| canonical(syntax, part).ok()).collect(),
    }
}

/// Appends the canonical encoding of a word.
fn encode(program: &Program, kind: &Kind, word: u64, operands: &Operands<'_>, out: &mut Vec<u8>) -> Option<()> {
    let number = word.cast_signed();
    let component = match kind {
        Kind::Bool => key::Component::Bool(word != 0),
        Kind::Int | Kind::Duration | Kind::Size => key::Component::Int(number),
        Kind::Decimal => key::Component::Decimal(number),
        Kind::Instant => key::Component::Instant(number),
        Kind::Text => key::Component::Text(operands.text(word)?),
        Kind::Entity(kind) => key::Component::Entity { kind, id: operands.text(word)? },
        Kind::Member(ty) => {
            let Type::Enum { members } = program.types.get(usize::try_from(ty.0).ok()?)? else { return None };
            key::Component::Member(members.get(usize::try_from(word).ok()?)?)
        }
    };
    key::encode_into(&[component], out);
    Some(())
}
