//! Work waits in a lane for a thread of its own; who waits to write shares one transaction and one sync.

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, Receiver, Sender},
    },
    thread::{Builder, JoinHandle},
};

use epay_domain::StoreError;
use futures_channel::oneshot;
use rusqlite::Connection;

use super::{
    error::{Refused, SqliteError, SqliteErrorKind},
    file::Watched,
};

/// How many calls share a transaction at most, so that the first of them does not wait for ever.
const MOST_TOGETHER: usize = 256;

/// One call, on its way to a thread and back.
trait Job: Send {
    /// Does it within a transaction, and keeps what came of it.
    fn run(&mut self, conn: &Connection) -> Result<(), Refused>;

    /// Tells the caller, once the transaction has ended as `ended` says.
    fn answer(self: Box<Self>, ended: Result<(), SqliteError>);
}

struct Call<W, T> {
    work: Option<W>,
    /// What the caller is told if the transaction is kept.
    outcome: Option<Result<T, Refused>>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, W> Job for Call<W, T>
where
    T: Send,
    W: FnOnce(&Connection) -> Result<T, Refused> + Send,
{
    fn run(&mut self, conn: &Connection) -> Result<(), Refused> {
        let Some(work) = self.work.take() else { return Ok(()) };
        conn.prepare_cached("SAVEPOINT call")?.execute([])?;
        let outcome = work(conn);
        // A call that was refused leaves nothing behind, and the others in the transaction are untouched.
        if outcome.is_err() && !conn.is_autocommit() {
            conn.prepare_cached("ROLLBACK TO call")?.execute([])?;
        }
        if !conn.is_autocommit() {
            conn.prepare_cached("RELEASE call")?.execute([])?;
        }
        match outcome {
            // SQLite itself has ended the transaction, and with it what the others had done.
            Err(Refused::ByTheFile(error)) if conn.is_autocommit() => Err(error.into()),
            outcome => {
                self.outcome = Some(outcome);
                Ok(())
            }
        }
    }

    fn answer(self: Box<Self>, ended: Result<(), SqliteError>) {
        let answer = match (ended, self.outcome) {
            (Ok(()), Some(outcome)) => outcome.map_err(StoreError::from),
            // What it saw may have been another call's, which is now undone: even a refusal would be untrue.
            (Err(error), _) => Err(error.into()),
            (Ok(()), None) => Err(SqliteError::new(SqliteErrorKind::Failed).into()),
        };
        // Whoever no longer waits does not want to know.
        let _ = self.reply.send(answer);
    }
}

/// A queue and the threads that work it off. Dropping it ends them after what is in the queue.
pub(super) struct Lane {
    jobs: Option<Sender<Box<dyn Job>>>,
    threads: Vec<JoinHandle<()>>,
}

impl Lane {
    /// One thread that writes: everything that waits while it syncs goes into its next transaction.
    pub(super) fn writing(conn: Connection, watched: Arc<Watched>) -> Result<Lane, SqliteError> {
        let (jobs, queue) = mpsc::channel::<Box<dyn Job>>();
        let work = move || {
            while let Ok(first) = queue.recv() {
                let mut together = vec![first];
                together.extend(queue.try_iter().take(MOST_TOGETHER - 1));
                let ended = write(&conn, &watched, &mut together);
                for job in together {
                    job.answer(ended.clone());
                }
            }
        };
        Ok(Lane { jobs: Some(jobs), threads: vec![spawn("epay-store-write", work)?] })
    }

    /// A thread for each connection; each call sees the file as it was at one moment.
    pub(super) fn reading(connections: Vec<Connection>, watched: &Arc<Watched>) -> Result<Lane, SqliteError> {
        let (jobs, queue) = mpsc::channel::<Box<dyn Job>>();
        let queue = Arc::new(Mutex::new(queue));
        let mut threads = Vec::with_capacity(connections.len());
        for conn in connections {
            let (queue, watched) = (Arc::clone(&queue), Arc::clone(watched));
            threads.push(spawn("epay-store-read", move || {
                while let Some(mut job) = next(&queue) {
                    let ended = read(&conn, &watched, &mut *job);
                    job.answer(ended);
                }
            })?);
        }
        Ok(Lane { jobs: Some(jobs), threads })
    }

    /// Does `work` on the lane's thread.
    pub(super) async fn call<T, W>(&self, work: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: FnOnce(&Connection) -> Result<T, Refused> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        if let Some(jobs) = &self.jobs {
            // A thread that is gone drops the reply, which is seen below.
            let _ = jobs.send(Box::new(Call { work: Some(work), outcome: None, reply }));
        }
        answer.await.unwrap_or_else(|gone| Err(SqliteError::new(SqliteErrorKind::Failed).with_source(gone).into()))
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        self.jobs = None;
        for thread in self.threads.drain(..) {
            // A thread that panicked has told its callers by dropping their replies.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Lane({} threads)", self.threads.len())
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, SqliteError> {
    let spawned = Builder::new().name(name.to_owned()).spawn(work);
    spawned.map_err(|error| SqliteError::new(SqliteErrorKind::Failed).with_source(error))
}

fn next(queue: &Mutex<Receiver<Box<dyn Job>>>) -> Option<Box<dyn Job>> {
    queue.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

/// All of them, in one transaction that is on the disk when this is `Ok`, and undone when it is not.
fn write(conn: &Connection, watched: &Watched, together: &mut [Box<dyn Job>]) -> Result<(), SqliteError> {
    // Other processes write this file too, so the lock is taken before anything is read.
    conn.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    let mut done = together.iter_mut().try_for_each(|job| job.run(conn));
    if done.is_ok() {
        done =
            conn.prepare_cached("COMMIT").and_then(|mut commit| commit.execute([])).map(|_| ()).map_err(Refused::from);
    }
    if done.is_err() && !conn.is_autocommit() {
        conn.execute_batch("ROLLBACK")?;
    }
    match done {
        Ok(()) => watched.still_there(),
        Err(Refused::ByTheFile(error)) => Err(error),
        Err(Refused::ByThePort(_)) => Err(SqliteError::new(SqliteErrorKind::Failed)),
    }
}

fn read(conn: &Connection, watched: &Watched, job: &mut dyn Job) -> Result<(), SqliteError> {
    watched.still_there()?;
    conn.prepare_cached("BEGIN")?.execute([])?;
    let done = job.run(conn);
    if !conn.is_autocommit() {
        conn.prepare_cached("COMMIT")?.execute([])?;
    }
    match done {
        Ok(()) => Ok(()),
        Err(Refused::ByTheFile(error)) => Err(error),
        Err(Refused::ByThePort(_)) => Err(SqliteError::new(SqliteErrorKind::Failed)),
    }
}
