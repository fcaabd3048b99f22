//! What a kept connection may carry, and what comes of the money on it when the server ends it, is silent or babbles.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use epay_http::{
    SafeToRepeat, Transport, TransportError,
    TransportErrorKind::{self, Interrupted, NotSent},
};
use epay_hyper::{HyperTransport, PROVEN_FOR};
use http::{Request, Response, StatusCode};
use rustls::ServerConfig;
use tokio::{
    task::JoinSet,
    time::{Instant, advance},
};

use super::{
    peer::{OK, Peer, Socket},
    tls::{issuer, server_config, trusting},
};

const MOMENT: Duration = Duration::from_millis(1);
const IDLE: Duration = Duration::from_secs(30);
/// How long a kept connection may be silent to what is safe to repeat.
const SILENCE: Duration = Duration::from_secs(5);

/// A server and a client of it, without TLS and with.
fn both_ways() -> [(Option<Arc<ServerConfig>>, HyperTransport); 2] {
    let issuer = issuer();
    let server = Arc::new(server_config(&issuer, "127.0.0.1", false));
    let transport = || HyperTransport::with_tls(trusting(&issuer));
    [(None, transport()), (Some(server), transport())]
}

fn money(peer: &Peer) -> Request<Bytes> {
    Request::post(format!("{}/money", peer.uri)).body(Bytes::from_static(b"hush")).unwrap()
}

fn safe(peer: &Peer) -> Request<Bytes> {
    let request = Request::get(format!("{}/safe", peer.uri)).extension(SafeToRepeat);
    request.body(Bytes::new()).unwrap()
}

type Outcome = Result<StatusCode, TransportErrorKind>;

fn told(outcome: Result<Response<Bytes>, TransportError>) -> Outcome {
    let told = outcome.map(|answer| (answer.status(), answer.into_body()));
    told.map(|(status, body)| {
        assert_eq!(body, "ok");
        status
    })
    .map_err(|error| error.kind())
}

async fn ok(transport: &HyperTransport, request: Request<Bytes>) {
    assert_eq!(told(transport.send(request).await), Ok(StatusCode::OK));
}

#[tokio::test(start_paused = true)]
async fn money_goes_over_a_connection_that_was_proven_at_most_a_second_ago() {
    for (tls, transport) in both_ways() {
        let peer = Peer::willing(tls).await;
        ok(&transport, safe(&peer)).await;
        advance(PROVEN_FOR).await;
        ok(&transport, money(&peer)).await;
        ok(&transport, safe(&peer)).await;
        advance(PROVEN_FOR + MOMENT).await;
        ok(&transport, money(&peer)).await;
        assert_eq!(peer.over(), [0, 0, 0, 1]);
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_about_money_proves_nothing() {
    for (tls, transport) in both_ways() {
        let peer = Peer::willing(tls).await;
        ok(&transport, money(&peer)).await;
        ok(&transport, money(&peer)).await;
        ok(&transport, safe(&peer)).await;
        ok(&transport, money(&peer)).await;
        let over = peer.over();
        assert_eq!(over[..2], [0, 1]);
        assert_eq!(over[2], over[3]);
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_safe_proves_the_others_and_leaves_the_proven_ones_to_money() {
    for (tls, transport) in both_ways() {
        let peer = Peer::willing(tls).await;
        ok(&transport, money(&peer)).await;
        ok(&transport, money(&peer)).await;
        ok(&transport, safe(&peer)).await;
        ok(&transport, safe(&peer)).await;
        let over = peer.over();
        assert_ne!(over[2], over[3]);
        let two =
            async { tokio::join!(transport.send(money(&peer)), transport.send(money(&peer))) };
        let (one, other) = two.await;
        assert_eq!((told(one), told(other)), (Ok(StatusCode::OK), Ok(StatusCode::OK)));
        assert_eq!(peer.seen().connections, 2);
    }
}

/// After what the server ends a proven connection with money on it.
#[derive(Clone, Copy, Debug)]
enum End {
    OneByte,
    TheRequest,
    HalfAnAnswer,
}

#[tokio::test(start_paused = true)]
async fn money_on_a_connection_that_ends_is_unknown_and_not_sent_again() {
    for end in [End::OneByte, End::TheRequest, End::HalfAnAnswer] {
        for (tls, transport) in both_ways() {
            let script = move |mut socket: Socket| async move {
                if socket.number > 0 {
                    return socket.answer_all().await;
                }
                socket.request().await;
                socket.write(OK).await;
                match end {
                    End::OneByte => socket.byte().await,
                    End::TheRequest => drop(socket.request().await),
                    End::HalfAnAnswer => {
                        socket.request().await;
                        socket.write(&OK[..OK.len() - 1]).await;
                    }
                }
            };
            let peer = Peer::start(tls, script).await;
            ok(&transport, safe(&peer)).await;
            let outcome = told(transport.send(money(&peer)).await);
            assert_eq!(outcome, Err(Interrupted), "{end:?}");
            assert_eq!(peer.seen().connections, 1, "{end:?}");
            ok(&transport, money(&peer)).await;
            assert_eq!(peer.over().last(), Some(&1), "{end:?}");
        }
    }
}

/// What happens is a race, so it is tried often: the client may have seen the end, or write into it.
#[tokio::test(start_paused = true)]
async fn money_after_a_server_that_answers_and_closes_arrives_once_or_fails() {
    for (tls, transport) in both_ways() {
        for turns in 0..24 {
            let script = |mut socket: Socket| async move {
                socket.request().await;
                socket.write(OK).await;
                socket.close().await;
                while socket.request().await.is_some() {}
            };
            let peer = Peer::start(tls.clone(), script).await;
            ok(&transport, safe(&peer)).await;
            for _ in 0..turns % 8 {
                tokio::task::yield_now().await;
            }
            let outcome = told(transport.send(money(&peer)).await);
            for _ in 0..8 {
                tokio::task::yield_now().await;
            }
            let over = peer.over();
            match outcome {
                Ok(_) => assert_eq!(over, [0, 1]),
                Err(NotSent) => assert_eq!(over, [0]),
                Err(_) => assert!(over == [0] || over == [0, 0], "{over:?}"),
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_the_server_said_it_closes_is_not_used() {
    for (tls, transport) in both_ways() {
        let script = |mut socket: Socket| async move {
            // It does not close: whatever comes would be heard.
            while socket.request().await.is_some() {
                socket.write(&OK.replace("Content", "Connection: close\r\nContent")).await;
            }
        };
        let peer = Peer::start(tls, script).await;
        for request in [safe(&peer), money(&peer), safe(&peer), safe(&peer)] {
            ok(&transport, request).await;
        }
        assert_eq!(peer.over(), [0, 1, 2, 3]);
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_nobody_asked_for_is_nobodys() {
    let stray = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstray";
    for (tls, transport) in both_ways() {
        let script = move |mut socket: Socket| async move {
            while socket.request().await.is_some() {
                let strays = if socket.number == 0 { stray } else { "" };
                socket.write(&format!("{OK}{strays}")).await;
            }
        };
        let peer = Peer::start(tls, script).await;
        ok(&transport, safe(&peer)).await;
        if let Err(kind) = told(transport.send(money(&peer)).await) {
            assert_eq!((kind, peer.over()), (NotSent, vec![0]));
        }
        ok(&transport, money(&peer)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_safe_is_sent_once_more_when_its_kept_connection_ends() {
    for (tls, transport) in both_ways() {
        let script = |mut socket: Socket| async move {
            if socket.number > 0 {
                return socket.answer_all().await;
            }
            socket.request().await;
            socket.write(OK).await;
            socket.request().await;
        };
        let peer = Peer::start(tls, script).await;
        ok(&transport, safe(&peer)).await;
        advance(PROVEN_FOR + MOMENT).await;
        ok(&transport, safe(&peer)).await;
        assert_eq!(peer.over(), [0, 0, 1]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_proven_connection_is_not_tried_twice_whatever_is_sent() {
    for (tls, transport) in both_ways() {
        let script = |mut socket: Socket| async move {
            socket.request().await;
            socket.write(OK).await;
            socket.request().await;
        };
        let peer = Peer::start(tls.clone(), script).await;
        ok(&transport, safe(&peer)).await;
        assert_eq!(told(transport.send(safe(&peer)).await), Err(Interrupted));
        assert_eq!(peer.over(), [0, 0]);
        let peer = Peer::start(tls, |mut socket: Socket| async move {
            socket.request().await;
        })
        .await;
        for (request, heard) in [(safe(&peer), 1), (money(&peer), 2)] {
            assert_eq!(told(transport.send(request).await), Err(Interrupted));
            assert_eq!(peer.over().len(), heard);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_kept_connection_that_is_silent_is_given_up_and_so_are_those_unused_as_long() {
    for (tls, transport) in both_ways() {
        let script = |mut socket: Socket| async move {
            if socket.number > 1 {
                return socket.answer_all().await;
            }
            socket.request().await;
            socket.write(OK).await;
            while socket.request().await.is_some() {}
        };
        let peer = Peer::start(tls, script).await;
        let (one, other) = tokio::join!(transport.send(safe(&peer)), transport.send(safe(&peer)));
        assert_eq!((told(one), told(other)), (Ok(StatusCode::OK), Ok(StatusCode::OK)));
        advance(PROVEN_FOR + MOMENT).await;
        #[expect(clippy::disallowed_methods, reason = "the clock stands still but for the silence")]
        let begun = Instant::now();
        ok(&transport, safe(&peer)).await;
        assert_eq!(begun.elapsed(), SILENCE);
        ok(&transport, safe(&peer)).await;
        ok(&transport, money(&peer)).await;
        assert_eq!(begun.elapsed(), SILENCE);
        assert_eq!(peer.over()[3..], [2, 2, 2]);
    }
}

#[tokio::test(start_paused = true)]
async fn money_waits_for_its_callers_deadline_and_its_connection_is_not_used_again() {
    for (tls, transport) in both_ways() {
        let script = |mut socket: Socket| async move {
            if socket.number > 0 {
                return socket.answer_all().await;
            }
            socket.request().await;
            socket.write(OK).await;
            socket.request().await;
            socket.request().await;
        };
        let peer = Peer::start(tls, script).await;
        ok(&transport, safe(&peer)).await;
        let deadline = Duration::from_secs(60);
        let asked = tokio::time::timeout(deadline, transport.send(money(&peer))).await;
        assert!(asked.is_err(), "{asked:?}");
        ok(&transport, safe(&peer)).await;
        ok(&transport, money(&peer)).await;
        assert_eq!(peer.over(), [0, 0, 1, 1]);
    }
}

#[tokio::test(start_paused = true)]
async fn few_connections_are_kept_and_not_for_long() {
    for (tls, transport) in both_ways() {
        let transport = transport.keep_connections(2, IDLE);
        let peer = Peer::willing(tls).await;
        for connections in [4, 6] {
            let mut tasks = JoinSet::new();
            for _ in 0..4 {
                let (transport, request) = (transport.clone(), safe(&peer));
                tasks.spawn(async move { ok(&transport, request).await });
            }
            tasks.join_all().await;
            assert_eq!(peer.seen().connections, connections);
        }
        advance(IDLE - MOMENT).await;
        ok(&transport, safe(&peer)).await;
        assert_eq!(peer.seen().connections, 6);
        advance(IDLE).await;
        ok(&transport, safe(&peer)).await;
        assert_eq!(peer.seen().connections, 7);
    }
}

#[tokio::test(start_paused = true)]
async fn a_prepared_connection_is_good_for_money_for_a_second() {
    for (tls, transport) in both_ways() {
        let peer = Peer::willing(tls).await;
        let uri = peer.uri.parse().unwrap();
        for (wait, connections) in [(PROVEN_FOR, 1), (PROVEN_FOR + MOMENT, 3)] {
            transport.prepare(&uri).await;
            transport.prepare(&uri).await;
            advance(wait).await;
            ok(&transport, money(&peer)).await;
            assert_eq!(peer.seen().connections, connections);
        }
        // Nowhere to keep it, and nobody to tell.
        transport.clone().keep_connections(0, IDLE).prepare(&uri).await;
        transport.prepare(&"/no/host".parse().unwrap()).await;
        assert_eq!(peer.seen().connections, 3);
    }
}
