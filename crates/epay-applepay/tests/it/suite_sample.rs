//! A sample of a foreign suite of tokens: each is opened or refused as it expects.

use crate::{data, shared};
use epay_applepay::{Keys, Root, Verifier};

#[test]
fn every_case_of_the_sample_goes_as_it_expects() {
    let suite = data::suite_sample();
    let verifier = Verifier::trusting(Root::read(&shared::base64(&suite["root"])).unwrap());
    let keys = Keys::new(suite["merchants"].as_array().unwrap().iter().filter_map(shared::key));
    for case in suite["cases"].as_array().unwrap() {
        let token = case["token"].to_string();
        if token.contains("RSA_v1") && !cfg!(feature = "aws-lc") {
            continue;
        }
        let opened = shared::open(&verifier, &token, shared::at(&case["now"]), &keys);
        match case["expect"].as_str().unwrap() {
            "ok" => assert_eq!(
                opened.unwrap().expose(),
                case["plain"].as_str().unwrap(),
                "{}",
                case["name"]
            ),
            _ => {
                let stage = opened.unwrap_err().stage().name();
                let reason = case["reason"].as_str().unwrap();
                assert_eq!(
                    stage,
                    if reason == "oid" { "marker" } else { reason },
                    "{}",
                    case["name"]
                );
            }
        }
    }
}
