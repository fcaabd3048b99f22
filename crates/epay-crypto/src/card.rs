//! A card number is checked once, shown only masked, and gone once it has been sealed.

use crate::{Expiry, InvalidCard};
use std::fmt;
use std::ops::RangeInclusive;
use zeroize::Zeroizing;

/// The most digits ISO/IEC 7812 allows.
const LONGEST_NUMBER: usize = 19;

/// A card number (PAN), or Apple's device number (DPAN): 12 to 19 digits that pass the Luhn check.
///
/// The digits live in one heap buffer of fixed size, wiped on drop. There is no way to read them back; only sealing
/// can.
pub struct CardNumber(Zeroizing<String>);

impl CardNumber {
    /// Reads `text` as a payer types it: spaces and dashes between the digits are dropped.
    pub fn new(text: &str) -> Result<CardNumber, InvalidCard> {
        // All the room there can be need of is taken at once, because growing would leave a copy unwiped.
        let mut digits = Zeroizing::new(String::with_capacity(LONGEST_NUMBER));
        for char in text.chars().filter(|char| !matches!(char, ' ' | '-')) {
            if !char.is_ascii_digit() || digits.len() == LONGEST_NUMBER {
                return Err(InvalidCard::Number);
            }
            digits.push(char);
        }
        if digits.len() < 12 {
            return Err(InvalidCard::Number);
        }
        if passes_luhn(&digits) { Ok(CardNumber(digits)) } else { Err(InvalidCard::Checksum) }
    }

    /// The mask that may be shown and logged: `440563...5096`, the first six and last four digits (PCI DSS 3.4.1).
    ///
    /// Of a number shorter than 15 digits only the last four are shown: the check digit would give away the few
    /// digits left.
    pub fn masked(&self) -> String {
        let issuer = if self.0.len() < 15 { "" } else { self.0.get(..6).unwrap_or_default() };
        let last_four =
            self.0.len().checked_sub(4).and_then(|start| self.0.get(start..)).unwrap_or_default();
        format!("{issuer}...{last_four}")
    }

    pub(crate) fn digits(&self) -> &str {
        &self.0
    }
}

/// Whether `text` is so many digits and nothing else.
pub(crate) fn is_digits(text: &str, count: RangeInclusive<usize>) -> bool {
    count.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Luhn's check (ISO/IEC 7812-1 annex B): from the right, every second digit is doubled and its digits are added.
fn passes_luhn(digits: &str) -> bool {
    let weights = [1, 2].into_iter().cycle();
    let values = digits.chars().rev().filter_map(|char| char.to_digit(10));
    let sum: u32 =
        values.zip(weights).map(|(value, weight)| value * weight).map(|d| d / 10 + d % 10).sum();
    sum.is_multiple_of(10)
}

impl fmt::Display for CardNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl fmt::Debug for CardNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CardNumber({})", self.masked())
    }
}

/// The code printed on the card: 3 digits, or 4 on American Express. Never kept, not even masked (PCI DSS 3.3.1).
pub struct Cvc(Zeroizing<String>);

impl Cvc {
    /// Takes 3 or 4 digits and nothing else.
    pub fn new(digits: &str) -> Result<Cvc, InvalidCard> {
        if is_digits(digits, 3..=4) {
            Ok(Cvc(Zeroizing::new(digits.to_owned())))
        } else {
            Err(InvalidCard::Cvc)
        }
    }

    pub(crate) fn digits(&self) -> &str {
        &self.0
    }
}

redacted!(Cvc);

/// A card as its holder reads it out. Sealing consumes it: a second payment needs the card to be entered again.
pub struct Card {
    pub(crate) number: CardNumber,
    pub(crate) expiry: Expiry,
    pub(crate) cvc: Cvc,
    holder: Option<Zeroizing<String>>,
}

impl Card {
    /// Joins the three checked parts.
    pub fn new(number: CardNumber, expiry: Expiry, cvc: Cvc) -> Card {
        Card { number, expiry, cvc, holder: None }
    }

    /// The holder's name as printed. It is not sealed: the bank wants it beside the cryptogram.
    #[must_use]
    pub fn with_holder(mut self, name: impl Into<String>) -> Card {
        self.holder = Some(Zeroizing::new(name.into()));
        self
    }

    /// The holder's name, if it was told.
    pub fn holder(&self) -> Option<&str> {
        self.holder.as_ref().map(|name| name.as_str())
    }

    /// For receipts and logs; keep it before sealing.
    pub fn masked(&self) -> String {
        self.number.masked()
    }
}

impl fmt::Debug for Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Card({})", self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check_number(text: &str, expected: Result<&str, InvalidCard>) {
        let number = CardNumber::new(text);
        assert_eq!(
            number.as_ref().map(CardNumber::digits).map_err(|error| *error),
            expected,
            "{text}"
        );
    }

    #[test]
    fn numbers_are_twelve_to_nineteen_digits_that_add_up() {
        // The bank's published test cards.
        for card in [
            "4405639704015096",
            "5522042705066736",
            "377514500004820",
            "4003032704547597",
            "5578342710750560",
        ] {
            check_number(card, Ok(card));
        }
        check_number("4405 6397 0401 5096", Ok("4405639704015096"));
        check_number("4405-6397-0401-5096", Ok("4405639704015096"));
        check_number(" 44056397 04015096 ", Ok("4405639704015096"));
        check_number("676200000005", Ok("676200000005"));
        check_number("6304000000000000000", Ok("6304000000000000000"));

        check_number("4405639704015097", Err(InvalidCard::Checksum));
        check_number("4405639704010596", Err(InvalidCard::Checksum)); // two digits swapped
        check_number("00000000000", Err(InvalidCard::Number)); // eleven
        check_number("00000000000000000000", Err(InvalidCard::Number)); // twenty
        check_number("", Err(InvalidCard::Number));
        check_number("----", Err(InvalidCard::Number));
        check_number("4405639704015096x", Err(InvalidCard::Number));
        check_number("4405.6397.0401.5096", Err(InvalidCard::Number));
        check_number("4405\u{a0}639704015096", Err(InvalidCard::Number));
        check_number("٤٤٠٥٦٣٩٧٠٤٠١٥٠٩٦", Err(InvalidCard::Number));
    }

    #[test]
    fn a_code_is_three_or_four_digits() {
        for (digits, fits) in [
            ("321", true),
            ("0198", true),
            ("12", false),
            ("12345", false),
            ("", false),
            ("12a", false),
            ("1 2", false),
        ] {
            assert_eq!(
                Cvc::new(digits).map(|cvc| cvc.digits() == digits),
                if fits { Ok(true) } else { Err(InvalidCard::Cvc) }
            );
        }
    }

    fn check_mask(digits: &str, mask: &str) {
        let number = CardNumber::new(digits).unwrap();
        assert_eq!(number.masked(), mask);
        assert_eq!(format!("{number}"), mask);
        assert_eq!(format!("{number:?}"), format!("CardNumber({mask})"));
    }

    #[test]
    fn only_the_mask_is_ever_printed() {
        check_mask("4405639704015096", "440563...5096");
        check_mask("377514500004820", "377514...4820");
        check_mask("676200000005", "...0005");
        let card = Card::new(
            CardNumber::new("4405639704015096").unwrap(),
            Expiry::parse_mmyy("0127").unwrap(),
            Cvc::new("321").unwrap(),
        );
        assert_eq!(card.masked(), "440563...5096");
        assert_eq!(format!("{card:?} {:?}", card.cvc), "Card(440563...5096) Cvc(redacted)");
        assert_eq!(card.holder(), None);
        let card = card.with_holder("ANNA PAVLOVA");
        assert_eq!(card.holder(), Some("ANNA PAVLOVA"));
        assert_eq!(format!("{card:?}"), "Card(440563...5096)");
    }

    #[test]
    fn the_buffer_never_grows() {
        assert_eq!(CardNumber::new("6304000000000000000").unwrap().0.capacity(), LONGEST_NUMBER);
    }

    proptest! {
        #[test]
        fn one_wrong_digit_is_always_noticed(place in 0_usize..16, other in 1_u8..10) {
            let mut digits = *b"4405639704015096";
            digits[place] = (digits[place] - b'0' + other) % 10 + b'0';
            let text = std::str::from_utf8(&digits).unwrap();
            prop_assert_eq!(CardNumber::new(text).err(), Some(InvalidCard::Checksum));
        }

        #[test]
        fn no_text_panics_and_no_error_repeats_it(text in any::<String>()) {
            if let Err(error) = CardNumber::new(&text) {
                prop_assert!(matches!(error, InvalidCard::Number | InvalidCard::Checksum));
            }
        }
    }
}
