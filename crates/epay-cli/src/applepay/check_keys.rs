//! `epay applepay check-keys` checks that two files are a payment processing key, and prints whose
//! it is and when it expires.

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{at, files};
use crate::{Failure, foreign};

const DAY: u64 = 86_400;

/// A new certificate needs a person in Apple's portal, so they should hear of it in time.
const SOON: u64 = 30;

/// Check a payment processing certificate and its private key.
///
/// Prints whose they are, how tokens name the key, and for how many days the certificate is valid. The
/// check fails if that is less than 30 days.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The certificate from Apple's portal: a .cer file, or PEM.
    #[arg(value_name = "CERT")]
    certificate: PathBuf,
    /// The private key of its signing request: PEM or DER, without a passphrase.
    #[arg(value_name = "KEY")]
    key: PathBuf,
    /// Judge at this time instead of now, in Unix seconds.
    #[arg(long, value_name = "SECONDS")]
    now: Option<u64>,
}

pub(super) fn run(args: &Args, out: &mut impl Write) -> Result<bool, Failure> {
    let key = files::key(&args.certificate, &args.key)?;
    let (now, expires) = (at(args.now)?, key.expires());
    writeln!(out, "A payment processing certificate with its private key.\n")?;
    let merchant = key.merchant_id().map(foreign::text);
    writeln!(out, "  merchant         {}", merchant.as_deref().unwrap_or("not named in clear"))?;
    writeln!(out, "  publicKeyHash    {}", STANDARD.encode(key.public_key_hash()))?;
    writeln!(out, "  expires          {}", httpdate::fmt_http_date(expires))?;
    let days = |left: Duration| left.as_secs() / DAY;
    match expires.duration_since(now) {
        Ok(left) => {
            writeln!(out, "  days left        {}", days(left))?;
            let soon = days(left) < SOON;
            if soon {
                writeln!(
                    out,
                    "\nMake the next certificate now, load both keys, and activate it in Apple's \
                    portal."
                )?;
            }
            Ok(!soon)
        }
        Err(gone) => {
            writeln!(
                out,
                "\nIt expired {} days ago: Apple makes no new tokens for it.",
                days(gone.duration())
            )?;
            Ok(false)
        }
    }
}
