//! TLS to the server, by rustls: its certificate is verified for the host's name.

use std::{
    future::Future,
    io,
    path::Path,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use rustls_platform_verifier::BuilderVerifierExt;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use tokio_rustls::{TlsConnector, client};

use super::error::{PostgresError, PostgresErrorKind};

/// Trusts the roots of this machine, or those of a file and no others.
#[derive(Clone)]
pub(super) struct Tls(Option<Arc<ClientConfig>>);

impl Tls {
    /// For a server that is not spoken to by TLS.
    pub(super) fn never() -> Tls {
        Tls(None)
    }

    pub(super) fn new(root: Option<&Path>) -> Result<Tls, PostgresError> {
        let failed =
            |error: rustls::Error| PostgresError::new(PostgresErrorKind::Tls).with_source(error);
        // A configuration of its own, so that no other user of rustls in the process is affected.
        let provider = Arc::new(ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(failed)?;
        let builder = match root {
            None => builder.with_platform_verifier().map_err(failed)?,
            Some(root) => builder.with_root_certificates(roots(root)?),
        };
        Ok(Tls(Some(Arc::new(builder.with_no_client_auth()))))
    }
}

fn roots(path: &Path) -> Result<RootCertStore, PostgresError> {
    let unread = |error| PostgresError::new(PostgresErrorKind::Tls).with_source(Unread(error));
    let mut roots = RootCertStore::empty();
    for root in CertificateDer::pem_file_iter(path).map_err(unread)? {
        let added = roots.add(root.map_err(unread)?);
        added.map_err(|error| PostgresError::new(PostgresErrorKind::Tls).with_source(error))?;
    }
    Ok(roots)
}

/// The file of root certificates could not be read.
#[derive(Debug)]
struct Unread(rustls::pki_types::pem::Error);

impl std::fmt::Display for Unread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the root certificates can't be read")
    }
}

impl std::error::Error for Unread {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> MakeTlsConnect<S> for Tls {
    type Stream = Stream<S>;
    type TlsConnect = Connect;
    type Error = io::Error;

    fn make_tls_connect(&mut self, host: &str) -> Result<Connect, io::Error> {
        let Some(config) = &self.0 else { return Ok(Connect(None)) };
        let host = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        Ok(Connect(Some((TlsConnector::from(Arc::clone(config)), host))))
    }
}

pub(super) struct Connect(Option<(TlsConnector, ServerName<'static>)>);

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> TlsConnect<S> for Connect {
    type Stream = Stream<S>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Stream<S>, io::Error>> + Send>>;

    fn connect(self, stream: S) -> Self::Future {
        Box::pin(async move {
            let (connector, host) = self.0.ok_or(io::ErrorKind::Unsupported)?;
            connector.connect(host, stream).await.map(Stream)
        })
    }
}

/// A connection that is encrypted.
pub(super) struct Stream<S>(client::TlsStream<S>);

impl<S: AsyncRead + AsyncWrite + Unpin> TlsStream for Stream<S> {
    /// None is needed: the certificate is verified.
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Stream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Stream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, buffer)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}
