//! Weekly ranges of local time, as policies write them: `mon..fri 09:00..17:00`.
//!
//! Whether an instant lies within one is read off the wall: the weekday and the time that calendar and clock of the
//! zone show then, and nothing else. So where clocks are set back, a range over the repeated hour holds in both of
//! them, and where they are set forward, one over the missing hour never holds. A range includes its start and
//! excludes its end.

use std::fmt;
use std::num::NonZero;

use serde::{Deserialize, Serialize};

use crate::civil::Weekday;
use crate::time::{DAY, SECOND};
use crate::zone::{OutOfRange, Zone};

/// A set of days of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Weekdays(u8);

impl Weekdays {
    /// No day.
    pub const NONE: Weekdays = Weekdays(0);
    /// Every day.
    pub const ALL: Weekdays = Weekdays(0x7f);

    /// From one day to another, both included; `sat..mon` goes over the end of the week.
    #[must_use]
    pub fn range(first: Weekday, last: Weekday) -> Weekdays {
        let (mut days, mut day) = (Weekdays::NONE.with(first), first);
        while day != last {
            day = day.next();
            days = days.with(day);
        }
        days
    }

    /// The set with this day as well.
    #[must_use]
    pub fn with(self, day: Weekday) -> Weekdays {
        Weekdays(self.0 | bit(day))
    }

    /// The days of either set.
    #[must_use]
    pub fn union(self, other: Weekdays) -> Weekdays {
        Weekdays(self.0 | other.0)
    }

    /// Whether the day is in the set.
    #[must_use]
    pub fn contains(self, day: Weekday) -> bool {
        self.0 & bit(day) != 0
    }

    /// Whether no day is in the set.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// One bit a day; Monday is the lowest.
    #[must_use]
    pub fn bits(self) -> u8 {
        self.0
    }

    /// The set with these bits; `None` if there is a bit that is no day's.
    #[must_use]
    pub fn from_bits(bits: u8) -> Option<Weekdays> {
        (bits & !Self::ALL.0 == 0).then_some(Weekdays(bits))
    }

    /// The days, from Monday on.
    pub fn iter(self) -> impl Iterator<Item = Weekday> {
        Weekday::ALL.into_iter().filter(move |day| self.contains(*day))
    }
}

fn bit(day: Weekday) -> u8 {
    match day {
        Weekday::Mon => 1,
        Weekday::Tue => 2,
        Weekday::Wed => 4,
        Weekday::Thu => 8,
        Weekday::Fri => 16,
        Weekday::Sat => 32,
        Weekday::Sun => 64,
    }
}

impl TryFrom<u8> for Weekdays {
    type Error = &'static str;

    fn try_from(bits: u8) -> Result<Self, Self::Error> {
        Self::from_bits(bits).ok_or("not a set of weekdays")
    }
}

impl From<Weekdays> for u8 {
    fn from(days: Weekdays) -> u8 {
        days.0
    }
}

impl fmt::Display for Weekdays {
    /// One range where the set is one, `mon..fri` or `sat..mon`, or else the days: `mon, wed`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for first in self.iter() {
            for last in self.iter().filter(|last| *last != first) {
                let whole = *self == Weekdays::ALL && (first, last) != (Weekday::Mon, Weekday::Sun);
                if !whole && Weekdays::range(first, last) == *self {
                    return write!(f, "{}..{}", first.name(), last.name());
                }
            }
        }
        let names: Vec<&str> = self.iter().map(Weekday::name).collect();
        f.write_str(&names.join(", "))
    }
}

/// Whether two times of day, in microseconds since midnight, are the start and the end of a range.
///
/// A start is before 24:00, an end is at 24:00 at the latest, and they differ: `09:00..09:00` could mean nothing or
/// a whole day, and the whole day is written `00:00..24:00`.
#[must_use]
pub fn is_range(start: i64, end: i64) -> bool {
    (0..DAY).contains(&start) && (0..=DAY).contains(&end) && start != end
}

/// Whether an instant lies in a weekly range of the zone's local time.
///
/// `start` and `end` are in microseconds since midnight; the end is excluded. A range that ends before it starts goes
/// over midnight, and belongs to the day on which it opens: `fri 22:00..06:00` ends on Saturday morning. The morning
/// counts if the calendar's day before is in `days`, even where clocks have skipped that day. Where [`is_range`] is
/// false, nothing lies within.
///
/// # Errors
///
/// [`OutOfRange`] for an instant that the zone's table does not cover, whatever the range.
pub fn within(zone: &Zone, instant: i64, days: Weekdays, start: i64, end: i64) -> Result<bool, OutOfRange> {
    let local = zone.local(instant)?;
    let today = days.contains(local.weekday);
    let yesterday = days.contains(local.weekday.previous());
    let held = match (is_range(start, end), start < end) {
        (false, _) => false,
        (true, true) => today && start <= local.time && local.time < end,
        (true, false) => (today && start <= local.time) || (yesterday && local.time < end),
    };
    Ok(held)
}

const MICROS_OF_DAY: NonZero<u64> = NonZero::new(DAY.cast_unsigned()).expect("a day has microseconds");

/// Microseconds from a Monday to 1970-01-01, a Thursday: more than the half of what 64 bits hold, and less than all of it.
const MONDAY: i64 = {
    let week = 7 * DAY;
    (i64::MAX / 2 / week + 2) * week + 3 * DAY
};

/// A weekly range of a zone's local time, ready to be asked often: what [`within`] answers, without looking anything up but
/// the offset.
#[derive(Debug, Clone)]
pub struct Weekly {
    /// The first microsecond covered, and the first one that is not.
    from: i64,
    until: i64,
    /// From which microsecond on local time is how many microseconds ahead of UTC; the first one holds from the beginning.
    offsets: Vec<(i64, i64)>,
    /// The days on which the range opens, and those before which it does; one bit a day, Monday is the lowest.
    today: u8,
    yesterday: u8,
    start: i64,
    end: i64,
}

impl Weekly {
    /// The range of a zone on some days, see [`within`].
    #[must_use]
    pub fn new(zone: &Zone, days: Weekdays, start: i64, end: i64) -> Self {
        let table = zone.table();
        let offset = |(at, offset): &(i64, i32)| (at.saturating_mul(SECOND), i64::from(*offset).saturating_mul(SECOND));
        let offsets = [(i64::MIN, table.first)].iter().chain(&table.transitions).map(offset).collect();
        let today = if is_range(start, end) { days.bits() } else { 0 };
        // Sunday comes before Monday.
        let yesterday = if start < end { 0 } else { ((today << 1) | (today >> 6)) & Weekdays::ALL.0 };
        Self { from: zone.from(), until: zone.until(), offsets, today, yesterday, start, end }
    }

    /// Whether an instant lies within.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`] for an instant that the zone's table does not cover, whatever the range.
    #[inline]
    pub fn holds(&self, instant: i64) -> Result<bool, OutOfRange> {
        if instant < self.from || self.until <= instant {
            return Err(OutOfRange);
        }
        let offset = match self.offsets[..] {
            [(_, only)] => only,
            _ => {
                let passed = self.offsets.partition_point(|(at, _)| *at <= instant);
                passed.checked_sub(1).and_then(|last| self.offsets.get(last)).map_or(0, |(_, offset)| *offset)
            }
        };
        // Instants that are covered, and their local times, lie between plus and minus the half of what 64 bits hold.
        // Counted from a Monday before all of them, none is negative.
        let local = instant.wrapping_add(offset).wrapping_add(MONDAY).cast_unsigned();
        let (days, time) = (local / MICROS_OF_DAY, (local % MICROS_OF_DAY).cast_signed());
        let weekday = days % 7;
        let is_on = |days: u8| days >> weekday & 1 == 1;
        let opened = is_on(self.today) && self.start <= time && (self.end <= self.start || time < self.end);
        Ok(opened || is_on(self.yesterday) && time < self.end)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::time::{HOUR, MINUTE, parse_instant, parse_time};
    use crate::zone::Table;

    /// An hour east of UTC, two from 2026-03-29T01:00:00Z to 2026-10-25T01:00:00Z, as in central Europe.
    fn zone() -> Zone {
        let second = |text| parse_instant(text).unwrap() / 1_000_000;
        let transitions = vec![(second("2026-03-29T01:00:00Z"), 7_200), (second("2026-10-25T01:00:00Z"), 3_600)];
        let (from, until) = (second("2026-01-01T00:00:00Z"), second("2027-01-01T00:00:00Z"));
        Zone::try_from(Table { name: "Test/Zone".to_owned(), from, until, first: 3_600, transitions }).unwrap()
    }

    fn at(instant: &str, days: Weekdays, start: &str, end: &str) -> bool {
        let end = crate::time::parse_end_time(end).unwrap();
        within(&zone(), parse_instant(instant).unwrap(), days, parse_time(start).unwrap(), end).unwrap()
    }

    #[test]
    fn a_range_includes_its_start_and_excludes_its_end() {
        let week = Weekdays::range(Weekday::Mon, Weekday::Fri);
        // 2026-03-27 is a Friday.
        assert!(!at("2026-03-27T07:59:59.999999Z", week, "09:00", "17:00"));
        assert!(at("2026-03-27T08:00:00Z", week, "09:00", "17:00"));
        assert!(at("2026-03-27T15:59:59.999999Z", week, "09:00", "17:00"));
        assert!(!at("2026-03-27T16:00:00Z", week, "09:00", "17:00"));
        assert!(!at("2026-03-28T12:00:00Z", week, "09:00", "17:00"));
        // After the change on Sunday, nine o'clock is an hour earlier.
        assert!(at("2026-03-30T07:00:00Z", week, "09:00", "17:00"));
    }

    #[test]
    fn a_night_belongs_to_the_day_on_which_it_opens() {
        let friday = Weekdays::NONE.with(Weekday::Fri);
        assert!(!at("2026-03-27T20:59:59.999999Z", friday, "22:00", "06:00"));
        assert!(at("2026-03-27T21:00:00Z", friday, "22:00", "06:00"));
        assert!(at("2026-03-28T04:59:59.999999Z", friday, "22:00", "06:00"));
        assert!(!at("2026-03-28T05:00:00Z", friday, "22:00", "06:00"));
        assert!(!at("2026-03-27T01:00:00Z", friday, "22:00", "06:00"), "that morning is Thursday's");
        assert!(!at("2026-03-28T21:00:00Z", friday, "22:00", "06:00"));
        assert!(at("2026-03-27T22:59:59.999999Z", friday, "22:00", "00:00"));
        assert!(!at("2026-03-27T23:00:00Z", friday, "22:00", "00:00"));
    }

    #[test]
    fn nights_follow_the_clock_when_it_is_set() {
        let saturday = Weekdays::NONE.with(Weekday::Sat);
        // The night of the 28th of March is an hour shorter, that of the 24th of October an hour longer.
        assert!(at("2026-03-28T21:00:00Z", saturday, "22:00", "06:00"));
        assert!(at("2026-03-29T03:59:59.999999Z", saturday, "22:00", "06:00"));
        assert!(!at("2026-03-29T04:00:00Z", saturday, "22:00", "06:00"));
        assert!(at("2026-10-24T20:00:00Z", saturday, "22:00", "06:00"));
        assert!(at("2026-10-25T04:59:59.999999Z", saturday, "22:00", "06:00"));
        assert!(!at("2026-10-25T05:00:00Z", saturday, "22:00", "06:00"));
    }

    #[test]
    fn the_missing_hour_never_counts_and_the_repeated_one_twice() {
        let minutes = |from: &str| {
            let from = parse_instant(from).unwrap();
            let inside = |m: &i64| within(&zone(), from + m * MINUTE, Weekdays::ALL, 2 * HOUR, 3 * HOUR).unwrap();
            (0..6 * 60).filter(inside).count()
        };
        assert_eq!(minutes("2026-03-28T23:00:00Z"), 0);
        assert_eq!(minutes("2026-10-24T22:00:00Z"), 120);
        assert_eq!(minutes("2026-06-01T22:00:00Z"), 60);
    }

    #[test]
    fn what_is_no_range_holds_nothing() {
        for (start, end) in
            [(0, 0), (9 * HOUR, 9 * HOUR), (DAY, DAY), (DAY, HOUR), (0, DAY + 1), (-1, HOUR), (i64::MIN, i64::MAX)]
        {
            assert!(!is_range(start, end));
            assert_eq!(
                within(&zone(), parse_instant("2026-03-27T08:00:00Z").unwrap(), Weekdays::ALL, start, end),
                Ok(false)
            );
        }
        assert_eq!(within(&zone(), 0, Weekdays::NONE, 0, 0), Err(OutOfRange));
    }

    #[test]
    fn sets_of_weekdays() {
        use Weekday::*;
        let days = |first, last| Weekdays::range(first, last).iter().collect::<Vec<_>>();
        assert_eq!(days(Mon, Fri), [Mon, Tue, Wed, Thu, Fri]);
        assert_eq!(days(Sat, Mon), [Mon, Sat, Sun]);
        assert_eq!(days(Sun, Sun), [Sun]);
        assert_eq!(Weekdays::range(Wed, Tue), Weekdays::ALL);
        for (set, text) in [
            (Weekdays::range(Mon, Fri), "mon..fri"),
            (Weekdays::range(Sat, Mon), "sat..mon"),
            (Weekdays::range(Sat, Sun), "sat..sun"),
            (Weekdays::ALL, "mon..sun"),
            (Weekdays::NONE.with(Wed), "wed"),
            (Weekdays::NONE.with(Wed).with(Mon), "mon, wed"),
            (Weekdays::NONE, ""),
        ] {
            assert_eq!(set.to_string(), text);
            assert_eq!(Weekdays::from_bits(set.bits()), Some(set));
        }
        assert_eq!(Weekdays::from_bits(0x80), None);
        assert!(postcard::from_bytes::<Weekdays>(&[0xff]).is_err());
    }

    proptest! {
        #[test]
        fn whole_days_leave_nothing_out(minute in 0..360 * 1_440_i64, bits in 0..=0x7f_u8) {
            let zone = zone();
            let instant = zone.from() + minute * MINUTE;
            let days = Weekdays::from_bits(bits).unwrap();
            let expected = days.contains(zone.local(instant).unwrap().weekday);
            prop_assert_eq!(within(&zone, instant, days, 0, DAY), Ok(expected));
        }

        #[test]
        fn a_range_and_the_rest_of_the_day_exclude_each_other(
            minute in 0..360 * 1_440_i64, start in 0..1_440_i64, end in 0..1_440_i64,
        ) {
            prop_assume!(start != end);
            let zone = zone();
            let instant = zone.from() + minute * MINUTE;
            let inside = within(&zone, instant, Weekdays::ALL, start * MINUTE, end * MINUTE).unwrap();
            let outside = within(&zone, instant, Weekdays::ALL, end * MINUTE, start * MINUTE).unwrap();
            prop_assert_ne!(inside, outside);
        }
    }

    proptest! {
        #[test]
        fn what_is_ready_answers_the_same(
            second in parse_instant("2025-12-31T00:00:00Z").unwrap() / SECOND
                ..parse_instant("2027-01-02T00:00:00Z").unwrap() / SECOND,
            days in 0_u8..128,
            start in 0_i64..24,
            end in 0_i64..25,
            changing: bool,
        ) {
            let flat = Zone::try_from(Table { transitions: Vec::new(), ..zone().table().clone() }).unwrap();
            let zone = if changing { zone() } else { flat };
            let days = Weekdays::from_bits(days).unwrap();
            let (start, end) = (start * HOUR, end * HOUR);
            let ready = Weekly::new(&zone, days, start, end);
            for instant in [second * SECOND, second / 3_600 * HOUR, second / 3_600 * HOUR - 1] {
                prop_assert_eq!(ready.holds(instant), within(&zone, instant, days, start, end));
            }
        }
    }
}
