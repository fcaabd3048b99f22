//! What the payer sees: a form for the card, the bank's 3-D Secure page, and how the order stands.

use axum::body::Bytes;
use axum::extract::{Form, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use epay::{
    Card, CardNumber, Cvc, Expiry, Money, Outcome, PayErrorKind, PaymentRequest,
    read_three_ds_return,
};
use serde::Deserialize;

use super::{AnyError, Shop};

const PRICE: Money = Money::tenge(5_000);
const CARD_FORM: &str = "<form method=post><p>5000 tenge</p><input name=number placeholder=number>
    <input name=expiry placeholder=MMYY><input name=cvc placeholder=CVC>
    <input name=holder placeholder='name on the card'><button>Pay</button></form>";

#[derive(Deserialize)]
pub(crate) struct Typed {
    number: String,
    expiry: String,
    cvc: String,
    holder: String,
}

pub(crate) async fn pay(
    State(shop): State<Shop>,
    Path(order): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, NotAsked> {
    let number = CardNumber::new(&typed.number)?;
    let (expiry, cvc) = (Expiry::parse_mmyy(&typed.expiry)?, Cvc::new(&typed.cvc)?);
    let card = Card::new(number, expiry, cvc).with_holder(&typed.holder);
    let callback = format!("{}/callback", shop.url);
    let request = PaymentRequest::new(&order)?.with_post_links(&callback, &callback)?;
    page(&shop, shop.payments.pay_with(&order, PRICE, card, &request).await?)
}

#[derive(Deserialize)]
pub(crate) struct Return {
    state: String,
}

pub(crate) async fn payer_is_back(
    State(shop): State<Shop>,
    Query(link): Query<Return>,
    body: Bytes,
) -> Result<Response, NotAsked> {
    let answer = read_three_ds_return(&body)?;
    page(&shop, shop.payments.confirm(&link.state, answer).await?)
}

pub(crate) async fn order(
    State(shop): State<Shop>,
    Path(order): Path<String>,
) -> Result<Response, NotAsked> {
    match shop.payments.status(order.as_str()).await {
        Ok(outcome) => page(&shop, outcome),
        Err(error) if error.kind() == PayErrorKind::NoSuchAttempt => {
            Ok(Html(CARD_FORM).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

fn page(shop: &Shop, outcome: Outcome) -> Result<Response, NotAsked> {
    let says = match outcome {
        Outcome::Paid(_) => "It is paid. Thank you!",
        Outcome::AskPayer(challenge) => {
            let form = challenge.form(&format!("{}/3ds", shop.url))?;
            return Ok((form.headers(), form.html().to_owned()).into_response());
        }
        Outcome::Unknown(_) => "We are asking the bank. Please do not pay again.",
        Outcome::Declined(..) | Outcome::NotExecuted(_) | Outcome::NotAsked(_) => {
            return Ok(Html(format!("You were not charged. {CARD_FORM}")).into_response());
        }
        Outcome::Abandoned(_) => {
            let says = "The bank knows of no payment. If it turns up, you get it back.";
            return Ok(Html(format!("{says} {CARD_FORM}")).into_response());
        }
        Outcome::AtPayForm(_) => "Please pay at the bank's page.",
        Outcome::Held(_) => "The sum is held on your card.",
        Outcome::Voided(_) | Outcome::Refunded(_) => "You have your money back.",
        Outcome::Verified(_) => "Your card was verified.",
    };
    Ok(Html(says).into_response())
}

/// An error from before the ask: the payer was not charged by this click.
pub(crate) struct NotAsked(AnyError);

impl<E: Into<AnyError>> From<E> for NotAsked {
    fn from(error: E) -> NotAsked {
        NotAsked(error.into())
    }
}

impl IntoResponse for NotAsked {
    fn into_response(self) -> Response {
        (StatusCode::BAD_REQUEST, format!("Nothing was paid by this click: {}.", self.0))
            .into_response()
    }
}
