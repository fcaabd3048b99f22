//! Opens attempts: many in one statement, each only while what was judged holds.

use std::collections::HashSet;

use epay_domain::{ListKeys, ReplayKey};
use futures_util::future::BoxFuture;
use tokio::sync::oneshot;

use super::{connection::Connection, error::Fault, params::params, rows::names, sql};
use crate::row::{Opening, columns};

/// The attempt to open.
pub(super) struct Open {
    pub(super) opening: Opening,
    /// The version in which the attempt before it was judged, where there is one.
    pub(super) onto: Option<i64>,
    pub(super) key: Option<ReplayKey>,
    pub(super) keys: ListKeys,
    /// Whether it was opened. If not, what was judged is no longer so.
    pub(super) reply: oneshot::Sender<Result<bool, Fault>>,
}

impl Open {
    fn answer(self, answer: Result<bool, Fault>) {
        // A caller that has gone needs none.
        let _ = self.reply.send(answer);
    }
}

/// Writes them once, and answers each.
pub(super) async fn write(opens: Vec<Open>, connection: &Connection) {
    let (next, first) = opens.into_iter().partition(|open| open.onto.is_some());
    futures_util::join!(
        written(sql::OPEN_FIRST, first, connection),
        written(sql::OPEN_NEXT, next, connection)
    );
}

fn written<'a>(
    statement: &'static str,
    opens: Vec<Open>,
    connection: &'a Connection,
) -> BoxFuture<'a, ()> {
    Box::pin(async move {
        match opened(statement, &opens, connection).await {
            Ok(opened) => {
                for open in opens {
                    let is_opened = opened.contains(&open.opening.invoice);
                    open.answer(Ok(is_opened));
                }
            }
            // Something is wrong with one of them, and that is its own.
            Err(Fault::Refused(_) | Fault::Taken(_)) if opens.len() > 1 => {
                for open in opens {
                    written(statement, vec![open], connection).await;
                }
            }
            Err(fault) => opens.into_iter().for_each(|open| open.answer(Err(fault.clone()))),
        }
    })
}

async fn opened(
    statement: &str,
    opens: &[Open],
    connection: &Connection,
) -> Result<HashSet<String>, Fault> {
    if opens.is_empty() {
        return Ok(HashSet::new());
    }
    let openings = || opens.iter().map(|open| &open.opening);
    let texts = |text: fn(&Opening) -> &String| openings().map(text).cloned().collect::<Vec<_>>();
    let maybe =
        |text: fn(&Opening) -> &Option<String>| openings().map(text).cloned().collect::<Vec<_>>();
    let (status, open_since): (Vec<_>, Vec<_>) =
        opens.iter().map(|open| columns(open.keys)).unzip();
    let key = |open: &Open| open.key.map(|key| key.as_bytes().to_vec());
    let params = params![
        texts(|it| &it.invoice),
        texts(|it| &it.order),
        texts(|it| &it.terminal),
        texts(|it| &it.ordered),
        texts(|it| &it.currency),
        openings().map(|it| i64::from(it.exponent)).collect::<Vec<_>>(),
        openings().map(|it| it.opened).collect::<Vec<_>>(),
        maybe(|it| &it.previous),
        maybe(|it| &it.tag),
        openings().map(|it| i64::from(it.checksum())).collect::<Vec<_>>(),
        status,
        open_since,
        opens.iter().map(key).collect::<Vec<_>>(),
        opens.iter().map(|open| open.onto).collect::<Vec<_>>(),
        // No append, and so found by no id.
        0_i64,
    ];
    names(&connection.write(statement, params).await?)
}
