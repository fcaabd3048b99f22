//! An event that is dropped moved nothing: the ask is not in the log, or what came back is lost.
#![deny(unused_must_use)]

use epay_domain::{Command, Delivery, Event, Observation, Payment, Refusal, Timestamp};

fn right(payment: Payment, answer: Result<Observation, Delivery>, at: Timestamp) -> Result<Payment, Refusal> {
    let asked = payment.decide(Command::Authorize, at)?;
    let payment = payment.apply(&asked);
    let heard = payment.record_reply(answer, at);
    Ok(payment.apply(&heard))
}

fn wrong(
    payment: Payment,
    asked: &Event,
    answer: Result<Observation, Delivery>,
    at: Timestamp,
) -> Result<Payment, Refusal> {
    payment.decide(Command::Authorize, at)?;
    payment.record_reply(answer, at);
    payment.clone().apply(asked);
    Ok(payment)
}

fn main() {}
