//! What was asked, and what became of it, as it stands in the log.

use core::time::Duration;

use epay_domain::{self as domain, Note, StepId};
use serde::{Deserialize, Serialize};

use super::{
    RecordError,
    fact::{Money, Observation},
    invalid, unknown,
};

/// The variants' names are the format: they never change.
#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum EventKind {
    Asked {
        command: Command,
    },
    NotSent {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        question: Option<Question>,
    },
    Unanswered {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        question: Option<Question>,
    },
    Observed {
        observation: Observation,
    },
    Closed {
        reason: CloseReason,
    },
    GivenUp {
        step: String,
        note: String,
    },
    Acknowledged {
        note: String,
    },
    Notified {
        through: u64,
    },
    #[serde(other, skip_serializing)]
    Unknown,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Command {
    Authorize,
    Confirm,
    Capture {
        step: String,
        sum: Money,
    },
    Void {
        step: String,
    },
    Refund {
        step: String,
        sum: Money,
    },
    Close {
        reason: CloseReason,
    },
    GiveUp {
        step: String,
        note: String,
    },
    Acknowledge {
        note: String,
    },
    #[serde(other, skip_serializing)]
    Unknown,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Question {
    Authorize,
    Confirm,
    Step {
        step: String,
    },
    #[serde(other, skip_serializing)]
    Unknown,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum CloseReason {
    NeverAsked,
    NeverConfirmed,
    Abandoned {
        not_found_window: Span,
    },
    #[serde(other, skip_serializing)]
    Unknown,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Span {
    secs: u64,
    #[serde(default, skip_serializing_if = "is_zero")]
    nanos: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(nanos: &u32) -> bool {
    *nanos == 0
}

impl From<&domain::EventKind> for EventKind {
    fn from(kind: &domain::EventKind) -> EventKind {
        match kind {
            domain::EventKind::Asked(command) => EventKind::Asked { command: command.into() },
            domain::EventKind::NotSent(question) => {
                EventKind::NotSent { question: question.as_ref().map(Question::from) }
            }
            domain::EventKind::Unanswered(question) => {
                EventKind::Unanswered { question: question.as_ref().map(Question::from) }
            }
            domain::EventKind::Observed(observation) => {
                EventKind::Observed { observation: observation.into() }
            }
            domain::EventKind::Closed(reason) => EventKind::Closed { reason: (*reason).into() },
            domain::EventKind::GivenUp(step, note) => {
                EventKind::GivenUp { step: text(step), note: note.as_str().to_owned() }
            }
            domain::EventKind::Acknowledged(note) => {
                EventKind::Acknowledged { note: note.as_str().to_owned() }
            }
            domain::EventKind::Notified(through) => EventKind::Notified { through: *through },
        }
    }
}

impl TryFrom<EventKind> for domain::EventKind {
    type Error = RecordError;

    fn try_from(kind: EventKind) -> Result<domain::EventKind, RecordError> {
        Ok(match kind {
            EventKind::Asked { command } => domain::EventKind::Asked(command.try_into()?),
            EventKind::NotSent { question } => {
                domain::EventKind::NotSent(question.map(Question::try_into).transpose()?)
            }
            EventKind::Unanswered { question } => {
                domain::EventKind::Unanswered(question.map(Question::try_into).transpose()?)
            }
            EventKind::Observed { observation } => {
                domain::EventKind::Observed(observation.try_into()?)
            }
            EventKind::Closed { reason } => domain::EventKind::Closed(reason.try_into()?),
            EventKind::GivenUp { step, note } => {
                domain::EventKind::GivenUp(StepId::new(&step)?, words(&note)?)
            }
            EventKind::Acknowledged { note } => domain::EventKind::Acknowledged(words(&note)?),
            EventKind::Notified { through } => domain::EventKind::Notified(through),
            EventKind::Unknown => return Err(unknown()),
        })
    }
}

impl From<&domain::Command> for Command {
    fn from(command: &domain::Command) -> Command {
        match command {
            domain::Command::Authorize => Command::Authorize,
            domain::Command::Confirm => Command::Confirm,
            domain::Command::Capture(step, sum) => {
                Command::Capture { step: text(step), sum: (*sum).into() }
            }
            domain::Command::Void(step) => Command::Void { step: text(step) },
            domain::Command::Refund(step, sum) => {
                Command::Refund { step: text(step), sum: (*sum).into() }
            }
            domain::Command::Close(reason) => Command::Close { reason: (*reason).into() },
            domain::Command::GiveUp(step, note) => {
                Command::GiveUp { step: text(step), note: note.as_str().to_owned() }
            }
            domain::Command::Acknowledge(note) => {
                Command::Acknowledge { note: note.as_str().to_owned() }
            }
        }
    }
}

impl TryFrom<Command> for domain::Command {
    type Error = RecordError;

    fn try_from(command: Command) -> Result<domain::Command, RecordError> {
        Ok(match command {
            Command::Authorize => domain::Command::Authorize,
            Command::Confirm => domain::Command::Confirm,
            Command::Capture { step, sum } => {
                domain::Command::Capture(StepId::new(&step)?, sum.try_into()?)
            }
            Command::Void { step } => domain::Command::Void(StepId::new(&step)?),
            Command::Refund { step, sum } => {
                domain::Command::Refund(StepId::new(&step)?, sum.try_into()?)
            }
            Command::Close { reason } => domain::Command::Close(reason.try_into()?),
            Command::GiveUp { step, note } => {
                domain::Command::GiveUp(StepId::new(&step)?, words(&note)?)
            }
            Command::Acknowledge { note } => domain::Command::Acknowledge(words(&note)?),
            Command::Unknown => return Err(unknown()),
        })
    }
}

impl From<&domain::Question> for Question {
    fn from(question: &domain::Question) -> Question {
        match question {
            domain::Question::Authorize => Question::Authorize,
            domain::Question::Confirm => Question::Confirm,
            domain::Question::Step(step) => Question::Step { step: text(step) },
        }
    }
}

impl TryFrom<Question> for domain::Question {
    type Error = RecordError;

    fn try_from(question: Question) -> Result<domain::Question, RecordError> {
        Ok(match question {
            Question::Authorize => domain::Question::Authorize,
            Question::Confirm => domain::Question::Confirm,
            Question::Step { step } => domain::Question::Step(StepId::new(&step)?),
            Question::Unknown => return Err(unknown()),
        })
    }
}

impl From<domain::CloseReason> for CloseReason {
    fn from(reason: domain::CloseReason) -> CloseReason {
        match reason {
            domain::CloseReason::NeverAsked => CloseReason::NeverAsked,
            domain::CloseReason::NeverConfirmed => CloseReason::NeverConfirmed,
            domain::CloseReason::Abandoned { not_found_window } => CloseReason::Abandoned {
                not_found_window: Span {
                    secs: not_found_window.as_secs(),
                    nanos: not_found_window.subsec_nanos(),
                },
            },
        }
    }
}

impl TryFrom<CloseReason> for domain::CloseReason {
    type Error = RecordError;

    fn try_from(reason: CloseReason) -> Result<domain::CloseReason, RecordError> {
        Ok(match reason {
            CloseReason::NeverAsked => domain::CloseReason::NeverAsked,
            CloseReason::NeverConfirmed => domain::CloseReason::NeverConfirmed,
            // More nanoseconds than a second has could carry the seconds over their end.
            CloseReason::Abandoned { not_found_window }
                if not_found_window.nanos >= 1_000_000_000 =>
            {
                return Err(invalid());
            }
            CloseReason::Abandoned { not_found_window } => domain::CloseReason::Abandoned {
                not_found_window: Duration::new(not_found_window.secs, not_found_window.nanos),
            },
            CloseReason::Unknown => return Err(unknown()),
        })
    }
}

fn text(step: &StepId) -> String {
    step.as_str().to_owned()
}

fn words(note: &str) -> Result<Note, RecordError> {
    Note::new(note).ok_or_else(invalid)
}
