//! Causes survive: an unknown outcome carries what happened, and one log line has the whole chain.

use epay::{Outcome, StepOutcome};
use epay_tests::bench::{Call, PRICE, Reply, Shop};
use std::error::Error;
use std::fmt;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use tracing_subscriber::fmt::MakeWriter;

const FIELD: &str = "the field `statusName` is missing";

fn chain(error: &(dyn Error + Send + Sync + 'static)) -> String {
    let (mut text, mut next) = (error.to_string(), error.source());
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}

/// All that was logged.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(text)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Lines;

    fn make_writer(&'a self) -> Lines {
        self.clone()
    }
}

impl fmt::Display for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.0.lock().unwrap()))
    }
}

#[tokio::test]
async fn after_a_format_change_the_outcome_and_one_log_line_name_the_field() {
    let lines = Lines::default();
    let subscriber =
        tracing_subscriber::fmt().with_writer(lines.clone()).with_ansi(false).finish();
    let _here = tracing::subscriber::set_default(subscriber);
    let shop = Shop::scripted();
    let unknown = shop.pay_and("order", Reply::Unreadable(FIELD), Reply::not_found()).await;
    let Outcome::Unknown(unknown) = &unknown else { panic!("{unknown:?}") };
    let told = chain(unknown.cause().unwrap());
    assert!(told.starts_with("the answer could not be read") && told.ends_with(FIELD), "{told}");
    assert!(format!("{unknown}").starts_with("the answer could not be read"), "{unknown}");
    assert!(format!("{unknown:?}").len() < 400, "{unknown:?}");
    let logged = lines.to_string();
    let about: Vec<_> = logged.lines().filter(|line| line.contains(FIELD)).collect();
    assert_eq!(about.len(), 1, "{logged}");
    assert!(about[0].contains("100000001") && about[0].contains("could not be read"), "{about:?}");
}

#[tokio::test]
async fn a_check_that_cannot_be_read_says_why_in_the_log() {
    let lines = Lines::default();
    let subscriber =
        tracing_subscriber::fmt().with_writer(lines.clone()).with_ansi(false).finish();
    let _here = tracing::subscriber::set_default(subscriber);
    let shop = Shop::scripted();
    let _ = shop.pay_and("order", Reply::charged(), Reply::Unreadable(FIELD)).await;
    let logged = lines.to_string();
    let about: Vec<_> = logged.lines().filter(|line| line.contains(FIELD)).collect();
    assert_eq!(about.len(), 1, "{logged}");
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
