//! The payer's browser brings PaRes and MD back, with or without the plus signs it was given.

use super::{CallbackError, MAX_BYTES};
use epay_domain::ThreeDsAnswer;
use url::form_urlencoded;
use zeroize::Zeroizing;

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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
    }
}
