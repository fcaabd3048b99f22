//! Every fault as a case with the required answer, in one JSON by which any reader can be scored.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{
    Wallet,
    fault::{Fault, On},
    json::{Object, hex, quoted},
    keys::{Seed, sha256},
    merchant::{Credential, Merchant},
    token::MintedToken,
};

const MERCHANT: &str = "merchant.kz.example.shop";

/// Tokens longer than this are given as texts, so that a reader of the suite keeps every byte of them.
const INLINE: usize = 16 * 1024;

/// A set of tokens, what it takes to judge them, and the judgements.
#[derive(Debug, Clone)]
pub struct Suite {
    /// The root to trust, as DER.
    pub root: Vec<u8>,
    /// The time of all cases but those that say another, in Unix seconds.
    pub now: u64,
    /// The one merchant, with all of its keys.
    pub merchant: Merchant,
    /// The cases, in the order in which a token passes the stages.
    pub cases: Vec<Case>,
}

/// One token and what must become of it.
#[derive(Debug, Clone)]
pub struct Case {
    /// `EC: the leaf is a CA`, unique in its suite.
    pub name: String,
    /// The stage that must refuse the token, or `None` where it must be opened to `plain`.
    pub stage: Option<&'static str>,
    /// When the token arrives, in Unix seconds.
    pub now: u64,
    /// The bytes of `paymentData`, which need not be JSON.
    pub token: String,
    /// What was encrypted.
    pub plain: String,
}

/// A suite with a case for every fault on every kind of token that it fits.
///
/// ```
/// # // Minting some hundred tokens takes a while in a debug build, so this example is only compiled when it is tested.
/// # fn write() -> std::io::Result<()> {
/// let suite = epay_fakewallet::suite(7, 1_795_521_600);
/// std::fs::write("suite.json", suite.to_json())?;
/// # Ok(()) }
/// ```
pub fn suite(seed: impl Into<Seed>, now: u64) -> Suite {
    let wallet = Wallet::new(seed, now);
    let merchant = wallet.merchant(MERCHANT);
    let mut cases = Vec::new();
    for fault in Fault::all() {
        if fault.on != On::Rsa {
            cases.push(Case::new("EC", fault, wallet.pay(&merchant).fault(fault).mint()));
        }
        if fault.on != On::Ec {
            cases.push(Case::new("RSA", fault, wallet.pay(&merchant).rsa().fault(fault).mint()));
        }
    }
    Suite { root: wallet.root_der(), now, merchant, cases }
}

impl Suite {
    /// `root`, `now`, `merchants` and `cases`, with binary values in base64. A token is an object where an object can say
    /// it, else a text with the token's bytes.
    pub fn to_json(&self) -> String {
        let merchants = [
            credential(&self.merchant, "ec", self.merchant.processing()),
            credential(&self.merchant, "ec", self.merchant.next_processing()),
            credential(&self.merchant, "rsa", self.merchant.rsa_processing()),
        ];
        let cases: Vec<String> = self.cases.iter().map(|case| case.json().to_string()).collect();
        let mut suite = Object::default();
        suite.text("root", &STANDARD.encode(&self.root));
        suite.set("now", self.now.to_string());
        suite.set(
            "merchants",
            format!("[\n{}\n]", merchants.map(|merchant| merchant.to_string()).join(",\n")),
        );
        suite.set("cases", format!("[\n{}\n]", cases.join(",\n")));
        suite.to_string()
    }
}

impl Case {
    fn new(kind: &str, fault: Fault, minted: MintedToken) -> Self {
        Self {
            name: format!("{kind}: {}", fault.name()),
            stage: fault.refused_at(),
            now: minted.received_at,
            token: minted.json,
            plain: minted.payload,
        }
    }

    fn json(&self) -> Object {
        let mut case = Object::default();
        case.text("name", &self.name);
        case.text("expect", if self.stage.is_some() { "reject" } else { "ok" });
        case.text("reason", self.stage.unwrap_or_default());
        if let Some(stage) = self.stage {
            case.text("stage", stage);
        }
        case.set("now", self.now.to_string());
        case.set(
            "token",
            if survives(&self.token) { self.token.clone() } else { quoted(&self.token) },
        );
        case.text("plain", &self.plain);
        case
    }
}

/// Whether nothing but the order is lost when the token is read as JSON and written again. What is written is as long as
/// what was read, unless a name was there twice, or whitespace, or an escape.
fn survives(token: &str) -> bool {
    match serde_json::from_str::<serde_json::Value>(token) {
        Ok(value) => {
            value.is_object() && token.len() <= INLINE && value.to_string().len() == token.len()
        }
        Err(_) => false,
    }
}

fn credential(merchant: &Merchant, kind: &str, credential: &Credential) -> Object {
    let mut entry = Object::default();
    entry.text("id", merchant.id());
    entry.text("kind", kind);
    entry.text("mid_hash", &hex(&sha256(merchant.id().as_bytes())));
    entry.text("cert", &STANDARD.encode(credential.certificate_der()));
    entry.text("key_pkcs8", &STANDARD.encode(credential.key_der()));
    entry.text("public_key_hash", &STANDARD.encode(credential.public_key_hash()));
    entry
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::{authority::Authority, mint::mint, order::Order};

    const NOW: u64 = 1_795_521_600;

    #[test]
    fn every_fault_changes_the_token_and_nothing_is_said_twice() {
        let authority = Authority::new(7.into(), NOW);
        let merchant = Merchant::new(&authority, MERCHANT);
        let minted = |rsa, edits: &[_]| {
            let mut order = Order::new(&authority, &merchant, 0);
            order.rsa = rsa;
            mint(&authority, order, edits).json
        };
        let usual = [minted(false, &[]), minted(true, &[])];
        let mut names = BTreeSet::new();
        for fault in Fault::all() {
            assert!(names.insert(fault.name()), "two faults are called {}", fault.name());
            let rsa = fault.on == On::Rsa;
            let changed = minted(rsa, fault.edits) != usual[usize::from(rsa)];
            assert_eq!(changed, fault.name() != "nothing is wrong", "{}", fault.name());
        }
    }

    #[test]
    fn every_stage_has_cases_and_every_token_can_be_read_back() {
        let suite = suite(7, NOW);
        let mut count = BTreeMap::new();
        for case in &suite.cases {
            *count.entry(case.stage).or_insert(0) += 1;
        }
        let stages = [
            None,
            Some("attributes"),
            Some("chain"),
            Some("cms"),
            Some("digest"),
            Some("key"),
            Some("marker"),
            Some("opening"),
            Some("payload"),
            Some("signature"),
            Some("time"),
            Some("token"),
        ];
        assert!(count.keys().copied().eq(stages), "{count:?}");
        assert!(suite.cases.len() > 800, "{count:?}");

        let read: serde_json::Value = serde_json::from_str(&suite.to_json()).unwrap();
        assert_eq!(read["merchants"].as_array().unwrap().len(), 3);
        for (case, read) in suite.cases.iter().zip(read["cases"].as_array().unwrap()) {
            assert_eq!(read["name"], case.name);
            assert_eq!(read["expect"], if case.stage.is_some() { "reject" } else { "ok" });
            match read["token"].as_str() {
                Some(text) => assert_eq!(text, case.token, "{}", case.name),
                None => {
                    assert_eq!(
                        serde_json::from_str::<serde_json::Value>(&case.token).unwrap(),
                        read["token"],
                        "{}",
                        case.name
                    );
                }
            }
        }
    }
}
