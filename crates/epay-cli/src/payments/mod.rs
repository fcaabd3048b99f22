//! `epay payments` shows a person the log of payments: its attempts, their contradictions, and the
//! commands that resolve them.

mod almaty;
mod any_store;
pub(crate) mod bank;
mod case;
mod close;
mod compare;
mod copies;
mod copy;
mod create;
mod days;
mod erase;
pub(crate) mod explain;
mod export;
mod list;
pub(crate) mod money;
mod note;
mod pages;
mod reconcile;
mod registry;
mod renumber;
mod rule;
mod show;
mod statement;
mod taken;
mod watch;
mod ways_out;
mod when;

use std::io::Write;

use clap::Subcommand;

pub(crate) use self::bank::BankArgs;
use self::explain::Log;
use crate::{Failure, exit::Ended};

/// Read a shop's log of payments, and make the decisions that only a person can make.
///
/// The log is the SQLite file that the shop writes to (`epay_store::SqliteStore`), or the URL of its
/// PostgreSQL database (`postgres://…`, `epay_store::PostgresStore`); the shop may run meanwhile. Put
/// no password on the command line, where any local user can see it: it is read from `PGPASSWORD`,
/// and `@FILE` stands for the URL in that file. Only `create`, `restore` and `copy` create a log. Only
/// `reconcile`, `close`, `refund-stated` and `pay-again` call the bank. Times are UTC. Of a card only
/// the bank's mask is printed, because the log has no more.
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
    Acknowledge(rule::Acknowledge),
    Choose(rule::Choose),
    GiveUp(rule::GiveUp),
    Close(close::Args),
    RefundStated(money::RefundStated),
    PayAgain(money::PayAgain),
    Export(export::Args),
    Statement(statement::Args),
    Compare(compare::Args),
    Backup(copies::Backup),
    Restore(copies::Restore),
    Copy(copy::Copy),
    Migrate(copy::Migrate),
    Erase(erase::Args),
    Renumber(renumber::Args),
}

pub(crate) async fn run(args: &Args, out: &mut impl Write) -> Result<Ended, Failure> {
    match &args.command {
        Command::Create(args) => create::run(args, out).await,
        Command::List(args) => list::run(args, out).await,
        Command::Show(args) => show::run(args, out).await,
        Command::Watch(args) => watch::run(args, out).await,
        Command::Reconcile(args) => reconcile::run(args, out).await,
        Command::Acknowledge(args) => rule::acknowledge(args, out).await,
        Command::Choose(args) => rule::choose(args, out).await,
        Command::GiveUp(args) => rule::give_up(args, out).await,
        Command::Close(args) => close::run(args, out).await,
        Command::RefundStated(args) => money::refund_stated(args, out).await,
        Command::PayAgain(args) => money::pay_again(args, out).await,
        Command::Export(args) => export::run(args, out).await,
        Command::Statement(args) => statement::run(args, out).await,
        Command::Compare(args) => compare::run(args, out).await,
        Command::Backup(args) => copies::backup(args, out).await,
        Command::Restore(args) => copies::restore(args, out).await,
        Command::Copy(args) => copy::copy(args, out).await,
        Command::Migrate(args) => copy::migrate(args, out).await,
        Command::Erase(args) => erase::run(args, out).await,
        Command::Renumber(args) => renumber::run(args, out).await,
    }
}
