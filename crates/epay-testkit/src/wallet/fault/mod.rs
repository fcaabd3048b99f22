//! A fault is one change at one step of minting, and the stage at which a reader must refuse the token for it.

use std::fmt;

use super::{
    chain::Chain,
    cms::{SignedData, Signing},
    json::Object,
    mint::Order,
    seal::{Sealed, Sealing},
};

/// Something wrong with a token, or something unusual that is nevertheless right.
#[derive(Clone, Copy)]
pub struct Fault {
    name: &'static str,
    stage: Option<&'static str>,
    pub(crate) edit: Edit,
}

/// Which step of minting is changed, in the order of the steps.
#[derive(Clone, Copy)]
pub(crate) enum Edit {
    /// What is paid, and when it is signed.
    Order(fn(&mut Order)),
    /// The certificates, before they are signed.
    Chain(fn(&mut Chain)),
    /// Before the payload is encrypted.
    Sealing(fn(&mut Sealing)),
    /// After it is encrypted and before anything is digested: the signature is right over what is wrong.
    Sealed(fn(&mut Sealed)),
    /// Before the attributes are signed.
    Signing(fn(&mut Signing)),
    /// After they are signed.
    Signed(fn(&mut SignedData)),
    /// The signature's bytes.
    Bytes(fn(&mut Vec<u8>)),
    /// The token's JSON as an object.
    Json(fn(&mut Object)),
    /// The token's JSON as a text.
    Text(fn(&mut String)),
}

impl Fault {
    /// What is wrong, in words.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The stage that must refuse it, or `None` where the token must be accepted.
    pub const fn refused_at(&self) -> Option<&'static str> {
        self.stage
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fault").field("name", &self.name).field("refused_at", &self.stage).finish_non_exhaustive()
    }
}
