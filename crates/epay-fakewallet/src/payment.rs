//! The details of a payment that an integrator may set; the rest has usual values.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{
    authority::Authority, cms::Form, fault::Fault, merchant::Merchant, mint::mint, order::Order,
    payload, token::MintedToken,
};

/// One payment in the making. What is not said is usual: 1500.00 tenge, 3-D Secure, `EC_v1`, signed five seconds ago.
///
/// Every payment of a wallet has random numbers of its own, and so another transaction id.
#[must_use = "nothing is minted yet"]
pub struct Payment<'a> {
    authority: &'a Authority,
    faults: Vec<Fault>,
    order: Order,
}

impl<'a> Payment<'a> {
    pub(crate) fn new(authority: &'a Authority, merchant: &Merchant, number: u64) -> Self {
        let order = Order::new(authority, merchant, number);
        Self { authority, faults: Vec::new(), order }
    }

    /// The amount in minor units: `1500_00` is 1500.00.
    pub fn amount(mut self, minor_units: u64) -> Self {
        self.order.payload.set("transactionAmount", minor_units.to_string());
        self
    }

    /// The currency as ISO 4217 numbers it: `398` is KZT.
    pub fn currency(mut self, numeric: &str) -> Self {
        self.order.payload.text("currencyCode", numeric);
        self
    }

    /// What your payment request carried as `applicationData`; the token holds its SHA-256.
    pub fn application_data(mut self, data: &[u8]) -> Self {
        self.order.application_data = Some(data.to_vec());
        self
    }

    /// The device account number.
    pub fn card(mut self, dpan: &str) -> Self {
        self.order.payload.text("applicationPrimaryAccountNumber", dpan);
        self
    }

    /// `YYMMDD`.
    pub fn expiry(mut self, date: &str) -> Self {
        self.order.payload.text("applicationExpirationDate", date);
        self
    }

    /// Who holds the card; absent unless asked.
    pub fn cardholder(mut self, name: &str) -> Self {
        self.order.payload.text("cardholderName", name);
        self
    }

    /// `deviceManufacturerIdentifier`, in hex.
    pub fn device(mut self, hex: &str) -> Self {
        self.order.payload.text("deviceManufacturerIdentifier", hex);
        self
    }

    /// The one-time proof that stands in for a CVC.
    pub fn cryptogram(mut self, bytes: &[u8]) -> Self {
        self.order
            .payload
            .object("paymentData")
            .text("onlinePaymentCryptogram", &STANDARD.encode(bytes));
        self
    }

    /// The indicator as a device writes it, `5` or `7`; `None` leaves it out, as many cards do.
    pub fn eci(mut self, indicator: Option<&str>) -> Self {
        let inner = self.order.payload.object("paymentData");
        inner.remove("eciIndicator");
        if let Some(indicator) = indicator {
            inner.text("eciIndicator", indicator);
        }
        self
    }

    /// Chip data in place of a 3-D Secure cryptogram.
    pub fn emv(mut self, emv_data: &[u8], encrypted_pin: Option<&[u8]>) -> Self {
        payload::emv(&mut self.order.payload, emv_data, encrypted_pin);
        self
    }

    /// A token for later payments, with what Apple tells about the card behind it.
    pub fn merchant_token(mut self, identifier: &str) -> Self {
        self.order.payload.text("merchantTokenIdentifier", identifier);
        let metadata = payload::merchant_token_metadata("2030-12", "4320");
        self.order.payload.set("merchantTokenMetadata", metadata.to_string());
        self
    }

    /// One more answer for one more merchant of a payment with several.
    pub fn authentication_response(mut self, merchant_id: &str, amount: &str, data: &[u8]) -> Self {
        self.order.responses.push(payload::authentication_response(merchant_id, amount, data));
        self.order.payload.set("authenticationResponses", payload::list(&self.order.responses));
        self
    }

    /// A field that Apple may add tomorrow, or another value for one that there is, as JSON.
    pub fn field(mut self, name: &str, json: &str) -> Self {
        self.order.payload.set(name, json);
        self
    }

    /// Encrypts this in place of a payload, whatever it is.
    pub fn raw_payload(mut self, text: impl Into<Vec<u8>>) -> Self {
        self.order.raw_payload = Some(text.into());
        self
    }

    /// `RSA_v1`, as in China: encrypted to the merchant's RSA certificate, signed by an RSA key.
    pub fn rsa(mut self) -> Self {
        self.order.rsa = true;
        self
    }

    /// Encrypted to the merchant's next certificate, as in the days of a rotation.
    pub fn next_key(mut self) -> Self {
        self.order.next_key = true;
        self
    }

    /// When the device signed, in Unix seconds.
    pub fn signed_at(mut self, unix: u64) -> Self {
        self.order.signed_at = unix;
        self
    }

    /// The transaction id, to pay the same twice.
    pub fn transaction_id(mut self, id: [u8; 32]) -> Self {
        self.order.transaction_id = id;
        self
    }

    /// How the signature writes its lengths.
    pub fn form(mut self, form: Form) -> Self {
        self.order.form = form;
        self
    }

    /// Leaves out the attribute that Apple adds since 2017.
    pub fn without_algorithm_protection(mut self) -> Self {
        self.order.algorithm_protection = false;
        self
    }

    /// SHA-256 with NULL for parameters, as older tokens have it.
    pub fn null_parameters(mut self) -> Self {
        self.order.null_parameters = true;
        self
    }

    /// The two certificates in the other order.
    pub fn intermediate_first(mut self) -> Self {
        self.order.intermediate_first = true;
        self
    }

    /// The root as a third certificate.
    pub fn with_root(mut self) -> Self {
        self.order.with_root = true;
        self
    }

    /// An ephemeral key by which the shared secret begins with a zero byte, as in one of 256 tokens: some libraries lose
    /// those.
    pub fn leading_zero(mut self) -> Self {
        self.order.leading_zero = true;
        self
    }

    /// Does this wrong, and all else right. Several faults at once are done in the order of minting.
    pub fn fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// Makes the token.
    pub fn mint(self) -> MintedToken {
        let edits: Vec<_> = self.faults.iter().flat_map(|fault| fault.edits).copied().collect();
        mint(self.authority, self.order, &edits)
    }
}
