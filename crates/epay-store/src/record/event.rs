//! What was asked, and what became of it, as it stands in the log.

use epay_domain::{self as domain, NotificationKind, StepId, TransactionId};
use serde::{Deserialize, Serialize};

use super::{
    RecordError,
    command::{CloseReason, Command, note},
    contradiction::Contradiction,
    fact::Observation,
    question::{Question, transactions},
    unknown,
};

/// The variants' names are the format: they never change.
#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum EventKind {
    Asked {
        command: Command,
    },
    NotSent {
        #[serde(skip_serializing_if = "Option::is_none")]
        question: Option<Question>,
        ask: u32,
    },
    Unanswered {
        #[serde(skip_serializing_if = "Option::is_none")]
        question: Option<Question>,
    },
    Observed {
        observation: Box<Observation>,
    },
    Closed {
        reason: CloseReason,
    },
    GivenUp {
        step: String,
        note: String,
    },
    Acknowledged {
        contradictions: Vec<Contradiction>,
        note: String,
    },
    Chosen {
        transaction: String,
        among: Vec<String>,
        note: String,
    },
    Reopened {
        note: String,
    },
    Notified {
        notification: String,
        through: u64,
    },
    #[serde(other, skip_serializing)]
    Unknown,
}

impl TryFrom<&domain::EventKind> for EventKind {
    type Error = RecordError;

    fn try_from(kind: &domain::EventKind) -> Result<EventKind, RecordError> {
        use domain::EventKind as From;
        Ok(match kind {
            From::Asked(command) => EventKind::Asked { command: command.try_into()? },
            From::NotSent { question, ask } => {
                EventKind::NotSent { question: question.as_ref().map(Question::from), ask: *ask }
            }
            From::Unanswered(question) => {
                EventKind::Unanswered { question: question.as_ref().map(Question::from) }
            }
            From::Observed(seen) => {
                let observation = Box::new(seen.into());
                EventKind::Observed { observation }
            }
            From::Closed(reason) => EventKind::Closed { reason: reason.try_into()? },
            From::GivenUp(step, note) => {
                EventKind::GivenUp { step: step.to_string(), note: note.to_string() }
            }
            From::Acknowledged(seen, note) => EventKind::Acknowledged {
                contradictions: Contradiction::write_all(seen)?,
                note: note.to_string(),
            },
            From::Chosen { transaction, among, note } => EventKind::Chosen {
                transaction: transaction.to_string(),
                among: among.iter().map(ToString::to_string).collect(),
                note: note.to_string(),
            },
            From::Reopened(note) => EventKind::Reopened { note: note.to_string() },
            From::Notified { kind, through } => {
                EventKind::Notified { notification: kind.name().to_owned(), through: *through }
            }
        })
    }
}

impl TryFrom<EventKind> for domain::EventKind {
    type Error = RecordError;

    fn try_from(kind: EventKind) -> Result<domain::EventKind, RecordError> {
        use domain::EventKind as Into;
        let question = |it: Option<Question>| it.map(Question::try_into).transpose();
        Ok(match kind {
            EventKind::Asked { command } => Into::Asked(command.try_into()?),
            EventKind::NotSent { question: it, ask } => {
                Into::NotSent { question: question(it)?, ask }
            }
            EventKind::Unanswered { question: it } => Into::Unanswered(question(it)?),
            EventKind::Observed { observation } => Into::Observed((*observation).try_into()?),
            EventKind::Closed { reason } => Into::Closed(reason.try_into()?),
            EventKind::GivenUp { step, note: words } => {
                Into::GivenUp(StepId::new(&step)?, note(&words)?)
            }
            EventKind::Acknowledged { contradictions, note: words } => {
                Into::Acknowledged(Contradiction::read_all(contradictions)?, note(&words)?)
            }
            EventKind::Chosen { transaction, among, note: words } => Into::Chosen {
                transaction: TransactionId::new(&transaction)?,
                among: transactions(&among)?,
                note: note(&words)?,
            },
            EventKind::Reopened { note: words } => Into::Reopened(note(&words)?),
            EventKind::Notified { notification, through } => {
                let kind = NotificationKind::ALL.into_iter().find(|it| it.name() == notification);
                Into::Notified { kind: kind.ok_or_else(unknown)?, through }
            }
            EventKind::Unknown => return Err(unknown()),
        })
    }
}
