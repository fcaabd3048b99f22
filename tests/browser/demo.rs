//! `epay demo --serve`, the real program: its payer buys, its bank loses an answer, its service is killed, and the ledgers agree.

use crate::driver::Browser;
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

/// Waits until the page says so by itself.
pub(crate) async fn comes(browser: &Browser, css: &str, text: &str) {
    let look = format!(
        "const done = arguments[0], look = () => [...document.querySelectorAll({css:?})]
            .some((it) => it.textContent.includes({text:?})) ? done() : setTimeout(look, 50); look()"
    );
    browser.run(&look).await;
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
    comes(&browser, "article", "payer charged: yes").await;

    browser.click("button[value=lose-answer]").await;
    comes(&browser, ".state", "answer will be lost").await;
    browser.click("button[value='1']").await;
    pay(&browser, "4405639704015096").await;
    assert_eq!(browser.text(".good").await, "Paid. Thank you!"); // by itself
    browser.click("a.button").await;

    browser.click("button[value='2']").await;
    pay(&browser, "4000000000000002").await;
    browser.click("button[value=approve]").await;
    assert_eq!(browser.text(".good").await, "Paid. Thank you!");
    browser.click("a.button").await;
    comes(&browser, "td", "taken 150000.00 KZT").await;

    browser.click("button[value=kill]").await;
    comes(&browser, ".state", "is down").await;
    browser.click("button[value='0']").await; // nothing comes of it, and nobody is charged
    comes(&browser, ".state", "is down").await;
    browser.click("button[value=start]").await;
    comes(&browser, ".state", "is up").await;
    let agreed =
        "arguments[0]([...document.querySelectorAll('td:last-child')].map((it) => it.textContent))";
    assert_eq!(browser.run(agreed).await, serde_json::json!(["yes", "yes", "yes"]));
    browser.phone().await;
    browser.go(&url).await;
    assert_eq!(browser.width().await, 390);
    assert_eq!(browser.complaints().await, [""; 0]);
    browser.close().await;
}
