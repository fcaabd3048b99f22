//! Every call, at either door, is performed here: the wire log notes it and planned faults strike it.

use crate::{
    bank::Bank,
    callback_log::CallbackEnd,
    callbacks::{Callback, Moment},
    faults::{Endpoint, FaultKind},
    time::Millis,
    wire::{self, End, WireEntry},
};

/// A call that has been performed, and what is left of its answer.
#[derive(Debug)]
pub struct Performed<T> {
    /// What the bank made of the call; `None` when it was cut before any effect.
    ///
    /// Only with [`End::Answered`] may the caller get to know it.
    pub value: Option<T>,
    /// How the call ends for the caller.
    pub end: End,
    /// How many milliseconds late.
    pub delay: u64,
    /// What the bank sends to the merchant because of it.
    pub callbacks: Vec<Callback>,
}

impl Bank {
    /// Performs `call` as the next call of `endpoint` about `subject` (an invoice or an operation id).
    ///
    /// The HTTP door uses it by itself; at the typed door wrap each call, as in
    /// `bank.perform(Endpoint::Cancel, id, now, |bank| bank.cancel(None, id, now))`.
    pub fn perform<T>(
        &mut self,
        endpoint: Endpoint,
        subject: &str,
        now: Millis,
        call: impl FnOnce(&mut Self) -> T,
    ) -> Performed<T> {
        let faults = self.plan.take(endpoint);
        let end = end_of(&faults);
        self.note(endpoint, subject, now, end);
        let delay = faults
            .iter()
            .map(|what| if let FaultKind::Delay(delay) = what { *delay } else { 0 })
            .sum();
        if end == End::CutBeforeEffect {
            return Performed { value: None, end, delay, callbacks: Vec::new() };
        }
        let hidden_for = faults.iter().find_map(|what| {
            if let FaultKind::LateVisible(time) = what { Some(*time) } else { None }
        });
        let before = hidden_for.map(|time| (self.ledger.clone(), now.plus(time)));
        let undone = faults
            .contains(&FaultKind::SaysDone)
            .then(|| (self.ledger.clone(), self.saved_cards.clone()));
        let (booked, reported) = (self.ledger.all().len(), self.callback_log.next_number());
        self.without_md = faults.contains(&FaultKind::ChallengeWithoutMd);
        let value = call(self);
        self.without_md = false;
        if let Some((before, until)) = before {
            self.ledger.veil_changes(&before, until);
        }
        for what in &faults {
            if let FaultKind::Misbook(how) = what {
                let invoice =
                    self.ledger.all().get(booked).map(|operation| operation.invoice.clone());
                invoice.map(|invoice| self.misbook(&invoice, how.clone()));
            }
        }
        let mut callbacks = self.take_callbacks();
        if let Some(undone) = undone {
            (self.ledger, self.saved_cards) = undone;
            self.callback_log.truncate(reported);
            callbacks.clear();
        }
        if faults.contains(&FaultKind::CallbackLost) {
            callbacks.drain(..).for_each(|lost| self.note_callback(&lost, CallbackEnd::Lost));
        }
        strike_callbacks(&mut callbacks, &faults);
        Performed { value: Some(value), end, delay, callbacks }
    }

    /// Notes a call in the wire log.
    pub(crate) fn note(&mut self, endpoint: Endpoint, subject: &str, at: Millis, end: End) {
        self.tidy_up(at);
        let subject = wire::subject(subject);
        self.wire.push(WireEntry { at, endpoint, subject, end, http_status: None });
    }
}

fn end_of(faults: &[FaultKind]) -> End {
    faults
        .iter()
        .find_map(|what| match what {
            FaultKind::CutBeforeEffect => Some(End::CutBeforeEffect),
            FaultKind::CutAfterEffect => Some(End::CutAfterEffect),
            FaultKind::ErrorAfterEffect => Some(End::ErrorAfterEffect),
            FaultKind::Truncate(bytes) => Some(End::Truncated(*bytes)),
            _ => None,
        })
        .unwrap_or(End::Answered)
}

fn strike_callbacks(callbacks: &mut [Callback], faults: &[FaultKind]) {
    for callback in callbacks {
        for what in faults {
            match what {
                FaultKind::CallbackTwice => callback.copies = 2,
                FaultKind::CallbackEarly => callback.moment = Moment::BeforeAnswer,
                FaultKind::CallbackLate(time) => callback.moment = Moment::Late(*time),
                _ => {}
            }
        }
    }
}
