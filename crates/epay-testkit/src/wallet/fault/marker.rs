//! Faults of Apple's marker extensions and of the number of certificates.

use super::row::faults;
use crate::wallet::{
    certificate::Extension,
    chain::{Chain, Place},
    der,
    keys::Key,
    oid::{INTERMEDIATE_MARKER, LEAF_MARKER},
};

faults! { BOTH on Both:
    ok {
        ROOT_CARRIED "the trusted root is a third certificate": Chain |c| c.carried.push(Place::Root);
        ROOT_CARRIED_FIRST "the trusted root is the first of three certificates":
            Chain |c| c.carried.insert(0, Place::Root);
        INTERMEDIATE_FIRST "the intermediate comes before the leaf": Chain |c| c.carried.reverse();
        MARKERS_WITH_VALUES "the markers hold something other than NULL": Chain |c| {
            c.leaf.put(Extension::new(LEAF_MARKER, false, der::utf8("leaf")));
            c.intermediate.put(Extension::new(INTERMEDIATE_MARKER, false, der::integer(&[1])));
        };
    }
    chain {
        MARKERS_SWAPPED "leaf and intermediate have each other's marker": Chain |c| {
            c.leaf.drop(LEAF_MARKER);
            c.leaf.add(Extension::marker(INTERMEDIATE_MARKER));
            c.intermediate.drop(INTERMEDIATE_MARKER);
            c.intermediate.add(Extension::marker(LEAF_MARKER));
        };
    }
    marker {
        LEAF_UNMARKED "the leaf has no marker": Chain |c| c.leaf.drop(LEAF_MARKER);
        INTERMEDIATE_UNMARKED "the intermediate has no marker": Chain |c| c.intermediate.drop(INTERMEDIATE_MARKER);
        BOTH_UNMARKED "no certificate has a marker": Chain |c| {
            c.leaf.drop(LEAF_MARKER);
            c.intermediate.drop(INTERMEDIATE_MARKER);
        };
        LEAF_HAS_BOTH_MARKERS "the leaf has both markers, the intermediate its own":
            Chain |c| c.leaf.add(Extension::marker(INTERMEDIATE_MARKER));
        ONLY_LEAF_HAS_MARKERS "the leaf has both markers, the intermediate none": Chain |c| {
            c.leaf.add(Extension::marker(INTERMEDIATE_MARKER));
            c.intermediate.drop(INTERMEDIATE_MARKER);
        };
        INTERMEDIATE_HAS_BOTH_MARKERS "the intermediate has both markers, the leaf its own":
            Chain |c| c.intermediate.add(Extension::marker(LEAF_MARKER));
        ONLY_INTERMEDIATE_HAS_MARKERS "the intermediate has both markers, the leaf none": Chain |c| {
            c.intermediate.add(Extension::marker(LEAF_MARKER));
            c.leaf.drop(LEAF_MARKER);
        };
        LEAF_MARKER_TWICE "the leaf has its marker twice": Chain |c| c.leaf.add(Extension::marker(LEAF_MARKER));
        INTERMEDIATE_MARKER_TWICE "the intermediate has its marker twice":
            Chain |c| c.intermediate.add(Extension::marker(INTERMEDIATE_MARKER));
        LEAF_MARKER_LONGER "the leaf's marker has one arc more": Chain |c| {
            c.leaf.drop(LEAF_MARKER);
            c.leaf.add(Extension::marker("1.2.840.113635.100.6.29.1"));
        };
        LEAF_MARKER_SHORTER "the leaf's marker lacks its last arc": Chain |c| {
            c.leaf.drop(LEAF_MARKER);
            c.leaf.add(Extension::marker("1.2.840.113635.100.6"));
        };
        INTERMEDIATE_MARKER_OTHER "the intermediate's marker is that of other authorities": Chain |c| {
            c.intermediate.drop(INTERMEDIATE_MARKER);
            c.intermediate.add(Extension::marker("1.2.840.113635.100.6.2.1"));
        };
        LEAF_MARKER_HIDDEN "the leaf's marker is inside another extension": Chain |c| {
            c.leaf.drop(LEAF_MARKER);
            let hidden = der::sequence([der::oid(LEAF_MARKER), der::octets(&der::null())]);
            c.leaf.add(Extension::new("1.2.3.4", false, hidden));
        };
        LEAF_ONLY "the leaf is the only certificate": Chain |c| c.carried = vec![Place::Leaf];
        INTERMEDIATE_ONLY "the intermediate is the only certificate": Chain |c| c.carried = vec![Place::Intermediate];
        NO_CERTIFICATES "the set of certificates is empty": Chain |c| c.carried.clear();
        ROOT_FOR_INTERMEDIATE "the root signed the leaf and stands in the intermediate's place": Chain |c| {
            c.leaf = c.leaf.clone().issued_by(&c.root);
            c.carried = vec![Place::Leaf, Place::Root];
        };
        LEAF_TWICE "the leaf is there twice": Chain |c| c.carried.push(Place::Leaf);
        INTERMEDIATE_TWICE "the intermediate is there twice": Chain |c| c.carried.push(Place::Intermediate);
        ROOT_TWICE "the root is there twice": Chain |c| c.carried.extend([Place::Root, Place::Root]);
        SECOND_LEAF "another leaf is a third certificate": Chain |c| {
            let other = if c.leaf.key.is_rsa() { c.authority.ec_leaf.der() } else { c.authority.rsa_leaf.der() };
            c.carry(other);
        };
        MERCHANT_CA_CARRIED "the merchants' authority is a third certificate":
            Chain |c| c.carry(c.authority.merchant_ca.der());
        OTHER_ROOT_CARRIED "a root of the same name and another key is a third certificate":
            Chain |c| c.carry(other_root(c));
        OTHER_ROOT_TRUSTED "all is signed under a root of the same name, which is carried": Chain |c| {
            let key = Key::p384(&c.authority.seed, "other root");
            c.intermediate.signer = key;
            c.carry(other_root(c));
        };
        LONGER_CHAIN "a second intermediate stands between leaf and intermediate": Chain |c| {
            let above = c.intermediate.der();
            let mut between = c.intermediate.clone().issued_by(&c.intermediate);
            between.key = c.stranger();
            c.intermediate_is(between);
            c.carry(above);
        };
        MERCHANT_FOR_INTERMEDIATE "a merchant's certificate issued the leaf":
            Chain |c| c.intermediate_is(c.authority.processing("merchant.evil", "processing", c.stranger()));
        MERCHANT_CA_FOR_INTERMEDIATE "the merchants' authority stands in the intermediate's place":
            Chain |c| c.intermediate_is(c.authority.merchant_ca.clone());
        LEAF_FOR_INTERMEDIATE "a genuine leaf issued the leaf":
            Chain |c| c.intermediate_is(c.authority.ec_leaf.clone());
        MERCHANT_FOR_LEAF "a merchant signed with its own certificate": Chain |c| {
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
