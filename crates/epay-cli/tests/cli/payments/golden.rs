//! What is printed equals what a person has read once; `EPAY_BLESS=1` writes it anew, and the
//! difference is read again.

use std::{fs, path::Path};

use super::shop::{LATE, LOG, PAYER_AWAITED, REFUND_LOST, Shop, UNKNOWN, WRONG_SUM};

/// Where `list` has the time of the next status check.
const NEXT_CHECK: std::ops::Range<usize> = 120..140;

#[track_caller]
fn check(name: &str, printed: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    let fresh = without_checks(printed);
    if std::env::var_os("EPAY_BLESS").is_some() {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, fresh).unwrap();
        return;
    }
    let kept = fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(
        kept,
        fresh,
        "{} is not what is printed now; `cargo xtask bless` accepts it",
        file.display()
    );
}

/// The next status check is spread by a hash that another Rust may compute in another way.
fn without_checks(printed: &str) -> String {
    let line = |line: &str| match line.get(NEXT_CHECK) {
        Some(at) if at.starts_with("20") && at.ends_with('Z') => {
            line.replacen(at, "(spread)            ", 1)
        }
        _ if line.starts_with("next check       20") => "next check       (spread)".to_owned(),
        _ => line.to_owned(),
    };
    printed.lines().map(|text| line(text) + "\n").collect()
}

#[tokio::test]
async fn every_attempt_is_a_line() {
    let shop = Shop::after_a_bad_week().await;
    check("list.txt", &shop.epay(&["list", LOG]).with(0));
    check("list-open.txt", &shop.epay(&["list", LOG, "--open"]).with(0));
    check("list-order.txt", &shop.epay(&["list", LOG, "--order", "order-1"]).with(0));
    check("list-disputed.txt", &shop.epay(&["list", LOG, "--disputed"]).with(3));
}

#[tokio::test]
async fn every_attempt_has_its_story() {
    let shop = Shop::after_a_bad_week().await;
    for (name, invoice) in [
        ("show-late-success.txt", LATE),
        ("show-wrong-sum.txt", WRONG_SUM),
        ("show-refund-lost.txt", REFUND_LOST),
        ("show-payer-awaited.txt", PAYER_AWAITED),
        ("show-unknown.txt", UNKNOWN),
    ] {
        check(name, &shop.epay_now(&["show", LOG, invoice]).told());
    }
    // The order's present attempt is the second.
    check("show-order.txt", &shop.epay_now(&["show", LOG, "--order", "order-1"]).with(0));
}
