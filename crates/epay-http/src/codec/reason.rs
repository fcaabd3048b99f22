//! A refusal is the bank's code; its message is for the bank's support only and is not read.

use epay_domain::Decline;

use super::{
    AnswerError,
    fields::{Fields, Name},
};

/// `code` of an answer to an ask, and 0 means done. `reasonCode` of callbacks and statuses has the same numbers.
pub(crate) const CODE: Name = Name::new("code");
pub(crate) const REASON_CODE: Name = Name::new("reasonCode");

/// The refusal in a body that came with HTTP status 400 (`documented`).
pub(crate) fn refusal(fields: &Fields<'_>) -> Result<Decline, AnswerError> {
    fields.number(CODE)?.map(Decline::from_code).ok_or(AnswerError::Missing("code"))
}

/// The refusal in a body that came with HTTP status 200. Nobody documents that, so it is a hint, and the status decides.
pub(crate) fn hint(fields: &Fields<'_>) -> Result<Option<Decline>, AnswerError> {
    Ok(fields.number(CODE)?.filter(|code| *code != 0).map(Decline::as_hint))
}

/// The refusal of an operation whose status says that it is over. Whatever the number, the matter is ended; a number
/// that is not told or can't be read costs its meaning and nothing else.
pub(crate) fn by_status(transaction: &Fields<'_>) -> Decline {
    Decline::by_status(transaction.number(REASON_CODE).ok().flatten().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_number_stands_decides_what_it_proves() {
        let fields = |body: &'static str| Fields::read(body.as_bytes()).unwrap();
        assert_eq!(
            refusal(&fields(r#"{"code":"484","message":" x"}"#)),
            Ok(Decline::from_code(484))
        );
        assert_eq!(refusal(&fields(r#"{"message":"x"}"#)), Err(AnswerError::Missing("code")));
        assert_eq!(refusal(&fields(r#"{"code":"error"}"#)), Err(AnswerError::Unreadable("code")));
        assert_eq!(hint(&fields(r#"{"code":484}"#)), Ok(Some(Decline::as_hint(484))));
        assert_eq!(hint(&fields(r#"{"code":0}"#)), Ok(None));
        assert_eq!(hint(&fields("{}")), Ok(None));
        assert_eq!(refusal(&fields(r#"{"code":-31}"#)), Ok(Decline::as_hint(-31)));
        for (body, code) in [
            (r#"{"reasonCode":"454"}"#, 454),
            (r#"{"reasonCode":"-31"}"#, -31),
            (r#"{"reasonCode":"?"}"#, 0),
            ("{}", 0),
        ] {
            assert_eq!(by_status(&fields(body)), Decline::by_status(code), "{body}");
            assert!(by_status(&fields(body)).is_final(), "{body}");
        }
    }
}
