//! The common part of the bodies of `cryptopay` and `cards/auth`.

use epay_domain::{Language, Payment, PaymentRequest};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// Keys in the order of the page's sample; what is not told is left out.
pub(super) struct Body<'a>(pub(super) [&'a [(&'static str, Part<'a>)]; 3]);

/// The value of one key.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Part<'a> {
    Text(Option<&'a str>),
    Json(Option<&'a RawValue>),
    Flag(Option<bool>),
}

impl Part<'_> {
    fn is_told(&self) -> bool {
        !matches!(self, Part::Text(None) | Part::Json(None) | Part::Flag(None))
    }
}

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let told = self.0.iter().copied().flatten().filter(|(_, part)| part.is_told());
        serializer.collect_map(told.map(|(key, part)| (key, part)))
    }
}

/// Which payment it is, and what the shop says of it.
pub(super) fn about<'a>(
    payment: &'a Payment,
    request: &'a PaymentRequest,
) -> [(&'static str, Part<'a>); 10] {
    let text = |text| Part::Text(Some(text));
    [
        ("invoiceId", text(payment.invoice().as_str())),
        ("description", text(request.description())),
        ("accountId", Part::Text(request.account())),
        ("email", Part::Text(request.email())),
        ("phone", Part::Text(request.phone())),
        ("backLink", Part::Text(request.back_link())),
        ("failureBackLink", Part::Text(request.failure_back_link())),
        ("postLink", Part::Text(request.post_link())),
        ("failurePostLink", Part::Text(request.failure_post_link())),
        ("language", text(language(request.language()))),
    ]
}

/// `rus` is `documented`, the other two are `assumed` from it.
fn language(language: Language) -> &'static str {
    match language {
        Language::Russian => "rus",
        Language::Kazakh => "kaz",
        Language::English => "eng",
    }
}
