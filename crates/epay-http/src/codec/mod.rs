//! Answers are read tolerantly, requests are written exactly; an answer that can't be read is an error, never a decline.

use std::{error::Error, fmt};

use epay_domain::{Decline, GatewayErrorKind};
use http::StatusCode;

pub(crate) mod decimal;
pub(crate) mod details;
pub(crate) mod fields;
pub(crate) mod origin;
pub(crate) mod reason;
mod rfc3339;
pub(crate) mod summary;
pub(crate) mod sums;

/// Why an answer is not one of the bank's. Says which part, never what stood there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AnswerError {
    /// An HTTP status that carries no answer.
    Status(u16),
    /// An HTTP status with which the credentials were refused.
    Credentials(u16),
    /// A result code of a status query that refuses the terminal.
    Terminal(u32),
    /// Not one JSON object in UTF-8.
    NotJson,
    /// Nested deeper than anything the bank sends.
    TooDeep,
    /// This part is not there.
    Missing(&'static str),
    /// This part is there and can't be read.
    Unreadable(&'static str),
    /// This part is there with two values.
    Twice(&'static str),
    /// A call that moves no money was refused.
    Refused(Decline),
}

impl AnswerError {
    pub(crate) fn status(status: StatusCode) -> AnswerError {
        AnswerError::Status(status.as_u16())
    }

    /// The party who acts.
    pub(crate) fn kind(self) -> GatewayErrorKind {
        match self {
            AnswerError::Status(401 | 403)
            | AnswerError::Credentials(_)
            | AnswerError::Terminal(_) => GatewayErrorKind::Access,
            AnswerError::Status(429 | 500..) => GatewayErrorKind::Unavailable,
            AnswerError::Refused(_) => GatewayErrorKind::Request,
            _ => GatewayErrorKind::Answer,
        }
    }
}

impl fmt::Display for AnswerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AnswerError::Status(status) => write!(f, "the bank answered with http status {status}"),
            AnswerError::Credentials(status) => {
                write!(f, "the bank refused the credentials with http status {status}")
            }
            AnswerError::Terminal(code) => {
                write!(f, "the bank refused the terminal with result code {code}")
            }
            AnswerError::NotJson => f.write_str("the answer is not one json object"),
            AnswerError::TooDeep => f.write_str("the answer is nested too deeply"),
            AnswerError::Missing(part) => write!(f, "the answer lacks `{part}`"),
            AnswerError::Unreadable(part) => write!(f, "`{part}` of the answer can't be read"),
            AnswerError::Twice(part) => write!(f, "the answer has two values for `{part}`"),
            AnswerError::Refused(decline) => {
                write!(f, "the bank refused it with code {}", decline.code())
            }
        }
    }
}

impl Error for AnswerError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_http_status_says_who_acts() {
        for (status, kind) in [
            (302, GatewayErrorKind::Answer),
            (400, GatewayErrorKind::Answer),
            (401, GatewayErrorKind::Access),
            (403, GatewayErrorKind::Access),
            (404, GatewayErrorKind::Answer),
            (429, GatewayErrorKind::Unavailable),
            (499, GatewayErrorKind::Answer),
            (500, GatewayErrorKind::Unavailable),
            (503, GatewayErrorKind::Unavailable),
        ] {
            assert_eq!(AnswerError::Status(status).kind(), kind, "{status}");
        }
        assert_eq!(AnswerError::Terminal(104).kind(), GatewayErrorKind::Access);
        assert_eq!(AnswerError::NotJson.kind(), GatewayErrorKind::Answer);
        let refused = AnswerError::Refused(Decline::from_code(522));
        assert_eq!(refused.kind(), GatewayErrorKind::Request);
        assert_eq!(refused.to_string(), "the bank refused it with code 522");
    }

    #[test]
    fn an_error_names_the_part_and_the_number_and_no_more() {
        for (error, text) in [
            (AnswerError::Status(502), "the bank answered with http status 502"),
            (
                AnswerError::Credentials(401),
                "the bank refused the credentials with http status 401",
            ),
            (AnswerError::Terminal(104), "the bank refused the terminal with result code 104"),
            (AnswerError::NotJson, "the answer is not one json object"),
            (AnswerError::TooDeep, "the answer is nested too deeply"),
            (AnswerError::Missing("code"), "the answer lacks `code`"),
            (AnswerError::Unreadable("amount"), "`amount` of the answer can't be read"),
            (AnswerError::Twice("id"), "the answer has two values for `id`"),
        ] {
            assert_eq!(error.to_string(), text);
        }
    }
}
