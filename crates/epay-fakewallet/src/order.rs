//! The token that a test orders from the wallet, and the starting values of each step of minting.

use super::{
    authority::Authority,
    chain::{Chain, Place},
    cms::{Form, Signing},
    json::Object,
    keys::{Key, sha256},
    merchant::Merchant,
    payload,
    seal::{Sealed, Sealing},
};

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
    pub(crate) transaction_id: [u8; 32],
    pub(crate) now: u64,
    pub(crate) signed_at: u64,
    pub(crate) form: Form,
    pub(crate) algorithm_protection: bool,
    pub(crate) null_parameters: bool,
    pub(crate) intermediate_first: bool,
    pub(crate) with_root: bool,
    pub(crate) leading_zero: bool,
    pub(crate) responses: Vec<String>,
}

impl Order {
    /// 1500.00 tenge by 3-D Secure, signed five seconds ago.
    pub(crate) fn new(authority: &Authority, merchant: &Merchant, number: u64) -> Self {
        let token = format!("token {number}");
        let seed = &authority.seed;
        Self {
            merchant: merchant.clone(),
            rsa: false,
            next_key: false,
            payload: payload::usual(seed, &token),
            raw_payload: None,
            application_data: None,
            transaction_id: seed.bytes(&format!("{token} transaction")),
            now: authority.now,
            signed_at: authority.now.saturating_sub(5),
            form: Form::Apple,
            algorithm_protection: true,
            null_parameters: false,
            intermediate_first: false,
            with_root: false,
            leading_zero: false,
            responses: Vec::new(),
            token,
        }
    }

    /// Lets it be another day: the token is signed and arrives then.
    pub(crate) fn move_to(&mut self, now: u64) {
        self.now = now;
        self.signed_at = now - 5;
    }

    /// Lets the encrypted data, tag included, be `rest` bytes longer than a multiple of three, which base64 pads.
    pub(crate) fn pad_data(&mut self, rest: usize) {
        let mut padding = String::new();
        self.payload.text("padding", &padding);
        while (self.payload.to_string().len() + 16) % 3 != rest {
            padding.push('x');
            self.payload.text("padding", &padding);
        }
    }

    pub(crate) fn chain(&self, authority: &Authority) -> Chain {
        let mut chain = Chain::new(authority, self.rsa, self.signed_at);
        if self.intermediate_first {
            chain.carried.reverse();
        }
        if self.with_root {
            chain.carried.push(Place::Root);
        }
        chain
    }

    pub(crate) fn signing(&self, chain: Chain, sealed: &Sealed) -> Signing {
        let mut signing = Signing::new(chain, sealed.signed_bytes());
        signing.form = self.form;
        signing.null_parameters = self.null_parameters;
        if self.algorithm_protection {
            signing.protect(
                &signing.digest_algorithm(),
                &signing.key.signature_algorithm(signing.hash),
            );
        }
        signing
    }

    pub(crate) fn sealing(&self, authority: &Authority, plaintext: Vec<u8>) -> Sealing {
        let seed = authority.seed;
        let credential = match (self.rsa, self.next_key) {
            (true, _) => self.merchant.rsa_processing(),
            (false, true) => self.merchant.next_processing(),
            (false, false) => self.merchant.processing(),
        };
        let mut sealing = Sealing {
            seed,
            plaintext,
            recipient: credential.key().clone(),
            merchant: self.merchant.clone(),
            party: sha256(self.merchant.id().as_bytes()),
            named: None,
            ephemeral: Key::p256(&seed, &format!("{} ephemeral", self.token)),
            trimmed_secret: false,
            wrapped: seed.bytes(&format!("{} wrapped", self.token))[..16].to_vec(),
            pkcs1: false,
            in_clear: false,
            short_nonce: false,
            transaction_id: self.transaction_id.to_vec(),
            application_data: self.application_data.as_deref().map(|data| sha256(data).to_vec()),
            token: self.token.clone(),
        };
        if self.leading_zero {
            sealing.lead_with_zero();
        }
        sealing
    }
}
