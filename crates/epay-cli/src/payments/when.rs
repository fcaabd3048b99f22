//! Times as people read them: UTC to the second, and ages in the two units that matter.

use std::time::Duration;

use epay::TokioClock;
use epay_domain::{Clock, Timestamp};

const DAY: u64 = 86_400;

/// The time somebody said in Unix seconds, or else the system's.
pub(crate) fn now_or(unix: Option<u64>) -> Timestamp {
    unix.map_or_else(
        || TokioClock.now(),
        |seconds| Timestamp::from_unix_millis(seconds.saturating_mul(1_000)),
    )
}

/// `2026-11-24 00:00:00Z`.
pub(crate) fn utc(at: Timestamp) -> String {
    let seconds = at.unix_millis() / 1_000;
    let (year, month, day) = date(seconds / DAY);
    let (hour, minute, second) = (seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}Z")
}

/// The same, or a dash for never.
pub(crate) fn utc_or_dash(at: Option<Timestamp>) -> String {
    at.map_or_else(|| "-".to_owned(), utc)
}

/// Year, month and day of a day since 1970, counted in years that begin in March, so that a leap
/// day is a year's last.
fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (era * 400 + year + next, month, day)
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
