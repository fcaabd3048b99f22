//! The bank decides what happens to money; both doors, HTTP and typed, go through these functions.

use bytes::Bytes;
use ring::hmac;

use crate::{
    amount::Amount,
    callback_log::CallbackEntry,
    callbacks::{self, Callback, Moment},
    card_book::CardBook,
    cards::{self, Verdict},
    cryptogram::{self, Instrument, Wallet},
    faults::{Fault, Plan},
    ids::Ids,
    keep::Book,
    ledger::Ledger,
    operation::{DelayedVisibility, Details, Operation, Refund, Status},
    refusal::Refusal,
    rules,
    settings::{Settings, Stages, Switches, Terminal},
    status::{self, StatusAnswer},
    three_ds::{self, Challenge, PayerChoice},
    time::Millis,
    tokens::{PaymentGrant, Tokens},
    wire::WireEntry,
};

/// A fake bank: a pure state machine, driven by requests and moments that are handed in.
#[derive(Debug)]
pub struct Bank {
    pub(crate) settings: Settings,
    pub(crate) ids: Ids,
    pub(crate) tokens: Tokens,
    pub(crate) ledger: Ledger,
    pub(crate) plan: Plan,
    pub(crate) wire: Book<WireEntry>,
    pub(crate) outbox: Vec<Callback>,
    pub(crate) callback_log: Book<CallbackEntry>,
    /// Whether the call that is performed hides `md`.
    pub(crate) without_md: bool,
    pub(crate) saved_cards: CardBook,
    acs_key: hmac::Key,
}

/// A payment after parsing.
#[derive(Clone, Debug)]
pub struct Pay {
    /// Terminal UUID.
    pub terminal: String,
    /// 6–15 digits.
    pub invoice: String,
    /// The whole sum, bonuses included.
    pub amount: Amount,
    /// ISO code.
    pub currency: String,
    /// From [`Bank::open`] or [`Instrument::card`].
    pub instrument: Instrument,
    /// Whether a zero amount is a card verification rather than a mistake.
    pub verify_card: bool,
    /// Whether the card is to be kept.
    pub save_card: bool,
    /// What is echoed, and where to report.
    pub details: Details,
}

impl Pay {
    /// A payment in KZT described as `Order`, with nothing else to echo.
    pub fn kzt(terminal: &str, invoice: &str, amount: Amount, instrument: Instrument) -> Self {
        let (invoice, currency) = (invoice.to_owned(), "KZT".to_owned());
        let details = Details { description: "Order".to_owned(), ..Details::default() };
        let asked = PaymentGrant { invoice, amount, currency };
        Self::of(terminal.to_owned(), asked, instrument, details)
    }

    /// What was asked for, by this means; the card is neither verified nor kept.
    pub(crate) fn of(
        terminal: String,
        asked: PaymentGrant,
        instrument: Instrument,
        details: Details,
    ) -> Self {
        let PaymentGrant { invoice, amount, currency } = asked;
        let (verify_card, save_card) = (false, false);
        Self { terminal, invoice, amount, currency, instrument, verify_card, save_card, details }
    }
}

impl Bank {
    /// Opens a bank with an empty ledger.
    pub fn new(settings: Settings) -> Self {
        let ids = Ids::new(settings.seed);
        let acs_key = ids.acs_key();
        Self {
            settings,
            ids,
            acs_key,
            tokens: Tokens::default(),
            ledger: Ledger::default(),
            plan: Plan::default(),
            wire: Book::default(),
            outbox: Vec::new(),
            callback_log: Book::default(),
            saved_cards: CardBook::default(),
            without_md: false,
        }
    }

    /// Forgets every operation, token and plan; keeps settings, key and seed.
    pub fn reset(&mut self) {
        *self = Self::new(self.settings.clone());
    }

    /// What the bank was opened with, and the switches as they stand.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The switches, to be turned between two calls.
    pub fn switches_mut(&mut self) -> &mut Switches {
        &mut self.settings.switches
    }

    /// The body of `GET /public.rsa`: PEM, SubjectPublicKeyInfo, RSA-4096.
    pub fn public_key_pem(&self) -> &str {
        self.settings.key.public_pem()
    }

    /// Every booked operation, refused ones included, in order of booking.
    pub fn ledger(&self) -> &[Operation] {
        self.ledger.all()
    }

    /// The latest operation booked for an invoice.
    pub fn operation(&self, invoice: &str) -> Option<&Operation> {
        self.ledger.of_invoice(invoice).next()
    }

    /// Every call of a known endpoint so far, at either door.
    pub fn wire_log(&self) -> &[WireEntry] {
        &self.wire
    }

    /// Plans a fault.
    pub fn plan(&mut self, fault: Fault) {
        self.plan.add(fault);
    }

    /// The faults still to come.
    pub fn planned(&self) -> &[Fault] {
        self.plan.all()
    }

    /// Takes the callbacks of typed calls made outside [`Bank::perform`].
    pub fn take_callbacks(&mut self) -> Vec<Callback> {
        std::mem::take(&mut self.outbox)
    }

    /// Opens and checks a cryptogram for `terminal` with the bank's private key.
    ///
    /// # Errors
    /// A rule refusal: 477 unreadable, 464 another terminal inside, 457 expiry, 459 number or CVC.
    pub fn open(
        &self,
        cryptogram: &str,
        wallet: Wallet<'_>,
        terminal: &str,
    ) -> Result<Instrument, Refusal> {
        let Settings { key, switches, cards, .. } = &self.settings;
        cryptogram::open(key, cryptogram, wallet, terminal, switches, cards)
    }

    /// Asks the issuer and books the answer. Read the status: 3D means the payer has to go to the 3-D Secure page.
    ///
    /// # Errors
    /// A decline is booked (REJECT) and returned; a broken rule is returned only.
    pub fn pay(&mut self, pay: Pay, now: Millis) -> Result<Operation, Refusal> {
        let switches = self.settings.switches.clone();
        let terminal =
            self.terminal(&pay.terminal).ok_or(Refusal::rule(464, cards::message(464)))?.clone();
        rules::invoice(&pay.invoice)?;
        rules::currency(&pay.currency)?;
        rules::description(&pay.details.description)?;
        rules::unused(&pay.invoice, &terminal.id, &self.ledger, &switches)?;
        if pay.amount == Amount::ZERO && !pay.verify_card {
            return Err(Refusal::rule(470, cards::message(470)));
        }
        let magic = cards::verdict_of_amount(pay.amount).filter(|_| switches.magic_amounts);
        let verdict = magic.unwrap_or(pay.instrument.verdict);
        let mut operation = self.new_operation(pay, &terminal, now);
        match verdict {
            Verdict::Approve => self.approve(&mut operation, &terminal, now),
            Verdict::Decline(code) => refuse(&mut operation, Status::Reject, code, now),
            Verdict::Fingerprint => operation.become_(Status::Fingerprint, now),
            Verdict::ThreeDs => {
                operation.challenge = Some(Challenge::new(&self.ids.uuid()));
                operation.become_(Status::ThreeDs, now);
            }
        }
        if switches.visible_after > 0 {
            operation.delayed_visibility =
                Some(DelayedVisibility { until: now.plus(switches.visible_after), before: None });
        }
        self.ledger.book(operation.clone());
        self.report(&operation, now);
        if let Some(challenge) = operation.challenge.as_mut().filter(|_| self.without_md) {
            challenge.md.clear();
        }
        outcome(operation)
    }

    /// What the payer's browser brings back from the 3-D Secure page: the PaRes for a challenge that still waits.
    pub fn pa_res(&self, pa_req: &str, md: &str, choice: PayerChoice) -> Option<String> {
        self.challenged(pa_req, md)
            .map(|operation| three_ds::pa_res(&self.acs_key, &operation.id, choice))
    }

    /// The operation that waits for this challenge.
    pub fn challenged(&self, pa_req: &str, md: &str) -> Option<&Operation> {
        self.waiting(|challenge| challenge.pa_req == pa_req && challenge.md == md)
    }

    /// The latest operation that waits for such a challenge.
    pub(crate) fn waiting(&self, such: impl Fn(&Challenge) -> bool) -> Option<&Operation> {
        let mut latest = self.ledger.all().iter().rev();
        latest.find(|operation| operation.challenge().is_some_and(&such))
    }

    /// Finishes a payment that waited for 3-D Secure. `terminal`: the token's, where one was shown.
    ///
    /// # Errors
    /// A damaged or foreign PaRes fails the operation (877), as does the payer's refusal (499).
    pub fn confirm(
        &mut self,
        terminal: Option<&str>,
        id: &str,
        md: &str,
        pa_res: &str,
        now: Millis,
    ) -> Result<Operation, Refusal> {
        let mut operation = self.find(terminal, id, &[Status::ThreeDs])?;
        let own = self.terminal(&operation.terminal).ok_or(Refusal::not_found())?.clone();
        let bound = operation.challenge().is_some_and(|challenge| challenge.md == md);
        match three_ds::choice_of(&self.acs_key, &operation.id, pa_res).filter(|_| bound) {
            Some(PayerChoice::Approve) => {
                operation.secure = true;
                self.approve(&mut operation, &own, now);
            }
            Some(PayerChoice::Decline) => refuse(&mut operation, Status::Failed, 499, now),
            None => refuse(&mut operation, Status::Failed, 877, now),
        }
        self.store(&operation);
        self.report(&operation, now);
        outcome(operation)
    }

    /// Captures a hold, all of it without an amount; the rest of a partial capture is released.
    ///
    /// # Errors
    /// Unknown operation, not AUTH, nothing or more than held.
    pub fn charge(
        &mut self,
        terminal: Option<&str>,
        id: &str,
        amount: Option<Amount>,
        now: Millis,
    ) -> Result<Operation, Refusal> {
        let mut operation = self.find(terminal, id, &[Status::Auth])?;
        operation.captured = rules::charge(amount, operation.held)?;
        operation.become_(Status::Charge, now);
        Ok(self.settle(operation, now))
    }

    /// Releases a hold.
    ///
    /// # Errors
    /// Unknown operation, not AUTH.
    pub fn cancel(
        &mut self,
        terminal: Option<&str>,
        id: &str,
        now: Millis,
    ) -> Result<Operation, Refusal> {
        let mut operation = self.find(terminal, id, &[Status::Auth])?;
        operation.become_(Status::Cancel, now);
        Ok(self.settle(operation, now))
    }

    /// Gives back a part, or without an amount all that is left.
    ///
    /// # Errors
    /// Unknown operation, not CHARGE, less than 10 KZT or more than is left.
    pub fn refund(
        &mut self,
        terminal: Option<&str>,
        id: &str,
        amount: Option<Amount>,
        external_id: Option<&str>,
        now: Millis,
    ) -> Result<Operation, Refusal> {
        let known = |operation: &Operation| {
            external_id.is_some()
                && operation
                    .refunds
                    .iter()
                    .any(|refund| refund.external_id.as_deref() == external_id)
        };
        if self.settings.switches.external_id_dedupes {
            let any = [Status::Charge, Status::Refund];
            if let Ok(operation) = self.find(terminal, id, &any)
                && known(&operation)
            {
                return Ok(operation);
            }
        }
        let mut operation = self.find(terminal, id, &[Status::Charge])?;
        let amount = rules::refund(amount, operation.refundable())?;
        operation.refunds.push(Refund {
            amount,
            external_id: external_id.map(str::to_owned),
            at: now,
        });
        if operation.refundable() == Amount::ZERO {
            operation.become_(Status::Refund, now);
        }
        Ok(self.settle(operation, now))
    }

    /// What check-status says to the owner of `terminal`. Moves nothing.
    pub fn status(&self, terminal: &str, invoice: &str, now: Millis) -> StatusAnswer {
        status::look(&self.ledger, terminal, invoice, &self.settings.switches, now).0
    }

    /// Lets every hold lapse: AUTH becomes CANCEL_OLD. Returns how many.
    pub fn expire_holds(&mut self, now: Millis) -> usize {
        let held =
            self.ledger.all_mut().iter_mut().filter(|operation| operation.status == Status::Auth);
        held.map(|operation| operation.become_(Status::CancelOld, now)).count()
    }

    /// Recognises every payer's device that is waited for: FINGERPRINT goes on as an approval does, and
    /// nobody is asked. Returns how many.
    pub fn pass_fingerprints(&mut self, now: Millis) -> usize {
        let waits = |operation: &&Operation| operation.status == Status::Fingerprint;
        let waiting: Vec<Operation> = self.ledger.all().iter().filter(waits).cloned().collect();
        let passed = waiting.len();
        for mut operation in waiting {
            if let Some(terminal) = self.terminal(&operation.terminal).cloned() {
                self.approve(&mut operation, &terminal, now);
                self.store(&operation);
                self.report(&operation, now);
            }
        }
        passed
    }

    /// Lets every 3-D Secure challenge lapse that nobody has answered, and every device that was not
    /// recognised: 3D and FINGERPRINT become FAILED. Returns how many.
    pub fn expire_challenges(&mut self, now: Millis) -> usize {
        let asked =
            self.ledger.all_mut().iter_mut().filter(|operation| operation.waits_for_payer());
        asked.map(|operation| refuse(operation, Status::Failed, 499, now)).count()
    }

    pub(crate) fn terminal(&self, id: &str) -> Option<&Terminal> {
        self.settings.terminals.iter().find(|terminal| terminal.id.eq_ignore_ascii_case(id))
    }

    fn new_operation(&mut self, pay: Pay, terminal: &Terminal, now: Millis) -> Operation {
        Operation {
            id: self.ids.uuid(),
            invoice: pay.invoice,
            terminal: terminal.id.clone(),
            currency: pay.currency,
            ordered: pay.amount,
            held: Amount::ZERO,
            captured: Amount::ZERO,
            refunds: Vec::new(),
            status: Status::New,
            history: vec![(now, Status::New)],
            card_mask: pay.instrument.mask,
            card_type: pay.instrument.scheme,
            method: pay.instrument.method,
            expiry: pay.instrument.expiry,
            reference: String::new(),
            approval_code: String::new(),
            card_id: pay.instrument.saved_as.unwrap_or_default(),
            reason_code: 0,
            secure: false,
            verdict: pay.instrument.verdict,
            save_card: pay.save_card,
            details: pay.details,
            challenge: None,
            way_back: None,
            delayed_visibility: None,
        }
    }

    fn approve(&mut self, operation: &mut Operation, terminal: &Terminal, now: Millis) {
        operation.reference = self.ids.digits(12);
        operation.approval_code = self.ids.digits(6);
        if operation.card_id.is_empty() {
            operation.card_id = self.ids.uuid();
        }
        operation.held = operation.ordered;
        let status = match terminal.stages {
            _ if operation.ordered == Amount::ZERO => Status::Verified,
            Stages::Two => Status::Auth,
            Stages::One => {
                operation.captured = operation.ordered;
                Status::Charge
            }
        };
        operation.become_(status, now);
        self.keep_card(operation, now);
    }

    /// A copy of the operation, if `terminal` may touch it and it stands in one of `states`.
    fn find(
        &self,
        terminal: Option<&str>,
        id: &str,
        states: &[Status],
    ) -> Result<Operation, Refusal> {
        let own = |operation: &&Operation| terminal.is_none_or(|own| operation.is_on(own));
        let operation = self.ledger.by_id(id).filter(own).ok_or(Refusal::not_found())?;
        if states.contains(&operation.status) {
            Ok(operation.clone())
        } else {
            Err(Refusal::wrong_state(self.settings.switches.wrong_state_code))
        }
    }

    fn settle(&mut self, operation: Operation, now: Millis) -> Operation {
        self.store(&operation);
        if self.settings.switches.callback_on_operations {
            self.report(&operation, now);
        }
        operation
    }

    fn store(&mut self, operation: &Operation) {
        if let Some(place) = self.ledger.by_id_mut(&operation.id) {
            place.clone_from(operation);
        }
    }

    /// Puts the callback of a finished authorisation into the outbox.
    fn report(&mut self, operation: &Operation, now: Millis) {
        if operation.waits_for_payer() {
            return;
        }
        let (url, body) = callbacks::about(operation, &self.settings.switches, now);
        // What nobody was to hear is not kept: a body is a quarter of all that stays of a payment.
        let body = if url.is_some() { body } else { Bytes::new() };
        let (entry, invoice) = (self.callback_log.next_number(), &operation.invoice);
        self.outbox.extend(url.clone().map(|url| Callback {
            url,
            invoice: invoice.clone(),
            body: body.clone(),
            moment: Moment::AfterAnswer,
            copies: 1,
            entry,
        }));
        let (invoice, ends) = (invoice.clone(), Vec::new());
        self.callback_log.push(CallbackEntry { at: now, invoice, url, ends, body });
    }
}

fn refuse(operation: &mut Operation, status: Status, code: u32, now: Millis) {
    operation.reason_code = code;
    operation.become_(status, now);
}

fn outcome(operation: Operation) -> Result<Operation, Refusal> {
    match operation.reason_code {
        0 => Ok(operation),
        code => Err(Refusal::declined(code)),
    }
}
