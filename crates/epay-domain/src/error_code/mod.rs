//! The error book: what each of the bank's codes means, whether it is final, and what the payer may
//! read.

use crate::{Finality, Language};

mod table;

/// One number by which the bank refuses. All of them, with how each is known: docs/error-codes.md.
#[derive(Debug)]
pub struct ErrorCode {
    code: i64,
    meaning: &'static str,
    evidence: &'static str,
    finality: Finality,
    who_acts: WhoActs,
    retry: RetryAdvice,
    payer: &'static PayerText,
}

/// The party who can do something so that a next attempt may go through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WhoActs {
    /// The payer: another card, more funds, the right data, a call to the issuer.
    Payer,
    /// The merchant: terminal, contract or limits.
    Merchant,
    /// Nobody yet: wait and look at the status.
    Nobody,
}

/// When a next attempt may go through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RetryAdvice {
    /// At once, after the payer has put something right.
    Now,
    /// Later, with the same card.
    Later,
    /// With another card: this one won't do, however often it is tried.
    AnotherCard,
    /// Once the merchant has put something right.
    AfterMerchant,
    /// Not before a status has told how this one ended: the money may be held.
    AfterStatus,
}

/// One text in the three languages of the bank's pages.
#[derive(Debug)]
pub(crate) struct PayerText {
    ru: &'static str,
    kk: &'static str,
    en: &'static str,
}

impl PayerText {
    /// While it is not known how the payment ended.
    pub(crate) const UNKNOWN: &PayerText = &table::UNKNOWN;
    /// Where no more is known than that it failed.
    pub(crate) const FAILED: &PayerText = &table::FAILED;

    pub(crate) const fn read(&self, language: Language) -> &'static str {
        match language {
            Language::Russian => self.ru,
            Language::Kazakh => self.kk,
            Language::English => self.en,
        }
    }
}

impl ErrorCode {
    /// The row of this number. `None` for one that nobody has seen: it is not final.
    pub fn find(code: i64) -> Option<&'static ErrorCode> {
        let at = table::CODES.binary_search_by_key(&code, |row| row.code).ok()?;
        table::CODES.get(at)
    }

    /// All rows, by number.
    pub const fn all() -> &'static [ErrorCode] {
        table::CODES
    }

    /// The bank's number.
    pub fn code(&self) -> i64 {
        self.code
    }

    /// The meaning of the code, in words for a log or a developer.
    pub fn meaning(&self) -> &'static str {
        self.meaning
    }

    /// Whether it ends the matter. Never `Final` where the evidence does not say so.
    pub fn finality(&self) -> Finality {
        self.finality
    }

    /// How it is known whether the number is final, such as "documented not final".
    pub fn evidence(&self) -> &'static str {
        self.evidence
    }

    /// The party who can do something about it.
    pub fn who_acts(&self) -> WhoActs {
        self.who_acts
    }

    /// When a next attempt may go through.
    pub fn retry(&self) -> RetryAdvice {
        self.retry
    }

    /// What the payer may read once the refusal is final; until then it is the text of
    /// [`Decline::payer_text`](crate::Decline::payer_text).
    pub fn payer_text(&self, language: Language) -> &'static str {
        self.payer.read(language)
    }
}
