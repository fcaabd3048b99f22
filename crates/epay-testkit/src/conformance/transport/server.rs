//! A scripted server: it does exactly what the script says, and records every byte from its
//! clients.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    sync::oneshot,
    task::{JoinHandle, JoinSet},
};

use super::wrap::{Io, Wrap};

/// What was read of each request, whole or not, in order of arrival.
type Heard = Arc<Mutex<Vec<Vec<u8>>>>;

pub(super) struct Server {
    scheme: &'static str,
    address: SocketAddr,
    heard: Heard,
    stop: oneshot::Sender<()>,
    accepting: JoinHandle<()>,
}

impl Server {
    /// Runs `script` for each connection on a loopback port.
    pub(super) async fn start<F, S>(script: F, wrap: Wrap) -> io::Result<Server>
    where
        F: Fn(Talk) -> S + Send + 'static,
        S: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let (address, heard) = (listener.local_addr()?, Heard::default());
        let (stop, stopped) = oneshot::channel();
        let scheme = wrap.scheme();
        let accepting = tokio::spawn(accept(listener, wrap, script, Arc::clone(&heard), stopped));
        Ok(Server { scheme, address, heard, stop, accepting })
    }

    pub(super) fn uri(&self, path_and_query: &str) -> String {
        format!("{}://{}{path_and_query}", self.scheme, self.address)
    }

    /// All that was heard, once every connection has ended: the clients have to be dropped before.
    pub(super) async fn finish(self) -> Vec<Vec<u8>> {
        drop(self.stop);
        // A script that panicked is no finding about the client; what it heard counts all the same.
        let _ = self.accepting.await;
        std::mem::take(&mut *self.heard.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn accept<F, S>(
    listener: TcpListener,
    wrap: Wrap,
    script: F,
    heard: Heard,
    mut stopped: oneshot::Receiver<()>,
) where
    F: Fn(Talk) -> S,
    S: Future<Output = ()> + Send + 'static,
{
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            // In this order, so that whoever connected before the end is heard.
            biased;
            accepted = listener.accept() => match accepted {
                Ok((socket, _)) => {
                    let socket = wrap.around(socket);
                    connections.spawn(script(Talk { socket, heard: Arc::clone(&heard), unread: Vec::new() }));
                }
                Err(_) => break,
            },
            _ = &mut stopped => break,
        }
    }
    connections.join_all().await;
}

/// One connection. Whatever goes wrong on it is the end of it, and the client's to notice.
pub(super) struct Talk {
    socket: Box<dyn Io>,
    heard: Heard,
    /// Read from the socket, and not yet part of a request.
    unread: Vec<u8>,
}

impl Talk {
    /// The next request, whole; `None` when the client ends before.
    pub(super) async fn request(&mut self) -> Option<Received> {
        let entry = self.begin().await?;
        loop {
            if let Some(received) = Received::parse(&entry.bytes(&self.heard)) {
                return Some(received);
            }
            if self.socket.read_buf(&mut self.unread).await.unwrap_or(0) == 0 {
                return None;
            }
            entry.add(&self.heard, &mut self.unread);
        }
    }

    /// Waits for the first byte of a request and reads no further.
    pub(super) async fn first_byte(&mut self) {
        let mut byte = [0];
        if self.socket.read_exact(&mut byte).await.is_ok() {
            self.unread.extend_from_slice(&byte);
            self.begin().await;
        }
    }

    pub(super) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.socket.write_all(bytes).await?;
        self.socket.flush().await
    }

    /// Ends our side only: what the client still sends is heard.
    pub(super) async fn end_our_side(&mut self) {
        let _ = self.socket.shutdown().await;
    }

    /// Waits until the client ends.
    pub(super) async fn until_closed(&mut self) {
        while self.socket.read_buf(&mut self.unread).await.unwrap_or(0) > 0 {}
    }

    async fn begin(&mut self) -> Option<Entry> {
        if self.unread.is_empty() && self.socket.read_buf(&mut self.unread).await.unwrap_or(0) == 0
        {
            return None;
        }
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.push(std::mem::take(&mut self.unread));
        Some(Entry(heard.len() - 1))
    }
}

/// The place of a request in what was heard.
struct Entry(usize);

impl Entry {
    fn bytes(&self, heard: &Heard) -> Vec<u8> {
        heard
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(self.0)
            .cloned()
            .unwrap_or_default()
    }

    fn add(&self, heard: &Heard, more: &mut Vec<u8>) {
        if let Some(entry) = heard.lock().unwrap_or_else(PoisonError::into_inner).get_mut(self.0) {
            entry.append(more);
        }
    }
}

/// A request as it came over the wire.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) line: String,
    /// Names in lower case.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Received {
    /// `None` while something is missing.
    pub(super) fn parse(bytes: &[u8]) -> Option<Received> {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
        let (head, rest) = bytes.split_at_checked(end + 4)?;
        let head = String::from_utf8_lossy(head);
        let mut lines = head.lines();
        let line = lines.next()?.to_owned();
        let headers: Vec<_> = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        let length = headers
            .iter()
            .find(|(name, _)| name == "content-length")
            .map_or("0", |(_, value)| value);
        let body = rest.get(..length.parse().ok()?)?.to_vec();
        Some(Received { line, headers, body })
    }

    pub(super) fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers.iter().filter(move |(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The path and query of the request line.
    pub(super) fn target(&self) -> &str {
        self.line.split(' ').nth(1).unwrap_or_default()
    }
}
