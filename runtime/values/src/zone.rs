//! Time zones as tables: which offset from UTC the clocks of a place show, and when its days begin.
//!
//! A table is made when a policy is compiled and carried along with it; nothing is looked up on the machine that
//! decides. It covers the years it was made for. Outside of them there is no answer, so that a rule about local
//! time fails instead of following offsets that nobody has decided yet.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::civil::{Unit, Weekday};
use crate::time::{SECOND, split};

/// Seconds of 24 hours.
const DAY: i64 = 86_400;

/// No clock is set further from UTC than this, in seconds: less than 26 hours.
pub const MAX_OFFSET: i32 = 93_599;

/// The rules of one time zone, over a span of time.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Table", into = "Table")]
pub struct Zone(Table);

/// What a [`Zone`] is made from.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Table {
    /// The zone's name in the IANA database: `Europe/Berlin`.
    pub name: String,
    /// The first second covered, in Unix time.
    pub from: i64,
    /// The first second no longer covered, in Unix time.
    pub until: i64,
    /// The offset before the first transition, in seconds to be added to UTC.
    pub first: i32,
    /// The Unix second from which a new offset holds, and that offset; strictly ascending, within the span.
    pub transitions: Vec<(i64, i32)>,
}

/// What is wrong with a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TableError {
    /// It covers nothing, or more than can be counted in microseconds.
    Span,
    /// An offset of 26 hours or more.
    Offset,
    /// Transitions that do not follow each other, or lie outside of the span.
    Order,
}

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Span => "a zone's table covers no span of time",
            Self::Offset => "a zone's offset is too large",
            Self::Order => "a zone's transitions are out of order",
        })
    }
}

impl std::error::Error for TableError {}

/// An instant for which the zone's rules are not known, or whose answer lies where they are not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct OutOfRange;

impl fmt::Display for OutOfRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("outside of the years whose time zone rules are known")
    }
}

impl std::error::Error for OutOfRange {}

/// What calendar and clock show at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Local {
    /// The date, in days since 1970-01-01.
    pub days: i64,
    /// The time of day, in microseconds since midnight by the clock; always less than 24 hours.
    pub time: i64,
    /// The day of the week.
    pub weekday: Weekday,
}

impl TryFrom<Table> for Zone {
    type Error = TableError;

    fn try_from(table: Table) -> Result<Zone, TableError> {
        // Room for the microseconds of every second covered, and for offsets and months beyond the ends.
        let widest = i64::MAX / SECOND / 2;
        if table.from >= table.until || table.from < widest.saturating_neg() || table.until > widest {
            return Err(TableError::Span);
        }
        let offsets = table.transitions.iter().map(|(_, offset)| *offset);
        if offsets.chain([table.first]).any(|offset| offset.unsigned_abs() > MAX_OFFSET.unsigned_abs()) {
            return Err(TableError::Offset);
        }
        let times = || table.transitions.iter().map(|(at, _)| *at);
        let ascending = times().zip(times().skip(1)).all(|(earlier, later)| earlier < later);
        if !ascending || !times().all(|at| table.from < at && at < table.until) {
            return Err(TableError::Order);
        }
        Ok(Zone(table))
    }
}

impl From<Zone> for Table {
    fn from(zone: Zone) -> Table {
        zone.0
    }
}

/// A span of time with one offset, in Unix seconds.
#[derive(Clone, Copy)]
struct Segment {
    start: i64,
    end: i64,
    offset: i64,
}

impl Segment {
    /// When clocks with this offset show so many seconds since 1970-01-01T00:00.
    fn instant(self, local: i64) -> i64 {
        local.saturating_sub(self.offset)
    }
}

impl Zone {
    /// The zone's name in the IANA database.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The table that the zone is made from.
    #[must_use]
    pub fn table(&self) -> &Table {
        &self.0
    }

    /// The first instant covered, in microseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn from(&self) -> i64 {
        self.0.from.saturating_mul(SECOND)
    }

    /// The first instant no longer covered, in microseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn until(&self) -> i64 {
        self.0.until.saturating_mul(SECOND)
    }

    /// The offset at an instant, in seconds to be added to UTC.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`] for an instant that the table does not cover.
    pub fn offset_at(&self, instant: i64) -> Result<i32, OutOfRange> {
        let second = self.second(instant)?;
        let passed = self.passed(second);
        let last = passed.checked_sub(1).and_then(|index| self.0.transitions.get(index));
        Ok(last.map_or(self.0.first, |(_, offset)| *offset))
    }

    /// What calendar and clock show at an instant.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`] for an instant that the table does not cover.
    pub fn local(&self, instant: i64) -> Result<Local, OutOfRange> {
        let table = &self.0;
        // Seconds are counted only where offsets change.
        let offset = if table.transitions.is_empty() {
            if !(self.from()..self.until()).contains(&instant) {
                return Err(OutOfRange);
            }
            table.first
        } else {
            self.offset_at(instant)?
        };
        let offset = i64::from(offset);
        // Instants that are covered stay far from the ends of 64 bits.
        let (days, time) = split(instant.saturating_add(offset.saturating_mul(SECOND)));
        Ok(Local { days, time, weekday: Weekday::of_days(days) })
    }

    /// The first instant whose local date lies in the same day, week or month as that of `instant`.
    ///
    /// Where the clock skips midnight, the day begins when the skip ends; where midnight comes twice, it begins with
    /// the first one. A clock that is set back from just after midnight shows the day before once more: the answer is
    /// then the beginning of that day, and the next day has two instants at which it begins, of which the first counts.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`] where the instant or the answer is not covered.
    pub fn start_of(&self, unit: Unit, instant: i64) -> Result<i64, OutOfRange> {
        let (first, next) = unit.around(self.local(instant)?.days);
        let (first, next) = (first.saturating_mul(DAY), next.saturating_mul(DAY));
        // Before this second, no clock anywhere shows the first day yet.
        let earliest = first.saturating_sub(i64::from(MAX_OFFSET));
        let start = self.segments(earliest).find_map(|segment| {
            let start = segment.instant(first).max(segment.start);
            (start < segment.end && start < segment.instant(next)).then_some(start)
        });
        self.answer(start)
    }

    /// The first instant after this one whose local date lies in a later day, week or month.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`] where the instant or the answer is not covered.
    pub fn start_of_next(&self, unit: Unit, instant: i64) -> Result<i64, OutOfRange> {
        let (_, next) = unit.around(self.local(instant)?.days);
        let next = next.saturating_mul(DAY);
        let second = self.second(instant)?;
        let start = self.segments(second).find_map(|segment| {
            // In the segment of the instant itself the date was still in the unit: what is found lies after it.
            let start = segment.instant(next).max(segment.start);
            (start < segment.end).then_some(start)
        });
        self.answer(start)
    }

    fn second(&self, instant: i64) -> Result<i64, OutOfRange> {
        let second = instant.div_euclid(SECOND);
        if self.0.from <= second && second < self.0.until { Ok(second) } else { Err(OutOfRange) }
    }

    fn answer(&self, second: Option<i64>) -> Result<i64, OutOfRange> {
        let second = second.filter(|second| self.0.from <= *second && *second < self.0.until).ok_or(OutOfRange)?;
        Ok(second.saturating_mul(SECOND))
    }

    /// How many transitions there have been at this second.
    fn passed(&self, second: i64) -> usize {
        self.0.transitions.partition_point(|(at, _)| *at <= second)
    }

    /// The segment that holds this second, and those after it. The first one of all has no beginning and the last one
    /// no end: what is found outside of the span is refused there, and not taken for something later.
    fn segments(&self, second: i64) -> impl Iterator<Item = Segment> {
        let current = self.passed(second).checked_sub(1);
        let before = (i64::MIN, self.0.first);
        let starts = current.is_none().then_some(before).into_iter();
        let starts = starts.chain(self.0.transitions.iter().skip(current.unwrap_or(0)).copied());
        let ends = self.0.transitions.iter().skip(current.map_or(0, |index| index.saturating_add(1)));
        let ends = ends.map(|(at, _)| *at).chain([i64::MAX]);
        starts.zip(ends).map(|((start, offset), end)| Segment { start, end, offset: i64::from(offset) })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::time::{HOUR, MINUTE, format_instant, parse_instant};

    fn second(text: &str) -> i64 {
        parse_instant(text).unwrap() / SECOND
    }

    fn zone(first: i32, transitions: &[(&str, i32)]) -> Zone {
        let transitions = transitions.iter().map(|(at, offset)| (second(at), *offset)).collect();
        let (from, until) = (second("2026-01-01T00:00:00Z"), second("2027-01-01T00:00:00Z"));
        Zone::try_from(Table { name: "Test/Zone".to_owned(), from, until, first, transitions }).unwrap()
    }

    /// Two hours east of UTC, three in summer; clocks are set forward at midnight, back at one o'clock to midnight.
    fn midnight() -> Zone {
        zone(7_200, &[("2026-03-28T22:00:00Z", 10_800), ("2026-10-24T22:00:00Z", 7_200)])
    }

    /// UTC; clocks are set forward at 23:30, back one minute after midnight, and over a whole day.
    fn strange() -> Zone {
        zone(0, &[("2026-03-31T23:30:00Z", 3_600), ("2026-09-30T23:01:00Z", 0), ("2026-11-30T00:00:00Z", 86_400)])
    }

    #[track_caller]
    fn starts(zone: &Zone, unit: Unit, at: &str, start: &str, next: &str) {
        let instant = parse_instant(at).unwrap();
        assert_eq!(zone.start_of(unit, instant).map(format_instant).as_deref(), Ok(start), "start at {at}");
        assert_eq!(zone.start_of_next(unit, instant).map(format_instant).as_deref(), Ok(next), "next at {at}");
    }

    #[test]
    fn offsets_change_at_the_microsecond() {
        let zone = midnight();
        let change = parse_instant("2026-03-28T22:00:00Z").unwrap();
        assert_eq!(zone.offset_at(change - 1), Ok(7_200));
        assert_eq!(zone.offset_at(change), Ok(10_800));
        let before = zone.local(change - 1).unwrap();
        let after = zone.local(change).unwrap();
        assert_eq!((before.time, before.weekday), (24 * HOUR - 1, Weekday::Sat));
        assert_eq!((after.days, after.time, after.weekday), (before.days + 1, HOUR, Weekday::Sun));
    }

    #[test]
    fn a_day_without_midnight_begins_when_the_clock_goes_on() {
        let zone = midnight();
        starts(&zone, Unit::Day, "2026-03-28T21:59:59Z", "2026-03-27T22:00:00Z", "2026-03-28T22:00:00Z");
        starts(&zone, Unit::Day, "2026-03-28T22:00:00Z", "2026-03-28T22:00:00Z", "2026-03-29T21:00:00Z");
        starts(&zone, Unit::Day, "2026-03-29T20:59:59.999999Z", "2026-03-28T22:00:00Z", "2026-03-29T21:00:00Z");
        starts(&zone, Unit::Week, "2026-03-29T12:00:00Z", "2026-03-22T22:00:00Z", "2026-03-29T21:00:00Z");
        starts(&zone, Unit::Month, "2026-03-29T12:00:00Z", "2026-02-28T22:00:00Z", "2026-03-31T21:00:00Z");
    }

    #[test]
    fn a_day_with_two_midnights_begins_with_the_first() {
        let zone = midnight();
        // Midnight is at 21:00Z in summer; the clock is set back from one o'clock to midnight at 22:00Z.
        starts(&zone, Unit::Day, "2026-10-24T21:30:00Z", "2026-10-24T21:00:00Z", "2026-10-25T22:00:00Z");
        starts(&zone, Unit::Day, "2026-10-24T22:30:00Z", "2026-10-24T21:00:00Z", "2026-10-25T22:00:00Z");
        starts(&zone, Unit::Day, "2026-10-24T20:59:59Z", "2026-10-23T21:00:00Z", "2026-10-24T21:00:00Z");
    }

    #[test]
    fn a_skip_over_midnight_begins_the_day_late() {
        let zone = strange();
        // From 23:30 the clock goes to 00:30 of the first of April.
        starts(&zone, Unit::Day, "2026-03-31T23:29:59Z", "2026-03-31T00:00:00Z", "2026-03-31T23:30:00Z");
        starts(&zone, Unit::Month, "2026-03-31T23:30:00Z", "2026-03-31T23:30:00Z", "2026-04-30T23:00:00Z");
    }

    #[test]
    fn a_day_that_was_taken_back_begins_again_and_has_begun_before() {
        let zone = strange();
        // October begins at 23:00Z; a minute later the clock shows 23:01 of September again, for 59 minutes.
        let september = "2026-08-31T23:00:00Z";
        starts(&zone, Unit::Month, "2026-09-30T22:59:59Z", september, "2026-09-30T23:00:00Z");
        starts(&zone, Unit::Month, "2026-09-30T23:00:30Z", "2026-09-30T23:00:00Z", "2026-11-01T00:00:00Z");
        starts(&zone, Unit::Month, "2026-09-30T23:30:00Z", september, "2026-10-01T00:00:00Z");
        starts(&zone, Unit::Month, "2026-10-01T00:00:00Z", "2026-09-30T23:00:00Z", "2026-11-01T00:00:00Z");
    }

    #[test]
    fn a_day_that_the_calendar_skips_is_never_shown() {
        let zone = strange();
        // The 30th of November, a Monday, does not happen.
        starts(&zone, Unit::Day, "2026-11-29T12:00:00Z", "2026-11-29T00:00:00Z", "2026-11-30T00:00:00Z");
        starts(&zone, Unit::Day, "2026-11-30T00:00:00Z", "2026-11-30T00:00:00Z", "2026-12-01T00:00:00Z");
        starts(&zone, Unit::Week, "2026-12-01T00:00:00Z", "2026-11-30T00:00:00Z", "2026-12-06T00:00:00Z");
        assert_eq!(zone.local(parse_instant("2026-11-30T00:00:00Z").unwrap()).unwrap().weekday, Weekday::Tue);
    }

    #[test]
    fn a_day_that_was_skipped_and_is_shown_after_all() {
        // At 23:00 of the tenth the clock goes to 00:59 of the twelfth, and back half an hour later.
        let zone = zone(0, &[("2026-05-10T23:00:00Z", 93_540), ("2026-05-10T23:30:00Z", 0)]);
        starts(&zone, Unit::Day, "2026-05-11T12:00:00Z", "2026-05-11T00:00:00Z", "2026-05-12T00:00:00Z");
        starts(&zone, Unit::Day, "2026-05-10T23:45:00Z", "2026-05-10T00:00:00Z", "2026-05-11T00:00:00Z");
        starts(&zone, Unit::Day, "2026-05-12T12:00:00Z", "2026-05-10T23:00:00Z", "2026-05-13T00:00:00Z");
    }

    #[test]
    fn outside_of_the_span_there_is_no_answer() {
        let zone = midnight();
        for instant in [zone.from() - 1, zone.until(), i64::MIN, i64::MAX, 0] {
            assert_eq!(zone.offset_at(instant), Err(OutOfRange));
            assert_eq!(zone.local(instant), Err(OutOfRange));
            for unit in Unit::ALL {
                assert_eq!(zone.start_of(unit, instant), Err(OutOfRange));
                assert_eq!(zone.start_of_next(unit, instant), Err(OutOfRange));
            }
        }
        // At two o'clock in the morning the day began before the span.
        assert_eq!(zone.local(zone.from()).unwrap().time, 2 * HOUR);
        assert_eq!(zone.start_of(Unit::Day, zone.from()), Err(OutOfRange));
        assert_eq!(zone.start_of_next(Unit::Day, zone.from()), Ok(zone.from() + 22 * HOUR));
        // The last day ends outside of it.
        assert_eq!(zone.start_of_next(Unit::Day, zone.until() - 1), Err(OutOfRange));
        assert_eq!(zone.start_of(Unit::Day, zone.until() - 1), Ok(zone.until() - 2 * HOUR));
        assert_eq!(zone.start_of_next(Unit::Month, zone.until() - 3 * HOUR), Ok(zone.until() - 2 * HOUR));
        assert_eq!(zone.start_of(Unit::Week, zone.from() + 24 * HOUR), Err(OutOfRange));
    }

    #[test]
    fn tables_are_checked() {
        let table = midnight().table().clone();
        let span = Table { until: table.from, ..table.clone() };
        assert_eq!(Zone::try_from(span), Err(TableError::Span));
        assert_eq!(Zone::try_from(Table { until: i64::MAX, ..table.clone() }), Err(TableError::Span));
        assert_eq!(Zone::try_from(Table { from: i64::MIN, ..table.clone() }), Err(TableError::Span));
        assert_eq!(Zone::try_from(Table { first: 93_600, ..table.clone() }), Err(TableError::Offset));
        assert_eq!(Zone::try_from(Table { first: i32::MIN, ..table.clone() }), Err(TableError::Offset));
        let mut turned = table.clone();
        turned.transitions.reverse();
        assert_eq!(Zone::try_from(turned), Err(TableError::Order));
        let early = Table { from: table.transitions[0].0, ..table.clone() };
        assert_eq!(Zone::try_from(early), Err(TableError::Order));

        let bytes = postcard::to_allocvec(&midnight()).unwrap();
        assert_eq!(postcard::from_bytes::<Zone>(&bytes).unwrap(), midnight());
        let mut bad = midnight().table().clone();
        bad.transitions.reverse();
        let bytes = postcard::to_allocvec(&bad).unwrap();
        assert!(postcard::from_bytes::<Zone>(&bytes).is_err());
    }

    proptest! {
        #[test]
        fn starts_lie_around_their_instant(
            first in -50_000..50_000_i32,
            changes in prop::collection::btree_map(1..20_000_i64, -93_599..=93_599_i32, 0..6),
            at in 0..20_000 * MINUTE,
        ) {
            let transitions = changes.into_iter().map(|(minute, offset)| (minute * 60, offset)).collect();
            let table = Table { name: String::new(), from: 0, until: 20_000 * 60, first, transitions };
            let zone = Zone::try_from(table).unwrap();
            let today = zone.local(at).unwrap().days;
            for unit in Unit::ALL {
                let (from, until) = unit.around(today);
                if let Ok(start) = zone.start_of(unit, at) {
                    prop_assert!(start <= at);
                    prop_assert!((from..until).contains(&zone.local(start).unwrap().days));
                    // No minute before it has such a date.
                    for minute in 0..=(start - 1).max(0) / MINUTE {
                        let minute = minute * MINUTE;
                        prop_assert!(minute >= start || !(from..until).contains(&zone.local(minute).unwrap().days));
                    }
                }
                if let Ok(next) = zone.start_of_next(unit, at) {
                    prop_assert!(next > at);
                    prop_assert!(zone.local(next).unwrap().days >= until);
                    for minute in at / MINUTE + 1..next / MINUTE {
                        prop_assert!(zone.local(minute * MINUTE).unwrap().days < until);
                    }
                    prop_assert!(zone.local(next - 1).unwrap().days < until);
                }
            }
        }
    }
}
