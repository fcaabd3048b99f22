//! Callbacks of the fake bank: postLink on success, failurePostLink on failure, unsigned, sent
//! once.

use bytes::Bytes;
use serde::Serialize;

use crate::{
    amount::Amount,
    cards,
    operation::Operation,
    reply::Place,
    settings::Switches,
    status::{echoed, split_bonus},
    time::Millis,
};

/// A request the bank makes to the merchant. The server sends it; the pure model only hands it out.
#[derive(Clone, PartialEq, Eq)]
pub struct Callback {
    /// postLink or failurePostLink as the merchant gave it.
    pub url: String,
    /// The invoice it is about.
    pub invoice: String,
    /// JSON, to be sent by POST.
    pub body: Bytes,
    /// When, relative to the answer of the call that caused it.
    pub moment: Moment,
    /// How many times.
    pub copies: u32,
    /// Its place in the callback log.
    pub(crate) entry: usize,
}

impl std::fmt::Debug for Callback {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The body carries secret_hash and the payer's details.
        f.debug_struct("Callback")
            .field("invoice", &self.invoice)
            .field("moment", &self.moment)
            .field("copies", &self.copies)
            .finish_non_exhaustive()
    }
}

/// When a callback is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// First the callback, then the answer.
    BeforeAnswer,
    /// First the answer.
    AfterAnswer,
    /// So many milliseconds after the answer.
    Late(u64),
}

/// The success body: a client's transcription of the documents, keys in its order.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Success<'a> {
    account_id: &'a str,
    amount: Amount,
    #[serde(rename = "amount_bonus")]
    amount_bonus: Amount,
    approval_code: &'a str,
    card_id: &'a str,
    card_mask: &'a str,
    card_type: &'a str,
    code: &'static str,
    currency: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    data: &'a str,
    date_time: String,
    description: &'a str,
    email: &'a str,
    id: &'a str,
    invoice_id: &'a str,
    #[serde(flatten)]
    place: Place,
    issuer: &'static str,
    language: &'a str,
    name: &'a str,
    phone: &'a str,
    reason: &'static str,
    reason_code: u32,
    reference: &'a str,
    #[serde(rename = "secret_hash", skip_serializing_if = "Option::is_none")]
    secret_hash: Option<&'a str>,
    secure: &'static str,
    secure_details: &'static str,
    terminal: &'a str,
}

/// The failure body: no approval code and no card id; `secret_hash` only by switch, nobody has seen it there.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Failure<'a> {
    id: &'a str,
    date_time: String,
    invoice_id: &'a str,
    invoice_id_alt: &'a str,
    amount: Amount,
    #[serde(rename = "amount_bonus")]
    amount_bonus: Amount,
    currency: &'a str,
    terminal: &'a str,
    account_id: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    data: &'a str,
    description: &'a str,
    language: &'a str,
    card_mask: &'a str,
    card_type: &'a str,
    issuer: &'static str,
    reference: &'a str,
    secure: &'static str,
    secure_details: &'static str,
    token_recipient: &'static str,
    code: &'static str,
    reason: &'static str,
    reason_code: u32,
    name: &'a str,
    email: &'a str,
    phone: &'a str,
    #[serde(flatten)]
    place: Place,
    #[serde(rename = "secret_hash", skip_serializing_if = "Option::is_none")]
    secret_hash: Option<&'a str>,
}

/// What is reported of an operation, and the link that the merchant left for it.
pub(crate) fn about(
    operation: &Operation,
    switches: &Switches,
    now: Millis,
) -> (Option<String>, Bytes) {
    let details = &operation.details;
    let failed = operation.reason_code != 0;
    let url = if failed { details.failure_post_link.clone() } else { details.post_link.clone() };
    let body = if failed {
        serde_json::to_vec(&failure(operation, switches, now))
    } else {
        serde_json::to_vec(&success(operation, switches, now))
    };
    (url, body.unwrap_or_default().into())
}

fn success<'a>(operation: &'a Operation, switches: &Switches, now: Millis) -> Success<'a> {
    let details = &operation.details;
    let taken = if operation.captured > Amount::ZERO { operation.captured } else { operation.held };
    let (amount, amount_bonus) = split_bonus(taken, switches);
    Success {
        account_id: &details.account_id,
        amount,
        amount_bonus,
        approval_code: &operation.approval_code,
        card_id: &operation.card_id,
        card_mask: &operation.card_mask,
        card_type: operation.card_type,
        code: "ok",
        currency: &operation.currency,
        data: echoed(operation, switches),
        date_time: now.rfc3339().to_string(),
        description: &details.description,
        email: &details.email,
        id: &operation.id,
        invoice_id: &operation.invoice,
        place: Place::default(),
        issuer: "",
        language: &details.language,
        name: &details.name,
        phone: &details.phone,
        reason: "success",
        reason_code: 0,
        reference: &operation.reference,
        secret_hash: details.secret_hash.as_ref().map(|secret| secret.expose()),
        secure: yes_no(operation.secure),
        secure_details: "",
        terminal: &operation.terminal,
    }
}

fn failure<'a>(operation: &'a Operation, switches: &Switches, now: Millis) -> Failure<'a> {
    let details = &operation.details;
    let (amount, amount_bonus) = split_bonus(operation.ordered, switches);
    Failure {
        id: &operation.id,
        date_time: now.rfc3339().to_string(),
        invoice_id: &operation.invoice,
        invoice_id_alt: &details.invoice_alt,
        amount,
        amount_bonus,
        currency: &operation.currency,
        terminal: &operation.terminal,
        account_id: &details.account_id,
        data: echoed(operation, switches),
        description: &details.description,
        language: &details.language,
        card_mask: &operation.card_mask,
        card_type: operation.card_type,
        issuer: "",
        reference: &operation.reference,
        secure: yes_no(operation.secure),
        secure_details: "",
        token_recipient: "",
        code: "error",
        reason: cards::message(operation.reason_code),
        reason_code: operation.reason_code,
        name: &details.name,
        email: &details.email,
        phone: &details.phone,
        place: Place::default(),
        secret_hash: details
            .secret_hash
            .as_ref()
            .filter(|_| switches.secret_hash_on_failure)
            .map(|secret| secret.expose()),
    }
}

fn yes_no(value: bool) -> &'static str {
    if value { "yes" } else { "no" }
}
