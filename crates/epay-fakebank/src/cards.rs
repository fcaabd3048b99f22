//! A card number decides its outcome: published test cards, numbers that choose one, and amounts
//! that do.

use std::fmt;

use crate::{amount::Amount, messages};

/// Published, approves. Expiry 01/27, CVC 321.
pub const VISA_OK: &str = "4405639704015096";
/// Published, approves. Expiry 01/27, CVC 775.
pub const MASTERCARD_OK: &str = "5522042705066736";
/// Published, approves. Expiry 01/28, CVC 0198.
pub const AMEX_OK: &str = "377514500004820";
/// Published, locked. Expiry 09/20, CVC 170.
pub const VISA_LOCKED: &str = "4003032704547597";
/// Published, locked. Expiry 09/20, CVC 254.
pub const MASTERCARD_LOCKED: &str = "5578342710750560";
/// Asks for 3-D Secure, then does what the payer chooses.
pub const THREE_DS: &str = "4000000000000002";
/// Has the payer's device recognised first (`FINGERPRINT`), then approves.
pub const FINGERPRINT: &str = "4000000000000010";
/// Declines with 484, insufficient funds.
pub const INSUFFICIENT_FUNDS: &str = "4000000000004848";
/// Declines with 478, card expired.
pub const EXPIRED: &str = "4000000000004780";
/// Fails with 454, which is not final: ask status.
pub const NOT_FINAL: &str = "4000000000004541";
/// Declines with 495, prohibited: use another card.
pub const PROHIBITED: &str = "4000000000004954";

/// Each number that chooses an outcome, and which.
pub const LIST: [(&str, &str); 11] = [
    (VISA_OK, "approved; expiry 01/27, CVC 321"),
    (MASTERCARD_OK, "approved; expiry 01/27, CVC 775"),
    (AMEX_OK, "approved; expiry 01/28, CVC 0198"),
    (VISA_LOCKED, "declined with 465: blocked"),
    (MASTERCARD_LOCKED, "declined with 465: blocked"),
    (THREE_DS, "3-D Secure first"),
    (FINGERPRINT, "the payer's device is recognised first (FINGERPRINT)"),
    (INSUFFICIENT_FUNDS, "declined with 484: insufficient funds"),
    (EXPIRED, "declined with 478: expired"),
    (NOT_FINAL, "fails with 454, which is not final: ask status"),
    (PROHIBITED, "declined with 495: use another card"),
];

/// Number, expiry as MMYY, CVC, locked: the bank's page of test credentials (documented).
const PUBLISHED: [(&str, &str, &str, bool); 5] = [
    (VISA_OK, "0127", "321", false),
    (MASTERCARD_OK, "0127", "775", false),
    (AMEX_OK, "0128", "0198", false),
    (VISA_LOCKED, "0920", "170", true),
    (MASTERCARD_LOCKED, "0920", "254", true),
];

/// What the issuer does when asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Approves.
    Approve,
    /// Wants 3-D Secure first.
    ThreeDs,
    /// Wants to recognise the payer's device first.
    Fingerprint,
    /// Refuses with a code of the bank's table.
    Decline(u32),
}

/// A card of one's own, and what it does.
#[derive(Clone, PartialEq, Eq)]
pub struct TestCard {
    /// Of 12 to 19 digits, the last of them Luhn's.
    pub number: String,
    /// What its issuer does.
    pub verdict: Verdict,
    /// MMYY: the only one it is taken with.
    pub expiry: Option<String>,
    /// The only one it is taken with.
    pub cvc: Option<String>,
}

impl TestCard {
    pub(crate) fn is_taken_with(&self, expiry: &str, cvc: &str) -> bool {
        let same = |own: &Option<String>, typed| own.as_deref().is_none_or(|own| own == typed);
        same(&self.expiry, expiry) && same(&self.cvc, cvc)
    }

    /// As the list of cards says it.
    #[cfg(feature = "server")]
    pub(crate) fn what(&self) -> String {
        let mut what = match self.verdict {
            Verdict::Approve => "approved".to_owned(),
            Verdict::ThreeDs => "3-D Secure first".to_owned(),
            Verdict::Fingerprint => "the payer's device is recognised first".to_owned(),
            Verdict::Decline(code) => format!("declined with {code}"),
        };
        for (name, only) in [("expiry", &self.expiry), ("CVC", &self.cvc)] {
            if let Some(only) = only {
                what += &format!(", {name} {only}");
            }
        }
        what
    }
}

impl fmt::Debug for TestCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestCard").field("verdict", &self.verdict).finish_non_exhaustive()
    }
}

/// Each number that chooses an outcome, and which: one's own first.
#[cfg(feature = "server")]
pub(crate) fn listed(own: &[TestCard]) -> Vec<(String, String)> {
    let own = own.iter().map(|card| (card.number.clone(), card.what()));
    own.chain(LIST.map(|(number, what)| (number.to_owned(), what.to_owned()))).collect()
}

/// A card number that declines with `code`: twelve digits `400000000000`, the code, a Luhn digit. Code 000 asks for
/// 3-D Secure, 001 for the device. `None` above 999.
pub fn declining_card(code: u32) -> Option<String> {
    (code <= 999).then(|| {
        let body = format!("400000000000{code:03}");
        let check = (0..10).find(|digit| luhn(&format!("{body}{digit}"))).unwrap_or(0);
        format!("{body}{check}")
    })
}

/// An amount that declines with `code` on any card and on Apple Pay: it ends in `ccc.07`, so 1484.07 declines with
/// 484. Code 000 asks for 3-D Secure. `None` outside 454–529, the bank's main range of codes.
pub fn declining_amount(code: u32) -> Option<Amount> {
    is_magic(code).then(|| Amount::from_minor((1000 + u64::from(code)) * 100 + MAGIC_TIYN))
}

const MAGIC_TIYN: u64 = 7;

/// Few, so that random amounts seldom meet one.
fn is_magic(code: u32) -> bool {
    matches!(code, 0 | 454..=529)
}

/// What this number does; any other Luhn-valid number approves.
pub(crate) fn verdict_of_card(pan: &str) -> Verdict {
    if PUBLISHED.iter().any(|(number, .., locked)| *number == pan && *locked) {
        return Verdict::Decline(465);
    }
    match pan
        .strip_prefix("400000000000")
        .filter(|rest| rest.len() == 4)
        .and_then(|rest| rest.get(..3)?.parse().ok())
    {
        Some(0) => Verdict::ThreeDs,
        Some(1) => Verdict::Fingerprint,
        Some(code) => Verdict::Decline(code),
        None => Verdict::Approve,
    }
}

/// What this amount does, if it is a magic one. Below a thousand nothing is magic, so that 7 tiyn is just small.
pub(crate) fn verdict_of_amount(amount: Amount) -> Option<Verdict> {
    let (tenge, tiyn) = (amount.minor() / 100, amount.minor() % 100);
    if tenge < 1000 || tiyn != MAGIC_TIYN {
        return None;
    }
    match u32::try_from(tenge % 1000) {
        Ok(0) => Some(Verdict::ThreeDs),
        Ok(code) if is_magic(code) => Some(Verdict::Decline(code)),
        _ => None,
    }
}

/// Whether a published card came with what the bank's page prints for it; other numbers have nothing to compare.
pub(crate) fn details_match(pan: &str, expiry: &str, cvc: &str) -> bool {
    PUBLISHED.iter().find(|(number, ..)| *number == pan).is_none_or(
        |(_, published_expiry, published_cvc, _)| {
            *published_expiry == expiry && *published_cvc == cvc
        },
    )
}

/// Whether the text is 12–19 digits with a right Luhn digit.
pub(crate) fn luhn(pan: &str) -> bool {
    if !(12..=19).contains(&pan.len()) || !pan.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let sum: u32 = pan
        .bytes()
        .rev()
        .enumerate()
        .map(|(position, byte)| match (position % 2, u32::from(byte - b'0')) {
            (0, digit) => digit,
            (_, digit) if digit > 4 => digit * 2 - 9,
            (_, digit) => digit * 2,
        })
        .sum();
    sum.is_multiple_of(10)
}

/// First six, dots, last four, as check-status prints it.
pub(crate) fn mask(pan: &str) -> String {
    let last = pan.len().saturating_sub(4);
    format!("{}...{}", pan.get(..6).unwrap_or_default(), pan.get(last..).unwrap_or_default())
}

/// The scheme as the bank names it in `cardType`.
pub(crate) fn scheme(pan: &str) -> &'static str {
    match pan.as_bytes().first() {
        Some(b'4') => "VISA",
        Some(b'5' | b'2') => "MasterCard",
        Some(b'3') => "AMEX",
        _ => "",
    }
}

/// The bank's words for its codes (documented table of errors, paraphrased by clients).
pub(crate) fn message(code: u32) -> &'static str {
    messages::message(code).unwrap_or("Operation declined")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_named_card_is_luhn_valid_and_does_what_its_name_says() {
        let cases = [
            (VISA_OK, Verdict::Approve, "VISA"),
            (MASTERCARD_OK, Verdict::Approve, "MasterCard"),
            (AMEX_OK, Verdict::Approve, "AMEX"),
            (VISA_LOCKED, Verdict::Decline(465), "VISA"),
            (MASTERCARD_LOCKED, Verdict::Decline(465), "MasterCard"),
            (THREE_DS, Verdict::ThreeDs, "VISA"),
            (INSUFFICIENT_FUNDS, Verdict::Decline(484), "VISA"),
            (EXPIRED, Verdict::Decline(478), "VISA"),
            (NOT_FINAL, Verdict::Decline(454), "VISA"),
            (PROHIBITED, Verdict::Decline(495), "VISA"),
        ];
        for (pan, verdict, name) in cases {
            assert!(luhn(pan), "{pan}");
            assert_eq!(verdict_of_card(pan), verdict, "{pan}");
            assert_eq!(scheme(pan), name, "{pan}");
        }
    }

    #[test]
    fn a_code_makes_its_card_and_its_amount() {
        for code in [2, 454, 484, 999] {
            let pan = declining_card(code).unwrap();
            assert!(luhn(&pan), "{pan}");
            assert_eq!(verdict_of_card(&pan), Verdict::Decline(code));
        }
        for code in [454, 484, 529] {
            assert_eq!(
                verdict_of_amount(declining_amount(code).unwrap()),
                Some(Verdict::Decline(code))
            );
        }
        assert_eq!(verdict_of_amount(declining_amount(0).unwrap()), Some(Verdict::ThreeDs));
        for code in [1, 453, 530] {
            assert_eq!(declining_amount(code), None, "{code}");
        }
        assert_eq!(declining_card(0).as_deref(), Some(THREE_DS));
        assert_eq!(declining_card(1).as_deref(), Some(FINGERPRINT));
        assert_eq!(verdict_of_card(FINGERPRINT), Verdict::Fingerprint);
        assert_eq!(declining_card(484).as_deref(), Some(INSUFFICIENT_FUNDS));
        assert_eq!(
            declining_amount(484).map(|amount| amount.to_string()).as_deref(),
            Some("1484.07")
        );
        assert_eq!(declining_card(1000), None);
    }

    #[test]
    fn a_refusal_is_told_in_the_words_of_the_book() {
        for (code, words) in [
            (484, "Insufficient funds"),
            (487, "Not permitted to merchant"),
            (454, "Failed, but the money may be held: check the status"),
            (999, "Operation declined"),
        ] {
            assert_eq!(message(code), words, "{code}");
        }
    }

    #[test]
    fn ordinary_amounts_are_not_magic() {
        for minor in [7, 48_407, 148_400, 148_408, 148_470, 145_307, 153_007] {
            assert_eq!(verdict_of_amount(Amount::from_minor(minor)), None, "{minor}");
        }
        assert_eq!(verdict_of_amount(Amount::from_minor(100_007)), Some(Verdict::ThreeDs));
        assert_eq!(verdict_of_amount(Amount::from_minor(548_407)), Some(Verdict::Decline(484)));
    }

    #[test]
    fn luhn_wants_digits_a_length_and_the_check_digit() {
        for bad in [
            "4405639704015097",
            "440563970401509",
            "",
            "0",
            "44056397040150960000",
            "4405 6397 0401 5096",
        ] {
            assert!(!luhn(bad), "{bad}");
        }
    }

    #[test]
    fn a_mask_keeps_first_six_and_last_four() {
        assert_eq!(mask(VISA_OK), "440563...5096");
        assert_eq!(mask(AMEX_OK), "377514...4820");
    }

    #[test]
    fn published_details_are_compared_only_for_published_cards() {
        assert!(details_match(VISA_OK, "0127", "321"));
        assert!(!details_match(VISA_OK, "0126", "321"));
        assert!(!details_match(VISA_OK, "0127", "322"));
        assert!(details_match(INSUFFICIENT_FUNDS, "0101", "000"));
    }
}
