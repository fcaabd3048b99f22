//! What a shop is told, and what each of these words means for the payer: the last table of the page.

use super::shop::Reply;
use super::table;
use epay::{ActsNext, Contradiction, NextCall, Outcome, PayerCharged, StepOutcome};
use epay_domain::{Delivery, Fact, GatewayErrorKind};
use std::collections::BTreeMap;

/// How the shop's call ended.
#[derive(Debug)]
pub(super) enum Ended {
    Payment(Outcome),
    Step(StepOutcome),
}

impl From<Outcome> for Ended {
    fn from(outcome: Outcome) -> Ended {
        Ended::Payment(outcome)
    }
}

impl From<StepOutcome> for Ended {
    fn from(outcome: StepOutcome) -> Ended {
        Ended::Step(outcome)
    }
}

/// What the gateway heard, in a word or two.
fn word(heard: &Reply) -> String {
    match heard {
        Ok(seen) => match &seen.fact {
            Fact::Declined(decline) | Fact::StepRefused(_, decline) if decline.is_final() => {
                "a no".to_owned()
            }
            Fact::Declined(_) | Fact::StepRefused(..) => "a no that is not final".to_owned(),
            Fact::NumberTaken => "that the number is taken".to_owned(),
            other => panic!("a failed call told {other:?}"),
        },
        Err(error) => {
            let sent = match error.delivery() {
                Delivery::NotSent => "not sent",
                Delivery::MaybeSent => "maybe sent",
            };
            format!("{sent}, `{:?}`", error.kind())
        }
    }
}

/// The words used so far, and what the code says about each.
#[derive(Default)]
pub(super) struct Legend {
    outcomes: BTreeMap<String, Vec<String>>,
    kinds: BTreeMap<String, Vec<String>>,
}

impl Legend {
    /// The word for what was heard.
    pub(super) fn hear(&mut self, heard: &Reply) -> String {
        if let Err(error) = heard {
            let meaning = vec![error.kind().to_string(), who_acts(error.kind()).to_owned()];
            self.kinds.insert(format!("`{:?}`", error.kind()), meaning);
        }
        word(heard)
    }

    /// The outcome's word.
    pub(super) fn note(&mut self, ended: Ended) -> String {
        let (word, meaning) = match &ended {
            Ended::Payment(outcome) => {
                let meaning = vec![
                    told(outcome).to_owned(),
                    acts(outcome.acts_next()).to_owned(),
                    outcome.next_call().to_string(),
                ];
                (payment(outcome), Some(meaning))
            }
            Ended::Step(outcome) => (step(outcome), None),
        };
        if let Some(meaning) = meaning {
            let known = self.outcomes.entry(word.clone()).or_insert_with(|| meaning.clone());
            assert_eq!(*known, meaning, "{word} means two things");
        }
        word
    }

    pub(super) fn print(self) -> String {
        let rows = |words: BTreeMap<String, Vec<String>>| words.into_iter().collect::<Vec<_>>();
        let outcome =
            ["the payer is told", "who acts next", "what to call next"].map(str::to_owned);
        let kind = ["in full", "who acts"].map(str::to_owned);
        format!(
            "\n## What the words mean\n\nWhat the shop is told of a payment (`Outcome`):\n\n{}\nA step is `Done`, `Declined` \
             (nothing moved), `NotSent` (it never left: the same name may ask again),\n`GivenUp` (the bank never showed it: another name \
             may ask again), `Superseded` (the payment went another way) or `Unknown`\n(the same name gives the answer \
             later; never ask under another name).\n\nWhy there is no answer (`GatewayErrorKind`):\n\n{}",
            table("outcome", &outcome, &rows(self.outcomes)),
            table("kind", &kind, &rows(self.kinds))
        )
    }
}

fn who_acts(kind: GatewayErrorKind) -> &'static str {
    match kind {
        GatewayErrorKind::Connection
        | GatewayErrorKind::Deadline
        | GatewayErrorKind::Unavailable => "nobody: check again",
        GatewayErrorKind::Access => "the merchant",
        GatewayErrorKind::Answer | GatewayErrorKind::Request => "a developer",
        new => panic!("who acts when {new}?"),
    }
}

fn payment(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Paid(_) => "Paid",
        Outcome::Held(_) => "Held",
        Outcome::AskPayer(_) => "AskPayer",
        Outcome::Declined(..) => "Declined",
        Outcome::NotExecuted(_) => "NotExecuted",
        Outcome::Abandoned(_) => "Abandoned",
        Outcome::Voided(_) => "Voided",
        Outcome::Unknown(unknown) => {
            let names: Vec<_> = unknown.contradictions().iter().map(Contradiction::name).collect();
            return match names.join("`, `") {
                none if none.is_empty() => "Unknown".to_owned(),
                names => format!("Unknown, `{names}`"),
            };
        }
        other => panic!("no word for {other:?}"),
    }
    .to_owned()
}

fn step(outcome: &StepOutcome) -> String {
    match outcome {
        StepOutcome::Done(_) => "Done",
        StepOutcome::Declined(..) => "Declined",
        StepOutcome::NotSent(_) => "NotSent",
        StepOutcome::GivenUp(_) => "GivenUp",
        StepOutcome::Unknown(_) => "Unknown",
        other => panic!("no word for {other:?}"),
    }
    .to_owned()
}

fn told(outcome: &Outcome) -> &'static str {
    match outcome.payer_charged() {
        PayerCharged::NotKnownYet if outcome.next_call() == NextCall::Pay => {
            "the bank knows of no payment; you may pay again"
        }
        PayerCharged::No => "you were not charged",
        PayerCharged::Yes => "you have paid",
        PayerCharged::Held => "the sum is reserved on your card",
        PayerCharged::NotKnownYet => "we are asking the bank; please do not pay again",
    }
}

fn acts(next: ActsNext) -> &'static str {
    match next {
        ActsNext::Payer => "the payer",
        ActsNext::Shop => "the shop's program",
        ActsNext::Person => "a person at the merchant",
        ActsNext::Nobody => "nobody: time will tell",
    }
}
