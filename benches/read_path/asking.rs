//! What a reader notices of others who ask: 200 questions per second, each with a form that is loaded for it.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::load::{Load, Samples};
use crate::report::line;
use crate::requests::{Page, Route, post_with};
use crate::server::Server;
use crate::store::Store;
use crate::wire::Connection;
use crate::{Args, Failure, ROUNDS, WARM_UP, prose, report};

/// Questions that are begun in a second, whatever became of those before.
const PER_SECOND: u32 = 200;
/// Connections that send them: so many can be on their way at once.
const CONNECTIONS: usize = 32;
/// Connections that read beside them: few, and as many as keep both cores busy.
const READERS: [usize; 2] = [1, 4];
/// How long a question may take until the run is given up.
const PATIENCE: Duration = Duration::from_secs(30);

const ASK: &str = "mutation($input: AskQuestionInput!) { askQuestion(input: $input) {
    secret similar { title path } userErrors { code message } } }";

/// Answers how many requests failed.
pub async fn measure(store: &Store, args: &Args) -> Result<usize, Failure> {
    let server = Server::start(&store.url).await?;
    // Of each page with each number of readers: alone, and beside those who ask.
    let mut loads = Vec::new();
    for page in Page::ALL {
        for connections in READERS {
            let load = Load { page, route: Route::Graphql, connections, posts: store.posts };
            loads.extend([load, load]);
        }
    }
    let mut samples: Vec<Samples> = loads.iter().map(|_| Samples::default()).collect();
    loads[2].run(&server, WARM_UP, &mut Samples::default()).await?;
    let time = Duration::from_secs(args.seconds.max(10)) / ROUNDS;
    let askers = Askers::default();
    for _ in 0..ROUNDS {
        for (pair, samples) in loads.chunks(2).zip(samples.chunks_mut(2)) {
            pair[0].run(&server, time, &mut samples[0]).await?;
            let asking = askers.ask(&server, time);
            tokio::try_join!(pair[1].run(&server, time, &mut samples[1]), asking)?;
        }
    }
    report::header(&format!(
        "{}, {} posts, {PER_SECOND} questions per second beside",
        store.backend, store.posts
    ))?;
    report::table(&loads, &mut samples)?;
    for (pair, samples) in loads.chunks(2).zip(samples.chunks(2)) {
        let ratio = samples[1].percentile(99) / samples[0].percentile(99);
        let Load { page, connections, .. } = pair[0];
        line(&format!(
            "p99 of {page} with {connections} connections, beside questions / alone = {ratio:.2} (goal: at most 2)"
        ))?;
    }
    let (done, refused) = (askers.done.load(Ordering::Relaxed), askers.refused.load(Ordering::Relaxed));
    let seconds = Duration::from_micros(askers.micros.load(Ordering::Relaxed)).as_secs_f64();
    line(&format!(
        "questions: {:.0} per second were received, {refused} refused",
        f64::from(done) / seconds
    ))?;
    let mut took = askers.took.into_inner().unwrap_or_default();
    took.sort_unstable();
    let at = |hundredths: usize| {
        f64::from(took.get(took.len() * hundredths / 100).copied().unwrap_or_default()) / 1_000.0
    };
    line(&format!("from the form to the secret: {:.1} ms (p50), {:.1} ms (p99)", at(50), at(99)))?;
    Ok(report::faults(&loads, &samples)? + usize::try_from(refused)?)
}

#[derive(Default)]
struct Askers {
    done: AtomicU32,
    refused: AtomicU32,
    /// While questions were asked.
    micros: AtomicU64,
    /// Each question, in microseconds from the moment at which it was to begin.
    took: std::sync::Mutex<Vec<u32>>,
}

impl Askers {
    /// Asks for so long.
    async fn ask(&self, server: &Server, time: Duration) -> Result<(), Failure> {
        let begun = Instant::now();
        let (next, total) = (AtomicU32::new(0), PER_SECOND * u32::try_from(time.as_millis())? / 1_000);
        let all = (0..CONNECTIONS).map(|_| self.connection(server, begun, &next, total));
        futures_util::future::try_join_all(all).await?;
        self.micros.fetch_add(u64::try_from(begun.elapsed().as_micros())?, Ordering::Relaxed);
        Ok(())
    }

    async fn connection(
        &self,
        server: &Server,
        begun: Instant,
        next: &AtomicU32,
        total: u32,
    ) -> Result<(), Failure> {
        let mut connection = Connection::open(server.address).await?;
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= total {
                return Ok(());
            }
            let due = begun + Duration::from_secs(1) * number / PER_SECOND;
            tokio::time::sleep_until(due.into()).await;
            let received = tokio::time::timeout(PATIENCE, one(&mut connection, number)).await??;
            let count = if received { &self.done } else { &self.refused };
            count.fetch_add(1, Ordering::Relaxed);
            let micros = u32::try_from(due.elapsed().as_micros()).unwrap_or(u32::MAX);
            self.took.lock().map_err(|_| "a task panicked")?.push(micros);
        }
    }
}

/// Loads a form and sends it; answers whether the question was received.
async fn one(connection: &mut Connection, number: u32) -> Result<bool, Failure> {
    let form = json!({ "query": "{ questionForm { token } }" }).to_string();
    let answer = connection.exchange(post_with("/graphql", "", &form).as_bytes()).await?;
    let answer: Value = serde_json::from_slice(answer.body)?;
    let mut random = prose::Random::new(u64::from(number));
    let (title, excerpt, rare) =
        (prose::title(&mut random, number), prose::excerpt(&mut random), prose::rare(&mut random));
    let text = format!("{title} {excerpt} {rare}");
    let input = json!({ "text": text, "displayName": "Ann", "email": "ann@reader.example",
        "consents": { "answerPrivately": true, "publishParaphrase": true },
        "formToken": answer["data"]["questionForm"]["token"] });
    let body = json!({ "query": ASK, "variables": { "input": input } }).to_string();
    let answer = connection.exchange(post_with("/graphql", "", &body).as_bytes()).await?;
    Ok(answer.body.windows(4).any(|bytes| bytes == b"wsq_"))
}
