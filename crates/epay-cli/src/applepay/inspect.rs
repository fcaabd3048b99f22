//! `epay applepay inspect` prints what a token is and which checks it passes, and no secret of it.

use std::fmt;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use epay::apple_pay::{EncryptedToken, InvalidRoot, Keys, Refused, Root, Stage, Verifier, Version};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{at, files};
use crate::Failure;

/// In the order in which a token passes them. The first eight need no key.
const STAGES: [Stage; 11] = [
    Stage::Token,
    Stage::Cms,
    Stage::Attributes,
    Stage::Marker,
    Stage::Chain,
    Stage::Signature,
    Stage::Digest,
    Stage::Time,
    Stage::Key,
    Stage::Opening,
    Stage::Payload,
];

/// Print what a token is, and which checks it passes, with a key or without.
///
/// TOKEN is `paymentData`, or the payment or token around it. An old token fails
/// only `time`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// A file, or - for standard input.
    #[arg(value_name = "TOKEN")]
    token: PathBuf,
    /// Trust this root certificate (PEM or DER) instead of Apple's: a fake wallet's.
    #[arg(long, value_name = "CERT")]
    root: Option<PathBuf>,
    /// The payment processing certificate, to check whether the token opens. Only the sum is
    /// printed.
    #[arg(long, value_name = "CERT", requires = "key")]
    cert: Option<PathBuf>,
    /// Its private key.
    #[arg(long, value_name = "KEY", requires = "cert")]
    key: Option<PathBuf>,
    /// Judge at this time instead of now, in Unix seconds.
    #[arg(long, value_name = "SECONDS")]
    now: Option<u64>,
}

pub(super) fn run(args: &Args, out: &mut impl Write) -> Result<bool, Failure> {
    let file = if args.token == Path::new("-") {
        standard_input()?
    } else {
        files::read(&args.token)?.to_vec()
    };
    let trusted = args.root.as_deref().map(files::read).transpose()?;
    let root = || trusted.as_ref().map_or_else(|| Ok(Root::apple_g3()), |file| Root::read(file));
    let token = payment_data(&file);
    let keys = match (&args.cert, &args.key) {
        (Some(certificate), Some(key)) => Some(Keys::new([files::key(certificate, key)?])),
        _ => None,
    };
    let seen = Seen::look(&token, root, keys.as_ref(), at(args.now)?).map_err(|error| {
        let root = args.root.as_deref().unwrap_or(Path::new("Apple's root"));
        format!("{}: {error}", root.display())
    })?;
    write!(out, "{seen}")?;
    Ok(seen.refused.is_none() && seen.untimely.is_none())
}

fn standard_input() -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    io::stdin().read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// What a browser or an app has around `paymentData`, read only to find it.
#[derive(Deserialize)]
struct Around<'a> {
    #[serde(borrow, rename = "paymentData")]
    payment_data: Option<&'a RawValue>,
    #[serde(borrow)]
    token: Option<&'a RawValue>,
}

/// The bytes of `paymentData` in `file`, or all of it where there is nothing around them. An app
/// that has them as bytes sends them as base64, or as a text.
pub(crate) fn payment_data(file: &[u8]) -> Vec<u8> {
    let inside = |json: &[u8]| {
        let around: Around<'_> = serde_json::from_slice(json).ok()?;
        Some(around.payment_data.or(around.token)?.get().as_bytes().to_vec())
    };
    let found = match inside(file) {
        Some(found) => inside(&found).unwrap_or(found),
        None => return file.to_vec(),
    };
    match serde_json::from_slice::<String>(&found) {
        Ok(text) => STANDARD.decode(&text).unwrap_or_else(|_| text.into_bytes()),
        Err(_) => found,
    }
}

/// What there is to tell of a token.
struct Seen {
    bytes: usize,
    facts: Option<Facts>,
    signed_at: Option<SystemTime>,
    sum: Option<(u64, u16)>,
    with_a_key: bool,
    /// Why it is not accepted at any time.
    refused: Option<Refused>,
    /// Why it is not accepted now.
    untimely: Option<Refused>,
}

struct Facts {
    version: &'static str,
    key_hash: String,
    transaction: String,
    application_data: bool,
}

impl Seen {
    /// Judges the token and the time apart, because an old one would not tell whether all else
    /// about it is right.
    fn look(
        bytes: &[u8],
        root: impl Fn() -> Result<Root, InvalidRoot>,
        keys: Option<&Keys>,
        now: SystemTime,
    ) -> Result<Seen, InvalidRoot> {
        let patient =
            Verifier::trusting(root()?).with_max_age(Duration::MAX).with_max_ahead(Duration::MAX);
        let strict = Verifier::trusting(root()?);
        let mut seen = Seen {
            bytes: bytes.len(),
            facts: None,
            signed_at: None,
            sum: None,
            with_a_key: keys.is_some(),
            refused: None,
            untimely: None,
        };
        seen.refused = seen.judge(bytes, &patient, keys, now).err();
        if seen.signed_at.is_some() {
            let judged = EncryptedToken::parse(bytes).and_then(|token| strict.verify(token, now));
            seen.untimely = judged.err();
        }
        Ok(seen)
    }

    fn judge(
        &mut self,
        bytes: &[u8],
        by: &Verifier,
        keys: Option<&Keys>,
        now: SystemTime,
    ) -> Result<(), Refused> {
        let token = EncryptedToken::parse(bytes)?;
        self.facts = Some(Facts::of(&token));
        let verified = by.verify(token, now)?;
        self.signed_at = Some(verified.signed_at());
        if let Some(keys) = keys {
            let payload = verified.open(keys)?;
            self.sum = Some((payload.amount(), payload.currency()));
        }
        Ok(())
    }

    /// What to say of this stage.
    fn verdict(&self, stage: Stage) -> String {
        let refused = [self.untimely, self.refused]
            .into_iter()
            .flatten()
            .find(|refused| refused.stage() == stage);
        match (refused, self.refused) {
            (Some(refused), _) => format!("REFUSED: {}", refused.reason()),
            (None, Some(refused)) if refused.stage() < stage => "not reached".to_owned(),
            (None, _) if stage >= Stage::Key && !self.with_a_key => {
                "not tried, for want of a key".to_owned()
            }
            (None, _) => "passed".to_owned(),
        }
    }
}

impl Facts {
    fn of(token: &EncryptedToken) -> Facts {
        let version = match token.version() {
            Version::EcV1 => "EC_v1",
            Version::RsaV1 => "RSA_v1",
        };
        let transaction =
            token.transaction_id().iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        let application_data = token.application_data_hash().is_some();
        Facts {
            version,
            key_hash: STANDARD.encode(token.public_key_hash()),
            transaction,
            application_data,
        }
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.facts {
            None => writeln!(f, "{} bytes that are no Apple Pay payment token.\n", self.bytes)?,
            Some(facts) => {
                writeln!(
                    f,
                    "An Apple Pay payment token, {}, {} bytes.\n",
                    facts.version, self.bytes
                )?;
                writeln!(f, "  publicKeyHash    {}", facts.key_hash)?;
                writeln!(f, "  transactionId    {}...", facts.transaction)?;
                writeln!(
                    f,
                    "  applicationData  {}",
                    if facts.application_data { "yes" } else { "no" }
                )?;
                let signed_at = self.signed_at.map(httpdate::fmt_http_date);
                writeln!(f, "  signed           {}", signed_at.as_deref().unwrap_or("not known"))?;
                if let Some((amount, currency)) = self.sum {
                    writeln!(
                        f,
                        "  sum              {amount} minor units of currency {currency:03}"
                    )?;
                }
                writeln!(f)?;
            }
        }
        STAGES
            .iter()
            .try_for_each(|stage| writeln!(f, "  {:<16} {}", stage.name(), self.verdict(*stage)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_found(file: &str, expected: &str) {
        assert_eq!(String::from_utf8(payment_data(file.as_bytes())).unwrap(), expected);
    }

    #[test]
    fn payment_data_is_found_in_what_is_around_it() {
        let data = r#"{ "version":"EC_v1", "version":1 }"#;
        check_found(data, data);
        check_found(
            &format!(
                r#"{{"paymentMethod":{{}},"paymentData":{data},"transactionIdentifier":"A"}}"#
            ),
            data,
        );
        check_found(
            &format!(r#"{{"token":{{"paymentData":{data}}},"billingContact":null}}"#),
            data,
        );
        check_found(&format!(r#"{{"paymentData":"{}"}}"#, STANDARD.encode(data)), data);
        check_found(r#"{"token":{"paymentData":"{\"version\":1}"}}"#, r#"{"version":1}"#);
        for neither in ["", "x", "[]", "{}", "\"x\"", "1"] {
            check_found(neither, neither);
        }
    }
}
