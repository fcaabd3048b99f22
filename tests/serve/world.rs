//! A service with two shops, the fake bank behind it, a receiver of webhooks, and a payer's browser without scripts.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use epay::{PublicKey, Secret, TerminalId};
use epay_domain::Exposed;
use epay_fakebank::server::{FakeBankServer, Running};
use epay_fakebank::{
    Endpoint, FaultKind, SANDBOX_CLIENT, SANDBOX_SECRET, SANDBOX_TERMINAL, Settings,
    TWO_STAGE_TERMINAL,
};
use epay_serve::{ApiKey, Config, PasswordHash, Service};
use epay_testkit::{fakebank::Fault, free_port};
use epay_tests::bench::card;
use epay_tests::binary::Process;
use reqwest::{Client, Method, redirect::Policy};
use serde_json::Value;
use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

pub(crate) const SECRETS: [&str; 2] =
    ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_c2Vjb25kIHNlY3JldCBvZiB0aGUgc2hvcA=="];

/// Every operator's; hashing takes long on purpose, so it is done once.
pub(crate) const PASSWORD: &str = "correct horse battery";
static HASH: LazyLock<PasswordHash> =
    LazyLock::new(|| PasswordHash::of(&Secret::new(PASSWORD)).unwrap());

/// `vera` sees, `ravil` gives back 2000 tenge of a payment at most, `aida` resolves, `bek` does in `tools` alone.
const OPERATORS: &str = "
[[operator]]
name = 'vera'
password_hash = 'HASH'
role = 'view'
[[operator]]
name = 'ravil'
password_hash = 'HASH'
role = 'refund'
refund_limit_minor = 200000
[[operator]]
name = 'aida'
password_hash = 'HASH'
role = 'resolve'
[[operator]]
name = 'bek'
password_hash = 'HASH'
role = 'resolve'
shops = ['tools']
";

pub(crate) struct World {
    pub(crate) bank: Running,
    pub(crate) url: String,
    pub(crate) folder: tempfile::TempDir,
    /// May do everything in the shop `books`, on the one-stage terminal.
    pub(crate) books: ApiKey,
    /// The same in `tools`, on the two-stage terminal.
    pub(crate) tools: ApiKey,
    /// May only look, in `books`.
    pub(crate) reader: ApiKey,
    pub(crate) receiver: Receiver,
    pub(crate) client: Client,
    stop: Option<oneshot::Sender<()>>,
    running: Option<JoinHandle<()>>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) kind: String,
    pub(crate) text: String,
}

impl Reply {
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("{self:?}"))
    }
}

impl World {
    pub(crate) async fn open() -> World {
        let address = free_address();
        World::at(address, format!("http://{address}"), None, "").await
    }

    /// With more lines in the file for the shop `books`.
    pub(crate) async fn with(more: &str) -> World {
        let address = free_address();
        World::at(address, format!("http://{address}"), None, more).await
    }

    /// With another receiver of webhooks than its own.
    pub(crate) async fn telling(webhook: &str) -> World {
        let address = free_address();
        World::at(address, format!("http://{address}"), Some(webhook), "").await
    }

    /// Of shops that nobody calls, with more lines for `books`.
    pub(crate) async fn without_webhooks(more: &str) -> World {
        let address = free_address();
        World::at(address, format!("http://{address}"), Some(""), more).await
    }

    /// With somebody on the way who keeps what browsers and shops send.
    pub(crate) async fn watched(more: &str) -> (World, Sent) {
        let address = free_address();
        let (url, sent) = watch(address).await;
        (World::at(address, url, None, more).await, sent)
    }

    async fn at(address: SocketAddr, url: String, webhook: Option<&str>, more: &str) -> World {
        let loopback = ([127, 0, 0, 1], 0).into();
        let bank = FakeBankServer::start(Settings::default(), loopback).await.unwrap();
        let receiver = Receiver::open().await;
        let (books, tools, reader) =
            (ApiKey::random().unwrap(), ApiKey::random().unwrap(), ApiKey::random().unwrap());
        let folder = tempfile::tempdir().unwrap();
        let write =
            |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("secret", SANDBOX_SECRET);
        write("webhook-1", SECRETS[0]);
        write("webhook-2", SECRETS[1]);
        let all = r#"["read", "pay", "refund", "operate"]"#;
        let shop = |name: &str, terminal: &str, more: &str, keys: &[(&ApiKey, &str)]| {
            let mut text = format!(
                "[[shop]]\nname = '{name}'\ntitle = 'Shop of {name}'\nterminal = '{terminal}'\n\
                 client_id = '{SANDBOX_CLIENT}'\nclient_secret = {{ file = 'secret' }}\n\
                 store = '{name}.db'\nfirst_invoice = '100000001'\nlanguage = 'en'\n\
                 return_url = 'https://shop.example.kz/{name}/{{order}}'\n{more}\n",
            );
            let webhook = webhook.unwrap_or(&receiver.url);
            if !webhook.is_empty() {
                text += &format!(
                    "[[shop.webhook]]\nurl = '{webhook}'\nallow_private = true\n\
                     secrets = [{{ file = 'webhook-1' }}, {{ file = 'webhook-2' }}]\n"
                );
            }
            for (key, scopes) in keys {
                let hash = key.sha256();
                text += &format!(
                    "[[shop.api_key]]\nname = 'a'\nsha256 = '{hash}'\nscopes = {scopes}\n"
                );
            }
            text
        };
        let text = format!(
            "public_url = '{url}'\nlisten = '{address}'\nbank = '{}'\n\
             trusted_proxies = ['127.0.0.0/8']\n{}{}{}",
            bank.console_url(),
            shop("books", SANDBOX_TERMINAL, more, &[(&books, all), (&reader, r#"["read"]"#)]),
            // Invoice numbers are the bank's for all terminals together in the fake bank.
            shop("tools", TWO_STAGE_TERMINAL, "", &[(&tools, all)])
                .replace("100000001", "200000001"),
            OPERATORS.replace("HASH", HASH.expose()),
        );
        write("epay.toml", &text);
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
        let mut world = World {
            bank,
            url,
            folder,
            books,
            tools,
            reader,
            receiver,
            client,
            stop: None,
            running: None,
        };
        world.start().await;
        world
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.folder.path().join("epay.toml")
    }

    pub(crate) async fn start(&mut self) {
        let config = Config::read(self.config()).unwrap();
        let service = Service::open(&config).await.unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        self.running = Some(tokio::spawn(service.run(async { stopped.await.unwrap_or_default() })));
        self.stop = Some(stop);
    }

    /// Tells it to stop, as SIGTERM does.
    pub(crate) fn tell_to_stop(&mut self) -> JoinHandle<()> {
        drop(self.stop.take());
        // A client keeps its connections, and an idle one is closed by the service.
        self.running.take().unwrap()
    }

    /// Is served by the program from now on, whose log is a file beside its store.
    pub(crate) async fn served_by(&mut self, epay: &Path, more: &[&str]) -> Process {
        self.tell_to_stop().await.unwrap();
        let log = File::create(self.folder.path().join("service.log")).unwrap();
        let mut program = Command::new(epay);
        program.arg("serve").arg(self.config()).args(more).stdout(Stdio::piped()).stderr(log);
        let mut service = Process::of(&mut program).unwrap();
        let mut line = String::new();
        BufReader::new(service.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(line.starts_with("epay serves on "), "{line}");
        service
    }

    pub(crate) async fn call(&self, key: &ApiKey, method: &str, path: &str, body: &str) -> Reply {
        let bearer = format!("Bearer {}", key.expose());
        self.ask(method, path, Some(&bearer), body).await
    }

    pub(crate) async fn ask(
        &self,
        method: &str,
        path: &str,
        authorization: Option<&str>,
        body: &str,
    ) -> Reply {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = self.client.request(method, format!("{}{path}", self.url));
        if let Some(authorization) = authorization {
            request = request.header("authorization", authorization);
        }
        let answer = request.body(body.to_owned()).send().await.unwrap();
        let kind = answer.headers().get("content-type").map(|kind| kind.to_str().unwrap());
        let (status, kind) = (answer.status().as_u16(), kind.unwrap_or_default().to_owned());
        Reply { status, kind, text: answer.text().await.unwrap() }
    }

    /// Creates the order of 5000 tenge in `books`; its checkout link.
    pub(crate) async fn order(&self, key: &ApiKey, name: &str) -> String {
        let path = format!("/v1/orders/{name}");
        let order = self.call(key, "PUT", &path, r#"{"amount_minor": 500000}"#).await.json();
        order["checkout_url"].as_str().unwrap_or_else(|| panic!("{order}")).to_owned()
    }

    pub(crate) async fn page(&self, url: &str) -> String {
        self.client.get(url).send().await.unwrap().text().await.unwrap()
    }

    /// What the script would post for this card, from the page as it is.
    pub(crate) fn sealed(&self, page: &str, number: &str) -> String {
        let attribute = |name: &str| {
            let (_, rest) =
                page.split_once(&format!("{name}=\"")).unwrap_or_else(|| panic!("{page}"));
            rest.split_once('"').unwrap().0.to_owned()
        };
        let key = PublicKey::from_der(&STANDARD.decode(attribute("data-key")).unwrap()).unwrap();
        let terminal = TerminalId::new(&attribute("data-terminal")).unwrap();
        let sealed = key.seal_card(card(number), &terminal).unwrap();
        let Exposed::Card { cryptogram } = sealed.expose() else { panic!("{sealed:?}") };
        let seen = attribute("name=\"seen\" value");
        form(&[("cryptogram", cryptogram), ("holder", "ARMAN ALI"), ("seen", &seen)])
    }

    /// Posts a form as a browser does; the answer, its redirect not followed.
    pub(crate) async fn post(&self, url: &str, form: String) -> (u16, Option<String>, String) {
        let request = self.client.post(url).body(form);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let answer = request.send().await.unwrap();
        let to = answer.headers().get("location").map(|to| to.to_str().unwrap().to_owned());
        (answer.status().as_u16(), to, answer.text().await.unwrap())
    }

    /// The payer pays by this link; the page that they see at the end.
    pub(crate) async fn pay(&self, link: &str, number: &str) -> String {
        let sealed = self.sealed(&self.page(link).await, number);
        let (status, to, page) = self.post(link, sealed).await;
        match to {
            Some(to) => self.page(&to).await,
            None => panic!("{status}: {page}"),
        }
    }

    pub(crate) fn fault(&self, on: Endpoint, kind: FaultKind) {
        self.bank.with_bank(|bank| bank.plan(Fault { on, skip: 0, kind }));
    }

    pub(crate) fn asked(&self, endpoint: Endpoint) -> usize {
        self.bank.with_bank(|bank| {
            bank.wire_log().iter().filter(|entry| entry.endpoint == endpoint).count()
        })
    }
}

pub(crate) fn form(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// The service names itself in its links, so it has to know before it listens.
pub(crate) fn free_address() -> SocketAddr {
    let loopback = Ipv4Addr::LOCALHOST;
    (loopback, free_port(loopback).unwrap()).into()
}

/// All bytes that came in.
pub(crate) type Sent = Arc<Mutex<Vec<u8>>>;

/// An address that leads to `service`, and what was sent through it.
async fn watch(service: SocketAddr) -> (String, Sent) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (url, sent) = (format!("http://{}", listener.local_addr().unwrap()), Sent::default());
    let kept = Arc::clone(&sent);
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let kept = Arc::clone(&kept);
            tokio::spawn(async move {
                let Ok(server) = TcpStream::connect(service).await else { return };
                let (mut from_client, mut to_client) = client.into_split();
                let (mut from_server, mut to_server) = server.into_split();
                let answers = tokio::io::copy(&mut from_server, &mut to_client);
                let requests = async {
                    let mut piece = [0; 4096];
                    while let Ok(read @ 1..) = from_client.read(&mut piece).await {
                        kept.lock().unwrap().extend_from_slice(&piece[..read]);
                        to_server.write_all(&piece[..read]).await?;
                    }
                    to_server.shutdown().await
                };
                let _ = tokio::join!(answers, requests);
            });
        }
    });
    (url, sent)
}

/// A shop that is told: it answers what is planned, and 200 after that.
pub(crate) struct Receiver {
    pub(crate) url: String,
    pub(crate) plan: Arc<Mutex<VecDeque<Response>>>,
    told: tokio::sync::Mutex<mpsc::UnboundedReceiver<Told>>,
}

/// One webhook, as it came.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Told {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

impl Receiver {
    async fn open() -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let plan = Arc::<Mutex<VecDeque<Response>>>::default();
        let (tell, told) = mpsc::unbounded_channel();
        let planned = Arc::clone(&plan);
        let hear = move |State(()): State<()>, headers: HeaderMap, body: Bytes| async move {
            tell.send(Told { headers, body }).unwrap();
            let answer = planned.lock().unwrap().pop_front();
            answer.unwrap_or_else(|| StatusCode::OK.into_response())
        };
        let app = Router::new().route("/hook", post(hear));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Receiver { url, plan, told: told.into() }
    }

    pub(crate) async fn told(&self) -> Told {
        let mut told = self.told.lock().await;
        tokio::time::timeout(Duration::from_secs(20), told.recv()).await.unwrap().unwrap()
    }

    pub(crate) fn answers(&self, answer: impl IntoResponse) {
        self.plan.lock().unwrap().push_back(answer.into_response());
    }
}
