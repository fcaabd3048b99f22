//! An order put and paid through `epay serve`, beside the facade alone: a store of the same kind, the same fake bank.
//!
//! Shop, payer, service and bank are in this process and talk over loopback, so the requests of the two that call the
//! service (the order, the page, the card) count as its own. Either side opens the order, seals the card and pays.

use std::sync::Arc;

use epay::{InvoiceId, Outcome, Payments, TokioClock};
use epay_crypto::Secret;
use epay_domain::TerminalId;
use epay_fakebank::{Endpoint, SANDBOX_CLIENT, SANDBOX_SECRET, SANDBOX_TERMINAL, cards};
use epay_http::{Credentials, Environment, HttpGateway};
use epay_hyper::HyperTransport;
use epay_store::{InvoiceNumbers, SqliteStore};
use tokio::runtime::Builder;

use crate::{
    backend, measure, row,
    shop::{self, SUM, card},
    store::timed,
    world::World,
};

/// It takes 0.8 of the payments that the facade alone does.
const MOST: u64 = 1_250;
/// How often one order is looked at.
const LOOKS: usize = 2_000;

pub(crate) fn rows() {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let world = runtime.block_on(World::without_webhooks(""));
    let (terminal, facade) = facade(&world);
    let (mut served, mut alone) = (0_u64.., 0_u64..);
    let pair = measure::pair(
        1,
        || runtime.block_on(through(&world, served.next().unwrap())),
        || runtime.block_on(paid(&terminal, &facade, alone.next().unwrap())),
    );
    let asked = served.start + alone.start;
    assert_eq!(u64::try_from(world.asked(Endpoint::Cryptopay)).unwrap(), asked, "each is paid");
    let what = backend::named("an order put and paid through `epay serve`");
    row::beside(&what, "the facade with such a store and this bank", &pair, Some(MOST));

    let look = || runtime.block_on(world.call(&world.books, "GET", "/v1/orders/order-0", ""));
    assert_eq!(look().json().get("status").unwrap(), "paid");
    let mut took: Vec<u64> = (0..LOOKS).map(|_| timed(1, || drop(look())).each()).collect();
    took.sort_unstable();
    for percent in [50, 99] {
        let what = format!("`GET /v1/orders/{{order}}`, p{percent}, by the clock");
        row::alone(&backend::named(&what), *took.get(LOOKS * percent / 100).unwrap(), None);
    }
}

/// What a shop and its payer's browser send, up to the redirect.
async fn through(world: &World, number: u64) {
    let link = world.order(&world.books, &format!("order-{number}")).await;
    let page = world.page(&link).await;
    let (status, ..) = world.post(&link, world.sealed(&page, cards::VISA_OK)).await;
    assert_eq!(status, 303);
}

/// A shop that has the library in its own process.
fn facade(world: &World) -> (TerminalId, Payments) {
    let environment =
        Environment::fake_bank(&world.bank.oauth_url(), &world.bank.api_url()).unwrap();
    let terminal = TerminalId::new(SANDBOX_TERMINAL).unwrap();
    let credentials =
        Credentials::new(SANDBOX_CLIENT, Secret::new(SANDBOX_SECRET), terminal.clone());
    let transport = HyperTransport::new().unwrap();
    let gateway = HttpGateway::new(transport, Arc::new(TokioClock), environment, credentials);
    // The last six digits are not the service's either: the bank knows an invoice by them, too.
    let numbers = InvoiceNumbers::starting_at(InvoiceId::new("300500001").unwrap());
    let store = SqliteStore::create(world.folder.path().join("facade.db"), &numbers).unwrap();
    (terminal, Payments::new(gateway, store))
}

async fn paid(terminal: &TerminalId, facade: &Payments, number: u64) {
    let order = format!("order-{number}");
    let _new = facade.register(&order, SUM).await.unwrap();
    let key = facade.bank_key().await.unwrap();
    let sealed = key.seal_card(card(cards::VISA_OK), terminal).unwrap();
    let outcome = facade.pay_with(&order, SUM, sealed, &shop::order()).await.unwrap();
    assert!(matches!(outcome, Outcome::Paid(..)), "{outcome:?}");
}
