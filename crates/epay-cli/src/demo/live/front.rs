//! The demo's front: one address for the shop's pages, for what a proxy passes on to `epay serve` in production, and for
//! the bank under a name of its own.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::{Stage, apple_pay, page};
use crate::Failure;

/// Where a browser finds the bank, whose pages are another site's in life, too. It asks no name server for a name below
/// `localhost` (RFC 6761).
const BANK: &str = "bank.localhost";

/// The same that docs/serve.md lets a proxy pass on.
const SERVICE: [&str; 5] =
    ["/v1/{*rest}", "/pay/{*rest}", "/shops/{*rest}", "/console", "/console/{*rest}"];

/// The bank's root, as a browser reaches it.
pub(super) fn bank_url(front: SocketAddr) -> String {
    format!("http://{}", bank_host(front))
}

fn bank_host(front: SocketAddr) -> String {
    format!("{BANK}:{}", front.port())
}

/// These pages of the shop, and beside them the others.
pub(super) fn routes(shop: Router<Stage>, stage: Stage) -> Router {
    let shop = shop.route_layer(middleware::from_fn_with_state(Arc::clone(&stage), not_led_here));
    let routes = SERVICE.iter().fold(shop, |routes, path| routes.route(path, any(to_service)));
    routes.layer(middleware::from_fn_with_state(Arc::clone(&stage), by_name)).with_state(stage)
}

/// Another site may lead a browser here by a name of its own, so only the two names are known.
async fn by_name(State(stage): State<Stage>, request: Request, next: Next) -> Response {
    let host = said(request.headers(), header::HOST).unwrap_or_default();
    if host == stage.address.to_string() {
        next.run(request).await
    } else if host == bank_host(stage.address) {
        pass_on(stage.bank.address(), request).await.unwrap_or_else(|error| page::gone(&error))
    } else {
        StatusCode::FORBIDDEN.into_response()
    }
}

/// Another site's page may post a form here. What is passed on looks for itself.
async fn not_led_here(State(stage): State<Stage>, request: Request, next: Next) -> Response {
    let ours = format!("http://{}", stage.address);
    match said(request.headers(), header::ORIGIN) {
        Some(origin) if origin != ours => StatusCode::FORBIDDEN.into_response(),
        _ => next.run(request).await,
    }
}

fn said(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

async fn to_service(State(stage): State<Stage>, request: Request) -> Response {
    let address = stage.service.lock().await.address();
    match pass_on(address, request).await {
        Ok(answer) => apple_pay::at_hand(answer).await,
        Err(error) => page::gone(&error),
    }
}

/// Over a connection of its own and once: what moves money is not sent again, and a stream flows as it comes.
async fn pass_on(to: SocketAddr, request: Request) -> Result<Response, Failure> {
    let stream = TcpStream::connect(to).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(sender.send_request(request).await?.map(Body::new))
}
