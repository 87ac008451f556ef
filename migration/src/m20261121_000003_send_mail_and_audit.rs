use sea_orm_migration::prelude::*;

/// Mails that wait, what they prove, and the log of who did what.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        super::run(manager, include_str!("m20261121_000003_send_mail_and_audit.sql")).await
    }

    async fn down(&self, _manager: &SchemaManager) -> Result<(), DbErr> {
        Err(DbErr::Custom("Migrations run forward only.".into()))
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
