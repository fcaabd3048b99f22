//! A fault is a change at some step of minting, and the stage at which a reader must refuse the token for it.
//!
//! To add one, write a row where its stage is:
//!
//! ```text
//! chain {
//!     LEAF_IS_CA "the leaf is a CA": Chain |c| c.leaf.put(Extension::basic_constraints(true));
//! }
//! ```
//!
//! The row makes `Fault::LEAF_IS_CA`, and a case of the suite for each kind of token that the table is for. Rows under
//! `ok` are unusual and right: a reader must accept them.

use std::fmt;

use super::{
    chain::Chain,
    cms::{SignedData, Signing},
    json::Object,
    mint::Order,
    seal::{Sealed, Sealing},
};

mod attributes;
mod base64;
mod chain;
mod cms;
mod marker;
mod opening;
mod payload;
mod token;

/// Something wrong with a token, or something unusual that is nevertheless right.
#[derive(Clone, Copy)]
pub struct Fault {
    name: &'static str,
    stage: Option<&'static str>,
    pub(crate) on: On,
    pub(crate) edits: &'static [Edit],
}

/// Which tokens a fault fits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum On {
    Both,
    Ec,
    Rsa,
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

/// A table of faults: for which tokens, then stage by stage the name, the words, and what is changed at which step.
macro_rules! faults {
    ($table:ident on $on:ident: $($stage:ident {
        $($name:ident $words:literal: $($step:ident $change:expr),+;)*
    })*) => {
        impl $crate::wallet::Fault {
            $($(
                #[doc = concat!($words, ".")]
                pub const $name: Self = Self {
                    name: $words,
                    stage: $crate::wallet::fault::faults!(@ $stage),
                    on: $crate::wallet::fault::On::$on,
                    edits: &[$($crate::wallet::fault::Edit::$step($change)),+],
                };
            )*)*
        }

        pub(super) const $table: &[$crate::wallet::Fault] = &[$($($crate::wallet::Fault::$name),*),*];
    };
    (@ ok) => { None };
    (@ $stage:ident) => { Some(stringify!($stage)) };
}
use faults;

impl Fault {
    /// Every fault there is, in the order in which a reader would meet them.
    pub fn all() -> impl Iterator<Item = Self> {
        [
            token::BOTH,
            token::EC,
            token::RSA,
            base64::BOTH,
            base64::EC,
            cms::BOTH,
            cms::EC,
            cms::RSA,
            marker::BOTH,
            chain::BOTH,
            chain::EC,
            chain::RSA,
            attributes::BOTH,
            attributes::SIGNATURE,
            attributes::SIGNATURE_EC,
            attributes::DIGEST,
            attributes::TIME,
            opening::BOTH,
            opening::EC,
            opening::RSA,
            payload::EC,
        ]
        .into_iter()
        .flatten()
        .copied()
    }

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
        f.debug_struct("Fault")
            .field("name", &self.name)
            .field("refused_at", &self.stage)
            .finish_non_exhaustive()
    }
}
