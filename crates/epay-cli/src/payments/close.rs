//! `epay payments close` ends an attempt of which no money is known to have moved.

use std::io::Write;

use clap::ArgGroup;
use epay::{InvoiceId, LateSuccess, Payments, TokioClock};

use super::{
    Log,
    bank::BankArgs,
    note,
    reconcile::for_ever,
    rule::{Ruling, once_old_enough},
};
use crate::{
    Failure,
    exit::{self, Ended},
};

const RISK: &str = "RISK: nobody has asked the bank. If the request is still on its way, or the bank \
     has the payment and has not said so, the payer can be charged for this attempt and for the next \
     one. It is watched, and comes up as a late success.";

/// End an attempt of which no money is known to have moved, in whatever state it is stuck, so that
/// the order can be paid again.
///
/// The command first checks the status at the bank, which has to answer; credentials come from
/// EPAY_CLIENT_ID, EPAY_CLIENT_SECRET and EPAY_TERMINAL. If the bank may still be processing the
/// request, it waits two minutes before. Money that surfaces later is a late success, for a person.
#[derive(clap::Args)]
#[command(group = ArgGroup::new("which").required(true).args(["bank", "production", "force"]))]
pub(crate) struct Args {
    #[command(flatten)]
    ruling: Ruling,
    #[command(flatten)]
    bank: BankArgs,
    /// Do not ask the bank. The payer can then be charged twice.
    #[arg(long)]
    force: bool,
}

pub(crate) async fn run(args: &Args, out: &mut impl Write) -> Result<Ended, Failure> {
    let Args { ruling, bank, force } = args;
    let closed = if *force {
        let (operator, note) = ruling.begin().await?;
        writeln!(out, "{RISK}")?;
        operator.close_unchecked(&ruling.invoice, note).await
    } else {
        let (note, log) = (note::checked(&ruling.note)?, Log::open(&ruling.file).await?);
        let payments = asking(bank, log, &ruling.invoice).await?;
        once_old_enough(&TokioClock, || payments.close(&ruling.invoice, note), out).await?
    };
    ruling.tell(closed, |_| "closed".to_owned(), out)
}

/// The log's payments with the bank that the attempt's terminal is of.
pub(super) async fn asking(
    bank: &BankArgs,
    log: Log,
    invoice: &InvoiceId,
) -> Result<Payments, Failure> {
    let (environment, credentials) = bank.read()?;
    let (ours, asks) = (log.attempt(invoice).await?, credentials.terminal().clone());
    let terminal = ours.payment.terminal();
    if *terminal != asks {
        let text = format!("EPAY_TERMINAL is {asks}, and the attempt is on terminal {terminal}");
        return Err(exit::wrong(text));
    }
    Ok(Payments::new(epay::connect(environment, credentials)?, log.store)
        .with_timeouts(for_ever())
        .with_late_success(LateSuccess::AskPerson))
}
