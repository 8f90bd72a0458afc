//! An editor who writes until the server dies, and remembers what it had acknowledged.

use entity::Timestamp;
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedSender;
use wellspring::app::Clock;
use wellspring::domain::core::time;

use crate::commands::program::Server;

/// What a revision says. No two revisions have the same body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    pub slug: String,
    pub body: String,
}

/// What of a document was acknowledged.
#[derive(Debug, Clone, Default)]
pub struct Written {
    /// Known from the first acknowledged save on.
    pub id: Option<String>,
    pub revisions: Vec<Words>,
    /// Number of the revision that is public.
    pub live: Option<usize>,
    /// Slugs under which it was public.
    pub public_slugs: Vec<String>,
    /// How often its entry came, changed or went.
    pub publications: usize,
}

/// One request of the editor.
#[derive(Debug, Clone)]
pub enum Request {
    Save(Words),
    Publish,
    Unpublish,
    /// Publish the newest revision this many milliseconds from now.
    Schedule(i64),
}

impl Written {
    /// Notes what an acknowledged request has done.
    pub fn apply(&mut self, request: &Request) {
        match request {
            Request::Save(words) => self.revisions.push(words.clone()),
            Request::Publish | Request::Schedule(_) => {
                self.publications += 1;
                self.live = Some(self.revisions.len());
                let slug = self.revisions.last().expect("saved before").slug.clone();
                if !self.public_slugs.contains(&slug) {
                    self.public_slugs.push(slug);
                }
            }
            Request::Unpublish => {
                self.publications += 1;
                self.live = None;
            }
        }
    }
}

/// One of several editors; each has documents of its own.
#[derive(Debug)]
pub struct Writer {
    pub name: &'static str,
    pub documents: Vec<Written>,
    /// Sent and not answered: it may have happened or not. It is about the newest document.
    pub in_flight: Option<Request>,
    saves: usize,
}

impl Writer {
    pub fn new(name: &'static str) -> Self {
        Self { name, documents: Vec::new(), in_flight: None, saves: 0 }
    }

    /// Saves, publishes, renames, publishes again and sometimes unpublishes, until no answer comes any more.
    pub async fn write(
        &mut self,
        server: &Server,
        token: &str,
        tag: &str,
        acknowledged: UnboundedSender<()>,
    ) {
        loop {
            self.documents.push(Written::default());
            let number = self.documents.len();
            let slug = format!("{}-{number}", self.name);
            let later = if number.is_multiple_of(3) { format!("{slug}-renamed") } else { slug.clone() };
            let mut plan = vec![self.words(slug), Request::Publish, self.words(later), Request::Publish];
            if number.is_multiple_of(4) {
                plan.push(Request::Unpublish);
            } else if number.is_multiple_of(2) {
                // The last word on this document is a worker's, who may be at it when the server dies.
                *plan.last_mut().expect("four requests") = Request::Schedule(rand::random_range(20..120));
            }
            for request in plan {
                self.in_flight = Some(request.clone());
                let document = self.documents.last_mut().expect("pushed above");
                let Some(id) = send(server, token, tag, document, &request).await else { return };
                document.id = Some(id);
                document.apply(&request);
                self.in_flight = None;
                let _ = acknowledged.send(());
            }
        }
    }

    fn words(&mut self, slug: String) -> Request {
        self.saves += 1;
        let more = " And one sentence more.".repeat(self.saves % 40);
        Request::Save(Words { slug, body: format!("Words {} of {}.{more}", self.saves, self.name) })
    }
}

/// Sends a request; answers the document's id once the server has acknowledged it, and nothing when it is gone.
async fn send(
    server: &Server,
    token: &str,
    tag: &str,
    document: &Written,
    request: &Request,
) -> Option<String> {
    let (mutation, kind, input) = match request {
        Request::Save(Words { slug, body }) => {
            let title = format!("Title of {slug}");
            let mut input = json!({ "title": title, "slug": slug, "body": body, "tags": [tag] });
            if let Some(id) = &document.id {
                input["id"] = json!(id);
                input["expectedRevision"] = json!(document.revisions.len());
            }
            ("savePost", "SavePost", input)
        }
        Request::Publish => ("publishEntry", "PublishEntry", json!({ "document": document.id })),
        Request::Schedule(millis) => {
            let at = time::format(Timestamp(Clock::System.now().0 + millis));
            ("scheduleEntry", "ScheduleEntry", json!({ "document": document.id, "at": at }))
        }
        Request::Unpublish => ("unpublishEntry", "MoveDocument", json!({ "document": document.id })),
    };
    let query = format!(
        "mutation($input: {kind}Input!) {{ {mutation}(input: $input) {{ document {{ id }} userErrors {{ code message }} }} }}"
    );
    let answer: Value = server.send(token, &query, json!({ "input": input })).await.ok()?;
    let payload = &answer["data"][mutation];
    if let (Request::Schedule(millis), Some("OUT_OF_RANGE")) =
        (request, payload["userErrors"][0]["code"].as_str())
    {
        // The machine was slower than that.
        return Box::pin(send(server, token, tag, document, &Request::Schedule(2 * millis))).await;
    }
    let id = payload["document"]["id"].as_str();
    Some(id.unwrap_or_else(|| panic!("refused: {answer}")).to_owned())
}
