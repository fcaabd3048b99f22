//! Stopping without cutting anything short: the word is asked for between two works, and ends a wait.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Poll;

/// Whether somebody has said to stop. Once said it stays said.
pub(crate) struct Shutdown<'a> {
    word: Option<Pin<&'a mut (dyn Future<Output = ()> + Send)>>,
}

impl<'a> Shutdown<'a> {
    pub(crate) fn when(word: Pin<&'a mut (dyn Future<Output = ()> + Send)>) -> Shutdown<'a> {
        Shutdown { word: Some(word) }
    }

    pub(crate) async fn is_requested(&mut self) -> bool {
        self.or(std::future::ready(())).await;
        self.word.is_none()
    }

    /// Until `wait` is over, or the word is said.
    pub(crate) async fn or(&mut self, wait: impl Future<Output = ()>) {
        let mut wait = pin!(wait);
        poll_fn(|context| {
            if self.word.as_mut().is_none_or(|word| word.as_mut().poll(context).is_ready()) {
                self.word = None;
                return Poll::Ready(());
            }
            wait.as_mut().poll(context)
        })
        .await;
    }
}
