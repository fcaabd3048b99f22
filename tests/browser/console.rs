//! The console of `epay serve` in a browser: an operator finds what needs a person, rules, and gives money back
//! once, by mouse or by keyboard, on a desk or on a phone.

use crate::driver::Browser;
use crate::world::{PASSWORD, World};
use epay_fakebank::{Endpoint, FaultKind, Misbooking, cards};

pub(crate) const FIRST: &str = "/console/shops/books/100000001";

/// A browser in which the operator has signed in, by the keyboard.
pub(crate) async fn signed_in(world: &World, name: &str, phone: bool) -> Browser {
    let browser = Browser::start(true).await;
    if phone {
        browser.phone().await;
    }
    browser.go(&format!("{}/console", world.url)).await;
    browser.fill("input[name=name]", name).await;
    browser.fill("input[name=password]", PASSWORD).await;
    browser.fill("input[name=password]", "\n").await;
    assert_eq!(browser.text("h1").await, "Needs attention");
    browser
}

/// An order of 5000 tenge that is paid.
async fn paid(world: &World) {
    let link = world.order(&world.books, "17").await;
    world.pay(&link, cards::VISA_OK).await;
}

/// One of which the bank names another sum and another operation.
pub(crate) async fn disputed(world: &World) {
    world.fault(Endpoint::Cryptopay, FaultKind::Misbook(Misbooking::Amount(499_900)));
    let link = world.order(&world.books, "17").await;
    let sealed = world.sealed(&world.page(&link).await, cards::VISA_OK);
    world.post(&link, sealed).await;
}

/// Nothing failed and nothing was refused on any page so far.
async fn close(browser: Browser) {
    assert_eq!(browser.complaints().await, [""; 0]);
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_sees_both_stories_and_rules() {
    let world = World::open().await;
    disputed(&world).await;
    let browser = signed_in(&world, "aida", false).await;
    browser.click("td.order a").await;
    assert_eq!(browser.text("h1").await, "17");
    let stories = browser.text("main").await;
    assert!(stories.contains("ordered: 5000.00 KZT"), "{stories}");
    assert!(stories.contains("taken 4999.00 KZT"), "{stories}");
    browser.click("details[data-act=acknowledge] summary").await;
    browser.fill("details[data-act=acknowledge] textarea", "agreed with the payer").await;
    browser.click("details[data-act=acknowledge] button").await;
    assert_eq!(browser.text(".said.good").await, "Written into the log.");
    let story = browser.text(".timeline").await;
    assert!(story.contains("wrong_amount: aida: agreed with the payer"), "{story}");
    browser.go(&format!("{}/console", world.url)).await;
    assert!(browser.text("main").await.contains("Nothing needs attention."));
    close(browser).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_clicks_are_one_refund_and_so_is_a_reload() {
    let world = World::open().await;
    paid(&world).await;
    let browser = signed_in(&world, "aida", false).await;
    browser.go(&format!("{}{FIRST}", world.url)).await;
    browser.click("details[data-act=refund] summary").await;
    let twice = "const b = document.querySelector('details[data-act=refund] button'); b.click(); b.click(); arguments[0]()";
    browser.run(twice).await;
    assert_eq!(browser.text(".said.good").await, "The bank did it.");
    browser.reload().await;
    browser.back().await;
    assert!(browser.text(".facts").await.contains("give back 5000.00 KZT, done"));
    assert_eq!(world.asked(Endpoint::Refund), 1);
    close(browser).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_looked_at_is_brought_up_to_date() {
    let world = World::open().await;
    let link = world.order(&world.books, "17").await;
    let browser = signed_in(&world, "vera", false).await;
    browser.go(&format!("{}/console/shops/books", world.url)).await;
    assert_eq!(browser.text("td .badge").await, "new");
    world.pay(&link, cards::VISA_OK).await;
    assert_eq!(browser.text("td .badge.good").await, "paid");
    close(browser).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_phone_nothing_sticks_out() {
    let world = World::open().await;
    disputed(&world).await;
    let browser = signed_in(&world, "aida", true).await;
    for path in ["/console", "/console/shops/books", "/console/health", FIRST] {
        browser.go(&format!("{}{path}", world.url)).await;
        assert!(browser.sees("main h1").await);
        assert_eq!(browser.width().await, 390, "{path}");
    }
    close(browser).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_is_made_by_the_keyboard_alone_and_without_a_script() {
    let world = World::open().await;
    paid(&world).await;
    let browser = Browser::start(false).await;
    browser.go(&format!("{}{FIRST}", world.url)).await;
    browser.fill("input[name=name]", "ravil").await;
    browser.fill("input[name=password]", PASSWORD).await;
    browser.fill("input[name=password]", "\n").await;
    assert_eq!(browser.text("h1").await, "17", "back where he wanted to go");
    browser.fill("details[data-act=refund] summary", "\n").await;
    browser.fill("details[data-act=refund] input[name=sum]", "\n").await;
    assert_eq!(browser.text(".said.good").await, "The bank did it.");
    assert!(browser.text(".facts").await.contains("give back 2000.00 KZT, done"), "his limit");
    assert_eq!(world.asked(Endpoint::Refund), 1);
    close(browser).await;
}
