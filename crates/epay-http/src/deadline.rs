//! A call that takes too long is dropped; what that means for the money is the caller's question.

use std::{future::poll_fn, pin::pin, sync::Arc, task::Poll, time::Duration};

use epay_domain::Clock;

/// How long one call of the gateway may take, tokens and all.
pub(crate) struct Deadline {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) wait: Duration,
}

/// What `call` brings, or `None` when the deadline came first. A call that is ready when it comes still counts.
pub(crate) async fn within<T>(deadline: Option<&Deadline>, call: impl Future<Output = T>) -> Option<T> {
    let Some(Deadline { clock, wait }) = deadline else { return Some(call.await) };
    let (mut call, mut alarm) = (pin!(call), clock.sleep(*wait));
    poll_fn(|context| match call.as_mut().poll(context) {
        Poll::Ready(brought) => Poll::Ready(Some(brought)),
        Poll::Pending => alarm.as_mut().poll(context).map(|()| None),
    })
    .await
}
