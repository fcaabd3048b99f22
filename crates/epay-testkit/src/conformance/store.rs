//! Tries every rule of the PaymentStore contract on a real store, one caller at a time and
//! many at once.

use std::{collections::HashSet, sync::Arc};

use epay_domain::{
    AttemptTag, Command, Created, DeadProof, Decline, Event, EventKind, Fact, InvoiceId, Money,
    NewPayment, Note, NotificationKind, Observation, OrderId, Payment, PaymentStore, Refunds,
    ReplayKey, Schedule, StoreError, StoreErrorKind, Stored, TerminalId, Timestamp, Version,
    VoidReason,
};
use tokio::task::JoinSet;

mod claims;
mod durable;
mod lists;
#[cfg(test)]
mod tests;

pub use durable::durable_store;

type Store = Arc<dyn PaymentStore>;

/// Judges the stores that `make` makes, each new and empty, against the
/// [contract](PaymentStore#contract), and panics with what one of them does wrong. Needs a tokio
/// runtime, best one with several threads.
pub async fn store<F, S>(make: F)
where
    F: AsyncFn() -> S,
    S: PaymentStore + 'static,
{
    let make = async || {
        let store: Store = Arc::new(make().await);
        store
    };
    one_caller_opens_an_order(&make().await).await;
    only_proof_of_the_present_attempt_opens_the_next(&make().await).await;
    what_was_given_back_is_paid_anew_only_when_reopened(&make().await).await;
    a_replay_key_belongs_to_one_attempt(&make().await).await;
    each_invoice_is_given_out_once(&make().await).await;
    all_events_are_written_or_none(&make().await).await;
    one_of_many_writers_wins(&make().await).await;
    a_payment_is_the_fold_of_its_history(&make().await).await;
    a_long_history_keeps_its_order(&make().await).await;
    lists::judge(&make().await).await;
    claims::judge(&make).await;
}

/// Enough to meet each other.
const CALLERS: usize = 16;

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_unix_millis(1_790_000_000_000 + seconds * 1_000)
}

fn new(order: &str) -> NewPayment {
    NewPayment {
        order: OrderId::new(order).expect("a name"),
        amount: Money::tenge(5_000),
        terminal: terminal(),
        replay: None,
        tag: Some(AttemptTag::new([7; 16])),
    }
}

fn terminal() -> TerminalId {
    TerminalId::new("67e34d63-102f-4bd1-898e-370781d0074d").expect("a uuid")
}

fn other_terminal() -> TerminalId {
    TerminalId::new("d9d7978c-d6ee-4ec0-8cda-165251a4bf16").expect("a uuid")
}

async fn open(store: &Store, order: &str) -> Stored {
    open_on(store, terminal(), order).await
}

async fn open_on(store: &Store, terminal: TerminalId, order: &str) -> Stored {
    match store
        .create(NewPayment { terminal, ..new(order) }, at(0), None)
        .await
        .expect("a new order is opened")
    {
        Created::New(stored) => stored,
        Created::Existing(_) => panic!("an order nobody opened is there"),
        Created::Replayed => panic!("an attempt without a replay key is a replay"),
    }
}

fn asked() -> Event {
    Event { at: at(1), kind: EventKind::Asked(Command::Authorize) }
}

fn heard(fact: Fact) -> Event {
    Event { at: at(2), kind: EventKind::Observed(Observation::status(fact)) }
}

/// To be checked then, and nothing else.
fn due(check_at: Option<Timestamp>) -> Schedule {
    Schedule { next_check_at: check_at, ..Schedule::default() }
}

async fn append(
    store: &Store,
    stored: &Stored,
    events: &[Event],
    check_at: Option<Timestamp>,
) -> Result<Stored, StoreError> {
    store.append(stored, events, due(check_at)).await
}

/// Declines the attempt, and proves by it that it is dead.
async fn declined(store: &Store, stored: &Stored) -> DeadProof {
    let events = [asked(), heard(Fact::Declined(Decline::from_code(484)))];
    let stored = append(store, stored, &events, None).await.expect("nobody else writes");
    stored.payment.dead().expect("a declined attempt is dead")
}

async fn at_once<T: Send + 'static, A: Future<Output = T> + Send + 'static>(
    ask: impl Fn(usize) -> A,
) -> Vec<T> {
    let mut callers = JoinSet::new();
    for caller in 0..CALLERS {
        callers.spawn(ask(caller));
    }
    callers.join_all().await
}

async fn one_caller_opens_an_order(store: &Store) {
    let created = at_once(|_| {
        let store = Arc::clone(store);
        async move {
            store.create(new("order-17"), at(0), None).await.expect("an order is opened or there")
        }
    })
    .await;
    let opened = created.iter().filter(|created| matches!(created, Created::New(_))).count();
    assert_eq!(opened, 1, "of {CALLERS} callers, {opened} opened the same order");
    let mut invoices = HashSet::new();
    for created in created {
        let (Created::New(stored) | Created::Existing(stored)) = created else {
            panic!("an attempt without a replay key is a replay")
        };
        assert_eq!(stored.order, new("order-17").order, "an attempt belongs to its order");
        invoices.insert(stored.payment.invoice().clone());
    }
    assert_eq!(invoices.len(), 1, "callers were given {} attempts of one order", invoices.len());
    let present = store
        .current(&new("order-17").order)
        .await
        .expect("a read works")
        .expect("the order is open");
    assert_eq!(present.version, Version(0), "a new attempt has no events");
    let fresh =
        Payment::open(present.payment.invoice().clone(), new("order-17").amount, terminal());
    let fresh = fresh.with_tag(new("order-17").tag);
    assert_eq!(present.payment, fresh, "a new attempt is what it was opened with");
    assert!(
        invoices.contains(present.payment.invoice()),
        "the order's present attempt is the one that was given out"
    );
}

async fn only_proof_of_the_present_attempt_opens_the_next(store: &Store) {
    let first = open(store, "order-17").await;
    let other = open(store, "order-18").await;
    let (proof, of_another) = (declined(store, &first).await, declined(store, &other).await);
    let create = async |proof: &DeadProof| {
        store
            .create(new("order-17"), at(3), Some(proof.clone()))
            .await
            .expect("an order is opened or there")
    };
    let Created::Existing(there) = create(&of_another).await else {
        panic!("proof about another order opened an attempt")
    };
    assert_eq!(
        there.payment.invoice(),
        first.payment.invoice(),
        "proof about another order changed the present attempt"
    );
    let Created::Existing(_) =
        store.create(new("order-17"), at(3), None).await.expect("the order is there")
    else {
        panic!("a dead attempt was replaced without proof")
    };

    let created = at_once(|_| {
        let (store, proof) = (Arc::clone(store), proof.clone());
        async move {
            store
                .create(new("order-17"), at(3), Some(proof))
                .await
                .expect("an order is opened or there")
        }
    })
    .await;
    let opened = created.iter().filter(|created| matches!(created, Created::New(_))).count();
    assert_eq!(opened, 1, "of {CALLERS} callers with one proof, {opened} opened the next attempt");

    let second =
        store.current(&first.order).await.expect("a read works").expect("the order is open");
    assert_ne!(
        second.payment.invoice(),
        first.payment.invoice(),
        "the next attempt has an invoice of its own"
    );
    assert_eq!(first.previous, None, "the first attempt has one before it");
    assert_eq!(
        second.previous.as_ref(),
        Some(first.payment.invoice()),
        "the next attempt does not name the one before"
    );
    let Created::Existing(there) = create(&proof).await else {
        panic!("proof about an older attempt opened another one")
    };
    assert_eq!(there, second, "with proof about an older attempt, the present one is given");
    only_while_it_is_dead(store).await;
    let kept = store.load(first.payment.invoice()).await.expect("a read works");
    assert!(kept.is_some_and(|kept| kept.payment.dead().is_some()), "the older attempt is kept");
}

async fn only_while_it_is_dead(store: &Store) {
    let late = open(store, "late").await;
    let proof = declined(store, &late).await;
    let stored =
        store.load(late.payment.invoice()).await.expect("a read works").expect("it was opened");
    append(store, &stored, &[heard(Fact::Authorized)], None).await.expect("nobody else writes");
    let created =
        store.create(new("late"), at(3), Some(proof)).await.expect("an order is opened or there");
    assert!(
        matches!(created, Created::Existing(_)),
        "an attempt that has come to life again was replaced"
    );
}

async fn what_was_given_back_is_paid_anew_only_when_reopened(store: &Store) {
    let opened = open(store, "order-17").await;
    let events = [asked(), heard(Fact::Authorized), heard(Fact::Voided(VoidReason::Requested))];
    let voided = append(store, &opened, &events, None).await.expect("nobody else writes");
    let proof = declined(store, &open(store, "order-18").await).await;
    for after in [None, Some(proof)] {
        let created = store.create(new("order-17"), at(3), after).await;
        let there = matches!(created, Ok(Created::Existing(there)) if there == voided);
        assert!(there, "a voided attempt was replaced, and nobody has reopened the order");
    }
    let note = Note::new("the payer asked to pay again").expect("a short note");
    let reopened = Event { at: at(3), kind: EventKind::Reopened(note) };
    let reopened = append(store, &voided, &[reopened], None).await.expect("nobody else writes");
    let proof = reopened.payment.dead().expect("a reopened attempt is over");
    let created = store.create(new("order-17"), at(4), Some(proof)).await;
    assert!(matches!(created, Ok(Created::New(_))), "a reopened order can't be paid anew");
}

async fn a_replay_key_belongs_to_one_attempt(store: &Store) {
    let with =
        |order: &str, key: u8| NewPayment { replay: Some(ReplayKey::new([key; 32])), ..new(order) };
    let create = async |new: NewPayment, proof: Option<DeadProof>| {
        store.create(new, at(0), proof).await.expect("a create answers")
    };
    let created = at_once(|caller| {
        let store = Arc::clone(store);
        async move {
            store
                .create(with(&format!("order-{caller}"), 1), at(0), None)
                .await
                .expect("a create answers")
        }
    })
    .await;
    let opened: Vec<&Stored> = created
        .iter()
        .filter_map(|created| match created {
            Created::New(stored) => Some(stored),
            _ => None,
        })
        .collect();
    assert_eq!(
        opened.len(),
        1,
        "of {CALLERS} orders with one replay key, {} were opened",
        opened.len()
    );
    let replayed = created.iter().filter(|created| **created == Created::Replayed).count();
    assert_eq!(replayed, CALLERS - 1, "whoever brings a key second is told of the replay");
    for order in 0..CALLERS {
        let order = new(&format!("order-{order}")).order;
        let there = store.current(&order).await.expect("a read works").is_some();
        assert_eq!(
            there,
            opened.iter().any(|stored| stored.order == order),
            "a replay has opened an attempt"
        );
    }
    let Some(first) = opened.first().copied() else { return };
    let again = create(with(first.order.as_str(), 1), None).await;
    assert_eq!(
        again,
        Created::Existing(first.clone()),
        "a second click with the same key is no replay"
    );

    let plain = open(store, "no key yet").await;
    let keyed = create(with("no key yet", 2), None).await;
    assert_eq!(
        keyed,
        Created::Existing(plain),
        "an attempt that is there takes a key that is free"
    );
    assert_eq!(
        create(with("late", 2), None).await,
        Created::Replayed,
        "a key given to an attempt that was there"
    );
    assert_eq!(
        create(with("no key yet", 1), None).await,
        Created::Replayed,
        "another's key on an attempt that is there"
    );

    let dearer = NewPayment { amount: Money::tiyn(500_001), ..with("no key yet", 4) };
    let other = create(dearer, None).await;
    assert!(matches!(other, Created::Existing(_)), "an attempt for another sum is there");
    let free = create(with("another", 4), None).await;
    assert!(matches!(free, Created::New(_)), "a key that came for another sum is free");

    let proof = declined(store, first).await;
    let next = create(with(first.order.as_str(), 1), Some(proof.clone())).await;
    assert_eq!(
        next,
        Created::Replayed,
        "the next attempt of an order with the key of the one before"
    );
    let fresh = with(first.order.as_str(), 3);
    let dead = create(fresh.clone(), None).await;
    assert!(
        matches!(dead, Created::Existing(_)),
        "a dead attempt is there until it is proven dead"
    );
    let next = create(fresh, Some(proof)).await;
    assert!(
        matches!(next, Created::New(_)),
        "a key that came to a dead attempt is free for the next"
    );
}

async fn each_invoice_is_given_out_once(store: &Store) {
    let invoices = at_once(|caller| {
        let store = Arc::clone(store);
        async move { open(&store, &format!("order-{caller}")).await.payment.invoice().clone() }
    })
    .await;
    let different: HashSet<&InvoiceId> = invoices.iter().collect();
    assert_eq!(different.len(), CALLERS, "{CALLERS} orders share {} invoices", different.len());
}

async fn all_events_are_written_or_none(store: &Store) {
    let opened = open(store, "order-17").await;
    let invoice = opened.payment.invoice();
    let events = [asked(), heard(Fact::Authorized)];
    for version in [Version(1), Version(u64::MAX)] {
        let wrong = Stored { version, ..opened.clone() };
        let refused = append(store, &wrong, &events, None).await.map_err(|error| error.kind());
        assert_eq!(
            refused,
            Err(StoreErrorKind::Conflict),
            "an append onto a version that is not there"
        );
    }
    assert_eq!(
        store.history(invoice).await.expect("a read works"),
        [],
        "a refused append has written"
    );
    assert_eq!(
        store.load(invoice).await.expect("a read works"),
        Some(opened.clone()),
        "a refused append has moved"
    );

    let written = append(store, &opened, &events, None).await.expect("nobody else writes");
    assert_ne!(written.version, opened.version, "an append makes a new version");
    assert_eq!(written.order, opened.order, "an append has moved the attempt to another order");
    for (where_from, seen) in
        [("load", store.load(invoice).await), ("current", store.current(&opened.order).await)]
    {
        assert_eq!(
            seen.expect("a read works").as_ref(),
            Some(&written),
            "{where_from} does not see what was written"
        );
    }
    assert_eq!(
        store.history(invoice).await.expect("a read works"),
        events,
        "the history is what was written"
    );
    let again = append(store, &opened, &events, None).await.map_err(|error| error.kind());
    assert_eq!(again, Err(StoreErrorKind::Conflict), "the same append twice");

    let nobody = InvoiceId::new("999999999999999").expect("fifteen digits");
    let payment = Payment::open(nobody.clone(), Money::tenge(5_000), terminal());
    let lost = append(store, &Stored { payment, ..opened }, &events, None)
        .await
        .map_err(|error| error.kind());
    assert_eq!(lost, Err(StoreErrorKind::NoSuchInvoice), "an append to an invoice nobody has");
    assert_eq!(
        store.load(&nobody).await.expect("a read works"),
        None,
        "an invoice nobody has is there"
    );
    assert_eq!(
        store.history(&nobody).await.expect("a read works"),
        [],
        "an invoice nobody has has a history"
    );
    let nobody = OrderId::new("nobody's").expect("a name");
    assert_eq!(
        store.current(&nobody).await.expect("a read works"),
        None,
        "an order nobody has is there"
    );
}

async fn one_of_many_writers_wins(store: &Store) {
    let opened = open(store, "order-17").await;
    let written = at_once(|_| {
        let (store, opened) = (Arc::clone(store), opened.clone());
        async move {
            append(&store, &opened, &[asked()], None)
                .await
                .map(|_| ())
                .map_err(|error| error.kind())
        }
    })
    .await;
    let won = written.iter().filter(|outcome| outcome.is_ok()).count();
    assert_eq!(won, 1, "of {CALLERS} writers onto one version, {won} won");
    let lost = written.iter().filter(|outcome| **outcome == Err(StoreErrorKind::Conflict)).count();
    assert_eq!(lost, CALLERS - 1, "whoever wrote second is told of the conflict");
    let history = store.history(opened.payment.invoice()).await.expect("a read works");
    assert_eq!(history, [asked()], "one writer won and the history has {} events", history.len());
}

async fn a_payment_is_the_fold_of_its_history(store: &Store) {
    let mut stored = open(store, "order-17").await;
    let fresh = stored.payment.clone();
    let captured =
        Fact::Captured { captured: Some(Money::tenge(5_000)), refunded: Refunds::NotTold };
    for events in [vec![asked()], vec![], vec![heard(Fact::InProgress), heard(captured)]] {
        stored = append(store, &stored, &events, None).await.expect("nobody else writes");
        let history = store.history(fresh.invoice()).await.expect("a read works");
        let fold = history.iter().fold(fresh.clone(), Payment::apply);
        assert_eq!(stored.payment, fold, "the stored payment is not the fold of its history");
        assert_eq!(
            store.load(fresh.invoice()).await.expect("a read works"),
            Some(stored.clone()),
            "a load differs"
        );
    }
}

async fn a_long_history_keeps_its_order(store: &Store) {
    let fresh = open(store, "order-17").await;
    let mut stored = fresh.clone();
    let told = |through| {
        let kind = EventKind::Notified { kind: NotificationKind::Refunded, through };
        Event { at: at(through), kind }
    };
    let told: Vec<Event> = (0..10_000).map(told).collect();
    for events in told.chunks(125) {
        stored = append(store, &stored, events, None).await.expect("nobody else writes");
    }
    let history = store.history(fresh.payment.invoice()).await.expect("a read works");
    assert_eq!(history.len(), told.len(), "a long history has lost or doubled events");
    assert!(history == told, "a long history is not in the order of its appends");
    let loaded = store.load(fresh.payment.invoice()).await.expect("a read works");
    assert_eq!(loaded, Some(stored), "a long history is not loaded as it was answered");
}
