//! What one athlete is asked to do for a practice workout.
#![expect(missing_docs, reason = "columns say what they are; units are in their names")]
use crate::Json;
use crate::enums::AssignmentKind;
use crate::enums::AssignmentReason;
use science::prescription::Override;
use sea_orm::entity::prelude::*;

crate::row! {
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "practice_assignment")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub program_id: Uuid,
        pub practice_session_id: Uuid,
        pub practice_session_workout_id: Uuid,
        pub athlete_id: Uuid,
        pub sort_name: String,
        pub kind: AssignmentKind,
        pub event_group_ids: Json<Vec<Uuid>>,
        pub step_overrides: Json<Vec<Override>>,
        pub replacement_workout_id: Option<Uuid>,
        pub replacement_revision_id: Option<Uuid>,
        pub reason_category: Option<AssignmentReason>,
        pub overridden_by_id: Option<Uuid>,
        pub withdrawn_at: Option<DateTimeUtc>,
        pub version: i32,
        pub created_at: DateTimeUtc,
        pub updated_at: DateTimeUtc,
    }
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
