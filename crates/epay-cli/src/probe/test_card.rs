//! A card that the bank publishes for its test hosts; never a real one.

use std::fmt;

use epay::{Card, CardNumber, Cvc, Expiry};
use zeroize::Zeroizing;

use crate::Failure;

/// A test card.
#[derive(Clone)]
pub(crate) struct TestCard {
    pub(super) number: Zeroizing<String>,
    expiry: Zeroizing<String>,
    cvc: Zeroizing<String>,
}

/// `NUMBER:MMYY:CVC`.
pub(crate) fn test_card(text: &str) -> Result<TestCard, &'static str> {
    let parts: Vec<&str> = text.split(':').collect();
    let [number, expiry, cvc] = parts[..] else { return Err("a card is NUMBER:MMYY:CVC") };
    let card = TestCard::of(number, expiry, cvc);
    card.card().map_err(|_| "a card is NUMBER:MMYY:CVC, and this is none")?;
    Ok(card)
}

impl TestCard {
    pub(super) fn of(number: &str, expiry: &str, cvc: &str) -> TestCard {
        let wiped = |text: &str| Zeroizing::new(text.to_owned());
        TestCard { number: wiped(number), expiry: wiped(expiry), cvc: wiped(cvc) }
    }

    pub(super) fn with_cvc(&self, cvc: &str) -> TestCard {
        TestCard { cvc: Zeroizing::new(cvc.to_owned()), ..self.clone() }
    }

    pub(super) fn card(&self) -> Result<Card, Failure> {
        let (number, expiry) = (CardNumber::new(&self.number)?, Expiry::parse_mmyy(&self.expiry)?);
        Ok(Card::new(number, expiry, Cvc::new(&self.cvc)?).with_holder("EPAY PROBE"))
    }
}

impl fmt::Debug for TestCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestCard").finish_non_exhaustive()
    }
}
