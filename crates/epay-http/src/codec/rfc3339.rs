//! A date as the bank writes it: RFC 3339 with any number of digits after the second.

use epay_domain::Timestamp;

/// The moment, cut to milliseconds; `None` for what is no date, or one before 1970.
pub(crate) fn read(text: &str) -> Option<Timestamp> {
    let (date, time) = text.split_once(['T', 't', ' '])?;
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let zone = time.find(['Z', 'z', '+', '-'])?;
    let (time, zone) = time.split_at_checked(zone)?;
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let [hour, minute, second] = numbers(time, ':', [2, 2, 2])?;
    let exists = (1..=12).contains(&month) && (1..=31).contains(&day);
    // 60 is a leap second.
    if !exists || hour > 23 || minute > 59 || second > 60 || !is_digits(fraction) {
        return None;
    }
    let millis = format!("{fraction:0<3}").get(..3)?.parse::<i64>().ok()?;
    let seconds = (days(year, month, day) * 24 + hour) * 3_600 + minute * 60 + second;
    let moment = (seconds - offset(zone)?) * 1_000 + millis;
    u64::try_from(moment).ok().map(Timestamp::from_unix_millis)
}

/// Seconds east of Greenwich.
fn offset(zone: &str) -> Option<i64> {
    if zone.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let (sign, zone) = zone.split_at_checked(1)?;
    let [hours, minutes] = numbers(zone, ':', [2, 2])?;
    let seconds = hours * 3_600 + minutes * 60;
    (hours < 24 && minutes < 60).then_some(if sign == "-" { -seconds } else { seconds })
}

/// Exactly these many numbers, of these many digits.
fn numbers<const N: usize>(text: &str, between: char, lengths: [usize; N]) -> Option<[i64; N]> {
    let mut parts = text.split(between);
    let mut numbers = [0; N];
    for (number, length) in numbers.iter_mut().zip(lengths) {
        let part = parts.next().filter(|part| part.len() == length && is_digits(part))?;
        *number = part.parse().ok()?;
    }
    parts.next().is_none().then_some(numbers)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Days since 1970-01-01 (Howard Hinnant's `days_from_civil`; a year begins in March, so that the
/// leap day is its last).
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month > 2 { year } else { year - 1 };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_date_is_a_moment_or_nothing() {
        for (text, millis) in [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("2022-03-25T15:38:56.5+06:00", Some(1_648_201_136_500)),
            ("2022-03-25T15:38:56.504987654+06:00", Some(1_648_201_136_504)),
            ("2025-02-07T11:56:43.123456+05:00", Some(1_738_911_403_123)),
            ("2024-02-29T23:59:59-00:30", Some(1_709_252_999_000)),
            ("2000-03-01t00:00:00z", Some(951_868_800_000)),
            ("2016-12-31 23:59:60Z", Some(1_483_228_800_000)),
            ("9999-12-31T23:59:59.999Z", Some(253_402_300_799_999)),
            ("1970-01-01T05:59:59+06:00", None),
            ("0001-01-01T00:00:00Z", None),
            ("2022-03-25", None),
            ("2022-03-25T15:38:56", None),
            ("2022-03-25T15:38:56.+06:00", None),
            ("2022-03-25T15:38:56+0600", None),
            ("2022-03-25T15:38:56+06:00 ", None),
            ("2022-13-25T15:38:56Z", None),
            ("2022-03-00T15:38:56Z", None),
            ("2022-03-25T24:38:56Z", None),
            ("2022-3-25T15:38:56Z", None),
            ("2022-03-25T15:38:5٦Z", None),
            ("-022-03-25T15:38:56Z", None),
            ("25.03.2022 15:38:56", None),
            ("", None),
        ] {
            assert_eq!(read(text).map(Timestamp::unix_millis), millis, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".{0,40}", near in "[-0-9T:.+Z]{0,40}") {
            let _ = (read(&text), read(&near));
        }
    }
}
