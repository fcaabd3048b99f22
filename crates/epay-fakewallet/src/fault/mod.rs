//! A fault is a change at some step of minting, and the stage at which a reader must refuse the token for it.
//!
//! To add one, write a row where its stage is:
//!
//! ```text
//! chain {
//!     "the leaf is a CA": Chain |c| c.leaf.put(Extension::basic_constraints(true));
//! }
//! ```
//!
//! The row is found by `Fault::named("the leaf is a CA")`, and is a case of the suite for each kind of token that the
//! table is for. Rows under `ok` are unusual and right: a reader must accept them.

mod attributes;
mod base64;
mod chain;
mod cms;
mod marker;
mod opening;
mod payload;
mod row;
mod token;

pub use row::Fault;
pub(super) use row::{Edit, On};

impl Fault {
    /// The fault that has this [`name`](Fault::name).
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|fault| fault.name == name)
    }

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
}
