//! The two halves of the payer's 3-D Secure detour: what the bank wants shown, what the browser brings back.

use alloc::string::String;
use core::fmt;
use zeroize::Zeroizing;

/// What the payer's browser has to post to the issuer. Kept in the log, so that a reloaded page shows the same form.
#[derive(Clone, PartialEq, Eq)]
pub struct Challenge {
    /// Where the browser posts; the bank's `action`. Not yet checked: the form does that when it is made.
    pub action: String,
    /// Opaque, posted as `PaReq`.
    pub pa_req: String,
    /// Opaque, posted as `MD`; comes back unchanged.
    pub md: String,
}

/// Shows sizes only: the texts identify the payer's session at the issuer.
impl fmt::Debug for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Challenge")
            .field("pa_req_bytes", &self.pa_req.len())
            .field("md_bytes", &self.md.len())
            .finish_non_exhaustive()
    }
}

/// What the browser posted to the TermUrl. Sent to the bank once, then wiped; never kept.
pub struct ThreeDsAnswer {
    pa_res: Zeroizing<String>,
    md: Zeroizing<String>,
}

impl ThreeDsAnswer {
    /// `pa_res` and `md` exactly as posted: `PaRes` is base64, whose `+` a careless form reader turns into a space.
    pub fn new(
        pa_res: impl Into<Zeroizing<String>>,
        md: impl Into<Zeroizing<String>>,
    ) -> ThreeDsAnswer {
        ThreeDsAnswer { pa_res: pa_res.into(), md: md.into() }
    }

    /// The issuer's answer, opaque.
    pub fn pa_res(&self) -> &str {
        &self.pa_res
    }

    /// The session the answer belongs to, opaque.
    pub fn md(&self) -> &str {
        &self.md
    }
}

impl fmt::Debug for ThreeDsAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ThreeDsAnswer(redacted)")
    }
}
