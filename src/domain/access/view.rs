//! The database as a viewer sees it: what is public, and for a preview its draft among it.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement};
use tokio::sync::SemaphorePermit;

use super::draft::Draft;
use super::policy::{PublicTables, Viewer};

/// A connection, with the eyes of a viewer.
#[derive(Debug, Clone)]
pub struct View<C> {
    db: C,
    viewer: Viewer,
}

impl<C> View<C> {
    pub fn new(db: C, viewer: Viewer) -> Self {
        Self { db, viewer }
    }

    /// What everybody sees.
    pub fn public(db: C) -> Self {
        Self::new(db, Viewer::Anonymous)
    }

    pub fn connection(&self) -> &C {
        &self.db
    }

    /// Previews read one at a time: their statements are dearer than others, and who has a link is not on the team.
    async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        match &self.viewer {
            Viewer::Preview(preview) => Some(preview.turn().await),
            Viewer::Anonymous | Viewer::Team { .. } | Viewer::Token { .. } => None,
        }
    }
}

impl<C: ConnectionTrait> PublicTables for View<C> {
    fn draft(&self) -> Option<&Draft> {
        self.viewer.draft()
    }
}

#[async_trait::async_trait]
impl<C: ConnectionTrait> ConnectionTrait for View<C> {
    fn get_database_backend(&self) -> DbBackend {
        self.db.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.db.execute_raw(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.db.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let _turn = self.turn().await;
        self.db.query_one_raw(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let _turn = self.turn().await;
        self.db.query_all_raw(statement).await
    }
}
