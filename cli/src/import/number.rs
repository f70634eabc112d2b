//! Numbers of schemas, read exactly: bounds of integers and of decimals.

use std::cmp::Ordering;

/// A number in ten-thousandths, rounded down, and whether that is exact. What is too large for any type is cut.
pub(crate) fn scaled(text: &str) -> (i128, bool) {
    const MOST: i128 = 1_000_000_000_000_000_000_000_000_000_000_000;
    let (negative, unsigned) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let exponent: i64 = exponent.parse().unwrap_or(if exponent.starts_with('-') { -10_000 } else { 10_000 });
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).filter(u8::is_ascii_digit).collect();
    // How many of the digits stand before the point once the number counts ten-thousandths.
    let before = i64::try_from(whole.len()).unwrap_or(i64::MAX / 4).saturating_add(exponent).saturating_add(4);
    let (mut units, mut exact, mut any) = (0_i128, true, false);
    for (at, digit) in digits.iter().enumerate() {
        let digit = i128::from(digit - b'0');
        any |= digit != 0;
        if i64::try_from(at).is_ok_and(|at| at < before) {
            units = units.saturating_mul(10).saturating_add(digit).min(MOST);
        } else if digit != 0 {
            exact = false;
        }
    }
    let zeros = before.saturating_sub(i64::try_from(digits.len()).unwrap_or(i64::MAX));
    if any {
        for _ in 0..zeros.clamp(0, 60) {
            units = units.saturating_mul(10).min(MOST);
        }
    }
    match (negative, exact) {
        (false, _) => (units, exact),
        (true, true) => (-units, true),
        (true, false) => (-units - 1, false),
    }
}

/// The order of two numbers, as far as ten-thousandths tell it.
pub(crate) fn compare(a: &str, b: &str) -> Ordering {
    scaled(a).cmp(&scaled(b))
}

/// The least and the greatest of some units of which each is a number of ten-thousandths, by what a schema says; `None`
/// where it says nothing, or nothing that matters in 64 bits.
pub(crate) fn bounds(
    least: Option<(&str, bool)>,
    greatest: Option<(&str, bool)>,
    unit: i128,
) -> (Option<i64>, Option<i64>) {
    let from = least.map(|(text, exclusive)| {
        let (units, exact) = scaled(text);
        let up = units + i128::from(!exact);
        let ceiling = -((-up).div_euclid(unit));
        if exclusive && exact && ceiling * unit == units { ceiling + 1 } else { ceiling }
    });
    let to = greatest.map(|(text, exclusive)| {
        let (units, exact) = scaled(text);
        let floor = units.div_euclid(unit);
        if exclusive && exact && floor * unit == units { floor - 1 } else { floor }
    });
    (
        from.and_then(|n| i64::try_from(n.min(i128::from(i64::MAX))).ok()).filter(|n| *n != i64::MIN),
        to.and_then(|n| i64::try_from(n.max(i128::from(i64::MIN))).ok()).filter(|n| *n != i64::MAX),
    )
}

/// A count, as `maxLength` gives it; what is no natural number is none.
pub(crate) fn count(text: &str) -> Option<u64> {
    let (units, exact) = scaled(text);
    if !exact || units < 0 || units % 10_000 != 0 {
        return None;
    }
    Some(u64::try_from(units / 10_000).unwrap_or(u64::MAX))
}

/// A whole number as policies write it: in groups of three digits where it is long.
pub(crate) fn grouped(n: i64) -> String {
    let digits = n.unsigned_abs().to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if digits.len() > 4 && at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push('_');
        }
        out.push(digit);
    }
    if n < 0 { format!("-{out}") } else { out }
}

/// Ten-thousandths as policies write a decimal.
pub(crate) fn decimal(units: i64) -> String {
    let (whole, rest) = (units.unsigned_abs() / 10_000, units.unsigned_abs() % 10_000);
    let rest = format!("{rest:04}");
    let rest = rest.trim_end_matches('0');
    let rest = if rest.is_empty() { "0" } else { rest };
    format!("{}{whole}.{rest}", if units < 0 { "-" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_exactly() {
        for (text, units, exact) in [
            ("0", 0, true),
            ("1", 10_000, true),
            ("-1.5", -15_000, true),
            ("0.00001", 0, false),
            ("-0.00001", -1, false),
            ("1e3", 10_000_000, true),
            ("12e-1", 12_000, true),
            ("0e999999999999", 0, true),
            ("1e-999999999999", 0, false),
            ("9007199254740991", 90_071_992_547_409_910_000, true),
        ] {
            assert_eq!(scaled(text), (units, exact), "{text}");
        }
        assert!(scaled("1e400").0 > i128::from(i64::MAX));
        assert!(scaled("-1e99999999999999999999").0 < i128::from(i64::MIN));
    }

    #[test]
    fn bounds_are_those_of_the_units() {
        let ints = |a, b| bounds(a, b, 10_000);
        assert_eq!(ints(Some(("1", false)), Some(("9.5", false))), (Some(1), Some(9)));
        assert_eq!(ints(Some(("1", true)), Some(("9", true))), (Some(2), Some(8)));
        assert_eq!(ints(Some(("-1.5", false)), Some(("-1.5", true))), (Some(-1), Some(-2)));
        assert_eq!(ints(Some(("-1e300", false)), Some(("1e300", false))), (None, None));
        assert_eq!(bounds(Some(("0", true)), Some(("0.00005", false)), 1), (Some(1), Some(0)));
        assert_eq!(bounds(Some(("0.00005", true)), None, 1), (Some(1), None));
    }

    #[test]
    fn numbers_are_written_for_people() {
        assert_eq!(grouped(-1_048_576), "-1_048_576");
        assert_eq!(grouped(1000), "1000");
        assert_eq!(decimal(-15_000), "-1.5");
        assert_eq!(decimal(20_000), "2.0");
        assert_eq!(count("3"), Some(3));
        assert_eq!(count("-3"), None);
        assert_eq!(count("1.5"), None);
        assert_eq!(count("1e300"), Some(u64::MAX));
        assert_eq!(count("1e15"), Some(1_000_000_000_000_000));
    }
}
