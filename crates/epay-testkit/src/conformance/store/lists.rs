//! The contents of a list, its order, and its pages taken together.

use core::ops::RangeInclusive;

use epay_domain::{Count, ListFilter, ListQuery, Listed, PaymentStatus};

use super::*;

pub(super) async fn judge(store: &Store) {
    assert_eq!(list(store, &ListQuery::newest(10)).await, [], "a new store lists something");
    let all = attempts(store).await;
    the_newest_come_first(store, &all).await;
    pages_are_the_list(store, &all).await;
    a_list_has_what_was_opened_then(store, &all).await;
    a_list_has_what_its_filter_takes(store, &all).await;
    a_list_follows_what_happens(store, all).await;
}

/// Attempts in each of a few states, opened by clocks that do not agree, in the order of a list.
async fn attempts(store: &Store) -> Vec<Listed> {
    let captured =
        |sum| Fact::Captured { captured: Some(Money::tiyn(sum)), refunded: Refunds::NotTold };
    let stories: [(u64, &[Event]); 9] = [
        (40, &[]),
        (10, &[asked()]),
        (30, &[asked(), heard(Fact::Authorized)]),
        (30, &[asked(), heard(Fact::Declined(Decline::from_code(484)))]),
        (20, &[asked(), heard(captured(1))]),
        (30, &[Event { at: at(50), ..asked() }]),
        (50, &[asked(), heard(captured(500_000))]),
        (10, &[asked(), heard(Fact::InProgress)]),
        (20, &[]),
    ];
    let mut all = Vec::new();
    for (number, (opened, events)) in stories.into_iter().enumerate() {
        let terminal = if number % 2 == 0 { terminal() } else { other_terminal() };
        let new = NewPayment { terminal, ..new(&format!("order-{number}")) };
        let created = store.create(new, at(opened), None).await.expect("a new order is opened");
        let Created::New(mut stored) = created else { panic!("an order nobody opened is there") };
        for event in events {
            let event = std::slice::from_ref(event);
            stored = append(store, &stored, event, None).await.expect("nobody else writes");
        }
        all.push(Listed { opened_at: at(opened), stored, events: events.to_vec() });
    }
    all.sort_by(|one, other| place(other).cmp(&place(one)));
    all
}

fn place(listed: &Listed) -> (Timestamp, &InvoiceId) {
    (listed.opened_at, listed.stored.payment.invoice())
}

async fn list(store: &Store, query: &ListQuery) -> Vec<Listed> {
    let page = store.list(query.clone()).await.expect("a list is read");
    let read = page.into_iter().map(|(invoice, listed)| {
        let listed = listed.expect("an attempt that nothing has damaged is read");
        assert_eq!(&invoice, listed.stored.payment.invoice(), "a list gives another's number");
        listed
    });
    read.collect()
}

async fn the_newest_come_first(store: &Store, all: &[Listed]) {
    let listed = list(store, &ListQuery::newest(100)).await;
    let numbers = |of: &[Listed]| -> Vec<InvoiceId> {
        of.iter().map(|it| it.stored.payment.invoice().clone()).collect()
    };
    assert_eq!(numbers(&listed), numbers(all), "a list does not begin with what was opened last");
    assert_eq!(listed, all, "an attempt in a list is not what it is alone");
}

async fn pages_are_the_list(store: &Store, all: &[Listed]) {
    for filter in [ListFilter::All, ListFilter::Open] {
        let (mut query, mut seen) = (ListQuery { filter, ..ListQuery::newest(2) }, Vec::new());
        loop {
            let page = list(store, &query).await;
            assert!(page.len() <= 2, "a page is longer than was asked for");
            let Some(last) = page.last() else { break };
            query = query.after(last.stored.payment.invoice().clone());
            seen.extend(page);
            assert!(seen.len() <= all.len(), "a page comes again");
        }
        assert_eq!(seen, taken(all, filter), "the pages together are not the list of {filter:?}");
    }
    for after in all {
        let invoice = after.stored.payment.invoice();
        let query = ListQuery { filter: ListFilter::Open, ..ListQuery::newest(100) };
        let rest: Vec<_> = all.iter().filter(|it| place(it) < place(after)).cloned().collect();
        assert_eq!(
            list(store, &query.after(invoice.clone())).await,
            taken(&rest, ListFilter::Open),
            "a list does not go on after an attempt that may be in another list"
        );
    }
    let nobody = InvoiceId::new("999999999999999").expect("fifteen digits");
    let after_nobody = list(store, &ListQuery::newest(100).after(nobody)).await;
    assert_eq!(after_nobody, [], "something comes after a number that nobody has");
}

async fn a_list_has_what_was_opened_then(store: &Store, all: &[Listed]) {
    let just_before = |it: Timestamp| Timestamp::from_unix_millis(it.unix_millis() - 1);
    let times: [RangeInclusive<Timestamp>; 6] = [
        at(20)..=at(30),
        at(20)..=just_before(at(30)),
        at(10)..=at(10),
        at(11)..=at(19),
        at(50)..=Timestamp::from_unix_millis(u64::MAX),
        at(30)..=at(20),
    ];
    for opened in times {
        let expected: Vec<_> =
            all.iter().filter(|it| opened.contains(&it.opened_at)).cloned().collect();
        let query = ListQuery { opened: opened.clone(), ..ListQuery::newest(100) };
        let listed = list(store, &query).await;
        assert_eq!(listed, expected, "a list has not what was opened in {opened:?}");
        let Some(newest) = all.first().map(|it| it.stored.payment.invoice().clone()) else {
            continue;
        };
        let rest: Vec<_> =
            expected.into_iter().filter(|it| it.stored.payment.invoice() != &newest).collect();
        let listed = list(store, &query.after(newest)).await;
        assert_eq!(listed, rest, "a list goes on at another time than was asked for");
    }
}

fn filters() -> Vec<ListFilter> {
    let overdue =
        [at(0), at(1), at(50)].map(|open_since| ListFilter::NeedsAttention { open_since });
    let statuses = PaymentStatus::ALL.map(ListFilter::Status);
    [ListFilter::All, ListFilter::Open].into_iter().chain(overdue).chain(statuses).collect()
}

fn taken(all: &[Listed], filter: ListFilter) -> Vec<Listed> {
    let takes = |it: &&Listed| filter.takes(it.stored.payment.list_keys());
    all.iter().filter(takes).cloned().collect()
}

async fn a_list_has_what_its_filter_takes(store: &Store, all: &[Listed]) {
    for filter in filters() {
        let listed = list(store, &ListQuery { filter, ..ListQuery::newest(100) }).await;
        assert_eq!(listed, taken(all, filter), "the list of {filter:?} has not what it takes");
        let keys = listed.iter().map(|it| it.stored.payment.list_keys());
        let counted = store.count(filter).await.expect("a list is counted");
        assert_eq!(counted, keys.fold(Count::default(), Count::and), "the count of {filter:?}");
    }
}

async fn a_list_follows_what_happens(store: &Store, all: Vec<Listed>) {
    let mut then = Vec::new();
    for mut it in all {
        let voided = heard(Fact::Voided(VoidReason::Lapsed));
        let appended = append(store, &it.stored, std::slice::from_ref(&voided), None).await;
        it.stored = appended.expect("nobody else writes");
        it.events.push(voided);
        then.push(it);
    }
    a_list_has_what_its_filter_takes(store, &then).await;
}
