//! A person's words go into the log for ever, so they say something and hold no card number.

use epay::CardNumber;

use crate::Failure;

/// The words for the log, at most 500 bytes.
pub(crate) fn checked(note: &str) -> Result<&str, Failure> {
    let note = note.trim();
    if note.is_empty() {
        return Err("--note says who has looked and what they found: it stays in the log".into());
    }
    if has_card_number(note) {
        return Err("there is a card number in --note: it must not get into the log".into());
    }
    if note.len() > 500 {
        return Err("--note is at most 500 bytes".into());
    }
    Ok(note)
}

/// A card's number by its length and check digit, in one piece or in the groups that are printed on
/// cards. Of other numbers that are as long, one in ten passes for one.
fn has_card_number(text: &str) -> bool {
    let words: Vec<&str> = text.split(|c: char| !c.is_ascii_digit()).collect();
    let is_card =
        |digits: &str| (13..=19).contains(&digits.len()) && CardNumber::new(digits).is_ok();
    let in_groups = |from: usize| {
        let groups = words.iter().skip(from).take_while(|word| (1..=6).contains(&word.len()));
        let fours = groups.clone().take_while(|word| word.len() == 4).count();
        // Four and four and four and the rest; or four, six and five.
        let most = if fours == 1 { 3 } else { fours + 1 };
        (3..=most).any(|count| is_card(&groups.clone().take(count).copied().collect::<String>()))
    };
    words.iter().any(|word| is_card(word))
        || (0..words.len())
            .any(|from| words.get(from).is_some_and(|word| word.len() == 4) && in_groups(from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_says_something_and_is_short_enough_for_the_log() {
        assert_eq!(
            checked(" Aida: agreed with the payer ").unwrap(),
            "Aida: agreed with the payer"
        );
        assert!(checked(&"x".repeat(500)).is_ok());
        for note in ["", "  ", &"x".repeat(501)] {
            assert!(checked(note).is_err(), "{note}");
        }
    }

    #[test]
    fn a_card_number_does_not_get_into_the_log() {
        for note in [
            "card 4405639704015096",
            "4405 6397 0401 5096",
            "4405-6397-0401-5096 it was",
            "inv 100000001 4405639704015096",
            "inv 100000001 4405 6397 0401 5096 of 2026",
            "3782 822463 10005",
            "4405.6397.0401.5096",
        ] {
            assert!(checked(note).is_err(), "{note}");
        }
        for note in [
            "invoice 100000001, refunded 50.00",
            "on 2026-11-24 at 12:00",
            "ticket 1234567",
            "inv 100000003 2000 20261124 2026-11-24 2026-11-25",
        ] {
            assert!(checked(note).is_ok(), "{note}");
        }
    }
}
