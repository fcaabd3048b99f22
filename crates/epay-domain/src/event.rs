//! One event of the log: a question to the bank, its answer, or a person's decision.

use crate::{
    CloseReason, Command, Contradiction, Note, NotificationKind, Observation, StepId, Timestamp,
    TransactionId,
};
use alloc::vec::Vec;

/// The only thing that moves a [`Payment`](crate::Payment). The log of events is the payment: replay
/// is a fold.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "an event changes nothing until it is written to the log and applied"]
pub struct Event {
    /// When, by the wall clock of whoever made the event.
    pub at: Timestamp,
    /// The kind of event.
    pub kind: EventKind,
}

/// The kind of event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// We are about to ask the bank. Written before the call leaves.
    Asked(Command),
    /// No byte of that ask left.
    NotSent {
        /// The question; `None` if nothing was pending.
        question: Option<Question>,
        /// Which ask of that question it was, from 1: what was not sent may be asked again.
        ask: u32,
    },
    /// That ask may have left, and no answer came.
    Unanswered(Option<Question>),
    /// The bank said something.
    Observed(Observation),
    /// We stopped waiting for the payment.
    Closed(CloseReason),
    /// A person, or the reconciler's waiting time, ended the wait for a step.
    GivenUp(StepId, Note),
    /// A person has looked into exactly these contradictions.
    Acknowledged(Vec<Contradiction>, Note),
    /// A person has said which of these operations at the bank is ours.
    Chosen {
        /// The one that is ours.
        transaction: TransactionId,
        /// All that were known then; one that is named later, or holds or takes more, is not judged yet.
        among: Vec<TransactionId>,
        /// Their words.
        note: Note,
    },
    /// The shop allows a new payment of the order, although this attempt was paid or held and given back.
    Reopened(Note),
    /// The shop was notified. It moves nothing.
    Notified {
        /// Of what.
        kind: NotificationKind,
        /// The number of the event it was about, counted from 1.
        through: u64,
    },
}

/// Which ask a silence belongs to: a late one must not be taken for the silence of another ask.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Question {
    /// [`Command::Authorize`].
    Authorize,
    /// [`Command::HandOver`]: no call of ours is under way, and the bank's word is awaited.
    HandOver,
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
