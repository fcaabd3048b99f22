//! A decline is the bank's number, whether it ends the matter, and who can do something about it.

use core::fmt;

/// The bank's refusal of an operation. Not an error: the payment went as the issuer decided.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decline {
    code: u32,
    finality: Finality,
}

/// Whether a decline ends the matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Finality {
    /// Nothing was or will be taken for this operation.
    Final,
    /// The money may still be held or taken: only a status tells.
    NotFinal,
}

/// Who can do something so that a next attempt may go through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WhoActs {
    /// The payer: another card, more funds, the right data, a call to the issuer.
    Payer,
    /// The merchant: terminal, contract or limits.
    Merchant,
    /// Nobody yet: wait and look at the status.
    Nobody,
}

impl Decline {
    /// Reads a `code` or `reasonCode` of the bank. A number this library does not know is not final: it costs one more
    /// look, while the opposite guess could cost a second charge.
    pub fn from_code(code: u32) -> Decline {
        let finality = if entry(code).is_some() { Finality::Final } else { Finality::NotFinal };
        Decline { code, finality }
    }

    /// The same number where the place it was read in does not decide, such as a redirect's query.
    pub fn as_hint(code: u32) -> Decline {
        Decline { code, finality: Finality::NotFinal }
    }

    /// The number beside a status that says the operation failed. The status ends the matter, whatever the number.
    pub fn by_status(code: u32) -> Decline {
        Decline { code, finality: Finality::Final }
    }

    /// The bank's number, for the bank's support.
    pub fn code(&self) -> u32 {
        self.code
    }

    /// Whether it ends the matter.
    pub fn is_final(&self) -> bool {
        self.finality == Finality::Final
    }

    /// Who can do something about it.
    pub fn who_acts(&self) -> WhoActs {
        match entry(self.code) {
            Some((_, who, _)) if self.is_final() => *who,
            _ => WhoActs::Nobody,
        }
    }

    /// What the bank means, in words for a log or a developer; payer texts are the shop's own.
    pub fn meaning(&self) -> &'static str {
        match entry(self.code) {
            Some((_, _, meaning)) => meaning,
            None if self.is_final() => "failed by its status",
            None => "not a final answer",
        }
    }
}

impl fmt::Display for Decline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, self.meaning())
    }
}

impl fmt::Debug for Decline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Decline({self})")
    }
}

fn entry(code: u32) -> Option<&'static (u32, WhoActs, &'static str)> {
    FINAL.binary_search_by_key(&code, |(code, ..)| *code).ok().and_then(|at| FINAL.get(at))
}

/// The codes that end the matter, by number. Source: bank page "error codes" (documented there as final) where the
/// meaning names a refusal by issuer, limit or data. Codes whose text speaks of time-outs, system errors or money that may
/// be held (454, 456, 458–461, 475–477, 496, 497, 502, 504, 526, 1267, …) are left out on purpose (assumed not final).
const FINAL: &[(u32, WhoActs, &str)] = &[
    (455, WhoActs::Payer, "3-D Secure unavailable or wrong card number"),
    (457, WhoActs::Payer, "wrong expiry date"),
    (462, WhoActs::Payer, "declined by the issuer"),
    (463, WhoActs::Payer, "declined by the issuer"),
    (464, WhoActs::Merchant, "invalid merchant"),
    (465, WhoActs::Payer, "card blocked"),
    (466, WhoActs::Payer, "declined by the issuer"),
    (467, WhoActs::Payer, "card blocked"),
    (468, WhoActs::Payer, "additional identification required"),
    (469, WhoActs::Payer, "invalid transaction"),
    (470, WhoActs::Merchant, "zero amount"),
    (471, WhoActs::Payer, "no such card"),
    (472, WhoActs::Payer, "no such card"),
    (473, WhoActs::Payer, "3-D Secure password wrong or missing"),
    (478, WhoActs::Payer, "card expired"),
    (479, WhoActs::Payer, "restricted card"),
    (480, WhoActs::Payer, "call the issuer"),
    (481, WhoActs::Payer, "lost card"),
    (482, WhoActs::Payer, "invalid card"),
    (483, WhoActs::Payer, "stolen card"),
    (484, WhoActs::Payer, "insufficient funds"),
    (485, WhoActs::Payer, "card expired"),
    (486, WhoActs::Payer, "not permitted to the cardholder"),
    (487, WhoActs::Merchant, "not permitted to the merchant"),
    (488, WhoActs::Payer, "amount over the limit"),
    (489, WhoActs::Payer, "restricted card"),
    (490, WhoActs::Payer, "card banned from payments"),
    (491, WhoActs::Payer, "frequency limit"),
    (492, WhoActs::Payer, "PIN attempts exceeded"),
    (495, WhoActs::Payer, "transaction prohibited"),
    (498, WhoActs::Payer, "bonus payment unavailable"),
    (499, WhoActs::Payer, "3-D Secure wrong or not entered"),
    (501, WhoActs::Payer, "card service error"),
    (521, WhoActs::Payer, "declined by the issuer"),
    (523, WhoActs::Payer, "declined by the issuer"),
    (524, WhoActs::Payer, "invalid card"),
    (525, WhoActs::Payer, "invalid card"),
    (527, WhoActs::Payer, "declined by the issuer"),
    (529, WhoActs::Merchant, "daily limit of the terminal"),
    (1612, WhoActs::Merchant, "country of the card not allowed on the terminal"),
    (2678, WhoActs::Merchant, "limit of the terminal"),
    (2740, WhoActs::Payer, "too many failed attempts with this card"),
    (2872, WhoActs::Payer, "declined by the issuer, never to be retried"),
    (3141, WhoActs::Merchant, "refund limit of the contract reached"),
    (3339, WhoActs::Payer, "wrong card data"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_or_the_search_would_miss() {
        assert!(FINAL.is_sorted_by(|a, b| a.0 < b.0));
    }

    #[test]
    fn what_may_have_held_money_is_not_final() {
        for code in [
            454,
            456,
            458,
            459,
            460,
            475,
            476,
            477,
            497,
            502,
            526,
            690,
            1267,
            3240,
            0,
            100,
            u32::MAX,
        ] {
            let decline = Decline::from_code(code);
            assert!(!decline.is_final(), "{code}");
            assert_eq!(decline.who_acts(), WhoActs::Nobody, "{code}");
        }
    }

    #[test]
    fn a_plain_refusal_is_final_unless_it_was_only_hinted_at() {
        let funds = Decline::from_code(484);
        assert!(funds.is_final());
        assert_eq!(funds.who_acts(), WhoActs::Payer);
        assert_eq!(alloc::format!("{funds}"), "484 insufficient funds");
        assert_eq!(Decline::from_code(487).who_acts(), WhoActs::Merchant);
        let hinted = Decline::as_hint(484);
        assert!(!hinted.is_final());
        assert_eq!(hinted.who_acts(), WhoActs::Nobody);
        assert_ne!(funds, hinted);
    }

    #[test]
    fn a_failed_status_ends_the_matter_whatever_the_number() {
        assert_eq!(Decline::by_status(484), Decline::from_code(484));
        let vague = Decline::by_status(454);
        assert!(vague.is_final());
        assert_eq!(vague.who_acts(), WhoActs::Nobody);
        assert_eq!(vague.meaning(), "failed by its status");
        assert_eq!(Decline::from_code(454).meaning(), "not a final answer");
    }
}
