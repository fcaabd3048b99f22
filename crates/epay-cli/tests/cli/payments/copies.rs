//! A copy of the log is made while it is written to, and comes back only with numbers that the bank
//! has never seen; what is personal leaves the log when somebody asks.

use std::fs;

use super::shop::{LOG, PAID, PAYER_AWAITED, Shop, UNKNOWN, WRONG_SUM};

#[tokio::test]
async fn a_copy_comes_back_with_numbers_that_are_new() {
    let shop = Shop::after_a_bad_week().await;
    let open = shop.store();
    let copied = shop.epay(&["backup", LOG, "monday.db"]).with(0);
    assert_eq!(copied, "copied shop.db to monday.db\n");
    drop(open);
    let again = shop.epay(&["backup", LOG, "monday.db"]).with(1);
    assert!(
        again.starts_with("epay: monday.db: there is a file at this path, and it is kept"),
        "{again}"
    );
    let listed = shop.epay(&["list", LOG]).told();
    fs::remove_file(shop.home.path().join(LOG)).unwrap();

    shop.epay(&["restore", "monday.db", LOG]).with(2);
    let nowhere = ["restore", "monday.db", "new/shop.db", "--first-invoice", "100500000"];
    let nowhere = shop.epay(&nowhere).with(1);
    assert!(nowhere.starts_with("epay: new/shop.db: there is no directory new."), "{nowhere}");
    let restore = |first| shop.epay(&["restore", "monday.db", LOG, "--first-invoice", first]);
    let seen = restore(UNKNOWN).with(1);
    assert!(seen.contains("Choose a first number beyond all that were given out"), "{seen}");
    let made = restore("100500000").with(0);
    assert!(
        made.starts_with("made shop.db, which gives out 500001 invoice numbers from 100500000"),
        "{made}"
    );
    assert!(made.contains("what was paid after the copy is not in it"), "{made}");
    let restored = shop.epay(&["list", LOG]).told();
    let rows = |text: &str| text.split("\n\n").next().unwrap().to_owned();
    assert_eq!(rows(&restored), rows(&listed));
    let there = restore("100500000").with(1);
    assert!(there.starts_with("epay: shop.db: there is a file at this path"), "{there}");
}

#[tokio::test]
async fn what_is_personal_is_erased_and_the_proofs_stay() {
    let shop = Shop::after_a_bad_week().await;
    let challenge = shop.attempt(PAYER_AWAITED).await.payment.challenge().cloned().unwrap();
    let note = "Aida: the payer is called Arman";
    shop.epay(&["close", LOG, UNKNOWN, "--force", "--note", note]).with(0);
    let holds = |text: &str| {
        let files = fs::read_dir(shop.home.path()).unwrap();
        let mut files = files.map(|file| fs::read(file.unwrap().path()).unwrap());
        files.any(|bytes| bytes.windows(text.len()).any(|it| it == text.as_bytes()))
    };
    assert!(holds(note) && holds(&challenge.md));
    let erased = shop.epay(&["erase", LOG, UNKNOWN]).with(0);
    assert!(erased.starts_with("erased from ") && !erased.starts_with("erased from 0"), "{erased}");
    assert!(!holds(note));
    let shown = shop.epay(&["show", LOG, UNKNOWN]).told();
    assert!(shown.contains("we asked         for 5000.00 KZT"), "{shown}");
    // The payer may still pass 3-D Secure.
    shop.epay(&["erase", LOG, PAYER_AWAITED]).with(0);
    assert!(holds(&challenge.md));
    for (wrong, code) in [
        (&["erase", LOG][..], 2),
        (&["erase", LOG, PAID, "--older-than", "1"], 2),
        (&["erase", LOG, "--older-than", "99999999"], 2),
        (&["erase", LOG, "999999999"], 1),
    ] {
        shop.epay(wrong).with(code);
    }
    let all = shop.epay(&["erase", LOG, "--older-than", "0"]).with(0);
    assert!(all.starts_with("erased from "), "{all}");
    shop.epay(&["show", LOG, WRONG_SUM]).with(0);
}
