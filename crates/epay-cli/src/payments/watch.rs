//! `epay payments watch` prints each new event of the log as it comes.

use std::{collections::BTreeMap, io::Write, path::PathBuf, pin::pin, time::Duration};

use epay::{
    InvoiceId, PaymentStatus, PaymentStore, TokioClock,
    domain::{Clock, Payment, Stored, Version},
};

use super::{Log, pages::Pages, when};
use crate::{Failure, shutdown, timeline::Entry};

/// How often the log is read at most.
const PAUSE: Duration = Duration::from_secs(1);

/// Print each new event of the log as it comes, until Ctrl-C or SIGTERM.
///
/// With an invoice number it prints what is there of it first, and ends by itself once nothing waits and nothing is
/// flagged. Without one it reads through the whole log again and again, and spends at most a tenth of its time on that: in
/// a large log what is new comes later.
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
        writeln!(out, "watching {} attempts; Ctrl-C or SIGTERM ends it", seen.0.len())?;
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
            () = &mut shutdown => return Ok(false),
        }
    }
}

fn is_settled(payment: &Payment) -> bool {
    !matches!(
        payment.status(),
        PaymentStatus::New
            | PaymentStatus::AwaitingPayer
            | PaymentStatus::Unknown
            | PaymentStatus::Disputed
    )
}

/// What was printed: of each attempt its version and how many events it had.
#[derive(Default)]
struct Seen(BTreeMap<InvoiceId, (Version, usize)>);

impl Seen {
    async fn all(&mut self, log: &Log, mut out: Option<&mut impl Write>) -> Result<(), Failure> {
        let mut pages = Pages::of(log);
        loop {
            let page = pages.next().await?;
            if page.is_empty() {
                return Ok(());
            }
            for stored in &page {
                self.one(log, stored, out.as_deref_mut()).await?;
            }
        }
    }

    /// Prints the events that were not there before.
    async fn one(
        &mut self,
        log: &Log,
        stored: &Stored,
        out: Option<&mut impl Write>,
    ) -> Result<(), Failure> {
        let invoice = stored.payment.invoice();
        let (version, count) = self.0.get(invoice).copied().unzip();
        if version == Some(stored.version) {
            return Ok(());
        }
        let history = log.store.history(invoice).await.map_err(|error| log.failure(error))?;
        self.0.insert(invoice.clone(), (stored.version, history.len()));
        let Some(out) = out else { return Ok(()) };
        for event in history.iter().skip(count.unwrap_or(0)) {
            let Entry { at, who, text } = Entry::of(event, stored.payment.ordered());
            writeln!(
                out,
                "{}  {invoice}  {}  {:<15}  {text}",
                when::utc(at),
                stored.order,
                who.label()
            )?;
        }
        Ok(())
    }
}
