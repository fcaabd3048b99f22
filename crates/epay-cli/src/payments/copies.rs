//! `epay payments backup` and `restore`: a verified copy of the log, and how to return to it.

use std::{io::Write, path::PathBuf};

use epay::InvoiceId;
use epay_store::{InvoiceNumbers, SqliteErrorKind, SqliteStore};

use super::{
    Log,
    any_store::{self, AnyStore},
    explain::{explained, must_have_a_directory, named},
};
use crate::{
    Failure,
    exit::{self, Ended},
};

const ITS_OWN_TOOLS: &str = "a database is copied by its own tools, such as pg_dump";

/// Copy the log into a new file while the shop goes on writing.
///
/// The copy is consistent and verified, and only this user can read it. A log that is copied by `cp`
/// may lack its last hours. The copy gives out no invoice numbers: `restore` makes a log of it.
#[derive(clap::Args)]
pub(crate) struct Backup {
    /// The log.
    file: PathBuf,
    /// The file to create; if it exists it is kept, and the command fails.
    to: PathBuf,
}

/// Create a log from a copy that `backup` has made.
///
/// Payments made after the copy are not in it: find them in the bank's portal. Their invoice numbers
/// must not be given out again, so the command requires a first number beyond them.
#[derive(clap::Args)]
pub(crate) struct Restore {
    /// The copy; it is not changed.
    copy: PathBuf,
    /// The log to create; no file may exist there.
    to: PathBuf,
    /// The first invoice number to give out, 6 to 15 digits: beyond the last one that the bank's
    /// portal shows for the terminal.
    #[arg(long, value_name = "NUMBER", value_parser = InvoiceId::new)]
    first_invoice: InvoiceId,
}

pub(crate) async fn backup(args: &Backup, out: &mut impl Write) -> Result<Ended, Failure> {
    let Backup { file, to } = args;
    let log = Log::open(file).await?;
    must_have_a_directory(to)?;
    let AnyStore::File(store) = &log.store else { return Err(exit::wrong(ITS_OWN_TOOLS)) };
    store.backup(to).map_err(|error| match error.kind() {
        SqliteErrorKind::AlreadyThere => taken(to),
        _ => log.failure(error),
    })?;
    writeln!(out, "copied {} to {}", log.name(), named(to))?;
    Ok(Ended::Done)
}

pub(crate) async fn restore(args: &Restore, out: &mut impl Write) -> Result<Ended, Failure> {
    let Restore { copy, to, first_invoice } = args;
    if [copy, to].into_iter().any(|place| any_store::is_a_database(place)) {
        return Err(exit::wrong(ITS_OWN_TOOLS));
    }
    must_have_a_directory(to)?;
    let numbers = InvoiceNumbers::starting_at(first_invoice.clone());
    SqliteStore::restore(copy, to, &numbers).map_err(|error| match error.kind() {
        SqliteErrorKind::AlreadyThere => taken(to),
        _ => explained(copy, &error),
    })?;
    let (log, name) = (Log::open(to).await?, named(to));
    let left = log.store.invoices_left().await.map_err(|error| log.failure(error))?;
    writeln!(out, "made {name}, which gives out {left} invoice numbers from {first_invoice} on")?;
    writeln!(
        out,
        "what was paid after the copy is not in it: compare `epay payments list {name}` with the \
         bank's portal"
    )?;
    Ok(Ended::Done)
}

fn taken(path: &std::path::Path) -> Failure {
    let name = named(path);
    format!("{name}: there is a file at this path, and it is kept. Choose another name.").into()
}
