//! Causes survive: an unknown outcome carries what happened, and one log line has the whole chain.

use epay::{InvoiceId, MemoryStore, Outcome, Payments, StepOutcome};
use epay_domain::Clock;
use epay_testkit::fakebank::{EchoData, cards};
use epay_testkit::{FakeBank, ManualClock};
use epay_tests::bench::{Call, HOUR, PRICE, Reply, Shop, card};
use std::error::Error;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

const FIELD: &str = "the field `code` is missing";

fn chain(error: &(dyn Error + Send + Sync + 'static)) -> String {
    let (mut text, mut next) = (error.to_string(), error.source());
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}

/// All that was logged in this process: a callsite that another test has met first is on or off for
/// all of them.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    fn of_this_process() -> &'static Lines {
        static LINES: OnceLock<Lines> = OnceLock::new();
        LINES.get_or_init(|| {
            let lines = Lines::default();
            let writer = lines.clone();
            tracing_subscriber::fmt().with_writer(move || writer.clone()).with_ansi(false).init();
            lines
        })
    }

    fn with(&self, text: &str) -> Vec<String> {
        let logged = String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned();
        logged.lines().filter(|line| line.contains(text)).map(str::to_owned).collect()
    }
}

impl Write for Lines {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(text)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn after_a_format_change_the_outcome_and_one_log_line_name_the_field() {
    const FIELD: &str = "the field `secure3D.action` is missing";
    let lines = Lines::of_this_process();
    let shop = Shop::scripted();
    let unknown = shop.pay_and("order", Reply::Unreadable(FIELD), Reply::not_found()).await;
    let Outcome::Unknown(unknown) = &unknown else { panic!("{unknown:?}") };
    let told = chain(unknown.cause().unwrap());
    assert!(told.starts_with("the answer could not be read") && told.ends_with(FIELD), "{told}");
    assert!(format!("{unknown}").starts_with("the answer could not be read"), "{unknown}");
    assert!(format!("{unknown:?}").len() < 400, "{unknown:?}");
    let about = lines.with(FIELD);
    assert_eq!(about.len(), 1, "{about:#?}");
    assert!(about[0].contains("100000001") && about[0].contains("could not be read"), "{about:?}");
}

#[tokio::test]
async fn a_check_that_cannot_be_read_says_why_in_the_log() {
    const FIELD: &str = "the field `transaction.statusName` is missing";
    let lines = Lines::of_this_process();
    let shop = Shop::scripted();
    let _ = shop.pay_and("order", Reply::charged(), Reply::Unreadable(FIELD)).await;
    let about = lines.with(FIELD);
    assert_eq!(about.len(), 1, "{about:#?}");
}

#[tokio::test]
async fn a_step_and_a_log_that_failed_carry_their_causes_too() {
    let shop = Shop::scripted();
    let _ = shop.pay_and("order", Reply::charged(), Reply::charged()).await;
    shop.bank.says(Call::Refund, Reply::Unreadable(FIELD));
    let step = shop.payments.refund("order", "refund-1", PRICE).await.unwrap();
    let StepOutcome::Unknown(step) = &step else { panic!("{step:?}") };
    assert!(chain(step.cause().unwrap()).ends_with(FIELD));

    shop.store.plan([None, Some(epay_domain::StoreErrorKind::Failed)]);
    let unknown = shop.pay_and("another", Reply::charged(), Reply::charged()).await;
    let Outcome::Unknown(unknown) = &unknown else { panic!("{unknown:?}") };
    assert_eq!(chain(unknown.cause().unwrap()), "the store failed");
}

#[tokio::test]
async fn where_the_clock_is_ahead_and_no_tag_comes_back_the_log_names_both_times_and_the_clock() {
    let lines = Lines::of_this_process();
    let bank = FakeBank::start();
    bank.with_bank(|bank| bank.switches_mut().echo_data = EchoData::Nothing);
    let ahead = ManualClock::at(bank.clock().now() + Duration::from_secs(2 * HOUR + 1));
    let first = InvoiceId::new("717171717").unwrap();
    let store = MemoryStore::starting_at(first.clone());
    let shop = Payments::with_clock(bank.http_gateway(), store, ahead);
    let unknown = shop.pay("order", PRICE, card(cards::VISA_OK)).await.unwrap();
    let Outcome::Unknown(unknown) = &unknown else { panic!("{unknown:?}") };
    assert!(unknown.to_string().ends_with("or a clock is wrong"), "{unknown}");
    let told = lines.with("717171717");
    let line = told.iter().find(|line| line.contains("by the bank's clock")).unwrap();
    for part in
        ["made at 2026-11-24 00:00:00Z", "asked at 2026-11-24 02:00:01Z", "a clock is wrong"]
    {
        assert!(line.contains(part), "{line}");
    }
}
