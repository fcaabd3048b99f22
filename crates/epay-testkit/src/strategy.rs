//! Any value the bank may send or a merchant may choose, for property tests.
//!
//! ```
//! use epay_domain::{InvoiceId, Money, Observation, Payment, TerminalId, Timestamp};
//! use epay_testkit::strategy;
//! use proptest::prelude::*;
//!
//! proptest!(|(ordered in strategy::money(), seen in strategy::observation())| {
//!     let terminal = TerminalId::new("67e34d63-102f-4bd1-898e-370781d0074d").unwrap();
//!     let payment = Payment::open(InvoiceId::new("100000017").unwrap(), ordered, terminal);
//!     let heard = payment.record_reply(Ok(seen), Timestamp::default());
//!     let _ = payment.apply(&heard); // takes anything
//! });
//! ```

use epay_domain::{
    AttemptTag, BankAmount, BankText, CardId, Challenge, Currency, Decline, Details, Fact,
    InvoiceId, Money, Observation, Origin, PayerStep, Refunds, Source, StepId, TerminalId,
    TransactionId, VoidReason,
};
use proptest::{option, prelude::*};
use std::time::Duration;

/// A positive sum in tenge, up to ten million: few enough that two of them may be equal or add up.
pub fn money() -> impl Strategy<Value = Money> {
    prop_oneof![(1..=20_u64).prop_map(|tens| tens * 10_00), 1..=10_000_000_00_u64]
        .prop_map(Money::tiyn)
}

/// Tenge mostly, and sometimes a currency with another number of decimals.
pub fn currency() -> impl Strategy<Value = Currency> {
    let other = ("[A-Z]{3}", 0..=4_u8)
        .prop_filter_map("a currency", |(code, digits)| Currency::new(&code, digits).ok());
    prop_oneof![8 => Just(Currency::KZT), 1 => Just(Currency::USD), 1 => other]
}

/// A sum in any currency, zero and the largest included.
pub fn any_money() -> impl Strategy<Value = Money> {
    let minor = prop_oneof![8 => 0..=10_000_00_u64, 1 => any::<u64>(), 1 => Just(u64::MAX)];
    (minor, currency()).prop_map(|(minor, currency)| Money::new(minor, currency))
}

/// 6 to 15 digits without a leading zero.
pub fn invoice() -> impl Strategy<Value = InvoiceId> {
    "[1-9][0-9]{5,14}".prop_filter_map("an invoice", |digits| InvoiceId::new(&digits).ok())
}

/// A UUID.
pub fn terminal() -> impl Strategy<Value = TerminalId> {
    "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
        .prop_filter_map("a terminal", |uuid| TerminalId::new(&uuid).ok())
}

/// An attempt's tag, or none.
pub fn tag() -> impl Strategy<Value = Option<AttemptTag>> {
    option::of(any::<[u8; 16]>().prop_map(AttemptTag::new))
}

/// An operation's name, as the bank gives them: a UUID.
pub fn transaction() -> impl Strategy<Value = TransactionId> {
    terminal().prop_filter_map("a transaction", |uuid| TransactionId::new(uuid.as_str()).ok())
}

/// One of a few names, so that two steps may share one.
pub fn step() -> impl Strategy<Value = StepId> {
    "step-[1-4]".prop_filter_map("a step", |name| StepId::new(&name).ok())
}

/// A code the bank documents, or any number; final, not final, or final because a status says so.
pub fn decline() -> impl Strategy<Value = Decline> {
    let code = prop_oneof![3 => 450..=530_i64, 1 => any::<i64>()];
    (code, 0..3).prop_map(|(code, how)| match how {
        0 => Decline::as_hint(code),
        1 => Decline::by_status(code),
        _ => Decline::from_code(code),
    })
}

/// Whatever the bank may say, true or not.
pub fn fact() -> impl Strategy<Value = Fact> {
    let challenge = ("[A-Za-z0-9+/]{1,40}", "[A-Za-z0-9+/]{1,20}").prop_map(|(pa_req, md)| {
        Challenge { action: "https://acs.example/".to_owned(), pa_req, md }
    });
    let refunds = prop_oneof![
        Just(Refunds::NotTold),
        Just(Refunds::SumNotTold),
        any_money().prop_map(Refunds::Total),
        money().prop_map(Refunds::Total),
    ];
    let captured = (option::of(prop_oneof![money(), any_money()]), refunds);
    prop_oneof![
        Just(Fact::Approved),
        challenge.prop_map(Fact::ThreeDsRequired),
        Just(Fact::InProgress),
        prop_oneof![Just(PayerStep::Fingerprint), Just(PayerStep::Challenge)]
            .prop_map(Fact::AwaitingPayer),
        Just(Fact::NumberTaken),
        Just(Fact::NotFound),
        "[A-Z_]{1,12}".prop_map(|name| Fact::Other(BankText::new(&name))),
        decline().prop_map(Fact::Declined),
        Just(Fact::Verified),
        Just(Fact::Authorized),
        prop_oneof![Just(VoidReason::Lapsed), Just(VoidReason::Requested)].prop_map(Fact::Voided),
        captured.prop_map(|(captured, refunded)| Fact::Captured { captured, refunded }),
        step().prop_map(Fact::StepAccepted),
        (step(), decline()).prop_map(|(step, decline)| Fact::StepRefused(step, decline)),
    ]
}

/// What an accountant would find a payment by, or some of it.
pub fn details() -> impl Strategy<Value = Details> {
    let text = || option::of("[0-9]{1,12}".prop_map(|text| BankText::new(&text)));
    let card = option::of("[0-9a-f]{1,4}".prop_map(|id| CardId::new(&id).ok()));
    (text(), text(), text(), card).prop_map(|(reference, approval_code, card_mask, card)| Details {
        reference,
        approval_code,
        card_mask,
        card_id: card.flatten(),
    })
}

/// Any answer about any payment. Most name neither invoice nor terminal, so that they may be about yours.
pub fn observation() -> impl Strategy<Value = Observation> {
    let rarely = 0.1;
    let amount = (any_money(), any_money()).prop_map(|(card, bonus)| BankAmount { card, bonus });
    (
        fact(),
        prop_oneof![Just(Source::Reply), Just(Source::Status)],
        option::weighted(rarely, transaction()),
        option::weighted(rarely, invoice().prop_map(|named| BankText::new(named.as_str()))),
        option::weighted(rarely, terminal()),
        option::of(prop_oneof![money().prop_map(BankAmount::card_only), amount]),
        option::of(currency()),
        prop_oneof![8 => Just(Origin::NotTold), 2 => Just(Origin::Ours), 1 => Just(Origin::Other)],
        details(),
        option::weighted(0.3, (0..200_000_u64).prop_map(Duration::from_secs)),
    )
        .prop_map(
            |(
                fact,
                source,
                transaction,
                invoice,
                terminal,
                amount,
                currency,
                origin,
                details,
                elapsed,
            )| {
                Observation {
                    fact,
                    transaction,
                    invoice,
                    terminal,
                    amount,
                    currency,
                    origin,
                    details,
                    source,
                    elapsed,
                }
            },
        )
}
