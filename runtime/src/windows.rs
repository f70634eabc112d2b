//! Windows of a decision: what it reads of them, and what it records.

use std::borrow::Cow;

use zt_values::zone::Zone;
use zt_values::{is_ident, parts};

use crate::cause::Cause;
use crate::combine::Scope;
use crate::frame::Frame;
use crate::host::Clock;
use crate::interpret;
use crate::ir::{self, Brought, Component, EntryWindow, Kind, Over, Program, Recorded, Sought};
use crate::key::{self, Decoded};
use crate::operands::Operands;
use crate::pattern::Patterns;
use crate::request::canonical;
use crate::schema::Type;
use crate::store::{Access, Aggregate, Entries, Failure, Horizon, Item, Reading, Record, Room};

/// What a call or an event brings to a window, owned.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Portion {
    Unit,
    Number(i64),
    Bytes(Vec<u8>),
}

impl Portion {
    fn item(&self) -> Item<'_> {
        match self {
            Self::Unit => Item::Unit,
            Self::Number(number) => Item::Number(*number),
            Self::Bytes(bytes) => Item::Bytes(bytes),
        }
    }
}

/// A window as one decision touches it.
struct Touched<'a> {
    of: &'a EntryWindow,
    window: &'a ir::Window,
    /// The canonical key; nothing if a part of it failed.
    key: Option<Vec<u8>>,
    /// What a call brings that counts; nothing if that failed.
    brought: Option<Vec<Portion>>,
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
    touched: Vec<Touched<'a>>,
    clock: Clock,
}

/// The unit of a calendar around an instant.
type Around<'a> = Box<dyn Fn(i64) -> Option<(i64, i64)> + 'a>;

/// The windows of one decision with what a store is handed.
pub(crate) struct Prepared<'w, 'a> {
    windows: &'w Windows<'a>,
    /// For each window that has a key, its accesses.
    units: Vec<Around<'a>>,
    /// For each window what is brought.
    items: Vec<Vec<Item<'w>>>,
}

/// What was read of the windows: for each, what is there or why it is not.
pub(crate) struct Read {
    pub(crate) windows: Vec<ReadOne>,
}

/// What was read of a window.
pub(crate) struct ReadOne {
    /// Looking back.
    pub(crate) past: Option<i64>,
    share: Share,
    /// Whether what this call brings fits.
    fits: bool,
    /// How long a limit would have to wait, in microseconds.
    pub(crate) wait: Option<i64>,
}

impl<'a> Windows<'a> {
    /// Evaluates what some windows need to know of a call.
    pub(crate) fn new(program: &'a Program, windows: &'a [EntryWindow], operands: &Operands<'_>, clock: Clock) -> Self {
        let touch = |of: &'a EntryWindow| {
            let window = program.windows.get(usize::try_from(of.window).ok()?)?;
            Some(Touched { of, window, key: key(program, &of.key, operands), brought: brought(program, of, operands) })
        };
        let touched = windows.iter().filter_map(touch).collect();
        // What referred to nothing failed, and decides nothing else.
        operands.take_fault();
        Self { program, touched, clock }
    }

    /// What a store is handed.
    pub(crate) fn prepare(&self) -> Prepared<'_, 'a> {
        let unit = |touched: &Touched<'a>| -> Around<'a> {
            match &touched.window.over {
                Over::Sliding(_) => Box::new(|_| None),
                Over::Calendar(unit, zone) => Box::new(move |at| around(zone, *unit, at)),
            }
        };
        let mut items = Vec::with_capacity(self.touched.len());
        for touched in &self.touched {
            items.push(touched.brought.iter().flatten().map(Portion::item).collect());
        }
        Prepared { windows: self, units: self.touched.iter().map(unit).collect(), items }
    }
}

impl Touched<'_> {
    /// Whether the call counts.
    fn share(&self, operands: &Operands<'_>) -> Share {
        let Some(recording) = &self.of.records else { return Share::None };
        let counts = interpret::condition(&recording.condition, operands);
        operands.take_fault();
        match counts {
            Some(false) => Share::None,
            Some(true) if self.key.is_some() && self.brought.is_some() => Share::Items,
            Some(true) | None => Share::Failed,
        }
    }

    fn relied_on(&self, scope: Scope) -> bool {
        self.window.enforced || scope == Scope::All && self.window.shadow
    }
}

impl Prepared<'_, '_> {
    /// What is read: one access for each window that has a key.
    pub(crate) fn accesses(&self) -> Vec<Access<'_>> {
        let mut accesses = Vec::new();
        for (touched, unit) in self.windows.touched.iter().zip(&self.units) {
            let Some(key) = touched.key.as_deref() else { continue };
            let (horizon, clock) = match &touched.window.over {
                Over::Sliding(span) => (Horizon::Sliding { span: *span }, self.windows.clock.mono),
                Over::Calendar(..) => (Horizon::Calendar { unit }, self.windows.clock.now),
            };
            accesses.push(Access {
                window: touched.of.window,
                key,
                horizon,
                aggregate: touched.window.aggregate,
                bound: touched.window.bound,
                clock,
            });
        }
        accesses
    }

    /// Puts readings into the frame, and keeps what else is asked of them. Which calls a limit counts may depend on
    /// what the windows that are declared say; these depend on none.
    pub(crate) fn read(&self, readings: &[Reading<'_>], patterns: &Patterns, frame: &mut Frame) -> Read {
        let mut readings = readings.iter();
        let entries: Vec<Option<Entries<'_>>> = self
            .windows
            .touched
            .iter()
            .map(|touched| match touched.key {
                Some(_) => readings.next().copied().unwrap_or(Err(Failure::Unavailable)).ok(),
                None => None,
            })
            .collect();
        let mut read: Vec<ReadOne> =
            entries.iter().map(|_| ReadOne { past: None, share: Share::Failed, fits: false, wait: None }).collect();
        for limits in [false, true] {
            let all = self.windows.touched.iter().zip(&self.items).zip(&entries).zip(&mut read);
            for (((touched, items), entries), one) in all.filter(|(((of, ..), _), _)| of.window.limit == limits) {
                let operands = Operands::new(self.windows.program, patterns, frame);
                *one = self.one(touched, items, *entries, touched.share(&operands), (patterns, frame));
            }
        }
        Read { windows: read }
    }

    fn one(
        &self,
        touched: &Touched<'_>,
        items: &[Item<'_>],
        entries: Option<Entries<'_>>,
        share: Share,
        (patterns, frame): (&Patterns, &mut Frame),
    ) -> ReadOne {
        let counting = entries.filter(|_| share != Share::Failed);
        let items = if share == Share::Items { items } else { &[] };
        self.put(touched, touched.of.past, entries, &[], (patterns, frame));
        self.put(touched, touched.of.counting, counting, items, (patterns, frame));
        let room = touched.of.max.and_then(|max| counting?.room(max, items).ok());
        ReadOne {
            past: entries.and_then(|entries| entries.reading().ok()),
            share,
            // Nothing always fits, even where there is no room.
            fits: share == Share::Items && items.is_empty() || counting.is_some_and(|of| of.with(items).is_ok()),
            wait: match room {
                Some(Room::After(wait)) => Some(wait),
                Some(Room::Now | Room::Never) | None => None,
            },
        }
    }

    /// Puts one reading into the frame.
    fn put(
        &self,
        touched: &Touched<'_>,
        place: Option<ir::Reading>,
        entries: Option<Entries<'_>>,
        items: &[Item<'_>],
        (patterns, frame): (&Patterns, &mut Frame),
    ) {
        let Some(place) = place else { return };
        let value = entries.and_then(|entries| match touched.window.aggregate {
            Aggregate::Set => self.set(touched, entries, items, (patterns, frame)),
            Aggregate::Count | Aggregate::Sum | Aggregate::Distinct => entries.with(items).ok().map(i64::cast_unsigned),
        });
        frame.store(Some(place.value), value.unwrap_or_default());
        let failed = if value.is_some() { 0 } else { Cause::Window(touched.of.window).pack() };
        frame.store(Some(place.failed), failed);
    }

    /// The values of a set window and some more, as a set of the frame.
    fn set(
        &self,
        touched: &Touched<'_>,
        entries: Entries<'_>,
        items: &[Item<'_>],
        (patterns, frame): (&Patterns, &mut Frame),
    ) -> Option<u64> {
        entries.with(items).ok()?;
        let more = items.iter().filter_map(|item| match item {
            Item::Bytes(bytes) => Some(*bytes),
            Item::Unit | Item::Number(_) => None,
        });
        let mut words = Vec::new();
        let mut texts = false;
        for value in entries.values().chain(more) {
            let word = match key::decode(value)? {
                Decoded::Bool(value) => value.into(),
                Decoded::Int(value) | Decoded::Decimal(value) | Decoded::Instant(value) => value.cast_unsigned(),
                Decoded::Member(name) => self.member(&touched.window.kind, name)?,
                Decoded::Text(text) | Decoded::Entity(text) => {
                    texts = true;
                    frame.push_text(text)?
                }
            };
            words.push(word);
        }
        words.into_iter().for_each(|word| frame.push_element(word));
        let literal = |text: &str| patterns.literal(self.windows.program, text);
        frame.finish_set(if texts { Some(&literal) } else { None })
    }

    fn member(&self, kind: &Kind, name: &str) -> Option<u64> {
        let Kind::Member(ty) = kind else { return None };
        let Type::Enum { members } = self.windows.program.types.get(usize::try_from(ty.0).ok()?)? else {
            return None;
        };
        members.iter().position(|member| member == name).and_then(|index| u64::try_from(index).ok())
    }

    /// Whether it is known what the call brings to every window that some rules rely on. What an attestation brings is
    /// asked when it comes.
    pub(crate) fn recordable(&self, read: &Read, scope: Scope) -> bool {
        self.windows.touched.iter().zip(&read.windows).all(|(touched, read)| {
            let later = matches!(touched.window.of, Recorded::Failed | Recorded::Succeeded);
            later || read.share != Share::Failed || !touched.relied_on(scope)
        })
    }

    /// Whether every window that enforced rules rely on takes what it should hold of an attestation.
    pub(crate) fn attestable(&self, read: &Read, of: &[Recorded]) -> bool {
        let known = self.windows.touched.iter().zip(&read.windows).all(|(touched, read)| {
            read.share != Share::Failed || !touched.takes(of) || !touched.relied_on(Scope::Enforced)
        });
        known && self.fits(read, of, Scope::Enforced)
    }

    /// Whether every window that some rules rely on takes what it should hold of such calls.
    pub(crate) fn fits(&self, read: &Read, of: &[Recorded], scope: Scope) -> bool {
        self.windows.touched.iter().zip(&read.windows).all(|(touched, read)| {
            !touched.relied_on(scope) || !touched.takes(of) || read.share == Share::None || read.fits
        })
    }

    /// What is recorded of such calls. What does not fit is left out, as is on demand what no enforced rule reads.
    pub(crate) fn records(&self, read: &Read, of: &[Recorded], all: bool) -> Vec<Record<'_>> {
        let mut access = 0_usize;
        let mut records = Vec::new();
        for ((touched, items), read) in self.windows.touched.iter().zip(&self.items).zip(&read.windows) {
            if touched.key.is_none() {
                continue;
            }
            let wanted = touched.window.enforced || all;
            if wanted && touched.takes(of) && read.fits && read.share == Share::Items && !items.is_empty() {
                records.push(Record { access, items });
            }
            access = access.saturating_add(1);
        }
        records
    }
}

impl Touched<'_> {
    fn takes(&self, of: &[Recorded]) -> bool {
        self.of.records.is_some() && of.contains(&self.window.of)
    }
}

/// The calendar's unit around an instant.
fn around(zone: &Zone, unit: zt_values::civil::Unit, at: i64) -> Option<(i64, i64)> {
    Some((zone.start_of(unit, at).ok()?, zone.start_of_next(unit, at).ok()?))
}

/// The canonical key; nothing if a part of it fails.
fn key(program: &Program, parts: &[Component], operands: &Operands<'_>) -> Option<Vec<u8>> {
    let mut key = Vec::new();
    for part in parts {
        let word = interpret::value(&part.expr, operands)?;
        encode(program, &part.kind, word, operands, &mut key)?;
    }
    Some(key)
}

/// What a call brings; nothing if that cannot be told.
fn brought(program: &Program, of: &EntryWindow, operands: &Operands<'_>) -> Option<Vec<Portion>> {
    let Some(recording) = &of.records else { return Some(Vec::new()) };
    let bytes = |kind, word| {
        let mut bytes = Vec::new();
        encode(program, kind, word, operands, &mut bytes).map(|()| Portion::Bytes(bytes))
    };
    Some(match &recording.brought {
        Brought::Once => vec![Portion::Unit],
        Brought::Number(expr) => {
            let number = interpret::value(expr, operands)?.cast_signed();
            // Sums never make room again.
            vec![(number >= 0).then_some(Portion::Number(number))?]
        }
        Brought::Value(part) => vec![bytes(&part.kind, interpret::value(&part.expr, operands)?)?],
        Brought::Elements { kind, of } => {
            let mut portions = Vec::new();
            for gather in of {
                for word in interpret::gather(gather, operands)? {
                    portions.push(bytes(kind, word)?);
                }
            }
            portions
        }
        Brought::Parts { sought, of } => {
            let mut portions = Vec::new();
            for gather in of {
                for word in interpret::gather(gather, operands)? {
                    portions.extend(parts_of(operands.text(word)?, *sought).iter().map(|part| {
                        let mut bytes = Vec::new();
                        key::encode_into(&[key::Component::Text(part)], &mut bytes);
                        Portion::Bytes(bytes)
                    }));
                }
            }
            portions
        }
    })
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
