//! POST {api}/payment/confirm — hands in the payer's 3-D Secure answer (bank page "Apple Pay by API", `documented`).
//!
//! The page says "Redirect Http code 200", so it may be a 30x, a page that sends the browser on, or JSON (`observed`):
//! each is read and none is followed. The outcome is a hint whatever it says, and the status decides.

use bytes::Bytes;
use epay_crypto::Secret;
use epay_domain::{Currency, Decline, Fact, InvoiceId, Observation, Payment, ThreeDsAnswer};
use http::{Request, Response, StatusCode, header::LOCATION};
use serde::Serialize;
use url::form_urlencoded;

use super::{EncodeError, cryptopay, json, transaction};
use crate::{Environment, codec::AnswerError};

/// Capital letters as on the page.
#[derive(Serialize)]
struct Body<'a> {
    #[serde(rename = "ID")]
    id: &'a str,
    #[serde(rename = "PaRes")]
    pa_res: &'a str,
    #[serde(rename = "MD")]
    md: &'a str,
}

pub(crate) fn encode(
    environment: &Environment,
    token: &Secret,
    payment: &Payment,
    answer: &ThreeDsAnswer,
) -> Result<Request<Bytes>, EncodeError> {
    let body = Body { id: transaction(payment)?.as_str(), pa_res: answer.pa_res(), md: answer.md() };
    json(format!("{}/payment/confirm", environment.api_base()), token, &body)
}

pub(crate) fn decode(response: &Response<Bytes>, currency: Currency) -> Result<Observation, AnswerError> {
    if response.status().is_redirection() {
        let location = response.headers().get(LOCATION).ok_or(AnswerError::Missing("location"))?;
        return outcome(location.to_str().map_err(|_| AnswerError::Unreadable("location"))?);
    }
    let body = response.body().trim_ascii_start();
    if response.status() == StatusCode::OK && body.starts_with(b"<") {
        let page = str::from_utf8(body).map_err(|_| AnswerError::Unreadable("page"))?;
        return outcome(&link(page).ok_or(AnswerError::Missing("link"))?);
    }
    cryptopay::decode(response, currency)
}

/// The first link to one of the bank's two result pages, as it stands in HTML or in a script.
fn link(page: &str) -> Option<String> {
    let (_, rest) = page.split_once("/payform/")?;
    let end = rest.find(|c: char| c.is_whitespace() || "\"'<>\\".contains(c)).unwrap_or(rest.len());
    rest.get(..end).map(|link| link.replace("&amp;", "&"))
}

/// The page calls the number `code`, the bank's iOS library looks for `errorCode`; success has a `reference` and ends in
/// `success.html`.
fn outcome(link: &str) -> Result<Observation, AnswerError> {
    let (path, query) = link.split_once('?').unwrap_or((link, ""));
    let query = query.split('#').next().unwrap_or_default();
    let param = |names: &[&str]| {
        let named = |key: &str| names.iter().any(|name| name.eq_ignore_ascii_case(key));
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        pairs.find(|(key, value)| named(key) && !value.is_empty()).map(|(_, value)| value)
    };
    let fact = if let Some(code) = param(&["errorCode", "code"]).filter(|code| code != "0") {
        Fact::Declined(Decline::as_hint(code.parse().map_err(|_| AnswerError::Unreadable("code"))?))
    } else if path.ends_with("success.html") || param(&["reference"]).is_some() {
        Fact::Approved
    } else {
        return Err(AnswerError::Missing("code"));
    };
    let invoice = param(&["invoiceID"]).map(|invoice| InvoiceId::new(&invoice)).transpose();
    let invoice = invoice.map_err(|_| AnswerError::Unreadable("invoiceID"))?;
    Ok(Observation { invoice, ..Observation::reply(fact) })
}
