//! Whoever asks what became of a payment or of a step has to say what happens when nobody knows.

use epay::{Outcome, StepOutcome};

fn right(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Paid(_) | Outcome::Held(_) => "thank you",
        Outcome::AskPayer(_) => "your bank asks",
        Outcome::Declined(..) | Outcome::NotExecuted(_) | Outcome::Voided(_) => "nothing was taken",
        Outcome::Unknown(_) => "wait, and do not pay again",
        _ => "see how it stands",
    }
}

fn wrong(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Paid(_) | Outcome::Held(_) => "thank you",
        Outcome::AskPayer(_) => "your bank asks",
        Outcome::Declined(..) | Outcome::NotExecuted(_) | Outcome::Voided(_) => "nothing was taken",
    }
}

fn right_of_a_step(outcome: &StepOutcome) -> &'static str {
    match outcome {
        StepOutcome::Done(_) => "your money is on its way",
        StepOutcome::Declined(..) | StepOutcome::NotExecuted(_) => "nothing was given back",
        StepOutcome::Unknown(_) => "we will see",
        _ => "see how it stands",
    }
}

fn wrong_of_a_step(outcome: &StepOutcome) -> &'static str {
    match outcome {
        StepOutcome::Done(_) => "your money is on its way",
        StepOutcome::Declined(..) | StepOutcome::NotExecuted(_) => "nothing was given back",
    }
}

fn main() {}
