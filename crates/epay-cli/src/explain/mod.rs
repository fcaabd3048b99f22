//! `epay explain` prints what a code of the bank's means, whether it is final, and what the payer
//! may read.

mod result_codes;

use std::io::{self, Write};

use epay::{Decline, Language};
use epay_domain::{ErrorCode, RetryAdvice, WhoActs};

use self::result_codes::RESULT_CODES;
use crate::{Failure, exit::Ended};

/// Explain a code of the bank's; without a code, list all of them.
///
/// A code is `code` in an answer, `reasonCode` in a status or a callback, or `resultCode` in a status.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The code, such as 484 or -31.
    #[arg(allow_negative_numbers = true, value_name = "CODE")]
    code: Option<i64>,
    /// Print the payer's text in this language only.
    #[arg(long, value_name = "LANGUAGE", requires = "code")]
    lang: Option<Lang>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Lang {
    Ru,
    Kk,
    En,
}

const LANGUAGES: [(Lang, &str, Language); 3] = [
    (Lang::Ru, "ru", Language::Russian),
    (Lang::Kk, "kk", Language::Kazakh),
    (Lang::En, "en", Language::English),
];

pub(crate) fn run(args: &Args, out: &mut impl Write) -> Result<Ended, Failure> {
    match args.code {
        Some(code) => explain(code, args.lang, out)?,
        None => list(out)?,
    }
    Ok(Ended::Done)
}

fn explain(code: i64, lang: Option<Lang>, out: &mut impl Write) -> io::Result<()> {
    let row = ErrorCode::find(code);
    let decline = Decline::from_code(code);
    writeln!(out, "{decline}\n")?;
    let evidence = row.map_or("on no page that was read", ErrorCode::evidence);
    let is_final = if decline.is_final() {
        "yes: nothing was or will be taken"
    } else {
        "no: the money may be held or captured, only a status shows"
    };
    writeln!(out, "  final     {is_final}\n  evidence  {evidence}")?;
    writeln!(out, "  who acts  {}", who_acts(decline.who_acts()))?;
    writeln!(out, "  retry     {}", retry(decline.retry()))?;
    writeln!(out, "\nThe payer reads:")?;
    texts(decline, lang, out)?;
    if !decline.is_final() {
        writeln!(out, "\nOnce a status has said that the payment failed:")?;
        texts(Decline::by_status(code), lang, out)?;
    }
    if let Some((_, meaning, read)) = RESULT_CODES.iter().find(|(result, ..)| *result == code) {
        writeln!(
            out,
            "\nresultCode of a status is another list of numbers. There {code} is: {meaning}\n  \
             read as   {read}"
        )?;
    }
    Ok(())
}

fn texts(decline: Decline, lang: Option<Lang>, out: &mut impl Write) -> io::Result<()> {
    let wanted = |(one, ..): &&(Lang, &str, Language)| lang.is_none_or(|lang| lang == *one);
    LANGUAGES.iter().filter(wanted).try_for_each(|(_, name, language)| {
        writeln!(out, "  {name}        {}", decline.payer_text(*language))
    })
}

fn list(out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "code   final  meaning")?;
    for row in ErrorCode::all() {
        let is_final = if Decline::from_code(row.code()).is_final() { "yes" } else { "no" };
        writeln!(out, "{:<5}  {is_final:<5}  {}", row.code(), row.meaning())?;
    }
    writeln!(out, "\nresultCode of a status, which is another list of numbers:\n")?;
    for (code, meaning, _) in RESULT_CODES {
        writeln!(out, "{code:<5}  {meaning}")?;
    }
    writeln!(out, "\nA code that is not listed is not final. `epay explain CODE` explains one.")
}

fn who_acts(who: WhoActs) -> &'static str {
    match who {
        WhoActs::Payer => "the payer",
        WhoActs::Merchant => "the merchant: terminal, contract or limits",
        _ => "nobody yet",
    }
}

fn retry(advice: RetryAdvice) -> &'static str {
    match advice {
        RetryAdvice::Now => "now, once the payer has put it right",
        RetryAdvice::Later => "later, with the same card",
        RetryAdvice::AnotherCard => "with another card: this one won't do",
        RetryAdvice::AfterMerchant => "once the merchant has put it right",
        _ => "not before a status has shown how it ended",
    }
}
