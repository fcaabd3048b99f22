//! `epay payments export` is every event as one line: the record of the log, with whose it is in front.

use std::{io::Write, path::PathBuf};

use epay::{
    PaymentStore,
    domain::{Challenge, Event, EventKind, Fact, Observation},
};
use serde_json::json;

use super::{Log, pages::Pages};
use crate::Failure;

/// Print every event of every attempt as one line of JSON.
///
/// A line is a record of the log's format, with invoice, order and the event's number before it, so whatever reads the
/// format reads the line. There is no card data in it. The issuer's 3-D Secure challenge, which the log keeps so that the
/// payer's page can be shown again, is left out.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The log.
    file: PathBuf,
}

pub(crate) async fn run(args: &Args, out: &mut impl Write) -> Result<bool, Failure> {
    let log = Log::open(&args.file)?;
    let mut pages = Pages::of(&log);
    loop {
        let page = pages.next().await?;
        if page.is_empty() {
            return Ok(false);
        }
        for stored in page {
            let invoice = stored.payment.invoice();
            let history = log.store.history(invoice).await.map_err(|error| log.failure(error))?;
            for (event, number) in history.into_iter().zip(1_u64..) {
                let record = epay_store::encode(&without_challenge(event))?;
                let whose = json!({ "invoice": invoice.as_str(), "order": stored.order.as_str(), "number": number });
                writeln!(out, "{}", joined(&whose.to_string(), &record))?;
            }
        }
    }
}

/// The fields of both objects, in one.
fn joined(first: &str, second: &str) -> String {
    format!("{},{}", first.trim_end_matches('}'), second.trim_start_matches('{'))
}

fn without_challenge(event: Event) -> Event {
    match event.kind {
        EventKind::Observed(seen @ Observation { fact: Fact::ThreeDsRequired(_), .. }) => {
            let nothing =
                Challenge { action: String::new(), pa_req: String::new(), md: String::new() };
            Event {
                kind: EventKind::Observed(Observation {
                    fact: Fact::ThreeDsRequired(nothing),
                    ..seen
                }),
                ..event
            }
        }
        kind => Event { kind, ..event },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use epay::domain::Timestamp;

    #[test]
    fn a_line_is_still_a_record_and_has_no_challenge() {
        let challenge =
            Challenge { action: "https://acs".into(), pa_req: "PAREQ".into(), md: "MD".into() };
        let seen = Observation::reply(Fact::ThreeDsRequired(challenge));
        let event = Event { at: Timestamp::from_unix_millis(7), kind: EventKind::Observed(seen) };
        let record = epay_store::encode(&without_challenge(event.clone())).unwrap();
        let whose = json!({ "invoice": "100001", "order": "a \"}{\" b", "number": 1 }).to_string();
        let line = joined(&whose, &record);
        assert_eq!(epay_store::decode(&line).unwrap(), without_challenge(event));
        let read: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!((&read["order"], &read["number"]), (&"a \"}{\" b".into(), &1.into()));
        assert!(!line.contains("PAREQ") && !line.contains("MD") && !line.contains("acs"), "{line}");
    }
}
