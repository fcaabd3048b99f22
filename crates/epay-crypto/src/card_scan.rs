//! Detects a card number in a person's text, in digits of any script and with blanks or marks
//! between them.

use crate::CardNumber;

/// The most digits a card number has.
const MOST: usize = 19;

/// Whether there is a card number in `text`: 12 to 19 digits of any script with the check digit and
/// the first digits of a card, in one piece or in groups of any size.
///
/// Of other numbers as long that begin like a card's, one in ten passes for one. Digits that are parted by
/// words, encoded or drawn (①, ²) are not found.
///
/// ```
/// assert!(epay_crypto::has_card_number("card 4405 6397 0401 5096, called back"));
/// assert!(!epay_crypto::has_card_number("invoice 100000001, refunded 50.00"));
/// ```
pub fn has_card_number(text: &str) -> bool {
    let groups = groups(text);
    (0..groups.len()).any(|from| groups.get(from..).is_some_and(begins_with_card))
}

fn begins_with_card(groups: &[Group]) -> bool {
    let mut digits = String::new();
    for group in groups {
        // What stands apart is another number.
        if !digits.is_empty() && group.apart || digits.len() + group.digits.len() > MOST {
            return false;
        }
        digits.push_str(&group.digits);
        if is_card(&digits) {
            return true;
        }
    }
    false
}

/// Digits without anything between them.
struct Group {
    digits: String,
    /// More than three characters, or a letter, are before it.
    apart: bool,
}

fn groups(text: &str) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let (mut between, mut letters) = (0, false);
    for c in text.chars() {
        match (digit(c), groups.last_mut()) {
            (Some(digit), Some(last)) if between == 0 => last.digits.push(digit),
            (Some(digit), _) => {
                groups.push(Group { digits: digit.to_string(), apart: letters || between > 3 });
                (between, letters) = (0, false);
            }
            (None, _) => {
                between += 1;
                letters |= c.is_alphabetic();
            }
        }
    }
    groups
}

fn is_card(digits: &str) -> bool {
    // By ISO/IEC 7812 and the networks: Mir and Mastercard, Diners, Amex, JCB, Visa, Mastercard,
    // Maestro, UnionPay, Discover; Uzcard and Humo. Not what begins as a date, a telephone number
    // or an invoice does.
    let begins = |prefixes: &[&str]| prefixes.iter().any(|it| digits.starts_with(it));
    let mastercard = |it: &str| matches!(it.parse(), Ok(2200..=2204 | 2221..=2720));
    let of_a_card =
        begins(&["3", "4", "5", "6", "8600", "9860"]) || digits.get(..4).is_some_and(mastercard);
    of_a_card && digits.len() >= 12 && CardNumber::new(digits).is_ok()
}

/// The decimal digits of Unicode 16 that are not of ASCII: the zeros, each with nine after it.
const ZEROS: [u32; 75] = [
    0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6,
    0xe50, 0xed0, 0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50,
    0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10,
    0x104a0, 0x10d30, 0x10d40, 0x11066, 0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0,
    0x11650, 0x116c0, 0x116d0, 0x116da, 0x11730, 0x118e0, 0x11950, 0x11bf0, 0x11c50, 0x11d50,
    0x11da0, 0x11f50, 0x16130, 0x16a60, 0x16ac0, 0x16b50, 0x16d70, 0x1ccf0, 0x1d7ce, 0x1d7d8,
    0x1d7e2, 0x1d7ec, 0x1d7f6, 0x1e140, 0x1e2f0, 0x1e4f0, 0x1e5f1, 0x1e950, 0x1fbf0,
];

/// The digit that `c` is, whatever the script.
fn digit(c: char) -> Option<char> {
    let code = u32::from(c);
    let value = match c {
        '0'..='9' => return Some(c),
        _ => ZEROS.iter().find_map(|zero| code.checked_sub(*zero).filter(|value| *value < 10))?,
    };
    char::from_digit(value, 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_number_is_found_however_it_is_written() {
        for text in [
            "card 4405639704015096",
            "4405 6397 0401 5096",
            "4405-6397-0401-5096 it was",
            "inv 100000001 4405639704015096",
            "inv 100000001 4405 6397 0401 5096 of 2026",
            "3782 822463 10005",
            "4405.6397.0401.5096",
            "４４０５６３９７０４０１５０９６",
            "٤٤٠٥ ٦٣٩٧ ٠٤٠١ ٥٠٩٦",
            "𝟒𝟒𝟎𝟓𝟔𝟑𝟗𝟕𝟎𝟒𝟎𝟏𝟓𝟎𝟗𝟔",
            "44 05 63 97 04 01 50 96",
            "4 4 0 5 6 3 9 7 0 4 0 1 5 0 9 6",
            "44056397 04015096",
            "440563 - 970401 / 5096",
            "4405\u{200b}6397\u{a0}0401\u{2011}5096",
            "card:4405639704015096,RRN 1",
            "the 12 digits 501800000009",
            "6304 0000 0000 0000",
            "8600 1234 5678 9004",
            "2223000048400011",
        ] {
            assert!(has_card_number(text), "{text}");
        }
    }

    #[test]
    fn other_numbers_are_none() {
        for text in [
            "",
            "invoice 100000001, refunded 50.00",
            "on 2026-11-24 at 12:00",
            "ticket 1234567",
            "inv 100000003 2000 20261124 2026-11-24 2026-11-25",
            "+7 701 123 45 67 called at 2026-11-24 12:00:00",
            "a digit that is wrong: 4405639704015095",
            "44056397 is the beginning, and 04015096 is the end",
            "operation 13b6f20a-35de-4463-94f9-6b87a9c3d297",
            "44056397040150960000",
        ] {
            assert!(!has_card_number(text), "{text}");
        }
    }

    #[test]
    fn a_digit_of_any_script_has_its_value() {
        for (c, expected) in [('7', '7'), ('７', '7'), ('٩', '9'), ('𝟿', '9'), ('०', '0')] {
            assert_eq!(digit(c), Some(expected));
        }
        for c in ['a', '①', '½', '٪', '\u{ff1a}'] {
            assert_eq!(digit(c), None, "{c}");
        }
    }
}
