//! Who calls: the key chooses the shop, and its scopes what may be done.

use super::problem::{Problem, ProblemKind};
use crate::api_key::{self, Scope};
use crate::service::App;
use crate::shop::ShopRef;
use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
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
        let sent = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let key = sent.and_then(|value| {
            let (scheme, key) = value.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then_some(key.trim())
        });
        let access = key.and_then(|key| app.access(&api_key::hash(key)));
        access.ok_or_else(|| {
            Problem::new(ProblemKind::Unauthorized, "send a key as Authorization: Bearer …")
        })
    }
}
