//! Apple Pay of one shop: loads its certificates and keys, and turns a token into a payment method.

use crate::config::{ApplePayConfig, Config, ConfigError, FakeWalletConfig, ShopConfig, left};
use epay::apple_pay::session::{IdentityCertificate, SessionRequest};
use epay::apple_pay::{EncryptedToken, Keys, ProcessingKey, Root, Verifier, expected};
use epay::{ApplePayToken, ExpiryFormat, Method, Money, with_causes};
use epay_axum::MerchantSessions;
use epay_domain::Timestamp;
use epay_reqwest::ReqwestTransport;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use rustls_platform_verifier::BuilderVerifierExt;
use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// The name that resolves to a fake wallet's gateway, where there is one.
const GATEWAY: &str = "apple-pay-gateway.apple.com";

type AnyError = Box<dyn Error + Send + Sync>;

/// What a shop takes Apple Pay with.
pub(crate) struct ApplePay {
    pub(crate) request: SessionRequest,
    pub(crate) transport: ReqwestTransport,
    pub(crate) sessions: MerchantSessions,
    /// The certificates by their names in the file, with the last second each is valid.
    pub(crate) expires: Vec<(&'static str, SystemTime)>,
    opener: Opener,
}

/// Whose key opens tokens.
enum Opener {
    Bank,
    Us { verifier: Box<Verifier>, keys: Keys, expiry: ExpiryFormat },
}

impl ApplePay {
    /// Reads every file and holds them against each other; `None` where the shop has no Apple Pay.
    pub(crate) fn open(
        config: &Config,
        shop: &ShopConfig,
    ) -> Result<Option<ApplePay>, ConfigError> {
        let Some(said) = &shop.apple_pay else { return Ok(None) };
        let wrong = |key: &'static str| {
            move |why: AnyError| shop.wrong(&format!("apple_pay.{key}"), with_causes(&*why))
        };
        let request = SessionRequest::web(&said.merchant_id, &shop.title, &said.domain)
            .map_err(|error| wrong("merchant_id or domain")(error.into()))?;
        let certificate = text(config, &said.identity_certificate);
        let certificate = certificate.map_err(wrong("identity_certificate"))?;
        let identity = IdentityCertificate::read(certificate.as_bytes())
            .map_err(|error| wrong("identity_certificate")(error.into()))?;
        if !identity.is_for(&said.merchant_id) {
            return Err(wrong("identity_certificate")("it is another merchant's".into()));
        }
        let key = said.identity_key.read(|path| config.path(path));
        let key = key.map_err(|error| shop.wrong("apple_pay.identity_key", error))?;
        let tls = tls(config, said.fake_wallet.as_ref(), &certificate, key.expose());
        let tls = tls.map_err(wrong("identity_key"))?;
        let transport = transport(tls, said.fake_wallet.as_ref()).map_err(wrong("identity_key"))?;
        let mut expires = vec![("identity_certificate", identity.expires())];
        let opener = opener(config, shop, said, &mut expires)?;
        let sessions = MerchantSessions::new(request.clone(), transport.clone());
        Ok(Some(ApplePay { request, transport, sessions, expires, opener }))
    }

    /// Who the facade is to verify tokens by that the bank opens; `None` leaves it as it is.
    pub(crate) fn verifier(
        config: &Config,
        shop: &ShopConfig,
    ) -> Result<Option<Verifier>, ConfigError> {
        let fake = shop.apple_pay.as_ref().and_then(|said| said.fake_wallet.as_ref());
        fake.map(|fake| trusting(config, shop, fake)).transpose()
    }

    /// For how long the certificate that expires first is valid still; nothing once it has expired.
    pub(crate) fn left(&self) -> Option<Duration> {
        let first = self.expires.iter().map(|(_, expires)| *expires).min();
        first.map(|first| left(first).unwrap_or_default())
    }

    /// How the bank wants the expiry, where tokens are opened here.
    pub(crate) fn expiry(&self) -> Option<ExpiryFormat> {
        match &self.opener {
            Opener::Bank => None,
            Opener::Us { expiry, .. } => Some(*expiry),
        }
    }

    /// What `paymentData`, as the device gave it, pays `amount` with. A refusal is for the log alone: the bank
    /// was not asked.
    pub(crate) fn method(
        &self,
        payment_data: String,
        amount: Money,
        now: Timestamp,
    ) -> Result<Method, AnyError> {
        match &self.opener {
            Opener::Bank => Ok(ApplePayToken::new(payment_data).into()),
            Opener::Us { verifier, keys, .. } => {
                let since = Duration::from_millis(now.unix_millis());
                let now = SystemTime::UNIX_EPOCH.checked_add(since).ok_or("the clock is wrong")?;
                let token = EncryptedToken::parse(payment_data.as_bytes())?;
                let order = expected(amount, None).ok_or("a currency without a number")?;
                let approved = verifier.verify(token, now)?.open(keys)?.expect(&order)?;
                Ok(Method::try_from(approved)?)
            }
        }
    }
}

impl fmt::Debug for ApplePay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApplePay").field("request", &self.request).finish_non_exhaustive()
    }
}

fn opener(
    config: &Config,
    shop: &ShopConfig,
    said: &ApplePayConfig,
    expires: &mut Vec<(&'static str, SystemTime)>,
) -> Result<Opener, ConfigError> {
    if said.processing_keys.is_empty() {
        return Ok(Opener::Bank);
    }
    let wrong = |why: &dyn fmt::Display| shop.wrong("apple_pay.processing_key", why);
    let expiry = said.expiry.ok_or_else(|| {
        shop.wrong("apple_pay.expiry", "ask the bank whether it is yymmdd, ddmmyy or mmyy")
    })?;
    let mut keys = Vec::new();
    for pair in &said.processing_keys {
        let certificate = text(config, &pair.certificate).map_err(|error| wrong(&error))?;
        let key = pair.key.read(|path| config.path(path)).map_err(|error| wrong(&error))?;
        let key = ProcessingKey::read(certificate.as_bytes(), key.expose().as_bytes());
        let key = key.map_err(|error| wrong(&error))?;
        if !key.is_for(&said.merchant_id) {
            return Err(wrong(&"it is another merchant's"));
        }
        expires.push(("processing_key", key.expires()));
        keys.push(key);
    }
    let verifier = match &said.fake_wallet {
        None => Verifier::apple(),
        Some(fake) => trusting(config, shop, fake)?,
    };
    let verifier = Box::new(verifier);
    Ok(Opener::Us { verifier, keys: Keys::new(keys), expiry: expiry.format() })
}

fn trusting(
    config: &Config,
    shop: &ShopConfig,
    fake: &FakeWalletConfig,
) -> Result<Verifier, ConfigError> {
    let wrong = |why: &dyn fmt::Display| shop.wrong("apple_pay.fake_wallet.root", why);
    let root = text(config, &fake.root).map_err(|error| wrong(&error))?;
    let root = Root::read(root.as_bytes()).map_err(|error| wrong(&error))?;
    Ok(Verifier::trusting(root))
}

/// TLS that shows the identity certificate. Refuses a key that is not its own.
fn tls(
    config: &Config,
    fake: Option<&FakeWalletConfig>,
    certificate: &str,
    key: &str,
) -> Result<ClientConfig, AnyError> {
    let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?;
    let tls = match fake {
        None => tls.with_platform_verifier()?,
        Some(fake) => {
            let mut roots = RootCertStore::empty();
            let root = text(config, &fake.gateway_root)?;
            roots.add(CertificateDer::from_pem_slice(root.as_bytes())?)?;
            tls.with_root_certificates(roots)
        }
    };
    let certificates = CertificateDer::pem_slice_iter(certificate.as_bytes());
    let certificates = certificates.collect::<Result<_, _>>()?;
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes())?;
    Ok(tls.with_client_auth_cert(certificates, key)?)
}

fn transport(
    tls: ClientConfig,
    fake: Option<&FakeWalletConfig>,
) -> Result<ReqwestTransport, AnyError> {
    Ok(ReqwestTransport::build(|client| {
        let client = client.tls_backend_preconfigured(tls.clone());
        match fake {
            None => client,
            Some(fake) => client.resolve(GATEWAY, fake.gateway),
        }
    })?)
}

fn text(config: &Config, path: &str) -> Result<String, AnyError> {
    std::fs::read_to_string(config.path(path)).map_err(|error| format!("{path}: {error}").into())
}
