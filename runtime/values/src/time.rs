//! Instants, dates and times of day, read from their text and printed in one way each.
//!
//! Values are whole numbers: an instant is microseconds since 1970-01-01T00:00:00Z, a date is days since
//! 1970-01-01, a time of day is microseconds since midnight. Nothing here asks for the time.

use std::fmt;
use std::ops::RangeInclusive;

use crate::civil::CivilDate;

/// Microseconds of a second.
pub const SECOND: i64 = 1_000_000;
/// Microseconds of a minute.
pub const MINUTE: i64 = 60_000_000;
/// Microseconds of an hour.
pub const HOUR: i64 = 3_600_000_000;
/// Microseconds of 24 hours.
pub const DAY: i64 = 86_400_000_000;

/// The instants that have a text: 1970-01-01T00:00:00Z to 9999-12-31T23:59:59.999999Z.
pub const INSTANTS: RangeInclusive<i64> = 0..=253_402_300_799_999_999;

/// The dates that have a text: 0001-01-01 to 9999-12-31.
pub const DATES: RangeInclusive<i64> = -719_162..=2_932_896;

/// Why the text of a time, a duration or a size was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TimeError {
    /// Not spelled as RFC 3339 writes instants, with `T` and `Z` in upper case.
    NotInstant,
    /// Not spelled `2026-03-27`.
    NotDate,
    /// Not spelled `09:00`, `09:00:30` or `09:00:30.5`.
    NotTime,
    /// Not a duration: `P1DT2H` where ISO 8601 is asked for, a number and a unit in policies.
    NotDuration,
    /// Not a number of bytes, or not a number and a unit.
    NotSize,
    /// The calendar has no such day.
    NoSuchDay,
    /// The clock has no such time.
    NoSuchTime,
    /// A second numbered 60.
    LeapSecond,
    /// A number followed by letters that are no unit.
    UnknownUnit,
    /// More than six digits after the point.
    TooPrecise,
    /// Outside of what the type holds.
    OutOfRange,
}

impl fmt::Display for TimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotInstant => "not an instant",
            Self::NotDate => "not a date",
            Self::NotTime => "not a time of day",
            Self::NotDuration => "not a duration",
            Self::NotSize => "not a size",
            Self::NoSuchDay => "no such day",
            Self::NoSuchTime => "no such time of day",
            Self::LeapSecond => "leap seconds are not accepted",
            Self::UnknownUnit => "no such unit",
            Self::TooPrecise => "finer than microseconds",
            Self::OutOfRange => "out of range",
        })
    }
}

impl std::error::Error for TimeError {}

/// Reads an instant as RFC 3339 writes it, in microseconds since 1970-01-01T00:00:00Z.
///
/// `2026-03-27T14:00:00Z`, with up to six digits after a point, and `Z` or an offset such as `+01:00`. Seconds
/// are required, `T` and `Z` are upper case, and a second 60 is refused: it could not be told from the next one.
/// An instant is in range or not whatever its offset: the year meant is that of UTC.
///
/// # Errors
///
/// The first mistake from the left: [`TimeError::NotInstant`], [`TimeError::NoSuchDay`],
/// [`TimeError::NoSuchTime`], [`TimeError::LeapSecond`], [`TimeError::TooPrecise`]; then
/// [`TimeError::OutOfRange`] outside of [`INSTANTS`].
pub fn parse_instant(text: &str) -> Result<i64, TimeError> {
    let mut cursor = Cursor::new(text, TimeError::NotInstant);
    let days = cursor.date()?;
    cursor.expect(b'T')?;
    let time = cursor.clock(Seconds::Required)?;
    let offset = if cursor.eat(b'Z') {
        0
    } else {
        let west = cursor.eat(b'-');
        if !west {
            cursor.expect(b'+')?;
        }
        let offset = cursor.minutes()?;
        if west { offset.saturating_neg() } else { offset }
    };
    cursor.end()?;
    // A date has four digits for its year: nothing comes near the ends of 64 bits.
    let instant = days.saturating_mul(DAY).saturating_add(time).saturating_sub(offset);
    if INSTANTS.contains(&instant) { Ok(instant) } else { Err(TimeError::OutOfRange) }
}

/// Prints an instant in UTC, with as many digits after the point as it needs: `2026-03-27T14:00:00Z`.
///
/// What lies outside of [`INSTANTS`] is printed with the year it has, and would not be read back.
#[must_use]
pub fn format_instant(instant: i64) -> String {
    let (days, time) = split(instant);
    let (whole, fraction) = clock_parts(time);
    format!("{}T{whole}{fraction}Z", CivilDate::of_days(days))
}

/// Whole days since 1970-01-01, and microseconds since the midnight before.
#[must_use]
pub fn split(micros: i64) -> (i64, i64) {
    (micros.div_euclid(DAY), micros.rem_euclid(DAY))
}

/// Reads a date, `2026-03-27`, in days since 1970-01-01.
///
/// # Errors
///
/// [`TimeError::NotDate`], [`TimeError::NoSuchDay`], or [`TimeError::OutOfRange`] for the year 0.
pub fn parse_date(text: &str) -> Result<i64, TimeError> {
    let mut cursor = Cursor::new(text, TimeError::NotDate);
    let days = cursor.date()?;
    cursor.end()?;
    if DATES.contains(&days) { Ok(days) } else { Err(TimeError::OutOfRange) }
}

/// Prints a date: `2026-03-27`. What lies outside of [`DATES`] has a sign before its year.
#[must_use]
pub fn format_date(days: i64) -> String {
    CivilDate::of_days(days).to_string()
}

/// Reads a time of day, `09:00`, `09:00:30` or `09:00:30.5`, in microseconds since midnight.
///
/// # Errors
///
/// [`TimeError::NotTime`], [`TimeError::NoSuchTime`] from `24:00` on, [`TimeError::LeapSecond`],
/// [`TimeError::TooPrecise`] after six digits.
pub fn parse_time(text: &str) -> Result<i64, TimeError> {
    let mut cursor = Cursor::new(text, TimeError::NotTime);
    let time = cursor.clock(Seconds::Optional)?;
    cursor.end()?;
    Ok(time)
}

/// Reads the end of a range of times: a time of day, or `24:00`.
///
/// # Errors
///
/// As for [`parse_time`].
pub fn parse_end_time(text: &str) -> Result<i64, TimeError> {
    if text == "24:00" { Ok(DAY) } else { parse_time(text) }
}

/// Prints a time of day as shortly as it is exact: `09:00`, `09:00:30`, `09:00:30.5`; a whole day is `24:00`.
///
/// What is no time of day is printed as the time that the clock shows then.
#[must_use]
pub fn format_time(time: i64) -> String {
    if time == DAY {
        return "24:00".to_owned();
    }
    let (whole, fraction) = clock_parts(split(time).1);
    match whole.strip_suffix(":00") {
        Some(short) if fraction.is_empty() => short.to_owned(),
        _ => format!("{whole}{fraction}"),
    }
}

/// `09:00:30` and `.5`, or nothing where the seconds are whole.
fn clock_parts(time: i64) -> (String, String) {
    let seconds = time / SECOND;
    let whole = format!("{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60);
    (whole, format_fraction((time % SECOND).unsigned_abs()))
}

/// Millionths as digits after a point, without zeros at the end, and without the point if all are zero.
pub(crate) fn format_fraction(millionths: u64) -> String {
    if millionths == 0 {
        return String::new();
    }
    let mut digits = format!(".{millionths:06}");
    while digits.ends_with('0') {
        digits.pop();
    }
    digits
}

/// Reads digits after a point as millionths.
///
/// # Errors
///
/// `malformed` if there are none or something else is among them, [`TimeError::TooPrecise`] for more than six.
pub(crate) fn parse_fraction(digits: &[u8], malformed: TimeError) -> Result<i64, TimeError> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(malformed);
    }
    if digits.len() > 6 {
        return Err(TimeError::TooPrecise);
    }
    let missing = 6_usize.saturating_sub(digits.len());
    Ok((0..missing).fold(number(digits), |n, _| n.saturating_mul(10)))
}

/// At most six digits as a number.
#[inline]
fn number(digits: &[u8]) -> i64 {
    digits.iter().fold(0_i64, |n, digit| n.wrapping_mul(10).wrapping_add(i64::from(digit & 0xf)))
}

#[derive(PartialEq)]
enum Seconds {
    Required,
    Optional,
}

/// What is still to be read, and what to call it if it is not spelled as it should be.
struct Cursor<'a> {
    rest: &'a [u8],
    malformed: TimeError,
}

impl<'a> Cursor<'a> {
    fn new(text: &'a str, malformed: TimeError) -> Self {
        Cursor { rest: text.as_bytes(), malformed }
    }

    fn eat(&mut self, byte: u8) -> bool {
        match self.rest.split_first() {
            Some((first, rest)) if *first == byte => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    fn expect(&mut self, byte: u8) -> Result<(), TimeError> {
        if self.eat(byte) { Ok(()) } else { Err(self.malformed) }
    }

    fn end(&self) -> Result<(), TimeError> {
        if self.rest.is_empty() { Ok(()) } else { Err(self.malformed) }
    }

    /// Exactly so many digits.
    #[inline]
    fn digits(&mut self, count: usize) -> Result<i64, TimeError> {
        let (digits, rest) = self.rest.split_at_checked(count).ok_or(self.malformed)?;
        if !digits.iter().all(u8::is_ascii_digit) {
            return Err(self.malformed);
        }
        self.rest = rest;
        Ok(number(digits))
    }

    fn two(&mut self) -> Result<u8, TimeError> {
        let digits = self.digits(2)?;
        u8::try_from(digits).map_err(|_| self.malformed)
    }

    /// `2026-03-27` in days since 1970-01-01.
    fn date(&mut self) -> Result<i64, TimeError> {
        let year = self.digits(4)?;
        self.expect(b'-')?;
        let month = self.two()?;
        self.expect(b'-')?;
        let day = self.two()?;
        CivilDate { year, month, day }.days().ok_or(TimeError::NoSuchDay)
    }

    /// `09:00` in microseconds.
    fn minutes(&mut self) -> Result<i64, TimeError> {
        let hours = self.digits(2)?;
        self.expect(b':')?;
        let minutes = self.digits(2)?;
        if hours > 23 || minutes > 59 {
            return Err(TimeError::NoSuchTime);
        }
        Ok(hours.saturating_mul(HOUR).saturating_add(minutes.saturating_mul(MINUTE)))
    }

    /// `09:00:30.5` in microseconds.
    fn clock(&mut self, wanted: Seconds) -> Result<i64, TimeError> {
        let minutes = self.minutes()?;
        if !self.eat(b':') {
            return if wanted == Seconds::Optional { Ok(minutes) } else { Err(self.malformed) };
        }
        let seconds = match self.digits(2)? {
            60 => return Err(TimeError::LeapSecond),
            61.. => return Err(TimeError::NoSuchTime),
            seconds => seconds,
        };
        let mut fraction = 0;
        if self.eat(b'.') {
            let count = self.rest.iter().take_while(|b| b.is_ascii_digit()).count();
            let (digits, rest) = self.rest.split_at_checked(count).ok_or(self.malformed)?;
            fraction = parse_fraction(digits, self.malformed)?;
            self.rest = rest;
        }
        Ok(minutes.saturating_add(seconds.saturating_mul(SECOND)).saturating_add(fraction))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn instants_are_exact_or_refused() {
        use TimeError::*;
        assert_eq!(parse_instant("1970-01-01T00:00:00Z"), Ok(0));
        assert_eq!(parse_instant("2026-03-27T14:00:00Z"), Ok(1_774_620_000_000_000));
        assert_eq!(parse_instant("2026-03-27T15:00:00+01:00"), Ok(1_774_620_000_000_000));
        assert_eq!(parse_instant("2026-03-27T10:00:00-04:00"), Ok(1_774_620_000_000_000));
        assert_eq!(parse_instant("2026-03-27T14:00:00-00:00"), Ok(1_774_620_000_000_000));
        assert_eq!(parse_instant("2026-03-27T14:00:00.5Z"), Ok(1_774_620_000_500_000));
        assert_eq!(parse_instant("2026-03-27T14:00:00.000001Z"), Ok(1_774_620_000_000_001));
        assert_eq!(parse_instant("9999-12-31T23:59:59.999999Z"), Ok(*INSTANTS.end()));
        assert_eq!(parse_instant("1969-12-31T23:30:00-01:00"), Ok(30 * MINUTE));
        for (text, why) in [
            ("1970-01-01T00:30:00+01:00", OutOfRange),
            ("1969-12-31T23:59:59.999999Z", OutOfRange),
            ("9999-12-31T23:59:59-00:01", OutOfRange),
            ("0000-01-01T00:00:00Z", OutOfRange),
            ("2026-02-29T00:00:00Z", NoSuchDay),
            ("2026-00-01T00:00:00Z", NoSuchDay),
            ("2026-03-27T24:00:00Z", NoSuchTime),
            ("2026-03-27T14:60:00Z", NoSuchTime),
            ("2026-03-27T14:00:61Z", NoSuchTime),
            ("2026-03-27T14:00:00+24:00", NoSuchTime),
            ("2026-03-27T14:00:00+01:60", NoSuchTime),
            ("2016-12-31T23:59:60Z", LeapSecond),
            ("2026-03-27T14:00:00.0000000Z", TooPrecise),
        ] {
            assert_eq!(parse_instant(text), Err(why), "{text}");
        }
        for text in [
            "",
            "2026-03-27",
            "2026-03-27T14:00Z",
            "2026-03-27t14:00:00Z",
            "2026-03-27T14:00:00z",
            "2026-03-27 14:00:00Z",
            "2026-03-27T14:00:00",
            "2026-03-27T14:00:00.Z",
            "2026-03-27T14:00:00,5Z",
            "2026-03-27T14:00:00+0100",
            "2026-03-27T14:00:00+01",
            "2026-03-27T14:00:00Z ",
            " 2026-03-27T14:00:00Z",
            "26-03-27T14:00:00Z",
            "+2026-03-27T14:00:00Z",
            "2026-3-27T14:00:00Z",
            "12026-03-27T14:00:00Z",
            "2026-03-27T14:00:00ZZ",
            "2026-03-27T14:00:00UTC",
            "2026-03-27T14:00:00+-1:00",
            "٢٠٢٦-03-27T14:00:00Z",
            "2026-03-27T14:00:00Z[UTC]",
            "20260327T140000Z",
            "1774620000",
        ] {
            assert_eq!(parse_instant(text), Err(NotInstant), "{text}");
        }
    }

    #[test]
    fn dates_are_days_of_the_calendar() {
        assert_eq!(parse_date("2026-03-27"), Ok(20_539));
        assert_eq!(parse_date("0001-01-01"), Ok(*DATES.start()));
        assert_eq!(parse_date("9999-12-31"), Ok(*DATES.end()));
        assert_eq!(parse_date("0000-12-31"), Err(TimeError::OutOfRange));
        assert_eq!(parse_date("2026-02-30"), Err(TimeError::NoSuchDay));
        for text in ["", "2026-03-27T00:00:00Z", "2026/03/27", "2026-3-27", "20260327", "2026-03-27 ", "-2026-03-27"] {
            assert_eq!(parse_date(text), Err(TimeError::NotDate), "{text}");
        }
        assert_eq!(format_date(DATES.end() + 1), "+10000-01-01");
        assert_eq!(format_date(DATES.start() - 1), "0000-12-31");
        assert_eq!(format_date(DATES.start() - 367), "-0001-12-31");
    }

    #[test]
    fn times_are_those_of_the_clock() {
        assert_eq!(parse_time("09:00"), Ok(9 * HOUR));
        assert_eq!(parse_time("09:00:30"), Ok(9 * HOUR + 30 * SECOND));
        assert_eq!(parse_time("23:59:59.999999"), Ok(DAY - 1));
        assert_eq!(parse_time("24:00"), Err(TimeError::NoSuchTime));
        assert_eq!(parse_end_time("24:00"), Ok(DAY));
        assert_eq!(parse_end_time("24:00:00"), Err(TimeError::NoSuchTime));
        assert_eq!(parse_end_time("17:00"), Ok(17 * HOUR));
        assert_eq!(parse_time("09:60"), Err(TimeError::NoSuchTime));
        assert_eq!(parse_time("09:00:60"), Err(TimeError::LeapSecond));
        assert_eq!(parse_time("09:00:00.1234567"), Err(TimeError::TooPrecise));
        for text in ["", "9:00", "09", "0900", "09:00Z", "09:00.5", "09:00:", "09:00:30.", "9am", "-09:00", "09:00 "] {
            assert_eq!(parse_time(text), Err(TimeError::NotTime), "{text}");
        }
        assert_eq!(format_time(9 * HOUR), "09:00");
        assert_eq!(format_time(9 * HOUR + 30 * SECOND + 500_000), "09:00:30.5");
        assert_eq!(format_time(9 * HOUR + 1), "09:00:00.000001");
        assert_eq!(format_time(DAY), "24:00");
    }

    proptest! {
        #[test]
        fn printed_instants_read_back(instant in INSTANTS) {
            prop_assert_eq!(parse_instant(&format_instant(instant)), Ok(instant));
        }

        #[test]
        fn whole_seconds_read_back(second in 0..=INSTANTS.end() / SECOND) {
            let text = format_instant(second * SECOND);
            prop_assert_eq!(text.len(), 20);
            prop_assert_eq!(parse_instant(&text), Ok(second * SECOND));
        }

        #[test]
        fn printed_dates_read_back(days in DATES) {
            prop_assert_eq!(parse_date(&format_date(days)), Ok(days));
        }

        #[test]
        fn printed_times_read_back(time in 0..=DAY, unit in prop::sample::select(vec![1, 1_000, SECOND, MINUTE])) {
            let time = time / unit * unit;
            prop_assert_eq!(parse_end_time(&format_time(time)), Ok(time));
        }

        #[test]
        fn no_number_panics(any: i64) {
            prop_assert!(!INSTANTS.contains(&any) || parse_instant(&format_instant(any)) == Ok(any));
            prop_assert!(!DATES.contains(&any) || parse_date(&format_date(any)) == Ok(any));
            prop_assert!(format_time(any).len() <= 15);
        }

        #[test]
        fn what_is_read_prints_to_the_same_value(text in "[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9](\\.[0-9]{1,7})?(Z|[-+][0-2][0-9]:[0-6][0-9])|\\PC*") {
            if let Ok(instant) = parse_instant(&text) {
                prop_assert_eq!(parse_instant(&format_instant(instant)), Ok(instant));
            }
            let _ = (parse_date(&text), parse_time(&text), parse_end_time(&text));
        }
    }
}
