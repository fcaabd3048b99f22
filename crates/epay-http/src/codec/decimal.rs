//! Amounts are read from and written as text in major units: `12.22` is 1222 exactly, and no float comes between.

use epay_domain::{Currency, Money};

use crate::AmountText;

/// Longer than any amount; what is longer would only cost time.
const MAX_TEXT_BYTES: usize = 64;

/// The one place that writes amounts: the token form, the JSON bodies and the queries all get this text.
pub(crate) fn write(amount: Money, text: AmountText) -> String {
    let digits = usize::from(amount.currency().exponent());
    let scale = 10_u64.pow(u32::from(amount.currency().exponent()));
    let (whole, rest) = (amount.minor() / scale, amount.minor() % scale);
    if digits == 0 || (text == AmountText::WholeIfPossible && rest == 0) {
        whole.to_string()
    } else {
        format!("{whole}.{rest:0digits$}")
    }
}

/// Reads what JSON calls a number (RFC 8259 §6), unsigned. The bank sends it bare or as a string. An amount is never
/// negative, nor finer than its currency, nor longer than [`MAX_TEXT_BYTES`].
pub(crate) fn read(text: &str, currency: Currency) -> Option<Money> {
    if text.len() > MAX_TEXT_BYTES {
        return None;
    }
    let (mantissa, power) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(whole) || !is_digits(fraction) || !is_digits(power.trim_start_matches(['+', '-']))
    {
        return None;
    }
    let digits = || whole.bytes().chain(fraction.bytes()).map(|byte| u64::from(byte - b'0'));
    if digits().all(|digit| digit == 0) {
        return Some(Money::zero(currency));
    }
    let power: i64 = power.parse().ok()?;
    let places = i64::try_from(fraction.len()).ok()?;
    let shift = power.saturating_sub(places).saturating_add(i64::from(currency.exponent()));
    let (zeros, finer) = (shift.max(0), shift.min(0).unsigned_abs());
    let kept = digits().count().checked_sub(usize::try_from(finer).ok()?)?;
    if digits().skip(kept).any(|finer| finer != 0) {
        return None;
    }
    let mut kept = digits().take(kept);
    let minor = kept.try_fold(0_u64, |sum, digit| sum.checked_mul(10)?.checked_add(digit))?;
    let minor = minor.checked_mul(10_u64.checked_pow(u32::try_from(zeros).ok()?)?)?;
    Some(Money::new(minor, currency))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn currency(exponent: u8) -> Currency {
        Currency::new("XTS", exponent).unwrap()
    }

    #[test]
    fn an_amount_is_read_exactly_or_not_at_all() {
        for (text, exponent, expected) in [
            ("12.22", 2, Some(1222)),
            ("100", 2, Some(10000)),
            ("10.0", 2, Some(1000)),
            ("10.500", 2, Some(1050)),
            ("0", 2, Some(0)),
            ("0.00", 2, Some(0)),
            ("0e999999999999", 2, Some(0)),
            ("0.01", 2, Some(1)),
            ("1.2e1", 2, Some(1200)),
            ("1222E-2", 2, Some(1222)),
            ("1E+3", 0, Some(1000)),
            ("500e-2", 0, Some(5)),
            ("007.5", 2, Some(750)),
            ("1.2345", 4, Some(12345)),
            ("184467440737095516.15", 2, Some(u64::MAX)),
            ("184467440737095516.16", 2, None),
            ("1e400", 2, None),
            ("1e17", 2, Some(10_u64.pow(19))),
            ("1e18", 2, None),
            ("1e9223372036854775807", 2, None),
            ("1e-9223372036854775808", 2, None),
            ("1e99999999999999999999", 2, None),
            ("12.225", 2, None),
            ("0.001", 2, None),
            ("1e-3", 2, None),
            ("1.5", 0, None),
            ("-1", 2, None),
            ("-0", 2, None),
            ("+1", 2, None),
            ("NaN", 2, None),
            ("Infinity", 2, None),
            ("12,22", 2, None),
            ("1 000", 2, None),
            ("1.", 2, None),
            (".5", 2, None),
            ("1.2.3", 2, None),
            ("1e", 2, None),
            ("1e+", 2, None),
            ("1e+-2", 2, None),
            ("١٢", 2, None),
            ("", 2, None),
            (&"0".repeat(64), 2, Some(0)),
            (&"0".repeat(65), 2, None),
        ] {
            let read = read(text, currency(exponent));
            assert_eq!(read, expected.map(|minor| Money::new(minor, currency(exponent))), "{text}");
        }
    }

    #[test]
    fn an_amount_is_written_in_major_units() {
        for (amount, shortest, full) in [
            (Money::tenge(5_000), "5000", "5000.00"),
            (Money::tiyn(12_22), "12.22", "12.22"),
            (Money::tiyn(12_50), "12.50", "12.50"),
            (Money::tiyn(5), "0.05", "0.05"),
            (Money::tenge(0), "0", "0.00"),
            (Money::new(7, currency(0)), "7", "7"),
            (Money::new(10, currency(4)), "0.0010", "0.0010"),
            (Money::tiyn(u64::MAX), "184467440737095516.15", "184467440737095516.15"),
        ] {
            assert_eq!(write(amount, AmountText::WholeIfPossible), shortest);
            assert_eq!(write(amount, AmountText::AllDecimals), full);
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(minor: u64, exponent in 0_u8..=4) {
            let amount = Money::new(minor, currency(exponent));
            for text in [AmountText::WholeIfPossible, AmountText::AllDecimals] {
                prop_assert_eq!(read(&write(amount, text), amount.currency()), Some(amount));
            }
        }

        #[test]
        fn no_text_panics(text in ".{0,70}", numeric in "[-+0-9.eE]{0,24}") {
            let _ = (read(&text, Currency::KZT), read(&numeric, Currency::KZT));
        }
    }
}
