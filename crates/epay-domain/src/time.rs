//! Time is handed in: a timestamp is a value somebody else read from a clock.

use core::fmt;
use core::time::Duration;

/// A wall-clock instant, in milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The last one: a database has integers up to here and no further.
    pub const MAX: Timestamp = Timestamp(u64::MAX / 2);

    /// From Unix milliseconds. What is later than [`Timestamp::MAX`] is that.
    pub const fn from_unix_millis(millis: u64) -> Timestamp {
        if millis < Timestamp::MAX.0 { Timestamp(millis) } else { Timestamp::MAX }
    }

    /// Unix milliseconds.
    pub const fn unix_millis(self) -> u64 {
        self.0
    }

    /// How long after `earlier` this is; zero when the clock went back.
    pub fn since(self, earlier: Timestamp) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

/// Later by a duration, at most [`Timestamp::MAX`].
impl core::ops::Add<Duration> for Timestamp {
    type Output = Timestamp;

    fn add(self, wait: Duration) -> Timestamp {
        Timestamp::from_unix_millis(self.0.saturating_add(millis(wait)))
    }
}

/// So long before, and no earlier than 1970.
impl core::ops::Sub<Duration> for Timestamp {
    type Output = Timestamp;

    fn sub(self, age: Duration) -> Timestamp {
        Timestamp::from_unix_millis(self.0.saturating_sub(millis(age)))
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// In UTC to the second: `2026-11-24 00:00:00Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0 / 1_000;
        let (year, month, day) = date(seconds / 86_400);
        let (hour, minute, second) = (seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
        write!(f, "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}Z")
    }
}

/// Year, month and day of a day since 1970, counted in years that begin in March, so that a leap
/// day is a year's last.
const fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (era * 400 + year + next, month, day)
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}ms", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_before_1970_is_1970() {
        let (at, second) = (Timestamp::from_unix_millis(1_500), Duration::from_secs(1));
        assert_eq!(at - second, Timestamp::from_unix_millis(500));
        assert_eq!(at - Duration::MAX, Timestamp::from_unix_millis(0));
        assert_eq!(at + Duration::MAX, Timestamp::from_unix_millis(u64::MAX));
    }

    #[test]
    fn a_clock_that_goes_back_makes_no_negative_wait() {
        let (early, late) =
            (Timestamp::from_unix_millis(1_000), Timestamp::from_unix_millis(3_500));
        assert_eq!(late.since(early), Duration::from_millis(2_500));
        assert_eq!(early.since(late), Duration::ZERO);
        assert_eq!(early + Duration::from_millis(2_500), late);
        assert_eq!(late + Duration::MAX, Timestamp::MAX);
        assert_eq!(Timestamp::from_unix_millis(u64::MAX), Timestamp::MAX);
    }
}
