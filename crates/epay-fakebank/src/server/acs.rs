//! The 3-D Secure page: the browser arrives with PaReq, MD and TermUrl, the payer chooses, PaRes and MD go back to TermUrl.

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};

use super::{html, payform::words::Words, shared::Shared};
use crate::{request::Form, three_ds::PayerChoice};

/// `POST /acs` shows the choice; `POST /acs/answer` sends the payer back.
pub(super) fn answer(request: &Request<Bytes>, bank: &Shared) -> Response<Bytes> {
    let form = (request.method() == Method::POST)
        .then(|| Form::of(request.headers(), request.body()))
        .flatten();
    let Some(form) = form else {
        return html::page(
            StatusCode::NOT_FOUND,
            "3-D Secure",
            "<p>The shop sends the payer here with a form.",
        );
    };
    let (Some(pa_req), Some(md), Some(term_url)) =
        (form.get("pareq"), form.get("md"), form.get("termurl"))
    else {
        return html::page(
            StatusCode::BAD_REQUEST,
            "3-D Secure",
            "<p>PaReq, MD and TermUrl are required.",
        );
    };
    if !(term_url.starts_with("https://") || term_url.starts_with("http://")) {
        return html::page(
            StatusCode::BAD_REQUEST,
            "3-D Secure",
            "<p>TermUrl is not a web address.",
        );
    }
    match (request.uri().path(), choice(&form)) {
        ("/acs", _) => ask(bank, pa_req, md, term_url),
        ("/acs/answer", Some(choice)) => send_back(bank, pa_req, md, term_url, choice),
        _ => html::page(StatusCode::NOT_FOUND, "3-D Secure", "<p>No such page."),
    }
}

fn choice(form: &Form) -> Option<PayerChoice> {
    match form.get("choice")? {
        "approve" => Some(PayerChoice::Approve),
        "decline" => Some(PayerChoice::Decline),
        _ => None,
    }
}

fn ask(bank: &Shared, pa_req: &str, md: &str, term_url: &str) -> Response<Bytes> {
    let bank = bank.lock();
    let Some(operation) = bank.challenged(pa_req, md) else {
        return html::page(StatusCode::NOT_FOUND, "3-D Secure", "<p>No payment waits for this.");
    };
    let words = Words::of(&operation.details.language);
    let sum = format!("{} {}", operation.ordered, html::escape(&operation.currency));
    let asks = words.three_ds.replace("{sum}", &sum);
    let asks = asks.replace("{order}", &html::escape(&operation.invoice));
    let asks = asks.replace("{card}", &html::escape(&operation.card_mask));
    let body = format!(
        "<h1>3-D Secure</h1>\n<p lang=\"{}\">{asks}\n<form method=\"post\" action=\"/acs/answer\">\n{}{}{}\
         <button name=\"choice\" value=\"approve\">{}</button>\n\
         <button name=\"choice\" value=\"decline\">{}</button>\n</form>\n<p>{}",
        words.language,
        html::hidden("PaReq", pa_req),
        html::hidden("MD", md),
        html::hidden("TermUrl", term_url),
        words.approve,
        words.decline,
        words.abandon,
    );
    html::page(StatusCode::OK, "3-D Secure", &body)
}

fn send_back(
    bank: &Shared,
    pa_req: &str,
    md: &str,
    term_url: &str,
    choice: PayerChoice,
) -> Response<Bytes> {
    let Some(pa_res) = bank.lock().pa_res(pa_req, md, choice) else {
        return html::page(StatusCode::NOT_FOUND, "3-D Secure", "<p>No payment waits for this.");
    };
    let body = format!(
        "<form method=\"post\" action=\"{}\">\n{}{}<button>Back to the shop</button>\n</form>\n<script>{}</script>",
        html::escape(term_url),
        html::hidden("PaRes", &pa_res),
        html::hidden("MD", md),
        html::SUBMIT,
    );
    html::page(StatusCode::OK, "3-D Secure", &body)
}
