//! TLS by a certificate authority that is made at the start and gone at the end: its key never leaves the process.

use std::{fmt, net::Ipv4Addr, net::Ipv6Addr, sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, Error,
    ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, date_time_ymd,
};
use rustls::{ServerConfig, crypto::ring, pki_types::PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use super::clock;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What a client has to trust, and what shows it who it speaks to.
#[derive(Clone)]
pub struct Authority {
    root_pem: String,
    acceptor: TlsAcceptor,
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Authority(***)")
    }
}

impl Authority {
    /// Makes a root, and by it a certificate for the names of loopback and for these: host names or IP addresses.
    ///
    /// # Errors
    /// When a name is none, or the system has no random numbers to give.
    pub fn new(names: &[String]) -> Result<Self, TlsError> {
        Self::made(names).map_err(TlsError)
    }

    fn made(names: &[String]) -> Result<Self, Error> {
        let valid = |mut params: CertificateParams, name: &str| {
            let now = date_time_ymd(1970, 1, 1) + Duration::from_millis(clock::now().0);
            params.not_before = now - DAY;
            // As long as browsers take a certificate for.
            params.not_after = now + 397 * DAY;
            params.distinguished_name = DistinguishedName::new();
            params.distinguished_name.push(DnType::CommonName, name);
            params
        };
        let mut root = valid(CertificateParams::new([])?, "epay fake bank, not a bank");
        root.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        root.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let root = CertifiedIssuer::self_signed(root, KeyPair::generate()?)?;
        let loopback = [Ipv4Addr::LOCALHOST.to_string(), Ipv6Addr::LOCALHOST.to_string()];
        let mut all = vec!["localhost".to_owned(), "*.localhost".to_owned()];
        all.extend(loopback.into_iter().chain(names.iter().cloned()));
        let mut leaf = valid(CertificateParams::new(all)?, "epay fake bank");
        leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        leaf.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate()?;
        let leaf = leaf.signed_by(&key, &root)?;
        let key = PrivateKeyDer::try_from(key.serialize_der())
            .map_err(|_| Error::CouldNotParseKeyPair)?;
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|builder| {
                builder.with_no_client_auth().with_single_cert(vec![leaf.der().clone()], key)
            })
            .map_err(|_| Error::CouldNotParseCertificate)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { root_pem: pem(root.der()), acceptor: TlsAcceptor::from(Arc::new(config)) })
    }

    /// The root certificate, for clients to trust.
    pub fn root_pem(&self) -> &str {
        &self.root_pem
    }

    pub(super) fn acceptor(&self) -> &TlsAcceptor {
        &self.acceptor
    }
}

fn pem(der: &[u8]) -> String {
    let mut text = STANDARD.encode(der);
    for end in (64..text.len()).step_by(64).rev() {
        text.insert(end, '\n');
    }
    format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
}

/// No certificate could be made.
#[derive(Debug)]
pub struct TlsError(Error);

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no certificate could be made")
    }
}

impl std::error::Error for TlsError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}
