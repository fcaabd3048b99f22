//! A transport that tells its test every secret that came into being on its line, and how it was carried.

use async_trait::async_trait;
use bytes::Bytes;
use epay::Transport;
use epay_http::TransportError;
use http::header::AUTHORIZATION;
use http::{Request, Response};
use std::sync::{Arc, Mutex};

use crate::scan::Needle;

/// What a payer's browser has to carry, and nobody else has to see.
pub(crate) const CHALLENGE: &str = "challenge";

/// The transport, and what was made on the way: tokens, hashes, sealed cryptograms.
#[derive(Clone, Debug)]
pub(crate) struct Tapped {
    transport: Arc<dyn Transport>,
    made: Arc<Mutex<Vec<(&'static str, String)>>>,
}

impl Tapped {
    pub(crate) fn new(transport: impl Transport + 'static) -> Tapped {
        Tapped { transport: Arc::new(transport), made: Arc::default() }
    }

    /// What was made so far, each once.
    pub(crate) fn needles(&self) -> Vec<Needle> {
        let mut made = self.made.lock().unwrap().clone();
        made.sort();
        made.dedup();
        made.iter().map(|(name, secret)| Needle::new(name, secret)).collect()
    }

    fn note(&self, name: &'static str, secret: Option<&str>) {
        self.made.lock().unwrap().extend(secret.map(|secret| (name, secret.to_owned())));
    }

    fn request(&self, request: &Request<Bytes>) {
        let url = request.uri().to_string();
        for (name, value) in request.headers() {
            assert_eq!(
                value.is_sensitive(),
                name == AUTHORIZATION,
                "{name} to {}",
                request.uri().path()
            );
        }
        if let Some(token) = request.headers().get(AUTHORIZATION) {
            let token = token.to_str().unwrap().strip_prefix("Bearer ");
            self.note("access token", token);
            assert!(token.is_some_and(|token| !url.contains(token)));
        }
        let body = str::from_utf8(request.body()).unwrap();
        let pairs =
            form_urlencoded::parse(body.as_bytes()).filter(|(name, _)| name == "secret_hash");
        pairs.for_each(|(_, hash)| self.note("secret_hash", Some(&hash)));
        for (key, name) in
            [("cryptogram", "sealed cryptogram"), ("PaRes", "issuer's answer"), ("MD", CHALLENGE)]
        {
            let after = body.split_once(&format!("\"{key}\":\""));
            self.note(name, after.and_then(|(_, rest)| rest.split('"').next()));
        }
    }
}

#[async_trait]
impl Transport for Tapped {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        self.request(&request);
        self.transport.send(request).await
    }
}
