//! The suite is worth what it catches: one honest transport passes, and each defect is named by its sentence.

use std::{fmt, io, sync::Mutex};

use async_trait::async_trait;
use epay_http::MAX_RESPONSE_BYTES;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::*;

/// What a careless author would get wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Defect {
    None,
    DropsTheQuery,
    AddsAuthorization,
    FailsOnError,
    FollowsRedirects,
    SendsAgain,
    SendsAgainOnKeptConnections,
    CallsEverythingNotSent,
    TakesWhatItGot,
    CollectsFirst,
    OneAtATime,
    OutlivesItsFuture,
    Gossips,
}

/// A client of 80 lines: HTTP/1.1 by hand, one connection for each request unless its defect is to keep them.
struct ByHand {
    defect: Defect,
    kept: Mutex<Option<TcpStream>>,
    one_at_a_time: tokio::sync::Mutex<()>,
    last: Mutex<String>,
}

impl fmt::Debug for ByHand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            if self.defect == Defect::Gossips {
                self.last.lock().unwrap().clone()
            } else {
                String::new()
            }
            .as_str(),
        )
    }
}

#[async_trait]
impl Transport for ByHand {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let _turn = if self.defect == Defect::OneAtATime {
            Some(self.one_at_a_time.lock().await)
        } else {
            None
        };
        *self.last.lock().unwrap() = format!("{request:?}");
        if self.defect == Defect::OutlivesItsFuture {
            return tokio::spawn(async move { ByHand::new(Defect::None).once(&request).await })
                .await
                .unwrap();
        }
        let mut outcome = self.once(&request).await;
        let interrupted =
            outcome.as_ref().is_err_and(|error| error.kind() == TransportErrorKind::Interrupted);
        if self.defect == Defect::SendsAgain && interrupted {
            outcome = self.once(&request).await;
        }
        match (self.defect, outcome) {
            (Defect::CallsEverythingNotSent, Err(error)) => Err(TransportError::not_sent(error)),
            (Defect::FailsOnError, Ok(answer)) if answer.status().as_u16() >= 400 => {
                Err(TransportError::interrupted("status"))
            }
            (Defect::FollowsRedirects, Ok(answer)) if answer.status().is_redirection() => {
                self.once(&request).await
            }
            (_, outcome) => outcome,
        }
    }
}

impl ByHand {
    fn new(defect: Defect) -> ByHand {
        ByHand {
            defect,
            kept: Mutex::default(),
            one_at_a_time: tokio::sync::Mutex::default(),
            last: Mutex::default(),
        }
    }

    async fn once(&self, request: &Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let host = request.uri().authority().unwrap().as_str();
        let kept = self.kept.lock().unwrap().take();
        let reused = kept.is_some();
        let mut socket = match kept {
            Some(socket) => socket,
            None => TcpStream::connect(host).await.map_err(TransportError::not_sent)?,
        };
        let outcome = self.talk(&mut socket, request, host).await;
        if self.defect != Defect::SendsAgainOnKeptConnections {
            return outcome;
        }
        match outcome {
            Ok(answer) => {
                *self.kept.lock().unwrap() = Some(socket);
                Ok(answer)
            }
            Err(error) if reused && error.kind() == TransportErrorKind::Interrupted => {
                let mut socket =
                    TcpStream::connect(host).await.map_err(TransportError::not_sent)?;
                self.talk(&mut socket, request, host).await
            }
            Err(error) => Err(error),
        }
    }

    async fn talk(
        &self,
        socket: &mut TcpStream,
        request: &Request<Bytes>,
        host: &str,
    ) -> Result<Response<Bytes>, TransportError> {
        let target = match self.defect {
            Defect::DropsTheQuery => request.uri().path(),
            _ => request.uri().path_and_query().unwrap().as_str(),
        };
        let mut head = format!("{} {target} HTTP/1.1\r\nhost: {host}\r\n", request.method());
        if self.defect == Defect::AddsAuthorization
            && !request.headers().contains_key("authorization")
        {
            head.push_str("authorization: Basic eDp5\r\n");
        }
        for (name, value) in request.headers() {
            write!(head, "{name}: {}\r\n", value.to_str().unwrap()).unwrap();
        }
        write!(head, "content-length: {}\r\n\r\n", request.body().len()).unwrap();
        let sent = [head.as_bytes(), request.body()].concat();
        socket.write_all(&sent).await.map_err(TransportError::interrupted)?;
        self.answer(socket).await
    }

    async fn answer(&self, socket: &mut TcpStream) -> Result<Response<Bytes>, TransportError> {
        let cut = || TransportError::interrupted("cut");
        let mut got = Vec::new();
        let head = loop {
            if let Some(end) = got.windows(4).position(|window| window == b"\r\n\r\n") {
                break String::from_utf8(got.drain(..end + 4).collect()).unwrap();
            }
            read(socket, &mut got).await?.ok_or_else(cut)?;
        };
        let mut response = Response::builder().status(&head[9..12]);
        for (name, value) in head.lines().filter_map(|line| line.split_once(": ")) {
            response = response.header(name, value);
        }
        let header = |name: &str| {
            response
                .headers_ref()
                .unwrap()
                .get(name)
                .map(|value| value.to_str().unwrap().to_owned())
        };
        let length = header("content-length").map(|length| length.parse::<usize>().unwrap());
        let chunked = header("transfer-encoding").is_some();
        let no_body = head[9..12].starts_with("204");
        let limit =
            if self.defect == Defect::CollectsFirst { usize::MAX } else { MAX_RESPONSE_BYTES };
        let size = |got: &[u8]| if chunked { got.len().saturating_sub(16) } else { got.len() };
        if length.is_some_and(|length| length > limit) {
            return Err(TransportError::too_large());
        }
        let is_whole = |got: &[u8]| match length {
            Some(length) => got.len() >= length,
            None => no_body || (chunked && got.ends_with(b"\r\n0\r\n\r\n")),
        };
        while !is_whole(&got) {
            if size(&got) > limit {
                return Err(TransportError::too_large());
            }
            if read(socket, &mut got).await?.is_none() {
                let whole = (length.is_none() && !chunked) || self.defect == Defect::TakesWhatItGot;
                if whole { break } else { return Err(cut()) }
            }
        }
        if got.len() > MAX_RESPONSE_BYTES && !chunked {
            return Err(TransportError::too_large());
        }
        let body = if chunked { dechunk(&got) } else { got };
        Ok(response.body(body.into()).unwrap())
    }
}

async fn read(socket: &mut TcpStream, got: &mut Vec<u8>) -> Result<Option<usize>, TransportError> {
    let read: io::Result<usize> = socket.read_buf(got).await;
    read.map(|bytes| (bytes > 0).then_some(bytes)).map_err(TransportError::interrupted)
}

/// Good for the whole chunked answers of the suite, which have no line break in a chunk.
fn dechunk(got: &[u8]) -> Vec<u8> {
    got.split(|byte| *byte == b'\n')
        .skip(1)
        .step_by(2)
        .flat_map(<[u8]>::trim_ascii_end)
        .copied()
        .collect()
}

async fn verdict(defect: Defect) -> Result<(), (u8, String)> {
    judge(&|| Arc::new(ByHand::new(defect))).await.map_err(|broken| (broken.sentence, broken.how))
}

#[tokio::test]
async fn an_honest_transport_passes() {
    assert_eq!(verdict(Defect::None).await, Ok(()));
}

#[tokio::test]
async fn each_vice_is_named_by_its_sentence() {
    for (defect, sentence) in [
        (Defect::DropsTheQuery, 1),
        (Defect::AddsAuthorization, 2),
        (Defect::FailsOnError, 3),
        (Defect::FollowsRedirects, 4),
        (Defect::SendsAgain, 5),
        (Defect::SendsAgainOnKeptConnections, 5),
        (Defect::CallsEverythingNotSent, 6),
        (Defect::TakesWhatItGot, 7),
        (Defect::CollectsFirst, 8),
        (Defect::Gossips, 11),
    ] {
        let verdict = verdict(defect).await;
        assert_eq!(
            verdict.as_ref().map_err(|(number, _)| *number),
            Err(sentence),
            "{defect:?}: {verdict:?}"
        );
    }
}

/// With the clock stopped, the suite's time-out ends as soon as everybody waits for somebody else.
#[tokio::test(start_paused = true)]
async fn a_wait_that_never_ends_is_named_by_its_sentence() {
    for (defect, sentence) in [(Defect::OneAtATime, 9), (Defect::OutlivesItsFuture, 10)] {
        let endless = Err((sentence, "it waits for something that never comes".to_owned()));
        assert_eq!(verdict(defect).await, endless, "{defect:?}");
    }
}

#[tokio::test]
#[should_panic(
    expected = "the transport breaks sentence 4 of its contract: it asked again after 301"
)]
async fn a_broken_sentence_is_a_panic_that_names_it() {
    transport(|| ByHand::new(Defect::FollowsRedirects)).await;
}
