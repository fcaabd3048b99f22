//! Batched look-up of whether orders are new: one statement for many; a caller that comes while one
//! is under way shares the next.

use std::mem;

use epay_domain::ReplayKey;
use futures_util::future::BoxFuture;
use tokio::sync::{mpsc, oneshot};
use tokio_postgres::Row;

use super::{
    connection::Connection,
    error::{Fault, PostgresError, PostgresErrorKind},
    params::params,
    rows::column,
    sql,
    worker::Worker,
};

/// How many share a statement at most.
const MOST_TOGETHER: usize = 256;

struct Lookup {
    order: String,
    key: Option<Vec<u8>>,
    reply: oneshot::Sender<Result<bool, Fault>>,
}

impl Lookup {
    fn answer(self, answer: Result<bool, Fault>) {
        // A caller that has gone needs none.
        let _ = self.reply.send(answer);
    }
}

pub(super) struct Lookups(mpsc::UnboundedSender<Lookup>);

impl Lookups {
    pub(super) fn start(worker: &Worker, connection: Connection) -> Lookups {
        let (lookups, mut queue) = mpsc::unbounded_channel();
        worker.spawn(async move {
            let mut waiting = Vec::new();
            while queue.recv_many(&mut waiting, MOST_TOGETHER).await > 0 {
                answer(mem::take(&mut waiting), &connection).await;
            }
        });
        Lookups(lookups)
    }

    /// Whether the order has no attempt and the key no owner. What comes meanwhile is found by the write.
    pub(super) async fn is_new(&self, order: &str, key: Option<&ReplayKey>) -> Result<bool, Fault> {
        let (reply, answer) = oneshot::channel();
        let key = key.map(|key| key.as_bytes().to_vec());
        // Where nobody is left to look, nobody answers.
        let _ = self.0.send(Lookup { order: order.to_owned(), key, reply });
        let gone = |_| Fault::Refused(PostgresError::new(PostgresErrorKind::Failed));
        answer.await.map_err(gone)?
    }
}

/// Asks once, and answers each.
fn answer(lookups: Vec<Lookup>, connection: &Connection) -> BoxFuture<'_, ()> {
    Box::pin(async move {
        let orders: Vec<_> = lookups.iter().map(|it| it.order.clone()).collect();
        let keys: Vec<_> = lookups.iter().map(|it| it.key.clone()).collect();
        match connection.query(sql::ARE_NEW, params![orders, keys]).await {
            Ok(rows) => {
                let mut rows = rows.iter();
                for lookup in lookups {
                    lookup.answer(is_new(rows.next()));
                }
            }
            // Something is wrong with one of them, and that is its own.
            Err(Fault::Refused(_)) if lookups.len() > 1 => {
                for lookup in lookups {
                    answer(vec![lookup], connection).await;
                }
            }
            Err(fault) => lookups.into_iter().for_each(|it| it.answer(Err(fault.clone()))),
        }
    })
}

fn is_new(row: Option<&Row>) -> Result<bool, Fault> {
    let missing = || Fault::Refused(PostgresError::new(PostgresErrorKind::Damaged));
    column(row.ok_or_else(missing)?, 0).map_err(Fault::Refused)
}
