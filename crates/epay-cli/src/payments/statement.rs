//! `epay payments statement` prints a CSV table for accountants: one row for each captured attempt.

use std::{io::Write, ops::RangeInclusive, path::PathBuf, time::Duration};

use epay_domain::{ListFilter, ListQuery, Listed, Timestamp};

use super::{
    Log, almaty, days,
    pages::{Damaged, Pages},
    taken::{Taken, decimal},
};
use crate::{Failure, exit::Ended, foreign, progress};

/// How long before its money is taken an attempt may have been opened: a hold lasts weeks, and the
/// bank is looked at for ninety days.
const LONGEST: Duration = Duration::from_secs(90 * 24 * 60 * 60);

const HEAD: [&str; 12] = [
    "day",
    "time",
    "invoice",
    "order",
    "terminal",
    "currency",
    "captured",
    "refunded",
    "operation",
    "reference",
    "approval_code",
    "card_mask",
];

/// Print a table (CSV) of the captured attempts, for a spreadsheet.
///
/// Day and time are Almaty's, and those at which the log learned of the capture. Sums are in major
/// units, `5000.00`; a sum that the bank has not told is empty. `reference` is the RRN. A text that a
/// spreadsheet would read as a formula has an apostrophe before it. Attempts that can't be read are
/// named on standard error.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The log.
    file: PathBuf,
    /// Only captures of this day, or of these; in Almaty's time.
    #[arg(long, value_name = almaty::VALUE, value_parser = almaty::read)]
    day: Option<RangeInclusive<Timestamp>>,
}

pub(crate) async fn run(args: &Args, out: &mut impl Write) -> Result<Ended, Failure> {
    let log = Log::open(&args.file).await?;
    let (progress, mut damaged) = (progress::of_attempts(), Damaged::default());
    let mut table = csv::Writer::from_writer(out);
    table.write_record(HEAD)?;
    for_each_taken(&log, args.day.as_ref(), &mut damaged, |listed, taken| {
        progress.inc(1);
        Ok(table.write_record(row(listed, taken))?)
    })
    .await?;
    table.flush()?;
    progress.finish_and_clear();
    Ok(Ended::Done.in_part_if(damaged.count() > 0))
}

/// Goes through the attempts whose money was taken then, the last opened first.
pub(crate) async fn for_each_taken(
    log: &Log,
    when: Option<&RangeInclusive<Timestamp>>,
    damaged: &mut Damaged,
    mut each: impl FnMut(&Listed, &Taken) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let opened = when.map_or_else(days::all, |when| *when.start() - LONGEST..=*when.end());
    let query = ListQuery { filter: ListFilter::All, opened, after: None, limit: usize::MAX };
    let mut pages = Pages::of(log, query);
    while let Some(page) = pages.next(damaged).await? {
        for listed in &page {
            let taken = Taken::of(listed);
            if let Some(taken) = taken.filter(|it| when.is_none_or(|when| when.contains(&it.at))) {
                each(listed, &taken)?;
            }
        }
    }
    Ok(())
}

fn row(Listed { stored, .. }: &Listed, taken: &Taken) -> [String; HEAD.len()] {
    let payment = &stored.payment;
    let details = payment.details();
    let (day, time) = almaty::day_and_time(taken.at);
    let text = |text: Option<&str>| cell(text.unwrap_or_default());
    [
        day,
        time,
        payment.invoice().to_string(),
        cell(stored.order.as_str()),
        payment.terminal().to_string(),
        payment.ordered().currency().code().to_owned(),
        taken.captured.map(decimal).unwrap_or_default(),
        taken.refunded.map(decimal).unwrap_or_default(),
        text(payment.transaction().map(|id| id.as_str())),
        text(details.reference.as_ref().map(|it| it.as_str())),
        text(details.approval_code.as_ref().map(|it| it.as_str())),
        text(details.card_mask.as_ref().map(|it| it.as_str())),
    ]
}

/// Text from outside as a spreadsheet may get it.
fn cell(outside: &str) -> String {
    let text = foreign::text(outside);
    if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_a_formula() {
        for (outside, expected) in [
            ("order-17", "order-17"),
            ("=1+1", "'=1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("-2", "'-2"),
            ("\t=1", "\\t=1"),
            ("заказ, \"17\"", "заказ, \"17\""),
        ] {
            assert_eq!(cell(outside), expected);
        }
    }
}
