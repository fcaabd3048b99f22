//! The signed state that confirms a payment is read from a challenge, and only a payment that awaits its payer has one.

use epay::{Attempt, Outcome, PayError, PayerChallenge, Payments, ThreeDsAnswer};

async fn right(shop: &Payments, asked: &PayerChallenge, answer: ThreeDsAnswer) -> Result<Outcome, PayError> {
    shop.confirm(&asked.state(), answer).await
}

async fn wrong(shop: &Payments, held: &Attempt, answer: ThreeDsAnswer) -> Result<Outcome, PayError> {
    shop.confirm(&held.state(), answer).await
}

fn main() {}
