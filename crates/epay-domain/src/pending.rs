//! The question to the bank that has no answer yet.

use crate::{Question, Timestamp};
use core::time::Duration;

/// The question to the bank that has no answer yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// The question.
    pub question: Question,
    /// When it was asked; of a hand-over the last time.
    pub since: Timestamp,
    /// Whose turn it is.
    pub waits_for: WaitsFor,
    /// For how long the bank has now answered that it does not know the invoice; `None` when its
    /// last answer was another, or there was none. Only answered checks count, each gap for two
    /// hours at most.
    pub not_found_for: Option<Duration>,
    /// Which ask of the question this is, from 1.
    pub(crate) ask: u32,
}

/// Whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitsFor {
    /// The bank has to tell.
    Bank,
    /// The payer has to answer the 3-D Secure challenge, or to pay at the bank's pay form.
    Payer,
}
