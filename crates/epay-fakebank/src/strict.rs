//! What the lenient bank accepts and no document promises: refused with `strict`, so that a client
//! relies on none of it.

use std::collections::HashMap;

use serde_json::value::RawValue;

use crate::{
    refusal::Refusal,
    settings::{ExpiryRule, Switches},
};

/// The keys of a payment, each in the spellings that the bank's pages have.
const PAYMENT: [&str; 21] = [
    "amount",
    "currency",
    "name",
    "cryptogram",
    "сryptogram",
    "cryptogramApplePay",
    "invoiceId",
    "invoiceID",
    "invoiceIdAlt",
    "description",
    "accountId",
    "email",
    "phone",
    "postLink",
    "failurePostLink",
    "backLink",
    "failureBackLink",
    "cardSave",
    "paymentType",
    "data",
    "language",
];

impl Switches {
    /// As these, but taking what the documents promise and nothing besides.
    #[must_use]
    pub fn strictly(self) -> Self {
        Self {
            strict: true,
            token_reuse: false,
            confirm_without_token: false,
            check_card_details: true,
            expiry: ExpiryRule::CardFourAppleSix,
            ..self
        }
    }
}

/// And those that a payment by a saved card has besides.
const SAVED_CARD: [&str; 3] = ["cardId", "recurrent", "terminalId"];

/// The body of a payment by cryptogram, or by a saved card.
pub(crate) fn payment(body: &[u8], by_saved: bool, switches: &Switches) -> Result<(), Refusal> {
    if !switches.strict {
        return Ok(());
    }
    let refused = |why| Err(Refusal::rule(477, why));
    let Ok(fields) = serde_json::from_slice::<HashMap<String, &RawValue>>(body) else {
        return refused("Strict: the body is no JSON object");
    };
    let known = |key: &str| PAYMENT.contains(&key) || (by_saved && SAVED_CARD.contains(&key));
    if fields.keys().any(|key| !known(key)) {
        return refused("Strict: a key is not one of the documented, in their spelling");
    }
    let raw = |key| fields.get(key).map_or("", |raw: &&RawValue| raw.get());
    if raw("amount").starts_with('"') {
        return refused("Strict: amount is a number");
    }
    let needs_no_card_save = by_saved || fields.contains_key("cryptogramApplePay");
    if !matches!(raw("cardSave"), "true" | "false") && !needs_no_card_save {
        return refused("Strict: cardSave is required");
    }
    Ok(())
}

/// The amount of a charge or a refund in the body.
pub(crate) fn amount_in_body(
    body: &[u8],
    is_charge: bool,
    switches: &Switches,
) -> Result<(), Refusal> {
    if !switches.strict || body.is_empty() {
        return Ok(());
    }
    if !is_charge {
        return Err(Refusal::rule(477, "Strict: the amount of a refund is in the query"));
    }
    let fields: Option<HashMap<String, &RawValue>> = serde_json::from_slice(body).ok();
    let amount = fields.and_then(|fields| fields.get("amount").map(|raw| raw.get().to_owned()));
    let number = amount.is_some_and(|raw| raw.starts_with(|first: char| first.is_ascii_digit()));
    if number {
        Ok(())
    } else {
        Err(Refusal::rule(477, "Strict: the body is {\"amount\": number}"))
    }
}
