//! The commands by which a person decides about one attempt: `acknowledge`, `choose`, `give-up`.
//! The bank is asked nothing and no money moves.

use std::{io::Write, path::PathBuf};

use epay::{
    Attempt, InvoiceId, Operator, PayError, PayErrorKind, StepId, Timeouts, TokioClock,
    TransactionId,
};
use epay_domain::{Clock, Refusal};

use super::{Log, note, ways_out::token};
use crate::{Failure, answer, exit::Ended, foreign};

/// The attempt, and a person's words about it.
#[derive(clap::Args)]
pub(crate) struct Ruling {
    /// The log.
    pub(super) file: PathBuf,
    /// The attempt.
    #[arg(value_parser = InvoiceId::new)]
    pub(super) invoice: InvoiceId,
    /// Who has checked, what they found, and what was done about it. The note stays in the log until
    /// `erase`, so put no personal data of the payer in it.
    #[arg(long, value_name = "TEXT")]
    pub(super) note: String,
}

/// Acknowledge the contradictions of an attempt, after a person has examined them: they no longer
/// block it.
///
/// This covers the contradictions that `show` has printed, by the token beside its command, and none
/// that came later: if there are others now, nothing is written. No money moves.
#[derive(clap::Args)]
pub(crate) struct Acknowledge {
    #[command(flatten)]
    ruling: Ruling,
    /// The contradictions that were examined, as `show` names them.
    #[arg(long, value_name = "TOKEN")]
    shown: String,
}

/// Choose which of the operations that the bank has named belongs to the attempt; the others are
/// ignored from then on.
#[derive(clap::Args)]
pub(crate) struct Choose {
    #[command(flatten)]
    ruling: Ruling,
    /// The operation, as `show` names it.
    #[arg(value_parser = TransactionId::new)]
    transaction: TransactionId,
}

/// Give up a capture, void or refund, because the bank says that it did not happen. If it did after
/// all, the bank's next answer counts it. For a step that a reply reported as done, the first call ends
/// the wait for a status that shows it, and the second declares that it was not done.
#[derive(clap::Args)]
pub(crate) struct GiveUp {
    #[command(flatten)]
    ruling: Ruling,
    /// The merchant's name of the step.
    #[arg(value_parser = StepId::new)]
    step: StepId,
}

pub(crate) async fn acknowledge(
    args: &Acknowledge,
    out: &mut impl Write,
) -> Result<Ended, Failure> {
    let Ruling { file, invoice, note } = &args.ruling;
    let (note, log) = (note::checked(note)?, Log::open(file).await?);
    let payment = log.attempt(invoice).await?.payment;
    let (shown, name) = (payment.contradictions(), log.name());
    if !shown.is_empty() && token(&payment) != args.shown {
        let text = format!(
            "nothing was written: what is up on invoice {invoice} is not what `{}` names; look \
             again: epay payments show {name} {invoice}",
            args.shown
        );
        return Err(text.into());
    }
    let operator = Operator::new(log.store, TokioClock);
    let ruled = operator.acknowledge(invoice, &shown, note).await;
    let covered = |attempt: &Attempt| {
        let up = attempt.payment().contradictions();
        let covered = shown.iter().filter(|it| !up.contains(it)).map(ToString::to_string);
        format!("acknowledged: {}", foreign::text(&covered.collect::<Vec<_>>().join("; ")))
    };
    args.ruling.tell(ruled, covered, out)
}

pub(crate) async fn choose(args: &Choose, out: &mut impl Write) -> Result<Ended, Failure> {
    let (operator, note) = args.ruling.begin().await?;
    let Choose { ruling, transaction } = args;
    let ruled = operator.choose_transaction(&ruling.invoice, transaction, note).await;
    ruling.tell(ruled, |_| format!("its operation is {transaction}"), out)
}

pub(crate) async fn give_up(args: &GiveUp, out: &mut impl Write) -> Result<Ended, Failure> {
    let (operator, note) = args.ruling.begin().await?;
    let GiveUp { ruling, step } = args;
    let rule = || operator.give_up(&ruling.invoice, step.as_str(), note);
    let ruled = once_old_enough(&TokioClock, rule, out).await?;
    let done = |attempt: &Attempt| match attempt.payment().is_not_shown(step) {
        true => format!("nobody waits any more for a status that shows step {step}"),
        false => format!("the wait for step {step} is given up"),
    };
    ruling.tell(ruled, done, out)
}

/// What was ruled. A command has just begun, so nobody but itself can vouch that the time of a
/// request that may still be on its way is over: it waits for that.
pub(super) async fn once_old_enough<F>(
    clock: &impl Clock,
    rule: impl Fn() -> F,
    out: &mut impl Write,
) -> Result<Result<Attempt, PayError>, Failure>
where
    F: Future<Output = Result<Attempt, PayError>>,
{
    match rule().await {
        Err(error) if error.kind() == PayErrorKind::TooEarly => {
            let wait = Timeouts::default().request;
            let seconds = wait.as_secs();
            writeln!(out, "{error}: waiting for {seconds} seconds")?;
            out.flush()?;
            clock.sleep(wait).await;
            Ok(rule().await)
        }
        ruled => Ok(ruled),
    }
}

impl Ruling {
    /// The log, and the note; only an attempt that is there can be ruled about.
    pub(super) async fn begin(&self) -> Result<(Operator, &str), Failure> {
        let (note, log) = (note::checked(&self.note)?, Log::open(&self.file).await?);
        log.attempt(&self.invoice).await?;
        Ok((Operator::new(log.store, TokioClock), note))
    }

    /// What was done and how the attempt stands by it, or why nothing was.
    pub(super) fn tell(
        &self,
        ruled: Result<Attempt, PayError>,
        done: impl FnOnce(&Attempt) -> String,
        out: &mut impl Write,
    ) -> Result<Ended, Failure> {
        let (invoice, log) = (&self.invoice, super::explain::named(&self.file));
        let attempt = ruled.map_err(|error| -> Failure {
            let why = match error.kind() {
                PayErrorKind::Refused(Refusal::NothingToEnd) => "there is nothing of this to end",
                PayErrorKind::Refused(Refusal::TransactionUnclear) => {
                    "only `choose` ends that the bank has named several operations"
                }
                PayErrorKind::Refused(Refusal::NotDead) => {
                    "money may have moved, or nothing is waited for"
                }
                PayErrorKind::TooEarly => {
                    "too early: the bank may still be processing it; run this again later"
                }
                PayErrorKind::NoAnswer => {
                    "the bank did not answer the status check that must come first; run this again later"
                }
                _ => return super::explain::explained(&self.file, &error),
            };
            let show = format!("epay payments show {log} {invoice}");
            format!("nothing was written: {why} (invoice {invoice}: {show})").into()
        })?;
        let payment = attempt.payment();
        writeln!(out, "invoice {invoice}, {}", done(&attempt))?;
        writeln!(out, "it stands as {}", answer::line(answer::of(payment)))?;
        let more = payment.is_contradicted();
        if more {
            writeln!(out, "there is more for a person: epay payments show {log} {invoice}")?;
        }
        Ok(Ended::needs_attention_if(more))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use epay::{MemoryStore, Money, OrderId, PaymentStatus, PaymentStore, Payments};
    use epay_domain::{Command, Created, NewPayment};
    use epay_testkit::FakeBank;
    use std::{sync::Arc, time::Duration};

    #[tokio::test]
    async fn a_request_of_which_nobody_has_written_what_came_is_waited_for() {
        let (bank, store) = (FakeBank::start(), Arc::new(MemoryStore::default()));
        let clock = bank.clock();
        // Who asked was killed.
        let new = NewPayment {
            order: OrderId::new("order-17").unwrap(),
            amount: Money::tenge(5_000),
            terminal: FakeBank::one_stage(),
            replay: None,
            tag: None,
        };
        let created = store.create(new, clock.now(), None).await.unwrap();
        let Created::New(stored) = created else { panic!("{created:?}") };
        let asked = stored.payment.decide(Command::Authorize, clock.now()).unwrap();
        store.append(&stored, &[asked], stored.schedule).await.unwrap();
        clock.advance(Duration::from_secs(3_600));

        let payments = Payments::with_clock(bank.gateway(), store, clock.clone());
        let (mut out, begun) = (Vec::new(), clock.now());
        let rule = || payments.close("order-17", "the portal shows nothing");
        let waiting = once_old_enough(&clock, rule, &mut out);
        let time = async {
            while clock.sleepers() == 0 {
                tokio::task::yield_now().await;
            }
            clock.advance(Duration::from_secs(120));
        };
        let (closed, ()) = tokio::join!(waiting, time);
        assert_eq!(closed.unwrap().unwrap().payment().status(), PaymentStatus::Abandoned);
        assert_eq!(clock.now().since(begun), Duration::from_secs(120));
        assert!(String::from_utf8(out).unwrap().ends_with("waiting for 120 seconds\n"));
    }
}
