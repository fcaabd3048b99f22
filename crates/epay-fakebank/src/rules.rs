//! A payment request is judged before any issuer is asked: number, text and repetition, each by one function.

use crate::{
    amount::Amount,
    cards,
    ledger::{Ledger, last_six},
    refusal::Refusal,
    settings::{Dedupe, Switches},
};

/// The longest description in bytes (documented on the cryptogram page).
const DESCRIPTION_BYTES: usize = 125;
/// The smallest refund: 10 KZT (documented).
const MINIMUM_REFUND: Amount = Amount::from_minor(10_00);

/// 6–15 digits (documented).
pub(crate) fn invoice(number: &str) -> Result<(), Refusal> {
    if (6..=15).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(())
    } else {
        Err(Refusal::rule(477, "Invoice number must be 6 to 15 digits"))
    }
}

/// There is one, and it is short enough.
pub(crate) fn description(text: &str) -> Result<(), Refusal> {
    match text.len() {
        0 => Err(Refusal::rule(477, "Description is required")),
        1..=DESCRIPTION_BYTES => Ok(()),
        _ => Err(Refusal::rule(477, "Description is longer than 125 bytes")),
    }
}

/// Three capital letters.
pub(crate) fn currency(code: &str) -> Result<(), Refusal> {
    if code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase()) {
        Ok(())
    } else {
        Err(Refusal::rule(477, "Currency must be an ISO code"))
    }
}

/// The number is new to its terminal. That the answer is 477 is assumed.
pub(crate) fn unused(
    number: &str,
    terminal: &str,
    ledger: &Ledger,
    switches: &Switches,
) -> Result<(), Refusal> {
    let clashes = |used: &str| match switches.dedupe {
        Dedupe::Off => false,
        Dedupe::Strict => used == number,
        Dedupe::LastSix => last_six(used) == last_six(number),
    };
    let used = ledger.of_last_six(number).filter(|operation| operation.is_on(terminal));
    match used.map(|operation| &operation.invoice).find(|used| clashes(used)) {
        None => Ok(()),
        Some(used) if used == number => Err(Refusal::rule(477, cards::message(477))),
        Some(_) => Err(Refusal::rule(477, "Another invoice has the same last six digits")),
    }
}

/// What a refund takes, given what may still be taken.
pub(crate) fn refund(asked: Option<Amount>, refundable: Amount) -> Result<Amount, Refusal> {
    let amount = asked.unwrap_or(refundable);
    if amount < MINIMUM_REFUND {
        Err(Refusal::rule(477, "Refund is less than 10"))
    } else if amount > refundable {
        Err(Refusal::rule(488, cards::message(488)))
    } else {
        Ok(amount)
    }
}

/// What a charge takes, given what is held.
pub(crate) fn charge(asked: Option<Amount>, held: Amount) -> Result<Amount, Refusal> {
    let amount = asked.unwrap_or(held);
    if amount == Amount::ZERO {
        Err(Refusal::rule(470, cards::message(470)))
    } else if amount > held {
        Err(Refusal::rule(488, cards::message(488)))
    } else {
        Ok(amount)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invoice_numbers() {
        for good in ["123456", "123456789012345"] {
            assert!(invoice(good).is_ok(), "{good}");
        }
        for bad in ["", "12345", "1234567890123456", "12345a", "１２３４５６"] {
            assert!(invoice(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn descriptions_are_counted_in_bytes() {
        assert!(description(&"a".repeat(125)).is_ok());
        assert!(description(&"a".repeat(126)).is_err());
        assert!(description(&"я".repeat(62)).is_ok());
        assert!(description(&"я".repeat(63)).is_err());
        assert!(description("").is_err());
    }

    #[test]
    fn currencies_are_iso_codes() {
        assert!(currency("KZT").is_ok());
        for bad in ["kzt", "KZ", "KZTT", "398", ""] {
            assert!(currency(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_refund_is_between_ten_and_the_rest() {
        let rest = Amount::from_minor(50_00);
        let cases = [
            (None, Ok(50_00)),
            (Some(10_00), Ok(10_00)),
            (Some(9_99), Err(477)),
            (Some(50_00), Ok(50_00)),
            (Some(50_01), Err(488)),
        ];
        for (asked, expected) in cases {
            let got = refund(asked.map(Amount::from_minor), rest);
            assert_eq!(
                got.map(Amount::minor).map_err(|refusal| refusal.code()),
                expected,
                "{asked:?}"
            );
        }
    }

    #[test]
    fn a_charge_is_more_than_nothing_and_at_most_the_hold() {
        let held = Amount::from_minor(50_00);
        let cases =
            [(None, Ok(50_00)), (Some(1), Ok(1)), (Some(0), Err(470)), (Some(50_01), Err(488))];
        for (asked, expected) in cases {
            let got = charge(asked.map(Amount::from_minor), held);
            assert_eq!(
                got.map(Amount::minor).map_err(|refusal| refusal.code()),
                expected,
                "{asked:?}"
            );
        }
    }
}
