//! `epay payments erase` removes personal data from the log, and leaves its proofs.

use std::{io::Write, path::PathBuf, time::Duration};

use clap::ArgGroup;
use epay::{InvoiceId, TokioClock};
use epay_domain::{Clock, Timestamp};
use epay_store::Erasure;

use super::Log;
use crate::{
    Failure,
    exit::{self, Ended},
};

const DAY: u64 = 86_400;

/// Erase the notes and the 3-D Secure challenges of attempts. It can't be undone.
///
/// Questions to the bank, its answers about money and their times stay. The file is rewritten, so that
/// nothing erased stays in it; that needs room for a second copy, and the shop can't write meanwhile:
/// run it at a quiet hour. A database overwrites erased data when it next vacuums `epay.events`.
/// Backups of the log keep theirs.
#[derive(clap::Args)]
#[command(
    group = ArgGroup::new("which").required(true),
    override_usage = "epay payments erase <FILE> <INVOICE|--older-than <DAYS>>"
)]
pub(crate) struct Args {
    /// The log.
    file: PathBuf,
    /// Erase this attempt's, on request.
    #[arg(group = "which", value_parser = InvoiceId::new)]
    invoice: Option<InvoiceId>,
    /// Erase those of all attempts opened more than N days ago.
    #[arg(long, group = "which", value_name = "DAYS")]
    older_than: Option<u64>,
}

pub(crate) async fn run(args: &Args, out: &mut impl Write) -> Result<Ended, Failure> {
    let log = Log::open(&args.file).await?;
    let which = match (&args.invoice, args.older_than) {
        (Some(invoice), _) => {
            Erasure::Attempt(log.attempt(invoice).await?.payment.invoice().clone())
        }
        (None, Some(days)) => Erasure::OpenedBefore(before(days)?),
        // The group asks for one of them.
        (None, None) => return Err(exit::wrong("which attempts are erased from?")),
    };
    let count = log.store.erase(&which).await.map_err(|error| log.explained(&*error))?;
    writeln!(out, "erased from {count} records of {}", log.name())?;
    Ok(Ended::Done)
}

fn before(days: u64) -> Result<Timestamp, Failure> {
    let age = Duration::from_secs(days.saturating_mul(DAY)).as_millis();
    let now = TokioClock.now().unix_millis();
    let before = u64::try_from(age).ok().and_then(|age| now.checked_sub(age));
    let before =
        before.ok_or_else(|| exit::wrong("--older-than is longer than there were days"))?;
    Ok(Timestamp::from_unix_millis(before))
}
