//! The addresses to which a webhook may be sent: https and public, unless its private one is
//! allowed by name.

use epay_reqwest::ReqwestTransport;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::error::Error;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use url::{Host, Url};

/// An address that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    url: Url,
    allow_private: bool,
}

impl Endpoint {
    pub(crate) fn parse(text: &str, allow_private: bool) -> Result<Endpoint, &'static str> {
        let url = Url::parse(text).map_err(|_| "not an address")?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err("has a user: the signature is what proves the sender");
        }
        let public = match url.host() {
            None => return Err("has no host"),
            Some(Host::Ipv4(ip)) => is_public(ip.into()),
            Some(Host::Ipv6(ip)) => is_public(ip.into()),
            Some(Host::Domain(name)) => name.contains('.') && !name.ends_with(".localhost"),
        };
        match (url.scheme(), public, allow_private) {
            ("https", true, _) | ("https" | "http", _, true) => Ok(Endpoint { url, allow_private }),
            ("https", false, false) => Err("a private address, and no allow_private = true"),
            _ => Err("not https"),
        }
    }

    pub(crate) fn url(&self) -> &str {
        self.url.as_str()
    }

    /// For logs: a path may hold what only the shop should know.
    pub(crate) fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// Follows no redirect, and connects to nothing private although a name may lead there.
    pub(crate) fn transport(&self) -> Result<ReqwestTransport, Box<dyn Error + Send + Sync>> {
        let private = self.allow_private;
        Ok(ReqwestTransport::build(move |client| {
            if private { client } else { client.dns_resolver(Arc::new(PublicOnly)) }
        })?)
    }
}

/// Resolves as the system does, and leaves out what is not public. The connection goes to an address
/// that was looked at, so a name that changes its mind in between gains nothing.
#[derive(Debug)]
struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|at| is_public(at.ip())).collect();
            if public.is_empty() {
                return Err("the name leads to no public address".into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

/// Whether an address is one of the internet, and of no network of ours.
pub(crate) fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            let [first, second, third, _] = ip.octets();
            let shared = first == 100 && (64..128).contains(&second); // of a provider's customers
            let test = first == 198 && matches!(second, 18 | 19);
            let protocol = first == 192 && second == 0 && third == 0;
            !(ip.is_private()
                || ip.is_loopback()
                || ip.is_link_local()
                || ip.is_documentation()
                || ip.is_multicast()
                || first == 0
                || first >= 240
                || shared
                || test
                || protocol)
        }
        IpAddr::V6(ip) => match embedded(ip) {
            Some(ip) => is_public(IpAddr::V4(ip)),
            // 2000::/3 is all that was ever given out; 2001:db8::/32 of it is for books.
            None => {
                let [first, second, ..] = ip.segments();
                (0x2000..0x4000).contains(&first) && (first, second) != (0x2001, 0x0db8)
            }
        },
    }
}

/// The IPv4 address that stands in an IPv6 one: mapped, or behind a translator (64:ff9b::/96, 2002::/16).
fn embedded(ip: Ipv6Addr) -> Option<std::net::Ipv4Addr> {
    let [a, b, c, d, e, f, high, low] = ip.segments();
    let of = |high: u16, low: u16| {
        let ([one, two], [three, four]) = (high.to_be_bytes(), low.to_be_bytes());
        std::net::Ipv4Addr::new(one, two, three, four)
    };
    match (a, b, c, d, e, f) {
        (0, 0, 0, 0, 0, 0xffff) | (0x64, 0xff9b, 0, 0, 0, 0) => Some(of(high, low)),
        (0x2002, high, low, ..) => Some(of(high, low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_to_a_public_address_needs_no_word() {
        for (url, plain, allowed) in [
            ("https://shop.example.kz/hook", true, true),
            ("https://8.8.8.8/hook", true, true),
            ("http://shop.example.kz/hook", false, true),
            ("https://localhost/hook", false, true),
            ("https://a.localhost/hook", false, true),
            ("https://10.0.0.7/hook", false, true),
            ("https://[::1]/hook", false, true),
            ("https://0x7f.1/hook", false, true), // 127.0.0.1, as browsers read it
            ("https://user:word@shop.example.kz/", false, false),
            ("ftp://shop.example.kz/", false, false),
            ("file:///etc/passwd", false, false),
            ("shop.example.kz", false, false),
        ] {
            assert_eq!(Endpoint::parse(url, false).is_ok(), plain, "{url}");
            assert_eq!(Endpoint::parse(url, true).is_ok(), allowed, "{url}, allowed");
        }
    }

    #[test]
    fn every_way_to_write_a_private_address_is_seen() {
        for private in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "192.0.0.8",
            "192.168.1.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "fe80::1",
            "fc00::1",
            "ff02::1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "2002:a00:1::",
            "2001:db8::1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
        for public in ["8.8.8.8", "100.128.0.1", "2606:4700::1111", "::ffff:8.8.8.8"] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }

    #[tokio::test]
    async fn a_name_that_leads_to_this_machine_is_not_connected_to() {
        let found = PublicOnly.resolve("localhost".parse().unwrap()).await;
        assert_eq!(found.err().unwrap().to_string(), "the name leads to no public address");
    }
}
