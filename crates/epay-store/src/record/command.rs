//! What was asked for, as it stands in the log.

use core::time::Duration;

use epay_domain::{self as domain, Note, StepId, TransactionId};
use serde::{Deserialize, Serialize};

use super::{RecordError, contradiction::Contradiction, fact::Money, millis, unknown};

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
    RefundStated {
        step: String,
        sum: Money,
        note: String,
    },
    Close {
        reason: CloseReason,
    },
    GiveUp {
        step: String,
        note: String,
    },
    Acknowledge {
        contradictions: Vec<Contradiction>,
        note: String,
    },
    ChooseTransaction {
        transaction: String,
        note: String,
    },
    Reopen {
        note: String,
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
        not_found_window: u64,
    },
    ByPerson {
        note: String,
    },
    #[serde(other, skip_serializing)]
    Unknown,
}

impl TryFrom<&domain::Command> for Command {
    type Error = RecordError;

    fn try_from(command: &domain::Command) -> Result<Command, RecordError> {
        use domain::Command as From;
        Ok(match command {
            From::Authorize => Command::Authorize,
            From::Confirm => Command::Confirm,
            From::Capture(step, sum) => {
                Command::Capture { step: step.to_string(), sum: (*sum).into() }
            }
            From::Void(step) => Command::Void { step: step.to_string() },
            From::Refund(step, sum) => {
                Command::Refund { step: step.to_string(), sum: (*sum).into() }
            }
            From::RefundStated(step, sum, note) => Command::RefundStated {
                step: step.to_string(),
                sum: (*sum).into(),
                note: note.to_string(),
            },
            From::Close(reason) => Command::Close { reason: reason.try_into()? },
            From::GiveUp(step, note) => {
                Command::GiveUp { step: step.to_string(), note: note.to_string() }
            }
            From::Acknowledge(seen, note) => Command::Acknowledge {
                contradictions: Contradiction::write_all(seen)?,
                note: note.to_string(),
            },
            From::ChooseTransaction(transaction, note) => Command::ChooseTransaction {
                transaction: transaction.to_string(),
                note: note.to_string(),
            },
            From::Reopen(note) => Command::Reopen { note: note.to_string() },
        })
    }
}

impl TryFrom<Command> for domain::Command {
    type Error = RecordError;

    fn try_from(command: Command) -> Result<domain::Command, RecordError> {
        use domain::Command as Into;
        Ok(match command {
            Command::Authorize => Into::Authorize,
            Command::Confirm => Into::Confirm,
            Command::Capture { step, sum } => Into::Capture(StepId::new(&step)?, sum.try_into()?),
            Command::Void { step } => Into::Void(StepId::new(&step)?),
            Command::Refund { step, sum } => Into::Refund(StepId::new(&step)?, sum.try_into()?),
            Command::RefundStated { step, sum, note: words } => {
                Into::RefundStated(StepId::new(&step)?, sum.try_into()?, note(&words)?)
            }
            Command::Close { reason } => Into::Close(reason.try_into()?),
            Command::GiveUp { step, note: words } => {
                Into::GiveUp(StepId::new(&step)?, note(&words)?)
            }
            Command::Acknowledge { contradictions, note: words } => {
                Into::Acknowledge(Contradiction::read_all(contradictions)?, note(&words)?)
            }
            Command::ChooseTransaction { transaction, note: words } => {
                Into::ChooseTransaction(TransactionId::new(&transaction)?, note(&words)?)
            }
            Command::Reopen { note: words } => Into::Reopen(note(&words)?),
            Command::Unknown => return Err(unknown()),
        })
    }
}

impl TryFrom<&domain::CloseReason> for CloseReason {
    type Error = RecordError;

    fn try_from(reason: &domain::CloseReason) -> Result<CloseReason, RecordError> {
        use domain::CloseReason as From;
        Ok(match reason {
            From::NeverAsked => CloseReason::NeverAsked,
            From::NeverConfirmed => CloseReason::NeverConfirmed,
            From::Abandoned { not_found_window } => {
                CloseReason::Abandoned { not_found_window: millis(*not_found_window) }
            }
            From::ByPerson(note) => CloseReason::ByPerson { note: note.to_string() },
        })
    }
}

impl TryFrom<CloseReason> for domain::CloseReason {
    type Error = RecordError;

    fn try_from(reason: CloseReason) -> Result<domain::CloseReason, RecordError> {
        use domain::CloseReason as Into;
        Ok(match reason {
            CloseReason::NeverAsked => Into::NeverAsked,
            CloseReason::NeverConfirmed => Into::NeverConfirmed,
            CloseReason::Abandoned { not_found_window } => {
                Into::Abandoned { not_found_window: Duration::from_millis(not_found_window) }
            }
            CloseReason::ByPerson { note: words } => Into::ByPerson(note(&words)?),
            CloseReason::Unknown => return Err(unknown()),
        })
    }
}

pub(super) fn note(words: &str) -> Result<Note, RecordError> {
    Ok(Note::new(words)?)
}
