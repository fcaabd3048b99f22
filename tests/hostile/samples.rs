//! Answers of the bank as they should be, each with the keys that decide what is read in it.

use bytes::Bytes;
use epay_domain::PaymentStatus;
use epay_tests::stage::{Call, answer};
use http::Response;

/// One good answer.
pub(crate) struct Sample {
    pub(crate) call: Call,
    pub(crate) status: u16,
    pub(crate) body: &'static str,
    /// Whoever changes one of these changes what is said.
    pub(crate) keys: &'static [&'static str],
    /// How an unanswered payment stands when it hears this.
    pub(crate) stands: PaymentStatus,
}

impl Sample {
    pub(crate) fn answer(&self) -> Response<Bytes> {
        answer(self.status, self.body)
    }
}

const fn sample(
    call: Call,
    status: u16,
    body: &'static str,
    keys: &'static [&'static str],
    stands: PaymentStatus,
) -> Sample {
    Sample { call, status, body, keys, stands }
}

const REFUSED: &str =
    r#"{"code":484,"message":"Insufficient funds","invoiceId":"938290483290","id":""}"#;
const DONE: &str = r#"{"code":0,"message":"success","externalID":"step-1"}"#;

pub(crate) const SAMPLES: &[Sample] = &[
    sample(
        Call::Authorize,
        200,
        r#"{"id":"7943816b-58a8-47f6-a11e-67b63c4228c7","amount":100,"amountBonus":0,"currency":"KZT",
"invoiceID":"938290483290","accountId":"uuid000001","description":"test","code":0,"status":"CHARGE"}"#,
        &["id", "amount", "amountBonus", "currency", "invoiceID", "code", "status"],
        PaymentStatus::Paid,
    ),
    sample(
        Call::Authorize,
        200,
        r#"{"id":"7943816b-58a8-47f6-a11e-67b63c4228c7","amount":100,"currency":"KZT","InvoiceID":"938290483290",
"secure3D":{"paReq":"eyJt","md":"MjAx","action":"https://acs.example/"},"cardID":"","fee":0}"#,
        &["id", "amount", "currency", "InvoiceID", "secure3D"],
        PaymentStatus::AwaitingPayer,
    ),
    sample(Call::Authorize, 400, REFUSED, &["code", "invoiceId"], PaymentStatus::Declined),
    sample(
        Call::Confirm,
        200,
        r#"{"code":0,"message":"success"}"#,
        &["code"],
        PaymentStatus::Unknown,
    ),
    sample(Call::Confirm, 400, REFUSED, &["code", "invoiceId"], PaymentStatus::Declined),
    sample(Call::Capture, 200, DONE, &["code"], PaymentStatus::Paid),
    sample(Call::Capture, 400, REFUSED, &["code"], PaymentStatus::Held),
    sample(Call::Void, 200, DONE, &["code"], PaymentStatus::Voided),
    sample(Call::Void, 400, REFUSED, &["code"], PaymentStatus::Held),
    sample(Call::Refund, 200, DONE, &["code"], PaymentStatus::Refunded),
    sample(Call::Refund, 400, REFUSED, &["code"], PaymentStatus::Paid),
    sample(
        Call::Status,
        200,
        r#"{"resultCode":"100","resultMessage":"Success","transaction":{
"id":"7943816b-58a8-47f6-a11e-67b63c4228c7","invoiceID":"938290483290","amount":100,"amountBonus":0,"payoutAmount":0,
"orgAmount":100,"currency":"KZT","terminalID":"67e34d63-102f-4bd1-898e-370781d0074d","statusName":"CHARGE"}}"#,
        &["resultCode", "transaction"],
        PaymentStatus::Paid,
    ),
    sample(
        Call::Status,
        200,
        r#"{"resultCode":100,"transaction":{"invoiceID":"938290483290","reasonCode":"484","statusName":"REJECT"}}"#,
        &["resultCode", "transaction"],
        PaymentStatus::Declined,
    ),
    sample(
        Call::Status,
        400,
        r#"{"resultCode":"102","transaction":null}"#,
        &["resultCode"],
        PaymentStatus::Unknown,
    ),
];
