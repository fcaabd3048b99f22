//! Money is whole minor units of one currency; no amount is ever a float.

use core::fmt;

/// A currency: its ISO 4217 letters and how many decimal digits its minor unit has.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency {
    code: [u8; 3],
    exponent: u8,
}

impl Currency {
    /// Kazakhstani tenge, two digits (tiyn).
    pub const KZT: Currency = Currency { code: *b"KZT", exponent: 2 };
    /// United States dollar, two digits (cents); the bank uses it for card verification.
    pub const USD: Currency = Currency { code: *b"USD", exponent: 2 };

    /// Any other currency. `code` is three upper-case ASCII letters, `exponent` at most 4 (ISO 4217).
    pub fn new(code: &str, exponent: u8) -> Result<Currency, InvalidMoney> {
        match code.as_bytes() {
            &[a, b, c] if [a, b, c].iter().all(u8::is_ascii_uppercase) && exponent <= 4 => {
                Ok(Currency { code: [a, b, c], exponent })
            }
            _ => Err(InvalidMoney::Currency),
        }
    }

    /// The three letters, as the bank writes them.
    pub fn code(&self) -> &str {
        core::str::from_utf8(&self.code).unwrap_or("???")
    }

    /// Digits after the decimal point in a major-unit text: 2 for KZT.
    pub const fn exponent(&self) -> u8 {
        self.exponent
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// An amount of one currency in minor units: `Money::tenge(5_000)` is 5000 tenge.
///
/// Amounts of different currencies have no order and no sum; the checked methods answer `None`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    minor: u64,
    currency: Currency,
}

impl Money {
    /// `minor` minor units of `currency`.
    pub const fn new(minor: u64, currency: Currency) -> Money {
        Money { minor, currency }
    }

    /// Whole tenge: `Money::tenge(5_000)` is 5000.00 KZT.
    pub const fn tenge(whole: u32) -> Money {
        // The largest u32 times a hundred is far below the largest u64.
        Money::new(whole as u64 * 100, Currency::KZT)
    }

    /// Hundredths of a tenge: `Money::tiyn(500_000)` is 5000.00 KZT.
    pub const fn tiyn(hundredths: u64) -> Money {
        Money::new(hundredths, Currency::KZT)
    }

    /// Nothing, in `currency`.
    pub const fn zero(currency: Currency) -> Money {
        Money::new(0, currency)
    }

    /// The minor units: 500000 for 5000 tenge.
    pub const fn minor(&self) -> u64 {
        self.minor
    }

    /// The currency.
    pub const fn currency(&self) -> Currency {
        self.currency
    }

    /// Whether there is nothing.
    pub const fn is_zero(&self) -> bool {
        self.minor == 0
    }

    /// The sum; `None` on overflow or for two currencies.
    pub fn checked_add(self, other: Money) -> Option<Money> {
        self.same_currency(other)?;
        Some(Money { minor: self.minor.checked_add(other.minor)?, ..self })
    }

    /// The difference; `None` below zero or for two currencies.
    pub fn checked_sub(self, other: Money) -> Option<Money> {
        self.same_currency(other)?;
        Some(Money { minor: self.minor.checked_sub(other.minor)?, ..self })
    }

    /// Whether this is at least `other`; `None` for two currencies.
    pub fn covers(self, other: Money) -> Option<bool> {
        self.same_currency(other)?;
        Some(self.minor >= other.minor)
    }

    fn same_currency(self, other: Money) -> Option<()> {
        (self.currency == other.currency).then_some(())
    }
}

/// Major units with all decimals and the currency: `5000.00 KZT`.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scale = 10_u64.pow(u32::from(self.currency.exponent));
        match self.currency.exponent {
            0 => write!(f, "{} {}", self.minor, self.currency),
            digits => write!(
                f,
                "{}.{:0width$} {}",
                self.minor / scale,
                self.minor % scale,
                self.currency,
                width = usize::from(digits)
            ),
        }
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Why a currency could not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidMoney {
    /// Not three upper-case letters, or more than four decimal digits.
    Currency,
}

impl fmt::Display for InvalidMoney {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a currency is three upper-case letters and at most four decimal digits")
    }
}

impl core::error::Error for InvalidMoney {}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn shows_major_units_with_every_decimal() {
        for (money, text) in [
            (Money::tiyn(5_000_00), "5000.00 KZT"),
            (Money::tiyn(5), "0.05 KZT"),
            (Money::tiyn(0), "0.00 KZT"),
            (Money::new(7, Currency::new("JPY", 0).unwrap()), "7 JPY"),
            (Money::new(1234, Currency::new("KWD", 3).unwrap()), "1.234 KWD"),
            (Money::tiyn(u64::MAX), "184467440737095516.15 KZT"),
        ] {
            assert_eq!(money.to_string(), text);
        }
    }

    #[test]
    fn arithmetic_stops_at_the_edges_and_between_currencies() {
        let tenge = Money::tiyn(100);
        let dollar = Money::new(100, Currency::USD);
        assert_eq!(tenge.checked_add(Money::tiyn(1)), Some(Money::tiyn(101)));
        assert_eq!(tenge.checked_sub(Money::tiyn(1)), Some(Money::tiyn(99)));
        assert_eq!(tenge.checked_sub(Money::tiyn(101)), None);
        assert_eq!(Money::tiyn(u64::MAX).checked_add(Money::tiyn(1)), None);
        assert_eq!(tenge.checked_add(dollar), None);
        assert_eq!(tenge.checked_sub(dollar), None);
        assert_eq!(tenge.covers(dollar), None);
        assert_eq!(tenge.covers(Money::tiyn(100)), Some(true));
        assert_eq!(tenge.covers(Money::tiyn(101)), Some(false));
    }

    #[test]
    fn refuses_what_is_no_currency() {
        for (code, exponent) in [("kzt", 2), ("KZ", 2), ("KZTT", 2), ("", 2), ("КZ", 2), ("KZT", 5)]
        {
            assert_eq!(
                Currency::new(code, exponent),
                Err(InvalidMoney::Currency),
                "{code} {exponent}"
            );
        }
        assert_eq!(Currency::new("KZT", 2), Ok(Currency::KZT));
    }
}
