//! Times as people read them: UTC to the second.

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
}
