//! `epay serve` as a process of its own, so that it can be killed as a machine does it, and started again.

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::{env, fs};

use epay_fakebank::{SANDBOX_CLIENT, SANDBOX_SECRET, SANDBOX_TERMINAL};
use epay_serve::ApiKey;
use tokio::net::TcpListener;

use crate::Failure;

/// The process, and the folder with its file and its log, which goes with it.
pub(super) struct Service {
    folder: PathBuf,
    address: SocketAddr,
    key: ApiKey,
    process: Child,
}

impl Service {
    /// With the fake bank, for the shop at this address.
    pub(super) async fn start(bank: &str, shop: SocketAddr) -> Result<Service, Failure> {
        let key = ApiKey::random().ok_or("the system gives no random numbers")?;
        let folder = env::temp_dir().join(format!("epay-demo-{}", std::process::id()));
        fs::create_dir(&folder)?;
        fs::write(folder.join("secret"), SANDBOX_SECRET)?;
        // One that was free a moment ago: the links have it before the service does.
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?.local_addr()?;
        let file = format!(
            "listen = '{address}'\npublic_url = 'http://{address}'\nbank = '{bank}'\n\n[[shop]]\nname = 'demo'\n\
             title = 'A small shop'\nterminal = '{SANDBOX_TERMINAL}'\nclient_id = '{SANDBOX_CLIENT}'\n\
             client_secret = {{ file = 'secret' }}\nstore = 'demo.db'\nfirst_invoice = '100000001'\nlanguage = 'en'\n\
             return_url = 'http://{shop}/orders/{{order}}'\n\n[[shop.api_key]]\nname = 'demo'\n\
             sha256 = '{}'\nscopes = ['read', 'pay']\n",
            key.sha256()
        );
        fs::write(folder.join("epay.toml"), file)?;
        let process = started(&folder).await?;
        Ok(Service { folder, address, key, process })
    }

    pub(super) fn log(&self) -> PathBuf {
        self.folder.join("demo.db")
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(super) fn bearer(&self) -> String {
        format!("Bearer {}", self.key.expose())
    }

    pub(super) fn is_up(&mut self) -> bool {
        matches!(self.process.try_wait(), Ok(None))
    }

    /// As SIGKILL does: nothing is finished, nothing is said.
    pub(super) fn kill(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    pub(super) async fn start_again(&mut self) -> Result<(), Failure> {
        if !self.is_up() {
            self.process = started(&self.folder).await?;
        }
        Ok(())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.kill();
        // What is left behind is in the folder for what is temporary.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Ready when it says where it serves.
async fn started(folder: &std::path::Path) -> Result<Child, Failure> {
    let mut process = Command::new(env::current_exe()?)
        .arg("serve")
        .arg(folder.join("epay.toml"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let output = process.stdout.take().ok_or("the service has no output")?;
    let said = tokio::task::spawn_blocking(move || {
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line).map(|_| line)
    });
    if said.await??.is_empty() {
        let _ = process.kill();
        let _ = process.wait();
        return Err("epay serve did not start".into());
    }
    Ok(process)
}
