//! Whatever is changed in either book, the comparison says what it is, and of which payment.

use super::*;
use epay::{Decline, InvoiceId, TerminalId};
use epay_domain::{
    CloseReason, Command, Event, Fact, Observation, Refunds, StepId, Timestamp, TransactionId,
};

const TERMINAL: &str = "67e34d63-102f-4bd1-898e-370781d0074d";
const AT: Timestamp = Timestamp::from_unix_millis(1_790_000_000_000);

/// Asks and hears in turn; every wish here is one the payment allows.
struct Attempted(Attempt);

impl Attempted {
    fn new(invoice: &str) -> Attempted {
        let payment = Payment::open(
            InvoiceId::new(invoice).unwrap(),
            Money::tenge(100),
            TerminalId::new(TERMINAL).unwrap(),
        );
        Attempted(Attempt { order: OrderId::new("order-1").unwrap(), payment, asks: 0 })
    }

    fn ask(mut self, wish: Command) -> Attempted {
        let event = self.0.payment.decide(wish.clone(), AT).unwrap();
        self.0.asks += usize::from(!matches!(wish, Command::Close(_)));
        self.apply(&event)
    }

    fn heard(self, fact: Fact) -> Attempted {
        let mut seen = Observation::status(fact);
        seen.transaction = Some(TransactionId::new("op-1").unwrap());
        let event = self.0.payment.record_reply(Ok(seen), AT);
        self.apply(&event)
    }

    fn apply(mut self, event: &Event) -> Attempted {
        self.0.payment = self.0.payment.apply(event);
        self
    }
}

fn step(name: &str) -> StepId {
    StepId::new(name).unwrap()
}

fn captured(sum: Money) -> Fact {
    Fact::Captured { captured: Some(sum), refunded: Refunds::NotTold }
}

fn paid() -> Attempt {
    Attempted::new("100001").ask(Command::Authorize).heard(captured(Money::tenge(100))).0
}

fn refunded_in_part() -> Attempt {
    let back = Command::Refund(step("refund-1"), Money::tenge(30));
    Attempted(paid()).ask(back).heard(Fact::StepAccepted(step("refund-1"))).0
}

fn booked(status: &str, held: u64, captured: u64) -> Operation {
    Operation {
        id: "op-1".into(),
        invoice: "100001".into(),
        terminal: TERMINAL.into(),
        currency: "KZT".into(),
        status: status.into(),
        ordered: 100_00,
        held,
        captured,
        refunded: 0,
        refunds: Vec::new(),
    }
}

fn with_refund(external_id: &str, amount: u64) -> Operation {
    let refund = Refund { external_id: Some(external_id.into()), amount };
    Operation { refunded: amount, refunds: vec![refund], ..booked("CHARGE", 100_00, 100_00) }
}

fn call(endpoint: &str, subject: &str) -> Call {
    Call { endpoint: endpoint.into(), subject: subject.into() }
}

/// As many money calls as our log has asks, some by invoice and the rest by operation, and a few
/// that move nothing.
fn calls(asks: usize) -> Vec<Call> {
    let moving = ["cryptopay", "confirm", "charge", "refund"];
    let subject = |endpoint: &str| if endpoint == "cryptopay" { "100001" } else { "op-1" };
    let asked = moving.iter().take(asks).map(|endpoint| call(endpoint, subject(endpoint)));
    asked
        .chain([call("status", "100001"), call("token", "100001"), call("public_key", "")])
        .collect()
}

#[track_caller]
fn differs(ours: &Attempt, bank: &[Operation], expected: &[&str]) {
    let rows = compare(std::slice::from_ref(ours), bank, &calls(ours.asks));
    let found: Vec<&str> =
        rows.iter().flat_map(|row| &row.differences).map(String::as_str).collect();
    assert_eq!(found, expected);
}

#[test]
fn every_end_of_a_payment_agrees_with_its_own_entry_at_the_bank_and_no_other() {
    let asked = || Attempted::new("100001").ask(Command::Authorize);
    let challenge =
        || epay_domain::Challenge { action: "a".into(), pa_req: "p".into(), md: "m".into() };
    let held = || asked().heard(Fact::Authorized);
    let ends = [
        (asked().heard(Fact::Declined(Decline::from_code(484))).0, booked("REJECT", 0, 0)),
        (held().0, booked("AUTH", 100_00, 0)),
        (
            held().ask(Command::Void(step("void"))).heard(Fact::Voided(VoidReason::Requested)).0,
            booked("CANCEL", 100_00, 0),
        ),
        (held().heard(Fact::Voided(VoidReason::Lapsed)).0, booked("CANCEL_OLD", 100_00, 0)),
        (paid(), booked("CHARGE", 100_00, 100_00)),
        (
            asked()
                .heard(Fact::ThreeDsRequired(challenge()))
                .ask(Command::Close(CloseReason::NeverConfirmed))
                .0,
            booked("3D", 0, 0),
        ),
    ];
    for (i, (ours, _)) in ends.iter().enumerate() {
        for (j, (_, bank)) in ends.iter().enumerate() {
            let rows =
                compare(std::slice::from_ref(ours), std::slice::from_ref(bank), &calls(ours.asks));
            let agrees = rows.iter().all(|row| row.differences.is_empty());
            // A dead attempt may have been refused at the bank: neither took anything.
            assert_eq!(agrees, i == j || (i, j) == (5, 0), "{i} {j}: {rows:?}");
        }
    }
    let full = Command::Refund(step("refund-1"), Money::tenge(100));
    let refunded = Attempted(paid()).ask(full).heard(Fact::StepAccepted(step("refund-1"))).0;
    differs(
        &refunded,
        &[Operation { status: "REFUND".into(), ..with_refund("refund-1", 100_00) }],
        &[],
    );
    differs(&refunded_in_part(), &[with_refund("refund-1", 30_00)], &[]);
}

#[test]
fn what_only_one_book_has_is_named() {
    let bank = booked("CHARGE", 100_00, 100_00);
    differs(&paid(), &[], &["only we have it: paid"]);
    let stray = Operation { id: "op-2".into(), invoice: "999999".into(), ..bank.clone() };
    differs(&paid(), &[bank.clone(), stray], &["only the bank has this invoice"]);
    differs(
        &paid(),
        &[Operation { invoice: "999999".into(), ..bank.clone() }],
        &[
            "only we have it: paid",
            "only the bank has this invoice; the operation is that of order order-1, invoice \
            100001",
        ],
    );
    let twice = [Operation { id: "op-2".into(), ..bank.clone() }, bank.clone()];
    differs(&paid(), &twice, &["operations: ours 1, the bank's 2"]);
    differs(&Attempted::new("100001").0, &[], &[]);
    differs(
        &Attempted::new("100001").0,
        &[bank],
        &[
            "state: ours new, the bank's CHARGE",
            "held: ours 0.00 KZT, the bank's 100.00 KZT",
            "captured: ours 0.00 KZT, the bank's 100.00 KZT",
        ],
    );
}

#[test]
fn each_field_that_differs_is_named() {
    let bank = || booked("CHARGE", 100_00, 100_00);
    for (bank, difference) in [
        (Operation { id: "op-2".into(), ..bank() }, "operation: ours op-1, the bank's op-2"),
        (Operation { currency: "USD".into(), ..bank() }, "currency: ours KZT, the bank's USD"),
        (Operation { ordered: 1, ..bank() }, "ordered: ours 100.00 KZT, the bank's 0.01 KZT"),
        (
            Operation { captured: 100_01, ..bank() },
            "captured: ours 100.00 KZT, the bank's 100.01 KZT",
        ),
        (Operation { refunded: 1, ..bank() }, "refunded: ours 0.00 KZT, the bank's 0.01 KZT"),
        (
            Operation { terminal: "other".into(), ..bank() },
            &format!("terminal: ours {TERMINAL}, the bank's other"),
        ),
    ] {
        differs(&paid(), &[bank], &[difference]);
    }
    differs(
        &refunded_in_part(),
        &[with_refund("refund-2", 30_00)],
        &["refunds: ours refund-1 of 3000 minor units, the bank's refund-2 of 3000 minor units"],
    );
}

#[test]
fn a_call_more_or_less_than_we_asked_is_noticed() {
    let bank = [booked("CHARGE", 100_00, 100_00)];
    let noticed = |calls: &[Call]| compare(&[paid()], &bank, calls)[0].differences.clone();
    assert_eq!(noticed(&calls(1)), [""; 0]);
    assert_eq!(noticed(&calls(0)), ["calls that may move money: ours 1, the bank's 0"]);
    assert_eq!(noticed(&calls(2)), ["calls that may move money: ours 1, the bank's 2"]);
    let elsewhere = [calls(1), vec![call("cryptopay", "100002")]].concat();
    assert_eq!(noticed(&elsewhere), [""; 0], "that one is another payment's");
}

#[test]
fn a_payment_of_unknown_end_agrees_with_nothing() {
    let ours = Attempted::new("100001").ask(Command::Authorize).0;
    differs(&ours, &[], &["we do not know how it ended"]);
}
