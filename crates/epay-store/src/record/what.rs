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
pub(super) enum What {
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
        closing: Closing,
    },
    GaveUp {
        step: String,
        note: String,
    },
    Acknowledged {
        note: String,
    },
    Told {
        upto: u64,
    },
    #[serde(other, skip_serializing)]
    Unknown,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Command {
    Authorize,
    Confirm,
    Charge {
        step: String,
        sum: Money,
    },
    Cancel {
        step: String,
    },
    Refund {
        step: String,
        sum: Money,
    },
    Close {
        closing: Closing,
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
pub(super) enum Closing {
    NeverAsked,
    NeverConfirmed,
    Abandoned {
        fence: Fence,
    },
    #[serde(other, skip_serializing)]
    Unknown,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Fence {
    secs: u64,
    #[serde(default, skip_serializing_if = "is_zero")]
    nanos: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(nanos: &u32) -> bool {
    *nanos == 0
}

impl From<&domain::What> for What {
    fn from(what: &domain::What) -> What {
        match what {
            domain::What::Asked(command) => What::Asked { command: command.into() },
            domain::What::NotSent(question) => {
                What::NotSent { question: question.as_ref().map(Question::from) }
            }
            domain::What::Unanswered(question) => {
                What::Unanswered { question: question.as_ref().map(Question::from) }
            }
            domain::What::Observed(observation) => {
                What::Observed { observation: observation.into() }
            }
            domain::What::Closed(closing) => What::Closed { closing: (*closing).into() },
            domain::What::GaveUp(step, note) => {
                What::GaveUp { step: text(step), note: note.as_str().to_owned() }
            }
            domain::What::Acknowledged(note) => {
                What::Acknowledged { note: note.as_str().to_owned() }
            }
            domain::What::Told(upto) => What::Told { upto: *upto },
        }
    }
}

impl TryFrom<What> for domain::What {
    type Error = RecordError;

    fn try_from(what: What) -> Result<domain::What, RecordError> {
        Ok(match what {
            What::Asked { command } => domain::What::Asked(command.try_into()?),
            What::NotSent { question } => {
                domain::What::NotSent(question.map(Question::try_into).transpose()?)
            }
            What::Unanswered { question } => {
                domain::What::Unanswered(question.map(Question::try_into).transpose()?)
            }
            What::Observed { observation } => domain::What::Observed(observation.try_into()?),
            What::Closed { closing } => domain::What::Closed(closing.try_into()?),
            What::GaveUp { step, note } => domain::What::GaveUp(StepId::new(&step)?, words(&note)?),
            What::Acknowledged { note } => domain::What::Acknowledged(words(&note)?),
            What::Told { upto } => domain::What::Told(upto),
            What::Unknown => return Err(unknown()),
        })
    }
}

impl From<&domain::Command> for Command {
    fn from(command: &domain::Command) -> Command {
        match command {
            domain::Command::Authorize => Command::Authorize,
            domain::Command::Confirm => Command::Confirm,
            domain::Command::Charge(step, sum) => {
                Command::Charge { step: text(step), sum: (*sum).into() }
            }
            domain::Command::Cancel(step) => Command::Cancel { step: text(step) },
            domain::Command::Refund(step, sum) => {
                Command::Refund { step: text(step), sum: (*sum).into() }
            }
            domain::Command::Close(closing) => Command::Close { closing: (*closing).into() },
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
            Command::Charge { step, sum } => {
                domain::Command::Charge(StepId::new(&step)?, sum.try_into()?)
            }
            Command::Cancel { step } => domain::Command::Cancel(StepId::new(&step)?),
            Command::Refund { step, sum } => {
                domain::Command::Refund(StepId::new(&step)?, sum.try_into()?)
            }
            Command::Close { closing } => domain::Command::Close(closing.try_into()?),
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

impl From<domain::Closing> for Closing {
    fn from(closing: domain::Closing) -> Closing {
        match closing {
            domain::Closing::NeverAsked => Closing::NeverAsked,
            domain::Closing::NeverConfirmed => Closing::NeverConfirmed,
            domain::Closing::Abandoned { fence } => Closing::Abandoned {
                fence: Fence { secs: fence.as_secs(), nanos: fence.subsec_nanos() },
            },
        }
    }
}

impl TryFrom<Closing> for domain::Closing {
    type Error = RecordError;

    fn try_from(closing: Closing) -> Result<domain::Closing, RecordError> {
        Ok(match closing {
            Closing::NeverAsked => domain::Closing::NeverAsked,
            Closing::NeverConfirmed => domain::Closing::NeverConfirmed,
            // More nanoseconds than a second has could carry the seconds over their end.
            Closing::Abandoned { fence } if fence.nanos >= 1_000_000_000 => return Err(invalid()),
            Closing::Abandoned { fence } => {
                domain::Closing::Abandoned { fence: Duration::new(fence.secs, fence.nanos) }
            }
            Closing::Unknown => return Err(unknown()),
        })
    }
}

fn text(step: &StepId) -> String {
    step.as_str().to_owned()
}

fn words(note: &str) -> Result<Note, RecordError> {
    Note::new(note).ok_or_else(invalid)
}
