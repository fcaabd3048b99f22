//! The two halves of 3-D Secure: the challenge that the bank sends, and the answer that the payer's
//! browser brings back.

use alloc::string::String;
use core::fmt;
use zeroize::Zeroizing;

/// The values that the payer's browser posts to the issuer; in the log, for a page that is reloaded.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
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

/// The answer that the browser posted to the TermUrl. Sent to the bank once, then wiped; never stored.
///
/// ```
/// use epay_domain::{Md, PaRes, ThreeDsAnswer};
/// let answer = ThreeDsAnswer::new(PaRes::from("eJzVWFmvqkoW"), Md::from("bWQ="));
/// assert_eq!(answer.md(), "bWQ=");
/// ```
pub struct ThreeDsAnswer {
    pa_res: PaRes,
    md: Md,
}

/// The issuer's answer, exactly as posted: it is base64, whose `+` a careless form reader turns into a
/// space.
pub struct PaRes(Zeroizing<String>);

/// The session the answer belongs to, exactly as posted.
pub struct Md(Zeroizing<String>);

impl ThreeDsAnswer {
    /// Both as posted.
    pub fn new(pa_res: PaRes, md: Md) -> ThreeDsAnswer {
        ThreeDsAnswer { pa_res, md }
    }

    /// The issuer's answer, opaque.
    pub fn pa_res(&self) -> &str {
        &self.pa_res.0
    }

    /// The session the answer belongs to, opaque.
    pub fn md(&self) -> &str {
        &self.md.0
    }
}

macro_rules! as_posted {
    ($($text:ident),*) => {$(
        impl From<&str> for $text {
            fn from(posted: &str) -> $text {
                $text(Zeroizing::new(posted.into()))
            }
        }
        impl From<String> for $text {
            fn from(posted: String) -> $text {
                $text(Zeroizing::new(posted))
            }
        }
        impl From<Zeroizing<String>> for $text {
            fn from(posted: Zeroizing<String>) -> $text {
                $text(posted)
            }
        }
        impl fmt::Debug for $text {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($text), "(redacted)"))
            }
        }
    )*};
}
as_posted!(PaRes, Md);

impl fmt::Debug for ThreeDsAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ThreeDsAnswer(redacted)")
    }
}
