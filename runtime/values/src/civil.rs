//! The calendar: numbers of days as year, month and day, weekdays, and where weeks and months begin.
//!
//! It is the proleptic Gregorian calendar of ISO 8601. Day 0 is 1970-01-01, a Thursday. The conversions are
//! Howard Hinnant's `days_from_civil` and `civil_from_days` ("chrono-Compatible Low-Level Date Algorithms",
//! <https://howardhinnant.github.io/date_algorithms.html>): a year is counted from March, so that the leap day
//! is its last, and 400 years are one era of 146,097 days.

use std::fmt;
use std::num::Saturating;

use serde::{Deserialize, Serialize};

/// Days of 400 years.
const ERA: i64 = 146_097;

/// Days from 0000-03-01, where Hinnant's count begins, to 1970-01-01.
const SHIFT: i64 = 719_468;

/// A day of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CivilDate {
    /// The year; 0 is the year before 1.
    pub year: i64,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
}

impl CivilDate {
    /// The date of a number of days since 1970-01-01.
    #[must_use]
    pub fn of_days(days: i64) -> CivilDate {
        // The era is found in wider arithmetic, since the shift may leave 64 bits; all after it is small.
        let shifted = i128::from(days).saturating_add(i128::from(SHIFT));
        let era = Saturating(i64::try_from(shifted.div_euclid(i128::from(ERA))).unwrap_or_default());
        let day_of_era = i64::try_from(shifted.rem_euclid(i128::from(ERA))).unwrap_or_default();

        let s = Saturating;
        let leaps = s(day_of_era / 1_460) - s(day_of_era / 36_524) + s(day_of_era / 146_096);
        let year_of_era = (s(day_of_era) - leaps).0 / 365;
        let day_of_year = s(day_of_era) - (s(year_of_era) * s(365) + s(year_of_era / 4) - s(year_of_era / 100));
        let month_from_march = (day_of_year * s(5) + s(2)).0 / 153;
        let day = day_of_year - s((s(month_from_march) * s(153) + s(2)).0 / 5) + s(1);
        let month = s(month_from_march) + if month_from_march < 10 { s(3) } else { s(-9) };
        let year = era * s(400) + s(year_of_era) + s(i64::from(month.0 <= 2));
        CivilDate {
            year: year.0,
            month: u8::try_from(month.0).unwrap_or_default(),
            day: u8::try_from(day.0).unwrap_or_default(),
        }
    }

    /// Days since 1970-01-01; `None` where the calendar has no such day, or for a day beyond 64 bits.
    #[must_use]
    pub fn days(self) -> Option<i64> {
        if self.day < 1 || self.day > days_in_month(self.year, self.month)? {
            return None;
        }
        if let Ok(year @ 1..=9999) = u32::try_from(self.year) {
            return Some(days_of_our_era(year, u32::from(self.month), u32::from(self.day)));
        }
        let s = Saturating;
        let early = self.month <= 2;
        let year = self.year.checked_sub(i64::from(early))?;
        let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
        let month_from_march = s(i64::from(self.month)) + if early { s(9) } else { s(-3) };
        let day_of_year = s((month_from_march * s(153) + s(2)).0 / 5) + s(i64::from(self.day)) - s(1);
        let day_of_era = s(year_of_era) * s(365) + s(year_of_era / 4) - s(year_of_era / 100) + day_of_year;
        let eras = i128::from(era).saturating_mul(i128::from(ERA));
        i64::try_from(eras.saturating_add(i128::from((day_of_era - s(SHIFT)).0))).ok()
    }
}

impl fmt::Display for CivilDate {
    /// `2026-03-27`; years that need more or fewer than four digits have a sign, as ISO 8601 writes them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.year {
            0..=9999 => write!(f, "{:04}", self.year)?,
            _ => write!(f, "{:+05}", self.year)?,
        }
        write!(f, "-{:02}-{:02}", self.month, self.day)
    }
}

/// The same for a day of the years 1 to 9999, for which 32 bits do: nothing wraps.
fn days_of_our_era(year: u32, month: u32, day: u32) -> i64 {
    let early = month <= 2;
    // The years begin in March, 400 years too early, so that nothing is negative.
    let year = year.wrapping_add(400).wrapping_sub(u32::from(early));
    let month_from_march = month.wrapping_add(if early { 9 } else { 0 }).wrapping_sub(if early { 0 } else { 3 });
    let day_of_year = (month_from_march.wrapping_mul(153).wrapping_add(2) / 5).wrapping_add(day).wrapping_sub(1);
    let leaps = (year / 4).wrapping_sub(year / 100).wrapping_add(year / 400);
    let days = year.wrapping_mul(365).wrapping_add(leaps).wrapping_add(day_of_year);
    i64::from(days).wrapping_sub(SHIFT).wrapping_sub(ERA)
}

/// `None` where there is no such month.
fn days_in_month(year: i64, month: u8) -> Option<u8> {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => Some(31),
        4 | 6 | 9 | 11 => Some(30),
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => Some(29),
        2 => Some(28),
        _ => None,
    }
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Weekday {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

impl Weekday {
    /// Monday to Sunday.
    pub const ALL: [Weekday; 7] = [Self::Mon, Self::Tue, Self::Wed, Self::Thu, Self::Fri, Self::Sat, Self::Sun];

    /// The weekday of a number of days since 1970-01-01.
    #[must_use]
    pub fn of_days(days: i64) -> Weekday {
        match days.rem_euclid(7) {
            0 => Self::Thu,
            1 => Self::Fri,
            2 => Self::Sat,
            3 => Self::Sun,
            4 => Self::Mon,
            5 => Self::Tue,
            _ => Self::Wed,
        }
    }

    /// Its number in ISO 8601: Monday is 1, Sunday is 7.
    #[must_use]
    pub fn iso(self) -> u8 {
        match self {
            Self::Mon => 1,
            Self::Tue => 2,
            Self::Wed => 3,
            Self::Thu => 4,
            Self::Fri => 5,
            Self::Sat => 6,
            Self::Sun => 7,
        }
    }

    /// The day after.
    #[must_use]
    pub fn next(self) -> Weekday {
        match self {
            Self::Mon => Self::Tue,
            Self::Tue => Self::Wed,
            Self::Wed => Self::Thu,
            Self::Thu => Self::Fri,
            Self::Fri => Self::Sat,
            Self::Sat => Self::Sun,
            Self::Sun => Self::Mon,
        }
    }

    /// The day before.
    #[must_use]
    pub fn previous(self) -> Weekday {
        match self {
            Self::Mon => Self::Sun,
            Self::Tue => Self::Mon,
            Self::Wed => Self::Tue,
            Self::Thu => Self::Wed,
            Self::Fri => Self::Thu,
            Self::Sat => Self::Fri,
            Self::Sun => Self::Sat,
        }
    }

    /// As policies write it: `mon`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Mon => "mon",
            Self::Tue => "tue",
            Self::Wed => "wed",
            Self::Thu => "thu",
            Self::Fri => "fri",
            Self::Sat => "sat",
            Self::Sun => "sun",
        }
    }

    /// Reads what [`Weekday::name`] writes, and nothing else.
    #[must_use]
    pub fn parse(name: &str) -> Option<Weekday> {
        Self::ALL.into_iter().find(|day| day.name() == name)
    }
}

/// A span of the calendar that may be counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Unit {
    /// A day.
    Day,
    /// A week, from Monday on.
    Week,
    /// A month.
    Month,
}

impl Unit {
    /// All units.
    pub const ALL: [Unit; 3] = [Self::Day, Self::Week, Self::Month];

    /// The first day of the unit in which a day lies, and the first day of the unit after it.
    ///
    /// Both are days since 1970-01-01, as is the argument. At the ends of 64 bits they stop there.
    #[must_use]
    pub fn around(self, days: i64) -> (i64, i64) {
        match self {
            Self::Day => (days, days.saturating_add(1)),
            Self::Week => {
                let passed = i64::from(Weekday::of_days(days).iso()).saturating_sub(1);
                let monday = days.saturating_sub(passed);
                (monday, monday.saturating_add(7))
            }
            Self::Month => {
                let date = CivilDate::of_days(days);
                let first = days.saturating_sub(i64::from(date.day).saturating_sub(1));
                let length = days_in_month(date.year, date.month).unwrap_or_default();
                (first, first.saturating_add(i64::from(length)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn days(year: i64, month: u8, day: u8) -> Option<i64> {
        CivilDate { year, month, day }.days()
    }

    #[test]
    fn known_days() {
        assert_eq!(days(1970, 1, 1), Some(0));
        assert_eq!(days(1969, 12, 31), Some(-1));
        assert_eq!(days(2000, 2, 29), Some(11_016));
        assert_eq!(days(2026, 3, 27), Some(20_539));
        assert_eq!(days(9999, 12, 31), Some(2_932_896));
        assert_eq!(days(1, 1, 1), Some(-719_162));
        for (year, month, day) in
            [(2026, 2, 29), (1900, 2, 29), (2100, 2, 29), (2026, 4, 31), (2026, 13, 1), (2026, 0, 1), (2026, 1, 0)]
        {
            assert_eq!(days(year, month, day), None, "{year}-{month}-{day}");
        }
        assert_eq!(days(i64::MAX, 1, 1), None);
        assert_eq!(days(i64::MIN, 1, 1), None);
    }

    #[test]
    fn days_follow_each_other_through_eight_centuries() {
        let mut date = CivilDate { year: 1600, month: 1, day: 1 };
        let mut day = date.days().unwrap();
        let mut weekday = Weekday::Sat;
        while date.year < 2400 {
            assert_eq!(CivilDate::of_days(day), date);
            assert_eq!(date.days(), Some(day));
            assert_eq!(Weekday::of_days(day), weekday, "{date}");
            date.day += 1;
            if date.days().is_none() {
                (date.month, date.day) = (date.month + 1, 1);
            }
            if date.days().is_none() {
                (date.year, date.month) = (date.year + 1, 1);
            }
            day += 1;
            weekday = weekday.next();
        }
    }

    #[test]
    fn weekdays_go_round() {
        for (number, day) in Weekday::ALL.into_iter().enumerate() {
            assert_eq!(usize::from(day.iso()), number + 1);
            assert_eq!(day.next().previous(), day);
            assert_eq!(day.next().iso() % 7, (day.iso() + 1) % 7);
            assert_eq!(Weekday::parse(day.name()), Some(day));
        }
        assert_eq!(Weekday::parse("Mon"), None);
        assert_eq!(Weekday::parse("monday"), None);
    }

    #[test]
    fn units_begin_where_the_calendar_says() {
        let day = days(2028, 2, 29).unwrap();
        assert_eq!(Unit::Day.around(day), (day, day + 1));
        assert_eq!(Unit::Week.around(day), (days(2028, 2, 28).unwrap(), days(2028, 3, 6).unwrap()));
        assert_eq!(Unit::Month.around(day), (days(2028, 2, 1).unwrap(), days(2028, 3, 1).unwrap()));
        let last = days(2026, 12, 31).unwrap();
        assert_eq!(Unit::Month.around(last).1, days(2027, 1, 1).unwrap());
    }

    proptest! {
        #[test]
        fn every_number_of_days_is_a_date(day: i64) {
            let date = CivilDate::of_days(day);
            prop_assert_eq!(date.days(), Some(day));
            for unit in Unit::ALL {
                let (first, next) = unit.around(day);
                prop_assert!(first <= day && (day < next || next == i64::MAX));
            }
        }
    }

    #[test]
    fn the_ends_of_64_bits_are_days() {
        for day in [i64::MIN, i64::MAX] {
            assert_eq!(CivilDate::of_days(day).days(), Some(day));
            for unit in Unit::ALL {
                let (first, next) = unit.around(day);
                assert!(first <= day && day <= next);
            }
        }
    }
}
