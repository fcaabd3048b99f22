//! The pure bank on loopback sockets: what arrives there is answered by the model, and lost on the way as planned.

mod acs;
mod admin;
mod callback_sender;
mod clock;
mod console;
mod deliver;
mod guard;
mod html;
mod listen;
mod payform;
mod receive;
mod reference;
mod result;
mod shared;
#[cfg(feature = "tls")]
mod tls;

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::{JoinHandle, JoinSet},
};

use self::{
    deliver::{Body, Cut},
    shared::Shared,
};
use crate::{
    bank::Bank,
    http::{API_BASE, Answer, Delivery, OAUTH_BASE},
    reply,
    settings::Settings,
};

pub use self::listen::Listen;
#[cfg(feature = "tls")]
pub use self::tls::{Authority, TlsError};

/// How many connections are served at once; the next waits in the backlog of the socket.
const MAX_CONNECTIONS: usize = 512;

/// Puts a [`Bank`] on a socket.
#[derive(Debug)]
pub struct FakeBankServer;

impl FakeBankServer {
    /// Listens on a loopback address, port 0 for any, until the returned [`Running`] is dropped or shut down.
    ///
    /// `acs_url` and `payform_url` of the settings are replaced by pages of this server. Runs on the tokio runtime it
    /// is called in.
    ///
    /// # Errors
    /// When the address is not loopback (the bank has no password worth the name) or cannot be bound.
    pub async fn start(settings: Settings, address: SocketAddr) -> io::Result<Running> {
        Self::listen(settings, Listen::on(address)).await
    }

    /// The same, as `listen` says: by other names, by TLS, or for others than this machine.
    ///
    /// # Errors
    /// As [`start`](Self::start); another address than loopback needs [`Listen::public`].
    pub async fn listen(settings: Settings, listen: Listen) -> io::Result<Running> {
        if !listen.address.ip().is_loopback() && listen.public.is_none() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "the fake bank listens on loopback only",
            ));
        }
        let listener = TcpListener::bind(listen.address).await?;
        let address = listener.local_addr()?;
        let root = format!("{}://{}", listen.scheme(), listen.authority(address));
        let settings = Settings {
            acs_url: format!("{root}/acs"),
            payform_url: format!("{root}/payform/"),
            ..settings
        };
        let bank = Shared::new(Bank::new(settings), listen);
        let task = tokio::spawn(accept(listener, bank.clone()));
        Ok(Running { address, root, bank, task })
    }
}

/// A listening fake bank; stops when dropped.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    root: String,
    bank: Shared,
    task: JoinHandle<()>,
}

impl Running {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The OAuth base: the token call is `{oauth_url}/oauth2/token`.
    pub fn oauth_url(&self) -> String {
        format!("{}{OAUTH_BASE}", self.root)
    }

    /// The API base: a payment is `{api_url}/payment/cryptopay`.
    pub fn api_url(&self) -> String {
        format!("{}{API_BASE}", self.root)
    }

    /// The base of the pay form: a shop's page loads `{form_url}/payform/payment-api.js`.
    pub fn form_url(&self) -> String {
        self.root.clone()
    }

    /// A page for a browser that shows the ledger.
    pub fn console_url(&self) -> String {
        format!("{}/", self.root)
    }

    /// The base of the admin API: `GET {admin_url}/ledger`.
    pub fn admin_url(&self) -> String {
        format!("{}{}", self.root, admin::BASE)
    }

    /// Looks at or changes the bank from the same process, between two requests.
    pub fn with_bank<T>(&self, look: impl FnOnce(&mut Bank) -> T) -> T {
        look(&mut self.bank.lock())
    }

    /// Stops listening and cuts what is still open.
    pub async fn shutdown(mut self) {
        self.task.abort();
        // The error says that the task was aborted, which is what was asked for.
        let _ = (&mut self.task).await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, bank: Shared) {
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut connections = JoinSet::new();
    let next = async || {
        // Nobody closes it.
        let place = Arc::clone(&places).acquire_owned().await.map_err(io::Error::other)?;
        listener.accept().await.map(|(stream, _)| (stream, place))
    };
    loop {
        tokio::select! {
            accepted = next() => match accepted {
                Ok((stream, place)) => {
                    let served = serve(stream, bank.clone());
                    connections.spawn(async move {
                        served.await;
                        drop(place);
                    });
                }
                // Out of file handles, most likely: a short pause instead of a hot loop.
                Err(_) => clock::pause(Duration::from_millis(20)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(stream: TcpStream, bank: Shared) {
    #[cfg(feature = "tls")]
    if let Some(authority) = &bank.listen().tls {
        let shaken = tokio::time::timeout(receive::TIMEOUT, authority.acceptor().accept(stream));
        // An error is a client that does not trust the root, and says so itself.
        if let Ok(Ok(stream)) = shaken.await {
            talk(stream, bank.clone()).await;
        }
        return;
    }
    talk(stream, bank).await;
}

async fn talk(stream: impl AsyncRead + AsyncWrite + Unpin + 'static, bank: Shared) {
    let service = service_fn(move |request| respond(request, bank.clone()));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(receive::TIMEOUT)
        .max_buf_size(receive::MAX_HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), service);
    // An error is a client that went away, or a cut that was asked for.
    let _ = connection.await;
}

async fn respond(request: Request<Incoming>, bank: Shared) -> Result<Response<Body>, Cut> {
    let refused = |status, why| Ok(deliver::whole(reply::with_body(status, "text/plain", why)));
    let (head, body) = request.into_parts();
    if !bank.listen().is_for_us(&head) {
        return refused(StatusCode::FORBIDDEN, "loopback only, and names of --host-name\n");
    }
    let body = match receive::body(body).await {
        Ok(body) => body,
        Err(status) => return refused(status, "the body is too large, too slow or broken\n"),
    };
    let request = Request::from_parts(head, body);
    let open = bank.listen().may_read(request.headers());
    match request.uri().path() {
        path if is_under(path, OAUTH_BASE) || is_under(path, API_BASE) => {
            bank_call(&request, &bank).await
        }
        path if is_under(path, "/acs") => Ok(deliver::whole(acs::answer(&request, &bank))),
        path if path.starts_with(payform::BASE) => pay_form(&request, &bank).await,
        _ if !open => Ok(deliver::whole(guard::ask_for_secret())),
        path if is_under(path, admin::BASE) => {
            let (answer, callback) = admin::answer(&request, &bank);
            callback_sender::send(&bank, callback.into_iter().collect()).await;
            Ok(deliver::whole(answer))
        }
        "/" => Ok(deliver::whole(console::payments(&request, &bank))),
        path => match path.strip_prefix("/payments/") {
            Some(id) => Ok(deliver::whole(console::payment(id, &bank))),
            None => refused(StatusCode::NOT_FOUND, "no such page\n"),
        },
    }
}

fn is_under(path: &str, base: &str) -> bool {
    path.strip_prefix(base).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

async fn pay_form(request: &Request<Bytes>, bank: &Shared) -> Result<Response<Body>, Cut> {
    let payform::Shown { page, delay, callbacks } = payform::answer(request, bank);
    callback_sender::send(bank, callbacks).await;
    if delay > 0 {
        clock::pause(Duration::from_millis(delay)).await;
    }
    page.map(deliver::whole).ok_or(Cut)
}

async fn bank_call(request: &Request<Bytes>, bank: &Shared) -> Result<Response<Body>, Cut> {
    let now = bank.now();
    let Answer { delivery, delay, callbacks } = bank.lock().answer(request, now);
    callback_sender::send(bank, callbacks).await;
    if delay > 0 {
        clock::pause(Duration::from_millis(delay)).await;
    }
    match delivery {
        Delivery::Whole(response) => Ok(deliver::whole(response)),
        Delivery::Truncated(response, bytes) => Ok(deliver::truncated(response, bytes)),
        Delivery::Cut => Err(Cut),
    }
}
