//! `epay payments show` prints the whole history of one attempt, and the commands that it allows.

use std::{io::Write, path::PathBuf};

use epay::{InvoiceId, OrderId, PaymentStore, story::Conflict};
use epay_domain::{Event, Timestamp};
use serde_json::{Value, json};

use super::{Log, case::Case, ways_out::token, when};
use crate::{Failure, answer, exit::Ended, foreign, timeline::Entry};

/// Show one attempt: its questions, answers and decisions; its current state; and for each
/// contradiction both sides and the commands that resolve it.
#[derive(clap::Args)]
#[command(
    group = clap::ArgGroup::new("which").required(true),
    override_usage = "epay payments show [OPTIONS] <FILE> <INVOICE|--order <ORDER>>"
)]
pub(crate) struct Args {
    /// The log.
    file: PathBuf,
    /// The attempt.
    #[arg(group = "which", value_parser = InvoiceId::new)]
    invoice: Option<InvoiceId>,
    /// Show the order's present attempt; `list --order` has the older ones too.
    #[arg(long, group = "which", value_name = "ORDER", value_parser = OrderId::new)]
    order: Option<OrderId>,
    /// Print one JSON document; sums are in minor units, times in Unix milliseconds.
    #[arg(long)]
    json: bool,
    /// Compute ages at this Unix time in seconds, instead of now.
    #[arg(long, value_name = "SECONDS")]
    at: Option<u64>,
}

pub(crate) async fn run(args: &Args, out: &mut impl Write) -> Result<Ended, Failure> {
    let log = Log::open(&args.file).await?;
    let stored = match (&args.invoice, &args.order) {
        (Some(invoice), _) => log.attempt(invoice).await?,
        (None, Some(order)) => log.current(order).await?,
        // The group asks for one of them.
        (None, None) => return Err("which attempt is shown?".into()),
    };
    let history =
        log.store.history(stored.payment.invoice()).await.map_err(|error| log.failure(error))?;
    let present = log.current(&stored.order).await?;
    let present = (present.payment.invoice() != stored.payment.invoice()).then_some(&present);
    let name = log.name();
    let case = Case {
        stored: &stored,
        history: &history,
        now: when::now_or(args.at),
        present,
        log: &name,
    };
    if args.json {
        let document = serde_json::to_string_pretty(&document(&case))?;
        writeln!(out, "{}", foreign::json_text(&document))?;
    } else {
        out.write_all(text(&case).as_bytes())?;
    }
    Ok(Ended::Done)
}

fn text(case: &Case<'_>) -> String {
    let (stored, payment) = (case.stored, &case.stored.payment);
    let mut text = format!(
        "invoice {}, order {}: {} on terminal {}\n\n",
        payment.invoice(),
        foreign::cell(stored.order.as_str()),
        payment.ordered(),
        payment.terminal()
    );
    for event in case.history {
        let Entry { at, who, text: sentence } = Entry::of(event, payment.ordered());
        text.push_str(&format!("{}  {:<15}  {sentence}\n", when::utc(at), who.label()));
    }
    text.push('\n');
    let mut line = |name: &str, value: &str| {
        text.push_str(&format!("{}\n", format!("{name:<15}  {value}").trim_end()))
    };
    let told = |it: Option<String>| it.unwrap_or_else(|| "not told".to_owned());
    for (name, value) in answer::fields(answer::of(payment)) {
        line(name, &value);
    }
    line("known", &case.known());
    for (name, value) in case.details() {
        line(name, &told(value));
    }
    line("pending", case.pending().as_deref().unwrap_or("nothing"));
    for step in case.steps() {
        line("step", &step);
    }
    line("last check", &when::utc_or_dash(stored.schedule.last_check_at));
    line("next check", &when::utc_or_dash(stored.schedule.next_check_at));
    if let Some(present) = case.present() {
        line("order", &present);
    }
    if let Some(at) = stored.schedule.next_notify_at {
        line("shop", &format!("may have something to be notified of from {} on", when::utc(at)));
    }
    for conflict in case.conflicts() {
        line("", "");
        line("CONTRADICTION", &foreign::text(&conflict.contradiction.to_string()));
        conflict.ours.iter().for_each(|ours| line("  we", &foreign::text(ours)));
        conflict.banks.iter().for_each(|banks| line("  the bank", &foreign::text(banks)));
        line("  what to do", conflict.advice());
    }
    let ways_out = case.ways_out();
    if !ways_out.is_empty() {
        line("", "");
    }
    for (when, command) in ways_out {
        line("command", &format!("{command}   # {when}"));
    }
    text
}

fn document(case: &Case<'_>) -> Value {
    let (stored, payment) = (case.stored, &case.stored.payment);
    let millis = |at: Option<Timestamp>| at.map(Timestamp::unix_millis);
    let event = |event: &Event| {
        let Entry { at, who, text } = Entry::of(event, payment.ordered());
        json!({ "at": at.unix_millis(), "who": who.label(), "text": text })
    };
    let contradiction = |conflict: &Conflict| {
        json!({
            "kind": conflict.contradiction.name(),
            "says": conflict.contradiction.to_string(),
            "we": conflict.ours,
            "the_bank": conflict.banks,
            "what_to_do": conflict.advice(),
        })
    };
    let way = |(when, command)| json!({ "when": when, "command": command });
    let mut document = json!({
        "invoice": payment.invoice().as_str(),
        "order": stored.order.as_str(),
        "present_attempt": case.present.map(|present| present.payment.invoice().as_str()),
        "terminal": payment.terminal().as_str(),
        "amount": payment.ordered().minor(),
        "currency": payment.ordered().currency().code(),
        "timeline": case.history.iter().map(event).collect::<Vec<_>>(),
        "known": case.known(),
        "pending": case.pending(),
        "pending_since": millis(payment.pending().map(|pending| pending.since)),
        "steps": case.steps(),
        "last_check_at": millis(stored.schedule.last_check_at),
        "next_check_at": millis(stored.schedule.next_check_at),
        "contradictions": case.conflicts().iter().map(contradiction).collect::<Vec<_>>(),
        "shown": token(payment),
        "commands": case.ways_out().into_iter().map(way).collect::<Vec<_>>(),
    });
    answer::put(&mut document, answer::of(payment));
    answer::put_all(&mut document, case.details());
    document
}
