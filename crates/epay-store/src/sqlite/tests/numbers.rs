//! Invoice numbers: each is given out once, and none by a call that opens nothing.

use super::*;

#[test]
fn numbers_run_out_by_name_and_a_new_range_goes_on() {
    let home = Home::new();
    let store = SqliteStore::create(home.path(), &starting_at("999998")).unwrap();
    let left = || block_on(store.invoices_left()).unwrap();
    assert_eq!(left(), 2);
    let given = ["a", "b"]
        .map(|order| create(&store, order).unwrap().payment.invoice().as_str().to_owned());
    assert_eq!((given, left()), (["999998".to_owned(), "999999".to_owned()], 0));
    assert_eq!(create(&store, "c").unwrap_err().kind(), StoreErrorKind::OutOfInvoices);
    for used in ["999998", "999999", "100000", "7999999"] {
        failed(block_on(store.renumber(starting_at(used))), SqliteErrorKind::NumbersInUse);
    }
    block_on(store.renumber(starting_at("2999996"))).unwrap();
    assert_eq!(left(), 2, "the last six of 2999998 were given");
    block_on(store.renumber(starting_at("1999999").repeating_last_six())).unwrap();
    assert_eq!(left(), 8_000_001);
    assert_eq!(create(&store, "c").unwrap().payment.invoice().as_str(), "1999999");
    drop(store);
    let store = SqliteStore::open(home.path()).unwrap();
    assert_eq!(
        create(&store, "d").unwrap().payment.invoice().as_str(),
        "2000000",
        "the counter is in the file"
    );
}

#[test]
fn the_last_six_digits_come_again_only_when_that_was_said() {
    for (numbers, after) in [
        (starting_at("100000001"), Err(StoreErrorKind::OutOfInvoices)),
        (starting_at("100000001").repeating_last_six(), Ok("101000001".to_owned())),
    ] {
        let home = Home::new();
        let store = SqliteStore::create(home.path(), &numbers).unwrap();
        home.past_the_store().execute("UPDATE numbers SET next = '101000000'", []).unwrap();
        assert_eq!(create(&store, "a").unwrap().payment.invoice().as_str(), "101000000");
        let next = create(&store, "b").map(|stored| stored.payment.invoice().as_str().to_owned());
        assert_eq!(next.map_err(|error| error.kind()), after);
    }
}

#[test]
fn a_key_of_another_order_gives_no_number_away() {
    let home = Home::new();
    let store = home.create();
    let keyed = |order| NewPayment { replay: Some(ReplayKey::new([1; 32])), ..new(order) };
    let first = block_on(store.create(keyed("a"), NOW, None)).unwrap();
    assert!(matches!(first, Created::New(_)));
    let left = block_on(store.invoices_left()).unwrap();
    assert_eq!(block_on(store.create(keyed("b"), NOW, None)).unwrap(), Created::Replayed);
    assert_eq!(block_on(store.invoices_left()).unwrap(), left);
}
