use sea_orm_migration::prelude::*;

/// Sessions are counted without a look at their rows.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        super::run(manager, include_str!("m20261121_000002_count_sessions_by_index.sql")).await
    }

    async fn down(&self, _manager: &SchemaManager) -> Result<(), DbErr> {
        Err(DbErr::Custom("Migrations run forward only.".into()))
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
