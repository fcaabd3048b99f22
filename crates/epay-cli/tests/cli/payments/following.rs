//! Commands that go on: `watch` tells what comes, `reconcile` finds it out, and both end when they
//! are told to.

use std::{
    io::{BufRead, BufReader},
    process::{Child, ChildStdout, Command, Stdio},
    time::Duration,
};

use epay::{Environment, Hint, InvoiceId, Payments, TagKey, TransactionId};
use epay_domain::{Clock, Event, EventKind, Fact, Observation, PaymentStore, Refunds, Timestamp};
use epay_fakebank::{
    Endpoint, Fault, FaultKind, Misbooking, SANDBOX_CLIENT, SANDBOX_SECRET, SANDBOX_TERMINAL,
    Settings, cards,
    server::{FakeBankServer, Running},
};
use epay_http::Authenticity;
use epay_testkit::ManualClock;
use serde_json::Value;

use super::shop::{LOG, PAID, PRICE, Shop, UNKNOWN, card};

/// A command that runs; a test that fails leaves none behind.
struct Going(Child, BufReader<ChildStdout>);

impl Going {
    fn start(shop: &Shop, arguments: &[&str]) -> Going {
        let mut command = Command::new(env!("CARGO_BIN_EXE_epay"));
        command
            .arg("payments")
            .args(arguments)
            .current_dir(shop.home.path())
            .stdout(Stdio::piped());
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
        assert!(
            Command::new("kill")
                .args(["-TERM", &self.0.id().to_string()])
                .status()
                .unwrap()
                .success()
        );
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
    assert!(watch.line().contains("it stands as     unknown; payer charged: not known yet; "));
    shop.wait(24 * 3_600);
    let _ = shop.payments().reconcile().await.unwrap();
    assert!(watch.line().contains("it knows no such invoice (yet)"));
    let last = watch.line();
    assert!(
        last.contains("we closed        the attempt: the bank has not known it for too long"),
        "{last}"
    );
    assert!(watch.line().contains("it stands as     abandoned; payer charged: "));
    assert_eq!((watch.line().as_str(), watch.ended()), ("", Some(0)));
}

#[tokio::test]
async fn what_is_settled_is_told_and_no_more_waited_for() {
    let shop = Shop::after_a_bad_week().await;
    let told = shop.epay(&["watch", LOG, PAID]).with(0);
    assert_eq!(told.lines().count(), 4, "{told}");
}

#[tokio::test]
async fn what_is_told_is_told_to_programs_too() {
    let shop = Shop::after_a_bad_week().await;
    let watched = shop.epay(&["watch", LOG, PAID, "--json"]).with(0);
    let lines: Vec<Value> =
        watched.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let [asked, .., stands] = lines.as_slice() else { panic!("{watched}") };
    for line in &lines {
        assert_eq!((&line["invoice"], &line["order"]), (&PAID.into(), &"order-1".into()));
    }
    assert_eq!(
        (&asked["number"], &asked["who"], &asked["text"]),
        (&1.into(), &"we asked".into(), &"for 5000.00 KZT".into())
    );
    assert!(asked["at"].is_u64());
    let exported = shop.epay(&["export", LOG]).with(0);
    let mut exported = exported.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let last = exported.rfind(|line| line["invoice"] == PAID).unwrap();
    assert_eq!(stands["attempt"], last["attempt"]);
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

/// The fake bank on sockets, and a shop that pays there long ago: whatever was due then is due by
/// the machine's clock.
struct Online {
    bank: Running,
    clock: ManualClock,
    payments: Payments,
}

impl Online {
    async fn open(shop: &Shop) -> Online {
        let bank =
            FakeBankServer::start(Settings::default(), ([127, 0, 0, 1], 0).into()).await.unwrap();
        let environment = Environment::fake_bank(&bank.oauth_url(), &bank.api_url()).unwrap();
        let terminal = epay::TerminalId::new(SANDBOX_TERMINAL).unwrap();
        let credentials =
            epay::Credentials::new(SANDBOX_CLIENT, epay::Secret::new(SANDBOX_SECRET), terminal);
        let clock = ManualClock::at(Timestamp::from_unix_millis(1_600_000_000_000));
        let gateway = epay::connect(environment, credentials).unwrap();
        let payments = Payments::with_clock(gateway, shop.store(), clock.clone());
        let payments = payments.with_tags(TagKey::new([7; 32]).unwrap());
        Online { bank, clock, payments: payments.with_timeouts(super::shop::timeouts()) }
    }

    /// The next calls of these endpoints are struck.
    fn strike(&self, faults: impl IntoIterator<Item = (Endpoint, FaultKind)>) {
        for (on, kind) in faults {
            self.bank.with_bank(|bank| bank.plan(Fault { on, skip: 0, kind }));
        }
    }

    /// A payment that the bank took, and whose answers were lost.
    async fn lose_one(&self) {
        self.strike([
            (Endpoint::Cryptopay, FaultKind::CutAfterEffect),
            (Endpoint::Status, FaultKind::CutBeforeEffect),
        ]);
        let outcome = self.pay().await;
        assert!(matches!(outcome, epay::Outcome::Unknown(_)), "{outcome:?}");
    }

    async fn pay(&self) -> epay::Outcome {
        self.payments.pay("order", PRICE, card(cards::VISA_OK)).await.unwrap()
    }

    /// A callback makes the payment due for a status check.
    async fn call_back(&self, invoice: &str) {
        self.clock.advance(Duration::from_secs(60));
        let invoice = InvoiceId::new(invoice).unwrap();
        self.payments
            .hint(&Hint { invoice: Some(invoice), authenticity: Authenticity::Unproven })
            .await
            .unwrap();
    }

    fn asks(&self) -> usize {
        self.bank.with_bank(|bank| {
            bank.wire_log().iter().filter(|entry| entry.endpoint.moves_money()).count()
        })
    }
}

/// Runs it beside the bank, which is served by this thread.
async fn beside(shop: &Shop, arguments: &[&str]) -> super::shop::Ended {
    let (home, arguments) = (
        shop.home.path().to_owned(),
        arguments.iter().map(ToString::to_string).collect::<Vec<_>>(),
    );
    let run =
        move || super::shop::run(&home, &arguments.iter().map(String::as_str).collect::<Vec<_>>());
    tokio::task::spawn_blocking(run).await.unwrap()
}

#[tokio::test]
async fn one_round_finds_out_what_was_lost_and_asks_for_no_money() {
    let shop = Shop::empty();
    let online = Online::open(&shop).await;
    online.lose_one().await;
    let url = online.bank.console_url();
    let round = ["reconcile", LOG, "--bank", &url];
    online.strike([(Endpoint::Status, FaultKind::CutBeforeEffect)]);
    let failed = beside(&shop, &round).await;
    let why = [
        " WARN a check brought no answer: the bank could not be reached or its answer was cut \
        off: ",
        " invoice=100000001 outcome=\"connection\"\n",
    ];
    assert!(failed.err.starts_with(why[0]) && failed.err.ends_with(why[1]), "{}", failed.err);
    let failed = failed.with(1);
    let told = |checked, open, unanswered| {
        format!(
            "checked {checked} on terminal {SANDBOX_TERMINAL}: {open} still open, 0 disputed, \
             {unanswered} without an answer\n"
        )
    };
    assert!(failed.starts_with(&told(1, 1, 1)), "{failed}");
    online.call_back("100000001").await;
    assert_eq!(beside(&shop, &round).await.with(0), told(1, 0, 0));
    assert_eq!(beside(&shop, &round).await.with(0), told(0, 0, 0));
    assert_eq!(online.asks(), 1);
    assert!(shop.epay(&["list", LOG]).with(0).contains("  paid  "));
}

#[tokio::test]
async fn an_attempt_is_closed_once_the_bank_has_answered() {
    let shop = Shop::empty();
    let online = Online::open(&shop).await;
    online.strike([(Endpoint::Cryptopay, FaultKind::CutBeforeEffect)]);
    let outcome = online.pay().await;
    assert!(matches!(outcome, epay::Outcome::Unknown(_)), "{outcome:?}");
    let url = online.bank.console_url();
    let close = ["close", LOG, "100000001", "--bank", &url, "--note", "Aida: no such payment"];
    online.strike([(Endpoint::Status, FaultKind::CutBeforeEffect)]);
    let text = beside(&shop, &close).await.with(1);
    assert!(
        text.contains("nothing was written: the bank did not answer the status check"),
        "{text}"
    );
    let text = beside(&shop, &close).await.with(0);
    assert!(text.starts_with("invoice 100000001, closed\nit stands as abandoned; "), "{text}");
    let shown = shop.epay(&["show", LOG, "100000001"]).with(0);
    assert!(shown.contains("we closed        the attempt: Aida: no such payment"), "{shown}");
    assert_eq!(online.asks(), 1);
}

#[tokio::test]
async fn where_the_bank_does_not_tell_the_sum_a_person_states_what_is_given_back() {
    let shop = Shop::empty();
    let online = Online::open(&shop).await;
    online.lose_one().await;
    let attempt = shop.attempt("100000001").await;
    let untold = Fact::Captured { captured: None, refunded: Refunds::NotTold };
    let mut seen = Observation::status(untold);
    let id = online.bank.with_bank(|bank| bank.operation("100000001").unwrap().id.clone());
    seen.transaction = Some(TransactionId::new(&id).unwrap());
    let kind = EventKind::Observed(seen);
    let event = Event { at: online.clock.now(), kind };
    let schedule = attempt.schedule;
    shop.store().append(&attempt, &[event], schedule).await.unwrap();

    let shown = shop.epay(&["show", LOG, "100000001"]).told();
    let command =
        format!("epay payments refund-stated {LOG} 100000001 STEP SUM --bank URL --note TEXT");
    assert!(shown.contains(&command), "{shown}");
    let url = online.bank.console_url();
    let refund = async |step, sum| {
        let command = ["refund-stated", LOG, "100000001", step, sum, "--bank", &url];
        beside(&shop, &[&command[..], &["--note", "Aida: the portal shows 5000"]].concat()).await
    };
    let wrong = refund("refund-1", "5000").await.with(2);
    assert!(wrong.contains("written like that of the order, which is 5000.00 KZT"), "{wrong}");
    let more = refund("refund-1", "5000.01").await.with(1);
    assert!(more.contains("refused"), "{more}");
    assert_eq!(online.asks(), 1);
    let text = refund("refund-1", "5000.00").await.with(0);
    assert!(
        text.starts_with("invoice 100000001, 5000.00 KZT is given back (step refund-1)\n"),
        "{text}"
    );
    let _ = refund("refund-1", "5000.00").await;
    assert_eq!(online.asks(), 2, "the same step is asked once");

    // The order is over, and a person lets it be paid again.
    let url = online.bank.console_url();
    let again = ["pay-again", LOG, "order", "--bank", &url, "--note", "Aida: the payer called"];
    let text = beside(&shop, &again).await.with(0);
    assert!(
        text.starts_with("invoice 100000001, a new payment of its order is allowed\n"),
        "{text}"
    );
    let paid = online.pay().await;
    assert_eq!(paid.attempt().invoice().as_str(), "100000002");
}

#[tokio::test]
async fn an_order_that_is_not_over_is_not_paid_again() {
    let shop = Shop::empty();
    let online = Online::open(&shop).await;
    let _ = online.pay().await;
    let url = online.bank.console_url();
    let again = ["pay-again", LOG, "order", "--bank", &url, "--note", "Aida"];
    let text = beside(&shop, &again).await.with(1);
    assert!(text.contains("nothing was written: money may have moved"), "{text}");
    let absent = ["pay-again", LOG, "order-9", "--bank", &url, "--note", "Aida"];
    let text = beside(&shop, &absent).await.with(1);
    assert!(text.contains("there is no order order-9 in shop.db"), "{text}");
}

#[tokio::test]
async fn a_late_success_waits_for_a_person_until_they_say_settle() {
    let shop = Shop::empty();
    let online = Online::open(&shop).await;
    // The bank does not find it, because it has booked it as another's.
    let astray = FaultKind::Misbook(Misbooking::Invoice("999999999".to_owned()));
    online
        .strike([(Endpoint::Cryptopay, astray), (Endpoint::Cryptopay, FaultKind::CutAfterEffect)]);
    let _ = online.pay().await;
    for hours in [1, 24] {
        online.clock.advance(Duration::from_secs(hours * 3_600));
        let _ = online.payments.reconcile().await.unwrap();
    }
    let again = online.pay().await;
    assert!(matches!(again, epay::Outcome::Paid(_)), "{again:?}");
    assert_eq!(online.asks(), 2);
    let found = Misbooking::Invoice("100000001".to_owned());
    assert!(online.bank.with_bank(|bank| bank.misbook("999999999", found)));

    let url = online.bank.console_url();
    let round = ["reconcile", LOG, "--bank", &url];
    for _ in 0..2 {
        online.call_back("100000001").await;
        let text = beside(&shop, &round).await.with(3);
        assert!(
            text.contains("1 disputed") && text.contains("epay payments list shop.db --disputed"),
            "{text}"
        );
    }
    assert_eq!(online.asks(), 2, "money was asked for without a word");
    online.call_back("100000001").await;
    let settled = beside(&shop, &[&round[..], &["--late", "settle"]].concat()).await.with(0);
    assert!(settled.contains("0 disputed"), "{settled}");
    assert_eq!(online.asks(), 3, "it is given back");
    let shown = shop.epay(&["show", LOG, "100000001"]).with(0);
    assert!(shown.contains("we acknowledged  late_success: taken late, and given back"), "{shown}");
    assert!(shown.contains("payer charged    no\n"), "{shown}");
}

#[cfg(unix)]
#[tokio::test]
async fn it_goes_on_until_it_is_stopped() {
    let shop = Shop::empty();
    let online = Online::open(&shop).await;
    online.lose_one().await;
    let url = online.bank.console_url();
    let pace = ["--keep", "--rate", "5", "--concurrency", "2"];
    let reconcile = [&["reconcile", LOG, "--bank", &url][..], &pace].concat();
    let mut keep = Going::start(&shop, &reconcile);
    let (line, code, told) = tokio::task::spawn_blocking(move || {
        let line = keep.line();
        // The other command ends once the first has found the answer.
        let told = shop.epay(&["watch", LOG, "100000001"]).with(0);
        keep.terminate();
        (line, keep.ended(), told)
    })
    .await
    .unwrap();
    assert_eq!(
        (line.as_str(), code),
        ("checking what is due; Ctrl-C or SIGTERM ends it\n", Some(0))
    );
    assert!(told.contains("its status said  taken 5000.00 KZT"), "{told}");
}
