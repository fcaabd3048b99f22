//! Two things at once: a call, and what has to be ready for the next one.

use std::{future::poll_fn, pin::pin, task::Poll};

/// What `call` brings, as soon as the other is ready too. An error waits for nothing.
pub(crate) async fn beside<T, E>(
    call: impl Future<Output = Result<T, E>>,
    ready: impl Future<Output = ()>,
) -> Result<T, E> {
    let (mut call, mut ready) = (pin!(call), pin!(ready));
    let (mut brought, mut is_ready) = (None, false);
    poll_fn(|context| {
        if brought.is_none() {
            match call.as_mut().poll(context) {
                Poll::Ready(Ok(value)) => brought = Some(value),
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => {}
            }
        }
        is_ready = is_ready || ready.as_mut().poll(context).is_ready();
        match brought.take() {
            Some(value) if is_ready => Poll::Ready(Ok(value)),
            waiting => {
                brought = waiting;
                Poll::Pending
            }
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use std::{
        future::{pending, ready},
        task::{Context, Waker},
    };

    use super::*;

    /// Pending `turns` times.
    async fn after<T>(mut turns: u32, value: T) -> T {
        poll_fn(|_| {
            let is_over = turns == 0;
            turns = turns.saturating_sub(1);
            if is_over { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        value
    }

    /// In which turn it ends, and how.
    #[track_caller]
    fn check(
        call: impl Future<Output = Result<u8, u8>>,
        ready: impl Future<Output = ()>,
        expected: Option<(u32, Result<u8, u8>)>,
    ) {
        let mut both = pin!(beside(call, ready));
        let mut context = Context::from_waker(Waker::noop());
        let ended = (0..9).find_map(|turn| match both.as_mut().poll(&mut context) {
            Poll::Ready(value) => Some((turn, value)),
            Poll::Pending => None,
        });
        assert_eq!(ended, expected);
    }

    #[test]
    fn a_value_waits_for_what_has_to_be_ready_and_an_error_does_not() {
        check(ready(Ok(1)), ready(()), Some((0, Ok(1))));
        check(after(2, Ok(1)), after(1, ()), Some((2, Ok(1))));
        check(after(1, Ok(1)), after(2, ()), Some((2, Ok(1))));
        check(after(1, Err(2)), pending(), Some((1, Err(2))));
        check(ready(Ok(1)), pending(), None);
        check(pending(), ready(()), None);
    }
}
