//! The details of a payment besides the money and the method. Checked when they are set, refused
//! rather than cut.

use alloc::string::String;
use core::fmt;

/// The language of the bank's pages and messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Language {
    /// Russian, `rus`.
    #[default]
    Russian,
    /// Kazakh, `kaz`.
    Kazakh,
    /// English, `eng`.
    English,
}

/// Description, payer and links of one payment.
///
/// ```
/// use epay_domain::PaymentRequest;
/// let request = PaymentRequest::new("Order 17")?.with_payer_name("Arman Ali")?.with_email("a@example.com")?;
/// assert_eq!(request.description(), "Order 17");
/// # Ok::<(), epay_domain::InvalidRequest>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct PaymentRequest {
    description: String,
    payer_name: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    account: Option<String>,
    post_link: Option<String>,
    failure_post_link: Option<String>,
    back_link: Option<String>,
    failure_back_link: Option<String>,
    language: Language,
    save_card: bool,
}

/// The longest description the bank takes, in bytes of UTF-8 (bank page "cryptogram payment", documented).
pub const MAX_DESCRIPTION_BYTES: usize = 125;
const MAX_TEXT_BYTES: usize = 255;
const MAX_LINK_BYTES: usize = 2_048;

impl PaymentRequest {
    /// `description` is 1 to 125 bytes of UTF-8: 62 Cyrillic letters, not 125.
    pub fn new(description: &str) -> Result<PaymentRequest, InvalidRequest> {
        Ok(PaymentRequest {
            description: text(description, MAX_DESCRIPTION_BYTES, InvalidRequest::Description)?,
            payer_name: None,
            email: None,
            phone: None,
            account: None,
            post_link: None,
            failure_post_link: None,
            back_link: None,
            failure_back_link: None,
            language: Language::default(),
            save_card: false,
        })
    }

    /// The holder's name as on the card; the bank requires it for cards.
    pub fn with_payer_name(mut self, name: &str) -> Result<Self, InvalidRequest> {
        self.payer_name = Some(text(name, MAX_TEXT_BYTES, InvalidRequest::PayerName)?);
        Ok(self)
    }

    /// Where the bank sends the receipt.
    pub fn with_email(mut self, email: &str) -> Result<Self, InvalidRequest> {
        self.email = Some(text(email, MAX_TEXT_BYTES, InvalidRequest::Email)?);
        Ok(self)
    }

    /// The payer's phone: digits, with or without a leading `+`.
    pub fn with_phone(mut self, phone: &str) -> Result<Self, InvalidRequest> {
        let digits = phone.strip_prefix('+').unwrap_or(phone);
        let fits = (5..=20).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        self.phone = Some(fits.then(|| phone.into()).ok_or(InvalidRequest::Phone)?);
        Ok(self)
    }

    /// The payer's id in the merchant's system; the bank's `accountId`.
    pub fn with_account(mut self, account: &str) -> Result<Self, InvalidRequest> {
        self.account = Some(text(account, MAX_TEXT_BYTES, InvalidRequest::Account)?);
        Ok(self)
    }

    /// Where the bank posts the result, and where it posts a failure: `postLink`, `failurePostLink`.
    pub fn with_post_links(mut self, success: &str, failure: &str) -> Result<Self, InvalidRequest> {
        (self.post_link, self.failure_post_link) = (Some(link(success)?), Some(link(failure)?));
        Ok(self)
    }

    /// Where the bank's own pages send the payer: `backLink`, `failureBackLink`.
    pub fn with_return_links(
        mut self,
        success: &str,
        failure: &str,
    ) -> Result<Self, InvalidRequest> {
        (self.back_link, self.failure_back_link) = (Some(link(success)?), Some(link(failure)?));
        Ok(self)
    }

    /// The language of the bank's pages; Russian unless said.
    pub fn with_language(mut self, language: Language) -> Self {
        self.language = language;
        self
    }

    /// Whether the bank keeps the card for later payments (`cardSave`); not unless said.
    pub fn with_saved_card(mut self, save: bool) -> Self {
        self.save_card = save;
        self
    }

    /// The description of the order.
    pub fn description(&self) -> &str {
        &self.description
    }
    /// The holder's name.
    pub fn payer_name(&self) -> Option<&str> {
        self.payer_name.as_deref()
    }
    /// The receipt's address.
    pub fn email(&self) -> Option<&str> {
        self.email.as_deref()
    }
    /// The payer's phone.
    pub fn phone(&self) -> Option<&str> {
        self.phone.as_deref()
    }
    /// The payer's id in the merchant's system.
    pub fn account(&self) -> Option<&str> {
        self.account.as_deref()
    }
    /// `postLink`.
    pub fn post_link(&self) -> Option<&str> {
        self.post_link.as_deref()
    }
    /// `failurePostLink`.
    pub fn failure_post_link(&self) -> Option<&str> {
        self.failure_post_link.as_deref()
    }
    /// `backLink`.
    pub fn back_link(&self) -> Option<&str> {
        self.back_link.as_deref()
    }
    /// `failureBackLink`.
    pub fn failure_back_link(&self) -> Option<&str> {
        self.failure_back_link.as_deref()
    }
    /// The language of the bank's pages.
    pub fn language(&self) -> Language {
        self.language
    }
    /// `cardSave`.
    pub fn save_card(&self) -> bool {
        self.save_card
    }
}

/// Shows which parts are set; name, email, phone and account are personal data.
impl fmt::Debug for PaymentRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let set = |part: &Option<String>| if part.is_some() { "set" } else { "none" };
        f.debug_struct("PaymentRequest")
            .field("payer_name", &set(&self.payer_name))
            .field("email", &set(&self.email))
            .field("phone", &set(&self.phone))
            .field("account", &set(&self.account))
            .field("language", &self.language)
            .field("save_card", &self.save_card)
            .finish_non_exhaustive()
    }
}

fn text(value: &str, max_bytes: usize, part: InvalidRequest) -> Result<String, InvalidRequest> {
    let fits = (1..=max_bytes).contains(&value.len()) && !value.chars().any(char::is_control);
    fits.then(|| value.into()).ok_or(part)
}

fn link(value: &str) -> Result<String, InvalidRequest> {
    let host =
        value.strip_prefix("https://").or_else(|| value.strip_prefix("http://")).unwrap_or("");
    let fits = !host.is_empty()
        && value.len() <= MAX_LINK_BYTES
        && value.bytes().all(|b| b.is_ascii_graphic());
    fits.then(|| value.into()).ok_or(InvalidRequest::Link)
}

/// Which part was refused; its text is not repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidRequest {
    /// Not 1 to 125 bytes, or control characters.
    Description,
    /// Not 1 to 255 bytes, or control characters.
    PayerName,
    /// Not 1 to 255 bytes, or control characters.
    Email,
    /// Not 5 to 20 digits with an optional `+`.
    Phone,
    /// Not 1 to 255 bytes, or control characters.
    Account,
    /// Not an http(s) URL of at most 2048 printable ASCII characters.
    Link,
}

impl fmt::Display for InvalidRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            InvalidRequest::Description => {
                "a description is 1 to 125 bytes without control characters"
            }
            InvalidRequest::PayerName => {
                "a payer name is 1 to 255 bytes without control characters"
            }
            InvalidRequest::Email => "an email is 1 to 255 bytes without control characters",
            InvalidRequest::Phone => "a phone is 5 to 20 digits with an optional plus sign",
            InvalidRequest::Account => "an account is 1 to 255 bytes without control characters",
            InvalidRequest::Link => {
                "a link is an http or https url of at most 2048 printable ascii characters"
            }
        })
    }
}

impl core::error::Error for InvalidRequest {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_is_measured_in_bytes_and_never_cut() {
        assert!(PaymentRequest::new(&"a".repeat(125)).is_ok());
        assert!(PaymentRequest::new(&"я".repeat(62)).is_ok());
        for bad in ["", "a\nb", &"a".repeat(126), &"я".repeat(63)] {
            assert_eq!(PaymentRequest::new(bad), Err(InvalidRequest::Description), "{bad:?}");
        }
    }

    #[test]
    fn every_part_is_checked_when_set() {
        let request = || PaymentRequest::new("x").unwrap();
        for (phone, fits) in [
            ("+77771232380", true),
            ("77777777777", true),
            ("+", false),
            ("7 777", false),
            ("1234", false),
            ("++77771", false),
        ] {
            assert_eq!(request().with_phone(phone).is_ok(), fits, "{phone}");
        }
        for (url, fits) in [
            ("https://shop.example/ok", true),
            ("http://127.0.0.1:8080/p", true),
            ("https://", false),
            ("javascript:alert(1)", false),
            ("https://shop.example/a b", false),
            ("ftp://shop.example", false),
        ] {
            assert_eq!(request().with_post_links(url, "https://a.example").is_ok(), fits, "{url}");
            assert_eq!(
                request().with_return_links("https://a.example", url).is_ok(),
                fits,
                "{url}"
            );
        }
        assert_eq!(request().with_payer_name("").unwrap_err(), InvalidRequest::PayerName);
        assert_eq!(request().with_email("a\u{0}").unwrap_err(), InvalidRequest::Email);
        assert_eq!(request().with_account(&"x".repeat(256)).unwrap_err(), InvalidRequest::Account);
    }

    #[test]
    fn debug_shows_no_personal_data() {
        let request = PaymentRequest::new("x")
            .unwrap()
            .with_payer_name("Arman")
            .unwrap()
            .with_email("arman@e.kz")
            .unwrap();
        let shown = alloc::format!(
            "{:?}",
            request.with_phone("+77771232380").unwrap().with_account("acc-1").unwrap()
        );
        for secret in ["Arman", "arman@e.kz", "77771232380", "acc-1"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
