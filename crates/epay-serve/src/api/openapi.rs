//! The OpenAPI document of the merchant API, made from its handlers; the committed copy is compared
//! with it.

use super::{events, in_app, orders, steps};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "epay serve",
        description = "Payments by Halyk Bank's ePay that can't be charged twice. Names in the path make every \
            call idempotent: after a timeout send it again. An outcome that nobody knows yet is 202 and a status.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    paths(
        orders::put, orders::get, orders::check, orders::abandon, orders::retry, orders::list,
        steps::capture, steps::capture_again, steps::void, steps::void_again, steps::refund, events::feed, events::send_again,
        in_app::token, in_app::apple_pay,
    ),
    tags(
        (name = "orders", description = "create, read, end"),
        (name = "money", description = "capture, void, refund"),
        (name = "in an app", description = "pay one order by Apple Pay"),
        (name = "events", description = "notifications about orders"),
    ),
    components(schemas(super::Problem, super::StepAnswer, orders::StateFilter)),
    security(("key" = [])),
    modifiers(&Key),
)]
struct Document;

struct Key;

impl Modify for Key {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        let key = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        components.add_security_scheme("key", key);
    }
}

/// OpenAPI 3.1, as JSON.
pub(crate) fn document() -> String {
    Document::openapi().to_pretty_json().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    /// `EPAY_BLESS=1` writes it anew.
    #[test]
    fn the_committed_document_is_that_of_the_handlers() {
        let fresh = super::document() + "\n";
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
        if std::env::var_os("EPAY_BLESS").is_some() {
            std::fs::write(path, &fresh).unwrap();
        }
        let kept = std::fs::read_to_string(path).unwrap_or_default();
        assert!(kept == fresh, "openapi.json is not what the code says: `cargo xtask bless`");
    }
}
