//! The parameters that a payer's browser needs to pay at the bank's own pay form.

use std::{fmt, time::Duration};

use epay_crypto::Secret;

/// How long a token is taken to live where the bank does not say: longer than any that was seen (`assumed`).
const UNTOLD: Duration = Duration::from_secs(24 * 60 * 60);

/// The params of `halyk.pay` and `halyk.showPaymentWidget`, with the token that pays this one payment and
/// no other. They are for the payer's page, and for nothing else: whoever has them can pay until the
/// token's life is over. `Debug` does not show them.
pub struct PayFormParams {
    params: Secret,
    lifetime: Duration,
    script: Option<String>,
}

impl PayFormParams {
    /// `params` is the JSON object, and `lifetime` what the bank has told of its token.
    pub fn new(params: Secret, lifetime: Option<Duration>) -> PayFormParams {
        PayFormParams { params, lifetime: lifetime.unwrap_or(UNTOLD), script: None }
    }

    /// With the address of the bank's script.
    #[must_use]
    pub fn with_script(mut self, script: Option<&str>) -> PayFormParams {
        self.script = script.map(str::to_owned);
        self
    }

    /// The JSON object, for the payer's page. It can stand in a `<script>` as it is.
    pub fn expose(&self) -> &str {
        self.params.expose()
    }

    /// For how long it can be paid with, from when it was fetched.
    pub fn lifetime(&self) -> Duration {
        self.lifetime
    }

    /// The address of the bank's script, where the environment knows it; else see
    /// [`Environment::with_pay_form`](crate::Environment::with_pay_form).
    pub fn script(&self) -> Option<&str> {
        self.script.as_deref()
    }
}

impl fmt::Debug for PayFormParams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PayFormParams").field("lifetime", &self.lifetime).finish_non_exhaustive()
    }
}
