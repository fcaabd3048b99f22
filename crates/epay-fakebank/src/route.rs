//! Maps method and path of a request to a call.

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};

use crate::{
    bank::Bank,
    card_handlers,
    faults::Endpoint,
    handlers::{self, Handled},
    http::{API_BASE, OAUTH_BASE},
    reply,
    request::{Fields, Form},
    time::Millis,
};

type Handler = fn(&mut Bank, &Request<Bytes>, id: &str, Millis) -> Handled;

/// A call, the id in its path, and what answers it.
pub(crate) struct Route<'a> {
    pub(crate) endpoint: Endpoint,
    id: &'a str,
    /// The payer's browser calls, and not the merchant.
    is_by_browser: bool,
    handler: Handler,
}

/// What the bank has and this one does not, by the start of its path: name by name, so that nobody looks for a typing error.
const NOT_SERVED: &[(&str, &str)] = &[
    ("payment/qr", "QR payments"),
    ("qr", "QR payments"),
    ("invoice", "payments by link"),
    ("redirect/invoice-link", "payments by link"),
    ("order", "installments"),
    ("credit-condition", "installments"),
    ("p2p", "transfers"),
    ("chdebit", "transfers"),
    ("chpayment", "transfers"),
    ("check-status/p2p", "transfers"),
    ("public-profile", "the profile of the pay form"),
    ("payment/bonus-by-iban", "bonuses"),
    ("payment/checkgobonus", "bonuses"),
    ("recurrent", "payments that the bank repeats by itself"),
    ("hb-cards", "cards of the bank's app"),
    ("masterpass", "Masterpass"),
];

impl<'a> Route<'a> {
    /// The call of this request.
    pub(crate) fn of(method: &Method, path: &'a str) -> Result<Self, NoRoute> {
        let (expected, endpoint, id, handler) = named(path).ok_or_else(|| unserved(path))?;
        if *method == expected {
            let is_by_browser = path.ends_with("/confirmPayment");
            Ok(Self { endpoint, id, is_by_browser, handler })
        } else {
            Err(NoRoute::WrongMethod(expected))
        }
    }

    /// Itself, unless only what the bank's pages have is wanted, and they have it not.
    pub(crate) fn documented(self, strict: bool) -> Result<Self, NoRoute> {
        let by_browser = self.endpoint == Endpoint::Confirm && self.is_by_browser;
        let observed_only = by_browser || self.endpoint == Endpoint::Terminal;
        if strict && observed_only { Err(NoRoute::Undocumented) } else { Ok(self) }
    }

    /// What the wire log says the call is about.
    pub(crate) fn subject(&self, request: &Request<Bytes>) -> String {
        let field = |name| Fields::of(request.body()).and_then(|fields| fields.text(name));
        let named = match self.endpoint {
            Endpoint::Token => Form::of(request.headers(), request.body())
                .and_then(|form| form.get("invoiceid").map(str::to_owned)),
            Endpoint::Cryptopay => field("invoiceid"),
            Endpoint::Confirm => field("id"),
            _ => Some(self.id.to_owned()),
        };
        named.unwrap_or_default()
    }

    pub(crate) fn handle(
        &self,
        bank: &mut Bank,
        request: &Request<Bytes>,
        now: Millis,
    ) -> Response<Bytes> {
        (self.handler)(bank, request, self.id, now)
            .unwrap_or_else(|refusal| reply::refusal(&refusal))
    }
}

fn named(path: &str) -> Option<(Method, Endpoint, &str, Handler)> {
    if let Some(rest) = path.strip_prefix(OAUTH_BASE) {
        return (rest == "/oauth2/token").then_some((
            Method::POST,
            Endpoint::Token,
            "",
            |bank, request, _, now| Ok(handlers::token(bank, request, now)),
        ));
    }
    let segments: Vec<&str> = path.strip_prefix(API_BASE)?.split('/').skip(1).collect();
    let route: (Method, Endpoint, &str, Handler) = match *segments.as_slice() {
        ["public.rsa"] => {
            (Method::GET, Endpoint::PublicKey, "", |bank, _, _, _| Ok(handlers::public_key(bank)))
        }
        ["payment", "cryptopay"] => {
            (Method::POST, Endpoint::Cryptopay, "", |bank, request, _, now| {
                Ok(handlers::cryptopay(bank, request, now))
            })
        }
        ["payments", "cards", "auth"] => {
            (Method::POST, Endpoint::Cryptopay, "", |bank, request, _, now| {
                Ok(card_handlers::pay(bank, request, now))
            })
        }
        ["cards", account] => (Method::GET, Endpoint::Cards, account, |bank, request, id, now| {
            card_handlers::list(bank, request, id, now)
        }),
        ["card", "deactivate", id] => {
            (Method::POST, Endpoint::DeactivateCard, id, card_handlers::deactivate)
        }
        ["payment", "confirm"] => (Method::POST, Endpoint::Confirm, "", |bank, request, _, now| {
            handlers::confirm(bank, request, now)
        }),
        ["payments", "cards", "confirmPayment"] => {
            (Method::POST, Endpoint::Confirm, "", |bank, request, _, now| {
                handlers::confirm_in_browser(bank, request, now)
            })
        }
        ["operation", id, "charge"] => (Method::POST, Endpoint::Charge, id, handlers::charge),
        ["operation", id, "cancel"] => (Method::POST, Endpoint::Cancel, id, handlers::cancel),
        ["operation", id, "refund"] => (Method::POST, Endpoint::Refund, id, handlers::refund),
        ["check-status", "payment", "transaction", id] => {
            (Method::GET, Endpoint::Status, id, |bank, request, id, now| {
                handlers::status(bank, request, id, now)
            })
        }
        ["terminals", id] => (Method::GET, Endpoint::Terminal, id, |bank, request, id, now| {
            handlers::terminal(bank, request, id, now)
        }),
        _ => return None,
    };
    Some(route)
}

/// Why a request is no call.
pub(crate) enum NoRoute {
    /// The path takes this method alone.
    WrongMethod(Method),
    /// The bank has it, and the fake bank does not serve it.
    NotServed(&'static str),
    /// Clients of the bank call it, and its pages do not have it: refused where `strict` is turned.
    Undocumented,
    /// The bank has no such path, as far as its documents tell.
    Unknown,
}

impl NoRoute {
    pub(crate) fn answer(&self) -> Response<Bytes> {
        let (status, text) = match self {
            Self::WrongMethod(only) => (StatusCode::METHOD_NOT_ALLOWED, format!("only {only}\n")),
            Self::NotServed(what) => (
                StatusCode::NOT_IMPLEMENTED,
                format!("the bank has this, and the fake bank does not serve it: {what}\n"),
            ),
            Self::Undocumented => (
                StatusCode::NOT_FOUND,
                "strict: the bank's pages have no such call, only its iOS SDK has\n".to_owned(),
            ),
            Self::Unknown => (
                StatusCode::NOT_FOUND,
                "the bank has no such call, as far as its documents tell\n".to_owned(),
            ),
        };
        let mut answer = reply::with_body(status, "text/plain", text);
        if let Self::WrongMethod(only) = self
            && let Ok(allow) = HeaderValue::from_str(only.as_str())
        {
            answer.headers_mut().insert(header::ALLOW, allow);
        }
        answer
    }
}

fn unserved(path: &str) -> NoRoute {
    let called = path.strip_prefix(API_BASE).unwrap_or_default().trim_start_matches('/');
    let starts = |(start, _): &&(&str, &str)| {
        called.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let named = NOT_SERVED.iter().find(starts);
    named.map_or(NoRoute::Unknown, |(_, what)| NoRoute::NotServed(what))
}
