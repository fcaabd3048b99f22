//! An order that a shop's page sends to the pay form: validated before the payer types a card, and
//! paid like a cryptogram.

use std::fmt;

use crate::{
    amount::Amount,
    bank::{Bank, Pay},
    cryptogram::Instrument,
    handlers, ledger,
    operation::{Details, Operation},
    refusal::Refusal,
    request::Form,
    rules,
    secret::Secret,
    settings::SANDBOX_CLIENT,
    time::Millis,
    tokens::{Grant, PaymentGrant},
};

/// What the page of an order shows.
#[cfg_attr(not(feature = "server"), expect(dead_code, reason = "the pages show it"))]
pub(crate) enum Order {
    /// It can be paid.
    Open(Box<Payable>),
    /// It was paid, or declined, through this form: the operation's id.
    Answered(String),
    /// It can't be paid, and each reason, for whoever writes the shop.
    Wrong(Vec<String>),
}

/// An order that a card may pay.
#[cfg_attr(not(feature = "server"), expect(dead_code, reason = "the pages show it"))]
pub(crate) struct Payable {
    pub(crate) asked: PaymentGrant,
    pub(crate) details: Details,
    /// Whether a new card is to be kept, if its payer agrees.
    pub(crate) save_card: bool,
    /// Whose token it is.
    pub(crate) client: String,
    pub(crate) terminal: String,
    token: String,
    way_back: WayBack,
}

/// Where the payer goes from the result.
#[derive(Clone, Debug, Default)]
#[cfg_attr(not(feature = "server"), expect(dead_code, reason = "the pages show it"))]
pub(crate) struct WayBack {
    pub(crate) back: Option<String>,
    pub(crate) failure_back: Option<String>,
    /// In a frame of the shop's page.
    pub(crate) framed: bool,
    pub(crate) language: String,
}

/// Why the pay form takes no card for an order: each reason, for whoever writes the shop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotPayable(pub Vec<String>);

impl fmt::Display for NotPayable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the order can't be paid at the form: {}", self.0.join("; "))
    }
}

impl std::error::Error for NotPayable {}

impl Bank {
    /// Gives out what the token form does: a token for this payment alone, of the published client.
    pub fn give_token(
        &mut self,
        terminal: &str,
        (invoice, amount, currency): (&str, Amount, &str),
        secret_hash: Option<Secret>,
        now: Millis,
    ) -> String {
        let (invoice, currency) = (invoice.to_owned(), currency.to_owned());
        let grant = Grant {
            client: SANDBOX_CLIENT.to_owned(),
            terminal: Some(terminal.to_ascii_lowercase()),
            payment: Some(PaymentGrant { invoice, amount, currency }),
            secret_hash,
            ..Grant::default()
        };
        let token = self.ids.token();
        self.tokens.give(token.clone(), grant, now);
        token
    }

    /// The payer opens the pay form with `params`, the JSON object that a shop's page gives to `halyk.pay`,
    /// and pays there. Gives the id of what was booked, declined or not; where 3-D Secure comes first, the
    /// form ends it by [`confirm`](Bank::confirm).
    ///
    /// # Errors
    /// The form does not take a card for it: nothing was booked.
    pub fn pay_at_form(
        &mut self,
        params: &str,
        instrument: Instrument,
        now: Millis,
    ) -> Result<String, NotPayable> {
        let params = Form::of_params(params);
        let params = params.ok_or(NotPayable(vec!["params are not a JSON object".to_owned()]))?;
        match self.order(&params, false, now) {
            Order::Open(order) => self
                .pay_by_form(*order, instrument, now)
                .map_err(|refusal| NotPayable(vec![refusal.message().to_owned()])),
            Order::Answered(_) => Err(NotPayable(vec!["it was paid, or declined".to_owned()])),
            Order::Wrong(why) => Err(NotPayable(why)),
        }
    }

    /// Reads the params of a shop's page.
    pub(crate) fn order(&self, params: &Form, framed: bool, now: Millis) -> Order {
        let mut wrong = Vec::new();
        let mut required = |name: &str| {
            let text = params.get(&name.to_lowercase()).unwrap_or_default().to_owned();
            if text.is_empty() {
                wrong.push(format!("{name} is missing"));
            }
            text
        };
        let (invoice, currency) = (required("invoiceId"), required("currency"));
        let (terminal, description) = (required("terminal"), required("description"));
        let sum = required("amount");
        let token = params.get("auth[access_token]").unwrap_or_default().to_owned();
        let amount = Amount::parse(&sum);
        if amount.is_none() && !sum.is_empty() {
            wrong.push(format!("amount is not a sum: {sum}"));
        }
        let rule = |checked: Result<(), Refusal>| checked.err().map(|it| it.message().to_owned());
        let given = [
            (&invoice, rule(rules::invoice(&invoice))),
            (&currency, rule(rules::currency(&currency))),
            (&description, rule(rules::description(&description))),
        ];
        let broken = given.into_iter().filter(|(text, _)| !text.is_empty());
        wrong.extend(broken.filter_map(|(_, broken)| broken));
        wrong.extend(links(params));
        let text = |name| params.get(name).unwrap_or_default().to_owned();
        if !text("name").is_ascii() {
            wrong.push("name may have Latin letters alone".to_owned());
        }
        let asked = PaymentGrant { invoice, amount: amount.unwrap_or_default(), currency };
        let grant = match self.tokens.look(Some(token.as_str()).filter(|it| !it.is_empty()), now) {
            Err(refusal) => {
                let why = refusal.message();
                wrong.push(format!("auth is the whole answer to the token request: {why}"));
                return Order::Wrong(wrong);
            }
            Ok(grant) => grant,
        };
        wrong.extend(handlers::payment_grant(self, grant).err().map(|it| it.message().to_owned()));
        wrong.extend(grant.payment.iter().flat_map(|bound| differences(&asked, bound)));
        if grant.terminal.as_ref().is_some_and(|bound| !bound.eq_ignore_ascii_case(&terminal)) {
            wrong.push("terminal is not the one that the token was asked for".to_owned());
        }
        if wrong.is_empty() && self.tokens.is_spent(&token) {
            let mut booked = self.ledger.of_invoice(&asked.invoice);
            let here = |it: &&Operation| it.is_on(&terminal) && it.way_back.is_some();
            if let Some(operation) = booked.find(here) {
                return Order::Answered(operation.id.clone());
            }
            wrong.push(
                "auth: its token has been used; each payment needs one of its own".to_owned(),
            );
        }
        let switches = &self.settings.switches;
        let unused = rules::unused(&asked.invoice, &terminal, &self.ledger, switches);
        if wrong.is_empty() && unused.is_err() {
            let six = ledger::last_six(&asked.invoice);
            wrong.push(format!("invoiceId was used before, or another that ends in {six}"));
        }
        if !wrong.is_empty() {
            return Order::Wrong(wrong);
        }
        let link = |name, granted: &Option<String>| {
            params.get(name).map(str::to_owned).or_else(|| granted.clone())
        };
        let language = text("language").to_lowercase();
        let details = Details {
            name: text("name"),
            account_id: text("accountid"),
            description,
            email: text("email"),
            phone: text("phone"),
            language: if language.is_empty() { "rus".to_owned() } else { text("language") },
            invoice_alt: text("invoiceidalt"),
            data: text("data"),
            post_link: link("postlink", &grant.post_link),
            failure_post_link: link("failurepostlink", &grant.failure_post_link),
            secret_hash: grant.secret_hash.clone(),
        };
        let way_back = WayBack {
            back: link("backlink", &None),
            failure_back: link("failurebacklink", &None),
            framed,
            language,
        };
        // Nobody could choose a card that is kept for nobody.
        let named = !details.account_id.is_empty();
        let save_card = named && text("cardsave").eq_ignore_ascii_case("true");
        let client = grant.client.clone();
        Order::Open(Box::new(Payable {
            asked,
            details,
            save_card,
            client,
            terminal,
            token,
            way_back,
        }))
    }

    /// Pays an order, and gives the id of what was booked, declined or not.
    ///
    /// # Errors
    /// A broken rule: nothing was booked.
    pub(crate) fn pay_by_form(
        &mut self,
        order: Payable,
        instrument: Instrument,
        now: Millis,
    ) -> Result<String, Refusal> {
        let Payable { asked, details, save_card, terminal, token, way_back, .. } = order;
        self.tokens.spend(Some(&token), now)?;
        let booked = self.ledger.all().len();
        let pay = Pay { save_card, ..Pay::of(terminal, asked, instrument, details) };
        let paid = self.pay(pay, now);
        let made = self.ledger.all().get(booked).map(|operation| operation.id.clone());
        let id = made.ok_or_else(|| paid.err().unwrap_or(Refusal::not_found()))?;
        if let Some(operation) = self.ledger.by_id_mut(&id) {
            operation.way_back = Some(Box::new(way_back));
        }
        Ok(id)
    }
}

fn differences(asked: &PaymentGrant, bound: &PaymentGrant) -> Vec<String> {
    let mut all = Vec::new();
    let mut compare = |name: &str, asked: String, bound: String| {
        if asked != bound {
            all.push(format!("{name} is {asked}, and its token was asked for {bound}"));
        }
    };
    compare("invoiceId", asked.invoice.clone(), bound.invoice.clone());
    compare("amount", asked.amount.to_string(), bound.amount.to_string());
    compare("currency", asked.currency.clone(), bound.currency.clone());
    all
}

/// Links that are no web addresses: one of them becomes a link of our page.
fn links(params: &Form) -> impl Iterator<Item = String> {
    let all = ["backLink", "failureBackLink", "postLink", "failurePostLink"];
    all.into_iter().filter_map(|name| {
        let link = params.get(&name.to_lowercase())?;
        let web = link.starts_with("https://") || link.starts_with("http://");
        (!web).then(|| format!("{name} does not start with https:// or http://"))
    })
}
