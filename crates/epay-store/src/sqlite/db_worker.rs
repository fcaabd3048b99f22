//! The thread that owns the file: it works off a queue; waiting writes share one transaction and
//! one sync, and a write that nobody acts on yet is synced with the next.

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, Receiver, Sender},
    },
    thread::{Builder, JoinHandle},
};

use epay_domain::{StoreError, StoreErrorKind};
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
    /// Does it within a transaction, and keeps what came of it. Done again, it starts anew.
    fn run(&mut self, conn: &Connection) -> Result<(), SqliteError>;

    /// How soon the disk has to have it.
    fn sync(&self) -> Sync;

    /// Tells the caller, once the transaction has ended as `ended` says.
    fn answer(self: Box<Self>, ended: Result<(), SqliteError>);
}

/// How soon the disk has what a call has written. Within the process, and for all others that have the
/// file open, it is there at once either way.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Sync {
    /// Before the caller is answered.
    Now,
    /// Before whoever writes next and says [`Now`](Sync::Now) is answered: a sync takes along all that
    /// stands before it in the write-ahead log.
    WithTheNext,
}

struct Call<W, T> {
    work: W,
    sync: Sync,
    /// What the caller is told if the transaction is kept.
    outcome: Option<Result<T, StoreErrorKind>>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, W> Job for Call<W, T>
where
    T: Send,
    W: Fn(&Connection) -> Result<T, Refused> + Send,
{
    fn run(&mut self, conn: &Connection) -> Result<(), SqliteError> {
        self.outcome = match (self.work)(conn) {
            Ok(done) => Some(Ok(done)),
            // The port's rules refuse before anything is written, so the transaction is as it was.
            Err(Refused::ByThePort(kind)) => Some(Err(kind)),
            Err(Refused::ByTheFile(error)) => return Err(error),
        };
        Ok(())
    }

    fn sync(&self) -> Sync {
        self.sync
    }

    fn answer(self: Box<Self>, ended: Result<(), SqliteError>) {
        let answer = match (ended, self.outcome) {
            (Ok(()), Some(outcome)) => outcome.map_err(StoreError::new),
            // What it saw may have been another call's, which is now undone: even a refusal would
            // be untrue.
            (Err(error), _) => Err(error.into()),
            (Ok(()), None) => Err(SqliteError::new(SqliteErrorKind::Failed).into()),
        };
        // Whoever no longer waits does not want to know.
        let _ = self.reply.send(answer);
    }
}

/// A queue and the threads that work it off. Dropping it ends them after what is in the queue.
pub(super) struct DbWorker {
    jobs: Option<Sender<Box<dyn Job>>>,
    threads: Vec<JoinHandle<()>>,
}

impl DbWorker {
    /// One thread that writes: everything that waits while it syncs goes into its next transaction.
    pub(super) fn writing(
        conn: Connection,
        watched: Arc<Watched>,
    ) -> Result<DbWorker, SqliteError> {
        let (jobs, queue) = mpsc::channel::<Box<dyn Job>>();
        let work = move || {
            while let Ok(first) = queue.recv() {
                let mut together = vec![first];
                together.extend(queue.try_iter().take(MOST_TOGETHER - 1));
                match write(&conn, &watched, &mut together) {
                    // One call met something that is wrong with the file: nothing is written, and
                    // each is done alone, so that it holds up nobody but itself.
                    Err(Failed::InACall(_)) if together.len() > 1 => {
                        for mut job in together {
                            let ended = write(&conn, &watched, std::slice::from_mut(&mut job));
                            job.answer(ended.map_err(SqliteError::from));
                        }
                    }
                    ended => {
                        let ended = ended.map_err(SqliteError::from);
                        together.into_iter().for_each(|job| job.answer(ended.clone()));
                    }
                }
            }
        };
        Ok(DbWorker { jobs: Some(jobs), threads: vec![spawn("epay-store-write", work)?] })
    }

    /// A thread for each connection; each call sees the file as it was at one moment.
    pub(super) fn reading(
        connections: Vec<Connection>,
        watched: &Arc<Watched>,
    ) -> Result<DbWorker, SqliteError> {
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
        Ok(DbWorker { jobs: Some(jobs), threads })
    }

    /// Does `work` on a thread of the worker. What it has written is on the disk when this answers.
    pub(super) async fn call<T, W>(&self, work: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: Fn(&Connection) -> Result<T, Refused> + Send + 'static,
    {
        self.call_with(Sync::Now, work).await
    }

    /// The same, for what nobody acts on before something else was written that is on the disk.
    pub(super) async fn call_with<T, W>(&self, sync: Sync, work: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: Fn(&Connection) -> Result<T, Refused> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        if let Some(jobs) = &self.jobs {
            // A thread that is gone drops the reply, which is seen below.
            let _ = jobs.send(Box::new(Call { work, sync, outcome: None, reply }));
        }
        answer.await.unwrap_or_else(|gone| {
            Err(SqliteError::new(SqliteErrorKind::Failed).with_source(gone).into())
        })
    }
}

impl Drop for DbWorker {
    fn drop(&mut self) {
        self.jobs = None;
        for thread in self.threads.drain(..) {
            // A thread that panicked has told its callers by dropping their replies.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for DbWorker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DbWorker({} threads)", self.threads.len())
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, SqliteError> {
    let spawned = Builder::new().name(name.to_owned()).spawn(work);
    spawned.map_err(|error| SqliteError::new(SqliteErrorKind::Failed).with_source(error))
}

fn next(queue: &Mutex<Receiver<Box<dyn Job>>>) -> Option<Box<dyn Job>> {
    queue.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

/// Why a transaction was not kept.
enum Failed {
    InACall(SqliteError),
    InTheTransaction(SqliteError),
}

impl From<Failed> for SqliteError {
    fn from(failed: Failed) -> SqliteError {
        match failed {
            Failed::InACall(error) | Failed::InTheTransaction(error) => error,
        }
    }
}

/// All of them, in one transaction that is on the disk when this is `Ok`, if one of them says so; and
/// undone when it is not.
fn write(
    conn: &Connection,
    watched: &Watched,
    together: &mut [Box<dyn Job>],
) -> Result<(), Failed> {
    let in_the_transaction = |error: rusqlite::Error| Failed::InTheTransaction(error.into());
    let execute =
        |sql| conn.prepare_cached(sql).and_then(|mut statement| statement.execute([])).map(|_| ());
    let synced = together.iter().any(|job| job.sync() == Sync::Now);
    let synchronous =
        if synced { "PRAGMA synchronous = full" } else { "PRAGMA synchronous = normal" };
    conn.execute_batch(synchronous).map_err(in_the_transaction)?;
    // Other processes write this file too, so the lock is taken before anything is read.
    execute("BEGIN IMMEDIATE").map_err(in_the_transaction)?;
    let done = together.iter_mut().try_for_each(|job| job.run(conn)).map_err(Failed::InACall);
    let done = done.and_then(|()| execute("COMMIT").map_err(in_the_transaction));
    // SQLite may have ended it by itself.
    if done.is_err() && !conn.is_autocommit() {
        execute("ROLLBACK").map_err(in_the_transaction)?;
    }
    done?;
    watched.still_there().map_err(Failed::InTheTransaction)
}

fn read(conn: &Connection, watched: &Watched, job: &mut dyn Job) -> Result<(), SqliteError> {
    watched.still_there()?;
    conn.prepare_cached("BEGIN")?.execute([])?;
    let done = job.run(conn);
    if !conn.is_autocommit() {
        conn.prepare_cached("COMMIT")?.execute([])?;
    }
    done
}
