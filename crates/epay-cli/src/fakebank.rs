//! `epay fakebank` serves the fake bank until it is stopped, and prints its addresses first.

use std::io::Write;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::{fmt, fs};

use epay_fakebank::server::{Authority, FakeBankServer, Listen, Running};
use epay_fakebank::{BankKey, Config, Keep, SANDBOX_SECRET, Secret, Settings, Stages, Switches};
use serde::{Deserialize, Serialize};

use crate::exit::{self, Ended};
use crate::{Failure, foreign, shutdown};

/// Serve the fake bank, for a client in any language.
///
/// It accepts the sandbox client, secret and terminal that the bank publishes, opens every cryptogram
/// with its own RSA-4096 key, and keeps a ledger that its console shows. Ctrl-C or SIGTERM stops it.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The address to listen on; without --public a loopback address. Port 0 takes any free port.
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDRESS", value_parser = address)]
    addr: SocketAddr,
    /// Also answer to this host name, without a port. Links use the first one.
    #[arg(long, value_name = "NAME", value_parser = host_name)]
    host_name: Vec<String>,
    /// Accept other machines, as containers need. Admin API and console then require the printed token.
    #[arg(long)]
    public: bool,
    /// The token for --public, instead of a random one.
    #[arg(long, requires = "public", value_name = "TEXT", value_parser = token)]
    admin_token: Option<String>,
    /// Use TLS with a certificate authority created at the start, and write its root certificate to this file.
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "epay-fakebank-root.pem")]
    tls: Option<PathBuf>,
    /// Print the URLs as one line of JSON: oauth, api, form, console, admin.
    #[arg(long)]
    json: bool,
    /// Read merchants, terminals, cards and switches from this TOML file.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Refuse requests that clients send although no document of the bank promises that they work.
    #[arg(long)]
    strict: bool,
    /// The seed of every id, token and reference number: the same seed and calls give the same answers.
    #[arg(long, default_value_t = 0, value_name = "N")]
    seed: u64,
    /// Remember only the latest N payments, or up to a quarter more.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    keep_payments: Option<u32>,
    /// Remember only payments of the last N minutes.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    keep_minutes: Option<u32>,
    /// Create a new RSA-4096 key instead of the fixed one, whose private half is published.
    #[arg(long)]
    fresh_key: bool,
    /// Behave as the bank was observed: read the answers of `epay probe`, instead of the switches of --config.
    #[arg(long, value_name = "FILE")]
    observed: Option<PathBuf>,
}

/// What the fake bank reads of them.
#[derive(Deserialize)]
struct Observed {
    switches: Switches,
}

fn observed(path: &Path) -> Result<Switches, Failure> {
    let told = |error: &dyn fmt::Display| exit::wrong(format!("{}: {error}", path.display()));
    let file = fs::read(path).map_err(|error| told(&error))?;
    let Observed { switches } = serde_json::from_slice(&file).map_err(|error| told(&error))?;
    Ok(switches)
}

/// A loopback one where the name has one.
fn address(text: &str) -> Result<SocketAddr, &'static str> {
    let wrong = "an address is like 127.0.0.1:8080 or localhost:8080";
    let all: Vec<_> = text.to_socket_addrs().map_err(|_| wrong)?.collect();
    let local = all.iter().find(|address| address.ip().is_loopback());
    local.or(all.first()).copied().ok_or(wrong)
}

fn host_name(text: &str) -> Result<String, &'static str> {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    let good = !text.is_empty() && text.bytes().all(letter);
    good.then(|| text.to_owned()).ok_or("a name is like bank or bank.test, without a port")
}

fn token(text: &str) -> Result<String, &'static str> {
    let good = text.len() >= 8 && text.bytes().all(|byte| byte.is_ascii_graphic());
    good.then(|| text.to_owned()).ok_or("a token is at least eight letters, digits or signs")
}

/// Everything a client has to know.
#[derive(Serialize)]
struct Urls {
    oauth: String,
    api: String,
    form: String,
    console: String,
    admin: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    admin_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    root_certificate: Option<String>,
}

pub(crate) async fn run(args: &Args, out: &mut impl Write) -> Result<Ended, Failure> {
    if !args.public && !args.addr.ip().is_loopback() {
        return Err(exit::wrong("--addr is not on loopback, and there is no --public"));
    }
    let listen = listen(args)?;
    let key = if args.fresh_key { BankKey::fresh()? } else { BankKey::fixed() };
    // Listens for the signal before it says that it is ready, so that one sent right after is not
    // missed.
    let shutdown = shutdown::signal()?;
    let keep = Keep {
        payments: args.keep_payments.and_then(|count| usize::try_from(count).ok()),
        millis: args.keep_minutes.map(|minutes| u64::from(minutes) * 60_000),
    };
    let settings = args.config.as_deref().map_or(Ok(Settings::default()), read)?;
    let switches = match &args.observed {
        Some(file) => observed(file)?,
        None => settings.switches.clone(),
    };
    let switches = if args.strict { switches.strictly() } else { switches };
    let settings = Settings { seed: args.seed, key, keep, switches, ..settings };
    let accounts = accounts(&settings);
    let bank = FakeBankServer::listen(settings, listen.clone())
        .await
        .map_err(|error| format!("{}: {error}", args.addr))?;
    let urls = urls(&bank, &listen, args.tls.as_deref());
    if args.json {
        writeln!(out, "{}", foreign::json(&urls)?)?;
    } else {
        out.write_all(overview(&urls, &accounts).as_bytes())?;
    }
    out.flush()?;
    shutdown.await;
    bank.shutdown().await;
    Ok(Ended::Done)
}

fn listen(args: &Args) -> Result<Listen, Failure> {
    let public = match &args.admin_token {
        Some(token) => Some(Secret::new(token)),
        None if args.public => Some(Secret::random()?),
        None => None,
    };
    let tls = args.tls.as_ref().map(|file| {
        let mut names = args.host_name.clone();
        if !args.addr.ip().is_unspecified() {
            names.push(args.addr.ip().to_string());
        }
        let authority = Authority::new(&names)?;
        fs::write(file, authority.root_pem())
            .map_err(|error| format!("{}: {error}", file.display()))?;
        Ok::<_, Failure>(authority)
    });
    Ok(Listen {
        host_names: args.host_name.clone(),
        public,
        tls: tls.transpose()?,
        ..Listen::on(args.addr)
    })
}

fn urls(bank: &Running, listen: &Listen, root: Option<&Path>) -> Urls {
    Urls {
        oauth: bank.oauth_url(),
        api: bank.api_url(),
        form: bank.form_url(),
        console: bank.console_url(),
        admin: bank.admin_url(),
        admin_token: listen.public.as_ref().map(|token| token.expose().to_owned()),
        root_certificate: root.map(|file| {
            let whole = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
            whole.display().to_string()
        }),
    }
}

/// Who may ask for tokens, and where the money goes to.
fn accounts(settings: &Settings) -> String {
    let mut text = String::new();
    for client in &settings.clients {
        let secret = if client.secret.expose() == SANDBOX_SECRET {
            "with the secret on the bank's page \"test credentials\""
        } else {
            "with its secret of --config"
        };
        text += &format!("  client   {}, {secret}\n", client.id);
    }
    for terminal in &settings.terminals {
        let stages = match terminal.stages {
            Stages::One => "captures at once",
            Stages::Two => "holds first",
        };
        text += &format!("  terminal {} ({stages})\n", terminal.id);
    }
    text
}

/// What the file says; where it is wrong, by line.
fn read(file: &Path) -> Result<Settings, Failure> {
    let wrong = |error: &dyn fmt::Display| exit::wrong(format!("{}: {error}", file.display()));
    let text = fs::read_to_string(file).map_err(|error| wrong(&error))?;
    let config: Config = toml::from_str(&text).map_err(|error| wrong(&error))?;
    config.settings().map_err(|error| wrong(&error))
}

fn overview(urls: &Urls, accounts: &str) -> String {
    let mut text = format!(
        "The fake bank is open. Its key and secrets are published: never use it in production.\n\n  \
         oauth    {}\n  api      {}\n  form     {}\n  console  {}\n  admin    {}\n\n{accounts}\n",
        urls.oauth, urls.api, urls.form, urls.console, urls.admin,
    );
    if let Some(token) = &urls.admin_token {
        text += &format!(
            "Others can reach it. Admin API and console want this token, as the header x-epay-admin or as\n\
             password with any name:\n\n  token    {token}\n\n"
        );
    }
    if let Some(file) = &urls.root_certificate {
        text += &format!(
            "Its root certificate, new at each start: {file}\n\n  \
             curl     curl --cacert '{file}' …\n  \
             PHP      php -d openssl.cafile='{file}' -d curl.cainfo='{file}' …\n  \
             Node     NODE_EXTRA_CA_CERTS='{file}' node …\n  \
             Python   SSL_CERT_FILE='{file}' python3 …\n  \
             Java     keytool -importcert -noprompt -alias epay -file '{file}' -keystore epay.jks -storepass changeit\n           \
             java -Djavax.net.ssl.trustStore=epay.jks …\n\n"
        );
    }
    text + "Ctrl-C stops it.\n"
}
