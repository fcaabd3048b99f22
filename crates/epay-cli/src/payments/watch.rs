//! `epay payments watch` prints each new event of the log as it is written.

use std::{collections::BTreeMap, io::Write, path::PathBuf, pin::pin, time::Duration, vec};

use epay::{InvoiceId, Payment, PaymentStatus, PaymentStore, TokioClock};
use epay_domain::{Clock, Event, Stored, Version};
use epay_store::AttemptVersion;
use serde_json::json;

use super::{Log, export, pages::Damaged, when};
use crate::{Failure, answer, exit::Ended, foreign, progress, shutdown, timeline::Entry};

/// How often the log is read at most.
const PAUSE: Duration = Duration::from_secs(1);

/// How many versions are read at once.
const AT_ONCE: usize = 10_000;

/// Print each new event of the log, and the attempt's state after it, until Ctrl-C or SIGTERM.
///
/// With an invoice number the existing events are printed first, and the command ends once nothing is
/// pending and nothing is disputed. Without one it reads the versions of all attempts again and again,
/// and spends at most a tenth of its time on that: in a log of millions an event is printed some
/// seconds later. New events that can't be read are named on standard error.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The log.
    file: PathBuf,
    /// Only this attempt.
    #[arg(value_parser = InvoiceId::new)]
    invoice: Option<InvoiceId>,
    /// Print one line of JSON for each event, and one for the attempt's state after it; sums are in
    /// minor units, times in Unix milliseconds.
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(args: &Args, out: &mut impl Write) -> Result<Ended, Failure> {
    let log = Log::open(&args.file).await?;
    let mut shutdown = pin!(shutdown::signal()?);
    let mut seen = Seen { json: args.json, ..Seen::default() };
    if args.invoice.is_none() {
        seen.begin(&log).await?;
        // From here on nothing is missed.
        let count = seen.printed.len();
        if args.json {
            writeln!(out, "{}", json!({ "watching": count }))?;
        } else {
            writeln!(out, "watching {count} attempts; Ctrl-C or SIGTERM ends it")?;
        }
        out.flush()?;
    }
    loop {
        let began = TokioClock.now();
        match &args.invoice {
            Some(invoice) => {
                let stored = log.attempt(invoice).await?;
                let history = log.store.history(invoice).await;
                if let Some(history) = seen.damaged.pass(&log, invoice, history) {
                    seen.one(&stored, &history, out)?;
                }
                if is_settled(&stored.payment) {
                    return Ok(Ended::Done);
                }
            }
            None => seen.all(&log, out).await?,
        }
        out.flush()?;
        let pause = PAUSE.max(TokioClock.now().since(began) * 9);
        tokio::select! {
            () = TokioClock.sleep(pause) => {}
            () = &mut shutdown => return Ok(Ended::Done.in_part_if(seen.damaged.count() > 0)),
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
    json: bool,
    /// Of each attempt its version and how many events it had.
    printed: BTreeMap<InvoiceId, (Version, usize)>,
    damaged: Damaged,
}

impl Seen {
    /// Remembers how far each attempt has come.
    async fn begin(&mut self, log: &Log) -> Result<(), Failure> {
        let progress = progress::counter();
        let mut versions = Versions::of(log);
        while let Some(AttemptVersion { invoice, version, events }) = versions.next().await? {
            self.printed.insert(invoice, (version, events));
            progress.inc(1);
        }
        progress.finish_and_clear();
        Ok(())
    }

    /// Prints what is new, of whichever attempt.
    async fn all(&mut self, log: &Log, out: &mut impl Write) -> Result<(), Failure> {
        let mut versions = Versions::of(log);
        while let Some(AttemptVersion { invoice, version, .. }) = versions.next().await? {
            let printed = self.printed.get(&invoice).map(|(version, _)| *version);
            if printed == Some(version) {
                continue;
            }
            let stored = log.store.load(&invoice).await;
            let history = log.store.history(&invoice).await;
            let read = stored.and_then(|stored| Ok((stored, history?)));
            if let Some((Some(stored), history)) = self.damaged.pass(log, &invoice, read) {
                self.one(&stored, &history, out)?;
            }
        }
        Ok(())
    }

    /// Prints the events that were not there before, and how the attempt stands.
    fn one(
        &mut self,
        stored: &Stored,
        history: &[Event],
        out: &mut impl Write,
    ) -> Result<(), Failure> {
        let invoice = stored.payment.invoice();
        let (version, count) = self.printed.get(invoice).copied().unzip();
        if version == Some(stored.version) {
            return Ok(());
        }
        self.printed.insert(invoice.clone(), (stored.version, history.len()));
        let count = count.unwrap_or(0);
        let news = history.get(count..).unwrap_or_default();
        if news.is_empty() {
            return Ok(());
        }
        let numbered = (count + 1..).zip(news);
        if self.json { objects(stored, numbered, out) } else { lines(stored, numbered, out) }
    }
}

/// How far each attempt has come, some at a time.
struct Versions<'a> {
    log: &'a Log,
    page: vec::IntoIter<AttemptVersion>,
    after: Option<InvoiceId>,
}

impl Versions<'_> {
    fn of(log: &Log) -> Versions<'_> {
        Versions { log, page: Vec::new().into_iter(), after: None }
    }

    async fn next(&mut self) -> Result<Option<AttemptVersion>, Failure> {
        if self.page.len() == 0 {
            let page = self.log.store.versions(self.after.as_ref(), AT_ONCE).await;
            let page = page.map_err(|error| self.log.failure(error))?;
            self.after = page.last().map(|last| last.invoice.clone()).or(self.after.take());
            self.page = page.into_iter();
        }
        Ok(self.page.next())
    }
}

fn lines<'a>(
    stored: &Stored,
    news: impl Iterator<Item = (usize, &'a Event)>,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let (invoice, order) = (stored.payment.invoice(), foreign::cell(stored.order.as_str()));
    for (_, event) in news {
        let Entry { at, who, text } = Entry::of(event, stored.payment.ordered());
        let (at, who) = (when::utc(at), who.label());
        writeln!(out, "{at}  {invoice}  {order}  {who:<15}  {text}")?;
    }
    let stands = answer::line(answer::of(&stored.payment));
    writeln!(out, "{:<20}  {invoice}  {order}  {:<15}  {stands}", "", "it stands as")?;
    Ok(())
}

fn objects<'a>(
    stored: &Stored,
    news: impl Iterator<Item = (usize, &'a Event)>,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let (invoice, order) = (stored.payment.invoice().as_str(), stored.order.as_str());
    for (number, event) in news {
        let Entry { at, who, text } = Entry::of(event, stored.payment.ordered());
        let event = json!({
            "invoice": invoice,
            "order": order,
            "number": number,
            "at": at.unix_millis(),
            "who": who.label(),
            "text": text,
        });
        writeln!(out, "{}", foreign::json(&event)?)?;
    }
    let stands = json!({
        "invoice": invoice,
        "order": order,
        "attempt": export::attempt(stored),
    });
    writeln!(out, "{}", foreign::json(&stands)?)?;
    Ok(())
}
