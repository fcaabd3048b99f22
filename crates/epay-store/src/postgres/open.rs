//! Opens attempts: many in one statement, each only while what was judged holds.

use epay_domain::{ListKeys, ReplayKey};
use futures_util::future::BoxFuture;
use tokio::sync::oneshot;

use super::{connection::Connection, error::Fault, params::params, rows::column, sql};
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
pub(super) fn write(opens: Vec<Open>, connection: &Connection) -> BoxFuture<'_, ()> {
    Box::pin(async move {
        match opened(&opens, connection).await {
            Ok(opened) => {
                for open in opens {
                    let is_opened = opened.contains(&open.opening.invoice);
                    open.answer(Ok(is_opened));
                }
            }
            // Something is wrong with one of them, and that is its own.
            Err(Fault::Refused(_) | Fault::Taken(_)) if opens.len() > 1 => {
                for open in opens {
                    write(vec![open], connection).await;
                }
            }
            Err(fault) => opens.into_iter().for_each(|open| open.answer(Err(fault.clone()))),
        }
    })
}

async fn opened(opens: &[Open], connection: &Connection) -> Result<Vec<String>, Fault> {
    if opens.is_empty() {
        return Ok(Vec::new());
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
    let opened = connection.write(sql::OPEN, params).await?;
    opened.iter().map(|row| column(row, 0).map_err(Fault::Refused)).collect()
}
