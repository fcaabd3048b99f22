//! When the answer of a commit is lost, what is there is read before anything is written again.

use std::time::Duration;

use super::{
    place::{Place, options},
    proxy::{Cut, Proxy, late},
};
use epay::{InvoiceId, Money, OrderId, PostgresStore, TerminalId};
use epay_domain::{
    Command, Created, Event, EventKind, NewPayment, PaymentStore, Schedule, StoreErrorKind, Stored,
    Timestamp,
};

pub(crate) const NOW: Timestamp = Timestamp::from_unix_millis(1_790_000_000_000);

pub(crate) fn new(order: &str) -> NewPayment {
    NewPayment {
        order: OrderId::new(order).unwrap(),
        amount: Money::tenge(5_000),
        terminal: TerminalId::new("67e34d63-102f-4bd1-898e-370781d0074d").unwrap(),
        replay: None,
        tag: None,
    }
}

pub(crate) fn asked() -> Event {
    Event { at: NOW, kind: EventKind::Asked(Command::Authorize) }
}

pub(crate) async fn opened(store: &PostgresStore, order: &str) -> Stored {
    match store.create(new(order), NOW, None).await.unwrap() {
        Created::New(stored) => stored,
        other => panic!("{other:?}"),
    }
}

pub(crate) struct Wired {
    pub(crate) place: Place,
    pub(crate) proxy: Proxy,
    pub(crate) store: PostgresStore,
}

/// A store whose wire can be cut, on a database of its own.
pub(crate) async fn wired() -> Option<Wired> {
    let place = Place::new().await?;
    let proxy = Proxy::before(place.cluster.port()).await.unwrap();
    let url = place.url.replace(&place.cluster.port().to_string(), &proxy.port.to_string());
    let store = PostgresStore::connect_with(&url, options()).await.unwrap();
    Some(Wired { place, proxy, store })
}

async fn history(place: &Place, invoice: &InvoiceId) -> Vec<Event> {
    place.open().await.history(invoice).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_append_that_was_written_is_not_written_again() {
    let Some(Wired { place, proxy, store }) = wired().await else { return };
    let opened = opened(&store, "order").await;
    let before = proxy.writes();
    proxy.cut([Cut::Answer]).await;
    let written = store.append(&opened, &[asked()], Schedule::default()).await.unwrap();
    assert_eq!(proxy.writes() - before, 1, "what is there is read, and nothing is asked twice");
    assert_eq!(written.version.0, 1);
    assert_eq!(history(&place, opened.payment.invoice()).await, [asked()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_append_that_never_arrived_is_written() {
    let Some(Wired { place, proxy, store }) = wired().await else { return };
    let opened = opened(&store, "order").await;
    proxy.cut([Cut::Statement, Cut::Statement]).await;
    store.append(&opened, &[asked()], Schedule::default()).await.unwrap();
    assert_eq!(history(&place, opened.payment.invoice()).await, [asked()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_append_that_arrives_late_is_there_once() {
    let Some(Wired { place, proxy, store }) = wired().await else { return };
    let opened = opened(&store, "order").await;
    let (cut, arrive, is_done) = late();
    proxy.cut([cut]).await;
    let written = store.append(&opened, &[asked()], Schedule::default()).await.unwrap();
    arrive.send(()).unwrap();
    is_done.await.unwrap();
    let next = store.append(&written, &[], Schedule::default()).await.unwrap();
    assert_eq!(next.version.0, 2);
    assert_eq!(history(&place, opened.payment.invoice()).await, [asked()]);
}

/// Has the server warn of the next two changes of an attempt, and count all of them.
pub(crate) const WARNS_TWICE: &str = "CREATE TABLE public.warned (changes bigint); \
     INSERT INTO public.warned VALUES (0); \
     CREATE FUNCTION public.warn() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
     UPDATE public.warned SET changes = changes + 1; \
     IF (SELECT changes FROM public.warned) <= 2 THEN RAISE WARNING 'not on the replica'; END IF; \
     RETURN NULL; END $$; \
     CREATE TRIGGER warns AFTER UPDATE ON epay.attempts FOR EACH ROW EXECUTE FUNCTION public.warn()";

#[tokio::test(flavor = "multi_thread")]
async fn an_append_of_which_the_server_warns_is_answered_once_it_does_not() {
    let Some(Wired { place, store, .. }) = wired().await else { return };
    let opened = opened(&store, "order").await;
    place.cluster.sql(place.database(), WARNS_TWICE).unwrap();
    let written = store.append(&opened, &[asked()], Schedule::default()).await.unwrap();
    let changes = place.cluster.sql(place.database(), "SELECT changes FROM public.warned").unwrap();
    assert_eq!(changes, "3", "the write, and two looks at what it has done");
    assert_eq!(written.version.0, 1);
    assert_eq!(history(&place, opened.payment.invoice()).await, [asked()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_who_wrote_the_same_at_the_same_moment_has_won() {
    let Some(Wired { place, proxy, store }) = wired().await else { return };
    let opened = opened(&store, "order").await;
    let other = place.open().await;
    other.append(&opened, &[asked()], Schedule::default()).await.unwrap();
    proxy.cut([Cut::Statement]).await;
    let mine = store.append(&opened, &[asked()], Schedule::default()).await;
    assert_eq!(
        mine.map_err(|error| error.kind()),
        Err(StoreErrorKind::Conflict),
        "both may ask the bank for money"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_whose_opening_was_not_answered_is_new_and_the_only_one() {
    let Some(Wired { place, proxy, store }) = wired().await else { return };
    let (cut, arrive, is_done) = late();
    proxy.cut([Cut::Answer, cut, Cut::Statement]).await;
    let lost = opened(&store, "lost").await;
    let late = opened(&store, "late").await;
    arrive.send(()).unwrap();
    is_done.await.unwrap();
    let never = opened(&store, "never").await;
    let other = place.open().await;
    for stored in [&lost, &late, &never] {
        assert_eq!(other.current(&stored.order).await.unwrap().as_ref(), Some(stored));
    }
    let attempts = place.cluster.sql(place.database(), "SELECT count(*) FROM epay.attempts");
    assert_eq!(attempts.unwrap(), "3");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_has_gone_takes_nobody_elses_write_along() {
    let Some(Wired { place, store, .. }) = wired().await else { return };
    let mut stored = Vec::new();
    for order in 0..8 {
        stored.push(opened(&store, &format!("order-{order}")).await);
    }
    for (index, onto) in stored.iter().enumerate() {
        let append = store.append(onto, &[], Schedule::default());
        if index % 2 == 0 {
            append.await.unwrap();
        } else {
            // Asked once, and dropped.
            let mut append = Box::pin(append);
            let polled = futures_util::poll!(&mut append);
            assert!(polled.is_pending());
        }
    }
    drop(store);
    let store = place.open().await;
    for onto in stored {
        let loaded = store.load(onto.payment.invoice()).await.unwrap().unwrap();
        assert_eq!(loaded.version.0, 1, "what was asked is written although nobody waits");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_ended_is_no_failure() {
    let Some(place) = Place::new().await else { return };
    let store = place.open().await;
    let mut stored = opened(&store, "order").await;
    for _ in 0..5 {
        let ended = format!(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
             WHERE datname = '{}' AND pid <> pg_backend_pid()",
            place.database()
        );
        place.cluster.sql(place.database(), &ended).unwrap();
        stored = store.append(&stored, &[], Schedule::default()).await.unwrap();
        assert_eq!(store.load(stored.payment.invoice()).await.unwrap().as_ref(), Some(&stored));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_no_server_answers_a_call_fails_when_its_time_is_over() {
    let Some(Wired { place, store, .. }) = wired().await else { return };
    let nowhere = Proxy::before(1).await.unwrap();
    let url = place.url.replace(&place.cluster.port().to_string(), &nowhere.port.to_string());
    let options = options().with_timeout(Duration::from_millis(200));
    let error = PostgresStore::connect_with(&url, options).await.unwrap_err();
    assert_eq!(error.to_string(), "no server that takes writes can be reached");
    drop(store);
}
