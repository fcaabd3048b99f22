//! The route for the payer's return from 3-D Secure: the answer is sent to the bank although the
//! client may go, and the shop shows a page.

use crate::body::{self, BodyRejection};
use crate::to_the_end;
use axum::RequestExt;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{FromRef, FromRequest, Query, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use epay::{Outcome, PayError, Payments, read_three_ds_return};
use serde::Deserialize;
use std::error::Error;
use std::fmt;

/// `POST /?state=…` takes the payer's answer, which their browser brings from their bank. Name its
/// address in [`PayerChallenge::form`](epay::PayerChallenge::form), which adds the state.
///
/// The answer is handed in by [`Payments::confirm`] and `show` makes the response, both to their end
/// although the browser may have gone. Best a redirect: then a reload asks nothing again.
///
/// A body above 64 KiB, or slower than 10 s, is 413 or 408, and `show` is not called.
///
/// ```
/// # use axum::{Router, response::Redirect};
/// # use epay::Payments;
/// # fn example(payments: Payments) -> Router {
/// let back = epay_axum::three_ds_return(|_: Payments, outcome| async move {
///     match outcome {
///         Ok(outcome) => Redirect::to(&format!("/orders/{}", outcome.attempt().order())),
///         Err(_) => Redirect::to("/orders"), // not this payment's return: show how it stands
///     }
/// });
/// Router::new().nest("/3ds", back).with_state(payments)
/// # }
/// ```
pub fn three_ds_return<S, F, Fut>(show: F) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
    Payments: FromRef<S>,
    F: Fn(S, Result<Outcome, ReturnError>) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output: IntoResponse> + Send + 'static,
{
    let back = move |State(state): State<S>, back: ThreeDsReturn| {
        let show = show.clone();
        to_the_end(async move {
            let outcome = back.confirm(&Payments::from_ref(&state)).await;
            show(state, outcome).await.into_response()
        })
    };
    Router::new().route("/", post(back))
}

/// What a payer's browser brings back from 3-D Secure, for a handler of one's own in place of [`three_ds_return`].
/// Where it can't be read there is a response: 400, 408 or 413, as for the router.
///
/// ```
/// # use axum::{extract::{Path, State}, response::Redirect};
/// # use epay::Payments;
/// use epay_axum::ThreeDsReturn;
///
/// async fn back(
///     State(payments): State<Payments>,
///     Path(basket): Path<String>,
///     back: ThreeDsReturn,
/// ) -> Redirect {
///     let handed_in = async move { back.confirm(&payments).await };
///     let _outcome = epay_axum::to_the_end(handed_in).await; // the page shows how it stands
///     Redirect::to(&format!("/baskets/{basket}"))
/// }
/// ```
pub struct ThreeDsReturn {
    state: String,
    body: Bytes,
}

impl ThreeDsReturn {
    /// Hands the answer in, by [`Payments::confirm`].
    pub async fn confirm(self, payments: &Payments) -> Result<Outcome, ReturnError> {
        let answer = read_three_ds_return(&self.body).map_err(|_| ReturnError::Malformed)?;
        payments.confirm(&self.state, answer).await.map_err(ReturnError::Refused)
    }
}

impl<S: Send + Sync> FromRequest<S> for ThreeDsReturn {
    type Rejection = BodyRejection;

    async fn from_request(mut request: Request, state: &S) -> Result<ThreeDsReturn, BodyRejection> {
        let link = request.extract_parts_with_state::<Query<Link>, S>(state).await;
        let Query(Link { state }) = link.map_err(|_| BodyRejection::MALFORMED)?;
        let body = body::read(request).await?;
        Ok(ThreeDsReturn { state, body })
    }
}

/// Nothing of what the payer's bank has said.
impl fmt::Debug for ThreeDsReturn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThreeDsReturn").finish_non_exhaustive()
    }
}

/// The query that [`PayerChallenge::form`](epay::PayerChallenge::form) adds to the address.
#[derive(Deserialize)]
struct Link {
    state: String,
}

/// Why nothing was handed in. The payer was not charged by this return, and the order stands as it did.
#[derive(Debug)]
#[non_exhaustive]
pub enum ReturnError {
    /// The browser brought no `PaRes` and `MD`.
    Malformed,
    /// The answer was refused before the bank was asked.
    Refused(PayError),
}

impl fmt::Display for ReturnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ReturnError::Malformed => "the browser brought no 3-d secure answer",
            ReturnError::Refused(_) => "the 3-d secure answer was refused",
        })
    }
}

impl Error for ReturnError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            ReturnError::Malformed => None,
            ReturnError::Refused(error) => Some(error),
        }
    }
}

/// 400 without a body, for a shop that has no page for it.
impl IntoResponse for ReturnError {
    fn into_response(self) -> Response {
        StatusCode::BAD_REQUEST.into_response()
    }
}
