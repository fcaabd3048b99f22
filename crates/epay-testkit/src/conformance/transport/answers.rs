//! An answer is returned whole, however slowly it arrives, or not at all: cut ones and endless ones
//! are tried.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

use epay_http::{MAX_RESPONSE_BYTES, TransportErrorKind};
use http::Response;

use super::{Exchange, Judged, Make, may_have_been_sent, post, rule, server::Talk, whole};

pub(super) async fn a_cut_answer_is_interrupted(make: &Make<'_>) -> Judged {
    for cut in [
        "",
        "HTTP/1.1 2",
        "HTTP/1.1 200 OK\r\nContent-Le",
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n123456789",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n",
    ] {
        let exchange = Exchange::with(make, "/cut", cut.as_bytes().to_vec()).await?;
        rule(5, exchange.heard.len() == 1, || format!("it asked again after {cut:?}"))?;
        may_have_been_sent(&exchange.outcome, &format!("the cut answer {cut:?}"))?;
    }
    for end_of_body in ["", "Transfer-Encoding: chunked\r\n"] {
        let body = if end_of_body.is_empty() { "abc" } else { "3\r\nabc\r\n0\r\n\r\n" };
        let answer = format!("HTTP/1.1 200 OK\r\nConnection: close\r\n{end_of_body}\r\n{body}");
        let exchange = Exchange::with(make, "/whole", answer.into_bytes()).await?;
        let answer = exchange.answer(7, "a whole answer of unknown length")?;
        rule(7, answer.body() == "abc", || {
            "a whole answer of unknown length arrived changed".to_owned()
        })?;
    }
    Ok(())
}

pub(super) async fn a_slow_answer_is_whole(make: &Make<'_>) -> Judged {
    for answer in [
        "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nslow",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nsl\r\n2\r\now\r\n0\r\n\r\n",
    ] {
        let script = move |mut talk: Talk| async move {
            if talk.request().await.is_some() {
                for byte in answer.bytes() {
                    let _ = talk.write(&[byte]).await;
                    tokio::task::yield_now().await;
                }
            }
        };
        let server = make.server(script).await?;
        let transport = make.transport();
        let outcome = transport.send(post(server.uri("/slow"))).await;
        drop(transport);
        server.finish().await;
        let body = outcome.as_ref().map(Response::body);
        rule(7, body.is_ok_and(|body| body == "slow"), || {
            format!("byte by byte, an answer came as {body:?}")
        })?;
    }
    Ok(())
}

pub(super) async fn a_large_answer_is_refused_as_it_comes(make: &Make<'_>) -> Judged {
    /// What a server gets rid of while nobody collects it: buffers of both sockets, and some more.
    const BUFFERS: usize = 24 * 1024 * 1024;
    const FLOOD: usize = 96 * 1024 * 1024;
    let largest = whole(200, &"x".repeat(MAX_RESPONSE_BYTES));
    let exchange = Exchange::with(make, "/largest", largest).await?;
    let length = exchange.answer(8, "the largest answer")?.body().len();
    rule(8, length == MAX_RESPONSE_BYTES, || format!("the largest answer has {length} bytes"))?;

    let over = format!("Content-Length: {FLOOD}\r\n\r\n");
    let one_over = format!("Content-Length: {}\r\n\r\n", MAX_RESPONSE_BYTES + 1);
    for (head, piece) in [
        (over.as_str(), vec![b'x'; 64 * 1024]),
        (&one_over, vec![b'x'; MAX_RESPONSE_BYTES + 1]),
        (
            "Transfer-Encoding: chunked\r\n\r\n",
            format!("10000\r\n{}\r\n", "x".repeat(0x10000)).into_bytes(),
        ),
        ("Connection: close\r\n\r\n", vec![b'x'; 64 * 1024]),
    ] {
        let written = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&written);
        let head = format!("HTTP/1.1 200 OK\r\n{head}");
        let flood = if piece.len() > MAX_RESPONSE_BYTES { 1 } else { FLOOD / piece.len() };
        let script = move |mut talk: Talk| {
            let (head, piece, counter) = (head.clone(), piece.clone(), Arc::clone(&counter));
            async move {
                if talk.request().await.is_none() || talk.write(head.as_bytes()).await.is_err() {
                    return;
                }
                for _ in 0..flood {
                    if talk.write(&piece).await.is_err() {
                        return;
                    }
                    counter.fetch_add(piece.len(), Relaxed);
                }
            }
        };
        let server = make.server(script).await?;
        let transport = make.transport();
        let outcome = transport.send(post(server.uri("/large"))).await;
        drop(transport);
        server.finish().await;
        let kind = outcome.map(|answer| answer.status()).map_err(|error| error.kind());
        rule(8, kind == Err(TransportErrorKind::TooLarge), || {
            format!("a body over the limit came back as {kind:?}")
        })?;
        let written = written.load(Relaxed);
        rule(8, written < BUFFERS, || {
            format!("{written} bytes of a body over the limit were read first")
        })?;
    }
    Ok(())
}
