//! `epay payments` is the log of payments for a person: what is in it, what contradicts what, and what to do about it.

mod case;
mod conflict;
mod create;
mod explain;
mod export;
mod list;
mod pages;
mod reconcile;
mod resolve;
mod show;
mod watch;
mod when;

use std::{io::Write, process::ExitCode};

use clap::Subcommand;

use self::explain::Log;
use crate::Failure;

/// Look into a shop's log of payments, and act on what only a person can decide.
///
/// The log is the SQLite file that the shop writes to (`epay_store::SqliteStore`); the shop may run meanwhile. Only
/// `create` makes one. Only `reconcile` speaks to the bank. Times are UTC. No card data is printed, because there is none
/// in the log.
///
/// Exit codes: 0 done, 1 failed or something for a person to look at, 2 wrong arguments.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Create(create::Args),
    List(list::Args),
    Show(show::Args),
    Watch(watch::Args),
    Reconcile(reconcile::Args),
    Resolve(resolve::Args),
    Export(export::Args),
}

pub(crate) async fn run(args: &Args, out: &mut impl Write) -> Result<ExitCode, Failure> {
    let for_a_person = match &args.command {
        Command::Create(args) => create::run(args, out).await,
        Command::List(args) => list::run(args, out).await,
        Command::Show(args) => show::run(args, out).await,
        Command::Watch(args) => watch::run(args, out).await,
        Command::Reconcile(args) => reconcile::run(args, out).await,
        Command::Resolve(args) => resolve::run(args, out).await,
        Command::Export(args) => export::run(args, out).await,
    }?;
    out.flush()?;
    Ok(if for_a_person { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
