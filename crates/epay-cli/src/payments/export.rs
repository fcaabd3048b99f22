//! `epay payments export` prints every event as one line: its record in the log, preceded by its
//! attempt.

use std::{
    io::{self, BufWriter, Write},
    ops::RangeInclusive,
    path::PathBuf,
};

use epay_domain::{ListFilter, ListQuery, Listed, State, Stored, Timestamp};
use serde_json::{Value, json};

use super::{
    Log, days,
    pages::{Damaged, Pages},
};
use crate::{Failure, answer, exit::Ended, foreign, progress};

/// Print every event of every attempt as one line of JSON, the newest attempt first.
///
/// A line is a record in the log's format, preceded by invoice, order, the event's number and the
/// attempt's current state, so a reader of that format can read the line. Sums are in minor units. Of
/// a card only the bank's mask is printed. The issuer's 3-D Secure challenge, which the log keeps so
/// that the payer's page can be shown again, is left out. Attempts that can't be read are named on
/// standard error.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The log.
    file: PathBuf,
    /// Only attempts opened on this day, or on these; in UTC.
    #[arg(long, value_name = days::VALUE, value_parser = days::read)]
    day: Option<RangeInclusive<Timestamp>>,
}

/// How many bytes are written at once.
const WRITTEN: usize = 64 * 1024;

pub(crate) async fn run(args: &Args, out: &mut impl Write) -> Result<Ended, Failure> {
    let log = Log::open(&args.file).await?;
    let opened = args.day.clone().unwrap_or_else(days::all);
    let query = ListQuery { filter: ListFilter::All, opened, after: None, limit: usize::MAX };
    let (mut pages, mut damaged) = (Pages::of(&log, query), Damaged::default());
    let (mut out, progress) = (BufWriter::with_capacity(WRITTEN, out), progress::of_attempts());
    while let Some(page) = pages.next(&mut damaged).await? {
        for listed in &page {
            attempt_lines(listed, &mut out)?;
            progress.inc(1);
        }
        if let Some(listed) = page.last() {
            progress.set_message(format!("back to {}", listed.opened_at));
        }
    }
    progress.finish_and_clear();
    out.flush()?;
    Ok(Ended::Done.in_part_if(damaged.count() > 0))
}

fn attempt_lines(listed: &Listed, out: &mut impl Write) -> Result<(), Failure> {
    let Listed { stored, events, .. } = listed;
    let whose = json!({
        "invoice": stored.payment.invoice().as_str(),
        "order": stored.order.as_str(),
        "attempt": attempt(stored),
    });
    // The same in front of each of its events.
    let whose = foreign::json(&whose)?;
    for (event, number) in events.iter().zip(1_u64..) {
        let shown = epay_store::without_challenge(event);
        let record = epay_store::encode(shown.as_ref().unwrap_or(event))?;
        line(&whose, number, &foreign::json_text(&record), out)?;
    }
    Ok(())
}

/// What an accountant matches an attempt by, and how it stands now.
pub(super) fn attempt(stored: &Stored) -> Value {
    let payment = &stored.payment;
    let details = payment.details();
    let (captured, refunded) = match payment.state() {
        State::Captured { captured, refunded } => (captured, refunded),
        _ => (None, None),
    };
    let mut attempt = json!({
        "terminal": payment.terminal().as_str(),
        "amount": payment.ordered().minor(),
        "currency": payment.ordered().currency().code(),
        "captured": captured.map(|sum| sum.minor()),
        "refunded": refunded.map(|sum| sum.minor()),
        "operation": payment.transaction().map(|id| id.as_str()),
        "reference": details.reference.as_ref().map(|it| it.as_str()),
        "approval_code": details.approval_code.as_ref().map(|it| it.as_str()),
        "card_mask": details.card_mask.as_ref().map(|it| it.as_str()),
    });
    answer::put(&mut attempt, answer::of(payment));
    attempt
}

/// The fields of both objects in one, and the event's number between them.
fn line(whose: &str, number: u64, record: &str, out: &mut impl Write) -> io::Result<()> {
    let whose = whose.strip_suffix('}').unwrap_or(whose);
    let record = record.strip_prefix('{').unwrap_or(record);
    writeln!(out, "{whose},\"number\":{number},{record}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use epay_domain::{Challenge, Event, EventKind, Fact, Observation, Timestamp};

    #[test]
    fn a_line_is_still_a_record_and_has_no_challenge() {
        let challenge =
            Challenge { action: "https://acs".into(), pa_req: "PAREQ".into(), md: "MD".into() };
        let seen = Observation::reply(Fact::ThreeDsRequired(challenge));
        let event = Event { at: Timestamp::from_unix_millis(7), kind: EventKind::Observed(seen) };
        let record = epay_store::encode(&epay_store::without_challenge(&event).unwrap()).unwrap();
        let whose = json!({ "invoice": "100001", "order": "a \"}{\" b" }).to_string();
        let mut out = Vec::new();
        line(&whose, 1, &record, &mut out).unwrap();
        let line = String::from_utf8(out).unwrap();
        assert_eq!(
            epay_store::decode(&line).unwrap(),
            epay_store::without_challenge(&event).unwrap()
        );
        let read: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!((&read["order"], &read["number"]), (&"a \"}{\" b".into(), &1.into()));
        assert!(!line.contains("PAREQ") && !line.contains("MD") && !line.contains("acs"), "{line}");
    }
}
