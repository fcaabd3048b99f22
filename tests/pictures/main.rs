//! The pictures of docs/pictures, drawn from what really happens: a run that goes another way is another picture.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects by failing"
)]
#![cfg(test)]

#[path = "../it/blessed.rs"]
mod blessed;
mod certificates;
mod leases;
mod lost_answer;
mod sequence;
mod three_ds;
mod watched;

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
