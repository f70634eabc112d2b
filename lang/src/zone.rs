//! Time zones by name, as tables to be compiled into a policy.
//!
//! The rules are those of the IANA database that is compiled into this crate, never the machine's own: the same
//! sources give the same policy everywhere.

use std::fmt;
use std::ops::RangeInclusive;
use std::sync::LazyLock;

use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, civil};
use zt_values::zone::{Table, TableError, Zone};

/// The years for which zones are pinned. Rules for years to come are today's rules, carried on.
pub const YEARS: RangeInclusive<i16> = 1970..=2100;

static DATABASE: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

static NAMES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut names: Vec<String> = DATABASE.available().map(|name| name.as_str().to_owned()).collect();
    names.sort_unstable();
    names
});

/// Why there is no zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ZoneError {
    /// The database has no zone with exactly this name.
    Unknown,
    /// The database's rules make no table.
    Table(TableError),
}

impl fmt::Display for ZoneError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("no such time zone"),
            Self::Table(why) => why.fmt(f),
        }
    }
}

impl std::error::Error for ZoneError {}

/// The names of all zones, sorted.
#[must_use]
pub fn names() -> &'static [String] {
    &NAMES
}

/// Makes the table of a zone over [`YEARS`], counted in UTC. Names are exact: `europe/berlin` is none.
///
/// # Errors
///
/// [`ZoneError::Unknown`] for any other name; [`ZoneError::Table`] if the database contradicted itself.
pub fn load(name: &str) -> Result<Zone, ZoneError> {
    let zone = find(name)?;
    let (from, until) = span();
    let first = zone.to_offset(from).seconds();
    let mut transitions = vec![];
    let mut current = first;
    for change in zone.following(from).take_while(|change| change.timestamp() < until) {
        // Some transitions change only the name of the time.
        let offset = change.offset().seconds();
        if offset != current {
            transitions.push((change.timestamp().as_second(), offset));
            current = offset;
        }
    }
    let table = Table { name: name.to_owned(), from: from.as_second(), until: until.as_second(), first, transitions };
    Zone::try_from(table).map_err(ZoneError::Table)
}

/// The zone as the database has it.
pub(crate) fn find(name: &str) -> Result<TimeZone, ZoneError> {
    // The database itself would take a name in any case, and one that stands for no zone in particular.
    if NAMES.binary_search_by(|known| known.as_str().cmp(name)).is_err() {
        return Err(ZoneError::Unknown);
    }
    DATABASE.get(name).map_err(|_| ZoneError::Unknown)
}

/// The first instant of [`YEARS`], and the first one after them.
pub(crate) fn span() -> (Timestamp, Timestamp) {
    let start = |year| {
        let midnight = civil::date(year, 1, 1).at(0, 0, 0, 0);
        jiff::tz::Offset::UTC.to_timestamp(midnight).unwrap_or(Timestamp::MAX)
    };
    (start(*YEARS.start()), start(*YEARS.end() + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_exact() {
        assert_eq!(load("Europe/Berlin").unwrap().name(), "Europe/Berlin");
        for name in [
            "europe/berlin",
            "EUROPE/BERLIN",
            "Europe/Berlin ",
            "Berlin",
            "",
            "Etc/Unknown",
            "Europe/",
            "../UTC",
            "utc",
            "+01:00",
            "CET-1CEST",
        ] {
            assert_eq!(load(name), Err(ZoneError::Unknown), "{name}");
        }
        assert!(names().is_sorted());
        assert!(names().len() > 400, "{}", names().len());
    }

    #[test]
    fn tables_hold_what_is_known_of_their_zones() {
        let utc = load("UTC").unwrap();
        assert_eq!((utc.table().first, utc.table().transitions.len()), (0, 0));
        assert_eq!(utc.from(), 0);
        assert_eq!(utc.until(), zt_values::time::parse_instant("2101-01-01T00:00:00Z").unwrap());
        let berlin = load("Europe/Berlin").unwrap();
        let at = |text: &str| berlin.offset_at(zt_values::time::parse_instant(text).unwrap());
        assert_eq!(at("2026-03-29T00:59:59.999999Z"), Ok(3_600));
        assert_eq!(at("2026-03-29T01:00:00Z"), Ok(7_200));
        assert_eq!(at("2026-10-25T00:59:59.999999Z"), Ok(7_200));
        assert_eq!(at("2026-10-25T01:00:00Z"), Ok(3_600));
        assert_eq!(at("2100-07-01T00:00:00Z"), Ok(7_200));
    }

    /// A table knows nothing of what lies outside of its span; so near the ends nothing may happen that a day, which
    /// begins outside and ends inside, would have to know.
    #[test]
    fn every_zone_makes_a_table_and_rests_at_its_ends() {
        let two_days = 2 * 86_400;
        for name in names() {
            let zone = load(name).unwrap_or_else(|why| panic!("{name}: {why}"));
            let table = zone.table();
            assert_eq!((table.from, table.until), (0, 4_133_980_800), "{name}");
            let ends = [table.from, table.until];
            let jiff = find(name).unwrap();
            for end in ends {
                let before = Timestamp::from_second(end - two_days).unwrap();
                for change in jiff.following(before).take_while(|c| c.timestamp().as_second() < end + two_days) {
                    assert_eq!(change.offset(), jiff.to_offset(before), "{name} changes at {}", change.timestamp());
                }
            }
        }
    }

    /// The instants of `zt_values` are read by a second library as the same instants.
    #[test]
    fn texts_of_instants_mean_what_they_mean_elsewhere() {
        let mut instant = 0_i64;
        while instant < *zt_values::time::INSTANTS.end() {
            let text = zt_values::time::format_instant(instant);
            let read: Timestamp = text.parse().unwrap();
            assert_eq!(read.as_microsecond(), instant, "{text}");
            assert_eq!(read.to_string(), text);
            for zone in ["+05:30", "-09:30", "+00:00", "-23:59"] {
                let local = text.replace('Z', zone);
                let elsewhere = local.parse::<Timestamp>().ok().map(Timestamp::as_microsecond);
                let elsewhere = elsewhere.filter(|at| zt_values::time::INSTANTS.contains(at));
                assert_eq!(zt_values::time::parse_instant(&local).ok(), elsewhere, "{local}");
            }
            instant += 86_400_000_000 * 97 + 3_723_000_001;
        }
    }

    #[test]
    fn texts_of_durations_mean_what_they_mean_elsewhere() {
        let mut micros = 1_i64;
        while micros < 600_000_000_000_000_000 {
            for micros in [micros, -micros] {
                let text = zt_values::quantity::format_duration(micros);
                let span: jiff::Span = text.parse().unwrap();
                let read = span.to_duration(jiff::SpanRelativeTo::days_are_24_hours()).unwrap();
                assert_eq!(read.as_micros(), i128::from(micros), "{text}");
            }
            micros += micros / 7 + 1;
        }
    }
}
