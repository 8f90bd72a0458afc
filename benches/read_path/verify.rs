//! Before anything is measured: all routes must answer with the same data, or the ratios would mean nothing.

use serde_json::Value;

use crate::Failure;
use crate::prose::Random;
use crate::requests::{self, Page, Request, Route};
use crate::server::Server;
use crate::wire::Connection;

/// How many posts are compared.
const POSTS: u32 = 100;

/// The first query of a server's life.
pub async fn first_answer(server: &Server) -> Result<(), Failure> {
    let mut connection = Connection::open(server.address).await?;
    ask(&mut connection, Page::Home, Route::Graphql, 0).await.map(|_| ())
}

/// Compares GraphQL with hand-written SQL, and leaves two of GraphQL's answers to the static route.
pub async fn all(server: &Server, posts: u32) -> Result<(), Failure> {
    let mut connection = Connection::open(server.address).await?;
    let mut random = Random::new(u64::from(posts));
    for page in Page::ALL {
        let kept = ask(&mut connection, page, Route::Graphql, posts / 2).await?;
        let status = connection.exchange(&requests::keep(&kept)).await?.status;
        if status != 204 {
            return Err(format!("the static route does not keep bytes: {status}").into());
        }
        if ask(&mut connection, page, Route::Static, 0).await? != kept {
            return Err("the static route answers other bytes".into());
        }
        for _ in 0..POSTS {
            let post = random.below(posts);
            let graphql = ask(&mut connection, page, Route::Graphql, post).await?;
            let graphql: Value = serde_json::from_slice(&graphql)?;
            let sql: Value = serde_json::from_slice(&ask(&mut connection, page, Route::Sql, post).await?)?;
            complete(page, &graphql)?;
            if graphql != sql {
                return Err(format!("{page} {post} differs:\nGraphQL {graphql}\nSQL     {sql}").into());
            }
        }
    }
    Ok(())
}

/// Empty lists would be equal too, and fast.
fn complete(page: Page, answer: &Value) -> Result<(), Failure> {
    let length = |place: &str| answer.pointer(place).and_then(Value::as_array).map(Vec::len);
    let good = match page {
        Page::Home => {
            length("/data/posts/nodes") == Some(20)
                && length("/data/posts/nodes/19/tags") == Some(3)
                && answer.pointer("/data/posts/nodes/19/author/name").is_some_and(Value::is_string)
        }
        Page::Post => {
            let html = answer.pointer("/data/post/body/html").and_then(Value::as_str);
            length("/data/post/tags") == Some(3)
                && length("/data/post/related") == Some(3)
                && html.is_some_and(|html| html.len() > 6_000)
        }
    };
    if good { Ok(()) } else { Err(format!("{page} is not complete: {answer}").into()) }
}

async fn ask(connection: &mut Connection, page: Page, route: Route, post: u32) -> Result<Vec<u8>, Failure> {
    let answer = connection.exchange(Request::new(page, route).of(post)).await?;
    if answer.status != 200 || !page.is_answer(answer.body) {
        let text = String::from_utf8_lossy(answer.body);
        return Err(format!("{page} over {route} was answered {}: {text}", answer.status).into());
    }
    Ok(answer.body.to_vec())
}
