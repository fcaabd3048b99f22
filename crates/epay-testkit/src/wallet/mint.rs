//! A payment becomes a token in Apple's order: payload, encryption, digest, attributes, signature, CMS, JSON.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{
    Wallet,
    chain::{Chain, Place},
    cms::{Form, Signing},
    fault::{Edit, Fault},
    json::{Object, hex},
    keys::{Key, sha256},
    merchant::Merchant,
    payload,
    seal::{Sealed, Sealing},
};

/// One payment in the making. What is not said is usual: 1500.00 tenge, 3-D Secure, `EC_v1`, signed five seconds ago.
///
/// Every payment of a wallet has random numbers of its own, and so another transaction id.
#[must_use = "nothing is minted yet"]
pub struct Payment<'a> {
    wallet: &'a Wallet,
    faults: Vec<Fault>,
    order: Order,
}

/// What was asked of the wallet.
pub(crate) struct Order {
    /// Sets this token's random numbers apart.
    pub(crate) token: String,
    pub(crate) merchant: Merchant,
    pub(crate) rsa: bool,
    pub(crate) next_key: bool,
    pub(crate) payload: Object,
    pub(crate) raw_payload: Option<Vec<u8>>,
    pub(crate) application_data: Option<Vec<u8>>,
    pub(crate) transaction_id: Vec<u8>,
    pub(crate) now: u64,
    pub(crate) signed_at: u64,
    pub(crate) form: Form,
    pub(crate) algorithm_protection: bool,
    pub(crate) null_parameters: bool,
    pub(crate) intermediate_first: bool,
    pub(crate) with_root: bool,
    pub(crate) leading_zero: bool,
    responses: Vec<String>,
}

/// What a browser or an app would hand to the merchant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MintedToken {
    /// `paymentData`: version, data, signature, header.
    pub json: String,
    /// What the token opens to.
    pub payload: String,
    /// The header's transaction id.
    pub transaction_id: [u8; 32],
}

impl MintedToken {
    /// `ApplePayPaymentToken` as the browser has it: `paymentData` beside hints that no signature covers.
    pub fn payment_token(&self) -> String {
        format!(
            r#"{{"paymentData":{},"paymentMethod":{{"displayName":"Visa 4320","network":"Visa","type":"debit"}},"transactionIdentifier":"{}"}}"#,
            self.json,
            hex(&self.transaction_id).to_uppercase()
        )
    }
}

impl<'a> Payment<'a> {
    pub(crate) fn new(wallet: &'a Wallet, merchant: &Merchant, number: u64) -> Self {
        let token = format!("token {number}");
        let seed = &wallet.authority.seed;
        let order = Order {
            merchant: merchant.clone(),
            rsa: false,
            next_key: false,
            payload: payload::usual(seed, &token),
            raw_payload: None,
            application_data: None,
            transaction_id: seed.bytes(&format!("{token} transaction")).to_vec(),
            now: wallet.authority.now,
            signed_at: wallet.authority.now.saturating_sub(5),
            form: Form::Apple,
            algorithm_protection: true,
            null_parameters: false,
            intermediate_first: false,
            with_root: false,
            leading_zero: false,
            responses: Vec::new(),
            token,
        };
        Self { wallet, faults: Vec::new(), order }
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
        self.order.payload.object("paymentData").text("onlinePaymentCryptogram", &STANDARD.encode(bytes));
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
        self.order.transaction_id = id.to_vec();
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

    /// An ephemeral key by which the shared secret begins with a zero byte: one in 256 tokens, which some libraries lose.
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
        let Self { wallet, faults, mut order } = self;
        let edits: Vec<Edit> = faults.iter().map(|fault| fault.edit).collect();
        edits.iter().for_each(|edit| {
            if let Edit::Order(edit) = edit {
                edit(&mut order)
            }
        });

        let mut chain = Chain::new(&wallet.authority, order.rsa, order.signed_at);
        if order.intermediate_first {
            chain.carried.reverse();
        }
        if order.with_root {
            chain.carried.push(Place::Root);
        }
        edits.iter().for_each(|edit| {
            if let Edit::Chain(edit) = edit {
                edit(&mut chain)
            }
        });

        let payload = order.raw_payload.clone().unwrap_or_else(|| order.payload.to_string().into_bytes());
        let mut sealing = order.sealing(wallet, payload.clone());
        edits.iter().for_each(|edit| {
            if let Edit::Sealing(edit) = edit {
                edit(&mut sealing)
            }
        });
        let mut sealed = sealing.seal();
        edits.iter().for_each(|edit| {
            if let Edit::Sealed(edit) = edit {
                edit(&mut sealed)
            }
        });

        let mut signing = Signing::new(chain, sealed.signed_bytes());
        signing.form = order.form;
        signing.null_parameters = order.null_parameters;
        if order.algorithm_protection {
            signing.protect(&signing.digest_algorithm(), &signing.key.signature_algorithm(signing.hash));
        }
        edits.iter().for_each(|edit| {
            if let Edit::Signing(edit) = edit {
                edit(&mut signing)
            }
        });
        let mut signed = signing.sign();
        edits.iter().for_each(|edit| {
            if let Edit::Signed(edit) = edit {
                edit(&mut signed)
            }
        });
        let mut signature = signed.encode();
        edits.iter().for_each(|edit| {
            if let Edit::Bytes(edit) = edit {
                edit(&mut signature)
            }
        });

        let mut token = written(&sealed, &signature);
        edits.iter().for_each(|edit| {
            if let Edit::Json(edit) = edit {
                edit(&mut token)
            }
        });
        let mut json = token.to_string();
        edits.iter().for_each(|edit| {
            if let Edit::Text(edit) = edit {
                edit(&mut json)
            }
        });

        let mut transaction_id = [0; 32];
        let length = order.transaction_id.len().min(32);
        transaction_id[..length].copy_from_slice(&order.transaction_id[..length]);
        MintedToken { json, payload: String::from_utf8_lossy(&payload).into_owned(), transaction_id }
    }
}

impl Order {
    fn sealing(&self, wallet: &Wallet, plaintext: Vec<u8>) -> Sealing {
        let seed = wallet.authority.seed;
        let credential = match (self.rsa, self.next_key) {
            (true, _) => self.merchant.rsa_processing(),
            (false, true) => self.merchant.next_processing(),
            (false, false) => self.merchant.processing(),
        };
        let mut sealing = Sealing {
            seed,
            plaintext,
            recipient: credential.key().clone(),
            merchant: sha256(self.merchant.id().as_bytes()),
            ephemeral: Key::p256(&seed, &format!("{} ephemeral", self.token)),
            trimmed_secret: false,
            wrapped: seed.bytes(&format!("{} wrapped", self.token))[..16].to_vec(),
            transaction_id: self.transaction_id.clone(),
            application_data: self.application_data.as_deref().map(|data| sha256(data).to_vec()),
            token: self.token.clone(),
        };
        if self.leading_zero {
            sealing.lead_with_zero();
        }
        sealing
    }
}

fn written(sealed: &Sealed, signature: &[u8]) -> Object {
    let mut token = Object::default();
    token.text("version", &sealed.version);
    token.text("data", &STANDARD.encode(&sealed.data));
    token.text("signature", &STANDARD.encode(signature));
    let header = token.object("header");
    let key = if sealed.version == "RSA_v1" { "wrappedKey" } else { "ephemeralPublicKey" };
    header.text(key, &STANDARD.encode(&sealed.key));
    header.text("publicKeyHash", &STANDARD.encode(&sealed.public_key_hash));
    header.hex("transactionId", &sealed.transaction_id);
    if let Some(application_data) = &sealed.application_data {
        header.hex("applicationData", application_data);
    }
    token
}
