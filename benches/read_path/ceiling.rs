//! What the measured server serves beside GraphQL: the same bytes without any work, and hand-written SQL.

use std::sync::{Arc, OnceLock};

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, put};
use axum::{Json, Router};
use sea_orm::DbErr;
use serde::Serialize;
use wellspring::db::Db;

use crate::sql;

#[derive(Clone)]
struct Ceilings {
    db: Db,
    home: Arc<OnceLock<Bytes>>,
    post: Arc<OnceLock<Bytes>>,
}

/// Routes without the layers of the product, as a ceiling should be.
pub fn router(db: Db) -> Router {
    Router::new()
        .route("/bench/static/home", get(static_home))
        .route("/bench/static/post", get(static_post))
        .route("/bench/static", put(keep))
        .route("/bench/sql/home", get(sql_home))
        .route("/bench/sql/post/{slug}", get(sql_post))
        .with_state(Ceilings { db, home: Arc::default(), post: Arc::default() })
}

/// Keeps the bytes of a page: the first body is the home page's, the second a post's.
async fn keep(State(state): State<Ceilings>, body: Bytes) -> StatusCode {
    // A copy, because what came over the wire shares its buffer.
    let body = Bytes::copy_from_slice(&body);
    match state.home.set(body).or_else(|body| state.post.set(body)) {
        Ok(()) => StatusCode::NO_CONTENT,
        Err(_) => StatusCode::CONFLICT,
    }
}

async fn static_home(State(state): State<Ceilings>) -> Response {
    kept(&state.home)
}

async fn static_post(State(state): State<Ceilings>) -> Response {
    kept(&state.post)
}

fn kept(bytes: &OnceLock<Bytes>) -> Response {
    match bytes.get() {
        Some(bytes) => ([(header::CONTENT_TYPE, "application/json")], bytes.clone()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn sql_home(State(state): State<Ceilings>) -> Response {
    answer(sql::home(&state.db.reader()).await)
}

async fn sql_post(State(state): State<Ceilings>, Path(slug): Path<String>) -> Response {
    answer(sql::post(&state.db.reader(), &slug).await)
}

fn answer(data: Result<impl Serialize, DbErr>) -> Response {
    match data {
        Ok(data) => Json(data).into_response(),
        Err(error) => {
            tracing::error!(%error, "hand-written SQL failed: {error}");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
