//! The history of the database: one file per step, in order. Steps are never edited after a release, only added.
//!
//! Nothing here imports `entity`: a row's type changes with time, a step must not.

pub use sea_orm_migration::prelude::MigratorTrait;
use sea_orm_migration::prelude::*;

mod columns;
mod m0001_accounts;
mod m0002_documents;
mod m0003_catalog;
mod m0004_entries;
mod m0005_lists;
mod m0006_team;
mod m0007_changes;
mod m0008_jobs;
mod m0009_schedules;
mod m0010_idempotency;
mod m0011_previews;
mod m0012_media;
mod m0013_shown_assets;
mod m0014_routines;
mod m0015_questions;
mod m0016_write_probe;
mod m0017_installation;
mod m0018_image_memory;
mod m0019_saved_bytes;

/// Every step, oldest first.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_accounts::Migration),
            Box::new(m0002_documents::Migration),
            Box::new(m0003_catalog::Migration),
            Box::new(m0004_entries::Migration),
            Box::new(m0005_lists::Migration),
            Box::new(m0006_team::Migration),
            Box::new(m0007_changes::Migration),
            Box::new(m0008_jobs::Migration),
            Box::new(m0009_schedules::Migration),
            Box::new(m0010_idempotency::Migration),
            Box::new(m0011_previews::Migration),
            Box::new(m0012_media::Migration),
            Box::new(m0013_shown_assets::Migration),
            Box::new(m0014_routines::Migration),
            Box::new(m0015_questions::Migration),
            Box::new(m0016_write_probe::Migration),
            Box::new(m0017_installation::Migration),
            Box::new(m0018_image_memory::Migration),
            Box::new(m0019_saved_bytes::Migration),
        ]
    }
}
