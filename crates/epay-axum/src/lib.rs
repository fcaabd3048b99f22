//! The three routes that every ePay shop on axum writes by hand, ready to nest.
//!
//! ```
//! use axum::{Router, extract::FromRef, response::Redirect};
//! use epay::{Payments, TagKey};
//!
//! #[derive(Clone, FromRef)]
//! struct Shop { payments: Payments, tags: TagKey }
//!
//! fn routes(shop: Shop) -> Router {
//!     Router::new()
//!         .nest("/bank/callback", epay_axum::callbacks())
//!         .nest("/3ds", epay_axum::three_ds_return(|_: Shop, _| async { Redirect::to("/thanks") }))
//!         .with_state(shop)
//! }
//! ```
//!
//! | router | serves | needs of your state, by [`FromRef`](axum::extract::FromRef) |
//! |---|---|---|
//! | [`callbacks`] | what the bank posts | [`Payments`](epay::Payments), [`TagKey`](epay::TagKey) |
//! | [`three_ds_return`] | the payer who comes back from their bank | [`Payments`](epay::Payments) |
//! | `merchant_session` | the Apple Pay sheet on your page | `MerchantSessions` |
//! | `domain_association` | the file by which Apple knows your domain | nothing |
//!
//! Each can be used alone and nested under any prefix; only the domain association has its place at the
//! root. A handler of yours that asks for money belongs into [`to_the_end`].
//!
//! | feature | adds |
//! |---|---|
//! | `applepay` | `merchant_session`, `MerchantSessions`, `domain_association` |

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "applepay")]
mod apple_pay;
mod body;
mod callbacks;
mod three_ds_return;
mod to_the_end;

#[cfg(feature = "applepay")]
#[cfg_attr(docsrs, doc(cfg(feature = "applepay")))]
pub use apple_pay::{MerchantSessions, domain_association, merchant_session};
pub use body::BodyRejection;
pub use callbacks::{Callback, callbacks};
pub use three_ds_return::{ReturnError, ThreeDsReturn, three_ds_return};
pub use to_the_end::to_the_end;
