//! Which bank the commands ask, and with whose credentials.

use epay::{Credentials, Environment, KeyTrust, Secret, SpkiPin, TerminalId};
#[cfg(feature = "fakebank")]
use epay_fakebank::{SANDBOX_CLIENT, SANDBOX_SECRET, SANDBOX_TERMINAL, TWO_STAGE_TERMINAL};
use epay_http::InvalidEnvironment;
use zeroize::Zeroizing;

use crate::{Failure, exit};

/// Whose payments, and who asks. Never on the command line, where every process of the machine
/// could read them.
const CLIENT: &str = "EPAY_CLIENT_ID";
const SECRET: &str = "EPAY_CLIENT_SECRET";
const TERMINAL: &str = "EPAY_TERMINAL";

/// What the fake bank publishes: client, secret, terminal.
#[cfg(feature = "fakebank")]
const PUBLISHED: [Option<&str>; 3] =
    [Some(SANDBOX_CLIENT), Some(SANDBOX_SECRET), Some(SANDBOX_TERMINAL)];
#[cfg(not(feature = "fakebank"))]
const PUBLISHED: [Option<&str>; 3] = [None; 3];

/// The fake bank's terminals.
#[cfg(feature = "fakebank")]
pub(crate) const FAKE_TERMINALS: &[&str] = &[SANDBOX_TERMINAL, TWO_STAGE_TERMINAL];
#[cfg(not(feature = "fakebank"))]
pub(crate) const FAKE_TERMINALS: &[&str] = &[];

/// Which bank; whoever takes these says that one of them is needed.
#[derive(clap::Args)]
pub(crate) struct BankArgs {
    /// Use the fake bank at this URL, which `epay fakebank` prints as its console; a loopback address.
    #[arg(long, value_name = "URL", value_parser = fake_bank)]
    bank: Option<Environment>,
    /// Use the real bank.
    #[arg(long)]
    production: bool,
}

impl BankArgs {
    /// Which bank, and who asks it, by the environment.
    pub(crate) fn read(&self) -> Result<(Environment, Credentials), Failure> {
        self.read_by(from_environment)
    }

    fn read_by(
        &self,
        env: impl Fn(&str) -> Option<String>,
    ) -> Result<(Environment, Credentials), Failure> {
        let environment = match &self.bank {
            Some(fake) => fake.clone(),
            // A status check seals nothing, so the key is never asked for; pinned, it could not be
            // another.
            None => Environment::production(KeyTrust::Pinned(vec![SpkiPin::HALYK_PRODUCTION])),
        };
        Ok((environment, who_by(self.bank.is_some(), env)?.credentials()))
    }
}

/// Who asks the bank.
pub(crate) struct Who {
    client: String,
    pub(crate) secret: Zeroizing<String>,
    pub(crate) terminal: TerminalId,
}

impl Who {
    pub(crate) fn credentials(&self) -> Credentials {
        Credentials::new(self.client.clone(), self.secret(), self.terminal.clone())
    }

    pub(crate) fn secret(&self) -> Secret {
        Secret::new(self.secret.as_str())
    }
}

/// By the environment, and for the fake bank by what that publishes.
#[cfg(feature = "probe")]
pub(crate) fn who(is_fake: bool) -> Result<Who, Failure> {
    who_by(is_fake, from_environment)
}

fn who_by(is_fake: bool, env: impl Fn(&str) -> Option<String>) -> Result<Who, Failure> {
    let [client, secret, terminal] = PUBLISHED;
    let said = |name: &'static str, published: Option<&'static str>| {
        env(name)
            .or_else(|| published.filter(|_| is_fake).map(str::to_owned))
            .ok_or_else(|| exit::wrong(format!("{name} is not set: it says who asks the bank")))
    };
    let (client, secret) = (said(CLIENT, client)?, Zeroizing::new(said(SECRET, secret)?));
    let terminal = TerminalId::new(&said(TERMINAL, terminal)?)
        .map_err(|error| exit::wrong(format!("{TERMINAL}: {error}")))?;
    Ok(Who { client, secret, terminal })
}

fn from_environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

pub(crate) fn fake_bank(url: &str) -> Result<Environment, InvalidEnvironment> {
    let root = url.trim_end_matches('/');
    Environment::fake_bank(&format!("{root}/oauth"), &format!("{root}/api"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use epay_fakebank::SANDBOX_TERMINAL;

    fn args(bank: Option<&str>) -> BankArgs {
        let bank = bank.map(|url| fake_bank(url).unwrap());
        BankArgs { production: bank.is_none(), bank }
    }

    #[test]
    fn the_real_bank_is_asked_only_by_whoever_says_who_they_are() {
        for missing in [CLIENT, SECRET, TERMINAL] {
            let env = |name: &str| (name != missing).then(|| SANDBOX_TERMINAL.to_owned());
            let error = args(None).read_by(env).unwrap_err().to_string();
            assert!(error.starts_with(missing), "{error}");
        }
        let (environment, credentials) =
            args(None).read_by(|_| Some(SANDBOX_TERMINAL.to_owned())).unwrap();
        assert!(!environment.is_mock());
        assert_eq!(credentials.terminal().as_str(), SANDBOX_TERMINAL);
    }

    #[cfg(feature = "fakebank")]
    #[test]
    fn the_fake_bank_is_on_loopback_and_its_credentials_are_published() {
        let (environment, credentials) =
            args(Some("http://127.0.0.1:8080/")).read_by(|_| None).unwrap();
        assert_eq!(environment.oauth_base(), "http://127.0.0.1:8080/oauth");
        assert!(environment.is_mock());
        assert_eq!(credentials.terminal().as_str(), SANDBOX_TERMINAL);
        for stranger in ["http://bank.example", "https://bank.example", "https://10.0.0.1"] {
            assert!(fake_bank(stranger).is_err(), "{stranger}");
        }
    }
}
