//! Runs work to its end although the client has gone: axum drops a handler when its connection
//! closes.

use tracing::Instrument;

/// Runs `work` to its end, whether anybody still waits for it or not. For each handler that asks for
/// money: a payer who closes the page in the middle leaves no half of it undone.
///
/// ```
/// # use epay::{Method, Money, Outcome, PayError, Payments};
/// async fn pay(shop: Payments, card: Method) -> Result<Outcome, PayError> {
///     epay_axum::to_the_end(async move { shop.pay("order-17", Money::tenge(5_000), card).await }).await
/// }
/// ```
///
/// Its log lines are in the span of the caller.
///
/// # Panics
///
/// Where `work` does, and outside of tokio.
pub async fn to_the_end<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    match tokio::spawn(work.in_current_span()).await {
        Ok(done) => done,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        // The runtime is shutting down, and drops this future next.
        Err(_) => std::future::pending().await,
    }
}
