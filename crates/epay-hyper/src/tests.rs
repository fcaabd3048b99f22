//! What is hyper's own about the contract; `epay_testkit::conformance::transport` has the rest.

use std::{
    io::{Read, Write},
    sync::mpsc,
};

use epay_http::TransportErrorKind::{self, NotSent};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;

const IDLE: Duration = Duration::from_secs(30);
const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

fn request(uri: String) -> Request<Bytes> {
    Request::post(uri).header("authorization", "Bearer hush").body("hush".into()).unwrap()
}

async fn kind_of_failure(uri: String) -> TransportErrorKind {
    let error = HyperTransport::new().unwrap().send(request(uri)).await.unwrap_err();
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
    assert_eq!(kind_of_failure("ftp://127.0.0.1/?hush".into()).await, NotSent);
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

/// The clock stands still and jumps to the next timer as soon as everybody waits.
#[tokio::test(start_paused = true)]
async fn only_connecting_has_a_time_limit() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let given =
        |limit| tokio::time::timeout(limit, kind_of_failure(format!("https://{address}/?hush")));
    let moment = Duration::from_millis(10);
    assert!(given(connect::TIMEOUT - moment).await.is_err());
    assert_eq!(given(connect::TIMEOUT + moment).await, Ok(NotSent));

    let asked = tokio::time::timeout(
        Duration::from_secs(3600),
        kind_of_failure(format!("http://{address}/")),
    )
    .await;
    assert!(asked.is_err(), "a slow answer was cut short: {asked:?}");
}

#[tokio::test]
async fn a_target_is_sent_as_it_was_written() {
    for target in ["/a/../b", "/./a", "/a?b='c'", "/a/%2e%2e/b", "/?", "//", "/%zz"] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut request = request(format!("http://{}{target}", listener.local_addr().unwrap()));
        *request.version_mut() = Version::HTTP_2;
        let server = async {
            let (mut socket, _) = listener.accept().await.unwrap();
            let seen = read_one(&mut socket).await.unwrap();
            socket.write_all(OK).await.unwrap();
            seen
        };
        let transport = HyperTransport::new().unwrap();
        let (answer, seen) = tokio::join!(transport.send(request), server);
        assert_eq!(answer.unwrap().status(), 200, "{target}");
        assert!(seen.starts_with(&format!("POST {target} HTTP/1.1\r\n")), "{target}: {seen}");
    }
}

#[tokio::test]
async fn each_request_has_a_connection_of_its_own_unless_one_was_kept() {
    let own = HyperTransport::new().unwrap();
    let kept = |most, idle| own.clone().keep_connections(most, idle);
    for (transport, connections) in
        [(own.clone(), 2), (kept(1, IDLE), 1), (kept(0, IDLE), 2), (kept(1, Duration::ZERO), 2)]
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let uri = format!("http://{}/", listener.local_addr().unwrap());
        let client = async {
            for _ in 0..2 {
                transport.send(request(uri.clone())).await.unwrap();
            }
            drop(transport);
        };
        let server = async {
            let (mut sockets, mut answered) = (0, 0);
            while answered < 2 {
                let (mut socket, _) = listener.accept().await.unwrap();
                sockets += 1;
                while answered < 2 && read_one(&mut socket).await.is_some() {
                    socket.write_all(OK).await.unwrap();
                    answered += 1;
                }
            }
            sockets
        };
        let ((), sockets) = tokio::join!(client, server);
        assert_eq!(sockets, connections);
    }
}

/// Reads up to the end of the test's body; `None` when the client closed instead.
async fn read_one(socket: &mut TcpStream) -> Option<String> {
    let mut seen = Vec::new();
    while !seen.ends_with(b"\r\n\r\nhush") {
        if socket.read_buf(&mut seen).await.unwrap() == 0 {
            return None;
        }
    }
    Some(String::from_utf8(seen).unwrap())
}

/// The server closes a kept connection, and hyper notices with the next request already in its hands. hyper's own
/// setting sends that request again on a new connection, which shows that the test meets the moment it is about.
#[tokio::test]
async fn a_request_whose_kept_connection_was_closed_is_not_sent_again() {
    let ours = HyperTransport::new().unwrap().keep_connections(1, IDLE);
    let theirs = client().retry_canceled_requests(true).build(ours.connect.clone());
    let theirs = HyperTransport { client: theirs, ..ours.clone() };
    for (transport, connections) in [(ours, 1), (theirs, 2)] {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (close, closing) = mpsc::channel::<()>();
        let (closed, is_closed) = mpsc::channel();
        let server = std::thread::spawn(move || {
            let mut requests = 0;
            for socket in listener.incoming() {
                let (mut socket, mut seen) = (socket.unwrap(), [0; 4096]);
                if socket.read(&mut seen).unwrap() == 0 {
                    break;
                }
                requests += 1;
                socket.write_all(OK).unwrap();
                if requests == 1 {
                    closing.recv().unwrap();
                    drop(socket);
                    closed.send(()).unwrap();
                }
            }
            requests
        });
        let uri = format!("http://{address}/");
        transport.send(request(uri.clone())).await.unwrap();
        // hyper's tasks get their turn to take the connection back, and the runtime to see that it was closed.
        tokio::task::yield_now().await;
        close.send(()).unwrap();
        is_closed.recv().unwrap();
        tokio::task::yield_now().await;
        let second = transport.send(request(uri)).await;
        assert_eq!(second.is_ok(), connections == 2, "{second:?}");
        drop(TcpStream::connect(address).await.unwrap());
        assert_eq!(server.join().unwrap(), connections);
    }
}

#[test]
fn it_shows_nothing_of_what_it_holds() {
    assert_eq!(format!("{:?}", HyperTransport::new().unwrap()), "HyperTransport(..)");
    let error = BuildError(rustls::Error::General("hush".to_owned()));
    assert_eq!(error.to_string(), "tls could not be set up");
    assert!(error.source().is_some());
}
