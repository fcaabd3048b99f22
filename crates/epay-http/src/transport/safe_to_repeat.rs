//! Marks a request that moves no money; any request without the mark counts as one that may.

use http::Request;

/// The mark of a request that may arrive twice: a token, the bank's key, a status.
///
/// It is among the request's [extensions](Request::extensions), and a transport that keeps no connections has no use for
/// it. A request without it may move money.
///
/// ```
/// use epay_http::SafeToRepeat;
///
/// let status = http::Request::get("https://bank.example/status").extension(SafeToRepeat).body(())?;
/// assert!(SafeToRepeat::marks(&status));
/// assert!(!SafeToRepeat::marks(&http::Request::post("https://bank.example/pay").body(())?));
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SafeToRepeat;

impl SafeToRepeat {
    /// Whether `request` has the mark.
    pub fn marks<B>(request: &Request<B>) -> bool {
        request.extensions().get::<SafeToRepeat>().is_some()
    }
}
