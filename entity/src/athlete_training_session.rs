//! What an athlete was asked to do on a day, and what was done.
#![expect(missing_docs, reason = "columns say what they are; units are in their names")]
use crate::enums::LoadMethod;
use crate::enums::SessionOutcome;
use crate::enums::SessionSource;
use crate::enums::Sport;
use crate::enums::WorkoutCategory;
use crate::enums::WorkoutType;
use sea_orm::entity::prelude::*;

crate::row! {
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "athlete_training_session")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub program_id: Uuid,
        pub athlete_id: Uuid,
        pub team_season_id: Option<Uuid>,
        pub practice_session_id: Option<Uuid>,
        pub practice_session_workout_id: Option<Uuid>,
        pub practice_assignment_id: Option<Uuid>,
        pub workout_revision_id: Option<Uuid>,
        pub coach_member_id: Option<Uuid>,
        pub source: SessionSource,
        pub day: Date,
        pub scheduled_date: Option<Date>,
        pub scheduled_time: Option<Time>,
        pub starts_at: Option<DateTimeUtc>,
        pub timezone: String,
        pub missed_at: Option<DateTimeUtc>,
        pub workout_category: WorkoutCategory,
        pub sport: Sport,
        #[sea_orm(column_name = "type")]
        pub r#type: Option<WorkoutType>,
        pub title: String,
        pub planned_distance_meters: Option<i32>,
        pub planned_duration_seconds: Option<i32>,
        pub planned_rpe: Option<i32>,
        pub is_rest: bool,
        pub outcome: Option<SessionOutcome>,
        pub completed_at: Option<DateTimeUtc>,
        pub excused_at: Option<DateTimeUtc>,
        pub cancelled_at: Option<DateTimeUtc>,
        pub actual_distance_meters: Option<i32>,
        pub actual_duration_seconds: Option<i32>,
        pub actual_rpe: Option<i32>,
        pub session_load: Option<f64>,
        pub session_load_method: Option<LoadMethod>,
        pub recorded_by_id: Option<Uuid>,
        pub recorded_at: Option<DateTimeUtc>,
        pub external_id: Option<String>,
        pub version: i32,
        pub created_at: DateTimeUtc,
        pub updated_at: DateTimeUtc,
    }
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
