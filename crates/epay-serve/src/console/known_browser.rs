//! A browser in which an operator has signed in before: somebody else who guesses at their password does not hold it
//! up. Its cookie alone opens nothing.
//!
//! Source: OWASP, "Slow Down Online Guessing Attacks with Device Cookies".

use super::session::{attributes, cookie, new_id};
use super::{Account, Console};
use axum::http::HeaderMap;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// How long a browser stays known without a sign-in: half a year, in seconds.
const LASTS: u64 = 182 * 24 * 60 * 60;

/// What its wrong tries are counted by: its own name in place of the operator's.
pub(super) fn known(console: &Console, headers: &HeaderMap, name: &str) -> Option<String> {
    let cookie = cookie(headers, cookie_name(console))?;
    let (said, signature) = cookie.rsplit_once('.')?;
    let (of, _) = said.split_once('.')?;
    let operator = console.operators.get(name).filter(|operator| operator.name == of)?;
    operator.verify("browser", said, &URL_SAFE_NO_PAD.decode(signature).ok()?)?;
    Some(said.to_owned())
}

/// The header that makes the browser of this sign-in known; `None` where the system gives no random numbers.
pub(super) fn set_cookie(console: &Console, operator: &Account) -> Option<String> {
    let said = format!("{}.{}", operator.name, new_id()?);
    let signature = URL_SAFE_NO_PAD.encode(operator.sign("browser", &said));
    let (name, attributes) = (cookie_name(console), attributes(console));
    Some(format!("{name}={said}.{signature}; Max-Age={LASTS}{attributes}"))
}

fn cookie_name(console: &Console) -> &'static str {
    if console.secure { "__Host-epay-browser" } else { "epay-browser" }
}

#[cfg(test)]
mod tests {
    use super::super::tests::console;
    use super::*;
    use axum::http::header;

    #[test]
    fn a_browser_is_known_for_its_operator_alone_until_their_password_is_changed() {
        let before = console("secret", "hash");
        let cookie = set_cookie(&before, &before.operators["aida"]).unwrap();
        let sent = |cookie: &str| {
            HeaderMap::from_iter([(header::COOKIE, format!("theirs=1; {cookie}").parse().unwrap())])
        };
        let (pair, _) = cookie.split_once(';').unwrap();
        let found = known(&before, &sent(pair), "aida").unwrap();
        assert!(found.starts_with("aida.") && pair.contains(&found), "{found}");
        assert_eq!(known(&before, &sent(pair), "marat"), None);
        assert_eq!(known(&before, &sent(&pair.replace("aida.", "marat.")), "marat"), None);
        for changed in ["epay-browser=aida.x.AAAA", "epay-browser=", "epay-console=aida"] {
            assert_eq!(known(&before, &sent(changed), "aida"), None, "{changed}");
        }
        assert_eq!(known(&console("secret", "another"), &sent(pair), "aida"), None);
    }
}
