//! Numbers, read from their JSON spelling and printed exactly.
//!
//! A number is never read through a float: what its text says is what it is, or it is refused.

use std::fmt;

use crate::limits::{DECIMAL_PLACES, DECIMAL_UNIT};

/// Why a number's text was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NumberError {
    /// Not an integer's text: a fraction, an exponent, minus zero, or no number at all.
    NotInteger,
    /// Not a decimal's text: an exponent, minus zero, or no number at all.
    NotDecimal,
    /// More digits after the point than are accepted.
    TooPrecise,
    /// Outside of 64 bits.
    OutOfRange,
}

impl fmt::Display for NumberError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotInteger => "not an integer",
            Self::NotDecimal => "not a decimal number",
            Self::TooPrecise => "too many digits after the point",
            Self::OutOfRange => "out of range",
        })
    }
}

impl std::error::Error for NumberError {}

/// Reads an integer: `-?(0|[1-9][0-9]*)`, but not `-0`.
///
/// # Errors
///
/// [`NumberError::NotInteger`] for any other text, [`NumberError::OutOfRange`] outside of 64 bits.
pub fn parse_int(text: &str) -> Result<i64, NumberError> {
    if text == "-0" || !is_natural(text.strip_prefix('-').unwrap_or(text)) {
        return Err(NumberError::NotInteger);
    }
    // After the check above, the only failure left is overflow.
    text.parse().map_err(|_| NumberError::OutOfRange)
}

/// Reads a decimal, `-?(0|[1-9][0-9]*)(.[0-9]+)?` but not minus zero, as ten-thousandths.
///
/// Digits after the point are counted as written: `1.50` has two, though `1.5` is the same number.
/// More than four are never accepted.
///
/// # Errors
///
/// In this order: [`NumberError::NotDecimal`], [`NumberError::TooPrecise`], [`NumberError::OutOfRange`].
pub fn parse_decimal(text: &str, places: u8) -> Result<i64, NumberError> {
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = match unsigned.split_once('.') {
        Some((_, "")) => return Err(NumberError::NotDecimal),
        Some((whole, fraction)) => (whole, fraction),
        None => (unsigned, ""),
    };
    let spelled = is_natural(whole) && fraction.bytes().all(|b| b.is_ascii_digit());
    let zero = unsigned.bytes().all(|b| matches!(b, b'0' | b'.'));
    if !spelled || (negative && zero) {
        return Err(NumberError::NotDecimal);
    }
    if fraction.len() > usize::from(places.min(DECIMAL_PLACES)) {
        return Err(NumberError::TooPrecise);
    }
    let padding = usize::from(DECIMAL_PLACES).saturating_sub(fraction.len());
    let digits = whole.bytes().chain(fraction.bytes()).chain(std::iter::repeat_n(b'0', padding));
    let mut units = 0_i64;
    for digit in digits {
        let digit = i64::from(digit.wrapping_sub(b'0'));
        let scaled = units.checked_mul(10).ok_or(NumberError::OutOfRange)?;
        // Negative numbers are built downwards: the least of them has no positive counterpart.
        units = if negative { scaled.checked_sub(digit) } else { scaled.checked_add(digit) }
            .ok_or(NumberError::OutOfRange)?;
    }
    Ok(units)
}

/// Prints ten-thousandths with `places` digits after the point, or with more where the value has finer
/// digits: nothing is ever rounded away.
#[must_use]
pub fn format_decimal(units: i64, places: u8) -> String {
    let unit = DECIMAL_UNIT.unsigned_abs();
    let magnitude = units.unsigned_abs();
    let whole = magnitude.checked_div(unit).unwrap_or_default();
    let mut fraction = format!("{:04}", magnitude.checked_rem(unit).unwrap_or_default());
    while fraction.len() > usize::from(places) && fraction.ends_with('0') {
        fraction.pop();
    }
    let sign = if units < 0 { "-" } else { "" };
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{whole}{point}{fraction}")
}

/// `0|[1-9][0-9]*`
fn is_natural(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rust_decimal::Decimal;

    use super::*;

    #[test]
    fn integers_are_exact_or_refused() {
        assert_eq!(parse_int("0"), Ok(0));
        assert_eq!(parse_int("-1"), Ok(-1));
        assert_eq!(parse_int("9007199254740993"), Ok(9_007_199_254_740_993));
        assert_eq!(parse_int("9223372036854775807"), Ok(i64::MAX));
        assert_eq!(parse_int("-9223372036854775808"), Ok(i64::MIN));
        for text in ["9223372036854775808", "-9223372036854775809", "18446744073709551616"] {
            assert_eq!(parse_int(text), Err(NumberError::OutOfRange), "{text}");
        }
        for text in ["", "-", "-0", "+1", "01", "-01", "00", "1.0", "1e2", "1E400", " 1", "1 ", "1_0", "٣", "--1"] {
            assert_eq!(parse_int(text), Err(NumberError::NotInteger), "{text}");
        }
    }

    #[test]
    fn decimals_are_exact_or_refused() {
        assert_eq!(parse_decimal("0", 0), Ok(0));
        assert_eq!(parse_decimal("0.00", 2), Ok(0));
        assert_eq!(parse_decimal("12.5", 2), Ok(125_000));
        assert_eq!(parse_decimal("-0.0001", 4), Ok(-1));
        assert_eq!(parse_decimal("922337203685477.5807", 4), Ok(i64::MAX));
        assert_eq!(parse_decimal("-922337203685477.5808", 4), Ok(i64::MIN));
        for text in ["922337203685477.5808", "-922337203685477.5809", "1000000000000000"] {
            assert_eq!(parse_decimal(text, 4), Err(NumberError::OutOfRange), "{text}");
        }
        for text in [
            "", "-", ".", ".5", "1.", "-.5", "+1", "01", "00.1", "1e2", "1.5e0", "-0", "-0.0", "-0.00", "-0.00000",
            "1.2.3", "1,5", "0x1", "1. 5", "-0e0",
        ] {
            assert_eq!(parse_decimal(text, 2), Err(NumberError::NotDecimal), "{text}");
        }
    }

    #[test]
    fn digits_after_the_point_count_as_written() {
        assert_eq!(parse_decimal("1.50", 2), Ok(15_000));
        assert_eq!(parse_decimal("1.50", 1), Err(NumberError::TooPrecise));
        assert_eq!(parse_decimal("1.0", 0), Err(NumberError::TooPrecise));
        assert_eq!(parse_decimal("1.00000", 9), Err(NumberError::TooPrecise));
        // Precision is looked at before size.
        assert_eq!(parse_decimal("9999999999999999.999", 2), Err(NumberError::TooPrecise));
    }

    #[test]
    fn decimals_print_their_places_and_never_less_than_they_are() {
        assert_eq!(format_decimal(0, 0), "0");
        assert_eq!(format_decimal(0, 2), "0.00");
        assert_eq!(format_decimal(125_000, 2), "12.50");
        assert_eq!(format_decimal(12_345, 2), "1.2345");
        assert_eq!(format_decimal(12_340, 2), "1.234");
        assert_eq!(format_decimal(12_000, 0), "1.2");
        assert_eq!(format_decimal(-5_000, 1), "-0.5");
        assert_eq!(format_decimal(-1, 0), "-0.0001");
        assert_eq!(format_decimal(i64::MIN, 4), "-922337203685477.5808");
    }

    /// The same question answered by another library: is it the spelling of a decimal, and which one?
    fn independent(text: &str, places: u8) -> Result<i64, NumberError> {
        let number: Decimal = text.parse().map_err(|_| NumberError::NotDecimal)?;
        if text.starts_with('-') && number.is_zero() {
            return Err(NumberError::NotDecimal);
        }
        if number.scale() > u32::from(places) {
            return Err(NumberError::TooPrecise);
        }
        let units = number.mantissa() * 10_i128.pow(4 - number.scale());
        i64::try_from(units).map_err(|_| NumberError::OutOfRange)
    }

    proptest! {
        #[test]
        fn decimals_agree_with_an_independent_parser(
            text in "-?(0|[1-9][0-9]{0,16})(\\.[0-9]{1,6})?",
            places in 0_u8..=4,
        ) {
            prop_assert_eq!(parse_decimal(&text, places), independent(&text, places));
        }

        #[test]
        fn decimals_near_the_ends_agree_with_an_independent_parser(
            offset in -200_i128..200, negative: bool,
        ) {
            let units = (i128::from(i64::MAX) + offset) * if negative { -1 } else { 1 };
            let text = Decimal::from_i128_with_scale(units, 4).to_string();
            prop_assert_eq!(parse_decimal(&text, 4), independent(&text, 4));
        }

        #[test]
        fn integers_agree_with_wider_ones(number in -(1_i128 << 70)..(1_i128 << 70)) {
            let expected = i64::try_from(number).map_err(|_| NumberError::OutOfRange);
            prop_assert_eq!(parse_int(&number.to_string()), expected);
        }

        #[test]
        fn printed_decimals_read_back(units: i64, places in 0_u8..=4) {
            let text = format_decimal(units, places);
            prop_assert_eq!(parse_decimal(&text, 4), Ok(units));
            prop_assert_eq!(text.parse::<Decimal>().unwrap(), Decimal::new(units, 4));
        }

        #[test]
        fn no_text_panics(text in "[-+0-9.eE ]{0,24}|\\PC*", places: u8) {
            let int = parse_int(&text);
            if let Ok(number) = int {
                prop_assert_eq!(number.to_string(), text.clone());
            }
            let _ = parse_decimal(&text, places);
        }
    }
}
