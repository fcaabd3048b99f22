//! A server that does to each connection what a script says, with TLS or without, and counts.

use std::sync::{Arc, Mutex, MutexGuard};

use rustls::{HandshakeKind, ServerConfig};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpListener,
    task::JoinHandle,
};
use tokio_rustls::TlsAcceptor;

pub(super) const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

pub(super) struct Peer {
    pub(super) uri: String,
    seen: Arc<Mutex<Seen>>,
    accepting: JoinHandle<()>,
}

/// What came so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) connections: usize,
    /// Of each whole request the number of its connection and its first line.
    pub(super) requests: Vec<(usize, String)>,
    pub(super) full_handshakes: usize,
    pub(super) resumed_handshakes: usize,
    pub(super) early_data: bool,
}

impl Peer {
    /// Runs `script` for each connection; the first has the number 0.
    pub(super) async fn start<F, S>(tls: Option<Arc<ServerConfig>>, script: F) -> Peer
    where
        F: Fn(Socket) -> S + Send + 'static,
        S: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let uri = format!("{scheme}://{}", listener.local_addr().unwrap());
        let seen = Arc::<Mutex<Seen>>::default();
        let noted = Arc::clone(&seen);
        let script = Arc::new(Mutex::new(script));
        let accepting = tokio::spawn(async move {
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                socket.set_nodelay(true).unwrap();
                let number = noted.lock().unwrap().connections;
                noted.lock().unwrap().connections += 1;
                let (tls, seen, script) = (tls.clone(), Arc::clone(&noted), Arc::clone(&script));
                tokio::spawn(async move {
                    let io: Box<dyn Io> = match tls {
                        None => Box::new(socket),
                        Some(tls) => {
                            let Ok(mut socket) = TlsAcceptor::from(tls).accept(socket).await else {
                                return;
                            };
                            seen.lock().unwrap().shaken(socket.get_mut().1);
                            Box::new(socket)
                        }
                    };
                    let script =
                        script.lock().unwrap()(Socket { io, number, seen, unread: Vec::new() });
                    script.await;
                });
            }
        });
        Peer { uri, seen, accepting }
    }

    /// Answers everything, on as many connections as are opened.
    pub(super) async fn willing(tls: Option<Arc<ServerConfig>>) -> Peer {
        Peer::start(tls, Socket::answer_all).await
    }

    pub(super) fn seen(&self) -> Seen {
        self.seen.lock().unwrap().clone()
    }

    /// Over which connections the requests came.
    pub(super) fn over(&self) -> Vec<usize> {
        self.seen().requests.into_iter().map(|(number, _)| number).collect()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Seen {
    fn shaken(&mut self, session: &mut rustls::ServerConnection) {
        match session.handshake_kind() {
            Some(HandshakeKind::Resumed) => self.resumed_handshakes += 1,
            _ => self.full_handshakes += 1,
        }
        self.early_data |= session.early_data().is_some();
    }
}

trait Io: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

/// The server's end of one connection.
pub(super) struct Socket {
    io: Box<dyn Io>,
    pub(super) number: usize,
    seen: Arc<Mutex<Seen>>,
    unread: Vec<u8>,
}

impl Socket {
    /// The path of the next request, read whole; `None` when the client ends before.
    pub(super) async fn request(&mut self) -> Option<String> {
        loop {
            if let Some((line, length)) = parsed(&self.unread) {
                self.unread.drain(..length);
                let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
                self.noted().requests.push((self.number, line));
                return Some(path);
            }
            if self.io.read_buf(&mut self.unread).await.unwrap_or(0) == 0 {
                return None;
            }
        }
    }

    pub(super) async fn byte(&mut self) {
        let _ = self.io.read_u8().await;
    }

    pub(super) async fn write(&mut self, bytes: &str) {
        let _ = self.io.write_all(bytes.as_bytes()).await;
        let _ = self.io.flush().await;
    }

    /// Ends our side, as a server does that has waited long enough.
    pub(super) async fn close(&mut self) {
        let _ = self.io.shutdown().await;
    }

    pub(super) async fn answer_all(mut self) {
        while self.request().await.is_some() {
            self.write(OK).await;
        }
    }

    fn noted(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap()
    }
}

/// The first line of a whole request, and how long it is.
fn parsed(bytes: &[u8]) -> Option<(String, usize)> {
    let head = bytes.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let text = String::from_utf8_lossy(&bytes[..head]).to_lowercase();
    let length = text.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
    let length = head + length.map_or(0, |length| length.parse::<usize>().unwrap());
    let line = String::from_utf8_lossy(bytes).lines().next()?.to_owned();
    (bytes.len() >= length).then_some((line, length))
}
