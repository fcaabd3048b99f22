//! All that the books have of one invoice, put together in one pass over each of them.

use std::collections::{BTreeMap, HashMap};

use epay_domain::{CloseReason, Contradiction, EventKind};
use epay_fakebank::{Endpoint, LedgerLine, WireEntry};

use super::{Attempt, Books, NotificationLine, Promise};

/// What the books have of one invoice.
#[derive(Default)]
pub(super) struct Account<'a> {
    pub(super) attempt: Option<&'a Attempt>,
    /// The contradictions that are open.
    pub(super) open: Vec<Contradiction>,
    /// What a call has booked.
    pub(super) operations: Vec<&'a LedgerLine>,
    /// What was booked without a call: by somebody else, or by a bank that lies.
    /// With the invoice under which our log knows it.
    pub(super) strangers: Vec<(&'a LedgerLine, Option<&'a str>)>,
    /// The calls that may move money.
    pub(super) calls: Vec<&'a WireEntry>,
    pub(super) notifications: Vec<&'a NotificationLine>,
    pub(super) promises: Vec<&'a Promise>,
}

impl<'a> Account<'a> {
    pub(super) fn all(books: &'a Books) -> BTreeMap<&'a str, Account<'a>> {
        let mut accounts: BTreeMap<&str, Account<'_>> = BTreeMap::new();
        let mut known: HashMap<&str, &str> = HashMap::new();
        for attempt in &books.log {
            let account = accounts.entry(attempt.invoice()).or_default();
            account.attempt = Some(attempt);
            account.open = attempt.stored.payment.contradictions();
            if let Some(transaction) = attempt.stored.payment.transaction() {
                known.insert(transaction.as_str(), attempt.invoice());
            }
        }
        let mut invoices = known.clone();
        for line in &books.ledger {
            let account = accounts.entry(&line.invoice).or_default();
            account.operations.push(line);
            if account.attempt.is_some() || !invoices.contains_key(line.id.as_str()) {
                invoices.insert(&line.id, &line.invoice);
            }
        }
        for call in books.wire.iter().filter(|call| call.endpoint.moves_money()) {
            let subject = call.subject.as_str();
            let invoice = match call.endpoint {
                Endpoint::Cryptopay => subject,
                _ => invoices.get(subject).copied().unwrap_or(subject),
            };
            accounts.entry(invoice).or_default().calls.push(call);
        }
        for line in books.notifications.iter().flatten() {
            accounts.entry(&line.invoice).or_default().notifications.push(line);
        }
        for promise in &books.promises {
            accounts.entry(&promise.invoice).or_default().promises.push(promise);
        }
        accounts.values_mut().for_each(|account| account.tell_strangers(&known));
        accounts
    }

    /// Each call may have booked one operation, and none that was there before it.
    fn tell_strangers(&mut self, known: &HashMap<&str, &'a str>) {
        let asks = self.calls.iter().filter(|call| call.endpoint == Endpoint::Cryptopay);
        let mut asks = asks.map(|call| call.at).peekable();
        let operations = std::mem::take(&mut self.operations);
        for line in operations {
            let booked_at = line.history.first().map(|(at, _)| *at);
            let is_asked = asks.next_if(|asked| booked_at.is_none_or(|at| *asked <= at)).is_some();
            if is_asked {
                self.operations.push(line);
            } else {
                self.strangers.push((line, known.get(line.id.as_str()).copied()));
            }
        }
    }

    /// The operation that our log means: the one it knows by its id, or else the latest.
    pub(super) fn ours(&self) -> Option<&'a LedgerLine> {
        let transaction = self.attempt.and_then(|attempt| attempt.stored.payment.transaction());
        let all = self.operations.iter();
        let known = transaction.and_then(|id| all.clone().find(|line| line.id == id.as_str()));
        known.or(all.last()).copied()
    }

    /// Whether facts contradict each other, or a person has judged such facts: then the books need not agree.
    pub(super) fn is_in_doubt(&self) -> bool {
        let judged = |kind: &EventKind| {
            matches!(kind, EventKind::Acknowledged(..) | EventKind::Chosen { .. })
        };
        !self.open.is_empty() || self.has(judged)
    }

    /// Whether we stopped waiting without the bank's word, so that what surfaces is a late success.
    pub(super) fn is_declared_dead(&self) -> bool {
        let declared = |kind: &EventKind| match kind {
            EventKind::Closed(reason) => {
                matches!(reason, CloseReason::Abandoned { .. } | CloseReason::ByPerson(_))
            }
            _ => false,
        };
        self.has(declared)
    }

    pub(super) fn has(&self, event: impl Fn(&EventKind) -> bool) -> bool {
        self.attempt.is_some_and(|attempt| attempt.events.iter().any(|it| event(&it.kind)))
    }
}
