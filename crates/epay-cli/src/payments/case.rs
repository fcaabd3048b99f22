//! One attempt with its history: what the bank has confirmed, what is pending, and what was asked.

use epay::story::{self, Conflict};
use epay_domain::{Event, Stored, Timestamp};

use crate::foreign;

/// An attempt with its history, judged at a time.
pub(crate) struct Case<'a> {
    pub(crate) stored: &'a Stored,
    pub(crate) history: &'a [Event],
    pub(crate) now: Timestamp,
    /// The order's present attempt, where that is another one.
    pub(crate) present: Option<&'a Stored>,
    /// The log, as a shell reads its name.
    pub(crate) log: &'a str,
}

impl Case<'_> {
    /// What the bank has confirmed, with its sums.
    pub(crate) fn known(&self) -> String {
        foreign::text(&story::known(&self.stored.payment))
    }

    /// What an accountant finds it by; `None` where the bank has not told it.
    pub(crate) fn details(&self) -> [(&'static str, Option<String>); 4] {
        let payment = &self.stored.payment;
        let details = payment.details();
        let text = |it: Option<epay_domain::BankText>| it.map(|text| foreign::text(text.as_str()));
        [
            ("operation", payment.transaction().map(ToString::to_string)),
            ("RRN", text(details.reference)),
            ("approval code", text(details.approval_code)),
            ("card", text(details.card_mask)),
        ]
    }

    /// The open question, how old it is, and for how long the bank has not known of it.
    pub(crate) fn pending(&self) -> Option<String> {
        story::pending(&self.stored.payment, self.now)
    }

    /// What the order's present attempt is, where that is another one.
    pub(crate) fn present(&self) -> Option<String> {
        let present = &self.present?.payment;
        let status = crate::answer::of(present).status;
        Some(format!("its present attempt is invoice {}: {status}", present.invoice()))
    }

    /// What was asked of a hold or of taken money, each with its answer.
    pub(crate) fn steps(&self) -> Vec<String> {
        story::steps(&self.stored.payment)
    }

    pub(crate) fn conflicts(&self) -> Vec<Conflict> {
        Conflict::all(&self.stored.payment, self.history)
    }
}
