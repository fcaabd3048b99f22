//! A decline: the bank's code, whether it is final, and who can do something about it.

use core::fmt;

use crate::Language;
use crate::error_code::{ErrorCode, PayerText, RetryAdvice, WhoActs};

/// The bank's refusal of an operation. Not an error: the payment went as the issuer decided.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decline {
    code: i64,
    finality: Finality,
}

/// Whether a decline ends the matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Finality {
    /// Nothing was or will be taken for this operation.
    Final,
    /// The money may still be held or taken: only a status tells.
    NotFinal,
}

impl Decline {
    /// Reads a `code` or `reasonCode` of the bank. A number this library does not know is not final: it costs one more
    /// look, while the opposite guess could cost a second charge.
    pub fn from_code(code: i64) -> Decline {
        let finality = ErrorCode::find(code).map_or(Finality::NotFinal, ErrorCode::finality);
        Decline { code, finality }
    }

    /// The same number where the place it was read in does not decide, such as a redirect's query.
    pub fn as_hint(code: i64) -> Decline {
        Decline { code, finality: Finality::NotFinal }
    }

    /// The number beside a status that says the operation failed. The status ends the matter, whatever the number.
    pub fn by_status(code: i64) -> Decline {
        Decline { code, finality: Finality::Final }
    }

    /// The bank's number, for the bank's support. It may be negative (observed).
    pub fn code(&self) -> i64 {
        self.code
    }

    /// Whether it ends the matter.
    pub fn is_final(&self) -> bool {
        self.finality == Finality::Final
    }

    /// The party who can do something about it.
    pub fn who_acts(&self) -> WhoActs {
        self.by_its_number().map_or(WhoActs::Nobody, ErrorCode::who_acts)
    }

    /// When a next attempt may go through.
    pub fn retry(&self) -> RetryAdvice {
        match ErrorCode::find(self.code).map_or(RetryAdvice::Now, ErrorCode::retry) {
            _ if !self.is_final() => RetryAdvice::AfterStatus,
            // That is what ended it.
            RetryAdvice::AfterStatus => RetryAdvice::Now,
            advice => advice,
        }
    }

    /// What the payer of a declined payment may read: what to do now, in plain words. The refusal of a capture, a void or a
    /// refund is not the payer's business.
    ///
    /// ```
    /// use epay_domain::{Decline, Language};
    /// let funds = Decline::from_code(484);
    /// assert_eq!(
    ///     funds.payer_text(Language::English),
    ///     "There is not enough money on the card. Top it up or pay with another card."
    /// );
    /// ```
    pub fn payer_text(&self, language: Language) -> &'static str {
        match ErrorCode::find(self.code) {
            _ if !self.is_final() => PayerText::UNKNOWN.read(language),
            Some(row) => row.payer_text(language),
            None => PayerText::FAILED.read(language),
        }
    }

    /// The meaning of the code, in words for a log or a developer.
    pub fn meaning(&self) -> &'static str {
        match ErrorCode::find(self.code) {
            Some(row) if row.finality() == Finality::Final || !self.is_final() => row.meaning(),
            _ if self.is_final() => "failed by its status",
            _ => "a number that nobody here knows",
        }
    }

    /// The row, where the number itself is what ended the matter, or would have.
    fn by_its_number(&self) -> Option<&'static ErrorCode> {
        ErrorCode::find(self.code)
            .filter(|row| self.is_final() && row.finality() == Finality::Final)
    }
}

impl fmt::Display for Decline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, self.meaning())
    }
}

impl fmt::Debug for Decline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Decline({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_have_held_money_is_not_final() {
        for code in [
            454,
            456,
            458,
            459,
            460,
            475,
            476,
            477,
            497,
            502,
            526,
            690,
            1267,
            3240,
            0,
            100,
            -31,
            i64::MAX,
            i64::MIN,
        ] {
            let decline = Decline::from_code(code);
            assert!(!decline.is_final(), "{code}");
            assert_eq!(decline.who_acts(), WhoActs::Nobody, "{code}");
            assert_eq!(decline.retry(), RetryAdvice::AfterStatus, "{code}");
            for language in [Language::Russian, Language::Kazakh, Language::English] {
                let text = decline.payer_text(language);
                assert_eq!(text, Decline::as_hint(484).payer_text(language), "{code}");
            }
        }
    }

    #[test]
    fn a_plain_refusal_is_final_unless_it_was_only_hinted_at() {
        let funds = Decline::from_code(484);
        assert!(funds.is_final());
        assert_eq!(funds.who_acts(), WhoActs::Payer);
        assert_eq!(alloc::format!("{funds}"), "484 insufficient funds");
        assert_eq!(Decline::from_code(487).who_acts(), WhoActs::Merchant);
        assert_eq!(Decline::from_code(487).retry(), RetryAdvice::AfterMerchant);
        let hinted = Decline::as_hint(484);
        assert!(!hinted.is_final());
        assert_eq!(hinted.who_acts(), WhoActs::Nobody);
        assert_ne!(funds, hinted);
        assert_ne!(funds.payer_text(Language::Kazakh), hinted.payer_text(Language::Kazakh));
    }

    #[test]
    fn a_failed_status_ends_the_matter_whatever_the_number() {
        assert_eq!(Decline::by_status(484), Decline::from_code(484));
        let vague = Decline::by_status(454);
        assert!(vague.is_final());
        assert_eq!(vague.who_acts(), WhoActs::Nobody);
        assert_eq!(vague.retry(), RetryAdvice::Now);
        assert_eq!(vague.meaning(), "failed by its status");
        assert_eq!(
            vague.payer_text(Language::English),
            "The payment did not go through. Try again or pay with another card."
        );
        assert_eq!(
            vague.payer_text(Language::Russian),
            Decline::by_status(-5).payer_text(Language::Russian)
        );
        assert_eq!(
            Decline::from_code(454).meaning(),
            "failed, but the money may be held: check the status"
        );
        assert_eq!(Decline::from_code(-5).meaning(), "a number that nobody here knows");
    }
}
