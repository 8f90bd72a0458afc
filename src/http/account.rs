//! The page behind a link that works once: the first account, an invitation, another password. GET changes nothing; the page
//! sends a mutation.

use axum::extract::Path;
use axum::http::HeaderMap;
use axum::response::Response;

use super::page;

const PAGE: &str = include_str!("account/index.html");
const FILES: [(&str, &str); 3] = [
    page::STYLE,
    ("account.css", include_str!("account/account.css")),
    ("account.js", include_str!("account/account.js")),
];

pub async fn page(headers: HeaderMap) -> Response {
    page::html(&headers, PAGE)
}

pub async fn file(Path(name): Path<String>, headers: HeaderMap) -> Response {
    page::one_of(&headers, &FILES, &name).await
}
