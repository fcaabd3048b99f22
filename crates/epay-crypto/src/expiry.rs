//! A card's last month is one date; how many digits it is written with is the bank's question, not the card's.

use crate::InvalidCard;
use crate::card::is_digits;
use zeroize::Zeroizing;

/// When a card ends: a month of the years 2000 to 2099, with a day where Apple gives one.
///
/// `Debug` doesn't show the date: beside a masked number it would be card data again.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Expiry {
    year: u16,
    month: u8,
    day: Option<u8>,
}

/// How an [`Expiry`] is written into a cryptogram's `expDate`.
///
/// Cards are always written [`Mmyy`](ExpiryFormat::Mmyy). For Apple Pay opened by the merchant **nobody knows**, so
/// there is no default: ask the bank and make the answer a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExpiryFormat {
    /// `0127`: month, year. `documented` for cards (bank page "cryptogram payment"); for Apple Pay `assumed`, and
    /// the least likely of the three.
    Mmyy,
    /// `270131`: year, month, day. For Apple Pay `assumed`, and the most likely: it is Apple's own
    /// `applicationExpirationDate` passed on as it is.
    Yymmdd,
    /// `310127`: day, month, year. `documented` for Apple Pay (bank page "Apple Pay by API") as the literal `DDMMYY` of
    /// a sample, and doubtful because the card number of the same sample is a placeholder.
    Ddmmyy,
}

impl Expiry {
    /// Checks that the date exists; `year` has four digits.
    pub fn new(year: u16, month: u8, day: Option<u8>) -> Result<Expiry, InvalidCard> {
        let exists = (2000..=2099).contains(&year)
            && (1..=12).contains(&month)
            && day.is_none_or(|day| (1..=last_day(year, month)).contains(&day));
        if exists { Ok(Expiry { year, month, day }) } else { Err(InvalidCard::Expiry) }
    }

    /// Reads `MMYY` or `MM/YY`, as a card shows it.
    pub fn parse_mmyy(text: &str) -> Result<Expiry, InvalidCard> {
        let (month, year) = match text.len() {
            5 => text.split_once('/'),
            _ => text.split_at_checked(2),
        }
        .ok_or(InvalidCard::Expiry)?;
        Expiry::new(2000 + u16::from(pair(year)?), pair(month)?, None)
    }

    /// Reads `YYMMDD`, as Apple's `applicationExpirationDate` is written (Apple page "Payment token format reference").
    pub fn parse_yymmdd(text: &str) -> Result<Expiry, InvalidCard> {
        let (year, rest) = text.split_at_checked(2).ok_or(InvalidCard::Expiry)?;
        let (month, day) = rest.split_at_checked(2).ok_or(InvalidCard::Expiry)?;
        Expiry::new(2000 + u16::from(pair(year)?), pair(month)?, Some(pair(day)?))
    }

    /// Writes the date. Where a day is wanted and none is known it is the last of the month: a card is good until then.
    pub fn text(self, format: ExpiryFormat) -> Zeroizing<String> {
        let year = self.year % 100;
        let month = u16::from(self.month);
        let day = u16::from(self.day.unwrap_or(last_day(self.year, self.month)));
        Zeroizing::new(match format {
            ExpiryFormat::Mmyy => format!("{month:02}{year:02}"),
            ExpiryFormat::Yymmdd => format!("{year:02}{month:02}{day:02}"),
            ExpiryFormat::Ddmmyy => format!("{day:02}{month:02}{year:02}"),
        })
    }
}

redacted!(Expiry);

/// Exactly two digits.
fn pair(text: &str) -> Result<u8, InvalidCard> {
    // `parse` alone would take a sign for a digit.
    text.parse().ok().filter(|_| is_digits(text, 2..=2)).ok_or(InvalidCard::Expiry)
}

/// Between 2000 and 2099 every fourth year is a leap year, 2000 included.
fn last_day(year: u16, month: u8) -> u8 {
    match month {
        2 if year.is_multiple_of(4) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check_date(year: u16, month: u8, day: Option<u8>, exists: bool) {
        let expected =
            if exists { Ok(Expiry { year, month, day }) } else { Err(InvalidCard::Expiry) };
        assert_eq!(Expiry::new(year, month, day), expected, "{year}-{month}-{day:?}");
    }

    #[test]
    fn a_date_exists() {
        check_date(2000, 1, None, true);
        check_date(2099, 12, Some(31), true);
        check_date(1999, 12, None, false);
        check_date(2100, 1, None, false);
        check_date(27, 1, None, false);
        check_date(2027, 0, None, false);
        check_date(2027, 13, None, false);
        check_date(2027, 1, Some(0), false);
        check_date(2027, 1, Some(32), false);
        check_date(2027, 4, Some(31), false);
        check_date(2027, 2, Some(29), false);
        check_date(2028, 2, Some(29), true);
        check_date(2000, 2, Some(29), true);
    }

    #[test]
    fn months_are_read_as_cards_show_them() {
        let january = Expiry::new(2027, 1, None);
        assert_eq!(Expiry::parse_mmyy("0127"), january);
        assert_eq!(Expiry::parse_mmyy("01/27"), january);
        for bad in [
            "", "1", "127", "01-27", "012027", "01/2027", "1/27", "1/027", "/0127", "01/7",
            "0/127", "1327", "0027", "+127",
        ] {
            assert_eq!(Expiry::parse_mmyy(bad), Err(InvalidCard::Expiry), "{bad}");
        }
        assert_eq!(Expiry::parse_mmyy("٠١٢٧"), Err(InvalidCard::Expiry));
    }

    #[test]
    fn days_are_read_as_apple_writes_them() {
        assert_eq!(Expiry::parse_yymmdd("270131"), Expiry::new(2027, 1, Some(31)));
        for bad in [
            "", "2701", "27013", "2701311", "270132", "270100", "271301", "27-131", "27+131",
            "é701x1",
        ] {
            assert_eq!(Expiry::parse_yymmdd(bad), Err(InvalidCard::Expiry), "{bad}");
        }
    }

    fn check_text(expiry: Result<Expiry, InvalidCard>, mmyy: &str, yymmdd: &str, ddmmyy: &str) {
        let expiry = expiry.unwrap();
        assert_eq!(*expiry.text(ExpiryFormat::Mmyy), mmyy);
        assert_eq!(*expiry.text(ExpiryFormat::Yymmdd), yymmdd);
        assert_eq!(*expiry.text(ExpiryFormat::Ddmmyy), ddmmyy);
    }

    #[test]
    fn three_ways_to_write_one_date() {
        check_text(Expiry::new(2027, 1, Some(15)), "0127", "270115", "150127");
        check_text(Expiry::new(2027, 1, None), "0127", "270131", "310127");
        check_text(Expiry::new(2027, 2, None), "0227", "270228", "280227");
        check_text(Expiry::new(2028, 2, None), "0228", "280229", "290228");
        check_text(Expiry::new(2030, 11, None), "1130", "301130", "301130");
        check_text(Expiry::new(2005, 9, Some(1)), "0905", "050901", "010905");
    }

    #[test]
    fn debug_does_not_show_the_date() {
        assert_eq!(format!("{:?}", Expiry::new(2027, 1, Some(31)).unwrap()), "Expiry(redacted)");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(year in 2000_u16..2100, month in 1_u8..13, day in prop::option::of(1_u8..29)) {
            let expiry = Expiry::new(year, month, day).unwrap();
            let whole_month = Expiry::new(year, month, None);
            prop_assert_eq!(Expiry::parse_mmyy(&expiry.text(ExpiryFormat::Mmyy)), whole_month);
            let dated = Expiry::new(year, month, Some(day.unwrap_or(last_day(year, month))));
            prop_assert_eq!(Expiry::parse_yymmdd(&expiry.text(ExpiryFormat::Yymmdd)), dated);
        }

        #[test]
        fn no_text_panics(text in any::<String>()) {
            let _ = (Expiry::parse_mmyy(&text), Expiry::parse_yymmdd(&text));
        }
    }
}
