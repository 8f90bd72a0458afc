//! What a reader notices of others: of 64 connections that sign in, each as fast as it is answered, and of one who looks at
//! the same page through a preview.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use wellspring::app::{App, Clock};
use wellspring::domain::team::account::link;

use crate::load::{Load, Samples};
use crate::report::line;
use crate::requests::{Page, Route, post_with};
use crate::server::Server;
use crate::store::Store;
use crate::wire::Connection;
use crate::{Args, Failure, ROUNDS, WARM_UP, report};

/// Connections that sign in.
const GUESTS: usize = 64;
/// Connections that read beside them: one after the other, and as many as keep a core busy.
const READERS: [usize; 2] = [1, 4];
const PASSWORD: &str = "seven legs on the floor";
/// How long a sign-in may take until the run is given up.
const PATIENCE: Duration = Duration::from_secs(30);

/// Answers how many requests failed.
pub async fn measure(store: &Store, args: &Args) -> Result<usize, Failure> {
    let server = Server::start(&store.url).await?;
    let session = first_account(store, &server).await?;
    let token = preview(&server, &session).await?;
    let load =
        |connections| Load { page: Page::Home, route: Route::Graphql, connections, posts: store.posts };
    let time = Duration::from_secs(args.seconds) / ROUNDS;
    let mut loads = Vec::new();
    let mut samples = Vec::new();
    for connections in READERS {
        for _ in 0..2 {
            loads.push(load(connections));
            samples.push(Samples::default());
        }
    }
    load(4).run(&server, WARM_UP, &mut Samples::default()).await?;
    let before = server.memory()?;
    let guests = Guests::default();
    for _ in 0..ROUNDS {
        for (pair, samples) in loads.chunks(2).zip(samples.chunks_mut(2)) {
            pair[0].run(&server, time, &mut samples[0]).await?;
            guests.beside(&server, pair[1].run(&server, time, &mut samples[1])).await?;
        }
    }
    let added = server.memory()?.peak.saturating_sub(before.peak);
    report::header(&format!(
        "{}, {} posts, {GUESTS} connections that sign in beside",
        store.backend, store.posts
    ))?;
    report::table(&loads, &mut samples)?;
    for (pair, samples) in loads.chunks(2).zip(samples.chunks(2)) {
        let ratio = samples[1].percentile(99) / samples[0].percentile(99);
        let readers = pair[0].connections;
        line(&format!(
            "p99 of home with {readers} connections, beside sign-ins / alone = {ratio:.2} (goal: at most 2)"
        ))?;
    }
    let rate = f64::from(u32::try_from(guests.done.load(Ordering::Relaxed))?) / guests.seconds();
    line(&format!("sign-ins: {rate:.1} per second, {} refused", guests.refused.load(Ordering::Relaxed)))?;
    line(&format!("memory added by them: {:.1} MB (goal: below 400)", f64::from(added) / 1024.0))?;
    let failed = report::faults(&loads, &samples)?;
    Ok(failed + previews(&server, &token, time).await?)
}

/// The home page through a preview beside the public's: one connection each, in turns.
async fn previews(server: &Server, token: &str, time: Duration) -> Result<usize, Failure> {
    let mut medians = Vec::new();
    for header in [String::new(), format!("authorization: Preview {token}\r\n")] {
        let request = post_with("/graphql", &header, &crate::requests::home());
        let mut connection = Connection::open(server.address).await?;
        let mut micros = Vec::new();
        let end = Instant::now() + time;
        while Instant::now() < end {
            let begun = Instant::now();
            let answer = connection.exchange(request.as_bytes()).await?;
            if !Page::Home.is_answer(answer.body) {
                return Err(format!("a preview was answered {}", String::from_utf8_lossy(answer.body)).into());
            }
            micros.push(u32::try_from(begun.elapsed().as_micros()).unwrap_or(u32::MAX));
        }
        micros.sort_unstable();
        medians.push(f64::from(micros[micros.len() / 2]) / 1_000.0);
    }
    let ratio = medians[1] / medians[0];
    line(&format!(
        "p50 of home, one connection: {:.2} ms, through a preview {:.2} ms, ratio {ratio:.1}",
        medians[0], medians[1]
    ))?;
    Ok(0)
}

/// Those who sign in.
#[derive(Default)]
struct Guests {
    done: AtomicU64,
    refused: AtomicU64,
    micros: AtomicU64,
}

impl Guests {
    /// Signs in for as long as something else takes.
    async fn beside(
        &self,
        server: &Server,
        work: impl Future<Output = Result<(), Failure>>,
    ) -> Result<(), Failure> {
        let stop = AtomicBool::new(false);
        let begun = Instant::now();
        let all = futures_util::future::try_join_all((0..GUESTS).map(|_| self.sign_in(server, &stop)));
        let work = async {
            let done = work.await;
            stop.store(true, Ordering::Relaxed);
            done
        };
        tokio::try_join!(work, all)?;
        self.micros.fetch_add(u64::try_from(begun.elapsed().as_micros())?, Ordering::Relaxed);
        Ok(())
    }

    async fn sign_in(&self, server: &Server, stop: &AtomicBool) -> Result<(), Failure> {
        let mut connection = Connection::open(server.address).await?;
        let query = "mutation($input: SignInInput!) { signIn(input: $input) { token userErrors { code } } }";
        let input = json!({ "email": "olga@example.org", "password": PASSWORD });
        let body = json!({ "query": query, "variables": { "input": input } }).to_string();
        let request = post_with("/graphql", "", &body);
        while !stop.load(Ordering::Relaxed) {
            let answer = tokio::time::timeout(PATIENCE, connection.exchange(request.as_bytes())).await??;
            let has_session = answer.body.windows(4).any(|bytes| bytes == b"wss_");
            let count = if has_session { &self.done } else { &self.refused };
            count.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }

    fn seconds(&self) -> f64 {
        Duration::from_micros(self.micros.load(Ordering::Relaxed)).as_secs_f64()
    }
}

/// Makes the first account as its owner would; answers the secret of a session.
async fn first_account(store: &Store, server: &Server) -> Result<String, Failure> {
    let config = wellspring::config::with(&[
        ("database_url", store.url.clone()),
        ("master_key", crate::MASTER_KEY.to_owned()),
    ])?;
    let app = App::start(config, Clock::System).await?;
    let tx = app.db.begin().await?;
    let secret = link::make(&tx, app.clock.now(), None, entity::LinkPurpose::Setup).await?;
    tx.commit().await?;
    app.db.close().await?;
    let query = "mutation($input: SetUpInput!) { done: setUp(input: $input) { token } }";
    let input = json!({ "token": secret.reveal(), "name": "Olga", "email": "olga@example.org", "password": PASSWORD });
    text(&mutate(server, "", query, &input).await?, "/data/done/token")
}

/// The token of a preview of a new draft.
async fn preview(server: &Server, session: &str) -> Result<String, Failure> {
    let header = format!("authorization: Bearer {session}\r\n");
    let query = "mutation($input: SavePostInput!) { done: savePost(input: $input) { document { id } } }";
    let saved = mutate(server, &header, query, &json!({ "title": "A draft", "body": "Soon." })).await?;
    let input = json!({ "document": text(&saved, "/data/done/document/id")? });
    let query = "mutation($input: CreatePreviewInput!) { done: createPreview(input: $input) { secret } }";
    text(&mutate(server, &header, query, &input).await?, "/data/done/secret")
}

async fn mutate(server: &Server, header: &str, query: &str, input: &Value) -> Result<Value, Failure> {
    let body = json!({ "query": query, "variables": { "input": input } }).to_string();
    let mut connection = Connection::open(server.address).await?;
    let answer = connection.exchange(post_with("/graphql", header, &body).as_bytes()).await?;
    Ok(serde_json::from_slice(answer.body)?)
}

fn text(answer: &Value, place: &str) -> Result<String, Failure> {
    let found = answer.pointer(place).and_then(Value::as_str);
    Ok(found.ok_or_else(|| format!("no {place} in {answer}"))?.to_owned())
}
