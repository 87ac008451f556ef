//! An entry of the audit log.
#![expect(missing_docs, reason = "columns say what they are; units are in their names")]
use crate::Json;
use sea_orm::entity::prelude::*;

crate::row! {
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "audit_event")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub program_id: Option<Uuid>,
        pub account_id: Option<Uuid>,
        pub actor_id: Option<Uuid>,
        pub api_token_id: Option<Uuid>,
        pub api_token_name: Option<String>,
        pub action: String,
        pub subject_type: String,
        pub subject_id: Uuid,
        pub detail: Json<serde_json::Value>,
        pub request_id: Option<String>,
        pub ip_address: Option<String>,
        pub occurred_at: DateTimeUtc,
    }
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
