//! Answers that did not come from the bank or were damaged on the way: proxies' pages, errors,
//! broken bodies.

use bytes::Bytes;
use http::{Response, StatusCode};

use crate::Fault;
use crate::world::Struck;

/// The answer of whoever stands before the bank: nothing was done.
pub(crate) fn refusal(struck: &Struck) -> Option<(Fault, Response<Bytes>)> {
    let (status, body) = match struck.fault {
        Fault::Unauthorized => (401, r#"{"code":401,"message":"token expired"}"#),
        Fault::Forbidden => (403, "<html>forbidden</html>"),
        Fault::WrongRoute => (404, "<html>no such page</html>"),
        Fault::TooMany => (429, r#"{"message":"too many requests"}"#),
        Fault::ErrorBefore => (500, "internal server error"),
        Fault::Maintenance => (503, "<html>under maintenance</html>"),
        _ => return None,
    };
    Some((struck.fault, page(status, body.into())))
}

/// What is left of the bank's answer.
pub(crate) fn of(struck: &Struck, answer: &Response<Bytes>) -> Option<(Fault, Response<Bytes>)> {
    let body = answer.body();
    let status = answer.status().as_u16();
    let damaged = match struck.fault {
        Fault::ForbiddenAfter => page(403, "<html>forbidden</html>".into()),
        Fault::RefusedYetDone => page(400, r#"{"code":454,"message":"try again later"}"#.into()),
        Fault::ErrorAfter => page(500, "internal server error".into()),
        Fault::BadGateway => page(502, "<html>bad gateway</html>".into()),
        Fault::EmptyBody => page(status, Bytes::new()),
        Fault::TruncatedJson => page(status, body.slice(..body.len() / 2)),
        Fault::HtmlBody => page(200, "<html>welcome</html>".into()),
        Fault::HugeBody => page(status, vec![b' '; epay_http::MAX_RESPONSE_BYTES + 1].into()),
        Fault::DeepBody => page(status, "[".repeat(4_000).into()),
        Fault::DoubledKeys => page(status, doubled(body)?),
        Fault::NotUtf8 => {
            page(status, [b"{\"name\":\"\xff\xfe\",", body.get(1..)?].concat().into())
        }
        _ => return None,
    };
    Some((struck.fault, damaged))
}

/// Whether by this fault nothing of the bank's answer may be left. What is said twice alike is said.
pub(crate) fn is_damage(fault: Fault) -> bool {
    matches!(
        fault,
        Fault::ErrorAfter
            | Fault::BadGateway
            | Fault::EmptyBody
            | Fault::TruncatedJson
            | Fault::HtmlBody
            | Fault::HugeBody
            | Fault::DeepBody
            | Fault::NotUtf8
    )
}

/// The members of an object, and the same once more.
fn doubled(body: &[u8]) -> Option<Bytes> {
    let inside = body.strip_prefix(b"{")?.strip_suffix(b"}")?;
    if inside.is_empty() {
        return None;
    }
    Some([b"{", inside, b",", inside, b"}"].concat().into())
}

fn page(status: u16, body: Bytes) -> Response<Bytes> {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    response
}
