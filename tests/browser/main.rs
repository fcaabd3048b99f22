//! The payer in a real browser: our 3-D Secure form and the way back, the bank's pay form, the checkout of `epay serve`.
//!
//! Needs Chromium and its driver, so `cargo test` leaves it out; `cargo xtask browser` runs it where they are.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test says what it expects by failing"
)]

mod accessible;
mod apple_pay;
mod bank_form;
mod checkout;
mod console;
mod demo;
mod driver;
mod pictures;
mod shop;
#[path = "../serve/wallet.rs"]
#[allow(dead_code, reason = "the tests of the service need more of it")]
mod wallet;
mod widget;
#[allow(dead_code, reason = "the tests of the service need more of it")]
#[path = "../serve/world.rs"]
mod world;

use driver::Browser;
use shop::Shop;

#[derive(Clone, Copy, PartialEq)]
enum Scripts {
    On,
    Off,
}

async fn check(scripts: Scripts, choice: &str, expected: &str) {
    let shop = Shop::open().await;
    let browser = Browser::start(scripts == Scripts::On).await;
    browser.go(&shop.url("/pay")).await;
    if scripts == Scripts::Off {
        browser.click("form button").await; // ours
    }
    browser.click(&format!("button[value={choice}]")).await;
    if scripts == Scripts::Off {
        // The issuer's; the buttons of the page before have values.
        browser.click("form button:not([value])").await;
    }
    assert_eq!(browser.text("#outcome").await, expected);
    assert_eq!(shop.confirms(), 1);
    // A payer who reloads the last page posts the same answer again.
    browser.reload().await;
    assert_eq!(browser.text("#outcome").await, expected);
    assert_eq!(shop.confirms(), 1);
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_payer_approves() {
    check(Scripts::On, "approve", "paid").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_payer_declines() {
    check(Scripts::On, "decline", "declined").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_without_scripts_gets_there_by_buttons() {
    check(Scripts::Off, "approve", "paid").await;
}

/// The bank's `action` is a proxy that sends the browser on to the issuer: the page's policy must let it.
#[tokio::test(flavor = "multi_thread")]
async fn the_banks_proxy_may_send_the_browser_on() {
    let shop = Shop::behind_a_proxy().await;
    let browser = Browser::start(true).await;
    browser.go(&shop.url("/pay")).await;
    browser.click("button[value=approve]").await;
    assert_eq!(browser.text("#outcome").await, "paid");
    browser.close().await;
}
