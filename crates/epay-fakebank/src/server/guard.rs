//! Who may talk to the server: only somebody who calls it by a loopback name, and changes only from outside a browser page.

use std::net::IpAddr;

use http::{HeaderMap, header, request::Parts};

/// A web page in the user's browser can be made to send a form here, but not this header.
const ADMIN_HEADER: &str = "x-epay-admin";

/// Whether `Host` is a loopback name: a rebound DNS name is not.
pub(super) fn is_loopback_host(head: &Parts) -> bool {
    let host =
        head.headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    is_loopback(host_of(host))
}

/// Whether the request carries the header that a cross-site form cannot.
pub(super) fn is_deliberate(headers: &HeaderMap) -> bool {
    headers.get(ADMIN_HEADER).is_some_and(|value| value == "1")
}

fn host_of(authority: &str) -> &str {
    match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => authority.rsplit_once(':').map_or(authority, |(host, _)| host),
    }
}

fn is_loopback(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    host == "localhost"
        || host.ends_with(".localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
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
        ];
        for host in good {
            assert!(is_loopback(host_of(host)), "{host}");
        }
        for host in bad {
            assert!(!is_loopback(host_of(host)), "{host}");
        }
    }
}
