//! A copy is whole whoever writes meanwhile, and gives no number a second time.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use epay_domain::Listed;

use super::*;

fn beside(home: &Home, name: &str) -> PathBuf {
    home.home.path().join(name)
}

#[test]
fn a_copy_that_is_made_while_others_write_is_the_log_of_one_moment() {
    let home = Home::new();
    let store = home.create();
    let other = SqliteStore::open(home.path()).unwrap();
    // Each attempt gets its three events in one write, so a copy has all or none; where it has none
    // it counts the attempt as asked.
    let write = |store: &SqliteStore, order: &str| {
        let stored = create(store, order).unwrap();
        block_on(store.append(&stored, &[asked(), asked(), asked()], due(NOW))).unwrap();
    };
    for order in 0..50 {
        write(&store, &format!("before-{order}"));
    }
    let (begun, has_begun) = std::sync::mpsc::channel();
    let stop = AtomicBool::new(false);
    let copies = thread::scope(|scope| {
        scope.spawn(|| {
            for order in 0.. {
                write(&other, &format!("meanwhile-{order}"));
                let _ = begun.send(());
                if stop.load(Ordering::Relaxed) {
                    break;
                }
            }
        });
        let copies = ["a", "b", "c"].map(|name| {
            has_begun.recv().unwrap();
            let copy = beside(&home, name);
            store.backup(&copy).map(|()| copy)
        });
        stop.store(true, Ordering::Relaxed);
        copies
    });
    let mut most = 50;
    for copy in copies {
        let copy = SqliteStore::open(copy.unwrap()).unwrap();
        let page = block_on(copy.list(ListQuery::newest(100_000))).unwrap();
        assert!(page.len() > most, "what was answered before the copy was begun is in it");
        most = page.len();
        for (invoice, listed) in page {
            let Listed { stored, events, .. } = listed.unwrap();
            assert_eq!(stored.version, Version(1), "{invoice}");
            assert!(matches!(events.len(), 1 | 3), "{invoice} has {events:?}");
        }
    }
}

#[test]
fn a_copy_that_is_brought_back_by_hand_gives_out_no_number() {
    let home = Home::new();
    let store = home.create();
    let stored = append(&store, &create(&store, "order").unwrap()).unwrap();
    store.backup(beside(&home, "copy")).unwrap();
    create(&store, "after the copy").unwrap();
    drop(store);
    fs::rename(beside(&home, "copy"), home.path()).unwrap();
    let store = SqliteStore::open(home.path()).unwrap();
    assert_eq!(block_on(store.current(&stored.order)).unwrap(), Some(stored));
    let refused = create(&store, "another").unwrap_err();
    assert_eq!(refused.kind(), StoreErrorKind::OutOfInvoices);
    assert_eq!(block_on(store.invoices_left()).unwrap(), 0);
}

#[test]
fn a_log_comes_back_with_numbers_that_are_new() {
    let home = Home::new();
    let store = home.create();
    let stored = append(&store, &create(&store, "order").unwrap()).unwrap();
    let (copy, again) = (beside(&home, "copy"), beside(&home, "again"));
    store.backup(&copy).unwrap();
    create(&store, "after the copy").unwrap();
    let used = SqliteStore::restore(&copy, &again, &starting_at("100000001"));
    assert_eq!(used.unwrap_err().kind(), SqliteErrorKind::NumbersInUse);
    assert!(!again.exists(), "what was refused leaves nothing");
    SqliteStore::restore(&copy, &again, &starting_at("100000003")).unwrap();
    let store = SqliteStore::open(&again).unwrap();
    assert_eq!(block_on(store.current(&stored.order)).unwrap(), Some(stored.clone()));
    let next = create(&store, "another").unwrap();
    assert_eq!(next.payment.invoice().as_str(), "100000003");
    assert!(append(&store, &stored).is_ok());
}

#[test]
fn what_was_open_when_the_copy_was_made_is_looked_for_and_not_asked_with_again() {
    let home = Home::new();
    let store = home.create();
    let open = create(&store, "order").unwrap();
    let (copy, again) = (beside(&home, "copy"), beside(&home, "again"));
    store.backup(&copy).unwrap();
    // The shop asks, is paid, and then the disk is lost.
    assert!(append(&store, &open).is_ok());
    SqliteStore::restore(&copy, &again, &starting_at("100000002")).unwrap();
    for back in [copy, again] {
        let store = SqliteStore::open(back).unwrap();
        let back = create(&store, "order").unwrap();
        assert_eq!(back.payment.invoice(), open.payment.invoice());
        assert_eq!(
            back.payment.decide(Command::Authorize, NOW),
            Err(epay_domain::Refusal::AlreadyAuthorized)
        );
        assert_eq!(claim(&store, NOW).unwrap().len(), 1, "a check is due");
    }
    let untouched = block_on(store.history(open.payment.invoice())).unwrap();
    assert_eq!(untouched.len(), 1, "the log itself is as it was");
}

#[test]
fn no_copy_takes_the_place_of_a_file() {
    let home = Home::new();
    let store = home.create();
    let (copy, other) = (beside(&home, "copy"), beside(&home, "other"));
    fs::write(&other, "mine").unwrap();
    for taken in [&other, &home.path()] {
        assert_eq!(store.backup(taken).unwrap_err().kind(), SqliteErrorKind::AlreadyThere);
    }
    store.backup(&copy).unwrap();
    let restored = SqliteStore::restore(&copy, &other, &starting_at("100000001"));
    assert_eq!(restored.unwrap_err().kind(), SqliteErrorKind::AlreadyThere);
    assert_eq!(fs::read(&other).unwrap(), b"mine");
}

#[test]
fn what_is_no_whole_log_is_not_restored() {
    let home = Home::new();
    let (copy, again) = (beside(&home, "copy"), beside(&home, "again"));
    let restored = || {
        let error = SqliteStore::restore(&copy, &again, &starting_at("200000001")).unwrap_err();
        assert!(!again.exists());
        error.kind()
    };
    assert_eq!(restored(), SqliteErrorKind::Missing);
    fs::write(&copy, "a text, and no database at all; ".repeat(100)).unwrap();
    assert_eq!(restored(), SqliteErrorKind::NotALog);
    fs::remove_file(&copy).unwrap();
    let store = home.create();
    append(&store, &create(&store, "order").unwrap()).unwrap();
    store.backup(&copy).unwrap();
    let whole = fs::read(&copy).unwrap();
    fs::write(&copy, &whole[..whole.len() / 2]).unwrap();
    assert_eq!(restored(), SqliteErrorKind::Damaged);
    let mut torn = whole;
    torn[4096..8192].fill(0xff);
    fs::write(&copy, torn).unwrap();
    assert_eq!(restored(), SqliteErrorKind::Damaged);
}
