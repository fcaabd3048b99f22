//! One line of the log: what we asked, what we heard, what a person ruled.

use crate::{CloseReason, Command, Note, Observation, StepId, Timestamp};

/// The only thing that moves a [`Payment`](crate::Payment). The log of events is the payment: replay is a fold.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "an event changes nothing until it is written to the log and applied"]
pub struct Event {
    /// When, by the wall clock of whoever made the event.
    pub at: Timestamp,
    /// What happened.
    pub kind: EventKind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// We are about to ask the bank. Written before the call leaves.
    Asked(Command),
    /// No byte of that ask left.
    NotSent(Option<Question>),
    /// That ask may have left, and no answer came.
    Unanswered(Option<Question>),
    /// The bank said something.
    Observed(Observation),
    /// We stopped waiting for the payment.
    Closed(CloseReason),
    /// A person, or the reconciler's waiting time, ended the wait for a step.
    GivenUp(StepId, Note),
    /// A person ended the flags raised so far.
    Acknowledged(Note),
    /// The shop has been told what was new, up to the event of this number, counted from 1. It moves nothing.
    Notified(u64),
}

/// Which ask a silence belongs to: a late one must not be taken for the silence of another ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// [`Command::Authorize`].
    Authorize,
    /// [`Command::Confirm`].
    Confirm,
    /// The capture, void or refund of this name.
    Step(StepId),
}

/// How far a call got that brought no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Delivery {
    /// Proof that no byte of the request left.
    NotSent,
    /// It may have left, in whole or in part: money may have moved.
    MaybeSent,
}
