//! A payment becomes a token in Apple's order: payload, encryption, digest, attributes, signature, CMS, JSON.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{
    authority::Authority, fault::Edit, json::Object, order::Order, seal::Sealed, token::MintedToken,
};

/// Each step is followed by the edits that are about it.
pub(crate) fn mint(authority: &Authority, mut order: Order, edits: &[Edit]) -> MintedToken {
    macro_rules! edit {
        ($step:ident, $what:ident) => {
            for edit in edits {
                if let Edit::$step(edit) = edit {
                    edit(&mut $what);
                }
            }
        };
    }

    edit!(Order, order);
    let mut chain = order.chain(authority);
    chain.touched = edits.iter().any(|edit| matches!(edit, Edit::Chain(_)));
    edit!(Chain, chain);

    let payload =
        order.raw_payload.clone().unwrap_or_else(|| order.payload.to_string().into_bytes());
    let mut sealing = order.sealing(authority, payload.clone());
    edit!(Sealing, sealing);
    let mut sealed = sealing.seal();
    edit!(Sealed, sealed);

    let mut signing = order.signing(chain, &sealed);
    edit!(Signing, signing);
    let mut signed = signing.sign();
    edit!(Signed, signed);
    let mut signature = signed.encode();
    edit!(Bytes, signature);

    let mut token = written(&sealed, &signature);
    edit!(Json, token);
    let mut json = token.to_string();
    edit!(Text, json);

    MintedToken {
        json,
        payload: String::from_utf8_lossy(&payload).into_owned(),
        transaction_id: order.transaction_id,
        received_at: order.now,
    }
}

fn written(sealed: &Sealed, signature: &[u8]) -> Object {
    let mut token = Object::default();
    token.text("version", &sealed.version);
    token.text("data", &STANDARD.encode(&sealed.data));
    token.text("signature", &STANDARD.encode(signature));
    let header = token.object("header");
    let key = if sealed.version == "RSA_v1" { "wrappedKey" } else { "ephemeralPublicKey" };
    header.text(key, &STANDARD.encode(&sealed.key));
    header.text("publicKeyHash", &STANDARD.encode(&sealed.public_key_hash));
    header.hex("transactionId", &sealed.transaction_id);
    if let Some(application_data) = &sealed.application_data {
        header.hex("applicationData", application_data);
    }
    token
}
