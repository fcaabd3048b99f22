//! `epay serve` as a process of its own, so that it can be killed as a machine does it, and started again.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::{env, fs};

use epay::Secret;
use epay_fakebank::{SANDBOX_CLIENT, SANDBOX_SECRET, SANDBOX_TERMINAL};
use epay_serve::{ApiKey, PasswordHash};

use super::apple_pay::ApplePay;
use crate::Failure;

/// Who may use the console, and by which password: the page says both, because whoever is on this machine may.
pub(super) const OPERATOR: (&str, &str) = ("demo", "nothing-is-real");

/// The process, and the folder with its file and its log, which goes with it.
pub(super) struct Service {
    folder: PathBuf,
    address: SocketAddr,
    key: ApiKey,
    process: Child,
}

impl Service {
    /// With the fake bank and the fake wallet, for payers who come to `front`.
    pub(super) async fn start(
        bank: &str,
        apple_pay: &ApplePay,
        front: SocketAddr,
    ) -> Result<Service, Failure> {
        let key = ApiKey::random().ok_or("the system gives no random numbers")?;
        let folder = env::temp_dir().join(format!("epay-demo-{}", std::process::id()));
        fs::create_dir(&folder)?;
        fs::write(folder.join("secret"), SANDBOX_SECRET)?;
        let (operator, password) = OPERATOR;
        let file = format!(
            "listen = '127.0.0.1:0'\npublic_url = 'http://{front}'\nbank = '{bank}'\n\n[[operator]]\n\
             name = '{operator}'\npassword_hash = '{}'\nrole = 'resolve'\n\n[[shop]]\nname = 'demo'\n\
             title = 'A small shop'\nterminal = '{SANDBOX_TERMINAL}'\nclient_id = '{SANDBOX_CLIENT}'\n\
             client_secret = {{ file = 'secret' }}\nstore = 'demo.db'\nfirst_invoice = '100000001'\nlanguage = 'en'\n\
             return_url = 'http://{front}/orders/{{order}}'\n\n[[shop.api_key]]\nname = 'demo'\n\
             sha256 = '{}'\nscopes = ['read', 'pay']\n\n{}",
            PasswordHash::of(&Secret::new(password))?.expose(),
            key.sha256(),
            apple_pay.in_folder(&folder)?,
        );
        fs::write(folder.join("epay.toml"), file)?;
        let (process, address) = started(&folder).await?;
        Ok(Service { folder, address, key, process })
    }

    pub(super) fn log(&self) -> PathBuf {
        self.folder.join("demo.db")
    }

    /// Where it listens now.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
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
            (self.process, self.address) = started(&self.folder).await?;
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
async fn started(folder: &Path) -> Result<(Child, SocketAddr), Failure> {
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
    let said = said.await??;
    match said.trim().rsplit_once("//").and_then(|(_, address)| address.parse().ok()) {
        Some(address) => Ok((process, address)),
        None => {
            let _ = process.kill();
            let _ = process.wait();
            Err("epay serve did not start".into())
        }
    }
}
