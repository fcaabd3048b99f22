//! What comes in from outside, the bank's postLink and the payer's browser, is read within bounds and believed by nobody.

use crate::codec::AnswerError;
use crate::codec::fields::{Fields, Name};
use epay_crypto::{Purpose, Secret, TagKey};
use epay_domain::{BankText, Decline, InvoiceId, TerminalId, ThreeDsAnswer, TransactionId};
use std::fmt;
use url::form_urlencoded;
use zeroize::Zeroizing;

/// Neither body is longer in practice: a postLink has some 30 short fields, a `PaRes` is several kB (observed).
const MAX_BYTES: usize = 64 * 1024;

/// The body the bank posts to `postLink` or `failurePostLink` (bank page "cryptogram payment", `documented`).
///
/// The page knows no signature, so anybody who has the address can post one. It is therefore a [`Hint`]: a reason to ask
/// the bank for the status now, and nothing else.
pub struct PostLink {
    invoice: BankText,
    transaction: Option<TransactionId>,
    claim: Claim,
    secret_hash: Option<Secret>,
}

/// What a postLink says happened. For a log: no payment moves by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Claim {
    /// `code` is `ok`, or `success` as after saving a card (observed).
    Approved,
    /// `code` is `error`; the decline is never final.
    Failed(Decline),
    /// Some other `code`, or none.
    Unclear,
}

/// A reason to ask the bank for the status of this invoice now.
///
/// The bank posts about all payments on a terminal, also about those that its pay form or its links
/// took: a hint that concerns nobody is answered with 200 like any other, or it comes again (assumed).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// The invoice it is about, which need not be one of ours. `None`: its number is none that we
    /// issue, so it concerns nobody.
    pub invoice: Option<InvoiceId>,
    /// How far the sender can be believed. Worth counting; the status query is the same for all three.
    pub authenticity: Authenticity,
}

/// Whether the sender knew the `secret_hash` of the payment's token form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authenticity {
    /// It did. The hash proves the payment's name only: whoever saw the body once can post it again.
    Proven,
    /// There was none to compare, or no number of ours. The bank may leave it out when it reports a
    /// failure (assumed).
    Unproven,
    /// It was another one: this did not come from the bank.
    Forged,
}

const INVOICE: Name = Name::new("invoiceId");
const ID: Name = Name::new("id");
const CODE: Name = Name::new("code");
const REASON_CODE: Name = Name::new("reasonCode");
const SECRET_HASH: Name = Name("secret_hash", &["secretHash"]);

impl PostLink {
    /// Reads a request body of at most 64 KiB. It is JSON whatever its content type says.
    pub fn read(body: &[u8]) -> Result<PostLink, CallbackError> {
        if body.len() > MAX_BYTES {
            return Err(CallbackError::TooLarge);
        }
        let body = Fields::read(body)?;
        Ok(PostLink {
            invoice: BankText::new(&body.required(INVOICE)?),
            // These two are for a log: what can't be read in them is no reason to miss a hint.
            transaction: body.text(ID)?.and_then(|id| TransactionId::new(&id).ok()),
            claim: Claim::read(
                body.text(CODE)?.as_deref(),
                body.number(REASON_CODE).ok().flatten(),
            ),
            secret_hash: body.text(SECRET_HASH)?.map(Secret::new),
        })
    }

    /// The invoice it names, which may be any text: `12-1738952601` is a payment by link (`observed`).
    pub fn invoice(&self) -> &BankText {
        &self.invoice
    }

    /// The operation it names.
    pub fn transaction(&self) -> Option<&TransactionId> {
        self.transaction.as_ref()
    }

    /// What it says happened.
    pub fn claim(&self) -> Claim {
        self.claim
    }

    /// The text the sender repeats from the token form.
    pub fn secret_hash(&self) -> Option<&Secret> {
        self.secret_hash.as_ref()
    }

    /// The hint, after comparing `secret_hash` with the tag of a payment on `terminal`, in time that tells nothing about
    /// the right one.
    pub fn check(&self, tags: &TagKey, terminal: &TerminalId) -> Hint {
        let invoice = InvoiceId::new(self.invoice.as_str()).ok();
        let is_ours = |(invoice, hash): (&InvoiceId, &Secret)| {
            tags.verify(Purpose::SecretHash, terminal, invoice, hash.expose())
        };
        let authenticity = match invoice.as_ref().zip(self.secret_hash.as_ref()).map(is_ours) {
            Some(true) => Authenticity::Proven,
            Some(false) => Authenticity::Forged,
            None => Authenticity::Unproven,
        };
        Hint { invoice, authenticity }
    }
}

impl fmt::Debug for PostLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostLink")
            .field("invoice", &self.invoice)
            .field("transaction", &self.transaction)
            .field("claim", &self.claim)
            .finish_non_exhaustive()
    }
}

impl Claim {
    fn read(code: Option<&str>, reason: Option<i64>) -> Claim {
        match code {
            Some("ok" | "success") => Claim::Approved,
            Some("error") => Claim::Failed(Decline::as_hint(reason.unwrap_or_default())),
            _ => Claim::Unclear,
        }
    }
}

/// Reads what the payer's browser posts to the TermUrl: an urlencoded form of at most 64 KiB with `PaRes` and `MD`, in
/// any casing (bank page "Apple Pay by API", `documented`).
///
/// Both values are base64. A browser sends their `+` as `%2B`; where somebody on the way sends it bare, a form reader
/// makes a space of it, and here it becomes a `+` again. Which payment they belong to, the address has to tell.
pub fn read_three_ds_return(body: &[u8]) -> Result<ThreeDsAnswer, CallbackError> {
    if body.len() > MAX_BYTES {
        return Err(CallbackError::TooLarge);
    }
    let (mut pa_res, mut md) = (None, None);
    for (name, value) in form_urlencoded::parse(body) {
        let slot = match name.to_ascii_lowercase().as_str() {
            "pares" => &mut pa_res,
            "md" => &mut md,
            _ => continue,
        };
        let value = Zeroizing::new(value.into_owned());
        if !value.is_ascii() {
            return Err(CallbackError::Malformed);
        }
        if slot.replace(Zeroizing::new(value.replace(' ', "+"))).is_some() {
            return Err(CallbackError::Duplicate);
        }
    }
    match (pa_res, md) {
        (Some(pa_res), Some(md)) if !pa_res.is_empty() => {
            Ok(ThreeDsAnswer::new(pa_res.into(), md.into()))
        }
        _ => Err(CallbackError::Missing),
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fails(body: impl AsRef<[u8]>) -> CallbackError {
        PostLink::read(body.as_ref()).unwrap_err()
    }

    #[test]
    fn a_post_link_is_read_in_every_spelling_seen() {
        let ok = r#"{"accountId":"","amount":100,"approvalCode":"123456","cardId":"c","code":"ok","dateTime":"2024-01-01",
            "id":"7943816b-58a8-47f6-a11e-67b63c4228c7","invoiceId":"938290483290","reason":"success","reasonCode":0,
            "secret_hash":"h","secure":"yes","terminal":"67e34d63-102f-4bd1-898e-370781d0074d"}"#;
        let declined = |code| Claim::Failed(Decline::as_hint(code));
        for (body, claim, transaction, hash) in [
            (ok, Claim::Approved, Some("7943816b-58a8-47f6-a11e-67b63c4228c7"), Some("h")),
            (
                r#"{"invoiceID":"938290483290","code":"success","secure":false,"cardID":null}"#,
                Claim::Approved,
                None,
                None,
            ),
            (
                r#"{"InvoiceId":938290483290,"code":"error","reasonCode":484}"#,
                declined(484),
                None,
                None,
            ),
            (
                r#"{"InvoiceID":"938290483290","code":"error","reasonCode":"484"}"#,
                declined(484),
                None,
                None,
            ),
            (
                r#"{"invoiceId":"938290483290","code":"error","reasonCode":-1}"#,
                declined(-1),
                None,
                None,
            ),
            (
                r#"{"invoiceId":"938290483290","code":"error","secretHash":"h"}"#,
                declined(0),
                None,
                Some("h"),
            ),
            (
                r#"{"invoiceId":"938290483290","code":"OK?","secret_hash":""}"#,
                Claim::Unclear,
                None,
                None,
            ),
            (
                r#"{"invoiceId":"938290483290","id":"../x","code":1,"secret_hash":null}"#,
                Claim::Unclear,
                None,
                None,
            ),
            (
                r#"{"invoiceId":"\u0039\u00338290483290","amount":1e400}"#,
                Claim::Unclear,
                None,
                None,
            ),
        ] {
            let read = PostLink::read(body.as_bytes()).unwrap();
            assert_eq!(read.invoice().as_str(), "938290483290", "{body}");
            assert_eq!(read.claim(), claim, "{body}");
            assert_eq!(read.transaction().map(TransactionId::as_str), transaction, "{body}");
            assert_eq!(read.secret_hash().map(Secret::expose), hash, "{body}");
        }
    }

    /// A recorded one, but for the payer's data.
    #[test]
    fn a_post_link_about_a_payment_that_is_not_ours_concerns_nobody() {
        let recorded = r#"{"id":"7943816b-58a8-47f6-a11e-67b63c4228c7","dateTime":"2025-02-07T11:56:43.123456789+05:00",
            "invoiceId":"12-1738952601","amount":0,"currency":"KZT","approvalCode":null,"cardId":null,"reference":null,
            "code":"ok","reason":"success","reasonCode":0,"secure":"no","language":"RUS","description":"order+17"}"#;
        let tags = TagKey::new(*b"0123456789abcdef").unwrap();
        let terminal = TerminalId::new("67e34d63-102f-4bd1-898e-370781d0074d").unwrap();
        let nobody = Hint { invoice: None, authenticity: Authenticity::Unproven };
        for (body, named) in [
            (recorded, "12-1738952601"),
            (r#"{"invoiceId":"12345","secret_hash":"h"}"#, "12345"),
            (r#"{"invoiceId":"000123456"}"#, "000123456"),
            (r#"{"invoiceId":12345678901234567}"#, "12345678901234567"),
        ] {
            let read = PostLink::read(body.as_bytes()).unwrap();
            assert_eq!(read.invoice().as_str(), named);
            assert_eq!(read.check(&tags, &terminal), nobody, "{body}");
        }
    }

    #[test]
    fn a_claimed_decline_is_never_final() {
        let read =
            PostLink::read(br#"{"invoiceId":"100001","code":"error","reasonCode":484}"#).unwrap();
        let Claim::Failed(decline) = read.claim() else { panic!("{:?}", read.claim()) };
        assert!(!decline.is_final());
    }

    #[test]
    fn what_is_no_post_link_is_refused_by_kind() {
        let nested = |levels: usize| {
            format!(
                "{{\"invoiceId\":\"100001\",\"x\":{}{}}}",
                "[".repeat(levels),
                "]".repeat(levels)
            )
        };
        assert!(PostLink::read(nested(31).as_bytes()).is_ok());
        assert_eq!(fails(nested(32)), CallbackError::TooDeep);
        let quoted = format!(r#"{{"invoiceId":"100001","x":"\"{}"}}"#, "[".repeat(100));
        assert!(PostLink::read(quoted.as_bytes()).is_ok());
        let sized =
            |bytes: usize| format!("{{\"invoiceId\":\"100001\"}}{}", " ".repeat(bytes - 22));
        assert!(PostLink::read(sized(65_536).as_bytes()).is_ok());
        assert_eq!(fails(sized(65_537)), CallbackError::TooLarge);
        for body in [
            "",
            "null",
            "{",
            "[]",
            "invoiceId=100001",
            r#"{"invoiceId":"100001"} x"#,
            r#"{"invoiceId":true}"#,
        ] {
            assert_eq!(fails(body), CallbackError::Malformed, "{body}");
        }
        assert_eq!(
            fails(r#"{"invoiceId":"100001","invoiceID":"100002"}"#),
            CallbackError::Duplicate
        );
        assert_eq!(
            fails(r#"{"invoiceId":"100001","secret_hash":"a","secretHash":"b"}"#),
            CallbackError::Duplicate
        );
        assert_eq!(fails(b"{\"invoiceId\":\"10000\xff\"}"), CallbackError::Malformed);
        for body in ["{}", r#"{"invoiceId":""}"#, r#"{"invoiceId":null}"#] {
            assert_eq!(fails(body), CallbackError::Missing, "{body}");
        }
    }

    #[test]
    fn an_error_says_what_is_wrong_and_nothing_of_the_body() {
        for (kind, text) in [
            (CallbackError::TooLarge, "the body is larger than 64 KiB"),
            (CallbackError::TooDeep, "the body is nested more than 32 deep"),
            (CallbackError::Malformed, "the body is not of the form the bank documents"),
            (CallbackError::Missing, "a needed field is absent or empty"),
            (CallbackError::Duplicate, "a field is there twice"),
        ] {
            assert_eq!(kind.to_string(), text);
        }
    }

    #[test]
    fn only_the_tag_of_this_payment_proves_the_sender() {
        let tags = TagKey::new(*b"0123456789abcdef").unwrap();
        let terminal = TerminalId::new("67e34d63-102f-4bd1-898e-370781d0074d").unwrap();
        let other_terminal = TerminalId::new("d9d7978c-d6ee-4ec0-8cda-165251a4bf16").unwrap();
        let invoice = InvoiceId::new("938290483290").unwrap();
        let tag = tags.tag(Purpose::SecretHash, &terminal, &invoice);
        let body = |invoice: &InvoiceId, hash: &str| {
            format!(r#"{{"invoiceId":"{invoice}","secret_hash":"{hash}"}}"#)
        };
        let check = |body: String| {
            PostLink::read(body.as_bytes()).unwrap().check(&tags, &terminal).authenticity
        };

        assert_eq!(check(body(&invoice, &tag)), Authenticity::Proven);
        assert_eq!(check(body(&invoice, "")), Authenticity::Unproven);
        assert_eq!(check(body(&invoice, "guess")), Authenticity::Forged);
        assert_eq!(check(body(&invoice.next().unwrap(), &tag)), Authenticity::Forged);
        let read = PostLink::read(body(&invoice, &tag).as_bytes()).unwrap();
        assert_eq!(
            read.check(&tags, &other_terminal),
            Hint { invoice: Some(invoice), authenticity: Authenticity::Forged }
        );
        let shown = format!("{read:?}");
        assert!(shown.contains("938290483290") && !shown.contains(&tag), "{shown}");
    }

    #[test]
    fn no_plus_sign_is_lost_on_the_way_back() {
        for (body, pa_res, md) in [
            ("PaRes=eJz%2Ba%2F%3D%3D&MD=Mj%2BA%3D", "eJz+a/==", "Mj+A="),
            ("PaRes=eJz+a/==&MD=Mj+A=", "eJz+a/==", "Mj+A="),
            ("md=Mj%20A&pares=eJz%20a&other=1", "eJz+a", "Mj+A"),
            ("MD=&PARES=a%0D%0Ab", "a\r\nb", ""),
        ] {
            let answer = read_three_ds_return(body.as_bytes()).unwrap();
            assert_eq!((answer.pa_res(), answer.md()), (pa_res, md), "{body}");
        }
    }

    #[test]
    fn what_is_no_return_is_refused_by_kind() {
        for (body, kind) in [
            ("", CallbackError::Missing),
            ("PaRes=x", CallbackError::Missing),
            ("MD=x", CallbackError::Missing),
            ("PaRes=&MD=x", CallbackError::Missing),
            ("PaRes=x&MD=y&pares=x", CallbackError::Duplicate),
            ("PaRes=x&MD=y&MD=z", CallbackError::Duplicate),
            ("PaRes=%FF&MD=y", CallbackError::Malformed),
            ("PaRes=%D1%81&MD=y", CallbackError::Malformed),
        ] {
            assert_eq!(read_three_ds_return(body.as_bytes()).unwrap_err(), kind, "{body}");
        }
        let sized = |bytes: usize| format!("MD=x&PaRes={}", "a".repeat(bytes - 11));
        assert!(read_three_ds_return(sized(65_536).as_bytes()).is_ok());
        assert_eq!(
            read_three_ds_return(sized(65_537).as_bytes()).unwrap_err(),
            CallbackError::TooLarge
        );
    }

    proptest! {
        #[test]
        fn any_base64_survives_a_careful_and_a_careless_sender(pa_res in "[A-Za-z0-9+/]{1,200}={0,2}", md in "[A-Za-z0-9+/=]{0,60}") {
            let careful = form_urlencoded::Serializer::new(String::new())
                .append_pair("PaRes", &pa_res)
                .append_pair("MD", &md)
                .finish();
            for body in [careful, format!("PaRes={pa_res}&MD={md}")] {
                let answer = read_three_ds_return(body.as_bytes()).unwrap();
                prop_assert_eq!((answer.pa_res(), answer.md()), (pa_res.as_str(), md.as_str()));
            }
        }

        #[test]
        fn no_bytes_make_a_reader_panic(body in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = (PostLink::read(&body), read_three_ds_return(&body));
        }
    }
}
