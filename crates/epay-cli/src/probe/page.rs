//! The texts for a person: before the probe, after it, and in the transcript.

use std::{fmt::Write, path::Path};

use epay::InvoiceId;

use super::{
    answers::{Answers, Verdict},
    recorder::Recorder,
    till::Stop,
};
use crate::{payments::bank::Who, payments::explain::named};

pub(super) fn head(host: &str, who: &Who) -> String {
    format!(
        "Asking the bank's {host} what its pages leave open, on terminal {}.\nEach question asks \
         for money once at most, by a published test card, and gives it back.\n",
        who.terminal
    )
}

pub(super) fn tail(
    answers: &Answers,
    out: &Path,
    unshown: &[InvoiceId],
    stop: Option<&Stop>,
) -> String {
    let mut page = String::new();
    let (mut asked, mut refuted) = (0, Vec::new());
    for (question, answer, verdict) in answers.iter() {
        let said = answer.map_or("not asked", |answer| &answer.said);
        asked += usize::from(answer.is_some());
        let mark = if verdict == Verdict::Refuted { "!" } else { " " };
        _ = writeln!(page, "{mark} {:<62} {said}", question.text);
        if let (Verdict::Refuted, Some((switch, believed)), Some(answer)) =
            (verdict, question.switch, answer)
        {
            let believed = believed.to_json();
            refuted.push(format!(
                "  {switch} = {}, not {believed}\n      {}\n",
                answer.said, answer.evidence
            ));
        }
    }
    let all = answers.iter().count();
    _ = writeln!(page, "\n{asked} of {all} questions were answered.");
    if refuted.is_empty() {
        page += "Nothing that was believed is refuted.\n";
    } else {
        page += "These switches of the fake bank are to be turned:\n";
        refuted.iter().for_each(|line| page += line);
    }
    let (json, txt) = (with(out, "json"), with(out, "txt"));
    _ = writeln!(
        page,
        "\nThe answers are in {json}, the transcript in {txt}.\nTo have a fake bank that does the \
         same: epay fakebank --observed {json}"
    );
    for invoice in unshown {
        _ = writeln!(
            page,
            "\nNo status has shown a payment under invoice {invoice}, and the bank has not said for \
             certain that there is none: look for it in its cabinet tomorrow."
        );
    }
    if let Some(stop) = stop {
        page += &stopped(stop);
    }
    page
}

/// Why it ended early, and what a person does now.
fn stopped(stop: &Stop) -> String {
    match stop {
        Stop::Nothing(why) => {
            format!("\nENDED EARLY, with no money out there: {why}\n")
        }
        Stop::Loose { invoice, sum, why } => format!(
            "\nENDED EARLY: {why}\nInvoice {invoice} may be held or taken, {sum}. Look for it in \
             the bank's cabinet; void it if it is held, refund it if it is taken.\nDo not ask again \
             with the same --first-invoice.\n"
        ),
    }
}

/// Every exchange, in a line and what was known in its answer.
pub(super) fn transcript(recorder: &Recorder, stop: Option<&Stop>) -> String {
    let mut page = "What was asked and answered. Texts that nobody needs are told by their length \
                    alone.\n"
        .to_owned();
    for exchange in recorder.exchanges() {
        let status = exchange.status.map_or("LOST".to_owned(), |status| status.to_string());
        _ = writeln!(
            page,
            "\n{} {}\n  {status}, {}",
            exchange.method, exchange.path, exchange.kind
        );
        for (name, value) in &exchange.seen {
            _ = writeln!(page, "    {name}: {value}");
        }
    }
    page + &stop.map(stopped).unwrap_or_default()
}

fn with(out: &Path, extension: &str) -> String {
    format!("{}.{extension}", named(out))
}
