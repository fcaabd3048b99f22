//! What a list finds an attempt by is what its events fold to, also in a log of an older version.

use epay_domain::{ListFilter, ListKeys, PaymentStatus};

use super::*;
use crate::record;

/// The columns beside the fold, of each attempt that can be read.
fn columns_and_fold(store: &SqliteStore) -> Vec<(String, ListKeys, ListKeys)> {
    let page = block_on(store.list(ListQuery::newest(1_000))).unwrap();
    let read = page.into_iter().filter_map(|(invoice, listed)| Some((invoice, listed.ok()?)));
    read.map(|(invoice, listed)| {
        let asked = invoice.to_string();
        let row = block_on(store.reader.call(move |conn| {
            let sql = "SELECT status, open_since FROM attempts WHERE invoice = ?1";
            let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
            Ok(conn.query_row::<(String, Option<i64>), _, _>(sql, [&asked], row)?)
        }));
        let (status, open_since) = row.unwrap();
        let status = PaymentStatus::ALL.into_iter().find(|it| it.name() == status).unwrap();
        let open_since = open_since.map(|at| Timestamp::from_unix_millis(at.try_into().unwrap()));
        let keys = listed.stored.payment.list_keys();
        (invoice.to_string(), ListKeys { status, open_since }, keys)
    })
    .collect()
}

#[track_caller]
fn columns_are_the_fold(store: &SqliteStore) {
    for (invoice, columns, fold) in columns_and_fold(store) {
        assert_eq!(columns, fold, "{invoice}");
    }
}

fn version_1() -> Home {
    let home = Home::new();
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/v1.sql");
    home.past_the_store().execute_batch(&fs::read_to_string(golden).unwrap()).unwrap();
    home
}

#[test]
fn a_log_of_version_1_is_opened_and_its_lists_have_what_is_in_it() {
    let home = version_1();
    let store = SqliteStore::open(home.path()).unwrap();
    let listed = |filter| -> Vec<String> {
        let page = block_on(store.list(ListQuery { filter, ..ListQuery::newest(100) })).unwrap();
        page.into_iter().map(|(invoice, _)| invoice.to_string().split_off(7)).collect()
    };
    for (status, invoices) in [
        (PaymentStatus::New, &["01"][..]),
        (PaymentStatus::AwaitingPayer, &["03"]),
        (PaymentStatus::Unknown, &["14", "06", "02"]),
        (PaymentStatus::Held, &["04"]),
        (PaymentStatus::Paid, &["05"]),
        (PaymentStatus::Refunded, &["07"]),
        (PaymentStatus::Voided, &["08"]),
        (PaymentStatus::Declined, &["15", "09"]),
        (PaymentStatus::Verified, &["10"]),
        (PaymentStatus::NotExecuted, &["11"]),
        (PaymentStatus::Abandoned, &["12"]),
        (PaymentStatus::Disputed, &["13"]),
    ] {
        assert_eq!(listed(ListFilter::Status(status)), invoices, "{status}");
    }
    assert_eq!(listed(ListFilter::Open), ["14", "06", "03", "02"]);
    // The damaged one too: somebody has to be told of it.
    assert_eq!(listed(ListFilter::All).len(), 16);
    columns_are_the_fold(&store);
    assert_eq!(columns_and_fold(&store).len(), 15);
    let version = home.past_the_store().pragma_query_value(None, "user_version", |row| row.get(0));
    assert_eq!(version, Ok(2));
}

#[test]
fn a_log_of_version_1_goes_on() {
    let home = version_1();
    let store = SqliteStore::open(home.path()).unwrap();
    assert_eq!(block_on(store.invoices_left()).unwrap(), 999_984);
    let opened = create(&store, "order-1").unwrap();
    assert_eq!(opened.payment.invoice().as_str(), "100000001", "the order is still open");
    append(&store, &opened).unwrap();
    append(&store, &create(&store, "new").unwrap()).unwrap();
    columns_are_the_fold(&store);
    drop(store);
    columns_are_the_fold(&SqliteStore::open(home.path()).unwrap());
}

#[test]
fn one_of_many_that_open_a_log_of_version_1_brings_it_to_this_one() {
    let home = version_1();
    let path = home.path();
    let stores = std::thread::scope(|scope| {
        let open = || SqliteStore::open(&path);
        let openers: Vec<_> = (0..4).map(|_| scope.spawn(open)).collect();
        openers.into_iter().map(|it| it.join().unwrap().unwrap()).collect::<Vec<_>>()
    });
    stores.iter().for_each(columns_are_the_fold);
}

#[test]
fn a_copy_of_version_1_comes_back() {
    let home = version_1();
    let back = home.home.path().join("back");
    SqliteStore::restore(home.path(), &back, &starting_at("200000117")).unwrap();
    let store = SqliteStore::open(back).unwrap();
    columns_are_the_fold(&store);
    assert_eq!(columns_and_fold(&store).len(), 15);
}

#[test]
fn whatever_stood_in_the_columns_a_log_that_comes_back_has_the_fold() {
    let home = Home::new();
    let store = home.create();
    append(&store, &create(&store, "order").unwrap()).unwrap();
    let wrong = "UPDATE attempts SET status = 'paid', open_since = NULL";
    home.past_the_store().execute(wrong, []).unwrap();
    assert_ne!(columns_and_fold(&store)[0].1, columns_and_fold(&store)[0].2);
    store.backup(home.home.path().join("copy")).unwrap();
    let back = home.home.path().join("back");
    SqliteStore::restore(home.home.path().join("copy"), &back, &starting_at("200000117")).unwrap();
    columns_are_the_fold(&SqliteStore::open(back).unwrap());
}

#[test]
fn after_every_event_that_there_is_the_columns_are_the_fold() {
    let home = Home::new();
    let store = home.create();
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/v1.jsonl");
    let golden = fs::read_to_string(golden).unwrap();
    let mut everything = create(&store, "everything").unwrap();
    for line in golden.lines() {
        let (name, record) = line.split_once('\t').unwrap();
        let event = record::decode(record).unwrap();
        let fresh = create(&store, name).unwrap();
        let asked = append(&store, &fresh).unwrap();
        let write = |onto: &Stored| {
            block_on(store.append(onto, std::slice::from_ref(&event), due(NOW))).unwrap()
        };
        write(&asked);
        everything = write(&everything);
        columns_are_the_fold(&store);
    }
}

#[test]
fn a_list_is_read_from_its_index() {
    let home = Home::new();
    let store = home.create();
    let overdue = ListFilter::NeedsAttention { open_since: NOW };
    let statuses = PaymentStatus::ALL.map(ListFilter::Status);
    for filter in [ListFilter::All, ListFilter::Open, overdue].into_iter().chain(statuses) {
        let plan = block_on(store.reader.call(move |conn| {
            let mut plan =
                conn.prepare(&format!("EXPLAIN QUERY PLAN {}", list::statement(filter)))?;
            let lines = plan.raw_query().mapped(|row| row.get::<_, String>(3));
            Ok(lines.collect::<Result<Vec<_>, _>>()?)
        }));
        let plan = plan.unwrap();
        let index = match filter {
            ListFilter::All => "attempts_opened (opened>? AND ",
            _ => "attempts_status (status=? AND opened>? AND ",
        };
        let search = format!("SEARCH attempts USING INDEX {index}(opened,invoice)<(?,?))");
        let merges = ["MERGE (UNION ALL)", "LEFT", "RIGHT"];
        for line in &plan {
            assert!(*line == search || merges.contains(&line.as_str()), "{filter:?}: {plan:?}");
        }
        assert!(plan.contains(&search), "{filter:?}: {plan:?}");
    }
}

#[test]
fn versions_tell_how_far_each_attempt_has_come() {
    let home = Home::new();
    let store = home.create();
    let stored: Vec<Stored> = ["a", "b", "c"].map(|it| create(&store, it).unwrap()).into();
    let asked = append(&store, &stored[1]).unwrap();
    let versions = |after: Option<&Stored>, limit| {
        let after = after.map(|it| it.payment.invoice());
        let found = block_on(store.versions(after, limit)).unwrap();
        found.into_iter().map(|it| (it.invoice, it.version, it.events)).collect::<Vec<_>>()
    };
    let of = |it: &Stored, events| (it.payment.invoice().clone(), it.version, events);
    assert_eq!(versions(None, 2), [of(&stored[0], 0), of(&asked, 1)]);
    assert_eq!(versions(Some(&asked), 2), [of(&stored[2], 0)]);
    assert_eq!(versions(Some(&stored[2]), 2), []);
    // A claim makes a version and no event.
    let (terminal, second) = (terminal(), Duration::from_secs(1));
    let claim = store.claim_due(Queue::UnknownChecks, &terminal, NOW, 1, second);
    let [claimed] = block_on(claim).unwrap().try_into().unwrap();
    assert!(claimed.version > asked.version);
    assert_eq!(versions(Some(&stored[0]), 1), [of(&claimed, 1)]);
}
