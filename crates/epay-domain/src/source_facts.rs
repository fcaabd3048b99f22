//! Everything one source has told about a payment, joined so that neither order nor repetition matters.

use crate::state::Rank;
use crate::{Decline, Money, VoidReason};

/// Grows only: each field is a maximum, a union or a range, so learning is commutative and idempotent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SourceFacts {
    /// Yes, without a stage: it answers nothing, but an attempt that heard it is no longer provably dead.
    pub(crate) approved: bool,
    pub(crate) declined: Option<Decline>,
    pub(crate) verified: bool,
    pub(crate) authorized: bool,
    pub(crate) voided: Option<VoidReason>,
    pub(crate) taken: bool,
    pub(crate) captured: Option<Range>,
    pub(crate) refunded: Option<Money>,
    pub(crate) refund_sum_untold: bool,
}

/// The smallest and the largest sum told; two sums are one too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) low: Money,
    pub(crate) high: Money,
}

impl SourceFacts {
    pub(crate) fn rank(&self) -> Rank {
        if self.taken {
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

    pub(crate) fn saw_captured(&mut self, sum: Money) {
        let range = self.captured.unwrap_or(Range { low: sum, high: sum });
        self.captured = Some(Range { low: smaller(range.low, sum), high: larger(range.high, sum) });
    }

    pub(crate) fn saw_refunded(&mut self, total: Money) {
        self.refunded = Some(self.refunded.map_or(total, |known| larger(known, total)));
    }

    /// What both sources have told together.
    pub(crate) fn with(&self, other: &SourceFacts) -> SourceFacts {
        let mut both = self.clone();
        both.declined = both.declined.max(other.declined);
        both.approved |= other.approved;
        both.verified |= other.verified;
        both.authorized |= other.authorized;
        both.voided = both.voided.max(other.voided);
        both.taken |= other.taken;
        if let Some(range) = other.captured {
            both.saw_captured(range.low);
            both.saw_captured(range.high);
        }
        if let Some(total) = other.refunded {
            both.saw_refunded(total);
        }
        both.refund_sum_untold |= other.refund_sum_untold;
        both
    }
}

// Only sums in the payment's own currency are ever learnt.
fn larger(a: Money, b: Money) -> Money {
    Money::new(a.minor().max(b.minor()), a.currency())
}

fn smaller(a: Money, b: Money) -> Money {
    Money::new(a.minor().min(b.minor()), a.currency())
}
