//! A row of the change feed's outbox.
#![expect(missing_docs, reason = "columns say what they are; units are in their names")]
use crate::enums::ChangeOperation;
use sea_orm::entity::prelude::*;

crate::row! {
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "change_event")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub program_id: Option<Uuid>,
        pub athlete_id: Option<Uuid>,
        pub user_id: Option<Uuid>,
        pub node_type: String,
        pub node_id: Uuid,
        pub operation: ChangeOperation,
        pub created_at: DateTimeUtc,
    }
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
