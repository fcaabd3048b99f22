//! `epay serve` in place of the workers: processes on one log behind one address, that are killed and started again.

use std::{
    fs::{self, File, OpenOptions},
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{Router, body::Bytes, extract::State, http::HeaderMap, routing::post};
use epay::TokioClock;
use epay_domain::Clock as _;
use epay_fakebank::{SANDBOX_CLIENT, SANDBOX_SECRET, SANDBOX_TERMINAL, TWO_STAGE_TERMINAL};
use epay_serve::ApiKey;
use epay_testkit::free_port;
use http::StatusCode;
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use crate::{
    Failure,
    dice::Dice,
    end,
    front::{self, Front},
    shop::Shop,
    stage::Tally,
    webhooks::Webhooks,
    words::{Said, Wish},
};

/// How often, and how many times, it is asked whether a process listens.
const PAUSE: Duration = Duration::from_millis(20);
const TRIES: usize = 1_000;

/// The names of its two shops: the one-stage and the two-stage terminal.
pub(crate) const SHOPS: [&str; 2] = ["one-stage", "two-stage"];

pub(crate) struct Service {
    replicas: Vec<Replica>,
    shop: Shop,
    /// The address that all come to, and the shop that is told.
    tasks: [JoinHandle<()>; 2],
}

impl Service {
    pub(crate) async fn start(
        epay: PathBuf,
        logs: &[String; 2],
        replicas: usize,
        bank: &str,
        home: &Path,
        seed: u64,
        tally: &Arc<Tally>,
    ) -> Result<Service, Failure> {
        // What is installed already serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (at_front, told) = (loopback().await?, loopback().await?);
        let url = format!("http://{}", at_front.local_addr()?);
        let keys = [key()?, key()?];
        fs::write(home.join("secret"), SANDBOX_SECRET)?;
        fs::write(home.join("webhook"), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
        let hook = format!("http://{}/webhook", told.local_addr()?);
        let mut started = Vec::new();
        for index in 0..replicas {
            let loopback = Ipv4Addr::LOCALHOST;
            let address = SocketAddr::from((loopback, free_port(loopback)?));
            let mut text = format!("public_url = '{url}'\nlisten = '{address}'\nbank = '{bank}'\n");
            for (of_shop, key) in shops(logs, &hook).iter().zip(&keys) {
                let hash = key.sha256();
                text +=
                    &format!("{of_shop}[[shop.api_key]]\nname = 'torture'\nsha256 = '{hash}'\n");
                text += "scopes = ['read', 'pay', 'refund', 'operate']\n";
            }
            let config = home.join(format!("serve-{index}.toml"));
            fs::write(&config, text)?;
            let said = home.join(format!("serve-{index}.log"));
            started.push(Replica::start(epay.clone(), config, said, address)?);
        }
        for replica in &started {
            replica.listens().await?;
        }
        let addresses = started.iter().map(|it| format!("http://{}", it.address)).collect();
        let front = Front::new(addresses, Dice::new(seed, u64::MAX - 1), Arc::clone(tally))?;
        let webhooks = Webhooks::open(&home.join("notifications"), seed, Arc::clone(tally))?;
        let routes = Router::new().route("/webhook", post(take_in)).with_state(Arc::new(webhooks));
        // Each ends only with its task, so there is no end to report.
        let tasks = [
            tokio::spawn(async move { drop(axum::serve(told, routes).await) }),
            tokio::spawn(front::open(at_front, front)),
        ];
        let keys = keys.map(|key| format!("Bearer {}", key.expose()));
        Ok(Service { replicas: started, shop: Shop::new(url, keys)?, tasks })
    }

    /// What came of it; `None` when the answer was cut off, or nobody was there.
    pub(crate) async fn ask(&self, order: &str, two_stage: bool, wish: Wish) -> Option<Said> {
        self.shop.ask(order, two_stage, wish).await
    }

    /// Kills one process without a word and starts it again.
    pub(crate) fn kill(&self, which: usize) -> Result<(), Failure> {
        self.replicas[which % self.replicas.len()].kill()
    }

    /// Tells all of it to stop: each has to end what it has begun, and ends well.
    pub(crate) async fn stop(&self) -> Result<(), Failure> {
        for replica in &self.replicas {
            replica.stop().await?;
        }
        self.tasks.iter().for_each(JoinHandle::abort);
        Ok(())
    }
}

fn shops(logs: &[String; 2], hook: &str) -> [String; 2] {
    let terminals = [SANDBOX_TERMINAL, TWO_STAGE_TERMINAL];
    std::array::from_fn(|at| {
        let (name, terminal, log) = (SHOPS[at], terminals[at], &logs[at]);
        format!(
            "[[shop]]\nname = '{name}'\ntitle = 'A shop'\nterminal = '{terminal}'\n\
             client_id = '{SANDBOX_CLIENT}'\nclient_secret = {{ file = 'secret' }}\nstore = '{log}'\n\
             return_url = 'http://127.0.0.1/{{order}}'\n\
             [[shop.webhook]]\nurl = '{hook}'\nallow_private = true\nsecrets = [{{ file = 'webhook' }}]\n"
        )
    })
}

fn key() -> Result<ApiKey, Failure> {
    ApiKey::random().ok_or_else(|| "the system gives no random numbers".into())
}

async fn loopback() -> Result<TcpListener, Failure> {
    Ok(TcpListener::bind(("127.0.0.1", 0)).await?)
}

async fn take_in(
    State(webhooks): State<Arc<Webhooks>>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let id = headers.get("webhook-id").and_then(|id| id.to_str().ok()).unwrap_or_default();
    webhooks.take_in(id, &body)
}

/// One process.
struct Replica {
    epay: PathBuf,
    config: PathBuf,
    /// What it logs.
    said: PathBuf,
    address: SocketAddr,
    process: Mutex<Option<Child>>,
}

impl Replica {
    fn start(
        epay: PathBuf,
        config: PathBuf,
        said: PathBuf,
        address: SocketAddr,
    ) -> Result<Replica, Failure> {
        let replica = Replica { epay, config, said, address, process: Mutex::default() };
        *replica.process.lock().unwrap_or_else(PoisonError::into_inner) = Some(replica.begin()?);
        Ok(replica)
    }

    fn begin(&self) -> Result<Child, Failure> {
        let said: File = OpenOptions::new().create(true).append(true).open(&self.said)?;
        let mut command = Command::new(&self.epay);
        command.arg("serve").arg(&self.config).stdout(Stdio::null()).stderr(said);
        Ok(command.spawn()?)
    }

    async fn listens(&self) -> Result<(), Failure> {
        for _ in 0..TRIES {
            if TcpStream::connect(self.address).await.is_ok() {
                return Ok(());
            }
            TokioClock.sleep(PAUSE).await;
        }
        Err(fs::read_to_string(&self.said)?.into())
    }

    fn kill(&self) -> Result<(), Failure> {
        let mut process = self.process.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(process) = process.as_mut() {
            process.kill()?;
            process.wait()?;
        }
        *process = Some(self.begin()?);
        Ok(())
    }

    async fn stop(&self) -> Result<(), Failure> {
        let process = self.process.lock().unwrap_or_else(PoisonError::into_inner).take();
        let mut process = process.ok_or("a service is stopped once")?;
        let ended = end::well(&mut process, "epay serve").await;
        if ended.is_err() {
            process.kill()?;
            process.wait()?;
        }
        ended
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        let process = self.process.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(process) = process {
            // One that has ended cannot be killed, and need not be.
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}
