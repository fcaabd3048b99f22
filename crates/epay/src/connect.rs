//! The usual connection to the bank: the ready transport, the system's clock, a deadline for every
//! call.

use crate::TokioClock;
use epay_http::{Credentials, Environment, HttpGateway};
use epay_hyper::{BuildError, HyperTransport};

/// The bank over hyper, each call given 60 seconds. Set another limit by
/// [`with_deadline`](HttpGateway::with_deadline).
///
/// Connections are kept, and money is asked for only over one that was just proven alive, or over a new one: see
/// [`epay_hyper`].
///
/// ```
/// use epay::{Credentials, Environment, KeyTrust, MemoryStore, Payments, Secret, SpkiPin, TerminalId};
///
/// let terminal = TerminalId::new("67e34d63-102f-4bd1-898e-370781d0074d")?;
/// let credentials = Credentials::new("my-client", Secret::new("from your vault"), terminal);
/// let production = Environment::production(KeyTrust::Pinned(vec![SpkiPin::HALYK_PRODUCTION]));
/// let shop = Payments::new(epay::connect(production, credentials)?, MemoryStore::default());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn connect(
    environment: Environment,
    credentials: Credentials,
) -> Result<HttpGateway, BuildError> {
    Ok(HttpGateway::new(
        HyperTransport::new()?,
        std::sync::Arc::new(TokioClock),
        environment,
        credentials,
    ))
}
