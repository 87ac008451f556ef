//! An invitation to join a program, its link as a hash.
#![expect(missing_docs, reason = "columns say what they are; units are in their names")]
use crate::Json;
use crate::enums::ProgramRole;
use sea_orm::entity::prelude::*;

crate::row! {
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "program_invitation")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub program_id: Uuid,
        pub email: String,
        pub role: ProgramRole,
        pub athlete_id: Option<Uuid>,
        pub invited_by_id: Option<Uuid>,
        pub token_hash: String,
        pub team_ids: Json<Vec<Uuid>>,
        pub event_group_ids: Json<Vec<Uuid>>,
        pub created_at: DateTimeUtc,
        pub expires_at: DateTimeUtc,
        pub accepted_at: Option<DateTimeUtc>,
        pub revoked_at: Option<DateTimeUtc>,
    }
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
