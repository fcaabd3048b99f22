//! A sealed method is gone with the ask it was for: where no answer came, there is nothing left to ask again with.

use epay_domain::{Gateway, GatewayError, Observation, Payment, PaymentRequest, SealedMethod};

async fn right(
    bank: &dyn Gateway,
    payment: &Payment,
    method: SealedMethod,
    request: &PaymentRequest,
) -> Result<Observation, GatewayError> {
    bank.authorize(payment, method, request).await
}

async fn wrong(
    bank: &dyn Gateway,
    payment: &Payment,
    method: SealedMethod,
    request: &PaymentRequest,
) -> Result<Observation, GatewayError> {
    match bank.authorize(payment, method, request).await {
        Ok(answer) => Ok(answer),
        Err(_silence) => bank.authorize(payment, method, request).await,
    }
}

fn main() {}
