//! The wire: every route in one list, and what wraps them all.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Extension;
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::routing::get;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{Any, CorsLayer};
use tower_http::set_header::SetResponseHeaderLayer;

use self::server::ServerLimits;
use crate::app::App;
use crate::config::Config;

mod account;
mod auth;
mod body;
mod client;
mod console;
mod graphql;
mod health;
mod json;
mod media;
mod metrics;
mod page;
mod question;
mod request;
mod routine;
pub mod server;
mod shared;
mod storage;

/// The largest request body: the largest text of a post with room for its escapes.
pub const MAX_BODY: usize = 2 * 1024 * 1024;

/// What the settings say of clients in general.
pub fn limits(config: &Config) -> ServerLimits {
    ServerLimits {
        max_connections: config.max_connections,
        connections_per_address: config.connections_per_address,
        trusted_proxies: config.trusted_proxies.clone(),
        memory: config.request_memory,
        ..ServerLimits::default()
    }
}

pub fn router(app: App) -> Router {
    let mut routes = Router::new()
        .merge(api())
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/account", get(account::page))
        .route("/account/{file}", get(account::file))
        .route("/question", get(question::page))
        .route("/question/{file}", get(question::file))
        .route("/media/{asset}/{tag}/{file}", get(media::get));
    if app.store.is_embedded() {
        routes = routes.merge(storage::routes());
    }
    if app.config.console {
        routes = routes.route("/", get(console::page)).route("/console/{file}", get(console::file));
    }
    if app.config.metrics {
        routes = routes.route("/metrics", get(metrics::metrics));
    }
    routes
        .method_not_allowed_fallback(request::method_not_allowed)
        .fallback(request::not_found)
        .layer(Extension(Arc::<health::Found>::default()))
        .layer(CatchPanicLayer::custom(request::after_panic))
        .layer(axum::middleware::from_fn(request::host))
        .layer(axum::middleware::from_fn(request::trace))
        .layer(SetResponseHeaderLayer::if_not_present(
            HeaderName::from_static("x-content-type-options"),
            HeaderValue::from_static("nosniff"),
        ))
        .layer(SetResponseHeaderLayer::if_not_present(
            header::REFERRER_POLICY,
            HeaderValue::from_static("no-referrer"),
        ))
        .with_state(app)
}

fn api() -> Router<App> {
    Router::new()
        .route("/graphql", get(graphql::get).post(graphql::post))
        // A page of another origin shows chapters only if it may read them.
        .route("/routines/{routine}/{file}", get(routine::get))
        .method_not_allowed_fallback(request::method_not_allowed)
        .layer(cross_origin())
}

/// Browsers of any frontend may call the API. There are no cookies, so a foreign page gains nothing that its own server
/// could not ask for: whoever has a token has to send it himself.
fn cross_origin() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([
            header::CONTENT_TYPE,
            header::AUTHORIZATION,
            request::REQUEST_ID,
            graphql::IDEMPOTENCY_KEY,
        ])
        .expose_headers([request::REQUEST_ID, header::RETRY_AFTER, graphql::IDEMPOTENCY_REPLAYED])
        .max_age(Duration::from_hours(24))
}
