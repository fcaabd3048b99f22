//! The clock port: the domain gets the time only through it.

use crate::Timestamp;
use alloc::boxed::Box;
use async_trait::async_trait;
use core::fmt::Debug;
use core::time::Duration;

/// A clock to read and to wait by.
///
/// # Contract
/// - `now` is wall-clock time and may jump; nothing that decides about money relies on it going forward.
/// - `sleep` waits by monotonic time and may be dropped at any moment.
#[async_trait]
pub trait Clock: Debug + Send + Sync {
    /// The wall clock.
    fn now(&self) -> Timestamp;

    /// How far a clock that only goes forward, at an even pace, has come since some moment that is the
    /// same for the life of the process.
    fn monotonic(&self) -> Duration;

    /// Waits for `wait`.
    async fn sleep(&self, wait: Duration);
}
