//! A site with something hidden in every way there is, each text of it a canary that no other place has.

use std::collections::BTreeMap;

use entity::Role;
use serde_json::{Map, Value, json};
use wellspring::domain::access::policy::Scopes;
use wellspring::domain::content::publish;
use wellspring::domain::team::{account, token};

use super::crawl::Known;
use crate::app::{As, TestApp};
use crate::media;

mod questions;

use questions::questions;

/// The part of every canary.
pub const MARK: &str = "canary";

/// The name of somebody's API token, which owners read.
pub const TOKEN_NAME: &str = "canary-token-name";

/// The name of an editor, which the team reads.
pub const NAME: &str = "canary-account-name";

/// In the address of an editor, which owners read.
pub const EMAIL: &str = "canary-account-email";

/// In the place where previews are shown, which the team reads.
pub const PREVIEW_URL: &str = "canary-preview-url";

/// What is said of a file that only a draft shows: its name in the URL, and its words.
pub const COVER: [&str; 3] = ["canary-cover-filename", "canary-cover-alt", "canary-cover-caption"];

/// What was planted. Ids are without their prefix: a document's entry has the same characters.
pub struct Planted {
    /// Of documents that are not public.
    pub hidden: Vec<String>,
    /// What the team may read and nobody else.
    pub canaries: Vec<String>,
    pub known: Known,
    /// The document that a mutation changes something of; `later` for those that are not here.
    pub targets: BTreeMap<&'static str, String>,
    pub later: String,
    /// Of `draft`, and of the newest revision of `later`.
    pub previews: [PlantedPreview; 2],
}

/// A preview of a document with canaries.
pub struct PlantedPreview {
    /// What the names of the canaries have between `canary-` and the field.
    pub name: &'static str,
    pub id: String,
    pub token: String,
}

struct Planter<'a> {
    app: &'a TestApp,
    editor: String,
    documents: Vec<String>,
}

pub async fn plant(app: &TestApp) -> Planted {
    let editor = editor(app).await;
    let mut planter = Planter { app, editor, documents: Vec::new() };
    let open_files = open_files(app).await;
    let cover = cover(app).await;
    let shared = planter.catalog(&open_files.photo).await;

    let questions = questions(app, &shared).await;
    planter.live("savePost", &shared, json!({ "slug": "open-two", "seriesPosition": 5 })).await;
    planter.live("saveRoutine", &shared, merged([&open_routine(), &json!({ "slug": "open-routine" })])).await;
    let routine = canaries("routine", &shared, hidden_routine("routine"));
    let routine = planter.save("saveRoutine", routine).await;
    let gone = planter.live_as("saveRoutine", canaries("gone", &shared, hidden_routine("gone"))).await;
    let withdrawn = canaries("withdrawn", &shared, json!({ "slug": "quiet-withdrawn", "seriesPosition": 4 }));
    let withdrawn = planter.live_as("savePost", withdrawn).await;
    let OpenFiles { photo, film, .. } = &open_files;
    let body = format!(
        "# Open heading\n\nOpen body.\n\n::post[open-two]\n\n::post[quiet-withdrawn]\n\n::page[quiet-page]\n\n\
         ::routine[open-routine]\n\n::routine[quiet-gone]\n\n\
         ::image[{photo}]\n\n::video[{film} {photo}]\n\n::video[https://youtu.be/dQw4w9WgXcQ {photo}]\n"
    );
    let open = json!({ "slug": "open-one", "body": body, "seriesPosition": 1, "excerpt": "Open excerpt", "cover": photo,
        "questions": [questions.open.id, questions.hidden.id] });
    let open_one = planter.live("savePost", &shared, open).await;
    // The readers of its questions are told.
    app.run_jobs().await;
    // It leaves a gap in a text that everybody reads.
    let insist = json!({ "document": gone, "force": true });
    planter.act("unpublishEntry", "WithdrawDocumentInput", insist).await;
    let german = json!({ "slug": "offen-eins", "locale": "de", "translationOf": open_one });
    planter.live("savePost", &shared, german).await;
    let french = json!({ "locale": "fr", "translationOf": open_one });
    let translation = planter.save("savePost", canaries("translation", &shared, french)).await;

    let body = "# CANARY-draft-body\n\nA draft may have problems.\n\n::nothing[here]\n";
    let draft = canaries("draft", &shared, json!({ "seriesPosition": 2, "body": body, "cover": cover }));
    let draft = planter.save("savePost", draft).await;
    let page = planter.save("savePage", canaries("page", &shared, json!({ "slug": "quiet-page" }))).await;
    let trashed =
        planter.live_as("savePost", canaries("trashed", &shared, json!({ "seriesPosition": 3 }))).await;
    let later = planter.live("savePost", &shared, json!({ "slug": "later" })).await;
    planter.change(&later, canaries("later", &shared, json!({}))).await;
    // The change log tells where an entry used to be, while it is public somewhere.
    let replaced = canaries("replaced", &shared, json!({ "slug": "quiet-replaced" }));
    let replaced = planter.live_as("savePost", replaced).await;
    let clean = json!({ "slug": "replaced", "title": "Replaced", "excerpt": "Clean", "body": "Clean.",
        "videoUrl": null, "seo": null, "note": "CANARY-clean-note" });
    planter.change(&replaced, clean).await;
    planter.act("publishEntry", "PublishEntryInput", json!({ "document": replaced })).await;
    planter.live("savePage", &shared, json!({ "slug": "about" })).await;
    planter.act("unpublishEntry", "WithdrawDocumentInput", json!({ "document": withdrawn })).await;
    planter.act("trashDocument", "WithdrawDocumentInput", json!({ "document": trashed })).await;

    let schedule = json!({ "document": later, "at": "2027-01-01T00:00:00Z" });
    let schedule =
        planter.act("scheduleEntry", "ScheduleEntryInput", schedule).await["schedule"]["id"].clone();
    let schedule = schedule.as_str().expect("an id").to_owned();
    let previews = [
        planter.preview("draft", json!({ "document": draft })).await,
        planter.preview("later", json!({ "document": later, "revision": 2 })).await,
    ];
    let files = files(app).await;
    let dead = dead_jobs(app).await;

    // Everything is projected once more, as after a change of the renderer: nothing else may become public by that.
    let tx = app.app.db.begin().await.expect("a transaction");
    assert_eq!(
        publish::reproject(&tx, app.app.clock.now(), None, 100).await.expect("projected again").len(),
        7
    );
    tx.commit().await.expect("a commit");
    let mut planted = planter.planted(
        [draft, translation, page, trashed, withdrawn, routine, gone],
        later,
        replaced,
        previews,
    );
    let [retried, dropped] = dead;
    let more = [
        ("scheduleUnpublish", open_one),
        ("cancelSchedule", schedule),
        ("revokePreview", planted.previews[0].id.clone()),
        ("retryJob", retried),
        ("dropJob", dropped),
    ];
    planted.targets.extend(more);
    let [asset, other, sent, open] = files;
    // Whoever looks for an asset or an upload looks for these.
    let of_team = [&open_files.photo, &asset, &other, &open_files.film, &open_files.track];
    planted.known.insert("DeskAsset.id", of_team.map(|id| format!("{id:?}")).to_vec());
    planted.known.insert("Upload.id", vec![format!("{sent:?}"), format!("{open:?}")]);
    // Whoever looks for anything at all, for files too.
    let files = [&open_files.photo, &open_files.film, &cover, &asset].map(|id| format!("{id:?}"));
    let of_documents = planted.known["id"].iter().cloned();
    let nodes: Vec<String> = of_documents.chain(files).collect();
    planted.known.insert("Node.id", nodes);
    planted.targets.extend(questions.targets);
    planted.known.extend(questions.known);
    planted.targets.extend([
        ("updateAsset", asset),
        ("deleteAsset", other),
        ("completeUpload", sent),
        ("abandonUpload", open),
    ]);
    planted
}

/// What the public is shown.
struct OpenFiles {
    photo: String,
    film: String,
    track: String,
}

async fn open_files(app: &TestApp) -> OpenFiles {
    let photo = media::shown::image(app, "open.jpg", 72, "Open photo").await;
    let film = media::given("open.mp4", "video/mp4", media::files::film_with_sound());
    let film = media::upload(app, &film, json!({})).await["id"].clone();
    let track = media::given("open.vtt", "text/vtt", media::files::CAPTIONS.as_bytes().to_vec());
    let track = media::upload(app, &track, json!({})).await["id"].clone();
    let tracks = json!([{ "file": track, "kind": "CAPTIONS", "language": "en" }]);
    media::shown::say(app, &film, json!({ "tracks": tracks, "transcript": "Open words" })).await;
    let [film, track] = [film, track].map(|id| id.as_str().expect("an id").to_owned());
    OpenFiles { photo, film, track }
}

/// A file that is not private and that nothing public shows.
async fn cover(app: &TestApp) -> String {
    let photo = media::given("CANARY-cover-filename.jpg", "image/jpeg", media::files::photo(76, 48));
    let id = media::upload(app, &photo, json!({})).await["id"].clone();
    media::shown::say(app, &id, json!({ "alt": "CANARY-cover-alt", "caption": "CANARY-cover-caption" }))
        .await;
    id.as_str().expect("an id").to_owned()
}

/// Two files of the team, the first with a canary in each of its texts, and two that are on their way.
async fn files(app: &TestApp) -> [String; 4] {
    let photo = media::files::photo(64, 48);
    let private = json!({ "isPrivate": true });
    let asset =
        media::upload(app, &media::given("CANARY-asset-filename.jpg", "image/jpeg", photo.clone()), private)
            .await;
    let texts = json!({
        "asset": asset["id"], "alt": "CANARY-asset-alt", "caption": "CANARY-asset-caption",
    });
    app.mutate("updateAsset", texts, "asset { id }").await;
    let film = media::given("film.mp4", "video/mp4", media::files::film());
    let film = media::upload(app, &film, json!({ "isPrivate": true })).await;
    media::shown::say(app, &film["id"], json!({ "transcript": "CANARY-asset-transcript" })).await;
    let plain = media::given("plain.jpg", "image/jpeg", media::files::photo(65, 48));
    let other = media::upload(app, &plain, json!({ "isPrivate": true })).await;
    let sent = media::announce(app, &plain, json!({})).await;
    assert_eq!(media::send(app, &sent["request"], &plain.bytes).await, 200);
    let open = media::announce(app, &media::given("open.jpg", "image/jpeg", photo), json!({})).await;
    [asset, other, sent, open].map(|one| one["id"].as_str().expect("an id").to_owned())
}

/// Two jobs that nobody can do.
async fn dead_jobs(app: &TestApp) -> [String; 2] {
    let jobs = [crate::jobs::unknown_job(app, None).await, crate::jobs::unknown_job(app, None).await];
    assert_eq!(app.try_jobs().await.len(), 2);
    jobs
}

/// An editor whose account and token have names that nobody may read.
async fn editor(app: &TestApp) -> String {
    let now = app.app.clock.now();
    let tx = app.app.db.begin().await.expect("a transaction");
    let email = Some("canary-account-email@example.org");
    let editor =
        account::create(&tx, now, "CANARY-account-name", email, Role::Editor).await.expect("an account");
    let token = token::create(&tx, now, editor.id, "CANARY-token-name", &Scopes::all(), None).await;
    tx.commit().await.expect("a commit");
    token.expect("a token").reveal().to_owned()
}

/// The texts of a document that have a canary.
pub const FIELDS: [&str; 8] =
    ["title", "slug", "excerpt", "body", "seo-title", "seo-description", "video", "note"];

/// The texts that only a routine has.
const OF_ROUTINE: [&str; 5] = ["goal", "safety", "exercise", "cue", "equipment"];

/// With everything that a routine may have.
fn open_routine() -> Value {
    let mut routine = crate::routines::with(json!({
        "goal": "Open goal", "frequency": { "perWeek": { "min": 3 }, "perDay": { "min": 1 } },
        "progression": [{ "text": "Open way" }], "video": { "url": "https://video.example/open" },
    }));
    routine["exercises"][2]["clip"] = json!({ "start": 1, "end": 2 });
    routine.as_object_mut().expect("an object").remove("title");
    routine
}

fn hidden_routine(name: &str) -> Value {
    let canary = |field: &str| format!("CANARY-{name}-{field}");
    json!({
        "slug": format!("quiet-{name}"),
        "goal": canary("goal"),
        "safetyNotes": [{ "kind": "STOP", "text": canary("safety") }],
        "exercises": [{
            "key": "hidden", "name": canary("exercise"), "position": "SEATED",
            "prescription": { "reps": { "min": 1 } }, "cues": [canary("cue")],
            "equipment": [{ "name": canary("equipment") }]
        }],
        "blocks": [{ "steps": [{ "exercise": "hidden" }] }]
    })
}

/// A canary in every text of a document, but for what `given` says.
#[expect(clippy::needless_pass_by_value, reason = "called with literals")]
fn canaries(name: &str, shared: &Value, given: Value) -> Value {
    let canary = |field: &str| format!("CANARY-{name}-{field}");
    let own = json!({
        "title": canary("title"),
        "slug": canary("slug").to_lowercase(),
        "excerpt": canary("excerpt"),
        "body": format!("# {0}\n\n{0}\n", canary("body")),
        "seo": { "title": canary("seo-title"), "description": canary("seo-description") },
        "videoUrl": format!("https://video.example/{}", canary("video")),
        "note": canary("note"),
    });
    merged([shared, &own, &given])
}

fn merged<const N: usize>(parts: [&Value; N]) -> Value {
    let fields = parts.into_iter().flat_map(|part| part.as_object().expect("an object").clone());
    fields.collect::<Map<_, _>>().into()
}

impl Planter<'_> {
    /// The site, and what every document shares with the others.
    async fn catalog(&self, avatar: &str) -> Value {
        let site = json!({ "title": "Open site", "locales": ["en", "de", "fr"], "baseUrl": "https://open.example",
            "postPreviewUrl": format!("https://{PREVIEW_URL}.example/{{token}}"),
            "menus": [{ "name": "main", "items": [{ "label": "About", "url": "/about" }, { "label": "Quiet", "url": "/quiet-page" }] }] });
        self.act("saveSite", "SaveSiteInput", site).await;
        let id = |payload: Value, field: &str| payload[field]["id"].clone();
        let tag = self.act("saveTag", "SaveTagInput", json!({ "name": "Strength" })).await;
        self.act("saveTag", "SaveTagInput", json!({ "name": "Unused" })).await;
        let series = self.act("saveSeries", "SaveSeriesInput", json!({ "title": "MSMonday" })).await;
        let author =
            self.act("saveAuthor", "SaveAuthorInput", json!({ "name": "Nerys", "avatar": avatar })).await;
        json!({ "tags": [id(tag, "tag")], "series": id(series, "series"), "author": id(author, "author") })
    }

    async fn act(&self, mutation: &str, input_type: &str, input: Value) -> Value {
        // Each step has a moment of its own, so that hidden things lie between public ones.
        self.app.advance(60_000);
        let result = match mutation {
            "saveTag" => "tag { id }",
            "saveSeries" => "series { id }",
            "saveAuthor" => "author { id }",
            "saveSite" => "site { title }",
            "scheduleEntry" => "schedule { id }",
            "createPreview" => "secret preview { id }",
            _ => "document { id headRevision }",
        };
        let query = format!(
            "mutation($input: {input_type}!) {{ {mutation}(input: $input) {{ {result} userErrors {{ path message }} }} }}"
        );
        let data = self.app.data(As::Token(&self.editor), &query, json!({ "input": input })).await;
        assert_eq!(data[mutation]["userErrors"], json!([]), "{mutation} {input}");
        data[mutation].clone()
    }

    async fn preview(&self, name: &'static str, input: Value) -> PlantedPreview {
        let made = self.act("createPreview", "CreatePreviewInput", input).await;
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        PlantedPreview { name, id: text(&made["preview"]["id"]), token: text(&made["secret"]) }
    }

    async fn save(&mut self, mutation: &str, mut input: Value) -> String {
        let input_type = match mutation {
            "savePost" => "SavePostInput",
            "savePage" => "SavePageInput",
            _ => "SaveRoutineInput",
        };
        if mutation != "savePost" {
            input.as_object_mut().expect("an object").remove("questions");
            input.as_object_mut().expect("an object").remove("videoUrl");
        }
        let saved = self.act(mutation, input_type, input).await;
        let id = saved["document"]["id"].as_str().expect("an id").to_owned();
        self.documents.push(bare(&id));
        id
    }

    /// A live document without secrets.
    async fn live(&mut self, mutation: &str, shared: &Value, given: Value) -> String {
        let plain = json!({ "title": format!("Open {}", given["slug"].as_str().unwrap_or_default()) });
        self.live_as(mutation, merged([shared, &plain, &given])).await
    }

    async fn live_as(&mut self, mutation: &str, input: Value) -> String {
        let id = self.save(mutation, input).await;
        self.act("publishEntry", "PublishEntryInput", json!({ "document": id })).await;
        id
    }

    /// Another revision of a post that has one.
    async fn change(&self, id: &str, input: Value) {
        let input = merged([&input, &json!({ "id": id, "expectedRevision": 1 })]);
        self.act("savePost", "SavePostInput", input).await;
    }

    #[expect(clippy::needless_pass_by_value, reason = "the last use of all of them")]
    fn planted(
        self,
        hidden: [String; 7],
        later: String,
        replaced: String,
        previews: [PlantedPreview; 2],
    ) -> Planted {
        let mut canaries = vec![
            NAME.to_owned(),
            EMAIL.to_owned(),
            "canary-clean-note".to_owned(),
            TOKEN_NAME.to_owned(),
            PREVIEW_URL.to_owned(),
        ];
        canaries.extend(
            ["filename", "alt", "caption", "transcript"].map(|field| format!("canary-asset-{field}")),
        );
        canaries.extend(COVER.map(str::to_owned));
        let documents =
            ["draft", "translation", "page", "routine", "gone", "trashed", "withdrawn", "later", "replaced"];
        for name in documents {
            let given = [
                ("page", "slug"),
                ("page", "video"),
                ("routine", "slug"),
                ("routine", "video"),
                ("gone", "slug"),
                ("gone", "video"),
                ("withdrawn", "slug"),
                ("replaced", "slug"),
            ];
            let own = FIELDS.into_iter().filter(|field| !given.contains(&(name, field)));
            canaries.extend(own.map(|field| format!("canary-{name}-{field}")));
        }
        for name in ["routine", "gone"] {
            canaries.extend(OF_ROUTINE.map(|field| format!("canary-{name}-{field}")));
        }
        let [_, translation, page, trashed, ..] = hidden.clone();
        let targets = BTreeMap::from([
            ("publishEntry", translation.clone()),
            ("scheduleEntry", translation),
            ("publishEntries", page),
            ("restoreDocument", trashed),
            ("trashDocument", replaced),
        ]);
        let hidden = hidden.iter().map(|id| bare(id)).collect();
        let known = known(&self.documents);
        Planted { hidden, canaries, known, targets, later, previews }
    }
}

fn bare(id: &str) -> String {
    id.split_once('_').expect("a prefix").1.to_owned()
}

/// What to fill in for arguments: everything that leads to something hidden, and what leads to something public.
fn known(documents: &[String]) -> Known {
    let quoted = |texts: &[&str]| texts.iter().map(|text| format!("\"{text}\"")).collect::<Vec<_>>();
    let posts = [
        "open-one",
        "offen-eins",
        "later",
        "replaced",
        "quiet-withdrawn",
        "canary-draft-slug",
        "canary-translation-slug",
        "canary-trashed-slug",
        "canary-later-slug",
        "quiet-replaced",
    ];
    let pages = ["about", "quiet-page"];
    let mut paths = Vec::new();
    for post in posts {
        paths.extend([format!("\"/posts/{post}\""), format!("\"https://open.example/fr/posts/{post}\"")]);
    }
    paths.extend(pages.map(|page| format!("\"/{page}\"")));
    let routines = ["open-routine", "quiet-routine", "quiet-gone"];
    paths.extend(routines.map(|routine| format!("\"/routines/{routine}\"")));
    let kinds = ["document", "post", "page", "routine"];
    let ids: Vec<String> =
        documents.iter().flat_map(|id| kinds.map(|kind| format!("\"{kind}_{id}\""))).collect();
    let lists = ids[..8].iter().map(|id| format!("[{id}]")).collect();
    Known::from([
        ("Post.slug", quoted(&posts)),
        ("Page.slug", quoted(&pages)),
        ("Routine.slug", quoted(&routines)),
        ("without", vec!["[\"band\"]".to_owned()]),
        ("maxEffort", vec!["3".to_owned()]),
        ("startsOn", quoted(&["2026-12-01"])),
        ("weeks", vec!["2".to_owned()]),
        ("at", vec!["[\"09:00\"]".to_owned()]),
        ("slug", quoted(&["strength", "unused", "msmonday", "nerys", "canary-draft-slug"])),
        ("path", paths),
        ("id", ids),
        ("ids", lists),
        ("locale", quoted(&["en", "de", "fr"])),
        ("tag", quoted(&["strength", "unused"])),
        ("series", quoted(&["msmonday"])),
        ("author", quoted(&["nerys"])),
        ("publishedFrom", quoted(&["2026-11-23T09:00:00Z"])),
        ("publishedBefore", quoted(&["2026-11-24T09:00:00Z"])),
        ("slugPrefix", quoted(&["canary", "quiet", "o"])),
        ("text", quoted(&["canary"])),
        ("name", quoted(&["main"])),
        ("imageSizes", quoted(&["100vw"])),
        ("isUsed", vec!["true".to_owned(), "false".to_owned()]),
        ("isPrivate", vec!["true".to_owned(), "false".to_owned()]),
        ("uploadedFrom", quoted(&["2026-11-23T09:00:00Z"])),
        ("uploadedBefore", quoted(&["2027-11-24T09:00:00Z"])),
        ("width", vec!["320".to_owned()]),
        ("number", vec!["1".to_owned(), "2".to_owned()]),
        ("ScheduleConnection.from", quoted(&["2026-11-23T09:00:00Z"])),
        ("ScheduleConnection.to", quoted(&["2027-11-23T09:00:00Z"])),
        ("from", vec!["1".to_owned()]),
        ("to", vec!["2".to_owned()]),
    ])
}
