//! `epay payments copy` moves a log from a file into a database, or back; `migrate` brings a log to
//! this version.

use std::{io::Write, path::PathBuf};

use epay_store::{CopyError, CopyErrorKind, CopyProgress};

use super::Log;
use crate::{Failure, exit::Ended, progress};

/// Move a log from a file into a database, or back.
///
/// Stop the shop first: nobody else may write to either log. The copy is read again and compared, and
/// only then takes over the remaining invoice numbers: from then on FROM gives out none, like a backup,
/// and the shop is started with TO. If it was interrupted, the same command continues. TO is created if
/// there is none, which needs the rights of its owner.
#[derive(clap::Args)]
pub(crate) struct Copy {
    /// The log.
    from: PathBuf,
    /// The target: a new log, or one into which a copy of FROM was interrupted.
    to: PathBuf,
}

/// Migrate the tables of a log to the version of this program.
///
/// A program that opens a log migrates it by itself, if its rights suffice. In a database the shop's
/// role needs no right to change tables: then the owner runs this, before the first new program starts.
/// Programs of the previous version may run meanwhile.
#[derive(clap::Args)]
pub(crate) struct Migrate {
    /// The log.
    file: PathBuf,
}

pub(crate) async fn copy(args: &Copy, out: &mut impl Write) -> Result<Ended, Failure> {
    let from = Log::open(&args.from).await?;
    let to = Log::open_or_make_empty(&args.to).await?;
    let bar = progress::bar();
    let mut progress = |at: CopyProgress| {
        bar.set_length(at.total);
        bar.set_position(at.done);
        bar.set_message(if at.compares { "compared" } else { "copied" });
    };
    let copied = epay_store::copy_log(from.store.tables(), to.store.tables(), &mut progress).await;
    bar.finish_and_clear();
    let count = copied.map_err(|error| explained(&from, &to, error))?;
    let left = to.store.invoices_left().await.map_err(|error| to.failure(error))?;
    let (from, to) = (from.name(), to.name());
    writeln!(out, "copied {count} attempts from {from} to {to}, and compared them")?;
    writeln!(out, "{to} gives out {left} invoice numbers, and {from} none any more")?;
    Ok(Ended::Done)
}

pub(crate) async fn migrate(args: &Migrate, out: &mut impl Write) -> Result<Ended, Failure> {
    let log = Log::open(&args.file).await?;
    writeln!(out, "{} has the tables of this version", log.name())?;
    Ok(Ended::Done)
}

/// What went wrong with which of the two, and who does what.
fn explained(from: &Log, to: &Log, error: CopyError) -> Failure {
    let (name, target) = (from.name(), to.name());
    let advice = match error.kind() {
        CopyErrorKind::Source => return from.failure(error),
        CopyErrorKind::Target => return to.failure(error),
        CopyErrorKind::InUse => "It is kept as it is. Choose another place.".to_owned(),
        CopyErrorKind::AnotherLog => {
            "It is kept as it is. Is the place right? A copy goes into a new log.".to_owned()
        }
        CopyErrorKind::Changed => {
            format!(
                "Stop every program that takes payments with {name} or {target}, and copy again."
            )
        }
        CopyErrorKind::NumbersLeft { first } => {
            format!("Set them: `epay payments renumber {target} {first}`.")
        }
        _ => return to.failure(error),
    };
    format!("{target}: {error}. {advice}").into()
}
