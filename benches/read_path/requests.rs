//! The two pages and the three routes to them, as bytes that are ready to send.

use std::fmt;

use clap::ValueEnum;
use serde_json::json;

use crate::dataset;

const HOME: &str = "query Home { posts(first: 20) { nodes { \
    title slug path excerpt publishedAt readingMinutes author { name slug } tags { name slug } } } }";

const POST: &str = "query Post($slug: String!) { post(slug: $slug) { \
    title slug path excerpt publishedAt readingMinutes author { name slug } tags { name slug } \
    body { html } related(first: 3) { title path } } }";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// The 20 newest posts.
    Home,
    /// One post by its slug.
    Post,
}

impl Page {
    pub const ALL: [Self; 2] = [Self::Home, Self::Post];

    /// Whether these bytes are a whole answer without errors, which would come before or after the data.
    pub fn is_answer(self, body: &[u8]) -> bool {
        match self {
            Self::Home => body.starts_with(br#"{"data":{"posts":{"nodes":[{"#) && body.ends_with(b"}]}}}"),
            Self::Post => body.starts_with(br#"{"data":{"post":{"#) && body.ends_with(b"}]}}}"),
        }
    }
}

impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Home => "home",
            Self::Post => "post",
        })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Route {
    Graphql,
    Sql,
    Static,
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Graphql => "GraphQL",
            Self::Sql => "SQL by hand",
            Self::Static => "static bytes",
        })
    }
}

/// A request over HTTP/1.1, in which only the slug changes.
#[derive(Debug, Clone)]
pub struct Request {
    bytes: Vec<u8>,
    slug: Option<std::ops::Range<usize>>,
}

impl Request {
    pub fn new(page: Page, route: Route) -> Self {
        let slug = dataset::slug(0);
        let text = match (route, page) {
            (Route::Graphql, Page::Home) => post("/graphql", &home()),
            (Route::Graphql, Page::Post) => {
                let body = json!({ "query": POST, "variables": { "slug": slug } });
                post("/graphql", &body.to_string())
            }
            (Route::Sql, Page::Home) => get("/bench/sql/home"),
            (Route::Sql, Page::Post) => get(&format!("/bench/sql/post/{slug}")),
            (Route::Static, Page::Home) => get("/bench/static/home"),
            (Route::Static, Page::Post) => get("/bench/static/post"),
        };
        let place = text.find(&slug).map(|start| start..start + slug.len());
        Self { bytes: text.into_bytes(), slug: place }
    }

    /// The bytes that ask for this post, where the page is a post.
    pub fn of(&mut self, post: u32) -> &[u8] {
        if let Some(slug) = self.slug.clone() {
            self.bytes[slug].copy_from_slice(dataset::slug(post).as_bytes());
        }
        &self.bytes
    }
}

/// A request that keeps bytes for the static route.
pub fn keep(body: &[u8]) -> Vec<u8> {
    let head = format!("PUT /bench/static HTTP/1.1\r\nhost: bench\r\ncontent-length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: bench\r\n\r\n")
}

/// The body of a query for the home page.
pub fn home() -> String {
    json!({ "query": HOME }).to_string()
}

fn post(path: &str, body: &str) -> String {
    post_with(path, "", body)
}

/// A POST of JSON with more headers, each with its line's end.
pub fn post_with(path: &str, headers: &str, body: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nhost: bench\r\n{headers}content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}
