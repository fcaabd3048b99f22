//! Apple Pay on the shop's own page: a merchant session for the sheet, and the file that proves the domain.

use axum::Router;
use axum::extract::{FromRef, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use epay::Transport;
use epay::apple_pay::session::{MerchantSession, SessionRequest};
use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// The payer looks at a waiting sheet.
const DEADLINE: Duration = Duration::from_secs(10);
/// How many sessions are asked for at once.
const AT_ONCE: usize = 16;

/// Requests merchant sessions from Apple. Cheap to clone; clones share everything.
#[derive(Clone, Debug)]
pub struct MerchantSessions {
    request: SessionRequest,
    transport: Arc<dyn Transport>,
    places: Arc<Semaphore>,
}

impl MerchantSessions {
    /// `request` says for which shop. `transport` shows the merchant identity certificate in its TLS, as
    /// `epay_hyper::HyperTransport::with_tls` does; it follows no redirect.
    ///
    /// ```
    /// # use epay::{Transport, apple_pay::session::SessionRequest};
    /// # fn example(transport: impl Transport + 'static) -> Result<(), Box<dyn std::error::Error>> {
    /// let shop = SessionRequest::web("merchant.kz.example.shop", "Shop", "shop.example.kz")?;
    /// let sessions = epay_axum::MerchantSessions::new(shop, transport);
    /// # Ok(()) }
    /// ```
    pub fn new(request: SessionRequest, transport: impl Transport + 'static) -> MerchantSessions {
        let places = Arc::new(Semaphore::new(AT_ONCE));
        MerchantSessions { request, transport: Arc::new(transport), places }
    }

    async fn session(&self) -> Result<MerchantSession, NoSession> {
        let _place = self.places.try_acquire().map_err(|_| NoSession::Busy)?;
        let asked = self.transport.send(self.request.request().map(Bytes::from));
        let answer = tokio::time::timeout(DEADLINE, asked).await.map_err(|_| NoSession::Slow)?;
        let answer = answer.map_err(|error| NoSession::Failed(error.into()))?;
        MerchantSession::read(answer).map_err(|error| NoSession::Failed(error.into()))
    }
}

/// `POST /` answers with a merchant session, for `completeMerchantValidation` on your page.
///
/// Nothing of the request is used: the browser's `validationURL` leads where it likes, and Apple's
/// address is known. So the page may post an empty body. Without a session the answer is 502 (503 while
/// 16 are asked for already), and `tracing` says why.
///
/// ```
/// # use axum::Router;
/// # fn example(sessions: epay_axum::MerchantSessions) -> Router {
/// Router::new().nest("/apple-pay/session", epay_axum::merchant_session()).with_state(sessions)
/// # }
/// ```
pub fn merchant_session<S>() -> Router<S>
where
    S: Clone + Send + Sync + 'static,
    MerchantSessions: FromRef<S>,
{
    Router::new().route("/", post(answer))
}

async fn answer(State(sessions): State<MerchantSessions>) -> Response {
    match sessions.session().await {
        Ok(session) => {
            let json = [
                (header::CONTENT_TYPE, "application/json"),
                (header::CACHE_CONTROL, "no-store"), // good for one payment
            ];
            (json, session.into_bytes()).into_response()
        }
        Err(error) => {
            let source = error.source().map(ToString::to_string);
            tracing::warn!(error = %error, source, "no merchant session for Apple Pay");
            error.into_response()
        }
    }
}

/// `GET /.well-known/apple-developer-merchantid-domain-association` answers with `file`, which Apple's
/// portal gave you for the domain. Merge it at the root: Apple asks there and nowhere else.
///
/// ```
/// # use axum::Router;
/// # fn example(file: Vec<u8>) -> Router {
/// Router::new().merge(epay_axum::domain_association(file))
/// # }
/// ```
pub fn domain_association<S>(file: impl Into<Vec<u8>>) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    let file = Bytes::from(file.into());
    let serve = move || async move { ([(header::CONTENT_TYPE, "text/plain")], file) };
    Router::new().route("/.well-known/apple-developer-merchantid-domain-association", get(serve))
}

#[derive(Debug)]
enum NoSession {
    Busy,
    Slow,
    Failed(Box<dyn Error + Send + Sync>),
}

impl fmt::Display for NoSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NoSession::Busy => "too many are asked for at once",
            NoSession::Slow => "apple did not answer in ten seconds",
            NoSession::Failed(_) => "apple gave none",
        })
    }
}

impl Error for NoSession {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            NoSession::Failed(error) => Some(&**error),
            NoSession::Busy | NoSession::Slow => None,
        }
    }
}

impl IntoResponse for NoSession {
    fn into_response(self) -> Response {
        match self {
            NoSession::Busy => StatusCode::SERVICE_UNAVAILABLE.into_response(),
            NoSession::Slow | NoSession::Failed(_) => StatusCode::BAD_GATEWAY.into_response(),
        }
    }
}
