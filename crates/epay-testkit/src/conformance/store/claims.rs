//! What is due: given to one caller at a time, the oldest first, and to nobody who has let the lease pass.

use std::{collections::HashSet, sync::Arc, time::Duration};

use epay_domain::{InvoiceId, Queue, Schedule, StoreErrorKind, Stored, TerminalId, Timestamp};

use super::{
    CALLERS, Store, append, asked, at, at_once, due, heard, open, open_on, other_terminal, terminal,
};

pub(super) const LEASE: Duration = Duration::from_secs(30);
const LATER: Duration = Duration::from_millis(1);

pub(super) async fn judge(make: &impl AsyncFn() -> Store) {
    what_is_due_is_given_to_one_caller(&make().await).await;
    what_is_due_comes_oldest_first(&make().await).await;
    who_has_let_a_lease_pass_writes_no_more(&make().await).await;
    an_append_ends_a_lease(&make().await).await;
    notifications_and_status_checks_are_due_apart(&make().await).await;
    the_agenda_is_kept_as_it_was_given(&make().await).await;
}

async fn what_is_due_is_given_to_one_caller(store: &Store) {
    let mut open_payments = HashSet::new();
    for order in 0..CALLERS {
        let stored = open(store, &format!("order-{order}")).await;
        append(store, &stored, &[asked()], Some(at(10))).await.expect("nobody else writes");
        open_payments.insert(stored.payment.invoice().clone());
    }
    let never = open(store, "never due").await;
    append(store, &never, &[asked()], None).await.expect("nobody else writes");
    let later = open(store, "due later").await;
    append(store, &later, &[asked()], Some(at(11))).await.expect("nobody else writes");

    let elsewhere = open_on(store, other_terminal(), "on another terminal").await;
    append(store, &elsewhere, &[asked()], Some(at(10))).await.expect("nobody else writes");

    assert_eq!(claim(store, at(9), 100).await.len(), 0, "a payment was given before it was due");
    let claims = at_once(|_| {
        let store = Arc::clone(store);
        async move { claim(&store, at(10), 3).await }
    })
    .await;
    assert!(
        claims.iter().all(|claim| claim.len() <= 3),
        "a caller was given more than it asked for"
    );
    let given: Vec<InvoiceId> = claims.into_iter().flatten().collect();
    let different: HashSet<InvoiceId> = given.iter().cloned().collect();
    assert_eq!(different.len(), given.len(), "two callers were given the same payment");
    let rest = claim(store, at(10), 100).await;
    let all: HashSet<InvoiceId> = different.iter().chain(&rest).cloned().collect();
    assert_eq!(all, open_payments, "all that is due is given, and nothing else");
    assert_eq!(rest.len() + given.len(), CALLERS, "a payment was given again during its lease");

    let still_held = at(10) + LEASE.saturating_sub(LATER);
    let early = claim(store, still_held, 100).await;
    assert_eq!(
        early,
        [later.payment.invoice().clone()],
        "a payment was given again before its lease had passed"
    );
    let again: HashSet<InvoiceId> =
        claim(store, at(10) + LEASE + LATER, 100).await.into_iter().collect();
    let on_other_terminal = claim_on(store, &other_terminal(), at(10), 100).await;
    assert_eq!(
        on_other_terminal,
        [elsewhere.payment.invoice().clone()],
        "each terminal has its own that are due"
    );
    assert_eq!(
        again, open_payments,
        "what was claimed and not handled is given again after its lease"
    );
}

async fn what_is_due_comes_oldest_first(store: &Store) {
    let mut expected = Vec::new();
    for (order, due) in [("third", 30), ("first", 10), ("second", 20)] {
        let stored = open(store, order).await;
        append(store, &stored, &[asked()], Some(at(due))).await.expect("nobody else writes");
        expected.push((due, stored.payment.invoice().clone()));
    }
    expected.sort();
    let expected: Vec<InvoiceId> = expected.into_iter().map(|(_, invoice)| invoice).collect();
    let first_two = claim(store, at(40), 2).await;
    assert_eq!(Some(first_two.as_slice()), expected.get(..2), "the oldest are not given first");
}

async fn claim(store: &Store, now: Timestamp, limit: usize) -> Vec<InvoiceId> {
    claim_on(store, &terminal(), now, limit).await
}

async fn claim_on(
    store: &Store,
    terminal: &TerminalId,
    now: Timestamp,
    limit: usize,
) -> Vec<InvoiceId> {
    invoices(
        store
            .claim_due(Queue::StatusChecks, terminal, now, limit, LEASE)
            .await
            .expect("a claim works"),
    )
}

fn invoices(stored: Vec<Stored>) -> Vec<InvoiceId> {
    stored.into_iter().map(|stored| stored.payment.invoice().clone()).collect()
}

/// The one payment that is due.
async fn claimed(store: &Store, queue: Queue, now: Timestamp) -> Stored {
    let mut due = store.claim_due(queue, &terminal(), now, 10, LEASE).await.expect("a claim works");
    assert_eq!(due.len(), 1, "one payment is due");
    due.remove(0)
}

async fn who_has_let_a_lease_pass_writes_no_more(store: &Store) {
    let opened = open(store, "order-17").await;
    let written =
        append(store, &opened, &[asked()], Some(at(10))).await.expect("nobody else writes");
    let first = claimed(store, Queue::StatusChecks, at(10)).await;
    assert_eq!(first.payment, written.payment, "a claim has changed the payment");
    assert_eq!(first.leased_until, Some(at(10) + LEASE), "a claim does not say how long it is for");
    let second = claimed(store, Queue::StatusChecks, at(10) + LEASE).await;
    for (who, stale) in [("before the claim", &written), ("before its lease had passed", &first)] {
        let late = append(store, stale, &[heard(epay_domain::Fact::NotFound)], None).await;
        assert_eq!(
            late.map_err(|error| error.kind()),
            Err(StoreErrorKind::Conflict),
            "whoever has read {who} still writes"
        );
    }
    let seen = store.load(opened.payment.invoice()).await.expect("a read works");
    assert_eq!(seen.as_ref(), Some(&second), "a claim answers what is there");
    append(store, &second, &[], None).await.expect("whoever holds the lease writes");
}

async fn an_append_ends_a_lease(store: &Store) {
    let opened = open(store, "order-17").await;
    append(store, &opened, &[asked()], Some(at(10))).await.expect("nobody else writes");
    let held = claimed(store, Queue::StatusChecks, at(10)).await;
    let written =
        append(store, &held, &[], Some(at(10))).await.expect("whoever holds the lease writes");
    assert_eq!(written.leased_until, None, "an append leaves a lease");
    assert_eq!(claim(store, at(10), 10).await.len(), 1, "a lease outlives what was written");
}

async fn notifications_and_status_checks_are_due_apart(store: &Store) {
    let (looks, notifications) =
        (open(store, "to be looked at").await, open(store, "to be told").await);
    append(store, &looks, &[asked()], Some(at(10))).await.expect("nobody else writes");
    let tell = Schedule { next_notify_at: Some(at(10)), ..Schedule::default() };
    store.append(&notifications, &[asked()], tell).await.expect("nobody else writes");
    let both = open(store, "both").await;
    let schedule = Schedule { next_check_at: Some(at(5)), ..tell };
    store.append(&both, &[asked()], schedule).await.expect("nobody else writes");

    let told = store
        .claim_due(Queue::Notifications, &terminal(), at(10), 10, LEASE)
        .await
        .expect("a claim works");
    let told: HashSet<InvoiceId> = invoices(told).into_iter().collect();
    let expected = [&notifications, &both].map(|stored| stored.payment.invoice().clone());
    assert_eq!(told, HashSet::from(expected), "what is to be told is not what was given");
    let looked_at = claim(store, at(10), 10).await;
    assert_eq!(
        looked_at,
        [looks.payment.invoice().clone()],
        "one lease keeps a payment from both queues"
    );
}

async fn the_agenda_is_kept_as_it_was_given(store: &Store) {
    let opened = open(store, "order-17").await;
    assert_eq!(opened.schedule, Schedule::default(), "a fresh attempt is due");
    let schedule = Schedule {
        next_check_at: Some(at(10)),
        next_notify_at: Some(at(20)),
        last_check_at: Some(at(3)),
    };
    let written = store.append(&opened, &[asked()], schedule).await.expect("nobody else writes");
    assert_eq!(written.schedule, schedule, "an append answers another schedule");
    let claimed = claimed(store, Queue::StatusChecks, at(10)).await;
    assert_eq!(claimed.schedule, schedule, "a claim changes the schedule");
    let seen =
        store.current(&opened.order).await.expect("a read works").expect("the order is open");
    assert_eq!(seen.schedule, schedule, "the schedule is read otherwise than it was written");
    let nothing =
        store.append(&claimed, &[], due(None)).await.expect("whoever holds the lease writes");
    assert_eq!(nothing.schedule, Schedule::default(), "a schedule is not written anew");
}
