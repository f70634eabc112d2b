//! Local time, asked of the time zone library: the reference for the tables that compiled policies carry.
//!
//! The questions and the answers are those of `zt_values::zone` and `zt_values::ranges`, but nothing is shared with
//! them except how weekdays and units are named: calendar, offsets and the beginnings of days are the library's.

use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use jiff::{SignedDuration, Timestamp, ToSpan, Zoned};
use zt_values::civil::{Unit, Weekday};
use zt_values::ranges::Weekdays;
use zt_values::time::{format_date, format_time};
use zt_values::zone::{Local, OutOfRange};

use crate::zone::{self, ZoneError};

/// Calendar and clock of one time zone. Instants are in microseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone)]
pub struct Clock {
    zone: TimeZone,
}

impl Clock {
    /// The clock of the zone with this name.
    ///
    /// # Errors
    ///
    /// [`ZoneError::Unknown`] unless the name is exactly that of a zone.
    pub fn new(name: &str) -> Result<Clock, ZoneError> {
        zone::find(name).map(|zone| Clock { zone })
    }

    /// Whether the clock shows a time from `start` until before `end`, in microseconds since midnight, on one of these
    /// days, or in the night that opened on one of them.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`] outside of the years that zones are pinned for.
    pub fn within(&self, instant: i64, days: Weekdays, start: i64, end: i64) -> Result<bool, OutOfRange> {
        let shown = self.shown(instant)?.datetime();
        let day = SignedDuration::from_hours(24);
        let (start, end) = (SignedDuration::from_micros(start), SignedDuration::from_micros(end));
        if start.is_negative() || start >= day || end.is_negative() || end > day || start == end {
            return Ok(false);
        }
        let length = if start < end { end - start } else { end + day - start };
        let today = shown.date();
        for opening_day in [today, today.yesterday().map_err(|_| OutOfRange)?] {
            let opens = midnight(opening_day).checked_add(start).map_err(|_| OutOfRange)?;
            let closes = opens.checked_add(length).map_err(|_| OutOfRange)?;
            if days.contains(weekday(opening_day)) && opens <= shown && shown < closes {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The first instant of the day, week or month that the calendar shows.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`] if the instant or the answer lies outside of the years that zones are pinned for.
    pub fn start_of(&self, unit: Unit, instant: i64) -> Result<i64, OutOfRange> {
        let shown = self.shown(instant)?;
        let (first, _) = bounds(unit, shown.date())?;
        self.midnights(first)?.into_iter().next().ok_or(OutOfRange).and_then(answer)
    }

    /// The first instant after this one that the calendar shows in a later day, week or month.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`] if the instant or the answer lies outside of the years that zones are pinned for.
    pub fn start_of_next(&self, unit: Unit, instant: i64) -> Result<i64, OutOfRange> {
        let shown = self.shown(instant)?;
        let (_, next) = bounds(unit, shown.date())?;
        let now = shown.timestamp();
        self.midnights(next)?.into_iter().find(|start| *start > now).ok_or(OutOfRange).and_then(answer)
    }

    /// What calendar and clock show.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`] outside of the years that zones are pinned for.
    pub fn local(&self, instant: i64) -> Result<Local, OutOfRange> {
        let shown = self.shown(instant)?.datetime();
        let days = shown.date().duration_since(jiff::civil::date(1970, 1, 1)).as_hours() / 24;
        let time = shown.duration_since(midnight(shown.date())).as_micros();
        let time = i64::try_from(time).map_err(|_| OutOfRange)?;
        Ok(Local { days, time, weekday: weekday(shown.date()) })
    }

    /// What calendar and clock show, for people: `fri 2026-03-27 10:00`.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`] outside of the years that zones are pinned for.
    pub fn tell(&self, instant: i64) -> Result<String, OutOfRange> {
        let Local { days, time, weekday } = self.local(instant)?;
        Ok(format!("{} {} {}", weekday.name(), format_date(days), format_time(time)))
    }

    fn shown(&self, instant: i64) -> Result<Zoned, OutOfRange> {
        let at = Timestamp::from_microsecond(instant).map_err(|_| OutOfRange)?;
        answer(at)?;
        Ok(at.to_zoned(self.zone.clone()))
    }

    /// When a day begins: once, or twice where the clock is set back over midnight. Where the clock skips midnight, that
    /// is when it skips.
    fn midnights(&self, day: Date) -> Result<Vec<Timestamp>, OutOfRange> {
        let midnight = midnight(day);
        let at = |offset: Offset| offset.to_timestamp(midnight).map_err(|_| OutOfRange);
        match self.zone.to_ambiguous_timestamp(midnight).offset() {
            AmbiguousOffset::Unambiguous { offset } => Ok(vec![at(offset)?]),
            AmbiguousOffset::Fold { before, after } => Ok(vec![at(before)?, at(after)?]),
            AmbiguousOffset::Gap { after, .. } => {
                // By the clock as it goes after the skip, midnight lies before the skip.
                let skip = self.zone.following(at(after)?).find(|change| change.offset() == after);
                Ok(vec![skip.ok_or(OutOfRange)?.timestamp()])
            }
        }
    }
}

fn answer(at: Timestamp) -> Result<i64, OutOfRange> {
    let (from, until) = zone::span();
    if from <= at && at < until { Ok(at.as_microsecond()) } else { Err(OutOfRange) }
}

fn midnight(day: Date) -> DateTime {
    day.at(0, 0, 0, 0)
}

/// The first day of a unit, and that of the next.
fn bounds(unit: Unit, day: Date) -> Result<(Date, Date), OutOfRange> {
    let (first, length) = match unit {
        Unit::Day => (day, 1.day()),
        Unit::Week => {
            let passed = day.weekday().to_monday_zero_offset();
            (day.checked_sub(passed.days()).map_err(|_| OutOfRange)?, 1.week())
        }
        Unit::Month => (day.first_of_month(), 1.month()),
    };
    Ok((first, first.checked_add(length).map_err(|_| OutOfRange)?))
}

fn weekday(day: Date) -> Weekday {
    match day.weekday() {
        jiff::civil::Weekday::Monday => Weekday::Mon,
        jiff::civil::Weekday::Tuesday => Weekday::Tue,
        jiff::civil::Weekday::Wednesday => Weekday::Wed,
        jiff::civil::Weekday::Thursday => Weekday::Thu,
        jiff::civil::Weekday::Friday => Weekday::Fri,
        jiff::civil::Weekday::Saturday => Weekday::Sat,
        jiff::civil::Weekday::Sunday => Weekday::Sun,
    }
}

#[cfg(test)]
mod tests {
    use zt_values::ranges;
    use zt_values::time::{DAY, HOUR, MINUTE, SECOND, format_instant, parse_instant};
    use zt_values::zone::Zone;

    use super::*;

    /// Zones with half hours, with half hours of summer time, without summer time any more, with summer time that ends
    /// for a month, that change at midnight, that have lost a day, and that changed a minute after midnight.
    const ZONES: &[&str] = &[
        "America/New_York",
        "Europe/Berlin",
        "Europe/London",
        "Asia/Kolkata",
        "Australia/Lord_Howe",
        "America/Sao_Paulo",
        "Africa/Casablanca",
        "Asia/Beirut",
        "Pacific/Apia",
        "America/Havana",
        "America/St_Johns",
        "Pacific/Kiritimati",
        "America/Nuuk",
        "Africa/Monrovia",
    ];

    /// The same numbers every time (Vigna's splitmix64).
    struct Numbers(u64);

    impl Numbers {
        fn below(&mut self, bound: i64) -> i64 {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            i64::try_from((z ^ (z >> 31)) % u64::try_from(bound).unwrap()).unwrap()
        }
    }

    struct Pair {
        name: &'static str,
        table: Zone,
        clock: Clock,
    }

    impl Pair {
        fn new(name: &'static str) -> Pair {
            Pair { name, table: zone::load(name).unwrap(), clock: Clock::new(name).unwrap() }
        }

        fn compare(&self, instant: i64, numbers: &mut Numbers) {
            let what = || format!("{} at {}", self.name, format_instant(instant));
            let offset = self.clock.shown(instant).map(|shown| shown.offset().seconds());
            assert_eq!(self.table.offset_at(instant), offset, "{}", what());
            for unit in Unit::ALL {
                let (table, clock) = (self.table.start_of(unit, instant), self.clock.start_of(unit, instant));
                assert_eq!(table, clock, "start of {unit:?}, {}", what());
                let (table, clock) = (self.table.start_of_next(unit, instant), self.clock.start_of_next(unit, instant));
                assert_eq!(table, clock, "start of next {unit:?}, {}", what());
            }
            let days = Weekdays::from_bits(u8::try_from(numbers.below(128)).unwrap()).unwrap();
            let (start, end) = (numbers.below(24) * HOUR, numbers.below(49) * 30 * MINUTE);
            let mut ranges = vec![(start, end), (end, start), (0, DAY), (22 * HOUR, 6 * HOUR), (DAY, HOUR)];
            assert_eq!(self.table.local(instant), self.clock.local(instant), "{}", what());
            if let Ok(local) = self.table.local(instant) {
                // The edges of these are at the instant itself, and a microsecond later.
                ranges.extend([(local.time, end), (local.time + 1, end), (start, local.time), (start, local.time + 1)]);
            }
            for (start, end) in ranges {
                for days in [days, Weekdays::ALL] {
                    let table = ranges::within(&self.table, instant, days, start, end);
                    let clock = self.clock.within(instant, days, start, end);
                    assert_eq!(table, clock, "{days} {start}..{end}, {}", what());
                }
            }
        }
    }

    #[test]
    fn tables_and_clocks_agree_at_random() {
        let mut numbers = Numbers(1);
        for pair in ZONES.iter().map(|name| Pair::new(name)) {
            for _ in 0..2_000 {
                let instant = numbers.below(pair.table.until());
                pair.compare(instant, &mut numbers);
            }
        }
    }

    #[test]
    fn tables_and_clocks_agree_around_transitions() {
        let mut numbers = Numbers(2);
        let around =
            [0, 1, SECOND, 30 * SECOND, MINUTE, 30 * MINUTE, 59 * MINUTE, HOUR, 2 * HOUR, 23 * HOUR, DAY, 7 * DAY];
        let mut seen = 0;
        for pair in ZONES.iter().map(|name| Pair::new(name)) {
            for (second, _) in &pair.table.table().transitions {
                for distance in around {
                    for instant in [-distance, distance, distance - 1, -distance - 1] {
                        pair.compare(second * SECOND + instant, &mut numbers);
                    }
                }
                seen += 1;
            }
        }
        assert!(seen > 1_500, "only {seen} transitions");
    }

    #[test]
    fn no_transition_is_missing() {
        for pair in ZONES.iter().map(|name| Pair::new(name)) {
            let start = Timestamp::from_microsecond(parse_instant("2026-01-01T00:00:00Z").unwrap()).unwrap();
            let until = Timestamp::from_microsecond(parse_instant("2031-01-01T00:00:00Z").unwrap()).unwrap();
            for change in pair.clock.zone.following(start).take_while(|change| change.timestamp() < until) {
                let at = change.timestamp().as_microsecond();
                assert_eq!(pair.table.offset_at(at), Ok(change.offset().seconds()), "{}", pair.name);
                let before = pair.clock.zone.to_offset(Timestamp::from_microsecond(at - 1).unwrap());
                assert_eq!(pair.table.offset_at(at - 1), Ok(before.seconds()), "{}", pair.name);
            }
        }
    }

    #[test]
    fn tables_and_clocks_agree_at_the_ends() {
        let mut numbers = Numbers(3);
        for pair in ZONES.iter().map(|name| Pair::new(name)) {
            for end in [pair.table.from(), pair.table.until()] {
                for hour in -24 * 40..24 * 40 {
                    pair.compare(end + hour * HOUR, &mut numbers);
                    pair.compare(end + hour * HOUR - 1, &mut numbers);
                }
            }
            for instant in [i64::MIN, i64::MAX] {
                assert_eq!(pair.table.start_of(Unit::Day, instant), Err(OutOfRange));
                assert_eq!(pair.clock.start_of(Unit::Day, instant), Err(OutOfRange));
            }
        }
    }

    #[test]
    fn every_zone_agrees_with_its_clock() {
        let mut numbers = Numbers(4);
        for name in zone::names() {
            let pair = Pair::new(name);
            for (second, _) in pair.table.table().transitions.iter().take(60) {
                let near = numbers.below(2 * DAY) - DAY;
                pair.compare(second * SECOND + near, &mut numbers);
            }
            for _ in 0..20 {
                pair.compare(numbers.below(pair.table.until()), &mut numbers);
            }
        }
    }

    #[track_caller]
    fn starts(name: &'static str, unit: Unit, at: &str, start: &str, next: &str) {
        let pair = Pair::new(name);
        let at = parse_instant(at).unwrap();
        let (start, next) = (parse_instant(start).unwrap(), parse_instant(next).unwrap());
        assert_eq!(pair.clock.start_of(unit, at), Ok(start), "clock");
        assert_eq!(pair.clock.start_of_next(unit, at), Ok(next), "clock, next");
        assert_eq!(pair.table.start_of(unit, at), Ok(start), "table");
        assert_eq!(pair.table.start_of_next(unit, at), Ok(next), "table, next");
    }

    #[test]
    fn known_days_begin_when_they_began() {
        // In Beirut clocks skip midnight; the last Sunday in March begins at one o'clock.
        starts(
            "Asia/Beirut",
            Unit::Day,
            "2026-03-29T12:00:00Z",
            "2026-03-29T01:00:00+03:00",
            "2026-03-30T00:00:00+03:00",
        );
        starts(
            "Asia/Beirut",
            Unit::Day,
            "2026-03-28T21:59:59.999999Z",
            "2026-03-28T00:00:00+02:00",
            "2026-03-29T01:00:00+03:00",
        );
        // In Havana as well; in autumn they are set back from one o'clock to midnight.
        starts(
            "America/Havana",
            Unit::Day,
            "2026-03-08T12:00:00Z",
            "2026-03-08T01:00:00-04:00",
            "2026-03-09T00:00:00-04:00",
        );
        starts(
            "America/Havana",
            Unit::Day,
            "2026-11-01T12:00:00Z",
            "2026-11-01T00:00:00-04:00",
            "2026-11-02T00:00:00-05:00",
        );
        // A day in New York has 23 or 25 hours when clocks are set.
        starts(
            "America/New_York",
            Unit::Day,
            "2026-03-08T12:00:00Z",
            "2026-03-08T00:00:00-05:00",
            "2026-03-09T00:00:00-04:00",
        );
        starts(
            "America/New_York",
            Unit::Week,
            "2026-11-01T12:00:00Z",
            "2026-10-26T00:00:00-04:00",
            "2026-11-02T00:00:00-05:00",
        );
        starts(
            "America/New_York",
            Unit::Month,
            "2026-11-30T12:00:00Z",
            "2026-11-01T00:00:00-04:00",
            "2026-12-01T00:00:00-05:00",
        );
        // Samoa went from Thursday the 29th to Saturday the 31st of December 2011.
        starts(
            "Pacific/Apia",
            Unit::Day,
            "2011-12-30T09:59:59Z",
            "2011-12-29T00:00:00-10:00",
            "2011-12-31T00:00:00+14:00",
        );
        starts(
            "Pacific/Apia",
            Unit::Week,
            "2011-12-31T00:00:00Z",
            "2011-12-26T00:00:00-10:00",
            "2012-01-02T00:00:00+14:00",
        );
        // In Newfoundland clocks were set back a minute after midnight, into the day before.
        starts(
            "America/St_Johns",
            Unit::Month,
            "2009-11-01T02:30:30Z",
            "2009-11-01T00:00:00-02:30",
            "2009-12-01T00:00:00-03:30",
        );
        starts(
            "America/St_Johns",
            Unit::Month,
            "2009-11-01T02:31:00Z",
            "2009-10-01T00:00:00-02:30",
            "2009-11-01T00:00:00-03:30",
        );
    }

    #[test]
    fn half_an_hour_of_summer_time() {
        // On Lord Howe Island clocks are set back by 30 minutes: 01:30 to 02:00 comes twice, and counts twice.
        let pair = Pair::new("Australia/Lord_Howe");
        let from = parse_instant("2026-04-05T00:00:00+11:00").unwrap();
        let half_past_one = HOUR + 30 * MINUTE;
        let inside = |minute: &i64| {
            let at = from + minute * MINUTE;
            let held = ranges::within(&pair.table, at, Weekdays::ALL, half_past_one, 2 * HOUR).unwrap();
            assert_eq!(pair.clock.within(at, Weekdays::ALL, half_past_one, 2 * HOUR), Ok(held));
            held
        };
        assert_eq!((0..6 * 60).filter(inside).count(), 60);
    }
}
