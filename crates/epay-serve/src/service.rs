//! The service put together: shops, routes, the reconcilers beside them, and an end that loses nothing.

use crate::api::{self, Access, Problem, ProblemKind};
use crate::api_key::{self, KeyHash};
use crate::config::{Config, ConfigError, Finding};
use crate::console::{self, Console};
use crate::shop::ShopRef;
use crate::{bank_key, checkout, ops, request_id, server};
use axum::{Router, middleware};
use ipnet::IpNet;
use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::task::TaskTracker;

/// How often it is looked what is due.
const PAUSE: Duration = Duration::from_secs(1);
/// How long requests, checks and asks that are under way may take when it is told to stop.
const DRAIN: Duration = Duration::from_secs(30);

/// What every handler has.
#[derive(Clone)]
pub(crate) struct App(Arc<Served>);

struct Served {
    shops: HashMap<String, ShopRef>,
    keys: HashMap<KeyHash, Access>,
    console: Console,
    trusted_proxies: Vec<IpNet>,
    stopping: AtomicBool,
    /// What Apple's portal gave for this host.
    association: Option<Vec<u8>>,
}

impl App {
    pub(crate) fn access(&self, key: &KeyHash) -> Option<Access> {
        self.0.keys.get(key).cloned()
    }

    pub(crate) fn shop(&self, name: &str) -> Option<&ShopRef> {
        self.0.shops.get(name)
    }

    pub(crate) fn shops(&self) -> impl Iterator<Item = &ShopRef> {
        self.0.shops.values()
    }

    pub(crate) fn console(&self) -> &Console {
        &self.0.console
    }

    pub(crate) fn trusted_proxies(&self) -> &[IpNet] {
        &self.0.trusted_proxies
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.0.stopping.load(Ordering::Relaxed)
    }
}

/// A service that is open: its logs are, and its address is taken.
pub struct Service {
    app: App,
    listener: TcpListener,
    address: SocketAddr,
}

impl Service {
    /// Opens the logs and the address of `config`. Refuses what
    /// [`check`](Config::check) calls wrong.
    pub async fn open(config: &Config) -> Result<Service, OpenError> {
        if let Some(wrong) = config.check().into_iter().find(|it| matches!(it, Finding::Wrong(_))) {
            return Err(OpenError(wrong.to_string().into()));
        }
        let environment = config.environment()?;
        let (mut shops, mut keys) = (HashMap::new(), HashMap::new());
        for of_file in &config.file.shops {
            let shop = ShopRef::open(config, of_file, environment.clone()).await?;
            for key in &of_file.api_keys {
                let wrong = || of_file.wrong("api_key.sha256", "not 64 hexadecimal digits");
                let hash = api_key::read_hash(&key.sha256).ok_or_else(wrong)?;
                let scopes = key.scopes.clone().into();
                keys.insert(hash, Access { shop: shop.clone(), scopes });
            }
            shops.insert(of_file.name.clone(), shop);
        }
        let listener = TcpListener::bind(config.listen()).await.map_err(OpenError::of)?;
        let address = listener.local_addr().map_err(OpenError::of)?;
        let (trusted_proxies, association) =
            (config.trusted_proxies()?, config.apple_domain_association()?);
        let (console, stopping) = (Console::of(config, &shops), AtomicBool::new(false));
        let served = Served { shops, keys, console, trusted_proxies, stopping, association };
        let app = App(Arc::new(served));
        Ok(Service { app, listener, address })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves, checks and delivers until `stop` is ready. Then it takes no new requests, ends those that
    /// are under way, and writes down what was asked: at most 30 seconds for each of the two. What takes
    /// longer is in the log as asked, and the next start finds out.
    pub async fn run(self, stop: impl Future<Output = ()> + Send + 'static) {
        let Service { app, listener, .. } = self;
        let (stopped, stopping) = watch::channel(false);
        let (closed, closing) = watch::channel(false);
        let mut reconcilers = JoinSet::new();
        for shop in app.shops() {
            let (shop, closing) = (shop.clone(), closing.clone());
            reconcilers.spawn(async move {
                let reconcile = || {
                    let (payments, closing) = (shop.payments.clone(), told(closing.clone()));
                    async move { payments.keep_reconciling(PAUSE, closing).await }
                };
                again_after_a_panic(&shop.name, reconcile).await;
                shop.payments.drain().await;
            });
        }
        for shop in app.shops().filter(|shop| shop.seals()) {
            reconcilers.spawn(until(closing.clone(), bank_key::keep(shop.clone())));
        }
        if app.console().is_used() {
            reconcilers.spawn(until(closing, console::keep_looking(app.clone())));
        }
        let told_to_stop = app.clone();
        tokio::spawn(async move {
            stop.await;
            told_to_stop.0.stopping.store(true, Ordering::Relaxed);
            stopped.send_replace(true);
        });
        let tasks = TaskTracker::new();
        let serving = server::serve(listener, routes(app), tasks.clone(), told(stopping.clone()));
        let too_long = async {
            told(stopping).await;
            wait(DRAIN).await;
        };
        tokio::select! {
            () = async {
                serving.await;
                tasks.close();
                // Whose client has gone is awaited too.
                tasks.wait().await;
            } => {}
            () = too_long => tracing::warn!("some requests were still under way at the end"),
        }
        closed.send_replace(true);
        let drained = async { while reconcilers.join_next().await.is_some() {} };
        if tokio::time::timeout(DRAIN, drained).await.is_err() {
            tracing::warn!("some asks were still under way at the end: the next start finds out");
        }
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").field("address", &self.address).finish_non_exhaustive()
    }
}

/// Runs `work` to its end, and begins it again where it panics: what is wrong with one payment must not stop the checks
/// and webhooks of the others.
async fn again_after_a_panic<F>(shop: &str, work: impl Fn() -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    while let Err(error) = tokio::spawn(work()).await {
        tracing::error!(shop, %error, "the reconciler panicked, and begins again");
        wait(PAUSE).await;
    }
}

/// Ready once it is said, or nobody is left to say it.
async fn told(mut said: watch::Receiver<bool>) {
    let _ = said.wait_for(|said| *said).await;
}

async fn until(said: watch::Receiver<bool>, work: impl Future<Output = ()>) {
    tokio::select! {
        () = work => {}
        () = told(said) => {}
    }
}

pub(crate) async fn wait(time: Duration) {
    #[expect(clippy::disallowed_methods, reason = "decides nothing about a payment")]
    tokio::time::sleep(time).await;
}

fn routes(app: App) -> Router {
    let association = app.0.association.clone();
    let mut routes = Router::new()
        .merge(api::routes())
        .merge(checkout::routes())
        .merge(ops::routes())
        .merge(if app.console().is_used() { console::routes() } else { Router::new() })
        .fallback(async || Problem::new(ProblemKind::NotFound, "there is no such path"))
        .method_not_allowed_fallback(async || {
            Problem::new(ProblemKind::MethodNotAllowed, "this path has other methods")
        })
        .with_state(app.clone());
    if let Some(file) = association {
        routes = routes.merge(epay_axum::domain_association(file));
    }
    for shop in app.shops() {
        let mut of_shop =
            Router::new().nest("/callback", epay_axum::callbacks()).with_state(shop.clone());
        if let Some(apple_pay) = &shop.apple_pay {
            of_shop = of_shop.merge(checkout::merchant_session(shop, apple_pay));
        }
        routes = routes.nest(&format!("/shops/{}", shop.name), of_shop);
    }
    routes
        .layer(middleware::from_fn(server::whole_body))
        .layer(middleware::from_fn_with_state(app, request_id::name))
}

/// Why the service could not be opened.
#[derive(Debug)]
pub struct OpenError(pub(crate) Box<dyn Error + Send + Sync>);

impl OpenError {
    pub(crate) fn of(error: impl Error + Send + Sync + 'static) -> OpenError {
        OpenError(Box::new(error))
    }
}

impl From<ConfigError> for OpenError {
    fn from(error: ConfigError) -> OpenError {
        OpenError(Box::new(error))
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the service can't be opened")
    }
}

impl Error for OpenError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU32;

    #[tokio::test(start_paused = true)]
    async fn a_reconciler_that_panics_begins_again() {
        let begun = Arc::new(AtomicU32::new(0));
        let work = || {
            let begun = Arc::clone(&begun);
            async move { assert!(begun.fetch_add(1, Ordering::Relaxed) >= 2, "a poisoned payment") }
        };
        again_after_a_panic("books", work).await;
        assert_eq!(begun.load(Ordering::Relaxed), 3);
    }
}
