//! Reads what comes in from outside, the bank's postLink and the payer's browser, within bounds and
//! without believing it.

use crate::codec::fields::{Fields, Name};
use epay_crypto::{Purpose, Secret, TagKey};
use epay_domain::{BankText, Decline, InvoiceId, TerminalId, TransactionId};
use std::fmt;

mod error;
#[cfg(test)]
mod tests;
mod three_ds_return;

pub use error::CallbackError;
pub use three_ds_return::read_three_ds_return;

/// Neither body is longer in practice: a postLink has some 30 short fields, a `PaRes` is several kB (observed).
const MAX_BYTES: usize = 64 * 1024;

/// The body the bank posts to `postLink` or `failurePostLink` (bank page "cryptogram payment", `documented`).
///
/// The page knows no signature, so anybody who has the address can post one. It is therefore a [`Hint`]: a reason to ask
/// the bank for the status now, and nothing else.
pub struct PostLink {
    invoice: BankText,
    transaction: Option<TransactionId>,
    claim: Claim,
    secret_hash: Option<Secret>,
}

/// The claim of a postLink. For a log: no payment moves by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Claim {
    /// `code` is `ok`, or `success` as after saving a card (observed). A failure was seen with `ok`, too (observed).
    Approved,
    /// `code` is `error`; the decline is never final.
    Failed(Decline),
    /// Some other `code`, or none.
    Unclear,
}

/// A reason to ask the bank for the status of this invoice now.
///
/// The bank posts about all payments on a terminal, also about those that its pay form or its links
/// took: a hint that concerns nobody is answered with 200 like any other, or it comes again (assumed).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// The invoice it is about, which need not be one of ours. `None`: its number is none that we
    /// issue, so it concerns nobody.
    pub invoice: Option<InvoiceId>,
    /// How far the sender can be believed. Worth counting; the status query is the same for all three.
    pub authenticity: Authenticity,
}

/// Whether the sender knew the `secret_hash` of the payment's token form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authenticity {
    /// It did. The hash proves the payment's name only: whoever saw the body once can post it again.
    Proven,
    /// There was none to compare, or no number of ours. The bank may leave it out when it reports a
    /// failure (assumed).
    Unproven,
    /// It was another one: this did not come from the bank.
    Forged,
}

const INVOICE: Name = Name::new("invoiceId");
const ID: Name = Name::new("id");
const CODE: Name = Name::new("code");
const REASON_CODE: Name = Name::new("reasonCode");
const SECRET_HASH: Name = Name("secret_hash", &["secretHash"]);

impl PostLink {
    /// Reads a request body of at most 64 KiB. It is JSON whatever its content type says.
    pub fn read(body: &[u8]) -> Result<PostLink, CallbackError> {
        if body.len() > MAX_BYTES {
            return Err(CallbackError::TooLarge);
        }
        let body = Fields::read(body)?;
        Ok(PostLink {
            invoice: BankText::new(&body.required(INVOICE)?),
            // These two are for a log: what can't be read in them is no reason to miss a hint.
            transaction: body.text(ID)?.and_then(|id| TransactionId::new(&id).ok()),
            claim: Claim::read(
                body.text(CODE)?.as_deref(),
                body.number(REASON_CODE).ok().flatten(),
            ),
            secret_hash: body.text(SECRET_HASH)?.map(Secret::new),
        })
    }

    /// The invoice it names, which may be any text: `12-1738952601` is a payment by link (`observed`).
    pub fn invoice(&self) -> &BankText {
        &self.invoice
    }

    /// The operation it names.
    pub fn transaction(&self) -> Option<&TransactionId> {
        self.transaction.as_ref()
    }

    /// The callback's claim.
    pub fn claim(&self) -> Claim {
        self.claim
    }

    /// The text the sender repeats from the token form.
    pub fn secret_hash(&self) -> Option<&Secret> {
        self.secret_hash.as_ref()
    }

    /// The hint, after comparing `secret_hash` with the tag of a payment on `terminal`, in time that tells nothing about
    /// the right one.
    pub fn check(&self, tags: &TagKey, terminal: &TerminalId) -> Hint {
        let invoice = InvoiceId::new(self.invoice.as_str()).ok();
        let is_ours = |(invoice, hash): (&InvoiceId, &Secret)| {
            tags.verify(Purpose::SecretHash, terminal, invoice, hash.expose())
        };
        let authenticity = match invoice.as_ref().zip(self.secret_hash.as_ref()).map(is_ours) {
            Some(true) => Authenticity::Proven,
            Some(false) => Authenticity::Forged,
            None => Authenticity::Unproven,
        };
        Hint { invoice, authenticity }
    }
}

impl fmt::Debug for PostLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostLink")
            .field("invoice", &self.invoice)
            .field("transaction", &self.transaction)
            .field("claim", &self.claim)
            .finish_non_exhaustive()
    }
}

impl Claim {
    fn read(code: Option<&str>, reason: Option<i64>) -> Claim {
        match code {
            Some("ok" | "success") => Claim::Approved,
            Some("error") => Claim::Failed(Decline::as_hint(reason.unwrap_or_default())),
            _ => Claim::Unclear,
        }
    }
}
