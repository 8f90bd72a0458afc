//! The page behind a reader's link: what became of the own question. GET changes nothing; the page sends mutations.

use axum::extract::Path;
use axum::http::HeaderMap;
use axum::response::Response;

use super::page;

const PAGE: &str = include_str!("question/index.html");
const FILES: [(&str, &str); 3] = [
    page::STYLE,
    ("question.css", include_str!("question/question.css")),
    ("question.js", include_str!("question/question.js")),
];

pub async fn page(headers: HeaderMap) -> Response {
    page::html(&headers, PAGE)
}

pub async fn file(Path(name): Path<String>, headers: HeaderMap) -> Response {
    page::one_of(&headers, &FILES, &name).await
}
