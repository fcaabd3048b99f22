//! The part of the transport contract that depends on hyper; `epay_testkit::conformance::transport`
//! has the rest.

use std::{
    io::{Read, Write},
    sync::{
        atomic::{AtomicUsize, Ordering::SeqCst},
        mpsc,
    },
};

use epay_http::TransportErrorKind::{self, Interrupted, NotSent};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;

const IDLE: Duration = Duration::from_secs(30);
const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

fn request(uri: String) -> Request<Bytes> {
    Request::post(uri).header("authorization", "Bearer hush").body("hush".into()).unwrap()
}

fn safe(uri: String) -> Request<Bytes> {
    let mut request = request(uri);
    request.extensions_mut().insert(SafeToRepeat);
    request
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

/// How many connections two requests need, where each is safe to repeat or not.
async fn connections(transport: HyperTransport, are_safe: [bool; 2]) -> usize {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let uri = format!("http://{}/", listener.local_addr().unwrap());
    let accepted = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&accepted);
    let server = tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            counter.fetch_add(1, SeqCst);
            tokio::spawn(async move {
                while read_one(&mut socket).await.is_some() {
                    socket.write_all(OK).await.unwrap();
                }
            });
        }
    });
    for is_safe in are_safe {
        let request = if is_safe { safe(uri.clone()) } else { request(uri.clone()) };
        transport.send(request).await.unwrap();
    }
    server.abort();
    accepted.load(SeqCst)
}

#[tokio::test]
async fn a_connection_is_kept_for_what_is_safe_and_for_money_where_it_was_just_proven() {
    let kept = |most, idle| HyperTransport::new().unwrap().keep_connections(most, idle);
    for (are_safe, expected) in
        [([true, true], 1), ([true, false], 1), ([false, true], 1), ([false, false], 2)]
    {
        assert_eq!(connections(HyperTransport::new().unwrap(), are_safe).await, expected);
        assert_eq!(connections(kept(1, IDLE), are_safe).await, expected);
        assert_eq!(connections(kept(0, IDLE), are_safe).await, 2);
        assert_eq!(connections(kept(1, Duration::ZERO), are_safe).await, 2);
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

/// The server closes a proven connection, and hyper does not notice before it writes, or with the next request already
/// in its hands. The server answers whatever comes over another connection, so an error shows that the test meets the
/// moment it is about.
#[tokio::test]
async fn money_whose_connection_was_closed_is_not_sent_again() {
    assert_eq!(kind_of_money_after_an_end(false).await, Interrupted);
    assert_eq!(kind_of_money_after_an_end(true).await, NotSent);
}

async fn kind_of_money_after_an_end(is_seen: bool) -> TransportErrorKind {
    let transport = HyperTransport::new().unwrap();
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
    transport.send(safe(uri.clone())).await.unwrap();
    close.send(()).unwrap();
    is_closed.recv().unwrap();
    if is_seen {
        // The runtime sees that the socket has something to say, and hyper reads it next.
        tokio::task::yield_now().await;
    }
    let second = transport.send(request(uri)).await;
    drop(TcpStream::connect(address).await.unwrap());
    assert_eq!(server.join().unwrap(), 1);
    second.unwrap_err().kind()
}

#[test]
fn it_shows_nothing_of_what_it_holds() {
    assert_eq!(format!("{:?}", HyperTransport::new().unwrap()), "HyperTransport(..)");
    let error = BuildError(rustls::Error::General("hush".to_owned()));
    assert_eq!(error.to_string(), "tls could not be set up");
    assert!(error.source().is_some());
}
