//! The issuer's page in two steps: a challenge goes out with the payment, a PaRes bound to it comes back or is worthless.

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD},
};
use ring::hmac;
use serde::{Deserialize, Serialize};

/// What `secure3D` carries beside the address of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// `paReq`: opaque base64; here over JSON that looks like EMV 3-D Secure 2.1, as in the page's sample.
    pub pa_req: String,
    /// `md`: base64 of the 3-D Secure server's transaction id.
    pub md: String,
}

/// What the payer does at the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PayerChoice {
    /// Types the right password.
    Approve,
    /// Gives up or types a wrong one.
    Decline,
}

impl Challenge {
    pub(crate) fn new(transaction: &str) -> Self {
        let json = format!(
            r#"{{"messageType":"AReq","messageVersion":"2.1.0","threeDSServerTransID":"{transaction}","deviceChannel":"02","messageCategory":"01"}}"#
        );
        Self { pa_req: STANDARD_NO_PAD.encode(json), md: STANDARD.encode(transaction) }
    }
}

/// Encodes to `eJz+/+/+`: starts like the page's sample and holds the characters that forms damage.
const HEADER: [u8; 6] = [0x78, 0x9c, 0xfe, 0xff, 0xef, 0xfe];
/// Makes a PaRes as long as real ones, and of a length that needs `=` padding.
const FILLER: usize = 601;
const TAG: usize = 32;

/// The issuer's answer: header, choice, filler, and a tag over the operation's id and the choice.
pub(crate) fn pa_res(key: &hmac::Key, operation: &str, choice: PayerChoice) -> String {
    let mut bytes = HEADER.to_vec();
    bytes.push(byte_of(choice));
    bytes.extend(operation.bytes().cycle().take(FILLER));
    bytes.extend_from_slice(hmac::sign(key, &signed(operation, choice)).as_ref());
    STANDARD.encode(bytes)
}

/// Reads a PaRes; `None` when it is damaged or belongs to another operation.
pub(crate) fn choice_of(key: &hmac::Key, operation: &str, pa_res: &str) -> Option<PayerChoice> {
    let bytes = STANDARD.decode(pa_res).ok()?;
    let (head, tag) = bytes.split_at_checked(HEADER.len() + 1 + FILLER)?;
    if tag.len() != TAG || !head.starts_with(&HEADER) {
        return None;
    }
    let choice = match head.get(HEADER.len())? {
        1 => PayerChoice::Approve,
        0 => PayerChoice::Decline,
        _ => return None,
    };
    hmac::verify(key, &signed(operation, choice), tag).ok().map(|()| choice)
}

fn byte_of(choice: PayerChoice) -> u8 {
    u8::from(choice == PayerChoice::Approve)
}

fn signed(operation: &str, choice: PayerChoice) -> Vec<u8> {
    let mut signed = vec![byte_of(choice)];
    signed.extend_from_slice(operation.as_bytes());
    signed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Ids;

    #[test]
    fn a_pa_res_is_read_back_only_for_its_operation() {
        let key = Ids::new(1).acs_key();
        for choice in [PayerChoice::Approve, PayerChoice::Decline] {
            let text = pa_res(&key, "op-1", choice);
            assert_eq!(choice_of(&key, "op-1", &text), Some(choice));
            assert_eq!(choice_of(&key, "op-2", &text), None);
            assert_eq!(choice_of(&Ids::new(2).acs_key(), "op-1", &text), None);
        }
    }

    #[test]
    fn damage_is_noticed() {
        let key = Ids::new(1).acs_key();
        let good = pa_res(&key, "op-1", PayerChoice::Decline);
        let mut forged = STANDARD.decode(&good).unwrap();
        forged[HEADER.len()] = 1;
        for bad in
            [good.replace('+', " "), good[4..].to_owned(), String::new(), STANDARD.encode(forged)]
        {
            assert_eq!(choice_of(&key, "op-1", &bad), None);
        }
    }

    #[test]
    fn it_looks_like_the_sample_and_holds_what_forms_damage() {
        let text = pa_res(&Ids::new(1).acs_key(), "op-1", PayerChoice::Approve);
        assert!(text.starts_with("eJz"), "{text}");
        assert!(['+', '/', '='].iter().all(|trap| text.contains(*trap)), "{text}");
        assert!(text.len() > 800);
    }
}
