//! `epay payments list` is one line for each attempt, and how many invoice numbers are left.

use std::{io::Write, path::PathBuf};

use epay::{OrderId, domain::Stored};
use serde_json::{Value, json};

use super::{Log, pages::Pages, when};
use crate::Failure;

/// A log gives out a million numbers at most before the last six digits come again, so this is the last tenth.
const FEW: u64 = 100_000;

/// List the attempts to pay, one line each, in the order of their invoice numbers.
///
/// `since` is when the open question was asked, or else when the payment was. `next check` is when the bank is to be asked
/// about it. Exit code 0; with --flagged it is 1 when there are any, so that a timer can tell somebody.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The log.
    file: PathBuf,
    /// Only what a person has to look at.
    #[arg(long, group = "which")]
    flagged: bool,
    /// Only what waits for an answer, of the bank or of the payer.
    #[arg(long, group = "which")]
    open: bool,
    /// Only the attempts of one order, the older ones too.
    #[arg(long, group = "which", value_name = "ORDER", value_parser = OrderId::new)]
    order: Option<OrderId>,
    /// Print one line of JSON for each attempt and one with the counts; sums are in minor units, times in Unix
    /// milliseconds.
    #[arg(long)]
    json: bool,
}

impl Args {
    fn wants(&self, stored: &Stored) -> bool {
        (!self.flagged || !stored.payment.flags().is_empty())
            && (!self.open || stored.payment.pending().is_some())
            && self.order.as_ref().is_none_or(|order| *order == stored.order)
    }
}

pub(crate) async fn run(args: &Args, out: &mut impl Write) -> Result<bool, Failure> {
    let log = Log::open(&args.file)?;
    if !args.json {
        let head = ["invoice", "order", "amount", "status", "since", "next check", "flags"];
        writeln!(out, "{}", line(head.map(str::to_owned)))?;
    }
    let (mut pages, mut counts) = (Pages::of(&log), Counts::default());
    loop {
        let page = pages.next().await?;
        if page.is_empty() {
            break;
        }
        for stored in &page {
            counts.add(stored);
            if args.wants(stored) {
                counts.listed += 1;
                if args.json {
                    writeln!(out, "{}", object(stored))?
                } else {
                    writeln!(out, "{}", line(cells(stored)))?
                }
            }
        }
    }
    let left = log.store.invoices_left().await.map_err(|error| log.failure(error))?;
    if args.json {
        writeln!(out, "{}", counts.object(left))?;
    } else {
        write!(out, "\n{}", counts.told(left))?;
    }
    Ok(args.flagged && counts.listed > 0)
}

#[derive(Default)]
struct Counts {
    attempts: u64,
    listed: u64,
    flagged: u64,
    open: u64,
}

impl Counts {
    fn add(&mut self, stored: &Stored) {
        self.attempts += 1;
        self.flagged += u64::from(!stored.payment.flags().is_empty());
        self.open += u64::from(stored.payment.pending().is_some());
    }

    fn told(&self, left: u64) -> String {
        let Counts { attempts, listed, flagged, open } = self;
        let mut text = format!(
            "{listed} of {attempts} attempts listed; {flagged} flagged, {open} open in all\n{left} invoice numbers left\n"
        );
        if left < FEW {
            text.push_str(
                "WARNING: less than a tenth of a million invoice numbers is left. Without any no payment can be opened: ask \
                 the bank which range comes next, and set it with `SqliteStore::renumber`.\n",
            );
        }
        text
    }

    fn object(&self, left: u64) -> Value {
        let Counts { attempts, listed, flagged, open } = self;
        json!({ "attempts": attempts, "listed": listed, "flagged": flagged, "open": open, "invoices_left": left, "invoices_low": left < FEW })
    }
}

/// Columns of a fixed width, because what comes later is not known yet.
fn line(cells: [String; 7]) -> String {
    let [invoice, order, amount, status, since, look, flags] = cells;
    format!(
        "{invoice:<15}  {order:<28}  {amount:>16}  {status:<14}  {since:<20}  {look:<20}  {flags}"
    )
}

fn cells(stored: &Stored) -> [String; 7] {
    let payment = &stored.payment;
    let flags: Vec<&str> = payment.flags().iter().map(epay::domain::Flag::name).collect();
    [
        payment.invoice().to_string(),
        stored.order.to_string(),
        payment.ordered().to_string(),
        payment.status().to_string(),
        when::utc_or_dash(since(stored)),
        when::utc_or_dash(stored.schedule.next_check_at),
        if flags.is_empty() { "-".to_owned() } else { flags.join(" ") },
    ]
}

fn since(stored: &Stored) -> Option<epay::domain::Timestamp> {
    stored.payment.pending().map(|pending| pending.since).or(stored.payment.asked_at())
}

fn object(stored: &Stored) -> Value {
    let payment = &stored.payment;
    json!({
        "invoice": payment.invoice().as_str(),
        "order": stored.order.as_str(),
        "terminal": payment.terminal().as_str(),
        "amount": payment.ordered().minor(),
        "currency": payment.ordered().currency().code(),
        "status": payment.status().to_string(),
        "flags": payment.flags().iter().map(epay::domain::Flag::name).collect::<Vec<_>>(),
        "since": since(stored).map(epay::domain::Timestamp::unix_millis),
        "next_check_at": stored.schedule.next_check_at.map(epay::domain::Timestamp::unix_millis),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_numbers_left_are_warned_of() {
        let counts = Counts { attempts: 3, listed: 2, flagged: 1, open: 0 };
        let head =
            "2 of 3 attempts listed; 1 flagged, 0 open in all\n100000 invoice numbers left\n";
        assert_eq!(counts.told(100_000), head);
        assert!(counts.told(99_999).contains("\nWARNING: "));
        assert_eq!(
            (&counts.object(100_000)["invoices_low"], &counts.object(0)["invoices_low"]),
            (&false.into(), &true.into())
        );
    }
}
