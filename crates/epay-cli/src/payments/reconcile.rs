//! `epay payments reconcile` checks the status of every payment that is due, once or until it is
//! stopped.

use std::{
    io::{self, Write},
    num::{NonZeroU32, NonZeroUsize},
    path::PathBuf,
    time::Duration,
};

use clap::ValueEnum;
use epay::{LateSuccess, Payments, ReconcileReport, TerminalId, Timeouts};
use tracing_subscriber::filter::LevelFilter;

use super::{Log, bank::BankArgs};
use crate::{Failure, exit::Ended, log, shutdown};

/// How long to wait when nothing was due.
const PAUSE: Duration = Duration::from_secs(5);

/// Check the status of the payments of a terminal that are due for it, at most 64 of them.
///
/// A status check moves no money. Credentials come from EPAY_CLIENT_ID, EPAY_CLIENT_SECRET and
/// EPAY_TERMINAL; with the fake bank, those that it publishes are the default. Status checks without
/// an answer and contradictions are printed on standard error; with --keep also payments that moved.
#[derive(clap::Args)]
#[command(group = clap::ArgGroup::new("which").required(true).args(["bank", "production"]))]
pub(crate) struct Args {
    /// The log.
    file: PathBuf,
    #[command(flatten)]
    bank: BankArgs,
    /// Run until Ctrl-C or SIGTERM; checks under way are finished first.
    #[arg(long)]
    keep: bool,
    /// With --keep: the most checks that begin in a second.
    #[arg(long, default_value = "20", requires = "keep")]
    rate: NonZeroU32,
    /// The most checks that run at once.
    #[arg(long, default_value = "16")]
    concurrency: NonZeroUsize,
    /// What to do with money that moved after its attempt was given up.
    #[arg(long, value_enum, default_value_t = Late::Ask)]
    late: Late,
}

#[derive(Clone, Copy, ValueEnum)]
enum Late {
    /// A person decides.
    Ask,
    /// Keep it as the order's payment if there is no other; refund it if another attempt was paid.
    /// This may move money.
    Settle,
}

pub(crate) async fn run(args: &Args, out: &mut impl Write) -> Result<Ended, Failure> {
    let (environment, credentials) = args.bank.read()?;
    let terminal = credentials.terminal().clone();
    let log = Log::open(&args.file).await?;
    let (name, path) = (log.name(), args.file.clone());
    say_on_standard_error(if args.keep { LevelFilter::INFO } else { LevelFilter::WARN });
    let payments = Payments::new(epay::connect(environment, credentials)?, log.store)
        .with_timeouts(for_ever())
        .with_status_checks_per_second(args.rate.get())
        .with_status_checks_at_once(args.concurrency.get())
        .with_late_success(args.late.into());
    if args.keep {
        let shutdown = shutdown::signal()?;
        writeln!(out, "checking what is due; Ctrl-C or SIGTERM ends it")?;
        out.flush()?;
        payments.keep_reconciling(PAUSE, shutdown).await;
        payments.drain().await;
        return Ok(Ended::Done);
    }
    let report =
        payments.reconcile().await.map_err(|error| super::explain::explained(&path, &error))?;
    out.write_all(told(report, &terminal, &name).as_bytes())?;
    Ok(Ended::needs_attention_if(report.contradicted > 0).in_part_if(report.unanswered > 0))
}

/// How long the shop waits before it gives an attempt up is the shop's to say; here it is only
/// checked.
pub(super) fn for_ever() -> Timeouts {
    let mut timeouts = Timeouts::default();
    (timeouts.payer, timeouts.step) = (Duration::MAX, Duration::MAX);
    (timeouts.not_found_window, timeouts.reopen) = (Duration::MAX, None);
    timeouts
}

fn say_on_standard_error(most: LevelFilter) {
    let lines = tracing_subscriber::fmt().with_writer(io::stderr).with_max_level(most);
    lines.without_time().with_target(false).with_ansi(false).map_event_format(log::text).init();
}

fn told(report: ReconcileReport, terminal: &TerminalId, log: &str) -> String {
    let ReconcileReport { checked, unanswered, still_open, contradicted, .. } = report;
    let mut text = format!(
        "checked {checked} on terminal {terminal}: {still_open} still open, \
         {contradicted} disputed, {unanswered} without an answer\n"
    );
    if unanswered > 0 {
        text.push_str("what had no answer is checked again later; why, is on standard error\n");
    }
    if contradicted > 0 {
        text.push_str(&format!("disputed: epay payments list {log} --disputed\n"));
    }
    text
}

impl From<Late> for LateSuccess {
    fn from(late: Late) -> LateSuccess {
        match late {
            Late::Ask => LateSuccess::AskPerson,
            Late::Settle => LateSuccess::Settle,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_says_who_acts() {
        let terminal = TerminalId::new("67e34d63-102f-4bd1-898e-370781d0074d").unwrap();
        let mut report = ReconcileReport::default();
        (report.checked, report.still_open) = (2, 1);
        assert_eq!(
            told(report, &terminal, "shop.db"),
            "checked 2 on terminal 67e34d63-102f-4bd1-898e-370781d0074d: \
             1 still open, 0 disputed, 0 without an answer\n"
        );
        (report.unanswered, report.contradicted) = (1, 1);
        let loud = told(report, &terminal, "shop.db");
        assert!(
            loud.contains("\nwhat had no answer ")
                && loud.ends_with("epay payments list shop.db --disputed\n"),
            "{loud}"
        );
    }
}
