//! Tries every rule of the Transport contract on a real transport over real sockets.

use std::{fmt::Write, sync::Arc, time::Duration};

use bytes::Bytes;
use epay_http::{Transport, TransportError, TransportErrorKind};
use http::{Request, Response};
use tokio::sync::{Barrier, Notify};

mod answers;
mod kept;
mod server;
mod wrap;

use server::{Received, Server, Talk};
use wrap::Wrap;

/// Judges the transports that `make` makes against the [contract](Transport#contract), and panics with the first
/// rule that one of them breaks. Needs a tokio runtime with I/O and time.
///
/// Rule 12 is judged only in a process whose environment names a proxy: run the suite once more as a child process
/// with `http_proxy`, `HTTP_PROXY` and `ALL_PROXY` set to `http://127.0.0.1:9`, where nobody listens.
///
/// ```
/// # async fn example() {
/// let offline = || epay_http::transport_fn(|_| async { Err(epay_http::TransportError::not_sent("no network")) });
/// epay_testkit::conformance::transport(offline).await; // panics: breaks rule 1
/// # }
/// ```
pub async fn transport<F, T>(make: F)
where
    F: Fn() -> T,
    T: Transport + 'static,
{
    found(judge(&Make { make: &|| Arc::new(make()), wrap: Wrap::default() }).await);
}

/// The same over TLS: `make` is given the certificate of the suite's issuer, in DER, and has to trust it.
///
/// ```
/// # async fn example() {
/// let offline = |_: &[u8]| epay_http::transport_fn(|_| async { Err(epay_http::TransportError::not_sent("no network")) });
/// epay_testkit::conformance::transport_over_tls(offline).await; // panics: breaks rule 1
/// # }
/// ```
#[cfg(feature = "tls")]
pub async fn transport_over_tls<F, T>(make: F)
where
    F: Fn(&[u8]) -> T,
    T: Transport + 'static,
{
    let (wrap, issuer) = Wrap::in_tls();
    found(judge(&Make { make: &|| Arc::new(make(&issuer)), wrap }).await);
}

fn found(judged: Judged) {
    if let Err(Broken { rule, how }) = judged {
        panic!("the transport breaks rule {rule} of its contract: {how}");
    }
}

async fn judge(make: &Make<'_>) -> Judged {
    patiently(12, uses_no_proxy_of_the_environment(make)).await?;
    patiently(1, sends_what_it_is_given(make)).await?;
    patiently(3, gives_back_any_status(make)).await?;
    patiently(4, follows_no_redirect(make)).await?;
    patiently(5, kept::sends_at_most_once(make)).await?;
    patiently(6, a_refused_connection_is_an_error(make)).await?;
    patiently(7, answers::a_cut_answer_is_interrupted(make)).await?;
    patiently(7, answers::a_slow_answer_is_whole(make)).await?;
    patiently(8, answers::a_large_answer_is_refused_as_it_comes(make)).await?;
    patiently(9, serves_many_tasks(make)).await?;
    patiently(10, can_be_dropped(make)).await?;
    patiently(11, shows_no_secret(make)).await
}

async fn patiently(rule: u8, part: impl Future<Output = Judged>) -> Judged {
    let endless = |_| Broken { rule, how: "it waits for something that never comes".to_owned() };
    tokio::time::timeout(TIMEOUT, part).await.map_err(endless)?
}

/// Only a broken transport ever meets it.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Transports, and servers that speak as they do.
struct Make<'a> {
    make: &'a dyn Fn() -> Arc<dyn Transport>,
    wrap: Wrap,
}

impl Make<'_> {
    fn transport(&self) -> Arc<dyn Transport> {
        (self.make)()
    }

    async fn server<F, S>(&self, script: F) -> Result<Server, Broken>
    where
        F: Fn(Talk) -> S + Send + 'static,
        S: Future<Output = ()> + Send + 'static,
    {
        Server::start(script, self.wrap.clone()).await.map_err(broken_suite)
    }
}

/// A rule of the contract, by number, and how it was broken.
struct Broken {
    rule: u8,
    how: String,
}

type Judged = Result<(), Broken>;

fn rule(rule: u8, holds: bool, how: impl FnOnce() -> String) -> Judged {
    if holds { Ok(()) } else { Err(Broken { rule, how: how() }) }
}

/// The suite itself could not go on.
fn broken_suite(error: impl ToString) -> Broken {
    Broken { rule: 0, how: format!("the suite has no loopback socket: {}", error.to_string()) }
}

fn post(uri: String) -> Request<Bytes> {
    let mut request = Request::new(Bytes::from_static(b"hush-body"));
    *request.method_mut() = http::Method::POST;
    *request.uri_mut() = uri.parse().unwrap_or_default();
    request
        .headers_mut()
        .insert("authorization", http::HeaderValue::from_static("Bearer hush-token"));
    request
}

/// What one transport makes of one request to a server that answers every request with `answer` and then closes.
struct Exchange {
    outcome: Result<Response<Bytes>, TransportError>,
    heard: Vec<Vec<u8>>,
}

impl Exchange {
    async fn with(make: &Make<'_>, path: &str, answer: Vec<u8>) -> Result<Exchange, Broken> {
        Exchange::of(make, |uri| post(uri + path), answer).await
    }

    async fn of(
        make: &Make<'_>,
        request: impl FnOnce(String) -> Request<Bytes>,
        answer: Vec<u8>,
    ) -> Result<Exchange, Broken> {
        let script = move |mut talk: Talk| {
            let answer = answer.clone();
            async move {
                if talk.request().await.is_some() {
                    let _ = talk.write(&answer).await;
                }
            }
        };
        let server = make.server(script).await?;
        let transport = make.transport();
        let outcome = transport.send(request(server.uri(""))).await;
        drop(transport);
        Ok(Exchange { outcome, heard: server.finish().await })
    }

    /// The answer, where exactly one request was sent for it.
    fn answer(&self, number: u8, about: &str) -> Result<&Response<Bytes>, Broken> {
        rule(5, self.heard.len() == 1, || {
            format!("{about} was asked for {} times", self.heard.len())
        })?;
        let failed = |error: &TransportError| Broken {
            rule: number,
            how: format!("{about} came back as {error:?}"),
        };
        self.outcome.as_ref().map_err(failed)
    }
}

/// Where HTTP clients look for a proxy that nobody asked them to use.
const PROXIES: [&str; 6] =
    ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];

async fn uses_no_proxy_of_the_environment(make: &Make<'_>) -> Judged {
    if PROXIES.iter().all(|name| std::env::var_os(name).is_none()) {
        return Ok(());
    }
    let Exchange { outcome, heard } = Exchange::with(make, "/direct", whole(200, "ok")).await?;
    let direct = heard.first().is_some_and(|bytes| bytes.starts_with(b"POST /direct "));
    rule(12, direct, || {
        format!("with a proxy in the environment a request did not arrive: {outcome:?}")
    })
}

async fn sends_what_it_is_given(make: &Make<'_>) -> Judged {
    let every_byte: Vec<u8> = (0..=u8::MAX).cycle().take(100 * 1024).collect();
    for (method, target, body) in [
        ("POST", "/api/payment/cryptopay", every_byte.as_slice()),
        ("POST", "/operation/a-1/refund?amount=10.50&externalID=step-1", b""),
        ("GET", "/a%2Fb//c?x=%D1%81+%2B&empty=&flag", b""),
        ("GET", "/", b""),
    ] {
        for token in [None, Some("Bearer abc+/=")] {
            let request = |uri: String| {
                let mut request = Request::new(Bytes::copy_from_slice(body));
                *request.method_mut() = method.parse().unwrap_or_default();
                *request.uri_mut() = (uri + target).parse().unwrap_or_default();
                let headers = request.headers_mut();
                headers.insert(
                    "content-type",
                    http::HeaderValue::from_static("application/json; charset=x"),
                );
                headers.insert("x-epay", http::HeaderValue::from_static("a, b;c=\"d\""));
                token.map(|token| {
                    headers.insert("authorization", http::HeaderValue::from_static(token))
                });
                request
            };
            let exchange = Exchange::of(make, request, whole(200, "ok")).await?;
            exchange.answer(1, target)?;
            let received = exchange.heard.first().and_then(|bytes| Received::parse(bytes));
            let Some(received) = received else {
                return rule(1, false, || {
                    format!("{target} did not arrive with a whole body of known length")
                });
            };
            let line = format!("{method} {target} HTTP/1.1");
            rule(1, received.line == line, || format!("{line} arrived as {}", received.line))?;
            rule(1, received.body == body, || format!("the body of {target} arrived changed"))?;
            for (name, value) in
                [("content-type", "application/json; charset=x"), ("x-epay", "a, b;c=\"d\"")]
            {
                rule(1, received.values(name).eq([value]), || {
                    format!("the header {name} arrived changed")
                })?;
            }
            let authorization: Vec<_> = received.values("authorization").collect();
            rule(2, authorization == Vec::from_iter(token), || {
                format!("authorization arrived as {authorization:?}")
            })?;
        }
    }
    Ok(())
}

async fn gives_back_any_status(make: &Make<'_>) -> Judged {
    for status in [200, 202, 204, 400, 401, 403, 404, 407, 408, 421, 425, 429, 500, 502, 503, 504] {
        let body = if status == 204 { "" } else { "what the bank says" };
        let exchange = Exchange::with(make, "/any", whole(status, body)).await?;
        let answer = exchange.answer(3, &format!("status {status}"))?;
        rule(3, answer.status() == status && answer.body() == body, || {
            format!("{status} became {}", answer.status())
        })?;
        rule(3, answer.headers().contains_key("retry-after"), || {
            format!("the headers of {status} are lost")
        })?;
    }
    Ok(())
}

async fn follows_no_redirect(make: &Make<'_>) -> Judged {
    for status in [301, 302, 303, 307, 308] {
        let redirect = format!(
            "HTTP/1.1 {status} Elsewhere\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"
        );
        let exchange = Exchange::with(make, "/here", redirect.into_bytes()).await?;
        rule(4, exchange.heard.len() == 1, || format!("it asked again after {status}"))?;
        let answer = exchange.answer(4, "a redirect")?;
        let location =
            answer.headers().get("location").is_some_and(|location| location == "/elsewhere");
        rule(4, answer.status() == status && location, || {
            format!("{status} or its Location is lost")
        })?;
    }
    Ok(())
}

/// What contract rule 6 wants of a failure after which bytes of the request are known to have left.
fn may_have_been_sent(outcome: &Result<Response<Bytes>, TransportError>, about: &str) -> Judged {
    let kind = outcome.as_ref().map_err(TransportError::kind).map(Response::status);
    rule(6, kind != Err(TransportErrorKind::NotSent), || format!("{about} is called not sent"))?;
    rule(7, kind == Err(TransportErrorKind::Interrupted), || {
        format!("{about} came back as {kind:?}")
    })
}

async fn a_refused_connection_is_an_error(make: &Make<'_>) -> Judged {
    let server = make.server(|_| async {}).await?;
    let uri = server.uri("/nobody");
    server.finish().await;
    let outcome = make.transport().send(post(uri)).await;
    rule(6, outcome.is_err(), || "an answer came from where nobody listens".to_owned())
}

async fn serves_many_tasks(make: &Make<'_>) -> Judged {
    const TASKS: usize = 16;
    let everybody = Arc::new(Barrier::new(TASKS));
    let script = move |mut talk: Talk| {
        let everybody = Arc::clone(&everybody);
        async move {
            if let Some(received) = talk.request().await {
                everybody.wait().await;
                let _ = talk.write(&whole(200, received.target())).await;
            }
        }
    };
    let server = make.server(script).await?;
    let transport = make.transport();
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..TASKS {
        let (transport, path) = (Arc::clone(&transport), format!("/task/{task}"));
        let request = post(server.uri(&path));
        tasks.spawn(async move { (path, transport.send(request).await.map(Response::into_body)) });
    }
    for (path, body) in tasks.join_all().await {
        let own = body.as_ref().is_ok_and(|body| *body == path);
        rule(9, own, || format!("the task of {path} got {body:?}"))?;
    }
    drop(transport);
    server.finish().await;
    Ok(())
}

async fn can_be_dropped(make: &Make<'_>) -> Judged {
    for begun in ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n123"] {
        let silent = Arc::new(Notify::new());
        let noted = Arc::clone(&silent);
        let script = move |mut talk: Talk| {
            let noted = Arc::clone(&noted);
            async move {
                match talk.request().await {
                    Some(received) if received.target() == "/silence" => {
                        let _ = talk.write(begun.as_bytes()).await;
                        noted.notify_one();
                        talk.until_closed().await;
                    }
                    Some(_) => {
                        let _ = talk.write(&whole(200, "ok")).await;
                    }
                    None => {}
                }
            }
        };
        let server = make.server(script).await?;
        let transport = make.transport();
        tokio::select! {
            outcome = transport.send(post(server.uri("/silence"))) => {
                let outcome = outcome.map(|answer| answer.status());
                return rule(10, false, || format!("a silence after {begun:?} came back as {outcome:?}"));
            }
            () = silent.notified() => {}
        }
        let outcome = transport.send(post(server.uri("/next"))).await;
        rule(10, outcome.is_ok(), || {
            format!("after a dropped future, the next came back as {outcome:?}")
        })?;
        drop(transport);
        let heard = server.finish().await.len();
        rule(5, heard == 2, || format!("a dropped request and another one arrived as {heard}"))?;
    }
    Ok(())
}

async fn shows_no_secret(make: &Make<'_>) -> Judged {
    let script = |mut talk: Talk| async move {
        if let Some(received) = talk.request().await
            && received.target().starts_with("/ok")
        {
            let _ = talk.write(&whole(200, "ok")).await;
        }
    };
    let server = make.server(script).await?;
    let transport = make.transport();
    let _ = transport.send(post(server.uri("/ok?hush-query"))).await;
    let mut shown = format!("{transport:?}");
    for uri in [server.uri("/cut?hush-query"), "http://127.0.0.1:9/refused?hush-query".to_owned()] {
        if let Err(error) = transport.send(post(uri)).await {
            let _ = write!(shown, "{error:?}");
            let mut cause: Option<&dyn std::error::Error> = Some(&error);
            while let Some(error) = cause {
                let _ = write!(shown, "{error}");
                cause = error.source();
            }
        }
    }
    drop(transport);
    server.finish().await;
    rule(11, !shown.contains("hush"), || {
        "its Debug or an error shows a header, a body or a query".to_owned()
    })
}

fn whole(status: u16, body: &str) -> Vec<u8> {
    let length =
        if status == 204 { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
    format!("HTTP/1.1 {status} Said\r\nRetry-After: 0\r\n{length}\r\n{body}").into_bytes()
}
