//! The pages of the pay form, each without a resource of its own, for a phone as for a desk.

use std::fmt::Write as _;

use bytes::Bytes;
use http::{Response, StatusCode};

use super::words::Words;
use crate::{
    cards::{self, TestCard},
    operation::Operation,
    pay_form::{Payable, WayBack},
    refusal::Refusal,
    saved_cards::SavedCard,
    server::html::{self, escape, hidden},
    three_ds::Challenge,
};

const STYLE: &str = "body{max-width:24rem;margin:0 auto;padding:1.25rem}h1{font-size:1.25rem;margin:0 3rem .25rem 0}\
    h2{font-size:1rem;margin:1.5rem 0 -.75rem}\
    label{display:block;margin-top:1rem}input{display:block;box-sizing:border-box;width:100%;font:inherit;padding:.6rem;\
    border:1px solid #888;border-radius:.4rem}button,.button{display:block;box-sizing:border-box;width:100%;margin-top:1.5rem;\
    padding:.75rem;font:inherit;text-align:center;text-decoration:none;border:0;border-radius:.4rem;background:#0b6e4f;color:#fff}\
    input[type=checkbox]{display:inline;width:auto;margin-right:.5rem}\
    .pair{display:grid;grid-template-columns:1fr 1fr;gap:1rem;align-items:end}.wrong{color:#c0392b}.sum{font-size:1.5rem;margin:0}\
    p{overflow-wrap:anywhere}.pair div{overflow:visible}details{margin-top:2rem;font-size:.85rem}li{overflow-wrap:anywhere}";

/// A frame tells the page around it, which learns no more than this (observed); to whom is not said.
const TELL_SUCCESS: &str = "parent.postMessage({success:true},\"*\")";
const TELL_FAILURE: &str = "parent.postMessage({success:false},\"*\")";

fn page(status: StatusCode, words: &Words, body: &str, scripts: &[&str]) -> Response<Bytes> {
    html::page_with(&html::Look {
        status,
        language: words.language,
        title: words.title,
        style: STYLE,
        body,
        scripts,
    })
}

/// What the page that asks for the card is about.
pub(super) struct Ask<'a> {
    pub(super) words: &'a Words,
    pub(super) order: &'a Payable,
    /// The order as the shop's page packed it.
    pub(super) packed: &'a str,
    pub(super) framed: bool,
    /// The cards that the payer may choose from.
    pub(super) saved: Vec<&'a SavedCard>,
    /// Test cards beside the published ones.
    pub(super) own: &'a [TestCard],
}

/// Asks for the card.
pub(super) fn card(ask: &Ask<'_>, wrong: Option<&Refusal>) -> Response<Bytes> {
    let Ask { words, order, packed, framed, saved, own } = ask;
    let wrong = wrong.map_or(String::new(), |refusal| {
        let what = match (refusal.code(), refusal.message()) {
            (457, _) => words.check_expiry,
            (522, _) => words.of_decline(522),
            (_, message) if message == cards::message(459) => words.check_number,
            _ => words.check_cvc,
        };
        format!("<p class=\"wrong\" id=\"wrong\" role=\"alert\">{what}\n")
    });
    let field = |name, label, complete, length| {
        format!(
            "<label for=\"{name}\">{label}</label>\n<input id=\"{name}\" name=\"{name}\" inputmode=\"numeric\" \
             autocomplete=\"{complete}\" maxlength=\"{length}\" required>\n"
        )
    };
    let short = if *framed { hidden("isShortForm", "true") } else { String::new() };
    let form = format!(
        "<form method=\"post\" action=\"/payform/pay\">\n{}{short}",
        hidden("params", packed)
    );
    let save = if order.save_card {
        format!(
            "<label><input type=\"checkbox\" name=\"cardSave\" value=\"true\" checked> {}</label>\n",
            words.save
        )
    } else {
        String::new()
    };
    let mut body = format!(
        "<h1>{title}</h1>\n<p class=\"sum\">{sum} {currency}\n<p>{order} {invoice}<br>{description}\n{wrong}{saved}\
         {form}{number}<div class=\"pair\">\n<div>{expiry}</div>\n<div>{cvc}</div>\n</div>\n{save}\
         <button id=\"pay\">{pay}</button>\n</form>\n<details><summary>{cards}</summary>\n<ul>\n",
        title = words.title,
        sum = order.asked.amount,
        currency = escape(&order.asked.currency),
        order = words.order,
        invoice = escape(&order.asked.invoice),
        description = escape(&order.details.description),
        saved = saved_cards(words, saved, &form),
        number = field("number", words.number, "cc-number", 23),
        expiry = field("expiry", words.expiry, "cc-exp", 7),
        cvc = field("cvc", words.cvc, "cc-csc", 4),
        pay = words.pay,
        cards = words.cards,
    );
    for (number, what) in cards::listed(own) {
        // Writing to a String cannot fail.
        let _ = writeln!(body, "<li><code>{number}</code> {what}");
    }
    body.push_str("</ul>\n</details>");
    page(StatusCode::OK, words, &body, &[])
}

/// A form of their own: what is typed into the other pays by no saved card.
fn saved_cards(words: &Words, saved: &[&SavedCard], form: &str) -> String {
    if saved.is_empty() {
        return String::new();
    }
    let mut cards = format!("<h2>{}</h2>\n{form}", words.saved);
    for card in saved {
        let (id, mask) = (escape(&card.id), escape(card.mask()));
        let _ = writeln!(
            cards,
            "<button name=\"card\" value=\"{id}\">{}: {} {mask}</button>",
            words.pay, card.instrument.scheme
        );
    }
    let _ = writeln!(cards, "</form>\n<h2>{}</h2>", words.another);
    cards
}

/// Sends the payer to the issuer.
pub(super) fn to_issuer(words: &Words, challenge: &Challenge, term_url: &str) -> Response<Bytes> {
    let body = format!(
        "<h1>3-D Secure</h1>\n<form method=\"post\" action=\"/acs\">\n{}{}{}<button>{}</button>\n</form>\n<script>{}</script>",
        hidden("PaReq", &challenge.pa_req),
        hidden("MD", &challenge.md),
        hidden("TermUrl", term_url),
        words.to_issuer,
        html::SUBMIT,
    );
    page(StatusCode::OK, words, &body, &[html::SUBMIT])
}

/// Says how it went, and shows the way back.
pub(super) fn result(
    words: &Words,
    operation: &Operation,
    way_back: &WayBack,
    success: Option<bool>,
) -> Response<Bytes> {
    let (said, link) = match success {
        Some(true) => (words.approved, &way_back.back),
        Some(false) => (words.declined, &way_back.failure_back),
        None => (words.working, &None),
    };
    let mut body = format!(
        "<h1 id=\"outcome\">{said}</h1>\n<p class=\"sum\">{} {}\n<p>{} {}<br>{}\n",
        operation.ordered,
        escape(&operation.currency),
        words.order,
        escape(&operation.invoice),
        escape(&operation.card_mask),
    );
    let tell = success.map(|success| if success { TELL_SUCCESS } else { TELL_FAILURE });
    let _ = match success {
        Some(true) => writeln!(body, "<p>{} {}", words.reference, operation.reference),
        Some(false) => {
            let code = operation.reason_code;
            writeln!(body, "<p>{}\n<p>{} {code}", words.of_decline(code), words.code)
        }
        None => writeln!(body, "<a class=\"button\" href=\"\">{}</a>", words.look_again),
    };
    if let (Some(link), false) = (link, way_back.framed) {
        let _ = writeln!(
            body,
            "<a class=\"button\" id=\"back\" href=\"{}\">{}</a>",
            escape(link),
            words.back
        );
    }
    let tell = tell.filter(|_| way_back.framed);
    let _ = tell.map_or(Ok(()), |tell| write!(body, "<script>{tell}</script>"));
    page(StatusCode::OK, words, &body, tell.as_slice())
}

/// Says what is wrong with the order, to the payer and to whoever writes the shop.
pub(super) fn wrong(status: StatusCode, words: &Words, why: &[String]) -> Response<Bytes> {
    let mut body =
        format!("<h1>{}</h1>\n<p>For the developer of the shop:\n<ul>\n", words.impossible);
    for reason in why {
        let _ = writeln!(body, "<li>{}", escape(reason));
    }
    body.push_str("</ul>");
    page(status, words, &body, &[])
}
