//! The records of questions to the bank and of their results.

use super::{
    contradiction::Contradiction,
    fact::{Money, Observation},
    field::wire,
};

wire! {
    tagged
    EventKind:
    Asked { command: Command } = (command),
    NotSent {
        #[serde(skip_serializing_if = "Option::is_none")]
        question: Option<Question>,
        ask: u32,
    } = { question, ask },
    Unanswered {
        #[serde(skip_serializing_if = "Option::is_none")]
        question: Option<Question>,
    } = (question),
    Observed { observation: Box<Observation> } = (observation),
    Closed { reason: CloseReason } = (reason),
    GivenUp { step: String, note: String } = (step, note),
    Acknowledged { contradictions: Vec<Contradiction>, note: String } = (contradictions, note),
    Chosen { transaction: String, among: Vec<String>, note: String } = { transaction, among, note },
    Reopened { note: String } = (note),
    Notified { notification: String, through: u64 } = { kind: notification, through },
}

wire! {
    tagged
    Command:
    Authorize,
    HandOver { until: u64 } = { until },
    Confirm,
    Capture { step: String, sum: Money } = (step, sum),
    Void { step: String } = (step),
    Refund { step: String, sum: Money } = (step, sum),
    RefundStated { step: String, sum: Money, note: String } = (step, sum, note),
    Close { reason: CloseReason } = (reason),
    GiveUp { step: String, note: String } = (step, note),
    Acknowledge { contradictions: Vec<Contradiction>, note: String } = (contradictions, note),
    ChooseTransaction { transaction: String, note: String } = (transaction, note),
    Reopen { note: String } = (note),
}

wire! {
    tagged
    CloseReason:
    NeverAsked,
    NeverConfirmed,
    Abandoned { not_found_window: u64 } = { not_found_window },
    ByPerson { note: String } = (note),
}

wire! {
    tagged
    Question:
    Authorize,
    HandOver,
    Confirm,
    Step { step: String } = (step),
}
