//! Answers leave in the bank's exact shapes: its keys, its casing, its strings where one expects numbers.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use serde::Serialize;

use crate::{
    amount::Amount,
    cards,
    operation::{Operation, Status},
    refusal::{Refusal, RefusalKind},
    settings::{ReplyShape, Settings},
    status::{StatusAnswer, StatusReport, split_bonus},
};

/// A response with a body of this type.
pub(crate) fn with_body(
    status: StatusCode,
    content_type: &'static str,
    body: impl Into<Bytes>,
) -> Response<Bytes> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// A JSON response; the shapes here cannot fail to be written.
pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Response<Bytes> {
    with_body(status, "application/json", serde_json::to_vec(body).unwrap_or_default())
}

/// `{"code":…,"message":…}`: charge, cancel, refund and confirm (documented), 401 (assumed).
#[derive(Serialize)]
pub(crate) struct CodeMessage {
    pub(crate) code: u32,
    pub(crate) message: &'static str,
}

/// A refusal of anything but a payment.
pub(crate) fn refusal(refusal: &Refusal) -> Response<Bytes> {
    json(http_status(refusal), &CodeMessage { code: refusal.code(), message: refusal.message() })
}

fn http_status(refusal: &Refusal) -> StatusCode {
    match refusal.kind() {
        RefusalKind::Unauthorized => StatusCode::UNAUTHORIZED,
        _ => StatusCode::BAD_REQUEST,
    }
}

/// A refusal of a payment: the page's sample, where `id` and `reference` are empty.
pub(crate) fn payment_refusal(
    refused: &Refusal,
    invoice: &str,
    account_id: &str,
) -> Response<Bytes> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Body<'a> {
        code: u32,
        message: &'static str,
        invoice_id: &'a str,
        id: &'static str,
        reference: &'static str,
        account_id: &'a str,
    }
    if refused.kind() == RefusalKind::Unauthorized {
        return refusal(refused);
    }
    let (code, message) = (refused.code(), refused.message());
    json(
        StatusCode::BAD_REQUEST,
        &Body { code, message, invoice_id: invoice, id: "", reference: "", account_id },
    )
}

/// A payment that was approved, or waits for 3-D Secure.
pub(crate) fn payment(operation: &Operation, settings: &Settings) -> Response<Bytes> {
    match (operation.challenge(), settings.switches.reply_shape) {
        (Some(challenge), _) => {
            let secure = Secure3D {
                pa_req: &challenge.pa_req,
                md: &challenge.md,
                action: &settings.acs_url,
            };
            json(StatusCode::OK, &common(operation, Some(secure), settings))
        }
        (_, ReplyShape::Full) => json(StatusCode::OK, &full(operation, settings)),
        (_, ReplyShape::Minimal) => json(StatusCode::OK, &minimal(operation, settings)),
    }
}

#[derive(Serialize)]
struct Secure3D<'a> {
    #[serde(rename = "paReq")]
    pa_req: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    md: &'a str,
    action: &'a str,
}

/// What a success and a challenge have in common; alone it is the page's 3-D Secure sample, its garbled keys made true.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Common<'a> {
    id: &'a str,
    account_id: &'a str,
    amount: Amount,
    amount_bonus: Amount,
    currency: &'a str,
    description: &'a str,
    email: &'a str,
    #[serde(rename = "invoiceID")]
    invoice_id: &'a str,
    invoice_id_alt: &'a str,
    language: &'a str,
    phone: &'a str,
    reference: &'a str,
    int_reference: &'static str,
    #[serde(rename = "secure3D")]
    secure_3d: Option<Secure3D<'a>>,
    #[serde(rename = "cardID")]
    card_id: &'a str,
    fee: u32,
}

fn common<'a>(
    operation: &'a Operation,
    secure_3d: Option<Secure3D<'a>>,
    settings: &Settings,
) -> Common<'a> {
    let details = &operation.details;
    let (amount, amount_bonus) = split_bonus(operation.ordered, &settings.switches);
    Common {
        id: &operation.id,
        account_id: &details.account_id,
        amount,
        amount_bonus,
        currency: &operation.currency,
        description: &details.description,
        email: &details.email,
        invoice_id: &operation.invoice,
        invoice_id_alt: &details.invoice_alt,
        language: &details.language,
        phone: &details.phone,
        reference: &operation.reference,
        int_reference: "",
        secure_3d,
        card_id: &operation.card_id,
        fee: 0,
    }
}

/// Where the payer is, which this bank never knows.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Place {
    ip: &'static str,
    ip_city: &'static str,
    ip_country: &'static str,
    ip_district: &'static str,
    ip_latitude: u32,
    ip_longitude: u32,
    ip_region: &'static str,
}

/// The union of what clients saw on success.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Full<'a> {
    #[serde(flatten)]
    common: Common<'a>,
    approval_code: &'a str,
    code: u32,
    status: &'static str,
    secure_details: &'static str,
    qr_reference: &'static str,
    #[serde(flatten)]
    place: Place,
    issuer: &'static str,
    issuer_bank_country: &'static str,
    is_credit: bool,
}

fn full<'a>(operation: &'a Operation, settings: &Settings) -> Full<'a> {
    Full {
        common: common(operation, None, settings),
        approval_code: &operation.approval_code,
        code: 0,
        status: operation.status.name(),
        secure_details: "",
        qr_reference: "",
        place: Place::default(),
        issuer: "",
        issuer_bank_country: "KAZ",
        is_credit: false,
    }
}

/// The page's sample without 3-D Secure, its `link` made `reference` again: no status, so nothing says captured or held.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Minimal<'a> {
    id: &'a str,
    amount: Amount,
    currency: &'a str,
    #[serde(rename = "invoiceID")]
    invoice_id: &'a str,
    account_id: &'a str,
    phone: &'a str,
    email: &'a str,
    description: &'a str,
    reference: &'a str,
    language: &'a str,
}

fn minimal<'a>(operation: &'a Operation, settings: &Settings) -> Minimal<'a> {
    let details = &operation.details;
    // Nothing is held yet while the payer's device is looked at.
    let held = operation.held > Amount::ZERO;
    let amount = if held { operation.held } else { operation.ordered };
    Minimal {
        id: &operation.id,
        amount: split_bonus(amount, &settings.switches).0,
        currency: &operation.currency,
        invoice_id: &operation.invoice,
        account_id: &details.account_id,
        phone: &details.phone,
        email: &details.email,
        description: &details.description,
        reference: &operation.reference,
        language: &details.language,
    }
}

/// The envelope of check-status; `seen` is there exactly when the answer is `Found`.
pub(crate) fn status(
    answer: &StatusAnswer,
    seen: Option<(&Operation, &str)>,
    settings: &Settings,
) -> Response<Bytes> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Envelope<'a> {
        result_code: &'static str,
        result_message: &'static str,
        transaction: Option<Transaction<'a>>,
    }
    let transaction = match (answer, seen) {
        (StatusAnswer::Found(report), Some((operation, acquirer_id))) => {
            Some(transaction(report, operation, acquirer_id))
        }
        _ => None,
    };
    let failed = transaction.is_none() && settings.switches.status_errors_as_400;
    let status = if failed { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let (result_code, result_message) = (answer.result_code(), answer.result_message());
    json(status, &Envelope { result_code, result_message, transaction })
}

/// The transaction of check-status: bank-wire §2.5.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Transaction<'a> {
    id: &'a str,
    created_date: String,
    #[serde(rename = "invoiceID")]
    invoice_id: &'a str,
    amount: Amount,
    amount_bonus: Amount,
    payout_amount: Option<Amount>,
    org_amount: Amount,
    approval_code: &'a str,
    data: &'a str,
    currency: &'a str,
    terminal: &'a str,
    #[serde(rename = "terminalID")]
    terminal_id: &'a str,
    #[serde(rename = "accountID")]
    account_id: &'a str,
    description: &'a str,
    language: &'a str,
    card_mask: &'a str,
    card_type: &'a str,
    issuer: &'static str,
    reference: &'a str,
    reason: &'static str,
    reason_code: String,
    int_reference: &'static str,
    secure: bool,
    secure_details: &'static str,
    #[serde(rename = "statusID")]
    status_id: &'static str,
    status_name: &'static str,
    name: &'a str,
    email: &'a str,
    phone: &'a str,
    #[serde(rename = "cardID")]
    card_id: &'a str,
    #[serde(rename = "xlsRRN")]
    xls_rrn: &'static str,
    ip: &'static str,
    ip_country: &'static str,
    ip_city: &'static str,
    ip_region: &'static str,
    ip_district: &'static str,
    ip_latitude: u32,
    ip_longitude: u32,
}

fn transaction<'a>(
    report: &'a StatusReport,
    operation: &'a Operation,
    acquirer_id: &'a str,
) -> Transaction<'a> {
    let details = &operation.details;
    Transaction {
        id: &report.id,
        created_date: report.created.rfc3339().to_string(),
        invoice_id: &report.invoice,
        amount: report.amount,
        amount_bonus: report.amount_bonus,
        payout_amount: report.payout_amount,
        org_amount: report.org_amount,
        approval_code: &operation.approval_code,
        data: &report.data,
        currency: &report.currency,
        terminal: acquirer_id,
        terminal_id: &report.terminal,
        account_id: &details.account_id,
        description: &details.description,
        language: &details.language,
        card_mask: &operation.card_mask,
        card_type: operation.card_type,
        issuer: "",
        reference: &operation.reference,
        reason: if report.reason_code == 0 {
            "success"
        } else {
            cards::message(report.reason_code)
        },
        reason_code: report.reason_code.to_string(),
        int_reference: "",
        secure: operation.secure,
        secure_details: "",
        status_id: status_id(report.status),
        status_name: report.status.name(),
        name: &details.name,
        email: &details.email,
        phone: &details.phone,
        card_id: &operation.card_id,
        xls_rrn: "",
        ip: "",
        ip_country: "",
        ip_city: "",
        ip_region: "",
        ip_district: "",
        ip_latitude: 0,
        ip_longitude: 0,
    }
}

/// Nobody has published the numbers: they are ours (assumed), and only their being strings is observed.
fn status_id(status: Status) -> &'static str {
    match status {
        Status::New => "1",
        Status::ThreeDs => "2",
        Status::Auth => "3",
        Status::Charge => "4",
        Status::Cancel => "5",
        Status::CancelOld => "6",
        Status::Refund => "7",
        Status::Reject => "8",
        Status::Failed => "9",
        Status::Verified => "10",
        Status::Fingerprint => "11",
    }
}
