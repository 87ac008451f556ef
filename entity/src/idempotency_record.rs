//! A mutation that was made under an idempotency key.
#![expect(missing_docs, reason = "columns say what they are; units are in their names")]
use crate::Json;
use sea_orm::entity::prelude::*;

crate::row! {
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "idempotency_record")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub user_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub mutation: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub key: String,
        pub input_hash: String,
        pub outcome: Option<Json<serde_json::Value>>,
        pub created_at: DateTimeUtc,
    }
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
