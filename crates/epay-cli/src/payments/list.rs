//! `epay payments list` prints one line for each attempt, and how many invoice numbers are left.

use std::{
    io::{BufWriter, Write},
    ops::RangeInclusive,
    path::PathBuf,
};

use epay::{Contradiction, InvoiceId, OrderId, PaymentStatus, PaymentStore, Timeouts};
use epay_domain::{ListFilter, ListQuery, Stored, Timestamp};
use serde_json::{Value, json};

use super::{
    Log, days,
    pages::{Damaged, Pages},
    when,
};
use crate::{Failure, answer, exit::Ended, foreign};

/// A log gives out a million numbers at most before the last six digits come again, so this is the
/// last tenth.
const FEW: u64 = 100_000;

/// List the attempts to pay, one line each, the newest first.
///
/// `charged`: whether the payer was charged. `since`: the time of the open question, or else of the
/// payment. `next check`: the time of the next status check. Attempts that can't be read are named on
/// standard error, and the others are listed. With --disputed and --needs-attention the exit code is 3
/// if there is any, for a cron job; otherwise the list is only printed.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The log.
    file: PathBuf,
    /// Only disputed attempts: a contradiction waits for a person.
    #[arg(long, group = "which")]
    disputed: bool,
    /// Only attempts that wait for an answer, of the bank or of the payer.
    #[arg(long, group = "which")]
    open: bool,
    /// Only attempts that need a person: disputed, or open for an hour.
    #[arg(long, group = "which")]
    needs_attention: bool,
    /// Only attempts with this status, as the list prints it; awaiting-payer and not-executed need no
    /// quotes.
    #[arg(long, group = "which", value_name = "STATUS", value_parser = status)]
    status: Option<PaymentStatus>,
    /// Only the attempts of this order, including older ones.
    #[arg(long, group = "which", value_name = "ORDER", value_parser = OrderId::new)]
    #[arg(conflicts_with_all = ["day", "after", "limit"])]
    order: Option<OrderId>,
    /// Only attempts opened on this day, or on these; in UTC.
    #[arg(long, value_name = days::VALUE, value_parser = days::read)]
    day: Option<RangeInclusive<Timestamp>>,
    /// Only attempts after this one in the list.
    #[arg(long, value_name = "INVOICE", value_parser = InvoiceId::new)]
    after: Option<InvoiceId>,
    /// The most attempts to list.
    #[arg(long, value_name = "COUNT", default_value_t = 100)]
    limit: usize,
    /// Print one line of JSON for each attempt and one with the counts; sums are in minor units,
    /// times in Unix milliseconds.
    #[arg(long)]
    json: bool,
}

fn status(text: &str) -> Result<PaymentStatus, String> {
    let name = text.replace('-', " ");
    let named = PaymentStatus::ALL.into_iter().find(|it| it.name() == name);
    let names = || PaymentStatus::ALL.map(|it| it.name().replace(' ', "-")).join(", ");
    named.ok_or_else(|| format!("the statuses are {}", names()))
}

impl Args {
    fn filter(&self) -> ListFilter {
        match self.status {
            Some(status) => ListFilter::Status(status),
            None if self.disputed => ListFilter::Status(PaymentStatus::Disputed),
            None if self.open => ListFilter::Open,
            None if self.needs_attention => {
                let overdue = Timeouts::default().attention;
                ListFilter::NeedsAttention { open_since: when::before_now(overdue) }
            }
            None => ListFilter::All,
        }
    }

    fn query(&self) -> ListQuery {
        ListQuery {
            filter: self.filter(),
            opened: self.day.clone().unwrap_or_else(days::all),
            after: self.after.clone(),
            limit: self.limit,
        }
    }
}

pub(crate) async fn run(args: &Args, out: &mut impl Write) -> Result<Ended, Failure> {
    let log = Log::open(&args.file).await?;
    let mut out = BufWriter::new(out);
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
    let mut counts = Counts::default();
    let mut print = |stored: &Stored| -> Result<(), Failure> {
        counts.listed += 1;
        if args.json {
            writeln!(out, "{}", foreign::json(&object(stored))?)?
        } else {
            writeln!(out, "{}", line(cells(stored)))?
        }
        Ok(())
    };
    let mut damaged = Damaged::default();
    if let Some(order) = &args.order {
        let mut attempt = log.store.current(order).await.map_err(|error| log.failure(error))?;
        while let Some(stored) = attempt {
            print(&stored)?;
            attempt = match &stored.previous {
                Some(previous) => Some(log.attempt(previous).await?),
                None => None,
            };
        }
    } else {
        let mut pages = Pages::of(&log, args.query());
        while let Some(page) = pages.next(&mut damaged).await? {
            page.iter().try_for_each(|listed| print(&listed.stored))?;
        }
        counts.goes_on_after = pages.goes_on_after().await?.cloned();
    }
    counts.unreadable = damaged.count();
    let left = log.store.invoices_left().await.map_err(|error| log.failure(error))?;
    if args.json {
        writeln!(out, "{}", foreign::json(&counts.object(left))?)?;
    } else {
        write!(out, "\n{}", counts.told(left))?;
    }
    out.flush()?;
    let found = (args.disputed || args.needs_attention) && counts.listed > 0;
    Ok(Ended::needs_attention_if(found).in_part_if(counts.unreadable > 0))
}

#[derive(Default)]
struct Counts {
    listed: u64,
    unreadable: usize,
    goes_on_after: Option<InvoiceId>,
}

impl Counts {
    fn told(&self, left: u64) -> String {
        let Counts { listed, unreadable, goes_on_after } = self;
        let mut text = format!("{listed} attempts listed\n");
        if *unreadable > 0 {
            text.push_str(&format!("{unreadable} more can't be read: see standard error\n"));
        }
        if let Some(last) = goes_on_after {
            text.push_str(&format!("the list goes on: --after {last}\n"));
        }
        text.push_str(&format!("{left} invoice numbers left\n"));
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
        let Counts { listed, unreadable, goes_on_after } = self;
        json!({
            "listed": listed,
            "unreadable": unreadable,
            "goes_on_after": goes_on_after.as_ref().map(InvoiceId::as_str),
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
        let counts = Counts { listed: 2, ..Counts::default() };
        let head = "2 attempts listed\n100000 invoice numbers left\n";
        assert_eq!(counts.told(100_000), head);
        assert!(counts.told(99_999).contains("\nWARNING: "));
        assert!(counts.told(0).contains("`restore` makes a log of it"));
        assert_eq!(
            (&counts.object(100_000)["invoices_low"], &counts.object(0)["invoices_low"]),
            (&false.into(), &true.into())
        );
    }
}
