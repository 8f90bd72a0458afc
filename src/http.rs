//! The wire: every route in one list, and what wraps them all.

use axum::Router;
use axum::http::{HeaderName, HeaderValue, header};
use axum::routing::get;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::app::App;

mod auth;
mod console;
mod graphql;
mod health;
mod request;
pub mod server;

/// The largest request body: the largest text of a post with room for its escapes.
pub const MAX_BODY: usize = 2 * 1024 * 1024;

pub fn router(app: App) -> Router {
    let mut routes = Router::new()
        .route("/graphql", get(graphql::get).post(graphql::post))
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz));
    if app.config.console {
        routes = routes.route("/", get(console::page)).route("/console/{file}", get(console::file));
    }
    routes
        .method_not_allowed_fallback(request::method_not_allowed)
        .fallback(request::not_found)
        .layer(RequestBodyLimitLayer::new(MAX_BODY))
        .layer(CatchPanicLayer::custom(request::after_panic))
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
