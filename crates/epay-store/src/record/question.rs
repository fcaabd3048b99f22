//! What was asked, as a record names it.

use epay_domain::{self as domain, StepId, TransactionId};
use serde::{Deserialize, Serialize};

use super::{RecordError, unknown};

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

impl From<&domain::Question> for Question {
    fn from(question: &domain::Question) -> Question {
        match question {
            domain::Question::Authorize => Question::Authorize,
            domain::Question::Confirm => Question::Confirm,
            domain::Question::Step(step) => Question::Step { step: step.to_string() },
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

pub(super) fn transactions(ids: &[String]) -> Result<Vec<TransactionId>, RecordError> {
    ids.iter().map(|id| Ok(TransactionId::new(id)?)).collect()
}
