//! What the conductor and a worker say to each other: one line of JSON each way.

use epay_domain::{NotificationKind, PaymentStatus};
use epay_testkit::judge::NotificationLine;
use serde::{Deserialize, Serialize};

/// What a worker is started with, as JSON in the variable [`POST`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Post {
    /// The log that all workers share, for the one-stage and the two-stage terminal: paths or URLs. Both have the same, or
    /// each its own.
    pub(crate) logs: [String; 2],
    /// Where it writes the notifications it gets. Each process has a file of its own, so that one that is killed in the middle
    /// of a line spoils nobody's.
    pub(crate) notifications: std::path::PathBuf,
    pub(crate) oauth: String,
    pub(crate) api: String,
    /// Where the bank's callbacks go to.
    pub(crate) hooks: String,
    /// When the fast clock began, in milliseconds.
    pub(crate) started: u64,
    /// Whether it speaks by hyper alone.
    pub(crate) by_hyper: bool,
}

/// The variable that makes this program a worker.
pub(crate) const POST: &str = "EPAY_TORTURE_POST";

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Ask {
    pub(crate) id: u64,
    pub(crate) order: String,
    pub(crate) two_stage: bool,
    pub(crate) wish: Wish,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Wish {
    Pay {
        amount: u64,
        card: String,
    },
    /// The form that the payer's browser posts, and the state of its link.
    Confirm {
        state: String,
        form: String,
    },
    PaymentStatus,
    Abandon,
    Capture {
        step: String,
        amount: u64,
    },
    Void {
        step: String,
    },
    Refund {
        step: String,
        amount: u64,
    },
    GiveUp {
        step: String,
    },
    /// The body of a postLink.
    Hint {
        body: String,
    },
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Answer {
    pub(crate) id: u64,
    pub(crate) said: Said,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Said {
    /// What became of the payment, and under which invoice.
    Payment { invoice: String, is: Is },
    /// What became of a step.
    Step(StepIs),
    /// A hint was noted.
    HintOutcome,
    /// Nothing was asked of the bank, and why.
    Error(String),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Is {
    /// Nobody has asked the bank yet.
    New,
    Paid {
        kept: u64,
    },
    Held,
    AskPayer {
        state: String,
        pa_req: String,
        md: String,
    },
    Declined,
    NotExecuted,
    Abandoned,
    /// The hold is gone, or all was refunded.
    GivenBack,
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum StepIs {
    Done,
    Declined,
    NotSent,
    GivenUp,
    /// The payment went another way.
    Superseded,
    Unknown,
}

/// A line of the shop's book in a worker's file.
#[derive(Serialize, Deserialize)]
pub(crate) struct Told {
    pub(crate) id: String,
    pub(crate) order: String,
    pub(crate) invoice: String,
    pub(crate) kind: String,
    pub(crate) status: String,
    pub(crate) captured: Option<u64>,
    pub(crate) refunded: Option<u64>,
}

impl From<NotificationLine> for Told {
    fn from(line: NotificationLine) -> Told {
        let NotificationLine { id, order, invoice, kind, status, captured, refunded, .. } = line;
        let (kind, status) = (kind.to_string(), status.to_string());
        Told { id, order, invoice, kind, status, captured, refunded }
    }
}

impl Told {
    /// As the judge reads it; `None` where a word is none.
    pub(crate) fn line(self) -> Option<NotificationLine> {
        let Told { id, order, invoice, captured, refunded, .. } = self;
        let kind = NotificationKind::ALL.into_iter().find(|kind| kind.name() == self.kind)?;
        let status = PaymentStatus::ALL.into_iter().find(|status| status.name() == self.status)?;
        let booked = None;
        Some(NotificationLine { id, order, invoice, kind, status, captured, refunded, booked })
    }
}
