//! The bank of the payment bench: a process of its own, so that its processor time is not counted, with fixed answers.

use std::{
    convert::Infallible,
    io::{BufRead as _, BufReader, Read as _},
    process::{Child, Command, Stdio},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use crate::shop;

/// The argument that makes this program the server.
pub(crate) const WORD: &str = "serve";

/// A running server; stops when dropped.
pub(crate) struct Server {
    process: Child,
    pub(crate) address: String,
}

impl Server {
    pub(crate) fn start() -> Server {
        let mut command = Command::new(std::env::current_exe().unwrap());
        let mut process =
            command.arg(WORD).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut address = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut address).unwrap();
        Server { process, address: address.trim().to_owned() }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// Prints where it listens, and answers until its standard input ends, as it does when the bench is gone.
pub(crate) fn run() {
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap().block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let recorded = shop::recorded(&address);
        let answers = ["token", "cryptopay", "public.rsa"]
            .map(|part| (part, recorded.of(part).answer.clone()));
        println!("{address}");
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            let answers = answers.clone();
            let service = service_fn(move |request| answer(request, answers.clone()));
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    });
}

async fn answer(
    request: Request<Incoming>,
    answers: [(&'static str, Response<Bytes>); 3],
) -> Result<Response<Full<Bytes>>, Infallible> {
    let path = request.uri().path().to_owned();
    drop(request.into_body().collect().await);
    let known = answers
        .into_iter()
        .find(|(part, _)| path.contains(part))
        .map(|(_, answer)| answer.map(Full::new));
    Ok(known.unwrap_or_default())
}
