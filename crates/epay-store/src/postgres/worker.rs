//! The store has its own thread and runtime: a call is finished although its caller has gone, and
//! blocks no runtime of the caller's.

use std::{
    fmt,
    thread::{Builder, JoinHandle},
};

use tokio::{
    runtime::{self, Handle},
    sync::oneshot,
};
use tokio_util::task::{TaskTracker, task_tracker::TaskTrackerToken};

use super::error::{PostgresError, PostgresErrorKind};

pub(super) struct Worker {
    handle: Handle,
    calls: TaskTracker,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    pub(super) fn start() -> Result<Worker, PostgresError> {
        let failed = |error: std::io::Error| {
            PostgresError::new(PostgresErrorKind::Failed).with_source(error)
        };
        let runtime =
            runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
        let (handle, calls) = (runtime.handle().clone(), TaskTracker::new());
        let (stop, stopped) = oneshot::channel::<()>();
        let running = calls.clone();
        let work = move || {
            runtime.block_on(async {
                // An error means that nobody is left to say it.
                let _ = stopped.await;
                running.close();
                running.wait().await;
            });
        };
        let thread = Builder::new().name("epay-store-postgres".to_owned()).spawn(work);
        let thread = Some(thread.map_err(failed)?);
        Ok(Worker { handle, calls, stop: Some(stop), thread })
    }

    /// Runs it to its end, and says what came of it.
    pub(super) async fn call<T: Send + 'static, E: From<PostgresError> + Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, E>> + Send + 'static,
    ) -> Result<T, E> {
        let called = self.calls.spawn_on(work, &self.handle).await;
        called.unwrap_or_else(|gone| {
            Err(PostgresError::new(PostgresErrorKind::Failed).with_source(gone).into())
        })
    }

    /// Keeps the thread running as long as a call is under way that is no task of it.
    pub(super) fn token(&self) -> TaskTrackerToken {
        self.calls.token()
    }

    /// Runs it as long as the store is there.
    pub(super) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        drop(self.handle.spawn(work));
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has told its callers.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Worker({} calls)", self.calls.len())
    }
}
