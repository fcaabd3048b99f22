//! An answer's body is collected whole and within bounds, or not at all.

use bytes::{Bytes, BytesMut};

use super::{MAX_RESPONSE_BYTES, TransportError};

/// For transports that read a body in pieces: keeps rules 7 and 8 of the [contract](super::Transport#contract).
///
/// ```
/// use epay_http::ReadBody;
///
/// let mut body = ReadBody::new(Some(4))?; // what `Content-Length` promised, if anything
/// body.push(b"pi")?;
/// body.push(b"ng")?;
/// assert_eq!(body.finish()?, "ping");
/// # Ok::<(), epay_http::TransportError>(())
/// ```
#[derive(Debug)]
pub struct ReadBody {
    promised: Option<u64>,
    bytes: BytesMut,
}

impl ReadBody {
    /// Starts with the promised length, and refuses at once what promises too much. Nothing is set aside for a promise.
    pub fn new(content_length: Option<u64>) -> Result<ReadBody, TransportError> {
        let within = |promised| {
            usize::try_from(promised).is_ok_and(|promised| promised <= MAX_RESPONSE_BYTES)
        };
        if content_length.is_none_or(within) {
            Ok(ReadBody { promised: content_length, bytes: BytesMut::new() })
        } else {
            Err(TransportError::too_large())
        }
    }

    /// Adds the next piece.
    pub fn push(&mut self, piece: &[u8]) -> Result<(), TransportError> {
        if piece.len() > MAX_RESPONSE_BYTES - self.bytes.len() {
            return Err(TransportError::too_large());
        }
        self.bytes.extend_from_slice(piece);
        Ok(())
    }

    /// The whole body, where its length is the promised one.
    pub fn finish(self) -> Result<Bytes, TransportError> {
        let length = u64::try_from(self.bytes.len()).ok();
        if self.promised.is_some() && self.promised != length {
            return Err(TransportError::interrupted("the body is not as long as was promised"));
        }
        Ok(self.bytes.freeze())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TransportErrorKind::{Interrupted, TooLarge};

    fn read(promised: Option<u64>, pieces: &[usize]) -> Result<usize, TransportError> {
        let mut body = ReadBody::new(promised)?;
        for piece in pieces {
            body.push(&vec![0; *piece])?;
        }
        body.finish().map(|bytes| bytes.len())
    }

    #[test]
    fn a_body_is_whole_and_within_bounds_or_an_error() {
        const MAX: u64 = 262_144;
        assert_eq!(u64::try_from(MAX_RESPONSE_BYTES).ok(), Some(MAX));
        for (promised, pieces, expected) in [
            (None, &[][..], Ok(0)),
            (None, &[3, 4], Ok(7)),
            (Some(7), &[3, 4], Ok(7)),
            (Some(7), &[3], Err(Interrupted)),
            (Some(7), &[3, 5], Err(Interrupted)),
            (Some(0), &[], Ok(0)),
            (None, &[MAX_RESPONSE_BYTES], Ok(MAX_RESPONSE_BYTES)),
            (None, &[MAX_RESPONSE_BYTES, 1], Err(TooLarge)),
            (None, &[MAX_RESPONSE_BYTES + 1], Err(TooLarge)),
            (Some(MAX), &[MAX_RESPONSE_BYTES], Ok(MAX_RESPONSE_BYTES)),
            (Some(MAX + 1), &[], Err(TooLarge)),
            (Some(u64::MAX), &[], Err(TooLarge)),
        ] {
            let read = read(promised, pieces).map_err(|error| error.kind());
            assert_eq!(read, expected, "{promised:?} {pieces:?}");
        }
    }
}
