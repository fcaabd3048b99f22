//! However much somebody sends, reading it takes at most twice what an answer may have; and however slowly
//! and in however small pieces, the fake bank takes no more than a body and a head for each connection.
#![cfg(test)]

use bytes::Bytes;
use epay_crypto::PublicKey;
use epay_fakebank::{
    Amount, Bank, Endpoint, Instrument, Keep, Millis, Pay, SANDBOX_CLIENT, SANDBOX_SECRET,
    SANDBOX_TERMINAL, Settings, cards, server::FakeBankServer,
};
use epay_http::{
    Bank as _, MAX_RESPONSE_BYTES, PostLink, Transport, TransportErrorKind, read_three_ds_return,
};
use epay_hyper::HyperTransport;
use epay_reqwest::ReqwestTransport;
use epay_tests::stage::{Call, answer, gateway};
use http::Request;
use peak_alloc::PeakAlloc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// What the shop's own readers take.
const MAX_INBOUND_BYTES: usize = 64 * 1024;

const HUGE: usize = 10 * 1024 * 1024;

/// One test, so that nothing else allocates meanwhile.
#[test]
fn reading_takes_bounded_memory() {
    // What is set up once and for all is not the body's doing.
    let _ = Call::Status.tried(&answer(200, "{}"));
    answers();
    posts();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(sockets());
    runtime.block_on(fake_bank());
    books();
}

#[track_caller]
fn bounded(what: &str, limit: usize, read: impl FnOnce()) {
    MEMORY.reset_peak_usage();
    let before = MEMORY.current_usage();
    read();
    let grown = MEMORY.peak_usage().saturating_sub(before);
    assert!(grown <= limit, "{what} took {grown} bytes, more than {limit}");
}

/// Bodies of `size` bytes, each as greedy as we could make it.
fn greedy(size: usize) -> impl Iterator<Item = (&'static str, Bytes)> {
    let shapes = [
        ("white space", r#"{"code":0"#, " ", "}"),
        ("a long string", r#"{"code":0,"x":""#, "a", "\"}"),
        ("empty arrays", r#"{"code":0,"x":["#, "[],", "0]}"),
        ("a long number", r#"{"code":0,"x":1"#, "0", "}"),
        ("a long sum", r#"{"code":0,"amount":1"#, "0", "}"),
        ("a sum in escapes", r#"{"code":0,"amount":""#, "\\u0030", "\"}"),
        ("a name in escapes", r#"{"code":0,"id":""#, "\\u0061", "\"}"),
        ("a token in escapes", r#"{"access_token":""#, "\\n", "\"}"),
        (
            "a challenge",
            r#"{"secure3D":{"action":"https://a.example/","md":"m","paReq":""#,
            "a",
            "\"}}",
        ),
        (
            "a challenge in escapes",
            r#"{"secure3D":{"action":"https://a.example/","md":"m","paReq":""#,
            "\\n",
            "\"}}",
        ),
        ("a token", r#"{"access_token":""#, "a", "\"}"),
        ("a status name", r#"{"resultCode":100,"transaction":{"statusName":""#, "A", "\"}}"),
        ("members", "{", "\"\":0,", "\"code\":0}"),
        ("members in escapes", "{", "\"\\n\":0,", "\"code\":0}"),
        (
            "members inside",
            r#"{"resultCode":100,"transaction":{"#,
            "\"\":0,",
            "\"statusName\":\"CHARGE\"}}",
        ),
        ("a repeated member", "{", "\"code\":0,", "\"code\":0}"),
        ("brackets", "", "[", ""),
        ("no utf-8 at its end", "", "a", "\u{ff}"),
        ("a page", "<html>", "/payform/?&amp;", "'"),
        ("a page with parameters", "<html>/payform/?", "a=%D0&", "'"),
        ("base64", "-----BEGIN PUBLIC KEY-----\n", "AAAA\n", "-----END PUBLIC KEY-----\n"),
        ("a form", "PaRes=x&MD=", "+", ""),
        ("names", "PaRes=x&", "a&", "MD=x"),
        ("escapes", "PaRes=", "%2B", "&MD=x"),
    ];
    shapes.into_iter().map(move |(what, head, part, tail)| {
        let times = (size - head.len() - tail.len()) / part.len();
        (what, Bytes::from(format!("{head}{}{tail}", part.repeat(times))))
    })
}

fn answers() {
    const LIMIT: usize = 2 * MAX_RESPONSE_BYTES;
    for (what, body) in greedy(MAX_RESPONSE_BYTES) {
        for status in [200, 400] {
            let hostile = answer(status, body.clone());
            for call in [
                Call::Authorize,
                Call::Confirm,
                Call::Capture,
                Call::Void,
                Call::Refund,
                Call::Status,
            ] {
                let (good, payment) = (answer(200, r#"{"access_token":"T"}"#), call.unanswered());
                for (token, answer) in [(&good, &hostile), (&hostile, &hostile)] {
                    bounded(&format!("{call:?} {status} with {what}"), LIMIT, || {
                        let _ = call.made(&gateway(token, answer).0, &payment);
                    });
                }
            }
            bounded(&format!("a key {status} with {what}"), LIMIT, || {
                assert!(pollster::block_on(gateway(&hostile, &hostile).0.bank_key()).is_err());
            });
        }
    }
}

fn posts() {
    const LIMIT: usize = 2 * MAX_INBOUND_BYTES;
    for (what, body) in greedy(MAX_INBOUND_BYTES) {
        bounded(&format!("a postLink with {what}"), LIMIT, || drop(PostLink::read(&body)));
        bounded(&format!("a return with {what}"), LIMIT, || drop(read_three_ds_return(&body)));
        bounded(&format!("a key file with {what}"), LIMIT, || drop(PublicKey::parse(&body)));
    }
    for (what, body) in greedy(HUGE) {
        bounded(&format!("a postLink of 10 MB with {what}"), 0, || {
            assert!(PostLink::read(&body).is_err())
        });
        bounded(&format!("a return of 10 MB with {what}"), 0, || {
            assert!(read_three_ds_return(&body).is_err())
        });
        bounded(&format!("a key file of 10 MB with {what}"), 0, || {
            assert!(PublicKey::parse(&body).is_err())
        });
    }
}

/// Heads under which 10 MB follow; no end is promised under the first and the last.
const HEADS: [&str; 4] = [
    "HTTP/1.1 200 OK\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 10485760\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 10485760\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
];

/// What hyper, below both transports, reads ahead at most: 8 KiB and a hundred times 4 KiB. It is on top.
const READ_AHEAD: usize = 408 * 1024;

async fn sockets() {
    let reqwest: Box<dyn Transport> = Box::new(ReqwestTransport::new().unwrap());
    let hyper: Box<dyn Transport> = Box::new(HyperTransport::new().unwrap());
    for transport in [reqwest, hyper] {
        for head in HEADS {
            let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
            let address = listener.local_addr().unwrap();
            let server = tokio::spawn(pour(listener, head));
            let request =
                http::Request::get(format!("http://{address}/")).body(Bytes::new()).unwrap();
            MEMORY.reset_peak_usage();
            let before = MEMORY.current_usage();
            let error = transport.send(request).await.unwrap_err();
            let grown = MEMORY.peak_usage().saturating_sub(before);
            assert_eq!(error.kind(), TransportErrorKind::TooLarge, "{transport:?} {head:?}");
            assert!(
                grown <= 2 * MAX_RESPONSE_BYTES + READ_AHEAD,
                "{transport:?} {head:?} took {grown} bytes"
            );
            server.await.unwrap();
        }
    }
}

/// Answers one request with 10 MB, or as much of it as anybody wants.
async fn pour(listener: TcpListener, head: &'static str) {
    static PIECE: [u8; 16 * 1024] = [b'['; 16 * 1024];
    let (mut stream, _) = listener.accept().await.unwrap();
    let _ = stream.read(&mut [0; 1024]).await;
    let _ = stream.write_all(head.as_bytes()).await;
    let (before, after): (&[u8], &[u8]) =
        if head.contains("chunked") { (b"4000\r\n", b"\r\n") } else { (b"", b"") };
    for _ in 0..HUGE / PIECE.len() {
        for part in [before, &PIECE, after] {
            // The reader hangs up as soon as it has had enough.
            if stream.write_all(part).await.is_err() {
                return;
            }
        }
    }
}

/// The largest body that the fake bank reads, but for the byte that would end it.
const BODY: usize = 64 * 1024 - 1;

/// What slow clients may cost the fake bank: two bodies of single bytes alone, and five hundred that end in them.
async fn fake_bank() {
    const LIMIT: usize = 64 * 1024 * 1024 / 500;
    for (connections, single) in [(2, BODY), (500, 64)] {
        let bank = FakeBankServer::start(Settings::default(), ([127, 0, 0, 1], 0).into()).await;
        let bank = bank.unwrap();
        MEMORY.reset_peak_usage();
        let before = MEMORY.current_usage();
        let mut open = Vec::new();
        for _ in 0..connections {
            open.push(drip(bank.address(), single).await);
        }
        let grown = MEMORY.peak_usage().saturating_sub(before);
        println!("{connections} slow connections took {grown} bytes, {single} of each body alone");
        assert!(grown <= connections * LIMIT, "{connections} slow connections took {grown} bytes");
        // All were still being read.
        for mut stream in open {
            stream.write_all(b"1\r\nx\r\n0\r\n\r\n").await.unwrap();
            let mut status = [0; 12];
            stream.read_exact(&mut status).await.unwrap();
            assert_eq!(status, *b"HTTP/1.1 404");
        }
        bank.shutdown().await;
    }
}

/// A connection whose body has arrived but for its end, the last of it in chunks of a byte.
async fn drip(address: std::net::SocketAddr, single: usize) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let head = b"POST /no-page HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n";
    stream.write_all(head).await.unwrap();
    if let many @ 1.. = BODY - single {
        stream.write_all(format!("{many:x}\r\n{}\r\n", "x".repeat(many)).as_bytes()).await.unwrap();
    }
    for _ in 0..single {
        stream.write_all(b"1\r\nx\r\n").await.unwrap();
        tokio::task::yield_now().await;
    }
    stream
}

/// Payments that the fake bank need not keep take nothing for long, and nor do the cards that they save.
fn books() {
    let keeps = |payments| {
        let keep = Keep { payments: Some(payments), millis: None };
        Bank::new(Settings { keep, ..Settings::default() })
    };
    let mut bank = keeps(500);
    let pay_to = |number: u64, bank: &mut Bank| {
        let (invoice, now) = (format!("{}", 1_000_000 + number), Millis(number));
        let form = format!(
            "grant_type=client_credentials&scope=payment&client_id={SANDBOX_CLIENT}\
             &client_secret={SANDBOX_SECRET}&invoiceID={invoice}&amount=1&currency=KZT&terminal={SANDBOX_TERMINAL}"
        );
        let request = Request::post("/oauth/oauth2/token").body(form.into()).unwrap();
        assert!(bank.answer(&request, now).whole().unwrap().status().is_success());
        let card = Instrument::card(cards::VISA_OK).unwrap();
        let mut pay = Pay::kzt(SANDBOX_TERMINAL, &invoice, Amount::from_minor(100), card);
        (pay.save_card, pay.details.account_id) = (true, invoice.clone());
        bank.perform(Endpoint::Cryptopay, &invoice, now, |bank| bank.pay(pay, now).unwrap());
    };
    // Until all books are full.
    (0..3_000).for_each(|number| pay_to(number, &mut bank));
    // A map may still grow to its next size once, by some 1.5 MB; 130 bytes for each payment would be more.
    bounded("16,000 payments more", 2 * 1024 * 1024, || {
        (3_000..19_000).for_each(|number| pay_to(number, &mut bank));
    });
    assert!((500..=625).contains(&bank.ledger().len()));
    assert!((500..=625).contains(&bank.saved_cards().len()));
    let mut days = keeps(10_000);
    bounded("100,000 payments of which 10,000 are kept", 64 * 1024 * 1024, || {
        (0..100_000).for_each(|number| pay_to(number, &mut days));
    });
}
