//! `epay payments resolve` writes a person's word into the log. It never touches the bank.

use std::{io::Write, path::PathBuf};

use epay::{
    CardNumber, InvoiceId, PayErrorKind, StepId, TokioClock,
    domain::{Flag, Refusal},
};

use super::Log;
use super::case::Case;
use crate::Failure;

/// Say that a person has looked: ends the flags of an attempt, or the wait for one of its steps.
///
/// The bank is asked nothing and no money moves. The words are kept in the log for ever as `NAME: TEXT`, so put no
/// personal data of the payer in them.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The log.
    file: PathBuf,
    /// The attempt.
    #[arg(value_parser = InvoiceId::new)]
    invoice: InvoiceId,
    /// Who has looked.
    #[arg(long, value_name = "NAME")]
    who: String,
    /// What was found, and what was done about it.
    #[arg(long, value_name = "TEXT")]
    why: String,
    /// End the wait for this capture, void or refund, because the bank says that it did not happen. If it did after all,
    /// the bank's next word counts it.
    #[arg(long, value_parser = StepId::new)]
    step: Option<StepId>,
}

pub(crate) async fn run(args: &Args, out: &mut impl Write) -> Result<bool, Failure> {
    let note = note(&args.who, &args.why)?;
    let log = Log::open(&args.file)?;
    let before = log.attempt(&args.invoice).await?.payment;
    let file = args.file.clone();
    let operator = epay::Operator::new(log.store, TokioClock);
    let ruled = match &args.step {
        Some(step) => operator.give_up(&args.invoice, step.as_str(), &note).await,
        None => operator.acknowledge(&args.invoice, &note).await,
    };
    let ruled = ruled.map_err(|error| match error.kind() {
        PayErrorKind::Refused(Refusal::NothingToEnd) => nothing(args).into(),
        _ => super::explain::explained(&file, &error),
    })?;
    let what = match &args.step {
        Some(step) => format!("the wait for step {step} is given up"),
        None => format!(
            "acknowledged: {}",
            before.flags().iter().map(Flag::name).collect::<Vec<_>>().join(" ")
        ),
    };
    let payment = ruled.payment();
    writeln!(out, "invoice {}, {what}", args.invoice)?;
    writeln!(out, "it stands as {}; payer charged: {}", payment.status(), Case::charged(payment))?;
    Ok(false)
}

fn nothing(args: &Args) -> String {
    let invoice = &args.invoice;
    match &args.step {
        Some(step) => {
            format!("nothing to resolve: invoice {invoice} does not wait for a step {step}")
        }
        None => {
            format!(
                "nothing to resolve: no flag is up on invoice {invoice} (a step that waits is named by --step)"
            )
        }
    }
}

/// `who: why`, both said, short enough for the log, and without a card number.
fn note(who: &str, why: &str) -> Result<String, Failure> {
    let (who, why) = (who.trim(), why.trim());
    if who.is_empty() || why.is_empty() {
        return Err("--who and --why say something: they stay in the log".into());
    }
    let note = format!("{who}: {why}");
    if has_card_number(&note) {
        return Err("there is a card number in --who or --why: it must not get into the log".into());
    }
    if note.len() > 500 {
        return Err("--who and --why are at most 498 bytes together".into());
    }
    Ok(note)
}

/// A card's number by its length and check digit, in one piece or in the groups that are printed on cards. Of other
/// numbers that are as long, one in ten passes for one.
fn has_card_number(text: &str) -> bool {
    let words: Vec<&str> = text.split(|c: char| !c.is_ascii_digit()).collect();
    let is_card =
        |digits: &str| (13..=19).contains(&digits.len()) && CardNumber::new(digits).is_ok();
    let in_groups = |from: usize| {
        let groups = words.iter().skip(from).take_while(|word| (1..=6).contains(&word.len()));
        let fours = groups.clone().take_while(|word| word.len() == 4).count();
        // Four and four and four and the rest; or four, six and five.
        let most = if fours == 1 { 3 } else { fours + 1 };
        (3..=most).any(|count| is_card(&groups.clone().take(count).copied().collect::<String>()))
    };
    words.iter().any(|word| is_card(word))
        || (0..words.len())
            .any(|from| words.get(from).is_some_and(|word| word.len() == 4) && in_groups(from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_says_who_and_why() {
        assert_eq!(
            note(" Aida ", " agreed with the payer ").unwrap(),
            "Aida: agreed with the payer"
        );
        for (who, why) in [("", "why"), ("who", "  "), ("who", &"x".repeat(496))] {
            assert!(note(who, why).is_err(), "{who}: {why}");
        }
        assert!(note("who", &"x".repeat(495)).is_ok());
    }

    #[test]
    fn a_card_number_does_not_get_into_the_log() {
        for why in [
            "card 4405639704015096",
            "4405 6397 0401 5096",
            "4405-6397-0401-5096 it was",
            "inv 100000001 4405639704015096",
            "inv 100000001 4405 6397 0401 5096 of 2026",
            "3782 822463 10005",
            "4405.6397.0401.5096",
        ] {
            assert!(note("Aida", why).is_err(), "{why}");
        }
        for why in [
            "invoice 100000001, refunded 50.00",
            "on 2026-11-24 at 12:00",
            "ticket 1234567",
            "inv 100000003 2000 20261124 2026-11-24 2026-11-25",
        ] {
            assert!(note("Aida", why).is_ok(), "{why}");
        }
    }
}
