//! Why a body is not a callback of the bank's.

use crate::codec::AnswerError;
use std::fmt;

/// What came in is none of the bodies the bank and its browsers post, and tells nothing about any payment. A developer looks
/// when the bank is the sender; all others are to be answered with a 400.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallbackError {
    /// More than 64 KiB.
    TooLarge,
    /// JSON nested more than 32 deep.
    TooDeep,
    /// Not JSON, a field of another type, or a `PaRes` or `MD` that is no ASCII text.
    Malformed,
    /// A needed field is absent or empty.
    Missing,
    /// A field is there twice; in JSON, with two values.
    Duplicate,
}

impl From<AnswerError> for CallbackError {
    fn from(error: AnswerError) -> CallbackError {
        match error {
            AnswerError::TooDeep => CallbackError::TooDeep,
            AnswerError::Missing(_) => CallbackError::Missing,
            AnswerError::Twice(_) => CallbackError::Duplicate,
            _ => CallbackError::Malformed,
        }
    }
}

impl fmt::Display for CallbackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            CallbackError::TooLarge => "the body is larger than 64 KiB",
            CallbackError::TooDeep => "the body is nested more than 32 deep",
            CallbackError::Malformed => "the body is not of the form the bank documents",
            CallbackError::Missing => "a needed field is absent or empty",
            CallbackError::Duplicate => "a field is there twice",
        })
    }
}

impl std::error::Error for CallbackError {}
