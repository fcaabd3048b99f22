//! Where the server listens, which host names it answers to, and who may read and change its books.

use std::net::SocketAddr;

use http::{HeaderMap, header, request::Parts};
use ring::digest;

use super::guard;
use crate::secret::Secret;

/// Where and for whom a server listens. By default for this machine alone, which needs no secret.
#[derive(Clone, Debug)]
pub struct Listen {
    /// Port 0 is any free one. Only a loopback address, without [`Listen::public`].
    pub address: SocketAddr,
    /// Names it answers to beside those of loopback. The first stands in the links it gives out.
    pub host_names: Vec<String>,
    /// Let others reach it, by any name where none is given: containers, say. Then admin API and console want this secret.
    pub public: Option<Secret>,
    /// Speak TLS by a certificate of its own.
    #[cfg(feature = "tls")]
    pub tls: Option<super::tls::Authority>,
}

/// The header that a web page of another site can't make a browser send.
const ADMIN_HEADER: &str = "x-epay-admin";

impl Listen {
    /// On a loopback address, for this machine.
    pub fn on(address: SocketAddr) -> Self {
        Self {
            address,
            host_names: Vec::new(),
            public: None,
            #[cfg(feature = "tls")]
            tls: None,
        }
    }

    /// The host and port of the links it gives out, once it is known which port it has.
    pub(super) fn authority(&self, bound: SocketAddr) -> String {
        match self.host_names.first() {
            Some(name) => format!("{name}:{}", bound.port()),
            None if bound.ip().is_unspecified() => format!("localhost:{}", bound.port()),
            None => bound.to_string(),
        }
    }

    pub(super) fn scheme(&self) -> &'static str {
        #[cfg(feature = "tls")]
        if self.tls.is_some() {
            return "https";
        }
        "http"
    }

    /// Whether the request is for one of its names: a DNS name that a stranger points here is not.
    pub(super) fn is_for_us(&self, head: &Parts) -> bool {
        let mut hosts = head.headers.get_all(header::HOST).iter();
        let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
        host.to_str().is_ok_and(|host| self.is_ours(host))
            && head.uri.authority().is_none_or(|target| self.is_ours(target.as_str()))
    }

    fn is_ours(&self, authority: &str) -> bool {
        if self.public.is_some() && self.host_names.is_empty() || guard::is_loopback(authority) {
            return true;
        }
        self.host_names.iter().any(|name| {
            let host = authority.get(..name.len()).filter(|host| host.eq_ignore_ascii_case(name));
            let rest = host.and_then(|_| authority.get(name.len()..));
            rest.is_some_and(guard::is_no_port_or_one)
        })
    }

    /// Whether the books may be shown: to everybody on this machine, or by the secret as header or as password.
    pub(super) fn may_read(&self, headers: &HeaderMap) -> bool {
        let Some(secret) = &self.public else { return true };
        is(header_of(headers), secret) || is(password(headers).as_deref(), secret)
    }

    /// Whether something may be changed. A browser sends a password by itself, and so that is not enough.
    pub(super) fn may_change(&self, headers: &HeaderMap) -> bool {
        match &self.public {
            None => header_of(headers) == Some("1"),
            Some(secret) => is(header_of(headers), secret),
        }
    }

    /// What a line for the command line has in that header.
    pub(super) fn header_value(&self) -> &'static str {
        if self.public.is_some() { "TOKEN" } else { "1" }
    }
}

fn header_of(headers: &HeaderMap) -> Option<&str> {
    headers.get(ADMIN_HEADER)?.to_str().ok()
}

fn password(headers: &HeaderMap) -> Option<String> {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let (scheme, told) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let told =
        scheme.eq_ignore_ascii_case("basic").then(|| STANDARD.decode(told.trim()).ok())??;
    Some(String::from_utf8(told).ok()?.split_once(':')?.1.to_owned())
}

/// By digests, whose comparison tells nothing of the secret.
fn is(said: Option<&str>, secret: &Secret) -> bool {
    let digest = |text: &str| digest::digest(&digest::SHA256, text.as_bytes());
    said.is_some_and(|said| digest(said).as_ref() == digest(secret.expose()).as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn public(names: &[&str]) -> Listen {
        Listen {
            host_names: names.iter().map(|&name| name.to_owned()).collect(),
            public: Some(Secret::new("s3cret")),
            ..Listen::on(([0, 0, 0, 0], 80).into())
        }
    }

    #[test]
    fn a_name_is_ours_when_it_was_given_or_when_none_was_and_all_may_come() {
        let named = public(&["bank", "bank.test"]);
        for host in ["bank", "BANK:8080", "bank.test:1", "localhost", "127.0.0.1:80"] {
            assert!(named.is_ours(host), "{host}");
        }
        for host in ["bank.evil.example", "bank:80:80", "banks", "10.0.0.1", "", "bank@evil"] {
            assert!(!named.is_ours(host), "{host}");
        }
        assert!(public(&[]).is_ours("10.0.0.1:80"));
        assert!(!Listen::on(([127, 0, 0, 1], 0).into()).is_ours("10.0.0.1:80"));
    }

    #[test]
    fn links_have_the_first_name_and_the_port_that_was_taken() {
        let bound = ([0, 0, 0, 0], 8800).into();
        assert_eq!(public(&["bank", "other"]).authority(bound), "bank:8800");
        assert_eq!(public(&[]).authority(bound), "localhost:8800");
        let loopback = ([127, 0, 0, 1], 1).into();
        assert_eq!(Listen::on(loopback).authority(loopback), "127.0.0.1:1");
    }

    #[test]
    fn the_secret_reads_as_header_or_password_and_changes_as_header() {
        let with = |name: &'static str, value: &str| {
            HeaderMap::from_iter([(name.parse().unwrap(), value.parse().unwrap())])
        };
        let cases = [
            (with("x-epay-admin", "s3cret"), true, true),
            (with("x-epay-admin", "1"), false, false),
            (with("authorization", "Basic YW55OnMzY3JldA=="), true, false), // any:s3cret
            (with("authorization", "Basic YW55OnMzY3JlcA=="), false, false),
            (with("authorization", "Basic %%%"), false, false),
            (HeaderMap::new(), false, false),
        ];
        for (headers, reads, changes) in cases {
            let door = public(&[]);
            assert_eq!((door.may_read(&headers), door.may_change(&headers)), (reads, changes));
        }
        let here = Listen::on(([127, 0, 0, 1], 0).into());
        assert!(here.may_read(&HeaderMap::new()) && !here.may_change(&HeaderMap::new()));
        assert!(here.may_change(&with("x-epay-admin", "1")));
    }
}
