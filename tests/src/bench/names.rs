//! Outcomes by one word each, for tables.

use epay::{Outcome, StepOutcome};

/// The outcome's name.
pub fn name(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Paid(_) => "paid",
        Outcome::Held(_) => "held",
        Outcome::AskPayer(_) => "ask payer",
        Outcome::AtPayForm(_) => "at pay form",
        Outcome::Declined(..) => "declined",
        Outcome::NotAsked(_) => "not asked",
        Outcome::NotExecuted(_) => "not executed",
        Outcome::Abandoned(_) => "abandoned",
        Outcome::Voided(_) => "voided",
        Outcome::Refunded(_) => "refunded",
        Outcome::Verified(_) => "verified",
        Outcome::Unknown(_) => "unknown",
    }
}

/// The step outcome's name.
pub fn step_name(outcome: &StepOutcome) -> &'static str {
    match outcome {
        StepOutcome::Done(_) => "done",
        StepOutcome::Declined(..) => "declined",
        StepOutcome::NotSent(_) => "not sent",
        StepOutcome::GivenUp(_) => "given up",
        StepOutcome::Superseded(_) => "superseded",
        StepOutcome::Unknown(_) => "unknown",
    }
}
