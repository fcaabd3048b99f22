//! A log is made on purpose and opened as it is; whatever is wrong with the file is said together with who acts.

use std::fs;

use crate::shop::{LOG, Shop, run};

#[test]
fn only_create_makes_a_log_and_it_makes_none_twice() {
    let home = tempfile::tempdir().unwrap();
    for command in
        [&["list", LOG][..], &["export", LOG], &["show", LOG, "100000001"], &["watch", LOG]]
    {
        let text = run(home.path(), command).with(1);
        assert!(text.starts_with("epay: shop.db: there is no log at this path"), "{text}");
        assert!(text.ends_with("makes the log.\n"), "{text}");
        assert!(!home.path().join(LOG).exists(), "{command:?}");
    }
    let create = ["create", LOG, "--first-invoice", "100000001"];
    let made = run(home.path(), &create).with(0);
    assert_eq!(made, "made shop.db, which gives out 1000000 invoice numbers from 100000001 on\n");
    let again = run(home.path(), &create).with(1);
    assert!(again.contains("there is a log at this path. It is kept as it is"), "{again}");
    run(home.path(), &["list", LOG]).with(0);
}

#[test]
fn few_invoice_numbers_are_a_warning() {
    let home = tempfile::tempdir().unwrap();
    run(home.path(), &["create", LOG, "--first-invoice", "999900001"]).with(0);
    let text = run(home.path(), &["list", LOG]).with(0);
    assert!(text.contains("\n99999 invoice numbers left\nWARNING: "), "{text}");
}

#[test]
fn a_file_that_is_no_log_is_left_alone() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join(LOG), "name,price\n").unwrap();
    let text = run(home.path(), &["list", LOG]).with(1);
    assert!(text.starts_with("epay: shop.db: "), "{text}");
    assert_eq!(fs::read_to_string(home.path().join(LOG)).unwrap(), "name,price\n");
}

#[tokio::test]
async fn a_damaged_log_says_who_acts() {
    let shop = Shop::after_a_bad_week().await;
    let path = shop.home.path().join(LOG);
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() - 4_096]).unwrap();
    let text = shop.epay(&["list", LOG]).with(1);
    assert!(text.contains("the file is damaged") && text.contains("Bring a copy back"), "{text}");
}

#[test]
fn what_is_asked_wrongly_is_a_usage_error() {
    let shop = Shop::empty();
    for arguments in [
        &["list"][..],
        &["list", LOG, "--flagged", "--open"],
        &["show", LOG],
        &["show", LOG, "100000001", "--order", "order-1"],
        &["create", LOG, "--first-invoice", "12"],
        &["reconcile", LOG],
        &["reconcile", LOG, "--bank", "http://127.0.0.1:1", "--production"],
        &["reconcile", LOG, "--production", "--late", "never"],
    ] {
        shop.epay(arguments).with(2);
    }
    let text = shop.epay(&["show", LOG, "--order", "order-9"]).with(1);
    assert!(text.contains("there is no order order-9 in shop.db"), "{text}");
}
