//! A story, line by line: when, who, what; each event of the log becomes one sentence.

use epay_domain::{
    CloseReason, Command, Event, EventKind, Fact, Money, Observation, PayerStep, Question, Refunds,
    Source, Timestamp, VoidReason,
};

/// One line of a story.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// The party who did it, or whose word it is.
    pub who: Who,
    /// What it was. A person's note and the bank's words are in it as they are, so escape it as you show it.
    pub text: String,
}

/// The party who did it, or whose word it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Who {
    /// We, before a call leaves.
    WeAsked,
    /// We, of the result of a call, or of its silence.
    WeHeard,
    /// We, or a person, stopped waiting.
    WeClosed,
    /// A person looked into contradictions.
    WeAcknowledged,
    /// A person said which operation is ours.
    WeChose,
    /// A person allowed a new payment of the order.
    WeReopened,
    /// We, of a notification that the shop has accepted.
    WeNotified,
    /// The bank, in its reply to an ask.
    TheBankSaid,
    /// The bank, asked for the status.
    TheStatusSaid,
}

impl Who {
    /// In two words.
    pub const fn label(self) -> &'static str {
        match self {
            Who::WeAsked => "we asked",
            Who::WeHeard => "we heard",
            Who::WeClosed => "we closed",
            Who::WeAcknowledged => "we acknowledged",
            Who::WeChose => "we chose",
            Who::WeReopened => "we reopened",
            Who::WeNotified => "we notified",
            Who::TheBankSaid => "the bank said",
            Who::TheStatusSaid => "its status said",
        }
    }
}

impl Entry {
    /// The sentence for an event of a payment over `ordered`.
    pub fn of(event: &Event, ordered: Money) -> Entry {
        let (who, text) = match &event.kind {
            EventKind::Asked(command) => (Who::WeAsked, asked(command, ordered)),
            EventKind::NotSent { question, .. } => {
                (Who::WeHeard, format!("that {} never left", of_question(question.as_ref())))
            }
            EventKind::Unanswered(question) => (
                Who::WeHeard,
                format!("nothing: the answer to {} was lost", of_question(question.as_ref())),
            ),
            EventKind::Observed(seen) => (speaker(seen.source), observed(seen)),
            EventKind::Closed(reason) => (Who::WeClosed, closed(reason)),
            EventKind::GivenUp(step, note) => {
                (Who::WeClosed, format!("the wait for step {step}: {}", note.as_str()))
            }
            EventKind::Acknowledged(seen, note) => {
                let names: Vec<&str> = seen.iter().map(|it| it.name()).collect();
                (Who::WeAcknowledged, format!("{}: {}", names.join(", "), note.as_str()))
            }
            EventKind::Chosen { transaction, among, note } => (
                Who::WeChose,
                format!("operation {transaction} of {}: {}", among.len(), note.as_str()),
            ),
            EventKind::Reopened(note) => {
                (Who::WeReopened, format!("the order for a new payment: {}", note.as_str()))
            }
            EventKind::Notified { kind, through } => {
                (Who::WeNotified, format!("the shop: {kind} (event {through})"))
            }
        };
        Entry { at: event.at, who, text }
    }
}

fn asked(command: &Command, ordered: Money) -> String {
    match command {
        Command::Authorize if ordered.is_zero() => "to verify the card".to_owned(),
        Command::Authorize => format!("for {ordered}"),
        Command::HandOver { until } => {
            format!("the payer to pay {ordered} at the bank's pay form, until {until}")
        }
        Command::Confirm => "to confirm, with the payer's 3-D Secure answer".to_owned(),
        Command::Capture(step, sum) => format!("to capture {sum} of the hold (step {step})"),
        Command::Void(step) => format!("to release the hold (step {step})"),
        Command::Refund(step, sum) => format!("to give back {sum} (step {step})"),
        Command::RefundStated(step, sum, note) => {
            format!("to give back {sum}, as a person stated (step {step}): {}", note.as_str())
        }
        // These are decided by us alone, and logged as what they became.
        Command::Close(_)
        | Command::GiveUp(..)
        | Command::Acknowledge(..)
        | Command::ChooseTransaction(..)
        | Command::Reopen(_) => "nobody".to_owned(),
    }
}

fn of_question(question: Option<&Question>) -> String {
    match question {
        Some(Question::Authorize) => "the payment".to_owned(),
        Some(Question::HandOver) => "the payment at the bank's pay form".to_owned(),
        Some(Question::Confirm) => "the confirmation".to_owned(),
        Some(Question::Step(step)) => format!("step {step}"),
        None => "a question already settled".to_owned(),
    }
}

fn speaker(source: Source) -> Who {
    match source {
        Source::Reply => Who::TheBankSaid,
        Source::Status => Who::TheStatusSaid,
    }
}

fn observed(seen: &Observation) -> String {
    match &seen.fact {
        Fact::Approved => "yes, but not whether the money is held or taken".to_owned(),
        Fact::ThreeDsRequired(_) => "the payer has to pass 3-D Secure first".to_owned(),
        Fact::InProgress => "in progress".to_owned(),
        Fact::AwaitingPayer(PayerStep::Fingerprint) => {
            "it waits for the payer's device to be recognised".to_owned()
        }
        Fact::AwaitingPayer(PayerStep::Challenge) => {
            "it waits for the payer to pass 3-D Secure".to_owned()
        }
        Fact::NumberTaken => {
            "it had an operation under this number, or its last six digits, before".to_owned()
        }
        Fact::NotFound => "it knows no such invoice (yet)".to_owned(),
        Fact::Other(name) => format!("an unknown status: {}", name.as_str()),
        Fact::Declined(decline) if decline.is_final() => format!("declined: {decline}"),
        Fact::Declined(decline) => format!("declined, but not for good: {decline}"),
        Fact::Verified => "the card is verified".to_owned(),
        Fact::Authorized => match seen.amount {
            Some(amount) => format!("held {}", amount.card),
            None => "held".to_owned(),
        },
        Fact::Voided(VoidReason::Requested) => "the hold is released".to_owned(),
        Fact::Voided(VoidReason::Lapsed) => "the hold has lapsed".to_owned(),
        Fact::Captured { captured, refunded } => {
            let taken =
                captured.map_or("taken, sum not told".to_owned(), |sum| format!("taken {sum}"));
            match refunded {
                Refunds::NotTold => taken,
                Refunds::SumNotTold => format!("{taken}, some of it given back"),
                Refunds::Total(total) => format!("{taken}, given back {total}"),
            }
        }
        Fact::StepAccepted(step) => format!("done (step {step})"),
        Fact::StepRefused(step, decline) => format!("refused: {decline} (step {step})"),
    }
}

pub(super) fn closed(reason: &CloseReason) -> String {
    match reason {
        CloseReason::NeverAsked => "the attempt: the bank was never asked".to_owned(),
        CloseReason::NeverConfirmed => {
            "the attempt: never confirmed, and now never will be".to_owned()
        }
        CloseReason::Abandoned { .. } => {
            "the attempt: the bank has not known it for too long".to_owned()
        }
        CloseReason::ByPerson(note) => format!("the attempt: {}", note.as_str()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use epay_domain::{
        BankAmount, BankText, Challenge, Contradiction, Decline, Moved, Note, NotificationKind,
        PayerCharged, StepId, TransactionId,
    };

    const AT: Timestamp = Timestamp::from_unix_millis(1_790_000_000_000);

    #[track_caller]
    fn reads(kind: EventKind, who: &str, text: &str) {
        let entry = Entry::of(&Event { at: AT, kind }, Money::tenge(5_000));
        assert_eq!((entry.at, entry.who.label(), entry.text.as_str()), (AT, who, text));
    }

    fn note(text: &str) -> Note {
        Note::new(text).unwrap()
    }

    fn step() -> StepId {
        StepId::new("refund-1").unwrap()
    }

    #[test]
    fn each_ask_is_a_sentence() {
        let sum = Money::tenge(10);
        for (command, text) in [
            (Command::Authorize, "for 5000.00 KZT"),
            (
                Command::HandOver { until: AT },
                "the payer to pay 5000.00 KZT at the bank's pay form, until 2026-09-21 14:13:20Z",
            ),
            (Command::Confirm, "to confirm, with the payer's 3-D Secure answer"),
            (Command::Capture(step(), sum), "to capture 10.00 KZT of the hold (step refund-1)"),
            (Command::Void(step()), "to release the hold (step refund-1)"),
            (Command::Refund(step(), sum), "to give back 10.00 KZT (step refund-1)"),
            (
                Command::RefundStated(step(), sum, note("the portal shows 10")),
                "to give back 10.00 KZT, as a person stated (step refund-1): the portal shows 10",
            ),
        ] {
            reads(EventKind::Asked(command), "we asked", text);
        }
    }

    #[test]
    fn a_silence_is_no_answer_of_the_bank() {
        reads(
            EventKind::Unanswered(Some(Question::Authorize)),
            "we heard",
            "nothing: the answer to the payment was lost",
        );
        reads(
            EventKind::NotSent { question: Some(Question::Step(step())), ask: 1 },
            "we heard",
            "that step refund-1 never left",
        );
        reads(
            EventKind::NotSent { question: None, ask: 0 },
            "we heard",
            "that a question already settled never left",
        );
    }

    #[test]
    fn a_reply_and_a_status_are_told_apart() {
        let taken = Fact::Captured { captured: Some(Money::tenge(50)), refunded: Refunds::NotTold };
        reads(
            EventKind::Observed(Observation::reply(taken.clone())),
            "the bank said",
            "taken 50.00 KZT",
        );
        reads(
            EventKind::Observed(Observation::status(taken)),
            "its status said",
            "taken 50.00 KZT",
        );
    }

    #[test]
    fn each_fact_is_a_sentence() {
        let captured = Some(Money::tenge(50));
        let funds = Decline::from_code(484);
        for (fact, text) in [
            (Fact::Approved, "yes, but not whether the money is held or taken"),
            (Fact::InProgress, "in progress"),
            (
                Fact::AwaitingPayer(PayerStep::Fingerprint),
                "it waits for the payer's device to be recognised",
            ),
            (
                Fact::AwaitingPayer(PayerStep::Challenge),
                "it waits for the payer to pass 3-D Secure",
            ),
            (
                Fact::NumberTaken,
                "it had an operation under this number, or its last six digits, before",
            ),
            (Fact::NotFound, "it knows no such invoice (yet)"),
            (Fact::Other(BankText::new("A\n\u{1b}[1m")), "an unknown status: A??[1m"),
            (Fact::Declined(funds), "declined: 484 insufficient funds"),
            (
                Fact::Declined(Decline::as_hint(484)),
                "declined, but not for good: 484 insufficient funds",
            ),
            (Fact::Verified, "the card is verified"),
            (Fact::Authorized, "held"),
            (Fact::Voided(VoidReason::Requested), "the hold is released"),
            (Fact::Voided(VoidReason::Lapsed), "the hold has lapsed"),
            (Fact::Captured { captured: None, refunded: Refunds::NotTold }, "taken, sum not told"),
            (
                Fact::Captured { captured, refunded: Refunds::SumNotTold },
                "taken 50.00 KZT, some of it given back",
            ),
            (
                Fact::Captured { captured, refunded: Refunds::Total(Money::tenge(20)) },
                "taken 50.00 KZT, given back 20.00 KZT",
            ),
            (Fact::StepAccepted(step()), "done (step refund-1)"),
            (Fact::StepRefused(step(), funds), "refused: 484 insufficient funds (step refund-1)"),
        ] {
            reads(EventKind::Observed(Observation::reply(fact)), "the bank said", text);
        }
        let mut held = Observation::reply(Fact::Authorized);
        held.amount = Some(BankAmount::card_only(Money::tenge(7)));
        reads(EventKind::Observed(held), "the bank said", "held 7.00 KZT");
    }

    #[test]
    fn no_part_of_a_challenge_is_told() {
        let challenge =
            Challenge { action: "https://acs".into(), pa_req: "PAREQ".into(), md: "MD".into() };
        let seen = Observation::reply(Fact::ThreeDsRequired(challenge));
        reads(EventKind::Observed(seen), "the bank said", "the payer has to pass 3-D Secure first");
    }

    #[test]
    fn what_we_decided_says_why() {
        let looked = || note("looked into");
        let moved = Moved { charged: PayerCharged::Held, sum: None };
        let late = || Contradiction::LateSuccess { transaction: None, moved };
        let ids = ["one", "two"].map(|id| TransactionId::new(id).unwrap());
        for (kind, who, text) in [
            (
                EventKind::Closed(CloseReason::NeverConfirmed),
                "we closed",
                "the attempt: never confirmed, and now never will be",
            ),
            (
                EventKind::Closed(CloseReason::NeverAsked),
                "we closed",
                "the attempt: the bank was never asked",
            ),
            (
                EventKind::Closed(CloseReason::ByPerson(looked())),
                "we closed",
                "the attempt: looked into",
            ),
            (
                EventKind::GivenUp(step(), looked()),
                "we closed",
                "the wait for step refund-1: looked into",
            ),
            (
                EventKind::Acknowledged(
                    vec![late(), Contradiction::NumberTaken { moved }],
                    note("Al's \"ok\""),
                ),
                "we acknowledged",
                "late_success, number_taken: Al's \"ok\"",
            ),
            (
                EventKind::Chosen {
                    transaction: ids[0].clone(),
                    among: ids.to_vec(),
                    note: looked(),
                },
                "we chose",
                "operation one of 2: looked into",
            ),
            (
                EventKind::Reopened(looked()),
                "we reopened",
                "the order for a new payment: looked into",
            ),
            (
                EventKind::Notified { kind: NotificationKind::Captured, through: 7 },
                "we notified",
                "the shop: captured (event 7)",
            ),
        ] {
            reads(kind, who, text);
        }
    }
}
