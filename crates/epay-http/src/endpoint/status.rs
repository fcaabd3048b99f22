//! GET {api}/check-status/payment/transaction/{invoice} — what the bank knows; moves no money (bank page "status", `documented`).

use bytes::Bytes;
use epay_crypto::Secret;
use epay_domain::{BankText, Fact, Observation, PayerStep, Payment, VoidReason};
use http::{Request, Response, StatusCode};

use super::{EncodeError, get};
use crate::{
    Environment, Wire,
    codec::{
        AnswerError,
        fields::{Fields, Name},
        origin, reason,
        summary::Summary,
        sums::Sums,
    },
};

const RESULT_CODE: Name = Name::new("resultCode");
const TRANSACTION: Name = Name::new("transaction");
const STATUS_NAME: Name = Name::new("statusName");
const ORIGINAL: Name = Name::new("orgAmount");
const PAYOUT: Name = Name::new("payoutAmount");

pub(crate) fn encode(
    environment: &Environment,
    token: &Secret,
    payment: &Payment,
) -> Result<Request<Bytes>, EncodeError> {
    let (base, invoice) = (environment.api_base(), payment.invoice().as_str());
    get([base, "/check-status/payment/transaction/", invoice].concat(), token)
}

/// The result code says how the *query* went (numbers `observed` in four clients); only with 100 does the status name
/// speak about money. Codes other than 100 may come with HTTP status 400 (`observed` in one).
pub(crate) fn decode(
    response: &Response<Bytes>,
    payment: &Payment,
    wire: &Wire,
) -> Result<Observation, AnswerError> {
    if !matches!(response.status(), StatusCode::OK | StatusCode::BAD_REQUEST) {
        return Err(AnswerError::status(response.status()));
    }
    let envelope = Fields::read(response.body())?;
    let transaction = envelope.object(TRANSACTION)?;
    match (envelope.number::<u32>(RESULT_CODE)?, transaction) {
        (Some(100 | 101), Some(transaction)) => told(&transaction, payment, wire),
        (Some(100), None) => Err(AnswerError::Missing(TRANSACTION.0)),
        // "Rejected", with nothing about what: kept as it is, and decides nothing.
        (Some(101), None) => Ok(Observation::status(Fact::Other(BankText::new("resultCode 101")))),
        (Some(102), _) => Ok(Observation::status(Fact::NotFound)),
        (Some(103 | 107), _) => Ok(Observation::status(Fact::InProgress)),
        (Some(code @ (104 | 106 | 109)), _) => Err(AnswerError::Terminal(code)),
        (Some(_), _) => Err(AnswerError::Unreadable(RESULT_CODE.0)),
        (None, _) => Err(AnswerError::Missing(RESULT_CODE.0)),
    }
}

fn told(
    transaction: &Fields<'_>,
    payment: &Payment,
    wire: &Wire,
) -> Result<Observation, AnswerError> {
    let currency = payment.ordered().currency();
    let summary = Summary::read(transaction, currency)?;
    let name = transaction.required(STATUS_NAME)?;
    let read_in = summary.currency_or(currency);
    let sums = || {
        Ok(Sums {
            amount: summary.amount.map(|amount| amount.card),
            original: transaction.amount(ORIGINAL, read_in)?,
            payout: transaction.amount(PAYOUT, read_in)?,
        })
    };
    let fact = match name.to_ascii_uppercase().as_str() {
        "NEW" => Fact::InProgress,
        "FINGERPRINT" => Fact::AwaitingPayer(PayerStep::Fingerprint),
        "3D" => Fact::AwaitingPayer(PayerStep::Challenge),
        "AUTH" => Fact::Authorized,
        "CHARGE" => wire.sums.charge(sums()?),
        "REFUND" => wire.sums.refund(sums()?),
        "CANCEL" => Fact::Voided(VoidReason::Requested),
        "CANCEL_OLD" => Fact::Voided(VoidReason::Lapsed),
        "REJECT" | "FAILED" => Fact::Declined(reason::by_status(transaction)),
        "VERIFIED" => Fact::Verified,
        _ => Fact::Other(BankText::new(&name)),
    };
    let origin = origin::of(transaction, payment, wire);
    Ok(Observation { origin, ..summary.status(fact) })
}

#[cfg(test)]
mod tests {
    use epay_domain::{
        BankAmount, CardId, Command, Currency, Decline, Details, Money, Origin, Refunds, Timestamp,
        TransactionId,
    };
    use proptest::prelude::*;

    use super::*;
    use crate::fixture::{
        INVOICE, TERMINAL, TRANSACTION, answer, environment, payment, tag, terminal, token, written,
    };

    #[test]
    fn the_query_names_the_invoice() {
        assert_eq!(
            written(&encode(&environment(), &token(), &payment()).unwrap()),
            "GET http://127.0.0.1:8080/api/check-status/payment/transaction/163637162556226\n\
             authorization: Bearer DCEB8O_ZM5U7SO_T_U5EJQ\n\n"
        );
    }

    fn read(status: u16, body: impl Into<Bytes>) -> Result<Observation, AnswerError> {
        decode(&answer(status, body), &payment(), &Wire::default())
    }

    /// As the bank page shows it, with its sums.
    fn envelope(status_name: &str, sums: &str) -> String {
        format!(
            r#"{{"resultCode":"100","resultMessage":"Success","transaction":{{"id":"{TRANSACTION}",
            "createdDate":"2022-03-25T15:38:56.5+06:00","invoiceID":"{INVOICE}",{sums}"currency":"KZT",
            "terminal":"98120001","terminalID":"{TERMINAL}","secure":true,"reference":"","xlsRRN":"114537489258",
            "approvalCode":"123456","cardMask":"440564...5096","cardType":"VISA",
            "cardID":"10a2a0d0-17","reasonCode":"484","reason":"x",
            "statusID":"x","statusName":"{status_name}","ipLatitude":43.2433}}}}"#
        )
    }

    #[test]
    fn a_status_name_is_a_fact() {
        let card = |minor| Some(BankAmount::card_only(Money::tiyn(minor)));
        let charged =
            |minor, refunded| Fact::Captured { captured: Some(Money::tiyn(minor)), refunded };
        let sample = r#""amount":12.22,"amountBonus":0,"payoutAmount":10,"orgAmount":22.22,"#;
        for (name, sums, fact, amount) in [
            ("NEW", "", Fact::InProgress, None),
            ("FINGERPRINT", "", Fact::AwaitingPayer(PayerStep::Fingerprint), None),
            ("3D", "", Fact::AwaitingPayer(PayerStep::Challenge), None),
            ("AUTH", r#""amount":"100","#, Fact::Authorized, card(100_00)),
            ("Auth", "", Fact::Authorized, None),
            ("CHARGE", sample, charged(22_22, Refunds::Total(Money::tenge(10))), card(12_22)),
            ("REFUND", sample, charged(12_22, Refunds::Total(Money::tenge(10))), card(12_22)),
            (
                "REFUND",
                r#""amount":5,"payoutAmount":null,"#,
                charged(5_00, Refunds::SumNotTold),
                card(5_00),
            ),
            ("CHARGE", "", Fact::Captured { captured: None, refunded: Refunds::NotTold }, None),
            ("CANCEL", "", Fact::Voided(VoidReason::Requested), None),
            ("CANCEL_OLD", "", Fact::Voided(VoidReason::Lapsed), None),
            ("REJECT", "", Fact::Declined(Decline::by_status(484)), None),
            ("FAILED", "", Fact::Declined(Decline::by_status(484)), None),
            ("VERIFIED", "", Fact::Verified, None),
            ("Frozen", "", Fact::Other(BankText::new("Frozen")), None),
        ] {
            let expected = Observation {
                transaction: TransactionId::new(TRANSACTION).ok(),
                invoice: Some(BankText::new(INVOICE)),
                terminal: Some(terminal()),
                amount,
                currency: Some(Currency::KZT),
                details: Details {
                    reference: Some(BankText::new("114537489258")),
                    approval_code: Some(BankText::new("123456")),
                    card_mask: Some(BankText::new("440564...5096")),
                    card_id: CardId::new("10a2a0d0-17").ok(),
                },
                ..Observation::status(fact)
            };
            assert_eq!(read(200, envelope(name, sums)), Ok(expected), "{name}");
        }
        let dollars = envelope("CHARGE", sample).replace("KZT", "USD");
        let Ok(Observation { fact: Fact::Captured { captured, .. }, .. }) = read(200, dollars)
        else {
            panic!()
        };
        assert_eq!(captured, Some(Money::new(22_22, Currency::USD)));
    }

    #[test]
    fn it_says_whose_operation_it_is() {
        let at = Timestamp::from_unix_millis(1_795_694_400_000);
        let payment = payment().with_tag(Some(tag()));
        let asked = payment.decide(Command::Authorize, at).unwrap();
        let asked = payment.apply(&asked);
        let read = |body: String| {
            decode(&answer(200, body), &asked, &Wire::default()).map(|seen| seen.origin)
        };
        let data = serde_json::Value::from(origin::data(tag()));
        let echoed = envelope("AUTH", &format!(r#""data":{data},"#));
        assert_eq!(read(echoed.clone()), Ok(Origin::Ours));
        assert_eq!(read(echoed.replace(&tag().to_string(), &"0".repeat(32))), Ok(Origin::Other));
        assert_eq!(read(envelope("AUTH", "")), Ok(Origin::Other), "it is of 2022");
        let now = envelope("AUTH", "").replace("2022-03-25T15", "2026-11-26T18");
        assert_eq!(read(now), Ok(Origin::NotTold));
    }

    #[test]
    fn the_result_code_is_about_the_query() {
        let other = |name| Ok(Fact::Other(BankText::new(name)));
        for (code, expected) in [
            ("100", Err(AnswerError::Missing("transaction"))),
            ("101", other("resultCode 101")),
            ("102", Ok(Fact::NotFound)),
            ("103", Ok(Fact::InProgress)),
            ("104", Err(AnswerError::Terminal(104))),
            ("105", Err(AnswerError::Unreadable("resultCode"))),
            ("106", Err(AnswerError::Terminal(106))),
            ("107", Ok(Fact::InProgress)),
            ("109", Err(AnswerError::Terminal(109))),
            ("OK", Err(AnswerError::Unreadable("resultCode"))),
            ("", Err(AnswerError::Missing("resultCode"))),
        ] {
            let body =
                format!(r#"{{"resultCode":"{code}","resultMessage":"x","transaction":null}}"#);
            for status in [200, 400] {
                let expected = expected.clone().map(Observation::status);
                assert_eq!(read(status, body.clone()), expected, "{status} {code}");
            }
        }
        assert_eq!(read(200, r#"{"resultCode":102}"#), Ok(Observation::status(Fact::NotFound)));
        let rejected = envelope("REJECT", "").replace("\"100\"", "101");
        assert_eq!(
            read(400, rejected).map(|seen| seen.fact),
            Ok(Fact::Declined(Decline::by_status(484)))
        );
        let fresh = envelope("AUTH", "").replace("\"100\"", "\"107\"");
        assert_eq!(read(200, fresh), Ok(Observation::status(Fact::InProgress)));
    }

    #[test]
    fn what_is_no_status_teaches_nothing() {
        let flat = format!(r#"{{"invoiceID":"{INVOICE}","statusName":"CHARGE"}}"#);
        assert_eq!(read(200, flat), Err(AnswerError::Missing("resultCode")));
        assert_eq!(read(400, r#"{"code":484}"#), Err(AnswerError::Missing("resultCode")));
        let nameless = envelope("", "");
        assert_eq!(read(200, nameless), Err(AnswerError::Missing("statusName")));
        assert_eq!(read(200, "<html>"), Err(AnswerError::NotJson));
        assert_eq!(
            read(200, envelope("CHARGE", r#""payoutAmount":-1,"#)),
            Err(AnswerError::Unreadable("payoutAmount"))
        );
        for status in [201, 302, 401, 403, 404, 429, 500] {
            assert_eq!(read(status, envelope("AUTH", "")), Err(AnswerError::Status(status)));
        }
    }

    proptest! {
        #[test]
        fn a_cut_answer_is_an_error_and_a_damaged_one_never_panics(
            place in any::<prop::sample::Index>(),
            byte: u8,
            bytes in any::<Vec<u8>>(),
        ) {
            let whole = envelope("REFUND", r#""amount":12.22,"payoutAmount":10,"#).into_bytes();
            let place = place.index(whole.len());
            prop_assert!(read(200, whole[..place].to_vec()).is_err());
            let mut damaged = whole;
            damaged[place] = byte;
            let _ = (read(200, damaged), read(200, bytes));
        }
    }
}
