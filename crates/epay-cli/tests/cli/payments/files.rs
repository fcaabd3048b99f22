//! A log is made on purpose and opened as it is; whatever is wrong with the file is said together
//! with who acts.

use std::fs;

use super::shop::{LOG, Shop, WRONG_SUM, run};

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

#[cfg(unix)]
#[test]
fn a_log_that_others_may_read_is_a_warning() {
    use std::os::unix::fs::PermissionsExt;

    let home = tempfile::tempdir().unwrap();
    run(home.path(), &["create", LOG, "--first-invoice", "100000001"]).with(0);
    let warned = || run(home.path(), &["list", LOG]).err;
    assert_eq!(warned(), "");
    fs::set_permissions(home.path().join(LOG), fs::Permissions::from_mode(0o644)).unwrap();
    let warning = "epay: other users of this machine may read shop.db: `chmod 600 shop.db`\n";
    assert_eq!(warned(), warning);
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

#[tokio::test]
async fn what_cannot_be_read_is_named_and_holds_up_nothing_else() {
    let shop = Shop::after_a_bad_week().await;
    drop(shop.store());
    let path = shop.home.path().join(LOG);
    let mut bytes = fs::read(&path).unwrap();
    // Records of one attempt are no longer what was written.
    let record = [WRONG_SUM.as_bytes(), b"{\"v\":1"].map(|it| it.to_vec());
    let found = (0..bytes.len() - 40).filter(|at| {
        bytes[*at..].starts_with(&record[0])
            && bytes[*at + 9..at + 20].windows(6).any(|it| it == &record[1][..6])
    });
    let found: Vec<usize> = found.collect();
    assert!(!found.is_empty());
    found.into_iter().for_each(|at| bytes[at + 40] ^= 1);
    fs::write(&path, bytes).unwrap();
    for (command, says) in [
        (&["list", LOG][..], "6 attempts listed\n1 more can't be read"),
        (&["list", LOG, "--json"], "\"unreadable\":1"),
        (&["export", LOG], "\"invoice\":\"100000007\""),
    ] {
        let text = shop.epay(command).with(1);
        assert!(text.contains(says) && text.contains("100000007"), "{text}");
        let named = format!("epay: invoice {WRONG_SUM}: shop.db: ");
        assert_eq!(text.matches(&named).count(), 1, "{text}");
    }
}

#[test]
fn what_is_asked_wrongly_is_a_usage_error() {
    let shop = Shop::empty();
    for arguments in [
        &["list"][..],
        &["list", LOG, "--disputed", "--open"],
        &["list", LOG, "--status", "flagged"],
        &["list", LOG, "--day", "yesterday"],
        &["list", LOG, "--order", "order-1", "--day", "2026-11-24"],
        &["show", LOG],
        &["show", LOG, "100000001", "--order", "order-1"],
        &["create", LOG, "--first-invoice", "12"],
        &["reconcile", LOG],
        &["reconcile", LOG, "--bank", "http://127.0.0.1:1", "--production"],
        &["reconcile", LOG, "--production", "--late", "never"],
        &["reconcile", LOG, "--production", "--rate", "5"],
        &["reconcile", LOG, "--production", "--keep", "--rate", "0"],
        &["reconcile", LOG, "--production", "--concurrency", "0"],
    ] {
        shop.epay(arguments).with(2);
    }
    let text = shop.epay(&["show", LOG, "--order", "order-9"]).with(1);
    assert!(text.contains("there is no order order-9 in shop.db"), "{text}");
}
