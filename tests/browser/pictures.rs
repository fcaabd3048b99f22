//! The pictures in the docs are of the real program, bought in; `cargo xtask pictures` says where to keep them.

use crate::demo::{Demo, comes, pay, signs_in};
use crate::driver::Browser;
use std::path::Path;

/// A page that shows them is read on a phone too.
const MOST_BYTES: usize = 120_000;

/// What is on the page now, from the top of that part of it to its end.
async fn on_a_phone(browser: &Browser, name: &str, part: &str) {
    browser.phone().await;
    assert_eq!(browser.width().await, 390, "{name}");
    keep(browser, &format!("{name}-390"), part).await;
    browser.desk().await;
}

async fn on_a_desk(browser: &Browser, name: &str, part: &str) {
    assert!(browser.width().await <= 1280, "{name}");
    keep(browser, &format!("{name}-1280"), part).await;
}

async fn keep(browser: &Browser, name: &str, part: &str) {
    let picture = browser.picture(part).await;
    assert!(picture.len() < MOST_BYTES, "{name}: {} bytes", picture.len());
    if let Some(folder) = std::env::var_os("EPAY_PICTURES") {
        std::fs::write(Path::new(&folder).join(format!("{name}.webp")), picture).unwrap();
    }
}

/// Puts an item of the shop into the basket, and shows the checkout of it.
async fn buys(browser: &Browser, item: &str) {
    browser.click(&format!("button[value='{item}']")).await;
    assert!(browser.sees("#card").await);
}

async fn is_paid(browser: &Browser) {
    assert_eq!(browser.text(".good").await, "Paid. Thank you!");
    browser.click("a.button").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_is_fit_to_be_shown_in_the_docs() {
    let (_demo, url) = Demo::start();
    let browser = Browser::start(true).await;
    browser.scheme("light").await;
    browser.desk().await;
    browser.go(&url).await;
    buys(&browser, "0").await;
    on_a_desk(&browser, "checkout", "body").await;
    on_a_phone(&browser, "checkout", "body").await;
    // This payer closes the page of their bank.
    pay(&browser, "4000000000000002").await;
    assert!(browser.sees("button[value=approve]").await);
    browser.go(&url).await;
    comes(&browser, "//td[last()]", "not yet").await;

    // The story worth a picture: the answer is lost, and the payer has paid once.
    browser.click("button[value=lose-answer]").await;
    comes(&browser, "//*[@class='state']", "answer will be lost").await;
    buys(&browser, "1").await;
    pay(&browser, "4405639704015096").await;
    is_paid(&browser).await;
    comes(&browser, "//article[1]", "payer charged: yes").await;
    comes(&browser, "//td", "taken 12000.00 KZT").await;
    on_a_phone(&browser, "demo", "#live").await;

    buys(&browser, "2").await;
    pay(&browser, "4000000000004848").await;
    assert!(browser.sees(".said.bad[role=status]").await);
    browser.click("#apple-pay").await;
    assert!(browser.sees("#apple-pay-sheet .confirm:enabled").await);
    on_a_phone(&browser, "apple-pay-sheet", "#apple-pay-sheet").await;
    browser.click("#apple-pay-sheet .confirm").await;
    is_paid(&browser).await;
    comes(&browser, "//td", "taken 150000.00 KZT").await;
    on_a_desk(&browser, "demo", "body").await;

    browser.click("article:nth-of-type(3) a").await;
    signs_in(&browser).await;
    assert!(browser.sees(".timeline").await);
    on_a_desk(&browser, "console-payment", "body").await;
    browser.go(&format!("{url}/console/shops/demo")).await;
    on_a_desk(&browser, "console-list", "body").await;
    browser.close().await;
}
