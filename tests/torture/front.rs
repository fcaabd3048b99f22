//! The one address of the service: a call goes to any of its processes, is hung up on now and then, and callbacks get lost.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    Router,
    body::{Bytes, to_bytes},
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use epay::TokioClock;
use epay_domain::Clock as _;
use http::{StatusCode, header, request::Parts};
use reqwest::{Client, redirect::Policy};
use tokio::net::TcpListener;

use crate::{
    Failure,
    dice::Dice,
    stage::{Tally, count},
};

const MOST_BYTES: usize = 64 * 1024;
/// What a browser and a shop's program send, and what they are to see of the answer.
const ASKED: [header::HeaderName; 3] =
    [header::CONTENT_TYPE, header::AUTHORIZATION, header::ACCEPT];
const ANSWERED: [header::HeaderName; 2] = [header::CONTENT_TYPE, header::LOCATION];

pub(crate) struct Front {
    replicas: Vec<String>,
    client: Client,
    dice: Mutex<Dice>,
    tally: Arc<Tally>,
}

/// Until its task is ended.
pub(crate) async fn open(listener: TcpListener, front: Front) {
    let routes = Router::new().fallback(pass).with_state(Arc::new(front));
    drop(axum::serve(listener, routes).await);
}

async fn pass(State(front): State<Arc<Front>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let is_callback = parts.uri.path().ends_with("/callback");
    if is_callback && front.roll(|dice| dice.percent(30)) {
        count(&front.tally.lost, 1);
        return StatusCode::OK.into_response();
    }
    let Ok(body) = to_bytes(body, MOST_BYTES).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    // Whoever hangs up goes in the middle of it, and the service has to bring it to its end.
    let hangs_up = front.roll(|dice| dice.percent(6).then(|| dice.below(60)));
    let answer = match hangs_up {
        None => front.forward(&parts, body).await,
        Some(after) => tokio::select! {
            _ = front.forward(&parts, body) => None,
            () = TokioClock.sleep(Duration::from_millis(after)) => None,
        },
    };
    if is_callback {
        count(&front.tally.delivered, 1);
    }
    answer.unwrap_or_else(|| {
        count(&front.tally.cut, 1);
        StatusCode::BAD_GATEWAY.into_response()
    })
}

impl Front {
    pub(crate) fn new(
        replicas: Vec<String>,
        dice: Dice,
        tally: Arc<Tally>,
    ) -> Result<Front, Failure> {
        // Each call has a connection of its own, so that nothing is sent again by it.
        let client = Client::builder().no_proxy().redirect(Policy::none());
        let client = client.pool_max_idle_per_host(0).build()?;
        Ok(Front { replicas, client, dice: Mutex::new(dice), tally })
    }

    fn roll<T>(&self, roll: impl FnOnce(&mut Dice) -> T) -> T {
        roll(&mut self.dice.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// To one of them, and to the next where nobody listens; `None` where there is no answer.
    async fn forward(&self, parts: &Parts, body: Bytes) -> Option<Response> {
        let first = self.roll(|dice| dice.below(self.replicas.len() as u64));
        let (before, after) = self.replicas.split_at(usize::try_from(first).ok()?);
        for replica in after.iter().chain(before) {
            let mut request =
                self.client.request(parts.method.clone(), format!("{replica}{}", parts.uri));
            for name in ASKED {
                if let Some(value) = parts.headers.get(&name) {
                    request = request.header(name, value);
                }
            }
            let answer = match request.body(body.clone()).send().await {
                Err(error) if error.is_connect() => continue,
                answer => answer.ok()?,
            };
            let (status, headers) = (answer.status(), answer.headers().clone());
            let mut passed = (status, answer.bytes().await.ok()?).into_response();
            passed.headers_mut().clear();
            for name in ANSWERED {
                if let Some(value) = headers.get(&name) {
                    passed.headers_mut().insert(name, value.clone());
                }
            }
            return Some(passed);
        }
        None
    }
}
