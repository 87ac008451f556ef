use sea_orm_migration::prelude::*;

/// What servers share of how much was asked for.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        super::run(manager, include_str!("m20261121_000004_create_throttle.sql")).await
    }

    async fn down(&self, _manager: &SchemaManager) -> Result<(), DbErr> {
        Err(DbErr::Custom("Migrations run forward only.".into()))
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
