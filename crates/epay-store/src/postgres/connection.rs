//! One connection to the server that takes writes: made when it is needed, and anew when it is lost.

use std::{
    future::poll_fn,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures_util::{TryStreamExt, future::BoxFuture};
use tokio::{sync::Mutex, time};
use tokio_postgres::{AsyncMessage, Client, Row, Socket, error::Severity};
use tracing::debug;

use super::{
    error::{Fault, PostgresError, PostgresErrorKind},
    observe,
    options::Address,
    params::Param,
    tls::Stream,
};

#[derive(Debug)]
pub(super) struct Connection {
    address: Arc<Address>,
    /// How long one answer is waited for.
    patience: Duration,
    open: Mutex<Option<Arc<Open>>>,
}

#[derive(Debug)]
struct Open {
    client: Arc<Client>,
    /// How often the server has warned of anything. Many writes are on their way at once, so none may
    /// take a warning from another.
    warnings: Arc<AtomicU64>,
}

impl Connection {
    pub(super) fn new(address: Arc<Address>, timeout: Duration) -> Connection {
        Connection { address, patience: timeout / 2, open: Mutex::new(None) }
    }

    /// A statement in a transaction of its own. Many callers may wait for answers at once.
    pub(super) async fn query(&self, sql: &str, params: Vec<Param>) -> Result<Vec<Row>, Fault> {
        let open = self.open().await?;
        self.ask(&open, sql, params).await
    }

    /// The same for a write. A server that stops to wait for its replica says so by a warning, and
    /// then answers that all is well: what was written so is not safe yet.
    pub(super) async fn write(&self, sql: &str, params: Vec<Param>) -> Result<Vec<Row>, Fault> {
        let open = self.open().await?;
        let before = open.warnings.load(Ordering::Relaxed);
        let rows = self.ask(&open, sql, params).await?;
        let warned = open.warnings.load(Ordering::Relaxed) != before;
        if warned {
            observe::warned();
            return Err(out_of_time());
        }
        Ok(rows)
    }

    async fn ask(
        &self,
        open: &Arc<Open>,
        sql: &str,
        params: Vec<Param>,
    ) -> Result<Vec<Row>, Fault> {
        let fault = match time::timeout(self.patience, query(&open.client, sql, params)).await {
            Ok(Ok(rows)) => return Ok(rows),
            Ok(Err(fault)) => fault,
            Err(_) => out_of_time(),
        };
        if matches!(fault, Fault::Lost(_)) || is_read_only(&fault) {
            self.give_up(open).await;
        }
        Err(fault)
    }

    /// Several statements in one transaction.
    pub(super) async fn transaction<T, F: Future<Output = Result<T, Fault>>>(
        &self,
        work: impl FnOnce(Arc<Client>) -> F,
    ) -> Result<T, Fault> {
        let open = self.open().await?;
        let done = async {
            execute(&open.client, "BEGIN").await?;
            let done = work(Arc::clone(&open.client)).await?;
            execute(&open.client, "COMMIT").await?;
            Ok(done)
        };
        let done = done.await;
        if done.is_err() {
            // Whatever is left of it ends with the connection.
            self.give_up(&open).await;
        }
        done
    }

    async fn open(&self) -> Result<Arc<Open>, Fault> {
        let mut kept = self.open.lock().await;
        if let Some(open) = kept.as_ref().filter(|open| !open.client.is_closed()) {
            return Ok(Arc::clone(open));
        }
        let Address { config, tls } = &*self.address;
        let connected = time::timeout(self.patience, config.connect(tls.clone())).await;
        let (client, connection) = match connected {
            Ok(connected) => connected.map_err(|error| Fault::of_connecting(&error))?,
            Err(_) => {
                return Err(Fault::NotDone(PostgresError::new(PostgresErrorKind::Unreachable)));
            }
        };
        debug!("connected to the database");
        let warnings = Arc::default();
        tokio::spawn(drive(connection, Arc::clone(&warnings)));
        Ok(Arc::clone(kept.insert(Arc::new(Open { client: Arc::new(client), warnings }))))
    }

    /// Lets go of this connection, if it is still the one that is kept.
    async fn give_up(&self, lost: &Arc<Open>) {
        let mut kept = self.open.lock().await;
        if kept.as_ref().is_some_and(|open| Arc::ptr_eq(open, lost)) {
            *kept = None;
        }
    }
}

/// One statement, unprepared. Boxed, because the compiler can't see of the driver's future that
/// another thread may have it.
pub(super) fn query<'a>(
    client: &'a Client,
    sql: &'a str,
    params: Vec<Param>,
) -> BoxFuture<'a, Result<Vec<Row>, Fault>> {
    Box::pin(async move {
        let rows = client.query_typed_raw(sql, params).await.map_err(statement)?;
        rows.try_collect().await.map_err(statement)
    })
}

#[expect(clippy::needless_pass_by_value, reason = "only what became of it goes on")]
fn statement(error: tokio_postgres::Error) -> Fault {
    Fault::of_statement(&error)
}

/// Several as they stand in a text.
pub(super) async fn execute(client: &Client, sql: &str) -> Result<(), Fault> {
    client.batch_execute(sql).await.map_err(statement)
}

fn is_read_only(fault: &Fault) -> bool {
    matches!(fault, Fault::NotDone(error) if error.kind() == PostgresErrorKind::ReadOnly)
}

/// Moves what is sent and answered, until nobody needs the connection or it has ended.
async fn drive(
    mut connection: tokio_postgres::Connection<Socket, Stream<Socket>>,
    warnings: Arc<AtomicU64>,
) {
    let _open = observe::Connected::new();
    while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
        if let AsyncMessage::Notice(notice) = message {
            // Its words may be in any language.
            if notice.parsed_severity() == Some(Severity::Warning) {
                warnings.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

/// Asks until it is done, or refused: what was not done, or `may_be_done` twice.
pub(super) async fn repeated<T, F: Future<Output = Result<T, Fault>>>(
    timeout: Duration,
    may_be_done: bool,
    ask: impl Fn() -> F,
) -> Result<T, Fault> {
    let mut last = None;
    let mut pause = Pause::default();
    let asking = async {
        loop {
            match ask().await {
                Err(fault @ Fault::NotDone(_)) => last = Some(fault),
                Err(fault @ Fault::Lost(_)) if may_be_done => last = Some(fault),
                ended => return ended,
            }
            last.iter().for_each(observe::repeated);
            pause.wait().await;
        }
    };
    match time::timeout(timeout, asking).await {
        Ok(ended) => ended,
        Err(_) => Err(last.unwrap_or_else(out_of_time)),
    }
}

pub(super) fn out_of_time() -> Fault {
    Fault::Lost(PostgresError::new(PostgresErrorKind::Failed))
}

/// Waits a little longer each time.
pub(super) struct Pause(Duration);

impl Default for Pause {
    fn default() -> Pause {
        Pause(Duration::from_millis(5))
    }
}

impl Pause {
    pub(super) async fn wait(&mut self) {
        #[expect(
            clippy::disallowed_methods,
            reason = "what a server needs to be back is real time"
        )]
        time::sleep(self.0).await;
        self.0 = (self.0 * 2).min(Duration::from_millis(200));
    }
}
