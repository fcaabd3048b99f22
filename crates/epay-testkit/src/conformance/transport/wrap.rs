//! The layer around a server's connections: nothing, or TLS by a test authority.

use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};

/// A server's end of a connection.
pub(super) trait Io: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

#[derive(Clone, Default)]
pub(super) struct Wrap {
    #[cfg(feature = "tls")]
    tls: Option<tokio_rustls::TlsAcceptor>,
}

impl Wrap {
    #[cfg(feature = "tls")]
    pub(super) fn scheme(&self) -> &'static str {
        if self.tls.is_some() { "https" } else { "http" }
    }

    #[cfg(feature = "tls")]
    pub(super) fn around(&self, socket: TcpStream) -> Box<dyn Io> {
        match &self.tls {
            None => Box::new(socket),
            Some(tls) => Box::new(tls::around(tls.clone(), socket)),
        }
    }

    #[cfg(not(feature = "tls"))]
    pub(super) fn scheme(&self) -> &'static str {
        "http"
    }

    #[cfg(not(feature = "tls"))]
    pub(super) fn around(&self, socket: TcpStream) -> Box<dyn Io> {
        Box::new(socket)
    }
}

#[cfg(feature = "tls")]
mod tls {
    use std::sync::Arc;

    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
    use rustls::{ServerConfig, crypto::ring, pki_types::PrivateKeyDer};
    use tokio::{
        io::{DuplexStream, copy_bidirectional, duplex},
        net::TcpStream,
    };
    use tokio_rustls::TlsAcceptor;

    use super::Wrap;

    impl Wrap {
        /// TLS for 127.0.0.1, and the certificate of its issuer.
        pub(in super::super) fn in_tls() -> (Wrap, Vec<u8>) {
            let key = || KeyPair::generate().expect("a key");
            let mut root = CertificateParams::default();
            root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            let issuer = CertifiedIssuer::self_signed(root, key()).expect("an issuer");
            let ours = key();
            let certificate = CertificateParams::new(["127.0.0.1".to_owned()])
                .and_then(|params| params.signed_by(&ours, &issuer))
                .expect("a certificate");
            let ours = PrivateKeyDer::try_from(ours.serialize_der()).expect("a key in DER");
            let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
                .with_safe_default_protocol_versions()
                .and_then(|config| {
                    let config = config.with_no_client_auth();
                    config.with_single_cert(vec![certificate.der().clone()], ours)
                })
                .expect("a server's tls");
            (Wrap { tls: Some(Arc::new(config).into()) }, issuer.der().to_vec())
        }
    }

    /// What goes through the other end is encrypted, and its end is said as TLS wants it.
    pub(super) fn around(tls: TlsAcceptor, socket: TcpStream) -> DuplexStream {
        let (near, mut far) = duplex(16 * 1024);
        tokio::spawn(async move {
            let _ = socket.set_nodelay(true);
            if let Ok(mut tls) = tls.accept(socket).await {
                let _ = copy_bidirectional(&mut tls, &mut far).await;
            }
        });
        near
    }
}
