//! Time is handed in: a moment is a number of unix milliseconds, and nothing in the model reads a clock.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A moment in unix milliseconds, UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Millis(pub u64);

impl Millis {
    /// This moment moved forward; saturating, because the end of time is late enough.
    #[must_use]
    pub fn plus(self, milliseconds: u64) -> Self {
        Self(self.0.saturating_add(milliseconds))
    }

    /// RFC 3339 at +06:00 with milliseconds, the form of `createdDate` in client transcriptions (observed).
    pub fn rfc3339(self) -> impl fmt::Display {
        Rfc3339(self)
    }
}

struct Rfc3339(Millis);

impl fmt::Display for Rfc3339 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const OFFSET_SECONDS: u64 = 6 * 3600;
        let Millis(milliseconds) = self.0;
        let seconds = milliseconds / 1000 + OFFSET_SECONDS;
        let (year, month, day) = civil(seconds / 86_400);
        let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}+06:00",
            milliseconds % 1000
        )
    }
}

/// Days since 1970-01-01 as a Gregorian date: Howard Hinnant's `civil_from_days`, for non-negative days.
fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_at_the_banks_offset() {
        let cases = [
            (0, "1970-01-01T06:00:00.000+06:00"),
            (951_782_400_123, "2000-02-29T06:00:00.123+06:00"),
            (1_711_564_199_999, "2024-03-28T00:29:59.999+06:00"),
            (4_107_542_399_000, "2100-03-01T05:59:59.000+06:00"),
        ];
        for (milliseconds, text) in cases {
            assert_eq!(Millis(milliseconds).rfc3339().to_string(), text);
        }
    }
}
