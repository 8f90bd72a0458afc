//! The server's own store over HTTP, where browsers send files: S3 at `/storage/…`, every request signed. It takes PUT and
//! nothing else: files are fetched from `/media/…`, and the program itself needs no HTTP.

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use url::Url;

use crate::app::{App, OWN_BUCKET};
use crate::domain::access::policy::Viewer;
use crate::store::cors;

pub fn routes() -> Router<App> {
    let (bucket, object) = (format!("/{OWN_BUCKET}"), format!("/{OWN_BUCKET}/{{*key}}"));
    Router::new().route(&bucket, any(answer)).route(&object, any(answer))
}

async fn answer(State(app): State<App>, mut request: Request) -> Response {
    let origins = origins(&app).await;
    if let Some(preflight) = cors::preflight(request.method(), request.headers(), &origins) {
        return preflight.into_response();
    }
    if request.method() != Method::PUT {
        let allow = [(header::ALLOW, HeaderValue::from_static("PUT, OPTIONS"))];
        return (allow, super::request::method_not_allowed().await).into_response();
    }
    // HTTP/2 tells the host elsewhere, and it is part of every signature.
    if !request.headers().contains_key(header::HOST)
        && let Some(host) =
            request.uri().authority().and_then(|host| HeaderValue::from_str(host.as_str()).ok())
    {
        request.headers_mut().insert(header::HOST, host);
    }
    let asked = request.headers().clone();
    let mut response = match app.store.answer(request.map(s3s::Body::http_body_unsync)).await {
        None => return super::request::not_found().await,
        Some(Ok(response)) => response.map(Body::new),
        Some(Err(error)) => {
            tracing::warn!("the store could not answer: {error:?}");
            super::graphql::fault(axum::http::StatusCode::INTERNAL_SERVER_ERROR)
        }
    };
    cors::allow(&asked, &origins, response.headers_mut());
    response
}

/// Whose pages may send files: the site's, the server's own, and those of the settings.
async fn origins(app: &App) -> Vec<String> {
    let mut urls = vec![app.config.base_url.to_string()];
    match app.ctx(Viewer::Anonymous).fresh_catalog().await {
        Ok(catalog) => urls.extend(catalog.site.base_url.clone()),
        Err(error) => tracing::warn!(%error, "the site's origin could not be read: {error}"),
    }
    let origin = |url: String| Some(Url::parse(&url).ok()?.origin().ascii_serialization());
    urls.into_iter().filter_map(origin).chain(app.config.media.origins.iter().cloned()).collect()
}
