//! A connection that ends while a request is being written is where a client sends twice: each way to end it is tried.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use epay_http::SafeToRepeat;

use super::{Judged, Make, may_have_been_sent, post, rule, server::Talk, whole};

/// When the server ends the connection of the request that is judged.
#[derive(Clone, Copy, Debug)]
enum End {
    /// Before it reads anything, though the client may be writing already.
    AtOnce,
    AfterOneByte,
    AfterTheRequest,
}

/// What was answered before on the connection, if it is kept.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    Nothing,
    Money,
    /// After it a transport may trust the connection with money.
    Safe,
}

/// What happens next is a race between two sockets, so each case is tried more than once.
const ROUNDS: usize = 12;

/// Rule 5, and what 6 says about the failures.
pub(super) async fn sends_at_most_once(make: &Make<'_>) -> Judged {
    for end in [End::AtOnce, End::AfterOneByte, End::AfterTheRequest] {
        for before in [Before::Nothing, Before::Money, Before::Safe] {
            for _ in 0..ROUNDS {
                one_round(make, end, before).await?;
            }
        }
    }
    Ok(())
}

async fn one_round(make: &Make<'_>, end: End, before: Before) -> Judged {
    let first_is_answered = before != Before::Nothing;
    let answered = Arc::new(AtomicBool::new(!first_is_answered));
    let script = move |mut talk: Talk| {
        let answered = Arc::clone(&answered);
        async move {
            if !answered.swap(true, Ordering::SeqCst) {
                if talk.request().await.is_none() {
                    return;
                }
                let _ = talk.write(&whole(200, "kept")).await;
            }
            match end {
                End::AtOnce => {
                    talk.end_our_side().await;
                    talk.request().await;
                }
                End::AfterOneByte => talk.first_byte().await,
                End::AfterTheRequest => drop(talk.request().await),
            }
        }
    };
    let server = make.server(script).await?;
    let transport = make.transport();
    if first_is_answered {
        let mut first = post(server.uri("/first"));
        if before == Before::Safe {
            first.extensions_mut().insert(SafeToRepeat);
        }
        let first = transport.send(first).await;
        rule(5, first.is_ok(), || format!("a plain request came back as {first:?}"))?;
    }
    let outcome = transport.send(post(server.uri("/second"))).await;
    drop(transport);
    let sent = server.finish().await.len() - usize::from(first_is_answered);

    let on = if first_is_answered { "a kept connection" } else { "a new connection" };
    let about = format!("a request on {on} that ended {end:?}");
    rule(5, sent <= 1, || format!("{about} was sent {sent} times"))?;
    rule(5, outcome.is_err(), || format!("{about} was answered by nobody, and yet is Ok"))?;
    if sent == 1 { may_have_been_sent(&outcome, &about) } else { Ok(()) }
}
