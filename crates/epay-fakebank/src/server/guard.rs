//! Whether a request is for a loopback name, literally; and the answer to a request without the
//! secret.

use std::net::{Ipv4Addr, Ipv6Addr};

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};

use crate::reply;

/// A browser asks its user for a password then.
pub(super) fn ask_for_secret() -> Response<Bytes> {
    let why = "the header x-epay-admin has to be the token, or the password: curl -u :TOKEN\n";
    let mut response = reply::with_body(StatusCode::UNAUTHORIZED, "text/plain", why);
    let challenge = HeaderValue::from_static("Basic realm=\"epay fake bank\"");
    response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    response
}

/// A loopback host and perhaps a port, and nothing else.
pub(super) fn is_loopback(authority: &str) -> bool {
    if let Some(bracketed) = authority.strip_prefix('[') {
        return bracketed.split_once(']').is_some_and(|(address, rest)| {
            address.parse::<Ipv6Addr>().is_ok_and(|address| address.is_loopback())
                && is_no_port_or_one(rest)
        });
    }
    let (host, rest) = authority.split_at(authority.find(':').unwrap_or(authority.len()));
    is_no_port_or_one(rest)
        && (is_localhost(host)
            || host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback()))
}

/// `localhost` or a name below it.
fn is_localhost(host: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let mut labels = host.rsplit('.');
    labels.next().is_some_and(|top| top.eq_ignore_ascii_case("localhost")) && labels.all(is_label)
}

pub(super) fn is_no_port_or_one(rest: &str) -> bool {
    rest.is_empty()
        || rest.strip_prefix(':').is_some_and(|port| {
            port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_names_are_let_in() {
        let good = [
            "localhost",
            "LOCALHOST:80",
            "fakebank.localhost:1",
            "127.0.0.1:8080",
            "127.9.9.9",
            "[::1]:80",
            "[::1]",
        ];
        let bad = [
            "",
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example:80",
            "10.0.0.1",
            "[::2]:80",
            "0.0.0.0",
            "[::1]evil.example",
            "[::1]:80evil.example",
            "[::1",
            "::1",
            "[::1%1]",
            "[127.0.0.1]",
            "[::1]@evil.example",
            "localhost:80@evil.example",
            "localhost:",
            "localhost:+80",
            "localhost:65536",
            "localhost:80:80",
            ".localhost",
            "evil@x.localhost",
            " localhost",
        ];
        for host in good {
            assert!(is_loopback(host), "{host}");
        }
        for host in bad {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
