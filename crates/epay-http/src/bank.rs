//! The bank as whoever takes payments needs it: a gateway, the key to seal with, and the word where it is.

use epay_crypto::KeySource;
use epay_domain::Gateway;

use crate::Environment;

/// Everything the facade needs of the bank. [`HttpGateway`](crate::HttpGateway) is one; a fake is another.
pub trait Bank: Gateway + KeySource {
    /// Which bank this is: the 3-D Secure form has to know.
    fn environment(&self) -> &Environment;
}
