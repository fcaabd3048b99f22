//! All that the books have of one invoice, put together in one pass over each of them.

use std::collections::{BTreeMap, HashMap};

use epay_domain::{CloseReason, Contradiction, EventKind, State};
use epay_fakebank::{Endpoint, LedgerLine, WireEntry};

use super::{Attempt, Books, NotificationLine, Promise};

/// What the books have of one invoice.
#[derive(Default)]
pub(super) struct Account<'a> {
    pub(super) attempt: Option<&'a Attempt>,
    pub(super) state: Option<State>,
    /// The contradictions that are open.
    pub(super) open: Vec<Contradiction>,
    /// Facts contradict each other, or a person has judged such facts: then the books need not agree.
    pub(super) in_doubt: bool,
    /// We stopped waiting without the bank's word, so that what surfaces is a late success.
    pub(super) declared_dead: bool,
    /// The shop lets the order be paid anew.
    pub(super) reopened: bool,
    /// Of the operations the one that our log means: that of its id, or else the latest.
    pub(super) ours: Option<&'a LedgerLine>,
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
        let mut asked_of: HashMap<String, Vec<&str>> = HashMap::new();
        for attempt in &books.log {
            accounts.entry(attempt.invoice()).or_default().read(attempt);
            if let Some(transaction) = attempt.stored.payment.transaction() {
                known.insert(transaction.as_str(), attempt.invoice());
            }
            for transaction in attempt.asked_of() {
                asked_of.entry(transaction).or_default().push(attempt.invoice());
            }
        }
        let mut booked: HashMap<&str, &str> = HashMap::new();
        for line in &books.ledger {
            let account = accounts.entry(&line.invoice).or_default();
            account.operations.push(line);
            if account.attempt.is_some() || !known.contains_key(line.id.as_str()) {
                booked.insert(&line.id, &line.invoice);
            }
        }
        let mut of_no_line = Vec::new();
        for call in books.wire.iter().filter(|call| call.endpoint.moves_money()) {
            let subject = call.subject.as_str();
            let invoice = match call.endpoint {
                Endpoint::Cryptopay | Endpoint::PayForm => Some(subject),
                _ => booked.get(subject).copied(),
            };
            match invoice {
                Some(invoice) => accounts.entry(invoice).or_default().calls.push(call),
                None => of_no_line.push(call),
            }
        }
        // What a bank has named and does not have may be named for several attempts, and for each in its time.
        for call in of_no_line {
            let subject = call.subject.as_str();
            let asked = asked_of.get(subject).map_or(&[][..], Vec::as_slice);
            let may_send = |it: &&&str| accounts.get(**it).is_some_and(|it| it.may_send(call));
            let invoice = asked.iter().find(may_send).or(asked.last()).or(known.get(subject));
            let invoice = invoice.copied().unwrap_or(subject);
            accounts.entry(invoice).or_default().calls.push(call);
        }
        for line in books.notifications.iter().flatten() {
            accounts.entry(&line.invoice).or_default().notifications.push(line);
        }
        for promise in &books.promises {
            accounts.entry(&promise.invoice).or_default().promises.push(promise);
        }
        accounts.values_mut().for_each(|account| account.sort_operations(&known));
        accounts
    }

    fn read(&mut self, attempt: &'a Attempt) {
        let payment = &attempt.stored.payment;
        self.attempt = Some(attempt);
        self.state = Some(payment.state());
        self.open = payment.contradictions();
        self.in_doubt = !self.open.is_empty();
        for event in &attempt.events {
            match &event.kind {
                EventKind::Acknowledged(..) | EventKind::Chosen { .. } => self.in_doubt = true,
                EventKind::Closed(CloseReason::Abandoned { .. } | CloseReason::ByPerson(_)) => {
                    self.declared_dead = true;
                }
                EventKind::Reopened(_) => self.reopened = true,
                _ => {}
            }
        }
    }

    /// Whether our log has more asks that may have left as such a call than there were calls.
    fn may_send(&self, call: &WireEntry) -> bool {
        let asks = self.attempt.map(Attempt::asks).unwrap_or_default();
        let asked = asks.iter().filter(|asked| **asked == call.endpoint).count();
        asked > self.calls.iter().filter(|sent| sent.endpoint == call.endpoint).count()
    }

    /// Each call may have booked one operation, and none that was there before it.
    fn sort_operations(&mut self, known: &HashMap<&str, &'a str>) {
        let pays =
            |call: &&&WireEntry| matches!(call.endpoint, Endpoint::Cryptopay | Endpoint::PayForm);
        let asks = self.calls.iter().filter(pays);
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
        let id = self.attempt.and_then(|attempt| attempt.stored.payment.transaction());
        let mut all = self.operations.iter().copied();
        let by_id = id.and_then(|id| all.clone().find(|line| line.id == id.as_str()));
        self.ours = by_id.or_else(|| all.next_back());
    }
}
