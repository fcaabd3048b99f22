//! The judge compares the books: the bank's ledger, its wire, our log, and what the shop and its payers were told.
//!
//! It knows nothing of how they came about, so it can be handed books of any origin: of a [`FakeBank`](crate::FakeBank)
//! and a store in this process, or read over a socket. What contradicts, and is flagged for a person, it lists apart.
//!
//! ```
//! use epay_testkit::{FakeBank, judge::{Books, judge}};
//! # fn check(bank: &FakeBank, log: Vec<epay_testkit::judge::Attempt>) {
//! let verdict = judge(&bank.with_bank(|bank| Books::new(bank, log)));
//! assert!(verdict.complaints.is_empty(), "{verdict}");
//! # }
//! # check(&FakeBank::start(), vec![]);
//! ```

mod account;
mod closed;
mod flags;
mod money;
mod notifications;
mod once;
mod opened;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, fmt, time::Duration};

use epay_domain::{
    Command, Event, EventKind, ListQuery, Listed, NotificationKind, OrderId, Payment,
    PaymentStatus, PaymentStore, State, StoreError, Stored, Timestamp,
};
use epay_fakebank::{Bank, LedgerLine, WireEntry};

use account::Account;

/// All that is judged.
#[derive(Clone, Debug)]
pub struct Books {
    /// What each order costs, in minor units.
    pub orders: BTreeMap<String, u64>,
    /// The bank's books.
    pub ledger: Vec<LedgerLine>,
    /// What reached the bank. Leave out what somebody on the way has doubled.
    pub wire: Vec<WireEntry>,
    /// Our log.
    pub log: Vec<Attempt>,
    /// The shop's own book, in any order; `None` where nobody listens.
    pub notifications: Option<Vec<NotificationLine>>,
    /// What payers and shops were told while it went on.
    pub promises: Vec<Promise>,
    /// The shortest that any process was set to: what was closed sooner has no proof.
    pub not_found_window: Duration,
    /// Whether the bank tells how much it has given back. Where not, our log may know less of it.
    pub tells_refunds: bool,
    /// Whether each ask that may have left has arrived: no process ended between the log and the wire.
    pub all_arrive: bool,
    /// Whether all is quiet: nothing is under way, and nobody will learn more by waiting. Until then only what must never
    /// be so is complained about.
    pub at_rest: bool,
}

/// One attempt of our log.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// As the store gives it.
    pub stored: Stored,
    /// Its events, oldest first.
    pub events: Vec<Event>,
}

/// One line of the shop's book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotificationLine {
    /// Its name, by which the shop tells it from others.
    pub id: String,
    /// The order.
    pub order: String,
    /// The attempt.
    pub invoice: String,
    /// What it said.
    pub kind: NotificationKind,
    /// How the attempt stood when it came.
    pub status: PaymentStatus,
    /// What was captured, as it said; in minor units.
    pub captured: Option<u64>,
    /// What was given back.
    pub refunded: Option<u64>,
    /// What the bank had under the invoice at that moment, where somebody looked.
    pub booked: Option<Vec<LedgerLine>>,
}

/// What a payer or a shop was told of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promise {
    /// The attempt.
    pub invoice: String,
    /// What they were told.
    pub said: Said,
    /// What the bank had under the invoice at that moment, where somebody looked.
    pub booked: Option<Vec<LedgerLine>>,
}

/// An outcome that promises something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Said {
    /// The money is taken.
    Paid,
    /// The money is held.
    Held,
    /// The payer was not charged, and never will be.
    NotCharged,
}

/// What is wrong, the dearest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The bank has taken or held more for an order than it costs, or twice at the same time.
    ChargedTwice,
    /// The bank has given back what was not asked for.
    RefundedTooMuch,
    /// A call that moves money was sent more often than our log has asks that may have left.
    SentAgain,
    /// An ask of our log that may have left never arrived.
    NeverArrived,
    /// Something was done or told of which our log knows nothing.
    NotInLog,
    /// The bank has money, and our log says that it has none.
    OnlyAtBank,
    /// Our log says that the bank has money, and it has none.
    OnlyInLog,
    /// The bank and our log do not agree in another way.
    Differs,
    /// Facts in our log can't all be true, and nothing flags it.
    NotFlagged,
    /// A question that nobody will answer any more.
    Unknown,
    /// The log's events do not make the payment it has.
    BrokenLog,
    /// An attempt was ended, or another opened, without its proof.
    NoProof,
    /// Somebody was told that the money is taken or held, and it was not.
    SaidPaid,
    /// Somebody was told that nobody was charged, and somebody was.
    SaidNotCharged,
    /// The same was notified under two names, or two things under one.
    NotifiedTwice,
    /// A notification was not true when it came.
    NotifiedUntrue,
    /// The shop was never told what our log knows.
    NotNotified,
    /// Contradictions are open, and a person has to look. Never among the complaints.
    Contradicted,
}

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// What kind of thing.
    pub kind: Kind,
    /// The order or the invoice.
    pub about: String,
    /// What it is, in words.
    pub what: String,
}

/// What the judge has found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// What must not be, the dearest first.
    pub complaints: Vec<Complaint>,
    /// What is flagged for a person, was judged by one, or is of the bank's own making; and what differs because of it.
    pub contradicted: Vec<Complaint>,
}

/// Compares the books.
pub fn judge(books: &Books) -> Verdict {
    let accounts = Account::all(books);
    let mut verdict = Verdict::default();
    for (invoice, account) in &accounts {
        once::judge(books, invoice, account, &mut verdict);
        money::judge(books, invoice, account, &mut verdict);
        let Some(attempt) = account.attempt else { continue };
        if attempt.fold() != attempt.stored.payment {
            verdict.complain(false, Kind::BrokenLog, invoice, "its events do not make it");
        }
        let pending = attempt.stored.payment.pending().filter(|_| books.at_rest);
        if !account.open.is_empty() {
            verdict.complain(true, Kind::Contradicted, invoice, format!("{:?}", account.open));
        } else if let Some(pending) = pending {
            verdict.complain(false, Kind::Unknown, invoice, format!("{pending:?}"));
        }
        flags::judge(attempt, &mut verdict);
        closed::judge(attempt, account.state, books.not_found_window, &mut verdict);
    }
    opened::judge(&books.log, &mut verdict);
    money::orders(books, &accounts, &mut verdict);
    if let Some(lines) = &books.notifications {
        notifications::judge(books, lines, &accounts, &mut verdict);
    }
    for all in [&mut verdict.complaints, &mut verdict.contradicted] {
        all.sort_by(|one, other| (one.kind, &one.about).cmp(&(other.kind, &other.about)));
    }
    verdict
}

impl Books {
    /// The bank's books beside this log, at rest, with the order's costs as the log has them, and nobody who was told
    /// anything.
    pub fn new(bank: &Bank, log: Vec<Attempt>) -> Books {
        let ledger = bank.ledger().iter().map(LedgerLine::from).collect();
        Books::of(ledger, bank.wire_log().to_vec(), log)
    }

    /// The same of a ledger and a wire that were read elsewhere.
    pub fn of(ledger: Vec<LedgerLine>, wire: Vec<WireEntry>, log: Vec<Attempt>) -> Books {
        let cost = |attempt: &Attempt| {
            (attempt.stored.order.to_string(), attempt.stored.payment.ordered().minor())
        };
        Books {
            orders: log.iter().map(cost).collect(),
            ledger,
            wire,
            log,
            notifications: None,
            promises: Vec::new(),
            not_found_window: Duration::from_secs(24 * 3_600),
            tells_refunds: true,
            all_arrive: false,
            at_rest: true,
        }
    }
}

impl Attempt {
    /// All attempts of a log, by their invoice numbers.
    ///
    /// # Errors
    /// What the store says, also of an attempt that can't be read.
    pub async fn all(store: &dyn PaymentStore) -> Result<Vec<Attempt>, StoreError> {
        let (mut all, mut query) = (Vec::new(), ListQuery::newest(500));
        loop {
            let page = store.list(query.clone()).await?;
            let Some((last, _)) = page.last() else { break };
            query = query.after(last.clone());
            for (_, listed) in page {
                let Listed { stored, events, .. } = listed?;
                all.push(Attempt { stored, events });
            }
        }
        all.sort_by(|one, other| one.invoice().cmp(other.invoice()));
        Ok(all)
    }

    /// The invoice number.
    pub fn invoice(&self) -> &str {
        self.stored.payment.invoice().as_str()
    }

    /// Until when the payer could pay at the bank's form, as the first `events` of its log have it.
    fn handed_over_until(&self, events: usize) -> Option<Timestamp> {
        let told = self.events.iter().take(events).filter_map(|event| match event.kind {
            EventKind::Asked(Command::HandOver { until }) => Some(until),
            _ => None,
        });
        told.max()
    }

    fn opened(&self) -> Payment {
        let payment = &self.stored.payment;
        Payment::open(payment.invoice().clone(), payment.ordered(), payment.terminal().clone())
            .with_tag(payment.tag())
    }

    fn fold(&self) -> Payment {
        self.events.iter().fold(self.opened(), Payment::apply)
    }

    /// The operations that were ours when something was asked.
    fn asked_of(&self) -> Vec<String> {
        let (mut payment, mut all) = (self.opened(), Vec::new());
        for event in &self.events {
            payment = payment.apply(event);
            if matches!(event.kind, EventKind::Asked(_)) {
                all.extend(payment.transaction().map(ToString::to_string));
            }
        }
        all
    }
}

impl NotificationLine {
    /// Of the attempt as it stood when the notification `id` came.
    pub fn new(
        id: String,
        kind: NotificationKind,
        order: &OrderId,
        payment: &Payment,
        status: PaymentStatus,
    ) -> NotificationLine {
        let (captured, refunded) = sums(payment.state());
        let (order, invoice) = (order.to_string(), payment.invoice().to_string());
        NotificationLine { id, order, invoice, kind, status, captured, refunded, booked: None }
    }
}

/// What was captured and given back, in minor units, where that is known.
fn sums(state: State) -> (Option<u64>, Option<u64>) {
    match state {
        State::Captured { captured, refunded } => {
            (captured.map(|sum| sum.minor()), refunded.map(|sum| sum.minor()))
        }
        _ => (None, None),
    }
}

impl Verdict {
    /// How many complaints there are of this kind.
    pub fn count(&self, kind: Kind) -> usize {
        self.complaints.iter().filter(|complaint| complaint.kind == kind).count()
    }

    fn complain(&mut self, apart: bool, kind: Kind, about: &str, what: impl Into<String>) {
        let complaint = Complaint { kind, about: about.to_owned(), what: what.into() };
        if apart { &mut self.contradicted } else { &mut self.complaints }.push(complaint);
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}: {}", self.kind, self.about, self.what)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.complaints.iter().try_for_each(|complaint| writeln!(f, "{complaint}"))?;
        self.contradicted.iter().try_for_each(|complaint| writeln!(f, "apart: {complaint}"))
    }
}
