//! The pay form: the bank's script for a shop's page, the order's page that asks for the card, 3-D Secure, and how it went.

mod means;
mod page;
mod unpack;
pub(super) mod words;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};

use self::words::Words;
use super::{html, result, shared::Shared};
use crate::{
    callbacks::Callback, faults::Endpoint, operation::Status, pay_form::Order, perform::Performed,
    refusal::Refusal, reply, request::Form, wire::End,
};

pub(super) const BASE: &str = "/payform/";

/// What becomes of a request: a page, and what the bank does besides.
pub(super) struct Shown {
    /// `None` where the connection is cut as planned.
    pub(super) page: Option<Response<Bytes>>,
    pub(super) delay: u64,
    pub(super) callbacks: Vec<Callback>,
}

impl From<Response<Bytes>> for Shown {
    fn from(page: Response<Bytes>) -> Self {
        Self { page: Some(page), delay: 0, callbacks: Vec::new() }
    }
}

/// Everything under [`BASE`].
pub(super) fn answer(request: &Request<Bytes>, bank: &Shared) -> Shown {
    let path = request.uri().path().strip_prefix(BASE).unwrap_or_default();
    let query = Form::of_query(request.uri().query());
    let form = || Form::of(request.headers(), request.body()).unwrap_or(Form::of_query(None));
    match (request.method(), path.split_once('/').unwrap_or((path, ""))) {
        (&Method::GET, ("payment-api.js", "")) => script(bank).into(),
        (&Method::GET, ("" | "index.html", "")) if query.get("code").is_none() => {
            order(&query, bank, None).into()
        }
        (&Method::POST, ("pay", "")) => pay(&form(), bank),
        (&Method::POST, ("3ds", id)) => confirm(id, &form(), bank),
        (&Method::GET, ("result", id)) => outcome(id, bank).into(),
        _ => result::answer(request).into(),
    }
}

/// The script with lz-string in front of it, both hidden from the shop's page.
fn script(bank: &Shared) -> Response<Bytes> {
    let payform = bank.lock().settings().payform_url.clone();
    let script = format!(
        "/*!\n{}*/\n(function () {{\nvar define, module, angular;\n{}\n{}}})();\n",
        include_str!("lz-string.LICENSE"),
        include_str!("lz-string.min.js"),
        include_str!("payment-api.js").replace("%PAYFORM%", &payform),
    );
    let mut response = reply::with_body(StatusCode::OK, "text/javascript; charset=utf-8", script);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The page of an order, perhaps with what is wrong with the card.
fn order(given: &Form, bank: &Shared, wrong_card: Option<&Refusal>) -> Response<Bytes> {
    let (now, framed) = (bank.now(), given.get("isshortform") == Some("true"));
    if given.get("istransfer") == Some("true") {
        let why = "the fake bank does not serve transfers (halyk.p2p)".to_owned();
        return page::wrong(StatusCode::NOT_IMPLEMENTED, Words::of(""), &[why]);
    }
    let Some(packed) = given.get("params") else {
        let why = "params is missing: halyk.pay and halyk.showPaymentWidget bring it".to_owned();
        return page::wrong(StatusCode::BAD_REQUEST, Words::of(""), &[why]);
    };
    // What begins as base64 does is unpacked to nothing.
    let Some(text) = unpack::unpack(packed).filter(|text| !text.is_empty()) else {
        let why = "params is not LZString.compressToEncodedURIComponent of the order".to_owned();
        return page::wrong(StatusCode::BAD_REQUEST, Words::of(""), &[why]);
    };
    let params = Form::of_text(&text);
    let words = Words::of(params.get("language").unwrap_or_default());
    let bank = bank.lock();
    match bank.order(&params, framed, now) {
        Order::Open(order) => {
            let saved = means::offered(&bank, &order);
            let own = &bank.settings().cards;
            page::card(&page::Ask { words, order: &order, packed, framed, saved, own }, wrong_card)
        }
        Order::Answered(id) => to_result(&id),
        Order::Wrong(why) => page::wrong(StatusCode::BAD_REQUEST, words, &why),
    }
}

/// The payer has chosen one of their cards, or typed another.
fn pay(given: &Form, bank: &Shared) -> Shown {
    let text = given.get("params").and_then(unpack::unpack).unwrap_or_default();
    let (now, framed) = (bank.now(), given.get("isshortform") == Some("true"));
    let mut bank_now = bank.lock();
    let Order::Open(mut order) = bank_now.order(&Form::of_text(&text), framed, now) else {
        drop(bank_now);
        return self::order(given, bank, None).into();
    };
    order.save_card &= given.get("cardsave") == Some("true");
    let instrument = match means::read(&bank_now, &order, given) {
        Ok(instrument) => instrument,
        Err(refusal) => {
            drop(bank_now);
            return self::order(given, bank, Some(&refusal)).into();
        }
    };
    let invoice = order.asked.invoice.clone();
    let performed = bank_now.perform(Endpoint::PayForm, &invoice, now, |bank| {
        bank.pay_by_form(*order, instrument, now)
    });
    drop(bank_now);
    show(performed, |paid| match paid {
        Ok(id) => to_result(&id),
        Err(refusal) => {
            page::wrong(StatusCode::BAD_REQUEST, Words::of(""), &[refusal.message().to_owned()])
        }
    })
}

/// The payer comes from the issuer's page.
fn confirm(id: &str, given: &Form, bank: &Shared) -> Shown {
    let (Some(pa_res), Some(md)) = (given.get("pares"), given.get("md")) else {
        return result_not_found().into();
    };
    let now = bank.now();
    let performed = bank.lock().perform(Endpoint::Confirm, id, now, |bank| {
        bank.confirm(None, id, md, pa_res, now).is_ok()
    });
    // Whatever it was, the ledger says how the payment stands.
    show(performed, |_| to_result(id))
}

/// How it went, or where the payer has to go on.
fn outcome(id: &str, bank: &Shared) -> Response<Bytes> {
    let bank = bank.lock();
    let found = bank.ledger.by_id(id).and_then(|it| Some((it, it.way_back.as_deref()?)));
    let Some((operation, way_back)) = found else { return result_not_found() };
    let words = Words::of(&way_back.language);
    if let Some(challenge) = operation.challenge() {
        let term_url = format!("{}3ds/{}", bank.settings().payform_url, operation.id);
        return page::to_issuer(words, challenge, &term_url);
    }
    let success = match operation.status {
        Status::Reject | Status::Failed => Some(false),
        Status::New | Status::ThreeDs | Status::Fingerprint => None,
        _ => Some(true),
    };
    page::result(words, operation, way_back, success)
}

fn result_not_found() -> Response<Bytes> {
    html::page(StatusCode::NOT_FOUND, "ePay", "<p>No such payment at the pay form.")
}

/// After a form a page that can be loaded again.
fn to_result(id: &str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::SEE_OTHER;
    if let Ok(there) = HeaderValue::from_str(&format!("{BASE}result/{id}")) {
        response.headers_mut().insert(header::LOCATION, there);
    }
    response
}

fn show<T>(performed: Performed<T>, page: impl FnOnce(T) -> Response<Bytes>) -> Shown {
    let Performed { value, end, delay, callbacks } = performed;
    let page = match end {
        End::Answered => value.map(page),
        End::ErrorAfterEffect => Some(reply::with_body(
            StatusCode::INTERNAL_SERVER_ERROR,
            "text/plain",
            "internal server error\n",
        )),
        // A part of a page is as good as none.
        End::CutBeforeEffect | End::CutAfterEffect | End::Truncated(_) => None,
    };
    Shown { page, delay, callbacks }
}
