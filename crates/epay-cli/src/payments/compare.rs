//! `epay payments compare` compares the log with the bank's registry: rows that only one of them
//! has, and rows that differ.

use std::{collections::BTreeMap, io::Write, ops::RangeInclusive, path::PathBuf};

use epay::{InvoiceId, PaymentStore};
use epay_domain::{Money, Payment, State, Timestamp};
use serde_json::json;

use super::{
    Log, almaty,
    pages::Damaged,
    registry::{self, Column, Columns, Entry, Moved},
    statement,
    taken::{self, decimal},
};
use crate::{Failure, exit::Ended, foreign};

/// Compare the log with the bank's registry, a file of rows (CSV), and print the differences.
///
/// A column is named by its name in the first row, or by its number. A row is a capture, or with a
/// minus a refund. Rows of one invoice are added: the captures must equal the captured sum of the log,
/// and each refund must be one of the log's. With --day, captures that the log learned of on those days
/// and the registry lacks are printed, too. The exit code is 3 if there is any difference.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The log.
    file: PathBuf,
    /// The registry.
    registry: PathBuf,
    /// The column with the invoice number.
    #[arg(long, value_name = "COLUMN", value_parser = Column::read)]
    invoice: Column,
    /// The column with the sum.
    #[arg(long, value_name = "COLUMN", value_parser = Column::read)]
    amount: Column,
    /// The column with the RRN, to compare it as well.
    #[arg(long, value_name = "COLUMN", value_parser = Column::read)]
    reference: Option<Column>,
    /// The separator of the columns.
    #[arg(long, value_name = "CHARACTER", default_value = ",", value_parser = delimiter)]
    delimiter: u8,
    /// Also print captures of this day, or of these, that are not in the registry; in Almaty's
    /// time.
    #[arg(long, value_name = almaty::VALUE, value_parser = almaty::read)]
    day: Option<RangeInclusive<Timestamp>>,
    /// Print one line of JSON for each difference and one with the counts.
    #[arg(long)]
    json: bool,
}

fn delimiter(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        b"\\t" | b"\t" => Ok(b'\t'),
        [one] if one.is_ascii_punctuation() => Ok(*one),
        _ => Err("one character, like `;`, or `\\t`".to_owned()),
    }
}

pub(crate) async fn run(args: &Args, out: &mut impl Write) -> Result<Ended, Failure> {
    let log = Log::open(&args.file).await?;
    let columns = Columns {
        invoice: &args.invoice,
        amount: &args.amount,
        reference: args.reference.as_ref(),
        delimiter: args.delimiter,
    };
    let mut rows: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
    for entry in registry::entries(&args.registry, &columns)? {
        let entry = entry?;
        rows.entry(entry.invoice.clone()).or_default().push(entry);
    }
    let (mut printed, mut damaged) =
        (Printed { json: args.json, ..Printed::default() }, Damaged::default());
    for (invoice, entries) in &rows {
        let known = match InvoiceId::new(invoice) {
            Ok(number) => {
                let stored = log.store.load(&number).await;
                match damaged.pass(&log, &number, stored) {
                    Some(stored) => stored,
                    None => continue,
                }
            }
            // Not a number that a shop gives out.
            Err(_) => None,
        };
        let difference = match &known {
            None => Some(Difference::OnlyInRegistry(told(entries))),
            Some(stored) => difference(&stored.payment, entries),
        };
        printed.one(invoice, difference, out)?;
    }
    if let Some(day) = &args.day {
        let mut missing = Vec::new();
        statement::for_each_taken(&log, Some(day), &mut damaged, |listed, taken| {
            let invoice = listed.stored.payment.invoice();
            if !rows.contains_key(invoice.as_str()) {
                missing.push((
                    invoice.to_string(),
                    Difference::OnlyInLog(sum_or_unknown(taken.captured)),
                ));
            }
            Ok(())
        })
        .await?;
        for (invoice, difference) in missing {
            printed.one(&invoice, Some(difference), out)?;
        }
    }
    printed.end(args.day.is_some(), out)?;
    Ok(Ended::needs_attention_if(printed.differences() > 0).in_part_if(damaged.count() > 0))
}

/// What does not agree about an invoice, in words for a person.
enum Difference {
    OnlyInRegistry(String),
    OnlyInLog(String),
    Differs(String),
}

fn told(entries: &[Entry]) -> String {
    let sums: Vec<_> =
        entries.iter().map(|it| format!("{} in line {}", it.amount, it.line)).collect();
    sums.join(", ")
}

fn difference(payment: &Payment, entries: &[Entry]) -> Option<Difference> {
    let currency = payment.ordered().currency();
    let (mut taken, mut refunds) = (None::<Money>, taken::refunds(payment).collect::<Vec<_>>());
    let (captured, total) = match payment.state() {
        State::Captured { captured, refunded } => (captured, refunded),
        _ => (None, None),
    };
    let details = payment.details();
    let differs = |text: String| Some(Difference::Differs(text));
    for entry in entries {
        let Entry { line, amount, .. } = entry;
        match registry::sum(amount, currency) {
            Err(error) => return differs(format!("line {line}: {amount:?} is {error}")),
            Ok(Moved::In(sum)) => {
                let before = taken.unwrap_or(Money::zero(currency));
                taken = before.checked_add(sum);
                if taken.is_none() {
                    return differs(format!("line {line}: the sums are too large to add"));
                }
            }
            Ok(Moved::Back(sum)) => match refunds.iter().position(|refund| *refund == sum) {
                Some(at) => drop(refunds.swap_remove(at)),
                // Nobody here asked for it, and the bank's status has told it.
                None if total == Some(sum) => {}
                None => {
                    let sum = decimal(sum);
                    return differs(format!(
                        "line {line}: {sum} back, which is no refund in the log"
                    ));
                }
            },
        }
        if let (Some(theirs), Some(ours)) = (&entry.reference, &details.reference)
            && theirs != ours.as_str()
            && matches!(registry::sum(amount, currency), Ok(Moved::In(_)))
        {
            return differs(format!("line {line}: RRN {theirs}, in the log {ours}"));
        }
    }
    match taken {
        Some(taken) if captured != Some(taken) => {
            let (taken, status) = (decimal(taken), payment.status());
            let captured = sum_or_unknown(captured);
            differs(format!("{taken} taken, in the log {captured}; it stands as {status}"))
        }
        _ => None,
    }
}

fn sum_or_unknown(sum: Option<Money>) -> String {
    sum.map_or_else(|| "no sum".to_owned(), decimal)
}

#[derive(Default)]
struct Printed {
    json: bool,
    agree: u64,
    only_in_registry: u64,
    only_in_log: u64,
    differ: u64,
}

impl Printed {
    fn one(
        &mut self,
        invoice: &str,
        difference: Option<Difference>,
        out: &mut impl Write,
    ) -> Result<(), Failure> {
        let (count, kind, text) = match difference {
            None => {
                self.agree += 1;
                return Ok(());
            }
            Some(Difference::OnlyInRegistry(text)) => {
                (&mut self.only_in_registry, "only in the registry", text)
            }
            Some(Difference::OnlyInLog(text)) => (&mut self.only_in_log, "only in the log", text),
            Some(Difference::Differs(text)) => (&mut self.differ, "differs", text),
        };
        *count += 1;
        if self.json {
            let line = json!({ "invoice": invoice, "kind": kind.replace(' ', "_"), "text": text });
            writeln!(out, "{}", foreign::json(&line)?)?;
        } else {
            let (invoice, text) = (foreign::cell(invoice), foreign::text(&text));
            writeln!(out, "{kind:<20}  {invoice:<15}  {text}")?;
        }
        Ok(())
    }

    fn differences(&self) -> u64 {
        self.only_in_registry + self.only_in_log + self.differ
    }

    fn end(&self, looked_both_ways: bool, out: &mut impl Write) -> Result<(), Failure> {
        let Printed { agree, only_in_registry, only_in_log, differ, .. } = self;
        if self.json {
            let counts = json!({
                "agree": agree,
                "only_in_registry": only_in_registry,
                "only_in_log": looked_both_ways.then_some(only_in_log),
                "differ": differ,
            });
            writeln!(out, "{}", foreign::json(&counts)?)?;
            return Ok(());
        }
        writeln!(
            out,
            "{agree} invoices agree, {only_in_registry} are only in the registry, {differ} differ"
        )?;
        if looked_both_ways {
            writeln!(out, "{only_in_log} are only in the log")?;
        } else {
            writeln!(out, "without --day nobody looked for what is only in the log")?;
        }
        Ok(())
    }
}
