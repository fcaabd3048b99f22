//! A refusal of the fake bank: a kind for programs, a code and a message for the wire.

use std::fmt;

use crate::cards;

/// Why nothing was approved or moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalKind {
    /// The issuer refused; the attempt is in the ledger as REJECT or FAILED.
    Declined,
    /// The request broke a rule; nothing was booked.
    Rule,
    /// No such operation on this terminal.
    NotFound,
    /// The operation is not in the state the request needs.
    WrongState,
    /// No token, or one that is unknown, expired, used or for something else.
    Unauthorized,
}

/// A refused request. Holds no input values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    kind: RefusalKind,
    code: u32,
    message: &'static str,
}

impl Refusal {
    /// One answer for every cryptogram that cannot be read, so that it says nothing about why.
    pub(crate) const CRYPTOGRAM: Self =
        Self { kind: RefusalKind::Rule, code: 477, message: "Cryptogram cannot be read" };

    /// Who refused.
    pub fn kind(&self) -> RefusalKind {
        self.kind
    }

    /// The bank's code, as in `code` of a 400 body; 401 for [`RefusalKind::Unauthorized`].
    pub fn code(&self) -> u32 {
        self.code
    }

    /// The bank's words.
    pub fn message(&self) -> &'static str {
        self.message
    }

    pub(crate) fn declined(code: u32) -> Self {
        Self { kind: RefusalKind::Declined, code, message: cards::message(code) }
    }

    pub(crate) fn rule(code: u32, message: &'static str) -> Self {
        Self { kind: RefusalKind::Rule, code, message }
    }

    pub(crate) fn not_found() -> Self {
        Self { kind: RefusalKind::NotFound, code: 522, message: cards::message(522) }
    }

    pub(crate) fn wrong_state(code: u32) -> Self {
        Self {
            kind: RefusalKind::WrongState,
            code,
            message: "Operation is not allowed in this state",
        }
    }

    pub(crate) fn unauthorized(message: &'static str) -> Self {
        Self { kind: RefusalKind::Unauthorized, code: 401, message }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the fake bank refused with code {}", self.code)
    }
}

impl std::error::Error for Refusal {}
