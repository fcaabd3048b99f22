//! Days as people write them, in UTC.

use std::{ops::RangeInclusive, time::Duration};

use epay_domain::Timestamp;

const DAY: u64 = 86_400_000;

/// What is said of them in `--help`.
pub(crate) const VALUE: &str = "DAY[..DAY]";

/// `2026-11-24`, or `2026-11-01..2026-11-30` with both days in it.
pub(crate) fn read(text: &str) -> Result<RangeInclusive<Timestamp>, String> {
    let (first, last) = text.split_once("..").unwrap_or((text, text));
    let begins = |text| begin(text).ok_or_else(|| format!("{text:?} is no day like 2026-11-24"));
    let (first, last) = (begins(first)?, begins(last)?);
    if last < first {
        return Err("the last day comes before the first".to_owned());
    }
    Ok(first..=last + Duration::from_millis(DAY - 1))
}

/// All there are.
pub(crate) fn all() -> RangeInclusive<Timestamp> {
    Timestamp::from_unix_millis(0)..=Timestamp::from_unix_millis(u64::MAX)
}

/// Midnight of the day. Days are counted in years that begin in March, so that a leap day is a year's
/// last.
fn begin(text: &str) -> Option<Timestamp> {
    let mut parts = text.splitn(3, '-').map(|part| part.parse::<u64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    if !(1970..=9999).contains(&year) {
        return None;
    }
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let (era, of_era) = (year / 400, year % 400);
    let of_year = (153 * month.min(11) + 2) / 5 + day.clamp(1, 31) - 1;
    let days = era * 146_097 + 365 * of_era + of_era / 4 - of_era / 100 + of_year;
    let begin = Timestamp::from_unix_millis(days.checked_sub(719_468)? * DAY);
    // A day that the calendar does not have is written otherwise.
    begin.to_string().starts_with(&format!("{text} ")).then_some(begin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_four_centuries_is_read_as_it_is_written() {
        for day in (0..146_097).step_by(7).chain([58, 59, 60, 11_016, 11_017, 20_781]) {
            let begin = Timestamp::from_unix_millis(day * DAY);
            let written = begin.to_string();
            let range = read(written.split(' ').next().unwrap()).unwrap();
            assert_eq!(range, begin..=Timestamp::from_unix_millis((day + 1) * DAY - 1));
        }
    }

    #[test]
    fn several_days_have_both_ends() {
        let range = read("2026-11-01..2026-11-30").unwrap();
        assert_eq!(range.start().to_string(), "2026-11-01 00:00:00Z");
        assert_eq!(range.end().to_string(), "2026-11-30 23:59:59Z");
    }

    #[test]
    fn what_is_no_day_is_refused() {
        for text in [
            "",
            "2026",
            "2026-11",
            "2026-13-01",
            "2026-00-10",
            "2026-02-29",
            "2026-11-31",
            "2026-11-00",
            "2026-1-2",
            "+2026-11-24",
            "1969-12-31",
            "10000-01-01",
            "2026-11-24 ",
            "2026-11-24-01",
            "18446744073709551615-01-01",
            "2026-11-24..",
            "2026-11-24..2026-11-23",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
