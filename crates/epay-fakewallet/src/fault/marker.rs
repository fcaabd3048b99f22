//! Faults of Apple's marker extensions and of the number of certificates.

use super::row::faults;
use crate::{
    certificate::Extension,
    chain::{Chain, Place},
    der,
    keys::Key,
    oid::{INTERMEDIATE_MARKER, LEAF_MARKER},
};

faults! { BOTH on Both:
    ok {
        "the trusted root is a third certificate": Chain |c| c.carried.push(Place::Root);
        "the trusted root is the first of three certificates": Chain |c| c.carried.insert(0, Place::Root);
        "the intermediate comes before the leaf": Chain |c| c.carried.reverse();
        "the markers hold something other than NULL": Chain |c| {
            c.leaf.put(Extension::new(LEAF_MARKER, false, der::utf8("leaf")));
            c.intermediate.put(Extension::new(INTERMEDIATE_MARKER, false, der::integer(&[1])));
        };
    }
    chain {
        "leaf and intermediate have each other's marker": Chain |c| {
            c.leaf.drop(LEAF_MARKER);
            c.leaf.add(Extension::marker(INTERMEDIATE_MARKER));
            c.intermediate.drop(INTERMEDIATE_MARKER);
            c.intermediate.add(Extension::marker(LEAF_MARKER));
        };
    }
    marker {
        "the leaf has no marker": Chain |c| c.leaf.drop(LEAF_MARKER);
        "the intermediate has no marker": Chain |c| c.intermediate.drop(INTERMEDIATE_MARKER);
        "no certificate has a marker": Chain |c| {
            c.leaf.drop(LEAF_MARKER);
            c.intermediate.drop(INTERMEDIATE_MARKER);
        };
        "the leaf has both markers, the intermediate its own":
            Chain |c| c.leaf.add(Extension::marker(INTERMEDIATE_MARKER));
        "the leaf has both markers, the intermediate none": Chain |c| {
            c.leaf.add(Extension::marker(INTERMEDIATE_MARKER));
            c.intermediate.drop(INTERMEDIATE_MARKER);
        };
        "the intermediate has both markers, the leaf its own":
            Chain |c| c.intermediate.add(Extension::marker(LEAF_MARKER));
        "the intermediate has both markers, the leaf none": Chain |c| {
            c.intermediate.add(Extension::marker(LEAF_MARKER));
            c.leaf.drop(LEAF_MARKER);
        };
        "the leaf has its marker twice": Chain |c| c.leaf.add(Extension::marker(LEAF_MARKER));
        "the intermediate has its marker twice": Chain |c| c.intermediate.add(Extension::marker(INTERMEDIATE_MARKER));
        "the leaf's marker has one arc more": Chain |c| {
            c.leaf.drop(LEAF_MARKER);
            c.leaf.add(Extension::marker("1.2.840.113635.100.6.29.1"));
        };
        "the leaf's marker lacks its last arc": Chain |c| {
            c.leaf.drop(LEAF_MARKER);
            c.leaf.add(Extension::marker("1.2.840.113635.100.6"));
        };
        "the intermediate's marker is that of other authorities": Chain |c| {
            c.intermediate.drop(INTERMEDIATE_MARKER);
            c.intermediate.add(Extension::marker("1.2.840.113635.100.6.2.1"));
        };
        "the leaf's marker is inside another extension": Chain |c| {
            c.leaf.drop(LEAF_MARKER);
            let hidden = der::sequence([der::oid(LEAF_MARKER), der::octets(&der::null())]);
            c.leaf.add(Extension::new("1.2.3.4", false, hidden));
        };
        "the leaf is the only certificate": Chain |c| c.carried = vec![Place::Leaf];
        "the intermediate is the only certificate": Chain |c| c.carried = vec![Place::Intermediate];
        "the set of certificates is empty": Chain |c| c.carried.clear();
        "the root signed the leaf and stands in the intermediate's place": Chain |c| {
            c.leaf = c.leaf.clone().issued_by(&c.root);
            c.carried = vec![Place::Leaf, Place::Root];
        };
        "the leaf is there twice": Chain |c| c.carried.push(Place::Leaf);
        "the intermediate is there twice": Chain |c| c.carried.push(Place::Intermediate);
        "the root is there twice": Chain |c| c.carried.extend([Place::Root, Place::Root]);
        "another leaf is a third certificate": Chain |c| {
            let other = if c.leaf.key.is_rsa() { c.authority.ec_leaf.der() } else { c.authority.rsa_leaf.der() };
            c.carry(other);
        };
        "the merchants' authority is a third certificate": Chain |c| c.carry(c.authority.merchant_ca.der());
        "a root of the same name and another key is a third certificate": Chain |c| c.carry(other_root(c));
        "all is signed under a root of the same name, which is carried": Chain |c| {
            let key = Key::p384(&c.authority.seed, "other root");
            c.intermediate.signer = key;
            c.carry(other_root(c));
        };
        "a second intermediate stands between leaf and intermediate": Chain |c| {
            let above = c.intermediate.der();
            let mut between = c.intermediate.clone().issued_by(&c.intermediate);
            between.key = c.stranger();
            c.intermediate_is(between);
            c.carry(above);
        };
        "a merchant's certificate issued the leaf":
            Chain |c| c.intermediate_is(c.authority.processing("merchant.evil", "processing", c.stranger()));
        "the merchants' authority stands in the intermediate's place":
            Chain |c| c.intermediate_is(c.authority.merchant_ca.clone());
        "a genuine leaf issued the leaf": Chain |c| c.intermediate_is(c.authority.ec_leaf.clone());
        "a merchant signed with its own certificate": Chain |c| {
            let certificate = c.authority.processing("merchant.evil", "processing", c.other_leaf_key());
            c.intermediate = c.authority.merchant_ca.clone();
            c.leaf = certificate;
        };
    }
}

/// Self-signed, with the names, the extensions and the validity of the wallet's root.
fn other_root(c: &Chain) -> Vec<u8> {
    let mut root = c.root.clone();
    root.key = Key::p384(&c.authority.seed, "other root");
    root.signer = root.key.clone();
    root.der()
}
