//! The pictures in the docs are of the real program, bought in; `cargo xtask pictures` says where to keep them.

use crate::demo::{Demo, comes, pay};
use crate::driver::Browser;
use std::path::Path;

/// A page that shows them is read on a phone too.
const MOST_BYTES: usize = 120_000;

/// Both widths of what is on the page now, with that part of it in view.
async fn take(browser: &Browser, name: &str, part: &str) {
    browser.phone().await;
    keep(browser, name, part, 390).await;
    browser.desk().await;
    keep(browser, name, part, 1280).await;
}

async fn keep(browser: &Browser, name: &str, part: &str, width: u64) {
    let show = format!(
        "document.querySelector({part:?}).scrollIntoView(); requestAnimationFrame(() => arguments[0]())"
    );
    browser.run(&show).await;
    assert_eq!(browser.width().await, width, "{name}");
    let picture = browser.picture().await;
    assert!(picture.len() < MOST_BYTES, "{name}-{width}: {} bytes", picture.len());
    if let Some(folder) = std::env::var_os("EPAY_PICTURES") {
        std::fs::write(Path::new(&folder).join(format!("{name}-{width}.webp")), picture).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_is_fit_to_be_shown_in_the_docs() {
    let (_demo, url) = Demo::start();
    let browser = Browser::start(true).await;
    browser.desk().await;
    browser.go(&url).await;
    browser.click("button[value='0']").await;
    assert!(browser.sees("#card").await);
    take(&browser, "checkout", "body").await;
    pay(&browser, "4405639704015096").await;
    assert_eq!(browser.text(".good").await, "Paid. Thank you!");
    browser.click("a.button").await;

    // The story worth a picture: the answer is lost, and the payer has paid once.
    browser.click("button[value=lose-answer]").await;
    comes(&browser, ".state", "answer will be lost").await;
    browser.click("button[value='1']").await;
    pay(&browser, "4405639704015096").await;
    assert_eq!(browser.text(".good").await, "Paid. Thank you!");
    browser.click("a.button").await;
    comes(&browser, "article:first-of-type", "payer charged: yes").await;
    comes(&browser, "td", "taken 12000.00 KZT").await;
    take(&browser, "demo", "#live").await;
    browser.close().await;
}
