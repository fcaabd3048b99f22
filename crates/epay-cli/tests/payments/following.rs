//! Commands that go on: `watch` tells what comes, `reconcile` finds it out, and both end when they are told to.

use std::{
    io::{BufRead, BufReader},
    process::{Child, ChildStdout, Command, Stdio},
};

use epay::{Environment, InvoiceId, Payments, TagKey, domain::Timestamp};
use epay_fakebank::{
    Endpoint, Fault, SANDBOX_CLIENT, SANDBOX_SECRET, SANDBOX_TERMINAL, Settings, What, cards,
    server::{FakeBankServer, Running},
};
use epay_testkit::ManualClock;

use crate::shop::{LOG, PRICE, Shop, UNKNOWN, card};

/// A command that runs; a test that fails leaves none behind.
struct Going(Child, BufReader<ChildStdout>);

impl Going {
    fn start(shop: &Shop, arguments: &[&str]) -> Going {
        let mut command = Command::new(env!("CARGO_BIN_EXE_epay"));
        command.arg("payments").args(arguments).current_dir(shop.home.path()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        Going(child, out)
    }

    /// Its next line; empty at the end.
    fn line(&mut self) -> String {
        let mut line = String::new();
        self.1.read_line(&mut line).unwrap();
        line
    }

    fn ended(&mut self) -> Option<i32> {
        self.0.wait().unwrap().code()
    }

    #[cfg(unix)]
    fn terminate(&mut self) {
        assert!(Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status().unwrap().success());
    }
}

impl Drop for Going {
    fn drop(&mut self) {
        // It may have ended already, as it should.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn one_attempt_is_followed_to_its_end() {
    let shop = Shop::after_a_bad_week().await;
    let mut watch = Going::start(&shop, &["watch", LOG, UNKNOWN]);
    let first = watch.line();
    assert!(first.ends_with("we asked         for 5000.00 KZT\n"), "{first}");
    assert!(first.contains(UNKNOWN) && first.contains("the order with a longer name"), "{first}");
    assert!(watch.line().contains("nothing: the answer to the payment was lost"));
    assert!(watch.line().contains("it knows no such invoice (yet)"));
    shop.wait(24 * 3_600);
    let _ = shop.payments().reconcile().await.unwrap();
    assert!(watch.line().contains("it knows no such invoice (yet)"));
    let last = watch.line();
    assert!(last.contains("we closed        the attempt: the bank has not known it for too long"), "{last}");
    assert_eq!((watch.line().as_str(), watch.ended()), ("", Some(0)));
}

#[tokio::test]
async fn what_is_settled_is_told_and_no_more_waited_for() {
    let shop = Shop::after_a_bad_week().await;
    let told = shop.epay(&["watch", LOG, "100000002"]).with(0);
    assert_eq!(told.lines().count(), 3, "{told}");
}

#[cfg(unix)]
#[tokio::test]
async fn all_that_is_new_is_told_until_it_is_stopped() {
    let shop = Shop::after_a_bad_week().await;
    let mut watch = Going::start(&shop, &["watch", LOG]);
    assert_eq!(watch.line(), "watching 7 attempts; Ctrl-C or SIGTERM ends it\n");
    let _ = shop.payments().pay("new", PRICE, card(cards::VISA_OK)).await.unwrap();
    let first = watch.line();
    assert!(first.ends_with("  100000008  new  we asked         for 5000.00 KZT\n"), "{first}");
    watch.terminate();
    assert_eq!(watch.ended(), Some(0));
}

/// The fake bank on sockets, and in the shop's log a payment whose answer was lost long ago.
async fn lost(shop: &Shop) -> Running {
    let bank = FakeBankServer::start(Settings::default(), ([127, 0, 0, 1], 0).into()).await.unwrap();
    let environment = Environment::fake_bank(&bank.oauth_url(), &bank.api_url()).unwrap();
    let terminal = epay::TerminalId::new(SANDBOX_TERMINAL).unwrap();
    let credentials = epay::Credentials::new(SANDBOX_CLIENT, epay::Secret::new(SANDBOX_SECRET), terminal);
    for (on, what) in [(Endpoint::Cryptopay, What::CutAfterEffect), (Endpoint::Status, What::CutBeforeEffect)] {
        bank.with_bank(|bank| bank.plan(Fault { on, skip: 0, what }));
    }
    // Whatever was due then is due by the clock of the machine.
    let clock = ManualClock::at(Timestamp::from_unix_millis(1_600_000_000_000));
    let payments = Payments::with_clock(epay::connect(environment, credentials).unwrap(), shop.store(), clock);
    let payments = payments.with_tags(TagKey::new([7; 32]).unwrap());
    let outcome = payments.pay("order", PRICE, card(cards::VISA_OK)).await.unwrap();
    assert!(matches!(outcome, epay::Outcome::Unknown(_)), "{outcome:?}");
    bank
}

/// Runs it beside the bank, which is served by this thread.
async fn beside(shop: &Shop, arguments: &[&str]) -> crate::shop::Ended {
    let (home, arguments) =
        (shop.home.path().to_owned(), arguments.iter().map(ToString::to_string).collect::<Vec<_>>());
    let run = move || crate::shop::run(&home, &arguments.iter().map(String::as_str).collect::<Vec<_>>());
    tokio::task::spawn_blocking(run).await.unwrap()
}

#[tokio::test]
async fn one_sweep_finds_out_what_was_lost_and_asks_for_no_money() {
    let shop = Shop::empty();
    let bank = lost(&shop).await;
    let url = bank.console_url();
    let sweep = ["reconcile", LOG, "--bank", &url];
    bank.with_bank(|bank| bank.plan(Fault { on: Endpoint::Status, skip: 0, what: What::CutBeforeEffect }));
    let failed = beside(&shop, &sweep).await.with(1);
    assert!(failed.starts_with("looked at 1: 1 still open, 0 flagged, 1 without an answer\nno answer: "), "{failed}");
    // A look that failed comes again later; a callback makes it due.
    let hint =
        epay::Hint { invoice: InvoiceId::new("100000001").unwrap(), authenticity: epay::http::Authenticity::Unproven };
    let then = ManualClock::at(Timestamp::from_unix_millis(1_600_000_100_000));
    let payments = Payments::with_clock(shop.bank.gateway(), shop.store(), then);
    payments.hint(&hint).await.unwrap();
    assert_eq!(beside(&shop, &sweep).await.with(0), "looked at 1: 0 still open, 0 flagged, 0 without an answer\n");
    assert_eq!(beside(&shop, &sweep).await.with(0), "looked at 0: 0 still open, 0 flagged, 0 without an answer\n");
    let asks = bank.with_bank(|bank| bank.wire_log().iter().filter(|entry| entry.endpoint.moves_money()).count());
    assert_eq!(asks, 1);
    assert!(shop.epay(&["list", LOG]).with(0).contains("  paid  "));
}

#[cfg(unix)]
#[tokio::test]
async fn it_goes_on_until_it_is_stopped() {
    let shop = Shop::empty();
    let bank = lost(&shop).await;
    let url = bank.console_url();
    let mut keep = Going::start(&shop, &["reconcile", LOG, "--bank", &url, "--keep"]);
    let (line, code, told) = tokio::task::spawn_blocking(move || {
        let line = keep.line();
        // The other command ends once the first has found the answer.
        let told = shop.epay(&["watch", LOG, "100000001"]).with(0);
        keep.terminate();
        (line, keep.ended(), told)
    })
    .await
    .unwrap();
    assert_eq!((line.as_str(), code), ("looking at what is due; Ctrl-C or SIGTERM ends it\n", Some(0)));
    assert!(told.contains("its status said  taken 5000.00 KZT"), "{told}");
}
