//! A secret text is read on purpose, by one named method, and wiped when it is dropped.

use zeroize::Zeroizing;

/// A text that must not be seen: a client secret, an access token, Apple's payment cryptogram.
///
/// It can't be cloned, compared or displayed. Its characters stay in one heap buffer that never grows: moving the
/// value moves a pointer and leaves no copy behind, and dropping it wipes the buffer. A `&str` given to
/// [`Secret::new`] is copied, and the original stays the caller's to wipe.
///
/// ```compile_fail,E0277
/// let secret = epay_crypto::Secret::new("hush");
/// println!("{secret}"); // no `Display`
/// ```
/// ```compile_fail,E0599
/// let secret = epay_crypto::Secret::new("hush");
/// let copy = secret.clone(); // no `Clone`
/// ```
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the text over.
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(Zeroizing::new(text.into()))
    }

    /// The text, for the one place that puts it on the wire.
    pub fn expose(&self) -> &str {
        &self.0
    }

    pub(crate) fn into_text(self) -> Zeroizing<String> {
        self.0
    }
}

redacted!(Secret);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_tells_neither_the_text_nor_its_length() {
        let secret = Secret::new("yF587AV9");
        assert_eq!(secret.expose(), "yF587AV9");
        assert_eq!(format!("{secret:?}"), "Secret(redacted)");
        assert_eq!(format!("{:#?}", Some(&secret)), "Some(\n    Secret(redacted),\n)");
    }
}
