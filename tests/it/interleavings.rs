//! Two editors at once, in random orders: no acknowledged revision is lost, and the public sees only what was published
//! and not withdrawn, while changes are under way too.

mod model;
mod steps;

use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use wellspring::app::App;
use wellspring::domain::access::policy;
use wellspring::domain::access::policy::Viewer;
use wellspring::domain::team::account;

use self::model::{Action, Change, Content, Document, History, Reply, Site, histories};
use self::steps::{Act, Intent, Step, steps};
use crate::app::{TestApp, stories};
use crate::catalog::{ask, execute};

stories![two_editors_lose_nothing_and_show_nothing_too_early,];

const CASES: u32 = 200;
const DOCUMENTS: usize = 3;

async fn two_editors_lose_nothing_and_show_nothing_too_early(app: TestApp) {
    let editors = [editor(&app.app, "Nerys").await, editor(&app.app, "Tomasz").await];
    let next = AtomicUsize::new(1);
    let config =
        Config { cases: CASES, max_shrink_iters: 200, failure_persistence: None, ..Config::default() };
    let runtime = tokio::runtime::Handle::current();
    let outcome = tokio::task::block_in_place(|| {
        TestRunner::new(config).run(&steps(), |steps| {
            let number = next.fetch_add(1, Ordering::Relaxed);
            runtime.block_on(async { Case::begin(&app.app, &editors, number).await.run(steps).await });
            Ok(())
        })
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}

async fn editor(app: &App, name: &str) -> Viewer {
    let tx = app.db.begin().await.expect("a transaction");
    let account = account::create(&tx, app.clock.now(), name, None, entity::Role::Editor).await;
    tx.commit().await.expect("a commit");
    let session = entity::SessionId(uuid::Uuid::nil());
    Viewer::Team { account: account.expect("an account").id, role: entity::Role::Editor, session }
}

/// Three documents of their own on a site that all cases share.
struct Case<'a> {
    app: &'a App,
    editors: &'a [Viewer; 2],
    number: usize,
    ids: Vec<String>,
    site: Site,
    saves: usize,
}

impl<'a> Case<'a> {
    async fn begin(app: &'a App, editors: &'a [Viewer; 2], number: usize) -> Self {
        let mut case = Self { app, editors, number, ids: Vec::new(), site: Site::new(), saves: 0 };
        for document in 0..DOCUMENTS {
            let content = case.words(document, 0);
            let input = json!({ "title": content.title, "slug": content.slug, "body": content.body });
            let (reply, id) = send(app, editors[0].clone(), "savePost", input).await;
            assert_eq!(reply, Ok(()));
            case.ids.push(id["id"].as_str().expect("an id").to_owned());
            case.site.push(Document::new(content));
        }
        case
    }

    async fn run(mut self, steps: Vec<Step>) {
        for step in steps {
            match step {
                Step::Alone { editor, intent } => {
                    let change = self.decide(intent);
                    let reply = self.carry_out(editor, change.clone()).await;
                    self.check(&[change], &[reply], &[]).await;
                }
                Step::AtOnce([one, two]) => {
                    let changes = [self.decide(one), self.decide(two)];
                    let [first, second] = changes.clone();
                    let (first, second) = (self.carry_out(0, first), self.carry_out(1, second));
                    let (first, second, seen) = tokio::join!(first, second, public(self.app, self.number));
                    self.check(&changes, &[first, second], &[seen]).await;
                }
            }
        }
        self.check_revisions().await;
        self.check_redirects().await;
    }

    /// New words for a document; no two saves have the same.
    fn words(&mut self, document: usize, slug: usize) -> Content {
        self.saves += 1;
        let (case, save) = (self.number, self.saves);
        Content {
            title: format!("Title {save} of {document} in {case}"),
            slug: format!("c{case}-d{document}-{slug}"),
            body: format!("Words {save}.\n\nMore of {document}."),
        }
    }

    fn decide(&mut self, intent: Intent) -> Change {
        let Intent { document, seen_ago, act } = intent;
        let head = self.site[document].head();
        // One more than there is when `back` is 0, so that what does not exist is asked for too.
        let numbered = |back: usize| (head + 1).saturating_sub(back);
        let mut expected_revision = seen_ago.map(|ago| head.saturating_sub(ago));
        let action = match act {
            Act::Save { .. } | Act::SaveTheSame => {
                expected_revision.get_or_insert(head);
                let newest = self.site[document].revisions[head - 1].clone();
                Action::Save(if let Act::Save { slug } = act { self.words(document, slug) } else { newest })
            }
            Act::Publish { back } => Action::Publish(back.map(numbered)),
            Act::Unpublish => Action::Unpublish,
            Act::Trash => Action::Trash,
            Act::Restore => Action::Restore,
            Act::RestoreRevision { back } => Action::RestoreRevision(numbered(back)),
        };
        Change { document, expected_revision, action }
    }

    /// Sends a change on a task of its own, so that two of them run at once.
    fn carry_out(&self, editor: usize, change: Change) -> impl Future<Output = Reply> + use<> {
        let (app, viewer) = (self.app.clone(), self.editors[editor].clone());
        let id = self.ids[change.document].clone();
        let sent = tokio::spawn(async move {
            let mut input = json!({ "document": id, "expectedRevision": change.expected_revision });
            let mutation = match change.action {
                Action::Save(Content { title, slug, body }) => {
                    input = json!({
                        "id": id, "expectedRevision": change.expected_revision,
                        "title": title, "slug": slug, "body": body,
                    });
                    "savePost"
                }
                Action::Publish(number) => {
                    input["revision"] = json!(number);
                    "publishEntry"
                }
                Action::Unpublish => "unpublishEntry",
                Action::Trash => "trashDocument",
                Action::Restore => "restoreDocument",
                Action::RestoreRevision(number) => {
                    input["revision"] = json!(number);
                    "restoreRevision"
                }
            };
            send(&app, viewer, mutation, input).await.0
        });
        async { sent.await.expect("no panic") }
    }

    /// Finds the order in which the changes happened: one that explains every answer and everything seen.
    async fn check(&mut self, changes: &[Change], replies: &[Reply], seen: &[Value]) {
        let (now, numbers) = tokio::join!(public(self.app, self.number), self.numbers());
        let possible = histories(&self.site, changes);
        let explains = |history: &&History| {
            let shown = |site: &Site| shown(&self.ids, site);
            history.replies == replies
                && shown(history.end()) == now
                && expected_numbers(history.end()) == numbers
                && seen.iter().all(|seen| history.sites.iter().any(|site| shown(site) == *seen))
        };
        let Some(history) = possible.iter().find(explains) else {
            panic!("no order explains {replies:?}, {seen:?}, then {now} and {numbers}: {possible:#?}");
        };
        self.site.clone_from(history.end());
    }

    /// Where the documents stand, in the order in which they were made.
    async fn numbers(&self) -> Value {
        let query = format!(
            "{{ desk {{ documents(filter: {{ text: \"c{}-\" }}, orderBy: CREATED_AT_ASC) {{
                nodes {{ state headRevision liveRevision }}
            }} }} }}",
            self.number
        );
        execute(self.app, self.editors[0].clone(), &query, json!({})).await["desk"]["documents"]["nodes"]
            .take()
    }

    /// Every acknowledged revision is there with its words, numbered from 1 without a gap.
    async fn check_revisions(&self) {
        let parts = self.ids.iter().enumerate().map(|(index, id)| {
            let list = "revisions(last: 100) { totalCount nodes { number title slug markdown } }";
            format!("d{index}: document(id: \"{id}\") {{ {list} }}")
        });
        let query = format!("{{ desk {{ {} }} }}", parts.collect::<Vec<_>>().join(" "));
        let found = execute(self.app, self.editors[1].clone(), &query, json!({})).await;
        let expected = self.site.iter().enumerate().map(|(index, document)| {
            let revisions = document.revisions.iter().enumerate().rev().map(|(index, content)| {
                let Content { title, slug, body } = content;
                json!({ "number": index + 1, "title": title, "slug": slug, "markdown": body })
            });
            let revisions = json!({ "totalCount": document.head(), "nodes": revisions.collect::<Vec<_>>() });
            (format!("d{index}"), json!({ "revisions": revisions }))
        });
        assert_eq!(found["desk"], Value::Object(expected.collect()));
    }

    /// Wherever a document was public, its path leads to where it is now.
    async fn check_redirects(&self) {
        let mut query = String::new();
        let mut expected = serde_json::Map::new();
        for (index, document) in self.site.iter().enumerate() {
            let now = document.public().map(|content| json!({ "path": format!("/posts/{}", content.slug) }));
            for number in 0..2 {
                let slug = format!("c{}-d{index}-{number}", self.number);
                let name = format!("d{index}s{number}");
                query += &format!("{name}: entry(path: \"/posts/{slug}\") {{ path }} ");
                let was_public = document.public_slugs.contains(&slug);
                expected.insert(name, json!(now.clone().filter(|_| was_public)));
            }
        }
        assert_eq!(ask(self.app, &format!("{{ {query} }}")).await, Value::Object(expected));
    }
}

/// All that the public sees of a case, by id.
async fn public(app: &App, case: usize) -> Value {
    let list = format!(
        "{{ posts(filter: {{ slugPrefix: \"c{case}-\" }}) {{ nodes {{ id title slug body {{ markdown text }} }} }} }}"
    );
    let mut posts = ask(app, &list).await["posts"]["nodes"].take();
    posts.as_array_mut().expect("nodes").sort_by_key(|node| node["id"].to_string());
    posts
}

/// The same as it should be.
fn shown(ids: &[String], site: &Site) -> Value {
    let shown = ids.iter().zip(site).filter_map(|(id, document)| {
        let Content { title, slug, body } = document.public()?;
        let id = crate::publishing::entry_id(id);
        Some(json!({ "id": id, "title": title, "slug": slug, "body": { "markdown": body, "text": body } }))
    });
    json!(shown.collect::<Vec<_>>())
}

fn expected_numbers(site: &Site) -> Value {
    let numbers = site.iter().map(|document| {
        json!({ "state": document.state(), "headRevision": document.head(), "liveRevision": document.live })
    });
    json!(numbers.collect::<Vec<_>>())
}

/// Sends a mutation; answers the code of its refusal, and the document.
async fn send(app: &App, viewer: policy::Viewer, mutation: &str, input: Value) -> (Reply, Value) {
    let kind = match mutation {
        "savePost" => "SavePost",
        "publishEntry" => "PublishEntry",
        "restoreRevision" => "RestoreRevision",
        _ => "MoveDocument",
    };
    let query = format!(
        "mutation($input: {kind}Input!) {{ {mutation}(input: $input) {{ document {{ id }} userErrors {{ code }} }} }}"
    );
    let mut payload = execute(app, viewer, &query, json!({ "input": input })).await[mutation].take();
    let codes = ["CONFLICT", "INVALID_TRANSITION", "NOT_FOUND"];
    let reply = match payload["userErrors"].as_array().map(Vec::as_slice) {
        Some([]) => Ok(()),
        Some([error]) => {
            Err(codes.into_iter().find(|code| error["code"] == *code).expect("an expected code"))
        }
        errors => panic!("{errors:?}"),
    };
    (reply, payload["document"].take())
}
