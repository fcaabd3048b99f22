//! One served shop: its payments, its log, and the key that signs its links.

use crate::api::Problem;
use crate::apple_pay::ApplePay;
use crate::checkout::LinkKey;
use crate::client::Client;
use crate::config::{CheckoutKind, Config, ConfigError, SecretSource, ShopConfig, Words};
use crate::log::Log;
use crate::service::OpenError;
use crate::tries::Tries;
use crate::view::Timelines;
use crate::webhook::{Endpoint, SigningSecret, Target, Webhooks};
use axum::extract::FromRef;
use epay::{
    Attempt, Credentials, Environment, HttpGateway, Language, ListQuery, PaymentRequest, Payments,
    Secret, TagKey,
};
use epay_domain::InvalidRequest;
use std::fmt;
use std::net::IpAddr;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

/// How often an order may be tried in an hour: enough for a payer with three cards.
const TRIES_OF_AN_ORDER: u32 = 10;
/// And from one address, behind which a mobile network may have many payers.
const TRIES_FROM_AN_ADDRESS: u32 = 100;

/// A shop. Clones are the same shop.
#[derive(Clone)]
pub(crate) struct ShopRef(Arc<Shop>);

pub(crate) struct Shop {
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) language: Words,
    pub(crate) checkout: CheckoutKind,
    pub(crate) apple_pay: Option<ApplePay>,
    pub(crate) payments: Payments,
    pub(crate) log: Log,
    pub(crate) links: LinkKey,
    pub(crate) app_tokens: LinkKey,
    /// Where the service is for payers and the bank, without a slash at its end.
    pub(crate) public_url: String,
    pub(crate) webhooks: Option<Webhooks>,
    pub(crate) timelines: Timelines,
    return_url: String,
    tags: TagKey,
    tries: (Tries<String>, Tries<IpAddr>),
}

impl ShopRef {
    pub(crate) async fn open(
        config: &Config,
        shop: &ShopConfig,
        environment: Environment,
    ) -> Result<ShopRef, OpenError> {
        let secret = client_secret(config, shop)?;
        let (tags, links) = (TagKey::derived(&secret), LinkKey::of_links(&secret, &shop.name));
        let app_tokens = LinkKey::of_app_tokens(&secret, &shop.name);
        let bank = gateway(config, shop, environment)?;
        let log = Log::open(config, shop).await?;
        let mut targets = Vec::new();
        for webhook in &shop.webhooks {
            let endpoint = Endpoint::parse(&webhook.url, webhook.allow_private)
                .map_err(|why| shop.wrong("webhook.url", why))?;
            let mut secrets = Vec::new();
            for source in &webhook.secrets {
                let secret = read(config, shop, "webhook.secrets", source)?;
                let secret = SigningSecret::read(&secret);
                let wrong =
                    || shop.wrong("webhook.secrets", "not whsec_ and 24 to 64 bytes of base64");
                secrets.push(secret.ok_or_else(wrong)?);
            }
            targets.push(Target::new(endpoint, secrets).map_err(OpenError)?);
        }
        let mut payments = Payments::new(bank.with_tags(tags.clone()), log.clone())
            .with_tags(tags.clone())
            .with_language(shop.language.language());
        let apple_pay = ApplePay::open(config, shop)?;
        if let Some(expiry) = apple_pay.as_ref().and_then(ApplePay::expiry) {
            payments = payments.with_apple_expiry(expiry);
        }
        if let Some(verifier) = ApplePay::verifier(config, shop)? {
            payments = payments.with_apple_pay_verifier(verifier);
        }
        let timelines = Timelines::of(config, &shop.name);
        let webhooks = (!targets.is_empty()).then(|| Webhooks::to(targets, timelines.clone()));
        if let Some(webhooks) = &webhooks {
            payments = payments.with_notification_handler(webhooks.clone());
        }
        Ok(ShopRef(Arc::new(Shop {
            name: shop.name.clone(),
            title: shop.title.clone(),
            language: shop.language,
            checkout: shop.checkout,
            apple_pay,
            payments,
            log,
            links,
            app_tokens,
            public_url: config.file.public_url.trim_end_matches('/').to_owned(),
            webhooks,
            timelines,
            return_url: shop.return_url.clone(),
            tags,
            tries: (Tries::an_hour(TRIES_OF_AN_ORDER), Tries::an_hour(TRIES_FROM_AN_ADDRESS)),
        })))
    }

    /// A page of the log, and whether there may be more. What can't be read is said by `tracing`.
    pub(crate) async fn list(&self, query: ListQuery) -> Result<(Vec<Attempt>, bool), Problem> {
        let limit = query.limit;
        let page = self.payments.list(query).await?;
        let more = page.len() == limit;
        let read = |(invoice, attempt)| match attempt {
            Ok(attempt) => Some(attempt),
            Err(error) => {
                tracing::error!(%invoice, %error, "an attempt of the log can't be read");
                None
            }
        };
        Ok((page.into_iter().filter_map(read).collect(), more))
    }
}

impl Shop {
    /// An address of this shop that the bank or a browser comes to.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}/shops/{}/{path}", self.public_url, self.name)
    }

    /// Where the payer goes on.
    pub(crate) fn return_url(&self, order: &str) -> String {
        let escaped: String = url::form_urlencoded::byte_serialize(order.as_bytes()).collect();
        self.return_url.replace("{order}", &escaped.replace('+', "%20"))
    }

    /// `request` with where the bank calls back.
    pub(crate) fn request(
        &self,
        request: PaymentRequest,
        language: Language,
    ) -> Result<PaymentRequest, InvalidRequest> {
        let callback = self.url("callback");
        Ok(request.with_post_links(&callback, &callback)?.with_language(language))
    }

    /// Whether anything is sealed with the bank's key.
    pub(crate) fn seals(&self) -> bool {
        self.checkout == CheckoutKind::Card || self.apple_pay.is_some()
    }

    /// Whether the order may be tried once more, by this client, at the monotonic time `now`.
    pub(crate) fn may_try(&self, order: &str, client: &Client, now: Duration) -> bool {
        let (of_order, from_address) = &self.tries;
        client.0.is_none_or(|address| from_address.may(address, now))
            && of_order.may(order.to_owned(), now)
    }
}

fn read(
    config: &Config,
    shop: &ShopConfig,
    key: &str,
    source: &SecretSource,
) -> Result<Secret, ConfigError> {
    source.read(|path| config.path(path)).map_err(|error| shop.wrong(key, error))
}

fn client_secret(config: &Config, shop: &ShopConfig) -> Result<Secret, ConfigError> {
    read(config, shop, "client_secret", &shop.client_secret)
}

/// The way to the bank.
pub(crate) fn gateway(
    config: &Config,
    shop: &ShopConfig,
    environment: Environment,
) -> Result<HttpGateway, OpenError> {
    let secret = client_secret(config, shop)?;
    let credentials = Credentials::new(&shop.client_id, secret, shop.terminal()?);
    epay::connect(environment, credentials).map_err(OpenError::of)
}

impl Deref for ShopRef {
    type Target = Shop;

    fn deref(&self) -> &Shop {
        &self.0
    }
}

impl FromRef<ShopRef> for Payments {
    fn from_ref(shop: &ShopRef) -> Payments {
        shop.payments.clone()
    }
}

impl FromRef<ShopRef> for TagKey {
    fn from_ref(shop: &ShopRef) -> TagKey {
        shop.tags.clone()
    }
}

impl fmt::Debug for ShopRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ShopRef").field(&self.name).finish()
    }
}
