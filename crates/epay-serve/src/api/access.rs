//! Authenticates a call: its key determines the shop, and the key's scopes the calls that are
//! allowed.

use super::Answer;
use super::orders::{answer, answer_in_app};
use super::problem::{Problem, ProblemKind};
use crate::api_key::{self, Scope};
use crate::checkout::Link;
use crate::service::App;
use crate::shop::ShopRef;
use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use epay::Outcome;
use std::sync::Arc;

/// A key of the file, and its shop.
#[derive(Clone)]
pub(crate) struct Access {
    pub(crate) shop: ShopRef,
    pub(crate) scopes: Arc<[Scope]>,
}

impl Access {
    pub(crate) fn may(&self, scope: Scope) -> Result<&ShopRef, Problem> {
        if self.scopes.contains(&scope) {
            return Ok(&self.shop);
        }
        let detail = format!("this key has no scope {}", scope.name());
        Err(Problem::new(ProblemKind::Forbidden, detail))
    }
}

impl FromRequestParts<App> for Access {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Access, Problem> {
        let access = bearer(parts).and_then(|key| app.access(&api_key::hash(key)));
        access.ok_or_else(|| {
            Problem::new(ProblemKind::Unauthorized, "send a key as Authorization: Bearer …")
        })
    }
}

fn bearer(parts: &Parts) -> Option<&str> {
    let sent = parts.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = sent.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(key.trim())
}

/// A key, or the token of an app for one order, which may pay that and see how it stands.
pub(crate) enum OrderAccess {
    Key(Access),
    App { shop: ShopRef, link: Link },
}

impl OrderAccess {
    pub(crate) fn may(&self, scope: Scope, order: &str) -> Result<&ShopRef, Problem> {
        match self {
            OrderAccess::Key(access) => access.may(scope),
            OrderAccess::App { shop, link } if link.order == order => Ok(shop),
            OrderAccess::App { .. } => {
                Err(Problem::new(ProblemKind::Forbidden, "this token is another order's"))
            }
        }
    }

    /// The order as it is shown to who asks. An app gets no link that outlives its token.
    pub(crate) fn answer(&self, shop: &ShopRef, outcome: &Outcome) -> Answer {
        match self {
            OrderAccess::Key(_) => answer(shop, outcome),
            OrderAccess::App { link, .. } => answer_in_app(shop, outcome, link),
        }
    }
}

impl FromRequestParts<App> for OrderAccess {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<OrderAccess, Problem> {
        let Some((name, text)) = bearer(parts).and_then(Link::of_app) else {
            return Access::from_request_parts(parts, app).await.map(OrderAccess::Key);
        };
        let shop = app.shop(name);
        let read = shop.and_then(|shop| Some((shop.clone(), Link::read_app(shop, text)?)));
        let (shop, link) = read.ok_or_else(|| {
            Problem::new(ProblemKind::Unauthorized, "this token has expired, or was never given")
        })?;
        Ok(OrderAccess::App { shop, link })
    }
}
