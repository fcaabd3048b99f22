//! The bank's own pay form: our page sends the payer to it, they return to the order, and the
//! bank's status decides.

use super::page;
use super::{PageInstead, Visit};
use crate::client::Client;
use crate::config::CheckoutKind;
use crate::service::App;
use axum::Router;
use axum::response::Response;
use axum::routing::{get, post};
use epay::{HandOver, Hint, Outcome};
use epay_http::Authenticity;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/pay/{shop}/{link}/bank", post(hand_over))
        .route("/pay/{shop}/{link}/back/{lang}", get(back))
}

/// A POST, because the hand-over is the ask: nothing that only looks at links may bring it about. Sent again, it is the
/// same attempt with another token, as long as that lives.
async fn hand_over(visit: Visit, client: Client) -> Result<Response, PageInstead> {
    let outcome = visit.outcome().await?;
    // Who was handed over before the shop took cards itself still gets back there.
    let may = visit.shop.checkout == CheckoutKind::BankForm;
    if !may && !matches!(outcome, Outcome::AtPayForm(_)) {
        return Ok(visit.next(&outcome));
    }
    if let Some(too_often) = visit.too_often(&client) {
        return Ok(too_often);
    }
    // No query of ours: the bank may add one of its own.
    let back = format!("{}/back/{}", visit.url, visit.words.code());
    let request = visit.request().and_then(|request| request.with_return_links(&back, &back));
    let Ok(request) = request else { return Ok(visit.back_to_page()) };
    let amount = outcome.attempt().payment().ordered();
    match visit.shop.payments.hand_over(&visit.link.order, amount, &request).await {
        Ok(HandOver::Form(form)) => Ok(match form.script() {
            Some(script) => page::bank_form(&visit, script, form.expose_params(), amount),
            None => visit.back_to_page(), // `Config::environment` has no bank without one
        }),
        Ok(HandOver::Outcome(outcome)) => Ok(visit.next(&outcome)),
        Err(error) => Err(visit.later(&error)),
    }
}

/// The payer comes from the bank's form, which is a hint: the bank is asked soon, and the order's page tells.
async fn back(visit: Visit) -> Result<Response, PageInstead> {
    let outcome = visit.outcome().await?;
    let invoice = Some(outcome.attempt().invoice().clone());
    let hint = Hint { invoice, authenticity: Authenticity::Unproven };
    if let Err(error) = visit.shop.payments.hint(&hint).await {
        tracing::warn!(order = visit.link.order, %error, "a payer's return was not noted");
    }
    Ok(visit.back_to_page())
}
