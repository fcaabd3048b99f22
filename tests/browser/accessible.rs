//! Who reads a page by ear, by keyboard or with weak eyes can pay and can run the console: axe-core finds nothing serious.

use crate::bank_form::{self, BANK_FORM};
use crate::checkout::pay;
use crate::console::{FIRST, disputed, signed_in};
use crate::demo::{self, Demo, comes};
use crate::driver::Browser;
use crate::world::World;
use epay_fakebank::cards;
use serde_json::json;

/// Hands over how many rules held, and where one that matters did not. `preload` would fetch what the pages' policy refuses.
const LOOK: &str = "const done = arguments[0], matters = ['serious', 'critical'];
    axe.run({ preload: false }).then((told) => done({
        held: told.passes.length,
        wrong: told.violations.filter((it) => matters.includes(it.impact))
            .flatMap((it) => it.nodes.map((node) => `${it.id}: ${node.html}`)),
    }), (error) => done(String(error)));";

/// The script comes by the driver, not by the page, whose policy lets none in.
#[track_caller]
fn axe() -> String {
    let path = std::env::var_os("EPAY_AXE").expect("cargo xtask browser says where axe-core is");
    std::fs::read_to_string(path).unwrap()
}

/// On a desk and on a phone, in light and in dark.
async fn is_for_everybody(browser: &Browser, page: &str) {
    let script = format!("{};\n{LOOK}", axe());
    for phone in [false, true] {
        if phone {
            browser.phone().await
        } else {
            browser.desk().await
        }
        for scheme in ["light", "dark"] {
            browser.scheme(scheme).await;
            let told = browser.run(&script).await;
            let seen = format!("{page}, {scheme}, on a phone: {phone}");
            assert!(told["held"].as_u64() > Some(0), "{seen}: {told}");
            assert_eq!(told["wrong"], json!([]), "{seen}");
        }
    }
    browser.desk().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_checkout_is_for_everybody() {
    let world = World::open().await;
    let link = world.order(&world.books, "17").await;
    let browser = Browser::start(true).await;
    for language in ["ru", "kk", "en"] {
        browser.go(&format!("{link}?lang={language}")).await;
        assert!(browser.sees("#card").await);
        is_for_everybody(&browser, &format!("the card form, {language}")).await;
    }
    pay(&browser, "4405639704015097").await;
    assert_eq!(browser.text("#wrong").await, "Check the card number.");
    is_for_everybody(&browser, "the card form, mistyped").await;
    browser.reload().await;
    pay(&browser, cards::INSUFFICIENT_FUNDS).await;
    assert!(browser.sees(".said.bad").await);
    is_for_everybody(&browser, "declined").await;
    pay(&browser, cards::VISA_OK).await;
    assert!(browser.sees(".good").await);
    is_for_everybody(&browser, "paid").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_way_to_the_banks_form_is_for_everybody() {
    let world = World::with(BANK_FORM).await;
    let (browser, _) = bank_form::visit(&world).await;
    assert!(browser.sees("form button").await);
    is_for_everybody(&browser, "the way to the bank's form").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_console_is_for_everybody() {
    let world = World::open().await;
    disputed(&world).await;
    let browser = Browser::start(true).await;
    browser.go(&format!("{}/console", world.url)).await;
    assert!(browser.sees("input[name=password]").await);
    is_for_everybody(&browser, "the way in").await;
    browser.close().await;

    let browser = signed_in(&world, "aida", false).await;
    is_for_everybody(&browser, "what needs attention").await;
    for path in ["/console/shops/books", "/console/health", FIRST] {
        browser.go(&format!("{}{path}", world.url)).await;
        assert!(browser.sees("main h1").await);
        is_for_everybody(&browser, path).await;
    }
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_is_for_everybody() {
    let (_demo, url) = Demo::start();
    let browser = Browser::start(true).await;
    browser.go(&url).await;
    is_for_everybody(&browser, "the empty demo").await;
    browser.click("button[value='0']").await;
    browser.click("#apple-pay").await;
    assert!(browser.sees("#apple-pay-sheet .confirm:enabled").await);
    is_for_everybody(&browser, "the simulated sheet").await;
    browser.click("#apple-pay-sheet .cancel").await;
    demo::pay(&browser, cards::VISA_OK).await;
    assert!(browser.sees(".good").await);
    browser.click("a.button").await;
    comes(&browser, "//article", "payer charged: yes").await;
    is_for_everybody(&browser, "the demo").await;
    browser.click("button[value=kill]").await;
    comes(&browser, "//*[@class='state']", "is down").await;
    is_for_everybody(&browser, "the demo without its service").await;
    browser.go(&format!("{url}/console")).await;
    assert_eq!(browser.text("h1").await, "Nobody answers");
    is_for_everybody(&browser, "what stands in for the console then").await;
    browser.close().await;
}
