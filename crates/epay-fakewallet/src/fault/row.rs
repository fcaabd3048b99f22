//! The fields of every fault: its name, the steps of minting that it changes, and the stage that
//! must refuse it.

use std::fmt;

use crate::{
    chain::Chain,
    cms::{SignedData, Signing},
    json::Object,
    order::Order,
    seal::{Sealed, Sealing},
};

/// Something wrong with a token, or something unusual that is nevertheless right.
#[derive(Clone, Copy)]
pub struct Fault {
    pub(super) name: &'static str,
    pub(super) stage: Option<&'static str>,
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

/// A table of faults: for which tokens, then stage by stage the name in words, and what is changed at which step.
macro_rules! faults {
    ($table:ident on $on:ident: $($stage:ident {
        $($name:literal: $($step:ident $change:expr),+;)*
    })*) => {
        pub(super) const $table: &[$crate::fault::row::Fault] = &[$($(
            $crate::fault::row::Fault {
                name: $name,
                stage: $crate::fault::row::faults!(@ $stage),
                on: $crate::fault::row::On::$on,
                edits: &[$($crate::fault::row::Edit::$step($change)),+],
            },
        )*)*];
    };
    (@ ok) => { None };
    (@ $stage:ident) => { Some(stringify!($stage)) };
}
pub(super) use faults;

impl Fault {
    /// What is wrong, in words that no other fault has.
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
