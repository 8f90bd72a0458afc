//! The API console: a page of our own inside the binary. Nothing of it comes from elsewhere.

use axum::extract::Path;
use axum::http::HeaderMap;
use axum::response::Response;

use super::page;

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("console/", $name)))),*]
    };
}

const PAGE: &str = include_str!("console/index.html");
const FILES: [(&str, &str); 17] = files![
    "answer.js",
    "complete.js",
    "console.css",
    "docs.js",
    "dom.js",
    "editor.js",
    "examples.js",
    "format.js",
    "json.js",
    "lex.js",
    "logo.svg",
    "main.js",
    "parts.css",
    "popup.js",
    "request.js",
    "schema.js",
    "state.js",
];

pub async fn page(headers: HeaderMap) -> Response {
    page::html(&headers, PAGE)
}

pub async fn file(Path(name): Path<String>, headers: HeaderMap) -> Response {
    let Some((_, text)) = FILES.iter().find(|(file, _)| *file == name) else {
        return super::request::not_found().await;
    };
    page::file(&headers, &name, text)
}
