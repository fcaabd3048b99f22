//! POST {api}/payment/confirm — hands in the payer's 3-D Secure answer (bank page "Apple Pay by API", `documented`).
//!
//! The page says "Redirect Http code 200", so it may be a 30x, a page that sends the browser on, or JSON (`observed`):
//! each is read and none is followed. The outcome is a hint whatever it says, and the status decides.

use bytes::Bytes;
use epay_crypto::Secret;
use epay_domain::{
    BankText, Currency, Decline, Details, Fact, Observation, Payment, ThreeDsAnswer,
};
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
    let body =
        Body { id: transaction(payment)?.as_str(), pa_res: answer.pa_res(), md: answer.md() };
    json([environment.api_base(), "/payment/confirm"].concat(), token, &body)
}

pub(crate) fn decode(
    response: &Response<Bytes>,
    currency: Currency,
) -> Result<Observation, AnswerError> {
    if response.status().is_redirection() {
        let location = response.headers().get(LOCATION).ok_or(AnswerError::Missing("location"))?;
        return outcome(location.to_str().map_err(|_| AnswerError::Unreadable("location"))?);
    }
    let body = response.body().trim_ascii_start();
    if response.status() == StatusCode::OK && body.starts_with(b"<") {
        let page = str::from_utf8(body).map_err(|_| AnswerError::Unreadable("page"))?;
        return outcome(&link(page).ok_or(AnswerError::Missing("link"))?);
    }
    cryptopay::answer(response, currency)
}

/// The first link to one of the bank's two result pages, as it stands in HTML or in a script. One that nothing ends was
/// cut off, and half an invoice number names another payment.
fn link(page: &str) -> Option<String> {
    let (_, rest) = page.split_once("/payform/")?;
    let end = rest.find(|c: char| c.is_whitespace() || "\"'<>\\".contains(c))?;
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
    let text = |name: &str| param(&[name]).map(|text| BankText::new(&text));
    let details = Details { reference: text("reference"), ..Details::default() };
    Ok(Observation { invoice: text("invoiceID"), details, ..Observation::reply(fact) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{INVOICE, answer, environment, named_payment, payment, token, written};

    #[test]
    fn the_answer_goes_under_capital_keys() {
        let encode = |payment: &Payment| {
            let answer = ThreeDsAnswer::new("eJz/+=".into(), "bWQ=".into());
            encode(&environment(), &token(), payment, &answer)
        };
        assert_eq!(
            written(&encode(&named_payment()).unwrap()),
            "POST http://127.0.0.1:8080/api/payment/confirm\nauthorization: Bearer DCEB8O_ZM5U7SO_T_U5EJQ\n\
             content-type: application/json\n\n\
             {\"ID\":\"7943816b-58a8-47f6-a11e-67b63c4228c7\",\"PaRes\":\"eJz/+=\",\"MD\":\"bWQ=\"}"
        );
        assert!(matches!(encode(&payment()), Err(EncodeError::NoTransaction)));
    }

    fn declined(code: i64) -> Result<Fact, AnswerError> {
        Ok(Fact::Declined(Decline::as_hint(code)))
    }

    #[test]
    fn a_result_page_is_read_from_a_redirect_or_from_html() {
        const PAGES: &str = "https://epay.homebank.kz/payform";
        for (link, fact) in [
            (
                format!("{PAGES}/success.html?amount=10&invoiceID={INVOICE}&reference=1"),
                Ok(Fact::Approved),
            ),
            (format!("{PAGES}/success.html?invoiceID={INVOICE}"), Ok(Fact::Approved)),
            (format!("{PAGES}/?reference=114537489258&invoiceID={INVOICE}"), Ok(Fact::Approved)),
            (format!("{PAGES}/success.html?code=0&invoiceid={INVOICE}"), Ok(Fact::Approved)),
            (format!("{PAGES}/?invoiceID={INVOICE}&code=484&message=x#"), declined(484)),
            (format!("{PAGES}/?invoiceID={INVOICE}&errorCode=484"), declined(484)),
            (
                format!("{PAGES}/?invoiceID={INVOICE}&reference=&code=484&errorCode=484"),
                declined(484),
            ),
            (
                format!("{PAGES}/success.html?invoiceID={INVOICE}&reference=1&code=455"),
                declined(455),
            ),
            (
                format!("{PAGES}/?code=error&invoiceID={INVOICE}"),
                Err(AnswerError::Unreadable("code")),
            ),
            (format!("{PAGES}/?invoiceID={INVOICE}&errorCode=&code=484"), declined(484)),
            (format!("{PAGES}/?invoiceID={INVOICE}&reference="), Err(AnswerError::Missing("code"))),
            (format!("{PAGES}/?invoiceID={INVOICE}"), Err(AnswerError::Missing("code"))),
            (format!("{PAGES}/"), Err(AnswerError::Missing("code"))),
        ] {
            let expected = fact.map(|fact| (fact, Some(BankText::new(INVOICE))));
            let decode = |page: &Response<Bytes>| {
                decode(page, Currency::KZT).map(|seen| (seen.fact, seen.invoice))
            };
            let escaped = link.replace('&', "&amp;");
            for page in [
                format!("<!doctype html><meta http-equiv=\"refresh\" content=\"0;url={escaped}\">"),
                format!("\r\n<script>location.href='{link}';</script>"),
                format!("<a href={link}>on</a>"),
            ] {
                assert_eq!(decode(&answer(200, page.clone())), expected, "{page}");
            }
            for status in [301, 302, 303, 307, 308] {
                let mut redirect = answer(status, "");
                redirect.headers_mut().insert(LOCATION, link.parse().unwrap());
                assert_eq!(decode(&redirect), expected, "{link}");
            }
        }
    }

    #[test]
    fn a_result_page_names_any_invoice_and_the_reference() {
        for (query, invoice, reference) in [
            (
                "reference=114537489258&invoiceID=12-1738952601",
                "12-1738952601",
                Some("114537489258"),
            ),
            ("reference=&invoiceID=1&code=484", "1", None),
        ] {
            let page = format!("<a href=\"/payform/?{query}\">");
            let seen = decode(&answer(200, page), Currency::KZT).unwrap();
            let told = (seen.invoice, seen.details.reference);
            assert_eq!(told, (Some(BankText::new(invoice)), reference.map(BankText::new)));
        }
    }

    #[test]
    fn json_is_read_like_the_answer_to_the_payment() {
        for (status, body, fact) in [
            (200, r#"{"code":0,"message":"success"}"#, Ok(Fact::Approved)),
            (200, r#"{"code":455,"message":"no"}"#, declined(455)),
            (400, r#"{"code":455,"message":"no"}"#, Ok(Fact::Declined(Decline::from_code(455)))),
            (302, "", Err(AnswerError::Missing("location"))),
            (200, "", Err(AnswerError::NotJson)),
            (200, "<html>welcome</html>", Err(AnswerError::Missing("link"))),
            (200, "<html>/payform/success.html?reference=1", Err(AnswerError::Missing("link"))),
            (400, "<html>", Err(AnswerError::NotJson)),
            (500, "<html>/payform/success.html?reference=1", Err(AnswerError::Status(500))),
        ] {
            let decoded = decode(&answer(status, body), Currency::KZT);
            assert_eq!(decoded, fact.map(Observation::reply), "{status} {body}");
        }
        assert_eq!(
            decode(&answer(200, &b"<\xff/payform/"[..]), Currency::KZT),
            Err(AnswerError::Unreadable("page"))
        );
    }
}
