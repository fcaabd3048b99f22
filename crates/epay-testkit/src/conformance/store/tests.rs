//! The suite is worth what it catches: one honest store passes, and each defect is named.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard},
    time::Duration,
};

use async_trait::async_trait;
use epay_domain::{
    CLOCK_AHEAD, CreateRule, ListFilter, ListKeys, ListQuery, Listed, Page, PaymentStatus, Queue,
    StoreLayer,
};

use super::*;
use crate::conformance::complaint;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Defect {
    None,
    OpensTwice,
    TakesAnyProof,
    ReplacesTheVoided,
    ForgetsTheTag,
    ForgetsReplays,
    ForgetsReplaysOfThePresent,
    GivesReplaysToTheDead,
    GivesReplaysForAnotherSum,
    OpensReplays,
    ReusesInvoices,
    IgnoresTheVersion,
    WritesHalf,
    ForgetsToFold,
    GivesBeforeDue,
    MixesTerminals,
    HasNoLease,
    KeepsTheLease,
    NewestFirst,
    IgnoresTheLimit,
    BelievesOldProof,
    ShufflesAHistory,
    DoesNotFence,
    HasOneQueue,
    IgnoresTheClass,
    ForgetsWhenItChecked,
    BelievesAPlanFromAhead,
    BelievesALeaseFromAhead,
    LosesAPage,
    ListsByNumber,
    ListsTheOldestFirst,
    ListsWhatItOnceWas,
    ListsWhatIsNotOverdue,
    ForgetsTheLastMoment,
    ListsAfterNobody,
    ForgetsTheEvents,
    ForgetsTheAttemptBefore,
}

#[derive(Debug)]
struct Toy {
    defect: Defect,
    log: Mutex<Log>,
}

#[derive(Debug, Default)]
struct Log {
    current: HashMap<OrderId, InvoiceId>,
    replays: HashMap<ReplayKey, InvoiceId>,
    entries: BTreeMap<InvoiceId, Entry>,
    given: u32,
}

#[derive(Debug)]
struct Entry {
    opened_at: Timestamp,
    first_keys: ListKeys,
    stored: Stored,
    events: Vec<Event>,
}

impl Entry {
    fn next_version(&mut self) -> Stored {
        self.stored.version.0 += 1;
        self.stored.clone()
    }
}

impl Toy {
    fn new(defect: Defect) -> Toy {
        Toy { defect, log: Mutex::default() }
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap()
    }

    fn is(&self, defect: Defect) -> bool {
        self.defect == defect
    }
}

impl Toy {
    fn rule(
        &self,
        new: &NewPayment,
        present: Option<&Stored>,
        after: Option<&DeadProof>,
        owner: Option<&InvoiceId>,
    ) -> CreateRule {
        let rule = CreateRule::judge(new, present.map(|it| &it.payment), after, owner);
        let Some(present) = present else { return rule };
        let is_free = new.replay.is_some() && owner.is_none();
        let opens = match self.defect {
            Defect::OpensTwice => true,
            Defect::TakesAnyProof => after.is_some(),
            Defect::BelievesOldProof => {
                after.is_some_and(|proof| proof.invoice() == present.payment.invoice())
            }
            Defect::ReplacesTheVoided => present.payment.status() == PaymentStatus::Voided,
            _ => false,
        };
        let claims = match self.defect {
            Defect::ForgetsReplaysOfThePresent => false,
            Defect::GivesReplaysToTheDead if present.version > Version(0) => is_free,
            Defect::GivesReplaysForAnotherSum if present.payment.ordered() != new.amount => is_free,
            _ => return if opens { CreateRule::Open } else { rule },
        };
        match rule {
            CreateRule::Existing { .. } => CreateRule::Existing { claims },
            other => other,
        }
    }
}

#[async_trait]
impl PaymentStore for Toy {
    async fn create(
        &self,
        mut new: NewPayment,
        opened_at: Timestamp,
        after: Option<DeadProof>,
    ) -> Result<Created, StoreError> {
        let mut log = self.log();
        match self.defect {
            Defect::ForgetsReplays => new.replay = None,
            Defect::ForgetsTheTag => new.tag = None,
            _ => {}
        }
        let present = log.current.get(&new.order).map(|it| log.entries[it].stored.clone());
        let owner = new.replay.and_then(|key| log.replays.get(&key));
        let rule = self.rule(&new, present.as_ref(), after.as_ref(), owner);
        match (rule, &present) {
            (CreateRule::Replayed, _) if !self.is(Defect::OpensReplays) => {
                return Ok(Created::Replayed);
            }
            (CreateRule::Existing { claims }, Some(present)) => {
                if let Some(key) = new.replay.filter(|_| claims) {
                    log.replays.insert(key, present.payment.invoice().clone());
                }
                return Ok(Created::Existing(present.clone()));
            }
            _ => {}
        }
        log.given += 1;
        let number = if self.is(Defect::ReusesInvoices) { log.given / 2 } else { log.given };
        let invoice = InvoiceId::new(&format!("1{number:08}")).unwrap();
        if let Some(key) = new.replay {
            log.replays.entry(key).or_insert_with(|| invoice.clone());
        }
        let payment = Payment::open(invoice.clone(), new.amount, new.terminal).with_tag(new.tag);
        let previous = present.map(|present| present.payment.invoice().clone());
        let previous = previous.filter(|_| !self.is(Defect::ForgetsTheAttemptBefore));
        let stored = Stored::opened(new.order.clone(), payment, previous);
        log.current.insert(new.order, invoice.clone());
        let first_keys = stored.payment.list_keys();
        let entry = Entry { opened_at, first_keys, stored: stored.clone(), events: Vec::new() };
        log.entries.insert(invoice, entry);
        Ok(if rule == CreateRule::Replayed { Created::Replayed } else { Created::New(stored) })
    }

    async fn load(&self, invoice: &InvoiceId) -> Result<Option<Stored>, StoreError> {
        Ok(self.log().entries.get(invoice).map(|entry| entry.stored.clone()))
    }

    async fn current(&self, order: &OrderId) -> Result<Option<Stored>, StoreError> {
        let log = self.log();
        Ok(log.current.get(order).map(|invoice| log.entries[invoice].stored.clone()))
    }

    async fn history(&self, invoice: &InvoiceId) -> Result<Vec<Event>, StoreError> {
        let mut events =
            self.log().entries.get(invoice).map(|entry| entry.events.clone()).unwrap_or_default();
        // As numbers that are sorted as text would have it.
        if self.is(Defect::ShufflesAHistory) && events.len() > 10 {
            events.swap(1, 10);
        }
        Ok(events)
    }

    async fn append(
        &self,
        onto: &Stored,
        events: &[Event],
        schedule: Schedule,
    ) -> Result<Stored, StoreError> {
        let mut log = self.log();
        let entry = log.entries.get_mut(onto.payment.invoice());
        let entry = entry.ok_or(StoreError::new(StoreErrorKind::NoSuchInvoice))?;
        if entry.stored.version != onto.version && !self.is(Defect::IgnoresTheVersion) {
            if self.is(Defect::WritesHalf) {
                entry.events.extend(events.first().cloned());
            }
            return Err(StoreError::new(StoreErrorKind::Conflict));
        }
        entry.events.extend_from_slice(events);
        if !self.is(Defect::ForgetsToFold) {
            entry.stored.payment = events.iter().fold(entry.stored.payment.clone(), Payment::apply);
        }
        entry.stored.schedule = schedule;
        if self.is(Defect::ForgetsWhenItChecked) {
            entry.stored.schedule.last_check_at = None;
        }
        entry.stored.leased_until = None;
        Ok(entry.next_version())
    }

    async fn claim_due(
        &self,
        queue: Queue,
        terminal: &TerminalId,
        now: Timestamp,
        limit: usize,
        lease: Duration,
    ) -> Result<Vec<Stored>, StoreError> {
        let mut log = self.log();
        let ahead = |due: Timestamp| {
            due > now + queue.horizon() && !self.is(Defect::BelievesAPlanFromAhead)
        };
        let is_due = |due: Timestamp| due <= now || ahead(due) || self.is(Defect::GivesBeforeDue);
        let is_free = |leased: Option<Timestamp>| match leased {
            Some(until) => {
                let ahead = until > now + lease + CLOCK_AHEAD;
                (until <= now && !self.is(Defect::KeepsTheLease))
                    || (ahead && !self.is(Defect::BelievesALeaseFromAhead))
                    || self.is(Defect::HasNoLease)
            }
            None => true,
        };
        let is_asked_for = |entry: &Entry| {
            entry.stored.payment.terminal() == terminal || self.is(Defect::MixesTerminals)
        };
        let due_at = |entry: &Entry| match self.defect {
            Defect::HasOneQueue => {
                entry.stored.schedule.next_check_at.or(entry.stored.schedule.next_notify_at)
            }
            Defect::IgnoresTheClass if queue != Queue::Notifications => {
                entry.stored.schedule.next_check_at
            }
            _ => entry.stored.schedule.due(queue),
        };
        let mut due: Vec<_> = log
            .entries
            .values_mut()
            .filter(|entry| {
                is_asked_for(entry)
                    && due_at(entry).is_some_and(is_due)
                    && is_free(entry.stored.leased_until)
            })
            .collect();
        due.sort_by_key(|entry| due_at(entry));
        if self.is(Defect::NewestFirst) {
            due.reverse();
        }
        due.truncate(if self.is(Defect::IgnoresTheLimit) { usize::MAX } else { limit });
        let give = |entry: &mut Entry| {
            entry.stored.leased_until = Some(now + lease);
            if self.is(Defect::DoesNotFence) { entry.stored.clone() } else { entry.next_version() }
        };
        Ok(due.into_iter().map(give).collect())
    }

    async fn list(&self, query: ListQuery) -> Result<Page, StoreError> {
        let log = self.log();
        let mut all: Vec<_> = log.entries.iter().collect();
        all.sort_by_key(|(invoice, entry)| match self.defect {
            Defect::ListsByNumber => (Timestamp::default(), *invoice),
            _ => (entry.opened_at, *invoice),
        });
        if !self.is(Defect::ListsTheOldestFirst) {
            all.reverse();
        }
        let after = query.after.as_ref();
        let lost = usize::from(self.is(Defect::LosesAPage) && after.is_some());
        let begin = match after.map(|after| all.iter().position(|(it, _)| *it == after)) {
            None => 0,
            Some(Some(last)) => last + 1,
            Some(None) if self.is(Defect::ListsAfterNobody) => 0,
            Some(None) => all.len(),
        };
        let is_asked_for = |entry: &Entry| {
            let last =
                self.is(Defect::ForgetsTheLastMoment) && entry.opened_at == *query.opened.end();
            let keys = match self.defect {
                Defect::ListsWhatItOnceWas => entry.first_keys,
                _ => entry.stored.payment.list_keys(),
            };
            let takes = match query.filter {
                ListFilter::NeedsAttention { .. } if self.is(Defect::ListsWhatIsNotOverdue) => {
                    keys.open_since.is_some() || keys.status == PaymentStatus::Disputed
                }
                filter => filter.takes(keys),
            };
            takes && query.opened.contains(&entry.opened_at) && !last
        };
        let page = all.into_iter().skip(begin).filter(|(_, entry)| is_asked_for(entry));
        let page = page.take(query.limit).skip(lost).map(|(invoice, entry)| {
            let Entry { opened_at, stored, events, .. } = entry;
            let events = events.clone();
            let events = if self.is(Defect::ForgetsTheEvents) { vec![] } else { events };
            let listed = Listed { opened_at: *opened_at, stored: stored.clone(), events };
            (invoice.clone(), Ok(listed))
        });
        Ok(page.collect())
    }
}

#[tokio::test]
async fn an_honest_store_passes() {
    store(async || Toy::new(Defect::None)).await;
}

#[tokio::test]
async fn each_defect_is_caught() {
    for (defect, words) in [
        (Defect::OpensTwice, "of 16 callers, 16 opened the same order"),
        (Defect::TakesAnyProof, "proof about another order opened an attempt"),
        (Defect::ReplacesTheVoided, "a voided attempt was replaced"),
        (Defect::ForgetsTheTag, "a new attempt is what it was opened with"),
        (Defect::ForgetsReplays, "of 16 orders with one replay key, 16 were opened"),
        (Defect::ForgetsReplaysOfThePresent, "a key given to an attempt that was there"),
        (Defect::GivesReplaysToTheDead, "a key that came to a dead attempt"),
        (Defect::GivesReplaysForAnotherSum, "a key that came for another sum"),
        (Defect::OpensReplays, "a replay has opened an attempt"),
        (Defect::ReusesInvoices, "16 orders share 9 invoices"),
        (Defect::IgnoresTheVersion, "an append onto a version that is not there"),
        (Defect::WritesHalf, "a refused append has written"),
        (Defect::ForgetsToFold, "a declined attempt is dead"),
        (Defect::GivesBeforeDue, "a payment was given before it was due"),
        (Defect::MixesTerminals, "all that is due is given, and nothing else"),
        (Defect::HasNoLease, "two callers were given the same payment"),
        (Defect::KeepsTheLease, "is given again after its lease"),
        (Defect::NewestFirst, "the oldest are not given first"),
        (Defect::IgnoresTheLimit, "a caller was given more than it asked for"),
        (Defect::BelievesOldProof, "an attempt that has come to life again was replaced"),
        (Defect::ShufflesAHistory, "a long history is not in the order of its appends"),
        (Defect::DoesNotFence, "whoever has read before the claim still writes"),
        (Defect::HasOneQueue, "what is to be told is not what was given"),
        (Defect::IgnoresTheClass, "the class of a check does not decide its queue"),
        (Defect::ForgetsWhenItChecked, "an append answers another schedule"),
        (Defect::BelievesAPlanFromAhead, "planned beyond the horizon is not due"),
        (Defect::BelievesALeaseFromAhead, "a lease of a clock that was ahead holds"),
        (Defect::ForgetsTheAttemptBefore, "the next attempt does not name the one before"),
        (Defect::LosesAPage, "the pages together are not the list of All"),
        (Defect::ListsByNumber, "a list does not begin with what was opened last"),
        (Defect::ListsTheOldestFirst, "a list does not begin with what was opened last"),
        (Defect::ListsWhatItOnceWas, "the pages together are not the list of Open"),
        (Defect::ListsWhatIsNotOverdue, "the list of NeedsAttention"),
        (Defect::ForgetsTheLastMoment, "a list has not what was opened in"),
        (Defect::ListsAfterNobody, "something comes after a number that nobody has"),
        (Defect::ForgetsTheEvents, "an attempt in a list is not what it is alone"),
    ] {
        let said = complaint(store(async move || Toy::new(defect))).await;
        assert!(said.contains(words), "{defect:?}: {said}");
    }
}

/// A place that stores write to, and that forgets what the defect says when one is opened anew.
#[derive(Debug)]
struct Reopened(Arc<Toy>);

fn reopened(place: &(Arc<Toy>, Forgets)) -> Reopened {
    let (toy, forgets) = place;
    {
        let mut log = toy.log();
        match forgets {
            Forgets::Nothing => {}
            Forgets::Everything => *log = Log::default(),
            Forgets::Replays => log.replays.clear(),
            Forgets::TheCounter => log.given = 0,
            Forgets::Leases => {
                log.entries.values_mut().for_each(|entry| entry.stored.leased_until = None)
            }
            Forgets::Schedules => log
                .entries
                .values_mut()
                .for_each(|entry| entry.stored.schedule = Schedule::default()),
            Forgets::LastWrites => log.entries.values_mut().for_each(|entry| {
                entry.events.pop();
                entry.stored.version.0 = 0;
            }),
        }
    }
    Reopened(Arc::clone(toy))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Forgets {
    Nothing,
    Everything,
    Replays,
    TheCounter,
    Leases,
    Schedules,
    LastWrites,
}

impl StoreLayer for Reopened {
    fn inner(&self) -> &dyn PaymentStore {
        &self.0
    }
}

#[tokio::test]
async fn whatever_a_restart_forgets_is_named() {
    for (forgets, words) in [
        (Forgets::Nothing, ""),
        (Forgets::Everything, "what an append has answered is gone after a restart"),
        (Forgets::LastWrites, "what an append has answered is gone after a restart"),
        (Forgets::Replays, "a replay key is free again after a restart"),
        (Forgets::TheCounter, "an invoice number is given again after a restart"),
        (Forgets::Schedules, "what an append has answered is gone after a restart"),
        (Forgets::Leases, "a lease is forgotten after a restart"),
    ] {
        let make = async move || (Arc::new(Toy::new(Defect::None)), forgets);
        let said = complaint(durable_store(make, reopened)).await;
        assert_eq!(
            (said.contains(words), said.is_empty()),
            (true, words.is_empty()),
            "{forgets:?}: {said}"
        );
    }
}
