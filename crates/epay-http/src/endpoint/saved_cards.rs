//! GET {api}/cards/{accountId} and POST {api}/card/deactivate/{cardID} — the cards that the bank keeps of one payer
//! (bank pages "list of cards" and "disable a card id", `documented`; the fields of the list `observed`). They move no
//! money.

use bytes::Bytes;
use epay_crypto::Secret;
use epay_domain::{CardId, Decline, SavedCard};
use http::{Request, Response, StatusCode};
use serde_json::value::RawValue;
use url::Url;

use super::{EncodeError, get, post};
use crate::{
    Environment, SafeToRepeat,
    codec::{
        AnswerError, details,
        fields::{Fields, Name},
        reason,
    },
};

/// "No saved cards" (`observed` in one client).
const NO_CARDS: i64 = 1373;

/// `PaymentAvailable` beside it is not read: nobody has said what it means.
const ID: Name = Name::new("ID");

/// The account is any text of the shop's, so it is written as one segment of the path.
pub(crate) fn encode_list(
    environment: &Environment,
    token: &Secret,
    account: &str,
) -> Result<Request<Bytes>, EncodeError> {
    // What means another place in a path can't be asked for.
    let mut url = Url::parse(environment.api_base()).map_err(|_| EncodeError::Account)?;
    if matches!(account, "" | "." | "..") {
        return Err(EncodeError::Account);
    }
    url.path_segments_mut().map_err(|()| EncodeError::Account)?.extend(["cards", account]);
    get(url.into(), token)
}

pub(crate) fn decode_list(response: &Response<Bytes>) -> Result<Vec<SavedCard>, AnswerError> {
    match response.status() {
        StatusCode::OK if response.body().trim_ascii_start().starts_with(b"[") => {
            let listed: Vec<&RawValue> =
                serde_json::from_slice(response.body()).map_err(|_| AnswerError::NotJson)?;
            listed.into_iter().map(|card| listed_card(card.get())).collect()
        }
        // With which of the two it comes is not known.
        StatusCode::OK | StatusCode::BAD_REQUEST => match refusal(response)? {
            none if none.code() == NO_CARDS => Ok(Vec::new()),
            refused => Err(AnswerError::Refused(refused)),
        },
        status => Err(AnswerError::status(status)),
    }
}

fn refusal(response: &Response<Bytes>) -> Result<Decline, AnswerError> {
    reason::refusal(&Fields::read(response.body())?)
}

fn listed_card(card: &str) -> Result<SavedCard, AnswerError> {
    let fields = Fields::read(card.as_bytes())?;
    let id = CardId::new(&fields.required(ID)?).map_err(|_| AnswerError::Unreadable(ID.0))?;
    let known = details::read(&fields);
    Ok(SavedCard { id, mask: known.card_mask })
}

/// It ends the same card however often it is asked.
pub(crate) fn encode_deactivate(
    environment: &Environment,
    token: &Secret,
    card: &CardId,
) -> Result<Request<Bytes>, EncodeError> {
    let mut request = post(format!("{}/card/deactivate/{card}", environment.api_base()), token)?;
    request.extensions_mut().insert(SafeToRepeat);
    Ok(request)
}

/// The page shows `{"status":"card successfully deactivated"}`; the words are not read.
pub(crate) fn decode_deactivate(response: &Response<Bytes>) -> Result<(), AnswerError> {
    match response.status() {
        StatusCode::OK => Ok(()),
        StatusCode::BAD_REQUEST => Err(AnswerError::Refused(refusal(response)?)),
        status => Err(AnswerError::status(status)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{answer, environment, token, written};

    #[test]
    fn an_account_is_one_segment_of_the_path_whatever_it_is() {
        let path = |account: &str| {
            let request = encode_list(&environment(), &token(), account).ok()?;
            assert!(SafeToRepeat::marks(&request));
            written(&request).lines().next().map(str::to_owned)
        };
        for (account, segment) in [
            ("uuid000001", "uuid000001"),
            ("a/../b?c#d", "a%2F..%2Fb%3Fc%23d"),
            ("Айгүл 7%", "%D0%90%D0%B9%D0%B3%D2%AF%D0%BB%207%25"),
        ] {
            let expected = format!("GET http://127.0.0.1:8080/api/cards/{segment}");
            assert_eq!(path(account), Some(expected), "{account}");
        }
        for nowhere in ["", ".", ".."] {
            assert_eq!(path(nowhere), None, "{nowhere}");
        }
    }

    #[test]
    fn a_list_is_read_whole_or_not_at_all() {
        let read = |status, body: &str| decode_list(&answer(status, body.to_owned()));
        let card = |id: &str, mask| {
            let id = CardId::new(id).unwrap();
            SavedCard { id, mask: details::mask(mask) }
        };
        let two = r#"[{"ID":"a-1","CardMask":"440563...5096","PaymentAvailable":true,"AccountID":"u"},
            {"ID":"a-2","CardMask":"4405639704015096"}]"#;
        let open = SavedCard { mask: None, ..card("a-2", "") };
        assert_eq!(read(200, two), Ok(vec![card("a-1", "440563...5096"), open]));
        for (status, body) in
            [(200, "[]"), (200, r#"{"code":1373}"#), (400, r#"{"code":1373,"message":"-"}"#)]
        {
            assert_eq!(read(status, body), Ok(vec![]), "{status} {body}");
        }
        let refused = AnswerError::Refused(Decline::from_code(522));
        for (status, body, error) in [
            (200, r#"[{"ID":"../x"}]"#, AnswerError::Unreadable("ID")),
            (200, r#"[{"CardMask":"4"}]"#, AnswerError::Missing("ID")),
            (200, "[", AnswerError::NotJson),
            (200, "", AnswerError::NotJson),
            (200, "{}", AnswerError::Missing("code")),
            (400, r#"{"code":522}"#, refused),
            (500, "[]", AnswerError::Status(500)),
        ] {
            assert_eq!(read(status, body), Err(error), "{status} {body}");
        }
    }

    #[test]
    fn a_card_is_ended_by_its_name() {
        let card = CardId::new("10a2a0d0-17").unwrap();
        let request = encode_deactivate(&environment(), &token(), &card).unwrap();
        assert!(SafeToRepeat::marks(&request));
        assert_eq!(
            written(&request),
            "POST http://127.0.0.1:8080/api/card/deactivate/10a2a0d0-17\n\
             authorization: Bearer DCEB8O_ZM5U7SO_T_U5EJQ\n\
             content-length: 0\n\n"
        );
        let read = |status, body: &'static str| decode_deactivate(&answer(status, body));
        assert_eq!(read(200, r#"{"status":"card successfully deactivated"}"#), Ok(()));
        let refused = AnswerError::Refused(Decline::from_code(522));
        assert_eq!(read(400, r#"{"code":522}"#), Err(refused));
        assert_eq!(read(400, ""), Err(AnswerError::NotJson));
        assert_eq!(read(503, ""), Err(AnswerError::Status(503)));
    }
}
