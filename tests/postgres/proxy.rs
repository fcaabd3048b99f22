//! A wire to the server that can be cut in the middle of a commit.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU16, AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{Mutex, oneshot},
};

/// A write that is held up: the cut, who lets it through, and who is told when it is done.
pub(crate) fn late() -> (Cut, oneshot::Sender<()>, oneshot::Receiver<()>) {
    let ((arrive, when), (done, is_done)) = (oneshot::channel(), oneshot::channel());
    (Cut::Late(when, done), arrive, is_done)
}

/// What becomes of the next statement that appends or opens.
pub(crate) enum Cut {
    /// It is done, and the answer does not come back.
    Answer,
    /// The connection ends first; what was sent arrives when the first is told, and the second when
    /// it is done.
    Late(oneshot::Receiver<()>, oneshot::Sender<()>),
    /// It never arrives.
    Statement,
}

/// A text of statements, and a shorter one that stands in its place.
pub(crate) type Rewrite = (&'static str, &'static str);

/// Loopback in front of the server.
#[derive(Clone)]
pub(crate) struct Proxy {
    pub(crate) port: u16,
    cuts: Arc<Mutex<Vec<Cut>>>,
    /// How many statements that write went through.
    writes: Arc<AtomicUsize>,
    server: Arc<AtomicU16>,
    rewrite: Option<Rewrite>,
}

impl Proxy {
    pub(crate) async fn before(server: u16) -> io::Result<Proxy> {
        Proxy::rewriting(server, None).await
    }

    /// The same, that has another rule in the place of one.
    pub(crate) async fn rewriting(server: u16, rewrite: Option<Rewrite>) -> io::Result<Proxy> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let proxy = Proxy {
            port: listener.local_addr()?.port(),
            cuts: Arc::default(),
            writes: Arc::default(),
            server: Arc::new(AtomicU16::new(server)),
            rewrite,
        };
        let accepting = proxy.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(accepting.clone().serve(client));
            }
        });
        Ok(proxy)
    }

    /// Those of the next writes, in their order.
    pub(crate) async fn cut(&self, next: impl IntoIterator<Item = Cut>) {
        self.cuts.lock().await.extend(next);
    }

    /// How many writes came by.
    pub(crate) fn writes(&self) -> usize {
        self.writes.load(Ordering::Relaxed)
    }

    async fn serve(self, client: TcpStream) {
        let server = ("127.0.0.1", self.server.load(Ordering::Relaxed));
        let Ok(mut server) = TcpStream::connect(server).await else { return };
        let (mut from_client, mut to_client) = client.into_split();
        let mut asked = vec![0; 1 << 20];
        let mut answered = vec![0; 1 << 20];
        loop {
            tokio::select! {
                read = from_client.read(&mut asked) => {
                    let Ok(length @ 1..) = read else { return };
                    let sent = &mut asked[..length];
                    if let Some(rewrite) = self.rewrite {
                        rewritten(sent, rewrite);
                    }
                    let sent = &*sent;
                    let writes = sent.windows(21).any(|it| it == b"WITH asked AS (SELECT");
                    self.writes.fetch_add(usize::from(writes), Ordering::Relaxed);
                    let mut cuts = self.cuts.lock().await;
                    let cut = (writes && !cuts.is_empty()).then(|| cuts.remove(0));
                    drop(cuts);
                    match cut {
                        None => if server.write_all(sent).await.is_err() { return },
                        Some(Cut::Statement) => return,
                        Some(Cut::Answer) => {
                            let _ = server.write_all(sent).await;
                            // All of the answer: the server is done.
                            let _ = server.read(&mut answered).await;
                            return;
                        }
                        Some(Cut::Late(when, done)) => {
                            drop((from_client, to_client));
                            let _ = when.await;
                            let _ = server.write_all(sent).await;
                            let _ = server.read(&mut answered).await;
                            let _ = done.send(());
                            return;
                        }
                    }
                }
                read = server.read(&mut answered) => {
                    let Ok(length @ 1..) = read else { return };
                    if to_client.write_all(&answered[..length]).await.is_err() { return }
                }
            }
        }
    }
}

/// Of the same length, so that a message is as long as it says.
fn rewritten(sent: &mut [u8], (from, to): Rewrite) {
    let to = format!("{to:<length$}", length = from.len());
    let found = |sent: &[u8]| sent.windows(from.len()).position(|it| it == from.as_bytes());
    while let Some(at) = found(sent) {
        sent[at..at + from.len()].copy_from_slice(to.as_bytes());
    }
}
