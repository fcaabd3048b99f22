//! The page to which the bank sends the payer's browser after 3-D Secure: it shows the result that
//! is in its address.

use bytes::Bytes;
use http::{Request, Response, StatusCode};

use super::html;
use crate::request::Form;

/// `GET /payform/success.html?…`, or `GET /payform/?…` with a code.
pub(super) fn answer(request: &Request<Bytes>) -> Response<Bytes> {
    let query = Form::of_query(request.uri().query());
    let field = |name| html::escape(query.get(name).unwrap_or_default());
    let body = if request.uri().path() == "/payform/success.html" {
        format!(
            "<h1>Approved</h1>\n<p>{} {} for order {}, reference {}.",
            field("amount"),
            field("currency"),
            field("invoiceid"),
            field("reference"),
        )
    } else if query.get("code").is_some() {
        format!(
            "<h1>Not approved</h1>\n<p>Order {}, code {}: {}.",
            field("invoiceid"),
            field("code"),
            field("message"),
        )
    } else {
        return html::page(StatusCode::NOT_FOUND, "ePay", "<p>No such page.");
    };
    html::page(StatusCode::OK, "ePay", &format!("{body}\n<p>You may close this page."))
}
