//! `epay demo --serve`, the real program: its payer buys, its bank loses an answer, its service is killed, and the ledgers agree.

use crate::driver::Browser;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// The program, until it is dropped.
pub(crate) struct Demo(Child);

impl Demo {
    pub(crate) fn start() -> (Demo, String) {
        let tests = std::env::current_exe().unwrap(); // in `deps`, beside the programs
        let epay = tests.parent().unwrap().with_file_name("epay");
        let started = Command::new(epay).args(["demo", "--serve"]).stdout(Stdio::piped()).spawn();
        let mut demo = Demo(started.expect("cargo build --workspace --all-features --bin epay"));
        let mut line = String::new();
        BufReader::new(demo.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
        (demo, line.trim().strip_prefix("epay demo is on ").unwrap().to_owned())
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.0.id().to_string()).status();
        let _ = self.0.wait();
    }
}

pub(crate) async fn pay(browser: &Browser, number: &str) {
    browser.fill("#card-number", number).await;
    browser.fill("#card-expiry", "01/27").await;
    browser.fill("#card-code", "321").await;
    browser.fill("#card-holder", "ARMAN ALI").await;
    browser.click("#card button").await;
}

/// Waits until what the XPath names says so by itself.
pub(crate) async fn comes(browser: &Browser, path: &str, text: &str) {
    browser.waits_for(&format!("{path}[contains(., {text:?})]")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_bought_and_broken_in_the_demo_heals() {
    let (_demo, url) = Demo::start();
    let browser = Browser::start(true).await;
    browser.go(&url).await;
    browser.click("button[value='0']").await;
    pay(&browser, "4405639704015096").await;
    assert_eq!(browser.text(".good").await, "Paid. Thank you!");
    browser.click("a.button").await;
    comes(&browser, "//article", "payer charged: yes").await;

    browser.click("button[value=lose-answer]").await;
    comes(&browser, "//*[@class='state']", "answer will be lost").await;
    browser.click("button[value='1']").await;
    pay(&browser, "4405639704015096").await;
    assert_eq!(browser.text(".good").await, "Paid. Thank you!"); // by itself
    browser.click("a.button").await;

    browser.click("button[value='2']").await;
    pay(&browser, "4000000000000002").await;
    browser.click("button[value=approve]").await;
    assert_eq!(browser.text(".good").await, "Paid. Thank you!");
    browser.click("a.button").await;
    comes(&browser, "//td", "taken 150000.00 KZT").await;

    browser.click("button[value=kill]").await;
    comes(&browser, "//*[@class='state']", "is down").await;
    browser.click("button[value='0']").await; // nothing comes of it, and nobody is charged
    comes(&browser, "//*[@class='state']", "is down").await;
    browser.go(&format!("{url}/console")).await;
    assert_eq!(browser.text("h1").await, "Nobody answers");
    let told = browser.complaints().await; // by the browser, about that page
    assert!(told.iter().all(|it| it.contains("502 (Bad Gateway)")), "{told:?}");
    browser.click("a[href='/']").await;
    browser.click("button[value=start]").await;
    comes(&browser, "//*[@class='state']", "is running").await;
    assert_eq!(agree(&browser).await, json!(["yes", "yes", "yes"]));
    browser.phone().await;
    browser.go(&url).await;
    assert_eq!(browser.width().await, 390);
    close(browser).await;
}

/// What the page says of each payment, our log beside the bank's ledger.
async fn agree(browser: &Browser) -> Value {
    let last =
        "arguments[0]([...document.querySelectorAll('td:last-child')].map((it) => it.textContent))";
    browser.run(last).await
}

/// Nothing failed and nothing was refused on any page so far.
async fn close(browser: Browser) {
    assert_eq!(browser.complaints().await, [""; 0]);
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn at_a_simulated_sheet_a_real_token_pays_the_order() {
    let (_demo, url) = Demo::start();
    let browser = Browser::start(true).await;
    browser.go(&url).await;
    browser.click("option[value=kk]").await;
    browser.click("button[value='1']").await;
    assert!(browser.sees("html[lang=kk] #apple-pay").await);

    browser.click("#apple-pay").await;
    assert!(browser.text("#apple-pay-sheet .simulated").await.contains("Simulated"));
    assert_eq!(browser.text("#apple-pay-sheet .total").await, "12000.00 KZT");
    browser.click("#apple-pay-sheet .cancel").await;

    browser.click("#apple-pay").await;
    browser.click("#apple-pay-sheet option[value=empty]").await;
    browser.click("#apple-pay-sheet .confirm:enabled").await;
    assert!(browser.sees(".said.bad[role=status]").await);

    browser.click("#apple-pay").await;
    comes(&browser, "//dialog//li", "a session for shop.example.kz").await;
    browser.click("#apple-pay-sheet .confirm:enabled").await;
    assert!(browser.sees(".good").await);
    browser.click("a.button").await;
    comes(&browser, "//article[1]", "payer charged: yes").await;
    comes(&browser, "//td", "taken 12000.00 KZT").await;
    assert_eq!(agree(&browser).await, json!(["yes", "yes"]), "the refused one, and the paid one");
    close(browser).await;
}

/// Another sum than the order's, which a page that was changed might ask for.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_for_another_sum_is_refused_and_nobody_is_charged() {
    let (_demo, url) = Demo::start();
    let browser = Browser::start(true).await;
    browser.go(&url).await;
    browser.click("button[value='2']").await;
    browser
        .run("document.getElementById('apple-pay').dataset.amount = '1.00'; arguments[0]()")
        .await;
    browser.click("#apple-pay").await;
    browser.click("#apple-pay-sheet .confirm:enabled").await;
    assert!(browser.text("#apple-pay-wrong:not([hidden])").await.contains("not charged"));
    browser.go(&url).await;
    assert!(browser.text("article").await.contains("payer charged: no"));
    close(browser).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn from_the_one_address_a_person_finds_the_console_and_the_bank() {
    let (_demo, url) = Demo::start();
    let browser = Browser::start(true).await;
    browser.go(&url).await;
    browser.click("button[value='0']").await;
    pay(&browser, "4405639704015096").await;
    browser.click("a.button").await;
    comes(&browser, "//article", "payer charged: yes").await;
    browser.click("article a").await;
    signs_in(&browser).await;
    assert_eq!(browser.text("h1").await, "demo-1");
    browser.go(&url).await;
    browser.click("a[href*='bank.localhost']").await;
    assert!(browser.text("table").await.contains("440563...5096"));
    close(browser).await;
}

pub(crate) async fn signs_in(browser: &Browser) {
    browser.fill("input[name=name]", "demo").await;
    browser.fill("input[name=password]", "nothing-is-real\n").await;
}

/// The dearest moment: the bank has taken the money, and nobody is left who waits for its answer. Whether its callback
/// came before the end or not, the order is paid once.
#[tokio::test(flavor = "multi_thread")]
async fn who_is_killed_while_the_bank_keeps_its_answer_has_charged_once() {
    let (_demo, url) = Demo::start();
    let (payer, watcher) = (Browser::start(true).await, Browser::start(true).await);
    payer.go(&url).await;
    payer.click("button[value=freeze]").await;
    comes(&payer, "//*[@class='state']", "will come late").await;
    payer.click("button[value='0']").await;
    watcher.go(&url).await;
    let kill = async {
        comes(&watcher, "//article", "we asked").await;
        watcher.click("button[value=kill]").await;
    };
    tokio::join!(pay(&payer, "4405639704015096"), kill);
    assert_eq!(payer.text("h1").await, "Nobody answers");
    watcher.click("button[value=start]").await;
    comes(&watcher, "//*[@class='state']", "is running").await;
    comes(&watcher, "//article", "payer charged: yes").await;
    assert_eq!(agree(&watcher).await, json!(["yes"]));
    payer.back().await;
    assert_eq!(payer.text(".good").await, "Paid. Thank you!");
    payer.close().await;
    close(watcher).await;
}
