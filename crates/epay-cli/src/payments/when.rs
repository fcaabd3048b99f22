//! Times as people read them: UTC to the second, and ages in the two units that matter.

use std::time::Duration;

use epay::TokioClock;
use epay_domain::{Clock, Timestamp};

/// The time somebody said in Unix seconds, or else the system's.
pub(crate) fn now_or(unix: Option<u64>) -> Timestamp {
    unix.map_or_else(
        || TokioClock.now(),
        |seconds| Timestamp::from_unix_millis(seconds.saturating_mul(1_000)),
    )
}

/// So long ago.
pub(crate) fn before_now(age: Duration) -> Timestamp {
    TokioClock.now() - age
}

/// `2026-11-24 00:00:00Z`.
pub(crate) fn utc(at: Timestamp) -> String {
    at.to_string()
}

/// The same, or a dash for never.
pub(crate) fn utc_or_dash(at: Option<Timestamp>) -> String {
    at.map_or_else(|| "-".to_owned(), utc)
}

/// `40 s`, `12 min`, `2 h 3 min`, `5 days 7 h`.
pub(crate) fn age(of: Duration) -> String {
    let seconds = of.as_secs();
    let (minutes, hours) = (seconds / 60, seconds / 3_600);
    match hours {
        0 if minutes == 0 => format!("{seconds} s"),
        0 => format!("{minutes} min"),
        1..48 => format!("{hours} h {} min", minutes % 60),
        _ => format!("{} days {} h", hours / 24, hours % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 86_400;

    #[test]
    fn every_day_of_four_centuries_is_written_as_another_program_writes_it() {
        let months =
            ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        for day in (0..146_097).step_by(7).chain([59, 60, 11_016, 11_017, 20_781]) {
            let seconds = day * DAY + day % DAY;
            let at = std::time::UNIX_EPOCH + Duration::from_secs(seconds);
            let theirs = httpdate::fmt_http_date(at); // Thu, 01 Jan 1970 00:00:00 GMT
            let words: Vec<&str> = theirs.split(' ').collect();
            let month = months.iter().position(|month| *month == words[2]).unwrap() + 1;
            let expected = format!("{}-{month:02}-{} {}Z", words[3], words[1], words[4]);
            assert_eq!(utc(Timestamp::from_unix_millis(seconds * 1_000 + 999)), expected);
        }
    }

    #[test]
    fn an_age_has_the_units_that_matter() {
        for (seconds, expected) in [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (3_599, "59 min"),
            (7_380, "2 h 3 min"),
            (172_799, "47 h 59 min"),
            (172_800, "2 days 0 h"),
        ] {
            assert_eq!(age(Duration::from_secs(seconds)), expected);
        }
    }
}
