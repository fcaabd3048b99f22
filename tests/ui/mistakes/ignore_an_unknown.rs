//! Whoever asks what became of a payment or of a step has to say what happens when nobody knows.

use epay::{Outcome, StepOutcome};

fn right(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Paid(_) | Outcome::Held(_) | Outcome::Verified(_) => "thank you",
        Outcome::AskPayer(_) | Outcome::AtPayForm(_) => "your bank asks",
        Outcome::NotAsked(_) | Outcome::Declined(..) | Outcome::NotExecuted(_) => "not taken",
        Outcome::Abandoned(_) => "we have not seen it: pay again",
        Outcome::Voided(_) | Outcome::Refunded(_) => "given back",
        Outcome::Unknown(_) => "wait, and do not pay again",
    }
}

fn wrong(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Paid(_) | Outcome::Held(_) | Outcome::Verified(_) => "thank you",
        Outcome::AskPayer(_) | Outcome::AtPayForm(_) => "your bank asks",
        Outcome::NotAsked(_) | Outcome::Declined(..) | Outcome::NotExecuted(_) => "not taken",
        Outcome::Abandoned(_) => "we have not seen it: pay again",
        Outcome::Voided(_) | Outcome::Refunded(_) => "given back",
    }
}

fn right_of_a_step(outcome: &StepOutcome) -> &'static str {
    match outcome {
        StepOutcome::Done(_) => "your money is on its way",
        StepOutcome::Declined(..) | StepOutcome::NotSent(_) => "nothing was given back",
        StepOutcome::GivenUp(_) => "we have not seen it",
        StepOutcome::Superseded(_) => "the payment went another way",
        StepOutcome::Unknown(_) => "we will see",
    }
}

fn wrong_of_a_step(outcome: &StepOutcome) -> &'static str {
    match outcome {
        StepOutcome::Done(_) => "your money is on its way",
        StepOutcome::Declined(..) | StepOutcome::NotSent(_) => "nothing was given back",
        StepOutcome::GivenUp(_) => "we have not seen it",
        StepOutcome::Superseded(_) => "the payment went another way",
    }
}

fn main() {}
