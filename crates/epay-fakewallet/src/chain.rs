//! The certificates in a token: two from the authority, until a fault exchanges or changes them.

use super::{
    authority::Authority,
    certificate::Certificate,
    keys::{Key, RSA_STRANGER},
};

/// The certificates of one token, and the plans of those above it.
#[derive(Clone)]
pub(crate) struct Chain {
    pub(crate) authority: Authority,
    /// When the token is signed, in Unix seconds.
    pub(crate) signed_at: u64,
    pub(crate) root: Certificate,
    pub(crate) intermediate: Certificate,
    pub(crate) leaf: Certificate,
    /// What the token carries, in this order.
    pub(crate) carried: Vec<Place>,
    /// Whom the signature names: an issuer's name and a serial. `None` is the leaf.
    pub(crate) named: Option<(Vec<u8>, Vec<u8>)>,
    /// Whether a fault may have changed leaf or intermediate, which then must be signed anew.
    pub(crate) touched: bool,
    rsa: bool,
}

/// A certificate in the token's set.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Place {
    Leaf,
    Intermediate,
    Root,
    Other(Vec<u8>),
}

impl Chain {
    pub(crate) fn new(authority: &Authority, rsa: bool, signed_at: u64) -> Self {
        Self {
            authority: authority.clone(),
            signed_at,
            root: authority.root.clone(),
            intermediate: authority.intermediate.clone(),
            leaf: if rsa { authority.rsa_leaf.clone() } else { authority.ec_leaf.clone() },
            carried: vec![Place::Leaf, Place::Intermediate],
            named: None,
            touched: false,
            rsa,
        }
    }

    /// A P-256 key that is in no certificate of this wallet.
    pub(crate) fn stranger(&self) -> Key {
        Key::p256(&self.authority.seed, "stranger")
    }

    /// The key of somebody else of the same kind as the leaf's.
    pub(crate) fn other_leaf_key(&self) -> Key {
        if self.leaf.key.is_rsa() { RSA_STRANGER.clone() } else { self.stranger() }
    }

    /// The intermediate's key pair becomes this one, in its certificate and under the leaf.
    pub(crate) fn intermediate_key(&mut self, key: Key) {
        self.leaf.signer = key.clone();
        self.intermediate.key = key;
    }

    /// Puts another certificate in the intermediate's place and lets its key certify the leaf.
    pub(crate) fn intermediate_is(&mut self, certificate: Certificate) {
        self.leaf = self.leaf.clone().issued_by(&certificate);
        self.intermediate = certificate;
    }

    pub(crate) fn carry(&mut self, certificate: Vec<u8>) {
        self.carried.push(Place::Other(certificate));
    }

    pub(crate) fn certificates(&self) -> Vec<Vec<u8>> {
        let (intermediate, leaf) = self.authority.issued(self.rsa);
        self.carried
            .iter()
            .map(|place| match place {
                Place::Leaf if self.touched => self.leaf.der(),
                Place::Intermediate if self.touched => self.intermediate.der(),
                Place::Leaf => leaf.to_vec(),
                Place::Intermediate => intermediate.to_vec(),
                Place::Root => self.root.der(),
                Place::Other(der) => der.clone(),
            })
            .collect()
    }

    pub(crate) fn signer_name(&self) -> (Vec<u8>, Vec<u8>) {
        self.named.clone().unwrap_or_else(|| (self.leaf.issuer.clone(), self.leaf.serial.clone()))
    }
}
