//! The route for the bank's callbacks: read within bounds, answered at once, and trusted only as
//! far as they prove themselves.

use crate::body::{self, BodyRejection};
use axum::Router;
use axum::extract::{FromRef, FromRequest, Request, State};
use axum::http::StatusCode;
use axum::routing::post;
use epay::{Hint, Payments, PostLink, TagKey};
use std::sync::Arc;
use tokio::sync::Semaphore;
use tracing::Instrument;

/// How many callbacks are being noted at once. One more is told to come again.
const AT_ONCE: usize = 64;

/// `POST /` takes the bank's callbacks. Name its address as the post links of a payment
/// ([`PaymentRequest::with_post_links`](epay::PaymentRequest::with_post_links)).
///
/// | answer | when |
/// |---|---|
/// | 200 | it was read. This comes before the log is asked, so its time tells nobody which invoices there are |
/// | 400, 408, 413 | it is no callback, too slow (10 s), or too large (64 KiB) |
/// | 503 | 64 others are being noted: it may come again |
///
/// Then [`Payments::hint`] is called, which makes a check due and moves nothing. Where the log fails the
/// hint is lost, and said by `tracing`: the reconciler comes to the payment without it.
///
/// ```
/// # use axum::{Router, extract::FromRef};
/// # use epay::{Payments, TagKey};
/// # #[derive(Clone, FromRef)] struct Shop { payments: Payments, tags: TagKey }
/// # fn example(shop: Shop) -> Router {
/// Router::new().nest("/bank/callback", epay_axum::callbacks()).with_state(shop)
/// # }
/// ```
pub fn callbacks<S>() -> Router<S>
where
    S: Clone + Send + Sync + 'static,
    Payments: FromRef<S>,
    TagKey: FromRef<S>,
{
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let take_in = move |State(payments): State<Payments>, callback: Callback| {
        let place = Arc::clone(&places).try_acquire_owned();
        async move {
            let Ok(place) = place else { return StatusCode::SERVICE_UNAVAILABLE };
            let noted = async move {
                // An error is in the log already, by `tracing`, and nobody waits for it here.
                let _ = payments.hint(callback.hint()).await;
                drop(place);
            };
            tokio::spawn(noted.in_current_span());
            StatusCode::OK
        }
    };
    Router::new().route("/", post(take_in))
}

/// A callback whose sender was verified as far as a callback can be: whether it knew the payment's
/// `secret_hash`. For a handler of one's own in place of [`callbacks`].
///
/// The state gives `Payments` and the `TagKey` that the gateway has
/// ([`HttpGateway::with_tags`](epay::HttpGateway::with_tags)).
///
/// ```
/// # use axum::{extract::State, http::StatusCode};
/// # use epay::Payments;
/// use epay_axum::Callback;
///
/// async fn callback(State(payments): State<Payments>, callback: Callback) -> StatusCode {
///     match payments.hint(callback.hint()).await {
///         Ok(_) => StatusCode::OK,
///         Err(_) => StatusCode::INTERNAL_SERVER_ERROR, // not noted: it may come again
///     }
/// }
/// ```
#[derive(Debug)]
pub struct Callback {
    post_link: PostLink,
    hint: Hint,
}

impl Callback {
    /// The hint to pass to [`Payments::hint`].
    pub fn hint(&self) -> &Hint {
        &self.hint
    }

    /// The callback's claim, for a log. Nothing of it is proven.
    pub fn post_link(&self) -> &PostLink {
        &self.post_link
    }
}

impl<S> FromRequest<S> for Callback
where
    S: Send + Sync,
    Payments: FromRef<S>,
    TagKey: FromRef<S>,
{
    type Rejection = BodyRejection;

    async fn from_request(request: Request, state: &S) -> Result<Callback, BodyRejection> {
        let body = body::read(request).await?;
        let malformed = |_| BodyRejection::MALFORMED;
        let post_link = PostLink::read(&body).map_err(malformed)?;
        let hint = post_link.check(&TagKey::from_ref(state), Payments::from_ref(state).terminal());
        Ok(Callback { post_link, hint })
    }
}
