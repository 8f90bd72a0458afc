//! The ceiling that counts: both pages in hand-written SQL, as somebody would write it who knows the tables and needs
//! nothing else. Two statements for the home page, four for a post, over the pool that GraphQL uses.

use entity::Timestamp;
use sea_orm::{ConnectionTrait, DbErr, QueryResult, Statement, Value};
use serde::Serialize;
use uuid::Uuid;
use wellspring::db::Reader;
use wellspring::domain::core::time;
use wellspring::domain::richtext::reading_minutes;

const NEWEST: &str = "SELECT e.id, e.title, e.slug, e.excerpt, e.published_at, e.word_count, a.name, a.slug \
    FROM entry e LEFT JOIN author a ON a.id = e.author_id \
    WHERE e.kind = 'POST' ORDER BY e.published_at DESC, e.id DESC LIMIT 20";

const BY_SLUG: &str = "SELECT e.id, e.title, e.slug, e.excerpt, e.published_at, e.word_count, e.author_id, r.html \
    FROM entry e JOIN rich_text r ON r.entry_id = e.id \
    WHERE e.kind = 'POST' AND e.locale = 'en' AND e.slug = $1";

const AUTHOR: &str = "SELECT name, slug FROM author WHERE id = $1";

const TAGS: &str = "SELECT t.name, t.slug, t.id FROM entry_tag et JOIN tag t ON t.id = et.tag_id \
    WHERE et.entry_id = $1 ORDER BY et.tag_id";

/// The newest four of one tag: one range of an index.
const NEWEST_OF_TAG: &str = "SELECT entry_id FROM (SELECT entry_id FROM entry_tag WHERE tag_id = $TAG \
    AND locale = 'en' ORDER BY published_at DESC, entry_id DESC LIMIT 4) AS newest";

#[derive(Serialize)]
pub struct Data<T> {
    data: T,
}

#[derive(Serialize)]
pub struct Home {
    posts: Nodes,
}

#[derive(Serialize)]
struct Nodes {
    nodes: Vec<Summary>,
}

#[derive(Serialize)]
pub struct Single {
    post: Option<Post>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Summary {
    title: String,
    slug: String,
    path: String,
    excerpt: Option<String>,
    published_at: String,
    reading_minutes: u32,
    author: Option<Named>,
    tags: Vec<Named>,
}

#[derive(Serialize)]
struct Post {
    #[serde(flatten)]
    summary: Summary,
    body: Body,
    related: Vec<Link>,
}

#[derive(Serialize)]
struct Body {
    html: String,
}

#[derive(Serialize)]
struct Named {
    name: String,
    slug: String,
}

#[derive(Serialize)]
struct Link {
    title: String,
    path: String,
}

pub async fn home(db: &Reader) -> Result<Data<Home>, DbErr> {
    let rows = all(db, NEWEST, Vec::new()).await?;
    let mut ids: Vec<Uuid> = Vec::with_capacity(rows.len());
    let mut nodes = Vec::with_capacity(rows.len());
    for row in &rows {
        ids.push(row.try_get_by_index(0)?);
        let author = named(row, 6)?;
        nodes.push(summary(row, author)?);
    }
    let places: Vec<String> = (1..=ids.len()).map(|place| format!("${place}")).collect();
    let statement = format!(
        "SELECT et.entry_id, t.name, t.slug FROM entry_tag et JOIN tag t ON t.id = et.tag_id \
        WHERE et.entry_id IN ({}) ORDER BY et.entry_id, et.tag_id",
        places.join(", ")
    );
    for row in all(db, &statement, ids.iter().map(|&id| id.into()).collect()).await? {
        let entry: Uuid = row.try_get_by_index(0)?;
        let tag = Named { name: row.try_get_by_index(1)?, slug: row.try_get_by_index(2)? };
        if let Some(place) = ids.iter().position(|&id| id == entry) {
            nodes[place].tags.push(tag);
        }
    }
    Ok(Data { data: Home { posts: Nodes { nodes } } })
}

pub async fn post(db: &Reader, slug: &str) -> Result<Data<Single>, DbErr> {
    let rows = all(db, BY_SLUG, vec![slug.into()]).await?;
    let Some(row) = rows.first() else { return Ok(Data { data: Single { post: None } }) };
    let id: Uuid = row.try_get_by_index(0)?;
    let author = match row.try_get_by_index::<Option<Uuid>>(6)? {
        Some(author) => all(db, AUTHOR, vec![author.into()]).await?.first().map(|row| named(row, 0)),
        None => None,
    };
    let mut summary = summary(row, author.transpose()?.flatten())?;
    let mut related = vec![id.into()];
    for row in all(db, TAGS, vec![id.into()]).await? {
        summary.tags.extend(named(&row, 0)?);
        related.push(row.try_get_by_index::<Uuid>(2)?.into());
    }
    let related = if related.len() > 1 { links(db, related).await? } else { Vec::new() };
    let body = Body { html: row.try_get_by_index(7)? };
    Ok(Data { data: Single { post: Some(Post { summary, body, related }) } })
}

/// `values` are the post and its tags.
async fn links(db: &Reader, values: Vec<Value>) -> Result<Vec<Link>, DbErr> {
    let parts: Vec<String> =
        (2..=values.len()).map(|place| NEWEST_OF_TAG.replace("$TAG", &format!("${place}"))).collect();
    let statement = format!(
        "SELECT title, slug FROM entry WHERE id IN ({}) AND id <> $1 ORDER BY published_at DESC, id DESC LIMIT 3",
        parts.join(" UNION ALL ")
    );
    let rows = all(db, &statement, values).await?;
    rows.iter()
        .map(|row| {
            Ok(Link { title: row.try_get_by_index(0)?, path: path(&row.try_get_by_index::<String>(1)?) })
        })
        .collect()
}

async fn all(db: &Reader, sql: &str, values: Vec<Value>) -> Result<Vec<QueryResult>, DbErr> {
    db.query_all_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await
}

/// The columns 1 to 5 of both statements.
fn summary(row: &QueryResult, author: Option<Named>) -> Result<Summary, DbErr> {
    let slug: String = row.try_get_by_index(2)?;
    let words: i32 = row.try_get_by_index(5)?;
    Ok(Summary {
        title: row.try_get_by_index(1)?,
        path: path(&slug),
        slug,
        excerpt: row.try_get_by_index(3)?,
        published_at: time::format(Timestamp(row.try_get_by_index(4)?)),
        reading_minutes: reading_minutes(u32::try_from(words).unwrap_or_default()),
        author,
        tags: Vec::new(),
    })
}

fn named(row: &QueryResult, first: usize) -> Result<Option<Named>, DbErr> {
    let Some(name) = row.try_get_by_index(first)? else { return Ok(None) };
    Ok(Some(Named { name, slug: row.try_get_by_index(first + 1)? }))
}

fn path(slug: &str) -> String {
    format!("/posts/{slug}")
}
