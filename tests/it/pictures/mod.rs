//! The pictures of docs/pictures, drawn from runs: what goes another way is another picture.

mod certificates;
mod leases;
mod lost_answer;
mod sequence;
mod three_ds;
mod watched;

use crate::blessed;

#[tokio::test]
async fn a_lost_answer() {
    blessed::check("docs/pictures/lost-answer.svg", &lost_answer::draw().await);
}

#[tokio::test]
async fn three_d_secure() {
    blessed::check("docs/pictures/three-ds.svg", &three_ds::draw().await);
}

#[tokio::test]
async fn claims_and_leases() {
    blessed::check("docs/pictures/leases.svg", &leases::draw().await);
}

#[tokio::test]
async fn two_certificates() {
    blessed::check("docs/pictures/certificates.svg", &certificates::draw().await);
}
