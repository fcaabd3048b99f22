//! A body is written into one buffer that never grows, so no copy of a secret is left behind, and is wiped at its end.

use std::io;

use bytes::Bytes;
use serde::Serialize;
use url::form_urlencoded;
use zeroize::Zeroizing;

/// JSON whose keys stand in the order of `body`'s fields.
pub(super) fn json(body: &impl Serialize) -> Result<Bytes, serde_json::Error> {
    exact(body).map(wiped)
}

/// `application/x-www-form-urlencoded`, in the order of `pairs`.
pub(super) fn form(pairs: &[(&str, &str)]) -> Bytes {
    wiped(urlencoded(pairs))
}

fn urlencoded(pairs: &[(&str, &str)]) -> Zeroizing<Vec<u8>> {
    // An escaped byte is written as three.
    let room = pairs.iter().map(|(name, value)| 3 * (name.len() + value.len()) + "=&".len()).sum();
    let mut form = Zeroizing::new(String::with_capacity(room));
    form_urlencoded::Serializer::new(&mut *form).extend_pairs(pairs);
    Zeroizing::new(std::mem::take(&mut *form).into_bytes())
}

/// The last handle on these bytes wipes them, whichever of us and the transport holds it.
pub(super) fn wiped(buffer: Zeroizing<Vec<u8>>) -> Bytes {
    Bytes::from_owner(buffer)
}

/// Writes twice, first only to count: that costs less than wiping a buffer that is long enough for anything.
fn exact(body: &impl Serialize) -> Result<Zeroizing<Vec<u8>>, serde_json::Error> {
    let mut length = Length(0);
    serde_json::to_writer(&mut length, body)?;
    let mut buffer = Zeroizing::new(Vec::with_capacity(length.0));
    serde_json::to_writer(&mut *buffer, body)?;
    Ok(buffer)
}

struct Length(usize);

impl io::Write for Length {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_json_body_fits_its_buffer_exactly() {
        for text in ["", "x", "\"\u{1}д\\", &"x".repeat(100_000)] {
            let buffer = exact(&[text]).unwrap();
            assert_eq!(*buffer, serde_json::to_vec(&[text]).unwrap());
            assert_eq!(buffer.capacity(), buffer.len());
        }
    }

    /// The last pair has no `&` behind it; every other byte that was reserved is used.
    #[test]
    fn a_form_that_is_escaped_throughout_fits_its_buffer() {
        let buffer = urlencoded(&[("&&", "======="), ("%", "++++"), ("д", "яяя")]);
        assert_eq!(buffer.capacity(), buffer.len() + 1);
    }

    #[test]
    fn a_form_keeps_its_order_and_escapes_everything_that_has_a_meaning() {
        assert_eq!(form(&[]), "");
        assert_eq!(form(&[("b", "2 +&="), ("a", "д"), ("", "")]), "b=2+%2B%26%3D&a=%D0%B4&=");
    }
}
