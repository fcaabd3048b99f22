//! The judge compares four books when all is quiet: the bank's ledger, its wire, our log, and what the shop was told.
//!
//! It knows nothing of how they came about, so a test can hand it books in which something is wrong.

mod closed;
mod money;
mod notifications;
mod once;

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
};

use epay_domain::{Event, Payment, Stored};
use serde::{Deserialize, Serialize};

/// One operation as the ledger has it; sums in tiyn.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Operation {
    pub(crate) id: String,
    pub(crate) invoice: String,
    pub(crate) status: String,
    pub(crate) captured: u64,
    pub(crate) refunded: u64,
    pub(crate) refunds: Vec<Refund>,
    /// Which status it came to, and when.
    pub(crate) history: Vec<(u64, String)>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Refund {
    pub(crate) external_id: Option<String>,
}

/// One call as the wire log has it, however it ended.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Call {
    pub(crate) endpoint: String,
    pub(crate) subject: String,
    #[serde(default)]
    pub(crate) end: serde_json::Value,
}

/// One line of the shop's own book.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct NotificationLine {
    pub(crate) id: String,
    pub(crate) order: String,
    pub(crate) invoice: String,
    pub(crate) kind: String,
    /// How the attempt stood when it came.
    pub(crate) status: String,
    pub(crate) captured: Option<u64>,
    pub(crate) refunded: Option<u64>,
}

/// One attempt of our log.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    pub(crate) stored: Stored,
    pub(crate) events: Vec<Event>,
}

/// What a payer or a shop was told about an invoice while it went on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Promise {
    Paid,
    /// Not charged, and never will be.
    NotCaptured,
}

/// Everything there is when all is quiet.
#[derive(Clone, Debug, Default)]
pub(crate) struct Books {
    /// What each order was to cost.
    pub(crate) orders: BTreeMap<String, u64>,
    pub(crate) ledger: Vec<Operation>,
    pub(crate) wire: Vec<Call>,
    pub(crate) log: Vec<Attempt>,
    pub(crate) notifications: Vec<NotificationLine>,
    pub(crate) promises: Vec<(String, Promise)>,
}

/// What is wrong, by what it costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Wrong {
    /// A payer was charged twice, or too much.
    Double,
    /// Money that our log does not know, or knows otherwise.
    Lost,
    /// A question that nobody will answer any more.
    Unknown,
    /// A call that moves money was sent again.
    SentAgain,
    /// An attempt was ended without its proof.
    NoProof,
    /// A notification that was not told, or told otherwise.
    Notification,
    /// Somebody was told what is not so.
    BrokenPromise,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) wrong: Wrong,
    /// The order or invoice it is about.
    pub(crate) about: String,
    pub(crate) what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}: {}", self.wrong, self.about, self.what)
    }
}

/// What the judge has found.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    pub(crate) findings: Vec<Finding>,
    /// Attempts that a person has to look at, and why.
    pub(crate) contradicted: Vec<String>,
}

impl Verdict {
    pub(crate) fn count(&self, wrong: Wrong) -> usize {
        self.findings.iter().filter(|finding| finding.wrong == wrong).count()
    }

    fn wrong(&mut self, wrong: Wrong, about: impl Into<String>, what: impl Into<String>) {
        self.findings.push(Finding { wrong, about: about.into(), what: what.into() });
    }
}

/// Compares the books.
pub(crate) fn judge(books: &Books) -> Verdict {
    let attempts: HashMap<&str, &Attempt> =
        books.log.iter().map(|attempt| (attempt.invoice(), attempt)).collect();
    let mut verdict = Verdict::default();
    for attempt in &books.log {
        if attempt.fold() != attempt.stored.payment {
            verdict.wrong(
                Wrong::Lost,
                attempt.invoice(),
                "the log's events do not make the payment it has",
            );
        }
        let open = attempt.stored.payment.contradictions();
        if !open.is_empty() {
            verdict.contradicted.push(format!("{}: {open:?}", attempt.invoice()));
        } else if let Some(pending) = attempt.stored.payment.pending() {
            verdict.wrong(Wrong::Unknown, attempt.invoice(), format!("{pending:?}"));
        }
        closed::judge(attempt, &mut verdict);
    }
    money::judge(books, &attempts, &mut verdict);
    once::judge(books, &attempts, &mut verdict);
    notifications::judge(books, &mut verdict);
    verdict.findings.sort_by_key(|finding| finding.wrong);
    verdict
}

impl Attempt {
    pub(crate) fn invoice(&self) -> &str {
        self.stored.payment.invoice().as_str()
    }

    fn fold(&self) -> Payment {
        let payment = &self.stored.payment;
        let opened =
            Payment::open(payment.invoice().clone(), payment.ordered(), payment.terminal().clone())
                .with_tag(payment.tag());
        self.events.iter().fold(opened, Payment::apply)
    }
}
