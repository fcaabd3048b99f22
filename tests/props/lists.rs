//! A list has what its filter takes of the fold, whatever was written.

use epay_domain::{
    Created, Event, ListFilter, ListQuery, Money, NewPayment, OrderId, PaymentStatus, PaymentStore,
    Schedule, TerminalId, Timestamp,
};
use epay_store::{InvoiceNumbers, MemoryStore, SqliteStore};
use pollster::block_on;
use proptest::{collection::vec, prelude::*};

use crate::record::event;

async fn write(store: &dyn PaymentStore, histories: &[Vec<Event>]) {
    for (number, events) in histories.iter().enumerate() {
        let new = NewPayment {
            order: OrderId::new(&format!("order-{number}")).unwrap(),
            amount: Money::tenge(5_000),
            terminal: TerminalId::new("67e34d63-102f-4bd1-898e-370781d0074d").unwrap(),
            replay: None,
            tag: None,
        };
        let opened = Timestamp::from_unix_millis(events.len() as u64);
        let Created::New(mut stored) = store.create(new, opened, None).await.unwrap() else {
            panic!("the order is new")
        };
        for events in events.chunks(2) {
            stored = store.append(&stored, events, Schedule::default()).await.unwrap();
        }
    }
}

/// What is in no list but that of all is in none of these.
async fn lists_have_what_they_take(store: &dyn PaymentStore) -> Result<(), TestCaseError> {
    let all = store.list(ListQuery::newest(1_000)).await.unwrap();
    let keys: Vec<_> = all
        .into_iter()
        .map(|(invoice, listed)| (invoice, listed.unwrap().stored.payment.list_keys()))
        .collect();
    let since = keys.iter().filter_map(|(_, keys)| keys.open_since);
    let overdue = since.map(|open_since| ListFilter::NeedsAttention { open_since });
    let statuses = PaymentStatus::ALL.map(ListFilter::Status);
    for filter in overdue.chain(statuses).chain([ListFilter::Open]) {
        let listed = store.list(ListQuery { filter, ..ListQuery::newest(1_000) }).await.unwrap();
        let listed: Vec<_> = listed.into_iter().map(|(invoice, _)| invoice).collect();
        let takes = keys.iter().filter(|(_, keys)| filter.takes(*keys));
        let taken: Vec<_> = takes.map(|(invoice, _)| invoice.clone()).collect();
        prop_assert_eq!(listed, taken, "{:?}", filter);
    }
    Ok(())
}

proptest! {
    #![proptest_config(crate::config_of_one_in(20))]

    #[test]
    fn a_list_has_what_its_filter_takes_whatever_was_written(
        histories in vec(vec(event(), 0..6), 1..4)
    ) {
        let home = tempfile::tempdir().unwrap();
        let first = epay_domain::InvoiceId::new("100000001").unwrap();
        let numbers = InvoiceNumbers::starting_at(first);
        let file = SqliteStore::create(home.path().join("log"), &numbers).unwrap();
        let stores: [&dyn PaymentStore; 2] = [&file, &MemoryStore::default()];
        for store in stores {
            block_on(write(store, &histories));
            block_on(lists_have_what_they_take(store))?;
        }
    }
}
