//! The console shows the ledger to a person; it changes nothing.

use std::fmt::Write as _;

use bytes::Bytes;
use http::{Response, StatusCode};

use super::{html, shared::Shared};

/// `GET /`.
pub(super) fn ledger(bank: &Shared) -> Response<Bytes> {
    let bank = bank.lock();
    let mut body = String::from(
        "<h1>epay fake bank</h1>\n<p>Not a bank. Its key and its secrets are published; never use it in production.\n\
         <table>\n<tr><th>Invoice<th>Status<th>Ordered<th>Held<th>Captured<th>Refunded<th>Card<th>Operation</tr>\n",
    );
    for operation in bank.ledger() {
        // Writing to a String cannot fail.
        let _ = writeln!(
            body,
            "<tr><td>{}<td>{}<td>{} {}<td>{}<td>{}<td>{}<td>{}<td>{}</tr>",
            html::escape(&operation.invoice),
            operation.status.name(),
            operation.ordered,
            html::escape(&operation.currency),
            operation.held,
            operation.captured,
            operation.refunded(),
            html::escape(&operation.card_mask),
            html::escape(&operation.id),
        );
    }
    body.push_str("</table>\n<p>As JSON: <code>GET /__epay/ledger</code>, <code>wire</code>, <code>facts</code>.");
    html::page(StatusCode::OK, "epay fake bank", &body)
}

/// Where `confirm` sends a browser that follows its redirect.
pub(super) fn payform() -> Response<Bytes> {
    html::page(
        StatusCode::OK,
        "ePay",
        "<p>The payment is finished; the shop knows how. You may close this page.",
    )
}
