//! Whose operation an answer is about: decided by our tag, or else by the time of its creation.

use epay_domain::{AttemptTag, Origin, Payment};

use tracing::warn;

use super::{
    fields::{Fields, Name},
    rfc3339,
};
use crate::{AttemptTagField, Wire};

/// The text that the merchant sent as `data` (`documented` as the text of reports).
const DATA: Name = Name::new("data");
const ATTEMPT: Name = Name::new("attempt");
/// When the operation was made (`documented`; `+05:00` and `+06:00` are both `observed`).
const CREATED: Name = Name::new("createdDate");

/// The text for `data`.
pub(crate) fn data(tag: AttemptTag) -> String {
    format!(r#"{{"{}":"{tag}"}}"#, ATTEMPT.0)
}

/// A tag decides. Without one, an operation that was made long before we asked is another's. What
/// can't be read says nothing: nobody may take a payment from us by a broken date.
pub(crate) fn of(transaction: &Fields<'_>, payment: &Payment, wire: &Wire) -> Origin {
    if let Some(tag) = tag(transaction) {
        return if payment.tag() == Some(tag) { Origin::Ours } else { Origin::Other };
    }
    let created = transaction.text(CREATED).ok().flatten().and_then(|date| rfc3339::read(&date));
    let old = created
        .zip(payment.asked_at())
        .filter(|(created, asked)| asked.since(*created) > wire.created_before);
    if let Some((created, asked)) = old {
        warn!(
            invoice = %payment.invoice(),
            "made at {created} by the bank's clock and asked at {asked} by ours: the operation is another's, or a clock is \
             wrong"
        );
    }
    let was_sent = payment.tag().is_some() && wire.attempt_tag == AttemptTagField::Data;
    if old.is_some() || (wire.demand_tag && was_sent) { Origin::Other } else { Origin::NotTold }
}

fn tag(transaction: &Fields<'_>) -> Option<AttemptTag> {
    let text = transaction.text(DATA).ok().flatten().unwrap_or_default();
    // Text as it was sent, or the object in it.
    let object = || transaction.object(DATA).ok().flatten();
    let data = Fields::read(text.as_bytes()).ok().or_else(object)?;
    let tag = data.text(ATTEMPT).ok().flatten()?;
    AttemptTag::parse(&tag.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use epay_domain::{Command, Timestamp};

    use super::*;
    use crate::fixture::{payment, tag as ours};

    /// 2026-11-26T12:00:00Z.
    const ASKED: u64 = 1_795_694_400_000;

    fn asked(tag: Option<AttemptTag>) -> Payment {
        let payment = payment().with_tag(tag);
        let asked = payment.decide(Command::Authorize, Timestamp::from_unix_millis(ASKED)).unwrap();
        payment.apply(&asked)
    }

    fn of(body: &str, payment: &Payment, wire: &Wire) -> Origin {
        super::of(&Fields::read(body.as_bytes()).unwrap(), payment, wire)
    }

    #[test]
    fn a_tag_tells_ours_from_others() {
        let echo = |data: &str| serde_json::json!({ "data": data }).to_string();
        let (mine, other) = (data(ours()), data(AttemptTag::new([9; 16])));
        for (body, told) in [
            (echo(&mine), Origin::Ours),
            (echo(&mine.to_uppercase()), Origin::Ours),
            (echo(&format!(" {{ \"statement\":{{}},{}", &mine[1..])), Origin::Ours),
            (format!(r#"{{"data":{mine}}}"#), Origin::Ours),
            (echo(&other), Origin::Other),
            (echo(r#"{"statement":{"name":"Arman"}}"#), Origin::NotTold),
            (echo(r#"{"attempt":"x"}"#), Origin::NotTold),
            (echo(r#"{"attempt":{}}"#), Origin::NotTold),
            (echo("order 17"), Origin::NotTold),
            (echo(""), Origin::NotTold),
            (r#"{"data":[1]}"#.to_owned(), Origin::NotTold),
            ("{}".to_owned(), Origin::NotTold),
        ] {
            assert_eq!(of(&body, &asked(Some(ours())), &Wire::default()), told, "{body}");
        }
        assert_eq!(of(&echo(&mine), &asked(None), &Wire::default()), Origin::Other);
    }

    #[test]
    fn a_tag_that_is_demanded_and_missing_is_anothers() {
        let demanded = Wire { demand_tag: true, ..Wire::default() };
        assert_eq!(of("{}", &asked(Some(ours())), &demanded), Origin::Other);
        assert_eq!(of("{}", &asked(None), &demanded), Origin::NotTold);
        let unsent = Wire { attempt_tag: AttemptTagField::NotSent, ..demanded };
        assert_eq!(of("{}", &asked(Some(ours())), &unsent), Origin::NotTold);
    }

    #[test]
    fn what_was_made_long_before_we_asked_is_anothers() {
        let none = Wire { created_before: Duration::ZERO, ..Wire::default() };
        for (created, default, strict) in [
            ("2026-11-26T12:00:00.000000001Z", Origin::NotTold, Origin::NotTold),
            ("2026-11-26T18:00:00+06:00", Origin::NotTold, Origin::NotTold),
            ("2026-11-26T11:59:59.999Z", Origin::NotTold, Origin::Other),
            ("2026-11-26T10:00:00Z", Origin::NotTold, Origin::Other),
            ("2026-11-26T09:59:59.999Z", Origin::Other, Origin::Other),
            ("2025-02-07T11:56:43.123456789+05:00", Origin::Other, Origin::Other),
            ("2027-01-01T00:00:00Z", Origin::NotTold, Origin::NotTold),
            ("26.11.2025 12:00", Origin::NotTold, Origin::NotTold),
        ] {
            let body = serde_json::json!({ "createdDate": created });
            let (body, asked) = (body.to_string(), asked(Some(ours())));
            assert_eq!(of(&body, &asked, &Wire::default()), default, "{created}");
            assert_eq!(of(&body, &asked, &none), strict, "{created}");
            assert_eq!(of(&body, &payment(), &none), Origin::NotTold, "{created}");
        }
        let old =
            serde_json::json!({ "createdDate": "2020-01-01T00:00:00Z", "data": data(ours()) });
        assert_eq!(of(&old.to_string(), &asked(Some(ours())), &none), Origin::Ours);
    }
}
