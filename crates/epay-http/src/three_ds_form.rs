//! The page that takes the payer to the issuer posts exactly three values, and nothing in them becomes markup.

use crate::Environment;
use crate::address::{is_loopback, is_public_name};
use epay_domain::{Challenge, Language};
use ring::rand::{SecureRandom, SystemRandom};
use std::fmt::{self, Write};
use url::Url;

const MAX_URL_BYTES: usize = 2_048;

/// A web page that posts `PaReq`, `MD` and `TermUrl` to the issuer (bank page "Apple Pay by API", `documented`): by itself
/// where scripts run, by a button where they do not.
///
/// Serve [`html`](ThreeDsForm::html) with all [`headers`](ThreeDsForm::headers), and make a new one for every visit: the
/// nonce is good for one.
pub struct ThreeDsForm {
    html: String,
    policy: String,
    nonce: Nonce,
}

/// The 128 random bits that let the page's own script and style run and no others.
#[derive(Clone, Copy)]
pub struct Nonce(u128);

impl Nonce {
    /// From the operating system.
    pub fn random() -> Result<Nonce, FormError> {
        let mut bits = [0; 16];
        SystemRandom::new().fill(&mut bits).map_err(|_| FormError::NoRandomNumbers)?;
        Ok(Nonce::from_bits(u128::from_ne_bytes(bits)))
    }

    /// From bits that nobody can guess; for tests and for servers that make one nonce for a whole response.
    pub const fn from_bits(bits: u128) -> Nonce {
        Nonce(bits)
    }
}

/// As it stands in the page and the policy: 32 hexadecimal digits.
impl fmt::Display for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl ThreeDsForm {
    /// Makes the page in the payer's `language`. `term_url` is where the payer comes back to: an https address of the
    /// merchant's, or http on this machine.
    ///
    /// The challenge's `action` came over the wire and is refused unless it is https and a public name, so that no
    /// payer's browser posts to a machine of the payer's own network; a mock of the bank may lead to this machine.
    pub fn new(
        challenge: &Challenge,
        term_url: &str,
        language: Language,
        environment: &Environment,
        nonce: Nonce,
    ) -> Result<ThreeDsForm, FormError> {
        let action = link(&challenge.action)
            .filter(|url| {
                url.scheme() == "https" && is_public_name(url)
                    || environment.is_mock() && is_this_machine(url)
            })
            .ok_or(FormError::Action)?;
        link(term_url)
            .filter(|url| url.scheme() == "https" || is_this_machine(url))
            .ok_or(FormError::TermUrl)?;
        if [&challenge.pa_req, &challenge.md]
            .into_iter()
            .any(|value| value.chars().any(cannot_be_posted))
        {
            return Err(FormError::Challenge);
        }
        Ok(ThreeDsForm {
            html: page(challenge, &action, term_url, language, nonce),
            policy: policy(action.scheme(), nonce),
            nonce,
        })
    }

    /// The page, in UTF-8.
    pub fn html(&self) -> &str {
        &self.html
    }

    /// The headers it is served with. Without the policy the page still works, but the browser guards nothing.
    ///
    /// The policy lets the form go to https only, and not to the action's origin only: Chromium holds every redirect of
    /// the post against it too (seen by `cargo xtask browser`), and the bank's proxy may well send the browser on to
    /// the issuer. The page has one form, and where that goes is written in it.
    pub fn headers(&self) -> [(&'static str, &str); 5] {
        [
            ("content-type", "text/html; charset=utf-8"),
            ("content-security-policy", &self.policy),
            ("cache-control", "no-store"),
            // The page's address may hold the return state. The issuer may look at the origin, and gets no more.
            ("referrer-policy", "strict-origin"),
            ("x-content-type-options", "nosniff"),
        ]
    }

    /// The nonce it was made with.
    pub fn nonce(&self) -> Nonce {
        self.nonce
    }
}

/// The page identifies the payer's session at the issuer.
impl fmt::Debug for ThreeDsForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThreeDsForm").field("html_bytes", &self.html.len()).finish_non_exhaustive()
    }
}

/// The address as a browser understands it, if it is a web page's and names nobody.
fn link(address: &str) -> Option<Url> {
    // The parser drops line breaks, tabs and outer spaces without a word: such an address is not what was checked.
    let clean = address.len() <= MAX_URL_BYTES
        && !address.chars().any(|c| c.is_control() || c.is_whitespace());
    let url = Url::parse(address).ok().filter(|_| clean)?;
    let bare = url.username().is_empty() && url.password().is_none();
    (bare && matches!(url.scheme(), "https" | "http")).then_some(url)
}

/// RFC 6761 §6.3: for a browser, names below `localhost` never leave the machine either.
fn is_this_machine(url: &Url) -> bool {
    is_loopback(url) || url.domain().is_some_and(|name| name.ends_with(".localhost"))
}

/// Line breaks and tabs may stand in base64. Other control characters do not come out of a browser as they went in.
fn cannot_be_posted(c: char) -> bool {
    c.is_control() && !matches!(c, '\t' | '\n' | '\r')
}

fn policy(scheme: &str, nonce: Nonce) -> String {
    format!(
        "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; form-action {scheme}:; \
         base-uri 'none'; frame-ancestors 'none'"
    )
}

fn page(
    challenge: &Challenge,
    action: &Url,
    term_url: &str,
    language: Language,
    nonce: Nonce,
) -> String {
    let [tag, title, wait, button] = texts(language);
    let (action, pa_req, md) =
        (Escaped(action.as_str()), Escaped(&challenge.pa_req), Escaped(&challenge.md));
    let term_url = Escaped(term_url);
    format!(
        r#"<!doctype html>
<html lang="{tag}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style nonce="{nonce}">body {{ font: 1.1rem sans-serif; text-align: center; margin: 4rem 1rem }}</style>
</head>
<body>
<form method="post" autocomplete="off" action="{action}">
<input type="hidden" name="PaReq" value="{pa_req}">
<input type="hidden" name="MD" value="{md}">
<input type="hidden" name="TermUrl" value="{term_url}">
<p>{wait}</p>
<button type="submit">{button}</button>
</form>
<script nonce="{nonce}">document.forms[0].submit()</script>
</body>
</html>
"#
    )
}

/// Language tag, title, what the payer reads while they wait, and the button for where no script runs.
fn texts(language: Language) -> [&'static str; 4] {
    match language {
        Language::Russian => [
            "ru",
            "Подтверждение оплаты",
            "Сейчас откроется страница вашего банка. Если она не открылась, нажмите кнопку.",
            "Продолжить",
        ],
        Language::Kazakh => [
            "kk",
            "Төлемді растау",
            "Қазір банкіңіздің беті ашылады. Егер ашылмаса, батырманы басыңыз.",
            "Жалғастыру",
        ],
        Language::English => [
            "en",
            "Payment confirmation",
            "Your bank's page is about to open. If it does not, press the button.",
            "Continue",
        ],
    }
}

/// A text inside a double-quoted attribute, so that a browser reads back the same text.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' | '<' | '>' | '"' | '\'' | '\t' | '\n' | '\r' => {
                    write!(f, "&#{};", u32::from(c))?
                }
                _ => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

/// The page was not made, so the payer can't go to the issuer. Nothing was charged and nothing will be. What stood in the
/// way, by who acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FormError {
    /// The challenge leads somewhere a payer must not be sent to: not https, an address or a private network's name
    /// instead of a public one, a user name in it, or over 2048 bytes. The operator asks the bank.
    Action,
    /// The merchant's own TermUrl is neither https nor on this machine, or as malformed. A developer corrects it.
    TermUrl,
    /// `PaReq` or `MD` holds a control character, which no browser posts unchanged. The operator asks the bank.
    Challenge,
    /// The operating system gave no random numbers.
    NoRandomNumbers,
}

impl fmt::Display for FormError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FormError::Action => "the challenge leads to an address a payer must not be sent to",
            FormError::TermUrl => "the term url is no address a payer may be sent to",
            FormError::Challenge => "the challenge holds a control character",
            FormError::NoRandomNumbers => "the operating system gave no random numbers",
        })
    }
}

impl std::error::Error for FormError {}

#[cfg(test)]
mod tests;
