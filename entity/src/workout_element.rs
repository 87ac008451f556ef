//! A step of a revision, or a repeat of steps.
#![expect(missing_docs, reason = "columns say what they are; units are in their names")]
use crate::Json;
use crate::enums::WorkoutStepKind;
use science::prescription::Length;
use science::prescription::Target;
use sea_orm::entity::prelude::*;

crate::row! {
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "workout_element")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub program_id: Uuid,
        pub workout_revision_id: Uuid,
        pub parent_id: Option<Uuid>,
        pub position: i32,
        pub count: Option<i32>,
        pub rest_between_seconds: Option<i32>,
        pub kind: Option<WorkoutStepKind>,
        pub name: Option<String>,
        pub training_event_id: Option<Uuid>,
        pub length: Option<Json<Length>>,
        pub target: Option<Json<Target>>,
        pub notes: Option<String>,
    }
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
