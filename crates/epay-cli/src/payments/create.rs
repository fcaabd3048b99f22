//! `epay payments create` creates a new log; opening one never does, because a new log gives out
//! invoice numbers again.

use std::{io::Write, path::PathBuf};

use epay::InvoiceId;
use epay_store::InvoiceNumbers;

use super::{
    any_store::{self, AnyStore},
    explain::{explained, must_have_a_directory},
};
use crate::{Failure, exit::Ended, foreign};

/// Create a new, empty log where there is none.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The file to create, or the URL of a database; the process that takes payments opens the same.
    file: PathBuf,
    /// The first invoice number to give out, 6 to 15 digits: beyond the last one that was ever used
    /// on the terminal.
    #[arg(long, value_name = "NUMBER", value_parser = InvoiceId::new)]
    first_invoice: InvoiceId,
}

pub(crate) async fn run(args: &Args, out: &mut impl Write) -> Result<Ended, Failure> {
    must_have_a_directory(&args.file)?;
    any_store::warn_of_a_password(&args.file);
    let numbers = InvoiceNumbers::starting_at(args.first_invoice.clone());
    let store = AnyStore::create(&args.file, &numbers).await;
    let store = store.map_err(|error| explained(&args.file, &*error))?;
    let left = store.invoices_left().await.map_err(|error| explained(&args.file, &error))?;
    let file = foreign::text(&any_store::told(&args.file).to_string());
    writeln!(
        out,
        "made {file}, which gives out {left} invoice numbers from {} on",
        args.first_invoice
    )?;
    Ok(Ended::Done)
}
