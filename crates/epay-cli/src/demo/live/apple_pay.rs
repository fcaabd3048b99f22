//! The simulated Apple Pay sheet: a stand-in in the checkout page for what a browser with Apple Pay has. Its tokens are real
//! ones of the fake wallet, which `epay serve` verifies and opens.

use std::path::Path;
use std::{fs, io};

use axum::Form;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use epay::{Currency, Money, TokioClock};
use epay_domain::Clock;
use epay_fakebank::cards;
use epay_fakewallet::{AppleGateway, Credential};
use serde::Deserialize;

use super::Stage;
use crate::Failure;
use crate::demo::phone::{MERCHANT, Phone};
use crate::payments::money::stated;

/// Registered at the fake gateway; nobody looks it up.
const DOMAIN: &str = "shop.example.kz";

/// What the page of an order has that may be paid by Apple Pay.
const BUTTON: &str = "id=\"apple-pay\"";

/// Comes before the page's own scripts, as what belongs to the browser does.
const STAND_IN: &str = "<script src=\"/apple-pay-session.js\"></script>\
    <link rel=\"stylesheet\" href=\"/apple-pay-session.css\"></head>";

/// A page of the checkout is far shorter.
const MOST_BYTES: usize = 1024 * 1024;

/// The payer's phone, and Apple.
pub(super) struct ApplePay {
    phone: Phone,
    gateway: AppleGateway,
}

impl ApplePay {
    pub(super) async fn start() -> Result<ApplePay, Failure> {
        let phone = Phone::new(TokioClock.now())?;
        let gateway = AppleGateway::start(&phone.wallet).await?;
        gateway.register(MERCHANT, DOMAIN);
        Ok(ApplePay { phone, gateway })
    }

    /// Puts the shop's certificates into the folder; what stands in the file of the service then.
    pub(super) fn in_folder(&self, folder: &Path) -> io::Result<String> {
        let pair = |name: &str, pair: &Credential| {
            fs::write(folder.join(format!("{name}.pem")), pair.certificate_pem())?;
            fs::write(folder.join(format!("{name}.key")), pair.key_pem())
        };
        pair("identity", self.phone.merchant.identity())?;
        pair("processing", self.phone.merchant.processing())?;
        fs::write(folder.join("wallet-root.pem"), self.phone.wallet.root_pem())?;
        fs::write(folder.join("gateway-root.pem"), self.gateway.root_pem())?;
        Ok(format!(
            "[shop.apple_pay]\nmerchant_id = '{MERCHANT}'\ndomain = '{DOMAIN}'\n\
             identity_certificate = 'identity.pem'\nidentity_key = {{ file = 'identity.key' }}\n\
             expiry = 'yymmdd'\n\n[[shop.apple_pay.processing_key]]\ncertificate = 'processing.pem'\n\
             key = {{ file = 'processing.key' }}\n\n[shop.apple_pay.fake_wallet]\n\
             root = 'wallet-root.pem'\ngateway = '{}'\ngateway_root = 'gateway-root.pem'\n",
            self.gateway.address()
        ))
    }
}

/// What the payer agrees to at the sheet.
#[derive(Deserialize)]
pub(super) struct Agreed {
    /// As the checkout wrote it for the sheet: 5000.00.
    amount: String,
    card: Card,
}

/// What is in the wallet.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Card {
    Good,
    Empty,
}

/// `paymentData`, as a phone makes it for the sum that its sheet has shown.
pub(super) async fn confirm(State(stage): State<Stage>, Form(agreed): Form<Agreed>) -> Response {
    let Some(sum) = stated(&agreed.amount, Money::zero(Currency::KZT)) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let card = match agreed.card {
        Card::Good => cards::VISA_OK,
        Card::Empty => cards::INSUFFICIENT_FUNDS,
    };
    let token = stage.apple_pay.phone.confirm(sum, card, TokioClock.now());
    ([(header::CONTENT_TYPE, "application/json")], token).into_response()
}

/// Puts the stand-in into a page that has the button, and lets everything else be.
pub(super) async fn at_hand(answer: Response) -> Response {
    let kind = answer.headers().get(header::CONTENT_TYPE);
    if !kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html")) {
        return answer;
    }
    let (mut head, body) = answer.into_parts();
    let Ok(page) = to_bytes(body, MOST_BYTES).await else {
        return StatusCode::BAD_GATEWAY.into_response();
    };
    let with_button = std::str::from_utf8(&page).ok().filter(|page| page.contains(BUTTON));
    let Some(with_button) = with_button else {
        return Response::from_parts(head, Body::from(page));
    };
    head.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(head, Body::from(with_button.replacen("</head>", STAND_IN, 1)))
}
