//! The client's address: the connection's, or the one that a trusted proxy reports.

use crate::service::App;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use ipnet::IpNet;
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

/// The address that a client's tries are counted by; `None` where it is only known which proxy it came by.
pub(crate) struct Client(pub(crate) Option<IpAddr>);

impl FromRequestParts<App> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Client, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|it| it.0.ip());
        let client = peer.map(|peer| client(peer, &parts.headers, app.trusted_proxies()));
        // Whoever comes from this machine or its network is most likely a proxy that nobody named.
        let client = client.filter(|ip| crate::webhook::is_public(*ip));
        Ok(Client(client.map(network)))
    }
}

/// Whether the connection is a proxy of ours.
pub(crate) fn is_trusted(peer: IpAddr, trusted: &[IpNet]) -> bool {
    let peer = peer.to_canonical();
    trusted.iter().any(|net| net.contains(&peer))
}

/// Whoever is not one of `trusted`, from the connection backwards: what stands before them in
/// `X-Forwarded-For` they may have written themselves.
fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let said = headers.get_all("x-forwarded-for").iter().rev();
    let said = said.flat_map(|value| value.to_str().unwrap_or("?").rsplit(','));
    let mut client = peer.to_canonical();
    for text in said {
        if !is_trusted(client, trusted) {
            break;
        }
        match text.trim().parse::<IpAddr>() {
            Ok(ip) => client = ip.to_canonical(),
            Err(_) => break,
        }
    }
    client
}

/// Whoever has an address of IPv6 has a network of them.
fn network(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(_) => ip,
        IpAddr::V6(ip) => IpAddr::V6((u128::from(ip) & !u128::from(u64::MAX)).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_proxy_of_ours_is_believed_and_only_of_whom_it_saw() {
        let trusted: Vec<IpNet> =
            ["127.0.0.1/32", "10.0.0.0/8", "::1/128"].map(|net| net.parse().unwrap()).into();
        for (peer, said, expected) in [
            ("127.0.0.1", &["5.6.7.8"][..], "5.6.7.8"),
            ("5.6.7.8", &["1.1.1.1"], "5.6.7.8"), // nobody asked them
            ("127.0.0.1", &["1.1.1.1, 5.6.7.8"], "5.6.7.8"), // the first is the client's own word
            ("127.0.0.1", &["1.1.1.1", "5.6.7.8,10.1.2.3"], "5.6.7.8"),
            ("127.0.0.1", &["1.1.1.1, what", "10.1.2.3"], "10.1.2.3"),
            ("127.0.0.1", &["5.6.7.8:1234"], "127.0.0.1"),
            ("127.0.0.1", &["\u{e9}"], "127.0.0.1"),
            ("127.0.0.1", &[], "127.0.0.1"),
            ("::ffff:127.0.0.1", &["::ffff:5.6.7.8"], "5.6.7.8"),
            ("::1", &["2a00:1:2:3:4:5:6:7"], "2a00:1:2:3:4:5:6:7"),
        ] {
            let mut headers = HeaderMap::new();
            for value in said {
                headers.append(
                    "x-forwarded-for",
                    http::HeaderValue::from_bytes(value.as_bytes()).unwrap(),
                );
            }
            let found = client(peer.parse().unwrap(), &headers, &trusted);
            assert_eq!(found, expected.parse::<IpAddr>().unwrap(), "{peer} {said:?}");
        }
    }

    #[test]
    fn a_network_of_ipv6_is_one_client() {
        let [one, two, other] = ["2a00:1:2:3:4:5:6:7", "2a00:1:2:3::1", "2a00:1:2:4::1"]
            .map(|ip| network(ip.parse().unwrap()));
        assert_eq!(one, two);
        assert_ne!(one, other);
    }
}
