//! Whatever the fuzzer has kept goes through its target again.

use std::{fs, path::Path};

/// Compiled here, so that the targets can't fall behind what they read.
#[expect(unreachable_pub, reason = "the fuzzer reaches it")]
#[path = "../../fuzz/src/lib.rs"]
mod fuzz;

type Target = fn(&[u8]);

/// All but the one that only a fuzzer can call.
const TARGETS: [(&str, Target); 14] = [
    ("apple_certificate", fuzz::apple_pay::certificate),
    ("apple_pay_token", fuzz::apple_pay_token),
    ("apple_signature", fuzz::apple_pay::signature),
    ("apple_token", fuzz::apple_pay::token),
    ("confirm", fuzz::confirm),
    ("cryptopay", fuzz::cryptopay),
    ("oauth_token", fuzz::oauth_token),
    ("post_link", fuzz::post_link),
    ("public_key", fuzz::public_key),
    ("record", fuzz::record),
    ("status", fuzz::status),
    ("step", fuzz::step),
    ("three_ds_form", fuzz::three_ds_form),
    ("three_ds_return", fuzz::three_ds_return),
];

#[test]
fn the_corpus_holds_nothing_that_a_reader_falls_over() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus");
    let mut names: Vec<String> = fs::read_dir(&corpus)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "apple_payload")
        .collect();
    names.sort();
    assert_eq!(names, TARGETS.map(|(name, _)| name));
    for (name, target) in TARGETS {
        for file in fs::read_dir(corpus.join(name)).unwrap() {
            target(&fs::read(file.unwrap().path()).unwrap());
        }
    }
}
