//! Every identifier the bank gives out follows from the seed and the order of requests, so a run can be repeated.

use std::fmt::Write as _;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{digest, hmac};

/// A deterministic source of identifiers; never a source of secrecy.
#[derive(Debug)]
pub(crate) struct Ids {
    seed: u64,
    drawn: u64,
}

impl Ids {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, drawn: 0 }
    }

    /// A payment, card or 3-D Secure server id: the text form of a version 4 UUID.
    pub(crate) fn uuid(&mut self) -> String {
        let mut hex = String::with_capacity(36);
        for (index, byte) in self.draw().as_ref().iter().take(16).enumerate() {
            let byte = match index {
                6 => byte & 0x0f | 0x40,
                8 => byte & 0x3f | 0x80,
                _ => *byte,
            };
            if matches!(index, 4 | 6 | 8 | 10) {
                hex.push('-');
            }
            // Writing to a String cannot fail.
            let _ = write!(hex, "{byte:02x}");
        }
        hex
    }

    /// An access token of the documented look: 22 characters of URL-safe base64.
    pub(crate) fn token(&mut self) -> String {
        URL_SAFE_NO_PAD.encode(self.draw().as_ref().iter().copied().take(16).collect::<Vec<_>>())
    }

    /// A reference (12 digits) or an approval code (6 digits).
    pub(crate) fn digits(&mut self, count: usize) -> String {
        self.draw().as_ref().iter().take(count).map(|byte| char::from(b'0' + byte % 10)).collect()
    }

    /// The key that binds a PaRes to its operation.
    pub(crate) fn acs_key(&self) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, format!("epay fake bank acs {}", self.seed).as_bytes())
    }

    fn draw(&mut self) -> digest::Digest {
        self.drawn = self.drawn.wrapping_add(1);
        digest::digest(
            &digest::SHA256,
            format!("epay fake bank {} {}", self.seed, self.drawn).as_bytes(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_itself_and_another_differs() {
        let draw = |seed| {
            let mut ids = Ids::new(seed);
            (ids.uuid(), ids.token(), ids.digits(12))
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
        let mut ids = Ids::new(1);
        assert_ne!(ids.uuid(), ids.uuid());
    }

    #[test]
    fn the_looks_are_the_documented_ones() {
        let mut ids = Ids::new(7);
        let uuid = ids.uuid();
        let lengths: Vec<_> = uuid.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12], "{uuid}");
        assert_eq!(uuid.as_bytes()[14], b'4');
        assert!(b"89ab".contains(&uuid.as_bytes()[19]), "{uuid}");
        assert_eq!(ids.token().len(), 22);
        let reference = ids.digits(12);
        assert!(reference.len() == 12 && reference.bytes().all(|byte| byte.is_ascii_digit()));
    }
}
