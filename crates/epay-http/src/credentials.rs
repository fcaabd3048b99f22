//! The merchant's credentials: client, secret and terminal, kept together and never shown.

use std::fmt;

use epay_crypto::Secret;
use epay_domain::TerminalId;

/// The credentials that the bank gave the merchant when it connected the shop.
///
/// ```
/// use epay_crypto::Secret;
/// use epay_domain::TerminalId;
/// use epay_http::Credentials;
///
/// let terminal = TerminalId::new("67e34d63-102f-4bd1-898e-370781d0074d")?;
/// let credentials = Credentials::new("test", Secret::new("hush"), terminal);
/// assert!(!format!("{credentials:?}").contains("hush"));
/// # Ok::<(), epay_domain::InvalidId>(())
/// ```
pub struct Credentials {
    client_id: String,
    client_secret: Secret,
    terminal: TerminalId,
}

impl Credentials {
    /// One client and the terminal it takes payments on.
    pub fn new(
        client_id: impl Into<String>,
        client_secret: Secret,
        terminal: TerminalId,
    ) -> Credentials {
        Credentials { client_id: client_id.into(), client_secret, terminal }
    }

    /// The terminal payments are taken on.
    pub fn terminal(&self) -> &TerminalId {
        &self.terminal
    }

    pub(crate) fn client_id(&self) -> &str {
        &self.client_id
    }

    pub(crate) fn client_secret(&self) -> &Secret {
        &self.client_secret
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("client_id", &self.client_id)
            .field("terminal", &self.terminal)
            .finish_non_exhaustive()
    }
}
