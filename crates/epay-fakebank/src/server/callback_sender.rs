//! Callbacks leave by plain HTTP to loopback and, where others may reach the bank, to private networks; in five seconds or never, and follow no redirect.

use std::{io, net::IpAddr, time::Duration};

use bytes::Bytes;
use http::{Method, Request, Uri, header};
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpStream, lookup_host};

use super::{clock, shared::Shared};
use crate::{
    callback_log::CallbackEnd,
    callbacks::{Callback, Moment},
};

/// The longest a callback may take.
const TIMEOUT: Duration = Duration::from_secs(5);
/// How long after the answer a callback leaves. It need not be exact: a merchant must stand any order.
const AFTER_ANSWER: Duration = Duration::from_millis(50);

/// Sends the early ones before it returns, and the others soon after. The bank does not care how it went, and notes it.
pub(super) async fn send(bank: &Shared, callbacks: Vec<Callback>) {
    for callback in callbacks {
        let wait = match callback.moment {
            Moment::BeforeAnswer => {
                deliver(bank, &callback).await;
                continue;
            }
            Moment::AfterAnswer => AFTER_ANSWER,
            Moment::Late(time) => Duration::from_millis(time),
        };
        let bank = bank.clone();
        tokio::spawn(async move {
            clock::pause(wait).await;
            deliver(&bank, &callback).await;
        });
    }
}

async fn deliver(bank: &Shared, callback: &Callback) {
    for _ in 0..callback.copies {
        // Undelivered is as lost as on a bad day at the bank: nothing retries (retries are undocumented).
        let posted = tokio::time::timeout(
            TIMEOUT,
            post(&callback.url, callback.body.clone(), bank.listen().public.is_some()),
        );
        let end = match posted.await {
            Ok(Ok(status)) => CallbackEnd::Answered(status),
            Ok(Err(error)) => CallbackEnd::Failed(error.to_string()),
            Err(_) => CallbackEnd::Failed("no answer in 5 seconds".to_owned()),
        };
        bank.lock().note_callback(callback, end);
    }
}

/// Loopback, and for a bank that others reach the addresses of private networks: containers, say. None of the internet.
fn is_near(address: IpAddr, public: bool) -> bool {
    let private = match address {
        IpAddr::V4(address) => address.is_private(),
        IpAddr::V6(address) => address.is_unique_local(),
    };
    address.is_loopback() || (public && private)
}

/// The status of the answer.
async fn post(url: &str, body: Bytes, public: bool) -> io::Result<u16> {
    let refused = || {
        let why =
            "only http:// and an address of this machine, with --public also of a private network";
        io::Error::new(io::ErrorKind::PermissionDenied, why)
    };
    let uri: Uri = url.trim().parse().map_err(io::Error::other)?;
    let (Some("http"), Some(host)) = (uri.scheme_str(), uri.host()) else {
        return Err(refused());
    };
    let port = uri.port_u16().unwrap_or(80);
    // Judged after resolving, so that a name cannot lead elsewhere.
    let name = host.trim_start_matches('[').trim_end_matches(']');
    let address = lookup_host((name, port))
        .await?
        .find(|address| is_near(address.ip(), public))
        .ok_or_else(refused)?;
    let stream = TcpStream::connect(address).await?;
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
    let request = Request::builder()
        .method(Method::POST)
        .uri(uri.path_and_query().map_or("/", |path| path.as_str()))
        .header(header::HOST, format!("{host}:{port}"))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Full::new(body))
        .map_err(io::Error::other)?;
    // Owns the sender: the connection ends when it is dropped.
    let exchange = async move { sender.send_request(request).await.map(|it| it.status().as_u16()) };
    let (answered, _) = tokio::join!(exchange, connection);
    answered.map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn no_packet_leaves_loopback() {
        for url in [
            "https://127.0.0.1/",
            "ftp://127.0.0.1/",
            "http://192.0.2.1/",
            "http://[2001:db8::1]/",
            "/x",
            "",
        ] {
            for public in [false, true] {
                assert!(post(url, Bytes::new(), public).await.is_err(), "{url}");
            }
        }
        let refused = post("http://192.0.2.1/", Bytes::new(), true).await.unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::PermissionDenied);
    }

    #[test]
    fn only_a_bank_that_others_reach_reaches_private_networks() {
        for (address, private, public) in [
            ("127.0.0.1", true, true),
            ("::1", true, true),
            ("172.17.0.2", false, true),
            ("fd00::1", false, true),
            ("169.254.169.254", false, false),
            ("192.0.2.1", false, false),
            ("2001:db8::1", false, false),
        ] {
            let address = address.parse().unwrap();
            assert_eq!((is_near(address, false), is_near(address, true)), (private, public));
        }
    }
}
