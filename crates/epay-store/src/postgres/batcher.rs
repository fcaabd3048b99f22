//! Group commit: waiting writes share one statement; a write that comes while one is under way goes
//! into the next.

use std::{
    collections::{HashSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use tokio::sync::{Mutex, mpsc};

use super::{append::Append, connection::Connection, observe, open::Open, worker::Worker};

/// How many writes share a statement at most, so that the first of them does not wait for ever.
const MOST_TOGETHER: usize = 256;

/// One write, on its way to the server and back. Its caller may have gone meanwhile; it is written
/// all the same.
pub(super) enum Write {
    Append(Append),
    Open(Open),
}

impl Write {
    /// Two with the same one do not share a statement.
    fn key(&self) -> (bool, &str) {
        match self {
            Write::Append(append) => (true, &append.invoice),
            Write::Open(open) => (false, open.opening.order.as_str()),
        }
    }
}

pub(super) type Batcher = mpsc::UnboundedSender<Write>;

/// Each connection takes what waits, writes it, and takes what has come meanwhile.
pub(super) fn start(worker: &Worker, connections: Vec<Connection>, timeout: Duration) -> Batcher {
    let (batcher, queue) = mpsc::unbounded_channel();
    let waiting = Arc::new(Mutex::new(Waiting { queue, held: VecDeque::new() }));
    for connection in connections {
        let waiting = Arc::clone(&waiting);
        worker.spawn(async move {
            while let Some(batch) = take(&waiting).await {
                observe::batch(batch.len(), write(batch, &connection, timeout)).await;
            }
        });
    }
    batcher
}

async fn take(waiting: &Mutex<Waiting>) -> Option<Vec<Write>> {
    waiting.lock().await.next().await
}

/// Attempts that are opened, and appends, are a statement each, on their way at the same time.
async fn write(batch: Vec<Write>, connection: &Connection, timeout: Duration) {
    let (mut appends, mut opens) = (Vec::new(), Vec::new());
    for write in batch {
        match write {
            Write::Append(append) => appends.push(append),
            Write::Open(open) => opens.push(open),
        }
    }
    futures_util::join!(
        super::append::write(appends, connection, timeout),
        super::open::write(opens, connection),
    );
}

struct Waiting {
    queue: mpsc::UnboundedReceiver<Write>,
    /// The writes left for another statement, the oldest first.
    held: VecDeque<Write>,
}

impl Waiting {
    /// All that waits, but for what can't share a statement. `None` when nobody will come any more.
    async fn next(&mut self) -> Option<Vec<Write>> {
        if self.held.is_empty() {
            self.held.push_back(self.queue.recv().await?);
        }
        while let Ok(write) = self.queue.try_recv() {
            self.held.push_back(write);
        }
        let (mut keys, mut batch, mut left) = (HashSet::new(), Vec::new(), VecDeque::new());
        for write in self.held.drain(..) {
            let (appends, key) = write.key();
            if batch.len() < MOST_TOGETHER && keys.insert((appends, key.to_owned())) {
                batch.push(write);
            } else {
                left.push_back(write);
            }
        }
        self.held = left;
        Some(batch)
    }
}
