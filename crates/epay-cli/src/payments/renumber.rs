//! `epay payments renumber` gives the next payments other invoice numbers.

use std::{io::Write, path::PathBuf};

use epay::InvoiceId;
use epay_store::InvoiceNumbers;

use super::Log;
use crate::{Failure, exit::Ended};

/// Give out other invoice numbers from now on: if they run out, or if the bank says that it has seen
/// them, or their last six digits, before.
///
/// Existing attempts keep theirs. Processes that have a file open use the new numbers from their next
/// payment on. With a database each process has reserved up to 64 numbers and gives these out first, so
/// restart them if the bank must not see an old one again.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The log.
    file: PathBuf,
    /// The first invoice number to give out, 6 to 15 digits: beyond the last one that was ever used
    /// on the terminal.
    #[arg(value_name = "FIRST", value_parser = InvoiceId::new)]
    first: InvoiceId,
}

pub(crate) async fn run(args: &Args, out: &mut impl Write) -> Result<Ended, Failure> {
    let log = Log::open(&args.file).await?;
    let numbers = InvoiceNumbers::starting_at(args.first.clone());
    log.store.renumber(numbers).await.map_err(|error| log.failure(error))?;
    let left = log.store.invoices_left().await.map_err(|error| log.failure(error))?;
    let (name, first) = (log.name(), &args.first);
    writeln!(out, "{name} gives out {left} invoice numbers from {first} on")?;
    Ok(Ended::Done)
}
