//! Days and times as an accountant in Kazakhstan counts them: Almaty's time, UTC+5 all year since
//! 2024-03-01.

use std::{ops::RangeInclusive, time::Duration};

use epay_domain::Timestamp;

use super::days;

const AHEAD: Duration = Duration::from_secs(5 * 60 * 60);

/// What is said of days in `--help`.
pub(crate) const VALUE: &str = days::VALUE;

/// `2026-11-24`, or `2026-11-01..2026-11-30` with both days in it.
pub(crate) fn read(text: &str) -> Result<RangeInclusive<Timestamp>, String> {
    let days = days::read(text)?;
    Ok(*days.start() - AHEAD..=*days.end() - AHEAD)
}

/// The day, and the time of day to the second.
pub(crate) fn day_and_time(at: Timestamp) -> (String, String) {
    let text = (at + AHEAD).to_string();
    let (day, time) = text.split_once(' ').unwrap_or((&text, ""));
    (day.to_owned(), time.trim_end_matches('Z').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_of_almaty_begins_five_hours_before_that_of_utc() {
        let day = read("2026-11-24").unwrap();
        assert_eq!(day.start().to_string(), "2026-11-23 19:00:00Z");
        assert_eq!(day.end().to_string(), "2026-11-24 18:59:59Z");
        let of = |at| day_and_time(at);
        assert_eq!(of(*day.start()), ("2026-11-24".into(), "00:00:00".into()));
        assert_eq!(of(*day.end()), ("2026-11-24".into(), "23:59:59".into()));
    }
}
