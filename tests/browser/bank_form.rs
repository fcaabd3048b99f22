//! The bank's own pay form in the checkout of `epay serve`: the payer goes there, does what payers do, and comes back.

use crate::driver::Browser;
use crate::world::World;
use epay_fakebank::{Dedupe, Endpoint, cards};

pub(crate) const BANK_FORM: &str = "checkout = 'bank-form'";

/// A browser on the page of a new order of 5000 tenge, and its address.
pub(crate) async fn visit(world: &World) -> (Browser, String) {
    let link = world.order(&world.books, "17").await;
    let browser = Browser::start(true).await;
    browser.go(&link).await;
    (browser, link)
}

/// Types a card at the bank's form, and sends it.
async fn send(browser: &Browser, number: &str) {
    browser.fill("#number", number).await;
    browser.fill("#expiry", "01/27").await;
    browser.fill("#cvc", "321").await;
    browser.click("#pay").await;
}

/// The same; what the form says then.
async fn pay(browser: &Browser, number: &str) -> String {
    send(browser, number).await;
    browser.text("#outcome").await
}

async fn is_paid(browser: &Browser) {
    assert_eq!(browser.text(".good").await, "Paid. Thank you!");
}

/// What was taken under which number.
fn taken(world: &World) -> Vec<(String, String)> {
    world.bank.with_bank(|bank| {
        let paid = bank.ledger().iter().filter(|it| it.status == epay_fakebank::Status::Charge);
        paid.map(|it| (it.invoice.clone(), it.captured.to_string())).collect()
    })
}

fn once(invoice: &str) -> Vec<(String, String)> {
    vec![(invoice.to_owned(), "5000".to_owned())]
}

async fn close(browser: Browser) {
    assert_eq!(browser.complaints().await, [""; 0]);
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_payer_pays_at_the_bank_and_no_card_comes_here() {
    let (world, sent) = World::watched(BANK_FORM).await;
    let (browser, _) = visit(&world).await;
    browser.click("form button").await;
    assert_eq!(pay(&browser, cards::VISA_OK).await, "Paid");
    browser.click("#back").await;
    is_paid(&browser).await;
    browser.reload().await;
    is_paid(&browser).await;
    assert_eq!(taken(&world), once("100000001"));
    assert_eq!(world.asked(Endpoint::Cryptopay), 0);
    let sent = String::from_utf8_lossy(&sent.lock().unwrap()).into_owned();
    assert!(sent.contains("/back/en") && !sent.contains(cards::VISA_OK), "{sent}");
    close(browser).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_decline_the_payer_tries_again_under_the_same_number() {
    let world = World::with(BANK_FORM).await;
    world.bank.with_bank(|bank| bank.switches_mut().dedupe = Dedupe::Off);
    let (browser, _) = visit(&world).await;
    browser.click("form button").await;
    assert_eq!(pay(&browser, cards::INSUFFICIENT_FUNDS).await, "Not paid");
    browser.click("#back").await;
    assert!(browser.text(".wait").await.contains("Please pay at the bank's page"));
    browser.click("form button").await;
    assert_eq!(pay(&browser, cards::VISA_OK).await, "Paid");
    browser.click("#back").await;
    is_paid(&browser).await;
    assert_eq!(taken(&world), once("100000001"));
    close(browser).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_left_the_bank_gets_the_same_form_again() {
    let world = World::with(BANK_FORM).await;
    let (browser, link) = visit(&world).await;
    browser.click("form button").await;
    browser.fill("#number", cards::VISA_OK).await;
    // By the browser's button, and then by the link of the shop.
    browser.back().await;
    assert!(browser.text(".wait").await.contains("Please pay at the bank's page"));
    browser.go(&link).await;
    browser.reload().await;
    browser.click("form button").await;
    assert_eq!(pay(&browser, cards::VISA_OK).await, "Paid");
    browser.click("#back").await;
    is_paid(&browser).await;
    assert_eq!(taken(&world), once("100000001"));
    close(browser).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn three_d_secure_at_the_bank_needs_nothing_of_ours() {
    let world = World::with(BANK_FORM).await;
    let (browser, _) = visit(&world).await;
    browser.click("form button").await;
    send(&browser, cards::THREE_DS).await;
    browser.click("button[value=approve]").await;
    browser.click("#back").await;
    is_paid(&browser).await;
    assert_eq!(taken(&world), once("100000001"));
    close(browser).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_tabs_one_pays_and_the_other_tells() {
    let world = World::with(BANK_FORM).await;
    let (browser, link) = visit(&world).await;
    browser.click("form button").await;
    let first = browser.tab().await;
    browser.go(&link).await;
    browser.click("form button").await;
    let second = browser.tab().await;
    browser.go(&link).await;
    assert!(browser.text(".wait").await.contains("Please pay at the bank's page"));
    let third = browser.tab().await;
    browser.to_tab(&second).await;
    assert_eq!(pay(&browser, cards::VISA_OK).await, "Paid");
    browser.to_tab(&third).await;
    is_paid(&browser).await; // by itself
    browser.to_tab(&first).await;
    send(&browser, cards::VISA_OK).await;
    assert!(!browser.text("h1").await.is_empty());
    browser.go(&link).await;
    is_paid(&browser).await;
    assert_eq!(taken(&world), once("100000001"));
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_banks_script_does_not_come_the_payer_is_told() {
    let world = World::with(BANK_FORM).await;
    let (browser, _) = visit(&world).await;
    browser.block("*payment-api.js*").await;
    browser.click("form button").await;
    assert!(browser.text("#cannot").await.contains("did not open"));
    browser.click("a.button").await;
    assert!(browser.text(".wait").await.contains("Please pay at the bank's page"));
    browser.close().await;
}
