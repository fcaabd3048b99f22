//! The wire log remembers that each call happened and how it ended, so that a test can judge "sent at most once".

use serde::{Deserialize, Serialize};

use crate::{faults::Endpoint, time::Millis};

/// One call. Holds no card data, cryptogram, token or secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WireEntry {
    /// When it arrived.
    pub at: Millis,
    /// Which call.
    pub endpoint: Endpoint,
    /// The invoice number or operation id it is about; empty where it names none, or nothing that looks like one.
    pub subject: String,
    /// How it ended.
    pub end: End,
    /// The HTTP status of the answer that was made, also where it was cut; none at the typed door.
    pub http_status: Option<u16>,
}

/// How a call ended for the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// With the bank's answer.
    Answered,
    /// Without an answer and without an effect.
    CutBeforeEffect,
    /// Without an answer, after the effect.
    CutAfterEffect,
    /// With a 500, after the effect.
    ErrorAfterEffect,
    /// With the first bytes of the answer, after the effect.
    Truncated(usize),
}

/// Keeps a subject only if it looks like an invoice number or a UUID: a client's mistake must not put a card number
/// or a token into the log.
pub(crate) fn subject(text: &str) -> String {
    let invoice = (6..=15).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let uuid =
        text.len() == 36 && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    if invoice || uuid { text.to_ascii_lowercase() } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_invoices_and_uuids_are_kept() {
        assert_eq!(subject("1000001"), "1000001");
        assert_eq!(
            subject("67E34D63-102f-4bd1-898e-370781d0074d"),
            "67e34d63-102f-4bd1-898e-370781d0074d"
        );
        for text in
            ["4405639704015096", "12345", "Bearer abc", "", "67e34d63x102f-4bd1-898e-370781d0074d"]
        {
            assert_eq!(subject(text), "", "{text}");
        }
    }
}
