//! One id for each request: in its log lines, in the answer's header and in problem details.

use crate::api::Problem;
use crate::client::is_trusted;
use crate::service::App;
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use ring::rand::{SecureRandom, SystemRandom};
use std::net::SocketAddr;
use tracing::Instrument;

const HEADER: HeaderName = HeaderName::from_static("x-request-id");
/// A proxy's own is 32 or 36 characters.
const MOST: usize = 64;

/// Gives the request its id, says it in a span around all that the request does, and in the answer.
pub(crate) async fn name(State(app): State<App>, request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let by_proxy = peer.is_some_and(|peer| is_trusted(peer.0.ip(), app.trusted_proxies()));
    let given = given(request.headers()).filter(|_| by_proxy);
    let id = given.unwrap_or_else(random);
    // The address itself is not logged: a payer's link is a secret of theirs.
    let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    let span = tracing::info_span!("request", %id, route);
    answer(id, request, next).instrument(span).await
}

async fn answer(id: String, request: Request, next: Next) -> Response {
    let mut answer = next.run(request).await;
    if let Ok(id) = HeaderValue::from_str(&id) {
        answer.headers_mut().insert(HEADER, id);
    }
    match answer.extensions_mut().remove::<Problem>() {
        Some(problem) => problem.written(answer, id),
        None => answer,
    }
}

/// What a proxy calls it, where that is one plain word.
fn given(headers: &HeaderMap) -> Option<String> {
    let mut sent = headers.get_all(HEADER).iter();
    let (id, None) = (sent.next()?.to_str().ok()?, sent.next()) else { return None };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    ((1..=MOST).contains(&id.len()) && id.bytes().all(plain)).then(|| id.to_owned())
}

/// 32 hexadecimal digits.
fn random() -> String {
    let mut bytes = [0; 16];
    match SystemRandom::new().fill(&mut bytes) {
        Ok(()) => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        // It names nothing, and no request fails for it.
        Err(_) => "unnamed".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_word_is_taken_and_nothing_else() {
        let sent = |values: &[&[u8]]| {
            let value = |it: &&[u8]| (HEADER, HeaderValue::from_bytes(it).unwrap());
            given(&values.iter().map(value).collect())
        };
        let long = [b'a'; MOST + 1];
        for taken in [&b"7b3c9c1e-57f5-4e6b-9d0a-4b4a4e3f2c11"[..], b"a_1.b", &long[..MOST]] {
            assert_eq!(sent(&[taken]).map(String::into_bytes).as_deref(), Some(taken));
        }
        for refused in [&[&b""[..]][..], &[&long], &[b"a b"], &[b"a\tb"], &["é".as_bytes()]] {
            assert_eq!(sent(refused), None, "{refused:?}");
        }
        assert_eq!(sent(&[b"one", b"two"]), None);
        assert_eq!(sent(&[]), None);
    }

    #[test]
    fn ids_of_ours_are_taken_by_ourselves_and_differ() {
        let (one, other) = (random(), random());
        assert_ne!(one, other);
        assert_eq!(given(&HeaderMap::from_iter([(HEADER, one.parse().unwrap())])), Some(one));
    }
}
