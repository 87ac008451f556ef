//! A workout assigned within a practice, pinned to a revision.
#![expect(missing_docs, reason = "columns say what they are; units are in their names")]
use crate::Json;
use science::prescription::Override;
use sea_orm::entity::prelude::*;

crate::row! {
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "practice_session_workout")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub program_id: Uuid,
        pub practice_session_id: Uuid,
        pub workout_id: Uuid,
        pub workout_revision_id: Uuid,
        pub position: i32,
        pub start_offset_minutes: Option<i32>,
        pub notes: Option<String>,
        pub whole_roster: bool,
        pub step_overrides: Json<Vec<Override>>,
        pub assigned_by_id: Option<Uuid>,
        pub published_at: Option<DateTimeUtc>,
        pub version: i32,
        pub created_at: DateTimeUtc,
        pub updated_at: DateTimeUtc,
    }
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
