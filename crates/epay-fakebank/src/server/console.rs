//! The console shows the bank to a person: payments, one payment's story, and how to make it misbehave. It changes nothing.

use std::fmt::Write as _;

use bytes::Bytes;
use http::{Request, Response, StatusCode};

use super::{admin, html, shared::Shared};
use crate::{
    bank::Bank,
    callback_log::{CallbackEnd, CallbackEntry},
    cards,
    operation::{Operation, Refund, Status},
    request::Form,
    wire::{End, WireEntry},
};

/// How many payments a page has.
const PAGE: usize = 50;

/// `GET /`, newest first; `?before=N` has the older ones, `?live` looks again every two seconds.
pub(super) fn payments(request: &Request<Bytes>, shared: &Shared) -> Response<Bytes> {
    let query = request.uri().query().unwrap_or_default();
    let form = Form::of_query(Some(query));
    let bank = shared.lock();
    let all = bank.ledger();
    let end = form.get("before").and_then(|it| it.parse().ok()).unwrap_or(all.len());
    let end = end.min(all.len());
    let begin = end.saturating_sub(PAGE);
    let shown: Vec<Operation> = all.get(begin..end).unwrap_or_default().to_vec();
    let how_to = how_to(&bank, shared.listen().header_value());
    drop(bank);
    let live = query.split('&').any(|it| it == "live");
    let mut body = String::from(
        "<h1>epay fake bank</h1>\n<p>Not a bank. Its key and its secrets are published; never use it in production.\n",
    );
    body.push_str(if live {
        "<meta http-equiv=\"refresh\" content=\"2\">\n<p>Looks again every two seconds. <a href=\"/\">Stop</a>\n"
    } else {
        "<p><a href=\"/?live\">Look again every two seconds</a>\n"
    });
    table(&mut body, shown.iter().rev());
    if begin > 0 {
        // Writing to a String cannot fail.
        let _ = writeln!(body, "<p><a href=\"/?before={begin}\">Older</a>");
    }
    body.push_str(&how_to);
    html::page(StatusCode::OK, "epay fake bank", &body)
}

fn table<'a>(body: &mut String, operations: impl Iterator<Item = &'a Operation>) {
    body.push_str(
        "<div><table>\n<tr><th>Invoice<th>Status<th>Ordered<th>Held<th>Captured<th>Refunded<th>Card<th>Time<th>Reason</tr>\n",
    );
    operations.for_each(|operation| row(body, operation));
    body.push_str("</table></div>\n");
}

fn row(body: &mut String, operation: &Operation) {
    let created = operation.history.first().map(|(at, _)| *at).unwrap_or_default();
    let none = String::new;
    let held = if operation.status == Status::Auth { operation.held.to_string() } else { none() };
    // Writing to a String cannot fail.
    let _ = writeln!(
        body,
        "<tr><td><a href=\"/payments/{}\">{}</a><td>{}<td>{} {}<td>{held}<td>{}<td>{}<td>{}<td>{}<td>{}</tr>",
        html::escape(&operation.id),
        html::escape(&operation.invoice),
        operation.status.name(),
        operation.ordered,
        html::escape(&operation.currency),
        operation.captured,
        operation.refunded(),
        html::escape(&operation.card_mask),
        created.rfc3339(),
        reason(operation),
    );
}

fn reason(operation: &Operation) -> String {
    match operation.reason_code {
        0 => String::new(),
        code => format!("{code}: {}", cards::message(code)),
    }
}

/// `GET /payments/{id}`: all that happened, in order.
pub(super) fn payment(id: &str, shared: &Shared) -> Response<Bytes> {
    let bank = shared.lock();
    let Some(operation) = bank.ledger.by_id(id) else {
        return html::page(StatusCode::NOT_FOUND, "epay fake bank", "<p>No such payment.");
    };
    let invoice = html::escape(&operation.invoice);
    let mut body = format!("<p><a href=\"/\">All payments</a>\n<h1>Invoice {invoice}</h1>\n");
    table(&mut body, [operation].into_iter());
    body.push_str("<h2>What happened</h2>\n<ol>\n");
    let about = |subject: &str| subject == operation.invoice || subject == operation.id;
    let calls = bank.wire_log().iter().filter(|call| about(&call.subject));
    let mut told: Vec<_> = calls.map(|it| (it.at, call(it))).collect();
    told.extend(operation.history.iter().map(|(at, status)| (*at, status.name().to_owned())));
    let refund = |it: &Refund| (it.at, format!("{} refunded", it.amount));
    told.extend(operation.refunds.iter().map(refund));
    let reports = bank.callback_log().iter().filter(|it| it.invoice == operation.invoice);
    told.extend(reports.map(|entry| (entry.at, callback(entry))));
    told.sort_by_key(|(at, _)| *at);
    for (at, what) in told {
        let _ = writeln!(body, "<li>{} {}", at.rfc3339(), html::escape(&what));
    }
    let _ = writeln!(
        body,
        "</ol>\n<p>Deliver its last callback again:\n<pre>curl -H 'x-epay-admin: {header}' -d '{{\"invoice\":\"{invoice}\"}}' \
         {}{}/redeliver</pre>",
        root(&bank),
        admin::BASE,
        header = shared.listen().header_value(),
    );
    html::page(StatusCode::OK, "epay fake bank", &body)
}

fn call(call: &WireEntry) -> String {
    let name = serde_json::to_string(&call.endpoint).unwrap_or_default();
    let status = call.http_status.map_or(String::new(), |status| format!(": {status}"));
    let end = match call.end {
        End::Answered => "",
        End::CutBeforeEffect => ", cut before it was done",
        End::CutAfterEffect | End::ErrorAfterEffect => ", done, and the answer lost",
        End::Truncated(_) => ", done, and a part of the answer lost",
    };
    format!("call {}{status}{end}", name.trim_matches('"'))
}

fn callback(entry: &CallbackEntry) -> String {
    let Some(url) = &entry.url else { return "callback: no link was given for it".to_owned() };
    let end = |end: &CallbackEnd| match end {
        CallbackEnd::Answered(status) => format!("answered {status}"),
        CallbackEnd::Failed(why) => format!("failed: {why}"),
        CallbackEnd::Lost => "lost as planned".to_owned(),
    };
    let ends: Vec<String> = entry.ends.iter().map(end).collect();
    let ends = if ends.is_empty() { "on its way".to_owned() } else { ends.join("; ") };
    format!("callback to {url}: {ends}")
}

/// Cards and amounts, faults still to come, and the calls that change something.
fn how_to(bank: &Bank, header: &str) -> String {
    let mut body = String::from("<h2>Cards</h2>\n<div><table>\n");
    for (number, what) in cards::listed(&bank.settings().cards) {
        let _ = writeln!(body, "<tr><td>{number}<td>{what}</tr>");
    }
    body.push_str(
        "</table></div>\n<p>400000000000, a code and its check digit: declined with that code. An amount of 1000 or more that \
         ends in the code and .07, such as 1484.07: the same on any card and on Apple Pay; x000.07 asks for 3-D Secure.\n\
         <h2>Faults still to come</h2>\n<ul>\n",
    );
    for fault in bank.planned() {
        let fault = serde_json::to_string(fault).unwrap_or_default();
        let _ = writeln!(body, "<li><code>{}</code>", html::escape(&fault));
    }
    let _ = write!(
        body,
        "</ul>\n<p>Lose the answer to the next payment, after it was done:\n\
         <pre>curl -H 'x-epay-admin: {header}' -d '{{\"on\":\"cryptopay\",\"kind\":\"cut_after_effect\"}}' {root}{base}/faults</pre>\n\
         <p>Everything that can be read and changed: <a href=\"{base}\">{base}</a>.\n",
        root = root(bank),
        base = admin::BASE,
    );
    body
}

/// Where it listens.
fn root(bank: &Bank) -> &str {
    bank.settings().acs_url.trim_end_matches("/acs")
}
