//! Claims: a due payment is given to one caller at a time, the oldest first, and is lost by a
//! caller that lets its lease pass.

use std::{collections::HashSet, sync::Arc, time::Duration};

use epay_domain::{
    CLOCK_AHEAD, CheckClass, InvoiceId, Queue, Schedule, StoreErrorKind, Stored, TerminalId,
    Timestamp,
};

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
    each_queue_has_its_own(&make().await).await;
    what_a_clock_that_was_ahead_has_planned_is_due(&make().await).await;
    the_schedule_is_kept_as_it_was_given(&make().await).await;
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
    claim_in(store, Queue::UnknownChecks, terminal, now, limit).await
}

async fn claim_in(
    store: &Store,
    queue: Queue,
    terminal: &TerminalId,
    now: Timestamp,
    limit: usize,
) -> Vec<InvoiceId> {
    let claimed = store.claim_due(queue, terminal, now, limit, LEASE).await.expect("a claim works");
    claimed.into_iter().map(|stored| stored.payment.invoice().clone()).collect()
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
    let first = claimed(store, Queue::UnknownChecks, at(10)).await;
    assert_eq!(first.payment, written.payment, "a claim has changed the payment");
    assert_eq!(first.leased_until, Some(at(10) + LEASE), "a claim does not say how long it is for");
    let second = claimed(store, Queue::UnknownChecks, at(10) + LEASE).await;
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
    let held = claimed(store, Queue::UnknownChecks, at(10)).await;
    let written =
        append(store, &held, &[], Some(at(10))).await.expect("whoever holds the lease writes");
    assert_eq!(written.leased_until, None, "an append leaves a lease");
    assert_eq!(claim(store, at(10), 10).await.len(), 1, "a lease outlives what was written");
}

async fn each_queue_has_its_own(store: &Store) {
    let unknown = Schedule { next_check_at: Some(at(10)), ..Schedule::default() };
    let settled = Schedule { check_class: CheckClass::Settled, ..unknown };
    let news = Schedule { next_notify_at: Some(at(10)), ..Schedule::default() };
    let both = Schedule { next_notify_at: Some(at(10)), ..settled };
    let mut invoices = Vec::new();
    for (order, schedule) in
        [("unknown", unknown), ("settled", settled), ("to be told", news), ("both", both)]
    {
        let stored = open(store, order).await;
        store.append(&stored, &[asked()], schedule).await.expect("nobody else writes");
        invoices.push(stored.payment.invoice().clone());
    }
    let [unknown, settled, news, both] = invoices.try_into().expect("four were opened");
    for (queue, due, words) in [
        (Queue::Notifications, vec![news, both], "what is to be told is not what was given"),
        (Queue::UnknownChecks, vec![unknown], "the class of a check does not decide its queue"),
        (Queue::SettledChecks, vec![settled], "one lease keeps a payment from all queues"),
    ] {
        let given: HashSet<InvoiceId> =
            claim_in(store, queue, &terminal(), at(10), 10).await.into_iter().collect();
        assert_eq!(given, due.into_iter().collect(), "{words}");
    }
}

async fn what_a_clock_that_was_ahead_has_planned_is_due(store: &Store) {
    for (queue, check_class) in [
        (Queue::UnknownChecks, CheckClass::Unknown),
        (Queue::SettledChecks, CheckClass::Settled),
        (Queue::Notifications, CheckClass::Settled),
    ] {
        let stored = open(store, &format!("{queue:?}")).await;
        let planned = at(10) + queue.horizon();
        let schedule = match queue {
            Queue::Notifications => {
                Schedule { next_notify_at: Some(planned), ..Schedule::default() }
            }
            _ => Schedule { next_check_at: Some(planned), check_class, ..Schedule::default() },
        };
        store.append(&stored, &[asked()], schedule).await.expect("nobody else writes");
        let terminal = terminal();
        let claim = |now| claim_in(store, queue, &terminal, now, 10);
        assert_eq!(claim(at(10)).await.len(), 0, "what is planned ahead was given before its time");
        let back = Timestamp::from_unix_millis(at(10).unix_millis() - 1);
        assert_eq!(claim(back).await.len(), 1, "what is planned beyond the horizon is not due");
    }
    let leased = open(store, "leased").await;
    append(store, &leased, &[asked()], Some(at(9))).await.expect("nobody else writes");
    assert_eq!(claim(store, at(10) + CLOCK_AHEAD, 10).await.len(), 1, "what is due is not given");
    assert_eq!(claim(store, at(10), 10).await.len(), 0, "a payment was given during its lease");
    let back = Timestamp::from_unix_millis(at(10).unix_millis() - 1);
    assert_eq!(claim(store, back, 10).await.len(), 1, "a lease of a clock that was ahead holds");
}

async fn the_schedule_is_kept_as_it_was_given(store: &Store) {
    let opened = open(store, "order-17").await;
    assert_eq!(opened.schedule, Schedule::default(), "a fresh attempt is due");
    let schedule = Schedule {
        next_check_at: Some(at(10)),
        check_class: CheckClass::Settled,
        next_notify_at: Some(at(20)),
        last_check_at: Some(at(3)),
    };
    let written = store.append(&opened, &[asked()], schedule).await.expect("nobody else writes");
    assert_eq!(written.schedule, schedule, "an append answers another schedule");
    let claimed = claimed(store, Queue::SettledChecks, at(10)).await;
    assert_eq!(claimed.schedule, schedule, "a claim changes the schedule");
    let seen =
        store.current(&opened.order).await.expect("a read works").expect("the order is open");
    assert_eq!(seen.schedule, schedule, "the schedule is read otherwise than it was written");
    let nothing =
        store.append(&claimed, &[], due(None)).await.expect("whoever holds the lease writes");
    assert_eq!(nothing.schedule, Schedule::default(), "a schedule is not written anew");
}
