//! The payer's pages: a card form that only a script can make work, and how the order stands.

use super::Visit;
use super::words::Texts;
use crate::config::Words;
use crate::shop::Shop;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use epay::{Currency, Money, Outcome, PublicKey};
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// Scripts and styles of ours alone, calls and forms that go to us alone, and nobody's frame around it.
const POLICY: &str = "default-src 'none'; style-src 'self'; connect-src 'self'; form-action 'self'; \
    base-uri 'none'; frame-ancestors 'none'; script-src 'self'";

/// A page about one order.
pub(super) struct OrderPage<'a> {
    pub(super) shop: &'a Shop,
    pub(super) words: Words,
    /// The link's address, which the forms post to.
    pub(super) url: &'a str,
    pub(super) description: &'a str,
    pub(super) ask: Ask<'a>,
}

/// How a payer who may pay is asked to.
#[derive(Clone, Copy)]
pub(super) enum Ask<'a> {
    /// For their card, which is sealed with this key.
    Card(&'a PublicKey),
    /// To go to the bank's own pay form.
    BankForm,
}

impl OrderPage<'_> {
    pub(super) fn show(&self, outcome: &Outcome) -> Response {
        let texts = self.words.texts();
        let order = outcome.attempt().order().as_str();
        let waits = matches!(outcome, Outcome::Unknown(_) | Outcome::AtPayForm(_));
        let body = html! {
            p.what { (self.description) }
            p.sum { (sum(outcome.attempt().payment().ordered())) }
            @match outcome {
                Outcome::Paid(_) => { (status_line("good", texts.paid)) (self.back(order, texts)) }
                Outcome::Held(_) => { (status_line("good", texts.held)) (self.back(order, texts)) }
                Outcome::Voided(_) | Outcome::Refunded(_) => {
                    (status_line("plain", texts.given_back)) (self.back(order, texts))
                }
                Outcome::Verified(_) => (self.back(order, texts)),
                Outcome::Unknown(_) => (status_line("wait", texts.not_known)),
                // They may be paying there now, in another tab.
                Outcome::AtPayForm(_) => {
                    (status_line("wait", texts.at_bank))
                    (self.button("/bank", texts.open_bank))
                }
                Outcome::AskPayer(_) => {
                    (status_line("wait", texts.awaiting))
                    (self.button("/continue", texts.go_on))
                    (self.button("/another", texts.another_card))
                }
                Outcome::Declined(_, decline) => {
                    (status_line("bad", decline.payer_text(self.words.language())))
                    (self.asked(outcome, texts))
                }
                Outcome::NotExecuted(_) => {
                    (status_line("bad", texts.not_charged))
                    (self.asked(outcome, texts))
                }
                Outcome::Abandoned(_) => {
                    (status_line("bad", texts.not_seen))
                    (self.asked(outcome, texts))
                }
                Outcome::NotAsked(_) => (self.asked(outcome, texts)),
            }
        };
        let here = Some(self.url);
        respond(StatusCode::OK, None, frame(&self.shop.title, self.words, here, waits, &body))
    }

    fn asked(&self, outcome: &Outcome, texts: &Texts) -> Markup {
        html! {
            @if self.shop.apple_pay.is_some() { (self.apple_pay(outcome, texts)) }
            @match self.ask {
                Ask::Card(key) => (self.card_form(outcome, key, texts)),
                Ask::BankForm => {
                    (self.button("/bank", texts.pay_at_bank))
                    p.note { (texts.typed_there) }
                }
            }
        }
    }

    /// Hidden until the script has found that the browser has Apple Pay. The text is for a browser that has it
    /// and draws no button of Apple's.
    fn apple_pay(&self, outcome: &Outcome, texts: &Texts) -> Markup {
        let money = outcome.attempt().payment().ordered();
        let link = self.url.rsplit('/').next().unwrap_or_default();
        let lang = self.words.code();
        html! {
            button #apple-pay.apple-pay type="button" lang=(lang) hidden
                data-session=(format!("/shops/{}/apple-pay/session?link={link}", self.shop.name))
                data-pay=(format!("{}/apple-pay?lang={lang}", self.url))
                data-seen=(seen(outcome)) data-title=(self.shop.title) data-failed=(texts.apple_failed)
                data-amount=(plain(money)) data-currency=(money.currency().code()) { "Apple\u{a0}Pay" }
            p #apple-pay-wrong.said.bad role="alert" hidden {}
            script src="/pay/apple-pay.js" defer {}
        }
    }

    fn back(&self, order: &str, texts: &Texts) -> Markup {
        html! { p { a.button href=(self.shop.return_url(order)) { (texts.to_shop) } } }
    }

    fn button(&self, path: &str, text: &str) -> Markup {
        let action = format!("{}{path}?lang={}", self.url, self.words.code());
        html! { form method="post" action=(action) { button { (text) } } }
    }

    /// The typed fields have no name, so no browser posts them, whatever becomes of the script. The form
    /// is hidden until the script has shown that it can seal.
    fn card_form(&self, outcome: &Outcome, key: &PublicKey, texts: &Texts) -> Markup {
        let (key, terminal) = (STANDARD.encode(key.spki_der()), self.shop.payments.terminal());
        let action = format!("{}?lang={}", self.url, self.words.code());
        html! {
            noscript { (status_line("bad", texts.no_script)) }
            form #card method="post" action=(action) hidden
                data-key=(key) data-terminal=(terminal) data-cannot=(texts.cannot_seal) {
                (field("number", texts.number, texts.wrong_number, "numeric", "cc-number", 23))
                div.pair {
                    (field("expiry", texts.expiry, texts.wrong_expiry, "numeric", "cc-exp", 7))
                    (field("code", texts.code, texts.wrong_code, "numeric", "cc-csc", 4))
                }
                (field("holder", texts.holder, texts.wrong_holder, "text", "cc-name", 64))
                input type="hidden" name="cryptogram";
                input type="hidden" name="holder";
                input type="hidden" name="seen" value=(seen(outcome));
                p #wrong.bad role="alert" hidden {}
                button { (texts.pay) " " (sum(outcome.attempt().payment().ordered())) }
                p.note { (texts.sealed_here) }
            }
            p #cannot.bad role="alert" hidden { (texts.cannot_seal) }
            script src="/pay/seal.js" defer {}
        }
    }
}

/// What the form was shown for. A page that is posted again after the payment went on is not paid with.
pub(super) fn seen(outcome: &Outcome) -> String {
    let attempt = outcome.attempt();
    format!("{} {}", attempt.invoice(), attempt.answer().status.name())
}

/// A page without an order: the link is no good, or it does not work now.
pub(super) fn notice(status: StatusCode, title: &str, words: Words, text: &str) -> Response {
    respond(status, None, frame(title, words, None, false, &status_line("bad", text)))
}

/// The page that takes the browser to the bank's pay form: `params` are the order for the bank's `script`.
pub(super) fn bank_form(visit: &Visit, script: &str, params: &str, money: Money) -> Response {
    let (words, title) = (visit.words, &visit.shop.title);
    let texts = words.texts();
    let body = html! {
        p.what { (visit.description()) }
        p.sum { (sum(money)) }
        noscript { (status_line("bad", texts.no_script_bank)) }
        p #opening.said role="status" hidden { (texts.opening) }
        p #cannot.said.bad role="alert" hidden { (texts.cannot_open) }
        p { a.button href=(format!("{}?lang={}", visit.url, words.code())) { (texts.to_order) } }
        script src=(script) defer {}
        script src="/pay/bank-form.js" defer data-params=(params) {}
    };
    respond(StatusCode::OK, Some(script), frame(title, words, None, false, &body))
}

fn status_line(class: &str, text: &str) -> Markup {
    html! { p.said .(class) role="status" { (text) } }
}

fn field(id: &str, label: &str, wrong: &str, mode: &str, fill: &str, most: u8) -> Markup {
    html! {
        label {
            span { (label) }
            input id=(format!("card-{id}")) type="text" inputmode=(mode) autocomplete=(fill) maxlength=(most)
                data-wrong=(wrong) required spellcheck="false";
        }
    }
}

/// For a machine: 5000.00
fn plain(money: Money) -> String {
    let exponent = usize::from(money.currency().exponent());
    let digits = format!("{:0>width$}", money.minor(), width = exponent + 1);
    let (whole, part) = digits.split_at(digits.len().saturating_sub(exponent));
    if part.is_empty() { whole.to_owned() } else { format!("{whole}.{part}") }
}

/// With thin blanks between thousands: 5 000,00 ₸.
pub(crate) fn sum(money: Money) -> String {
    let exponent = usize::from(money.currency().exponent());
    let digits = format!("{:0>width$}", money.minor(), width = exponent + 1);
    let (whole, part) = digits.split_at(digits.len().saturating_sub(exponent));
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    let currency = money.currency();
    let sign = if currency == Currency::KZT { "₸" } else { currency.code() };
    let part = if part.is_empty() { String::new() } else { format!(",{part}") };
    format!("{grouped}{part}\u{a0}{sign}")
}

fn frame(title: &str, words: Words, here: Option<&str>, waits: bool, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(words.code()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                @if waits { noscript { meta http-equiv="refresh" content="3"; } }
                title { (title) }
                link rel="stylesheet" href="/pay/style.css";
                @if here.is_some() { script src="/pay/page.js" defer {} }
            }
            body {
                main data-waits[waits] {
                    h1 { (title) }
                    (body)
                }
                @if let Some(here) = here {
                    nav {
                        @for (other, name) in [(Words::Ru, "Русский"), (Words::Kk, "Қазақша"), (Words::En, "English")] {
                            @if other != words {
                                a href=(format!("{here}?lang={}", other.code())) lang=(other.code()) { (name) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// `script` is the one from elsewhere that the page may load.
fn respond(status: StatusCode, script: Option<&str>, page: Markup) -> Response {
    let PreEscaped(page) = page;
    // A page with somebody else's script asks nothing of this host, where the console is, too.
    let nothing_asked =
        |script| format!("{POLICY} {script}").replace("connect-src 'self'", "connect-src 'none'");
    let policy = script.map_or(POLICY.to_owned(), nothing_asked);
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"), // the address is what lets the payer in
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (HeaderName::from_static("x-robots-tag"), "noindex"),
    ];
    (status, [(header::CONTENT_SECURITY_POLICY, policy)], headers, page).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_is_written_as_people_here_write_it() {
        for (minor, currency, expected) in [
            (500_000, Currency::KZT, "5\u{202f}000,00\u{a0}₸"),
            (1, Currency::KZT, "0,01\u{a0}₸"),
            (99, Currency::USD, "0,99\u{a0}USD"),
            (123_456_789, Currency::KZT, "1\u{202f}234\u{202f}567,89\u{a0}₸"),
        ] {
            assert_eq!(sum(Money::new(minor, currency)), expected);
        }
    }

    #[test]
    fn a_sum_for_a_sheet_has_a_point_and_no_blanks() {
        for (minor, expected) in [(500_000, "5000.00"), (1, "0.01"), (123_456_789, "1234567.89")] {
            assert_eq!(plain(Money::new(minor, Currency::KZT)), expected);
        }
    }
}
