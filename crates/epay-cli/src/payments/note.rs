//! A person's note stays in the log until it is erased, so it must not be empty or hold a card
//! number.

use epay::has_card_number;

use crate::{Failure, exit};

/// The words for the log, at most 500 bytes.
pub(crate) fn checked(note: &str) -> Result<&str, Failure> {
    let note = note.trim();
    if note.is_empty() {
        return Err(exit::wrong(
            "--note says who has looked and what they found: it stays in the log",
        ));
    }
    if has_card_number(note) {
        return Err(exit::wrong(
            "there is a card number in --note, or what looks like one: it must not get into the log. Of \
             another number, give the last digits alone",
        ));
    }
    if note.len() > 500 {
        return Err(exit::wrong("--note is at most 500 bytes"));
    }
    Ok(note)
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
        let error = checked("card ４４０５ ６３９７ ０４０１ ５０９６").unwrap_err().to_string();
        assert!(error.starts_with("there is a card number in --note"), "{error}");
    }
}
