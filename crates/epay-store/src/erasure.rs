//! The parts of a log that can be erased, and the choice of attempts to erase them from.

use epay_domain::{Event, InvoiceId, Payment, PaymentStatus, State, Stored, Timestamp};

use crate::{
    record::{self, RecordError},
    row::Written,
};

/// From which attempts a store's `erase` takes what can be erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Erasure {
    /// This one, because somebody has asked.
    Attempt(InvoiceId),
    /// All that were opened before, because that is how long it is kept.
    OpenedBefore(Timestamp),
}

/// Whether the payer's form will not be shown again. While a person has to judge which operation is
/// ours, it may.
pub(crate) fn is_challenge_over(payment: &Payment) -> bool {
    payment.state() != State::New && payment.status() != PaymentStatus::Disputed
}

/// Whether an append that makes this of it takes the challenge along.
pub(crate) fn ends_challenge(onto: &Payment, appended: &Payment, events: &[Event]) -> bool {
    appended.was_challenged()
        && is_challenge_over(appended)
        && (!is_challenge_over(onto)
            || events.iter().any(|event| record::without_challenge(event).is_some()))
}

/// What goes from an attempt when somebody asks, as far as it can be read. What the payer still has
/// to answer stays until they have, or somebody has closed the attempt.
pub(crate) fn on_demand(stored: Option<&Stored>) -> impl Fn(&Event) -> Option<Event> {
    let awaited = stored.is_some_and(|stored| stored.payment.challenge().is_some());
    move |event| {
        let shown = record::without_challenge(event).filter(|_| !awaited);
        shown.or_else(|| record::without_notes(event))
    }
}

/// The record without what is erased, where there is anything. One that can't be read is left alone:
/// it is damage for whoever reads it, and no reason not to write.
pub(crate) fn rewritten(
    invoice: &str,
    Written { place, record, checksum }: &Written,
    erased: &impl Fn(&Event) -> Option<Event>,
) -> Result<Option<Written>, RecordError> {
    let whole = place.checksum(invoice, record) == *checksum;
    let event = record::decode(record).ok().filter(|_| whole);
    let Some(event) = event.as_ref().and_then(erased) else { return Ok(None) };
    let record = record::encode_erased(&event)?;
    let checksum = place.checksum(invoice, &record);
    Ok(Some(Written { place: *place, record, checksum }))
}
