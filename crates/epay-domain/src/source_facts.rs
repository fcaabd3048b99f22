//! All facts that one source has reported about one operation, joined so that neither order nor
//! repetition matters.

use crate::status::Rank;
use crate::{Decline, PayerStep, VoidReason};
use alloc::collections::BTreeSet;

/// Grows only: each field is a maximum, a union or a range, so learning is commutative and
/// idempotent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SourceFacts {
    /// Whether this source has spoken of it at all.
    pub(crate) spoke: bool,
    /// Yes, without a stage: it answers nothing, but an attempt that heard it is no longer provably
    /// dead.
    pub(crate) approved: bool,
    pub(crate) awaiting: Option<PayerStep>,
    pub(crate) declined: Option<Decline>,
    pub(crate) verified: bool,
    pub(crate) authorized: bool,
    pub(crate) voided: Option<VoidReason>,
    pub(crate) captured: bool,
    /// Every captured sum that was told, in minor units of the payment's own currency.
    pub(crate) captured_sums: BTreeSet<u64>,
    /// The largest total that was told, in the same units.
    pub(crate) refunded: Option<u64>,
    pub(crate) refund_sum_untold: bool,
}

impl SourceFacts {
    pub(crate) fn rank(&self) -> Rank {
        if self.captured {
            Rank::Captured
        } else if self.voided.is_some() {
            Rank::Voided
        } else if self.authorized {
            Rank::Authorized
        } else if self.verified {
            Rank::Verified
        } else if self.declined.is_some() {
            Rank::Declined
        } else {
            Rank::New
        }
    }

    /// The facts of both together.
    pub(crate) fn join(&mut self, other: &SourceFacts) {
        self.spoke |= other.spoke;
        self.approved |= other.approved;
        self.awaiting = self.awaiting.max(other.awaiting);
        self.declined = self.declined.max(other.declined);
        self.verified |= other.verified;
        self.authorized |= other.authorized;
        self.voided = self.voided.max(other.voided);
        self.captured |= other.captured;
        self.captured_sums.extend(&other.captured_sums);
        self.refunded = self.refunded.max(other.refunded);
        self.refund_sum_untold |= other.refund_sum_untold;
    }
}
