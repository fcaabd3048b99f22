//! The payer was sent to the bank's pay form, and may try several cards there.

use crate::payment::Operation;
use crate::status::Rank;
use crate::{Decline, Payment, Timestamp, TransactionId};

/// The payer was handed over to the bank's pay form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HandedOver {
    /// The last time.
    pub(crate) at: Timestamp,
    /// The latest end of a token.
    pub(crate) until: Timestamp,
}

impl Payment {
    /// Until when the payer can pay at the bank's pay form, by the clock of whoever has handed them over
    /// last; `None` where they were not handed over. The attempt counts as declined, or as not found, by
    /// nothing that was heard before.
    pub fn handed_over_until(&self) -> Option<Timestamp> {
        self.handed_over.map(|it| it.until)
    }

    /// Whether the payer may still be at the bank's pay form: all that the bank knows of is tries that
    /// have failed.
    pub(crate) fn is_at_the_form(&self) -> bool {
        let under_way = |(id, operation): (&Option<TransactionId>, &Operation)| {
            !operation.failed_try && operation.is_named(id.as_ref())
        };
        self.handed_over.is_some() && !self.counted().any(under_way)
    }

    /// Whether the bank has named a try at its pay form of which it has not said how it ended.
    pub(crate) fn has_open_try(&self) -> bool {
        let open = |(id, operation): (&Option<TransactionId>, &Operation)| {
            let ended = operation.failed_try
                || operation.told().into_iter().any(|told| told.rank() != Rank::New);
            id.is_some() && !ended
        };
        self.handed_over.is_some() && self.counted().any(open)
    }

    /// The final decline of any try at the bank's pay form, also beside one that went through.
    pub(crate) fn declined_try(&self) -> Option<Decline> {
        let ours = self.operations.values().filter(|operation| !operation.is_foreign());
        let told = ours.flat_map(|operation| operation.told()).filter_map(|told| told.declined);
        told.max().filter(|_| self.handed_over.is_some())
    }
}
