//! The part of the transport contract that depends on reqwest;
//! `epay_testkit::conformance::transport` has the rest.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use super::*;
use epay_http::TransportErrorKind::{self, NotSent};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

fn request(uri: String) -> http::Request<Bytes> {
    http::Request::post(uri).header("authorization", "Bearer hush").body("hush".into()).unwrap()
}

fn marked(mut request: http::Request<Bytes>, is_safe: bool) -> http::Request<Bytes> {
    if is_safe {
        request.extensions_mut().insert(SafeToRepeat);
    }
    request
}

async fn kind_of_failure(uri: String) -> TransportErrorKind {
    let error = ReqwestTransport::new().unwrap().send(request(uri)).await.unwrap_err();
    let mut shown = format!("{error:?}");
    let mut cause: Option<&dyn Error> = Some(&error);
    while let Some(error) = cause {
        shown.push_str(&error.to_string());
        cause = error.source();
    }
    assert!(!shown.contains("hush"), "{shown}");
    error.kind()
}

#[tokio::test]
async fn what_fails_while_connecting_was_not_sent() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = closed.local_addr().unwrap();
    drop(closed);
    assert_eq!(kind_of_failure(format!("http://{address}/?hush")).await, NotSent);
    assert_eq!(kind_of_failure("http://nobody.invalid/?hush".into()).await, NotSent);
    assert_eq!(kind_of_failure("/no/host?hush".into()).await, NotSent);
}

#[tokio::test]
async fn a_failed_tls_handshake_was_not_sent() {
    for answer in [&b""[..], b"HTTP/1.1 400 Bad Request\r\n\r\n"] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let uri = format!("https://{}/?hush", listener.local_addr().unwrap());
        let server = async {
            let (mut socket, _) = listener.accept().await.unwrap();
            let hello = socket.read(&mut [0; 4096]).await.unwrap();
            socket.write_all(answer).await.unwrap();
            hello
        };
        let (hello, kind) = tokio::join!(server, kind_of_failure(uri));
        assert!(hello > 0);
        assert_eq!(kind, NotSent, "{answer:?}");
    }
}

#[tokio::test]
async fn a_path_that_reqwest_would_tidy_up_is_not_sent() {
    let transport = ReqwestTransport::new().unwrap();
    for target in ["/a/../b", "/./a", "/a?b='c'", "/a/%2e%2e/b", "/a\\b"] {
        let error =
            transport.send(request(format!("http://127.0.0.1:1{target}"))).await.unwrap_err();
        assert_eq!(error.kind(), NotSent, "{target}");
        assert!(
            error.source().unwrap().to_string().contains("another path"),
            "{target}: {error:?}"
        );
    }
}

#[tokio::test]
async fn an_answer_whose_location_is_no_url_is_still_an_answer() {
    for location in [
        "http://1.2.3.999/",
        "http://[",
        "",
        "//",
        "javascript:alert(1)",
        "http://a b/",
        "\u{e9}",
        "http:",
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let uri = format!("http://{}/", listener.local_addr().unwrap());
        let head =
            format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
        let server =
            async { read_request(&listener).await.write_all(head.as_bytes()).await.unwrap() };
        let transport = ReqwestTransport::new().unwrap();
        let (answer, ()) = tokio::join!(transport.send(request(uri)), server);
        assert_eq!(answer.unwrap().status(), 302, "{location:?}");
    }
}

#[tokio::test]
async fn only_what_is_safe_to_repeat_finds_a_kept_connection() {
    for (keep, are_safe, connections) in [
        (8, [true, true], 1),
        (8, [true, false], 2),
        (8, [false, true], 2),
        (8, [false, false], 2),
        (0, [true, true], 2),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let uri = format!("http://{}/", listener.local_addr().unwrap());
        let accepted = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&accepted);
        let server = tokio::spawn(async move {
            loop {
                let (mut socket, _) = listener.accept().await.unwrap();
                counter.fetch_add(1, SeqCst);
                tokio::spawn(async move {
                    while read_one(&mut socket).await {
                        socket.write_all(OK).await.unwrap();
                    }
                });
            }
        });
        let transport =
            ReqwestTransport::build(|client| client.pool_max_idle_per_host(keep)).unwrap();
        for is_safe in are_safe {
            transport.send(marked(request(uri.clone()), is_safe)).await.unwrap();
        }
        assert_eq!(accepted.load(SeqCst), connections, "keep {keep}, safe {are_safe:?}");
        server.abort();
    }
}

async fn read_request(listener: &TcpListener) -> TcpStream {
    let (mut socket, _) = listener.accept().await.unwrap();
    assert!(read_one(&mut socket).await);
    socket
}

/// Reads up to the end of the test's body; false when the client closed instead.
async fn read_one(socket: &mut TcpStream) -> bool {
    let mut seen = Vec::new();
    while !seen.ends_with(b"\r\n\r\nhush") {
        if socket.read_buf(&mut seen).await.unwrap() == 0 {
            return false;
        }
    }
    true
}

#[test]
fn a_setup_that_fails_says_so() {
    let error =
        ReqwestTransport::build(|client| client.tls_backend_preconfigured("no tls")).unwrap_err();
    assert_eq!(error.to_string(), "the http client could not be set up");
    assert!(error.source().is_some());
}
