//! The accountant's view of an attempt: when its money was captured, how much, and how much was
//! refunded.

use epay_domain::{Listed, Money, Payment, State, StepKind, StepStatus, Timestamp};

/// The money of an attempt that the bank has told to be taken.
pub(crate) struct Taken {
    /// When our log learned of it.
    pub(crate) at: Timestamp,
    /// `None` while the bank has not told the sum.
    pub(crate) captured: Option<Money>,
    /// `None` when the bank speaks of a refund whose sum nobody told.
    pub(crate) refunded: Option<Money>,
}

impl Taken {
    /// `None` where nothing was taken.
    pub(crate) fn of(listed: &Listed) -> Option<Taken> {
        let payment = &listed.stored.payment;
        let State::Captured { captured, refunded } = payment.state() else { return None };
        let (invoice, terminal) = (payment.invoice().clone(), payment.terminal().clone());
        let mut so_far = Payment::open(invoice, payment.ordered(), terminal);
        let told = listed.events.iter().find(|event| {
            so_far = so_far.clone().apply(event);
            matches!(so_far.state(), State::Captured { .. })
        });
        let at = told.map_or(listed.opened_at, |event| event.at);
        Some(Taken { at, captured, refunded })
    }
}

/// The refunds that the bank has accepted, each by its sum.
pub(crate) fn refunds(payment: &Payment) -> impl Iterator<Item = Money> {
    payment.steps().filter_map(|(step, status)| match (step.kind(), status) {
        (StepKind::Refund(sum), StepStatus::Accepted) => Some(sum),
        _ => None,
    })
}

/// The sum as a table has it, in major units and without its currency.
pub(crate) fn decimal(sum: Money) -> String {
    let text = sum.to_string();
    text.split(' ').next().unwrap_or_default().to_owned()
}
