//! From rows to nodes: reads whatever a plan wants for a whole page at once, so that no entry costs a statement of its own.

use std::collections::{HashMap, HashSet};
use std::pin::Pin;
use std::sync::Arc;

use entity::{DocumentId, Kind};

use super::entry::{Beside, EntryNode, Links};
use super::error::Result;
use super::plan::Plan;
use super::question;
use crate::ctx::Ctx;
use crate::domain::access::policy::Visible;
use crate::domain::content::entry::{self, EntryRow, Found};
use crate::domain::content::related;
use crate::domain::library::asset::shown;
use crate::domain::richtext::{Embed, EmbedTarget};
use crate::domain::site::catalog::Catalog;

type Nodes = Vec<Arc<EntryNode>>;

/// Builds nodes in the order of the rows.
pub fn nodes<'a>(
    ctx: &'a Ctx,
    found: Found,
    plan: &'a Plan,
) -> Pin<Box<dyn Future<Output = Result<Nodes>> + Send + 'a>> {
    Box::pin(async move {
        if found.rows.is_empty() {
            return Ok(Vec::new());
        }
        let catalog = ctx.catalog_at(found.generation).await?;
        let mut links: Vec<Links> = found.rows.iter().map(|_| Links::default()).collect();
        if let Some((size, part)) = &plan.related {
            add_related(ctx, &found.rows, *size, part, &mut links).await?;
        }
        if let Some(part) = &plan.neighbours {
            add_neighbours(ctx, &found.rows, part, &mut links).await?;
        }
        if let Some(part) = &plan.translations {
            add_translations(ctx, &catalog, &found.rows, part, &mut links).await?;
        }
        if let Some(part) = &plan.embeds {
            add_embeds(ctx, &found.rows, part, &mut links).await?;
        }
        if let Some(part) = &plan.questions {
            let of_rows = question::of_entries(ctx, &related::ids(&found.rows), part).await?;
            for (links, questions) in links.iter_mut().zip(of_rows) {
                links.questions = Some(questions);
            }
        }
        if plan.cover || plan.columns.routine || plan.embeds.is_some() {
            add_assets(ctx, &found.rows, plan, &mut links).await?;
        }
        let base_url = &ctx.base_url;
        Ok(found
            .rows
            .into_iter()
            .zip(links)
            .map(|(row, links)| {
                Arc::new(EntryNode::new(row, Arc::clone(&catalog), Arc::clone(base_url), links))
            })
            .collect())
    })
}

async fn add_related(
    ctx: &Ctx,
    rows: &[Visible<EntryRow>],
    size: u16,
    plan: &Plan,
    links: &mut [Links],
) -> Result<()> {
    let sources: Vec<&EntryRow> = rows.iter().map(|row| &**row).collect();
    let mut found = related::candidates(&ctx.db, &sources, size, plan.columns).await?;
    let chosen: Vec<Vec<DocumentId>> = rows
        .iter()
        .map(|row| related::of(row, &found.rows).take(usize::from(size)).map(|other| other.id).collect())
        .collect();
    let wanted: HashSet<DocumentId> = chosen.iter().flatten().copied().collect();
    found.rows.retain(|row| wanted.contains(&row.id));
    let by_id = by_id(nodes(ctx, found, plan).await?);
    for (links, ids) in links.iter_mut().zip(chosen) {
        links.related = Some(ids.iter().filter_map(|id| by_id.get(id).cloned()).collect());
    }
    Ok(())
}

async fn add_neighbours(
    ctx: &Ctx,
    rows: &[Visible<EntryRow>],
    plan: &Plan,
    links: &mut [Links],
) -> Result<()> {
    let neighbours = entry::neighbours(&ctx.db, &related::ids(rows)).await?;
    let wanted: HashSet<DocumentId> =
        neighbours.values().flat_map(|n| [n.previous, n.next]).flatten().collect();
    let wanted: Vec<DocumentId> = wanted.into_iter().collect();
    let found = entry::by_ids(&ctx.db, &wanted, plan.columns).await?;
    let by_id = by_id(nodes(ctx, found, plan).await?);
    for (row, links) in rows.iter().zip(links) {
        let beside = neighbours.get(&row.id).copied().unwrap_or_default();
        let node = |id: Option<DocumentId>| by_id.get(&id?).cloned();
        links.neighbours = Some(Beside { previous: node(beside.previous), next: node(beside.next) });
    }
    Ok(())
}

async fn add_translations(
    ctx: &Ctx,
    catalog: &Catalog,
    rows: &[Visible<EntryRow>],
    plan: &Plan,
    links: &mut [Links],
) -> Result<()> {
    if catalog.site.locales.len() < 2 {
        for links in links {
            links.translations = Some(Vec::new());
        }
        return Ok(());
    }
    let groups: HashSet<DocumentId> = rows.iter().map(|row| row.translation_group).collect();
    let groups: Vec<DocumentId> = groups.into_iter().collect();
    let found = entry::in_groups(&ctx.db, &groups, plan.columns).await?;
    let all = nodes(ctx, found, plan).await?;
    for (row, links) in rows.iter().zip(links) {
        let others = all
            .iter()
            .filter(|node| node.row().translation_group == row.translation_group && node.row().id != row.id);
        links.translations = Some(others.cloned().collect());
    }
    Ok(())
}

async fn add_embeds(ctx: &Ctx, rows: &[Visible<EntryRow>], plan: &Plan, links: &mut [Links]) -> Result<()> {
    let embeds: Vec<Vec<Embed>> = rows.iter().map(|row| embeds_of(row)).collect();
    let entries = embeds.iter().flatten().filter_map(Embed::entry);
    let slugs: HashSet<String> = entries.map(|(_, slug)| slug.to_owned()).collect();
    let slugs: Vec<String> = slugs.into_iter().collect();
    let mut targets = HashMap::new();
    let mut by_id = HashMap::new();
    ctx.answer_embeds(slugs.len())?;
    if !slugs.is_empty() {
        let found = entry::with_slugs(&ctx.db, &slugs, plan.columns).await?;
        for node in nodes(ctx, found, plan).await? {
            let row = node.row();
            by_id.insert(row.id, Arc::clone(&node));
            targets.insert((row.kind, row.locale.clone(), row.slug.clone()), node);
        }
    }
    let unresolved = rows.iter().zip(&embeds).any(|(row, embeds)| {
        embeds.iter().filter_map(|embed| place(row, embed)).any(|place| !targets.contains_key(&place))
    });
    let moved = if unresolved { entry::moved(&ctx.db, &slugs).await? } else { HashMap::new() };
    for ((row, links), embeds) in rows.iter().zip(links).zip(embeds) {
        let resolved = embeds.into_iter().map(|embed| {
            let target = place(row, &embed)
                .and_then(|place| targets.get(&place).or_else(|| by_id.get(moved.get(&place)?)).cloned());
            (embed, target)
        });
        links.embeds = Some(resolved.collect());
    }
    Ok(())
}

/// The covers of these entries, the files in their texts and the videos of routines, in one statement.
async fn add_assets(ctx: &Ctx, rows: &[Visible<EntryRow>], plan: &Plan, links: &mut [Links]) -> Result<()> {
    let covers = rows.iter().filter_map(|row| row.cover_id).filter(|_| plan.cover);
    let embeds = links.iter().flat_map(|links| links.embeds.iter().flatten());
    let in_texts = embeds.flat_map(|(embed, _)| embed.assets());
    let routines = rows.iter().filter_map(|row| row.routine.as_ref());
    let in_routines = routines.flat_map(|routine| {
        routine.videos().into_iter().filter_map(|(_, video)| video.asset).collect::<Vec<_>>()
    });
    let shown = Arc::new(shown::by_ids(&ctx.db, covers.chain(in_texts).chain(in_routines)).await?);
    for links in links {
        links.assets = Some(Arc::clone(&shown));
    }
    Ok(())
}

/// What an embed of an entry leads to, if it is a link: its kind and slug, in the entry's own locale.
fn place(row: &EntryRow, embed: &Embed) -> Option<(Kind, String, String)> {
    let (target, slug) = embed.entry()?;
    Some((kind_of(target), row.locale.clone(), slug.to_owned()))
}

fn embeds_of(row: &EntryRow) -> Vec<Embed> {
    let Some(value) = &row.body.embeds else { return Vec::new() };
    serde_json::from_value(value.clone()).unwrap_or_else(|error| {
        tracing::error!(entry.id = %row.id.0, %error, "the embeds of an entry cannot be read");
        Vec::new()
    })
}

pub fn kind_of(target: EmbedTarget) -> Kind {
    match target {
        EmbedTarget::Post => Kind::Post,
        EmbedTarget::Page => Kind::Page,
        EmbedTarget::Routine => Kind::Routine,
    }
}

fn by_id(nodes: Nodes) -> HashMap<DocumentId, Arc<EntryNode>> {
    nodes.into_iter().map(|node| (node.row().id, node)).collect()
}
