//! Apple Pay for the shop `books`: a fake wallet of now, its gateway for sessions, and the files that the service reads.

use epay::TokioClock;
use epay_domain::Clock;
use epay_fakebank::cards;
use epay_fakewallet::{AppleGateway, Credential, Merchant, Payment, Wallet};
use std::path::PathBuf;

const MERCHANT: &str = "merchant.kz.example.books";
const DOMAIN: &str = "pay.example.kz";

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Opens {
    Bank,
    Us,
}

pub(crate) struct Apple {
    pub(crate) wallet: Wallet,
    pub(crate) merchant: Merchant,
    pub(crate) gateway: AppleGateway,
    folder: tempfile::TempDir,
}

impl Apple {
    pub(crate) async fn open() -> Apple {
        Apple::of(now()).await
    }

    /// Whose certificates are of then, and good for two years.
    pub(crate) async fn of(then: u64) -> Apple {
        let wallet = Wallet::new(4, then);
        let gateway = AppleGateway::start(&wallet).await.unwrap();
        let merchant = wallet.merchant(MERCHANT);
        gateway.register(MERCHANT, DOMAIN);
        let apple = Apple { wallet, merchant, gateway, folder: tempfile::tempdir().unwrap() };
        apple.write_pair("identity", apple.merchant.identity());
        apple.write_pair("processing", apple.merchant.processing());
        apple.write("root", &apple.wallet.root_pem());
        apple.write("gateway", &apple.gateway.root_pem());
        apple
    }

    pub(crate) fn write_pair(&self, name: &str, pair: &Credential) {
        self.write(&format!("{name}.pem"), &pair.certificate_pem());
        self.write(&format!("{name}.key"), &pair.key_pem());
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.file(name), text).unwrap();
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What stands in the file of the service, under the shop.
    pub(crate) fn lines(&self, opens: Opens) -> String {
        let folder = self.folder.path().display();
        let mut lines = format!(
            "[shop.apple_pay]\nmerchant_id = '{MERCHANT}'\ndomain = '{DOMAIN}'\n\
             identity_certificate = '{folder}/identity.pem'\n\
             identity_key = {{ file = '{folder}/identity.key' }}\n"
        );
        if opens == Opens::Us {
            lines += &format!(
                "expiry = 'yymmdd'\n[[shop.apple_pay.processing_key]]\n\
                 certificate = '{folder}/processing.pem'\nkey = {{ file = '{folder}/processing.key' }}\n"
            );
        }
        let gateway = self.gateway.address();
        lines
            + &format!(
                "[shop.apple_pay.fake_wallet]\nroot = '{folder}/root'\ngateway = '{gateway}'\n\
                 gateway_root = '{folder}/gateway'\n"
            )
    }

    /// The payer agrees to so much with a good card; a test changes what it likes.
    pub(crate) fn pays(&self, minor: u64) -> Payment<'_> {
        let payment = self.wallet.pay(&self.merchant).amount(minor).currency("398");
        payment.card(cards::VISA_OK).expiry("311231").signed_at(now())
    }
}

/// Unix seconds.
pub(crate) fn now() -> u64 {
    TokioClock.now().unix_millis() / 1000
}
