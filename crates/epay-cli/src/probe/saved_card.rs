//! Whether the bank asks for 3-D Secure when a saved card is charged: only a card whose payer has
//! passed it before can answer that.

use epay::{CardId, Money, Payment, ThreeDsAnswer};
use epay_domain::Gateway;

use super::{
    answers::Answers,
    card::{SUM, evidence},
    till::{Paid, Stop, Till, loose},
};

const NAME: &str = "saved_card_three_ds";

pub(super) async fn ask(till: &mut Till, answers: &mut Answers, card: &CardId) -> Result<(), Stop> {
    let invoice = till.invoice()?;
    let paid = till.pay_by_saved(&invoice, Money::tenge(SUM), card).await?;
    let told = evidence(till.recorder().last("/cards/auth").as_ref());
    match paid {
        Paid::Yes(payment) => {
            answers.set(NAME, false, told);
            till.give_back(&payment).await
        }
        Paid::Challenge(payment) => {
            answers.set(NAME, true, told);
            fail(till, &payment).await
        }
        Paid::No(code) => {
            answers.say(NAME, format!("refused with code {code}"), told);
            Ok(())
        }
        Paid::Neither(status) => {
            answers.say(NAME, format!("HTTP {status}, and nothing is booked"), told);
            Ok(())
        }
    }
}

/// Ends a challenge by a PaRes that no issuer gave.
async fn fail(till: &Till, payment: &Payment) -> Result<(), Stop> {
    let Some(challenge) = payment.challenge() else { return Ok(()) };
    let answer = ThreeDsAnswer::new("eJzprobe".to_owned().into(), challenge.md.clone().into());
    // Whatever comes of it, a status tells.
    let _ = till.gateway().confirm(payment, answer).await;
    match till.find(payment).await?.told("statusName") {
        Some("AUTH" | "CHARGE") => Err(loose(payment, &"a wrong PaRes was taken")),
        _ => Ok(()),
    }
}
