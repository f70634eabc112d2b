//! Durations and sizes: on the wire, and as policies write them, a number and a unit.
//!
//! A duration is microseconds, a size is bytes. A day is always 24 hours: what the calendar calls a day is asked
//! of a zone. Months and years are no durations, since they have no length of their own.

use crate::number::{NumberError, parse_int};
use crate::time::{DAY, HOUR, MINUTE, SECOND, TimeError, format_fraction, parse_fraction};

/// The units of durations in policies, largest first, in microseconds.
pub const DURATION_UNITS: &[(&str, i64)] =
    &[("w", 604_800_000_000), ("d", DAY), ("h", HOUR), ("min", MINUTE), ("s", SECOND), ("ms", 1_000), ("us", 1)];

/// The units of sizes in policies, largest first, in bytes.
pub const SIZE_UNITS: &[(&str, i64)] = &[
    ("TiB", 1 << 40),
    ("TB", 1_000_000_000_000),
    ("GiB", 1 << 30),
    ("GB", 1_000_000_000),
    ("MiB", 1 << 20),
    ("MB", 1_000_000),
    ("KiB", 1 << 10),
    ("kB", 1_000),
    ("B", 1),
];

/// Reads a duration as the wire spells it, in microseconds: `P1DT2H`, `PT30M`, `PT0.5S`, `-PT5M`.
///
/// ISO 8601 with days, hours, minutes and seconds, each at most once and in this order, without zeros in front;
/// only seconds may have digits after a point, at most six. Any number of each is accepted: `PT90M` is `PT1H30M`.
/// Weeks, months and years are refused, and so is minus zero.
///
/// # Errors
///
/// [`TimeError::NotDuration`], [`TimeError::TooPrecise`], [`TimeError::OutOfRange`] outside of 64 bits.
pub fn parse_duration(text: &str) -> Result<i64, TimeError> {
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let body = unsigned.strip_prefix('P').ok_or(TimeError::NotDuration)?;
    let (date, time) = match body.split_once('T') {
        Some((_, "")) => return Err(TimeError::NotDuration),
        Some((date, time)) => (date, time),
        None if body.is_empty() => return Err(TimeError::NotDuration),
        None => (body, ""),
    };
    let (days, rest) = component(date, 'D', DAY)?;
    if !rest.is_empty() {
        return Err(TimeError::NotDuration);
    }
    let (hours, rest) = component(time, 'H', HOUR)?;
    let (minutes, rest) = component(rest, 'M', MINUTE)?;
    let seconds = match rest.strip_suffix('S') {
        Some(seconds) => {
            let (whole, fraction) = match seconds.split_once('.') {
                Some((whole, digits)) => (whole, parse_fraction(digits.as_bytes(), TimeError::NotDuration)?),
                None => (seconds, 0),
            };
            natural(whole, SECOND)?.saturating_add(i128::from(fraction))
        }
        None if rest.is_empty() => 0,
        None => return Err(TimeError::NotDuration),
    };
    // Four products of 64 bits with less than 40 are far from the ends of 128.
    let magnitude = days.saturating_add(hours).saturating_add(minutes).saturating_add(seconds);
    if negative && magnitude == 0 {
        return Err(TimeError::NotDuration);
    }
    let micros = if negative { magnitude.saturating_neg() } else { magnitude };
    i64::try_from(micros).map_err(|_| TimeError::OutOfRange)
}

/// What stands before `letter`, times the unit, and what follows; zero where the letter is not there.
fn component(text: &str, letter: char, unit: i64) -> Result<(i128, &str), TimeError> {
    match text.split_once(letter) {
        Some((digits, rest)) => Ok((natural(digits, unit)?, rest)),
        None => Ok((0, text)),
    }
}

fn natural(digits: &str, unit: i64) -> Result<i128, TimeError> {
    match parse_int(digits) {
        Ok(number) if !digits.starts_with('-') => Ok(i128::from(number).saturating_mul(i128::from(unit))),
        Err(NumberError::OutOfRange) if !digits.starts_with('-') => Err(TimeError::OutOfRange),
        _ => Err(TimeError::NotDuration),
    }
}

/// Prints a duration as the wire spells it, in the one way that has each unit below its next larger one.
#[must_use]
pub fn format_duration(micros: i64) -> String {
    let magnitude = micros.unsigned_abs();
    let (whole, millionths) = (magnitude / 1_000_000, magnitude % 1_000_000);
    let fraction = format_fraction(millionths);
    let (days, hours, minutes, seconds) = (whole / 86_400, whole / 3_600 % 24, whole / 60 % 60, whole % 60);
    let mut text = String::from(if micros < 0 { "-P" } else { "P" });
    if days > 0 {
        text.push_str(&format!("{days}D"));
    }
    if whole % 86_400 > 0 || millionths > 0 || days == 0 {
        text.push('T');
    }
    if hours > 0 {
        text.push_str(&format!("{hours}H"));
    }
    if minutes > 0 {
        text.push_str(&format!("{minutes}M"));
    }
    if seconds > 0 || millionths > 0 || magnitude == 0 {
        text.push_str(&format!("{seconds}{fraction}S"));
    }
    text
}

/// Reads a duration as policies write it, in microseconds: `500ms`, `30s`, `5min`, `8h`, `1d`, `2w`.
///
/// # Errors
///
/// [`TimeError::NotDuration`], [`TimeError::UnknownUnit`], [`TimeError::OutOfRange`] outside of 64 bits.
pub fn parse_duration_quantity(text: &str) -> Result<i64, TimeError> {
    quantity(text, DURATION_UNITS, TimeError::NotDuration)
}

/// Prints a duration as policies write it, in the largest unit that measures it exactly: `90min`.
///
/// Weeks are printed as days, and nothing is `0s`.
#[must_use]
pub fn format_duration_quantity(micros: i64) -> String {
    if micros == 0 {
        return "0s".to_owned();
    }
    in_largest_unit(micros, DURATION_UNITS.iter().filter(|(name, _)| *name != "w"))
}

/// Reads a size as policies write it, in bytes: `512B`, `10KiB`, `10MB`.
///
/// # Errors
///
/// [`TimeError::NotSize`], also for what is negative; [`TimeError::UnknownUnit`]; [`TimeError::OutOfRange`]
/// outside of 64 bits.
pub fn parse_size_quantity(text: &str) -> Result<i64, TimeError> {
    if text.starts_with('-') {
        return Err(TimeError::NotSize);
    }
    quantity(text, SIZE_UNITS, TimeError::NotSize)
}

/// Prints a size as policies write it, in the largest unit that measures it exactly; nothing is `0B`.
#[must_use]
pub fn format_size_quantity(bytes: i64) -> String {
    if bytes == 0 {
        return "0B".to_owned();
    }
    in_largest_unit(bytes, SIZE_UNITS.iter())
}

/// Reads a size as the wire spells it: the text of a JSON integer, which is a number of bytes.
///
/// # Errors
///
/// [`TimeError::NotSize`], also for what is negative; [`TimeError::OutOfRange`] outside of 64 bits.
pub fn parse_size(text: &str) -> Result<i64, TimeError> {
    match parse_int(text) {
        Ok(bytes) if bytes >= 0 => Ok(bytes),
        Err(NumberError::OutOfRange) if !text.starts_with('-') => Err(TimeError::OutOfRange),
        _ => Err(TimeError::NotSize),
    }
}

fn quantity(text: &str, units: &[(&str, i64)], malformed: TimeError) -> Result<i64, TimeError> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '-').ok_or(malformed)?;
    let (digits, name) = text.split_at_checked(end).ok_or(malformed)?;
    let number = match parse_int(digits) {
        Ok(number) => number,
        Err(NumberError::OutOfRange) => return Err(TimeError::OutOfRange),
        Err(_) => return Err(malformed),
    };
    if !name.bytes().all(|b| b.is_ascii_alphabetic()) {
        return Err(malformed);
    }
    let (_, unit) = units.iter().find(|(unit, _)| *unit == name).ok_or(TimeError::UnknownUnit)?;
    number.checked_mul(*unit).ok_or(TimeError::OutOfRange)
}

fn in_largest_unit<'a>(value: i64, mut units: impl Iterator<Item = &'a (&'a str, i64)>) -> String {
    let exact = units.find(|(_, unit)| value.checked_rem(*unit) == Some(0));
    let (name, unit) = exact.copied().unwrap_or_default();
    format!("{}{name}", value.checked_div(unit).unwrap_or(value))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn durations_on_the_wire() {
        for (text, micros) in [
            ("PT0S", 0),
            ("PT0.5S", 500_000),
            ("PT30M", 30 * MINUTE),
            ("P1D", DAY),
            ("P1DT2H", DAY + 2 * HOUR),
            ("P1DT2H3M4.000005S", DAY + 2 * HOUR + 3 * MINUTE + 4 * SECOND + 5),
            ("-PT5M", -5 * MINUTE),
            ("P106751991DT4H54.775807S", i64::MAX),
            ("-P106751991DT4H54.775808S", i64::MIN),
        ] {
            assert_eq!(parse_duration(text), Ok(micros), "{text}");
            assert_eq!(format_duration(micros), text);
        }
        for (text, canonical) in [
            ("PT90M", "PT1H30M"),
            ("PT36H", "P1DT12H"),
            ("P0D", "PT0S"),
            ("PT60.50S", "PT1M0.5S"),
            ("P0DT0H1M", "PT1M"),
        ] {
            assert_eq!(parse_duration(text).map(format_duration).as_deref(), Ok(canonical), "{text}");
        }
        for text in [
            "", "P", "PT", "P1DT", "T1H", "1h", "PT1", "P1", "P1W", "P1M", "P1Y", "P1Y2D", "PT1S1M", "PT1H1H",
            "PT1.5M", "PT1,5S", "PT.5S", "PT1.S", "PT01M", "PT-1M", "+PT1M", "--PT1M", "-PT0S", "-P0D", "pt1m", "PT1m",
            " PT1M", "PT1M ", "PT1M1", "P1D1H", "PT1D", "PT1HT1M", "PT1e3S", "PT٣S", "P1H", "PTS", "PTH",
        ] {
            assert_eq!(parse_duration(text), Err(TimeError::NotDuration), "{text}");
        }
        assert_eq!(parse_duration("PT0.0000001S"), Err(TimeError::TooPrecise));
        for text in
            ["P106751991DT4H54.775808S", "P99999999999D", "PT99999999999999999999S", "-P106751991DT4H54.775809S"]
        {
            assert_eq!(parse_duration(text), Err(TimeError::OutOfRange), "{text}");
        }
    }

    #[test]
    fn durations_in_policies() {
        for (text, micros) in [
            ("500ms", 500_000),
            ("30s", 30 * SECOND),
            ("5min", 5 * MINUTE),
            ("8h", 8 * HOUR),
            ("1d", DAY),
            ("7us", 7),
            ("0s", 0),
            ("-90min", -90 * MINUTE),
        ] {
            assert_eq!(parse_duration_quantity(text), Ok(micros), "{text}");
            assert_eq!(format_duration_quantity(micros), text);
        }
        assert_eq!(parse_duration_quantity("2w").map(format_duration_quantity).as_deref(), Ok("14d"));
        assert_eq!(parse_duration_quantity("48h").map(format_duration_quantity).as_deref(), Ok("2d"));
        for text in ["5m", "5M", "5Min", "5mo", "5y", "5hours", "5H"] {
            assert_eq!(parse_duration_quantity(text), Err(TimeError::UnknownUnit), "{text}");
        }
        for text in ["", "h", "5", "5 h", "1.5h", "05h", "-0h", "1h30min", "+5h", "5-h", "--5h", "5h ", "5µs"] {
            assert_eq!(parse_duration_quantity(text), Err(TimeError::NotDuration), "{text}");
        }
        for text in ["106751992d", "9223372036854775808us", "99999999999999999999w"] {
            assert_eq!(parse_duration_quantity(text), Err(TimeError::OutOfRange), "{text}");
        }
    }

    #[test]
    fn sizes() {
        for (text, bytes) in [
            ("0B", 0),
            ("512B", 512),
            ("10KiB", 10_240),
            ("10MiB", 10_485_760),
            ("1GiB", 1_073_741_824),
            ("10kB", 10_000),
            ("10MB", 10_000_000),
            ("1GB", 1_000_000_000),
            ("8388607TiB", 8_388_607 << 40),
        ] {
            assert_eq!(parse_size_quantity(text), Ok(bytes), "{text}");
            assert_eq!(format_size_quantity(bytes), text);
            assert_eq!(parse_size(&bytes.to_string()), Ok(bytes));
        }
        for text in ["10KB", "10Kib", "10M", "10mb", "10b", "10kiB"] {
            assert_eq!(parse_size_quantity(text), Err(TimeError::UnknownUnit), "{text}");
        }
        for text in ["", "10", "B", "1.5MiB", "-1B", "010B", "10 MiB"] {
            assert_eq!(parse_size_quantity(text), Err(TimeError::NotSize), "{text}");
        }
        assert_eq!(parse_size_quantity("8388608TiB"), Err(TimeError::OutOfRange));
        assert_eq!(parse_size("9223372036854775808"), Err(TimeError::OutOfRange));
        for text in ["-1", "-0", "1.0", "1e3", "01", "", "-9223372036854775809", "\"1\""] {
            assert_eq!(parse_size(text), Err(TimeError::NotSize), "{text}");
        }
    }

    #[test]
    fn units_are_in_falling_order() {
        for units in [DURATION_UNITS, SIZE_UNITS] {
            assert!(units.windows(2).all(|pair| pair[0].1 > pair[1].1));
        }
    }

    proptest! {
        #[test]
        fn printed_durations_read_back(any: i64, unit in prop::sample::select(vec![1, SECOND, MINUTE, HOUR, DAY])) {
            for micros in [any, any / unit * unit, any % unit] {
                prop_assert_eq!(parse_duration(&format_duration(micros)), Ok(micros));
                prop_assert_eq!(parse_duration_quantity(&format_duration_quantity(micros)), Ok(micros));
            }
        }

        #[test]
        fn printed_sizes_read_back(any in 0..=i64::MAX, (_, unit) in prop::sample::select(SIZE_UNITS.to_vec())) {
            for bytes in [any, any / unit * unit, any % unit] {
                prop_assert_eq!(parse_size_quantity(&format_size_quantity(bytes)), Ok(bytes));
            }
        }

        #[test]
        fn no_text_panics(text in "-?P[0-9DTHMS.]{0,12}|-?[0-9]{1,22}[a-zA-Z]{0,3}|\\PC*") {
            if let Ok(micros) = parse_duration(&text) {
                prop_assert_eq!(parse_duration(&format_duration(micros)), Ok(micros));
            }
            let _ = (parse_duration_quantity(&text), parse_size_quantity(&text), parse_size(&text));
        }
    }
}
