//! A question of the probe: what it asks, which switch of the fake bank it decides, and what we
//! assume until it is answered.

use serde_json::{Value, json};

/// One open question.
pub(super) struct Question {
    pub(super) name: &'static str,
    /// Of "What to ask the bank" in docs/bank-notes.md.
    pub(super) number: u8,
    pub(super) text: &'static str,
    /// The switch that does it otherwise, and how it stands until then.
    pub(super) switch: Option<(&'static str, Believed)>,
}

#[derive(Clone, Copy)]
pub(super) enum Believed {
    Word(&'static str),
    Number(u64),
    Yes,
    No,
}

impl Believed {
    pub(super) fn to_json(self) -> Value {
        match self {
            Believed::Word(word) => json!(word),
            Believed::Number(number) => json!(number),
            Believed::Yes => json!(true),
            Believed::No => json!(false),
        }
    }
}

use Believed::{No, Number, Word, Yes};

const fn ask(name: &'static str, number: u8, text: &'static str) -> Question {
    Question { name, number, text, switch: None }
}

const fn switch(
    name: &'static str,
    number: u8,
    text: &'static str,
    believed: Believed,
) -> Question {
    Question { name, number, text, switch: Some((name, believed)) }
}

/// All of them, in the order in which a person reads the answers.
pub(super) const QUESTIONS: &[Question] = &[
    ask("oauth_error", 15, "what has the answer to a wrong client?"),
    switch("status_errors_as_400", 13, "is a status without a payment an HTTP 400?", No),
    ask("test_key", 2, "do the test hosts show the key that is known?"),
    ask("latin", 2, "is `cryptogram` read in Latin letters?"),
    switch("reply_shape", 10, "does a success tell its status?", Word("full")),
    switch("bonus_minor", 5, "how much of a payment is bonus?", Number(0)),
    switch("visible_after", 7, "after how many milliseconds does a status show it?", Number(0)),
    switch("invisible_as", 7, "and what does it say before?", Word("not_found")),
    switch("echo_data", 16, "does a status have `data` as it was sent?", Word("same")),
    ask("created_date", 18, "in which time zone is `createdDate`?"),
    ask("stages", 5, "does an approval hold or take?"),
    ask("part_charged", 5, "what does a status say after a part was charged?"),
    switch("success_body", 10, "what is in the 200 of an operation?", Word("empty")),
    switch(
        "refund_report",
        6,
        "what does a status say after a partial refund?",
        Word("charge_remainder"),
    ),
    switch("external_id_dedupes", 12, "is a repeated externalID done once?", No),
    switch("wrong_state_code", 10, "which code has an operation in the wrong state?", Number(100)),
    switch("dedupe", 3, "are used invoice numbers refused?", Word("last_six")),
    ask("number_taken", 3, "and with which code?"),
    ask("cyrillic", 2, "is `сryptogram` read, with its Cyrillic letter?"),
    switch("check_card_details", 10, "must a test card have its CVC?", No),
    switch("magic_amounts", 10, "does 1484.07 choose a decline? The fake bank's alone", Yes),
    ask("used_token", 10, "what is said to a payment with a used token?"),
    switch("token_reuse", 10, "does a payment's token serve its status later?", Yes),
    switch("strict", 10, "is a key refused that has another casing than on the pages?", No),
    ask("declined", 10, "how does a status show a declined card?"),
    switch("confirm_without_token", 4, "does confirm do without a token?", Yes),
    switch("confirm_reply", 4, "how does confirm answer?", Word("redirect302")),
    ask("after_confirm", 17, "how does a payment stand after a wrong PaRes?"),
    ask("secret_hash", 8, "does `secret_hash` come back with success?"),
    switch("secret_hash_on_failure", 8, "and with failure?", No),
    switch("callback_on_operations", 9, "are there callbacks for charge, cancel and refund?", No),
    switch(
        "expiry",
        1,
        "which forms of `expDate` are taken? Only Apple Pay asks",
        Word("four_or_six"),
    ),
    switch(
        "saved_card_three_ds",
        4,
        "does a saved card ask for 3-D Secure? One that was saved by it can tell",
        No,
    ),
];
