//! A date as the bank writes it: RFC 3339 with any number of digits after the second.

use epay_domain::Timestamp;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// The moment, cut to milliseconds; `None` for what is no date, or one before 1970.
pub(crate) fn read(text: &str) -> Option<Timestamp> {
    let millis = OffsetDateTime::parse(text, &Rfc3339).ok()?.unix_timestamp_nanos() / 1_000_000;
    u64::try_from(millis).ok().map(Timestamp::from_unix_millis)
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
