//! Payments over HTTP clients of your own: one that blocks its thread, and one that you wrap in a closure.

use std::error::Error;
use std::sync::Arc;

use epay::{
    Card, CardNumber, Credentials, Cvc, Environment, Expiry, HttpGateway, MemoryStore, Money,
    Outcome, Payments, Secret, TerminalId, TokioClock, Transport,
};
use epay_fakebank::{
    SANDBOX_CLIENT, SANDBOX_SECRET, SANDBOX_TERMINAL, Settings, cards, server::FakeBankServer,
};

pub(crate) mod blocking;
mod by_hand;
pub(crate) mod closure;

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    pay(blocking::BlockingTransport).await?;
    pay(closure::over(closure::client()?)).await
}

/// The transport is the only line of this that is yours.
async fn pay(transport: impl Transport + 'static) -> Result<(), Box<dyn Error>> {
    let bank = FakeBankServer::start(Settings::default(), ([127, 0, 0, 1], 0).into()).await?;
    let environment = Environment::fake_bank(&bank.oauth_url(), &bank.api_url())?;
    let terminal = TerminalId::new(SANDBOX_TERMINAL)?;
    let credentials = Credentials::new(SANDBOX_CLIENT, Secret::new(SANDBOX_SECRET), terminal);
    let gateway = HttpGateway::new(transport, Arc::new(TokioClock), environment, credentials);
    let shop = Payments::new(gateway, MemoryStore::default());

    let card =
        Card::new(CardNumber::new(cards::VISA_OK)?, Expiry::parse_mmyy("01/27")?, Cvc::new("321")?)
            .with_holder("ARMAN ALI");
    let outcome = shop.pay("order-17", Money::tenge(5_000), card).await?;
    if matches!(outcome, Outcome::Paid(_)) {
        Ok(())
    } else {
        Err("the fake bank took no money".into())
    }
}
