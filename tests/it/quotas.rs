//! What one account may write: as much as an honest one ever does, and not so much that the disk of all is full.

use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use crate::app::{As, TestApp, refusals, stories};
use crate::team::{member, owner};

stories![
    revisions_of_one_account_have_a_quota_each_day,
    files_that_are_announced_have_a_quota_for_each_account,
];

const DAY: i64 = 24 * 60 * 60 * 1_000;

async fn mutate(app: &TestApp, viewer: As<'_>, name: &str, input: Value, fields: &str) -> Value {
    let kind = name[..1].to_uppercase() + &name[1..];
    let query = format!(
        "mutation($input: {kind}Input!) {{ {name}(input: $input) {{ {fields} userErrors {{ path code message }} }} }}"
    );
    app.data(viewer, &query, json!({ "input": input })).await[name].clone()
}

async fn revisions_of_one_account_have_a_quota_each_day(app: TestApp) {
    let owner = owner(&app).await;
    let (_, ann) = member(&app, &owner, "Ann", "AUTHOR").await;
    let fields = "document { id headRevision }";
    let save =
        async |viewer: &str, input: Value| mutate(&app, As::Token(viewer), "savePost", input, fields).await;
    let saved = save(&ann, json!({ "title": "Legs" })).await;
    let id = saved["document"]["id"].clone();
    let change = |number: i32, title: &str| json!({ "id": id, "expectedRevision": number, "title": title });
    assert_eq!(save(&ann, change(1, "Weak legs")).await["document"]["headRevision"], 2);

    // As though she had saved nearly 4 GiB since midnight.
    let tx = app.app.db.begin().await.expect("a transaction");
    let changed = tx.execute_unprepared("UPDATE saved_bytes SET bytes = 4294967296 - 100").await;
    assert_eq!(changed.expect("a statement").rows_affected(), 1, "nobody else has saved anything");
    tx.commit().await.expect("a commit");
    let refused = save(&ann, change(2, "Weaker legs")).await;
    assert_eq!((refusals(&refused), &refused["document"]), (vec!["TOO_MANY input".to_owned()], &Value::Null));
    let restore = json!({ "document": id, "revision": 1, "expectedRevision": 2 });
    let refused = mutate(&app, As::Token(&ann), "restoreRevision", restore, "document { id }").await;
    assert_eq!(refusals(&refused), ["TOO_MANY input"]);
    assert_eq!(refusals(&save(&ann, json!({ "title": "Another" })).await), ["TOO_MANY input"]);
    // Others go on, with her document too, and what is the same as before needs no revision.
    assert_eq!(save(&owner, change(2, "Strong legs")).await["document"]["headRevision"], 3);
    assert_eq!(save(&ann, change(3, "Strong legs")).await["document"]["headRevision"], 3);
    app.advance(DAY);
    assert_eq!(save(&ann, change(3, "Weaker legs")).await["document"]["headRevision"], 4);
}

async fn files_that_are_announced_have_a_quota_for_each_account(app: TestApp) {
    let owner = owner(&app).await;
    let (_, ann) = member(&app, &owner, "Ann", "AUTHOR").await;
    let largest = 2_047 * 1024 * 1024;
    let announce = async |viewer: &str, byte_size: i32| {
        let input = json!({
            "filename": "walk.mp4", "mimeType": "video/mp4", "byteSize": byte_size, "sha256": "ab".repeat(32),
        });
        mutate(&app, As::Token(viewer), "createUpload", input, "upload { id }").await
    };
    let mut uploads = Vec::new();
    for _ in 0..10 {
        let announced = announce(&ann, largest).await;
        assert_eq!(refusals(&announced), Vec::<String>::new());
        uploads.push(announced["upload"]["id"].clone());
    }
    let refused = announce(&ann, 1).await;
    assert_eq!(
        (refusals(&refused), &refused["upload"]),
        (vec!["TOO_MANY input.byteSize".to_owned()], &Value::Null)
    );
    assert_eq!(refusals(&announce(&owner, largest).await), Vec::<String>::new(), "that is her own quota");
    let query = "mutation($id: ID!) { abandonUpload(input: { upload: $id }) { userErrors { code } } }";
    app.data(As::Token(&ann), query, json!({ "id": uploads[0] })).await;
    assert_eq!(refusals(&announce(&ann, largest).await), Vec::<String>::new());
    assert_eq!(refusals(&announce(&ann, 1).await), ["TOO_MANY input.byteSize"]);
    app.advance(DAY);
    assert_eq!(
        refusals(&announce(&ann, 1).await),
        Vec::<String>::new(),
        "what was not completed is given up"
    );
}
