//! The callback log remembers what the bank had to report, to whom, and how each attempt to deliver it ended.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::{
    bank::Bank,
    callbacks::{Callback, Moment},
    time::Millis,
};

/// One report about a payment. Its body, which holds `secret_hash` and what the payer typed, is not shown.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct CallbackEntry {
    /// When it was written.
    pub at: Millis,
    /// The invoice it is about.
    pub invoice: String,
    /// postLink, or failurePostLink of a failure; none where the merchant gave none, so that it went nowhere.
    pub url: Option<String>,
    /// How each attempt ended; empty while none has.
    pub ends: Vec<CallbackEnd>,
    #[serde(skip)]
    pub(crate) body: Bytes,
}

impl std::fmt::Debug for CallbackEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CallbackEntry")
            .field("at", &self.at)
            .field("invoice", &self.invoice)
            .field("ends", &self.ends)
            .finish_non_exhaustive()
    }
}

/// How an attempt to deliver a callback ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallbackEnd {
    /// The merchant answered with this HTTP status; the bank does not care which.
    Answered(u16),
    /// It could not be delivered, and why.
    Failed(String),
    /// It was lost as planned.
    Lost,
}

impl Bank {
    /// What the bank had to report so far, in order.
    pub fn callback_log(&self) -> &[CallbackEntry] {
        &self.callback_log
    }

    /// Notes how an attempt to deliver this callback ended.
    pub fn note_callback(&mut self, callback: &Callback, end: CallbackEnd) {
        if let Some(entry) = self.callback_log.by_number_mut(callback.entry) {
            entry.ends.push(end);
        }
    }

    /// The latest report about an invoice, to be delivered again; `None` where there is none (any more), or nowhere to.
    pub fn redeliver(&self, invoice: &str) -> Option<Callback> {
        let entries = self.callback_log.iter().enumerate().rev();
        let mut about = entries.filter(|(_, entry)| entry.invoice == invoice);
        let (at, CallbackEntry { url, body, .. }) = about.next()?;
        let entry = self.callback_log.first_number() + at;
        Some(Callback {
            url: url.clone()?,
            invoice: invoice.to_owned(),
            body: body.clone(),
            moment: Moment::AfterAnswer,
            copies: 1,
            entry,
        })
    }
}
