//! A call that takes too long is dropped; what that means for the money is the caller's question.

use std::{future::poll_fn, pin::pin, task::Poll, time::Duration};

use epay_domain::Clock;

/// The result of `call`, or `None` if `wait` was over first. A call that is ready when it comes still counts.
pub(crate) async fn within<T>(
    clock: &dyn Clock,
    wait: Duration,
    call: impl Future<Output = T>,
) -> Option<T> {
    let (mut call, mut alarm) = (pin!(call), clock.sleep(wait));
    poll_fn(|context| match call.as_mut().poll(context) {
        Poll::Ready(brought) => Poll::Ready(Some(brought)),
        Poll::Pending => alarm.as_mut().poll(context).map(|()| None),
    })
    .await
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use async_trait::async_trait;
    use epay_domain::Timestamp;
    use pollster::block_on;

    use super::*;

    #[derive(Debug)]
    struct Alarm;

    #[async_trait]
    impl Clock for Alarm {
        fn now(&self) -> Timestamp {
            Timestamp::default()
        }
        fn monotonic(&self) -> Duration {
            Duration::ZERO
        }
        async fn sleep(&self, wait: Duration) {
            assert_eq!(wait, Duration::from_secs(30));
        }
    }

    #[test]
    fn the_alarm_ends_a_wait_and_not_an_answer() {
        let wait = Duration::from_secs(30);
        assert_eq!(block_on(within(&Alarm, wait, ready(1))), Some(1));
        assert_eq!(block_on(within(&Alarm, wait, pending::<u8>())), None);
    }
}
