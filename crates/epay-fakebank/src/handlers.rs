//! One function per call turns a request into the typed call behind it, and its result into the bank's answer.

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use serde::Serialize;

use crate::{
    amount::Amount,
    bank::{Bank, Pay},
    cards,
    cryptogram::Wallet,
    operation::{Details, Operation},
    refusal::Refusal,
    reply::{self, CodeMessage},
    request::{Fields, Form, bearer},
    secret::Secret,
    settings::{ConfirmReply, Stages, SuccessBody},
    status::{self, StatusAnswer},
    strict,
    time::Millis,
    tokens::{Grant, LIFETIME_SECONDS, PaymentGrant},
};

pub(crate) type Handled = Result<Response<Bytes>, Refusal>;

const NOT_JSON: &str = "Body is not a JSON object";

/// Page: "Getting a token for making a payment". The error body's shape is assumed: RFC 6749.
pub(crate) fn token(bank: &mut Bank, request: &Request<Bytes>, now: Millis) -> Response<Bytes> {
    #[derive(Serialize)]
    struct Body<'a> {
        access_token: &'a str,
        expires_in: String,
        refresh_token: &'static str,
        scope: &'a str,
        token_type: &'static str,
    }
    #[derive(Serialize)]
    struct Error {
        error: &'static str,
        error_description: &'static str,
    }
    let refused =
        |status, error, error_description| reply::json(status, &Error { error, error_description });
    let Some(form) = Form::of(request.headers(), request.body()) else {
        return refused(
            StatusCode::BAD_REQUEST,
            "invalid_request",
            "body is neither a form nor a JSON object",
        );
    };
    if bank.settings.switches.strict && Fields::of(request.body()).is_some() {
        let what = "strict: a token is asked for by a form";
        return refused(StatusCode::BAD_REQUEST, "invalid_request", what);
    }
    let client = form.get("client_id").and_then(|id| {
        let known = |client: &&crate::settings::Client| {
            client.id.eq_ignore_ascii_case(id)
                && form.get("client_secret") == Some(client.secret.expose())
        };
        bank.settings.clients.iter().find(known)
    });
    let Some(client) = client else {
        return refused(
            StatusCode::UNAUTHORIZED,
            "invalid_client",
            "client is unknown or its secret is wrong",
        );
    };
    if form.get("grant_type") != Some("client_credentials") {
        return refused(
            StatusCode::BAD_REQUEST,
            "unsupported_grant_type",
            "only client_credentials is served",
        );
    }
    let Some(scope) = form.get("scope") else {
        return refused(StatusCode::BAD_REQUEST, "invalid_scope", "scope is required");
    };
    let terminal = form.get("terminal").map(str::to_ascii_lowercase);
    let payment = match form.get("invoiceid") {
        None => None,
        Some(invoice) => {
            let amount = form.get("amount").and_then(Amount::parse);
            let (Some(amount), Some(currency), Some(_)) = (amount, form.get("currency"), &terminal)
            else {
                let what = "a payment needs amount, currency and terminal";
                return refused(StatusCode::BAD_REQUEST, "invalid_request", what);
            };
            Some(PaymentGrant {
                invoice: invoice.to_owned(),
                amount,
                currency: currency.to_owned(),
            })
        }
    };
    let grant = Grant {
        client: client.id.clone(),
        terminal,
        payment,
        secret_hash: form.get("secret_hash").map(Secret::new),
        post_link: form.get("postlink").map(str::to_owned),
        failure_post_link: form.get("failurepostlink").map(str::to_owned),
    };
    let access_token = bank.ids.token();
    let answer = Body {
        access_token: &access_token,
        expires_in: LIFETIME_SECONDS.to_string(),
        refresh_token: "",
        scope,
        token_type: "Bearer",
    };
    let response = reply::json(StatusCode::OK, &answer);
    bank.tokens.give(access_token, grant, now);
    response
}

/// `GET /public.rsa`.
pub(crate) fn public_key(bank: &Bank) -> Response<Bytes> {
    let pem = bank.public_key_pem().to_owned();
    reply::with_body(StatusCode::OK, "application/octet-stream", pem)
}

/// `GET /terminals/{id}`: whether it captures at once. The name is the bank's iOS SDK's (observed); what stands beside it
/// there is not known.
pub(crate) fn terminal(bank: &Bank, request: &Request<Bytes>, id: &str, now: Millis) -> Handled {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Body<'a> {
        id: &'a str,
        single_message_scheme: bool,
    }
    let grant = service_grant(bank, request, now)?;
    let terminal = bank.terminal(id).filter(|terminal| owns(bank, grant, &terminal.id));
    let terminal = terminal.ok_or(Refusal::rule(464, cards::message(464)))?;
    let single_message_scheme = terminal.stages == Stages::One;
    Ok(reply::json(StatusCode::OK, &Body { id: &terminal.id, single_message_scheme }))
}

/// Page: "Making a payment".
pub(crate) fn cryptopay(bank: &mut Bank, request: &Request<Bytes>, now: Millis) -> Response<Bytes> {
    paid(bank, request, now, read_payment)
}

/// A payment as `read` finds it in the body, made and answered.
pub(crate) fn paid(
    bank: &mut Bank,
    request: &Request<Bytes>,
    now: Millis,
    read: impl FnOnce(&Bank, &Fields, Grant) -> Result<Pay, Refusal>,
) -> Response<Bytes> {
    let fields = Fields::of(request.body());
    let named = |key| fields.as_ref().and_then(|fields| fields.text(key)).unwrap_or_default();
    // A body that can't be read does not use up its token (assumed, to be kind).
    let switches = &bank.settings.switches;
    let readable = fields.as_ref().ok_or(Refusal::rule(477, NOT_JSON));
    let by_saved = request.uri().path().ends_with("/cards/auth");
    let readable = readable
        .and_then(|fields| strict::payment(request.body(), by_saved, switches).map(|()| fields));
    let paid = readable
        .and_then(|fields| Ok((fields, bank.tokens.spend(bearer(request.headers()), now)?)))
        .and_then(|(fields, grant)| read(bank, fields, grant))
        .and_then(|pay| bank.pay(pay, now));
    match paid {
        Ok(operation) => reply::payment(&operation, &bank.settings),
        Err(refusal) => reply::payment_refusal(&refusal, &named("invoiceid"), &named("accountid")),
    }
}

/// The payment that a body asks for, which is the one that its token was asked for.
pub(crate) struct Asked {
    pub(crate) terminal: String,
    pub(crate) payment: PaymentGrant,
}

pub(crate) fn asked(bank: &Bank, fields: &Fields, grant: &Grant) -> Result<Asked, Refusal> {
    let (terminal, bound) = payment_grant(bank, grant)?;
    let amount = fields.amount("amount").ok_or(Refusal::rule(477, "Amount is required"))?;
    let currency = required(fields, "currency", "Currency is required")?;
    let invoice = required(fields, "invoiceid", "Invoice number is required")?;
    let payment = PaymentGrant { invoice, amount, currency };
    let other_terminal =
        fields.text("terminalid").is_some_and(|id| !id.eq_ignore_ascii_case(&terminal));
    if payment != bound || other_terminal {
        return Err(Refusal::rule(100, "Payment is not the one the token was asked for"));
    }
    Ok(Asked { terminal, payment })
}

fn required(fields: &Fields, key: &str, message: &'static str) -> Result<String, Refusal> {
    fields.text(key).filter(|text| !text.is_empty()).ok_or(Refusal::rule(477, message))
}

fn read_payment(bank: &Bank, fields: &Fields, grant: Grant) -> Result<Pay, Refusal> {
    let Asked { terminal, payment } = asked(bank, fields, &grant)?;
    if !fields.is_bool_or_absent("cardsave") {
        return Err(Refusal::rule(477, "cardSave must be a boolean"));
    }
    let payment_type = fields.text("paymenttype").unwrap_or_default().to_lowercase();
    let [apple, google] = ["cryptogramapplepay", "cryptogramgooglepay"].map(|key| fields.text(key));
    let wallet = match google.as_deref() {
        Some(token) => google_pay(&payment_type, token, fields)?,
        None => apple_pay(&payment_type, apple.as_deref(), fields)?,
    };
    if wallet == Wallet::None {
        required(fields, "name", "Name is required")?;
    }
    let cryptogram = match wallet {
        Wallet::Google(_) => fields.text("cryptogram").unwrap_or_default(),
        _ => required(fields, "cryptogram", "Cryptogram is required")?,
    };
    let instrument = bank.open(&cryptogram, wallet, &terminal)?;
    Ok(Pay {
        verify_card: payment_type == "cardverification",
        save_card: fields.is_true("cardsave"),
        ..Pay::of(terminal, payment, instrument, details(fields, grant)?)
    })
}

/// What a body says beside the money and the method; links that it does not name are the token's.
pub(crate) fn details(fields: &Fields, grant: Grant) -> Result<Details, Refusal> {
    let text = |key| fields.text(key).unwrap_or_default();
    let link = |key: &str, granted: Option<String>| {
        fields.text(key).filter(|url| !url.is_empty()).or(granted)
    };
    Ok(Details {
        name: text("name"),
        account_id: text("accountid"),
        description: required(fields, "description", "Description is required")?,
        email: text("email"),
        phone: text("phone"),
        language: fields.text("language").unwrap_or_else(|| "rus".to_owned()),
        invoice_alt: text("invoiceidalt"),
        data: text("data"),
        post_link: link("postlink", grant.post_link),
        failure_post_link: link("failurepostlink", grant.failure_post_link),
        secret_hash: grant.secret_hash,
    })
}

/// The payment a token was asked for, on a terminal its client may use.
pub(crate) fn payment_grant(bank: &Bank, grant: &Grant) -> Result<(String, PaymentGrant), Refusal> {
    let (Some(terminal), Some(payment)) = (&grant.terminal, &grant.payment) else {
        return Err(Refusal::unauthorized("token was not asked for a payment"));
    };
    if !owns(bank, grant, terminal) {
        return Err(Refusal::rule(464, cards::message(464)));
    }
    Ok((terminal.clone(), payment.clone()))
}

fn owns(bank: &Bank, grant: &Grant, terminal: &str) -> bool {
    let own = |client: &&crate::settings::Client| client.id == grant.client;
    let client = bank.settings.clients.iter().find(own);
    client.is_some_and(|client| client.terminals.iter().any(|id| id.eq_ignore_ascii_case(terminal)))
}

fn google_pay<'a>(
    payment_type: &str,
    token: &'a str,
    fields: &Fields,
) -> Result<Wallet<'a>, Refusal> {
    let apple = fields.has("applepay") || fields.has("cryptogramapplepay");
    if payment_type == "googlepay" && !apple {
        return Ok(Wallet::Google(token));
    }
    Err(Refusal::rule(477, "Google Pay needs paymentType googlePay, and nothing of Apple Pay"))
}

/// Which of the two Apple Pay modes, if any; mixing them is refused, and so is a wallet without its `paymentType`.
fn apple_pay<'a>(
    payment_type: &str,
    apple: Option<&'a str>,
    fields: &Fields,
) -> Result<Wallet<'a>, Refusal> {
    if payment_type == "googlepay" {
        return Err(Refusal::rule(477, "Google Pay needs cryptogramGooglePay"));
    }
    match (payment_type == "applepay", apple, fields.has("applepay")) {
        (false, None, false) => Ok(Wallet::None),
        (true, Some(apple), false) => Ok(Wallet::Decrypted(apple)),
        (true, None, true) if fields.is_object("applepay") => Ok(Wallet::Token),
        _ => Err(Refusal::rule(
            477,
            "Apple Pay needs paymentType and one of cryptogramApplePay and applePay",
        )),
    }
}

/// Page: "Payment confirmation". The answer sends the payer's browser on.
pub(crate) fn confirm(bank: &mut Bank, request: &Request<Bytes>, now: Millis) -> Handled {
    let terminal = match (bearer(request.headers()), bank.settings.switches.confirm_without_token) {
        (None, true) => None,
        (token, _) => bank.tokens.look(token, now)?.terminal.clone(),
    };
    let fields = Fields::of(request.body()).ok_or(Refusal::rule(477, NOT_JSON))?;
    let (Some(id), Some(pa_res), Some(md)) =
        (fields.text("id"), fields.text("pares"), fields.text("md"))
    else {
        return Err(Refusal::rule(477, "ID, PaRes and MD are required"));
    };
    let confirmed = bank.confirm(terminal.as_deref(), &id, &md, &pa_res, now);
    match bank.settings.switches.confirm_reply {
        ConfirmReply::Json => confirmed
            .map(|_| reply::json(StatusCode::OK, &CodeMessage { code: 0, message: "success" })),
        how => Ok(send_on(&page_after(bank, &id, &confirmed), how)),
    }
}

/// `POST /payments/cards/confirmPayment?Access=…`: the payer's browser comes here by itself, as the bank's iOS SDK has it
/// (observed), and is sent on.
pub(crate) fn confirm_in_browser(
    bank: &mut Bank,
    request: &Request<Bytes>,
    now: Millis,
) -> Handled {
    let query = Form::of_query(request.uri().query());
    let terminal = bank.tokens.look(query.get("access"), now)?.terminal.clone();
    let form = Form::of(request.headers(), request.body());
    let field = |name| form.as_ref().and_then(|form| form.get(name));
    let (Some(pa_res), Some(md)) = (field("pares"), field("md")) else {
        return Err(Refusal::rule(477, "PaRes and MD are required"));
    };
    let id = bank.waiting(|challenge| challenge.md == md).ok_or(Refusal::not_found())?.id.clone();
    let confirmed = bank.confirm(terminal.as_deref(), &id, md, pa_res, now);
    Ok(send_on(&page_after(bank, &id, &confirmed), ConfirmReply::Redirect302))
}

fn page_after(bank: &Bank, id: &str, confirmed: &Result<Operation, Refusal>) -> String {
    let payform = &bank.settings.payform_url;
    match confirmed {
        Ok(operation) => success_page(payform, operation),
        Err(refusal) => error_page(payform, bank.ledger.by_id(id), refusal),
    }
}

fn success_page(payform: &str, operation: &Operation) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("amount", &operation.ordered.to_string())
        .append_pair("currency", &operation.currency)
        .append_pair("invoiceID", &operation.invoice)
        .append_pair("accountID", &operation.details.account_id)
        .append_pair("description", &operation.details.description)
        .append_pair("reference", &operation.reference)
        .append_pair("language", &operation.details.language)
        .append_pair("cardid", &operation.card_id)
        .finish();
    format!("{payform}success.html?{query}")
}

/// The page names the code `code`, the bank's iOS SDK looks for `errorCode`: both are given.
fn error_page(payform: &str, operation: Option<&Operation>, refusal: &Refusal) -> String {
    let code = refusal.code().to_string();
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("invoiceID", operation.map_or("", |operation| &operation.invoice))
        .append_pair("code", &code)
        .append_pair("errorCode", &code)
        .append_pair("message", refusal.message())
        .finish();
    format!("{payform}?{query}")
}

fn send_on(target: &str, how: ConfirmReply) -> Response<Bytes> {
    if how == ConfirmReply::Page200 {
        let page = format!(
            "<!doctype html><meta http-equiv=\"refresh\" content=\"0;url={}\"><title>ePay</title>\n",
            target.replace('&', "&amp;")
        );
        return reply::with_body(StatusCode::OK, "text/html; charset=utf-8", page);
    }
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::FOUND;
    // The serializer has escaped everything that a header cannot carry.
    if let Ok(location) = HeaderValue::from_str(target) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

/// `POST /operation/{id}/charge`, amount in the query, in a body of JSON or a form, or in both and equal.
pub(crate) fn charge(bank: &mut Bank, request: &Request<Bytes>, id: &str, now: Millis) -> Handled {
    let terminal = service_terminal(bank, request, now)?;
    strict::amount_in_body(request.body(), true, &bank.settings.switches)?;
    let (query, body) = (query_amount(request)?, body_amount(request)?);
    if let (Some(query), Some(body)) = (query, body)
        && query != body
    {
        return Err(Refusal::rule(100, "Amounts in query and body differ"));
    }
    bank.charge(terminal.as_deref(), id, query.or(body), now)?;
    Ok(done(bank))
}

/// `POST /operation/{id}/cancel`.
pub(crate) fn cancel(bank: &mut Bank, request: &Request<Bytes>, id: &str, now: Millis) -> Handled {
    let terminal = service_terminal(bank, request, now)?;
    bank.cancel(terminal.as_deref(), id, now)?;
    Ok(done(bank))
}

/// `POST /operation/{id}/refund?amount=&externalID=`; some clients send the amount as a JSON body.
pub(crate) fn refund(bank: &mut Bank, request: &Request<Bytes>, id: &str, now: Millis) -> Handled {
    let terminal = service_terminal(bank, request, now)?;
    strict::amount_in_body(request.body(), false, &bank.settings.switches)?;
    let amount = query_amount(request)?.or(body_amount(request)?);
    let query = Form::of_query(request.uri().query());
    bank.refund(terminal.as_deref(), id, amount, query.get("externalid"), now)?;
    Ok(done(bank))
}

/// Charge, cancel and refund take any live token; one with a terminal reaches only that terminal's operations.
fn service_terminal(
    bank: &Bank,
    request: &Request<Bytes>,
    now: Millis,
) -> Result<Option<String>, Refusal> {
    let grant = service_grant(bank, request, now)?;
    match &grant.terminal {
        Some(terminal) if !owns(bank, grant, terminal) => {
            Err(Refusal::rule(464, cards::message(464)))
        }
        terminal => Ok(terminal.clone()),
    }
}

/// What a call beside payments may use: a payment's own token, too, where the switch has it so.
pub(crate) fn service_grant<'a>(
    bank: &'a Bank,
    request: &Request<Bytes>,
    now: Millis,
) -> Result<&'a Grant, Refusal> {
    let grant = bank.tokens.look(bearer(request.headers()), now)?;
    if grant.payment.is_some() && !bank.settings.switches.token_reuse {
        return Err(Refusal::unauthorized(
            "token was asked for a payment, and serves that alone: ask for one without invoiceID",
        ));
    }
    Ok(grant)
}

fn query_amount(request: &Request<Bytes>) -> Result<Option<Amount>, Refusal> {
    let query = Form::of_query(request.uri().query());
    query
        .get("amount")
        .map(|text| Amount::parse(text).ok_or(Refusal::rule(477, "Amount is not a sum")))
        .transpose()
}

fn body_amount(request: &Request<Bytes>) -> Result<Option<Amount>, Refusal> {
    if request.body().is_empty() {
        return Ok(None);
    }
    match Fields::of(request.body()) {
        Some(fields) if fields.has("amount") => {
            fields.amount("amount").map(Some).ok_or(Refusal::rule(477, "Amount is not a sum"))
        }
        Some(_) => Ok(None),
        // A Go client sends a form.
        None => {
            let form = Form::of(request.headers(), request.body());
            let amount = form.as_ref().and_then(|form| form.get("amount"));
            let sum = |text| Amount::parse(text).ok_or(Refusal::rule(477, "Amount is not a sum"));
            amount.map(sum).transpose()?.map(Some).ok_or(Refusal::rule(477, NOT_JSON))
        }
    }
}

fn done(bank: &Bank) -> Response<Bytes> {
    match bank.settings.switches.success_body {
        SuccessBody::Empty => Response::new(Bytes::new()),
        SuccessBody::JsonCode0 => {
            reply::json(StatusCode::OK, &CodeMessage { code: 0, message: "success" })
        }
    }
}

/// `GET /check-status/payment/transaction/{invoiceID}`.
pub(crate) fn status(bank: &Bank, request: &Request<Bytes>, invoice: &str, now: Millis) -> Handled {
    let grant = service_grant(bank, request, now)?;
    let (answer, operation) = match &grant.terminal {
        None => (StatusAnswer::NoTerminal, None),
        Some(terminal) if !owns(bank, grant, terminal) => (StatusAnswer::NotYourTerminal, None),
        Some(terminal) => {
            status::look(&bank.ledger, terminal, invoice, &bank.settings.switches, now)
        }
    };
    let seen = operation.map(|operation| {
        let acquirer_id =
            bank.terminal(&operation.terminal).map_or("", |terminal| terminal.acquirer_id.as_str());
        (operation, acquirer_id)
    });
    Ok(reply::status(&answer, seen, &bank.settings))
}
