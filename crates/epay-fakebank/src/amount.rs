//! An amount is a whole number of minor units, read from and written to the decimal text of major units, never through a float.

use std::fmt;

use serde::{Serialize, Serializer, ser::Error as _};
use serde_json::value::RawValue;

/// Money in minor units (tiyn for KZT). The wire carries major units with at most two decimals.
///
/// `Serialize` writes the bank's decimal number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(u64);

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// From minor units: `from_minor(1222)` is 12.22.
    pub const fn from_minor(minor: u64) -> Self {
        Self(minor)
    }

    /// Minor units.
    pub const fn minor(self) -> u64 {
        self.0
    }

    /// Reads the decimal text of major units: `100`, `100.0`, `12.22`.
    ///
    /// `None` for signs, exponents, a third significant decimal or more than `u64` holds: the bank's pages show
    /// none of these, and a fake that guessed would hide a client's mistake.
    pub fn parse(text: &str) -> Option<Self> {
        let (whole, fraction) =
            text.split_once('.').map_or((text, "0"), |(whole, fraction)| (whole, fraction));
        let digits =
            |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(fraction) {
            return None;
        }
        let significant = fraction.trim_end_matches('0');
        let tiyn = match significant.len() {
            0 => 0,
            1 => significant.parse::<u64>().ok()?.checked_mul(10)?,
            2 => significant.parse::<u64>().ok()?,
            _ => return None,
        };
        whole.parse::<u64>().ok()?.checked_mul(100)?.checked_add(tiyn).map(Self)
    }

    /// The difference, or `None` where it would be negative.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// The sum, or `None` where it does not fit.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    pub(crate) fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, tiyn) = (self.0 / 100, self.0 % 100);
        match tiyn {
            0 => write!(f, "{whole}"),
            tiyn if tiyn % 10 == 0 => write!(f, "{whole}.{}", tiyn / 10),
            tiyn => write!(f, "{whole}.{tiyn:02}"),
        }
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // A raw value keeps the digits as they are; serde's own numbers would pass through a float.
        RawValue::from_string(self.to_string()).map_err(S::Error::custom)?.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_real_clients_send_and_nothing_else() {
        let cases = [
            ("100", Some(10_000)),
            ("100.0", Some(10_000)),
            ("12.22", Some(1_222)),
            ("12.2", Some(1_220)),
            ("12.05", Some(1_205)),
            ("0.010", Some(1)),
            ("0", Some(0)),
            ("184467440737095516.15", Some(u64::MAX)),
            ("184467440737095516.16", None),
            ("12.225", None),
            ("1e2", None),
            ("-1", None),
            ("+1", None),
            ("", None),
            (".5", None),
            ("5.", None),
            ("1.2.3", None),
            (" 1", None),
        ];
        for (text, minor) in cases {
            assert_eq!(Amount::parse(text).map(Amount::minor), minor, "{text:?}");
        }
    }

    #[test]
    fn writes_the_shortest_decimal_and_reads_it_back() {
        for (minor, text) in [
            (0, "0"),
            (10_000, "100"),
            (1_222, "12.22"),
            (1_220, "12.2"),
            (1_205, "12.05"),
            (7, "0.07"),
        ] {
            let amount = Amount::from_minor(minor);
            assert_eq!(serde_json::to_string(&amount).unwrap(), text);
            assert_eq!(Amount::parse(text), Some(amount));
        }
        assert_eq!(
            serde_json::to_string(&Amount::from_minor(u64::MAX)).unwrap(),
            "184467440737095516.15"
        );
    }
}
