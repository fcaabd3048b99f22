//! `epay payments watch` prints each new event of the log as it comes.

use std::{collections::BTreeMap, io::Write, path::PathBuf, pin::pin, time::Duration};

use epay::{InvoiceId, Payment, PaymentStatus, PaymentStore, TokioClock};
use epay_domain::{Clock, Stored, Version};

use super::{
    Log,
    pages::{Damaged, Pages},
    when,
};
use crate::{Failure, answer, foreign, shutdown, timeline::Entry};

/// How often the log is read at most.
const PAUSE: Duration = Duration::from_secs(1);

/// Print each new event of the log as it comes, and how the attempt then stands, until Ctrl-C or
/// SIGTERM.
///
/// With an invoice number it prints what is there of it first, and ends by itself once nothing
/// waits and nothing is disputed. Without one it reads through the whole log again and again, and
/// spends at most a tenth of its time on that: in a large log what is new comes later. What can't
/// be read is named on standard error, and the exit code is 1 in the end.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The log.
    file: PathBuf,
    /// Only this attempt.
    #[arg(value_parser = InvoiceId::new)]
    invoice: Option<InvoiceId>,
}

pub(crate) async fn run(args: &Args, out: &mut impl Write) -> Result<bool, Failure> {
    let log = Log::open(&args.file)?;
    let mut shutdown = pin!(shutdown::signal()?);
    let mut seen = Seen::default();
    if args.invoice.is_none() {
        seen.all(&log, None::<&mut Vec<u8>>).await?;
        // From here on nothing is missed.
        writeln!(out, "watching {} attempts; Ctrl-C or SIGTERM ends it", seen.printed.len())?;
        out.flush()?;
    }
    loop {
        let began = TokioClock.now();
        match &args.invoice {
            Some(invoice) => {
                let stored = log.attempt(invoice).await?;
                seen.one(&log, &stored, Some(&mut *out)).await?;
                if is_settled(&stored.payment) {
                    return Ok(false);
                }
            }
            None => seen.all(&log, Some(&mut *out)).await?,
        }
        out.flush()?;
        let pause = PAUSE.max(TokioClock.now().since(began) * 9);
        tokio::select! {
            () = TokioClock.sleep(pause) => {}
            () = &mut shutdown => return Ok(seen.damaged.count() > 0),
        }
    }
}

fn is_settled(payment: &Payment) -> bool {
    !matches!(
        answer::of(payment).status,
        PaymentStatus::New
            | PaymentStatus::AwaitingPayer
            | PaymentStatus::Unknown
            | PaymentStatus::Disputed
    )
}

#[derive(Default)]
struct Seen {
    /// Of each attempt its version and how many events it had.
    printed: BTreeMap<InvoiceId, (Version, usize)>,
    damaged: Damaged,
}

impl Seen {
    async fn all(&mut self, log: &Log, mut out: Option<&mut impl Write>) -> Result<(), Failure> {
        let mut pages = Pages::of(log);
        while let Some(page) = pages.next(&mut self.damaged).await? {
            for stored in &page {
                self.one(log, stored, out.as_deref_mut()).await?;
            }
        }
        Ok(())
    }

    /// Prints the events that were not there before, and how the attempt stands.
    async fn one(
        &mut self,
        log: &Log,
        stored: &Stored,
        out: Option<&mut impl Write>,
    ) -> Result<(), Failure> {
        let (invoice, order) = (stored.payment.invoice(), foreign::cell(stored.order.as_str()));
        let (version, count) = self.printed.get(invoice).copied().unzip();
        if version == Some(stored.version) {
            return Ok(());
        }
        let history = log.store.history(invoice).await;
        let Some(history) = self.damaged.pass(log, invoice, history) else { return Ok(()) };
        self.printed.insert(invoice.clone(), (stored.version, history.len()));
        let (Some(out), count) = (out, count.unwrap_or(0)) else { return Ok(()) };
        for event in history.iter().skip(count) {
            let Entry { at, who, text } = Entry::of(event, stored.payment.ordered());
            let (at, who) = (when::utc(at), who.label());
            writeln!(out, "{at}  {invoice}  {order}  {who:<15}  {text}")?;
        }
        if history.len() > count {
            let stands = answer::line(answer::of(&stored.payment));
            writeln!(out, "{:<20}  {invoice}  {order}  {:<15}  {stands}", "", "it stands as")?;
        }
        Ok(())
    }
}
