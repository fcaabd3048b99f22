//! Garbage in any page, and a file cut off anywhere, is an error with a name or no matter: never a
//! panic, and never another payment than was written.

use super::*;

const PAGE: usize = 4_096;

/// A closed log with so many payments, and what they are.
fn closed(payments: u32) -> (Home, Vec<Stored>) {
    let home = Home::new();
    let store = home.create();
    let written = (0..payments).map(|order| {
        let mut stored = create(&store, &format!("order-{order}")).unwrap();
        for _ in 0..3 {
            stored = append(&store, &stored).unwrap();
        }
        stored
    });
    let written = written.collect();
    drop(store);
    assert!(!home.path().with_file_name("log-wal").exists(), "all of it is in the one file");
    (home, written)
}

/// Everything that is read is as it was written, or refused as damage.
#[track_caller]
fn nothing_is_made_up(bytes: &[u8], written: &[Stored], what: &str) {
    // A home of its own for each, because a damaged log leaves its write-ahead log behind.
    let home = Home::new();
    fs::write(home.path(), bytes).unwrap();
    let store = match SqliteStore::open(home.path()) {
        Ok(store) => store,
        Err(error) => return is_damage(error.kind(), what),
    };
    for stored in written {
        match block_on(store.load(stored.payment.invoice())) {
            Ok(read) => assert_eq!(read.as_ref(), Some(stored), "{what}"),
            Err(error) => is_damage_of_store(&error, what),
        }
        match block_on(store.current(&stored.order)) {
            Ok(read) => assert_eq!(read.as_ref(), Some(stored), "{what}"),
            Err(error) => is_damage_of_store(&error, what),
        }
        match append(&store, stored) {
            Ok(after) => assert_eq!(after.version, Version(4), "{what}"),
            Err(error) => is_damage_of_store(&error, what),
        }
    }
}

#[track_caller]
fn is_damage(kind: SqliteErrorKind, what: &str) {
    assert!(
        matches!(
            kind,
            SqliteErrorKind::Damaged | SqliteErrorKind::NotALog | SqliteErrorKind::Missing
        ),
        "{what}: {kind:?}"
    );
}

#[track_caller]
fn is_damage_of_store(error: &StoreError, what: &str) {
    let kind = error.source().and_then(|source| source.downcast_ref()).map(SqliteError::kind);
    assert!(kind.is_some(), "{what}: {error:?}");
    is_damage(kind.unwrap(), what);
}

#[test]
fn a_page_of_garbage_is_damage() {
    let (home, written) = closed(30);
    let good = fs::read(home.path()).unwrap();
    let garbage: Vec<u8> = (0..PAGE).map(|at| u8::try_from(at * 7 % 251).unwrap()).collect();
    for page in 0..good.len() / PAGE {
        for with in [garbage.as_slice(), &[0; PAGE], &[0xFF; PAGE]] {
            let mut bad = good.clone();
            bad[page * PAGE..(page + 1) * PAGE].copy_from_slice(with);
            nothing_is_made_up(&bad, &written, &format!("page {page} of {:02x?}", &with[..2]));
        }
    }
}

/// Where records are damaged, in the end all payments that can be read were given. Where attempts
/// are, most were: a row that grows may need the pages beside its own. Each claim is smaller than
/// what is damaged.
#[test]
fn damage_holds_up_no_claim_of_another_payment() {
    let (home, written) = closed(120);
    let good = fs::read(home.path()).unwrap();
    let (mut in_attempts, mut in_events) = (0, 0);
    for page in 1..good.len() / PAGE {
        let mut bad = good.clone();
        bad[page * PAGE..(page + 1) * PAGE].fill(0xA5);
        let home = Home::new();
        fs::write(home.path(), bad).unwrap();
        let counts = |sql| home.past_the_store().query_row(sql, [], |row| row.get::<_, u32>(0));
        let indexed = counts("SELECT count(*) FROM attempts WHERE next_check_at IS NOT NULL");
        let whole = counts("SELECT count(*) FROM attempts WHERE order_name > ''").is_ok();
        let Ok(store) = SqliteStore::open(home.path()) else { continue };
        let reads = |stored: &&Stored| block_on(store.load(stored.payment.invoice())).is_ok();
        let readable: Vec<_> =
            written.iter().filter(reads).map(|stored| stored.payment.invoice().clone()).collect();
        if indexed.ok() != u32::try_from(written.len()).ok()
            || [0, written.len()].contains(&readable.len())
        {
            continue;
        }
        let rounds = (0..written.len() / 5).flat_map(|_| claim(&store, NOW).unwrap_or_default());
        let mut claimed: Vec<_> = rounds.map(|stored| stored.payment.invoice().clone()).collect();
        claimed.sort();
        if whole {
            in_events += 1;
            assert_eq!(claimed, readable, "page {page}");
        } else {
            in_attempts += 1;
            assert!(claimed.iter().all(|invoice| readable.contains(invoice)), "page {page}");
            assert!(claimed.len() * 2 > readable.len(), "page {page}: {} claimed", claimed.len());
        }
    }
    assert!(in_attempts > 0 && in_events > 0, "{in_attempts} of attempts, {in_events} of events");
}

#[test]
fn a_file_that_was_cut_is_damage() {
    let (home, written) = closed(30);
    let good = fs::read(home.path()).unwrap();
    for end in (0..good.len()).step_by(PAGE / 2) {
        nothing_is_made_up(&good[..end], &written, &format!("cut at {end}"));
    }
}
