//! What `resultCode` of a status means: number, meaning, how it is read. Made from crates/epay-domain/data/error-codes.toml by `cargo xtask codes --bless`: change that.

#[rustfmt::skip]
pub(super) const RESULT_CODES: &[(i64, &str, &str)] = &[
    (100, "found", "statusName says how the payment stands"),
    (101, "rejected", "statusName decides; without a transaction nothing does"),
    (102, "invoice not found", "not yet visible, or never there: time decides"),
    (103, "error, ask again", "nothing: it is asked again"),
    (104, "the token has no terminal", "the terminal is wrong: the merchant acts"),
    (106, "wrong terminal", "the terminal is wrong: the merchant acts"),
    (107, "in progress, ask later", "nothing: it is asked again"),
    (109, "the terminal is not this client's", "the terminal is wrong: the merchant acts"),
];
