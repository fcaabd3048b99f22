//! Connections: bounded in number and in how long a request's head takes, and each request runs to its end.

use crate::api::{Problem, ProblemKind};
use axum::Router;
use axum::body::to_bytes;
use axum::extract::{ConnectInfo, Request};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulConnection, GracefulShutdown};
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_io_timeout::TimeoutStream;
use tokio_util::task::TaskTracker;
use tower_service::Service;

/// How many connections are served at once; the next waits in the backlog of the socket. A process may
/// usually have 1024 files open, and the logs and the bank need some.
const AT_ONCE: usize = 768;
/// How long a request's head may take, and how long an idle connection is kept.
const HEAD: Duration = Duration::from_secs(15);
/// A head with the longest link and the cookies of a careless domain.
const HEAD_BYTES: usize = 32 * 1024;
/// How long a client may take none of its answer before it is hung up on.
const ANSWER: Duration = Duration::from_secs(15);
/// How long a body may take: longer than a slow phone does for so little.
const BODY: Duration = Duration::from_secs(10);
/// What the bank and browsers post is shorter; the routes say less where less will do.
const BODY_BYTES: usize = 64 * 1024;

/// Serves until `stop` is ready, then ends the requests that are under way. What handles a request is one
/// of `tasks`, and goes on although its client has gone.
pub(crate) async fn serve(
    listener: TcpListener,
    routes: Router,
    tasks: TaskTracker,
    stop: impl Future<Output = ()>,
) {
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let connections = GracefulShutdown::new();
    let mut stop = pin!(stop);
    let next = async || {
        // Nobody closes it.
        let place = Arc::clone(&places).acquire_owned().await.map_err(io::Error::other)?;
        listener.accept().await.map(|(stream, peer)| (stream, peer, place))
    };
    loop {
        tokio::select! {
            accepted = next() => match accepted {
                Ok((stream, peer, place)) => {
                    // Answers are whole: nothing comes after one that it could be sent with.
                    let _ = stream.set_nodelay(true);
                    let connection = connection(stream, peer, place, &routes, &tasks);
                    let served = connections.watch(connection);
                    // An error is a client that went away, or one that was too slow.
                    tokio::spawn(async move { drop(served.await) });
                }
                // Out of file handles, most likely: a short pause instead of a hot loop.
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be taken");
                    crate::service::wait(Duration::from_millis(20)).await;
                }
            },
            () = &mut stop => break,
        }
    }
    drop(listener);
    connections.shutdown().await;
}

fn connection<C: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    client: C,
    peer: SocketAddr,
    place: OwnedSemaphorePermit,
    routes: &Router,
    tasks: &TaskTracker,
) -> impl GracefulConnection<Error = hyper::Error> + Send + use<C> {
    let mut client = TimeoutStream::new(client);
    client.set_write_timeout(Some(ANSWER));
    // Whoever leaves behind work that is under way keeps their place until it has ended.
    let (place, routes, tasks) = (Arc::new(place), routes.clone(), tasks.clone());
    let service = service_fn(move |mut request: http::Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        let (answered, place) = (routes.clone().call(request), Arc::clone(&place));
        // A panic is its error, and ends the connection.
        tasks.spawn(async move {
            let Ok(answer) = answered.await;
            drop(place);
            answer
        })
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(Box::pin(client)), service)
}

/// The body is here, all of it and in time, before a handler sees the request.
pub(crate) async fn whole_body(request: Request, next: Next) -> Response {
    let (head, body) = request.into_parts();
    let read = tokio::time::timeout(BODY, to_bytes(body, BODY_BYTES)).await;
    let problem = match read {
        Ok(Ok(bytes)) => return next.run(Request::from_parts(head, bytes.into())).await,
        Ok(Err(_)) => Problem::new(ProblemKind::TooLarge, "the body is too large, or breaks off"),
        Err(_) => Problem::new(ProblemKind::TooSlow, "the body takes longer than ten seconds"),
    };
    problem.into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use axum::http::StatusCode;
    use axum::routing::{get, post};
    use futures_util::stream;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
    use tokio::net::TcpStream;
    use tokio::sync::Notify;

    #[tokio::test(start_paused = true)]
    async fn a_head_that_is_not_here_in_time_ends_its_connection() {
        let places = Arc::new(Semaphore::new(1));
        let place = Arc::clone(&places).acquire_owned().await.unwrap();
        let (mut client, server) = duplex(1024);
        let peer = ([127, 0, 0, 1], 1).into();
        let served = connection(server, peer, place, &Router::new(), &TaskTracker::new());
        client.write_all(b"GET / HTTP/1.1\r\nhost: a\r\nx: ").await.unwrap();
        assert!(served.await.is_err());
        assert_eq!(places.available_permits(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_no_answer_is_hung_up_on() {
        let places = Arc::new(Semaphore::new(1));
        let place = Arc::clone(&places).acquire_owned().await.unwrap();
        let (mut client, server) = duplex(1024);
        let routes = Router::new().route("/", get(async || "a".repeat(64 * 1024)));
        let peer = ([127, 0, 0, 1], 1).into();
        let served = connection(server, peer, place, &routes, &TaskTracker::new());
        client.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
        assert!(served.await.is_err());
        assert_eq!(places.available_permits(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_is_not_here_in_time_is_408_and_one_without_end_413() {
        let handler = post(async |body: axum::body::Bytes| body.len().to_string());
        let layer = axum::middleware::from_fn(whole_body);
        let routes = Router::new().route("/", handler).layer(layer);
        let piece = || Ok::<_, io::Error>(vec![b'a'; 1024]);
        for (body, expected) in [
            (Body::from("three"), StatusCode::OK),
            (
                Body::from_stream(stream::pending::<io::Result<Vec<u8>>>()),
                StatusCode::REQUEST_TIMEOUT,
            ),
            (Body::from_stream(stream::repeat_with(piece)), StatusCode::PAYLOAD_TOO_LARGE),
        ] {
            let request = Request::post("/").body(body).unwrap();
            let answer = routes.clone().call(request).await.unwrap();
            assert_eq!(answer.status(), expected);
        }
    }

    #[tokio::test]
    async fn work_whose_client_has_gone_is_awaited_at_the_end() {
        let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (tell, wait) = (Arc::clone(&begun), Arc::clone(&go_on));
        let handler = get(async move || {
            tell.notify_one();
            wait.notified().await;
        });
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (tasks, stop) = (TaskTracker::new(), Arc::new(Notify::new()));
        let (served, stopped) = (tasks.clone(), Arc::clone(&stop));
        let routes = Router::new().route("/", handler);
        let serving =
            tokio::spawn(async move { serve(listener, routes, served, stopped.notified()).await });
        let mut client = TcpStream::connect(address).await.unwrap();
        client.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
        begun.notified().await;
        client.shutdown().await.unwrap();
        assert_eq!(client.read(&mut [0]).await.unwrap_or_default(), 0, "nobody has answered");
        stop.notify_one();
        serving.await.unwrap();
        assert_eq!(tasks.len(), 1, "it goes on without a client");
        go_on.notify_one();
        tasks.close();
        tasks.wait().await;
    }
}
