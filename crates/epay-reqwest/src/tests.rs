//! What is reqwest's own about the contract; `epay_testkit::conformance::transport` has the rest.

use super::*;
use epay_http::TransportErrorKind::{self, NotSent};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

fn request(uri: String) -> http::Request<Bytes> {
    http::Request::post(uri).header("authorization", "Bearer hush").body("hush".into()).unwrap()
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
async fn each_request_has_a_connection_of_its_own_unless_asked() {
    for (keep, connections) in [(0, 2), (1, 1)] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let uri = format!("http://{}/", listener.local_addr().unwrap());
        let transport =
            ReqwestTransport::build(|client| client.pool_max_idle_per_host(keep)).unwrap();
        let client = async {
            for _ in 0..2 {
                transport.send(request(uri.clone())).await.unwrap();
            }
            drop(transport);
        };
        let server = async {
            let mut sockets = 0;
            let mut answered = 0;
            while answered < 2 {
                let mut socket = read_request(&listener).await;
                sockets += 1;
                loop {
                    socket
                        .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                        .await
                        .unwrap();
                    answered += 1;
                    if answered == 2 || !read_one(&mut socket).await {
                        break;
                    }
                }
            }
            sockets
        };
        let ((), sockets) = tokio::join!(client, server);
        assert_eq!(sockets, connections, "keep {keep}");
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
