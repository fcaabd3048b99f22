//! Secrets have no `Display`, and their `Debug` says that there is something and not what.

use epay_crypto::SealedMethod;
use epay::{Cvc, Secret};

fn right(secret: &Secret, code: &Cvc, method: &SealedMethod) {
    println!("{secret:?} {code:?} {method:?}");
}

fn wrong(secret: &Secret, code: &Cvc, method: &SealedMethod) {
    println!("{secret} {code} {method}");
}

fn main() {}
