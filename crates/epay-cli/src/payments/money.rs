//! `epay payments refund-stated` and `pay-again`: what a person decides about an order's money, and
//! the bank has to hear or to confirm first.

use std::{io::Write, path::PathBuf};

use clap::ArgGroup;
use epay::{Attempt, InvoiceId, Money, OrderId, StepId, StepOutcome};

use super::{Log, bank::BankArgs, close::asking, note, rule::Ruling};
use crate::{
    Failure,
    exit::{self, Ended},
};

/// Refund a sum that a person states, if the bank does not say how much it captured. THIS MOVES
/// MONEY.
///
/// The sum is at most what was ordered. The bank is asked once: the same STEP again prints the state
/// of that refund. If the bank has told the captured sum, use the shop's own refund instead.
/// Credentials come from EPAY_CLIENT_ID, EPAY_CLIENT_SECRET and EPAY_TERMINAL.
#[derive(clap::Args)]
#[command(group = ArgGroup::new("which").required(true).args(["bank", "production"]))]
pub(crate) struct RefundStated {
    #[command(flatten)]
    ruling: Ruling,
    /// A name for this refund, unique in the attempt.
    #[arg(value_parser = StepId::new)]
    step: StepId,
    /// The sum in the order's currency, with all its decimals: 5000.00.
    sum: String,
    #[command(flatten)]
    bank: BankArgs,
}

/// Allow a new payment of an order that was voided or fully refunded, or whose card was only
/// verified. The shop's next `pay` opens a new attempt.
///
/// If only a reply has said that the money went back, the command first checks the status at the bank.
/// Credentials come from EPAY_CLIENT_ID, EPAY_CLIENT_SECRET and EPAY_TERMINAL.
#[derive(clap::Args)]
#[command(group = ArgGroup::new("which").required(true).args(["bank", "production"]))]
pub(crate) struct PayAgain {
    /// The log.
    file: PathBuf,
    /// The order.
    #[arg(value_parser = OrderId::new)]
    order: OrderId,
    /// Who has decided it, and why. The note stays in the log until `erase`, so put no personal data of
    /// the payer in it.
    #[arg(long, value_name = "TEXT")]
    note: String,
    #[command(flatten)]
    bank: BankArgs,
}

pub(crate) async fn refund_stated(
    args: &RefundStated,
    out: &mut impl Write,
) -> Result<Ended, Failure> {
    let RefundStated { ruling, step, sum, bank } = args;
    let (note, log) = (note::checked(&ruling.note)?, Log::open(&ruling.file).await?);
    let ordered = log.attempt(&ruling.invoice).await?.payment.ordered();
    let sum = stated(sum, ordered).ok_or_else(|| {
        exit::wrong(format!("the sum is written like that of the order, which is {ordered}"))
    })?;
    let payments = asking(bank, log, &ruling.invoice).await?;
    let refunded = payments.refund_stated(&ruling.invoice, step.as_str(), sum, note).await;
    payments.drain().await;
    let mut said = String::new();
    let attempt = refunded.map(|outcome| {
        said = match &outcome {
            StepOutcome::Done(_) => format!("{sum} is given back (step {step})"),
            StepOutcome::Declined(_, decline) => format!("the bank refused step {step}: {decline}"),
            StepOutcome::NotSent(_) => format!("step {step} never left: nothing moved"),
            StepOutcome::GivenUp(_) => {
                format!("step {step} was given up: look at the bank before you name another")
            }
            StepOutcome::Superseded(_) => format!("step {step}: the payment went another way"),
            _ => format!("whether step {step} was done is not known yet; do not name another"),
        };
        (outcome.attempt().clone(), matches!(outcome, StepOutcome::Done(_)))
    });
    let done = matches!(attempt, Ok((_, true)));
    let told = ruling.tell(attempt.map(|(attempt, _)| attempt), |_| said, out)?;
    Ok(told.in_part_if(!done))
}

pub(crate) async fn pay_again(args: &PayAgain, out: &mut impl Write) -> Result<Ended, Failure> {
    let PayAgain { file, order, note, bank } = args;
    let (words, log) = (note::checked(note)?, Log::open(file).await?);
    let invoice: InvoiceId = log.current(order).await?.payment.invoice().clone();
    let payments = asking(bank, log, &invoice).await?;
    let again = payments.pay_again(order.as_str(), words).await;
    let attempt: Result<Attempt, _> = again.map(|outcome| outcome.attempt().clone());
    let invoice = attempt.as_ref().map_or(invoice, |attempt| attempt.invoice().clone());
    let ruling = Ruling { file: file.clone(), invoice, note: note.clone() };
    ruling.tell(attempt, |_| "a new payment of its order is allowed".to_owned(), out)
}

/// The sum that `text` says, written with all decimals of the currency of `like`.
pub(crate) fn stated(text: &str, like: Money) -> Option<Money> {
    let currency = like.currency();
    let decimals = usize::from(currency.exponent());
    let (whole, part) = match decimals {
        0 => (text, ""),
        _ => text.split_once('.')?,
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || part.len() != decimals || !digits(whole) || !digits(part) {
        return None;
    }
    Some(Money::new(format!("{whole}{part}").parse().ok()?, currency))
}

#[cfg(test)]
mod tests {
    use super::*;
    use epay::Currency;

    #[test]
    fn a_sum_has_all_its_decimals() {
        let tenge = Money::tenge(5_000);
        assert_eq!(stated("5000.00", tenge), Some(tenge));
        assert_eq!(stated("0.07", tenge), Some(Money::tiyn(7)));
        for text in
            ["5000", "5000.0", "5000.000", "5 000.00", "5000,00", "-1.00", "+1.00", ".00", ""]
        {
            assert_eq!(stated(text, tenge), None, "{text}");
        }
        assert_eq!(stated("99999999999999999999.00", tenge), None);
        let yen = Money::new(1, Currency::new("JPY", 0).unwrap());
        assert_eq!(stated("500", yen), Some(Money::new(500, yen.currency())));
        assert_eq!(stated("500.0", yen), None);
    }
}
