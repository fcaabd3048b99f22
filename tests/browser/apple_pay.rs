//! Apple Pay on the checkout, in a browser that was given the session of one: what the payer does at the sheet, and what comes of it.

use crate::driver::Browser;
use crate::wallet::{Apple, Opens};
use crate::world::World;
use epay_fakebank::{Endpoint, cards};
use epay_fakewallet::GatewayAnswer;

/// As much of Apple's `ApplePaySession` as the page uses. The payer agrees with the token that the fake wallet made, to
/// this sum alone, or cancels.
const SESSION: &str = r#"
    window.sheets = 0;
    window.ApplePaySession = class {
        static STATUS_SUCCESS = 0;
        static STATUS_FAILURE = 1;
        static canMakePayments() { return true; }
        constructor(version, request) {
            window.sheets += 1;
            this.fits = version === 3 && request.total.amount === "5000.00" && request.currencyCode === "KZT"
                && request.total.label === "Shop of books" && request.merchantCapabilities[0] === "supports3DS";
        }
        begin() { setTimeout(() => this.onvalidatemerchant({ validationURL: "https://127.0.0.1/elsewhere" })); }
        completeMerchantValidation(session) {
            if (!this.fits || !session.merchantSessionIdentifier || window.cancels === 1) {
                window.cancels = 2;
                return this.oncancel({});
            }
            this.onpaymentauthorized({ payment: { token: { paymentData: TOKEN } } });
        }
        completePayment(status) { sessionStorage.setItem("completed", status); }
        abort() {}
    };"#;

/// A browser with Apple Pay on the page of a new order; its payer brings this token.
async fn visit(world: &World, token: &str) -> Browser {
    let link = world.order(&world.books, "17").await;
    let browser = Browser::start(true).await;
    browser.before_each_page(&SESSION.replace("TOKEN", token)).await;
    browser.go(&link).await;
    browser
}

async fn completed(browser: &Browser) -> String {
    let status = browser.run("arguments[0](sessionStorage.getItem('completed') ?? '')").await;
    status.as_str().unwrap().to_owned()
}

async fn close(browser: Browser) {
    assert_eq!(browser.complaints().await, [""; 0]);
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_payer_pays_at_the_sheet_whoever_opens_the_token() {
    for opens in [Opens::Bank, Opens::Us] {
        let apple = Apple::open().await;
        let world = World::with(&apple.lines(opens)).await;
        let browser = visit(&world, &apple.pays(500_000).mint().json).await;
        browser.click("#apple-pay").await;
        assert_eq!(browser.text(".good").await, "Paid. Thank you!");
        assert_eq!(completed(&browser).await, "0");
        assert_eq!(world.asked(Endpoint::Cryptopay), 1);
        let asked = apple.gateway.asked();
        assert_eq!((asked.len(), asked[0].host.as_str()), (1, "apple-pay-gateway.apple.com"));
        close(browser).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_cancels_is_not_charged_and_may_open_the_sheet_again() {
    let apple = Apple::open().await;
    let world = World::with(&apple.lines(Opens::Us)).await;
    let browser = visit(&world, &apple.pays(500_000).mint().json).await;
    browser.run("window.cancels = 1; arguments[0]()").await;
    browser.click("#apple-pay").await;
    let cancelled = "const done = arguments[0], look = () => cancels === 2 ? done() : setTimeout(look, 10); look()";
    browser.run(cancelled).await;
    assert_eq!(world.asked(Endpoint::Cryptopay), 0);
    browser.click("#apple-pay").await;
    assert_eq!(browser.text(".good").await, "Paid. Thank you!");
    close(browser).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_clicks_open_one_sheet() {
    let apple = Apple::open().await;
    let world = World::with(&apple.lines(Opens::Us)).await;
    let browser = visit(&world, &apple.pays(500_000).mint().json).await;
    let twice = "const b = document.getElementById('apple-pay'); b.click(); b.click(); arguments[0](window.sheets)";
    assert_eq!(browser.run(twice).await, 1);
    assert_eq!(browser.text(".good").await, "Paid. Thank you!");
    assert_eq!(world.asked(Endpoint::Cryptopay), 1);
    close(browser).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decline_is_told_by_the_sheet_and_by_the_page() {
    let apple = Apple::open().await;
    let world = World::with(&apple.lines(Opens::Us)).await;
    let token = apple.pays(500_000).card(cards::INSUFFICIENT_FUNDS).mint().json;
    let browser = visit(&world, &token).await;
    browser.click("#apple-pay").await;
    let why = browser.text(".said.bad:not([hidden])").await;
    assert!(why.contains("not enough money"), "{why}");
    assert_eq!(completed(&browser).await, "1");
    close(browser).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_session_there_is_no_sheet_and_the_card_is_still_there() {
    let apple = Apple::open().await;
    let world = World::with(&apple.lines(Opens::Us)).await;
    let browser = visit(&world, &apple.pays(500_000).mint().json).await;
    apple.gateway.answer_next(GatewayAnswer::Status(417));
    browser.click("#apple-pay").await;
    let why = browser.text("#apple-pay-wrong:not([hidden])").await;
    assert!(why.contains("You were not charged"), "{why}");
    assert!(browser.sees("#card").await);
    assert_eq!(world.asked(Endpoint::Cryptopay), 0);
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_without_apple_pay_shows_no_button() {
    let apple = Apple::open().await;
    let world = World::with(&apple.lines(Opens::Us)).await;
    let link = world.order(&world.books, "17").await;
    let browser = Browser::start(true).await;
    browser.go(&link).await;
    assert!(browser.sees("#card").await && !browser.sees("#apple-pay").await);
    close(browser).await;
}
