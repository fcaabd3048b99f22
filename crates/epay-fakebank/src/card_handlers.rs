//! The calls about saved cards: pay by one, list them, end one.

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use serde::Serialize;

use crate::{
    bank::{Bank, Pay},
    handlers::{self, Asked, Handled},
    refusal::Refusal,
    reply::{self, CodeMessage},
    request::Fields,
    saved_cards::SavedCard,
    time::Millis,
    tokens::Grant,
};

/// No card is saved for this account: its code is observed, the status 400 assumed.
const NO_CARDS: CodeMessage = CodeMessage { code: 1373, message: "No saved cards" };

/// `POST /payments/cards/auth`, page "Payment by a saved card".
pub(crate) fn pay(bank: &mut Bank, request: &Request<Bytes>, now: Millis) -> Response<Bytes> {
    handlers::paid(bank, request, now, read_payment)
}

fn read_payment(bank: &Bank, fields: &Fields, grant: Grant) -> Result<Pay, Refusal> {
    let Asked { terminal, payment } = handlers::asked(bank, fields, &grant)?;
    if !fields.text("paymenttype").is_some_and(|kind| kind.eq_ignore_ascii_case("cardid")) {
        return Err(Refusal::rule(477, "paymentType must be cardId"));
    }
    if !fields.is_bool_or_absent("recurrent") {
        return Err(Refusal::rule(477, "recurrent must be a boolean"));
    }
    let recurrent = fields.is_true("recurrent");
    let card = fields.object("cardid").and_then(|card| card.text("id"));
    let card = card.ok_or(Refusal::rule(477, "cardId must be an object with id"))?;
    let instrument = bank.saved_instrument(&card, &terminal, recurrent)?;
    Ok(Pay::of(terminal, payment, instrument, handlers::details(fields, grant)?))
}

/// `GET /cards/{accountId}`: what is known of its answer is the names of its fields (observed).
pub(crate) fn list(bank: &Bank, request: &Request<Bytes>, account: &str, now: Millis) -> Handled {
    let client = &handlers::service_grant(bank, request, now)?.client;
    let terminals = bank.terminals_of(client);
    let cards: Vec<Listed<'_>> = bank.cards_of(account, terminals).map(Listed::of).collect();
    Ok(match cards.as_slice() {
        [] => reply::json(StatusCode::BAD_REQUEST, &NO_CARDS),
        cards => reply::json(StatusCode::OK, &cards),
    })
}

/// `POST /card/deactivate/{cardID}`, page "Disable a card id".
pub(crate) fn deactivate(
    bank: &mut Bank,
    request: &Request<Bytes>,
    id: &str,
    now: Millis,
) -> Handled {
    #[derive(Serialize)]
    struct Body {
        status: &'static str,
    }
    let client = &handlers::service_grant(bank, request, now)?.client;
    let terminals = bank.terminals_of(client).to_vec();
    bank.deactivate(id, &terminals)?;
    Ok(reply::json(StatusCode::OK, &Body { status: "card successfully deactivated" }))
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Listed<'a> {
    #[serde(rename = "ID")]
    id: &'a str,
    transaction_id: &'a str,
    #[serde(rename = "MerchantID")]
    merchant_id: &'static str,
    card_hash: &'static str,
    card_mask: &'a str,
    payer_name: &'a str,
    reference: &'a str,
    int_reference: &'static str,
    token: &'static str,
    terminal: &'a str,
    created_date: String,
    payment_available: bool,
    #[serde(rename = "AccountID")]
    account_id: &'a str,
}

impl<'a> Listed<'a> {
    fn of(card: &'a SavedCard) -> Listed<'a> {
        Listed {
            id: &card.id,
            transaction_id: &card.transaction,
            merchant_id: "",
            card_hash: "",
            card_mask: card.mask(),
            payer_name: &card.holder,
            reference: &card.reference,
            int_reference: "",
            token: "",
            terminal: &card.terminal,
            created_date: card.created.rfc3339().to_string(),
            payment_available: card.active,
            account_id: &card.account,
        }
    }
}
