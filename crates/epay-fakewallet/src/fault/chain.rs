//! Faults of the certificates: who signed whom, when they are valid, what they may do, whom the signature names.

use super::row::faults;
use crate::{
    authority::Authority,
    certificate::{
        CERT_AND_CRL_SIGN, CRL_SIGN, DIGITAL_SIGNATURE, Extension, KEY_ENCIPHERMENT_AND_AGREEMENT,
        YEAR, name,
    },
    der,
    keys::{Hash, Key, RSA_LEAF, Seed},
    oid,
};

faults! { BOTH on Both:
    ok {
        "the leaf expired between signing and now": Chain |c| c.leaf.valid.1 = c.signed_at + 2;
        "the leaf is valid until the second of signing": Chain |c| c.leaf.valid.1 = c.signed_at;
        "the leaf is valid from the second of signing": Chain |c| c.leaf.valid.0 = c.signed_at;
        "the leaf names no keys, policies or addresses": Chain |c| {
            c.leaf.drop(oid::AUTHORITY_KEY_ID);
            c.leaf.drop(oid::SUBJECT_KEY_ID);
            c.leaf.drop(oid::POLICIES);
            c.leaf.drop(oid::CRL_POINTS);
            c.leaf.drop(oid::AUTHORITY_ACCESS);
        };
        "the leaf is valid beyond 2050 and says so in a GeneralizedTime": Chain |c| c.leaf.valid.1 = 2_840_140_800;
    }
    marker {
        "the leaf says that it is no CA and that it is one": Chain |c| c.leaf.add(Extension::basic_constraints(true));
        "the intermediate says that it is no CA and that it is one": Chain |c| {
            c.intermediate.put(Extension::basic_constraints(false));
            c.intermediate.add(Extension::basic_constraints(true));
        };
    }
    chain {
        "all is signed under a root of the same name and another key":
            Chain |c| c.intermediate.signer = Key::p384(&c.authority.seed, "other root");
        "every certificate is of another wallet": Chain |c| {
            let other = Authority::new(Seed::from(c.authority.seed.bytes("other wallet")), c.authority.now);
            c.leaf = if c.leaf.key.is_rsa() { other.rsa_leaf } else { other.ec_leaf };
            c.intermediate = other.intermediate;
        };
        "the intermediate signed itself": Chain |c| {
            c.intermediate.signer = c.intermediate.key.clone();
            c.intermediate.issuer = c.intermediate.subject.clone();
        };
        "the intermediate signed itself under the root's name": Chain |c| {
            c.intermediate.signer = c.intermediate.key.clone();
            c.intermediate.subject = c.root.subject.clone();
            c.leaf.issuer = c.root.subject.clone();
        };
        "the intermediate names the root and signed itself":
            Chain |c| c.intermediate.signer = c.intermediate.key.clone();
        "the merchants' authority issued the intermediate":
            Chain |c| c.intermediate = c.intermediate.clone().issued_by(&c.authority.merchant_ca);
        "a bit of the root's signature is turned": Chain |c| c.intermediate.spoiled = true;
        "the intermediate names another issuer":
            Chain |c| c.intermediate.issuer = name("Fake Apple Root CA - G2", "Fake Apple Certification Authority");
        "the intermediate is not a CA": Chain |c| c.intermediate.put(Extension::basic_constraints(false));
        "the intermediate does not say that it is a CA": Chain |c| c.intermediate.drop(oid::BASIC_CONSTRAINTS);
        "the intermediate may sign revocations only": Chain |c| c.intermediate.put(Extension::key_usage(CRL_SIGN));
        "the intermediate may sign data only": Chain |c| c.intermediate.put(Extension::key_usage(DIGITAL_SIGNATURE));
        "the intermediate says nothing about what its key is for": Chain |c| c.intermediate.drop(oid::KEY_USAGE);
        "the intermediate had expired at signing": Chain |c| c.intermediate.valid.1 = c.signed_at - 1;
        "the intermediate was not yet valid at signing": Chain |c| c.intermediate.valid.0 = c.signed_at + 1;
        "the root signed the intermediate over SHA-1": Chain |c| c.intermediate.hash = Hash::Sha1;
        "a merchant's certificate with the intermediate's marker issued the leaf": Chain |c| {
            let merchant = c.authority.processing("merchant.evil", "processing", c.stranger());
            c.intermediate_is(merchant.with(Extension::marker(oid::INTERMEDIATE_MARKER)));
        };
        "a merchant made itself a CA with the intermediate's marker": Chain |c| {
            let merchant = c.authority.processing("merchant.evil", "processing", c.stranger());
            let merchant = merchant.with(Extension::marker(oid::INTERMEDIATE_MARKER));
            let merchant = merchant.with(Extension::basic_constraints(true));
            c.intermediate_is(merchant.with(Extension::key_usage(CERT_AND_CRL_SIGN)));
        };
        "the root signed the leaf, beside the intermediate": Chain |c| c.leaf = c.leaf.clone().issued_by(&c.root);
        "the merchants' authority issued the leaf":
            Chain |c| c.leaf = c.leaf.clone().issued_by(&c.authority.merchant_ca);
        "the leaf names the intermediate and a stranger signed it": Chain |c| c.leaf.signer = c.stranger();
        "the leaf signed itself": Chain |c| {
            c.leaf.signer = c.leaf.key.clone();
            c.leaf.issuer = c.leaf.subject.clone();
        };
        "the leaf names the intermediate and signed itself": Chain |c| c.leaf.signer = c.leaf.key.clone();
        "the leaf signed itself under the root's name": Chain |c| {
            c.leaf.signer = c.leaf.key.clone();
            c.leaf.issuer = c.root.subject.clone();
            c.leaf.subject = c.root.subject.clone();
        };
        "a bit of the intermediate's signature is turned": Chain |c| c.leaf.spoiled = true;
        "the intermediate signed the leaf, which names another issuer":
            Chain |c| c.leaf.issuer = name("Fake Apple Application Integration CA - G4", "Fake Apple");
        "the leaf is a CA": Chain |c| c.leaf.put(Extension::basic_constraints(true));
        "the leaf's key is for key agreement":
            Chain |c| c.leaf.put(Extension::key_usage(KEY_ENCIPHERMENT_AND_AGREEMENT));
        "the leaf's key is for certificates": Chain |c| c.leaf.put(Extension::key_usage(CERT_AND_CRL_SIGN));
        "the leaf says nothing about what its key is for": Chain |c| c.leaf.drop(oid::KEY_USAGE);
        "the leaf had expired at signing": Chain |c| c.leaf.valid.1 = c.signed_at - 1;
        "the leaf expired years ago": Chain |c| c.leaf.valid = (c.signed_at - 3 * YEAR, c.signed_at - YEAR);
        "the leaf was not yet valid at signing": Chain |c| c.leaf.valid.0 = c.signed_at + 1;
        "the leaf is valid next year": Chain |c| c.leaf.valid.0 = c.signed_at + YEAR;
        "the root signed the intermediate over SHA-384": Chain |c| c.intermediate.hash = Hash::Sha384;
        "the intermediate's key is on P-384":
            Chain |c| c.intermediate_key(Key::p384(&c.authority.seed, "intermediate"));
        "the intermediate's key is RSA": Chain |c| c.intermediate_key(RSA_LEAF.clone());
        "the intermediate signed the leaf over SHA-384": Chain |c| c.leaf.hash = Hash::Sha384;
        "the intermediate signed the leaf over SHA-1": Chain |c| c.leaf.hash = Hash::Sha1;
        "the leaf names another algorithm outside than it does inside":
            Chain |c| c.leaf.named_hash = Some(Hash::Sha384);
        "the leaf has a critical extension that nobody knows":
            Chain |c| c.leaf.add(Extension::new("1.2.3.4", true, der::null()));
        "the root had expired at signing": Order |o| o.move_to(o.now + 13 * YEAR), Chain |c| {
            c.intermediate.valid.1 = c.signed_at + YEAR;
            c.leaf.valid.1 = c.signed_at + YEAR;
        };
        "the root was not yet valid at signing": Order |o| o.move_to(o.now - 13 * YEAR), Chain |c| {
            c.intermediate.valid.0 = c.signed_at - YEAR;
            c.leaf.valid.0 = c.signed_at - YEAR;
        };
        "the signature names the intermediate":
            Chain |c| c.named = Some((c.intermediate.issuer.clone(), c.intermediate.serial.clone()));
        "the signature names the root": Chain |c| c.named = Some((c.root.issuer.clone(), c.root.serial.clone()));
        "the signature names a serial that no certificate has": Chain |c| {
            let mut serial = c.leaf.serial.clone();
            serial[15] ^= 1;
            c.named = Some((c.leaf.issuer.clone(), serial));
        };
        "the signature names the beginning of the leaf's serial":
            Chain |c| c.named = Some((c.leaf.issuer.clone(), c.leaf.serial[..15].to_vec()));
        "the signature names an issuer that no certificate has":
            Chain |c| c.named = Some((name("Fake Apple CA - G4", "Fake Apple"), c.leaf.serial.clone()));
        "the signature names the leaf's serial under the root":
            Chain |c| c.named = Some((c.root.subject.clone(), c.leaf.serial.clone()));
    }
}

faults! { EC on Ec:
    chain {
        "an RSA leaf signed an EC_v1 token": Chain |c| c.leaf = c.authority.rsa_leaf.clone();
        "an EC_v1 token says RSA_v1 and calls its ephemeral key a wrapped one": Json |j| {
            j.text("version", "RSA_v1");
            j.object("header").rename("ephemeralPublicKey", "wrappedKey");
        };
        "the leaf's key is on P-384": Chain |c| c.leaf.key = Key::p384(&c.authority.seed, "leaf");
    }
}

faults! { RSA on Rsa:
    chain {
        "an EC leaf signed an RSA_v1 token": Chain |c| c.leaf = c.authority.ec_leaf.clone();
    }
}
