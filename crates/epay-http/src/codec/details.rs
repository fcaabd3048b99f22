//! The details by which accountants find a payment. They are not judged, so one that can't be read
//! is treated as absent.

use epay_domain::{BankText, CardId, Details};

use super::fields::{Fields, Name};

/// The RRN (`documented`); `xlsRRN` where that is missing (`observed` in statuses).
const REFERENCE: [Name; 2] = [Name::new("reference"), Name::new("xlsRRN")];
const APPROVAL_CODE: Name = Name::new("approvalCode");
/// `440564...5096`, with dots or stars (`documented`).
const CARD_MASK: Name = Name::new("cardMask");
/// The handle of the card; empty where there is none (`documented`). Whether it is told of a card that
/// was not to be kept is not known.
const CARD_ID: Name = Name::new("cardID");

/// The most digits of a card number that may be kept: the first six and the last four.
const MASK_DIGITS: usize = 10;

/// A mask that shows more than it should is dropped here and reaches neither log nor error.
pub(crate) fn read(fields: &Fields<'_>) -> Details {
    let text = |name| fields.text(name).ok().flatten();
    Details {
        reference: REFERENCE.into_iter().find_map(text).map(|text| BankText::new(&text)),
        approval_code: text(APPROVAL_CODE).map(|text| BankText::new(&text)),
        card_mask: text(CARD_MASK).and_then(|text| mask(&text)),
        card_id: text(CARD_ID).and_then(|text| CardId::new(&text).ok()),
    }
}

/// A card as the bank masks it; none where more is shown than may be.
pub(crate) fn mask(text: &str) -> Option<BankText> {
    let shown = text.chars().filter(|character| character.is_numeric()).count();
    (shown <= MASK_DIGITS).then(|| BankText::new(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(body: &str, [reference, approval_code, card_mask]: [Option<&str>; 3]) {
        let text = |text: Option<&str>| text.map(BankText::new);
        let expected = Details {
            reference: text(reference),
            approval_code: text(approval_code),
            card_mask: text(card_mask),
            ..Details::default()
        };
        assert_eq!(read(&Fields::read(body.as_bytes()).unwrap()), expected, "{body}");
    }

    #[test]
    fn what_is_told_is_kept_and_what_is_odd_is_not_there() {
        let all = r#"{"reference":"114537489258","xlsRRN":"9","approvalCode":123456,"cardMask":"440564...5096"}"#;
        check(all, [Some("114537489258"), Some("123456"), Some("440564...5096")]);
        for body in [
            "{}",
            r#"{"reference":"","xlsRRN":null,"approvalCode":"","cardMask":""}"#,
            r#"{"reference":{},"approvalCode":true,"cardMask":[]}"#,
            r#"{"reference":"1","Reference":"2"}"#,
        ] {
            check(body, [None; 3]);
        }
        check(r#"{"reference":"","xlsRRN":"9"}"#, [Some("9"), None, None]);
    }

    #[test]
    fn no_more_of_a_card_than_its_ends_is_kept() {
        for mask in ["AppleToken", "440564******5096", "************5096"] {
            check(&format!(r#"{{"cardMask":"{mask}"}}"#), [None, None, Some(mask)]);
        }
        for open in [
            "4405639704015096",
            "4405 6397 0401 5096",
            "44056397...096",
            "４４０５６３９７０４０１",
        ] {
            check(&format!(r#"{{"cardMask":"{open}"}}"#), [None; 3]);
        }
    }

    #[test]
    fn the_handle_of_a_card_fits_into_a_path_or_is_not_there() {
        let handle = |body: &str| {
            let details = read(&Fields::read(body.as_bytes()).unwrap());
            details.card_id.map(|id| id.to_string())
        };
        assert_eq!(handle(r#"{"cardId":"10a2a0d0-17"}"#).as_deref(), Some("10a2a0d0-17"));
        for body in [r#"{"cardID":""}"#, r#"{"cardID":null}"#, r#"{"cardID":"../x"}"#] {
            assert_eq!(handle(body), None, "{body}");
        }
    }
}
