//! Entry points for the fuzzer only: readers of bytes from inside a verified token.

use crate::{EncryptedToken, Payload};
use zeroize::Zeroizing;

/// The payload of a token that opens to this text.
pub fn payload(text: &[u8], token: &EncryptedToken) -> Option<Payload> {
    Payload::parse(Zeroizing::new(text.to_vec()), token).ok()
}
