//! A transport that answers from a script and counts every request: the judge of what left how often.

use std::{
    collections::VecDeque,
    future::{pending, poll_fn},
    pin::pin,
    sync::{Arc, Mutex},
    task::Poll,
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use epay_domain::{Clock, Timestamp};
use http::{Request, Response};

use crate::{
    Transport, TransportError,
    fixture::{answer, written},
};

/// What the transport does with one request.
#[derive(Debug)]
pub(super) enum Play {
    Answer(u16, String),
    NotSent,
    Interrupted,
    TooLarge,
    Hang,
}

pub(super) fn says(status: u16, body: &str) -> Play {
    Play::Answer(status, body.to_owned())
}

pub(super) fn token(name: &str) -> Play {
    says(200, &format!(r#"{{"access_token":"{name}","expires_in":"1000"}}"#))
}

#[derive(Clone, Debug, Default)]
pub(super) struct Script(Arc<Mutex<(VecDeque<Play>, Vec<String>)>>);

impl Script {
    pub(super) fn new(plays: impl IntoIterator<Item = Play>) -> Script {
        Script(Arc::new(Mutex::new((plays.into_iter().collect(), Vec::new()))))
    }

    /// The requests so far, each as text.
    pub(super) fn sent(&self) -> Vec<String> {
        self.0.lock().unwrap().1.clone()
    }

    /// Method and path of the requests so far.
    pub(super) fn calls(&self) -> Vec<String> {
        let first = |text: String| {
            text.lines().next().unwrap_or_default().replace("http://127.0.0.1:8080", "")
        };
        self.sent().into_iter().map(first).collect()
    }

    pub(super) fn is_played(&self) -> bool {
        self.0.lock().unwrap().0.is_empty()
    }
}

#[async_trait]
impl Transport for Script {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let play = {
            let mut script = self.0.lock().unwrap();
            script.1.push(written(&request));
            script.0.pop_front().expect("a request the script does not know of")
        };
        yield_once().await;
        match play {
            Play::Answer(status, body) => Ok(answer(status, body)),
            Play::NotSent => Err(TransportError::not_sent("connection refused")),
            Play::Interrupted => Err(TransportError::interrupted("connection reset")),
            Play::TooLarge => Err(TransportError::too_large()),
            Play::Hang => pending().await,
        }
    }
}

/// Lets another task in, as every real transport does.
async fn yield_once() {
    let mut yielded = false;
    poll_fn(|context| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Polls both in turn until both are done.
pub(super) async fn both<A, B>(
    first: impl Future<Output = A>,
    second: impl Future<Output = B>,
) -> (A, B) {
    let (mut first, mut second) = (pin!(first), pin!(second));
    let (mut one, mut two) = (None, None);
    poll_fn(|context| {
        if one.is_none()
            && let Poll::Ready(done) = first.as_mut().poll(context)
        {
            one = Some(done);
        }
        if two.is_none()
            && let Poll::Ready(done) = second.as_mut().poll(context)
        {
            two = Some(done);
        }
        if one.is_some() && two.is_some() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    (one.unwrap(), two.unwrap())
}

/// A clock whose hands are set, and whose alarm rings as soon as it is waited for a few times. The time
/// on the wall is another: nothing here goes by it.
#[derive(Debug, Default)]
pub(super) struct HandClock {
    monotonic: Mutex<Duration>,
    waited: Mutex<Duration>,
}

impl HandClock {
    pub(super) fn set(&self, seconds: u64) {
        *self.monotonic.lock().unwrap() = Duration::from_secs(seconds);
    }

    /// What was waited for last.
    pub(super) fn waited(&self) -> Duration {
        *self.waited.lock().unwrap()
    }
}

#[async_trait]
impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp::default()
    }

    fn monotonic(&self) -> Duration {
        *self.monotonic.lock().unwrap()
    }

    async fn sleep(&self, wait: Duration) {
        *self.waited.lock().unwrap() = wait;
        for _ in 0..8 {
            yield_once().await;
        }
    }
}
