//! Whoever posts to the shop: a body that is no postLink and no 3-D Secure return is an error by kind, and moves nothing.

use crate::damage::{self, Leaves};
use epay::{Outcome, PayErrorKind, ThreeDsAnswer};
use epay_http::{Claim, PostLink, read_three_ds_return};
use epay_testkit::fakebank::{Endpoint, PayerChoice, cards};
use epay_tests::bench::{PRICE, Shop, card};

const POST_LINK: &str = r#"{"invoiceId":"938290483290","id":"7943816b-58a8-47f6-a11e-67b63c4228c7","code":"ok",
"reasonCode":0,"amount":100,"amountBonus":0,"secret_hash":"h","secure":"yes"}"#;

/// Everything that is read in one.
fn read(body: &[u8]) -> Option<(String, Option<String>, Claim, Option<String>)> {
    let read = PostLink::read(body).ok()?;
    let transaction = read.transaction().map(|id| id.as_str().to_owned());
    let hash = read.secret_hash().map(|hash| hash.expose().to_owned());
    Some((read.invoice().as_str().to_owned(), transaction, read.claim(), hash))
}

#[test]
fn a_damaged_post_link_is_refused_or_says_what_it_said_before() {
    let whole = read(POST_LINK.as_bytes()).unwrap();
    assert_eq!((whole.0.as_str(), whole.2), ("938290483290", Claim::Approved));
    for damage in damage::all(POST_LINK, &["invoiceId", "id", "code", "secret_hash"]) {
        let seen = read(&damage.body);
        let what = &damage.what;
        // Its sum is not read, so no sum can be wrong; and it may be shorter than an answer of the bank's.
        let is_unread_sum = what.starts_with("amount") && !what.ends_with("is NaN");
        match damage.leaves {
            Leaves::Everything if damage.body.len() > 64 * 1024 => assert_eq!(seen, None, "{what}"),
            Leaves::Everything => assert_eq!(seen.as_ref(), Some(&whole), "{what}"),
            Leaves::Nothing if is_unread_sum => assert_eq!(seen.as_ref(), Some(&whole), "{what}"),
            Leaves::Nothing => assert_eq!(seen, None, "{what}"),
            Leaves::Less => {
                let Some((invoice, transaction, claim, hash)) = seen else { continue };
                assert_eq!(invoice, whole.0, "{what}");
                assert!(transaction.is_none() || transaction == whole.1, "{what}");
                assert!([Claim::Unclear, whole.2].contains(&claim), "{what}: {claim:?}");
                assert!(hash.is_none() || hash == whole.3, "{what}");
            }
        }
    }
}

#[test]
fn a_damaged_return_is_refused_or_a_shorter_one() {
    const FORM: &str = "MD=MjAxYmQ5&PaRes=eJz%2Ba%2F%3D%3D";
    for at in 0..FORM.len() {
        let Ok(answer) = read_three_ds_return(&FORM.as_bytes()[..at]) else { continue };
        assert!(answer.md() == "MjAxYmQ5" && !answer.pa_res().is_empty(), "cut at byte {at}");
    }
    let huge = |part: &str| part.repeat(10 * 1024 * 1024 / part.len());
    let long = ["=", "PaRes=", "&", "PaRes=x&MD=y&", "%", "%FF", "\0"].map(huge);
    let short = [
        "MD=x&MD=y&PaRes=z",
        "MD=x&PaRes=y&PARES=y",
        "ᎷD=x&PaRes=y",
        "MD=x&PаRes=y",
        "MD=x&PaRes=%F0%9F%92%B3",
        "MD=%ED%A0%80&PaRes=y",
        "\u{feff}MD=x&PaRes=y",
        r#"{"MD":"x","PaRes":"y"}"#,
        "<html><form>",
        "MD=x;PaRes=y",
        "MD[]=x&PaRes[]=y",
    ];
    for body in short.iter().copied().chain(long.iter().map(String::as_str)) {
        assert!(read_three_ds_return(body.as_bytes()).is_err(), "{body:.40}");
    }
    assert!(read_three_ds_return(b"MD=\xff&PaRes=y").is_err());
    assert!(read_three_ds_return(b"\x1f\x8b\x08\0\0\0\0\0\x02\x03").is_err());
}

/// A form reader can't see that a value was cut; the payment does.
#[test]
fn a_return_that_was_tampered_with_confirms_nothing() {
    pollster::block_on(async {
        let Shop { bank, payments: shop, .. } = Shop::one_stage();
        let card = card(cards::THREE_DS);
        let Outcome::AskPayer(ask) = shop.pay("order", PRICE, card).await.unwrap() else {
            panic!()
        };
        let challenge = ask.attempt().payment().challenge().unwrap().clone();
        let answer = bank.payer_answers(&challenge, PayerChoice::Approve).unwrap();
        let (state, pa_res) = (ask.state(), answer.pa_res().to_owned());
        let (mut states, mut mds) = (Vec::new(), Vec::new());
        for at in 0..state.len() {
            states.push(state[..at].to_owned());
            states.push(format!("{}?{}", &state[..at], &state[at + 1..]));
        }
        states.extend([
            format!("{state}x"),
            format!(" {state}"),
            state.replace('.', ".."),
            "9".repeat(1_000_000),
        ]);
        mds.extend((0..challenge.md.len()).map(|at| challenge.md[..at].to_owned()));
        mds.extend([format!("{}x", challenge.md), "x".repeat(60_000)]);
        let foreign = states.into_iter().map(|state| (state, challenge.md.clone()));
        for (state, md) in foreign.chain(mds.into_iter().map(|md| (state.clone(), md))) {
            let error = shop
                .confirm(&state, ThreeDsAnswer::new(pa_res.clone().into(), md.into()))
                .await
                .unwrap_err();
            assert_eq!(error.kind(), PayErrorKind::ForeignReturn, "{state:.60}");
        }
        assert_eq!(bank.calls(Endpoint::Confirm), 0);
        assert!(
            matches!(shop.confirm(&state, answer).await.unwrap(), Outcome::Paid(_)),
            "the right one still counts"
        );
    });
}
