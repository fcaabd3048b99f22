//! A small shop on `epay`: the bank, the log, who is told, and how it starts and stops.

mod callback;
mod pages;
mod warehouse;

use std::{env, error::Error, fs, path::PathBuf, time::Duration};

use axum::{Router, routing};
use epay::{
    Credentials, Environment, InvoiceId, InvoiceNumbers, Payments, Secret, SqliteStore, TagKey,
    TerminalId,
};
use tokio::{net::TcpListener, signal, sync::oneshot};

pub(crate) type AnyError = Box<dyn Error + Send + Sync>;

#[derive(Clone)]
pub(crate) struct Shop {
    pub(crate) payments: Payments,
    pub(crate) tags: TagKey,
    pub(crate) url: String,
}

/// `url` is where the payer and the bank reach the shop; its files go into `folder`.
pub(crate) fn open(
    bank: Environment,
    (client, secret): (&str, &str),
    url: &str,
    folder: PathBuf,
) -> Result<Shop, AnyError> {
    fs::create_dir_all(&folder)?;
    let terminal = TerminalId::new("67e34d63-102f-4bd1-898e-370781d0074d")?;
    let credentials = Credentials::new(client, Secret::new(secret), terminal);
    let tags = TagKey::derived(&Secret::new(secret));
    let bank = epay::connect(bank, credentials)?.with_tags(tags.clone());
    let numbers = InvoiceNumbers::starting_at(InvoiceId::new("100000001")?);
    let log = SqliteStore::open_or_create(folder.join("payments.db"), &numbers)?;
    let warehouse = warehouse::Warehouse { folder };
    let payments = Payments::new(bank, log).with_notification_handler(warehouse);
    Ok(Shop { payments, tags, url: url.to_owned() })
}

pub(crate) async fn serve(
    shop: Shop,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), AnyError> {
    let payments = shop.payments.clone();
    let (serving, closed) = oneshot::channel::<()>();
    let reconciler = tokio::spawn(async move {
        let closed = async { closed.await.unwrap_or_default() };
        payments.keep_reconciling(Duration::from_secs(1), closed).await;
        payments.drain().await; // what was asked is written down
    });
    let routes = Router::new()
        .route("/orders/{order}", routing::get(pages::order).post(pages::pay))
        .route("/3ds", routing::post(pages::payer_is_back))
        .route("/callback", routing::post(callback::callback))
        .with_state(shop);
    axum::serve(listener, routes).with_graceful_shutdown(stop).await?;
    drop(serving); // nobody is served any more, so the reconciler may end
    Ok(reconciler.await?)
}

#[tokio::main]
async fn main() -> Result<(), AnyError> {
    let bank = Environment::fake_bank("http://127.0.0.1:8800/oauth", "http://127.0.0.1:8800/api")?;
    let set = |name| env::var(name).map_err(|_| format!("{name} is not set"));
    let (client, secret) = (set("EPAY_CLIENT_ID")?, set("EPAY_CLIENT_SECRET")?);
    let shop = open(bank, (&client, &secret), "http://127.0.0.1:8801", "shop-files".into())?;
    let stop = async { signal::ctrl_c().await.unwrap_or_default() };
    serve(shop, TcpListener::bind("127.0.0.1:8801").await?, stop).await
}
