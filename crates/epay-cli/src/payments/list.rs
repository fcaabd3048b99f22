//! `epay payments list` is one line for each attempt, and how many invoice numbers are left.

use std::{io::Write, path::PathBuf};

use epay::{Contradiction, OrderId};
use epay_domain::{Stored, Timestamp};
use serde_json::{Value, json};

use super::{
    Log,
    pages::{Damaged, Pages},
    when,
};
use crate::{Failure, answer, exit::Ended, foreign};

/// A log gives out a million numbers at most before the last six digits come again, so this is the
/// last tenth.
const FEW: u64 = 100_000;

/// List the attempts to pay, one line each, in the order of their invoice numbers.
///
/// `charged` is whether the payer was. `since` is when the open question was asked, or else when
/// the payment was. `next check` is when the bank is to be asked about it. What can't be read is
/// named on standard error, and the rest is listed all the same. With --disputed the exit code is 3
/// when there is any, so that a timer can tell somebody; else a list is only printed.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The log.
    file: PathBuf,
    /// Only what a person has to look at.
    #[arg(long, group = "which")]
    disputed: bool,
    /// Only what waits for an answer, of the bank or of the payer.
    #[arg(long, group = "which")]
    open: bool,
    /// Only the attempts of one order, the older ones too.
    #[arg(long, group = "which", value_name = "ORDER", value_parser = OrderId::new)]
    order: Option<OrderId>,
    /// Print one line of JSON for each attempt and one with the counts; sums are in minor units,
    /// times in Unix milliseconds.
    #[arg(long)]
    json: bool,
}

impl Args {
    fn wants(&self, stored: &Stored) -> bool {
        (!self.disputed || stored.payment.is_contradicted())
            && (!self.open || stored.payment.pending().is_some())
            && self.order.as_ref().is_none_or(|order| *order == stored.order)
    }
}

pub(crate) async fn run(args: &Args, out: &mut impl Write) -> Result<Ended, Failure> {
    let log = Log::open(&args.file)?;
    if !args.json {
        let head = [
            "invoice",
            "order",
            "amount",
            "status",
            "charged",
            "since",
            "next check",
            "contradictions",
        ];
        writeln!(out, "{}", line(head.map(str::to_owned)))?;
    }
    let (mut pages, mut damaged) = (Pages::of(&log), Damaged::default());
    let mut counts = Counts::default();
    while let Some(page) = pages.next(&mut damaged).await? {
        for stored in &page {
            counts.add(stored);
            if args.wants(stored) {
                counts.listed += 1;
                if args.json {
                    writeln!(out, "{}", foreign::json(&object(stored))?)?
                } else {
                    writeln!(out, "{}", line(cells(stored)))?
                }
            }
        }
    }
    counts.unreadable = damaged.count();
    let left = log.store.invoices_left().await.map_err(|error| log.failure(error))?;
    if args.json {
        writeln!(out, "{}", foreign::json(&counts.object(left))?)?;
    } else {
        write!(out, "\n{}", counts.told(left))?;
    }
    Ok(Ended::for_a_person_if(args.disputed && counts.listed > 0).in_part_if(counts.unreadable > 0))
}

#[derive(Default)]
struct Counts {
    attempts: u64,
    listed: u64,
    disputed: u64,
    open: u64,
    unreadable: usize,
}

impl Counts {
    fn add(&mut self, stored: &Stored) {
        self.attempts += 1;
        self.disputed += u64::from(stored.payment.is_contradicted());
        self.open += u64::from(stored.payment.pending().is_some());
    }

    fn told(&self, left: u64) -> String {
        let Counts { attempts, listed, disputed, open, unreadable } = self;
        let mut text = format!(
            "{listed} of {attempts} attempts listed; {disputed} disputed, {open} open in all\n\
             {left} invoice numbers left\n"
        );
        if *unreadable > 0 {
            text.push_str(&format!("{unreadable} more can't be read: see standard error\n"));
        }
        if left == 0 {
            text.push_str("A copy made by `backup` gives out none: `restore` makes a log of it.\n");
        }
        if left < FEW {
            text.push_str(
                "WARNING: less than a tenth of a million invoice numbers is left. Without any no \
                 payment can be opened: ask the bank which range comes next, and set it with `epay \
                 payments renumber`.\n",
            );
        }
        text
    }

    fn object(&self, left: u64) -> Value {
        let Counts { attempts, listed, disputed, open, unreadable } = self;
        json!({
            "attempts": attempts,
            "listed": listed,
            "disputed": disputed,
            "open": open,
            "unreadable": unreadable,
            "invoices_left": left,
            "invoices_low": left < FEW,
        })
    }
}

/// Columns of a fixed width, because what comes later is not known yet.
fn line(cells: [String; 8]) -> String {
    let [invoice, order, amount, status, charged, since, check, names] = cells;
    format!(
        "{invoice:<15}  {order:<30}  {amount:>16}  {status:<14}  {charged:<13}  {since:<20}  \
         {check:<20}  {names}"
    )
}

fn cells(stored: &Stored) -> [String; 8] {
    let (payment, answer) = (&stored.payment, answer::of(&stored.payment));
    let names = names(stored);
    [
        payment.invoice().to_string(),
        foreign::cell(stored.order.as_str()),
        payment.ordered().to_string(),
        answer.status.to_string(),
        answer.payer_charged.to_string(),
        when::utc_or_dash(since(stored)),
        when::utc_or_dash(stored.schedule.next_check_at),
        if names.is_empty() { "-".to_owned() } else { names.join(" ") },
    ]
}

fn names(stored: &Stored) -> Vec<&'static str> {
    stored.payment.contradictions().iter().map(Contradiction::name).collect()
}

fn since(stored: &Stored) -> Option<Timestamp> {
    stored.payment.pending().map(|pending| pending.since).or(stored.payment.asked_at())
}

fn object(stored: &Stored) -> Value {
    let payment = &stored.payment;
    let mut object = json!({
        "invoice": payment.invoice().as_str(),
        "order": stored.order.as_str(),
        "terminal": payment.terminal().as_str(),
        "amount": payment.ordered().minor(),
        "currency": payment.ordered().currency().code(),
        "contradictions": names(stored),
        "since": since(stored).map(Timestamp::unix_millis),
        "next_check_at": stored.schedule.next_check_at.map(Timestamp::unix_millis),
    });
    answer::put(&mut object, answer::of(payment));
    object
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_numbers_left_are_warned_of() {
        let counts = Counts { attempts: 3, listed: 2, disputed: 1, open: 0, unreadable: 0 };
        let head =
            "2 of 3 attempts listed; 1 disputed, 0 open in all\n100000 invoice numbers left\n";
        assert_eq!(counts.told(100_000), head);
        assert!(counts.told(99_999).contains("\nWARNING: "));
        assert!(counts.told(0).contains("`restore` makes a log of it"));
        assert_eq!(
            (&counts.object(100_000)["invoices_low"], &counts.object(0)["invoices_low"]),
            (&false.into(), &true.into())
        );
    }
}
