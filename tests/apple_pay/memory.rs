//! After a token was opened and dropped, no secret of it is left in the process: it reads its own memory to see.
//!
//! Each case runs in a process of its own, which knows what to look for only in disguise. The first cases leave something
//! behind on purpose, so that a search that finds nothing is worth something.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::indexing_slicing,
    reason = "a test says what it expects by failing, and what it did not run by printing"
)]

use base64::{Engine, engine::general_purpose::STANDARD};
use epay_applepay::{
    EncryptedToken, KeyAgreement, KeyUnavailable, Keys, Payload, ProcessingKey, Refused, Root,
    SharedSecret, Verifier,
};
use epay_fakewallet::{Fault, Merchant, Wallet};
use p256::{PublicKey, SecretKey, ecdh, pkcs8::DecodePrivateKey};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, SystemTime};
use zeroize::Zeroizing;

/// The file alone: this crate knows nothing of the others.
#[path = "../src/process_memory.rs"]
#[expect(unreachable_pub, reason = "there it is a library's")]
mod process_memory;

const NOW: u64 = 1_790_000_000;
const DPAN: &str = "4109370251004320";
/// What turns a secret into a text that is not found when the secret is looked for.
const DISGUISE: u8 = 0xa5;

/// What happens to the token in the child, and which secrets it must and may leave.
const CASES: &[(&str, &[&str])] = &[
    ("kept", &["text", "dpan", "cryptogram"]),
    ("leaked", &["shared secret"]),
    ("opened", &[]),
    ("refused", &[]),
    ("panic with the payload", &[]),
    ("panic in the key", &[]),
    ("key file kept", &["key in base64"]),
    ("key file dropped", &[]),
    #[cfg(feature = "aws-lc")]
    ("rsa", &[]),
    #[cfg(feature = "aws-lc")]
    ("rsa refused", &[]),
];

fn main() {
    if cfg!(not(target_os = "linux")) {
        eprintln!("NOT RUN: only Linux shows a process its own memory as a file");
        return;
    }
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() == Some("--case") {
        return child(&arguments.next().unwrap());
    }
    for (case, left) in CASES {
        let case = *case;
        let found = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--case", case])
            .env("SECRETS", disguised(&secrets(case)))
            .output()
            .unwrap();
        let (out, log) = (
            String::from_utf8(found.stdout).unwrap(),
            String::from_utf8_lossy(&found.stderr).into_owned(),
        );
        assert!(found.status.success(), "{case}: {log}");
        let found: Vec<&str> = out.lines().collect();
        // Of what is kept on purpose, other copies may be found as well.
        let as_expected = if left.is_empty() {
            found.is_empty()
        } else {
            left.iter().all(|name| found.contains(name))
        };
        assert!(as_expected, "{case}: the process still holds {found:?}");
    }
}

/// The same wallet in both processes; only the parent ever derives a key from it.
fn wallet() -> (Wallet, Merchant) {
    let wallet = Wallet::new(7, NOW);
    let merchant = wallet.merchant("merchant.kz.example.shop");
    (wallet, merchant)
}

/// The token of the case. Minting encrypts, so it happens in the parent, and the child is given the result.
fn token(case: &str) -> (String, String) {
    let (wallet, merchant) = wallet();
    let payment = wallet.pay(&merchant).card(DPAN).cryptogram(b"a cryptogram for one");
    // A tag that does not fit, under a right signature: everything is derived, and nothing comes out.
    let payment = if case.ends_with("refused") {
        payment.fault(Fault::named("a bit of the tag was turned before signing").unwrap())
    } else {
        payment
    };
    let minted = if case.starts_with("rsa") { payment.rsa().mint() } else { payment.mint() };
    (minted.json, minted.payload)
}

/// What a child must not hold in the end, by name.
fn secrets(case: &str) -> BTreeMap<&'static str, Vec<u8>> {
    if case.starts_with("key file") {
        return secrets_of_the_key();
    }
    let (json, payload) = token(case);
    let token: Value = serde_json::from_str(&json).unwrap();
    let decoded =
        |place: &str| STANDARD.decode(token.pointer(place).unwrap().as_str().unwrap()).unwrap();
    let (_, merchant) = wallet();
    let mut secrets = BTreeMap::new();
    if case.starts_with("rsa") {
        let key = rsa::PrivateKey::from_pkcs8_der(&merchant.rsa_processing().key_der()).unwrap();
        let padding = rsa::Oaep::<Sha256>::new();
        secrets.insert("aes key", key.decrypt(padding, &decoded("/header/wrappedKey")).unwrap());
    } else {
        let secret =
            agree(&merchant.processing().key_der(), &decoded("/header/ephemeralPublicKey")[26..]);
        let party_v = Sha256::digest(merchant.id());
        let material =
            [&[0, 0, 0, 1], secret.as_slice(), b"\x0did-aes256-GCMApple", &party_v].concat();
        secrets.insert("aes key", Sha256::digest(material).to_vec());
        secrets.insert("shared secret", secret);
    }
    secrets.insert("text", payload.as_bytes()[..48].to_vec());
    secrets.insert("dpan", DPAN.into());
    secrets.insert("cryptogram", STANDARD.encode(b"a cryptogram for one").into_bytes());
    secrets.insert("cryptogram in bytes", b"a cryptogram for one".to_vec());
    // The token that the child is given, which is no secret.
    secrets.insert("token", json.into_bytes());
    secrets
}

/// The child that reads a key gets the file, and makes no wallet, which has the same key.
fn secrets_of_the_key() -> BTreeMap<&'static str, Vec<u8>> {
    let (_, merchant) = wallet();
    let (key, pem) = (merchant.processing().key_der(), merchant.processing().key_pem());
    let scalar = SecretKey::from_pkcs8_der(&key).unwrap().to_bytes().to_vec();
    let line = pem.lines().nth(1).unwrap().as_bytes();
    BTreeMap::from([
        ("key", scalar),
        ("key in base64", line[24..].to_vec()),
        ("token", merchant.processing().certificate_der().to_vec()),
        ("file", pem.into_bytes()),
    ])
}

fn agree(private: &[u8], point: &[u8]) -> Vec<u8> {
    let private = SecretKey::from_pkcs8_der(private).unwrap();
    let public = PublicKey::from_sec1_bytes(point).unwrap();
    ecdh::diffie_hellman(private.to_nonzero_scalar(), public.as_affine())
        .raw_secret_bytes()
        .to_vec()
}

fn disguised(secrets: &BTreeMap<&'static str, Vec<u8>>) -> String {
    let mut text = String::new();
    for (name, secret) in secrets {
        write!(text, "{name}:").unwrap();
        secret.iter().for_each(|byte| write!(text, "{:02x}", byte ^ DISGUISE).unwrap());
        text.push(';');
    }
    text
}

/// Opens the token as the case says, then prints the names of the secrets that its memory holds.
fn child(case: &str) {
    std::panic::set_hook(Box::new(|_| {}));
    let mut disguised: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for secret in std::env::var("SECRETS").unwrap().split_terminator(';') {
        let (name, hex) = secret.split_once(':').unwrap();
        let byte = |at: usize| u8::from_str_radix(&hex[at * 2..][..2], 16).unwrap();
        disguised.insert(name.to_owned(), (0..hex.len() / 2).map(byte).collect());
    }
    let mut given = |name: &str| -> Option<Vec<u8>> {
        Some(disguised.remove(name)?.into_iter().map(|byte| byte ^ DISGUISE).collect())
    };
    let token = given("token").unwrap();
    let kept = match given("file") {
        Some(file) => read_key(case, &token, Zeroizing::new(file)),
        None => play(case, token),
    };
    let held = search(&disguised);
    drop(kept);
    held.iter().for_each(|name| say(name));
}

#[allow(clippy::print_stdout, reason = "how the child answers")]
fn say(name: &str) {
    println!("{name}");
}

#[inline(never)]
fn read_key(case: &str, certificate: &[u8], file: Zeroizing<Vec<u8>>) -> Option<Payload> {
    drop(ProcessingKey::read(certificate, &file).unwrap());
    if case == "key file kept" {
        std::mem::forget(file);
    }
    None
}

/// What is returned is still held while the memory is searched.
#[inline(never)]
fn play(case: &str, token: Vec<u8>) -> Option<Payload> {
    match case {
        "kept" => Some(open(case, &token).unwrap()),
        "opened" | "rsa" | "leaked" => {
            assert!(open(case, &token).is_ok());
            None
        }
        "refused" | "rsa refused" => {
            assert_eq!(open(case, &token).unwrap_err().stage().name(), "opening");
            None
        }
        "panic with the payload" => {
            let panicked = catch_unwind(AssertUnwindSafe(|| {
                let payload = open(case, &token).unwrap();
                assert_eq!(payload.amount(), 0, "whoever opened it has a mistake");
            }));
            assert!(panicked.is_err());
            None
        }
        "panic in the key" => {
            assert!(catch_unwind(AssertUnwindSafe(|| open(case, &token))).is_err());
            None
        }
        other => panic!("there is no case {other}"),
    }
}

fn open(case: &str, token: &[u8]) -> Result<Payload, Refused> {
    let (wallet, merchant) = wallet();
    let credential =
        if case.starts_with("rsa") { merchant.rsa_processing() } else { merchant.processing() };
    let (certificate, private) = (credential.certificate_der(), credential.key_der());
    let key = match case {
        "leaked" => {
            ProcessingKey::with_agreement(certificate, Module { private, then: Then::Leak })
        }
        "panic in the key" => {
            ProcessingKey::with_agreement(certificate, Module { private, then: Then::Panic })
        }
        _ => ProcessingKey::read(certificate, &private),
    };
    let verifier = Verifier::trusting(Root::read(&wallet.root_der()).unwrap());
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(NOW);
    let token = EncryptedToken::parse(token)?;
    verifier.verify(token, now)?.open(&Keys::new([key.unwrap()]))
}

/// Hardware that holds the key, and goes wrong as it is told.
#[derive(Debug)]
struct Module {
    private: Vec<u8>,
    then: Then,
}

#[derive(Debug)]
enum Then {
    Leak,
    Panic,
}

impl KeyAgreement for Module {
    fn agree(&self, point: &[u8; 65]) -> Result<SharedSecret, KeyUnavailable> {
        let secret = Zeroizing::new(agree(&self.private, point));
        match self.then {
            Then::Leak => std::mem::forget(secret.clone()),
            Then::Panic => panic!("the hardware is gone"),
        }
        SharedSecret::from_slice(&secret).ok_or(KeyUnavailable)
    }
}

/// The names of the secrets in this process's writable memory.
fn search(disguised: &BTreeMap<String, Vec<u8>>) -> Vec<String> {
    let mut found = Vec::new();
    let look = |bytes: &[u8]| {
        for (name, secret) in disguised {
            let is_here = |window: &[u8]| {
                window.iter().zip(secret).all(|(byte, secret)| byte ^ DISGUISE == *secret)
            };
            if bytes.windows(secret.len()).any(is_here) {
                found.push(name.clone());
            }
        }
    };
    process_memory::each_writable("self", look).unwrap();
    found
}
