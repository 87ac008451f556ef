use sea_orm_migration::prelude::*;

/// A logged session keeps the numbers of its targets, and no steps.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        super::run(manager, include_str!("m20261122_000005_keep_resolved_targets.sql")).await
    }

    async fn down(&self, _manager: &SchemaManager) -> Result<(), DbErr> {
        Err(DbErr::Custom("Migrations run forward only.".into()))
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
